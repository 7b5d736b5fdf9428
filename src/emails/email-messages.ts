import type { Messages } from "../text/en.ts"
import { isLoaded, type Locale, messagesFor } from "../text/locales.ts"
import { type StaffMessages, staffMessagesFor } from "../text/staff/locales.ts"

/** The messages in the language of an email. Throws while they aren't loaded, so that it is sent again later, and not in English. */
export function emailMessagesFor(locale: Locale): Messages {
  requireMessages(locale)
  return messagesFor(locale)
}

export function staffEmailMessagesFor(locale: Locale): StaffMessages {
  requireMessages(locale)
  return staffMessagesFor(locale)
}

function requireMessages(locale: Locale) {
  if (!isLoaded(locale)) throw new Error(`the messages in ${locale} aren't loaded`)
}
