import type { Child } from "hono/jsx"
import { type FormState, fieldError } from "../../http/forms.ts"
import { LOCALE_NAMES, LOCALES } from "../../text/locales.ts"
import { Select } from "./fields.tsx"

type LanguageSelectProps = { form: FormState; label?: string; help: Child }

/** The language that e-mails go out in. */
export function LanguageSelect({ form, label = "Language", help }: LanguageSelectProps) {
  return (
    <Select name="locale" label={label} help={help} error={fieldError(form, "locale")}>
      {LOCALES.map((locale) => (
        <option value={locale} lang={locale} selected={form.values.locale === locale}>
          {LOCALE_NAMES[locale]}
        </option>
      ))}
    </Select>
  )
}
