import { and, count, eq, inArray, lte, type SQL, sql } from "drizzle-orm"
import { columnsOf } from "../storage/columns-of.ts"
import {
  type Invite,
  invites,
  notifications,
  type OutboxRow,
  outbox,
  type Reseller,
  resellers,
  suppressions,
  users,
  type Webhook,
  webhooks,
} from "../storage/schema.ts"
import type { Deps } from "./deps.ts"

/** As many invites as one digest names. */
const DIGEST_LINES = 50
/** How long a row of a suspended reseller is left before it is looked at again. */
const HELD_MS = 3_600_000

export type InviteMail = { row: OutboxRow; invite: Invite; reseller: Reseller; inviterName: string | null }
/** What happened to an invite, at the address that it had then. */
export type DigestLine = { action: string; detail: string | null; contactEmail: string; invite: Invite }

/** A row of the outbox, claimed: nobody else sends it while the claim holds. */
export type Claimed =
  | ({ kind: "invite" | "reminder"; isSuppressed: boolean } & InviteMail)
  | ({ kind: "code"; isSuppressed: boolean } & InviteMail)
  | { kind: "digest"; row: OutboxRow; reseller: Reseller; counts: { action: string; n: number }[]; lines: DigestLine[] }
  | { kind: "webhook_off"; row: OutboxRow; reseller: Reseller }
  | { kind: "webhook"; row: OutboxRow; webhook: Webhook }

/**
 * Takes a due row for sending, in one round trip. Undefined when there is nothing to do: sent already, claimed by another,
 * not due yet, held because its reseller is suspended, or cancelled because nobody wants it any more: its invite is no longer
 * pending, has a newer link or another address, its code no longer works, its reader is staff no longer, or its webhook is
 * switched off.
 */
export async function claim({ db, now, config }: Deps, id: string): Promise<Claimed | undefined> {
  const at = now()
  const isWanted = sql`CASE ${outbox.kind}
    WHEN 'webhook' THEN EXISTS (SELECT 1 FROM webhooks WHERE webhooks.id = ${outbox.recipient} AND disabled_at IS NULL)
    WHEN 'invite' THEN ${isCurrent} WHEN 'reminder' THEN ${isCurrent}
    WHEN 'code' THEN ${isCurrent} AND EXISTS (SELECT 1 FROM email_codes WHERE email_codes.invite_id = ${outbox.inviteId}
      AND email_codes.email_id = ${outbox.id} AND email_codes.expires_at > ${at.getTime()})
    WHEN 'digest' THEN EXISTS (SELECT 1 FROM users JOIN staff ON staff.user_id = users.id
      AND staff.reseller_id = ${outbox.resellerId} WHERE users.email = ${outbox.recipient}) ELSE TRUE END`
  const held = (otherwise: SQL, ifHeld: SQL) => sql`CASE WHEN ${IS_HELD} THEN ${ifHeld} ELSE ${otherwise} END`
  const [[row], [aboutInvite], lines, counts, [about]] = await db.batch([
    db
      .update(outbox)
      .set({
        status: sql`CASE WHEN NOT ${isWanted} THEN 'cancelled' WHEN ${IS_HELD} THEN 'queued' ELSE 'sending' END`,
        attempts: held(sql`${outbox.attempts} + 1`, sql`${outbox.attempts}`),
        firstAttemptAt: held(sql`coalesce(${outbox.firstAttemptAt}, ${at.getTime()})`, sql`${outbox.firstAttemptAt}`),
        nextAttemptAt: held(sql`${at.getTime() + config.claimSeconds * 1000}`, sql`${at.getTime() + HELD_MS}`),
      })
      .where(and(eq(outbox.id, id), inArray(outbox.status, ["queued", "sending"]), lte(outbox.nextAttemptAt, at)))
      .returning(),
    db
      .select({
        invite: columnsOf(invites, "invite"),
        inviterName: users.name,
        suppressed: sql<string | null>`${suppressions.cause}`.as("suppressed"),
      })
      .from(outbox)
      .innerJoin(invites, eq(invites.id, outbox.inviteId))
      .leftJoin(users, eq(users.id, invites.invitedBy))
      .leftJoin(
        suppressions,
        and(
          sql`${suppressions.senderId} IN (${outbox.resellerId}, ${invites.audienceId})`,
          eq(suppressions.email, outbox.recipient),
        ),
      )
      .where(and(eq(outbox.id, id), inArray(outbox.kind, ["invite", "reminder", "code"]))),
    db
      .select({ notification: columnsOf(notifications, "notification"), invite: columnsOf(invites, "invite") })
      .from(notifications)
      .innerJoin(invites, eq(invites.id, notifications.inviteId))
      .where(eq(notifications.emailId, id))
      .orderBy(notifications.createdAt, notifications.id)
      .limit(DIGEST_LINES),
    db
      .select({ action: notifications.action, n: count() })
      .from(notifications)
      .where(eq(notifications.emailId, id))
      .groupBy(notifications.action),
    db
      .select({ reseller: columnsOf(resellers, "reseller"), webhook: columnsOf(webhooks, "webhook") })
      .from(outbox)
      .innerJoin(resellers, eq(resellers.id, outbox.resellerId))
      .leftJoin(webhooks, eq(webhooks.id, outbox.recipient))
      .where(eq(outbox.id, id)),
  ])
  if (row?.status !== "sending" || !about) return undefined
  const { reseller, webhook } = about
  switch (row.kind) {
    case "invite":
    case "reminder":
    case "code": {
      if (!aboutInvite) return undefined
      const { suppressed, ...context } = aboutInvite
      return { kind: row.kind, row, reseller, ...context, isSuppressed: suppressed !== null }
    }
    case "digest":
      return {
        kind: row.kind,
        row,
        reseller,
        counts,
        lines: lines.map(({ notification, invite }) => ({ ...notification, invite })),
      }
    case "webhook_off":
      return { kind: row.kind, row, reseller }
    case "webhook":
      return webhook.id === null ? undefined : { kind: row.kind, row, webhook: webhook as Webhook }
  }
}

/** True of a row whose reseller is suspended: it waits. */
const IS_HELD = sql`EXISTS (SELECT 1 FROM ${resellers} WHERE ${resellers.id} = ${outbox.resellerId} AND ${resellers.suspendedAt} IS NOT NULL)`

const isCurrent = sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${invites.id} = ${outbox.inviteId}
  AND ${invites.linkVersion} = ${outbox.linkVersion} AND ${invites.contactEmail} = ${outbox.recipient}
  AND ${invites.status} = 'pending')`
