import * as z from "zod"
import { type AddressProblem, EMAIL_MAX, LOCAL_PART_MAX, parseAddress } from "../text/email-address.ts"
import { en } from "../text/en.ts"
import { isVisible } from "../text/invisible.ts"
import { isCountry, isNationalPhone, type PhoneProblem, parsePhone } from "../text/phone.ts"
import { isSandboxAddress } from "../text/sandbox-address.ts"
import { countCharacters, sanitizeLine, sanitizeNote } from "../text/sanitize.ts"
import { staffEn } from "../text/staff/en.ts"
import { isTimeZone, TIME_ZONE_MAX } from "../text/time-zones.ts"
import type { FieldError, FieldErrorCode } from "./failure.ts"

/** How much longer than its limit a text may be as it is sent: room for spaces and line ends that are removed. */
const RAW_FACTOR = 4

/** True for text that can't become one of at most `max` characters. */
const isTooLong = (text: string, max: number): boolean => text.length > max * RAW_FACTOR

/** Text as it is sent, refused before anything reads it if it can't become one of at most `max` characters. */
function rawText(max: number, error: string) {
  const issue = { error: en.fieldErrors.too_long(max), params: { code: "too_long", max } }
  return z.string({ error }).refine((text) => !isTooLong(text, max), { ...issue, abort: true })
}

/** A text of at most `max` characters, counted in code points as SQLite and JSON Schema do. */
function limitedText(max: number) {
  const issue = { error: en.fieldErrors.too_long(max), params: { code: "too_long", max } }
  return z.string().refine((text) => countCharacters(text) <= max, issue)
}

/** One line of text, sanitized. `requiredMessage` is the error for an empty one. */
export function singleLine(requiredMessage: string, max = 100) {
  return rawText(max, requiredMessage)
    .transform(sanitizeLine)
    .pipe(z.string().min(1, requiredMessage).pipe(limitedText(max)))
    .meta({ minLength: 1, maxLength: max })
}

/** Like `singleLine`, but optional: null if it is empty or only spaces. */
export function optionalSingleLine(max = 100) {
  const issue = { error: en.fieldErrors.not_visible, params: { code: "not_visible" } }
  return rawText(max, "Enter text.")
    .nullish()
    .refine((text) => !text || isVisible(text) || /^\s*$/.test(text), issue)
    .transform((text) => sanitizeLine(text ?? "") || null)
    .pipe(limitedText(max).nullable())
    .meta({ maxLength: max })
}

/** Text in paragraphs, sanitized; null if empty. */
export function multiLine(max: number) {
  return rawText(max, "Enter text.")
    .nullish()
    .transform((text) => sanitizeNote(text ?? "") || null)
    .pipe(limitedText(max).nullable())
    .meta({ maxLength: max })
}

/** An email address as people type or paste it, converted to the form that we store. To sign in, it can be a sandbox address. */
export function emailField(requiredMessage: string, { allowsSandbox = false } = {}) {
  return rawText(EMAIL_MAX, requiredMessage)
    .transform((text, context) => {
      const { address, problem = "email_domain" } = parseAddress(text)
      if (address !== undefined && (allowsSandbox || !isSandboxAddress(address))) return address
      context.addIssue({ code: "custom", ...(isVisible(text) ? addressIssue(problem) : { message: requiredMessage }) })
      return z.NEVER
    })
    .meta({ format: "email", maxLength: EMAIL_MAX })
}

function addressIssue(problem: AddressProblem) {
  const { fieldErrors } = en
  switch (problem) {
    case "invalid":
      return { message: fieldErrors.invalid.contact_email }
    case "too_long":
      return { message: fieldErrors.too_long(EMAIL_MAX), params: { code: problem, max: EMAIL_MAX } }
    case "email_local_part_too_long":
      return { message: fieldErrors[problem](LOCAL_PART_MAX), params: { code: problem, max: LOCAL_PART_MAX } }
    default:
      return { message: fieldErrors[problem], params: { code: problem } }
  }
}

const PHONE_MAX = 40
const PHONE_RULE = staffEn.rules.phone

/** What is wrong with a phone number. */
export function phoneError(problem: PhoneProblem): { code: PhoneProblem; detail: string } {
  return { code: problem, detail: problem === "invalid" ? PHONE_RULE : en.fieldErrors[problem] }
}

/**
 * A phone number in E.164 if it has a country code. A number in national form stays as it is: which country it belongs to, only the
 * operation knows (national-phone.ts).
 */
export function phoneField(requiredMessage: string) {
  return rawText(PHONE_MAX, requiredMessage)
    .transform((text, context) => {
      const { number, problem } = parsePhone(text)
      if (number !== undefined) return number
      if (problem === "invalid" && isNationalPhone(text) && countCharacters(text) <= PHONE_MAX) return text
      const { code, detail } = phoneError(problem)
      context.addIssue({ code: "custom", message: isVisible(text) ? detail : requiredMessage, params: { code } })
      return z.NEVER
    })
    .meta({ minLength: 1, maxLength: PHONE_MAX })
}

const COUNTRY_RULE = staffEn.rules.country

/** A country, by its two letters of ISO 3166-1. */
export const countryField = z.string(COUNTRY_RULE).refine(isCountry, COUNTRY_RULE).meta({ pattern: "^[A-Z]{2}$" })

const TIME_ZONE_RULE = staffEn.rules.time_zone

/** A time zone, by its name in the IANA database. */
export const timeZoneField = z
  .string(TIME_ZONE_RULE)
  .refine(isTimeZone, TIME_ZONE_RULE)
  .meta({ minLength: 1, maxLength: TIME_ZONE_MAX })

/** Like `phoneField`, but optional: null if empty. */
export function optionalPhoneField() {
  return rawText(PHONE_MAX, "Enter text.")
    .nullish()
    .transform((text) => (text && isVisible(text) ? text : null))
    .pipe(phoneField(PHONE_RULE).nullable())
    .meta({ maxLength: PHONE_MAX })
}

/** `14`, but not `1e1`: anything that isn't a plain number becomes NaN, which the rules reject. */
export const parseWholeNumber = (text: string) => (/^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN)

/** Validates each field by itself, so that all errors are found at once, and valid values can be used despite errors in others. */
export function validateFields<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
  input: Record<string, unknown>,
): { values: Partial<z.infer<z.ZodObject<S>>>; errors: FieldError[] } {
  const values: Record<string, unknown> = {}
  const errors: FieldError[] = []
  for (const [field, fieldSchema] of Object.entries(schema.shape)) {
    const result = z.safeParse(fieldSchema, input[field])
    if (result.success) values[field] = result.data
    else errors.push(toFieldError(field, input[field], result.error.issues[0]))
  }
  return { values: values as Partial<z.infer<z.ZodObject<S>>>, errors }
}

/** A rule can set its own code as `params.code` of its issue, and with `too_long` the limit as `params.max`. */
function toFieldError(field: string, value: unknown, issue: z.core.$ZodIssue | undefined): FieldError {
  const detail = issue?.message ?? "Check this value."
  const { code, max, word } = issueParams(issue)
  if (code === "not_visible") return { field, code, detail }
  if (code === "too_long" && max !== undefined) return { field, code, detail, max }
  if (value === undefined || (typeof value === "string" && !isVisible(value))) {
    return { field, code: "required", detail }
  }
  if (issue?.code === "too_big" && issue.origin === "string") {
    return { field, code: "too_long", detail, max: Number(issue.maximum) }
  }
  return { field, code, detail, ...(max !== undefined && { max }), ...(word && { word }) }
}

type IssueParams = { code: FieldErrorCode; max?: number; word?: string }

/** The code of an issue, and the limit or the word that it is about. */
export function issueParams(issue: z.core.$ZodIssue | undefined): IssueParams {
  return { code: "invalid", ...(issue?.code === "custom" && issue.params) }
}
