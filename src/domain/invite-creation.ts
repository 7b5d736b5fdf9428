import { and, eq, sql } from "drizzle-orm"
import * as z from "zod"
import { newId } from "../storage/ids.ts"
import { insertWhere } from "../storage/insert-where.ts"
import { billingAccounts, type Invite, invites } from "../storage/schema.ts"
import { demand, may, type ResellerActor } from "./actor.ts"
import { auditRow } from "./audit.ts"
import { commit, type Statement } from "./commit.ts"
import type { Deps } from "./deps.ts"
import { type Checked, type FieldError, isUniqueViolation } from "./failure.ts"
import { checkFields, emailAddress, line, phoneNumber, textBlock } from "./fields.ts"
import { addressErrors, addressLookUps, ONE_LIVE_INVITE } from "./invite-addresses.ts"
import { takeSend } from "./invite-sending.ts"
import { changedBy, DAY_MS, expiryOf } from "./invites.ts"
import { keepAnswer } from "./kept-answers.ts"
import { newMailId, queuedMail } from "./outbox.ts"
import { reminderDueAt } from "./reminders.ts"
import { tell } from "./telling.ts"

export const INVITE_LIFETIME_DAYS = 14
const INVITE_LIFETIME_MAX_DAYS = 90
const LIFETIME_RULE = `Use a whole number of days from 1 to ${INVITE_LIFETIME_MAX_DAYS}.`
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
/**
 * Invites a customer: invite, outbox row and all that tells of it together, then a nudge to the queue. The same fields under the
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
  const expiresAt = new Date(now.getTime() + fields.expires_in_days * DAY_MS)
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
    expiresAt,
    acceptedAt: null,
    mailId,
    openedAt: null,
    reminderDueAt: reminderDueAt(fields.expires_in_days, expiresAt),
  }
  const mail = { id: mailId, kind: "invite", inviteId, linkVersion: 1, recipient: fields.contact_email } as const
  const made = changedBy(inviteId, entry.id)
  const statements: [Statement, ...Statement[]] = [
    insertWhere(deps.db, invites, invite, accountStands(fields, found.account.id)).returning({ made: invites.id }),
    queuedMail(deps, { resellerId: actor.reseller.id, ...mail }, made),
    ...tell(deps, entry, made),
    ...keepAnswer(deps, invites, inviteId),
  ]
  if (found.live) statements.unshift(...expiryOf(deps, found.live)) // overdue and not swept yet: it makes room
  const permit = await takeSend(deps, actor.reseller.id, inviteId, "first")
  try {
    const results = await commit(deps, statements)
    if (results.flat().some((row) => (row as { made?: string } | null)?.made === inviteId))
      return { ok: true, value: invite }
    await permit.undo()
    const { account } = await lookUp(deps, actor, submissionId, values)
    return { ok: false, errors: billingErrors(actor, values, account) }
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

/** The billing account is still there, with the address and phone that were matched: it may go at any moment. */
function accountStands(fields: InviteFields, id: string) {
  return sql`EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${billingAccounts.id} = ${id}
    AND ${billingAccounts.email} = ${fields.billing_email} AND ${billingAccounts.phone} = ${fields.billing_phone})`
}

const ONE_INVITE_PER_SUBMISSION = ["invites.reseller_id", "invites.submission_id"]

/** All that decides whether an invite can be made, in one round trip. */
async function lookUp({ db }: Deps, actor: ResellerActor, submissionId: string, values: Partial<InviteFields>) {
  const resellerId = actor.reseller.id
  const [[repeated], [account], ...aboutAddress] = await db.batch([
    db
      .select()
      .from(invites)
      .where(and(eq(invites.resellerId, resellerId), eq(invites.submissionId, submissionId))),
    db
      .select({ id: billingAccounts.id, email: billingAccounts.email, phone: billingAccounts.phone })
      .from(billingAccounts)
      .where(and(eq(billingAccounts.resellerId, resellerId), eq(billingAccounts.email, values.billing_email ?? ""))),
    ...addressLookUps(db, resellerId, values.contact_email ?? ""),
  ])
  const [[live], [customer], [suppressed]] = aboutAddress
  return { repeated, account, live, customer, suppressed }
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

function isOtherSubmission(error: unknown): boolean {
  return isUniqueViolation(error, ...ONE_LIVE_INVITE) || isUniqueViolation(error, ...ONE_INVITE_PER_SUBMISSION)
}
