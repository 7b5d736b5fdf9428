import type { JobKind } from "../../storage/schema.ts"
import type { JobHandler } from "./handler.ts"
import { moveBillingHandler } from "./move-billing.ts"
import { resendHandler } from "./resend.ts"
import { revokeHandler } from "./revoke.ts"

const JOB_HANDLERS: Partial<Record<JobKind, JobHandler>> = {
  resend: resendHandler,
  revoke: revokeHandler,
  move_billing: moveBillingHandler,
}

/** What the rows of a job do. */
export function jobHandler(kind: JobKind): JobHandler {
  const handler = JOB_HANDLERS[kind]
  if (!handler) throw new Error(`no handler for jobs of the kind ${kind}`)
  return handler
}
