import { webhookDisabledEmail } from "../../.generated/emails.ts"
import { signToken } from "../domain/access/signed-token.ts"
import type { Deps } from "../domain/deps.ts"
import { deriveCode } from "../domain/invites/email-codes.ts"
import { type LinkUse, linkUrl, signLink } from "../domain/invites/link-token.ts"
import type { ClaimedMessage, InviteMessage } from "../domain/outbox/claimed-message.ts"
import type { IdentityMessage } from "../domain/outbox/identity-messages.ts"
import { OUTBOX_RETENTION_DAYS } from "../domain/outbox/outbox.ts"
import { DAY_MS } from "../domain/time.ts"
import { href } from "../routes.ts"
import { preventAutolink } from "../text/sanitize.ts"
import { emailMessagesFor, staffEmailMessagesFor } from "./email-messages.ts"
import type { OutgoingEmail } from "./provider.ts"
import { renderDigest } from "./render-digest.ts"
import { renderIdentityEmail } from "./render-identity.ts"
import { brandingSlots, renderInvite, renderReminder, renderVerificationCode, sampleLinks } from "./render-invite.ts"
import { fillTemplate, translateEmail } from "./template.ts"

type ClaimedEmail = Exclude<ClaimedMessage, { kind: "webhook" }>

/** Renders a claimed email. Its links are signed now, since they are never stored. */
export async function renderEmail(deps: Deps, mail: ClaimedEmail): Promise<OutgoingEmail> {
  const { row } = mail
  const headers = await headersOf(deps, mail)
  if (!("reseller" in mail)) {
    const from = { name: deps.config.platformName, email: deps.config.mailFrom }
    return { to: row.recipient, from, headers, ...(await renderIdentityEmail(deps, mail)) }
  }
  const { reseller } = mail
  return {
    to: row.recipient,
    headers,
    from: { name: preventAutolink(reseller.name), email: deps.config.mailFrom },
    replyTo: reseller.supportEmail,
    ...(await emailContent(deps, mail)),
  }
}

/** No program answers our emails (RFC 3834), and who gets one that nobody asked for can stop them with one press (RFC 8058). */
async function headersOf(deps: Deps, mail: ClaimedEmail): Promise<OutgoingEmail["headers"]> {
  const url = await unsubscribeUrl(deps, mail)
  return {
    "Auto-Submitted": "auto-generated",
    "Content-Language": languageOf(mail),
    ...(url && { "List-Unsubscribe": `<${url}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }),
  }
}

function languageOf(mail: ClaimedEmail): string {
  if ("invite" in mail) return emailMessagesFor(mail.invite.locale).language.code
  if (mail.kind === "test") return emailMessagesFor(mail.test.locale).language.code
  return ("reseller" in mail ? staffEmailMessagesFor(mail.locale) : emailMessagesFor(mail.locale)).language.code
}

async function unsubscribeUrl({ config, linkKeys }: Deps, mail: ClaimedEmail): Promise<string | undefined> {
  if (mail.kind === "reminder") {
    const use = "unsubscribe"
    return linkUrl(config.baseUrl, use, await signLink(linkKeys, { invite: mail.invite, use, via: "email" }))
  }
  if (mail.kind !== "digest" || !mail.reference) return undefined
  const expiresAt = new Date(mail.row.createdAt.getTime() + OUTBOX_RETENTION_DAYS * DAY_MS)
  const { reference, reseller } = mail
  const token = await signToken(linkKeys, { purpose: "digest_off", via: "email", reference, version: 0, expiresAt })
  return new URL(href("unsubscribe.showDigest", { token, account: reseller.id }), config.baseUrl).href
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
      return renderDigest(deps, mail)
    case "test":
      return renderTest(deps, mail)
    case "webhook_off":
      return webhookDisabledContent(deps, mail)
  }
}

/** The email of an invite that doesn't exist, as its inviter saw it before. */
function renderTest(deps: Deps, { reseller, locale, test }: Extract<ClaimedEmail, { kind: "test" }>) {
  const { inviterName, expiresAt, ...fields } = test
  const invite = { ...fields, kind: "customer" as const, role: null, expiresAt: new Date(expiresAt) }
  const email = renderInvite(deps, { invite, reseller, inviterName }, sampleLinks(deps))
  return { ...email, subject: staffEmailMessagesFor(locale).staff.invites.preview.testSubject(email.subject) }
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
    webhooks_url: new URL(href("webhooks.list", {}, { account: reseller.id }), deps.config.baseUrl).href,
  })
}

async function inviteLinks({ config, linkKeys }: Deps, { invite }: InviteMessage) {
  const createLink = async (use: LinkUse) =>
    linkUrl(config.baseUrl, use, await signLink(linkKeys, { invite, use, via: "email" }))
  return { registration: await createLink("registration"), decline: await createLink("decline") }
}
