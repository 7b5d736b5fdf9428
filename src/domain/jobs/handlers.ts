import type { JobKind } from "../../storage/schema.ts"
import type { JobHandler } from "./handler.ts"
import { revokeHandler } from "./revoke.ts"

const JOB_HANDLERS: Partial<Record<JobKind, JobHandler>> = { revoke: revokeHandler }

/** What the rows of a job do. */
export function jobHandler(kind: JobKind): JobHandler {
  const handler = JOB_HANDLERS[kind]
  if (!handler) throw new Error(`no handler for jobs of the kind ${kind}`)
  return handler
}
