import * as z from "zod"
import type { FieldError } from "../../domain/failure.ts"
import type { IdFilter } from "../../domain/invites/list.ts"
import type { InviteFilter } from "../../domain/invites/listed-invite.ts"
import type { InvitePageRequest } from "../../domain/invites/page-queries.ts"
import { SEARCH_MAX, searchWords } from "../../domain/invites/search-text.ts"
import { INVITE_SORT_KEYS } from "../../domain/invites/sorted-page.ts"
import { emailField } from "../../domain/validation.ts"
import { EMAIL_STATUSES, INVITE_STATUSES } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import { countCharacters } from "../../text/sanitize.ts"
import { expandParam } from "../expansions.ts"
import { EXTERNAL_ID_ORDER, externalIdParam, metadataParam, SORT_KEY, sortParam, timeParam } from "../list-params.ts"
import { throwFieldErrors } from "../problem-details.ts"
import { listParams } from "../schemas.ts"
import { limitErrors, parseSort, sortedRange } from "../sorted-lists.ts"

export const inviteExpandParam = expandParam(["customer", "billing_account"])

const SEARCH_RULE = "Use at least one letter, digit or sign."

export const inviteListParams = listParams("inv", SORT_KEY).extend({
  sort: sortParam(
    ["created_at", ...INVITE_SORT_KEYS],
    `Names are compared without case, accents, punctuation and legal forms such as Inc. or GmbH. Lists by \`accepted_at\` have accepted invites only. ${EXTERNAL_ID_ORDER}`,
  ),
  expand: inviteExpandParam,
  invited_by: z
    .string()
    .regex(/^(usr|key)_[0-9a-z]{26}$/, "Use the id of a staff user or an API key.")
    .optional()
    .meta({ description: "The id of the staff user or API key that created the invite." }),
  created_after: timeParam("Created at this time or later."),
  created_before: timeParam("Created before this time."),
  updated_after: timeParam("Last changed at this time or later, in lists by `updated_at`."),
  updated_before: timeParam("Last changed before this time, in lists by `updated_at`."),
  accepted_after: timeParam("Accepted at this time or later, in lists by `accepted_at`."),
  accepted_before: timeParam("Accepted before this time, in lists by `accepted_at`."),
  contact_email: emailField("Enter an email address.")
    .optional()
    .meta({ description: "The contact's address, in full. Case doesn't count." }),
  status: z.enum(INVITE_STATUSES, `Use one of: ${INVITE_STATUSES.join(", ")}.`).optional(),
  email_status: z.enum(EMAIL_STATUSES, `Use one of: ${EMAIL_STATUSES.join(", ")}.`).optional(),
  billing_account_id: z
    .string()
    .regex(/^bil_[0-9a-z]{26}$/, "Use the id of a billing account.")
    .optional()
    .meta({ description: "The id of a billing account. Needs `billing:read` as well." }),
  external_id: externalIdParam,
  metadata: metadataParam,
  q: z
    .string()
    .refine((text) => countCharacters(text) <= SEARCH_MAX, {
      error: en.fieldErrors.too_long(SEARCH_MAX),
      abort: true,
    })
    .refine((text) => searchWords(text).length > 0, SEARCH_RULE)
    .optional()
    .meta({
      maxLength: SEARCH_MAX,
      description:
        "Words to find anywhere in the company name, contact name, email address, `external_id`, or the first 100 characters of a value in `metadata`. An invite must contain all of them. Case, accents, width, invisible characters and punctuation around words don't count; an international domain is found in its script and in Punycode. With very common words, a page can have fewer items than `limit`, or none, although others follow: continue with `next_cursor` until it is null.",
    }),
})

/** The parameters with ids that the reseller must have. */
export const ID_PARAMS: Record<IdFilter, string> = { billingAccountId: "billing_account_id", invitedBy: "invited_by" }

type Query = z.output<typeof inviteListParams>

/** What the query asks for. Throws field errors for combinations that would have to read the whole list. */
export function toInviteList(query: Query): { filter: InviteFilter; order: Partial<InvitePageRequest> } {
  const { status, sort = "-created_at", contact_email: contactEmail } = query
  const [key, isDescending] = parseSort(["created_at", ...INVITE_SORT_KEYS], sort)
  const by = INVITE_SORT_KEYS.find((name) => name === key)
  const errors = limitErrors(["updated_at", "accepted_at"], key, query)
  const others = {
    emailStatus: query.email_status,
    billingAccountId: query.billing_account_id,
    search: query.q,
    invitedBy: query.invited_by,
    externalId: query.external_id,
    metadata: query.metadata,
    createdAfter: query.created_after,
    createdBefore: query.created_before,
  }
  const hasOthers = Object.values(others).some((value) => value !== undefined)
  if (contactEmail && (hasOthers || by)) errors.push(invalid("contact_email", ADDRESS_RULE))
  else if (by && hasOthers) errors.push(invalid("sort", SORT_RULE))
  if (key === "accepted_at" && status && status !== "accepted") errors.push(invalid("status", ACCEPTED_RULE))
  if (errors.length > 0) throwFieldErrors(errors)
  const filter = { ...others, status, contactEmail }
  if (!by) return { filter, order: { isOldestFirst: !isDescending } }
  const range = sortedRange(["updated_at", "accepted_at"], by, query)
  return { filter, order: { sort: { by, isDescending, ...range } } }
}

const ADDRESS_RULE = "Use this filter with `status` at most, and sort by `created_at` or `-created_at`."
const SORT_RULE =
  "Use this order with a filter by `status` and the time that it sorts by at most, or sort by `created_at` or `-created_at`."
const ACCEPTED_RULE = "Lists by `accepted_at` have accepted invites only."

const invalid = (field: string, detail: string): FieldError => ({ field, code: "invalid", detail })
