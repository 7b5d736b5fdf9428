import type { WebhookStats } from "../../../domain/webhooks/stats.ts"
import { href } from "../../../routes.ts"
import { EVENT_TYPES } from "../../../storage/schema.ts"
import { formatNumber } from "../../../text/numbers.ts"
import type { StaffMessages } from "../../../text/staff/locales.ts"
import { Select } from "../../ui/fields.tsx"
import { Form } from "../../ui/form.tsx"

/** How the deliveries of a webhook went: the share that succeeded, and how long the receiver took. */
export function WebhookHealth({ stats, t }: { stats: WebhookStats; t: StaffMessages }) {
  const { health, lastDay, lastWeek } = t.staff.webhooks
  return (
    <section class="card" aria-labelledby="health">
      <div class="card-header">
        <h2 id="health">{health}</h2>
      </div>
      <dl class="description-list">
        <Period name={lastDay} period={stats.day} t={t} />
        <Period name={lastWeek} period={stats.week} t={t} />
      </dl>
    </section>
  )
}

function Period({ name, period, t }: { name: string; period: WebhookStats["day"]; t: StaffMessages }) {
  const { noAttempts, succeeded, latency } = t.staff.webhooks
  const { attempts, successes, averageMs, slowestMs } = period
  const percent = Math.floor((successes / attempts) * 1_000) / 10 // 100 % only if all succeeded
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {attempts === 0 ? (
          <span class="muted">{noAttempts}</span>
        ) : (
          <>
            {succeeded(formatNumber(t, percent), formatNumber(t, successes), formatNumber(t, attempts))}
            {averageMs !== null && (
              <span class="muted"> {latency(formatNumber(t, averageMs), formatNumber(t, slowestMs ?? 0))}</span>
            )}
          </>
        )}
      </dd>
    </>
  )
}

/** Sends a test event of a chosen type to the webhook. */
export function TestForm({ id, selectedEvents, t }: { id: string; selectedEvents: string[]; t: StaffMessages }) {
  const { testEvent, testHelp, sendTest } = t.staff.webhooks
  return (
    <Form class="card card-body stack" action={href("webhooks.test", { id })}>
      <Select name="type" label={testEvent} help={testHelp}>
        {EVENT_TYPES.map((type) => (
          <option value={type} selected={type === selectedEvents[0]}>
            {type}
          </option>
        ))}
      </Select>
      <div class="buttons">
        <button class="button" type="submit">
          {sendTest}
        </button>
      </div>
    </Form>
  )
}
