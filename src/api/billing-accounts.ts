import * as z from "zod"
import {
  createBillingAccount,
  getBillingAccount,
  listBillingAccountsPage,
  setDefaultBillingAccount,
} from "../domain/billing/accounts.ts"
import { billingAccountFields } from "../domain/billing/fields.ts"
import { deleteBillingAccount, updateBillingAccount } from "../domain/billing/update.ts"
import { href } from "../routes.ts"
import { billingAccounts } from "../storage/schema.ts"
import { createRoute } from "./api-route.ts"
import { BillingAccount, toBillingAccount } from "./billing-account-schemas.ts"
import { problems } from "./documented-problems.ts"
import { jsonWithEtag } from "./etag.ts"
import { idempotent, unwrap } from "./idempotency-key.ts"
import { ApiHono } from "./router.ts"
import { withSchemaName } from "./schema-name.ts"
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  conditionalPostHeaders,
  idempotencyKeyHeader,
  idParam,
  ifMatchHeader,
  ifMatchVersions,
  jsonBody,
  jsonResponse,
  listParams,
  listResponse,
  listSchema,
  mergePatchBody,
  POST_ERRORS,
  readRawJson,
} from "./schemas.ts"

const NewBillingAccount = z
  .strictObject(billingAccountFields.shape)
  .meta({ description: "Requires a first and last name, or a PO number." })
  .apply(withSchemaName("NewBillingAccount"))

const BillingAccountPatch = NewBillingAccount.partial()
  .meta({ description: "A JSON merge patch (RFC 7396): omitted fields stay as they are, null clears a field." })
  .apply(withSchemaName("BillingAccountPatch"))

const list = createRoute("api.billing.list", {
  operationId: "listBillingAccounts",
  tags: ["Billing accounts"],
  summary: "List billing accounts, newest first",
  request: { query: listParams("bil") },
  responses: {
    200: jsonResponse(listSchema("BillingAccountList", BillingAccount), "A page of billing accounts."),
    ...problems(...COMMON_ERRORS),
  },
})

const create = createRoute("api.billing.create", {
  operationId: "createBillingAccount",
  tags: ["Billing accounts"],
  summary: "Create a billing account",
  description: "The first one becomes the default.",
  request: {
    headers: idempotencyKeyHeader,
    body: jsonBody(NewBillingAccount),
  },
  responses: {
    201: jsonResponse(BillingAccount, "The billing account.", "Location", "ETag", "Idempotency-Replayed"),
    ...problems(...COMMON_ERRORS, ...BODY_ERRORS, ...POST_ERRORS, "billing_email_taken"),
  },
})

const read = createRoute("api.billing.show", {
  operationId: "getBillingAccount",
  tags: ["Billing accounts"],
  summary: "Get a billing account",
  request: { params: idParam("billing account") },
  responses: {
    200: jsonResponse(BillingAccount, "The billing account.", "ETag"),
    ...problems(...COMMON_ERRORS, "not_found"),
  },
})

const update = createRoute("api.billing.update", {
  operationId: "updateBillingAccount",
  tags: ["Billing accounts"],
  summary: "Update a billing account",
  description:
    "With `If-Match`, only that version is updated. If the email address or phone number changes, customers with a pending invite are marked for review when they join, unless `pending_invites` is `follow`.",
  request: {
    params: idParam("billing account"),
    headers: ifMatchHeader,
    query: z.object({
      pending_invites: z
        .enum(["leave", "follow"], "Use leave or follow.")
        .default("leave")
        .meta({ description: "Whether pending invites get the new email address and phone number too." }),
    }),
    body: mergePatchBody(BillingAccountPatch),
  },
  responses: {
    200: jsonResponse(BillingAccount, "The updated billing account.", "ETag"),
    ...problems(...COMMON_ERRORS, ...BODY_ERRORS, "not_found", "billing_email_taken", "version_conflict"),
  },
})

const makeDefault = createRoute("api.billing.makeDefault", {
  operationId: "makeDefaultBillingAccount",
  tags: ["Billing accounts"],
  summary: "Make a billing account the default",
  description: "The invite form preselects it. It replaces the previous default.",
  request: { params: idParam("billing account"), headers: conditionalPostHeaders },
  responses: {
    200: jsonResponse(BillingAccount, "The billing account, now the default.", "ETag", "Idempotency-Replayed"),
    ...problems(...COMMON_ERRORS, ...POST_ERRORS, "body_too_large", "not_found", "version_conflict"),
  },
})

const remove = createRoute("api.billing.delete", {
  operationId: "deleteBillingAccount",
  tags: ["Billing accounts"],
  summary: "Delete a billing account",
  description:
    "Customers billed to it are marked for review. The default can't be deleted. If pending invites use the account, name another one with `move_to`.",
  request: {
    params: idParam("billing account"),
    headers: ifMatchHeader,
    query: z.object({
      move_to: z.string().optional().meta({ description: "The id of the billing account to move pending invites to." }),
    }),
  },
  responses: {
    204: { description: "Deleted." },
    ...problems(
      ...COMMON_ERRORS,
      "body_too_large",
      "not_found",
      "billing_account_is_default",
      "billing_account_in_use",
      "billing_account_not_found",
      "version_conflict",
    ),
  },
})

export const billingAccountRoutes = new ApiHono()
  .openapi(list, (c) =>
    listResponse(c, (page) => listBillingAccountsPage(c.var.deps, c.var.apiKey, page), toBillingAccount),
  )
  .openapi(create, async (c) => {
    const { deps, apiKey } = c.var
    const { row } = await idempotent(c, billingAccounts, () => createBillingAccount(deps, apiKey, c.req.valid("json")))
    c.header("Location", href("api.billing.show", { id: row.id }))
    return jsonWithEtag(c, toBillingAccount(row), 201, row.version)
  })
  .openapi(read, async (c) => {
    const row = await getBillingAccount(c.var.deps, c.var.apiKey, c.req.valid("param").id)
    return jsonWithEtag(c, toBillingAccount(row), 200, row.version)
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
    return jsonWithEtag(c, toBillingAccount(row), 200, row.version)
  })
  .openapi(makeDefault, async (c) => {
    const { deps, apiKey } = c.var
    const { id } = c.req.valid("param")
    const { row } = await idempotent(c, billingAccounts, () =>
      setDefaultBillingAccount(deps, apiKey, id, ifMatchVersions(c)),
    )
    return jsonWithEtag(c, toBillingAccount(row), 200, row.version)
  })
  .openapi(remove, async (c) => {
    const { deps, apiKey } = c.var
    const { move_to: targetId } = c.req.valid("query")
    await deleteBillingAccount(deps, apiKey, c.req.valid("param").id, { targetId, versions: ifMatchVersions(c) })
    return c.body(null, 204)
  })
