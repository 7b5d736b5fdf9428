import { type FormState, fieldError } from "../../../http/forms.ts"
import { EVENT_TYPES } from "../../../storage/schema.ts"
import type { StaffMessages } from "../../../text/staff/locales.ts"
import { Checkbox, Field } from "../../ui/fields.tsx"

/** The values of the form and the selected events. */
export type WebhookFormState = { form: FormState; selectedEvents: string[] }

/** The fields of a webhook: its URL and its events. */
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
