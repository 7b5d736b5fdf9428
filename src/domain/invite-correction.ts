import { and, eq, inArray, sql } from "drizzle-orm"
import { type BillingAccount, billingAccounts, type CustomerInvite, type Invite, invites } from "../storage/schema.ts"
import { type Actor, demand, ROLE_NAMES } from "./actor.ts"
import { type AuditRow, auditRow } from "./audit.ts"
import type { AuditAction } from "./audit-actions.ts"
import { commit } from "./commit.ts"
import type { Deps } from "./deps.ts"
import { type Checked, Failure, type FieldError, isUniqueViolation } from "./failure.ts"
import { checkFields } from "./fields.ts"
import { addressErrors, addressInvitedAgain, addressLookUps, ONE_LIVE_INVITE } from "./invite-addresses.ts"
import { accountStands, billingAccountOf, billingErrors, type InviteFields, inviteFields } from "./invite-fields.ts"
import { SENDABLE, sendAgain } from "./invite-sending.ts"
import type { Inviter } from "./inviters.ts"
import { changedBy, DAY_MS, expiryOf, oneInvite, statusNow } from "./invites.ts"
import { LANGUAGE_NAMES } from "./locales.ts"
import { type PersonFields, personFields } from "./person-fields.ts"
import { remindAt } from "./reminders.ts"
import { tell } from "./telling.ts"

/** `isSent`: it went to another address. Neither is true when everything was so already. */
export type Correction = { invite: Invite; isChanged: boolean; isSent: boolean }

/**
 * Corrects what `input` names of an invite and leaves the rest. A changed address makes links of before dead, and the invite is
 * sent there with a new link and term, unless it never went by e-mail; other fields change nothing of the links. Its billing is
 * for those to correct who may see it. With
 * `versions`, an invite is corrected only while its latest change is one of those. Wrong fields come back as data; throws
 * `version_conflict` and what `resendInvite` throws. Two D1 round trips, and one more where an overdue invite has the address.
 */
export async function correctInvite(
  deps: Deps,
  inviter: Inviter,
  id: string,
  input: Record<string, unknown>,
  versions?: string[],
): Promise<Checked<Correction>> {
  const { actor } = inviter
  demand(actor, inviter.write)
  const { db, now } = deps
  const { values, errors } = checkNamed(inviter, input)
  if ("billing_email" in input || "billing_phone" in input) demand(actor, "billing:read")
  const [[invite], [live], [there], [suppressed], [current] = [], [account] = []] = await db.batch([
    oneInvite(db, inviter, id),
    ...addressLookUps(db, inviter, values.contact_email ?? ""),
    ...(inviter.kind === "customer"
      ? [
          accountOfInvite(db, inviter, id),
          billingAccountOf(db, inviter.resellerId, values.billing_email ?? billingEmailOf(inviter, id)),
        ]
      : []),
  ])
  if (!invite) throw new Failure({ kind: "not_found" })
  if (!SENDABLE.includes(invite.status)) throw new Failure({ kind: "invite_not_resendable", status: invite.status })
  if (versions && !versions.includes(invite.lastChangeId)) throw new Failure({ kind: "version_conflict" })

  const isReaddressed = values.contact_email !== undefined && values.contact_email !== invite.contactEmail
  const taken = isReaddressed ? addressErrors(inviter, { live, there, suppressed }, now()) : []
  const whole = wholeOf([
    { errors: [...errors, ...taken], changes: isReaddressed ? newAddress(invite) : {} },
    plainCorrection(invite, values),
    isBilled(invite) ? billingCorrection(actor, invite, values, { current, account }) : {},
    termCorrection(invite, values.expires_in_days, isReaddressed, now()),
  ])
  if (whole.errors.length > 0) return { ok: false, errors: whole.errors }
  if (Object.keys(whole.changes).length === 0) return { ok: true, value: { invite, isChanged: false, isSent: false } }

  const [makesRoom, ...rest] = isReaddressed && live ? expiryOf(deps, live) : [] // overdue and not swept yet
  if (makesRoom) await commit(deps, [makesRoom, ...rest])
  const isSent = isReaddressed && invite.sendCount > 0
  try {
    const corrected = await (isSent ? sendElsewhere : amend)(deps, actor, invite, whole)
    return { ok: true, value: { invite: corrected, isChanged: true, isSent } }
  } catch (error) {
    const isOvertaken = error instanceof Failure && error.reason.kind === "version_conflict"
    if (!isOvertaken || versions) throw error
    return correctInvite(deps, inviter, id, input) // the same corrections to what somebody else left
  }
}

type Corrected = Partial<InviteFields & PersonFields>

/** The fields that are named, checked: what is left out stays. */
function checkNamed({ kind }: Inviter, input: Record<string, unknown>): { values: Corrected; errors: FieldError[] } {
  const { values, errors }: { values: Corrected; errors: FieldError[] } =
    kind === "customer" ? checkFields(inviteFields, input) : checkFields(personFields(kind), input)
  const isNamed = (field: string) => input[field] !== undefined
  const named = Object.entries(values).filter(([field]) => isNamed(field))
  return { values: Object.fromEntries(named), errors: errors.filter(({ field }) => isNamed(field)) }
}

/** A part of a correction: what is wrong with it, or what it changes, and how that is told. */
type Part = { errors?: FieldError[]; changes?: Partial<Invite>; told?: string[] }

type Whole = { errors: FieldError[]; changes: Partial<Invite>; told: string }

function wholeOf(parts: Part[]): Whole {
  const errors = parts.flatMap(({ errors = [] }) => errors)
  return {
    errors: errors.filter(({ field }, n) => errors.findIndex((other) => other.field === field) === n), // one a field
    changes: Object.assign({}, ...parts.map(({ changes }) => changes)),
    told: parts.flatMap(({ told = [] }) => told).join(", "),
  }
}

function plainCorrection(invite: Invite, values: Corrected): Part {
  const named = [
    ["companyName", values.company_name],
    ["contactName", values.contact_name],
    ["contactEmail", values.contact_email],
    ["role", values.role],
    ["locale", values.locale],
    ["note", values.note],
  ] as const
  const changed = named.filter(([column, value]) => value !== undefined && value !== invite[column])
  const told = changed.map(([column, value]) => {
    if (column === "note") return column
    if (column === "role") return `${roleName(invite.role)} → ${roleName(value)}`
    if (column === "locale" && value) return `${LANGUAGE_NAMES[invite.locale]} → ${LANGUAGE_NAMES[value]}`
    return `${invite[column]} → ${value}`
  })
  return { changes: Object.fromEntries(changed), told }
}

const roleName = (role: Invite["role"] | undefined) => (role ? ROLE_NAMES[role] : "")

const isBilled = (invite: Invite): invite is CustomerInvite => invite.kind === "customer"

/** Address and phone match one account, one of them perhaps as before. What they are is told nobody who may not see it. */
function billingCorrection(
  actor: Actor,
  invite: CustomerInvite,
  values: Partial<InviteFields>,
  { current, account }: Record<"current" | "account", BillingAccount | undefined>,
): Part {
  if (values.billing_email === undefined && values.billing_phone === undefined) return {}
  const { billing_email = invite.billingEmail, billing_phone = invite.billingPhone } = values
  const isSame = billing_email === invite.billingEmail && billing_phone === invite.billingPhone
  if (isSame && current) return {}
  const errors = billingErrors(actor, { billing_email, billing_phone }, account)
  if (isSame && errors.length > 0) return {} // its account is gone, and was so before
  if (errors.length > 0 || !account) return { errors }
  const changes = { billingAccountId: account.id, billingEmail: billing_email, billingPhone: billing_phone }
  return { changes }
}

/** A new term counts from when the last one began; where the invite is sent anew, now or later, it counts from then. */
function termCorrection(invite: Invite, days: number | undefined, isReaddressed: boolean, now: Date): Part {
  const { expiresInDays, sendCount } = invite
  if (days === undefined || days === expiresInDays) return {}
  const told = [`${expiresInDays} days → ${days} days`]
  const isSentAnew = (isReaddressed && sendCount > 0) || statusNow(invite, now) !== "pending"
  if (isSentAnew) return { changes: { expiresInDays: days }, told }
  const began = invite.resentAt ?? invite.createdAt
  const expiresAt = new Date(began.getTime() + days * DAY_MS)
  if (expiresAt <= now) {
    const detail = "The link would have run out already. Use more days, or revoke the invite."
    return { errors: [{ field: "expires_in_days", code: "invalid", detail }] }
  }
  const due = sendCount === 1 ? remindAt(days, expiresAt) : null
  return { changes: { expiresInDays: days, expiresAt, remindAt: due && due > now ? due : null }, told }
}

/** Whoever is at another address has seen nothing yet, and no link of before is theirs. */
function newAddress({ linkVersion }: Invite): Partial<Invite> {
  return { openedAt: null, formStartedAt: null, emailSinceVersion: linkVersion + 1 }
}

/** Where the billing account is corrected: it is still there, with the address and phone that were matched. */
function billingStands(invite: Invite, changes: Partial<Invite>) {
  const { billingAccountId, billingEmail, billingPhone } = { ...invite, ...changes }
  if (!changes.billingAccountId || !billingAccountId || !billingEmail || !billingPhone) return undefined
  return accountStands({ billing_email: billingEmail, billing_phone: billingPhone }, billingAccountId)
}

/** Sends a corrected invite to its other address. */
function sendElsewhere(deps: Deps, actor: Actor, invite: Invite, whole: Whole): Promise<Invite> {
  const correction = { changes: whole.changes, stands: billingStands(invite, whole.changes) }
  return sendAgain(deps, invite, { entries: auditRowsOf(deps, actor, invite, whole), correction })
}

/** A change of billing is an entry of its own, without a detail: not everybody who reads of a correction may see billing. */
function auditRowsOf(deps: Deps, actor: Actor, invite: Invite, { changes, told }: Whole): [AuditRow, ...AuditRow[]] {
  const row = (action: AuditAction, detail?: string) => {
    return auditRow(deps, invite.resellerId, actor, action, invite.id, detail)
  }
  if (!changes.billingAccountId) return [row("invite.updated", told)]
  const billing = row("invite.billing_changed")
  return told ? [row("invite.updated", told), billing] : [billing]
}

/** Changes a row without a mail. Throws `version_conflict` when it is no longer as it was read. */
async function amend(deps: Deps, actor: Actor, invite: Invite, whole: Whole): Promise<Invite> {
  const { changes } = whole
  const entries = auditRowsOf(deps, actor, invite, whole)
  const [{ id: changeId }] = entries
  try {
    const [[amended]] = await commit(deps, [
      deps.db
        .update(invites)
        .set({
          ...changes,
          ...(changes.contactEmail && { linkVersion: invite.linkVersion + 1 }),
          lastChangeId: changeId,
        })
        .where(
          and(
            eq(invites.id, invite.id),
            inArray(invites.status, SENDABLE),
            eq(invites.lastChangeId, invite.lastChangeId),
            billingStands(invite, changes),
          ),
        )
        .returning(),
      ...entries.flatMap((entry) => tell(deps, entry, changedBy(invite.id, changeId))),
    ])
    if (!amended) throw new Failure({ kind: "version_conflict" })
    return amended
  } catch (error) {
    if (!isUniqueViolation(error, ...ONE_LIVE_INVITE)) throw error
    throw await addressInvitedAgain(deps, { ...invite, ...changes })
  }
}

/** The statement that finds the account that an invite is billed to, whatever has become of its address. */
function accountOfInvite(db: Deps["db"], { resellerId }: Inviter, id: string) {
  const accountId = sql`(SELECT billing_account_id FROM invites AS billed WHERE billed.id = ${id})`
  return db
    .select()
    .from(billingAccounts)
    .where(and(eq(billingAccounts.id, accountId), eq(billingAccounts.resellerId, resellerId)))
}

function billingEmailOf({ audienceId }: Inviter, id: string) {
  return sql`(SELECT billing_email FROM invites AS billed WHERE billed.id = ${id} AND billed.audience_id = ${audienceId})`
}
