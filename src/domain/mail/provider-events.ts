/** An event of the API of Resend (https://resend.com/docs/webhooks/event-types), as far as we use it. */
type ProviderEvent = {
  type?: string
  data?: {
    email_id?: string
    bounce?: { type?: string; message?: string; diagnosticCode?: string[] }
    failed?: { reason?: string }
    suppressed?: { message?: string }
  }
}

const KINDS: Record<string, string> = {
  "email.delivered": "delivered",
  "email.delivery_delayed": "deferred",
  "email.bounced": "bounced",
  "email.complained": "complained",
  "email.failed": "failed",
  "email.suppressed": "rejected",
}

/**
 * An event of the HTTP provider as Cloudflare Email Service would report it, whose values `recordDeliveryEvent` checks; undefined if it
 * isn't about the delivery of an email.
 */
export function toDeliveryEvent({ type = "", data }: ProviderEvent): object | undefined {
  const kind = KINDS[type]
  if (!kind || !data?.email_id) return undefined
  const { email_id: messageId, bounce, failed, suppressed } = data
  return {
    type: `cf.email.sending.message.${kind}`,
    payload: {
      messageId,
      delivery: { smtpResponse: bounce?.diagnosticCode?.[0] ?? bounce?.message },
      bounce: bounce && { type: bounce.type === "Permanent" ? "hard" : "soft", reason: bounce.message },
      failure: failed,
      rejection: kind === "rejected" ? { reason: "suppressed", detail: suppressed?.message } : null,
    },
  }
}
