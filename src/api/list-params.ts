import * as z from "zod"
import type { FieldError } from "../domain/failure.ts"
import { sanitizeLine } from "../text/sanitize.ts"
import { throwFieldErrors } from "./problem-details.ts"

/** A filter of lists by external id. */
export const externalIdParam = z
  .string()
  .transform(sanitizeLine)
  .pipe(z.string().min(1, "Enter the external ID to find."))
  .optional()
  .meta({ minLength: 1, description: "The `external_id`, exactly." })

/** How lists are sorted by `external_id`. */
export const EXTERNAL_ID_ORDER =
  "Lists by `external_id` leave out what has none, and compare it character by character: `crm-10` comes before `crm-2`."

const METADATA_FILTERS_MAX = 5
const METADATA_FILTER_RULE = `Filter by up to ${METADATA_FILTERS_MAX} keys, each with a value, such as metadata[plan]=gold.`

/** A filter of lists by values of metadata. `strictQuery` reads `metadata[key]=value` as an object. */
export const metadataParam = z
  .record(z.string(), z.string(METADATA_FILTER_RULE), METADATA_FILTER_RULE)
  .transform((metadata) =>
    Object.fromEntries(Object.entries(metadata).map(([key, value]) => [sanitizeLine(key), sanitizeLine(value)])),
  )
  .refine((metadata) => {
    const entries = Object.entries(metadata)
    return entries.length <= METADATA_FILTERS_MAX && entries.every(([key, value]) => key && value)
  }, METADATA_FILTER_RULE)
  .optional()
  .meta({
    param: { in: "query", name: "metadata", style: "deepObject", explode: true },
    description: `Values that keys of \`metadata\` have, exactly: \`metadata[plan]=gold\`, up to ${METADATA_FILTERS_MAX}.`,
    examples: [{ plan: "gold" }],
  })

/** Pattern: in the cursor of a list that is sorted by a value which can change, that value follows the id, in base64url. */
export const SORT_KEY = "(\\.[\\w-]{0,2000})?"

/** A query parameter that is a time. */
export const timeParam = (description: string) =>
  z.iso
    .datetime({ offset: true, error: "Use a time such as 2026-11-24T10:00:00Z." })
    .transform((text) => new Date(text))
    .optional()
    .meta({ description: `${description} RFC 3339.`, examples: ["2026-11-24T10:00:00Z"] })

/** The query parameter for one of these orders, each of which can be reversed by a minus. */
export function sortParam<K extends string>(keys: readonly K[], description: string) {
  const sorts = keys.flatMap((key) => [key, `-${key}`] as const)
  return z
    .enum(sorts, `Use one of: ${sorts.join(", ")}.`)
    .optional()
    .meta({ default: "-created_at", description: `The order; with a minus, descending. ${description}` })
}

/** Throws field errors for the filters whose ids are unknown. `params` are the parameters of these filters. */
export function requireKnownIds<F extends string>(unknownIds: F[] = [], params: Record<F, string>): void {
  const errors = unknownIds.map(
    (name): FieldError => ({ field: params[name], code: "not_found", detail: "There is nothing with this id." }),
  )
  if (errors.length > 0) throwFieldErrors(errors)
}
