import { may, type StaffActor } from "../domain/actor.ts"
import type { Deps } from "../domain/deps.ts"
import { statusNow } from "../domain/invites.ts"
import { readablePhone } from "../domain/phone.ts"
import { retryAfterSeconds } from "../http/failures.ts"
import type { Invite } from "../storage/schema.ts"
import { StateBadge, StateLine } from "./invite-state.tsx"
import { inviteeOf, invitePath } from "./places.tsx"

const POLL_SECONDS = [1, 2, 3, 5, 10, 20, 30, 60]

type RowProps = { invite: Invite; staff: StaffActor; deps: Deps; resendAt?: Date | undefined; poll?: number }

/** One invite to a customer in the list. */
export function InviteRow({ invite, staff, deps, resendAt, poll = 0 }: RowProps) {
  const now = deps.now()
  return (
    <tr role="row" id={invite.id} {...whileQueued(invite, now, poll)}>
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
        <StateBadge invite={invite} now={now} />
        <StateLine invite={invite} now={now} />
      </td>
      {may(staff, "billing:read") && (
        <td role="cell">
          <span>{invite.billingEmail}</span>
          <span class="muted">{invite.billingPhone && readablePhone(invite.billingPhone)}</span>
        </td>
      )}
      <td role="cell" class="actions">
        {invite.customerId ? (
          <a href={`/customers/${invite.customerId}`}>Open customer</a>
        ) : (
          may(staff, "invites:write") && <InviteActions {...{ invite, deps, resendAt }} target="closest tr" />
        )}
      </td>
    </tr>
  )
}

/** While its e-mail is queued a row asks for itself again, ever more slowly. */
export function whileQueued(invite: Invite, now: Date, poll: number) {
  const isQueued = statusNow(invite, now) === "pending" && invite.emailStatus === "queued"
  const wait = isQueued ? POLL_SECONDS[poll] : undefined
  if (!wait) return {}
  return {
    "hx-get": `${invitePath(invite)}?poll=${poll + 1}`,
    "hx-trigger": `load delay:${wait}s`,
    "hx-swap": "outerMorph",
  }
}

type ActionProps = { invite: Invite; deps: Deps; resendAt?: Date | undefined; target?: string }

/** What can be done with an open invite now. Without `target` the forms are plain and come back by redirect. */
export function InviteActions({ invite, deps, resendAt, target }: ActionProps) {
  const status = statusNow(invite, deps.now())
  const enhanced = (path: string) => (target ? { "hx-post": path, "hx-target": target, "hx-swap": "outerMorph" } : {})
  const path = invitePath(invite)
  const resends = `${path}/resends`
  const revocation = `${path}/revocation`
  return (
    <>
      {isCorrectable(invite, deps.now()) && (
        <a href={`${path}/correction`}>
          Correct &amp; resend<span class="visually-hidden"> the invite to {inviteeOf(invite)}</span>
        </a>
      )}
      {["pending", "expired"].includes(status) && !isUndeliverable(invite) && (
        <form method="post" action={resends} {...enhanced(resends)}>
          <ResendButton {...{ invite, deps }} until={resendAt ?? pauseEnd(invite, deps)} />
        </form>
      )}
      {status === "pending" && (
        <form
          method="post"
          action={revocation}
          {...enhanced(revocation)}
          hx-confirm={`Revoke the invite to ${invite.contactName}? Its link stops working, and that is final.`}
        >
          <button
            class="link muted"
            type="submit"
            id={`revoke-${invite.id}`}
            aria-label={`Revoke the invite to ${inviteeOf(invite)}`}
          >
            Revoke
          </button>
        </form>
      )}
    </>
  )
}

/** Mail to this address is of no use: it came back, was marked as spam, or was declined. */
const isUndeliverable = ({ emailStatus }: Invite) => emailStatus === "bounced" || emailStatus === "complained"

/** Where the one action that helps is another address. */
export function isCorrectable(invite: Invite, now: Date): boolean {
  const status = statusNow(invite, now)
  if (status === "declined") return true
  return (status === "pending" || status === "expired") && (isUndeliverable(invite) || invite.emailStatus === "failed")
}

function ResendButton({ invite, deps, until }: { invite: Invite; deps: Deps; until: Date | undefined }) {
  const seconds = until && until > deps.now() ? retryAfterSeconds(until, deps.now()) : undefined
  const label = invite.sendCount > 0 ? "Resend Invite" : "Send Invite"
  const waiting = seconds ? { "aria-disabled": "true", "data-retry-at": until?.toISOString() } : {}
  return (
    <button class="link" type="submit" id={`resend-${invite.id}`} {...waiting}>
      <span data-label={label}>{seconds ? `Resend in ${clock(seconds)}` : label}</span>
      <span class="visually-hidden"> to {inviteeOf(invite)}</span>
    </button>
  )
}

function pauseEnd(invite: Invite, { config }: Deps): Date | undefined {
  return invite.resentAt ? new Date(invite.resentAt.getTime() + config.resendPauseSeconds * 1000) : undefined
}

const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
