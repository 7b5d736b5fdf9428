import { and, eq } from "drizzle-orm"
import * as z from "zod"
import { newId } from "../storage/ids.ts"
import { insertWhere } from "../storage/insert-where.ts"
import { type Invite, invites, resellers } from "../storage/schema.ts"
import { demand, type ResellerActor } from "./actor.ts"
import { auditRow } from "./audit.ts"
import { commit, type Statement } from "./commit.ts"
import type { Deps } from "./deps.ts"
import { type Checked, isUniqueViolation } from "./failure.ts"
import { checkFields } from "./fields.ts"
import { addressErrors, addressLookUps, ONE_LIVE_INVITE } from "./invite-addresses.ts"
import { accountStands, billingAccountOf, billingErrors, inviteFields } from "./invite-fields.ts"
import { mailOf, takeSend } from "./invite-sending.ts"
import { changedBy, DAY_MS, expiryOf } from "./invites.ts"
import { keepAnswer } from "./kept-answers.ts"
import { newMailId, queuedMail } from "./outbox.ts"
import { reminderDueAt } from "./reminders.ts"
import { tell } from "./telling.ts"

export const newInviteFields = inviteFields.extend({
  send_email: z.boolean("Use true or false.").default(true).meta({
    description: "Whether the e-mail goes out now. Without it, copy the registration link and hand it over yourself.",
  }),
})

type NewInvite = z.infer<typeof newInviteFields>

/**
 * Invites a customer: invite, outbox row and all that tells of it together, then a nudge to the queue. With `send_email: false`
 * there is no mail, and the link is copied. The same fields under the same `submissionId` answer with the invite that they made.
 * Wrong fields come back as data; throws `forbidden` and `rate_limited`. Two D1 round trips.
 */
export async function createInvite(
  deps: Deps,
  actor: ResellerActor,
  input: Record<string, unknown>,
  submissionId = newId("sub", deps.now()),
): Promise<Checked<Invite>> {
  demand(actor, "invites:write")
  const now = deps.now()
  const { values, errors } = checkFields(newInviteFields, input)
  const found = await lookUp(deps, actor, submissionId, values)
  if (isRepeat(found.repeated, values)) return { ok: true, value: found.repeated }

  errors.push(...billingErrors(actor, values, found.account), ...addressErrors(found, now))
  if (errors.length > 0 || !found.account) return { ok: false, errors }
  const fields = values as NewInvite // complete: a field that is missing here left an error above

  const inviteId = newId("inv", now)
  const mailId = fields.send_email ? newMailId(now) : null
  const lifetimeDays = fields.expires_in_days ?? found.inviteDays
  const expiresAt = new Date(now.getTime() + lifetimeDays * DAY_MS)
  const entry = auditRow(deps, actor.reseller.id, actor, "invite.created", inviteId, fields.contact_email)
  const invite: Invite = {
    id: inviteId,
    resellerId: actor.reseller.id,
    status: "pending",
    emailStatus: mailId ? "queued" : null,
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
    addressVersion: 1,
    lifetimeDays,
    sendCount: mailId ? 1 : 0,
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
    startedAt: null,
    reminderDueAt: mailId ? reminderDueAt(lifetimeDays, expiresAt) : null,
  }
  const made = changedBy(inviteId, entry.id)
  const statements: [Statement, ...Statement[]] = [
    insertWhere(deps.db, invites, invite, accountStands(fields, found.account.id)).returning({ made: invites.id }),
    ...(mailId ? [queuedMail(deps, mailOf(invite, mailId, "invite"), made)] : []),
    ...tell(deps, entry, made),
    ...keepAnswer(deps, invites, inviteId),
  ]
  if (found.live) statements.unshift(...expiryOf(deps, found.live)) // overdue and not swept yet: it makes room
  const permit = mailId ? await takeSend(deps, actor.reseller.id, inviteId, "first") : undefined
  try {
    const results = await commit(deps, statements)
    if (results.flat().some((row) => (row as { made?: string } | null)?.made === inviteId))
      return { ok: true, value: invite }
    await permit?.undo()
    const { account } = await lookUp(deps, actor, submissionId, values)
    return { ok: false, errors: billingErrors(actor, values, account) }
  } catch (error) {
    await permit?.undo()
    if (!isOtherSubmission(error)) throw error
    const other = await lookUp(deps, actor, submissionId, values)
    if (isRepeat(other.repeated, values)) return { ok: true, value: other.repeated }
    const taken = addressErrors(other, now)
    if (taken.length === 0) throw error
    return { ok: false, errors: taken }
  }
}

const ONE_INVITE_PER_SUBMISSION = ["invites.reseller_id", "invites.submission_id"]

/** All that decides whether an invite can be made, in one round trip. */
async function lookUp({ db }: Deps, actor: ResellerActor, submissionId: string, values: Partial<NewInvite>) {
  const resellerId = actor.reseller.id
  const [[repeated], [account], [reseller], ...aboutAddress] = await db.batch([
    db
      .select()
      .from(invites)
      .where(and(eq(invites.resellerId, resellerId), eq(invites.submissionId, submissionId))),
    billingAccountOf(db, resellerId, values.billing_email),
    db.select({ inviteDays: resellers.inviteDays }).from(resellers).where(eq(resellers.id, resellerId)),
    ...addressLookUps(db, resellerId, values.contact_email ?? ""),
  ])
  const [[live], [customer], [suppressed]] = aboutAddress
  if (!reseller) throw new Error("the actor's reseller is not there")
  return { repeated, account, live, customer, suppressed, ...reseller }
}

/** The same form with the same words: a double click. With other words it is another invite, typed after going back. */
function isRepeat(made: Invite | undefined, values: Partial<NewInvite>): made is Invite {
  return (
    made !== undefined &&
    made.companyName === values.company_name &&
    made.contactName === values.contact_name &&
    made.contactEmail === values.contact_email &&
    made.billingEmail === values.billing_email &&
    made.billingPhone === values.billing_phone &&
    (values.expires_in_days === undefined || made.lifetimeDays === values.expires_in_days) &&
    made.sendCount > 0 === values.send_email &&
    made.note === values.note
  )
}

function isOtherSubmission(error: unknown): boolean {
  return isUniqueViolation(error, ...ONE_LIVE_INVITE) || isUniqueViolation(error, ...ONE_INVITE_PER_SUBMISSION)
}
