import { LANGUAGE_PARAM } from "../../http/switch-language.ts"
import type { Messages } from "../../text/en.ts"
import { LOCALES, localeName } from "../../text/locales.ts"

/** How the switch keeps what the page has: the form whose fields are posted along, or these fields, and the path if it isn't the page's. */
export type SwitchOptions = { formId?: string; fields?: [name: string, value: string][]; path?: string }

/** Buttons that show the page in another language. They come after the form, so that Enter in one of its fields submits the form. */
export function LanguageSwitch({ t, formId, fields = [], path = "" }: SwitchOptions & { t: Messages }) {
  return (
    <form method="post" class="languages" aria-label={t.inviteForm.language}>
      {fields.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      {LOCALES.map((locale) => (
        <button
          class="link"
          type="submit"
          form={formId}
          formaction={`${path}?${LANGUAGE_PARAM}=${locale}`}
          formnovalidate
          lang={locale}
          aria-current={locale === t.language.code ? "true" : undefined}
        >
          {localeName(locale)}
        </button>
      ))}
    </form>
  )
}
