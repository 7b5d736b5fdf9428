import { and, desc, eq, exists, gt, isNull, lte, notExists, or, type Placeholder, type SQL, sql } from "drizzle-orm"
import * as z from "zod"
import { aliasedColumns } from "../../storage/aliased-columns.ts"
import { compiled, type Places } from "../../storage/compiled.ts"
import type { Db } from "../../storage/db.ts"
import { newId } from "../../storage/ids.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import {
  type ApiKey,
  accessDenials,
  apiKeys,
  auditLog,
  resellers,
  SCOPES,
  type Scope,
  users,
} from "../../storage/schema.ts"
import { isSandboxId } from "../../text/sandbox-address.ts"
import { staffEn } from "../../text/staff/en.ts"
import type { Deps } from "../deps.ts"
import { type AuditActor, newAuditEntry } from "../events/audit-log.ts"
import { Failure, type Result } from "../failure.ts"
import {
  idempotent,
  type Replay,
  type StoredResponse,
  storedResponseSelect,
  storeResponseStatements,
  toReplay,
} from "../idempotency.ts"
import { DAY_MS } from "../time.ts"
import { singleLine, validateFields } from "../validation.ts"
import { type ApiKeyActor, OPERATOR, type StaffActor } from "./actor.ts"
import { authorize } from "./permissions.ts"

const SECRET_BYTES = 32
/** What the keys of sandboxes begin with, in every deployment. */
const TEST_KEY_PREFIX = "vst_test_"
/** How old "last used" can get before it is updated, so that not every request writes it. */
const LAST_USED_PRECISION_MS = 600_000
/** The number of keys on the page: more than can be active at once, so that every active key can be revoked. */
const LIST_MAX = 200
const ACTIVE_KEYS_MAX = 100
const EXPIRY_DAYS_MAX = 3650

/** The scopes of a key that end when its creator is no longer an Admin. Only an Admin can do as much. */
const ADMIN_SCOPES: readonly string[] = ["staff:write", "settings:write"] satisfies Scope[]
export const isAdminScope = (scope: string) => ADMIN_SCOPES.includes(scope)

const EXPIRY_RULE = staffEn.rules.key_expiry
const SCOPES_RULE = staffEn.rules.scopes

const apiKeyFields = z.object({
  name: singleLine(staffEn.rules.key_name),
  scopes: z
    .array(z.enum(SCOPES, SCOPES_RULE), SCOPES_RULE)
    .min(1, SCOPES_RULE)
    .transform((scopes) => [...new Set(scopes)]),
  expires_in_days: z
    .string()
    .default("")
    .transform((text, context) => {
      if (text === "") return null // never
      const days = Number(text)
      if (Number.isInteger(days) && days >= 1 && days <= EXPIRY_DAYS_MAX) return days
      context.addIssue(EXPIRY_RULE)
      return z.NEVER
    }),
})

/**
 * Creates a key and returns its secret, of which only the SHA-256 is stored. If the same form was submitted before, there is no
 * secret to return. Invalid fields are returned; throws `forbidden` and `api_key_limit`.
 */
export async function createApiKey(
  deps: Deps,
  actor: StaffActor,
  input: Record<string, unknown>,
): Promise<Result<{ secret?: string }>> {
  authorize(actor, "api_keys:write")
  const { values, errors } = validateFields(apiKeyFields, input)
  const { name, scopes, expires_in_days } = values
  if (errors.length > 0 || !name || !scopes) return { ok: false, errors }
  const secret = generateSecret(deps, actor.reseller.id)
  const expiresAt = expires_in_days ? new Date(deps.now().getTime() + expires_in_days * DAY_MS) : null
  const created = await idempotent(deps, apiKeys, () =>
    insertApiKey(deps, actor.reseller.id, actor, { name, scopes, secret, expiresAt }),
  )
  if (!created.ok) return created
  return { ok: true, value: created.value.storedResponse ? {} : { secret } }
}

type NewApiKey = Pick<ApiKey, "name" | "scopes" | "expiresAt"> & { secret: string }

/** Stores the hash of a key, with an audit entry. Doesn't check permissions. Throws `api_key_limit`. */
export async function insertApiKey(
  deps: Pick<Deps, "db" | "now" | "request">,
  resellerId: string,
  actor: AuditActor & { id: string },
  { secret, ...key }: NewApiKey,
): Promise<ApiKey> {
  const { db } = deps
  const now = deps.now()
  const id = newId("key", now)
  const row = {
    id,
    resellerId,
    secretHash: await sha256Hex(secret),
    maskedSecret: maskKey(secret),
    createdBy: actor.id,
    createdAt: now,
  }
  const activeCount = sql`(SELECT count(*) FROM ${apiKeys} WHERE ${apiKeys.resellerId} = ${resellerId} AND ${isActive(now)})`
  const isInserted = sql`EXISTS (SELECT 1 FROM ${apiKeys} WHERE ${apiKeys.id} = ${id})`
  const [[inserted]] = await db.batch([
    insertSelect(db, apiKeys, { ...row, ...key }, sql`${activeCount} < ${ACTIVE_KEYS_MAX}`).returning(),
    insertSelect(db, auditLog, newAuditEntry(deps, resellerId, actor, "api_key.created", id, key.name), isInserted),
    ...storeResponseStatements(deps, apiKeys, id),
  ])
  if (!inserted) throw new Failure({ kind: "api_key_limit", limit: ACTIVE_KEYS_MAX })
  return inserted
}

export type ApiKeyListItem = Awaited<ReturnType<typeof listApiKeys>>[number]

/** The reseller's keys, active ones first, then newest first, with their creators. Throws `forbidden`. */
export async function listApiKeys({ db, read, now }: Deps, actor: StaffActor) {
  authorize(actor, "api_keys:write")
  const [rows] = await read([
    db
      .select({ key: aliasedColumns(apiKeys, "key"), creator: sql<string | null>`${users.name}`.as("creator") })
      .from(apiKeys)
      .leftJoin(users, eq(users.id, apiKeys.createdBy))
      .where(eq(apiKeys.resellerId, actor.reseller.id))
      .orderBy(sql`CASE WHEN ${isActive(now())} THEN 0 ELSE 1 END`, desc(apiKeys.id))
      .limit(LIST_MAX),
  ])
  return rows.map(({ key, creator }) => ({ ...key, creator }))
}

/** Revokes a key immediately. Revoking it again has no effect. Throws `forbidden` and `not_found`. */
export async function revokeApiKey(deps: Deps, actor: StaffActor, id: string): Promise<void> {
  authorize(actor, "api_keys:write")
  const { db } = deps
  const now = deps.now()
  const isOwnKey = and(eq(apiKeys.id, id), eq(apiKeys.resellerId, actor.reseller.id))
  const isUnrevoked = sql`EXISTS (SELECT 1 FROM ${apiKeys} WHERE ${isOwnKey} AND ${apiKeys.revokedAt} IS NULL)`
  const [, , [key]] = await db.batch([
    insertSelect(db, auditLog, newAuditEntry(deps, actor.reseller.id, actor, "api_key.revoked", id), isUnrevoked),
    db
      .update(apiKeys)
      .set({ revokedAt: now })
      .where(and(isOwnKey, isNull(apiKeys.revokedAt))),
    db.select({ id: apiKeys.id }).from(apiKeys).where(isOwnKey),
  ])
  if (!key) throw new Failure({ kind: "not_found" })
}

/** SHA-256 in hexadecimal. A secret of 256 random bits needs no salt and no slow hash. */
export async function sha256Hex(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))
  return Buffer.from(hash).toString("hex")
}

/**
 * The actor of a key hash, and the stored response for `idempotencyKey`. Marks the key as used. Throws `api_key_invalid`,
 * `api_key_revoked`, `api_key_expired` and `reseller_suspended`.
 */
export async function authenticateApiKey(
  { db, now }: Deps,
  secretHash: string,
  idempotencyKey?: string,
): Promise<{ actor: ApiKeyActor; usedAt: Date; storedResponse: StoredResponse | undefined }> {
  const at = now()
  const statements = [keyQuery(db, { secretHash }), markUsedStatement(db, toUse(secretHash, at))] as const
  const [[key], , [storedResponse] = []] = idempotencyKey
    ? await db.batch([...statements, storedResponseOfKeyQuery(db, { secretHash, ...toReplay(idempotencyKey, at) })])
    : await db.batch(statements)
  if (!key) throw new Failure({ kind: "api_key_invalid" })
  if (key.revokedAt) throw new Failure({ kind: "api_key_revoked", at: key.revokedAt })
  if (key.expiresAt && key.expiresAt <= at) throw new Failure({ kind: "api_key_expired", at: key.expiresAt })
  if (key.suspendedAt) throw new Failure({ kind: "reseller_suspended", name: key.resellerName })
  const { id, name, resellerId, resellerName, lastUsedAt } = key
  const scopes = key.isOfAdmin ? key.scopes : key.scopes.filter((scope) => !isAdminScope(scope))
  const usedAt = lastUsedAt && !isLastUsedStale(lastUsedAt, at) ? lastUsedAt : at
  return {
    actor: { kind: "api_key", id, name, scopes, reseller: { id: resellerId, name: resellerName } },
    usedAt,
    storedResponse,
  }
}

const keyQuery = compiled((db, { secretHash }: Places<{ secretHash: string }>) =>
  db
    .select({
      id: apiKeys.id,
      name: apiKeys.name,
      scopes: apiKeys.scopes,
      resellerId: apiKeys.resellerId,
      lastUsedAt: apiKeys.lastUsedAt,
      revokedAt: apiKeys.revokedAt,
      expiresAt: apiKeys.expiresAt,
      resellerName: sql<string>`${resellers.name}`.as("reseller_name"),
      suspendedAt: resellers.suspendedAt,
      isOfAdmin: isCreatedByAdmin().mapWith(Boolean).as("is_of_admin"),
    })
    .from(apiKeys)
    .innerJoin(resellers, eq(resellers.id, apiKeys.resellerId))
    .where(eq(apiKeys.secretHash, secretHash)),
)

/** SQL condition on a key: its creator is still an Admin. The operator isn't staff. */
function isCreatedByAdmin(): SQL {
  return sql`(${apiKeys.createdBy} = ${sql.raw(`'${OPERATOR.id}'`)} OR EXISTS (SELECT 1 FROM staff AS creator
    WHERE creator.user_id = ${apiKeys.createdBy} AND creator.reseller_id = ${apiKeys.resellerId} AND creator.role = 'admin'))`
}

/** SQL condition: the key hasn't been revoked, and its creator is still an Admin. */
export function isKeyOfAdmin({ id }: ApiKeyActor): SQL {
  return sql`EXISTS (SELECT 1 FROM ${apiKeys} WHERE ${apiKeys.id} = ${id} AND ${apiKeys.revokedAt} IS NULL AND ${isCreatedByAdmin()})`
}

/** The statement that finds a key while it is active: neither revoked nor expired, and its reseller not suspended. */
export function activeKeyQuery(db: Db, { id, reseller }: ApiKeyActor, now: Date) {
  return activeKeyStatement(db, { id, resellerId: reseller.id, now })
}

/** The statement that makes its batch fail unless the key is active. */
export function activeKeyGuard(db: Db, { id, reseller }: ApiKeyActor, now: Date) {
  return activeKeyGuardStatement(db, { id, resellerId: reseller.id, now })
}

type KeyPlaces = Record<"id" | "resellerId" | "now", Placeholder>

const activeKeyStatement = compiled((db, key: KeyPlaces) => activeKeySelect(db, key))

const activeKeyGuardStatement = compiled((db, key: KeyPlaces) =>
  insertSelect(db, accessDenials, { subjectId: key.id }, notExists(activeKeySelect(db, key))),
)

/** SQL condition: the key is active. */
export const isActiveKey = (db: Db, key: KeyPlaces): SQL => exists(activeKeySelect(db, key))

function activeKeySelect(db: Db, key: KeyPlaces) {
  return db
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .innerJoin(resellers, and(eq(resellers.id, apiKeys.resellerId), isNull(resellers.suspendedAt)))
    .where(and(eq(apiKeys.id, key.id), eq(apiKeys.resellerId, key.resellerId), isActive(key.now)))
}

const storedResponseOfKeyQuery = compiled(
  (db, { secretHash, key, cutoff }: Places<Replay & { secretHash: string }>) => {
    const keyId = sql`(SELECT id FROM api_keys AS requested WHERE requested.secret_hash = ${secretHash})`
    return storedResponseSelect(db, keyId, { key, cutoff })
  },
)

/** True if a key's "last used" is due for an update. */
export function isLastUsedStale(usedAt: Date, now: Date): boolean {
  return now.getTime() - usedAt.getTime() > LAST_USED_PRECISION_MS
}

type KeyUse = { secretHash: string; now: Date; staleAt: Date }

const toUse = (secretHash: string, now: Date): KeyUse => ({
  secretHash,
  now,
  staleAt: new Date(now.getTime() - LAST_USED_PRECISION_MS),
})

const markUsedStatement = compiled((db, { secretHash, now, staleAt }: Places<KeyUse>) =>
  db
    .update(apiKeys)
    .set({ lastUsedAt: sql`${sql.param(now, apiKeys.lastUsedAt)}` })
    .where(
      and(
        eq(apiKeys.secretHash, secretHash),
        isActive(now),
        or(isNull(apiKeys.lastUsedAt), lte(apiKeys.lastUsedAt, sql.param(staleAt, apiKeys.lastUsedAt))),
      ),
    ),
)

function isActive(now: Date | Placeholder) {
  const at = sql.param(now, apiKeys.expiresAt)
  return and(isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, at)))
}

/** The database refuses a key of a sandbox without the prefix of test keys, and any other with it. */
function generateSecret({ config }: Deps, resellerId: string): string {
  const prefix = isSandboxId(resellerId) ? TEST_KEY_PREFIX : config.apiKeyPrefix
  return prefix + Buffer.from(crypto.getRandomValues(new Uint8Array(SECRET_BYTES))).toString("hex")
}

/** `vst_live_3f2a…9c01`: enough to tell keys apart. */
function maskKey(secret: string): string {
  const prefix = /^vst_(?:live|local|test)_/.exec(secret)?.[0] ?? ""
  return `${secret.slice(0, prefix.length + 4)}…${secret.slice(-4)}`
}
