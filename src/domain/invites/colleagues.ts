import type { Page, PageRequest } from "../../storage/paging.ts"
import type { Invite } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import { ownCustomerQuery } from "../customers.ts"
import type { Deps } from "../deps.ts"
import { Failure } from "../failure.ts"
import { colleagueInviteContext } from "./audience.ts"
import { inviteQuery } from "./find.ts"
import { listAudienceInvites } from "./list.ts"
import type { InviteFilter, ListedInvite } from "./listed-invite.ts"

/** A page of the invites of a customer's members to their colleagues. Throws `forbidden`, `not_found` and `invalid_cursor`. */
export async function listColleagueInvites(
  deps: Deps,
  actor: ResellerActor,
  customerId: string,
  filter: Pick<InviteFilter, "status">,
  page: PageRequest,
): Promise<Page<ListedInvite>> {
  const context = colleagueInviteContext(actor, customerId)
  authorize(actor, context.read)
  const [[customer]] = await deps.read([ownCustomerQuery(deps.db, actor, customerId)])
  if (!customer) throw new Failure({ kind: "not_found" })
  return listAudienceInvites(deps, context, filter, page)
}

/** An invite of a customer's member to a colleague. Throws `forbidden` and `not_found`. */
export async function getColleagueInvite(
  { db, read }: Deps,
  actor: ResellerActor,
  customerId: string,
  id: string,
): Promise<Invite> {
  const context = colleagueInviteContext(actor, customerId)
  authorize(actor, context.read)
  const [[customer], [invite]] = await read([ownCustomerQuery(db, actor, customerId), inviteQuery(db, context, id)])
  if (!customer || !invite) throw new Failure({ kind: "not_found" })
  return invite
}
