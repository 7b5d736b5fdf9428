import * as z from "zod"
import {
  billingAccountFields,
  createBillingAccount,
  getBillingAccount,
  listBillingAccountsPage,
  setDefaultBillingAccount,
} from "../domain/billing/accounts.ts"
import { deleteBillingAccount, updateBillingAccount } from "../domain/billing/update.ts"
import { type BillingAccount as BillingAccountRow, billingAccounts } from "../storage/schema.ts"
import { requireScope } from "./authenticate.ts"
import { idempotent, unwrap } from "./idempotency.ts"
import { problems } from "./problems.ts"
import { ApiHono, createRoute } from "./router.ts"
import { withSchemaName } from "./schema-name.ts"
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  idempotencyKeyHeader,
  idParam,
  idSchema,
  ifMatchHeader,
  ifMatchVersions,
  jsonResponse,
  listParams,
  listSchema,
  POST_ERRORS,
  readRawJson,
  timestamp,
  toEtag,
} from "./schemas.ts"

const BillingAccount = z
  .object({
    id: idSchema("bil"),
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
    po_number: z
      .string()
      .nullable()
      .meta({ examples: ["ACME-2026"] }),
    email: z.string().meta({ examples: ["billing@acme.example"] }),
    phone: z.string().meta({ description: "E.164.", examples: ["+14155550132"] }),
    address: z.string().nullable(),
    is_default: z.boolean().meta({ description: "True for the one that new invites propose." }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .apply(withSchemaName("BillingAccount"))

function toBillingAccount(row: BillingAccountRow): z.infer<typeof BillingAccount> {
  return {
    id: row.id,
    first_name: row.firstName,
    last_name: row.lastName,
    po_number: row.poNumber,
    email: row.email,
    phone: row.phone,
    address: row.address,
    is_default: row.isDefault,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}

const NewBillingAccount = z
  .strictObject(billingAccountFields.shape)
  .meta({ description: "A first and last name, or a PO number, say whose it is." })
  .apply(withSchemaName("NewBillingAccount"))

const BillingAccountPatch = NewBillingAccount.partial()
  .meta({ description: "A JSON merge patch (RFC 7396): what is left out stays, null empties." })
  .apply(withSchemaName("BillingAccountPatch"))

const list = createRoute({
  method: "get",
  path: "/billing_accounts",
  operationId: "listBillingAccounts",
  tags: ["Billing accounts"],
  summary: "List billing accounts, newest first",
  ...requireScope("billing:read"),
  request: { query: listParams("bil") },
  responses: {
    200: jsonResponse(listSchema("BillingAccountList", BillingAccount), "A page of billing accounts."),
    ...problems(...COMMON_ERRORS, "invalid_fields"),
  },
})

const create = createRoute({
  method: "post",
  path: "/billing_accounts",
  operationId: "createBillingAccount",
  tags: ["Billing accounts"],
  summary: "Set up a billing account",
  description: "The first one becomes the default.",
  ...requireScope("billing:write", ["application/json"]),
  request: {
    headers: idempotencyKeyHeader,
    body: { content: { "application/json": { schema: NewBillingAccount } }, required: true },
  },
  responses: {
    201: jsonResponse(BillingAccount, "The billing account.", "Location", "ETag", "Idempotency-Replayed"),
    ...problems(...COMMON_ERRORS, ...BODY_ERRORS, ...POST_ERRORS, "billing_email_taken"),
  },
})

const read = createRoute({
  method: "get",
  path: "/billing_accounts/{id}",
  operationId: "getBillingAccount",
  tags: ["Billing accounts"],
  summary: "Read a billing account",
  ...requireScope("billing:read"),
  request: { params: idParam("billing account") },
  responses: {
    200: jsonResponse(BillingAccount, "The billing account.", "ETag"),
    ...problems(...COMMON_ERRORS, "not_found"),
  },
})

const update = createRoute({
  method: "patch",
  path: "/billing_accounts/{id}",
  operationId: "updateBillingAccount",
  tags: ["Billing accounts"],
  summary: "Change a billing account",
  description:
    "With `If-Match` only the version that you read is changed. Customers whose invite was made with another address or phone are flagged when they join, unless the invites follow.",
  ...requireScope("billing:write", ["application/json", "application/merge-patch+json"]),
  request: {
    params: idParam("billing account"),
    headers: ifMatchHeader,
    query: z.object({
      pending_invites: z
        .enum(["leave", "follow"], "Use leave or follow.")
        .default("leave")
        .meta({ description: "Whether pending invites take a changed address and phone too." }),
    }),
    body: {
      content: {
        "application/merge-patch+json": { schema: BillingAccountPatch },
        "application/json": { schema: BillingAccountPatch },
      },
      required: true,
    },
  },
  responses: {
    200: jsonResponse(BillingAccount, "The billing account as it is now.", "ETag"),
    ...problems(...COMMON_ERRORS, ...BODY_ERRORS, "not_found", "billing_email_taken", "version_conflict"),
  },
})

const makeDefault = createRoute({
  method: "post",
  path: "/billing_accounts/{id}/default",
  operationId: "makeDefaultBillingAccount",
  tags: ["Billing accounts"],
  summary: "Make a billing account the default",
  description: "New invites propose it; the one before is the default no longer.",
  ...requireScope("billing:write"),
  request: { params: idParam("billing account"), headers: idempotencyKeyHeader },
  responses: {
    200: jsonResponse(BillingAccount, "The billing account, now the default.", "ETag", "Idempotency-Replayed"),
    ...problems(...COMMON_ERRORS, ...POST_ERRORS, "body_too_large", "not_found"),
  },
})

const remove = createRoute({
  method: "delete",
  path: "/billing_accounts/{id}",
  operationId: "deleteBillingAccount",
  tags: ["Billing accounts"],
  summary: "Remove a billing account",
  description:
    "Customers billed to it are flagged. The default does not go, nor one that pending invites use, unless `move_to` says where they go.",
  ...requireScope("billing:write"),
  request: {
    params: idParam("billing account"),
    query: z.object({
      move_to: z.string().optional().meta({ description: "The id of the billing account that pending invites go to." }),
    }),
  },
  responses: {
    204: { description: "It is gone." },
    ...problems(
      ...COMMON_ERRORS,
      "body_too_large",
      "not_found",
      "billing_account_is_default",
      "billing_account_in_use",
      "billing_account_not_found",
    ),
  },
})

export const billingAccountRoutes = new ApiHono()
  .openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid("query")
    const { rows, next } = await listBillingAccountsPage(c.var.deps, c.var.apiKey, { before: cursor, size: limit })
    return c.json({ data: rows.map(toBillingAccount), next_cursor: next ?? null }, 200)
  })
  .openapi(create, async (c) => {
    const { deps, apiKey } = c.var
    const { row } = await idempotent(c, billingAccounts, () => createBillingAccount(deps, apiKey, c.req.valid("json")))
    c.header("Location", `/api/v1/billing_accounts/${row.id}`)
    c.header("ETag", toEtag(row))
    return c.json(toBillingAccount(row), 201)
  })
  .openapi(read, async (c) => {
    const row = await getBillingAccount(c.var.deps, c.var.apiKey, c.req.valid("param").id)
    c.header("ETag", toEtag(row))
    return c.json(toBillingAccount(row), 200)
  })
  .openapi(update, async (c) => {
    const { deps, apiKey } = c.var
    const patch = await readRawJson(c)
    const row = unwrap(
      await updateBillingAccount(deps, apiKey, c.req.valid("param").id, patch, {
        versions: ifMatchVersions(c),
        invitePolicy: c.req.valid("query").pending_invites,
      }),
    )
    c.header("ETag", toEtag(row))
    return c.json(toBillingAccount(row), 200)
  })
  .openapi(makeDefault, async (c) => {
    const { deps, apiKey } = c.var
    const { id } = c.req.valid("param")
    const { row } = await idempotent(c, billingAccounts, () => setDefaultBillingAccount(deps, apiKey, id))
    c.header("ETag", toEtag(row))
    return c.json(toBillingAccount(row), 200)
  })
  .openapi(remove, async (c) => {
    await deleteBillingAccount(c.var.deps, c.var.apiKey, c.req.valid("param").id, c.req.valid("query").move_to)
    return c.body(null, 204)
  })
