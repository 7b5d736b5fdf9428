import * as z from "zod"
import { EXAMPLE_EVENT_ID, exampleData } from "../domain/events/example-data.ts"
import { toPayload } from "../domain/events/payload.ts"
import { INVITE_FIELDS } from "../domain/invites/fields.ts"
import { EMAIL_STATUSES, EVENT_TYPES, type EventType, INVITE_STATUSES } from "../storage/schema.ts"
import { withSchemaName } from "./schema-name.ts"
import { idSchema, timestamp } from "./schemas.ts"

const eventId = z.string().regex(/^evt_[0-9a-z]{26,40}$/)

const ownValues = {
  external_id: INVITE_FIELDS.external_id.response,
  metadata: INVITE_FIELDS.metadata.response,
}

const InviteEventData = z
  .object({
    invite_id: idSchema("inv"),
    status: z.enum(INVITE_STATUSES),
    email_status: z.enum(EMAIL_STATUSES).nullable(),
    send_count: z.int().meta({ examples: [1] }),
    customer_id: idSchema("cus").nullable(),
    ...ownValues,
  })
  .meta({ description: "The invite, with its statuses at that time." })
  .apply(withSchemaName("InviteEventData"))
const CustomerEventData = z
  .object({ customer_id: idSchema("cus"), ...ownValues })
  .apply(withSchemaName("CustomerEventData"))
const MemberEventData = z
  .object({ member_id: idSchema("usr"), customer_id: idSchema("cus") })
  .apply(withSchemaName("MemberEventData"))

function dataSchema(type: EventType) {
  if (type === "customer.updated") return CustomerEventData
  return type === "member.joined" ? MemberEventData : InviteEventData
}

/** `InviteCreatedEvent`, in the document and in clients. */
const schemaName = (type: EventType) =>
  `${type.replaceAll(/(^|\.)(\w)/g, (_, _dot: string, letter: string) => letter.toUpperCase())}Event`

/** The schema of each event: the body of its deliveries, and its item in the list of events. */
export const EVENT_SCHEMAS = Object.fromEntries(EVENT_TYPES.map((type) => [type, toEventSchema(type)])) as Record<
  EventType,
  ReturnType<typeof toEventSchema>
>

function toEventSchema(type: EventType) {
  const example = { id: EXAMPLE_EVENT_ID, type, occurredAt: new Date("2026-11-24T10:00:00Z"), data: exampleData(type) }
  return z
    .object({
      id: eventId.meta({ description: "The same in each delivery of the event, and its `webhook-id`." }),
      type: z.literal(type),
      timestamp: timestamp.meta({ description: "When it happened." }),
      data: dataSchema(type),
      test: z.literal(true).optional().meta({ description: "Only in test events, whose ids are invented." }),
    })
    .meta({ examples: [toPayload(example)] })
    .apply(withSchemaName(schemaName(type)))
}

const [firstType, ...otherTypes] = EVENT_TYPES
export const Event = z
  .discriminatedUnion("type", [EVENT_SCHEMAS[firstType], ...otherTypes.map((type) => EVENT_SCHEMAS[type])])
  .apply(withSchemaName("Event"))
