import * as z from "zod"
import { COUNT_CAP, type DeploymentOverview, getDeployment, type Waiting } from "../domain/deployment/overview.ts"
import { createRoute } from "./api-route.ts"
import { problems } from "./problem-details.ts"
import { ApiHono } from "./router.ts"
import { withSchemaName } from "./schema-name.ts"
import { SERVICE_ERRORS, timestamp, unmeteredJsonResponse } from "./schemas.ts"

const whole = (example: number) => z.int().meta({ examples: [example] })
const count = whole(3).meta({ description: `Up to ${COUNT_CAP + 1}, which stands for more.` })
const time = timestamp.nullable()
const kind = z.enum(["email", "webhook"])
const text = (example: string) => z.string().meta({ examples: [example] })
const name = text("Acme Networks")
const code = text("E_DELIVERY_FAILED").nullable()
const resellerId = text("res_01kc3ym7a2f8q0v5r9d4t6w1zx")

const waiting = z
  .array(
    z.object({
      reason: z.string().meta({
        description:
          "`queued`, `sending`, `postponed` (until its turn, or because of a limit), `suspended` (its reseller is), `error`, or the provider's code of the last failure.",
        examples: ["E_DAILY_LIMIT_EXCEEDED"],
      }),
      count,
      oldest_at: timestamp,
    }),
  )
  .meta({ description: "What waits to be sent, by reason. Of more than a thousand messages, those that are due next." })

const Deployment = z
  .object({
    cron: z.object({
      last_run_at: time,
      failed_jobs: z.array(text("remind contacts")).meta({ description: "The cron jobs that failed in the last run." }),
    }),
    missing_migrations: z.array(text("0002_regions.sql")),
    emails: z.object({
      waiting,
      scheduled: count,
      last_sent_at: time,
      last_event_at: time.meta({ description: "When a delivery event last came." }),
      lacks_events: z.boolean().meta({ description: "True if emails were sent and no delivery event ever came." }),
      sender_refused: z
        .union([z.object({ at: timestamp, reason: text("E_SENDER_NOT_VERIFIED").nullable() }), z.null()])
        .meta({ description: "Set while the email provider refuses our sender: emails wait." }),
    }),
    webhooks: z.object({
      waiting,
      switched_off: z.object({
        count,
        latest: z.array(
          z.object({
            id: text("whk_01kc3ym7a2f8q0v5r9d4t6w1zx"),
            reseller_id: resellerId,
            reason: text("failures"),
            at: timestamp,
          }),
        ),
      }),
    }),
    failures: z
      .array(z.object({ kind, code, count }))
      .meta({ description: "The messages that were given up in the last 24 hours, by the provider's code." }),
    dead_letters: z
      .array(
        z.object({
          id: text("eml_01kc3ym7a2f8q0v5r9d4t6w1zx"),
          kind: z.string().meta({ examples: ["invite"] }),
          reseller_id: resellerId.nullable(),
          invite_id: text("inv_01kc3ym7a2f8q0v5r9d4t6w1zx").nullable(),
          code,
          attempts: whole(9),
          failed_at: time,
          can_replay: z.boolean().meta({ description: "False if what it was about has changed." }),
        }),
      )
      .meta({ description: "The messages that were given up last. The operator's page can send them again." }),
    resellers: z.object({
      by_volume: z.object({
        since: z.iso.date().meta({ examples: ["2026-11-01"] }),
        resellers: z.array(
          z.object({
            id: resellerId,
            name,
            sent: whole(1_200).meta({ description: "Invites whose first email was sent since then." }),
            pending: whole(340),
            accepted: whole(810),
          }),
        ),
      }),
      suspended: z.object({
        count,
        resellers: z.array(z.object({ id: resellerId, name, suspended_at: timestamp })),
      }),
    }),
  })
  .apply(withSchemaName("Deployment"))

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
      lacks_events: mail.hasNoEvents,
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
