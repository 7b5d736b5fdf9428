import type { EventData, EventType } from "../../storage/schema.ts"

type PayloadEvent = { id: string; type: EventType; occurredAt: Date; data: EventData; isTest?: boolean }

/** The payload of an event, the same in each delivery and in the list of events. Only tests are marked. */
export function toPayload({ id, type, occurredAt, data, isTest }: PayloadEvent) {
  return { id, type, timestamp: occurredAt.toISOString(), data, ...(isTest && { test: true as const }) }
}
