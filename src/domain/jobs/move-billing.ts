import { and, sql } from "drizzle-orm"
import { invites } from "../../storage/schema.ts"
import { bulkChange } from "./bulk-change.ts"
import type { JobHandler } from "./handler.ts"
import { type InviteAlias, moveObstacle } from "./obstacles.ts"

/** Moves open invites to the billing account of the job's params. One that is billed to it already is done. */
export const moveBillingHandler: JobHandler = {
  sendsEmails: false,
  prepare: async (deps, job, rows) => {
    const target = String(job.params.billingAccountId)
    const change = bulkChange(deps, job, "invite.billing_changed", rows)
    const account = sql`billing_accounts AS target WHERE target.id = ${target} AND target.reseller_id = ${job.resellerId}`
    const targetColumn = (name: "email" | "phone") => sql`(SELECT target.${sql.raw(name)} FROM ${account})`
    const obstacle = (invite: InviteAlias) => sql`coalesce(${moveObstacle(invite)},
      CASE WHEN NOT EXISTS (SELECT 1 FROM ${account}) THEN 'target_account_removed'
        WHEN EXISTS (SELECT 1 FROM ${account} AND ${billingColumns(invite)} IS (target.id, target.email, target.phone))
        THEN 'unchanged' END)`
    return {
      statements: [
        deps.db
          .update(invites)
          .set({
            billingAccountId: target,
            billingEmail: targetColumn("email"),
            billingPhone: targetColumn("phone"),
            lastChangeId: change.changeId(sql`${invites.id}`),
          })
          .where(and(change.isTarget, sql`${obstacle("invites")} IS NULL`)),
        ...change.recordStatements(),
        change.resultStatement(sql`coalesce(${obstacle("invite")}, 'conflict')`),
      ],
    }
  },
}

const billingColumns = (invite: InviteAlias) =>
  sql.raw(`(${invite}.billing_account_id, ${invite}.billing_email, ${invite}.billing_phone)`)
