import { deleteExpiredGuessCounts } from "../domain/access/guess-limit.ts"
import { sealAuditLog } from "../domain/audit/seal.ts"
import { deleteOldInviteDays } from "../domain/dashboard/funnel.ts"
import { factStatement } from "../domain/deployment/facts.ts"
import type { Deps } from "../domain/deps.ts"
import { deleteOldEvents } from "../domain/events/retention.ts"
import { reencryptSecrets } from "../domain/factors/authenticator.ts"
import { deleteExpiredChallenges } from "../domain/factors/challenges.ts"
import { deleteExpiredSignIns } from "../domain/factors/pending-sign-in.ts"
import { deleteExpiredResponses } from "../domain/idempotency.ts"
import { deleteExpiredEmailChanges } from "../domain/identity/email-change.ts"
import { deleteEndedSessions } from "../domain/identity/sessions.ts"
import { deleteExpiredCodes } from "../domain/invites/email-codes.ts"
import { expireOverdueInvites } from "../domain/invites/expire.ts"
import { remindContacts } from "../domain/invites/remind.ts"
import { cancelPausedJobs, deleteOldDrafts, emptyEndedJobs } from "../domain/jobs/retention.ts"
import { requeueStalledJobs } from "../domain/jobs/run.ts"
import { enqueueDigests } from "../domain/mail/digests.ts"
import { deleteOldOutboxRows, takeDueMessages } from "../domain/outbox/outbox.ts"
import { forgetRecipients } from "../domain/outbox/recipient-limits.ts"
import { purgeOldInvites } from "../domain/privacy/purge-invites.ts"
import { deleteOldSandboxEmails } from "../domain/sandbox/emails.ts"
import { deleteOldAttempts } from "../domain/webhooks/attempts.ts"
import { logError } from "../http/log.ts"

const CRON_JOBS: Record<string, (deps: Deps) => Promise<unknown>> = {
  "queue due messages": async (deps) => deps.enqueue(await takeDueMessages(deps)),
  "requeue stalled jobs": requeueStalledJobs,
  "expire overdue invites": expireOverdueInvites,
  "remind contacts": remindContacts,
  "send staff digests": enqueueDigests,
  "seal the audit log": sealAuditLog,
  "delete expired idempotent responses": deleteExpiredResponses,
  "delete expired email codes": deleteExpiredCodes,
  "delete ended sessions": deleteEndedSessions,
  "delete expired email changes": deleteExpiredEmailChanges,
  "encrypt secrets again": reencryptSecrets,
  "delete expired challenges": deleteExpiredChallenges,
  "delete expired sign-ins": deleteExpiredSignIns,
  "delete expired guess counts": deleteExpiredGuessCounts,
  "delete old webhook attempts": deleteOldAttempts,
  "delete old outbox rows": deleteOldOutboxRows,
  "forget purged recipients": forgetRecipients,
  "delete old events": deleteOldEvents,
  "delete old sandbox emails": deleteOldSandboxEmails,
  "delete old days of the funnel": deleteOldInviteDays,
  "purge ended invites": purgeOldInvites,
  "delete old drafts of jobs": deleteOldDrafts,
  "cancel jobs that stay paused": cancelPausedJobs,
  "empty rows of ended jobs": emptyEndedJobs,
}

/**
 * Runs every cron job, then notes when, and which failed. A job that fails is logged and doesn't stop the others. Throws after the last
 * one if any failed, so that the platform counts the run as failed. It logs what is thrown, so that has no cause: causes repeat values.
 */
export async function runCronJobs(deps: Deps): Promise<void> {
  const failed: string[] = []
  const attempt = (name: string, job: () => Promise<unknown>) =>
    job().catch((error) => {
      logError("a cron job failed; the next run tries again", error, { name })
      failed.push(name)
    })
  for (const [name, job] of Object.entries(CRON_JOBS)) await attempt(name, () => job(deps))
  await attempt("note the run", async () => factStatement(deps, "cron_run", failed.join(", ") || null))
  if (failed.length > 0) throw new Error(`cron jobs failed: ${failed.join(", ")}`)
}
