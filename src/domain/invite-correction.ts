import { and, eq, inArray, sql } from "drizzle-orm"
import { type BillingAccount, type Invite, invites } from "../storage/schema.ts"
import { demand, type ResellerActor } from "./actor.ts"
import { auditRow } from "./audit.ts"
import { commit } from "./commit.ts"
import type { Deps } from "./deps.ts"
import { type Checked, Failure, type FieldError, isUniqueViolation } from "./failure.ts"
import { checkFields } from "./fields.ts"
import { addressErrors, addressLookUps, ONE_LIVE_INVITE } from "./invite-addresses.ts"
import { accountStands, billingAccountOf, billingErrors, type InviteFields, inviteFields } from "./invite-fields.ts"
import { addressInvitedAgain, SENDABLE, sendAgain } from "./invite-sending.ts"
import { changedBy, DAY_MS, expiryOf, oneInvite, statusNow } from "./invites.ts"
import { reminderDueAt } from "./reminders.ts"
import { tell } from "./telling.ts"

/** `isSent`: it went to another address. Neither is true when everything was so already. */
export type Correction = { invite: Invite; isChanged: boolean; isSent: boolean }

/**
 * Corrects what `input` names of an invite and leaves the rest. A changed address makes links of before dead, and the invite is
 * sent there with a new link and term, unless it never went by e-mail; other fields change nothing of the links. With
 * `versions`, an invite is corrected only while its latest change is one of those. Wrong fields come back as data; throws
 * `changed_meanwhile` and what `resendInvite` throws. Two D1 round trips.
 */
export async function correctInvite(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  input: Record<string, unknown>,
  versions?: string[],
): Promise<Checked<Correction>> {
  demand(actor, "invites:write")
  const { db, now } = deps
  const { values, errors } = checkNamed(input)
  const [[invite], [current], [account], [live], [customer], [suppressed]] = await db.batch([
    oneInvite(db, actor, id),
    billingAccountOf(db, actor.reseller.id, billingEmailOf(actor, id)),
    billingAccountOf(db, actor.reseller.id, values.billing_email),
    ...addressLookUps(db, actor.reseller.id, values.contact_email ?? ""),
  ])
  if (!invite) throw new Failure({ kind: "not_found" })
  if (!SENDABLE.includes(invite.status)) throw new Failure({ kind: "not_resendable", status: invite.status })
  if (versions && !versions.includes(invite.changeId)) throw new Failure({ kind: "changed_meanwhile" })

  const isReaddressed = values.contact_email !== undefined && values.contact_email !== invite.contactEmail
  const parts = [
    plainCorrection(invite, values),
    billingCorrection(actor, invite, values, values.billing_email ? account : current),
    termCorrection(invite, values.expires_in_days, now()),
  ]
  const taken = isReaddressed ? addressErrors({ live, customer, suppressed }, now()) : []
  const wrong = [...errors, ...taken, ...parts.flatMap((part) => part.errors ?? [])]
  if (wrong.length > 0) return { ok: false, errors: wrong }
  const told = parts.flatMap((part) => part.told ?? []).join(", ")
  if (!told) return { ok: true, value: { invite, isChanged: false, isSent: false } }

  const changes: Partial<Invite> = Object.assign({}, ...parts.map((part) => part.changes))
  const [makesRoom, ...rest] = isReaddressed && live ? expiryOf(deps, live) : [] // overdue and not swept yet
  if (makesRoom) await commit(deps, [makesRoom, ...rest])
  if (isReaddressed && invite.sendCount > 0) {
    const sending = { action: "invite.corrected", told, changes: { ...changes, ...UNSEEN } } as const
    return { ok: true, value: { invite: await sendAgain(deps, actor, invite, sending), isChanged: true, isSent: true } }
  }
  const amended = await amend(deps, actor, invite, changes, told)
  if (amended) return { ok: true, value: { invite: amended, isChanged: true, isSent: false } }
  if (versions) throw new Failure({ kind: "changed_meanwhile" })
  return correctInvite(deps, actor, id, input) // somebody was faster: the same corrections to what they left
}

/** The fields that are named, checked: what is left out stays. */
function checkNamed(input: Record<string, unknown>): { values: Partial<InviteFields>; errors: FieldError[] } {
  const { values, errors } = checkFields(inviteFields, input)
  const isNamed = (field: string) => input[field] !== undefined
  const named = Object.entries(values).filter(([field]) => isNamed(field))
  return { values: Object.fromEntries(named), errors: errors.filter(({ field }) => isNamed(field)) }
}

/** A part of a correction: what is wrong with it, or what it changes, and how that is told. */
type Part = { errors?: FieldError[]; changes?: Partial<Invite>; told?: string[] }

function plainCorrection(invite: Invite, values: Partial<InviteFields>): Part {
  const wanted = {
    companyName: values.company_name ?? invite.companyName,
    contactName: values.contact_name ?? invite.contactName,
    contactEmail: values.contact_email ?? invite.contactEmail,
    locale: values.locale ?? invite.locale,
    note: values.note === undefined ? invite.note : values.note,
  }
  const { note, ...lines } = wanted
  const told = Object.entries(lines)
    .map(([column, value]) => [invite[column as keyof typeof lines], value])
    .filter(([before, after]) => before !== after)
    .map((pair) => pair.join(" → "))
  return { changes: wanted, told: note === invite.note ? told : [...told, "note"] }
}

/** Address and phone match one account, one of them perhaps as before. What they are is told nobody who may not see it. */
function billingCorrection(
  actor: ResellerActor,
  invite: Invite,
  { billing_email = invite.billingEmail, billing_phone = invite.billingPhone }: Partial<InviteFields>,
  account: BillingAccount | undefined,
): Part {
  if (billing_email === invite.billingEmail && billing_phone === invite.billingPhone) return {}
  const errors = billingErrors(actor, { billing_email, billing_phone }, account)
  if (errors.length > 0 || !account) return { errors }
  const changes = { billingAccountId: account.id, billingEmail: billing_email, billingPhone: billing_phone }
  return { changes, told: ["billing account"] }
}

/** A new term counts from when the last one began; what has run out is counted at the next resend. */
function termCorrection(invite: Invite, days: number | undefined, now: Date): Part {
  if (days === undefined || days === invite.lifetimeDays) return {}
  const told = [`${invite.lifetimeDays} days → ${days} days`]
  if (statusNow(invite, now) !== "pending") return { changes: { lifetimeDays: days }, told }
  const began = invite.resentAt ?? invite.createdAt
  const expiresAt = new Date(began.getTime() + days * DAY_MS)
  if (expiresAt <= now) {
    const detail = "The link would have run out already. Use more days, or revoke the invite."
    return { errors: [{ field: "expires_in_days", code: "invalid", detail }] }
  }
  const due = invite.sendCount === 1 ? reminderDueAt(days, expiresAt) : null
  return { changes: { lifetimeDays: days, expiresAt, reminderDueAt: due && due > now ? due : null }, told }
}

/** Whoever is at another address has seen nothing yet. */
const UNSEEN = { openedAt: null, startedAt: null }

/** Changes a row without a mail. Undefined when it is no longer as it was read. */
async function amend(deps: Deps, actor: ResellerActor, invite: Invite, changes: Partial<Invite>, told: string) {
  const corrected = { ...invite, ...changes }
  const isReaddressed = corrected.contactEmail !== invite.contactEmail
  const billing = { billing_email: corrected.billingEmail, billing_phone: corrected.billingPhone }
  const entry = auditRow(deps, invite.resellerId, actor, "invite.corrected", invite.id, told)
  try {
    const [[amended]] = await commit(deps, [
      deps.db
        .update(invites)
        .set({
          ...changes,
          ...(isReaddressed && { linkVersion: invite.linkVersion + 1, ...UNSEEN }),
          changeId: entry.id,
        })
        .where(
          and(
            eq(invites.id, invite.id),
            inArray(invites.status, SENDABLE),
            eq(invites.changeId, invite.changeId),
            changes.billingAccountId ? accountStands(billing, changes.billingAccountId) : undefined,
          ),
        )
        .returning(),
      ...tell(deps, entry, changedBy(invite.id, entry.id)),
    ])
    return amended
  } catch (error) {
    if (!isUniqueViolation(error, ...ONE_LIVE_INVITE)) throw error
    throw await addressInvitedAgain(deps, corrected)
  }
}

function billingEmailOf(actor: ResellerActor, id: string) {
  return sql`(SELECT billing_email FROM invites AS billed WHERE billed.id = ${id} AND billed.reseller_id = ${actor.reseller.id})`
}
