import { and, eq, sql } from "drizzle-orm"
import { insertWhere } from "../storage/insert-where.ts"
import { auditLog, type BillingAccount, billingAccounts, customers, invites } from "../storage/schema.ts"
import { demand, type ResellerActor } from "./actor.ts"
import { auditRow } from "./audit.ts"
import {
  changesNothing,
  checkBillingAccount,
  ifAddressIsFree,
  inputOf,
  loadBillingAccount,
  own,
} from "./billing-accounts.ts"
import { type InvitesOfAccount, movedInvites, moveInvites, pendingUseOf, usesAccount } from "./billing-moves.ts"
import type { Deps } from "./deps.ts"
import { type Checked, Failure } from "./failure.ts"

type ChangeOptions = { versions?: string[] | undefined; itsInvites?: InvitesOfAccount | "ask" }

/**
 * Changes what `changes` names and leaves the rest. With `versions`, only one of those is changed. Where address or phone change,
 * `itsInvites` says what becomes of invites that are billed to it; "ask" throws `billing_account_in_use` if any are pending.
 * Wrong fields come back as data; throws `forbidden`, `not_found`, `version_conflict` and, for an account that is not there to
 * move to, `billing_account_not_found`. Two D1 round trips, and one for some hundreds of invites that move.
 */
export async function changeBillingAccount(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  changes: Record<string, unknown>,
  { versions, itsInvites = "leave" }: ChangeOptions = {},
): Promise<Checked<BillingAccount>> {
  demand(actor, "billing:write")
  const current = await loadBillingAccount(deps, actor, id)
  if (versions && !versions.includes(String(current.version))) throw new Failure({ kind: "version_conflict" })
  const checked = checkBillingAccount({ ...inputOf(current), ...changes })
  if (!checked.ok) return checked
  if (changesNothing(current, checked.value)) return { ok: true, value: current }
  const { email, phone } = checked.value
  const isElsewhere = email !== current.email || phone !== current.phone
  const target = isElsewhere && typeof itsInvites === "object" ? itsInvites.moveTo : undefined
  if (target) await checkTarget(deps, actor, id, target)
  const asks = isElsewhere && itsInvites === "ask"
  const follows = isElsewhere && itsInvites === "follow"
  const changed = await ifAddressIsFree(email, async () => {
    const entry = auditRow(deps, actor.reseller.id, actor, "billing_account.updated", id, email)
    const isCurrent = and(own(actor, id), eq(billingAccounts.version, current.version))
    const mayChange = and(isCurrent, asks ? sql`NOT ${isInUse(deps, id)}` : undefined)
    const [, [account]] = await deps.db.batch([
      insertWhere(deps.db, auditLog, entry, sql`EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${mayChange})`),
      deps.db
        .update(billingAccounts)
        .set({ ...checked.value, version: current.version + 1, updatedAt: deps.now() })
        .where(and(own(actor, id), isRecorded(entry)))
        .returning(),
      ...(follows ? movedInvites(deps, actor, id, id, isRecorded(entry)) : []),
    ])
    return account
  })
  if (!changed.ok) return changed
  if (changed.value) {
    // Those who go elsewhere, or past the first batch of those who follow. A change that was refused moved nobody.
    if (target || follows) await moveInvites(deps, actor, id, target ?? id)
    return { ok: true, value: changed.value }
  }
  if (asks) await refuseInUse(deps, id)
  if (versions) throw new Failure({ kind: "version_conflict" })
  return changeBillingAccount(deps, actor, id, changes, { itsInvites }) // somebody was faster: the same to what they left
}

/** Throws `billing_account_in_use` while pending invites are billed to the account. */
async function refuseInUse(deps: Deps, id: string): Promise<void> {
  const [pending] = await pendingUseOf(deps.db, id, deps.now())
  if (pending?.n) throw new Failure({ kind: "billing_account_in_use", pendingInvites: pending.n })
}

/** Throws `billing_account_not_found` unless the invites of an account can go to `to`. */
async function checkTarget(deps: Deps, actor: ResellerActor, from: string, to: string): Promise<void> {
  const [target] = await deps.db.select({ id: billingAccounts.id }).from(billingAccounts).where(own(actor, to))
  if (!target || to === from) throw new Failure({ kind: "billing_account_not_found" })
}

/**
 * Removes an account; customers billed to it are flagged. Invites that use it go to the account `target` first. Throws
 * `forbidden`, `not_found`, `billing_account_is_default`, `billing_account_not_found` where there is none to move to and, while
 * pending invites use it, `billing_account_in_use`.
 */
export async function removeBillingAccount(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  target?: string,
): Promise<void> {
  demand(actor, "billing:write")
  const account = await loadBillingAccount(deps, actor, id)
  if (account.isDefault) throw new Failure({ kind: "billing_account_is_default" })
  if (target !== undefined) {
    await checkTarget(deps, actor, id, target)
    await moveInvites(deps, actor, id, target)
  }
  const entry = auditRow(deps, actor.reseller.id, actor, "billing_account.deleted", id, account.email)
  const removable = sql`EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${own(actor, id)}
    AND ${billingAccounts.isDefault} = 0 AND NOT ${isInUse(deps, id)})`
  const [, removed] = await deps.db.batch([
    insertWhere(deps.db, auditLog, entry, removable),
    deps.db
      .delete(billingAccounts)
      .where(and(own(actor, id), isRecorded(entry)))
      .returning({ id: billingAccounts.id }),
    deps.db
      .update(customers)
      .set({ billingNeedsReview: true })
      .where(and(eq(customers.billingAccountId, id), isRecorded(entry))),
  ])
  if (removed.length > 0) return
  await refuseInUse(deps, id)
  return removeBillingAccount(deps, actor, id, target) // it is the default since, or gone, or free again
}

function isInUse({ now }: Deps, id: string) {
  return sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${usesAccount(id, now())})`
}

/** True in a batch once it has recorded the change: the guard of what belongs to it. */
function isRecorded({ id }: { id: string }) {
  return sql`EXISTS (SELECT 1 FROM ${auditLog} WHERE ${auditLog.id} = ${id})`
}
