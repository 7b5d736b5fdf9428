import { and, desc, eq, gt, isNull, lte, or, sql } from "drizzle-orm"
import * as z from "zod"
import { columnsOf } from "../storage/columns-of.ts"
import type { Db } from "../storage/db.ts"
import { newId } from "../storage/ids.ts"
import { insertWhere } from "../storage/insert-where.ts"
import { type ApiKey, apiKeys, auditLog, resellers, SCOPES, users } from "../storage/schema.ts"
import { type ApiKeyActor, demand, type StaffActor } from "./actor.ts"
import { type AuditActor, auditRow } from "./audit.ts"
import type { Deps } from "./deps.ts"
import { type Checked, Failure, isUniqueViolation } from "./failure.ts"
import { checkFields, line } from "./fields.ts"
import { type KeptAnswer, keptAnswerOf } from "./kept-answers.ts"

const SECRET_BYTES = 32
const DAY_MS = 86_400_000
/** How stale "last used" may be, so that a key in constant use is not written with every call. */
const LAST_USED_WITHIN_MS = 600_000
/** What one page shows: more than the keys that may stand at once, so that each of those can be revoked. */
const LIST_MAX = 200
const STANDING_MAX = 100
const MAX_DAYS = 3650

const TERM_RULE = "Choose when the key expires."
const SCOPES_RULE = "Choose what the key may do: at least one of these."

export const apiKeyFields = z.object({
  name: line("Say what the key is for, as “CRM sync”."),
  scopes: z.array(z.enum(SCOPES, SCOPES_RULE), SCOPES_RULE).min(1, SCOPES_RULE),
  expires_in_days: z
    .string()
    .default("")
    .transform((typed, context) => {
      if (typed === "") return null // never
      const days = Number(typed)
      if (Number.isInteger(days) && days >= 1 && days <= MAX_DAYS) return days
      context.addIssue(TERM_RULE)
      return z.NEVER
    }),
})

/**
 * Makes a key. Its secret is in the answer and nowhere else: only its SHA-256 is stored. A form sent twice finds its key made:
 * then there is no secret to show. Wrong fields come back as data; throws `forbidden` and `api_key_limit`.
 */
export async function createApiKey(
  deps: Deps,
  actor: StaffActor,
  input: Record<string, unknown>,
  formToken = newId("sub", deps.now()),
): Promise<Checked<{ secret?: string }>> {
  demand(actor, "api_keys:write")
  const { values, errors } = checkFields(apiKeyFields, input)
  const { name, scopes, expires_in_days } = values
  if (errors.length > 0 || !name || !scopes) return { ok: false, errors }
  const secret = newSecret(deps)
  const expiresAt = expires_in_days ? new Date(deps.now().getTime() + expires_in_days * DAY_MS) : null
  try {
    await writeApiKey(deps, actor.reseller.id, actor, { name, scopes, secret, formToken, expiresAt })
    return { ok: true, value: { secret } }
  } catch (error) {
    if (!isUniqueViolation(error, "api_keys.reseller_id", "api_keys.form_token")) throw error
    const ofSubmission = and(eq(apiKeys.resellerId, actor.reseller.id), eq(apiKeys.formToken, formToken))
    const [made] = await deps.db.select().from(apiKeys).where(ofSubmission)
    const isRepeat = made?.name === name && made.scopes.join() === scopes.join()
    return isRepeat ? { ok: true, value: {} } : createApiKey(deps, actor, input) // filled in anew after going back
  }
}

type NewApiKey = Pick<ApiKey, "name" | "scopes" | "expiresAt" | "formToken"> & { secret: string }

/** Keeps a key by its digest, with the audit entry that tells of it. Throws `api_key_limit`. */
export async function writeApiKey(
  deps: Pick<Deps, "db" | "now">,
  resellerId: string,
  by: AuditActor & { id: string },
  { secret, ...key }: NewApiKey,
): Promise<void> {
  const { db } = deps
  const now = deps.now()
  const id = newId("key", now)
  const row = {
    id,
    resellerId,
    secretHash: await digestOf(secret),
    maskedSecret: hintOf(secret),
    createdBy: by.id,
    createdAt: now,
  }
  const standing = sql`(SELECT count(*) FROM ${apiKeys} WHERE ${apiKeys.resellerId} = ${resellerId} AND ${stands(now)})`
  const made = sql`EXISTS (SELECT 1 FROM ${apiKeys} WHERE ${apiKeys.id} = ${id})`
  const [[kept]] = await db.batch([
    insertWhere(db, apiKeys, { ...row, ...key }, sql`${standing} < ${STANDING_MAX}`).returning({ id: apiKeys.id }),
    insertWhere(db, auditLog, auditRow(deps, resellerId, by, "api_key.created", id, key.name), made),
  ])
  if (!kept) throw new Failure({ kind: "api_key_limit", limit: STANDING_MAX })
}

export type ApiKeyLine = Awaited<ReturnType<typeof listApiKeys>>[number]

/** The reseller's keys, those that stand first, then newest first, with who made them. Throws `forbidden`. */
export async function listApiKeys({ db, now }: Deps, actor: StaffActor) {
  demand(actor, "api_keys:write")
  const [rows] = await db.batch([
    db
      .select({ key: columnsOf(apiKeys, "key"), creator: sql<string | null>`${users.name}`.as("creator") })
      .from(apiKeys)
      .leftJoin(users, eq(users.id, apiKeys.createdBy))
      .where(eq(apiKeys.resellerId, actor.reseller.id))
      .orderBy(sql`CASE WHEN ${stands(now())} THEN 0 ELSE 1 END`, desc(apiKeys.id))
      .limit(LIST_MAX),
  ])
  return rows.map(({ key, creator }) => ({ ...key, creator }))
}

/** Ends a key at once; revoking it again changes nothing. Throws `forbidden` and `not_found`. */
export async function revokeApiKey(deps: Deps, actor: StaffActor, id: string): Promise<void> {
  demand(actor, "api_keys:write")
  const { db } = deps
  const now = deps.now()
  const own = and(eq(apiKeys.id, id), eq(apiKeys.resellerId, actor.reseller.id))
  const live = sql`EXISTS (SELECT 1 FROM ${apiKeys} WHERE ${own} AND ${apiKeys.revokedAt} IS NULL)`
  const [, , [key]] = await db.batch([
    insertWhere(db, auditLog, auditRow(deps, actor.reseller.id, actor, "api_key.revoked", id), live),
    db
      .update(apiKeys)
      .set({ revokedAt: now })
      .where(and(own, isNull(apiKeys.revokedAt))),
    db.select({ id: apiKeys.id }).from(apiKeys).where(own),
  ])
  if (!key) throw new Failure({ kind: "not_found" })
}

/** SHA-256 in hexadecimal. A secret of 256 random bits needs no salt and no slow hash. */
export async function digestOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))
  return Buffer.from(digest).toString("hex")
}

/**
 * The actor behind a key's digest, and what its request `idempotencyKey` did before. Marks the key as used. Throws
 * `api_key_invalid`, `api_key_revoked`, `api_key_expired` and `reseller_suspended`. One D1 round trip.
 */
export async function openApiKey(
  { db, now }: Deps,
  secretHash: string,
  idempotencyKey?: string,
): Promise<{ actor: ApiKeyActor; usedAt: Date; kept: KeptAnswer | undefined }> {
  const at = now()
  const keyId = sql`(SELECT id FROM api_keys AS asked WHERE asked.secret_hash = ${secretHash})`
  const found = db
    .select({ key: columnsOf(apiKeys, "key"), reseller: columnsOf(resellers, "reseller") })
    .from(apiKeys)
    .innerJoin(resellers, eq(resellers.id, apiKeys.resellerId))
    .where(eq(apiKeys.secretHash, secretHash))
  const statements = [found, markUsed(db, secretHash, at)] as const
  const [[row], , kept = []] = idempotencyKey
    ? await db.batch([...statements, keptAnswerOf(db, keyId, idempotencyKey, at)])
    : await db.batch(statements)
  if (!row) throw new Failure({ kind: "api_key_invalid" })
  const { key, reseller } = row
  if (key.revokedAt) throw new Failure({ kind: "api_key_revoked", at: key.revokedAt })
  if (key.expiresAt && key.expiresAt <= at) throw new Failure({ kind: "api_key_expired", at: key.expiresAt })
  if (reseller.suspendedAt) throw new Failure({ kind: "reseller_suspended", name: reseller.name })
  const { id, name, scopes, resellerId, lastUsedAt } = key
  const usedAt = lastUsedAt && !isUseStale(lastUsedAt, at) ? lastUsedAt : at
  return { actor: { kind: "api_key", id, name, scopes, reseller: { id: resellerId } }, usedAt, kept: kept[0] }
}

/** The statement that finds a key's row while it stands: neither revoked nor expired, and its reseller not suspended. */
export function standingKey(db: Db, actor: ApiKeyActor, now: Date) {
  return db
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .innerJoin(resellers, and(eq(resellers.id, apiKeys.resellerId), isNull(resellers.suspendedAt)))
    .where(and(eq(apiKeys.id, actor.id), eq(apiKeys.resellerId, actor.reseller.id), stands(now)))
}

/** True when what is known of a key's last use is too old to leave. */
export function isUseStale(usedAt: Date, now: Date): boolean {
  return now.getTime() - usedAt.getTime() > LAST_USED_WITHIN_MS
}

function markUsed(db: Db, secretHash: string, now: Date) {
  const stale = or(isNull(apiKeys.lastUsedAt), lte(apiKeys.lastUsedAt, new Date(now.getTime() - LAST_USED_WITHIN_MS)))
  return db
    .update(apiKeys)
    .set({ lastUsedAt: now })
    .where(and(eq(apiKeys.secretHash, secretHash), stands(now), stale))
}

function stands(now: Date) {
  return and(isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)))
}

function newSecret({ config }: Deps): string {
  return config.apiKeyPrefix + Buffer.from(crypto.getRandomValues(new Uint8Array(SECRET_BYTES))).toString("hex")
}

/** `vst_live_3f2a…9c01`: enough to tell keys apart. */
function hintOf(secret: string): string {
  const prefix = /^vst_(?:live|local)_/.exec(secret)?.[0] ?? ""
  return `${secret.slice(0, prefix.length + 4)}…${secret.slice(-4)}`
}
