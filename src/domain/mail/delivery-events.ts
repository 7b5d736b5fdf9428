import { and, eq, isNotNull, isNull, or, type SQL, sql } from "drizzle-orm"
import * as z from "zod"
import { newId } from "../../storage/ids.ts"
import { insertFrom } from "../../storage/insert-select.ts"
import { auditLog, type EmailStatus, emailEvents, invites, suppressions } from "../../storage/schema.ts"
import { en, type Messages } from "../../text/en.ts"
import { sanitizeLine, truncate } from "../../text/sanitize.ts"
import { commit, type Statement } from "../commit.ts"
import { emailEventStatement } from "../deployment/mail-facts.ts"
import type { Deps } from "../deps.ts"
import { eventStatements } from "../events/record-event.ts"
import { reachedColumns } from "../invites/funnel-step.ts"

/** Larger than any event of the provider. */
const EVENT_MAX = 64 * 1024
const TEXT_MAX = 2_000
const textField = z
  .string()
  .nullish()
  .transform((text) => text?.slice(0, TEXT_MAX))

/** An event from Cloudflare Email Service (event subscriptions), with the fields that we use. */
const emailEventSchema = z.looseObject({
  type: z.string().max(TEXT_MAX),
  payload: z
    .looseObject({
      eventId: z.string().max(TEXT_MAX).optional(),
      messageId: z.string().max(TEXT_MAX).optional(),
      delivery: z.looseObject({ smtpResponse: textField }).nullish(),
      bounce: z.looseObject({ type: textField, reason: textField }).nullish(),
      failure: z.looseObject({ reason: textField }).nullish(),
      rejection: z.looseObject({ reason: textField, detail: textField }).nullish(),
    })
    .optional(),
})

/** Its reason `suppressed` means that an earlier email to the address bounced or was marked as spam, wherever it came from. */
const REJECTED_TYPE = "cf.email.sending.message.rejected"

const EVENT_STATUSES: Record<string, EmailStatus> = {
  "cf.email.sending.message.delivered": "delivered",
  "cf.email.sending.message.deferred": "deferred",
  "cf.email.sending.message.bounced": "bounced",
  "cf.email.sending.message.failed": "failed",
  [REJECTED_TYPE]: "failed",
  "cf.email.sending.message.complained": "complained",
}

/** The order of email statuses. A status only moves forward, in whatever order events arrive. */
const STATUS_ORDER: EmailStatus[] = ["queued", "sent", "deferred", "delivered", "failed", "bounced", "complained"]

const statusRankSql = (status: SQL) =>
  sql`(CASE ${status} ${sql.join(
    STATUS_ORDER.map((emailStatus, rank) => sql.raw(`WHEN '${emailStatus}' THEN ${rank}`)), // literals, since D1 binds a hundred values at most
    sql` `,
  )} END)`

/**
 * Records an event once, however often it arrives, and applies it as soon as its email is known. `fallbackId` identifies events
 * without an id. Of an event that is too large, only the fact that it arrived is recorded. True if it waits, because no email is known
 * that it is about. One that we made up ourselves doesn't show that those of the provider arrive.
 */
export async function recordDeliveryEvent(
  deps: Deps,
  received: unknown,
  fallbackId: string,
  { isMadeUp = false } = {},
): Promise<boolean> {
  const event = (JSON.stringify(received)?.length ?? 0) <= EVENT_MAX ? received : null
  const { type = "unreadable", payload } = emailEventSchema.safeParse(event).data ?? {}
  const isSuppressed = type === REJECTED_TYPE && payload?.rejection?.reason === "suppressed"
  const status = isSuppressed ? "bounced" : (EVENT_STATUSES[type] ?? null)
  const messageId = payload?.messageId ?? null
  const id = payload?.eventId ?? fallbackId
  const eventStatement = deps.db
    .insert(emailEvents)
    .values({
      id,
      messageId,
      type,
      payload: JSON.stringify(event),
      receivedAt: deps.now(),
      status,
      reason: toReason(payload),
      isPermanent: isSuppressed || status === "complained" || (status === "bounced" && isHardBounce(payload)),
    })
    .onConflictDoNothing()
  const isWaiting = and(eq(emailEvents.id, id), isNotNull(emailEvents.messageId), isNull(emailEvents.processedAt))
  const [waiting] = await commit(
    deps,
    [deps.db.select({ id: emailEvents.id }).from(emailEvents).where(isWaiting)],
    [
      eventStatement,
      ...(status && !isMadeUp ? [emailEventStatement(deps)] : []),
      ...(messageId ? [...emailEventStatements(deps, messageId), forgetEventsStatement(deps, messageId)] : []),
    ],
  )
  return waiting.length > 0
}

/** The statement that deletes events with the address of an email that isn't about an invite: nothing depends on them. */
export function forgetEventsStatement({ db }: Pick<Deps, "db">, messageId: string) {
  return db.delete(emailEvents).where(
    sql`${emailEvents.messageId} = ${messageId} AND EXISTS (SELECT 1 FROM outbox AS mail
        WHERE mail.message_id = ${messageId} AND mail.invite_id IS NULL)`,
  )
}

/**
 * The statements that apply all events of an email to its invite: the email status, a suppression after a hard bounce or
 * complaint, and audit entries, webhooks and notifications of new events. They can run any number of times.
 */
export function emailEventStatements(deps: Pick<Deps, "db" | "now">, messageId: string): Statement[] {
  const { db, now } = deps
  const at = now()
  const strongestEventSql = (column: SQL) => sql`(SELECT ${column} FROM email_events AS email_event
    WHERE email_event.message_id = ${messageId} AND email_event.status IS NOT NULL
    ORDER BY ${statusRankSql(sql`email_event.status`)} DESC, email_event.is_permanent DESC, email_event.received_at DESC LIMIT 1)`
  const status = strongestEventSql(sql`email_event.status`)
  const from = sql`email_events AS email_event JOIN outbox AS mail ON mail.message_id = email_event.message_id
    JOIN invites AS invite ON invite.id = mail.invite_id`
  // Of an email that the holder of a copied link asked for, only bounces and complaints are recorded.
  const isUnprocessed = sql`email_event.message_id = ${messageId} AND email_event.processed_at IS NULL
    AND email_event.status IS NOT NULL
    AND (mail.kind NOT IN ('code', 'link') OR email_event.status IN ('bounced', 'complained'))`
  const sequence = sql`printf('%02d', dense_rank() OVER (ORDER BY email_event.id))`
  const action = sql`('invite.' || email_event.status)`
  return [
    db
      .update(invites)
      .set({
        emailStatus: status,
        emailError: strongestEventSql(sql`email_event.reason`),
        ...reachedColumns("delivered", at, sql`${status} IN ('delivered', 'complained')`),
      })
      .where(
        and(
          sql`${invites.id} = (SELECT invite_id FROM outbox WHERE message_id = ${messageId})`,
          or(
            sql`${invites.latestEmailId} = (SELECT id FROM outbox WHERE message_id = ${messageId})`,
            // An event of an older email that shows that the address doesn't work.
            sql`(${strongestEventSql(sql`email_event.is_permanent`)} = 1 AND ${invites.contactEmail} =
              (SELECT recipient FROM outbox WHERE message_id = ${messageId}))`,
          ),
          sql`${statusRankSql(status)} >= coalesce(${statusRankSql(sql`${invites.emailStatus}`)}, 0)`,
        ),
      ),
    insertFrom(
      db,
      suppressions,
      {
        senderId: sql`mail.reseller_id`,
        email: sql`mail.recipient`,
        cause: sql`email_event.status`,
        reason: sql`email_event.reason`,
        createdAt: at,
      },
      sql`FROM ${from} WHERE ${isUnprocessed} AND email_event.is_permanent = 1`,
    ).onConflictDoNothing(),
    insertFrom(
      db,
      auditLog,
      {
        id: sql`${newId("aud", at)} || ${sequence}`,
        resellerId: sql`invite.reseller_id`,
        action,
        subjectId: sql`invite.id`,
        actorKind: "system",
        detail: sql`email_event.reason`,
        createdAt: at,
      },
      sql`FROM ${from} WHERE ${isUnprocessed}`,
    ),
    ...eventStatements(deps, {
      types: ["invite.delivered", "invite.deferred", "invite.bounced", "invite.complained", "invite.failed"],
      type: action,
      detail: sql`email_event.reason`,
      from,
      where: isUnprocessed,
      sequence,
    }),
    db
      .update(emailEvents)
      .set({ processedAt: at })
      .where(
        and(
          eq(emailEvents.messageId, messageId),
          isNull(emailEvents.processedAt),
          sql`EXISTS (SELECT 1 FROM outbox WHERE outbox.message_id = ${messageId})`,
        ),
      ),
  ]
}

type Payload = NonNullable<z.infer<typeof emailEventSchema>["payload"]>

/** True if the event says so, or else if the receiving server reported a permanent error (5xx). */
function isHardBounce(payload: Payload | undefined): boolean {
  const { bounce, delivery } = payload ?? {}
  return bounce?.type ? bounce.type === "hard" : /^5\d\d/.test(delivery?.smtpResponse ?? "")
}

/** Explains the enhanced status codes (RFC 3463) that matter to the inviter. */
const BOUNCE_REASONS: [pattern: RegExp, reason: keyof Messages["emailErrors"]][] = [
  [/\b5\.1\.[13]\b/, "no_mailbox"],
  [/\b5\.1\.2\b/, "no_domain"],
  [/\b5\.1\.10\b/, "no_mail_domain"],
  [/\b[45]\.2\.1\b/, "mailbox_disabled"],
  [/\b[45]\.2\.2\b/, "mailbox_full"],
  [/\b5\.7\.\d+\b/, "rejected"],
  [/\b4\.\d+\.\d+\b/, "try_later"],
]

/** The status code in a server's response, such as `550 5.1.1`: both codes, else the enhanced, else the basic one. */
function extractCode(response: string): string | undefined {
  const [, basic, enhanced] = /\b([245]\d\d)[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response) ?? []
  if (basic) return `${basic} ${enhanced}`
  return /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(response)?.[0] ?? /^[245]\d\d\b/.exec(response)?.[0]
}

const REASON_MAX = 200

/** `Mailbox does not exist: 550 5.1.1`, in English, or the reason in the event. */
function toReason(payload: Payload | undefined): string | null {
  const { delivery, bounce, failure, rejection } = payload ?? {}
  const response = delivery?.smtpResponse ?? ""
  const eventReason = bounce?.reason ?? failure?.reason ?? rejection?.detail ?? rejection?.reason ?? null
  const code = extractCode(response)
  const reason = BOUNCE_REASONS.find(([pattern]) => pattern.test(code ?? ""))?.[1]
  const text = reason ? en.emailErrors[reason] : truncate(sanitizeLine(eventReason ?? ""), REASON_MAX)
  if (!text) return code?.startsWith("2") ? null : (code ?? null)
  return code ? `${text}: ${code}` : text
}
