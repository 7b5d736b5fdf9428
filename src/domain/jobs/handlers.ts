import { JOB_KINDS, type JobKind } from "../../storage/schema.ts"
import { importHandler } from "../imports/send.ts"
import type { JobHandler } from "./handler.ts"
import { moveBillingHandler } from "./move-billing.ts"
import { resendHandler } from "./resend.ts"
import { revokeHandler } from "./revoke.ts"

const JOB_HANDLERS: Record<JobKind, JobHandler> = {
  import: importHandler,
  resend: resendHandler,
  revoke: revokeHandler,
  move_billing: moveBillingHandler,
}

/** What the rows of a job do. */
export const jobHandler = (kind: JobKind): JobHandler => JOB_HANDLERS[kind]

/** The kinds of jobs that send emails to contacts. */
export const EMAILING_KINDS: JobKind[] = JOB_KINDS.filter((kind) => JOB_HANDLERS[kind].sendsEmails)
