import type { Context } from "hono"
import { accepts } from "hono/accepts"
import type { Messages } from "../text/en.ts"
import { LOCALES, type Locale, matchLocale, messagesFor } from "../text/locales.ts"
import { staffMessagesFor } from "../text/staff/locales.ts"
import type { AppEnv } from "./context.ts"
import { readPrivateCookie } from "./private-cookies.ts"
import { shownAgain } from "./shown-again.ts"

/**
 * The messages of a page for someone who isn't signed in: in the language that they chose, otherwise in that of the invite that the
 * page is about, otherwise in one that the browser accepts, otherwise in English.
 */
export function browserMessages(c: Context<AppEnv>): Messages {
  return messagesFor(chosenLocale(c) ?? c.var.inviteLocale ?? acceptedLocale(c))
}

/** The same for a page about an invite. */
export function inviteMessages(c: Context<AppEnv>, { locale }: { locale: Locale }): Messages {
  c.set("inviteLocale", locale)
  return browserMessages(c)
}

/** The language that the visitor chose in this browser. */
export function chosenLocale(c: Context<AppEnv>): Locale | undefined {
  if (!c.var.deps) return undefined // the settings are invalid
  const chosen = shownAgain(c)?.locale ?? readPrivateCookie(c, "language")
  return LOCALES.find((locale) => locale === chosen)
}

function acceptedLocale(c: Context<AppEnv>): Locale {
  c.header("Vary", "Accept-Language", { append: true })
  const accepted = accepts(c, {
    header: "Accept-Language",
    supports: [...LOCALES],
    default: "en",
    match: (ranges, { default: fallback }) => {
      const wanted = ranges.filter(({ q }) => q > 0).map(({ type }) => matchLocale(type))
      return wanted.find((locale) => locale !== undefined) ?? fallback
    },
  })
  return accepted as Locale
}

/** The messages of an error page: in a signed-in person's language, otherwise as for any visitor. */
export function currentMessages(c: Context<AppEnv>): Messages {
  if (c.var.staff) return staffMessagesFor(c.var.staff.locale)
  return c.var.sessionUser ? messagesFor(c.var.sessionUser.user.locale) : browserMessages(c)
}
