import type { RecordedEvent } from "../../storage/schema.ts"

/** The payload of an event, the same in each delivery. */
export function toPayload({ type, occurredAt, data }: Pick<RecordedEvent, "type" | "occurredAt" | "data">) {
  return { type, timestamp: occurredAt.toISOString(), data }
}
