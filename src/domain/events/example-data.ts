import type { EmailStatus, EventData, EventType, InviteStatus } from "../../storage/schema.ts"

export const EXAMPLE_EVENT_ID = "evt_01kc3ym7a2f8q0v5r9d4t6w1zx"
const INVITE_ID = "inv_01kc3ym7a2f8q0v5r9d4t6w1zx"
const CUSTOMER_ID = "cus_01kc3ym7a2f8q0v5r9d4t6w1zx"
const OWN_VALUES = { external_id: "crm-4711", metadata: { plan: "gold" } }
const MEMBER_ID = "usr_01kc3ym7a2f8q0v5r9d4t6w1zx"

/** The statuses of an invite after each event; others leave it pending, with a delivered email. */
const STATUSES: Partial<Record<EventType, [InviteStatus, EmailStatus]>> = {
  "invite.created": ["pending", "queued"],
  "invite.sent": ["pending", "sent"],
  "invite.deferred": ["pending", "deferred"],
  "invite.bounced": ["pending", "bounced"],
  "invite.complained": ["pending", "complained"],
  "invite.failed": ["pending", "failed"],
  "invite.resent": ["pending", "queued"],
  "invite.reminded": ["pending", "queued"],
  "invite.accepted": ["accepted", "delivered"],
  "invite.expired": ["expired", "delivered"],
  "invite.revoked": ["revoked", "delivered"],
  "invite.declined": ["declined", "delivered"],
  "customer.created": ["accepted", "delivered"],
}

/** What an event of this type says, for tests of a webhook and the API document. Its ids belong to nobody. */
export function exampleData(type: EventType): EventData {
  if (type === "customer.updated") return { customer_id: CUSTOMER_ID, ...OWN_VALUES }
  if (type === "member.joined") return { member_id: MEMBER_ID, customer_id: CUSTOMER_ID }
  const [status, emailStatus] = STATUSES[type] ?? ["pending", "delivered"]
  return {
    invite_id: INVITE_ID,
    status,
    email_status: emailStatus,
    send_count: ["invite.resent", "invite.reminded"].includes(type) ? 2 : 1,
    customer_id: status === "accepted" ? CUSTOMER_ID : null,
    ...OWN_VALUES,
  }
}
