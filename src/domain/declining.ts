import { and, eq, inArray, sql } from "drizzle-orm"
import { columnsOf } from "../storage/columns-of.ts"
import { type Invite, invites, outbox, type Reseller, resellers, suppressions } from "../storage/schema.ts"
import { auditRow } from "./audit.ts"
import { commit } from "./commit.ts"
import type { Deps } from "./deps.ts"
import { changedBy } from "./invites.ts"
import { readLink } from "./registration-link.ts"
import { tell } from "./telling.ts"

/** What a link "this wasn't meant for me" leads to. `mangled`: not signed by us, so nothing was looked up. */
export type Declining =
  | { state: "mangled" }
  | { state: "open" | "declined" | "accepted"; reseller: Reseller; invite: Invite; recipient: string }

const DECLINABLE: Invite["status"][] = ["pending", "expired"]

/** The state behind a link to decline. Changes nothing. At most one D1 round trip. */
export async function openDecline(deps: Deps, token: string): Promise<Declining> {
  const link = await readLink(deps.linkKeys, token, "decline")
  if (!link) return { state: "mangled" }
  const { db } = deps
  const [[found], [sent]] = await db.batch([
    db
      .select({ reseller: columnsOf(resellers, "reseller"), invite: columnsOf(invites, "invite") })
      .from(invites)
      .innerJoin(resellers, eq(resellers.id, invites.resellerId))
      .where(eq(invites.id, link.sub)),
    db
      .select({ recipient: outbox.recipient, stopped: sql<string | null>`${suppressions.cause}`.as("stopped") })
      .from(outbox)
      .leftJoin(
        suppressions,
        and(eq(suppressions.resellerId, outbox.resellerId), eq(suppressions.email, outbox.recipient)),
      )
      .where(and(eq(outbox.inviteId, link.sub), eq(outbox.linkVersion, link.ver)))
      .limit(1),
  ])
  if (!found || !sent) return { state: "mangled" }
  const { recipient, stopped } = sent
  if (stopped === "declined") return { state: "declined", recipient, ...found }
  const isTheirs = found.invite.contactEmail === recipient
  return { state: isTheirs && found.invite.status === "accepted" ? "accepted" : "open", recipient, ...found }
}

/**
 * Declines: no more mail from this reseller to the address that the link went to, and the invite is declined, unless it has
 * gone to another address since or is accepted. Declining twice changes nothing. Two D1 round trips.
 */
export async function declineInvite(deps: Deps, token: string): Promise<Declining> {
  const declining = await openDecline(deps, token)
  if (declining.state !== "open") return declining
  const { db, now } = deps
  const { invite, reseller, recipient } = declining
  const entry = auditRow(deps, reseller.id, { kind: "invitee", name: recipient }, "invite.declined", invite.id)
  const stop = { resellerId: reseller.id, email: recipient, cause: "declined" as const, createdAt: now() }
  await commit(deps, [
    db
      .insert(suppressions)
      .values(stop)
      .onConflictDoUpdate({ target: [suppressions.resellerId, suppressions.email], set: { cause: "declined" } }),
    db
      .update(invites)
      .set({ status: "declined", changeId: entry.id })
      .where(and(eq(invites.id, invite.id), inArray(invites.status, DECLINABLE), eq(invites.contactEmail, recipient))),
    ...tell(deps, entry, changedBy(invite.id, entry.id)),
  ])
  return { ...declining, state: "declined" }
}
