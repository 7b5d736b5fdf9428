import { and, desc, eq, inArray, isNotNull, isNull, lt, or, sql } from "drizzle-orm"
import * as z from "zod"
import { newId } from "../storage/ids.ts"
import { insertWhere } from "../storage/insert-where.ts"
import { type Page, type PageAsked, toPage } from "../storage/paging.ts"
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
} from "../storage/schema.ts"
import { OPERATOR } from "./actor.ts"
import { auditEntry, auditRow } from "./audit.ts"
import type { Deps } from "./deps.ts"
import { type Checked, Failure, type FieldError, isUniqueViolation } from "./failure.ts"
import { checkFields, emailAddress, line, optionalLine, optionalPhone } from "./fields.ts"
import { correctInvite } from "./invite-correction.ts"
import { resendInvite } from "./invite-sending.ts"
import { makeInvite } from "./invite-writing.ts"
import { type Inviter, staffList } from "./inviters.ts"
import { revokeInvite } from "./invites.ts"
import { inviteInto, personDraft } from "./person-invites.ts"

const SLUG_MAX = 40
const SLUG_RULE = `Use small letters, digits and hyphens, ${SLUG_MAX} at most, as acme-networks.`
const FIRST_INVITE_DAYS = 14

const adminFields = {
  admin_name: line("Enter the name of the Admin.").meta({ examples: ["Dana Ortiz"] }),
  admin_email: emailAddress("Enter the address that the Admin's invite goes to.").meta({
    description: "Where the Admin's invite is sent. Kept in lower case.",
    examples: ["dana@acme.example"],
  }),
}

export const newResellerFields = z.object({
  name: line("Enter the reseller's name.").meta({ examples: ["Acme Networks"] }),
  slug: z
    .string(SLUG_RULE)
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, SLUG_RULE)
    .max(SLUG_MAX, SLUG_RULE)
    .optional()
    .meta({
      description: "Names the reseller, once in a deployment. Made of the name when left out.",
      examples: ["acme"],
    }),
  support_name: optionalLine().meta({ description: "Whom its contacts ask.", examples: ["Dana Ortiz"] }),
  support_email: emailAddress("Enter the address that its contacts may write to.")
    .optional()
    .meta({
      description: "Where its contacts write to; the Admin's address when left out.",
      examples: ["support@acme.example"],
    }),
  support_phone: optionalPhone().meta({ examples: ["+1 415 555 0100"] }),
  ...adminFields,
})

export const newAdminFields = z.object(adminFields)

/**
 * Opens a reseller, the tenant that everything else belongs to, and invites its first Admin, in one batch. Wrong fields, and a
 * slug that another has, come back as data. Two D1 round trips. For the operator alone.
 */
export async function openReseller(
  deps: Deps,
  input: Record<string, unknown>,
): Promise<Checked<Awaited<ReturnType<typeof resellerWithInvite>>>> {
  const { values, errors } = checkFields(newResellerFields, input)
  const { name, admin_name, admin_email, support_name = null, support_email, support_phone = null } = values
  if (errors.length > 0 || !name || !admin_name || !admin_email) return { ok: false, errors }
  const slug = values.slug ?? slugOf(name)
  if (!slug) return { ok: false, errors: [{ field: "slug", code: "required", detail: SLUG_RULE }] }
  const { db, now } = deps
  const id = newId("res", now())
  const details = { name, slug, supportName: support_name, supportEmail: support_email ?? admin_email }
  const row = { id, ...details, supportPhone: support_phone, createdAt: now() }
  const admin = { contact_name: admin_name, contact_email: admin_email, role: "admin" as const, note: null }
  const draft = {
    ...personDraft(staffList(id), admin),
    companyName: name,
    customerId: null,
    locale: "en" as const,
    expiresInDays: FIRST_INVITE_DAYS,
    formToken: newId("sub", now()),
  }
  const opened = db.insert(resellers).values(row)
  const entry = auditEntry(deps, id, OPERATOR, "reseller.created", id, name)
  try {
    await makeInvite(deps, OPERATOR, draft, { isSent: true, before: [opened, entry] })
    return { ok: true, value: await resellerWithInvite(deps, id) }
  } catch (error) {
    if (!isUniqueViolation(error, "resellers.slug")) throw error
    return { ok: false, errors: [slugTaken(slug)] }
  }
}

/** `Acme Networks, Inc.` → `acme-networks-inc` */
function slugOf(name: string): string {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
  return plain
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, SLUG_MAX)
    .replace(/^-|-$/g, "")
}

function slugTaken(slug: string): FieldError {
  return { field: "slug", code: "slug_taken", detail: `Another reseller has the slug ${slug}. Use another one.` }
}

/**
 * Invites a further Admin to a reseller's staff, for when no other can be reached; whoever is invited already, in whatever role, is
 * sent their invite again, as Admin. Wrong fields come back as data; throws `not_found`, and what `resendInvite` throws.
 */
export async function inviteAdmin(
  deps: Deps,
  resellerId: string,
  input: Record<string, unknown>,
): Promise<Checked<Invite>> {
  const { reseller } = await resellerWithInvite(deps, resellerId)
  const { values, errors } = checkFields(newAdminFields, input)
  if (errors.length > 0) return { ok: false, errors }
  const { admin_name: contact_name, admin_email: contact_email } = values
  const account = { list: staffList(resellerId), companyName: reseller.name, customerId: null }
  const invited = await inviteInto(deps, OPERATOR, account, { contact_name, contact_email, role: "admin" })
  if (invited.ok) return invited
  const live = invited.errors.find(({ code }) => code === "invite_pending")?.link
  if (!live)
    return { ok: false, errors: invited.errors.map(({ code, detail }) => ({ field: "admin_email", code, detail })) }
  const inviter = operatorInviter(resellerId)
  const corrected = await correctInvite(deps, inviter, live.id, { role: "admin" })
  return corrected.ok ? { ok: true, value: await resendInvite(deps, inviter, live.id) } : corrected
}

/** Ends a pending invite to a reseller's staff, sent to a wrong address perhaps. Throws `not_found` and `invite_not_pending`. */
export function revokeAdminInvite(deps: Deps, resellerId: string, inviteId: string): Promise<Invite> {
  return revokeInvite(deps, operatorInviter(resellerId), inviteId)
}

function operatorInviter(resellerId: string): Inviter {
  return { ...staffList(resellerId), actor: OPERATOR, read: "staff:read", write: "staff:write" }
}

/**
 * A reseller of the deployment, and the newest invite that the operator sent to an Admin of it. Throws `not_found`. One D1
 * round trip.
 */
export async function resellerWithInvite({ db }: Deps, id: string) {
  const { audienceId } = staffList(id)
  const [[reseller], [invite]] = await db.batch([
    db.select().from(resellers).where(eq(resellers.id, id)),
    db
      .select()
      .from(invites)
      .where(and(eq(invites.audienceId, audienceId), sql`${invites.invitedBy} = 'operator'`)) // as the index has it
      .orderBy(desc(invites.seq))
      .limit(1),
  ])
  if (!reseller) throw new Failure({ kind: "not_found" })
  return { reseller, invite }
}

/** The resellers of the deployment, newest first. One D1 round trip. */
export async function pageOfResellers({ db }: Deps, { before, size }: PageAsked): Promise<Page<Reseller>> {
  const older = before ? lt(resellers.id, before) : undefined
  const rows = await db
    .select()
    .from(resellers)
    .where(older)
    .orderBy(desc(resellers.id))
    .limit(size + 1)
  return toPage(rows, size)
}

/**
 * Stops a reseller at once: its people and its customers' get in no longer, its keys and registration links stop, and its mail and
 * webhooks wait. Again it changes nothing. Throws `not_found`. One D1 round trip.
 */
export function suspendReseller(deps: Deps, id: string): Promise<Reseller> {
  return setSuspended(deps, id, deps.now())
}

/**
 * Lets a suspended reseller go on; what waits to be sent is due. Links that ran out meanwhile are sent anew, as any are.
 * Throws `not_found`. One D1 round trip.
 */
export function reinstateReseller(deps: Deps, id: string): Promise<Reseller> {
  return setSuspended(deps, id, null)
}

async function setSuspended(deps: Deps, id: string, at: Date | null): Promise<Reseller> {
  const { db, now } = deps
  const changes = and(eq(resellers.id, id), at ? isNull(resellers.suspendedAt) : isNotNull(resellers.suspendedAt))
  const action = at ? "reseller.suspended" : "reseller.reinstated"
  const isNews = sql`EXISTS (SELECT 1 FROM ${resellers} WHERE ${changes})`
  // Both states, as the index has them; what is being sent goes on. What waited has its whole patience again.
  const waiting = and(
    sql`${outbox.status} IN ('queued', 'sending')`,
    eq(outbox.status, "queued"),
    eq(outbox.resellerId, id),
    isNews,
  )
  const released = db.update(outbox).set({ nextAttemptAt: now(), firstAttemptAt: null }).where(waiting)
  const [[reseller]] = await db.batch([
    db.select().from(resellers).where(eq(resellers.id, id)),
    insertWhere(db, auditLog, auditRow(deps, id, OPERATOR, action, id), isNews),
    ...(at ? [] : [released]),
    db.update(resellers).set({ suspendedAt: at }).where(changes),
  ])
  if (!reseller) throw new Failure({ kind: "not_found" })
  return { ...reseller, suspendedAt: at && (reseller.suspendedAt ?? at) }
}

/**
 * The name of a suspended reseller, where a person is in no account but suspended ones: nothing is open to them. One D1 round
 * trip.
 */
export async function whoSuspends({ db }: Pick<Deps, "db">, userId: string): Promise<string | undefined> {
  const works = db.select({ id: staff.resellerId }).from(staff).where(eq(staff.userId, userId))
  const belongs = db
    .select({ id: customers.resellerId })
    .from(members)
    .innerJoin(customers, eq(customers.id, members.customerId))
    .where(eq(members.userId, userId))
  const houses = await db
    .select({ name: resellers.name, suspendedAt: resellers.suspendedAt })
    .from(resellers)
    .where(or(inArray(resellers.id, works), inArray(resellers.id, belongs)))
  return houses.every(({ suspendedAt }) => suspendedAt) ? houses[0]?.name : undefined
}
