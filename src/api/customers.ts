import * as z from "zod"
import { type ApiKeyActor, may } from "../domain/actor.ts"
import { findCustomer, pageOfCustomers } from "../domain/customers.ts"
import { type Customer as CustomerRow, MEMBER_ROLES } from "../storage/schema.ts"
import { ApiHono, createRoute } from "./api-hono.ts"
import { keyed } from "./key-guard.ts"
import { named } from "./named.ts"
import { problems } from "./problems.ts"
import { ANY_CALL, idOf, json, listOf, listQuery, pathId, time } from "./shapes.ts"

const Customer = z
  .object({
    id: idOf("cus"),
    name: z.string().meta({ examples: ["Northwind Logistics"] }),
    billing_account_id: idOf("bil")
      .nullable()
      .meta({ description: "The billing fields are null to a key without `billing:read`." }),
    billing_changed: z.boolean().nullable().meta({
      description:
        "True when the billing account is no longer the one that the invite was made with: staff should check.",
    }),
    created_at: time.meta({ description: "When the contact accepted." }),
  })
  .apply(named("Customer"))

const CustomerWithMembers = Customer.extend({
  invite_id: idOf("inv").nullable().meta({ description: "The invite that it came of." }),
  members: z.array(
    z.object({
      id: idOf("usr"),
      name: z.string().meta({ examples: ["Priya Nair"] }),
      email: z.string().meta({ examples: ["priya@northwind.example"] }),
      role: z.enum(MEMBER_ROLES),
      joined_at: time,
    }),
  ),
}).apply(named("CustomerWithMembers"))

function toCustomer(row: CustomerRow, key: ApiKeyActor): z.infer<typeof Customer> {
  const seesBilling = may(key, "billing:read")
  return {
    id: row.id,
    name: row.name,
    billing_account_id: seesBilling ? row.billingAccountId : null,
    billing_changed: seesBilling ? row.billingNeedsReview : null,
    created_at: row.createdAt.toISOString(),
  }
}

const list = createRoute({
  method: "get",
  path: "/customers",
  operationId: "listCustomers",
  tags: ["Customers"],
  summary: "List customers, newest first",
  ...keyed("customers:read"),
  request: { query: listQuery("cus") },
  responses: {
    200: json(listOf("CustomerList", Customer), "A page of customers."),
    ...problems(...ANY_CALL, "invalid_fields"),
  },
})

const read = createRoute({
  method: "get",
  path: "/customers/{id}",
  operationId: "getCustomer",
  tags: ["Customers"],
  summary: "Read a customer and its members",
  ...keyed("customers:read"),
  request: { params: pathId("customer") },
  responses: { 200: json(CustomerWithMembers, "The customer."), ...problems(...ANY_CALL, "not_found") },
})

export const customerCalls = new ApiHono()
  .openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid("query")
    const { rows, next } = await pageOfCustomers(c.var.deps, c.var.apiKey, { before: cursor, size: limit })
    return c.json({ data: rows.map((row) => toCustomer(row, c.var.apiKey)), next_cursor: next ?? null }, 200)
  })
  .openapi(read, async (c) => {
    const { customer, invite, members } = await findCustomer(c.var.deps, c.var.apiKey, c.req.valid("param").id)
    const people = members.map(({ joinedAt, ...person }) => ({ ...person, joined_at: joinedAt.toISOString() }))
    return c.json({ ...toCustomer(customer, c.var.apiKey), invite_id: invite?.id ?? null, members: people }, 200)
  })
