import type { StaffActor } from "../../domain/access/actor.ts"
import { can, roleName } from "../../domain/access/permissions.ts"
import type { Deps } from "../../domain/deps.ts"
import { type AccountActor, inviteContextFor } from "../../domain/invites/audience.ts"
import type { ShownInvite } from "../../domain/invites/listed-invite.ts"
import { scheduledFor } from "../../domain/invites/schedule.ts"
import { currentStatus, isUndeliverable, needsNewEmail } from "../../domain/invites/status.ts"
import { retryAfterSeconds } from "../../http/problems.ts"
import { href } from "../../routes.ts"
import type { Invite } from "../../storage/schema.ts"
import type { Messages } from "../../text/en.ts"
import { formatPhone } from "../../text/phone.ts"
import { type StaffMessages, staffMessagesFor, staffWordsOf } from "../../text/staff/locales.ts"
import { addressText } from "../ui/address.tsx"
import { Form } from "../ui/form.tsx"
import { ColumnHeader } from "../ui/table.tsx"
import { InviteCheckbox, PageCheckbox } from "./bulk-bar.tsx"
import { invitePath, inviteTitle, messagesOf } from "./section.tsx"
import { StatusBadge, StatusLine } from "./status.tsx"

const POLL_SECONDS = [1, 2, 3, 5, 10, 20, 30, 60]
/** How far away the time of a scheduled email can be for its row to wait for it. */
const POLL_AHEAD_SECONDS = 24 * 3600

/** htmx attributes for the element around rows: what their forms are answered with replaces the row. */
export const replacingRows = (row: "tr" | "li") => ({
  "hx-target:inherited": `closest ${row}`,
  "hx-swap:inherited": "outerMorph show:none",
  "hx-push-url:inherited": "false",
})

type InviteTableProps = { invites: ShownInvite[]; staff: StaffActor; deps: Deps; t: StaffMessages }

/** The list of customer invites. Its columns are the cells of `InviteRow`. */
export function InviteTable({ invites, staff, deps, t }: InviteTableProps) {
  const { columns } = t.staff.invites
  const canWrite = can(staff, "invites:write")
  return (
    <table class="table invites" role="table">
      <thead role="rowgroup">
        <tr role="row">
          {canWrite && (
            <ColumnHeader>
              <PageCheckbox t={t} />
            </ColumnHeader>
          )}
          <ColumnHeader column="company">{columns.company}</ColumnHeader>
          <ColumnHeader column="contact">{columns.contact}</ColumnHeader>
          <ColumnHeader column="status">{columns.status}</ColumnHeader>
          {can(staff, "billing:read") && <ColumnHeader column="billing">{columns.billingAccount}</ColumnHeader>}
          <ColumnHeader column="actions">
            <span class="visually-hidden">{columns.actions}</span>
          </ColumnHeader>
        </tr>
      </thead>
      <tbody role="rowgroup" {...replacingRows("tr")}>
        {invites.map((invite) => (
          <InviteRow {...{ invite, staff, deps }} />
        ))}
      </tbody>
    </table>
  )
}

type InviteRowProps = {
  invite: ShownInvite
  staff: StaffActor
  deps: Deps
  resendAt?: Date | undefined
  poll?: number
}

/** A row of the list of customer invites. */
function InviteRow({ invite, staff, deps, resendAt, poll = 0 }: InviteRowProps) {
  const now = deps.now()
  const t = staffMessagesFor(staff.locale)
  return (
    <tr role="row" id={invite.id} {...pollWhileQueued(invite, now, poll)}>
      {can(staff, "invites:write") && (
        <td role="cell" class="selection">
          <InviteCheckbox invite={invite} t={t} />
        </td>
      )}
      <td role="cell" class="company">
        <a class="emphasis" href={invitePath(invite)}>
          {inviteTitle(invite, t)}
        </a>
      </td>
      <td role="cell" class="contact">
        <div>
          {invite.contactName}
          <span class="muted">{addressText(invite.contactEmail)}</span>
        </div>
      </td>
      <td role="cell" class="status">
        <StatusBadge {...{ invite, now, t }} />
        <StatusLine {...{ invite, now, t }} isInRow />
      </td>
      {can(staff, "billing:read") && (
        <td role="cell" class="billing">
          <div class="muted">
            {invite.billingEmail && addressText(invite.billingEmail)}
            <span>{invite.billingPhone && formatPhone(invite.billingPhone)}</span>
          </div>
        </td>
      )}
      <td role="cell" class="actions">
        {invite.customerId ? (
          <a href={href("customers.show", { id: invite.customerId })}>{t.staff.invites.openCustomer}</a>
        ) : (
          can(staff, "invites:write") && <InviteActions {...{ invite, deps, t, resendAt }} isInRow />
        )}
      </td>
    </tr>
  )
}

/** While its email is queued, a row polls for updates at growing intervals; from its time on, if it is scheduled. */
function pollWhileQueued(invite: ShownInvite, now: Date, poll: number) {
  if (currentStatus(invite, now) !== "pending" || invite.emailStatus !== "queued") return {}
  const sendAt = scheduledFor(invite, now)
  const delaySeconds = sendAt ? secondsUntil(sendAt, now) : POLL_SECONDS[poll]
  if (!delaySeconds || delaySeconds > POLL_AHEAD_SECONDS) return {}
  return {
    "hx-get": invitePath(invite, "show", { poll: sendAt ? 0 : poll + 1 }),
    "hx-trigger": `load delay:${delaySeconds}s, send`,
  }
}

const secondsUntil = (time: Date, now: Date) => Math.ceil((time.getTime() - now.getTime()) / 1000)

type InviteActionsProps = {
  invite: ShownInvite
  deps: Deps
  t: Messages
  resendAt?: Date | undefined
  /** Whether they are in one of `replacingRows`, which htmx replaces. Otherwise the forms redirect back. */
  isInRow?: boolean
  /** Whether its address gets no email. Lists don't read that. */
  isSuppressed?: boolean
}

/** The actions that an open invite allows now. */
export function InviteActions({ invite, deps, t, resendAt, isInRow, isSuppressed = false }: InviteActionsProps) {
  if (invite.purgedAt) return null
  const status = currentStatus(invite, deps.now())
  const isOpen = status === "pending" || status === "expired"
  const boost = isInRow ? "true" : undefined
  return (
    <>
      {(needsNewEmail(invite, deps.now()) || (isOpen && isSuppressed)) && (
        <a href={invitePath(invite, "edit")}>
          {t.invite.editAndResend}
          <span class="visually-hidden"> {t.invite.inviteTo(inviteTitle(invite, t))}</span>
        </a>
      )}
      {isOpen && !isSuppressed && !isUndeliverable(invite) && (
        <Form action={invitePath(invite, "resend")} hx-boost={boost}>
          {scheduledFor(invite, deps.now()) && <input type="hidden" name="only_if" value="scheduled" />}
          <ResendButton {...{ invite, deps, t, isInRow }} retryAt={resendAt ?? resendAllowedAt(invite, deps)} />
        </Form>
      )}
      {status === "pending" && (
        <Form action={invitePath(invite, "revoke")} hx-boost={boost}>
          <button class="link muted" type="submit" aria-label={t.invite.revokeLabel(inviteTitle(invite, t))}>
            {t.invite.revoke}
          </button>
        </Form>
      )}
    </>
  )
}

type ResendButtonProps = Pick<InviteActionsProps, "invite" | "deps" | "t"> & {
  isInRow: boolean | undefined
  retryAt: Date | undefined
}

function ResendButton({ invite, deps, t, isInRow, retryAt }: ResendButtonProps) {
  const isScheduled = scheduledFor(invite, deps.now()) !== undefined
  const sentLabel = isScheduled ? staffWordsOf(t).invites.schedule.sendNow : t.invite.resend
  const label = invite.sendCount > 0 ? sentLabel : t.invite.send
  const name = <span class="visually-hidden"> {t.invite.toPerson(inviteTitle(invite, t))}</span>
  // Where its label can change, the button is as wide as the widest one, so that nothing moves.
  const labels = { "data-label": label, "data-widest": t.invite.resendIn("0:00") }
  if (!retryAt || retryAt <= deps.now()) {
    return (
      <button class="link" type="submit">
        {isInRow ? <span {...labels}>{label}</span> : label}
        {name}
      </button>
    )
  }
  const countdownTemplate = t.invite.resendIn("{time}") // public/app/countdowns.js fills in the time every second
  return (
    <button class="link" type="submit" aria-disabled="true" data-retry-at={retryAt.toISOString()}>
      <span {...labels} data-countdown={countdownTemplate}>
        {t.invite.resendIn(formatCountdown(retryAfterSeconds(retryAt, deps.now())))}
      </span>
      {name}
    </button>
  )
}

function resendAllowedAt(invite: ShownInvite, { config }: Deps): Date | undefined {
  return invite.resentAt ? new Date(invite.resentAt.getTime() + config.resendCooldownSeconds * 1000) : undefined
}

const formatCountdown = (seconds: number) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`

type InviteListItemProps = {
  invite: Invite
  actor: AccountActor
  deps: Deps
  resendAt?: Date | undefined
  poll?: number
}

/** The row of an invite in the list of its kind. */
export function InviteListItem({ invite, actor, ...row }: InviteListItemProps) {
  if (invite.kind === "customer" && actor.kind === "staff") return <InviteRow {...{ invite, staff: actor, ...row }} />
  return <AccountInviteRow {...{ invite, actor, ...row }} />
}

/** An open invite to the staff or to a customer's account. */
function AccountInviteRow({ invite, actor, deps, resendAt, poll = 0 }: InviteListItemProps) {
  const now = deps.now()
  const t = messagesOf(actor)
  return (
    <li id={invite.id} {...pollWhileQueued(invite, now, poll)}>
      <div>
        <a class="emphasis" href={invitePath(invite)}>
          {invite.contactName}
        </a>
        <span class="muted">{addressText(invite.contactEmail)}</span>
      </div>
      <div>
        <div>{invite.role && roleName(t, invite.role)}</div>
        <StatusBadge {...{ invite, now, t }} />
        <StatusLine {...{ invite, now, t }} isInRow />
      </div>
      {can(actor, inviteContextFor(actor).write) && (
        <div class="actions buttons">
          <InviteActions {...{ invite, deps, t, resendAt }} isInRow />
        </div>
      )}
    </li>
  )
}
