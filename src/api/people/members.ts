import * as z from "zod"
import { customerIdOf } from "../../domain/external-ids.ts"
import { getColleagueInvite, listColleagueInvites } from "../../domain/invites/colleagues.ts"
import type { ListedInvite } from "../../domain/invites/listed-invite.ts"
import { getMember, listMembersPage, type Person } from "../../domain/people-lists.ts"
import { MEMBER_ROLES } from "../../storage/schema.ts"
import { createRoute } from "../api-route.ts"
import { problems } from "../documented-problems.ts"
import { jsonWithEtag } from "../etag.ts"
import { ApiHono } from "../router.ts"
import { withSchemaName } from "../schema-name.ts"
import { COMMON_ERRORS, customerParam, jsonResponse, listParams, listResponse, listSchema } from "../schemas.ts"
import {
  accountInviteFields,
  inviteStatusParam,
  JOINED_AT,
  joinedAt,
  personFields,
  toAccountInvite,
  toPerson,
} from "./schemas.ts"

const role = z.enum(MEMBER_ROLES)

const Member = z.object({ ...personFields, role, joined_at: joinedAt }).apply(withSchemaName("Member"))
const toMember = (person: Person): z.infer<typeof Member> => toPerson(person, MEMBER_ROLES)

/** Without the note: it is between the members. */
const MemberInvite = z.object({ ...accountInviteFields, role }).apply(withSchemaName("MemberInvite"))
const toMemberInvite = (row: ListedInvite, at: Date): z.infer<typeof MemberInvite> =>
  toAccountInvite(row, MEMBER_ROLES, at)

const tags = ["Customers"]
const ADMINS_DO = "The customer's own Admins manage them."

const list = createRoute("api.members.list", {
  operationId: "listMembers",
  tags,
  summary: "List members of a customer, who joined last first",
  description: ADMINS_DO,
  request: { params: customerParam, query: listParams("usr", JOINED_AT) },
  responses: {
    200: jsonResponse(listSchema("MemberList", Member), "A page of members."),
    ...problems(...COMMON_ERRORS, "not_found"),
  },
})

const read = createRoute("api.members.show", {
  operationId: "getMember",
  tags,
  summary: "Get a member of a customer",
  request: {
    params: customerParam.extend({ member_id: z.string().meta({ description: "The id of the member." }) }),
  },
  responses: { 200: jsonResponse(Member, "The member.", "ETag"), ...problems(...COMMON_ERRORS, "not_found") },
})

const listInvites = createRoute("api.members.listInvites", {
  operationId: "listMemberInvites",
  tags,
  summary: "List a customer's invites to colleagues, newest first",
  description: `The invites that its Admins sent. ${ADMINS_DO}`,
  request: { params: customerParam, query: listParams("inv").extend({ status: inviteStatusParam }) },
  responses: {
    200: jsonResponse(listSchema("MemberInviteList", MemberInvite), "A page of invites."),
    ...problems(...COMMON_ERRORS, "not_found", "invalid_cursor"),
  },
})

const readInvite = createRoute("api.members.showInvite", {
  operationId: "getMemberInvite",
  tags,
  summary: "Get a customer's invite to a colleague",
  request: {
    params: customerParam.extend({ invite_id: z.string().meta({ description: "The id of the invite." }) }),
  },
  responses: { 200: jsonResponse(MemberInvite, "The invite.", "ETag"), ...problems(...COMMON_ERRORS, "not_found") },
})

export const memberRoutes = new ApiHono()
  .openapi(list, (c) => {
    const { deps, apiKey } = c.var
    const { id } = c.req.valid("param")
    return listResponse(
      c,
      async (page) => listMembersPage(deps, apiKey, await customerIdOf(deps, apiKey, id), page),
      toMember,
    )
  })
  .openapi(read, async (c) => {
    const { deps, apiKey } = c.var
    const { id, member_id } = c.req.valid("param")
    return jsonWithEtag(
      c,
      toMember(await getMember(deps, apiKey, await customerIdOf(deps, apiKey, id), member_id)),
      200,
    )
  })
  .openapi(listInvites, (c) => {
    const { deps, apiKey } = c.var
    const { id } = c.req.valid("param")
    const { status } = c.req.valid("query")
    return listResponse(
      c,
      async (page) => listColleagueInvites(deps, apiKey, await customerIdOf(deps, apiKey, id), { status }, page),
      (row) => toMemberInvite(row, deps.now()),
    )
  })
  .openapi(readInvite, async (c) => {
    const { deps, apiKey } = c.var
    const { id, invite_id } = c.req.valid("param")
    const row = await getColleagueInvite(deps, apiKey, await customerIdOf(deps, apiKey, id), invite_id)
    return jsonWithEtag(c, toMemberInvite(row, deps.now()), 200, row.lastChangeId)
  })
