import * as z from "zod"
import type { ApiKeyActor } from "../domain/access/actor.ts"
import { can } from "../domain/access/permissions.ts"
import { CUSTOMER_SORT_KEYS, getCustomer, listCustomersPage } from "../domain/customers.ts"
import { type Customer as CustomerRow, MEMBER_ROLES } from "../storage/schema.ts"
import { createRoute } from "./api-route.ts"
import { problems } from "./problem-details.ts"
import { ApiHono } from "./router.ts"
import { withSchemaName } from "./schema-name.ts"
import {
  COMMON_ERRORS,
  idParam,
  idSchema,
  jsonResponse,
  listParams,
  listResponse,
  listSchema,
  SORT_KEY,
  sortParam,
  timeParam,
  timestamp,
} from "./schemas.ts"
import { parseSort, sortedRange } from "./sorted-lists.ts"

const Customer = z
  .object({
    id: idSchema("cus"),
    name: z.string().meta({ examples: ["Northwind Logistics"] }),
    billing_account_id: idSchema("bil").nullable().meta({
      description:
        "The billing account, which may have been deleted since. The billing fields are null for a key without `billing:read`.",
    }),
    billing_changed: z.boolean().nullable().meta({
      description:
        "True if the billing account was changed or deleted after the customer was invited, so that staff should review it.",
    }),
    created_at: timestamp.meta({ description: "When the contact accepted the invite." }),
    updated_at: timestamp.meta({ description: "When one of these fields last changed; those of members don't count." }),
  })
  .apply(withSchemaName("Customer"))

const CustomerWithMembers = Customer.extend({
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

function toCustomer(row: CustomerRow, key: ApiKeyActor): z.infer<typeof Customer> {
  const canSeeBilling = can(key, "billing:read")
  return {
    id: row.id,
    name: row.name,
    billing_account_id: canSeeBilling ? row.billingAccountId : null,
    billing_changed: canSeeBilling ? row.billingNeedsReview : null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}

const customerListParams = listParams("cus", SORT_KEY).extend({
  sort: sortParam(
    CUSTOMER_SORT_KEYS,
    "Names are compared without case, accents, punctuation and legal forms such as Inc. or GmbH.",
  ),
  created_after: timeParam("Created at this time or later, in lists by `created_at`."),
  created_before: timeParam("Created before this time, in lists by `created_at`."),
  updated_after: timeParam("Last changed at this time or later, in lists by `updated_at`."),
  updated_before: timeParam("Last changed before this time, in lists by `updated_at`."),
})

const list = createRoute("api.customers.list", {
  operationId: "listCustomers",
  tags: ["Customers"],
  summary: "List customers",
  description: "Newest first, unless `sort` says otherwise. The time that the list is sorted by can limit it.",
  request: { query: customerListParams },
  responses: {
    200: jsonResponse(listSchema("CustomerList", Customer), "A page of customers."),
    ...problems(...COMMON_ERRORS, "invalid_cursor"),
  },
})

const read = createRoute("api.customers.show", {
  operationId: "getCustomer",
  tags: ["Customers"],
  summary: "Get a customer and its members",
  request: { params: idParam("customer") },
  responses: { 200: jsonResponse(CustomerWithMembers, "The customer."), ...problems(...COMMON_ERRORS, "not_found") },
})

export const customerRoutes = new ApiHono()
  .openapi(list, (c) => {
    const { deps, apiKey } = c.var
    const { sort = "-created_at", ...limits } = c.req.valid("query")
    const [by, isDescending] = parseSort(CUSTOMER_SORT_KEYS, sort)
    const range = sortedRange(["created_at", "updated_at"], by, limits)
    return listResponse(
      c,
      (page) => listCustomersPage(deps, apiKey, { ...page, by, isDescending, ...range }),
      (row) => toCustomer(row, apiKey),
    )
  })
  .openapi(read, async (c) => {
    const { customer, invite, members } = await getCustomer(c.var.deps, c.var.apiKey, c.req.valid("param").id)
    const people = members.map(({ joinedAt, ...person }) => ({ ...person, joined_at: joinedAt.toISOString() }))
    return c.json({ ...toCustomer(customer, c.var.apiKey), invite_id: invite?.id ?? null, members: people }, 200)
  })
