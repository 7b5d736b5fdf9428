import * as z from "zod"
import { EVENT_LIST_DAYS, listEvents } from "../domain/events/list.ts"
import { toPayload } from "../domain/events/payload.ts"
import { EVENT_TYPES } from "../storage/schema.ts"
import { createRoute } from "./api-route.ts"
import { problems } from "./documented-problems.ts"
import { Event } from "./event-schemas.ts"
import { timeParam } from "./list-params.ts"
import { ApiHono } from "./router.ts"
import { withSchemaName } from "./schema-name.ts"
import { COMMON_ERRORS, jsonResponse, listParams } from "./schemas.ts"

const eventTypes = z.array(z.enum(EVENT_TYPES))
const TYPE_RULE = `Use one or several of these, with commas between them: ${EVENT_TYPES.join(", ")}.`

const EventList = z
  .object({
    data: z.array(Event),
    next_cursor: z.string().meta({
      description: `Where to continue, also from an empty page. It works for ${EVENT_LIST_DAYS} days.`,
      examples: ["evt_01kc3ym7a2f8q0v5r9d4t6w1zx"],
    }),
    has_more: z.boolean().meta({
      description:
        "True if there may be more events now. If false, ask again later. With a filter, a page can be empty although more follow.",
    }),
  })
  .apply(withSchemaName("EventList"))

const list = createRoute("api.events.list", {
  operationId: "listEvents",
  tags: ["Events"],
  summary: "List events, oldest first",
  description: `The events of the last ${EVENT_LIST_DAYS} days, whether or not a webhook received them. To catch up after an outage, or instead of a webhook, store \`next_cursor\` with each page that you have handled, and continue from it: the list is in the order in which events were saved, so that you miss none. The \`id\` of an event is the \`webhook-id\` of its deliveries: ignore those that you have handled. Events of customers and their members need \`customers:read\` as well; without it, the list leaves them out, and asking for their types is refused.`,
  request: {
    query: listParams("evt").extend({
      type: z
        .string()
        .transform((types, context) => {
          const { success, data } = eventTypes.safeParse(types.split(","))
          if (!success) context.addIssue(TYPE_RULE)
          return data ?? []
        })
        .optional()
        .meta({
          description: "The types of events, with commas between them.",
          examples: ["invite.accepted,invite.bounced"],
        }),
      occurred_after: timeParam("Occurred at this time or later."),
      cursor: z
        .string()
        .regex(/^evt_[0-9a-z]{26,40}$/, "Use the `next_cursor` of another page.")
        .optional()
        .meta({ description: "The `next_cursor` of another page, or the id of an event." }),
    }),
  },
  responses: {
    200: jsonResponse(EventList, "A page of events."),
    ...problems(...COMMON_ERRORS, "cursor_expired"),
  },
})

export const eventRoutes = new ApiHono().openapi(list, async (c) => {
  const { type: types, occurred_after: occurredAfter, limit: size, cursor } = c.req.valid("query")
  const page = await listEvents(c.var.deps, c.var.apiKey, { types, occurredAfter }, { cursor, size })
  return c.json({ data: page.rows.map(toPayload), next_cursor: page.cursor, has_more: page.hasMore }, 200)
})
