import * as z from "zod"
import { ROLE_RULE } from "../../domain/invites/fields.ts"
import { changeRole, getPerson, removePerson } from "../../domain/people.ts"
import { getStaff, listStaffPage, type Person } from "../../domain/people-lists.ts"
import { requireVersion } from "../../domain/versions.ts"
import { STAFF_ROLES } from "../../storage/schema.ts"
import { createRoute } from "../api-route.ts"
import { problems } from "../documented-problems.ts"
import { jsonWithEtag } from "../etag.ts"
import { unwrap } from "../idempotency-key.ts"
import { ApiHono } from "../router.ts"
import { withSchemaName } from "../schema-name.ts"
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  idParam,
  ifMatchHeader,
  ifMatchVersions,
  jsonResponse,
  listParams,
  listResponse,
  listSchema,
  mergePatchBody,
} from "../schemas.ts"
import { JOINED_AT, joinedAt, personFields, toPerson } from "./schemas.ts"

export const staffRole = z.enum(STAFF_ROLES, ROLE_RULE).meta({ examples: ["support"] })

const StaffPerson = z
  .object({ ...personFields, role: staffRole, joined_at: joinedAt })
  .apply(withSchemaName("StaffPerson"))

const toStaffPerson = (person: Person): z.infer<typeof StaffPerson> => toPerson(person, STAFF_ROLES)

const StaffPersonPatch = z
  .strictObject({ role: staffRole })
  .partial()
  .meta({ description: "A JSON merge patch (RFC 7396). A person changes their name and address themselves." })
  .apply(withSchemaName("StaffPersonPatch"))

const tags = ["Staff"]
/** What a key can't do, and so who isn't in danger if it is stolen. */
const LIMITS =
  "A key can do this only with people whose role can do nothing that the key can't, and never with an Admin; an Admin can, on the Staff page."

const list = createRoute("api.staff.list", {
  operationId: "listStaff",
  tags,
  summary: "List staff, who joined last first",
  request: { query: listParams("usr", JOINED_AT) },
  responses: {
    200: jsonResponse(listSchema("StaffList", StaffPerson), "A page of the staff."),
    ...problems(...COMMON_ERRORS),
  },
})

const read = createRoute("api.staff.show", {
  operationId: "getStaff",
  tags,
  summary: "Get a staff user",
  request: { params: idParam("staff user") },
  responses: { 200: jsonResponse(StaffPerson, "The staff user.", "ETag"), ...problems(...COMMON_ERRORS, "not_found") },
})

const update = createRoute("api.staff.update", {
  operationId: "updateStaff",
  tags,
  summary: "Change the role of a staff user",
  description: `The new role holds at once. ${LIMITS}`,
  request: { params: idParam("staff user"), headers: ifMatchHeader, body: mergePatchBody(StaffPersonPatch) },
  responses: {
    200: jsonResponse(StaffPerson, "The staff user with the new role.", "ETag"),
    ...problems(
      ...COMMON_ERRORS,
      ...BODY_ERRORS,
      "not_found",
      "role_exceeds_scopes",
      "inherited_staff",
      "version_conflict",
    ),
  },
})

const remove = createRoute("api.staff.remove", {
  operationId: "removeStaff",
  tags,
  summary: "Remove a staff user",
  description: `They lose access at once. Invites and API keys that they created stay. ${LIMITS}`,
  request: { params: idParam("staff user"), headers: ifMatchHeader },
  responses: {
    204: { description: "Removed." },
    ...problems(
      ...COMMON_ERRORS,
      "body_too_large",
      "not_found",
      "role_exceeds_scopes",
      "inherited_staff",
      "version_conflict",
    ),
  },
})

export const staffRoutes = new ApiHono()
  .openapi(list, (c) => listResponse(c, (page) => listStaffPage(c.var.deps, c.var.apiKey, page), toStaffPerson))
  .openapi(read, async (c) => {
    const person = await getStaff(c.var.deps, c.var.apiKey, c.req.valid("param").id)
    return jsonWithEtag(c, toStaffPerson(person), 200, person.role)
  })
  .openapi(update, async (c) => {
    const { deps, apiKey } = c.var
    const { id } = c.req.valid("param")
    const { role } = c.req.valid("json")
    const versions = ifMatchVersions(c)
    const person = unwrap(await (role ? changeRole(deps, apiKey, id, role, versions) : getPerson(deps, apiKey, id)))
    if (!role) requireVersion(versions, person.role)
    return jsonWithEtag(c, toStaffPerson(person), 200, person.role)
  })
  .openapi(remove, async (c) => {
    await removePerson(c.var.deps, c.var.apiKey, c.req.valid("param").id, ifMatchVersions(c))
    return c.body(null, 204)
  })
