import type { FormEntry } from "../../http/shown-again.ts"
import { LANGUAGE_PARAM } from "../../http/switch-language.ts"
import type { Messages } from "../../text/en.ts"
import { LOCALES, type Locale, localeName } from "../../text/locales.ts"
import { Form, HiddenFields, SubmitTo } from "./form.tsx"

/** How the switch keeps what the page has: the form whose fields are posted along, or these fields, and the path if it isn't the page's. */
export type SwitchOptions = {
  formId?: string
  fields?: FormEntry[]
  path?: string
  locales?: readonly Locale[]
}

/** Buttons that show the page in another language. They come after the form, so that Enter in one of its fields submits the form. */
export function LanguageSwitch({
  t,
  formId,
  fields = [],
  path = "",
  locales = LOCALES,
}: SwitchOptions & { t: Messages }) {
  const target = (locale: string) => `${path}?${LANGUAGE_PARAM}=${locale}`
  return (
    <Form class="languages" action={target(t.language.code)} aria-label={t.inviteForm.language}>
      <HiddenFields fields={fields} />
      {locales.map((locale) => (
        <SubmitTo
          class="link"
          form={formId}
          action={target(locale)}
          formnovalidate
          lang={locale}
          aria-current={locale === t.language.code ? "true" : undefined}
        >
          {localeName(locale)}
        </SubmitTo>
      ))}
    </Form>
  )
}
