import { may, ROLE_NAMES } from "../domain/actor.ts"
import type { Deps } from "../domain/deps.ts"
import { type Host, inviterOf } from "../domain/person-invites.ts"
import type { Invite } from "../storage/schema.ts"
import { InviteActions, InviteRow, whileQueued } from "./invite-row.tsx"
import { StateBadge, StateLine } from "./invite-state.tsx"
import { invitePath } from "./places.tsx"

type RowProps = { invite: Invite; host: Host; deps: Deps; resendAt?: Date | undefined; poll?: number }

/** An invite as the list of its kind shows it. */
export function RowOf({ invite, host, ...row }: RowProps) {
  if (invite.kind === "customer" && host.kind === "staff") return <InviteRow {...{ invite, staff: host, ...row }} />
  return <InvitedRow {...{ invite, host, ...row }} />
}

/** Somebody who was invited to an account and has not joined. */
function InvitedRow({ invite, host, deps, resendAt, poll = 0 }: RowProps) {
  const now = deps.now()
  return (
    <li id={invite.id} {...whileQueued(invite, now, poll)}>
      <div>
        <a class="emphasis" href={invitePath(invite)}>
          {invite.contactName}
        </a>
        <span class="muted">{invite.contactEmail}</span>
      </div>
      <div>
        <div>{invite.role && ROLE_NAMES[invite.role]}</div>
        <StateBadge invite={invite} now={now} />
        <StateLine invite={invite} now={now} />
      </div>
      {may(host, inviterOf(host).write) && (
        <div class="actions buttons">
          <InviteActions {...{ invite, deps, resendAt }} target="closest li" />
        </div>
      )}
    </li>
  )
}
