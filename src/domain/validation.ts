import * as z from "zod"
import { en } from "../text/en.ts"
import { isVisible } from "../text/invisible.ts"
import { toE164 } from "../text/phone.ts"
import { countCharacters, normalizeEmail, sanitizeLine, sanitizeLines } from "../text/sanitize.ts"
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

/** Like `singleLine`, but optional: null if empty. */
export function optionalSingleLine(max = 100) {
  return rawText(max, "Enter text.")
    .nullish()
    .transform((text) => sanitizeLine(text ?? "") || null)
    .pipe(limitedText(max).nullable())
    .meta({ maxLength: max })
}

/** Several lines of text, sanitized; null if empty. */
export function multiLine(max: number) {
  return rawText(max, "Enter text.")
    .nullish()
    .transform((text) => sanitizeLines(text ?? "") || null)
    .pipe(limitedText(max).nullable())
    .meta({ maxLength: max })
}

const EMAIL_MAX = 254 // RFC 5321, 4.5.3.1.3, without the angle brackets

/** An email address, trimmed and in lowercase. */
export function emailField(requiredMessage: string) {
  return rawText(EMAIL_MAX, requiredMessage)
    .transform(normalizeEmail)
    .pipe(
      z
        .string()
        .min(1, requiredMessage)
        .max(EMAIL_MAX, en.fieldErrors.too_long(EMAIL_MAX))
        .pipe(z.email(en.fieldErrors.invalid.contact_email)),
    )
    .meta({ format: "email", maxLength: EMAIL_MAX })
}

const PHONE_MAX = 40
const PHONE_RULE = "Enter a phone number with country code, such as +1 415 555 0132."

/** A phone number, converted to E.164. */
export function phoneField(requiredMessage: string) {
  return z
    .string({ error: requiredMessage })
    .trim()
    .min(1, requiredMessage)
    .max(PHONE_MAX, PHONE_RULE)
    .transform((text, context) => {
      const number = toE164(text)
      if (number) return number
      context.addIssue(PHONE_RULE)
      return z.NEVER
    })
    .meta({ maxLength: PHONE_MAX })
}

/** Like `phoneField`, but optional: null if empty. */
export function optionalPhoneField() {
  return z
    .string("Enter text.")
    .nullish()
    .transform((text) => text?.trim() || null)
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
  if (value === undefined || (typeof value === "string" && !isVisible(value))) {
    return { field, code: "required", detail }
  }
  if (issue?.code === "too_big" && issue.origin === "string") {
    return { field, code: "too_long", detail, max: Number(issue.maximum) }
  }
  const params: { code?: FieldErrorCode; max?: number } = (issue?.code === "custom" && issue.params) || {}
  return { field, code: params.code ?? "invalid", detail, ...(params.max !== undefined && { max: params.max }) }
}
