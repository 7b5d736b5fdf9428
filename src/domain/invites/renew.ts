import { and, eq, gt } from "drizzle-orm"
import { type Invite, invites } from "../../storage/schema.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import type { AuditAction } from "../events/audit-actions.ts"
import { newAuditEntry } from "../events/audit-log.ts"
import { recordChangeStatements } from "../events/record-change.ts"
import { requestedSuppressionQuery } from "../mail/suppressions.ts"
import { enqueueEmailStatement } from "../outbox/enqueue.ts"
import { newEmailId } from "../outbox/outbox.ts"
import { isLatestChange } from "./find.ts"
import { type LinkState, openLink } from "./link-state.ts"
import { enqueueResend, inviteEmail, newEmailColumns, REQUESTED, reserveSend, withReservation } from "./resend.ts"

/**
 * `sent`: a new link. `sent_again`: the newest link, which still works. `suppressed`: we don't send to the address. `not_needed`: a
 * link in this state can't be renewed.
 */
type Renewal = { outcome: "sent" | "sent_again" | "not_needed" | "suppressed"; linkState: LinkState }

/**
 * Sends the contact of an expired or superseded link one that works, only to the address on record and not if that is suppressed for other reasons than that
 * somebody unsubscribed. A
 * newest link that still works stays valid, so that someone with an old one can't make it useless. Counted apart from resends.
 * Throws what `resendInvite` throws.
 */
export async function renewLink(deps: Deps, token: string): Promise<Renewal> {
  const linkState = await openLink(deps, token)
  if (linkState.state !== "expired" && linkState.state !== "superseded") return { outcome: "not_needed", linkState }
  const { invite } = linkState
  const [[suppression]] = await deps.db.batch([requestedSuppressionQuery(deps.db, invite, invite.contactEmail)])
  if (suppression) return { outcome: "suppressed", linkState }
  if (linkState.state === "superseded") {
    const isOnItsWay = invite.emailStatus === "queued" || (await sendAgain(deps, invite))
    // Otherwise the invite has just changed, and the page of the link says how.
    return { outcome: isOnItsWay ? "sent_again" : "not_needed", linkState }
  }
  await enqueueResend(deps, invite, { entries: [newContactEntry(deps, invite, "invite.resent")], sendKind: "renewal" })
  return { outcome: "sent", linkState }
}

/** Enqueues another email with the newest link of a pending invite. Returns whether it did. */
async function sendAgain(deps: Deps, invite: Invite): Promise<boolean> {
  const reservation = await reserveSend(deps, invite, "renewal")
  const emailId = newEmailId(deps.now())
  const entry = newContactEntry(deps, invite, "invite.link_repeated")
  const isRepeated = isLatestChange(invite.id, entry.id)
  const { remindAt: _, ...emailColumns } = newEmailColumns(emailId) // its reminder stays due
  const repeated = await withReservation(reservation, async () => {
    const [[updated]] = await commit(deps, [
      deps.db
        .update(invites)
        .set({ ...emailColumns, lastChangeId: entry.id })
        .where(
          and(
            eq(invites.id, invite.id),
            eq(invites.status, "pending"),
            gt(invites.expiresAt, deps.now()),
            eq(invites.linkVersion, invite.linkVersion),
          ),
        )
        .returning({ id: invites.id }),
      enqueueEmailStatement(deps, { ...inviteEmail(invite, emailId, "invite"), payload: REQUESTED }, isRepeated),
      ...recordChangeStatements(deps, [entry]),
    ])
    return updated
  })
  return repeated !== undefined
}

function newContactEntry(deps: Deps, { id, resellerId, contactName, contactEmail }: Invite, action: AuditAction) {
  return newAuditEntry(deps, resellerId, { kind: "contact", name: contactName }, action, id, contactEmail)
}
