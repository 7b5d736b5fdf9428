import {
  codeEmail,
  digestEmail,
  inviteEmail,
  personEmail,
  reminderEmail,
  webhookOffEmail,
} from "../../.generated/emails.ts"
import { DEFAULT_ACCENT, readableAccent } from "../domain/accent.ts"
import { ROLE_NAMES } from "../domain/actor.ts"
import type { Deps } from "../domain/deps.ts"
import { hostNameOf } from "../domain/inviters.ts"
import { CODE_MINUTES, codeOf } from "../domain/mailbox-codes.ts"
import type { Claimed, DigestLine, InviteMail } from "../domain/outbox-claim.ts"
import { readablePhone } from "../domain/phone.ts"
import { type LinkUse, linkUrl, signLink } from "../domain/registration-link.ts"
import { NOTICED } from "../domain/telling.ts"
import { unlinked } from "../domain/text.ts"
import type { OutgoingMail } from "./deliver.ts"
import { fillEmail } from "./fill.ts"
import { PHRASES } from "./phrases.ts"

type Mail = Exclude<Claimed, { kind: "webhook" }>

/** A mail as it leaves. What links it carries are made for it now. */
export async function compose(deps: Deps, mail: Mail): Promise<OutgoingMail> {
  const { reseller, row } = mail
  return {
    to: row.recipient,
    from: { name: unlinked(reseller.name), email: deps.config.mailFrom },
    replyTo: reseller.supportEmail,
    ...(await contentOf(deps, mail)),
  }
}

function contentOf(deps: Deps, mail: Mail) {
  switch (mail.kind) {
    case "invite":
    case "reminder":
      return inviteContent(deps, mail)
    case "code":
      return codeContent(deps, mail)
    case "digest":
      return digestContent(deps, mail)
    case "webhook_off":
      return fillEmail(webhookOffEmail.en, {
        ...lookOf(deps, mail.reseller),
        reseller_name: unlinked(mail.reseller.name),
        webhook_url: JSON.parse(mail.row.payload ?? "{}").url,
        webhooks_url: new URL("/settings/webhooks", deps.config.baseUrl).href,
      })
  }
}

/** How every mail of a reseller looks. */
function lookOf({ config }: Deps, { accentColor, logoId }: Mail["reseller"]) {
  return {
    accent: readableAccent(accentColor ?? DEFAULT_ACCENT).light,
    logo_url: logoId ? new URL(`/brand/logo/${logoId}`, config.baseUrl).href : "",
  }
}

/** What the e-mails about an invite say of it, in its language. */
function aboutInvite({ invite, reseller }: InviteMail) {
  const { orCall, purpose } = PHRASES[invite.locale]
  const { supportPhone } = reseller
  return {
    purpose: purpose[invite.kind](unlinked(invite.companyName), unlinked(reseller.name)),
    reseller_name: unlinked(reseller.name),
    support_line: supportPhone ? orCall(readablePhone(supportPhone)) : "",
  }
}

async function inviteContent(deps: Deps, mail: InviteMail & { kind: "invite" | "reminder" }) {
  const { config, linkKeys } = deps
  const { invite, reseller, inviterName } = mail
  const { locale } = invite
  const { date, personOf } = PHRASES[locale]
  const linkFor = async (use: LinkUse) =>
    linkUrl(config.baseUrl, use, await signLink(linkKeys, { invite, use, via: "email" }))
  const host = hostNameOf(invite, reseller, config.platformName)
  const words = {
    ...lookOf(deps, reseller),
    ...aboutInvite(mail),
    contact_name: unlinked(invite.contactName),
    company_name: unlinked(invite.companyName),
    inviter: unlinked(inviterName ? personOf(inviterName, host) : host),
    registration_url: await linkFor("registration"),
    decline_url: await linkFor("decline"),
    expires_on: date.format(invite.expiresAt),
  }
  if (mail.kind === "reminder") return fillEmail(reminderEmail[locale], words)
  const invitation = {
    ...words,
    note: unlinked(invite.note ?? ""),
    platform_name: config.platformName,
    contact_email: invite.contactEmail,
  }
  if (!invite.role) return fillEmail(inviteEmail[locale], invitation)
  const account = invite.kind === "member" ? invite.companyName : reseller.name
  return fillEmail(personEmail[locale], {
    ...invitation,
    account_name: unlinked(account),
    role: ROLE_NAMES[invite.role],
  })
}

function codeContent(deps: Deps, mail: InviteMail) {
  return fillEmail(codeEmail[mail.invite.locale], {
    ...lookOf(deps, mail.reseller),
    ...aboutInvite(mail),
    code: codeOf(deps, mail.row.id),
    minutes: String(CODE_MINUTES),
  })
}

function digestContent(deps: Deps, { lines, counts, reseller }: Extract<Mail, { kind: "digest" }>) {
  const total = counts.reduce((sum, { n }) => sum + n, 0)
  const told = lines.map(digestLine)
  if (total > lines.length) told.push(`… and ${total - lines.length} more`)
  const { config } = deps
  return fillEmail(digestEmail.en, {
    ...lookOf(deps, reseller),
    summary: `Your invites: ${counts.map(({ action, n }) => `${n} ${NOTICED[action] ?? action}`).join(", ")}`,
    lines: told.join("\n"),
    reseller_name: unlinked(reseller.name),
    invites_url: new URL("/customers/invites", config.baseUrl).href,
    settings_url: new URL("/settings/mail", config.baseUrl).href,
  })
}

function digestLine({ action, detail, contactEmail, invite }: DigestLine): string {
  const { kind, companyName, contactName } = invite
  const who =
    kind === "customer" ? `${companyName} (${contactName}, ${contactEmail})` : `${contactName} (${contactEmail})`
  const why = action === "invite.bounced" && detail ? `: ${detail}` : ""
  return unlinked(`${who} ${NOTICED[action] ?? action}${why}`)
}
