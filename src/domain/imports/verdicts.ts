import type { FieldError } from "../failure.ts"

/** What a dry run says about a row. Rows with the first two are sent. */
export const VERDICTS = [
  "ready",
  "similar_company",
  "missing_field",
  "invalid_email",
  "invalid_phone",
  "unknown_language",
  "invalid_expiry",
  "too_long",
  "invalid_field",
  "unknown_field",
  "duplicate_row",
  "invite_pending",
  "external_id_taken",
  "already_customer",
  "email_suppressed",
  "billing_account_not_found",
  "billing_phone_mismatch",
] as const

export type Verdict = (typeof VERDICTS)[number]

const SENDABLE: readonly Verdict[] = ["ready", "similar_company"]

/** True if rows with this verdict are sent. */
export const isSendable = (verdict: Verdict) => SENDABLE.includes(verdict)

/** How many rows have each verdict. */
export function countVerdicts(rows: { verdict: Verdict }[]): Partial<Record<Verdict, number>> {
  const counts: Partial<Record<Verdict, number>> = {}
  for (const { verdict } of rows) counts[verdict] = (counts[verdict] ?? 0) + 1
  return counts
}

/** The verdict that an error of a row's field is. */
export function toVerdict({ code, field }: FieldError): Verdict {
  switch (code) {
    case "required":
    case "not_visible":
      return "missing_field"
    case "too_long":
    case "unknown_field":
    case "duplicate_row":
    case "invite_pending":
    case "external_id_taken":
    case "already_customer":
    case "email_suppressed":
    case "billing_account_not_found":
    case "billing_phone_mismatch":
      return code
    default:
      return FIELD_VERDICTS[field] ?? "invalid_field"
  }
}

const FIELD_VERDICTS: Record<string, Verdict> = {
  contact_email: "invalid_email",
  billing_email: "invalid_email",
  billing_phone: "invalid_phone",
  locale: "unknown_language",
  expires_in_days: "invalid_expiry",
}
