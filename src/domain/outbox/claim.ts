import { and, count, eq, inArray, lte, type SQL, sql } from "drizzle-orm"
import { aliasedColumns } from "../../storage/aliased-columns.ts"
import {
  type EventType,
  events,
  type Invite,
  invites,
  notifications,
  type OutboxRow,
  outbox,
  type RecordedEvent,
  type Reseller,
  resellers,
  suppressions,
  users,
  type Webhook,
  webhooks,
} from "../../storage/schema.ts"
import type { Locale } from "../../text/locales.ts"
import type { Deps } from "../deps.ts"
import { HOUR_MS } from "../time.ts"
import {
  type IdentityMessage,
  identityMessageQuery,
  isIdentityMessageNeeded,
  toIdentityMessage,
} from "./identity-messages.ts"
import { postponeStatement } from "./recipient-limits.ts"

/** How many invites one digest lists. */
const DIGEST_MAX_LINES = 50
/** How long rows of a suspended reseller wait before they are checked again. */
const SUSPENDED_RETRY_MS = HOUR_MS

export type InviteMessage = { row: OutboxRow; invite: Invite; reseller: Reseller; inviterName: string | null }
export type DigestLine = { event: RecordedEvent; invite: Invite }

/** A claimed outbox row. Nobody else sends it while the claim lasts. */
export type ClaimedMessage =
  | ({ kind: "invite" | "reminder" | "code" | "link"; isSuppressed: boolean } & InviteMessage)
  | {
      kind: "digest"
      row: OutboxRow
      reseller: Reseller
      locale: Locale
      counts: { type: EventType; n: number }[]
      lines: DigestLine[]
    }
  | { kind: "webhook_off"; row: OutboxRow; reseller: Reseller; locale: Locale; webhookUrl: string }
  | IdentityMessage
  | { kind: "webhook"; row: OutboxRow; webhook: Webhook; event: RecordedEvent }

/**
 * Claims a due row for sending. Undefined if there is nothing to do: it was sent, is claimed, isn't due, its reseller is suspended,
 * its recipient has had enough emails for now, or it is cancelled because it is obsolete (its invite, link, code, recipient or
 * webhook has changed).
 */
export async function claim(
  deps: Deps,
  id: string,
  _expectedKind?: string,
): Promise<ClaimedMessage | undefined> {
  const { db } = deps
  const isStillNeeded = isStillNeededSql(deps.now())
  const [, [row], [inviteRow], lines, counts, [related], [identity]] = await db.batch([
    postponeStatement(deps, id, isStillNeeded),
    claimStatement(deps, id, isStillNeeded),
    inviteMessageQuery(db, id),
    digestLinesQuery(db, id),
    digestCountsQuery(db, id),
    relatedQuery(db, id),
    identityMessageQuery(db, id),
  ])
  if (row?.status !== "sending") return undefined
  if (identity) return toIdentityMessage(row, identity)
  if (!related) return undefined
  const { reseller, webhook, event, locale } = related
  switch (row.kind) {
    case "invite":
    case "reminder":
    case "code":
    case "link": {
      if (!inviteRow) return undefined
      const { suppressionCause, ...context } = inviteRow
      return { kind: row.kind, row, reseller, ...context, isSuppressed: suppressionCause !== null }
    }
    case "digest":
      return { kind: row.kind, row, reseller, locale: locale ?? reseller.locale, counts, lines }
    case "webhook_off":
      return row.payload && "url" in row.payload
        ? { kind: row.kind, row, reseller, locale: locale ?? reseller.locale, webhookUrl: row.payload.url }
        : undefined
    case "webhook":
      return webhook.id === null || event.id === null ? undefined : { kind: row.kind, row, webhook, event }
    default:
      return undefined
  }
}

/** SQL condition: what the row is about hasn't become obsolete. */
function isStillNeededSql(at: Date): SQL {
  return sql`CASE ${outbox.kind}
    WHEN 'webhook' THEN EXISTS (SELECT 1 FROM webhooks WHERE webhooks.id = ${outbox.recipient} AND disabled_at IS NULL)
    WHEN 'invite' THEN ${IS_CURRENT} WHEN 'reminder' THEN ${IS_CURRENT} WHEN 'link' THEN ${IS_CURRENT}
    WHEN 'code' THEN ${IS_CURRENT} AND EXISTS (SELECT 1 FROM email_codes WHERE email_codes.invite_id = ${outbox.inviteId}
      AND email_codes.email_id = ${outbox.id} AND email_codes.expires_at > ${at.getTime()})
    WHEN 'digest' THEN EXISTS (SELECT 1 FROM users JOIN staff ON staff.user_id = users.id
      AND staff.reseller_id = ${outbox.resellerId} WHERE users.email = ${outbox.recipient})
    ${isIdentityMessageNeeded(at)} ELSE TRUE END`
}

/**
 * The statement that claims a due row, and returns it. It cancels a row that is obsolete, and puts off one whose reseller is suspended.
 * A cancelled email forgets its recipient, who may have no account here; those of an invite are purged with it.
 */
function claimStatement({ db, now, config }: Deps, id: string, isStillNeeded: SQL) {
  const at = now()
  const unlessSuspended = (otherwise: SQL, ifSuspended: SQL) =>
    sql`CASE WHEN ${IS_SUSPENDED} THEN ${ifSuspended} ELSE ${otherwise} END`
  const isForgotten = sql`(NOT ${isStillNeeded} AND ${outbox.kind} <> 'webhook' AND ${outbox.inviteId} IS NULL)`
  return db
    .update(outbox)
    .set({
      status: sql`CASE WHEN NOT ${isStillNeeded} THEN 'cancelled' WHEN ${IS_SUSPENDED} THEN 'queued' ELSE 'sending' END`,
      recipient: sql`iif(${isForgotten}, '', ${outbox.recipient})`,
      payload: sql`iif(${isForgotten}, NULL, ${outbox.payload})`,
      attempts: unlessSuspended(sql`${outbox.attempts} + 1`, sql`${outbox.attempts}`),
      firstAttemptAt: unlessSuspended(
        sql`coalesce(${outbox.firstAttemptAt}, ${at.getTime()})`,
        sql`${outbox.firstAttemptAt}`,
      ),
      claimedAt: sql`CASE WHEN NOT ${isStillNeeded} OR ${IS_SUSPENDED} THEN ${outbox.claimedAt} ELSE ${at.getTime()} END`,
      nextAttemptAt: unlessSuspended(
        sql`${at.getTime() + config.claimSeconds * 1000}`,
        sql`${at.getTime() + SUSPENDED_RETRY_MS}`,
      ),
    })
    .where(and(eq(outbox.id, id), inArray(outbox.status, ["queued", "sending"]), lte(outbox.nextAttemptAt, at)))
    .returning()
}

/** The invite of an email to its contact, with the inviter and a suppression of the address. */
function inviteMessageQuery(db: Deps["db"], id: string) {
  return db
    .select({
      invite: aliasedColumns(invites, "invite"),
      inviterName: users.name,
      suppressionCause: sql<string | null>`${suppressions.cause}`.as("suppression_cause"),
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
    .where(and(eq(outbox.id, id), inArray(outbox.kind, ["invite", "reminder", "code", "link"])))
}

/** The first events that a digest lists. */
function digestLinesQuery(db: Deps["db"], id: string) {
  return db
    .select({ event: aliasedColumns(events, "event"), invite: aliasedColumns(invites, "invite") })
    .from(notifications)
    .innerJoin(events, eq(events.id, notifications.eventId))
    .innerJoin(invites, eq(invites.id, events.inviteId))
    .where(eq(notifications.emailId, id))
    .orderBy(events.id)
    .limit(DIGEST_MAX_LINES)
}

/** How many events of each type a digest is about. */
function digestCountsQuery(db: Deps["db"], id: string) {
  return db
    .select({ type: events.type, n: count() })
    .from(notifications)
    .innerJoin(events, eq(events.id, notifications.eventId))
    .where(eq(notifications.emailId, id))
    .groupBy(events.type)
}

/** The reseller of a row, the language of a staff user who gets an email, and the webhook and event of a delivery. */
function relatedQuery(db: Deps["db"], id: string) {
  return db
    .select({
      reseller: aliasedColumns(resellers, "reseller"),
      webhook: aliasedColumns(webhooks, "webhook"),
      event: aliasedColumns(events, "event"),
      locale: users.locale,
    })
    .from(outbox)
    .innerJoin(resellers, eq(resellers.id, outbox.resellerId))
    .leftJoin(webhooks, eq(webhooks.id, outbox.recipient))
    .leftJoin(events, eq(events.id, outbox.eventId))
    .leftJoin(users, and(inArray(outbox.kind, ["digest", "webhook_off"]), eq(users.email, outbox.recipient)))
    .where(eq(outbox.id, id))
}

/** SQL condition: the row waits because its reseller is suspended. */
const IS_SUSPENDED = sql`EXISTS (SELECT 1 FROM ${resellers} WHERE ${resellers.id} = ${outbox.resellerId} AND ${resellers.suspendedAt} IS NOT NULL)`

const IS_CURRENT = sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${invites.id} = ${outbox.inviteId}
  AND ${invites.linkVersion} = ${outbox.linkVersion} AND ${invites.contactEmail} = ${outbox.recipient}
  AND ${invites.status} = 'pending')`
