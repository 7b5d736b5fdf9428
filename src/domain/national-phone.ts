import { eq } from "drizzle-orm"
import { type Reseller, resellers } from "../storage/schema.ts"
import { type Country, DEFAULT_COUNTRY, parsePhone } from "../text/phone.ts"
import type { Deps } from "./deps.ts"
import type { FieldError } from "./failure.ts"
import { phoneError } from "./validation.ts"

type Validated<Values> = { values: Values; errors: FieldError[] }

const E164 = /^\+\d+$/

/** Converts a phone number that `phoneField` left in national form to E.164, or adds an error for it. */
export function readPhone<Name extends string, Values extends { [Field in Name]?: string | null | undefined }>(
  { values, errors }: Validated<Values>,
  field: Name,
  country: Country,
): Validated<Values> {
  const text = values[field]
  if (!text || E164.test(text)) return { values, errors }
  const { number, problem } = parsePhone(text, country)
  if (number !== undefined) return { values: { ...values, [field]: number }, errors }
  return { values: { ...values, [field]: undefined }, errors: [...errors, { field, ...phoneError(problem) }] }
}

/** Like `readPhone`, in the reseller's country, which is only read if the number needs it. */
export async function readResellerPhone<
  Name extends string,
  Values extends { [Field in Name]?: string | null | undefined },
>(
  { db, read }: Pick<Deps, "db" | "read">,
  reseller: Reseller | Pick<Reseller, "id">,
  validated: Validated<Values>,
  field: Name,
): Promise<Validated<Values>> {
  const text = validated.values[field]
  if (!text || E164.test(text)) return validated
  if ("country" in reseller) return readPhone(validated, field, reseller.country)
  const [[row]] = await read([
    db.select({ country: resellers.country }).from(resellers).where(eq(resellers.id, reseller.id)),
  ])
  return readPhone(validated, field, row?.country ?? DEFAULT_COUNTRY)
}
