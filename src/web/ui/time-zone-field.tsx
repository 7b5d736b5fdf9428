import type { FormState } from "../../http/forms.ts"
import { Field } from "./fields.tsx"

const LIST_ID = "time-zones"

type TimeZoneFieldProps = { form: FormState; label: string; help: string; placeholder?: string }

/** A field for the name of a time zone. public/app/time-zones.js suggests those that the browser knows. */
export const TimeZoneField = (props: TimeZoneFieldProps) => (
  <>
    <Field name="time_zone" list={LIST_ID} autocomplete="off" {...props} />
    <datalist id={LIST_ID} />
  </>
)
