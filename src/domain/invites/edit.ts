import { and, eq, inArray, sql } from "drizzle-orm"
import {
  type BillingAccount,
  billingAccounts,
  type CustomerInvite,
  type FieldChange,
  type Invite,
  invites,
  type Metadata,
} from "../../storage/schema.ts"
import type { Actor } from "../access/actor.ts"
import { authorize, authorizeRole } from "../access/permissions.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import type { AuditAction } from "../events/audit-actions.ts"
import { type NewAuditEntry, newAuditEntry } from "../events/audit-log.ts"
import { recordChangeStatements } from "../events/record-change.ts"
import { externalIdErrors, externalIdOwnerQuery, isExternalIdTaken } from "../external-ids.ts"
import { Failure, type FieldError, isUniqueViolation, type Result } from "../failure.ts"
import { mergeMetadata, metadataErrors } from "../metadata.ts"
import { readResellerPhone } from "../national-phone.ts"
import { isVersionConflict, retryConflicts } from "../retry-conflicts.ts"
import { requireVersion, type Versions } from "../versions.ts"
import { conflictErrors, conflictQueries, newerInviteFailure, PENDING_INVITE_INDEX } from "./address-conflicts.ts"
import type { InviteContext } from "./audience.ts"
import { billingAccountByEmailQuery, billingAccountMatches, billingErrors } from "./billing.ts"
import { withStoredAddress } from "./contact-address.ts"
import { derivedColumns } from "./derived-columns.ts"
import { timePatch } from "./edit-times.ts"
import { expireStatements } from "./expire.ts"
import { fieldNames, INVITE_FIELDS, type InviteFieldName, validatePatch } from "./fields.ts"
import { inviteQuery, isLatestChange } from "./find.ts"
import { enqueueResend } from "./resend.ts"
import { IS_EMAIL_SCHEDULED, readSendAt, rescheduleStatement, scheduledFor } from "./schedule.ts"
import { isResendable, RESENDABLE_STATUSES } from "./status.ts"

/** `isSent`: the invite was sent to a new address. Neither is true if nothing changed. */
type UpdateResult = { invite: Invite; isChanged: boolean; isSent: boolean }

/**
 * Updates only the given fields of an invite; with `versions`, only if it is at one of them. A new email address invalidates earlier
 * links and resends the invite, unless it was never emailed. An email that waits for its time goes to the new address then; `send_at`
 * moves that time. Invalid fields are returned; throws `forbidden`, `version_conflict`, `invite_not_scheduled` and what `resendInvite`
 * throws.
 */
export function updateInvite(
  deps: Deps,
  context: InviteContext,
  id: string,
  input: Record<string, unknown>,
  versions?: Versions,
): Promise<Result<UpdateResult>> {
  const attempt = () => attemptUpdate(deps, context, id, input, versions)
  return versions ? attempt() : retryConflicts(attempt, isVersionConflict)
}

async function attemptUpdate(
  deps: Deps,
  context: InviteContext,
  id: string,
  input: Record<string, unknown>,
  versions: Versions,
): Promise<Result<UpdateResult>> {
  const { actor } = context
  authorize(actor, context.write)
  const { db, now } = deps
  const validated = withStoredAddress(context.resellerId, validatePatch(context.kind, input))
  const { sendAt, errors: sendAtErrors } = readSendAt(context.kind, input)
  const reseller = "reseller" in actor ? actor.reseller : { id: context.resellerId }
  const { values, errors } = await readResellerPhone(deps, reseller, validated, "billing_phone")
  if ("billing_email" in input || "billing_phone" in input) authorize(actor, "billing:read")
  const { resellerId } = context
  const externalId = values.external_id ?? ""
  const [[invite], [owner], [pendingInvite], [existing], [suppression], [current] = [], [account] = []] =
    await deps.read([
      inviteQuery(db, context, id),
      externalIdOwnerQuery(db, { resellerId, externalId, exceptId: id }),
      ...conflictQueries(deps, context, values.contact_email ?? ""),
      ...(context.kind === "customer"
        ? [
            inviteBillingAccountQuery(db, context, id),
            billingAccountByEmailQuery(db, resellerId, values.billing_email ?? billingEmailSql(context, id)),
          ]
        : []),
    ])
  if (!invite) throw new Failure({ kind: "not_found" })
  for (const role of [invite.role, values.role ?? null]) authorizeRole(actor, role)
  if (!isResendable(invite)) throw new Failure({ kind: "invite_not_resendable", status: invite.status })
  requireVersion(versions, invite.lastChangeId)

  const isEmailChanged = values.contact_email !== undefined && values.contact_email !== invite.contactEmail
  const isExternalIdChanged = values.external_id !== undefined && values.external_id !== invite.externalId
  const conflicts = [
    ...(isEmailChanged ? conflictErrors(context, { pendingInvite, existing, suppression }, now()) : []),
    ...(isExternalIdChanged ? externalIdErrors(owner, now()) : []),
  ]
  const isResend = isEmailChanged && invite.sendCount > 0 && !scheduledFor(invite, now())
  const patch = mergePatches([
    { errors: [...errors, ...sendAtErrors, ...conflicts], changes: isEmailChanged ? resetOpened(invite) : {} },
    fieldPatch(invite, values),
    isBilled(invite) ? billingPatch(actor, invite, values, { current, account }) : {},
    timePatch(invite, { ...values, send_at: sendAt }, isResend, now()),
    metadataPatch(invite, values.metadata),
  ])
  if (patch.errors.length > 0) return { ok: false, errors: patch.errors }
  if (Object.keys(patch.changes).length === 0) return { ok: true, value: { invite, isChanged: false, isSent: false } }

  const overdue = [isEmailChanged && pendingInvite, isExternalIdChanged && owner].flatMap((row) => (row ? row.id : []))
  if (overdue.length > 0) await commit(deps, expireStatements(deps, overdue)) // not yet marked
  const updated = await (isResend ? resendToNewEmail : updateInPlace)(deps, actor, invite, patch)
  return { ok: true, value: { invite: updated, isChanged: true, isSent: isResend } }
}

type PatchValues = ReturnType<typeof validatePatch>["values"]

/** A part of an edit: its errors, or its changes and how the audit log records them. */
export type Patch = { errors?: FieldError[]; changes?: Partial<Invite>; fieldChanges?: FieldChange[] }

type MergedPatch = Required<Patch>

function mergePatches(patches: Patch[]): MergedPatch {
  const errors = patches.flatMap(({ errors = [] }) => errors)
  return {
    errors: errors.filter(({ field }, index) => errors.findIndex((other) => other.field === field) === index), // one per field
    changes: Object.assign({}, ...patches.map(({ changes }) => changes)),
    fieldChanges: patches.flatMap(({ fieldChanges = [] }) => fieldChanges),
  }
}

/** Fields that have a patch of their own. */
const SPECIAL_FIELDS: InviteFieldName[] = ["billing_email", "billing_phone", "expires_in_days", "metadata"]

function fieldPatch(invite: Invite, values: PatchValues): Patch {
  const changed = fieldNames(invite.kind).filter((name) => {
    const isGiven = values[name] !== undefined && !SPECIAL_FIELDS.includes(name)
    return isGiven && values[name] !== invite[INVITE_FIELDS[name].column]
  })
  const changes = Object.fromEntries(changed.map((name) => [INVITE_FIELDS[name].column, values[name]]))
  return { changes, fieldChanges: changed.map((name) => toFieldChange(name, invite, { ...invite, ...changes })) }
}

function toFieldChange(name: InviteFieldName, before: Invite, after: Invite): FieldChange {
  const { column, input } = INVITE_FIELDS[name]
  const [from, to] = [before[column], after[column]]
  return input === "textarea" || isMetadata(from) || isMetadata(to) ? [name] : [name, from, to]
}

const isMetadata = (value: unknown): value is Metadata => typeof value === "object" && value !== null

const isBilled = (invite: Invite): invite is CustomerInvite => invite.kind === "customer"

/** Email address and phone number must match one account. Those who can't see billing get no details. */
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
  if (isSame && errors.length > 0) return {} // its account was deleted earlier
  if (errors.length > 0 || !account) return { errors }
  const changes = { billingAccountId: account.id, billingEmail: billing_email, billingPhone: billing_phone }
  return { changes }
}

function metadataPatch(invite: Invite, patch: Metadata | null | undefined): Patch {
  const metadata = patch === undefined ? invite.metadata : mergeMetadata(invite.metadata, patch)
  if (JSON.stringify(metadata) === JSON.stringify(invite.metadata)) return {}
  return { errors: metadataErrors(metadata), changes: { metadata }, fieldChanges: [["metadata"]] }
}

/** After a change of address, nobody has opened the invite, and earlier links don't count. */
function resetOpened({ linkVersion }: Invite): Partial<Invite> {
  return { openedAt: null, formStartedAt: null, emailSinceVersion: linkVersion + 1 }
}

/** If the billing account changes, it must still exist with the matched email address and phone number. */
function billingCondition(invite: Invite, changes: Partial<Invite>) {
  const { billingAccountId, billingEmail, billingPhone } = { ...invite, ...changes }
  if (!changes.billingAccountId || !billingAccountId || !billingEmail || !billingPhone) return undefined
  return billingAccountMatches({ billing_email: billingEmail, billing_phone: billingPhone }, billingAccountId)
}

/** SQL condition: nothing that the changes depend on has changed meanwhile. */
function changeCondition(invite: Invite, changes: Partial<Invite>) {
  const { id, resellerId } = invite
  const { externalId } = changes
  const isFree = externalId ? sql`NOT ${isExternalIdTaken(resellerId, externalId, id)}` : undefined
  return and(billingCondition(invite, changes), isFree)
}

/** Sends an edited invite to its new address. */
function resendToNewEmail(deps: Deps, actor: Actor, invite: Invite, patch: MergedPatch): Promise<Invite> {
  const update = { changes: patch.changes, condition: changeCondition(invite, patch.changes) }
  return enqueueResend(deps, invite, { entries: newAuditEntries(deps, actor, invite, patch), update })
}

/** A change of billing gets its own entry, without a detail: not everyone who can read edits can see billing. */
function newAuditEntries(
  deps: Deps,
  actor: Actor,
  invite: Invite,
  { changes, fieldChanges }: MergedPatch,
): [NewAuditEntry, ...NewAuditEntry[]] {
  const newEntry = (action: AuditAction) => newAuditEntry(deps, invite.resellerId, actor, action, invite.id)
  const entry = { ...newEntry("invite.updated"), changes: fieldChanges }
  if (!changes.billingAccountId) return [entry]
  const billingEntry = newEntry("invite.billing_changed")
  return fieldChanges.length > 0 ? [entry, billingEntry] : [billingEntry]
}

/** Updates a row without an email. Throws `version_conflict` if it changed since it was read. */
async function updateInPlace(deps: Deps, actor: Actor, invite: Invite, patch: MergedPatch): Promise<Invite> {
  const { changes } = patch
  const entries = newAuditEntries(deps, actor, invite, patch)
  const [{ id: changeId }] = entries
  const linkVersion = invite.linkVersion + (changes.contactEmail ? 1 : 0)
  const isRescheduled = scheduledFor(invite, deps.now()) && (changes.contactEmail || changes.sendAt)
  const isChanged = isLatestChange(invite.id, changeId)
  try {
    const [[updated]] = await commit(deps, [
      deps.db
        .update(invites)
        .set({
          ...changes,
          ...derivedColumns({ ...invite, ...changes }),
          ...(changes.contactEmail && { linkVersion }),
          lastChangeId: changeId,
        })
        .where(
          and(
            eq(invites.id, invite.id),
            inArray(invites.status, RESENDABLE_STATUSES),
            eq(invites.lastChangeId, invite.lastChangeId),
            changeCondition(invite, changes),
            isRescheduled ? IS_EMAIL_SCHEDULED : undefined,
          ),
        )
        .returning(),
      ...recordChangeStatements(deps, entries),
      ...(isRescheduled ? [rescheduleStatement(deps, { ...invite, ...changes, linkVersion }, isChanged)] : []),
    ])
    if (!updated) throw new Failure({ kind: "version_conflict" })
    return updated
  } catch (error) {
    if (!isUniqueViolation(error, ...PENDING_INVITE_INDEX)) throw error
    throw await newerInviteFailure(deps, { ...invite, ...changes })
  }
}

/** The statement that finds the billing account of an invite, even if its email address has changed. */
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
