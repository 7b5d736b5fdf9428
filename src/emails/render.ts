import {
  accountInviteEmail,
  digestEmail,
  inviteEmail,
  reminderEmail,
  verificationCodeEmail,
  webhookDisabledEmail,
} from "../../.generated/emails.ts"
import { ROLE_NAMES } from "../domain/access/permissions.ts"
import type { Deps } from "../domain/deps.ts"
import { NOTIFIED_EVENTS } from "../domain/events/record.ts"
import { senderName } from "../domain/invites/audience.ts"
import { CODE_TTL_MINUTES, deriveCode } from "../domain/invites/email-codes.ts"
import { type LinkUse, linkUrl, signLink } from "../domain/invites/link-token.ts"
import type { ClaimedMessage, DigestLine, InviteMessage } from "../domain/outbox/claim.ts"
import { accessibleAccent, DEFAULT_ACCENT } from "../text/accent.ts"
import { formatPhone } from "../text/phone.ts"
import { preventAutolink } from "../text/sanitize.ts"
import { PHRASES } from "./phrases.ts"
import type { OutgoingEmail } from "./send.ts"
import { fillTemplate } from "./template.ts"

type ClaimedEmail = Exclude<ClaimedMessage, { kind: "webhook" }>

/** A mail as it leaves. What links it carries are made for it now. */
export async function renderEmail(deps: Deps, mail: ClaimedEmail): Promise<OutgoingEmail> {
  const { reseller, row } = mail
  return {
    to: row.recipient,
    from: { name: preventAutolink(reseller.name), email: deps.config.mailFrom },
    replyTo: reseller.supportEmail,
    ...(await emailContent(deps, mail)),
  }
}

function emailContent(deps: Deps, mail: ClaimedEmail) {
  switch (mail.kind) {
    case "invite":
    case "reminder":
      return inviteContent(deps, mail)
    case "code":
      return codeContent(deps, mail)
    case "digest":
      return digestContent(deps, mail)
    case "webhook_off":
      return fillTemplate(webhookDisabledEmail.en, {
        ...branding(deps, mail.reseller),
        reseller_name: preventAutolink(mail.reseller.name),
        webhook_url: mail.webhookUrl,
        webhooks_url: new URL("/settings/webhooks", deps.config.baseUrl).href,
      })
  }
}

/** How every mail of a reseller looks. */
function branding({ config }: Deps, { accentColor, logoId }: ClaimedEmail["reseller"]) {
  return {
    accent: accessibleAccent(accentColor ?? DEFAULT_ACCENT).light,
    logo_url: logoId ? new URL(`/brand/logo/${logoId}`, config.baseUrl).href : "",
  }
}

/** What the e-mails about an invite say of it, in its language. */
function inviteSlots({ invite, reseller }: InviteMessage) {
  const { callUs, purpose } = PHRASES[invite.locale]
  const { supportPhone } = reseller
  return {
    purpose: purpose[invite.kind](preventAutolink(invite.companyName), preventAutolink(reseller.name)),
    reseller_name: preventAutolink(reseller.name),
    support_line: supportPhone ? callUs(formatPhone(supportPhone)) : "",
  }
}

async function inviteContent(deps: Deps, mail: InviteMessage & { kind: "invite" | "reminder" }) {
  const { config, linkKeys } = deps
  const { invite, reseller, inviterName } = mail
  const { locale } = invite
  const { date, personWithCompany } = PHRASES[locale]
  const createLink = async (use: LinkUse) =>
    linkUrl(config.baseUrl, use, await signLink(linkKeys, { invite, use, via: "email" }))
  const sender = senderName(invite, reseller, config.platformName)
  const slots = {
    ...branding(deps, reseller),
    ...inviteSlots(mail),
    contact_name: preventAutolink(invite.contactName),
    company_name: preventAutolink(invite.companyName),
    inviter: preventAutolink(inviterName ? personWithCompany(inviterName, sender) : sender),
    registration_url: await createLink("registration"),
    decline_url: await createLink("decline"),
    expires_on: date.format(invite.expiresAt),
  }
  if (mail.kind === "reminder") return fillTemplate(reminderEmail[locale], slots)
  const inviteEmailSlots = {
    ...slots,
    note: preventAutolink(invite.note ?? ""),
    platform_name: config.platformName,
    contact_email: invite.contactEmail,
  }
  if (!invite.role) return fillTemplate(inviteEmail[locale], inviteEmailSlots)
  const accountName = invite.kind === "member" ? invite.companyName : reseller.name
  return fillTemplate(accountInviteEmail[locale], {
    ...inviteEmailSlots,
    account_name: preventAutolink(accountName),
    role: ROLE_NAMES[invite.role],
  })
}

function codeContent(deps: Deps, mail: InviteMessage) {
  return fillTemplate(verificationCodeEmail[mail.invite.locale], {
    ...branding(deps, mail.reseller),
    ...inviteSlots(mail),
    code: deriveCode(deps, mail.row.id),
    minutes: String(CODE_TTL_MINUTES),
  })
}

function digestContent(deps: Deps, { lines, counts, reseller }: Extract<ClaimedEmail, { kind: "digest" }>) {
  const total = counts.reduce((sum, { n }) => sum + n, 0)
  const digestLines = lines.map(toDigestLine)
  if (total > lines.length) digestLines.push(`… and ${total - lines.length} more`)
  const { config } = deps
  return fillTemplate(digestEmail.en, {
    ...branding(deps, reseller),
    summary: `Your invites: ${counts.map(({ type, n }) => `${n} ${NOTIFIED_EVENTS[type] ?? type}`).join(", ")}`,
    lines: digestLines.join("\n"),
    reseller_name: preventAutolink(reseller.name),
    invites_url: new URL("/customers/invites", config.baseUrl).href,
    settings_url: new URL("/settings/mail", config.baseUrl).href,
  })
}

function toDigestLine({ event, invite }: DigestLine): string {
  const { type, detail, contactEmail } = event
  const { kind, companyName, contactName } = invite
  const person =
    kind === "customer" ? `${companyName} (${contactName}, ${contactEmail})` : `${contactName} (${contactEmail})`
  const reason = type === "invite.bounced" && detail ? `: ${detail}` : ""
  return preventAutolink(`${person} ${NOTIFIED_EVENTS[type] ?? type}${reason}`)
}
