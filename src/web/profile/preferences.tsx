import type { FormState } from "../../http/forms.ts"
import { href } from "../../routes.ts"
import { THEMES } from "../../storage/schema.ts"
import type { Messages } from "../../text/en.ts"
import { SaveButton, Select } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"
import { TimeZoneField } from "../ui/time-zone-field.tsx"

/** The part of the profile that the menu of every page leads to. */
export const PREFERENCES_ID = "preferences"

export function PreferencesCard({ t, form }: { t: Messages; form: FormState }) {
  const { title, themeLabel, themes, timeZone, automatic, timeZoneHelp, save } = t.profile.preferences
  return (
    <Form class="card card-body stack" action={href("profile.changePreferences")} id={PREFERENCES_ID} data-submit-once>
      <h2>{title}</h2>
      <Select name="theme" label={themeLabel}>
        {THEMES.map((name) => (
          <option value={name} selected={name === form.values.theme}>
            {themes[name]}
          </option>
        ))}
      </Select>
      <TimeZoneField form={form} label={timeZone} help={timeZoneHelp} placeholder={automatic} />
      <SaveButton label={save} />
    </Form>
  )
}
