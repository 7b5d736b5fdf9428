import { en, type Messages } from "../en.ts"
import { isLoaded, type Locale, messagesFor } from "../locales.ts"
import { unpack } from "../packed.ts"
import { type StaffWords, staffEn } from "./en.ts"

/** The languages of the pages and emails for a reseller's staff. */
export const STAFF_LOCALES = ["en", "de"] as const satisfies Locale[]

/** What staff pages and emails say: everything that contacts and members see too, and the words for staff. */
export type StaffMessages = Messages & { staff: StaffWords }

const ENGLISH: StaffMessages = { ...en, staff: staffEn }
let german: StaffMessages | undefined

/** The words for staff in the language of other messages: in English if there are none in it. */
export const staffWordsOf = ({ language }: Pick<Messages, "language">): StaffWords =>
  (language.code === "de" && unpack("staff/de", staffEn)) || staffEn

/** The messages for staff who chose this language: in English if their pages aren't available in it. */
export function staffMessagesFor(locale: Locale): StaffMessages {
  if (locale !== "de" || !isLoaded(locale)) return ENGLISH
  german ??= { ...messagesFor(locale), staff: staffWordsOf(messagesFor(locale)) }
  return german
}
