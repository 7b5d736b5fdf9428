import { and, sql } from "drizzle-orm"
import { invites } from "../../storage/schema.ts"
import { bulkChange } from "./bulk-change.ts"
import type { JobHandler } from "./handler.ts"
import { revokeObstacle } from "./obstacles.ts"

/** Revokes pending invites. The code of one that isn't pending is its status. */
export const revokeHandler: JobHandler = {
  sendsEmails: false,
  prepare: async (deps, job, rows) => {
    const change = bulkChange(deps, job, "invite.revoked", rows)
    const now = deps.now().getTime()
    return {
      statements: [
        deps.db
          .update(invites)
          .set({ status: "revoked", lastChangeId: change.changeId(sql`${invites.id}`) })
          .where(and(change.isTarget, sql`${revokeObstacle("invites", now)} IS NULL`)),
        ...change.recordStatements(),
        change.resultStatement(sql`coalesce(${revokeObstacle("invite", now)}, 'conflict')`),
      ],
    }
  },
}
