import { inviteEmail } from "../../.generated/emails.ts"
import type { Deps } from "../domain/deps.ts"
import { type ClaimedMail, claimMail, mailRefused, mailSent } from "../domain/outbox.ts"
import { readablePhone } from "../domain/phone.ts"
import { registrationUrl, signLink } from "../domain/registration-link.ts"
import { unlinked } from "../domain/text.ts"
import { fillEmail } from "./fill.ts"

export type OutgoingMail = {
  to: string
  from: { name: string; email: string }
  replyTo: string
  subject: string
  html: string
  text: string
}

/** Hands one mail to the provider; throws an error with its `code`. */
export type SendMail = (mail: OutgoingMail) => Promise<{ messageId: string }>

// Cloudflare Email Service, Workers API: these pass by themselves. Every other code of its own is final.
const PASSING = new Set([
  "E_RATE_LIMIT_EXCEEDED",
  "E_DAILY_LIMIT_EXCEEDED",
  "E_INTERNAL_SERVER_ERROR",
  "E_DELIVERY_FAILED",
])

/** Sends one mail of the outbox if it is due. Returns in how many seconds to try again, if it must be. */
export async function deliverMail(deps: Deps, send: SendMail, mailId: string): Promise<number | undefined> {
  const mail = await claimMail(deps, mailId)
  if (!mail) return undefined
  let messageId: string
  try {
    ;({ messageId } = await send(await composeInvite(deps, mail)))
  } catch (error) {
    return mailRefused(deps, mail, refusalOf(error))
  }
  await mailSent(deps, mail, messageId)
  return undefined
}

const longDate = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" })

/** The invite e-mail as it leaves, with a registration link made for it. */
async function composeInvite({ config, linkKeys }: Deps, mail: ClaimedMail): Promise<OutgoingMail> {
  const { invite, reseller } = mail
  const link = { inviteId: invite.id, version: invite.linkVersion, expiresAt: invite.expiresAt }
  const content = fillEmail(inviteEmail, {
    contact_name: unlinked(invite.contactName),
    company_name: unlinked(invite.companyName),
    reseller_name: unlinked(reseller.name),
    inviter: unlinked(mail.inviterName ? `${mail.inviterName} of ${reseller.name}` : reseller.name),
    note: unlinked(invite.note ?? ""),
    platform_name: config.platformName,
    contact_email: invite.contactEmail,
    registration_url: registrationUrl(config.baseUrl, await signLink(linkKeys, link)),
    expires_on: longDate.format(invite.expiresAt),
    support_line: reseller.supportPhone ? `, or call ${readablePhone(reseller.supportPhone)}` : "",
  })
  return {
    to: invite.contactEmail,
    from: { name: unlinked(reseller.name), email: config.mailFrom },
    replyTo: reseller.supportEmail,
    ...content,
  }
}

function refusalOf(error: unknown): { text: string; final: boolean } {
  if (!(error instanceof Error)) return { text: String(error), final: false }
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined
  return {
    text: code ? `${error.message} (${code})` : error.message,
    final: code?.startsWith("E_") === true && !PASSING.has(code),
  }
}
