import type * as z from "zod"
import { type DeploymentOverview, getDeployment, type Waiting } from "../domain/deployment/overview.ts"
import { createRoute } from "./api-route.ts"
import { Deployment } from "./deployment-schema.ts"
import { problems } from "./documented-problems.ts"
import { ApiHono } from "./router.ts"
import { SERVICE_ERRORS, unmeteredJsonResponse } from "./schemas.ts"

const show = createRoute("api.deployment.show", {
  operationId: "getDeployment",
  tags: ["Deployment"],
  summary: "Get the state of the deployment",
  description: "What the operator's page shows, without personal data.",
  responses: {
    200: unmeteredJsonResponse(Deployment, "The state of the deployment."),
    ...problems("not_found", ...SERVICE_ERRORS),
  },
})

export const deploymentRoutes = new ApiHono().openapi(show, async (c) =>
  c.json(toDeployment(await getDeployment(c.var.deps)), 200),
)

const toTime = (at: Date | null | undefined) => at?.toISOString() ?? null
const toWaiting = ({ oldestAt, ...row }: Waiting) => ({ ...row, oldest_at: oldestAt.toISOString() })

function toDeployment(overview: DeploymentOverview): z.infer<typeof Deployment> {
  const { cron, mail, webhooks, failures, deadLetters, volume } = overview
  const { senderRefused } = mail
  return {
    cron: { last_run_at: toTime(cron?.at), failed_jobs: cron?.detail?.split(", ") ?? [] },
    missing_migrations: overview.missingMigrations,
    emails: {
      waiting: mail.waiting.map(toWaiting),
      scheduled: mail.scheduledCount,
      last_sent_at: toTime(mail.sentAt),
      last_event_at: toTime(mail.eventAt),
      lacks_events: mail.eventsMissingSince !== undefined,
      sender_refused: senderRefused ? { at: senderRefused.at.toISOString(), reason: senderRefused.detail } : null,
    },
    webhooks: {
      waiting: webhooks.waiting.map(toWaiting),
      switched_off: {
        count: webhooks.disabledCount,
        latest: webhooks.disabled.map(({ webhookId, id, reason, at }) => ({
          id: webhookId,
          reseller_id: id,
          reason,
          at: at.toISOString(),
        })),
      },
    },
    failures: failures.map(({ isWebhook, ...row }) => ({ kind: isWebhook ? "webhook" : "email", ...row })),
    dead_letters: deadLetters.map((row) => ({
      id: row.id,
      kind: row.kind,
      reseller_id: row.resellerId,
      invite_id: row.inviteId,
      code: row.code,
      attempts: row.attempts,
      failed_at: toTime(row.failedAt),
      can_replay: row.canReplay,
    })),
    resellers: {
      by_volume: { since: volume.since.toISOString().slice(0, 10), resellers: volume.resellers },
      suspended: {
        count: overview.suspendedCount,
        resellers: overview.suspended.map(({ at, ...row }) => ({ ...row, suspended_at: at.toISOString() })),
      },
    },
  }
}
