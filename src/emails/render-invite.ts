import { accountInviteEmail, inviteEmail, reminderEmail, verificationCodeEmail } from "../../.generated/emails.ts"
import { roleName } from "../domain/access/permissions.ts"
import type { Deps } from "../domain/deps.ts"
import { senderName } from "../domain/invites/audience.ts"
import { CODE_TTL_MINUTES } from "../domain/invites/email-codes.ts"
import type { InviteMessage } from "../domain/outbox/claimed-message.ts"
import { href } from "../routes.ts"
import { accessibleAccent, DEFAULT_ACCENT } from "../text/accent-color.ts"
import { formatExactTime } from "../text/dates.ts"
import { isolate } from "../text/direction.ts"
import { formatPhone } from "../text/phone.ts"
import { readableAddress } from "../text/readable-address.ts"
import { preventAutolink } from "../text/sanitize.ts"
import { emailMessagesFor } from "./email-messages.ts"
import { fillTemplate, translateEmail } from "./template.ts"
import { TEXT_COLUMNS, wrapText } from "./wrap-text.ts"

type RenderDeps = { config: Pick<Deps["config"], "baseUrl" | "platformName"> }

/** What an email says about its invite. */
type InviteEmailData = Pick<InviteMessage, "reseller" | "inviterName"> & {
  invite: Omit<InviteMessage["invite"], "id" | "reference" | "linkVersion" | "createdAt" | "sendAt" | "resentAt">
}

type InviteLinks = { registration: string; decline: string }

/** Links that stand for those of an email, and work for nobody. */
export function sampleLinks({ config }: RenderDeps): InviteLinks {
  const sample = (path: string) => config.baseUrl + decodeURI(path)
  return {
    registration: sample(href("registration.show", { token: "…" })),
    decline: sample(href("decline.show", { token: "…" })),
  }
}

/** The email that invites a customer's contact, or a person to an existing account. */
export function renderInvite(deps: RenderDeps, data: InviteEmailData, links: InviteLinks) {
  const { invite, reseller } = data
  const { role } = invite
  const t = emailMessagesFor(invite.locale)
  const note = preventAutolink(invite.note ?? "")
  const slots = {
    ...linkSlots(deps, data, links),
    note,
    quoted_note: wrapText(note, TEXT_COLUMNS - "> ".length)
      .split("\n")
      .map(quote)
      .join("\n"),
    platform_name: deps.config.platformName,
    contact_email: readableAddress(invite.contactEmail),
  }
  if (!role) return fillTemplate(translateEmail(inviteEmail, t), slots)
  const accountName = invite.kind === "member" ? invite.companyName : reseller.name
  return fillTemplate(translateEmail(accountInviteEmail, t), {
    ...slots,
    account_name: preventAutolink(accountName),
    role: roleName(t, role),
  })
}

/** Each line of a note has its own direction, after the sign that all begin with. */
const quote = (line: string) => (line ? `> ${isolate(line)}` : ">")

export function renderReminder(deps: RenderDeps, data: InviteEmailData, links: InviteLinks) {
  return fillTemplate(translateEmail(reminderEmail, emailMessagesFor(data.invite.locale)), linkSlots(deps, data, links))
}

export function renderVerificationCode(deps: RenderDeps, data: InviteEmailData, code: string) {
  return fillTemplate(translateEmail(verificationCodeEmail, emailMessagesFor(data.invite.locale)), {
    ...brandingSlots(deps, data.reseller),
    ...inviteSlots(data),
    code,
    minutes: String(CODE_TTL_MINUTES),
  })
}

/** The accent color and logo, which every email of a reseller has. */
export function brandingSlots(
  { config }: RenderDeps,
  { accentColor, logoId }: Pick<InviteMessage["reseller"], "accentColor" | "logoId">,
) {
  const { light, dark, onDark } = accessibleAccent(accentColor ?? DEFAULT_ACCENT)
  return {
    accent: light,
    accent_dark: dark,
    on_accent_dark: onDark,
    logo_url: logoId ? new URL(href("brand.logo", { id: logoId }), config.baseUrl).href : "",
  }
}

function inviteSlots({ invite, reseller }: InviteEmailData) {
  const { phrases } = emailMessagesFor(invite.locale)
  const { supportPhone } = reseller
  return {
    purpose: phrases.purpose[invite.kind](preventAutolink(invite.companyName), preventAutolink(reseller.name)),
    reseller_name: preventAutolink(reseller.name),
    support_line: supportPhone ? phrases.callUs(formatPhone(supportPhone)) : "",
  }
}

function linkSlots(deps: RenderDeps, data: InviteEmailData, links: InviteLinks) {
  const { invite, reseller, inviterName } = data
  const t = emailMessagesFor(invite.locale)
  const sender = senderName(invite, reseller, deps.config.platformName)
  return {
    ...brandingSlots(deps, reseller),
    ...inviteSlots(data),
    contact_name: preventAutolink(invite.contactName),
    company_name: preventAutolink(invite.companyName),
    inviter: preventAutolink(inviterName ? t.phrases.personOfCompany(inviterName, sender) : sender),
    registration_url: links.registration,
    decline_url: links.decline,
    expires_on: formatExactTime(t, invite.expiresAt, reseller.timeZone),
  }
}
