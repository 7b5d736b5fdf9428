import { sql } from "drizzle-orm"
import type { TestedInvite } from "../../storage/schema.ts"
import type { StaffActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { enqueueEmailStatement } from "../outbox/enqueue.ts"
import { newEmailId } from "../outbox/outbox.ts"
import { isTestLeft } from "../outbox/recipient-limits.ts"

/**
 * Sends the email of an invite that doesn't exist to who is about to create it. False if they have sent themselves ten within the hour.
 * Throws `forbidden`.
 */
export async function sendTestEmail(deps: Deps, actor: StaffActor, test: TestedInvite): Promise<boolean> {
  authorize(actor, "invites:write")
  const { email: recipient, reseller } = actor
  const email = { id: newEmailId(deps.now()), kind: "test" as const, resellerId: reseller.id, recipient, payload: test }
  const isStaff = sql`EXISTS (SELECT 1 FROM staff WHERE staff.user_id = ${actor.id} AND staff.reseller_id = ${reseller.id})`
  const [enqueued] = await commit(deps, [
    enqueueEmailStatement(deps, email, sql`${isTestLeft(deps, recipient)} AND ${isStaff}`),
  ])
  return enqueued.length > 0
}
