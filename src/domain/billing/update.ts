import { and, eq, sql } from "drizzle-orm"
import { insertSelect } from "../../storage/insert-select.ts"
import { auditLog, type BillingAccount, billingAccounts, customers, invites } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { isRecorded, newAuditEntry } from "../events/audit-log.ts"
import { customerUpdatedStatements } from "../events/record-event.ts"
import { Failure, type Result } from "../failure.ts"
import { isVersionConflict, retryConflicts } from "../retry-conflicts.ts"
import { hasVersion, requireVersion, type Versions } from "../versions.ts"
import { catchEmailTaken, loadBillingAccount, ownedBy } from "./accounts.ts"
import { isUnchanged, toFields, validateBillingAccount } from "./fields.ts"
import {
  isPendingOn,
  type PendingInvitePolicy,
  pendingCountQuery,
  reassignInvites,
  reassignStatements,
} from "./reassign-invites.ts"

type UpdateOptions = { versions?: Versions; invitePolicy?: PendingInvitePolicy | "ask" }

/**
 * Updates only the given fields; with `versions`, only if the account is at one of them. If the email address or phone number
 * changes, `invitePolicy` applies to its invites; "ask" throws `billing_account_in_use` if any are pending. Invalid fields are
 * returned; throws `forbidden`, `not_found`, `version_conflict` and `billing_account_not_found` (of `reassignTo`).
 */
export function updateBillingAccount(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  changes: Record<string, unknown>,
  options: UpdateOptions = {},
): Promise<Result<BillingAccount>> {
  const attempt = () => attemptUpdate(deps, actor, id, changes, options)
  return options.versions ? attempt() : retryConflicts(attempt, isVersionConflict)
}

async function attemptUpdate(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  changes: Record<string, unknown>,
  { versions, invitePolicy = "leave" }: UpdateOptions,
): Promise<Result<BillingAccount>> {
  authorize(actor, "billing:write")
  const current = await loadBillingAccount(deps, actor, id)
  requireVersion(versions, current.version)
  const result = await validateBillingAccount(deps, actor, { ...toFields(current), ...changes })
  if (!result.ok) return result
  if (isUnchanged(current, result.value)) return { ok: true, value: current }
  const { email, phone } = result.value
  const isContactChanged = email !== current.email || phone !== current.phone
  const targetId = isContactChanged && typeof invitePolicy === "object" ? invitePolicy.reassignTo : undefined
  if (targetId) await assertTarget(deps, actor, id, targetId)
  const mustBeUnused = isContactChanged && invitePolicy === "ask"
  const updatesInvites = isContactChanged && invitePolicy === "follow"
  const updated = await catchEmailTaken(email, async () => {
    const entry = newAuditEntry(deps, actor.reseller.id, actor, "billing_account.updated", id, email)
    const isCurrent = and(ownedBy(actor, id), eq(billingAccounts.version, current.version))
    const canUpdate = and(isCurrent, mustBeUnused ? sql`NOT ${isInUse(deps, id)}` : undefined)
    const [, [account]] = await commit(deps, [
      insertSelect(deps.db, auditLog, entry, sql`EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${canUpdate})`),
      deps.db
        .update(billingAccounts)
        .set({ ...result.value, version: current.version + 1, updatedAt: deps.now() })
        .where(and(ownedBy(actor, id), isRecorded(entry)))
        .returning(),
      ...(updatesInvites ? reassignStatements(deps, actor, id, id, isRecorded(entry)) : []),
    ])
    return account
  })
  if (!updated.ok) return updated
  if (updated.value) {
    // Only now, so that a rejected change moves none. For `follow`, the batch above has updated the first invites.
    if (targetId || updatesInvites) await reassignInvites(deps, actor, id, targetId ?? id)
    return { ok: true, value: updated.value }
  }
  if (mustBeUnused) await assertUnused(deps, id)
  throw new Failure({ kind: "version_conflict" })
}

/** Throws `billing_account_in_use` while pending invites are billed to the account. */
async function assertUnused(deps: Deps, id: string): Promise<void> {
  const [pendingCount] = await pendingCountQuery(deps.db, id, deps.now())
  if (pendingCount?.n) throw new Failure({ kind: "billing_account_in_use", pendingInvites: pendingCount.n })
}

/** Throws `billing_account_not_found` unless `toId` is another account of the reseller. */
async function assertTarget(deps: Deps, actor: ResellerActor, fromId: string, toId: string): Promise<void> {
  const [target] = await deps.db.select({ id: billingAccounts.id }).from(billingAccounts).where(ownedBy(actor, toId))
  if (!target || toId === fromId) throw new Failure({ kind: "billing_account_not_found" })
}

type DeleteOptions = { targetId?: string | undefined; versions?: Versions }

/**
 * Deletes an account; with `versions`, only at one of them. Its invites move to `targetId` first, and its customers are marked for
 * review. Throws `forbidden`, `not_found`, `billing_account_is_default`, `billing_account_not_found` (of `targetId`),
 * `billing_account_in_use` and `version_conflict`.
 */
export async function deleteBillingAccount(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  options: DeleteOptions = {},
): Promise<void> {
  await retryConflicts(() => attemptDelete(deps, actor, id, options))
}

/** Returns undefined if the account changed after it was read. */
async function attemptDelete(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  { targetId, versions }: DeleteOptions,
): Promise<true | undefined> {
  authorize(actor, "billing:write")
  const account = await loadBillingAccount(deps, actor, id)
  requireVersion(versions, account.version)
  if (account.isDefault) throw new Failure({ kind: "billing_account_is_default" })
  const isAtVersion = and(ownedBy(actor, id), hasVersion(billingAccounts.version, versions))
  const existsAt = sql`EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${isAtVersion})`
  if (targetId !== undefined) {
    await assertTarget(deps, actor, id, targetId)
    await reassignInvites(deps, actor, id, targetId, existsAt)
  }
  const entry = newAuditEntry(deps, actor.reseller.id, actor, "billing_account.deleted", id, account.email)
  const isRemovable = sql`EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${isAtVersion}
    AND ${billingAccounts.isDefault} = 0 AND NOT ${isInUse(deps, id)})`
  const newlyMarked = sql`FROM customers AS customer WHERE customer.billing_account_id = ${id}
    AND customer.billing_needs_review = 0 AND ${isRecorded(entry)}`
  const [, deleted] = await commit(deps, [
    insertSelect(deps.db, auditLog, entry, isRemovable),
    deps.db
      .delete(billingAccounts)
      .where(and(ownedBy(actor, id), isRecorded(entry)))
      .returning({ id: billingAccounts.id }),
    ...customerUpdatedStatements(deps, newlyMarked),
    deps.db
      .update(customers)
      .set({ billingNeedsReview: true })
      .where(and(eq(customers.billingAccountId, id), isRecorded(entry))),
  ])
  if (deleted.length > 0) return true
  await assertUnused(deps, id)
  return undefined
}

function isInUse({ now }: Deps, id: string) {
  return sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${isPendingOn(id, now())})`
}
