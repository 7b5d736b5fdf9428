import { and, count, eq, sql } from "drizzle-orm"
import type { BatchItem } from "drizzle-orm/batch"
import { aliasedColumns } from "../../storage/aliased-columns.ts"
import { compiled, type Places } from "../../storage/compiled.ts"
import type { Db } from "../../storage/db.ts"
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
  type TestedInvite,
  users,
  type Webhook,
  webhooks,
} from "../../storage/schema.ts"
import type { Locale } from "../../text/locales.ts"
import { STOPS_EMAIL } from "../mail/suppressions.ts"
import { type IdentityMessage, identityMessageQuery, toIdentityMessage } from "./identity-messages.ts"

/** How many invites one digest lists. */
const DIGEST_MAX_LINES = 50

/** What sending needs to know of a row. */
export const CLAIMED_COLUMNS = {
  id: outbox.id,
  resellerId: outbox.resellerId,
  kind: outbox.kind,
  inviteId: outbox.inviteId,
  recipient: outbox.recipient,
  payload: outbox.payload,
  status: outbox.status,
  attempts: outbox.attempts,
  previousAttempts: outbox.previousAttempts,
  firstAttemptAt: outbox.firstAttemptAt,
  lastErrorCode: outbox.lastErrorCode,
  lastError: outbox.lastError,
  createdAt: outbox.createdAt,
}

export type ClaimedRow = Pick<OutboxRow, keyof typeof CLAIMED_COLUMNS>

/** What emails say of a reseller. */
const RESELLER_COLUMNS = {
  id: resellers.id,
  name: resellers.name,
  supportEmail: resellers.supportEmail,
  supportPhone: resellers.supportPhone,
  accentColor: resellers.accentColor,
  logoId: resellers.logoId,
  timeZone: resellers.timeZone,
  locale: resellers.locale,
}

/** What emails say of an invite, and what its links are signed with. */
const INVITE_COLUMNS = {
  id: invites.id,
  kind: invites.kind,
  role: invites.role,
  companyName: invites.companyName,
  contactName: invites.contactName,
  contactEmail: invites.contactEmail,
  note: invites.note,
  locale: invites.locale,
  invitedBy: invites.invitedBy,
  expiresAt: invites.expiresAt,
  reference: invites.reference,
  linkVersion: invites.linkVersion,
  createdAt: invites.createdAt,
  sendAt: invites.sendAt,
  resentAt: invites.resentAt,
}

type SendingReseller = Pick<Reseller, keyof typeof RESELLER_COLUMNS>
type SentInvite = Pick<Invite, keyof typeof INVITE_COLUMNS>

export type InviteMessage = {
  row: ClaimedRow
  invite: SentInvite
  reseller: SendingReseller
  inviterName: string | null
}
type DisabledWebhook = Extract<OutboxRow["payload"], { url: string }>
export type DigestLine = { event: RecordedEvent; invite: SentInvite & Pick<Invite, "status" | "customerId"> }

/** A claimed outbox row. Nobody else sends it while the claim lasts. */
export type ClaimedMessage =
  | ({ kind: InviteKind; isSuppressed: boolean } & InviteMessage)
  | {
      kind: "digest"
      row: ClaimedRow
      reseller: SendingReseller
      locale: Locale
      /** Of the person, for the link that turns digests off. Null if their address has changed. */
      reference: string | null
      counts: { type: EventType; n: number }[]
      lines: DigestLine[]
    }
  | { kind: "webhook_off"; row: ClaimedRow; reseller: SendingReseller; locale: Locale; payload: DisabledWebhook }
  | { kind: "test"; row: ClaimedRow; reseller: SendingReseller; locale: Locale; test: TestedInvite }
  | IdentityMessage
  | { kind: "webhook"; row: ClaimedRow; webhook: Webhook; event: RecordedEvent }

const INVITE_KINDS = ["invite", "reminder", "code", "link"] as const
type InviteKind = (typeof INVITE_KINDS)[number]

type Query = BatchItem<"sqlite">

/** How to read what a row is about. */
type Context = {
  queries: (db: Db, id: string) => readonly [Query, ...Query[]]
  toMessage: (row: ClaimedRow, results: unknown[]) => ClaimedMessage | undefined
}

function context<const T extends readonly [Query, ...Query[]]>(
  queries: (db: Db, id: string) => T,
  toMessage: (
    row: ClaimedRow,
    results: { -readonly [K in keyof T]: T[K]["_"]["result"] },
  ) => ClaimedMessage | undefined,
): Context {
  return { queries, toMessage: (row, results) => toMessage(row, results as Parameters<typeof toMessage>[1]) }
}

/** The invite of an email to its contact, with its reseller, the inviter and a suppression that stops it. */
const inviteQuery = compiled((db, { id }: Places<{ id: string }>) =>
  db
    .select({
      invite: aliasedColumns(INVITE_COLUMNS, "invite"),
      reseller: aliasedColumns(RESELLER_COLUMNS, "reseller"),
      inviterName: users.name,
      suppressionCause: sql<string | null>`${suppressions.cause}`.as("suppression_cause"),
    })
    .from(outbox)
    .innerJoin(invites, eq(invites.id, outbox.inviteId))
    .innerJoin(resellers, eq(resellers.id, outbox.resellerId))
    .leftJoin(users, eq(users.id, invites.invitedBy))
    .leftJoin(
      suppressions,
      and(
        sql`${suppressions.senderId} IN (${outbox.resellerId}, ${invites.audienceId})`,
        eq(suppressions.email, outbox.recipient),
        STOPS_EMAIL,
      ),
    )
    .where(eq(outbox.id, id)),
)

/** The reseller of an email to staff, and the language of who gets it. */
const staffEmailQuery = compiled((db, { id }: Places<{ id: string }>) =>
  db
    .select({
      reseller: aliasedColumns(RESELLER_COLUMNS, "reseller"),
      locale: users.locale,
      reference: sql<string | null>`${users.reference}`.as("user_reference"),
    })
    .from(outbox)
    .innerJoin(resellers, eq(resellers.id, outbox.resellerId))
    .leftJoin(users, eq(users.email, outbox.recipient))
    .where(eq(outbox.id, id)),
)

const DIGEST_INVITE_COLUMNS = { ...INVITE_COLUMNS, status: invites.status, customerId: invites.customerId }

/** The first events that a digest lists, those that need attention before the others. */
const digestLinesQuery = compiled((db, { id }: Places<{ id: string }>) =>
  db
    .select({ event: aliasedColumns(events, "event"), invite: aliasedColumns(DIGEST_INVITE_COLUMNS, "invite") })
    .from(notifications)
    .innerJoin(events, eq(events.id, notifications.eventId))
    .innerJoin(invites, eq(invites.id, events.inviteId))
    .where(eq(notifications.emailId, id))
    .orderBy(sql`${events.type} = 'invite.accepted'`, events.id)
    .limit(DIGEST_MAX_LINES),
)

/** How many events of each type a digest is about. */
const digestCountsQuery = compiled((db, { id }: Places<{ id: string }>) =>
  db
    .select({ type: events.type, n: count() })
    .from(notifications)
    .innerJoin(events, eq(events.id, notifications.eventId))
    .where(eq(notifications.emailId, id))
    .groupBy(events.type),
)

/** The webhook and event of a delivery. */
const deliveryQuery = compiled((db, { id }: Places<{ id: string }>) =>
  db
    .select({ webhook: aliasedColumns(webhooks, "webhook"), event: aliasedColumns(events, "event") })
    .from(outbox)
    .innerJoin(webhooks, eq(webhooks.id, outbox.recipient))
    .innerJoin(events, eq(events.id, outbox.eventId))
    .where(eq(outbox.id, id)),
)

const inviteContext = context(
  (db, id) => [inviteQuery(db, { id })],
  (row, [[found]]) => {
    const kind = INVITE_KINDS.find((name) => name === row.kind)
    if (!found || !kind) return undefined
    const { suppressionCause, ...message } = found
    return { kind, row, ...message, isSuppressed: suppressionCause !== null }
  },
)

const digestContext = context(
  (db, id) => [staffEmailQuery(db, { id }), digestCountsQuery(db, { id }), digestLinesQuery(db, { id })],
  (row, [[found], counts, lines]) =>
    found && { kind: "digest", row, ...found, locale: found.locale ?? found.reseller.locale, counts, lines },
)

const webhookOffContext = context(
  (db, id) => [staffEmailQuery(db, { id })],
  (row, [[found]]) =>
    found && row.payload && "url" in row.payload
      ? {
          kind: "webhook_off",
          row,
          ...found,
          locale: found.locale ?? found.reseller.locale,
          payload: row.payload,
        }
      : undefined,
)

const testContext = context(
  (db, id) => [staffEmailQuery(db, { id })],
  (row, [[found]]) =>
    found && row.payload && "companyName" in row.payload
      ? { kind: "test", row, ...found, locale: found.locale ?? found.reseller.locale, test: row.payload }
      : undefined,
)

const deliveryContext = context(
  (db, id) => [deliveryQuery(db, { id })],
  (row, [[found]]) => found && { kind: "webhook", row, ...found },
)

const identityContext = context(
  (db, id) => [identityMessageQuery(db, { id })],
  (row, [[found]]) => found && toIdentityMessage(row, found),
)

const CONTEXTS: Partial<Record<string, Context>> = {
  digest: digestContext,
  webhook_off: webhookOffContext,
  test: testContext,
  webhook: deliveryContext,
  password_reset: identityContext,
  email_change: identityContext,
  security_notice: identityContext,
}

/** How to read what a row of this kind is about: an invite, if the table doesn't say otherwise. */
export const contextOf = (kind: string): Context => CONTEXTS[kind] ?? inviteContext
