import type { StaffActor } from "../../../domain/access/actor.ts"
import { idempotent } from "../../../domain/idempotency.ts"
import { createWebhook, listWebhooks } from "../../../domain/webhooks/webhooks.ts"
import { emptyForm, type FormState, fieldError, readForm, readFormRequest, readMultiple } from "../../../http/forms.ts"
import { redirect } from "../../../http/htmx.ts"
import { Router } from "../../../http/router.ts"
import { href } from "../../../routes.ts"
import { EVENT_TYPES, type Webhook, webhooks } from "../../../storage/schema.ts"
import { en } from "../../../text/en.ts"
import { Checkbox, Field } from "../../ui/fields.tsx"
import { Form } from "../../ui/form.tsx"
import { StaffPage } from "../../ui/layout.tsx"
import { RelativeTime } from "../../ui/time.tsx"
import { SettingsTabs } from "../tabs.tsx"

export const webhookRoutes = new Router()

webhookRoutes.serve("webhooks.list", async (c) => {
  const { staff, deps } = c.var
  const { rows } = await listWebhooks(deps, staff)
  const now = deps.now()
  return c.html(
    <StaffPage staff={staff} navItem="Settings" title="Settings" action={<NewWebhookButton />}>
      <SettingsTabs staff={staff} current="Webhooks" />
      <section class="card" aria-label="Webhooks">
        {rows.length === 0 ? (
          <div class="empty-state">
            <p>No webhooks yet. Add one to receive events about your invites in your own systems.</p>
            <NewWebhookButton />
          </div>
        ) : (
          <ul class="list">
            {rows.map((webhook) => (
              <li>
                <div>
                  <a class="emphasis" href={href("webhooks.show", { id: webhook.id })}>
                    {webhook.url}
                  </a>
                  <span class="muted">{webhook.events.join(", ")}</span>
                </div>
                <div>
                  <WebhookStatus webhook={webhook} now={now} />
                </div>
              </li>
            ))}
          </ul>
        )}
      </section>
    </StaffPage>,
  )
})

webhookRoutes.serve("webhooks.new", (c) => {
  const selectedEvents = ["invite.accepted", "invite.bounced", "invite.declined", "invite.expired", "customer.created"]
  return c.html(
    <NewWebhookPage
      staff={c.var.staff}
      form={emptyForm({ form_token: crypto.randomUUID() })}
      selectedEvents={selectedEvents}
    />,
  )
})

webhookRoutes.serve("webhooks.create", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  const selectedEvents = await readMultiple(c, "events")
  const formDeps = { ...deps, request: await readFormRequest(c, staff) }
  const created = await idempotent(formDeps, webhooks, () =>
    createWebhook(formDeps, staff, { url: values.url, events: selectedEvents }),
  )
  if (created.ok) return redirect(c, href("webhooks.show", { id: created.value.row.id }))
  return c.html(
    <NewWebhookPage staff={staff} form={{ values, errors: created.errors }} selectedEvents={selectedEvents} />,
    422,
  )
})

const NewWebhookButton = () => (
  <a class="button" href={href("webhooks.new")}>
    Add webhook
  </a>
)

export function WebhookStatus({ webhook, now }: { webhook: Webhook; now: Date }) {
  if (webhook.disabledAt) {
    return (
      <>
        <span class={`badge ${webhook.disabledReason === "failures" ? "danger" : "neutral"}`}>Disabled</span>
        <span class="muted">
          {webhook.disabledReason === "failures" ? "No successful delivery for 3 days · " : ""}
          <RelativeTime at={webhook.disabledAt} now={now} t={en} />
        </span>
      </>
    )
  }
  if (!webhook.failingSince) return <span class="badge success">Enabled</span>
  return (
    <>
      <span class="badge pending">Failing</span>{" "}
      <span class="muted">
        first failed <RelativeTime at={webhook.failingSince} now={now} t={en} />
      </span>
    </>
  )
}

/** The values of the form and the selected events. */
export type WebhookFormState = { form: FormState; selectedEvents: string[] }

function NewWebhookPage({ staff, form, selectedEvents }: WebhookFormState & { staff: StaffActor }) {
  return (
    <StaffPage staff={staff} navItem="Settings" title="Add webhook">
      <Form class="card card-body stack" action={href("webhooks.create")} novalidate data-submit-once>
        <input type="hidden" name="form_token" value={form.values.form_token} />
        <WebhookFields form={form} selectedEvents={selectedEvents} />
        <div class="buttons">
          <button class="button" type="submit">
            Add webhook
          </button>
          <a href={href("webhooks.list")}>Cancel</a>
        </div>
      </Form>
    </StaffPage>
  )
}

export function WebhookFields({ form, selectedEvents }: WebhookFormState) {
  const error = fieldError(form, "events")
  return (
    <>
      <Field
        form={form}
        name="url"
        label="URL"
        help="Must start with https://. We send events here by POST, signed according to Standard Webhooks."
        autocomplete="off"
        required
      />
      <fieldset aria-describedby={error && "events-hint"}>
        <legend>Events</legend>
        <div class="checkbox-grid">
          {EVENT_TYPES.map((event) => (
            <Checkbox
              id={event}
              name="events"
              isChecked={selectedEvents.includes(event)}
              label={<code>{event}</code>}
            />
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
