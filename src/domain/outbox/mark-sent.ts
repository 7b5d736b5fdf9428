import { and, eq, sql } from "drizzle-orm"
import type { Places } from "../../storage/compiled.ts"
import { newId } from "../../storage/ids.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import { auditLog, emailEvents, invites, notifications, outbox } from "../../storage/schema.ts"
import { commit, compiledBatch } from "../commit.ts"
import { emailSentStatement } from "../deployment/mail-facts.ts"
import type { Deps } from "../deps.ts"
import { inviteEventStatements, newEventIds } from "../events/record-event.ts"
import { emailEventStatements, forgetEventsStatement } from "../mail/delivery-events.ts"
import { sandboxOfEmail } from "../sandbox/emails.ts"
import type { ClaimedRow } from "./claimed-message.ts"
import { emptiedColumns, forgottenColumns } from "./outbox.ts"

/**
 * Records that the email provider accepted an email, and applies its events. One about a person's own sign-in forgets the address and
 * keeps the user.
 */
export async function markSent(
  deps: Deps,
  { row, user }: { row: ClaimedRow; user?: { id: string } },
  messageId: string,
): Promise<void> {
  const { inviteId, resellerId } = row
  if (!inviteId || !resellerId) return markOtherSent(deps, { row, ...(user && { user }) }, messageId)
  const now = deps.now()
  const { id: eventId, end: eventEnd } = newEventIds(deps)
  const { id, recipient } = row
  const values = { id, messageId, inviteId, resellerId, recipient, now, auditId: newId("aud", now), eventId, eventEnd }
  const isEvent = row.kind !== "code" && row.kind !== "link"
  const isReal = !sandboxOfEmail(row)
  const [[sent]] = await commit(deps, inviteEmailStatements(deps.db, values, { isEvent, isReal }))
  if (sent?.hasEvents) await commit(deps, emailEventStatements(deps, messageId))
}

type SentValues = Pick<ClaimedRow, "id" | "recipient"> &
  Record<"messageId" | "inviteId" | "resellerId" | "auditId" | "eventId" | "eventEnd", string> & { now: Date }

/** Records the sending of an invite's email, and tells whether there are delivery events of it already. */
const inviteEmailStatements = compiledBatch(
  (db, at: Places<SentValues>, shape: { isEvent: boolean; isReal: boolean }) => {
    const isSent = sql`EXISTS (SELECT 1 FROM ${outbox} WHERE ${outbox.id} = ${at.id} AND ${outbox.messageId} = ${at.messageId})`
    const hasEvents = sql<number>`EXISTS (SELECT 1 FROM ${emailEvents} WHERE ${emailEvents.messageId} = ${at.messageId})`
    const entry = {
      id: at.auditId,
      resellerId: at.resellerId,
      action: "invite.sent",
      subjectId: at.inviteId,
      actorKind: "system" as const,
      detail: at.recipient,
      createdAt: at.now,
    }
    const eventIds = { id: at.eventId, end: at.eventEnd }
    const time = sql`${sql.param(at.now, invites.lastSentAt)}`
    return [
      db
        .update(outbox)
        .set({ status: "sent", messageId: sql`${at.messageId}`, lastError: null, lastErrorCode: null })
        .where(and(eq(outbox.id, at.id), eq(outbox.status, "sending")))
        .returning({ hasEvents: hasEvents.as("has_events") }),
      db
        .update(invites)
        .set({
          emailStatus: "sent",
          emailError: null,
          firstSentAt: sql`coalesce(${invites.firstSentAt}, ${time})`,
          lastSentAt: time,
          updatedAt: time,
        })
        .where(and(eq(invites.latestEmailId, at.id), eq(invites.id, at.inviteId), isSent)),
      ...(shape.isReal ? [emailSentStatement(db, at.now)] : []),
      ...(shape.isEvent
        ? [
            insertSelect(db, auditLog, entry, isSent),
            ...inviteEventStatements(
              { db, now: () => at.now },
              eventIds,
              "invite.sent",
              at.inviteId,
              at.recipient,
              isSent,
            ),
          ]
        : []),
    ] as const
  },
)

async function markOtherSent(
  deps: Deps,
  { row, user }: { row: ClaimedRow; user?: { id: string } },
  messageId: string,
): Promise<void> {
  const { db } = deps
  await commit(deps, [
    db
      .update(outbox)
      .set({
        status: "sent",
        messageId,
        lastError: null,
        lastErrorCode: null,
        ...emptiedColumns(row),
        ...(user && forgottenColumns(row, user)),
      })
      .where(and(eq(outbox.id, row.id), eq(outbox.status, "sending"))),
    forgetEventsStatement(deps, messageId),
    ...(sandboxOfEmail(row) ? [] : [emailSentStatement(db, deps.now())]),
    ...(row.kind === "digest" ? [db.delete(notifications).where(eq(notifications.emailId, row.id))] : []),
  ])
}
