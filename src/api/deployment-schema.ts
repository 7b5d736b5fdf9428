import * as z from "zod"
import { COUNT_CAP } from "../domain/deployment/overview.ts"
import { withSchemaName } from "./schema-name.ts"
import { timestamp } from "./schemas.ts"

// The Worker has api/undocumented.ts instead: nothing but the OpenAPI document needs the schema of a response.

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

export const Deployment = z
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
      lacks_events: z
        .boolean()
        .meta({ description: "True if emails left an hour ago and no delivery event ever came, or none since a day." }),
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
