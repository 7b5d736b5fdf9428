import type { Child } from "hono/jsx"
import type { StaffActor } from "../../domain/access/actor.ts"
import type { FormError, FormState } from "../../http/forms.ts"
import { fieldError } from "../../http/forms.ts"
import { formatAppointment } from "../../text/dates.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { instantOf, nextWorkingMorning } from "../../text/wall-clock.ts"
import { Field } from "../ui/fields.tsx"

/** What a form says of when to send the email. It isn't an instant if it is wrong. */
type SendTime = { isLater: false } | { isLater: true; at: ReturnType<typeof instantOf> }

/** Reads the choice of `SendTimeFields`, in the reseller's time zone. */
export function readSendTime({ send, send_at = "" }: Record<string, string>, staff: StaffActor, now: Date): SendTime {
  const { timeZone } = staff.reseller
  if (send === "working_day") return { isLater: true, at: nextWorkingMorning(now, timeZone) }
  if (send === "at") return { isLater: true, at: instantOf(send_at, timeZone) }
  return { isLater: false }
}

/** The choice as the domain takes it. A time that is wrong stays so, to be refused with all other fields. */
export function toSendAtInput(sendTime: SendTime): { send_at?: string } {
  if (!sendTime.isLater) return {}
  return { send_at: sendTime.at instanceof Date ? sendTime.at.toISOString() : sendTime.at }
}

/** Says of a wrong time what is wrong with it in a form, where it has no offset. */
export function explainSendTime(sendTime: SendTime, errors: FormError[], staff: StaffActor): FormError[] {
  if (!sendTime.isLater || sendTime.at instanceof Date) return errors
  const { skipped, missing } = staffMessagesFor(staff.locale).staff.invites.schedule
  const detail = sendTime.at === "skipped" ? skipped(staff.reseller.timeZone) : missing
  return errors.map((error) => (error.field === "send_at" ? { ...error, detail } : error))
}

type SendTimeFieldsProps = { staff: StaffActor; form: FormState; now: Date; t: StaffMessages }

/** The choice of when to send the email: now, on the next working day, or at a time. public/css/forms.css shows the input for that time. */
export function SendTimeFields({ staff, form, now, t }: SendTimeFieldsProps) {
  const { timeZone } = staff.reseller
  const { legend, now: sendNow, workingDay, chosenTime, time } = t.staff.invites.schedule
  const morning = formatAppointment(t, nextWorkingMorning(now, timeZone), { now, timeZone })
  const chosen = ["working_day", "at"].find((value) => value === form.values.send) ?? "now"
  const { summary } = t.staff.invites.form
  const choice = (value: "now" | "working_day" | "at", label: string, help?: Child) => (
    <div class="form-check">
      <input
        type="radio"
        id={`send-${value}`}
        name="send"
        value={value}
        checked={value === chosen}
        data-summary={summary[value]}
        aria-describedby={help ? `send-${value}-hint` : undefined}
      />
      <div>
        <label for={`send-${value}`}>{label}</label>
        {help && (
          <p class="muted" id={`send-${value}-hint`}>
            {help}
          </p>
        )}
      </div>
    </div>
  )
  const error = chosen !== "at" && fieldError(form, "send_at")
  return (
    <fieldset class="radio-group send-time">
      <legend>{legend}</legend>
      {choice("now", sendNow)}
      {choice("working_day", workingDay, morning)}
      {choice("at", chosenTime)}
      {error && <p class="error">{error.detail}</p>}
      <Field
        form={error ? { ...form, errors: [] } : form}
        name="send_at"
        type="datetime-local"
        label={time(timeZone)}
      />
    </fieldset>
  )
}

/** What the button that sends says: that it sends now, or later. public/css/forms.css shows what is chosen. */
export function SendButtonLabel({ t }: { t: StaffMessages }) {
  return (
    <>
      <span class="if-now">{t.inviteForm.send}</span>
      <span class="if-later">{t.staff.invites.schedule.submit}</span>
    </>
  )
}
