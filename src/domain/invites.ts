import { and, eq, gt, inArray, lte, type SQL, sql } from "drizzle-orm"
import type { BatchItem } from "drizzle-orm/batch"
import * as z from "zod"
import { newId } from "../storage/ids.ts"
import { insertWhere } from "../storage/insert-where.ts"
import { audit, billingAccounts, customers, type Invite, invites, members, users } from "../storage/schema.ts"
import { demand, may, type ResellerActor } from "./actor.ts"
import { auditRow, SYSTEM, timelineOf } from "./audit.ts"
import type { Deps, SendKind, SendPermit } from "./deps.ts"
import { type Checked, Failure, type FieldError, isUniqueViolation } from "./failure.ts"
import { checkFields, emailAddress, line, phoneNumber, textBlock } from "./fields.ts"
import { keepAnswer } from "./kept-answers.ts"
import { newMailId, queuedMail } from "./outbox.ts"

export const INVITE_LIFETIME_DAYS = 14
const INVITE_LIFETIME_MAX_DAYS = 90
const LIFETIME_RULE = `Use a whole number of days from 1 to ${INVITE_LIFETIME_MAX_DAYS}.`
const DAY_MS = 86_400_000

const NOTE_MAX = 500
const LOCALES = ["en"] as const

/** The five fields of an invite, and what may be said beside them, under the names that the form and the API use. */
export const inviteFields = z.object({
  company_name: line("Enter the customer's business name.").meta({
    description: "Company Name: a business name for the customer.",
    examples: ["Northwind Logistics"],
  }),
  contact_name: line("Enter the name of the person who sets up the account.").meta({
    description: "Contact Name: the person responsible for setting up the account, its default Admin.",
    examples: ["Priya Nair"],
  }),
  contact_email: emailAddress("Enter the address the invite goes to.").meta({
    description: "Contact Email Address: where the invite is sent. Kept in lower case.",
    examples: ["priya@northwind.example"],
  }),
  billing_email: emailAddress("Enter the e-mail address of a billing account.").meta({
    description: "Billing Email Address: of the billing account, already set up, that manages this customer.",
    examples: ["billing@acme.example"],
  }),
  billing_phone: phoneNumber("Enter the phone number of that billing account.").meta({
    description: "Billing Phone Number: of the same billing account.",
    examples: ["+1 415 555 0132"],
  }),
  expires_in_days: z
    .int(LIFETIME_RULE)
    .min(1, LIFETIME_RULE)
    .max(INVITE_LIFETIME_MAX_DAYS, LIFETIME_RULE)
    .default(INVITE_LIFETIME_DAYS)
    .meta({ description: "For how many days the registration link works; a resend counts them anew." }),
  locale: z
    .enum(LOCALES, `Use one of: ${LOCALES.join(", ")}.`)
    .default("en")
    .meta({ description: "The language of the e-mail." }),
  note: textBlock(NOTE_MAX).meta({
    description: "A note of yours in the e-mail: plain text, shown as it is.",
    examples: ["Looking forward to working with you."],
  }),
})

type InviteFields = z.infer<typeof inviteFields>
type Statement = BatchItem<"sqlite">

/** What an invite is now: a pending one is expired from the instant its time is up, whatever is stored. */
export function statusNow(invite: Pick<Invite, "status" | "expiresAt">, now: Date): Invite["status"] {
  return invite.status === "pending" && invite.expiresAt <= now ? "expired" : invite.status
}

/**
 * Invites a customer: invite, outbox row and audit row together, then a nudge to the mail queue. The same fields under the
 * same `submissionId` answer with the invite that they made. Wrong fields come back as data; throws `forbidden` and
 * `rate_limited`. Two D1 round trips.
 */
export async function createInvite(
  deps: Deps,
  actor: ResellerActor,
  input: Record<string, unknown>,
  submissionId = newId("sub", deps.now()),
): Promise<Checked<Invite>> {
  demand(actor, "invites:write")
  const now = deps.now()
  const { values, errors } = checkFields(inviteFields, input)
  const found = await lookUp(deps, actor, submissionId, values)
  if (isRepeat(found.repeated, values)) return { ok: true, value: found.repeated }

  errors.push(...billingErrors(actor, values, found.account), ...addressErrors(found, now))
  if (errors.length > 0 || !found.account) return { ok: false, errors }
  const fields = values as InviteFields // complete: a field that is missing here left an error above

  const inviteId = newId("inv", now)
  const mailId = newMailId(now)
  const entry = auditRow(deps, actor.reseller.id, actor, "invite.created", inviteId, fields.contact_email)
  const invite: Invite = {
    id: inviteId,
    resellerId: actor.reseller.id,
    status: "pending",
    emailStatus: "queued",
    emailProblem: null,
    companyName: fields.company_name,
    contactName: fields.contact_name,
    contactEmail: fields.contact_email,
    billingAccountId: found.account.id,
    billingEmail: fields.billing_email,
    billingPhone: fields.billing_phone,
    locale: fields.locale,
    note: fields.note,
    linkVersion: 1,
    lifetimeDays: fields.expires_in_days,
    sendCount: 1,
    submissionId: found.repeated ? newId("sub", now) : submissionId, // the form was filled in anew
    changeId: entry.id,
    invitedBy: actor.id,
    customerId: null,
    createdAt: now,
    lastSentAt: null,
    resentAt: null,
    expiresAt: new Date(now.getTime() + fields.expires_in_days * DAY_MS),
    acceptedAt: null,
  }
  const statements: [Statement, ...Statement[]] = [
    deps.db.insert(invites).values(invite),
    queuedMail(deps, { id: mailId, resellerId: actor.reseller.id, inviteId, linkVersion: 1 }, sql`TRUE`),
    deps.db.insert(audit).values(entry),
    ...keepAnswer(deps, invites, inviteId),
  ]
  if (found.live) statements.unshift(...expiryOf(deps, found.live)) // overdue and not swept yet: it makes room
  const permit = await takeSend(deps, actor, inviteId, "first")
  try {
    await deps.db.batch(statements)
    deps.wakeMail(mailId)
    return { ok: true, value: invite }
  } catch (error) {
    await permit.undo()
    if (!isOtherSubmission(error)) throw error
    const other = await lookUp(deps, actor, submissionId, values)
    if (isRepeat(other.repeated, values)) return { ok: true, value: other.repeated }
    const taken = addressErrors(other, now)
    if (taken.length === 0) throw error
    return { ok: false, errors: taken }
  }
}

/**
 * Sends an invite again with a new link and a new term; earlier links stop registering. Throws `not_found`,
 * `forbidden`, `not_resendable` (accepted or revoked), `address_invited_again` and `rate_limited`.
 */
export async function resendInvite(deps: Deps, actor: ResellerActor, id: string): Promise<Invite> {
  demand(actor, "invites:write")
  const invite = await loadInvite(deps, actor, id)
  if (!RESENDABLE.includes(invite.status)) throw new Failure({ kind: "not_resendable", status: invite.status })

  const permit = await takeSend(deps, actor, id, "resend")
  const now = deps.now()
  const mailId = newMailId(now)
  const version = invite.linkVersion + 1
  const entry = auditRow(deps, actor.reseller.id, actor, "invite.resent", id, invite.contactEmail)
  const resent = changedBy(id, entry.id)
  try {
    const [[changed]] = await deps.db.batch([
      deps.db
        .update(invites)
        .set({
          status: "pending",
          emailStatus: "queued",
          emailProblem: null,
          linkVersion: version,
          sendCount: sql`${invites.sendCount} + 1`,
          resentAt: now,
          expiresAt: new Date(now.getTime() + invite.lifetimeDays * DAY_MS),
          changeId: entry.id,
        })
        .where(
          and(eq(invites.id, id), inArray(invites.status, RESENDABLE), eq(invites.linkVersion, invite.linkVersion)),
        )
        .returning(),
      queuedMail(deps, { id: mailId, resellerId: actor.reseller.id, inviteId: id, linkVersion: version }, resent),
      insertWhere(deps.db, audit, entry, resent),
      ...keepAnswer(deps, invites, id, resent),
    ])
    if (!changed) throw new Failure(await whyNotResendable(deps, actor, id))
    deps.wakeMail(mailId)
    return changed
  } catch (error) {
    await permit.undo()
    if (isUniqueViolation(error, ...ONE_LIVE_INVITE)) throw await addressInvitedAgain(deps, invite)
    throw error
  }
}

/** Ends a pending invite; its links stop registering. Throws `not_found`, `forbidden`, `not_pending`. */
export async function revokeInvite(deps: Deps, actor: ResellerActor, id: string): Promise<Invite> {
  demand(actor, "invites:write")
  const entry = auditRow(deps, actor.reseller.id, actor, "invite.revoked", id)
  const revoked = changedBy(id, entry.id)
  const [[changed]] = await deps.db.batch([
    deps.db
      .update(invites)
      .set({ status: "revoked", changeId: entry.id })
      .where(
        and(
          eq(invites.id, id),
          eq(invites.resellerId, actor.reseller.id),
          eq(invites.status, "pending"),
          gt(invites.expiresAt, deps.now()),
        ),
      )
      .returning(),
    insertWhere(deps.db, audit, entry, revoked),
    ...keepAnswer(deps, invites, id, revoked),
  ])
  if (changed) return changed
  const invite = await loadInvite(deps, actor, id)
  throw new Failure({ kind: "not_pending", status: statusNow(invite, deps.now()) })
}

/** One invite of the actor's reseller. Throws `not_found` and `forbidden`. One D1 round trip. */
export function findInvite(deps: Deps, actor: ResellerActor, id: string): Promise<Invite> {
  demand(actor, "invites:read")
  return loadInvite(deps, actor, id)
}

async function loadInvite({ db }: Deps, actor: ResellerActor, id: string): Promise<Invite> {
  const [[invite]] = await db.batch([oneInvite(db, actor, id)])
  if (!invite) throw new Failure({ kind: "not_found" })
  return invite
}

/** One invite and its timeline, newest event first. Throws `not_found`. One D1 round trip. */
export async function inviteWithTimeline({ db }: Deps, actor: ResellerActor, id: string) {
  demand(actor, "invites:read")
  const [[invite], timeline] = await db.batch([oneInvite(db, actor, id), timelineOf(db, actor.reseller.id, id)])
  if (!invite) throw new Failure({ kind: "not_found" })
  return { invite, timeline }
}

/** Marks pending invites whose time is up, and audits each. Returns how many; call again while it is the limit. */
export async function expireOverdueInvites(deps: Deps): Promise<number> {
  const overdue = await deps.db
    .select({ id: invites.id, resellerId: invites.resellerId })
    .from(invites)
    .where(and(eq(invites.status, "pending"), lte(invites.expiresAt, deps.now())))
    .orderBy(invites.expiresAt)
    .limit(EXPIRY_BATCH)
  const [first, ...rest] = overdue
  if (first) await deps.db.batch([...expiryOf(deps, first), ...rest.flatMap((invite) => expiryOf(deps, invite))])
  return overdue.length
}

export const EXPIRY_BATCH = 50
const RESENDABLE: Invite["status"][] = ["pending", "expired", "declined"]
const ONE_LIVE_INVITE = ["invites.reseller_id", "invites.contact_email"]
const ONE_INVITE_PER_SUBMISSION = ["invites.reseller_id", "invites.submission_id"]

/** True while the change that this audit entry records is the invite's latest: the guard of what is batched with it. */
export function changedBy(inviteId: string, changeId: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${invites.id} = ${inviteId} AND ${invites.changeId} = ${changeId})`
}

/** The two statements that expire one invite, if it is pending and its time is up. */
function expiryOf(deps: Deps, invite: Pick<Invite, "id" | "resellerId">) {
  const entry = auditRow(deps, invite.resellerId, SYSTEM, "invite.expired", invite.id)
  return [
    deps.db
      .update(invites)
      .set({ status: "expired", changeId: entry.id })
      .where(and(eq(invites.id, invite.id), eq(invites.status, "pending"), lte(invites.expiresAt, deps.now()))),
    insertWhere(deps.db, audit, entry, changedBy(invite.id, entry.id)),
  ] as const
}

function oneInvite(db: Deps["db"], actor: ResellerActor, id: string) {
  return db
    .select()
    .from(invites)
    .where(and(eq(invites.id, id), eq(invites.resellerId, actor.reseller.id)))
    .limit(1)
}

/** All that decides whether an invite can be made, in one round trip. */
async function lookUp({ db }: Deps, actor: ResellerActor, submissionId: string, values: Partial<InviteFields>) {
  const resellerId = actor.reseller.id
  const email = values.contact_email ?? ""
  const [[repeated], [account], [live], [customer]] = await db.batch([
    db
      .select()
      .from(invites)
      .where(and(eq(invites.resellerId, resellerId), eq(invites.submissionId, submissionId))),
    db
      .select({ id: billingAccounts.id, email: billingAccounts.email, phone: billingAccounts.phone })
      .from(billingAccounts)
      .where(and(eq(billingAccounts.resellerId, resellerId), eq(billingAccounts.email, values.billing_email ?? ""))),
    db
      .select()
      .from(invites)
      .where(and(eq(invites.resellerId, resellerId), eq(invites.contactEmail, email), eq(invites.status, "pending"))),
    db
      .select({ id: customers.id, name: customers.name })
      .from(users)
      .innerJoin(members, eq(members.userId, users.id))
      .innerJoin(customers, and(eq(customers.id, members.customerId), eq(customers.resellerId, resellerId)))
      .where(eq(users.email, email))
      .limit(1),
  ])
  return { repeated, account, live, customer }
}

/** The same form with the same words: a double click. With other words it is another invite, typed after going back. */
function isRepeat(made: Invite | undefined, values: Partial<InviteFields>): made is Invite {
  return (
    made !== undefined &&
    made.companyName === values.company_name &&
    made.contactName === values.contact_name &&
    made.contactEmail === values.contact_email &&
    made.billingEmail === values.billing_email &&
    made.billingPhone === values.billing_phone &&
    made.lifetimeDays === values.expires_in_days &&
    made.note === values.note
  )
}

function billingErrors(
  actor: ResellerActor,
  values: Partial<InviteFields>,
  account: { email: string; phone: string } | undefined,
): FieldError[] {
  if (!values.billing_email) return []
  if (!account) {
    const detail = `No billing account has the address ${values.billing_email}. Accounts are set up under Billing.`
    return [{ field: "billing_email", code: "billing_account_unknown", detail }]
  }
  if (!values.billing_phone || values.billing_phone === account.phone) return []
  const hint = may(actor, "billing:read") ? ` It ends in ${account.phone.slice(-4)}.` : ""
  const detail = `This is not the phone of ${account.email}.${hint}`
  return [{ field: "billing_phone", code: "billing_phone_mismatch", detail }]
}

function addressErrors(
  { live, customer }: { live?: Invite | undefined; customer?: { id: string; name: string } | undefined },
  now: Date,
): FieldError[] {
  if (live && statusNow(live, now) === "pending") {
    const detail = `${live.contactName} of ${live.companyName} already has a pending invite at this address.`
    return [{ field: "contact_email", code: "invite_pending", detail, link: { kind: "invite", id: live.id } }]
  }
  if (!customer) return []
  const detail = `This address already belongs to your customer ${customer.name}.`
  return [{ field: "contact_email", code: "already_customer", detail, link: { kind: "customer", id: customer.id } }]
}

async function takeSend(deps: Deps, actor: ResellerActor, inviteId: string, kind: SendKind) {
  const permit: SendPermit = await deps.takeSend(actor.reseller.id, inviteId, kind)
  if (permit.allowed) return permit
  const { allowed: _, ...limit } = permit
  throw new Failure({ kind: "rate_limited", ...limit })
}

function isOtherSubmission(error: unknown): boolean {
  return isUniqueViolation(error, ...ONE_LIVE_INVITE) || isUniqueViolation(error, ...ONE_INVITE_PER_SUBMISSION)
}

async function whyNotResendable(deps: Deps, actor: ResellerActor, id: string) {
  const { status } = await loadInvite(deps, actor, id)
  return { kind: "not_resendable", status } as const
}

async function addressInvitedAgain({ db }: Deps, { resellerId, contactEmail }: Invite): Promise<Failure> {
  const [live] = await db
    .select({ id: invites.id })
    .from(invites)
    .where(
      and(eq(invites.resellerId, resellerId), eq(invites.contactEmail, contactEmail), eq(invites.status, "pending")),
    )
  return live ? new Failure({ kind: "address_invited_again", inviteId: live.id }) : new Failure({ kind: "not_found" })
}
