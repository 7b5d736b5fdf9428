import { and, eq, type SQL, sql } from "drizzle-orm"
import * as z from "zod"
import { type Invite, type InviteKind, invites, outbox } from "../../storage/schema.ts"
import { staffEn } from "../../text/staff/en.ts"
import type { Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import type { FieldError } from "../failure.ts"
import { hashRecipient } from "../outbox/recipient-limits.ts"
import { DAY_MS } from "../time.ts"
import { validateFields } from "../validation.ts"

/** How far away an email can be scheduled. */
const SCHEDULE_MAX_DAYS = 30

/** When to send an email, as text with an offset. */
export const sendAtField = z.iso.datetime({ offset: true, error: staffEn.rules.send_at })

/** The instant of a value of that field. */
export const toSendAt = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(text)

const sendAtSchema = z.object({ send_at: sendAtField.optional() })

/** The time in an edit of a customer's invite. Whether it can be that time depends on the invite. */
export function readSendAt(kind: InviteKind, input: Record<string, unknown>) {
  const { values, errors } = validateFields(sendAtSchema, kind === "customer" ? input : {})
  return { sendAt: toSendAt(values.send_at), errors }
}

/** What is wrong with the time of an email that is to be sent later. */
export function sendAtErrors(sendAt: Date | undefined, now: Date): FieldError[] {
  if (!sendAt) return []
  const error = { field: "send_at", code: "invalid" as const }
  if (sendAt <= now) return [{ ...error, detail: staffEn.rules.send_at_past }]
  const latest = now.getTime() + SCHEDULE_MAX_DAYS * DAY_MS
  if (sendAt.getTime() <= latest) return []
  return [{ ...error, detail: staffEn.rules.send_at_far(SCHEDULE_MAX_DAYS), max: SCHEDULE_MAX_DAYS }]
}

/** The time for which the email of a pending invite is scheduled, while it waits for it. */
export function scheduledFor({ status, sendAt }: Pick<Invite, "status" | "sendAt">, now: Date): Date | undefined {
  return status === "pending" && sendAt && sendAt > now ? sendAt : undefined
}

/** When an invite was last sent by its inviter, or is to be sent: its expiry counts from then. */
export const sendingTime = ({ createdAt, sendAt, resentAt }: Pick<Invite, "createdAt" | "sendAt" | "resentAt">): Date =>
  resentAt ?? sendAt ?? createdAt

/** SQL condition: the email of the invite that a statement updates still waits for its time. */
export const IS_EMAIL_SCHEDULED = sql`EXISTS (SELECT 1 FROM ${outbox} WHERE ${outbox.id} = ${invites.latestEmailId}
  AND ${outbox.status} = 'scheduled')`

export const REMINDER_BEFORE_EXPIRY_DAYS = 2
const REMINDER_FROM_LIFETIME_DAYS = 4

/** When to send a reminder: two days before the invite expires; null if that is less than two days after it was sent. */
export function calculateRemindAt(expiresInDays: number, expiresAt: Date): Date | null {
  if (expiresInDays < REMINDER_FROM_LIFETIME_DAYS) return null
  return new Date(expiresAt.getTime() - REMINDER_BEFORE_EXPIRY_DAYS * DAY_MS)
}

/** The same as SQL. */
export const remindAtSql = (expiresInDays: SQL, expiresAt: SQL) =>
  sql`iif(${expiresInDays} >= ${REMINDER_FROM_LIFETIME_DAYS}, ${expiresAt} - ${REMINDER_BEFORE_EXPIRY_DAYS * DAY_MS}, NULL)`

/** The statement that adapts the waiting email of an invite to what has become of the invite, if `condition` holds. */
export function rescheduleStatement(
  deps: Pick<Deps, "db" | "config">,
  { latestEmailId, sendAt, contactEmail, linkVersion }: Invite,
  condition: SQL,
): Statement {
  return deps.db
    .update(outbox)
    .set({
      recipient: contactEmail,
      recipientHash: hashRecipient(deps, "invite", contactEmail),
      linkVersion,
      ...(sendAt && { nextAttemptAt: sendAt }),
    })
    .where(and(eq(outbox.id, latestEmailId ?? ""), eq(outbox.status, "scheduled"), condition))
}
