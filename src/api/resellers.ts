import * as z from "zod"
import { currentStatus } from "../domain/invites/status.ts"
import {
  createReseller,
  getResellerWithInvite,
  inviteAdmin,
  listResellers,
  newAdminFields,
  newResellerFields,
  reinstateReseller,
  revokeAdminInvite,
  suspendReseller,
} from "../domain/resellers/resellers.ts"
import {
  EMAIL_STATUSES,
  INVITE_STATUSES,
  type Invite,
  type Reseller as ResellerRow,
  STAFF_ROLES,
} from "../storage/schema.ts"
import { requireOperator } from "./authenticate-operator.ts"
import { unwrap } from "./idempotency.ts"
import { problems } from "./problems.ts"
import { ApiHono, createRoute } from "./router.ts"
import { withSchemaName } from "./schema-name.ts"
import { BODY_ERRORS, idParam, idSchema, listParams, listSchema, timestamp, unmeteredJsonResponse } from "./schemas.ts"

const AdminInvite = z
  .object({
    id: idSchema("inv"),
    status: z.enum(INVITE_STATUSES),
    email_status: z
      .enum(EMAIL_STATUSES)
      .nullable()
      .meta({ examples: ["queued"] }),
    contact_name: z.string().meta({ examples: ["Dana Ortiz"] }),
    contact_email: z.string().meta({ examples: ["dana@acme.example"] }),
    role: z
      .enum(STAFF_ROLES)
      .nullable()
      .meta({ examples: ["admin"] }),
    created_at: timestamp,
    expires_at: timestamp,
    accepted_at: timestamp.nullable().meta({ examples: [null] }),
  })
  .apply(withSchemaName("AdminInvite"))

const Reseller = z
  .object({
    id: idSchema("res"),
    name: z.string().meta({ examples: ["Acme Networks"] }),
    slug: z.string().meta({ examples: ["acme"] }),
    support_name: z.string().nullable(),
    support_email: z.string().meta({ examples: ["support@acme.example"] }),
    support_phone: z.string().nullable().meta({ description: "E.164." }),
    created_at: timestamp,
    suspended_at: timestamp.nullable().meta({ description: "Since when the reseller is suspended.", examples: [null] }),
  })
  .apply(withSchemaName("Reseller"))

const ResellerWithInvite = Reseller.extend({
  admin_invite: AdminInvite.nullable().meta({ description: "The newest that the operator sent to an Admin." }),
}).apply(withSchemaName("ResellerWithInvite"))

function toReseller(row: ResellerRow): z.infer<typeof Reseller> {
  return {
    id: row.id,
    name: row.name,
    slug: row.slug,
    support_name: row.supportName,
    support_email: row.supportEmail,
    support_phone: row.supportPhone,
    created_at: row.createdAt.toISOString(),
    suspended_at: row.suspendedAt?.toISOString() ?? null,
  }
}

function toAdminInvite(row: Invite, now: Date): z.infer<typeof AdminInvite> {
  return {
    id: row.id,
    status: currentStatus(row, now),
    email_status: row.emailStatus,
    contact_name: row.contactName,
    contact_email: row.contactEmail,
    role: STAFF_ROLES.find((role) => role === row.role) ?? null,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
    accepted_at: row.acceptedAt?.toISOString() ?? null,
  }
}

function toResellerWithInvite(
  { reseller, invite }: { reseller: ResellerRow; invite: Invite | undefined },
  now: Date,
): z.infer<typeof ResellerWithInvite> {
  return { ...toReseller(reseller), admin_invite: invite ? toAdminInvite(invite, now) : null }
}

const TAGS = ["Resellers"]
const NewReseller = z.strictObject(newResellerFields.shape).apply(withSchemaName("NewReseller"))
const NewAdmin = z.strictObject(newAdminFields.shape).apply(withSchemaName("NewAdmin"))
const jsonBody = <T extends z.ZodType>(schema: T) => ({
  content: { "application/json": { schema } },
  required: true as const,
})

const create = createRoute({
  method: "post",
  path: "/resellers",
  operationId: "createReseller",
  tags: TAGS,
  summary: "Open a reseller and invite its first Admin",
  ...requireOperator(["application/json"]),
  request: { body: jsonBody(NewReseller) },
  responses: {
    201: unmeteredJsonResponse(ResellerWithInvite, "The reseller. The invite's e-mail is on its way.", "Location"),
    ...problems(...BODY_ERRORS, "not_found", "slug_taken", "internal_error"),
  },
})

const list = createRoute({
  method: "get",
  path: "/resellers",
  operationId: "listResellers",
  tags: TAGS,
  summary: "List resellers, newest first",
  ...requireOperator(),
  request: { query: listParams("res") },
  responses: {
    200: unmeteredJsonResponse(listSchema("ResellerList", Reseller), "A page of resellers."),
    ...problems("not_found", "invalid_fields", "internal_error"),
  },
})

const read = createRoute({
  method: "get",
  path: "/resellers/{id}",
  operationId: "getReseller",
  tags: TAGS,
  summary: "Read a reseller",
  ...requireOperator(),
  request: { params: idParam("reseller") },
  responses: {
    200: unmeteredJsonResponse(ResellerWithInvite, "The reseller."),
    ...problems("not_found", "internal_error"),
  },
})

const invite = createRoute({
  method: "post",
  path: "/resellers/{id}/admin_invites",
  operationId: "inviteResellerAdmin",
  tags: TAGS,
  summary: "Invite a further Admin",
  description:
    "For a reseller whose Admins cannot be reached. An address that is invited already, in whatever role, is sent its invite again, as Admin.",
  ...requireOperator(["application/json"]),
  request: { params: idParam("reseller"), body: jsonBody(NewAdmin) },
  responses: {
    201: unmeteredJsonResponse(
      AdminInvite,
      "The invite. Its e-mail is on its way, or waits while the reseller is suspended.",
    ),
    ...problems(
      ...BODY_ERRORS,
      "not_found",
      "already_member",
      "email_suppressed",
      "resend_cooldown",
      "resend_daily_limit",
      "email_hourly_limit",
      "internal_error",
    ),
  },
})

const revoke = createRoute({
  method: "post",
  path: "/resellers/{id}/admin_invites/{invite}/revocation",
  operationId: "revokeResellerAdminInvite",
  tags: TAGS,
  summary: "Revoke a pending invite to the staff",
  description: "Its links stop working, and that is final.",
  ...requireOperator(),
  request: {
    params: idParam("reseller").extend({ invite: z.string().meta({ description: "The id of the invite." }) }),
  },
  responses: {
    200: unmeteredJsonResponse(AdminInvite, "The invite, revoked."),
    ...problems("not_found", "invite_not_pending", "body_too_large", "internal_error"),
  },
})

const suspend = createRoute({
  method: "post",
  path: "/resellers/{id}/suspension",
  operationId: "suspendReseller",
  tags: TAGS,
  summary: "Suspend a reseller",
  description:
    "At once nobody of it or of its customers gets in, its keys and registration links stop, and its e-mails and webhooks wait. Again it changes nothing.",
  ...requireOperator(),
  request: { params: idParam("reseller") },
  responses: {
    200: unmeteredJsonResponse(Reseller, "The reseller, suspended."),
    ...problems("not_found", "body_too_large", "internal_error"),
  },
})

const reinstate = createRoute({
  method: "delete",
  path: "/resellers/{id}/suspension",
  operationId: "reinstateReseller",
  tags: TAGS,
  summary: "Undo a suspension",
  description: "What waited is sent. Links that ran out meanwhile can be sent anew.",
  ...requireOperator(),
  request: { params: idParam("reseller") },
  responses: {
    200: unmeteredJsonResponse(Reseller, "The reseller."),
    ...problems("not_found", "body_too_large", "internal_error"),
  },
})

/** What the operator does, by the operator token. */
export const resellerRoutes = new ApiHono()
  .openapi(create, async (c) => {
    const { deps } = c.var
    const created = unwrap(await createReseller(deps, c.req.valid("json")))
    c.header("Location", `/api/v1/resellers/${created.reseller.id}`)
    return c.json(toResellerWithInvite(created, deps.now()), 201)
  })
  .openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid("query")
    const { rows, next } = await listResellers(c.var.deps, { before: cursor, size: limit })
    return c.json({ data: rows.map(toReseller), next_cursor: next ?? null }, 200)
  })
  .openapi(read, async (c) => {
    const { deps } = c.var
    return c.json(toResellerWithInvite(await getResellerWithInvite(deps, c.req.valid("param").id), deps.now()), 200)
  })
  .openapi(invite, async (c) => {
    const { deps } = c.var
    const adminInvite = unwrap(await inviteAdmin(deps, c.req.valid("param").id, c.req.valid("json")))
    return c.json(toAdminInvite(adminInvite, deps.now()), 201)
  })
  .openapi(revoke, async (c) => {
    const { id, invite: inviteId } = c.req.valid("param")
    return c.json(toAdminInvite(await revokeAdminInvite(c.var.deps, id, inviteId), c.var.deps.now()), 200)
  })
  .openapi(suspend, async (c) => c.json(toReseller(await suspendReseller(c.var.deps, c.req.valid("param").id)), 200))
  .openapi(reinstate, async (c) =>
    c.json(toReseller(await reinstateReseller(c.var.deps, c.req.valid("param").id)), 200),
  )
