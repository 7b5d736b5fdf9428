import type { RecordedEvent } from "../../storage/schema.ts"

/** What a webhook gets of an event: the same at each delivery. */
export function toPayload({ type, occurredAt, data }: Pick<RecordedEvent, "type" | "occurredAt" | "data">) {
  return { type, timestamp: occurredAt.toISOString(), data }
}
