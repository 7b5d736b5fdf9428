import type { FormEntry } from "../../http/shown-again.ts"
import { LANGUAGE_PARAM } from "../../http/switch-language.ts"
import type { Messages } from "../../text/en.ts"
import { LOCALES, type Locale, localeName } from "../../text/locales.ts"
import { Form, HiddenFields, SubmitTo } from "./form.tsx"

/** How the switch keeps what the page has: the form whose fields are posted along, or these fields, and the path if it isn't the page's. */
export type SwitchOptions = {
  formId?: string | undefined
  fields?: FormEntry[]
  path?: string
}

type LanguageSwitchProps = SwitchOptions & {
  t: Messages
  isInMenu?: boolean
  locales?: readonly Locale[]
  /** The form, if it comes after the switch: script makes the buttons belong to it once they are pressed. */
  laterFormId?: string | undefined
}

/**
 * Buttons that show the page in another language. They come after the form, so that Enter in one of its fields submits the form, or
 * don't belong to it without script.
 */
export function LanguageSwitch({
  t,
  formId,
  laterFormId,
  fields = [],
  path = "",
  locales = LOCALES,
  isInMenu = false,
}: LanguageSwitchProps) {
  const target = (locale: string) => `${path}?${LANGUAGE_PARAM}=${locale}`
  return (
    <Form
      class={isInMenu ? "choices" : "languages"}
      action={target(t.language.code)}
      aria-label={t.inviteForm.language}
    >
      <HiddenFields fields={fields} />
      {locales.map((locale) => (
        <SubmitTo
          class={isInMenu ? undefined : "link"}
          form={formId}
          data-form={laterFormId}
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
