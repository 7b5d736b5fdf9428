import { and, eq, inArray, sql } from "drizzle-orm"
import { columnsOf } from "../storage/columns-of.ts"
import { type Invite, invites, outbox, type Reseller, resellers, suppressions } from "../storage/schema.ts"
import { auditRow } from "./audit.ts"
import { commit, type Statement } from "./commit.ts"
import type { Deps } from "./deps.ts"
import type { InviteList } from "./inviters.ts"
import { changedBy } from "./invites.ts"
import { readLink } from "./registration-link.ts"
import { senderOf } from "./suppressions.ts"
import { tell } from "./telling.ts"

/** What a link "this wasn't meant for me" leads to. `mangled`: not signed by us, so nothing was looked up. */
export type Declining =
  | { state: "mangled" }
  | {
      state: "open" | "declined" | "accepted"
      reseller: Reseller
      invite: Invite
      /** What this address is invited by at the reseller. */
      live: (InviteList & { id: string })[]
      recipient: string
    }

/** More than an address is invited to at once: the reseller's customers and staff, and accounts of its customers. */
const LIVE_MAX = 20
const DECLINABLE: Invite["status"][] = ["pending", "expired"]

/** The state behind a link to decline. Changes nothing. At most one D1 round trip. */
export async function openDecline(deps: Deps, token: string): Promise<Declining> {
  const link = await readLink(deps.linkKeys, token, "decline")
  if (!link) return { state: "mangled" }
  const { db } = deps
  const recipientOf = sql`(SELECT recipient FROM outbox WHERE invite_id = ${link.sub} AND link_version = ${link.ver} LIMIT 1)`
  const [[found], [sent], live] = await db.batch([
    db
      .select({ reseller: columnsOf(resellers, "reseller"), invite: columnsOf(invites, "invite") })
      .from(invites)
      .innerJoin(resellers, eq(resellers.id, invites.resellerId))
      .where(eq(invites.id, link.sub)),
    db
      .select({ recipient: outbox.recipient, stopped: sql<string | null>`${suppressions.cause}`.as("stopped") })
      .from(outbox)
      .innerJoin(invites, eq(invites.id, outbox.inviteId))
      .leftJoin(
        suppressions,
        and(
          sql`${suppressions.senderId} IN (${outbox.resellerId}, ${invites.audienceId})`,
          eq(suppressions.email, outbox.recipient),
        ),
      )
      .where(and(eq(outbox.inviteId, link.sub), eq(outbox.linkVersion, link.ver)))
      .limit(1),
    db
      .select({ id: invites.id, kind: invites.kind, audienceId: invites.audienceId, resellerId: invites.resellerId })
      .from(invites)
      .where(
        and(
          sql`${invites.resellerId} = (SELECT reseller_id FROM invites AS linked WHERE linked.id = ${link.sub})`,
          eq(invites.contactEmail, recipientOf),
          eq(invites.status, "pending"),
        ),
      )
      .limit(LIVE_MAX),
  ])
  if (!found || !sent) return { state: "mangled" }
  const { recipient, stopped } = sent
  if (stopped === "declined") return { state: "declined", live, recipient, ...found }
  const isTheirs = found.invite.contactEmail === recipient
  return { state: isTheirs && found.invite.status === "accepted" ? "accepted" : "open", live, recipient, ...found }
}

/**
 * Declines: no more mail from this reseller, or for its colleagues from this customer, to the address that the link went to; and
 * what it is invited by there is declined: the link's own invite unless it has gone to another address since, and newer
 * ones. Declining twice changes nothing. Two D1 round trips.
 */
export async function declineInvite(deps: Deps, token: string): Promise<Declining> {
  const declining = await openDecline(deps, token)
  if (declining.state !== "open") return declining
  const { db, now } = deps
  const { invite, live, reseller, recipient } = declining
  const senderId = senderOf(invite)
  const stop = { senderId, email: recipient, cause: "declined" as const, createdAt: now() }
  const ids = new Set([invite.id, ...live.filter((other) => isSentBy(other, senderId)).map(({ id }) => id)])
  await commit(deps, [
    db
      .insert(suppressions)
      .values(stop)
      .onConflictDoUpdate({
        target: [suppressions.senderId, suppressions.email],
        set: { cause: "declined", reason: null },
      }),
    ...[...ids].flatMap((id) => decline(deps, id, reseller.id, recipient)),
  ])
  return { ...declining, state: "declined" }
}

/** A reseller's mail is its customers' colleagues' too. */
const isSentBy = (list: InviteList, senderId: string) => list.resellerId === senderId || senderOf(list) === senderId

function decline(deps: Deps, id: string, resellerId: string, recipient: string): Statement[] {
  const entry = auditRow(deps, resellerId, { kind: "contact", name: recipient }, "invite.declined", id)
  return [
    deps.db
      .update(invites)
      .set({ status: "declined", lastChangeId: entry.id })
      .where(and(eq(invites.id, id), inArray(invites.status, DECLINABLE), eq(invites.contactEmail, recipient))),
    ...tell(deps, entry, changedBy(id, entry.id)),
  ]
}
