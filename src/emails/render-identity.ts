import {
  confirmCurrentEmailEmail,
  confirmNewEmailEmail,
  passwordResetEmail,
  securityNoticeEmail,
} from "../../.generated/emails.ts"
import { signToken } from "../domain/access/signed-token.ts"
import type { Deps } from "../domain/deps.ts"
import { ADDRESS_VERSIONS, EMAIL_CHANGE_HOURS } from "../domain/identity/email-change.ts"
import { RESET_LINK_MINUTES, resetLinkExpiry } from "../domain/identity/password-reset.ts"
import type { IdentityMessage } from "../domain/outbox/identity-messages.ts"
import { href } from "../routes.ts"
import { formatExactTime } from "../text/dates.ts"
import { readableAddress } from "../text/readable-address.ts"
import { sandboxIdOf } from "../text/sandbox-address.ts"
import { preventAutolink } from "../text/sanitize.ts"
import { emailMessagesFor } from "./email-messages.ts"
import { brandingSlots } from "./render-invite.ts"
import { fillTemplate, translateEmail } from "./template.ts"

type MessageOf<Kind extends IdentityMessage["kind"]> = Extract<IdentityMessage, { kind: Kind }>

/** An email about the reader's own sign-in. Its link is signed now, since it is never stored. */
export async function renderIdentityEmail(deps: Deps, mail: IdentityMessage) {
  switch (mail.kind) {
    case "password_reset":
      return renderPasswordReset(deps, mail)
    case "email_change":
      return renderEmailChange(deps, mail)
    case "security_notice":
      return renderSecurityNotice(deps, mail)
  }
}

async function renderPasswordReset(deps: Deps, mail: MessageOf<"password_reset">) {
  const { reference, linkVersion: version, inviteId: invite, row } = mail
  const claims = { purpose: "password_reset", via: "email", reference, version } as const
  const token = await signToken(deps.linkKeys, { ...claims, expiresAt: resetLinkExpiry(row) })
  return fillTemplate(translateEmail(passwordResetEmail, emailMessagesFor(mail.locale)), {
    ...commonSlots(deps, mail),
    url: absolute(deps, href("passwordReset.show", { token }, { invite })),
    minutes: String(RESET_LINK_MINUTES),
  })
}

async function renderEmailChange(deps: Deps, mail: MessageOf<"email_change">) {
  const { reference, expiresAt, newEmail } = mail.change
  const claims = { purpose: "email_change", via: "email", reference, expiresAt } as const
  const token = await signToken(deps.linkKeys, { ...claims, version: ADDRESS_VERSIONS[mail.address] })
  const slots = {
    ...commonSlots(deps, mail),
    url: absolute(deps, href("emailChange.show", { token })),
    hours: String(EMAIL_CHANGE_HOURS),
  }
  const t = emailMessagesFor(mail.locale)
  if (mail.address === "new") return fillTemplate(translateEmail(confirmNewEmailEmail, t), slots)
  return fillTemplate(translateEmail(confirmCurrentEmailEmail, t), {
    ...slots,
    new_email: readableAddress(newEmail),
    forgot_url: absolute(deps, forgotPath(mail)),
  })
}

function renderSecurityNotice(deps: Deps, mail: MessageOf<"security_notice">) {
  const t = emailMessagesFor(mail.locale)
  // An earlier address of the person gets no reset links any more.
  const isEarlierAddress = mail.row.recipient !== mail.user.email
  const { choosePassword, changedAddress } = t.securityAdvice
  return fillTemplate(translateEmail(securityNoticeEmail, t), {
    ...commonSlots(deps, mail),
    url: isEarlierAddress ? "" : absolute(deps, forgotPath(mail)),
    advice: isEarlierAddress ? changedAddress(deps.config.platformName) : choosePassword,
    event: t.securityNotices[mail.notice],
    time: formatExactTime(t, mail.row.createdAt, mail.timeZone),
  })
}

const PLATFORM_BRANDING = { accentColor: null, logoId: null }

function commonSlots(deps: Deps, { user }: IdentityMessage) {
  return {
    ...brandingSlots(deps, PLATFORM_BRANDING),
    platform_name: deps.config.platformName,
    name: preventAutolink(user.name),
  }
}

const forgotPath = ({ user }: IdentityMessage) => href("passwordReset.new", {}, { sandbox: sandboxIdOf(user.email) })

const absolute = ({ config }: Deps, path: string) => new URL(path, config.baseUrl).href
