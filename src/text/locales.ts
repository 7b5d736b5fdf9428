import * as z from "zod"

/** The languages of e-mails and pages for contacts and members. */
export const LOCALES = ["en", "de"] as const
export type Locale = (typeof LOCALES)[number]

/** Each language by the name that its speakers give it. */
export const LOCALE_NAMES: Record<Locale, string> = { en: "English", de: "Deutsch" }

/** A language that e-mails can be in. */
export const localeField = z.enum(LOCALES, `Use one of: ${LOCALES.join(", ")}.`)
