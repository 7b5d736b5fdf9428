import type { Child } from "hono/jsx"
import { LANGUAGE_NAMES } from "../domain/locales.ts"
import { errorOf, type FormState } from "../http/forms.ts"
import { LOCALES } from "../storage/schema.ts"
import { Select } from "./fields.tsx"

type Props = { form: FormState; label?: string; help: Child }

/** The language that e-mails go out in. */
export function LanguageChoice({ form, label = "Language", help }: Props) {
  return (
    <Select name="locale" label={label} help={help} error={errorOf(form, "locale")}>
      {LOCALES.map((locale) => (
        <option value={locale} lang={locale} selected={form.values.locale === locale}>
          {LANGUAGE_NAMES[locale]}
        </option>
      ))}
    </Select>
  )
}
