import * as z from "zod"
import { languageNames } from "../../.generated/languages.js"
import { en, type Messages } from "./en.ts"
import { unpack } from "./packed.ts"

/** The languages of emails and pages for contacts and members. To add one, write its file and name it here. */
export const LOCALES = ["en", "es", "fr", "de", "pt-BR", "ja"] as const

export type Locale = (typeof LOCALES)[number]

/** A language that emails and pages can be in. */
export const localeField = z.enum(LOCALES, `Use one of: ${LOCALES.join(", ")}.`)

/** The messages in a language; in English while those aren't loaded. */
export const messagesFor = (locale: Locale): Messages => (locale === "en" ? en : (unpack(locale, en) ?? en))

export const isLoaded = (locale: Locale): boolean => locale === "en" || unpack(locale, en) !== undefined

/** The language of ours that a language range such as `pt-PT` asks for: the same, or another variety of it. */
export function matchLocale(range: string): Locale | undefined {
  const same = (part: (tag: string) => string) => LOCALES.find((locale) => part(locale) === part(range))
  return same((tag) => tag.toLowerCase()) ?? same((tag) => tag.toLowerCase().split("-")[0] ?? "")
}

/** The name of a language in that language. */
export const localeName = (locale: Locale): string => languageNames[locale] ?? en.language.name
