import { digestEmail, webhookDisabledEmail } from "../../.generated/emails.ts"
import type { Deps } from "../domain/deps.ts"
import type { NotifiedEvent } from "../domain/events/record-event.ts"
import { deriveCode } from "../domain/invites/email-codes.ts"
import { type LinkUse, linkUrl, signLink } from "../domain/invites/link-token.ts"
import type { ClaimedMessage, DigestLine, InviteMessage } from "../domain/outbox/claimed-message.ts"
import type { IdentityMessage } from "../domain/outbox/identity-messages.ts"
import { href } from "../routes.ts"
import { isolate } from "../text/direction.ts"
import { emailErrorText } from "../text/email-error.ts"
import { readableAddress } from "../text/readable-address.ts"
import { preventAutolink } from "../text/sanitize.ts"
import type { StaffMessages } from "../text/staff/locales.ts"
import { staffEmailMessagesFor } from "./email-messages.ts"
import { renderIdentityEmail } from "./render-identity.ts"
import { brandingSlots, renderInvite, renderReminder, renderVerificationCode } from "./render-invite.ts"
import type { OutgoingEmail } from "./send.ts"
import { fillTemplate, translateEmail } from "./template.ts"

type ClaimedEmail = Exclude<ClaimedMessage, { kind: "webhook" }>

/** Renders a claimed email. Its links are signed now, since they are never stored. */
export async function renderEmail(deps: Deps, mail: ClaimedEmail): Promise<OutgoingEmail> {
  const { row } = mail
  if (!("reseller" in mail)) {
    const from = { name: deps.config.platformName, email: deps.config.mailFrom }
    return { to: row.recipient, from, ...(await renderIdentityEmail(deps, mail)) }
  }
  const { reseller } = mail
  return {
    to: row.recipient,
    from: { name: preventAutolink(reseller.name), email: deps.config.mailFrom },
    replyTo: reseller.supportEmail,
    ...(await emailContent(deps, mail)),
  }
}

async function emailContent(deps: Deps, mail: Exclude<ClaimedEmail, IdentityMessage>) {
  switch (mail.kind) {
    case "invite":
    case "link":
      return renderInvite(deps, mail, await inviteLinks(deps, mail))
    case "reminder":
      return renderReminder(deps, mail, await inviteLinks(deps, mail))
    case "code":
      return renderVerificationCode(deps, mail, deriveCode(deps, mail.row.id))
    case "digest":
      return digestContent(deps, mail)
    case "webhook_off":
      return webhookDisabledContent(deps, mail)
  }
}

function webhookDisabledContent(
  deps: Deps,
  { reseller, locale, payload }: Extract<ClaimedEmail, { kind: "webhook_off" }>,
) {
  const t = staffEmailMessagesFor(locale)
  return fillTemplate(translateEmail(webhookDisabledEmail, t), {
    ...brandingSlots(deps, reseller),
    reseller_name: preventAutolink(reseller.name),
    webhook_url: payload.url,
    reason: t.staff.webhookDisabled.reasons[payload.reason],
    webhooks_url: new URL(href("webhooks.list"), deps.config.baseUrl).href,
  })
}

async function inviteLinks({ config, linkKeys }: Deps, { invite }: InviteMessage) {
  const createLink = async (use: LinkUse) =>
    linkUrl(config.baseUrl, use, await signLink(linkKeys, { invite, use, via: "email" }))
  return { registration: await createLink("registration"), decline: await createLink("decline") }
}

function digestContent(deps: Deps, { lines, counts, reseller, locale }: Extract<ClaimedEmail, { kind: "digest" }>) {
  const t = staffEmailMessagesFor(locale)
  const { summary, more } = t.staff.digest
  const total = counts.reduce((sum, { n }) => sum + n, 0)
  const digestLines = lines.map((line) => toDigestLine(t, line))
  if (total > lines.length) digestLines.push(more(total - lines.length))
  const { config } = deps
  return fillTemplate(translateEmail(digestEmail, t), {
    ...brandingSlots(deps, reseller),
    summary: summary(counts.map(({ type, n }) => `${n} ${eventText(t, type)}`).join(", ")),
    lines: digestLines.join("\n"),
    reseller_name: preventAutolink(reseller.name),
    invites_url: new URL(href("customers.invites.list"), config.baseUrl).href,
    settings_url: new URL(href("settings.notifications.edit"), config.baseUrl).href,
  })
}

function toDigestLine(t: StaffMessages, { event, invite }: DigestLine): string {
  const { type, detail } = event
  const contactEmail = isolate(readableAddress(event.contactEmail))
  const { kind, companyName, contactName } = invite
  const [company, contact] = [isolate(preventAutolink(companyName)), isolate(preventAutolink(contactName))]
  const person = kind === "customer" ? `${company} (${contact}, ${contactEmail})` : `${contact} (${contactEmail})`
  const reason = type === "invite.bounced" && detail ? isolate(preventAutolink(emailErrorText(t, detail))) : ""
  return t.staff.digest.line(person, eventText(t, type), reason)
}

type EventType = DigestLine["event"]["type"]

function eventText(t: StaffMessages, type: EventType): string {
  const texts: Partial<Record<EventType, string>> = t.staff.digest.events satisfies Record<NotifiedEvent, string>
  return texts[type] ?? type
}
