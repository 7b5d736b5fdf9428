import { and, eq, gt, sql } from "drizzle-orm"
import { insertSelect } from "../../storage/insert-select.ts"
import { auditLog, type Invite, invites } from "../../storage/schema.ts"
import { authorize } from "../access/permissions.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { newAuditEntry } from "../events/audit-log.ts"
import { Failure } from "../failure.ts"
import { hasVersion, requireVersion, type Versions } from "../versions.ts"
import type { InviteContext } from "./audience.ts"
import { inviteQuery } from "./find.ts"
import { linkUrl, signLink } from "./link-token.ts"
import { currentStatus } from "./status.ts"

/** A registration link for the inviter to pass on. It works until the invite expires. */
export type CopyLink = { invite: Invite; url: string }

/**
 * Issues a link to a pending invite, to pass on. Links sent by email keep working. Opening the copied link asks for an
 * email code. With `versions`, only at one of them. Throws `not_found`, `forbidden`, `invite_not_pending` and `version_conflict`.
 */
export async function issueCopyLink(
  deps: Deps,
  context: InviteContext,
  id: string,
  versions?: Versions,
): Promise<CopyLink> {
  authorize(context.actor, context.write)
  const { db, now } = deps
  const entry = newAuditEntry({ now }, context.resellerId, context.actor, "invite.link_issued", id)
  const isPending = and(
    eq(invites.id, id),
    eq(invites.audienceId, context.audienceId),
    eq(invites.status, "pending"),
    gt(invites.expiresAt, now()),
    hasVersion(invites.lastChangeId, versions),
  )
  const [[invite]] = await commit(deps, [
    inviteQuery(db, context, id),
    insertSelect(db, auditLog, entry, sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${isPending})`),
  ])
  if (!invite) throw new Failure({ kind: "not_found" })
  requireVersion(versions, invite.lastChangeId)
  const status = currentStatus(invite, now())
  if (status !== "pending") throw new Failure({ kind: "invite_not_pending", status })
  const token = await signLink(deps.linkKeys, { invite, use: "registration", via: "copy" })
  return { invite, url: linkUrl(deps.config.baseUrl, "registration", token) }
}
