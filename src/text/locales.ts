import * as z from "zod"
import { de } from "./de.ts"
import { en, type Messages } from "./en.ts"
import { es } from "./es.ts"
import { fr } from "./fr.ts"
import { ja } from "./ja.ts"
import { ptBr } from "./pt-br.ts"

/** The languages of emails and pages for contacts and members. To add one, write its file and name it here. */
const LANGUAGES = { en, es, fr, de, "pt-BR": ptBr, ja } satisfies Record<string, Messages>

export type Locale = keyof typeof LANGUAGES

export const LOCALES = Object.keys(LANGUAGES) as [Locale, ...Locale[]]

/** A language that emails and pages can be in. */
export const localeField = z.enum(LOCALES, `Use one of: ${LOCALES.join(", ")}.`)

export function messagesFor(locale: Locale): Messages {
  return LANGUAGES[locale]
}

/** The language of ours that a language range such as `pt-PT` asks for: the same, or another variety of it. */
export function matchLocale(range: string): Locale | undefined {
  const same = (part: (tag: string) => string) => LOCALES.find((locale) => part(locale) === part(range))
  return same((tag) => tag.toLowerCase()) ?? same((tag) => tag.toLowerCase().split("-")[0] ?? "")
}

/** The name of a language in that language. */
export const localeName = (locale: Locale): string => LANGUAGES[locale].language.name
