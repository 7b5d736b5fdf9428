import { and, eq, isNull, type SQL, sql } from "drizzle-orm"
import { newId } from "../../storage/ids.ts"
import { insertFrom, insertSelect } from "../../storage/insert-select.ts"
import { auditLog, billingAccounts, logos, type Reseller, resellers } from "../../storage/schema.ts"
import { isSandboxId } from "../../text/sandbox-address.ts"
import type { StaffActor } from "../access/actor.ts"
import { authorize, rolesWith } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { newAuditEntry } from "../events/audit-log.ts"
import { Failure } from "../failure.ts"
import { withLogoSize } from "../resellers/logo.ts"

/** The settings that a sandbox begins with: those of its live reseller. */
const COPIED_COLUMNS = [
  "name",
  "supportName",
  "supportEmail",
  "supportPhone",
  "country",
  "timeZone",
  "remindersEnabled",
  "defaultExpiresInDays",
  "retentionMonths",
  "locale",
  "termsUrl",
  "termsVersion",
  "accentColor",
  "requiresSecondFactor",
] as const satisfies (keyof Reseller)[]

/**
 * The billing account of a sandbox: that of the samples in the API reference, so that they run as they are. A real one would be seen by
 * roles that may not see it, since anybody who reads the mailbox can become an Admin of the sandbox.
 */
const SAMPLE_ACCOUNT = { email: "billing@acme.example", phone: "+14155550132", poNumber: "ACME-2026" }

/** The sandbox of the actor's live reseller; undefined if it has none yet. Throws `forbidden`, and `not_found` in a sandbox. */
export async function findSandbox({ db, read }: Deps, actor: StaffActor): Promise<{ id: string } | undefined> {
  authorize(actor, "settings:write")
  requireLive(actor.reseller)
  const [[sandbox]] = await read([sandboxQuery(db, actor.reseller.id)])
  return sandbox
}

/**
 * Creates the sandbox of the actor's live reseller, with its settings, logo and staff, and a billing account. A reseller has one: of
 * several requests the first creates it. Returns its id. Throws `forbidden`, and `not_found` in a sandbox.
 */
export async function createSandbox({ db, now }: Deps, actor: StaffActor): Promise<string> {
  authorize(actor, "settings:write")
  const { reseller, ...person } = actor
  requireLive(reseller)
  const [id, logoId] = [newId("sbx", now()), newId("lgo", now())]
  const copied = (name: (typeof COPIED_COLUMNS)[number]) => [name, sql`live.${sql.identifier(resellers[name].name)}`]
  const row = {
    ...(Object.fromEntries(COPIED_COLUMNS.map(copied)) as Record<(typeof COPIED_COLUMNS)[number], SQL>),
    id,
    slug: id.replace("_", "-"),
    logoId: withLogoSize(logoId, sql`live.logo_id`),
    createdAt: now(),
    sandboxOf: reseller.id,
  }
  const isAllowed = sql`live.suspended_at IS NULL AND EXISTS (SELECT 1 FROM staff WHERE staff.user_id = ${actor.id}
    AND staff.reseller_id = live.id AND staff.role IN ${rolesWith("staff", "settings:write")})`
  const isCreated = sql`EXISTS (SELECT 1 FROM resellers AS sandbox WHERE sandbox.id = ${id})`
  const account = {
    ...SAMPLE_ACCOUNT,
    id: newId("bil", now()),
    resellerId: id,
    isDefault: true,
    createdAt: now(),
    updatedAt: now(),
  }
  const logo = {
    id: withLogoSize(logoId, sql`logo.id`),
    resellerId: id,
    type: sql`logo.type`,
    bytes: sql`logo.bytes`,
    createdAt: now(),
  }
  const entryOf = (resellerId: string) => newAuditEntry({ now }, resellerId, person, "reseller.sandbox_created", id)
  const results = await db.batch([
    insertFrom(
      db,
      resellers,
      row,
      sql`FROM resellers AS live WHERE live.id = ${reseller.id} AND ${isAllowed}`,
    ).onConflictDoNothing(),
    insertSelect(db, billingAccounts, account, isCreated),
    insertFrom(
      db,
      logos,
      logo,
      sql`FROM logos AS logo WHERE logo.id = (SELECT logo_id FROM resellers AS live WHERE live.id = ${reseller.id}) AND ${isCreated}`,
    ),
    insertSelect(db, auditLog, entryOf(reseller.id), isCreated),
    insertSelect(db, auditLog, entryOf(id), isCreated),
    sandboxQuery(db, reseller.id),
  ])
  const [sandbox] = results[5]
  if (!sandbox) throw new Failure({ kind: "forbidden", permission: "settings:write" })
  return sandbox.id
}

const sandboxQuery = (db: Deps["db"], liveId: string) =>
  db
    .select({ id: resellers.id })
    .from(resellers)
    .where(and(eq(resellers.sandboxOf, liveId), isNull(resellers.suspendedAt)))

function requireLive({ id }: Pick<Reseller, "id">): void {
  if (isSandboxId(id)) throw new Failure({ kind: "not_found" })
}
