import type { SQL } from "drizzle-orm"
import type { SecurityNotice } from "../../storage/schema.ts"
import type { OutboxStatement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { enqueueEmailStatement } from "../outbox/enqueue.ts"
import { newEmailId } from "../outbox/outbox.ts"

/** The statement that tells a person about a change to their sign-in, so that they notice one that isn't theirs. */
export function securityNoticeStatement(
  deps: Pick<Deps, "db" | "now" | "config">,
  { id: userId, email: recipient }: { id: string; email: string },
  notice: SecurityNotice,
  condition: SQL,
): OutboxStatement {
  const id = newEmailId(deps.now())
  return enqueueEmailStatement(
    deps,
    { id, resellerId: null, kind: "security_notice", recipient, payload: { notice, userId } },
    condition,
  )
}
