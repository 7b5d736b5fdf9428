import type { Preferences } from "../../domain/access/actor.ts"
import { href } from "../../routes.ts"
import { THEMES } from "../../storage/schema.ts"
import type { Messages } from "../../text/en.ts"
import { listTimeZones } from "../../text/time-zones.ts"
import { SaveButton, Select } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"

/** The part of the profile that the menu of every page leads to. */
export const PREFERENCES_ID = "preferences"

export function PreferencesCard({ t, theme, chosenTimeZone }: Preferences & { t: Messages }) {
  const { title, themeLabel, themes, timeZone, automatic, timeZoneHelp, save } = t.profile.preferences
  return (
    <Form class="card card-body stack" action={href("profile.changePreferences")} id={PREFERENCES_ID} data-submit-once>
      <h2>{title}</h2>
      <Select name="theme" label={themeLabel}>
        {THEMES.map((name) => (
          <option value={name} selected={name === theme}>
            {themes[name]}
          </option>
        ))}
      </Select>
      <Select name="time_zone" label={timeZone} help={timeZoneHelp}>
        <option value="">{automatic}</option>
        {listTimeZones(chosenTimeZone ?? undefined).map((name) => (
          <option value={name} selected={name === chosenTimeZone}>
            {name}
          </option>
        ))}
      </Select>
      <SaveButton label={save} />
    </Form>
  )
}
