import * as z from "zod"
import { CUSTOMER_SORT_KEYS, listCustomersPage } from "../domain/customer-pages.ts"
import { getCustomer } from "../domain/customers.ts"
import { customerIdOf } from "../domain/external-ids.ts"
import { customerFields, updateCustomer } from "../domain/update-customer.ts"
import { MEMBER_ROLES } from "../storage/schema.ts"
import { createRoute } from "./api-route.ts"
import { Customer, toCustomer } from "./customer-schemas.ts"
import { problems } from "./documented-problems.ts"
import { jsonWithEtag } from "./etag.ts"
import { expandedFields, expandParam, toExpandedFields } from "./expansions.ts"
import { unwrap } from "./idempotency-key.ts"
import { EXTERNAL_ID_ORDER, externalIdParam, metadataParam, SORT_KEY, sortParam, timeParam } from "./list-params.ts"
import { throwFieldErrors } from "./problem-details.ts"
import { ApiHono } from "./router.ts"
import { withSchemaName } from "./schema-name.ts"
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  customerParam,
  idSchema,
  ifMatchHeader,
  ifMatchVersions,
  jsonResponse,
  listParams,
  listResponse,
  listSchema,
  mergePatchBody,
  readRawJson,
  timestamp,
} from "./schemas.ts"
import { parseSort, sortedRange } from "./sorted-lists.ts"

const customerExpandParam = expandParam(["billing_account"])

const customerListParams = listParams("cus", SORT_KEY).extend({
  sort: sortParam(
    CUSTOMER_SORT_KEYS,
    `Names are compared without case, accents, punctuation and legal forms such as Inc. or GmbH. ${EXTERNAL_ID_ORDER}`,
  ),
  created_after: timeParam("Created at this time or later, in lists by `created_at`."),
  created_before: timeParam("Created before this time, in lists by `created_at`."),
  updated_after: timeParam("Last changed at this time or later, in lists by `updated_at`."),
  updated_before: timeParam("Last changed before this time, in lists by `updated_at`."),
  billing_changed: z.enum(["true"], "Use true, or leave it out.").optional().meta({
    description:
      "`true`: only customers whose billing account was changed or deleted after they were invited. Needs `billing:read` as well.",
  }),
  external_id: externalIdParam,
  metadata: metadataParam,
  expand: customerExpandParam,
})

const SORT_RULE =
  "Use this order without other filters than the time that it sorts by, or sort by `created_at` or `-created_at`."

/** What the query asks for. Throws field errors for combinations that would have to read the whole list. */
function toCustomerList({
  sort = "-created_at",
  external_id: externalId,
  metadata,
  billing_changed: billingChanged,
  expand,
  ...limits
}: z.output<typeof customerListParams>) {
  const [by, isDescending] = parseSort(CUSTOMER_SORT_KEYS, sort)
  const range = sortedRange(["created_at", "updated_at"], by, limits)
  if (by !== "created_at" && (externalId !== undefined || metadata || billingChanged)) {
    throwFieldErrors([{ field: "sort", code: "invalid", detail: SORT_RULE }])
  }
  return {
    filter: { externalId, metadata, isToReview: billingChanged === "true" },
    order: { by, isDescending, expand, ...range },
  }
}

const ExpandableCustomer = Customer.extend({ billing_account: expandedFields.billing_account }).apply(
  withSchemaName("ExpandableCustomer"),
)

const CustomerWithMembers = ExpandableCustomer.extend({
  invite_id: idSchema("inv").nullable().meta({ description: "The invite that the customer accepted." }),
  members: z.array(
    z.object({
      id: idSchema("usr"),
      name: z.string().meta({ examples: ["Priya Nair"] }),
      email: z.string().meta({ examples: ["priya@northwind.example"] }),
      role: z.enum(MEMBER_ROLES),
      joined_at: timestamp,
    }),
  ),
}).apply(withSchemaName("CustomerWithMembers"))

const list = createRoute("api.customers.list", {
  operationId: "listCustomers",
  tags: ["Customers"],
  summary: "List customers",
  description:
    "Newest first, unless `sort` says otherwise. The time that the list is sorted by can limit it. Lists by `created_at` can have any filters together, lists in another order none.",
  request: { query: customerListParams },
  responses: {
    200: jsonResponse(listSchema("CustomerList", ExpandableCustomer), "A page of customers."),
    ...problems(...COMMON_ERRORS, "invalid_cursor"),
  },
})

const read = createRoute("api.customers.show", {
  operationId: "getCustomer",
  tags: ["Customers"],
  summary: "Get a customer and its members",
  request: { params: customerParam, query: z.object({ expand: customerExpandParam }) },
  responses: {
    200: jsonResponse(CustomerWithMembers, "The customer.", "ETag"),
    ...problems(...COMMON_ERRORS, "not_found"),
  },
})

const CustomerPatch = z
  .strictObject(customerFields.shape)
  .partial()
  .meta({
    description:
      "A JSON merge patch (RFC 7396): omitted fields stay as they are, null clears `external_id`, and null in `metadata` deletes a key.",
  })
  .apply(withSchemaName("CustomerPatch"))

const update = createRoute(
  "api.customers.update",
  {
    operationId: "updateCustomer",
    tags: ["Customers"],
    summary: "Update a customer",
    description: "With `If-Match`, only that version is updated.",
    request: { params: customerParam, headers: ifMatchHeader, body: mergePatchBody(CustomerPatch) },
    responses: {
      200: jsonResponse(Customer, "The updated customer.", "ETag"),
      ...problems(...COMMON_ERRORS, ...BODY_ERRORS, "not_found", "external_id_taken", "version_conflict"),
    },
  },
  { writesByCommit: true },
)

export const customerRoutes = new ApiHono()
  .openapi(list, (c) => {
    const { deps, apiKey } = c.var
    const { filter, order } = toCustomerList(c.req.valid("query"))
    return listResponse(
      c,
      (page) => listCustomersPage(deps, apiKey, { ...page, ...order }, filter),
      (row) => ({ ...toCustomer(row, apiKey), ...toExpandedFields(row, apiKey) }),
    )
  })
  .openapi(read, async (c) => {
    const id = await customerIdOf(c.var.deps, c.var.apiKey, c.req.valid("param").id)
    const { expand } = c.req.valid("query")
    const { customer, invite, members, expanded } = await getCustomer(c.var.deps, c.var.apiKey, id, { expand })
    const people = members.map(({ joinedAt, ...person }) => ({ ...person, joined_at: joinedAt.toISOString() }))
    const fields = { ...toCustomer(customer, c.var.apiKey), ...toExpandedFields(expanded, c.var.apiKey) }
    return jsonWithEtag(c, { ...fields, invite_id: invite?.id ?? null, members: people }, 200, customer.version)
  })
  .openapi(update, async (c) => {
    const { deps, apiKey } = c.var
    const id = await customerIdOf(deps, apiKey, c.req.valid("param").id)
    const row = unwrap(await updateCustomer(deps, apiKey, id, await readRawJson(c), ifMatchVersions(c)))
    return jsonWithEtag(c, toCustomer(row, apiKey), 200, row.version)
  })
