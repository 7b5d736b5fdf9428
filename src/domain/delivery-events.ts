import * as z from "zod"
import { deliveryEvents } from "../storage/schema.ts"
import type { Deps } from "./deps.ts"

/** Cloudflare Email Service, event subscriptions: what every event has, as far as it is looked at here. */
const deliveryEvent = z.looseObject({
  type: z.string(),
  payload: z.looseObject({ eventId: z.string().optional(), messageId: z.string().optional() }).optional(),
  metadata: z.looseObject({ eventTimestamp: z.string().optional() }).optional(),
})

/** Keeps an event as it came, once however often it is delivered. `deliveryId` names one that names itself not. */
export async function recordDeliveryEvent({ db, now }: Deps, event: unknown, deliveryId: string): Promise<void> {
  const { type = "unreadable", payload, metadata } = deliveryEvent.safeParse(event).data ?? {}
  await db
    .insert(deliveryEvents)
    .values({
      id: payload?.eventId ?? deliveryId,
      messageId: payload?.messageId ?? null,
      type,
      payload: JSON.stringify(event),
      occurredAt: metadata?.eventTimestamp ?? null,
      receivedAt: now(),
    })
    .onConflictDoNothing()
}
