import type { Child } from "hono/jsx"
import { COUNT_CAP, type DeploymentOverview, type Waiting } from "../../domain/deployment/overview.ts"
import { DAILY_LIMIT_CODE, isDeploymentFault } from "../../domain/outbox/send-errors.ts"
import { MINUTE_MS } from "../../domain/time.ts"
import { CRON_AGE_MAX_MS } from "../../http/readiness.ts"
import { en } from "../../text/en.ts"
import { formatNumber } from "../../text/numbers.ts"
import { Flash } from "../ui/layout.tsx"
import { RelativeTime } from "../ui/time.tsx"

export type CardProps = { overview: DeploymentOverview }

/** Our reasons why a message waits. All others are codes of the provider. */
export const REASONS: Record<string, string> = {
  queued: "In the queue",
  sending: "Being sent",
  postponed: "Waits for its turn or a limit",
  suspended: "Reseller suspended",
  error: "Failed, will be retried",
}

/** `12`, or `1,000+` where more weren't counted. */
export const countText = (count: number) =>
  count > COUNT_CAP ? `${formatNumber(en, COUNT_CAP)}+` : formatNumber(en, count)

export const totalOf = (rows: { count: number }[]) => rows.reduce((sum, { count }) => sum + count, 0)

const oldestOf = (waiting: Waiting[]): Date | undefined =>
  waiting.map(({ oldestAt }) => oldestAt).sort((one, other) => one.getTime() - other.getTime())[0]

/** How long an email waits without a fault, unless its turn, a limit or its reseller is the reason. */
const WAIT_MAX_MS = 15 * MINUTE_MS
const EXPECTED_REASONS = ["postponed", "suspended", DAILY_LIMIT_CODE]

/** What is wrong with the deployment itself, in sentences that say what to do. */
export function Alerts({ overview }: CardProps) {
  const { at: now, cron, missingMigrations, mail } = overview
  const refused = mail.senderRefused ? mail.waiting.filter(({ reason }) => isDeploymentFault(reason)) : []
  const late = mail.waiting.filter(
    (one) =>
      !EXPECTED_REASONS.includes(one.reason) &&
      !refused.includes(one) &&
      now.getTime() - one.oldestAt.getTime() > WAIT_MAX_MS,
  )
  const isCronLate = cron && now.getTime() - cron.at.getTime() > CRON_AGE_MAX_MS
  const alerts: Child[] = [
    missingMigrations.length > 0 && (
      <>Migrations are missing: {missingMigrations.join(", ")}. Deploy again to apply them.</>
    ),
    !cron && <>The cron jobs have never run. Check the cron trigger.</>,
    isCronLate && (
      <>
        The cron jobs last ran <RelativeTime at={cron.at} {...{ now, t: en }} />. Check the cron trigger.
      </>
    ),
    cron?.detail && <>In the last run, these cron jobs failed: {cron.detail}. The log has the causes.</>,
    mail.senderRefused && (
      <>
        The email provider refused our sender <RelativeTime at={mail.senderRefused.at} {...{ now, t: en }} />:{" "}
        {mail.senderRefused.detail}.{" "}
        {refused.length > 0 ? "Emails wait until that is repaired." : "No email waits for the repair."}
      </>
    ),
    late.length > 0 && (
      <>
        Emails are stuck, the oldest from <RelativeTime at={oldestOf(late) ?? now} {...{ now, t: en }} />:{" "}
        {late.map(({ reason }) => REASONS[reason] ?? reason).join(", ")}. The run-book in the README says what to do.
      </>
    ),
    mail.eventsMissingSince && (
      <>
        Emails leave, but no delivery event comes. Deploy again to subscribe to them, or check the provider's webhook.
      </>
    ),
  ].filter(Boolean)
  if (alerts.length === 0 && cron) {
    return (
      <Flash tone="success">
        The deployment is fine. The cron jobs ran <RelativeTime at={cron.at} {...{ now, t: en }} />.
      </Flash>
    )
  }
  return alerts.map((alert) => <Flash tone="danger">{alert}</Flash>)
}

/** The figures that say at a glance whether messages leave. */
export function Stats({ overview }: CardProps) {
  const { at: now, mail, failures, webhooks, suspendedCount } = overview
  const oldest = oldestOf(mail.waiting)
  const ofMail = failures.filter(({ isWebhook }) => !isWebhook)
  return (
    <dl class="stats">
      <Stat name="Emails waiting" value={countText(totalOf(mail.waiting))}>
        {oldest ? (
          <>
            oldest <RelativeTime at={oldest} {...{ now, t: en }} />
          </>
        ) : (
          <LastSent {...{ now, at: mail.sentAt }} />
        )}
        {mail.scheduledCount > 0 && <> · {countText(mail.scheduledCount)} scheduled for later</>}
      </Stat>
      <Stat name="Emails failed in 24 hours" value={countText(totalOf(ofMail))} />
      <Stat name="Webhooks switched off" value={countText(webhooks.disabledCount)}>
        {countText(totalOf(webhooks.waiting))} deliveries waiting
      </Stat>
      <Stat name="Resellers suspended" value={countText(suspendedCount)} />
    </dl>
  )
}

function LastSent({ at, now }: { at: Date | undefined; now: Date }) {
  if (!at) return <>none sent yet</>
  return (
    <>
      last sent <RelativeTime {...{ at, now, t: en }} />
    </>
  )
}

function Stat({ name, value, children }: { name: string; value: string; children?: Child }) {
  return (
    <div class="card">
      <dt>{name}</dt>
      <dd>
        <span class="count">{value}</span>
        <span class="muted">{children}</span>
      </dd>
    </div>
  )
}
