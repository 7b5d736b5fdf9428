import { demand, type StaffActor } from "../domain/actor.ts"
import { createWebhook, pageOfWebhooks } from "../domain/webhooks.ts"
import { factory } from "../http/context.ts"
import { errorOf, type FormState, readChoices, readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import { WEBHOOK_EVENTS, type Webhook } from "../storage/schema.ts"
import { Checkbox, Field } from "./fields.tsx"
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
          <div class="empty-state">
            <p>No webhooks yet. Add one, and your own program is told what happens to your invites.</p>
            <NewWebhook />
          </div>
        ) : (
          <ul class="list">
            {rows.map((webhook) => (
              <li>
                <div>
                  <a class="emphasis" href={`/settings/webhooks/${webhook.id}`}>
                    {webhook.url}
                  </a>
                  <span class="muted">{webhook.events.join(", ")}</span>
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

const NewWebhook = () => (
  <a class="button" href="/settings/webhooks/new">
    New webhook
  </a>
)

export function WebhookState({ webhook, now }: { webhook: Webhook; now: Date }) {
  if (webhook.disabledAt) {
    return (
      <>
        <span class={`badge ${webhook.disabledReason === "failures" ? "danger" : "neutral"}`}>Off</span>
        <span class="muted">
          {webhook.disabledReason === "failures" ? "Took nothing for days · " : "Switched off "}
          <When at={webhook.disabledAt} now={now} />
        </span>
      </>
    )
  }
  if (!webhook.failingSince) return <span class="badge success">On</span>
  return (
    <>
      <span class="badge pending">Failing</span>{" "}
      <span class="muted">
        since <When at={webhook.failingSince} now={now} />
      </span>
    </>
  )
}

/** What is being edited: the form as typed, and the events chosen. */
export type Edit = { form: FormState; chosen: string[] }

function NewWebhookPage({ staff, form, chosen }: Edit & { staff: StaffActor }) {
  return (
    <StaffPage staff={staff} section="Settings" title="New webhook">
      <form class="card card-body stack" method="post" action="/settings/webhooks/new" novalidate data-submit-once>
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

export function WebhookFields({ form, chosen }: Edit) {
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
      <fieldset aria-describedby={error && "events-hint"}>
        <legend>Events</legend>
        <div class="checkbox-grid">
          {WEBHOOK_EVENTS.map((event) => (
            <Checkbox id={event} name="events" isOn={chosen.includes(event)} label={<code>{event}</code>} />
          ))}
        </div>
        {error && (
          <p class="error" id="events-hint">
            {error.detail}
          </p>
        )}
      </fieldset>
    </>
  )
}
