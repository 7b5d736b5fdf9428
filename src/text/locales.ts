import * as z from "zod"
import { de } from "./de.ts"
import { en, type Messages } from "./en.ts"
import { fr } from "./fr.ts"
import { ja } from "./ja.ts"

/** The languages of emails and pages for contacts and members. To add one, write its file and name it here. */
const LANGUAGES = { en, de, fr, ja } satisfies Record<string, Messages>

export type Locale = keyof typeof LANGUAGES

export const LOCALES = Object.keys(LANGUAGES) as [Locale, ...Locale[]]

/** A language that emails and pages can be in. */
export const localeField = z.enum(LOCALES, `Use one of: ${LOCALES.join(", ")}.`)

export function messagesFor(locale: Locale): Messages {
  return LANGUAGES[locale]
}

/** The name of a language in that language. */
export const localeName = (locale: Locale): string => LANGUAGES[locale].language.name
