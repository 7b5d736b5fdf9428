import { and, eq, gt, inArray } from "drizzle-orm"
import { type Invite, invites } from "../../storage/schema.ts"
import { authorize, authorizeRole, grantableRoles } from "../access/permissions.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { newAuditEntry } from "../events/audit-log.ts"
import { recordChangeStatements } from "../events/record-change.ts"
import { Failure } from "../failure.ts"
import { storeResponseStatements } from "../idempotency.ts"
import { hasVersion, requireVersion, type Versions } from "../versions.ts"
import type { InviteContext } from "./audience.ts"
import { isLatestChange, loadInvite } from "./find.ts"
import { currentStatus } from "./status.ts"

/**
 * Revokes a pending invite; its links stop working. With `versions`, only at one of them. Throws `not_found`, `forbidden`,
 * `invite_not_pending`, `version_conflict`, and `role_exceeds_scopes` if an API key can't give the role of an invite to staff.
 */
export async function revokeInvite(
  deps: Deps,
  context: InviteContext,
  id: string,
  versions?: Versions,
): Promise<Invite> {
  const { actor, kind } = context
  authorize(actor, context.write)
  const entry = newAuditEntry(deps, context.resellerId, actor, "invite.revoked", id)
  const isRevoked = isLatestChange(id, entry.id)
  const [[revoked]] = await commit(deps, [
    deps.db
      .update(invites)
      .set({ status: "revoked", lastChangeId: entry.id })
      .where(
        and(
          eq(invites.id, id),
          eq(invites.audienceId, context.audienceId),
          eq(invites.status, "pending"),
          gt(invites.expiresAt, deps.now()),
          actor.kind === "api_key" && kind === "staff" ? inArray(invites.role, grantableRoles(actor)) : undefined,
          hasVersion(invites.lastChangeId, versions),
        ),
      )
      .returning(),
    ...recordChangeStatements(deps, [entry]),
    ...storeResponseStatements(deps, invites, id, isRevoked),
  ])
  if (revoked) return revoked
  const invite = await loadInvite(deps, context, id)
  authorizeRole(actor, invite.role)
  requireVersion(versions, invite.lastChangeId)
  throw new Failure({ kind: "invite_not_pending", status: currentStatus(invite, deps.now()) })
}
