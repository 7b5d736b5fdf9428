import * as z from "zod"
import { statusNow } from "../domain/invites.ts"
import {
  inviteAdmin,
  newAdminFields,
  newResellerFields,
  openReseller,
  pageOfResellers,
  reinstateReseller,
  resellerWithInvite,
  revokeAdminInvite,
  suspendReseller,
} from "../domain/resellers.ts"
import {
  EMAIL_STATUSES,
  INVITE_STATUSES,
  type Invite,
  type Reseller as ResellerRow,
  STAFF_ROLES,
} from "../storage/schema.ts"
import { ApiHono, createRoute } from "./api-hono.ts"
import { settled } from "./idempotency.ts"
import { named } from "./named.ts"
import { operated } from "./operator-guard.ts"
import { problems } from "./problems.ts"
import { ANY_BODY, idOf, listOf, listQuery, pathId, time, unlimited } from "./shapes.ts"

const AdminInvite = z
  .object({
    id: idOf("inv"),
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
    created_at: time,
    expires_at: time,
    accepted_at: time.nullable().meta({ examples: [null] }),
  })
  .apply(named("AdminInvite"))

const Reseller = z
  .object({
    id: idOf("res"),
    name: z.string().meta({ examples: ["Acme Networks"] }),
    slug: z.string().meta({ examples: ["acme"] }),
    support_name: z.string().nullable(),
    support_email: z.string().meta({ examples: ["support@acme.example"] }),
    support_phone: z.string().nullable().meta({ description: "E.164." }),
    created_at: time,
    suspended_at: time.nullable().meta({ description: "Since when the reseller is suspended.", examples: [null] }),
  })
  .apply(named("Reseller"))

const ResellerWithInvite = Reseller.extend({
  admin_invite: AdminInvite.nullable().meta({ description: "The newest that the operator sent to an Admin." }),
}).apply(named("ResellerWithInvite"))

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
    status: statusNow(row, now),
    email_status: row.emailStatus,
    contact_name: row.contactName,
    contact_email: row.contactEmail,
    role: STAFF_ROLES.find((role) => role === row.role) ?? null,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
    accepted_at: row.acceptedAt?.toISOString() ?? null,
  }
}

function withInvite(
  { reseller, invite }: { reseller: ResellerRow; invite: Invite | undefined },
  now: Date,
): z.infer<typeof ResellerWithInvite> {
  return { ...toReseller(reseller), admin_invite: invite ? toAdminInvite(invite, now) : null }
}

const TAGS = ["Resellers"]
const NewReseller = z.strictObject(newResellerFields.shape).apply(named("NewReseller"))
const NewAdmin = z.strictObject(newAdminFields.shape).apply(named("NewAdmin"))
const body = <T extends z.ZodType>(schema: T) => ({
  content: { "application/json": { schema } },
  required: true as const,
})

const open = createRoute({
  method: "post",
  path: "/resellers",
  operationId: "openReseller",
  tags: TAGS,
  summary: "Open a reseller and invite its first Admin",
  ...operated(["application/json"]),
  request: { body: body(NewReseller) },
  responses: {
    201: unlimited(ResellerWithInvite, "The reseller. The invite's e-mail is on its way.", "Location"),
    ...problems(...ANY_BODY, "not_found", "slug_taken", "internal_error"),
  },
})

const list = createRoute({
  method: "get",
  path: "/resellers",
  operationId: "listResellers",
  tags: TAGS,
  summary: "List resellers, newest first",
  ...operated(),
  request: { query: listQuery("res") },
  responses: {
    200: unlimited(listOf("ResellerList", Reseller), "A page of resellers."),
    ...problems("not_found", "invalid_fields", "internal_error"),
  },
})

const read = createRoute({
  method: "get",
  path: "/resellers/{id}",
  operationId: "getReseller",
  tags: TAGS,
  summary: "Read a reseller",
  ...operated(),
  request: { params: pathId("reseller") },
  responses: { 200: unlimited(ResellerWithInvite, "The reseller."), ...problems("not_found", "internal_error") },
})

const invite = createRoute({
  method: "post",
  path: "/resellers/{id}/admin_invites",
  operationId: "inviteResellerAdmin",
  tags: TAGS,
  summary: "Invite a further Admin",
  description:
    "For a reseller whose Admins cannot be reached. An address that is invited already, in whatever role, is sent its invite again, as Admin.",
  ...operated(["application/json"]),
  request: { params: pathId("reseller"), body: body(NewAdmin) },
  responses: {
    201: unlimited(AdminInvite, "The invite. Its e-mail is on its way, or waits while the reseller is suspended."),
    ...problems(
      ...ANY_BODY,
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
  ...operated(),
  request: {
    params: pathId("reseller").extend({ invite: z.string().meta({ description: "The id of the invite." }) }),
  },
  responses: {
    200: unlimited(AdminInvite, "The invite, revoked."),
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
  ...operated(),
  request: { params: pathId("reseller") },
  responses: {
    200: unlimited(Reseller, "The reseller, suspended."),
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
  ...operated(),
  request: { params: pathId("reseller") },
  responses: {
    200: unlimited(Reseller, "The reseller."),
    ...problems("not_found", "body_too_large", "internal_error"),
  },
})

/** What the operator does, by the operator token. */
export const resellerCalls = new ApiHono()
  .openapi(open, async (c) => {
    const { deps } = c.var
    const opened = settled(await openReseller(deps, c.req.valid("json")))
    c.header("Location", `/api/v1/resellers/${opened.reseller.id}`)
    return c.json(withInvite(opened, deps.now()), 201)
  })
  .openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid("query")
    const { rows, next } = await pageOfResellers(c.var.deps, { before: cursor, size: limit })
    return c.json({ data: rows.map(toReseller), next_cursor: next ?? null }, 200)
  })
  .openapi(read, async (c) => {
    const { deps } = c.var
    return c.json(withInvite(await resellerWithInvite(deps, c.req.valid("param").id), deps.now()), 200)
  })
  .openapi(invite, async (c) => {
    const { deps } = c.var
    const invited = settled(await inviteAdmin(deps, c.req.valid("param").id, c.req.valid("json")))
    return c.json(toAdminInvite(invited, deps.now()), 201)
  })
  .openapi(revoke, async (c) => {
    const { id, invite: inviteId } = c.req.valid("param")
    return c.json(toAdminInvite(await revokeAdminInvite(c.var.deps, id, inviteId), c.var.deps.now()), 200)
  })
  .openapi(suspend, async (c) => c.json(toReseller(await suspendReseller(c.var.deps, c.req.valid("param").id)), 200))
  .openapi(reinstate, async (c) =>
    c.json(toReseller(await reinstateReseller(c.var.deps, c.req.valid("param").id)), 200),
  )
