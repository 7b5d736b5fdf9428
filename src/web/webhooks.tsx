import type { Context } from "hono"
import { demand, type StaffActor } from "../domain/actor.ts"
import { pageOfDeliveries, redeliver, type WebhookDelivery } from "../domain/webhook-deliveries.ts"
import {
  changeWebhook,
  createWebhook,
  pageOfWebhooks,
  removeWebhook,
  rotateSecret,
  secretsOf,
  switchWebhook,
} from "../domain/webhooks.ts"
import { factory, type Vestibule } from "../http/context.ts"
import { errorOf, type FormState, readChoices, readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import { PAGE_SIZE } from "../storage/paging.ts"
import { WEBHOOK_EVENTS, type Webhook } from "../storage/schema.ts"
import { Field } from "./fields.tsx"
import { StaffPage } from "./layout.tsx"
import { SettingsTabs } from "./settings.tsx"
import { When } from "./when.tsx"

export const webhookRoutes = factory.createApp()

webhookRoutes.get("/settings/webhooks", async (c) => {
  const { staff, deps } = c.var
  const { rows } = await pageOfWebhooks(deps, staff)
  const now = deps.now()
  return c.html(
    <StaffPage staff={staff} section="Settings" title="Settings" action={<NewWebhook />}>
      <SettingsTabs staff={staff} current="Webhooks" />
      <section class="card" aria-label="Webhooks">
        {rows.length === 0 ? (
          <div class="empty">
            <p>No webhooks yet. Add one, and your own program is told what happens to your invites.</p>
            <NewWebhook />
          </div>
        ) : (
          <ul class="lines">
            {rows.map((webhook) => (
              <li>
                <div>
                  <a class="strong" href={`/settings/webhooks/${webhook.id}`}>
                    {webhook.url}
                  </a>
                  <span class="soft">{webhook.events.join(", ")}</span>
                </div>
                <div>
                  <WebhookState webhook={webhook} now={now} />
                </div>
              </li>
            ))}
          </ul>
        )}
      </section>
    </StaffPage>,
  )
})

webhookRoutes.get("/settings/webhooks/new", (c) => {
  demand(c.var.staff, "webhooks:write")
  const chosen = ["invite.accepted", "invite.bounced", "invite.declined", "invite.expired", "customer.created"]
  return c.html(<NewWebhookPage staff={c.var.staff} form={{ values: {}, errors: [] }} chosen={chosen} />)
})

webhookRoutes.post("/settings/webhooks/new", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  const chosen = await readChoices(c, "events")
  const made = await createWebhook(deps, staff, { url: values.url, events: chosen })
  if (made.ok) return redirect(c, `/settings/webhooks/${made.value.id}`)
  return c.html(<NewWebhookPage staff={staff} form={{ values, errors: made.errors }} chosen={chosen} />, 422)
})

webhookRoutes.get("/settings/webhooks/:id", async (c) => c.html(await webhookPage(c)))

webhookRoutes.post("/settings/webhooks/:id", async (c) => {
  const values = await readForm(c)
  const chosen = await readChoices(c, "events")
  const changes = { url: values.url, events: chosen }
  const changed = await changeWebhook(c.var.deps, c.var.staff, c.req.param("id"), changes)
  if (changed.ok) return redirect(c, `/settings/webhooks/${changed.value.id}`)
  return c.html(await webhookPage(c, { form: { values, errors: changed.errors }, chosen }), 422)
})

webhookRoutes.post("/settings/webhooks/:id/secrets", async (c) => {
  await rotateSecret(c.var.deps, c.var.staff, c.req.param("id"))
  return redirect(c, `/settings/webhooks/${c.req.param("id")}`)
})

webhookRoutes.post("/settings/webhooks/:id/activation", async (c) => {
  await switchWebhook(c.var.deps, c.var.staff, c.req.param("id"), true)
  return redirect(c, `/settings/webhooks/${c.req.param("id")}`)
})

webhookRoutes.post("/settings/webhooks/:id/deactivation", async (c) => {
  await switchWebhook(c.var.deps, c.var.staff, c.req.param("id"), false)
  return redirect(c, `/settings/webhooks/${c.req.param("id")}`)
})

webhookRoutes.post("/settings/webhooks/:id/removal", async (c) => {
  await removeWebhook(c.var.deps, c.var.staff, c.req.param("id"))
  return redirect(c, "/settings/webhooks")
})

webhookRoutes.post("/settings/webhooks/:id/deliveries/:delivery/redeliveries", async (c) => {
  const { id, delivery } = c.req.param()
  await redeliver(c.var.deps, c.var.staff, id, delivery)
  return redirect(c, `/settings/webhooks/${id}`)
})

const NewWebhook = () => (
  <a class="button" href="/settings/webhooks/new">
    New webhook
  </a>
)

function WebhookState({ webhook, now }: { webhook: Webhook; now: Date }) {
  if (webhook.switchedOffAt) {
    return (
      <>
        <span class={`badge ${webhook.offBecause === "failures" ? "bad" : "quiet"}`}>Off</span>
        <span class="soft">
          {webhook.offBecause === "failures" ? "Took nothing for days · " : "Switched off "}
          <When at={webhook.switchedOffAt} now={now} />
        </span>
      </>
    )
  }
  if (!webhook.failingSince) return <span class="badge good">On</span>
  return (
    <>
      <span class="badge waiting">Failing</span>
      <span class="soft">
        since <When at={webhook.failingSince} now={now} />
      </span>
    </>
  )
}

type Edit = { form: FormState; chosen: string[] }

function NewWebhookPage({ staff, form, chosen }: Edit & { staff: StaffActor }) {
  return (
    <StaffPage staff={staff} section="Settings" title="New webhook">
      <form class="card pad stack" method="post" action="/settings/webhooks/new" novalidate data-once>
        <WebhookFields form={form} chosen={chosen} />
        <div class="buttons">
          <button class="button" type="submit">
            Add webhook
          </button>
          <a href="/settings/webhooks">Cancel</a>
        </div>
      </form>
    </StaffPage>
  )
}

function WebhookFields({ form, chosen }: Edit) {
  const error = errorOf(form, "events")
  return (
    <>
      <Field
        form={form}
        name="url"
        label="Address"
        help="Events are posted here, signed as Standard Webhooks has it. It begins with https://."
        autocomplete="off"
        required
      />
      <fieldset aria-describedby={error && "events-told"}>
        <legend>Events</legend>
        <div class="choices">
          {WEBHOOK_EVENTS.map((event) => (
            <div class="check">
              <input type="checkbox" id={event} name="events" value={event} checked={chosen.includes(event)} />
              <label for={event}>
                <code>{event}</code>
              </label>
            </div>
          ))}
        </div>
        {error && (
          <p class="error" id="events-told">
            {error.detail}
          </p>
        )}
      </fieldset>
    </>
  )
}

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
        <div class="head">
          <div>
            <WebhookState webhook={webhook} now={now} />
          </div>
          <div class="actions buttons">
            {webhook.switchedOffAt ? (
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
        <div class="pad stack">
          <div class="field">
            <label for="secret">Signing secret</label>
            <input id="secret" class="secret" type="password" readonly value={secret} autocomplete="off" />
            <p class="help">
              {old && webhook.oldSecretUntil ? (
                <>
                  The secret before it still signs too, until <When at={webhook.oldSecretUntil} now={now} />.
                </>
              ) : (
                "Check with it that an event is ours. A new one takes over while the old still signs, for a day."
              )}
            </p>
          </div>
          <div class="buttons">
            <button type="button" class="link" data-show-password aria-controls="secret" aria-pressed="false" hidden>
              Show secret
            </button>
            <Action path={`${path}/secrets`} label="New secret" />
          </div>
        </div>
      </section>
      <form class="card pad stack" method="post" action={path} novalidate data-once>
        <WebhookFields form={form} chosen={chosen} />
        <div class="buttons">
          <button class="button" type="submit">
            Save
          </button>
        </div>
      </form>
      <section class="card" aria-labelledby="deliveries">
        <div class="head">
          <h2 id="deliveries">What was sent</h2>
        </div>
        {rows.length === 0 ? (
          <div class="empty">
            <p>Nothing yet. The next event of those above is listed here.</p>
          </div>
        ) : (
          <ul class="lines">
            {rows.map((delivery) => (
              <Delivery delivery={delivery} path={path} now={now} />
            ))}
          </ul>
        )}
        {next && (
          <div class="pager">
            <span class="soft">Newest first</span>
            <a href={`${path}?before=${next}`}>Older →</a>
          </div>
        )}
      </section>
    </StaffPage>
  )
}

function Delivery({ delivery, path, now }: { delivery: WebhookDelivery; path: string; now: Date }) {
  const { row, attempts } = delivery
  const event = JSON.parse(row.payload ?? "{}")
  return (
    <li>
      <div>
        <span class="strong">
          <code>{event.type}</code> {DELIVERY_STATES[row.state]}
        </span>
        {row.inviteId && (
          <span class="soft">
            <a href={`/customers/invites/${row.inviteId}`}>{row.inviteId}</a> · <When at={row.createdAt} now={now} />
          </span>
        )}
        <details>
          <summary>
            {attempts.length === 1 ? "1 attempt" : `${attempts.length} attempts`}
            <span class="hidden"> of {event.type}</span>
          </summary>
          <pre class="code" tabindex={0}>
            {JSON.stringify(event, null, 2)}
          </pre>
          {attempts.map((attempt) => (
            <p class="soft">
              <When at={attempt.at} now={now} /> · {attempt.status ?? "no answer"}{" "}
              {attempt.answer && <code>{attempt.answer}</code>}
            </p>
          ))}
        </details>
      </div>
      <div class="actions buttons">
        <Action path={`${path}/deliveries/${row.id}/redeliveries`} label="Send again" about={event.type} />
      </div>
    </li>
  )
}

const DELIVERY_STATES = {
  queued: <span class="badge waiting">Waiting</span>,
  sending: <span class="badge waiting">Sending</span>,
  sent: <span class="badge good">Taken</span>,
  failed: <span class="badge bad">Given up</span>,
  cancelled: <span class="badge quiet">Not sent</span>,
}

function Action({ path, label, about, confirm }: { path: string; label: string; about?: string; confirm?: string }) {
  return (
    <form method="post" action={path} hx-post={path} hx-swap="none" hx-confirm={confirm}>
      <button class="link" type="submit">
        {label}
        {about && <span class="hidden"> {about}</span>}
      </button>
    </form>
  )
}
