import { Router } from "../../http/router.ts"
import type { InviteKind } from "../../storage/schema.ts"
import { personInviteRoutes } from "../people/invite.tsx"
import { personRoutes } from "../people/show.tsx"
import { inviteActionRoutes } from "./actions.tsx"
import { copyLinkRoutes } from "./copy-link.tsx"
import { editInviteRoutes } from "./edit.tsx"
import { inviteEmailRoutes } from "./email.tsx"
import { purgeInviteRoutes } from "./purge.tsx"
import { SECTIONS } from "./section.tsx"
import { showInviteRoutes } from "./show.tsx"

/** All routes of invites of one kind. */
export function inviteRoutesFor(kind: InviteKind) {
  const section = SECTIONS[kind]
  return new Router()
    .route("/", showInviteRoutes(section))
    .route("/", inviteActionRoutes(section))
    .route("/", editInviteRoutes(section))
    .route("/", copyLinkRoutes(section))
    .route("/", inviteEmailRoutes(section))
    .route("/", purgeInviteRoutes(section))
}

/** All routes of the people of an account and of the invites to it. */
export function peopleRoutesFor(kind: "staff" | "member") {
  const section = SECTIONS[kind]
  return new Router()
    .route("/", personInviteRoutes(section))
    .route("/", inviteRoutesFor(kind))
    .route("/", personRoutes(section))
}
