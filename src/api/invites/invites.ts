import * as z from "zod"
import { inviteIdOf } from "../../domain/external-ids.ts"
import { customerInviteContext } from "../../domain/invites/audience.ts"
import { inviteCustomer } from "../../domain/invites/create.ts"
import { updateInvite } from "../../domain/invites/edit.ts"
import { getExpandedInvite } from "../../domain/invites/find.ts"
import { listInvitesPage } from "../../domain/invites/list.ts"
import { resendInvite } from "../../domain/invites/resend.ts"
import { revokeInvite } from "../../domain/invites/revoke.ts"
import { href } from "../../routes.ts"
import { invites } from "../../storage/schema.ts"
import { createRoute } from "../api-route.ts"
import { problems } from "../documented-problems.ts"
import { jsonWithEtag } from "../etag.ts"
import { idempotent, unwrap } from "../idempotency-key.ts"
import { requireKnownIds } from "../list-params.ts"
import { ApiHono } from "../router.ts"
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  conditionalPostHeaders,
  idempotencyKeyHeader,
  ifMatchHeader,
  ifMatchVersions,
  inviteParam,
  jsonBody,
  jsonResponse,
  listResponse,
  listSchema,
  mergePatchBody,
  POST_ERRORS,
  readRawJson,
} from "../schemas.ts"
import { ID_PARAMS, inviteExpandParam, inviteListParams, toInviteList } from "./list-query.ts"
import { ExpandableInvite, Invite, InvitePatch, NewInvite, toExpandableInvite, toInvite } from "./schemas.ts"

const list = createRoute("api.invites.list", {
  operationId: "listInvites",
  tags: ["Invites"],
  summary: "List invites",
  description:
    "Newest first, unless `sort` says otherwise. Lists by `created_at` can have any filters together, but `contact_email` only `status` besides. Lists in another order can have a filter by `status`, and limits of the time that they are sorted by.",
  request: {
    query: inviteListParams,
  },
  responses: {
    200: jsonResponse(listSchema("InviteList", ExpandableInvite), "A page of invites."),
    ...problems(...COMMON_ERRORS, "invalid_cursor"),
  },
})

const create = createRoute(
  "api.invites.create",
  {
    operationId: "createInvite",
    tags: ["Invites"],
    summary: "Invite a customer",
    description:
      "The contact receives an email with a registration link and becomes the Admin of the new account. With `send_email: false`, no email is sent: issue a registration link instead. With `send_at`, it is sent then.",
    request: {
      headers: idempotencyKeyHeader,
      body: jsonBody(NewInvite),
    },
    responses: {
      201: jsonResponse(
        Invite,
        "The invite. Its email is on its way, unless it has a `send_at` or `send_email` is false.",
        "Location",
        "ETag",
        "Idempotency-Replayed",
      ),
      ...problems(
        ...COMMON_ERRORS,
        ...BODY_ERRORS,
        ...POST_ERRORS,
        "invite_pending",
        "external_id_taken",
        "already_customer",
        "email_suppressed",
        "email_hourly_limit",
      ),
    },
  },
  { writesByCommit: true, createsInvite: true },
)

const read = createRoute("api.invites.show", {
  operationId: "getInvite",
  tags: ["Invites"],
  summary: "Get an invite",
  request: { params: inviteParam, query: z.object({ expand: inviteExpandParam }) },
  responses: { 200: jsonResponse(ExpandableInvite, "The invite.", "ETag"), ...problems(...COMMON_ERRORS, "not_found") },
})

const update = createRoute(
  "api.invites.update",
  {
    operationId: "updateInvite",
    tags: ["Invites"],
    summary: "Update an invite",
    description:
      "Changing the email address sends the invite again with a new link and expiry; earlier links stop working. Invites created without email are not sent. Other changes don't affect links; a new `expires_in_days` counts from when the invite was last sent. While the email waits for its `send_at`, an edit changes only what will be sent, and a new `send_at` its time.",
    request: {
      params: inviteParam,
      headers: ifMatchHeader,
      body: mergePatchBody(InvitePatch),
    },
    responses: {
      200: jsonResponse(
        Invite,
        "The updated invite. If it was emailed and has a new address, another email is on its way.",
        "ETag",
      ),
      ...problems(
        ...COMMON_ERRORS,
        ...BODY_ERRORS,
        "not_found",
        "invite_not_resendable",
        "invite_not_scheduled",
        "invite_pending",
        "external_id_taken",
        "already_customer",
        "email_suppressed",
        "newer_invite_pending",
        "billing_account_removed",
        "already_resent",
        "version_conflict",
        "resend_cooldown",
        "resend_daily_limit",
        "email_hourly_limit",
      ),
    },
  },
  { writesByCommit: true },
)

const resend = createRoute(
  "api.invites.resend",
  {
    operationId: "resendInvite",
    tags: ["Invites"],
    summary: "Resend an invite",
    description:
      "Sends an email with a new link and expiry; earlier links stop working. Works for expired invites too. Replaces an email that waits for its `send_at`.",
    request: { params: inviteParam, headers: conditionalPostHeaders },
    responses: {
      202: jsonResponse(Invite, "The invite. Its email is on its way.", "ETag", "Idempotency-Replayed"),
      ...problems(
        ...COMMON_ERRORS,
        ...POST_ERRORS,
        "body_too_large",
        "not_found",
        "invite_not_resendable",
        "newer_invite_pending",
        "external_id_taken",
        "email_suppressed",
        "billing_account_removed",
        "already_resent",
        "version_conflict",
        "resend_cooldown",
        "resend_daily_limit",
        "email_hourly_limit",
      ),
    },
  },
  { writesByCommit: true },
)

const revoke = createRoute(
  "api.invites.revoke",
  {
    operationId: "revokeInvite",
    tags: ["Invites"],
    summary: "Revoke a pending invite",
    description: "Its links stop working, and an email that waits isn't sent. This can't be undone.",
    request: { params: inviteParam, headers: conditionalPostHeaders },
    responses: {
      200: jsonResponse(Invite, "The revoked invite.", "ETag", "Idempotency-Replayed"),
      ...problems(
        ...COMMON_ERRORS,
        ...POST_ERRORS,
        "body_too_large",
        "not_found",
        "invite_not_pending",
        "version_conflict",
      ),
    },
  },
  { writesByCommit: true },
)

export const inviteRoutes = new ApiHono()
  .openapi(list, (c) => {
    const { deps, apiKey } = c.var
    const query = c.req.valid("query")
    const { filter, order } = toInviteList(query)
    return listResponse(
      c,
      async (page) => {
        const { unknownIds, ...found } = await listInvitesPage(deps, apiKey, filter, {
          ...page,
          ...order,
          expand: query.expand,
        })
        requireKnownIds(unknownIds, ID_PARAMS)
        return found
      },
      (row) => toExpandableInvite(row, deps.now(), apiKey),
    )
  })
  .openapi(create, async (c) => {
    const { deps, apiKey } = c.var
    const { row, at } = await idempotent(c, invites, () => inviteCustomer(deps, apiKey, c.req.valid("json")))
    c.header("Location", href("api.invites.show", { id: row.id }))
    return jsonWithEtag(c, toInvite(row, at, apiKey), 201, row.lastChangeId)
  })
  .openapi(read, async (c) => {
    const { deps, apiKey } = c.var
    const id = await inviteIdOf(deps, apiKey, c.req.valid("param").id)
    const row = await getExpandedInvite(deps, apiKey, id, c.req.valid("query").expand)
    return jsonWithEtag(c, toExpandableInvite(row, deps.now(), apiKey), 200, row.lastChangeId)
  })
  .openapi(update, async (c) => {
    const { deps, apiKey } = c.var
    const id = await inviteIdOf(deps, apiKey, c.req.valid("param").id)
    const result = await updateInvite(deps, customerInviteContext(apiKey), id, await readRawJson(c), ifMatchVersions(c))
    const row = unwrap(result).invite
    return jsonWithEtag(c, toInvite(row, deps.now(), apiKey), 200, row.lastChangeId)
  })
  .openapi(resend, async (c) => {
    const { deps, apiKey } = c.var
    const { row, at } = await idempotent(c, invites, async () =>
      resendInvite(deps, customerInviteContext(apiKey), await inviteIdOf(deps, apiKey, c.req.valid("param").id), {
        versions: ifMatchVersions(c),
      }),
    )
    return jsonWithEtag(c, toInvite(row, at, apiKey), 202, row.lastChangeId)
  })
  .openapi(revoke, async (c) => {
    const { deps, apiKey } = c.var
    const { row, at } = await idempotent(c, invites, async () =>
      revokeInvite(
        deps,
        customerInviteContext(apiKey),
        await inviteIdOf(deps, apiKey, c.req.valid("param").id),
        ifMatchVersions(c),
      ),
    )
    return jsonWithEtag(c, toInvite(row, at, apiKey), 200, row.lastChangeId)
  })
