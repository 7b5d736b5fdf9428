import * as z from "zod"
import { ACTIVITY_AREAS, type Activity as ActivityRow, listActivityPage } from "../domain/events/activity.ts"
import { ACTOR_KINDS } from "../storage/schema.ts"
import { createRoute } from "./api-route.ts"
import { problems } from "./documented-problems.ts"
import { requireKnownIds, timeParam } from "./list-params.ts"
import { throwFieldErrors } from "./problem-details.ts"
import { ApiHono } from "./router.ts"
import { withSchemaName } from "./schema-name.ts"
import { COMMON_ERRORS, jsonResponse, listParams, listResponse, listSchema, timestamp } from "./schemas.ts"

const changedValue = z.union([z.string(), z.number()]).nullable()

const Activity = z
  .object({
    // Longer where one statement writes the entries of many subjects.
    id: z
      .string()
      .regex(/^aud_[0-9a-z_]{26,60}$/)
      .meta({ examples: ["aud_01kc3ym7a2f8q0v5r9d4t6w1zx"] }),
    action: z.string().meta({
      description: "What was done. The part before the dot is the area. New actions can be added at any time.",
      examples: ["invite.created"],
    }),
    actor_kind: z.enum(ACTOR_KINDS).meta({ examples: ["staff"] }),
    actor_id: z
      .string()
      .nullable()
      .meta({
        description: "Null for an actor without an id, and for API keys other than this one.",
        examples: ["usr_01kc3ym7a2f8q0v5r9d4t6w1zx"],
      }),
    actor_name: z
      .string()
      .nullable()
      .meta({ description: "The name at that time.", examples: ["Dana Ortiz"] }),
    subject_id: z.string().meta({
      description:
        "The id of what was changed, such as an invite. For an entry about a member, the id of the customer.",
      examples: ["inv_01kc3ym7a2f8q0v5r9d4t6w1zx"],
    }),
    subject_name: z
      .string()
      .nullable()
      .meta({
        description: "The name of an invite's company or person, or of a customer.",
        examples: ["Northwind Logistics"],
      }),
    person_id: z
      .string()
      .nullable()
      .meta({ description: "The user that the entry is about.", examples: [null] }),
    detail: z
      .string()
      .nullable()
      .meta({
        description: "More about the action, for people to read, in English.",
        examples: ["priya@northwind.example"],
      }),
    changes: z
      .array(
        z.object({
          field: z.string().meta({ examples: ["contact_name"] }),
          from: changedValue.meta({ examples: ["Priya"] }),
          to: changedValue.meta({ examples: ["Priya Nair"] }),
        }),
      )
      .meta({ description: "The changed fields of an invite; both values are null for a long text." }),
    sealed: z
      .boolean()
      .meta({ description: "True once the entry is part of the chain of seals, within minutes.", examples: [true] }),
    created_at: timestamp,
  })
  .apply(withSchemaName("Activity"))

function toActivity(row: ActivityRow): z.infer<typeof Activity> {
  return {
    id: row.id,
    action: row.action,
    actor_kind: row.actorKind,
    actor_id: row.actorId,
    actor_name: row.actorName,
    subject_id: row.subjectId,
    subject_name: row.subject?.name ?? null,
    person_id: row.personId,
    detail: row.detail,
    changes: (row.changes ?? []).map(([field, from = null, to = null]) => ({ field, from, to })),
    sealed: row.isSealed,
    created_at: row.createdAt.toISOString(),
  }
}

const list = createRoute("api.activity.list", {
  operationId: "listActivity",
  tags: ["Activity"],
  summary: "List activity, newest first",
  description:
    "Entries about what the key's other scopes can read. With few matches, a page can have fewer items than `limit`, or none, although more follow: continue with `next_cursor` until it is null.",
  request: {
    query: listParams("aud").extend({
      actor_kind: z.enum(ACTOR_KINDS, `Use one of: ${ACTOR_KINDS.join(", ")}.`).optional(),
      actor_id: z
        .string()
        .regex(/^(usr|key)_[0-9a-z]{26}$/, "Use the id of a user, or that of this API key.")
        .optional()
        .meta({ description: "The id of a user, or of the API key that sends the request." }),
      area: z
        .enum(ACTIVITY_AREAS, `Use one of: ${ACTIVITY_AREAS.join(", ")}.`)
        .optional()
        .meta({
          description:
            "The first part of the action. Activity about API keys isn't listed here: staff see it under Settings.",
        }),
      invite_id: z
        .string()
        .regex(/^inv_[0-9a-z]{26}$/, "Use the id of an invite.")
        .optional()
        .meta({ description: "The id of an invite." }),
      created_after: timeParam("At this time or later."),
      created_before: timeParam("Before this time."),
    }),
  },
  responses: {
    200: jsonResponse(listSchema("ActivityList", Activity), "A page of activity."),
    ...problems(...COMMON_ERRORS),
  },
})

export const activityRoutes = new ApiHono().openapi(list, (c) => {
  const { deps, apiKey } = c.var
  const { actor_kind, actor_id, area, invite_id, created_after, created_before } = c.req.valid("query")
  if (actor_id?.startsWith("key_") && actor_id !== apiKey.id) {
    const detail = "A key can ask for its own activity, and for that of people."
    throwFieldErrors([{ field: "actor_id", code: "invalid", detail }])
  }
  const filter = {
    actorKind: actor_kind,
    actorId: actor_id,
    area,
    inviteId: invite_id,
    createdAfter: created_after,
    createdBefore: created_before,
  }
  return listResponse(
    c,
    async (page) => {
      const { unknownIds, ...found } = await listActivityPage(deps, apiKey, filter, page)
      requireKnownIds(unknownIds, { inviteId: "invite_id", actorId: "actor_id" })
      return found
    },
    toActivity,
  )
})
