import { eq, sql } from "drizzle-orm"
import { newId } from "../../storage/ids.ts"
import { billingAccounts, type Job, jobRows, jobs } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { Failure } from "../failure.ts"
import { storeResponseStatements } from "../idempotency.ts"
import { startStatements } from "./control.ts"
import { emailsEstimate, jobQuery } from "./jobs.ts"
import type { BulkKind } from "./obstacles.ts"
import { countSelection, fillJob, type Selection, type SelectionCount } from "./selection.ts"

type BulkAction = {
  kind: BulkKind
  selection: Selection
  /** With `move_billing`: where to. */
  billingAccountId?: string | undefined
}

/**
 * What a bulk action would do. `applicable`: how many invites have no obstacle. `estimate`: when its emails would be sent; undefined if
 * it sends none, or if the hourly limit lets it send none.
 */
export type BulkPreview = SelectionCount & { applicable: number; estimate: Date | undefined }

/** More invites than confirmed need another confirmation if they exceed both this number and this share of those confirmed. */
const MORE_ALLOWED = { count: 10, share: 0.1 }

/** Counts what a bulk action would take, without doing it. Throws `forbidden`. */
export async function previewBulkAction(
  deps: Deps,
  actor: ResellerActor,
  { kind, selection }: Pick<BulkAction, "kind" | "selection">,
): Promise<BulkPreview> {
  authorizeBulk(actor, kind)
  const resellerId = actor.reseller.id
  const count = await countSelection(deps, kind, { resellerId, selection, now: deps.now() })
  const applicable = count.total - [...count.obstacles.values()].reduce((sum, n) => sum + n, 0)
  const estimate = kind === "resend" ? await emailsEstimate(deps, resellerId, applicable) : undefined
  return { ...count, applicable, estimate }
}

/**
 * Starts a bulk action on the invites that are selected now. Undefined, and nothing is done, if there are none, or many more than
 * `confirmed`. Throws `forbidden` and `billing_account_not_found`.
 */
export async function startBulkAction(
  deps: Deps,
  actor: ResellerActor,
  action: BulkAction,
  confirmed: number,
): Promise<Job | undefined> {
  authorizeBulk(actor, action.kind)
  const { db } = deps
  const resellerId = actor.reseller.id
  const job = await insertDraft(deps, actor, action)
  const total = await fillJob(deps, job.id, { resellerId, selection: action.selection, now: deps.now() })
  if (total === 0 || isManyMore(total, confirmed)) {
    await db.batch([db.delete(jobRows).where(eq(jobRows.jobId, job.id)), db.delete(jobs).where(eq(jobs.id, job.id))])
    return undefined
  }
  const [[started]] = await commit(
    deps,
    [jobQuery(db, resellerId, job.id)],
    [
      db.update(jobs).set({ rowCount: total, waitingCount: total }).where(eq(jobs.id, job.id)),
      ...startStatements(deps, actor, job.id),
      ...storeResponseStatements(deps, jobs, job.id),
    ],
  )
  deps.enqueueJob(job.id)
  return started
}

function authorizeBulk(actor: ResellerActor, kind: BulkKind): void {
  authorize(actor, "invites:write")
  if (kind === "move_billing") authorize(actor, "billing:write")
}

const isManyMore = (total: number, confirmed: number) =>
  total - confirmed > Math.max(MORE_ALLOWED.count, confirmed * MORE_ALLOWED.share)

async function insertDraft({ db, now }: Deps, actor: ResellerActor, action: BulkAction): Promise<Job> {
  const { kind, billingAccountId } = action
  const resellerId = actor.reseller.id
  const draft = {
    id: newId("job", now()),
    resellerId,
    kind,
    status: "draft" as const,
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    params: billingAccountId === undefined ? {} : { billingAccountId },
    rowCount: 0,
    waitingCount: 0,
    createdAt: now(),
  }
  if (kind === "move_billing") {
    const [account] = await db
      .select({ id: billingAccounts.id })
      .from(billingAccounts)
      .where(sql`${billingAccounts.id} = ${billingAccountId ?? ""} AND ${billingAccounts.resellerId} = ${resellerId}`)
    if (!account) throw new Failure({ kind: "billing_account_not_found" })
  }
  const [job] = await db.insert(jobs).values(draft).returning()
  if (!job) throw new Error("the job was not inserted")
  return job
}
