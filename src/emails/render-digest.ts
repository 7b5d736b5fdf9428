import { digestEmail } from "../../.generated/emails.ts"
import type { Deps } from "../domain/deps.ts"
import type { NotifiedEvent } from "../domain/events/record-event.ts"
import type { ClaimedMessage, DigestLine } from "../domain/outbox/claimed-message.ts"
import { href, type Query } from "../routes.ts"
import { isolate } from "../text/direction.ts"
import { emailErrorText } from "../text/email-error.ts"
import { readableAddress } from "../text/readable-address.ts"
import { preventAutolink } from "../text/sanitize.ts"
import type { StaffMessages } from "../text/staff/locales.ts"
import { staffEmailMessagesFor } from "./email-messages.ts"
import { brandingSlots } from "./render-invite.ts"
import { fillRepeatedTemplate, translateEmail } from "./template.ts"

type DigestMessage = Extract<ClaimedMessage, { kind: "digest" }>

/** What needs attention first. */
const EVENT_ORDER = [
  "invite.bounced",
  "invite.declined",
  "invite.expired",
  "invite.accepted",
] as const satisfies NotifiedEvent[]

/** The email to staff about what happened to their invites. Its links name the account, for people who work for several resellers. */
export function renderDigest({ config }: Pick<Deps, "config">, { lines, counts, reseller, locale }: DigestMessage) {
  const t = staffEmailMessagesFor(locale)
  const { events, headings, more } = t.staff.digest
  const account = { account: reseller.id }
  const absolute = (path: string) => new URL(path, config.baseUrl).href
  const countOf = (type: NotifiedEvent) => counts.find((row) => row.type === type)?.n ?? 0
  const items = EVENT_ORDER.flatMap((type) =>
    lines
      .filter(({ event }) => event.type === type)
      .map((line, index) => {
        const paths = pathsOf(t, line, account)
        return {
          heading: index === 0 ? `${headings[type]} (${countOf(type)})` : "",
          ...toNames(line),
          reason: type === "invite.bounced" ? reason(t, line) : "",
          invite_url: absolute(paths.invite),
          action: paths.label,
          action_url: absolute(paths.action),
        }
      }),
  )
  const total = counts.reduce((sum, { n }) => sum + n, 0)
  const values = {
    ...brandingSlots({ config }, reseller),
    summary: EVENT_ORDER.filter(countOf)
      .map((type) => `${countOf(type)} ${events[type]}`)
      .join(", "),
    more: total > items.length ? more(total - items.length) : "",
    reseller_name: preventAutolink(reseller.name),
    invites_url: absolute(href("customers.invites.list", {}, account)),
    settings_url: absolute(href("settings.notifications.edit", {}, account)),
  }
  return fillRepeatedTemplate(translateEmail(digestEmail, t), values, items)
}

/** Where a line leads: to its invite, and to what helps now. */
function pathsOf(t: StaffMessages, { event: { type, contactEmail }, invite }: DigestLine, account: Query) {
  const { id, kind, status, customerId } = invite
  const isFixed = type === "invite.bounced" && contactEmail !== invite.contactEmail
  const section = kind === "staff" ? "staff.invites" : "customers.invites"
  const show = href(`${section}.show`, { id }, account)
  const { openInvite, openCustomer } = t.staff.digest
  if (kind === "customer" && customerId) {
    return { invite: show, label: openCustomer, action: href("customers.show", { id: customerId }, account) }
  }
  if (isFixed || status === "accepted" || status === "revoked") return { invite: show, label: openInvite, action: show }
  if (type === "invite.expired") return { invite: show, label: t.invite.resend, action: show }
  return { invite: show, label: t.invite.editAndResend, action: href(`${section}.edit`, { id }, account) }
}

/** Who was invited: a customer's company and its contact, or a person. */
function toNames({ event, invite: { kind, companyName, contactName } }: DigestLine) {
  const address = readableAddress(event.contactEmail)
  const contact = preventAutolink(contactName)
  if (kind !== "customer") return { name: contact, person: address }
  return { name: preventAutolink(companyName), person: `${isolate(contact)} · ${isolate(address)}` }
}

const reason = (t: StaffMessages, { event: { detail } }: DigestLine) =>
  detail ? isolate(preventAutolink(emailErrorText(t, detail))) : ""
