import * as z from "zod"
import type { FieldError } from "./failure.ts"
import { toE164 } from "./phone.ts"
import { harmlessLines, normalEmail, oneLine } from "./text.ts"

/** One line of text a person typed, made harmless; `missing` is what to say when it is empty. */
export function line(missing: string, max = 100) {
  return z
    .string({ error: missing })
    .transform(oneLine)
    .pipe(z.string().min(1, missing).max(max, `Use ${max} characters or fewer.`))
    .meta({ minLength: 1, maxLength: max })
}

/** Like `line`, but may be left empty: then null. */
export function optionalLine(max = 100) {
  return z
    .string("Write this as text.")
    .nullish()
    .transform((text) => oneLine(text ?? "") || null)
    .pipe(z.string().max(max, `Use ${max} characters or fewer.`).nullable())
    .meta({ maxLength: max })
}

/** Text of several lines, each made harmless; empty means none: null. */
export function textBlock(max: number) {
  return z
    .string("Write this as text.")
    .nullish()
    .transform((text) => harmlessLines(text ?? "") || null)
    .pipe(z.string().max(max, `Use ${max} characters or fewer.`).nullable())
    .meta({ maxLength: max })
}

const EMAIL_MAX = 254 // RFC 5321, 4.5.3.1.3, less the angle brackets

/** An e-mail address, trimmed and in lower case. */
export function emailAddress(missing: string) {
  return z
    .string({ error: missing })
    .transform(normalEmail)
    .pipe(
      z
        .string()
        .min(1, missing)
        .max(EMAIL_MAX, `Use ${EMAIL_MAX} characters or fewer.`)
        .pipe(z.email("This is not an e-mail address. It looks like name@company.com.")),
    )
    .meta({ format: "email", maxLength: EMAIL_MAX })
}

const PHONE_MAX = 40
const PHONE_RULE = "This is not a phone number. It looks like +1 415 555 0132."

/** A phone number, kept in E.164. */
export function phoneNumber(missing: string) {
  return z
    .string({ error: missing })
    .trim()
    .min(1, missing)
    .max(PHONE_MAX, PHONE_RULE)
    .transform((typed, context) => {
      const number = toE164(typed)
      if (number) return number
      context.addIssue(PHONE_RULE)
      return z.NEVER
    })
    .meta({ maxLength: PHONE_MAX })
}

/** Like `phoneNumber`, but may be left empty: then null. */
export function optionalPhone() {
  return z
    .string("Write this as text.")
    .nullish()
    .transform((typed) => typed?.trim() || null)
    .pipe(phoneNumber(PHONE_RULE).nullable())
    .meta({ maxLength: PHONE_MAX })
}

/** Checks each field by itself, so that one message a field is found at once and what is right can be used already. */
export function checkFields<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
  input: Record<string, unknown>,
): { values: Partial<z.infer<z.ZodObject<S>>>; errors: FieldError[] } {
  const values: Record<string, unknown> = {}
  const errors: FieldError[] = []
  for (const [field, rule] of Object.entries(schema.shape)) {
    const checked = z.safeParse(rule, input[field])
    if (checked.success) values[field] = checked.data
    else
      errors.push({ field, code: fieldCode(input[field]), detail: checked.error.issues[0]?.message ?? "Check this." })
  }
  return { values: values as Partial<z.infer<z.ZodObject<S>>>, errors }
}

function fieldCode(value: unknown): string {
  return value === undefined || (typeof value === "string" && value.trim() === "") ? "required" : "invalid"
}
