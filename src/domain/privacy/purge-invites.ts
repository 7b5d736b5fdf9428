import { and, eq, type SQL, sql } from "drizzle-orm"
import { lowestId } from "../../storage/ids.ts"
import { invites, resellers } from "../../storage/schema.ts"
import { authorize, type Permission } from "../access/permissions.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { SYSTEM } from "../events/audit-log.ts"
import { Failure } from "../failure.ts"
import type { InviteContext } from "../invites/audience.ts"
import { expireStatements } from "../invites/expire.ts"
import { loadInvite } from "../invites/find.ts"
import { IS_PURGEABLE, purgedInviteColumns, purgeStatements } from "./purge-statements.ts"

/** How many months a reseller can keep the personal data of ended invites. */
export const RETENTION_MONTHS = [1, 3, 6, 12, 24, 36] as const

const PURGE_BATCH = 100

/** What deleting personal data requires: the Admins of each kind of account have it. */
export const purgePermission = ({ kind }: Pick<InviteContext, "kind">): Permission =>
  kind === "member" ? "members:write" : "settings:write"

/**
 * Deletes the personal data of one ended invite now. Doing it twice has no effect. Throws `forbidden`, `not_found` and
 * `invite_not_ended`.
 */
export async function purgeInvite(deps: Deps, context: InviteContext, id: string): Promise<void> {
  authorize(context.actor, purgePermission(context))
  const invite = await loadInvite(deps, context, id)
  if (invite.purgedAt) return
  const purged = await deps.db.select(purgedInviteColumns).from(invites).where(eq(invites.id, id))
  await commit(deps, purgeStatements(deps, context.actor, purged), expireStatements(deps, [id]))
  const { purgedAt } = await loadInvite(deps, context, id)
  if (!purgedAt) throw new Failure({ kind: "invite_not_ended" })
}

/** Deletes the personal data of invites that ended longer ago than their reseller keeps it, one batch per run. */
export async function purgeOldInvites(deps: Deps): Promise<void> {
  const due = await deps.db
    .select(purgedInviteColumns)
    .from(resellers)
    .crossJoin(invites)
    .where(
      and(eq(invites.resellerId, resellers.id), IS_PURGEABLE, sql`${invites.lastChangeId} < ${cutoffSql(deps.now())}`),
    )
    .limit(PURGE_BATCH)
  if (due.length > 0) await commit(deps, purgeStatements(deps, SYSTEM, due))
}

/** Sorts after the ids of changes that are too old for the row of `resellers`. An id contains its time. */
function cutoffSql(now: Date): SQL {
  const cases = RETENTION_MONTHS.map((months) => {
    const cutoff = new Date(now)
    cutoff.setUTCMonth(cutoff.getUTCMonth() - months)
    return sql`WHEN ${sql.raw(String(months))} THEN ${lowestId("aud", cutoff)}`
  })
  return sql`(CASE ${resellers.retentionMonths} ${sql.join(cases, sql` `)} END)`
}
