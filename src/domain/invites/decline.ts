import { and, eq, inArray, sql } from "drizzle-orm"
import { aliasedColumns } from "../../storage/aliased-columns.ts"
import { type Invite, invites, outbox, type Reseller, resellers, suppressions } from "../../storage/schema.ts"
import { verifyToken } from "../access/signed-token.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { newAuditEntry } from "../events/audit-log.ts"
import { recordChangeStatements } from "../events/record-change.ts"
import { suppressionSenderId } from "../mail/suppressions.ts"
import type { InviteAudience } from "./audience.ts"
import { DECLINABLE_STATUSES } from "./status.ts"

/** The state of a decline link. `invalid`: not signed by us, so nothing was looked up. `expired`: its token expired. */
export type DeclineState =
  | { state: "invalid" }
  | {
      state: "open" | "declined" | "accepted" | "expired"
      reseller: Reseller
      invite: Invite
      /** The pending invites of this address at the reseller. */
      pendingInvites: (InviteAudience & { id: string })[]
      recipient: string
    }

/** How many pending invites of an address are declined at once. */
const PENDING_INVITES_MAX = 20

/** Loads the state of a decline link. Changes nothing. */
export async function loadDecline(deps: Deps, token: string): Promise<DeclineState> {
  const link = await verifyToken(deps.linkKeys, token, "decline")
  if (!link) return { state: "invalid" }
  const { db } = deps
  const { reference, version } = link
  const recipientSql = sql`(SELECT recipient FROM outbox JOIN invites AS linked ON linked.id = outbox.invite_id
    WHERE linked.reference = ${reference} AND outbox.link_version = ${version} LIMIT 1)`
  const [[row], [email], pendingInvites] = await db.batch([
    db
      .select({ reseller: aliasedColumns(resellers, "reseller"), invite: aliasedColumns(invites, "invite") })
      .from(invites)
      .innerJoin(resellers, eq(resellers.id, invites.resellerId))
      .where(eq(invites.reference, reference)),
    db
      .select({
        recipient: outbox.recipient,
        suppressionCause: sql<string | null>`${suppressions.cause}`.as("suppression_cause"),
      })
      .from(outbox)
      .innerJoin(invites, eq(invites.id, outbox.inviteId))
      .leftJoin(
        suppressions,
        and(
          sql`${suppressions.senderId} IN (${outbox.resellerId}, ${invites.audienceId})`,
          eq(suppressions.email, outbox.recipient),
        ),
      )
      .where(and(eq(invites.reference, reference), eq(outbox.linkVersion, version)))
      .orderBy(sql`${suppressions.cause} IS 'declined' DESC`) // reseller and customer can both have a suppression
      .limit(1),
    db
      .select({ id: invites.id, kind: invites.kind, audienceId: invites.audienceId, resellerId: invites.resellerId })
      .from(invites)
      .where(
        and(
          sql`${invites.resellerId} = (SELECT reseller_id FROM invites AS linked WHERE linked.reference = ${reference})`,
          eq(invites.contactEmail, recipientSql),
          eq(invites.status, "pending"),
        ),
      )
      .limit(PENDING_INVITES_MAX),
  ])
  if (!row || !email?.recipient) return { state: "invalid" }
  const { recipient, suppressionCause } = email
  if (suppressionCause === "declined") return { state: "declined", pendingInvites, recipient, ...row }
  const isAccepted = row.invite.contactEmail === recipient && row.invite.status === "accepted"
  const openState = link.expiresAt > deps.now() ? "open" : "expired"
  return { state: isAccepted ? "accepted" : openState, pendingInvites, recipient, ...row }
}

/**
 * Suppresses the address of the link, for the reseller or, for a colleague's invite, for the customer, and declines its pending
 * invites there. Declining twice has no effect.
 */
export async function declineInvite(deps: Deps, token: string): Promise<DeclineState> {
  const declineState = await loadDecline(deps, token)
  if (declineState.state !== "open") return declineState
  const { db, now } = deps
  const { invite, pendingInvites, reseller, recipient } = declineState
  const senderId = suppressionSenderId(invite)
  const suppression = { senderId, email: recipient, cause: "declined" as const, createdAt: now() }
  const ids = new Set([
    invite.id,
    ...pendingInvites.filter((pendingInvite) => isSentBy(pendingInvite, senderId)).map(({ id }) => id),
  ])
  await commit(deps, [
    db
      .insert(suppressions)
      .values(suppression)
      .onConflictDoUpdate({
        target: [suppressions.senderId, suppressions.email],
        set: { cause: "declined", reason: null },
      }),
    ...[...ids].flatMap((id) => declineStatements(deps, id, reseller.id, recipient)),
  ])
  return { ...declineState, state: "declined" }
}

/** A suppression by the reseller also covers invites between colleagues. */
const isSentBy = (audience: InviteAudience, senderId: string) =>
  audience.resellerId === senderId || suppressionSenderId(audience) === senderId

function declineStatements(deps: Deps, id: string, resellerId: string, recipient: string): Statement[] {
  const entry = newAuditEntry(deps, resellerId, { kind: "contact", name: recipient }, "invite.declined", id)
  return [
    deps.db
      .update(invites)
      .set({ status: "declined", lastChangeId: entry.id })
      .where(
        and(eq(invites.id, id), inArray(invites.status, DECLINABLE_STATUSES), eq(invites.contactEmail, recipient)),
      ),
    ...recordChangeStatements(deps, [entry]),
  ]
}
