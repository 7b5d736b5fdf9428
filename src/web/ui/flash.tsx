import type { Context } from "hono"
import type { Child } from "hono/jsx"
import { isInviteId } from "../../domain/invites/list.ts"
import type { ShownInvite } from "../../domain/invites/listed-invite.ts"
import { isRestorable } from "../../domain/invites/restore.ts"
import { scheduledFor } from "../../domain/invites/schedule.ts"
import { RESENDABLE_STATUSES } from "../../domain/invites/status.ts"
import { href } from "../../routes.ts"
import type { Invite } from "../../storage/schema.ts"
import type { Messages } from "../../text/en.ts"
import { staffEn } from "../../text/staff/en.ts"
import { staffWordsOf } from "../../text/staff/locales.ts"
import { invitePath } from "../invites/section.tsx"
import { Form } from "./form.tsx"
import { Flash, type Tone } from "./layout.tsx"
import { AppointmentTime } from "./time.tsx"

type FlashText = (t: Messages) => string

/** The flash messages of members and visitors, by their key in the URL. Those of staff have the keys of their texts. */
const FLASHES = {
  unchanged: (t) => t.invite.flashes.unchanged,
  purged: (t) => t.privacy.flashes.purged,
  role_changed: (t) => t.people.roleChanged,
  removed: (t) => t.people.removed,
  password_reset: (t) => t.passwordReset.done,
  name_changed: (t) => t.profile.name.saved,
  preferences_changed: (t) => t.profile.preferences.saved,
  password_changed: (t) => t.profile.password.saved,
  email_requested: (t) => t.profile.email.requested,
  email_cancelled: (t) => t.profile.email.cancelled,
  session_ended: (t) => t.profile.sessions.ended,
  other_sessions_ended: (t) => t.profile.sessions.othersEnded,
  person_signed_out: (t) => t.personSessions.ended,
  factors_changed: (t) => t.factors.changed,
  second_factor_expired: (t) => t.secondFactor.expired,
  factors_reset: (t) => t.factors.reset.done,
  import_changed: (t) => staffWordsOf(t).imports.check.changed,
} satisfies Record<string, FlashText>

/** What the flash messages about an invite say, given whom it is to. */
const INVITE_FLASHES = {
  invite_sent: (t, to) => t.people.inviteSent(to),
  invite_resent: (t, to) => t.invite.flashes.resent(to),
  invite_created: (t, to) => t.invite.flashes.created(to),
  invite_saved: (t, to) => t.invite.flashes.saved(to),
  address_changed: (t, to) => t.invite.flashes.addressChanged(to),
  invite_revoked: (t, to) => t.invite.flashes.revoked(to),
  invite_restored: (t, to) => t.invite.flashes.restored(to),
} satisfies Record<string, (t: Messages, to: string) => string>

/** The statuses of an invite that a flash message is true of. The others are true of a pending invite. */
const TRUE_STATUSES: Partial<Record<InviteFlashKey, Invite["status"][]>> = {
  invite_saved: RESENDABLE_STATUSES,
  address_changed: RESENDABLE_STATUSES,
  invite_revoked: ["revoked"],
}

const isTrueOf = (key: InviteFlashKey, { status }: Invite) => (TRUE_STATUSES[key] ?? ["pending"]).includes(status)

type StaffFlashKey = keyof typeof staffEn.flashes
export type FlashKey = keyof typeof FLASHES | StaffFlashKey
export type InviteFlashKey = keyof typeof INVITE_FLASHES

/** Messages of something that wasn't done. */
const REFUSALS: FlashKey[] = ["second_factor_expired", "import_changed", "api_key_repeated"]

/** Where a person may want to go next. */
const NEXT_PAGES: Partial<Record<string, (t: Messages) => Child>> = {
  billing_account_created: (t) => <a href={href("customers.invites.new")}>{staffWordsOf(t).layout.inviteCustomer}</a>,
}

/** The query of a URL whose page shows this flash message. */
export const flash = (key: FlashKey) => ({ flash: key, invite: undefined })

/** The same for a message about an invite, which the page names. */
export const inviteFlash = (key: InviteFlashKey, inviteId: string) => ({ flash: key, invite: inviteId })

/** The id of the invite that the flash message in the URL is about, for the page to read in its batch. */
export function flashInviteId(c: Context): string | undefined {
  const { flash: key = "", invite: id = "" } = c.req.query()
  return isInviteFlash(key) && isInviteId(id) ? id : undefined
}

/** `invite`: what the page has read of the invite of `flashInviteId`. */
type FlashOptions = { t: Messages; invite?: Invite | undefined; now?: Date }

/** The flash message for the key in the URL, if it is known and its invite is one that the person can see. */
export function flashFromUrl(c: Context, { t, invite, now = c.var.deps.now() }: FlashOptions) {
  const { flash: key = "" } = c.req.query()
  if (isInviteFlash(key)) {
    return invite && invite.id === flashInviteId(c) && <InviteFlash flashKey={key} {...{ invite, now, t }} />
  }
  return isFlashKey(key) ? <FlashMessage flashKey={key} t={t} /> : undefined
}

function FlashMessage({ flashKey, t }: { flashKey: FlashKey; t: Messages }) {
  const tone: Tone = REFUSALS.includes(flashKey) ? "danger" : "success"
  const nextPage = NEXT_PAGES[flashKey]
  return (
    <Flash tone={tone}>
      {isStaffFlash(flashKey) ? staffWordsOf(t).flashes[flashKey] : FLASHES[flashKey](t)}
      {nextPage && " "}
      {nextPage?.(t)}
    </Flash>
  )
}

const isStaffFlash = (key: string): key is StaffFlashKey => Object.hasOwn(staffEn.flashes, key)
const isFlashKey = (key: string): key is FlashKey => Object.hasOwn(FLASHES, key) || isStaffFlash(key)
const isInviteFlash = (key: string): key is InviteFlashKey => Object.hasOwn(INVITE_FLASHES, key)

type InviteFlashProps = {
  flashKey: InviteFlashKey
  invite: Invite
  now: Date
  t: Messages
  /** Whether the page shows the row of the invite, which undoing replaces. Otherwise it loads the page again. */
  isInRow?: boolean
}

/** Says what happened to an invite, unless its status contradicts that, and offers to undo its revocation. */
export function InviteFlash({ flashKey, invite, now, t, isInRow = false }: InviteFlashProps) {
  if (invite.purgedAt || !isTrueOf(flashKey, invite)) return null
  const text = (
    <span>
      <InviteFlashText {...{ flashKey, invite, now, t }} />
    </span>
  )
  if (flashKey !== "invite_revoked" || !isRestorable(invite, now)) return <Flash tone="success">{text}</Flash>
  const replacingRow = { htmx: true, "hx-target": `#${invite.id}`, "hx-swap": "outerMorph show:none" }
  return (
    <div class="notice success">
      {text}{" "}
      <Form action={invitePath(invite, "restore")} data-submit-once {...(isInRow && replacingRow)}>
        <button class="link" type="submit">
          {t.invite.undo}
        </button>
      </Form>
    </div>
  )
}

function InviteFlashText({ flashKey, invite, now, t }: InviteFlashProps) {
  const to = recipientName(invite, t)
  const sendAt = flashKey === "invite_sent" && scheduledFor(invite, now)
  if (!sendAt) return INVITE_FLASHES[flashKey](t, to)
  return staffWordsOf(t).invites.schedule.flash<Child>(to, <AppointmentTime at={sendAt} {...{ now, t }} />)
}

/** Whom an invite is to, in a sentence. */
const recipientName = ({ kind, contactName, companyName }: ShownInvite, t: Messages) =>
  kind === "customer" ? t.phrases.personOfCompany(contactName, companyName) : contactName
