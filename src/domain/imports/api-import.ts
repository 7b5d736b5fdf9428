import { eq } from "drizzle-orm"
import { type Job, jobs, resellers } from "../../storage/schema.ts"
import { DEFAULT_COUNTRY } from "../../text/phone.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { storeResponseStatements } from "../idempotency.ts"
import { startStatements } from "../jobs/control.ts"
import { jobQuery } from "../jobs/jobs.ts"
import { type CheckedRow, checkRows } from "./check-rows.ts"
import { newImport } from "./drafts.ts"
import { countVerdicts } from "./verdicts.ts"

/** The fields of an invite, as a program sent them. */
export type SentFields = Record<string, unknown>

/** The verdict on each of these invites, in their order and numbered from 1. Writes nothing. Throws `forbidden`. */
export async function checkInvites(deps: Deps, actor: ResellerActor, invites: SentFields[]): Promise<CheckedRow[]> {
  authorize(actor, "invites:write")
  const [reseller] = await deps.db
    .select({ country: resellers.country })
    .from(resellers)
    .where(eq(resellers.id, actor.reseller.id))
  const rows = invites.map((fields, index) => ({ position: index + 1, fields }))
  const { checked } = await checkRows(deps, actor, reseller?.country ?? DEFAULT_COUNTRY, rows)
  return checked
}

/** Checks these invites, and starts to send those that can be sent. Throws `forbidden`. */
export async function importInvites(deps: Deps, actor: ResellerActor, invites: SentFields[]): Promise<Job> {
  const checked = await checkInvites(deps, actor, invites)
  const rows = checked.map((verdict, index) => {
    return { position: verdict.position, input: { fields: invites[index] ?? {} }, verdict }
  })
  const params = { revision: 0, verdicts: countVerdicts(checked) }
  const { id, statements } = newImport(deps, actor, rows, { params, fileName: null })
  const [[job]] = await commit(
    deps,
    [jobQuery(deps.db, actor.reseller.id, id), ...storeResponseStatements(deps, jobs, id)],
    [...statements, ...startStatements(deps, actor, id)],
  )
  if (!job) throw new Error("the import was not written")
  deps.enqueueJob(id)
  return job
}
