import { and, desc, eq, inArray, isNotNull, isNull, or, sql } from "drizzle-orm"
import * as z from "zod"
import { newId } from "../../storage/ids.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import { newestFirst, type Page, type PageRequest, toPage } from "../../storage/paging.ts"
import {
  auditLog,
  customers,
  type Invite,
  invites,
  members,
  outbox,
  type Reseller,
  resellers,
  staff,
} from "../../storage/schema.ts"
import { DEFAULT_COUNTRY } from "../../text/phone.ts"
import { isSandboxId } from "../../text/sandbox-address.ts"
import { DEFAULT_TIME_ZONE } from "../../text/time-zones.ts"
import { OPERATOR } from "../access/actor.ts"
import type { Deps } from "../deps.ts"
import { auditEntryStatement, isRecorded, newAuditEntry } from "../events/audit-log.ts"
import { Failure, type FieldError, isUniqueViolation, type Result } from "../failure.ts"
import { storeResponseStatements } from "../idempotency.ts"
import { type InviteContext, staffAudience } from "../invites/audience.ts"
import { accountInviteDraft, inviteToAccount } from "../invites/create.ts"
import { insertInvite } from "../invites/insert.ts"
import { resendInvite } from "../invites/resend.ts"
import { revokeInvite } from "../invites/revoke.ts"
import { readPhone } from "../national-phone.ts"
import { dueAgainColumns } from "../outbox/outbox.ts"
import { isVersionConflict, retryConflicts } from "../retry-conflicts.ts"
import {
  countryField,
  emailField,
  optionalPhoneField,
  optionalSingleLine,
  singleLine,
  timeZoneField,
  validateFields,
} from "../validation.ts"
import { hasVersion, requireVersion, type Versions } from "../versions.ts"

const SLUG_MAX = 40
const SLUG_RULE = `Use up to ${SLUG_MAX} lowercase letters, digits and hyphens, such as acme-networks.`
const ADMIN_INVITE_DAYS = 14

const adminFields = {
  admin_name: singleLine("Enter the name of the Admin.").meta({ examples: ["Dana Ortiz"] }),
  admin_email: emailField("Enter the address the Admin's invite goes to.").meta({
    description: "Where the Admin's invite is sent. Stored in lowercase, with an international domain in Punycode.",
    examples: ["dana@acme.example"],
  }),
}

export const newResellerFields = z.object({
  name: singleLine("Enter the reseller's name.").meta({ examples: ["Acme Networks"] }),
  slug: z
    .string(SLUG_RULE)
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, SLUG_RULE)
    .max(SLUG_MAX, SLUG_RULE)
    .optional()
    .meta({
      description: "A short name for the reseller, unique in the deployment. Derived from the name if omitted.",
      examples: ["acme"],
    }),
  support_name: optionalSingleLine().meta({
    description: "The person or team that answers contacts' questions.",
    examples: ["Dana Ortiz"],
  }),
  support_email: emailField("Enter an email address for contacts' questions.")
    .optional()
    .meta({
      description: "Where contacts send questions. Defaults to the Admin's address.",
      examples: ["support@acme.example"],
    }),
  support_phone: optionalPhoneField().meta({ examples: ["+1 415 555 0100"] }),
  country: countryField.optional().meta({
    description: `The reseller's country (ISO 3166-1), in which phone numbers without country code are read. Defaults to ${DEFAULT_COUNTRY}.`,
    examples: ["US"],
  }),
  time_zone: timeZoneField.optional().meta({
    description: `The reseller's time zone (a name of the IANA database), in which emails give times. Defaults to ${DEFAULT_TIME_ZONE}.`,
    examples: ["America/New_York"],
  }),
  ...adminFields,
})

export const newAdminFields = z.object(adminFields)

/** Creates a reseller and invites its first Admin, in one batch. Returns the invite, or invalid fields and a taken slug. For the operator. */
export async function createReseller(deps: Deps, input: Record<string, unknown>): Promise<Result<Invite>> {
  const validated = validateFields(newResellerFields, input)
  const { country = DEFAULT_COUNTRY } = validated.values
  const { values, errors } = readPhone(validated, "support_phone", country)
  const { name, admin_name, admin_email, support_name = null, support_email, support_phone = null } = values
  const { time_zone: timeZone = DEFAULT_TIME_ZONE } = values
  if (errors.length > 0 || !name || !admin_name || !admin_email) return { ok: false, errors }
  const { db, now } = deps
  const id = newId("res", now())
  const slug = values.slug ?? (toSlug(name) || `reseller-${id.slice(-8)}`)
  const details = { name, slug, supportName: support_name, supportEmail: support_email ?? admin_email }
  const row = { id, ...details, supportPhone: support_phone, country, timeZone, createdAt: now() }
  const admin = { contact_name: admin_name, contact_email: admin_email, role: "admin" as const, note: null }
  const draft = accountInviteDraft(staffAudience(id), admin, {
    companyName: name,
    customerId: null,
    locale: "en",
    expiresInDays: ADMIN_INVITE_DAYS,
  })
  const resellerStatement = db.insert(resellers).values(row)
  const auditStatement = auditEntryStatement(deps, id, OPERATOR, "reseller.created", id, name)
  try {
    const invite = await insertInvite(deps, OPERATOR, draft, {
      isSent: true,
      precedingStatements: [resellerStatement, auditStatement],
    })
    if (!invite) throw new Error("the invite was not written")
    return { ok: true, value: invite }
  } catch (error) {
    if (!isUniqueViolation(error, "resellers.slug")) throw error
    return { ok: false, errors: [slugTakenError(slug)] }
  }
}

/** `Acme Networks, Inc.` → `acme-networks-inc`; empty if the name has no Latin letter. */
function toSlug(name: string): string {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
  return plain
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, SLUG_MAX)
    .replace(/^-|-$/g, "")
}

function slugTakenError(slug: string): FieldError {
  return { field: "slug", code: "slug_taken", detail: `Another reseller uses the slug ${slug}. Use a different one.` }
}

/**
 * Invites another Admin to a reseller's staff. If the address already has an invite, in any role, that one is resent with the role
 * Admin, in one write. Invalid fields are returned; throws `not_found` and what `resendInvite` throws.
 */
export async function inviteAdmin(
  deps: Deps,
  resellerId: string,
  input: Record<string, unknown>,
): Promise<Result<Invite>> {
  const { reseller } = await getResellerWithInvite(deps, resellerId)
  const { values, errors } = validateFields(newAdminFields, input)
  if (errors.length > 0) return { ok: false, errors }
  const { admin_name: contact_name, admin_email: contact_email } = values
  const account = { audience: staffAudience(resellerId), companyName: reseller.name, customerId: null }
  const result = await inviteToAccount(deps, OPERATOR, account, { contact_name, contact_email, role: "admin" })
  if (result.ok) return result
  const pendingLink = result.errors.find(({ code }) => code === "invite_pending")?.link
  if (!pendingLink)
    return { ok: false, errors: result.errors.map(({ code, detail }) => ({ field: "admin_email", code, detail })) }
  const context = operatorInviteContext(resellerId)
  const resend = () => resendInvite(deps, context, pendingLink.id, { role: "admin" })
  return { ok: true, value: await retryConflicts(resend, isVersionConflict) }
}

/** Revokes a pending invite to a reseller's staff. Throws `not_found`, `invite_not_pending` and `version_conflict`. */
export function revokeAdminInvite(
  deps: Deps,
  resellerId: string,
  inviteId: string,
  versions?: Versions,
): Promise<Invite> {
  return revokeInvite(deps, operatorInviteContext(resellerId), inviteId, versions)
}

function operatorInviteContext(resellerId: string): InviteContext {
  requireLive(resellerId)
  return { ...staffAudience(resellerId), actor: OPERATOR, read: "staff:read", write: "staff:write" }
}

/** A reseller and the latest invite that the operator sent to one of its Admins. Throws `not_found`. */
export async function getResellerWithInvite({ db }: Deps, id: string) {
  requireLive(id)
  const { audienceId } = staffAudience(id)
  const [[reseller], [invite]] = await db.batch([
    db.select().from(resellers).where(eq(resellers.id, id)),
    db
      .select()
      .from(invites)
      .where(and(eq(invites.audienceId, audienceId), sql`${invites.invitedBy} = 'operator'`)) // the exact condition of the index
      .orderBy(desc(invites.seq))
      .limit(1),
  ])
  if (!reseller) throw new Failure({ kind: "not_found" })
  return { reseller, invite }
}

/** The live resellers of the deployment, newest first. */
export async function listResellers({ db }: Deps, page: PageRequest): Promise<Page<Reseller>> {
  return toPage(
    await newestFirst(db.select().from(resellers).$dynamic(), resellers.id, isNull(resellers.sandboxOf), page),
    page,
  )
}

/**
 * Suspends a reseller and its sandbox: its staff and its customers' members can't sign in, its keys and links stop working, and its emails and
 * webhooks wait. Repeating it has no effect. Throws `not_found` and, with `versions`, `version_conflict`.
 */
export function suspendReseller(deps: Deps, id: string, versions?: Versions): Promise<Reseller> {
  return setSuspension(deps, id, deps.now(), versions)
}

/** Reinstates a suspended reseller, and makes waiting emails and webhooks due. Throws like `suspendReseller`. */
export function reinstateReseller(deps: Deps, id: string, versions?: Versions): Promise<Reseller> {
  return setSuspension(deps, id, null, versions)
}

async function setSuspension(deps: Deps, id: string, at: Date | null, versions: Versions): Promise<Reseller> {
  requireLive(id)
  const { db, now } = deps
  const isAtVersion = and(eq(resellers.id, id), hasVersion(resellers.version, versions))
  const isAffected = and(isAtVersion, at ? isNull(resellers.suspendedAt) : isNotNull(resellers.suspendedAt))
  const action = at ? "reseller.suspended" : "reseller.reinstated"
  const entry = newAuditEntry(deps, id, OPERATOR, action, id)
  const isChange = sql`EXISTS (SELECT 1 FROM ${resellers} WHERE ${isAffected})`
  // Names both statuses so that SQLite uses the partial index.
  const isWaiting = and(
    sql`${outbox.status} IN ('queued', 'sending')`,
    eq(outbox.status, "queued"),
    sql`${outbox.resellerId} IN (SELECT ${resellers.id} FROM ${resellers} WHERE ${resellers.id} = ${id} OR ${resellers.sandboxOf} = ${id})`,
    isRecorded(entry),
  )
  const releaseStatement = db.update(outbox).set(dueAgainColumns(now())).where(isWaiting)
  const [[before], , , [reseller]] = await db.batch([
    db.select({ version: resellers.version }).from(resellers).where(eq(resellers.id, id)),
    insertSelect(db, auditLog, entry, isChange),
    db.update(resellers).set({ suspendedAt: at }).where(isAffected),
    db.select().from(resellers).where(eq(resellers.id, id)),
    ...storeResponseStatements(deps, resellers, id, sql`(${isAtVersion} OR ${isRecorded(entry)})`),
    ...(at ? [] : [releaseStatement]),
  ])
  if (!before || !reseller) throw new Failure({ kind: "not_found" })
  requireVersion(versions, before.version)
  return reseller
}

/** The operator has no sandboxes: they belong to their live resellers. Throws `not_found` for one. */
function requireLive(resellerId: string): void {
  if (isSandboxId(resellerId)) throw new Failure({ kind: "not_found" })
}

/** The name of a suspended reseller, if all accounts of a person belong to suspended resellers. */
export async function getSuspendedResellerName({ db }: Pick<Deps, "db">, userId: string): Promise<string | undefined> {
  return suspendedName(await accountResellersQuery(db, userId))
}

/** The statement that reads the resellers of a user's accounts. */
export function accountResellersQuery(db: Deps["db"], userId: string) {
  const staffResellersQuery = db.select({ id: staff.resellerId }).from(staff).where(eq(staff.userId, userId))
  const memberResellersQuery = db
    .select({ id: customers.resellerId })
    .from(members)
    .innerJoin(customers, eq(customers.id, members.customerId))
    .where(eq(members.userId, userId))
  return db
    .select({ name: resellers.name, suspendedAt: resellers.suspendedAt })
    .from(resellers)
    .where(or(inArray(resellers.id, staffResellersQuery), inArray(resellers.id, memberResellersQuery)))
}

/** The name of one of these resellers if all of them are suspended. */
export function suspendedName(rows: { name: string; suspendedAt: Date | null }[]): string | undefined {
  return rows.every(({ suspendedAt }) => suspendedAt) ? rows[0]?.name : undefined
}
