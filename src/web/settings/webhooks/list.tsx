import type { Child } from "hono/jsx"
import type { StaffActor } from "../../../domain/access/actor.ts"
import { idempotent } from "../../../domain/idempotency.ts"
import { createWebhook, listWebhooks } from "../../../domain/webhooks/webhooks.ts"
import { emptyForm, type FormState, fieldError, readForm, readFormRequest, readMultiple } from "../../../http/forms.ts"
import { redirect } from "../../../http/htmx.ts"
import { Router } from "../../../http/router.ts"
import { href } from "../../../routes.ts"
import { EVENT_TYPES, type Webhook, webhooks } from "../../../storage/schema.ts"
import { type StaffMessages, staffMessagesFor } from "../../../text/staff/locales.ts"
import { translateErrors } from "../../ui/field-errors.ts"
import { Checkbox, Field } from "../../ui/fields.tsx"
import { Form } from "../../ui/form.tsx"
import { StaffPage } from "../../ui/layout.tsx"
import { RelativeTime } from "../../ui/time.tsx"
import { SettingsPage } from "../tabs.tsx"

export const webhookRoutes = new Router()

webhookRoutes.serve("webhooks.list", async (c) => {
  const { staff, deps } = c.var
  const { rows } = await listWebhooks(deps, staff)
  const now = deps.now()
  const t = staffMessagesFor(staff.locale)
  const newButton = <NewWebhookButton t={t} />
  return c.html(
    <SettingsPage staff={staff} tab="webhooks" action={newButton}>
      <section class="card" aria-label={t.staff.settings.tabs.webhooks}>
        {rows.length === 0 ? (
          <div class="empty-state">
            <p>{t.staff.webhooks.none}</p>
            {newButton}
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
                  <WebhookStatus {...{ webhook, now, t }} />
                </div>
              </li>
            ))}
          </ul>
        )}
      </section>
    </SettingsPage>,
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
  const form = { values, errors: translateErrors(staffMessagesFor(staff.locale), created.errors) }
  return c.html(<NewWebhookPage {...{ staff, form, selectedEvents }} />, 422)
})

const NewWebhookButton = ({ t }: { t: StaffMessages }) => (
  <a class="button" href={href("webhooks.new")}>
    {t.staff.webhooks.add}
  </a>
)

export function WebhookStatus({ webhook, now, t }: { webhook: Webhook; now: Date; t: StaffMessages }) {
  const { enabled, disabled, failing, disabledReasons, firstFailed } = t.staff.webhooks
  if (webhook.disabledAt) {
    const reason = disabledReasons[webhook.disabledReason ?? "staff"]
    return (
      <>
        <span class={`badge ${reason ? "danger" : "neutral"}`}>{disabled}</span>
        <span class="muted">
          {reason && `${reason} · `}
          <RelativeTime at={webhook.disabledAt} {...{ now, t }} />
        </span>
      </>
    )
  }
  if (!webhook.failingSince) return <span class="badge success">{enabled}</span>
  return (
    <>
      <span class="badge pending">{failing}</span>{" "}
      <span class="muted">{firstFailed<Child>(<RelativeTime at={webhook.failingSince} {...{ now, t }} />)}</span>
    </>
  )
}

/** The values of the form and the selected events. */
export type WebhookFormState = { form: FormState; selectedEvents: string[] }

function NewWebhookPage({ staff, form, selectedEvents }: WebhookFormState & { staff: StaffActor }) {
  const t = staffMessagesFor(staff.locale)
  const { add } = t.staff.webhooks
  return (
    <StaffPage staff={staff} navItem="Settings" title={add}>
      <Form class="card card-body stack" action={href("webhooks.create")} novalidate data-submit-once>
        <input type="hidden" name="form_token" value={form.values.form_token} />
        <WebhookFields {...{ form, selectedEvents, t }} />
        <div class="buttons">
          <button class="button" type="submit">
            {add}
          </button>
          <a href={href("webhooks.list")}>{t.layout.cancel}</a>
        </div>
      </Form>
    </StaffPage>
  )
}

export function WebhookFields({ form, selectedEvents, t }: WebhookFormState & { t: StaffMessages }) {
  const { url, urlHelp, events } = t.staff.webhooks
  const error = fieldError(form, "events")
  return (
    <>
      <Field form={form} name="url" label={url} help={urlHelp} autocomplete="off" required />
      <fieldset aria-describedby={error && "events-hint"}>
        <legend>{events}</legend>
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
