import { and, eq, gt, sql } from "drizzle-orm"
import { insertWhere } from "../storage/insert-where.ts"
import { auditLog, type Invite, invites } from "../storage/schema.ts"
import { demand } from "./actor.ts"
import { auditRow } from "./audit.ts"
import type { Deps } from "./deps.ts"
import { Failure } from "./failure.ts"
import type { Inviter } from "./inviters.ts"
import { oneInvite, statusNow } from "./invites.ts"
import { linkUrl, signLink } from "./registration-link.ts"

/** A registration link in the hands of whoever invited; it works as long as the invite. */
export type CopiedLink = { invite: Invite; url: string }

/**
 * A link of a pending invite to hand over. It registers beside the one that was e-mailed, but whoever has it must prove
 * that the contact's mailbox is theirs. Throws `not_found`, `forbidden` and `invite_not_pending`. One D1 round trip.
 */
export async function copyLink({ db, now, ...deps }: Deps, inviter: Inviter, id: string): Promise<CopiedLink> {
  demand(inviter.actor, inviter.write)
  const entry = auditRow({ now }, inviter.resellerId, inviter.actor, "invite.link_issued", id)
  const isPending = and(
    eq(invites.id, id),
    eq(invites.audienceId, inviter.audienceId),
    eq(invites.status, "pending"),
    gt(invites.expiresAt, now()),
  )
  const [[invite]] = await db.batch([
    oneInvite(db, inviter, id),
    insertWhere(db, auditLog, entry, sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${isPending})`),
  ])
  if (!invite) throw new Failure({ kind: "not_found" })
  const status = statusNow(invite, now())
  if (status !== "pending") throw new Failure({ kind: "invite_not_pending", status })
  const token = await signLink(deps.linkKeys, { invite, use: "registration", via: "copy" })
  return { invite, url: linkUrl(deps.config.baseUrl, "registration", token) }
}
