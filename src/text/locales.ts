import * as z from "zod"
import { packedLanguages } from "../../.generated/languages.js"
import { isolateParameters } from "./direction.ts"
import { en, type Messages } from "./en.ts"

/** The languages of emails and pages for contacts and members. To add one, write its file and name it here. */
export const LOCALES = ["en", "es", "fr", "de", "pt-BR", "ja"] as const

export type Locale = (typeof LOCALES)[number]

/** A language that emails and pages can be in. */
export const localeField = z.enum(LOCALES, `Use one of: ${LOCALES.join(", ")}.`)

const messagesByLocale = new Map<string, Messages>([
  ["en", en],
  ...Object.entries(packedLanguages).map(([locale, list]): [string, Messages] => [
    locale,
    isolateParameters(unpack(list.values())),
  ]),
])

export function messagesFor(locale: Locale): Messages {
  return messagesByLocale.get(locale) ?? en
}

/** Messages with the keys of English, and their values from a list in the same order (build/languages.ts). */
function unpack(values: Iterator<unknown>): Messages {
  const fill = (branch: object): object =>
    Object.fromEntries(
      Object.entries(branch).map(([key, value]) => [
        key,
        typeof value === "object" && !Array.isArray(value) ? fill(value) : values.next().value,
      ]),
    )
  return fill(en) as Messages
}

/** The language of ours that a language range such as `pt-PT` asks for: the same, or another variety of it. */
export function matchLocale(range: string): Locale | undefined {
  const same = (part: (tag: string) => string) => LOCALES.find((locale) => part(locale) === part(range))
  return same((tag) => tag.toLowerCase()) ?? same((tag) => tag.toLowerCase().split("-")[0] ?? "")
}

/** The name of a language in that language. */
export const localeName = (locale: Locale): string => messagesFor(locale).language.name
