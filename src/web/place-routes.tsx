import { factory } from "../http/context.ts"
import type { InviteKind } from "../storage/schema.ts"
import { correctionRoutes } from "./correction.tsx"
import { oneInviteRoutes } from "./invite.tsx"
import { inviteDeedRoutes } from "./invite-deeds.tsx"
import { inviteLinkRoutes } from "./invite-link.tsx"
import { personRoutes } from "./person.tsx"
import { personInviteRoutes } from "./person-invite.tsx"
import { placeOf } from "./places.tsx"

/** Everything about one invite, where invites of this kind are. */
export function invitesAt(kind: InviteKind) {
  const place = placeOf(kind)
  return factory
    .createApp()
    .route("/", oneInviteRoutes(place))
    .route("/", inviteDeedRoutes(place))
    .route("/", correctionRoutes(place))
    .route("/", inviteLinkRoutes(place))
}

/** Everything about the people of an account: those who are there, and those who are invited. */
export function peopleAt(kind: "staff" | "member") {
  const place = placeOf(kind)
  return factory
    .createApp()
    .route("/", personInviteRoutes(place))
    .route("/", invitesAt(kind))
    .route("/", personRoutes(place))
}
