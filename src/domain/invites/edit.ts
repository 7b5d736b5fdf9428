import { and, eq, inArray, sql } from "drizzle-orm"
import {
  type BillingAccount,
  billingAccounts,
  type CustomerInvite,
  type Invite,
  invites,
} from "../../storage/schema.ts"
import type { Actor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import type { AuditAction } from "../events/audit-actions.ts"
import { type NewAuditEntry, newAuditEntry } from "../events/audit-log.ts"
import { recordEventStatements } from "../events/record.ts"
import { Failure, type FieldError, isUniqueViolation, type Result } from "../failure.ts"
import { DAY_MS } from "../time.ts"
import type { InviteContext } from "./audience.ts"
import { billingAccountByEmailQuery, billingAccountMatches, billingErrors } from "./billing.ts"
import { conflictErrors, conflictQueries, newerInviteFailure, PENDING_INVITE_INDEX } from "./conflicts.ts"
import { expireStatements } from "./expire.ts"
import { formatField } from "./field-values.ts"
import { fieldNames, INVITE_FIELDS, type InviteFieldName, validatePatch } from "./fields.ts"
import { inviteQuery, isLatestChange } from "./find.ts"
import { calculateRemindAt } from "./remind.ts"
import { queueResend } from "./resend.ts"
import { currentStatus, RESENDABLE_STATUSES } from "./status.ts"

/** `isSent`: it went to another address. Neither is true when everything was so already. */
export type UpdateResult = { invite: Invite; isChanged: boolean; isSent: boolean }

/**
 * Corrects what `input` names of an invite and leaves the rest. A changed address makes links of before dead, and the invite is
 * sent there with a new link and term, unless it never went by e-mail; other fields change nothing of the links. Its billing is
 * for those to correct who may see it. With
 * `versions`, an invite is corrected only while its latest change is one of those. Wrong fields come back as data; throws
 * `version_conflict` and what `resendInvite` throws.
 */
export async function updateInvite(
  deps: Deps,
  context: InviteContext,
  id: string,
  input: Record<string, unknown>,
  versions?: string[],
): Promise<Result<UpdateResult>> {
  const { actor } = context
  authorize(actor, context.write)
  const { db, now } = deps
  const { values, errors } = validatePatch(context.kind, input)
  if ("billing_email" in input || "billing_phone" in input) authorize(actor, "billing:read")
  const [[invite], [pendingInvite], [existing], [suppression], [current] = [], [account] = []] = await db.batch([
    inviteQuery(db, context, id),
    ...conflictQueries(db, context, values.contact_email ?? ""),
    ...(context.kind === "customer"
      ? [
          inviteBillingAccountQuery(db, context, id),
          billingAccountByEmailQuery(db, context.resellerId, values.billing_email ?? billingEmailSql(context, id)),
        ]
      : []),
  ])
  if (!invite) throw new Failure({ kind: "not_found" })
  if (!RESENDABLE_STATUSES.includes(invite.status))
    throw new Failure({ kind: "invite_not_resendable", status: invite.status })
  if (versions && !versions.includes(invite.lastChangeId)) throw new Failure({ kind: "version_conflict" })

  const isEmailChanged = values.contact_email !== undefined && values.contact_email !== invite.contactEmail
  const conflicts = isEmailChanged ? conflictErrors(context, { pendingInvite, existing, suppression }, now()) : []
  const patch = mergePatches([
    { errors: [...errors, ...conflicts], changes: isEmailChanged ? resetOpened(invite) : {} },
    fieldPatch(invite, values),
    isBilled(invite) ? billingPatch(actor, invite, values, { current, account }) : {},
    expiryPatch(invite, values.expires_in_days, isEmailChanged, now()),
  ])
  if (patch.errors.length > 0) return { ok: false, errors: patch.errors }
  if (Object.keys(patch.changes).length === 0) return { ok: true, value: { invite, isChanged: false, isSent: false } }

  if (isEmailChanged && pendingInvite) await commit(deps, expireStatements(deps, pendingInvite)) // overdue and not swept yet
  const isSent = isEmailChanged && invite.sendCount > 0
  try {
    const updated = await (isSent ? resendToNewEmail : updateInPlace)(deps, actor, invite, patch)
    return { ok: true, value: { invite: updated, isChanged: true, isSent } }
  } catch (error) {
    const isConflict = error instanceof Failure && error.reason.kind === "version_conflict"
    if (!isConflict || versions) throw error
    return updateInvite(deps, context, id, input) // the same corrections to what somebody else left
  }
}

type PatchValues = ReturnType<typeof validatePatch>["values"]

/** A part of a correction: what is wrong with it, or what it changes, and how that is told. */
type Patch = { errors?: FieldError[]; changes?: Partial<Invite>; details?: string[] }

type MergedPatch = { errors: FieldError[]; changes: Partial<Invite>; detail: string }

function mergePatches(patches: Patch[]): MergedPatch {
  const errors = patches.flatMap(({ errors = [] }) => errors)
  return {
    errors: errors.filter(({ field }, index) => errors.findIndex((other) => other.field === field) === index), // one a field
    changes: Object.assign({}, ...patches.map(({ changes }) => changes)),
    detail: patches.flatMap(({ details = [] }) => details).join(", "),
  }
}

/** Fields that have a patch of their own. */
const SPECIAL_FIELDS: InviteFieldName[] = ["billing_email", "billing_phone", "expires_in_days"]

function fieldPatch(invite: Invite, values: PatchValues): Patch {
  const changed = fieldNames(invite.kind).filter((name) => {
    const isGiven = values[name] !== undefined && !SPECIAL_FIELDS.includes(name)
    return isGiven && values[name] !== invite[INVITE_FIELDS[name].column]
  })
  const changes = Object.fromEntries(changed.map((name) => [INVITE_FIELDS[name].column, values[name]]))
  return { changes, details: changed.map((name) => describeChange(name, invite, { ...invite, ...changes })) }
}

/** A long text is only named. */
function describeChange(name: InviteFieldName, before: Invite, after: Invite): string {
  if (INVITE_FIELDS[name].input === "textarea") return name
  return `${formatField(name, before) || "none"} → ${formatField(name, after) || "none"}`
}

const isBilled = (invite: Invite): invite is CustomerInvite => invite.kind === "customer"

/** Address and phone match one account, one of them perhaps as before. What they are is told nobody who may not see it. */
function billingPatch(
  actor: Actor,
  invite: CustomerInvite,
  values: PatchValues,
  { current, account }: Record<"current" | "account", BillingAccount | undefined>,
): Patch {
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
function expiryPatch(invite: Invite, days: number | undefined, isEmailChanged: boolean, now: Date): Patch {
  const { expiresInDays, sendCount } = invite
  if (days === undefined || days === expiresInDays) return {}
  const details = [describeChange("expires_in_days", invite, { ...invite, expiresInDays: days })]
  const isResent = (isEmailChanged && sendCount > 0) || currentStatus(invite, now) !== "pending"
  if (isResent) return { changes: { expiresInDays: days }, details }
  const periodStart = invite.resentAt ?? invite.createdAt
  const expiresAt = new Date(periodStart.getTime() + days * DAY_MS)
  if (expiresAt <= now) {
    const detail = "The link would already have expired. Use more days, or revoke the invite."
    return { errors: [{ field: "expires_in_days", code: "invalid", detail }] }
  }
  const remindAt = sendCount === 1 ? calculateRemindAt(days, expiresAt) : null
  return {
    changes: { expiresInDays: days, expiresAt, remindAt: remindAt && remindAt > now ? remindAt : null },
    details,
  }
}

/** Whoever is at another address has seen nothing yet, and no link of before is theirs. */
function resetOpened({ linkVersion }: Invite): Partial<Invite> {
  return { openedAt: null, formStartedAt: null, emailSinceVersion: linkVersion + 1 }
}

/** Where the billing account is corrected: it is still there, with the address and phone that were matched. */
function billingCondition(invite: Invite, changes: Partial<Invite>) {
  const { billingAccountId, billingEmail, billingPhone } = { ...invite, ...changes }
  if (!changes.billingAccountId || !billingAccountId || !billingEmail || !billingPhone) return undefined
  return billingAccountMatches({ billing_email: billingEmail, billing_phone: billingPhone }, billingAccountId)
}

/** Sends a corrected invite to its other address. */
function resendToNewEmail(deps: Deps, actor: Actor, invite: Invite, patch: MergedPatch): Promise<Invite> {
  const update = { changes: patch.changes, condition: billingCondition(invite, patch.changes) }
  return queueResend(deps, invite, { entries: newAuditEntries(deps, actor, invite, patch), update })
}

/** A change of billing is an entry of its own, without a detail: not everybody who reads of a correction may see billing. */
function newAuditEntries(
  deps: Deps,
  actor: Actor,
  invite: Invite,
  { changes, detail }: MergedPatch,
): [NewAuditEntry, ...NewAuditEntry[]] {
  const newEntry = (action: AuditAction, detail?: string) => {
    return newAuditEntry(deps, invite.resellerId, actor, action, invite.id, detail)
  }
  if (!changes.billingAccountId) return [newEntry("invite.updated", detail)]
  const billingEntry = newEntry("invite.billing_changed")
  return detail ? [newEntry("invite.updated", detail), billingEntry] : [billingEntry]
}

/** Changes a row without a mail. Throws `version_conflict` when it is no longer as it was read. */
async function updateInPlace(deps: Deps, actor: Actor, invite: Invite, patch: MergedPatch): Promise<Invite> {
  const { changes } = patch
  const entries = newAuditEntries(deps, actor, invite, patch)
  const [{ id: changeId }] = entries
  try {
    const [[updated]] = await commit(deps, [
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
            inArray(invites.status, RESENDABLE_STATUSES),
            eq(invites.lastChangeId, invite.lastChangeId),
            billingCondition(invite, changes),
          ),
        )
        .returning(),
      ...entries.flatMap((entry) => recordEventStatements(deps, entry, isLatestChange(invite.id, changeId))),
    ])
    if (!updated) throw new Failure({ kind: "version_conflict" })
    return updated
  } catch (error) {
    if (!isUniqueViolation(error, ...PENDING_INVITE_INDEX)) throw error
    throw await newerInviteFailure(deps, { ...invite, ...changes })
  }
}

/** The statement that finds the account that an invite is billed to, whatever has become of its address. */
function inviteBillingAccountQuery(db: Deps["db"], { resellerId }: InviteContext, id: string) {
  const accountId = sql`(SELECT billing_account_id FROM invites AS billed WHERE billed.id = ${id})`
  return db
    .select()
    .from(billingAccounts)
    .where(and(eq(billingAccounts.id, accountId), eq(billingAccounts.resellerId, resellerId)))
}

function billingEmailSql({ audienceId }: InviteContext, id: string) {
  return sql`(SELECT billing_email FROM invites AS billed WHERE billed.id = ${id} AND billed.audience_id = ${audienceId})`
}
