import type { StaffActor } from "../../domain/access/actor.ts"
import { can, ROLE_NAMES } from "../../domain/access/permissions.ts"
import type { Deps } from "../../domain/deps.ts"
import { type AccountActor, inviteContextFor } from "../../domain/invites/person-create.ts"
import { currentStatus, isUndeliverable, needsNewEmail } from "../../domain/invites/status.ts"
import { retryAfterSeconds } from "../../http/problems.ts"
import type { Invite } from "../../storage/schema.ts"
import { formatPhone } from "../../text/phone.ts"
import { invitePath, inviteTitle } from "./section.tsx"
import { StatusBadge, StatusLine } from "./status.tsx"

const POLL_SECONDS = [1, 2, 3, 5, 10, 20, 30, 60]

type InviteRowProps = { invite: Invite; staff: StaffActor; deps: Deps; resendAt?: Date | undefined; poll?: number }

/** A row of the list of customer invites. */
export function InviteRow({ invite, staff, deps, resendAt, poll = 0 }: InviteRowProps) {
  const now = deps.now()
  return (
    <tr role="row" id={invite.id} {...pollWhileQueued(invite, now, poll)}>
      <td role="cell" class="wrap-anywhere">
        <a class="emphasis" href={invitePath(invite)}>
          {invite.companyName}
        </a>
      </td>
      <td role="cell" class="wrap-anywhere">
        <span>{invite.contactName}</span>
        <span class="muted">{invite.contactEmail}</span>
      </td>
      <td role="cell">
        <StatusBadge invite={invite} now={now} />
        <StatusLine invite={invite} now={now} />
      </td>
      {can(staff, "billing:read") && (
        <td role="cell">
          <span>{invite.billingEmail}</span>
          <span class="muted">{invite.billingPhone && formatPhone(invite.billingPhone)}</span>
        </td>
      )}
      <td role="cell" class="actions">
        {invite.customerId ? (
          <a href={`/customers/${invite.customerId}`}>Open customer</a>
        ) : (
          can(staff, "invites:write") && <InviteActions {...{ invite, deps, resendAt }} target="closest tr" />
        )}
      </td>
    </tr>
  )
}

/** While its email is queued, a row polls for updates at growing intervals. */
export function pollWhileQueued(invite: Invite, now: Date, poll: number) {
  const isQueued = currentStatus(invite, now) === "pending" && invite.emailStatus === "queued"
  const delaySeconds = isQueued ? POLL_SECONDS[poll] : undefined
  if (!delaySeconds) return {}
  return {
    "hx-get": `${invitePath(invite)}?poll=${poll + 1}`,
    "hx-trigger": `load delay:${delaySeconds}s`,
    "hx-swap": "outerMorph",
  }
}

type InviteActionsProps = { invite: Invite; deps: Deps; resendAt?: Date | undefined; target?: string }

/** The actions that an open invite allows now. Without `target`, the forms work without htmx and redirect back. */
export function InviteActions({ invite, deps, resendAt, target }: InviteActionsProps) {
  const status = currentStatus(invite, deps.now())
  const htmxAttributes = (path: string) =>
    target ? { "hx-post": path, "hx-target": target, "hx-swap": "outerMorph" } : {}
  const path = invitePath(invite)
  const resendPath = `${path}/resends`
  const revocationPath = `${path}/revocation`
  return (
    <>
      {needsNewEmail(invite, deps.now()) && (
        <a href={`${path}/correction`}>
          Correct &amp; resend<span class="visually-hidden"> the invite to {inviteTitle(invite)}</span>
        </a>
      )}
      {["pending", "expired"].includes(status) && !isUndeliverable(invite) && (
        <form method="post" action={resendPath} {...htmxAttributes(resendPath)}>
          <ResendButton {...{ invite, deps }} retryAt={resendAt ?? resendAllowedAt(invite, deps)} />
        </form>
      )}
      {status === "pending" && (
        <form
          method="post"
          action={revocationPath}
          {...htmxAttributes(revocationPath)}
          hx-confirm={`Revoke the invite to ${invite.contactName}? Its link stops working, and that is final.`}
        >
          <button
            class="link muted"
            type="submit"
            id={`revoke-${invite.id}`}
            aria-label={`Revoke the invite to ${inviteTitle(invite)}`}
          >
            Revoke
          </button>
        </form>
      )}
    </>
  )
}

function ResendButton({ invite, deps, retryAt }: { invite: Invite; deps: Deps; retryAt: Date | undefined }) {
  const seconds = retryAt && retryAt > deps.now() ? retryAfterSeconds(retryAt, deps.now()) : undefined
  const label = invite.sendCount > 0 ? "Resend Invite" : "Send Invite"
  const cooldownAttributes = seconds ? { "aria-disabled": "true", "data-retry-at": retryAt?.toISOString() } : {}
  return (
    <button class="link" type="submit" id={`resend-${invite.id}`} {...cooldownAttributes}>
      <span data-label={label}>{seconds ? `Resend in ${formatCountdown(seconds)}` : label}</span>
      <span class="visually-hidden"> to {inviteTitle(invite)}</span>
    </button>
  )
}

function resendAllowedAt(invite: Invite, { config }: Deps): Date | undefined {
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

/** An invite to an account whose contact hasn't joined yet. */
function AccountInviteRow({ invite, actor, deps, resendAt, poll = 0 }: InviteListItemProps) {
  const now = deps.now()
  return (
    <li id={invite.id} {...pollWhileQueued(invite, now, poll)}>
      <div>
        <a class="emphasis" href={invitePath(invite)}>
          {invite.contactName}
        </a>
        <span class="muted">{invite.contactEmail}</span>
      </div>
      <div>
        <div>{invite.role && ROLE_NAMES[invite.role]}</div>
        <StatusBadge invite={invite} now={now} />
        <StatusLine invite={invite} now={now} />
      </div>
      {can(actor, inviteContextFor(actor).write) && (
        <div class="actions buttons">
          <InviteActions {...{ invite, deps, resendAt }} target="closest li" />
        </div>
      )}
    </li>
  )
}
