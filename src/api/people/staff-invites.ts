import * as z from "zod"
import { ROLE_PERMISSIONS } from "../../domain/access/permissions.ts"
import { staffInviteContext } from "../../domain/invites/audience.ts"
import { invitePerson } from "../../domain/invites/create.ts"
import { updateInvite } from "../../domain/invites/edit.ts"
import { INVITE_FIELDS, inviteSchema } from "../../domain/invites/fields.ts"
import { getInvite } from "../../domain/invites/find.ts"
import { listAudienceInvites } from "../../domain/invites/list.ts"
import { resendInvite } from "../../domain/invites/resend.ts"
import { revokeInvite } from "../../domain/invites/revoke.ts"
import { href } from "../../routes.ts"
import { invites, STAFF_ROLES } from "../../storage/schema.ts"
import { createRoute } from "../api-route.ts"
import { problems } from "../documented-problems.ts"
import { jsonWithEtag } from "../etag.ts"
import { idempotent, unwrap } from "../idempotency-key.ts"
import { ApiHono } from "../router.ts"
import { withSchemaName } from "../schema-name.ts"
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
} from "../schemas.ts"
import { accountInviteFields, inviteStatusParam, toAccountInvite } from "./schemas.ts"
import { staffRole } from "./staff.ts"

const StaffInvite = z
  .object({ ...accountInviteFields, role: staffRole, note: INVITE_FIELDS.note.response })
  .apply(withSchemaName("StaffInvite"))

type StaffInviteRow = Parameters<typeof toAccountInvite>[0]

const toStaffInvite = (row: StaffInviteRow, at: Date): z.infer<typeof StaffInvite> => ({
  ...toAccountInvite(row, STAFF_ROLES, at),
  note: row.note,
})

const NewStaffInvite = z
  .strictObject({ ...inviteSchema("staff").shape, role: staffRole })
  .apply(withSchemaName("NewStaffInvite"))
const StaffInvitePatch = NewStaffInvite.partial()
  .meta({ description: "A JSON merge patch (RFC 7396): omitted fields stay as they are." })
  .apply(withSchemaName("StaffInvitePatch"))

const tags = ["Staff"]
const GRANTABLE_ROLES = STAFF_ROLES.filter((role) => role !== "admin").map(
  (role) => `\`${role}\` (${ROLE_PERMISSIONS.staff[role].join(", ")})`,
)
const LIMITS = `A key can give a role only if it has all scopes that the role includes, and never that of an Admin: ${GRANTABLE_ROLES.join(", ")}.`

const list = createRoute("api.staffInvites.list", {
  operationId: "listStaffInvites",
  tags,
  summary: "List invites to staff, newest first",
  request: { query: listParams("inv").extend({ status: inviteStatusParam }) },
  responses: {
    200: jsonResponse(listSchema("StaffInviteList", StaffInvite), "A page of invites."),
    ...problems(...COMMON_ERRORS, "invalid_cursor"),
  },
})

const create = createRoute("api.staffInvites.create", {
  operationId: "createStaffInvite",
  tags,
  summary: "Invite a person to the staff",
  description: `The person receives an email with a registration link, and has the role once they accept. ${LIMITS}`,
  request: { headers: idempotencyKeyHeader, body: jsonBody(NewStaffInvite) },
  responses: {
    201: jsonResponse(StaffInvite, "The invite. Its email is on its way.", "Location", "ETag", "Idempotency-Replayed"),
    ...problems(
      ...COMMON_ERRORS,
      ...BODY_ERRORS,
      ...POST_ERRORS,
      "role_exceeds_scopes",
      "invite_pending",
      "already_member",
      "email_suppressed",
      "email_hourly_limit",
    ),
  },
})

const read = createRoute("api.staffInvites.show", {
  operationId: "getStaffInvite",
  tags,
  summary: "Get an invite to staff",
  request: { params: idParam("invite") },
  responses: { 200: jsonResponse(StaffInvite, "The invite.", "ETag"), ...problems(...COMMON_ERRORS, "not_found") },
})

const update = createRoute("api.staffInvites.update", {
  operationId: "updateStaffInvite",
  tags,
  summary: "Update an invite to staff",
  description: `Changing the email address sends the invite again with a new link; earlier links stop working. ${LIMITS}`,
  request: { params: idParam("invite"), headers: ifMatchHeader, body: mergePatchBody(StaffInvitePatch) },
  responses: {
    200: jsonResponse(StaffInvite, "The updated invite.", "ETag"),
    ...problems(
      ...COMMON_ERRORS,
      ...BODY_ERRORS,
      "not_found",
      "role_exceeds_scopes",
      "invite_not_resendable",
      "invite_pending",
      "already_member",
      "email_suppressed",
      "newer_invite_pending",
      "already_resent",
      "version_conflict",
      "resend_cooldown",
      "resend_daily_limit",
      "email_hourly_limit",
    ),
  },
})

const resend = createRoute("api.staffInvites.resend", {
  operationId: "resendStaffInvite",
  tags,
  summary: "Resend an invite to staff",
  description: `Sends an email with a new link and expiry; earlier links stop working. ${LIMITS}`,
  request: { params: idParam("invite"), headers: conditionalPostHeaders },
  responses: {
    202: jsonResponse(StaffInvite, "The invite. Its email is on its way.", "ETag", "Idempotency-Replayed"),
    ...problems(
      ...COMMON_ERRORS,
      ...POST_ERRORS,
      "body_too_large",
      "not_found",
      "role_exceeds_scopes",
      "invite_not_resendable",
      "newer_invite_pending",
      "email_suppressed",
      "already_resent",
      "version_conflict",
      "resend_cooldown",
      "resend_daily_limit",
      "email_hourly_limit",
    ),
  },
})

const revoke = createRoute("api.staffInvites.revoke", {
  operationId: "revokeStaffInvite",
  tags,
  summary: "Revoke a pending invite to staff",
  description: `Its links stop working. This can't be undone. ${LIMITS}`,
  request: { params: idParam("invite"), headers: conditionalPostHeaders },
  responses: {
    200: jsonResponse(StaffInvite, "The revoked invite.", "ETag", "Idempotency-Replayed"),
    ...problems(
      ...COMMON_ERRORS,
      ...POST_ERRORS,
      "body_too_large",
      "not_found",
      "role_exceeds_scopes",
      "invite_not_pending",
      "version_conflict",
    ),
  },
})

export const staffInviteRoutes = new ApiHono()
  .openapi(list, (c) => {
    const { deps, apiKey } = c.var
    const { status } = c.req.valid("query")
    return listResponse(
      c,
      (page) => listAudienceInvites(deps, staffInviteContext(apiKey), { status }, page),
      (row) => toStaffInvite(row, deps.now()),
    )
  })
  .openapi(create, async (c) => {
    const { deps, apiKey } = c.var
    const { row, at } = await idempotent(c, invites, () => invitePerson(deps, apiKey, c.req.valid("json")))
    c.header("Location", href("api.staffInvites.show", { id: row.id }))
    return jsonWithEtag(c, toStaffInvite(row, at), 201, row.lastChangeId)
  })
  .openapi(read, async (c) => {
    const { deps, apiKey } = c.var
    const row = await getInvite(deps, staffInviteContext(apiKey), c.req.valid("param").id)
    return jsonWithEtag(c, toStaffInvite(row, deps.now()), 200, row.lastChangeId)
  })
  .openapi(update, async (c) => {
    const { deps, apiKey } = c.var
    const { id } = c.req.valid("param")
    const patch = await readRawJson(c)
    const result = await updateInvite(deps, staffInviteContext(apiKey), id, patch, ifMatchVersions(c))
    const row = unwrap(result).invite
    return jsonWithEtag(c, toStaffInvite(row, deps.now()), 200, row.lastChangeId)
  })
  .openapi(resend, async (c) => {
    const { deps, apiKey } = c.var
    const { id } = c.req.valid("param")
    const { row, at } = await idempotent(c, invites, () =>
      resendInvite(deps, staffInviteContext(apiKey), id, { versions: ifMatchVersions(c) }),
    )
    return jsonWithEtag(c, toStaffInvite(row, at), 202, row.lastChangeId)
  })
  .openapi(revoke, async (c) => {
    const { deps, apiKey } = c.var
    const { id } = c.req.valid("param")
    const { row, at } = await idempotent(c, invites, () =>
      revokeInvite(deps, staffInviteContext(apiKey), id, ifMatchVersions(c)),
    )
    return jsonWithEtag(c, toStaffInvite(row, at), 200, row.lastChangeId)
  })
