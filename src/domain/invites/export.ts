import type { StaffActor } from "../access/actor.ts"
import { can } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { listInvitesPage } from "./list.ts"
import type { InviteFilter, ListedInvite } from "./listed-invite.ts"
import { scheduledFor } from "./schedule.ts"
import { currentStatus } from "./status.ts"

const EXPORT_PAGE = 1_000
/** Below what one invocation may ask of D1, as a page takes up to four statements. */
const EXPORT_PAGES = 200

/**
 * Yields the reseller's invites to customers that the filter shows, newest first, a page at a time, so that memory stays bounded.
 * Their order never changes, so each appears once. Billing fields are null without `billing:read`. Throws `forbidden`, and an error
 * after 200,000 invites.
 */
export async function* exportInvites(
  deps: Deps,
  actor: StaffActor,
  filter: InviteFilter,
): AsyncGenerator<ListedInvite[]> {
  const hidden = can(actor, "billing:read") ? {} : { billingAccountId: null, billingEmail: null, billingPhone: null }
  let before: string | undefined
  for (let page = 0; page < EXPORT_PAGES; page++) {
    const at = deps.now()
    const { rows, next } = await listInvitesPage(deps, actor, filter, { before, size: EXPORT_PAGE })
    yield rows.map((invite) => {
      const times = { status: currentStatus(invite, at), sendAt: scheduledFor(invite, at) ?? null }
      return { ...invite, ...hidden, ...times }
    })
    if (!next) return
    before = next
  }
  throw new Error("the list of invites is too long for one export")
}
