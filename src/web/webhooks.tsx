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

const NewWebhook = () => (
  <a class="button" href="/settings/webhooks/new">
    New webhook
  </a>
)

export function WebhookState({ webhook, now }: { webhook: Webhook; now: Date }) {
  if (webhook.disabledAt) {
    return (
      <>
        <span class={`badge ${webhook.disabledReason === "failures" ? "bad" : "quiet"}`}>Off</span>
        <span class="soft">
          {webhook.disabledReason === "failures" ? "Took nothing for days · " : "Switched off "}
          <When at={webhook.disabledAt} now={now} />
        </span>
      </>
    )
  }
  if (!webhook.failingSince) return <span class="badge good">On</span>
  return (
    <>
      <span class="badge waiting">Failing</span>{" "}
      <span class="soft">
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
      <fieldset aria-describedby={error && "events-told"}>
        <legend>Events</legend>
        <div class="choices">
          {WEBHOOK_EVENTS.map((event) => (
            <Checkbox id={event} name="events" isOn={chosen.includes(event)} label={<code>{event}</code>} />
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
