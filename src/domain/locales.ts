import * as z from "zod"
import { LOCALES, type Locale } from "../storage/schema.ts"

/** Each language by the name that its speakers give it. */
export const LOCALE_NAMES: Record<Locale, string> = { en: "English", de: "Deutsch" }

/** A language that e-mails can be in. */
export const localeField = z.enum(LOCALES, `Use one of: ${LOCALES.join(", ")}.`)
