import type { Context } from "hono"
import type { Child } from "hono/jsx"
import type { ShownInvite } from "../../domain/invites/listed-invite.ts"
import { scheduledFor } from "../../domain/invites/schedule.ts"
import type { Messages } from "../../text/en.ts"
import { staffWordsOf } from "../../text/staff/locales.ts"
import { Flash } from "./layout.tsx"
import { AppointmentTime } from "./time.tsx"

type FlashText = [tone: "success" | "danger", text: (t: Messages) => string]

/** The flash messages, by their key in the URL. */
const FLASHES = {
  saved: ["success", (t) => staffWordsOf(t).flashes.saved],
  created: ["success", (t) => t.invite.flashes.created],
  resent: ["success", (t) => t.invite.flashes.resent],
  revoked: ["success", (t) => t.invite.flashes.revoked],
  invite_saved: ["success", (t) => t.invite.flashes.saved],
  address_changed: ["success", (t) => t.invite.flashes.addressChanged],
  unchanged: ["success", (t) => t.invite.flashes.unchanged],
  purged: ["success", (t) => t.privacy.flashes.purged],
  role_changed: ["success", (t) => t.people.roleChanged],
  removed: ["success", (t) => t.people.removed],
  password_reset: ["success", (t) => t.passwordReset.done],
  name_changed: ["success", (t) => t.profile.name.saved],
  preferences_changed: ["success", (t) => t.profile.preferences.saved],
  password_changed: ["success", (t) => t.profile.password.saved],
  email_requested: ["success", (t) => t.profile.email.requested],
  email_cancelled: ["success", (t) => t.profile.email.cancelled],
  session_ended: ["success", (t) => t.profile.sessions.ended],
  other_sessions_ended: ["success", (t) => t.profile.sessions.othersEnded],
  person_signed_out: ["success", (t) => t.personSessions.ended],
  factors_changed: ["success", (t) => t.factors.changed],
  second_factor_expired: ["danger", (t) => t.secondFactor.expired],
  factors_reset: ["success", (t) => t.factors.reset.done],
  import_changed: ["danger", (t) => staffWordsOf(t).imports.check.changed],
  api_key_revoked: ["success", (t) => staffWordsOf(t).flashes.apiKeyRevoked],
  api_key_repeated: ["danger", (t) => staffWordsOf(t).flashes.apiKeyRepeated],
} satisfies Record<string, FlashText>

export type FlashKey = keyof typeof FLASHES

/** The query of a URL whose page shows this flash message. */
export const flash = (key: FlashKey) => ({ flash: key, invite: undefined })

/** The same for an invite that was just sent. The page names its contact if it lists the invite. */
export const inviteSentFlash = (inviteId: string) => ({ flash: "invite_sent", invite: inviteId })

/** `now`: of a page that lists invites which may be scheduled. */
type FlashOptions = { t: Messages; invites?: ShownInvite[]; now?: Date }

/** The flash message for the key in the URL, if it is known. Names only invites that the page shows. */
export function flashFromUrl(c: Context, { t, invites = [], now }: FlashOptions) {
  const { flash: key = "", invite: inviteId } = c.req.query()
  if (key === "invite_sent") {
    const invite = invites.find(({ id }) => id === inviteId)
    return invite && <Flash tone="success">{inviteSentText(t, invite, now)}</Flash>
  }
  return isFlashKey(key) ? <FlashMessage flashKey={key} t={t} /> : undefined
}

export function FlashMessage({ flashKey, t }: { flashKey: FlashKey; t: Messages }) {
  const [tone, text]: FlashText = FLASHES[flashKey]
  return <Flash tone={tone}>{text(t)}</Flash>
}

const isFlashKey = (key: string): key is FlashKey => Object.hasOwn(FLASHES, key)

function inviteSentText(t: Messages, invite: ShownInvite, now: Date | undefined): Child {
  const { kind, contactName, companyName } = invite
  const person = kind === "customer" ? t.phrases.personOfCompany(contactName, companyName) : contactName
  const sendAt = now && scheduledFor(invite, now)
  if (!sendAt) return t.people.inviteSent(person)
  return staffWordsOf(t).invites.schedule.flash<Child>(person, <AppointmentTime at={sendAt} {...{ now, t }} />)
}
