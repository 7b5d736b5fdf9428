import { and, eq } from "drizzle-orm"
import { type Invite, invites, users } from "../../storage/schema.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { Failure } from "../failure.ts"
import type { InviteContext } from "./audience.ts"
import { inviteQuery } from "./find.ts"

/** What the emails of an invite say. Throws `forbidden`, and `not_found` also if its personal data was deleted. */
export async function getInviteEmailData(
  { db, read }: Deps,
  context: InviteContext,
  id: string,
): Promise<{ invite: Invite; inviterName: string | null }> {
  authorize(context.actor, context.read)
  const [[invite], [inviter]] = await read([
    inviteQuery(db, context, id),
    db
      .select({ name: users.name })
      .from(invites)
      .innerJoin(users, eq(users.id, invites.invitedBy))
      .where(and(eq(invites.id, id), eq(invites.audienceId, context.audienceId))),
  ])
  if (!invite || invite.purgedAt) throw new Failure({ kind: "not_found" })
  return { invite, inviterName: inviter?.name ?? null }
}
