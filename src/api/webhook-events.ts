import type { OpenAPIHono } from "@hono/zod-openapi"
import * as z from "zod"
import { EXAMPLE_EVENT_ID } from "../domain/events/example-data.ts"
import { EVENT_TYPES, type EventType } from "../storage/schema.ts"
import { EVENT_SCHEMAS } from "./event-schemas.ts"

/** When each event happens. Only the build needs this. */
const EVENT_DESCRIPTIONS: Record<EventType, string> = {
  "invite.created": "An invite was created.",
  "invite.sent": "The email provider accepted an email of the invite.",
  "invite.delivered": "The contact's mail server accepted the email.",
  "invite.deferred": "The contact's mail server asked the provider to try again later.",
  "invite.bounced": "The email could not be delivered, or the provider doesn't send to this address.",
  "invite.complained": "The contact marked the email as spam.",
  "invite.failed": "The email could not be sent.",
  "invite.resent": "The invite was sent again, with a new link.",
  "invite.reminded": "A reminder is on its way, two days before the invite expires.",
  "invite.updated":
    "Fields of the invite were changed, or its billing account, or its revocation was undone: then its status is `pending` again.",
  "invite.opened": "The contact opened the registration link for the first time.",
  "invite.accepted": "The contact accepted the invite.",
  "invite.expired": "The invite expired.",
  "invite.revoked": "The invite was revoked.",
  "invite.declined": "The contact declined the invite.",
  "customer.created": "A customer exists, because the contact accepted the invite.",
  "customer.updated":
    "The customer was changed: its name, `external_id`, `metadata` or billing account, or whether that needs a review.",
  "member.joined": "A person joined the customer's account; the first one is its Admin.",
}

const headers = z.object({
  "webhook-id": z.string().meta({
    description: "The id of the event. The same in each delivery, so ignore an id that you have handled.",
    examples: [EXAMPLE_EVENT_ID],
  }),
  "webhook-timestamp": z.string().meta({
    description: "The time of the attempt, in seconds since 1970. Refuse what is more than a few minutes old.",
    examples: ["1795514400"],
  }),
  "webhook-signature": z.string().meta({
    description: "Signatures according to Standard Webhooks, with spaces between them: one by each valid secret.",
    examples: ["v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="],
  }),
})

/** Documents the request that each event makes. */
export function registerWebhooks(registry: OpenAPIHono["openAPIRegistry"]): void {
  for (const type of EVENT_TYPES) {
    registry.registerWebhook({
      method: "post",
      path: type,
      operationId: type.replace(/\.(\w)/, (_, letter: string) => `On${letter.toUpperCase()}`),
      tags: ["Events"],
      summary: type,
      description: EVENT_DESCRIPTIONS[type],
      security: [],
      request: { headers, body: { required: true, content: { "application/json": { schema: EVENT_SCHEMAS[type] } } } },
      responses: {
        "2XX": { description: "You have the event. Respond within 15 seconds; we ignore the body." },
        410: { description: "You want no more events: the webhook is disabled at once." },
        429: { description: "Try again later. `Retry-After` is obeyed, up to an hour, for all events of the webhook." },
        default: {
          description: "The event is sent again, with growing intervals, for 24 hours. `Retry-After` is obeyed.",
        },
      },
    })
  }
}
