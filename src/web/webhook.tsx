import type { Context } from "hono"
import { pageOfDeliveries, redeliver, type WebhookDelivery } from "../domain/webhook-deliveries.ts"
import { changeWebhook, removeWebhook, rotateSecret, secretsOf, switchWebhook } from "../domain/webhooks.ts"
import { factory, type Vestibule } from "../http/context.ts"
import { readChoices, readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import { PAGE_SIZE } from "../storage/paging.ts"
import { Action } from "./fields.tsx"
import { StaffPage } from "./layout.tsx"
import { type Edit, WebhookFields, WebhookState } from "./webhooks.tsx"
import { Day, When } from "./when.tsx"

export const oneWebhookRoutes = factory.createApp()

oneWebhookRoutes.get("/settings/webhooks/:id", async (c) => c.html(await webhookPage(c)))

oneWebhookRoutes.post("/settings/webhooks/:id", async (c) => {
  const values = await readForm(c)
  const chosen = await readChoices(c, "events")
  const changes = { url: values.url, events: chosen }
  const changed = await changeWebhook(c.var.deps, c.var.staff, c.req.param("id"), changes)
  if (changed.ok) return redirect(c, `/settings/webhooks/${changed.value.id}`)
  return c.html(await webhookPage(c, { form: { values, errors: changed.errors }, chosen }), 422)
})

oneWebhookRoutes.post("/settings/webhooks/:id/secrets", async (c) => {
  await rotateSecret(c.var.deps, c.var.staff, c.req.param("id"))
  return redirect(c, `/settings/webhooks/${c.req.param("id")}`)
})

oneWebhookRoutes.post("/settings/webhooks/:id/activation", async (c) => {
  await switchWebhook(c.var.deps, c.var.staff, c.req.param("id"), true)
  return redirect(c, `/settings/webhooks/${c.req.param("id")}`)
})

oneWebhookRoutes.post("/settings/webhooks/:id/deactivation", async (c) => {
  await switchWebhook(c.var.deps, c.var.staff, c.req.param("id"), false)
  return redirect(c, `/settings/webhooks/${c.req.param("id")}`)
})

oneWebhookRoutes.post("/settings/webhooks/:id/removal", async (c) => {
  await removeWebhook(c.var.deps, c.var.staff, c.req.param("id"))
  return redirect(c, "/settings/webhooks")
})

oneWebhookRoutes.post("/settings/webhooks/:id/deliveries/:delivery/redeliveries", async (c) => {
  const { id, delivery } = c.req.param()
  await redeliver(c.var.deps, c.var.staff, id, delivery)
  return redirect(c, `/settings/webhooks/${id}`)
})

async function webhookPage(c: Context<Vestibule>, edit?: Edit) {
  const { staff, deps } = c.var
  const id = c.req.param("id") ?? ""
  const asked = { before: c.req.query("before"), size: PAGE_SIZE }
  const { webhook, rows, next } = await pageOfDeliveries(deps, staff, id, asked)
  const [secret = "", old] = await secretsOf(deps, webhook)
  const now = deps.now()
  c.header("Cache-Control", "no-store")
  const path = `/settings/webhooks/${webhook.id}`
  const { form, chosen } = edit ?? { form: { values: { url: webhook.url }, errors: [] }, chosen: webhook.events }
  return (
    <StaffPage staff={staff} section="Settings" title="Webhook">
      <p>
        <a href="/settings/webhooks">← Webhooks</a>
      </p>
      <section class="card" aria-label="State">
        <div class="card-header">
          <div>
            <WebhookState webhook={webhook} now={now} />
          </div>
          <div class="actions buttons">
            {webhook.disabledAt ? (
              <Action path={`${path}/activation`} label="Switch on" />
            ) : (
              <Action path={`${path}/deactivation`} label="Switch off" />
            )}
            <Action
              path={`${path}/removal`}
              label="Remove"
              confirm="Remove this webhook? What waits for it is not sent."
            />
          </div>
        </div>
        <div class="card-body stack">
          <details>
            <summary>Signing secret</summary>
            <input
              class="mono"
              readonly
              value={secret}
              aria-label="Signing secret"
              autocomplete="off"
              spellcheck={false}
            />
          </details>
          <p class="muted">
            {old && webhook.previousSecretExpiresAt ? (
              <>
                The secret before it still signs too, until <Day at={webhook.previousSecretExpiresAt} now={now} />.
              </>
            ) : (
              "Check with it that an event is ours. A new one takes over while the old still signs, for a day."
            )}
          </p>
          <div class="buttons">
            {!old && (
              <Action
                path={`${path}/secrets`}
                label="New secret"
                confirm="Make a new secret? The one that you have signs for one more day."
              />
            )}
          </div>
        </div>
      </section>
      <form class="card card-body stack" method="post" action={path} novalidate data-submit-once>
        <WebhookFields form={form} chosen={chosen} />
        <div class="buttons">
          <button class="button" type="submit">
            Save
          </button>
        </div>
      </form>
      <section class="card" aria-labelledby="deliveries">
        <div class="card-header">
          <h2 id="deliveries">What was sent</h2>
        </div>
        {rows.length === 0 ? (
          <div class="empty-state">
            <p>Nothing yet. The next event of those above is listed here.</p>
          </div>
        ) : (
          <ul class="list">
            {rows.map((delivery) => (
              <Delivery delivery={delivery} path={path} now={now} isOn={webhook.disabledAt === null} />
            ))}
          </ul>
        )}
        {next && (
          <div class="pager">
            <span class="muted">Newest first</span>
            <a href={`${path}?before=${next}`}>Older →</a>
          </div>
        )}
      </section>
    </StaffPage>
  )
}

type DeliveryProps = { delivery: WebhookDelivery; path: string; now: Date; isOn: boolean }

function Delivery({ delivery, path, now, isOn }: DeliveryProps) {
  const { row, attempts } = delivery
  const event = JSON.parse(row.payload ?? "{}")
  return (
    <li>
      <div>
        <span class="emphasis">
          <code>{event.type}</code> {DELIVERY_STATES[row.status]}
        </span>
        {row.inviteId && (
          <span class="muted">
            <a href={`/customers/invites/${row.inviteId}`}>{row.inviteId}</a> · <When at={row.createdAt} now={now} />
          </span>
        )}
        <details>
          <summary>
            {attempts.length === 1 ? "1 attempt" : `${attempts.length} attempts`}
            <span class="visually-hidden"> of {event.type}</span>
          </summary>
          <pre class="code" tabindex={0}>
            {JSON.stringify(event, null, 2)}
          </pre>
          {attempts.map((attempt) => (
            <p class="muted">
              <When at={attempt.attemptedAt} now={now} /> · {attempt.responseStatus ?? "no answer"}{" "}
              {attempt.responseBody && <code>{attempt.responseBody}</code>}
            </p>
          ))}
        </details>
      </div>
      <div class="actions buttons">
        {isOn && <Action path={`${path}/deliveries/${row.id}/redeliveries`} label="Send again" about={event.type} />}
      </div>
    </li>
  )
}

const DELIVERY_STATES = {
  queued: <span class="badge pending">Waiting</span>,
  sending: <span class="badge pending">Sending</span>,
  sent: <span class="badge success">Taken</span>,
  failed: <span class="badge danger">Given up</span>,
  cancelled: <span class="badge neutral">Not sent</span>,
}
