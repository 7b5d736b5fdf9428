import type { Context } from "hono"
import { accepts } from "hono/accepts"
import { en, type Messages } from "../text/en.ts"
import { LOCALES, type Locale, messagesFor } from "../text/locales.ts"
import type { AppEnv } from "./context.ts"

/** The messages of a page without an invite or account: in a language that the browser accepts, otherwise in English. */
export function browserMessages(c: Context<AppEnv>): Messages {
  c.header("Vary", "Accept-Language", { append: true })
  const language = accepts(c, {
    header: "Accept-Language",
    supports: LOCALES,
    default: "en",
    match: (accepted, { supports, default: fallback }) =>
      accepted
        .filter(({ q }) => q > 0)
        .map(({ type }) => supports.find((locale) => locale === primaryLanguage(type)))
        .find((locale) => locale !== undefined) ?? fallback,
  })
  return messagesFor(language as Locale)
}

/** `de-AT` as `de`. */
const primaryLanguage = (tag: string) => tag.toLowerCase().split("-")[0]

/** The messages of an error page: in the member's language, in English for staff, otherwise in the browser's language. */
export function currentMessages(c: Context<AppEnv>): Messages {
  if (c.var.staff) return en
  return c.var.member ? messagesFor(c.var.member.locale) : browserMessages(c)
}
