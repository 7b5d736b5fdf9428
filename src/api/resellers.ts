import * as z from "zod"
import { factorResetFields, resetFactorsByOperator } from "../domain/factors/reset.ts"
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
import { logSecurityEvent } from "../http/security-log.ts"
import { href } from "../routes.ts"
import { invites, resellers } from "../storage/schema.ts"
import { createRoute } from "./api-route.ts"
import { problems } from "./documented-problems.ts"
import { jsonWithEtag } from "./etag.ts"
import { idempotent } from "./idempotency-key.ts"
import {
  AdminInvite,
  Reseller,
  ResellerWithInvite,
  toAdminInvite,
  toReseller,
  toResellerWithInvite,
} from "./reseller-schemas.ts"
import { ApiHono } from "./router.ts"
import { withSchemaName } from "./schema-name.ts"
import {
  BODY_ERRORS,
  conditionalPostHeaders,
  idempotencyKeyHeader,
  idParam,
  ifMatchHeader,
  ifMatchVersions,
  jsonBody,
  listParams,
  listResponse,
  listSchema,
  SERVICE_ERRORS,
  timestamp,
  unmeteredJsonResponse,
} from "./schemas.ts"

const TAGS = ["Resellers"]
/** Of two requests with the same idempotency key at the same moment, one is a repeat: no request of the operator is in progress. */
const KEY_ERRORS = ["idempotency_key_invalid", "idempotency_key_reused"] as const
const NewReseller = z.strictObject(newResellerFields.shape).apply(withSchemaName("NewReseller"))
const NewAdmin = z.strictObject(newAdminFields.shape).apply(withSchemaName("NewAdmin"))

const create = createRoute("api.resellers.create", {
  operationId: "createReseller",
  tags: TAGS,
  summary: "Create a reseller and invite its first Admin",
  description: "A repeated request with the same `Idempotency-Key` returns the reseller as it is at that time.",
  request: { headers: idempotencyKeyHeader, body: jsonBody(NewReseller) },
  responses: {
    201: unmeteredJsonResponse(
      ResellerWithInvite,
      "The reseller. The invite's email is on its way.",
      "Location",
      "ETag",
    ),
    ...problems(...BODY_ERRORS, ...KEY_ERRORS, "not_found", "slug_taken", ...SERVICE_ERRORS),
  },
})

const list = createRoute("api.resellers.list", {
  operationId: "listResellers",
  tags: TAGS,
  summary: "List resellers, newest first",
  request: { query: listParams("res") },
  responses: {
    200: unmeteredJsonResponse(listSchema("ResellerList", Reseller), "A page of resellers."),
    ...problems("not_found", ...SERVICE_ERRORS),
  },
})

const read = createRoute("api.resellers.show", {
  operationId: "getReseller",
  tags: TAGS,
  summary: "Get a reseller",
  request: { params: idParam("reseller") },
  responses: {
    200: unmeteredJsonResponse(ResellerWithInvite, "The reseller.", "ETag"),
    ...problems("not_found", ...SERVICE_ERRORS),
  },
})

const invite = createRoute("api.resellers.inviteAdmin", {
  operationId: "inviteResellerAdmin",
  tags: TAGS,
  summary: "Invite another Admin",
  description:
    "For a reseller whose Admins can't be reached. If the address already has an invite to the staff, in any role, that invite is resent with the role Admin.",
  request: { params: idParam("reseller"), headers: idempotencyKeyHeader, body: jsonBody(NewAdmin) },
  responses: {
    201: unmeteredJsonResponse(
      AdminInvite,
      "The invite. Its email is on its way, or on hold while the reseller is suspended.",
      "ETag",
      "Idempotency-Replayed",
    ),
    ...problems(
      ...KEY_ERRORS,
      ...BODY_ERRORS,
      "not_found",
      "already_member",
      "email_suppressed",
      "resend_cooldown",
      "resend_daily_limit",
      "email_hourly_limit",
      ...SERVICE_ERRORS,
    ),
  },
})

const revoke = createRoute("api.resellers.revokeAdmin", {
  operationId: "revokeResellerAdminInvite",
  tags: TAGS,
  summary: "Revoke a pending staff invite",
  description: "Its links stop working. This can't be undone.",
  request: {
    params: idParam("reseller").extend({ invite: z.string().meta({ description: "The id of the invite." }) }),
    headers: conditionalPostHeaders,
  },
  responses: {
    200: unmeteredJsonResponse(AdminInvite, "The revoked invite.", "ETag", "Idempotency-Replayed"),
    ...problems(
      ...KEY_ERRORS,
      "not_found",
      "invite_not_pending",
      "version_conflict",
      "body_too_large",
      ...SERVICE_ERRORS,
    ),
  },
})

const NewFactorReset = z.strictObject(factorResetFields.shape).apply(withSchemaName("NewFactorReset"))

const FactorReset = z
  .object({ email: z.string().meta({ examples: ["dana@acme.example"] }), reset_at: timestamp })
  .apply(withSchemaName("FactorReset"))

const resetFactors = createRoute("api.resellers.resetFactors", {
  operationId: "resetFactors",
  tags: TAGS,
  summary: "Reset a person's second factor",
  description:
    "For a staff user or a customer's member who lost their second factor, such as the last Admin. Deletes their passkeys, authenticator app and recovery codes and ends their sessions. They can then sign in with their password. We tell them by email.",
  request: { params: idParam("reseller"), headers: idempotencyKeyHeader, body: jsonBody(NewFactorReset) },
  responses: {
    201: unmeteredJsonResponse(FactorReset, "The factors were deleted.", "Idempotency-Replayed"),
    ...problems(...KEY_ERRORS, ...BODY_ERRORS, "not_found", "no_factors", ...SERVICE_ERRORS),
  },
})

const suspend = createRoute("api.resellers.suspend", {
  operationId: "suspendReseller",
  tags: TAGS,
  summary: "Suspend a reseller",
  description:
    "Takes effect immediately: its staff and its customers' members can't sign in, its API keys and registration links stop working, and its emails and webhook deliveries are on hold. Repeating the request has no effect.",
  request: { params: idParam("reseller"), headers: conditionalPostHeaders },
  responses: {
    200: unmeteredJsonResponse(Reseller, "The suspended reseller.", "ETag", "Idempotency-Replayed"),
    ...problems(...KEY_ERRORS, "not_found", "version_conflict", "body_too_large", ...SERVICE_ERRORS),
  },
})

const reinstate = createRoute("api.resellers.reinstate", {
  operationId: "reinstateReseller",
  tags: TAGS,
  summary: "Reinstate a reseller",
  description: "Emails and deliveries on hold are sent. Invites that expired in the meantime can be resent.",
  request: { params: idParam("reseller"), headers: ifMatchHeader },
  responses: {
    200: unmeteredJsonResponse(Reseller, "The reseller.", "ETag"),
    ...problems("not_found", "version_conflict", "body_too_large", ...SERVICE_ERRORS),
  },
})

/** The operations of the operator. They require the operator token. */
export const resellerRoutes = new ApiHono()
  .openapi(create, async (c) => {
    const { deps } = c.var
    const { row } = await idempotent(c, invites, () => createReseller(deps, c.req.valid("json")))
    const created = await getResellerWithInvite(deps, row.resellerId)
    c.header("Location", href("api.resellers.show", { id: row.resellerId }))
    return jsonWithEtag(c, toResellerWithInvite(created, deps.now()), 201, created.reseller.version)
  })
  .openapi(list, (c) => listResponse(c, (page) => listResellers(c.var.deps, page), toReseller))
  .openapi(read, async (c) => {
    const { deps } = c.var
    const found = await getResellerWithInvite(deps, c.req.valid("param").id)
    return jsonWithEtag(c, toResellerWithInvite(found, deps.now()), 200, found.reseller.version)
  })
  .openapi(invite, async (c) => {
    const { deps } = c.var
    const { id } = c.req.valid("param")
    const { row, at } = await idempotent(c, invites, () => inviteAdmin(deps, id, c.req.valid("json")))
    return jsonWithEtag(c, toAdminInvite(row, at), 201, row.lastChangeId)
  })
  .openapi(revoke, async (c) => {
    const { id, invite: inviteId } = c.req.valid("param")
    const { row, at } = await idempotent(c, invites, () =>
      revokeAdminInvite(c.var.deps, id, inviteId, ifMatchVersions(c)),
    )
    return jsonWithEtag(c, toAdminInvite(row, at), 200, row.lastChangeId)
  })
  .openapi(resetFactors, async (c) => {
    const { id } = c.req.valid("param")
    const input = c.req.valid("json")
    const { at } = await idempotent(c, resellers, () => resetFactorsByOperator(c.var.deps, id, input))
    if (!c.var.storedResponse) logSecurityEvent(c, { event: "factors_reset", by: "operator" })
    return c.json({ email: input.email, reset_at: at.toISOString() }, 201)
  })
  .openapi(suspend, async (c) => {
    const { id } = c.req.valid("param")
    const { row } = await idempotent(c, resellers, () => suspendReseller(c.var.deps, id, ifMatchVersions(c)))
    return jsonWithEtag(c, toReseller(row), 200, row.version)
  })
  .openapi(reinstate, async (c) => {
    const row = await reinstateReseller(c.var.deps, c.req.valid("param").id, ifMatchVersions(c))
    return jsonWithEtag(c, toReseller(row), 200, row.version)
  })
