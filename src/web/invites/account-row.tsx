import { can, ROLE_NAMES } from "../../domain/access/actor.ts"
import type { Deps } from "../../domain/deps.ts"
import { type AccountActor, inviteContextFor } from "../../domain/invites/person-create.ts"
import type { Invite } from "../../storage/schema.ts"
import { InviteActions, InviteRow, pollWhileQueued } from "./row.tsx"
import { invitePath } from "./section.tsx"
import { StatusBadge, StatusLine } from "./status.tsx"

type InviteListItemProps = {
  invite: Invite
  actor: AccountActor
  deps: Deps
  resendAt?: Date | undefined
  poll?: number
}

/** An invite as the list of its kind shows it. */
export function InviteListItem({ invite, actor, ...row }: InviteListItemProps) {
  if (invite.kind === "customer" && actor.kind === "staff") return <InviteRow {...{ invite, staff: actor, ...row }} />
  return <AccountInviteRow {...{ invite, actor, ...row }} />
}

/** Somebody who was invited to an account and has not joined. */
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
