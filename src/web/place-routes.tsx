import { factory } from "../http/context.ts"
import type { InviteKind } from "../storage/schema.ts"
import { editInviteRoutes } from "./correction.tsx"
import { showInviteRoutes } from "./invite.tsx"
import { inviteActionRoutes } from "./invite-deeds.tsx"
import { copyLinkRoutes } from "./invite-link.tsx"
import { personRoutes } from "./person.tsx"
import { personInviteRoutes } from "./person-invite.tsx"
import { sectionFor } from "./places.tsx"

/** Everything about one invite, where invites of this kind are. */
export function inviteRoutesFor(kind: InviteKind) {
  const section = sectionFor(kind)
  return factory
    .createApp()
    .route("/", showInviteRoutes(section))
    .route("/", inviteActionRoutes(section))
    .route("/", editInviteRoutes(section))
    .route("/", copyLinkRoutes(section))
}

/** Everything about the people of an account: those who are there, and those who are invited. */
export function peopleRoutesFor(kind: "staff" | "member") {
  const section = sectionFor(kind)
  return factory
    .createApp()
    .route("/", personInviteRoutes(section))
    .route("/", inviteRoutesFor(kind))
    .route("/", personRoutes(section))
}
