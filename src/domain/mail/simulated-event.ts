export const SIMULATED_EVENTS = ["delivered", "deferred", "bounced", "complained"] as const
export type SimulatedEvent = (typeof SIMULATED_EVENTS)[number]

const SMTP_RESPONSES = {
  bounced: "550 5.1.1 No such user",
  deferred: "451 4.7.1 Try again later",
  delivered: "250 2.0.0 OK",
}

/** An event as the email provider would report it. */
export function toSimulatedEvent(kind: SimulatedEvent, { eventId, messageId, recipient }: Record<string, string>) {
  return {
    type: `cf.email.sending.message.${kind}`,
    payload: {
      eventId,
      messageId,
      recipient,
      terminal: kind !== "deferred",
      delivery: kind === "complained" ? null : { smtpResponse: SMTP_RESPONSES[kind] },
      ...(kind === "bounced" && { bounce: { type: "hard", classification: "invalid_recipient" } }),
    },
    metadata: { eventTimestamp: new Date().toISOString() },
  }
}
