import type { StaffActor } from "../../../domain/access/actor.ts"
import { idempotent } from "../../../domain/idempotency.ts"
import { createWebhook } from "../../../domain/webhooks/webhooks.ts"
import { emptyForm, readForm, readFormRequest, readMultiple } from "../../../http/forms.ts"
import { redirect } from "../../../http/htmx.ts"
import { Router } from "../../../http/router.ts"
import { href } from "../../../routes.ts"
import { webhooks } from "../../../storage/schema.ts"
import { staffMessagesFor } from "../../../text/staff/locales.ts"
import { translateErrors } from "../../ui/field-errors.ts"
import { flash } from "../../ui/flash.tsx"
import { Form } from "../../ui/form.tsx"
import { StaffPage } from "../../ui/layout.tsx"
import { WebhookFields, type WebhookFormState } from "./fields.tsx"

export const newWebhookRoutes = new Router()

newWebhookRoutes.serve("webhooks.new", (c) => {
  const selectedEvents = ["invite.accepted", "invite.bounced", "invite.declined", "invite.expired", "customer.created"]
  return c.html(
    <NewWebhookPage
      staff={c.var.staff}
      form={emptyForm({ form_token: crypto.randomUUID() })}
      selectedEvents={selectedEvents}
    />,
  )
})

newWebhookRoutes.serve("webhooks.create", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  const selectedEvents = await readMultiple(c, "events")
  const formDeps = { ...deps, request: await readFormRequest(c, staff) }
  const created = await idempotent(formDeps, webhooks, () =>
    createWebhook(formDeps, staff, { url: values.url, events: selectedEvents }),
  )
  if (created.ok) return redirect(c, href("webhooks.show", { id: created.value.row.id }, flash("webhook_created")))
  const form = { values, errors: translateErrors(staffMessagesFor(staff.locale), created.errors) }
  return c.html(<NewWebhookPage {...{ staff, form, selectedEvents }} />, 422)
})

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
