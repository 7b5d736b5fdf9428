import { and, eq, inArray, lte, type SQL, sql } from "drizzle-orm"
import { columnsOf } from "../storage/columns-of.ts"
import { newId } from "../storage/ids.ts"
import { insertWhere } from "../storage/insert-where.ts"
import { audit, type Invite, invites, outbox, type Reseller, resellers, users } from "../storage/schema.ts"
import { auditRow, SYSTEM } from "./audit.ts"
import type { Deps } from "./deps.ts"

/** How long a sender may hold a mail before another may take it over: longer than any send takes. */
const CLAIM_SECONDS = 120
const FIRST_RETRY_SECONDS = 30
const LONGEST_RETRY_SECONDS = 3_600
const GIVE_UP_AFTER_HOURS = 24
const SWEEP_SIZE = 100

/** One invite e-mail, claimed: nobody else sends it while the claim holds. */
export type ClaimedMail = {
  id: string
  attempts: number
  createdAt: Date
  invite: Invite
  reseller: Reseller
  /** Null when no person invited, but a program by an API key. */
  inviterName: string | null
}

/** The statement that promises an invite e-mail; it applies only where `condition` holds. */
export function queuedMail(
  { db, now }: Pick<Deps, "db" | "now">,
  mail: { id: string; resellerId: string; inviteId: string; linkVersion: number },
  condition: SQL,
) {
  return insertWhere(db, outbox, { ...mail, state: "queued", attempts: 0, dueAt: now(), createdAt: now() }, condition)
}

/**
 * Takes a due mail for sending, in one round trip. Undefined when there is nothing to do: sent already, claimed by
 * another, not due yet, or cancelled because its invite is no longer pending or has a newer link.
 */
export async function claimMail({ db, now }: Deps, mailId: string): Promise<ClaimedMail | undefined> {
  const at = now()
  const current = sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${invites.id} = ${outbox.inviteId}
    AND ${invites.linkVersion} = ${outbox.linkVersion} AND ${invites.status} = 'pending')`
  const [claimed, [context]] = await db.batch([
    db
      .update(outbox)
      .set({
        state: sql`CASE WHEN ${current} THEN 'sending' ELSE 'cancelled' END`,
        attempts: sql`${outbox.attempts} + 1`,
        dueAt: new Date(at.getTime() + CLAIM_SECONDS * 1000),
      })
      .where(and(eq(outbox.id, mailId), inArray(outbox.state, ["queued", "sending"]), lte(outbox.dueAt, at)))
      .returning(),
    db
      .select({
        invite: columnsOf(invites, "invite"),
        reseller: columnsOf(resellers, "reseller"),
        inviterName: users.name,
      })
      .from(outbox)
      .innerJoin(invites, eq(invites.id, outbox.inviteId))
      .innerJoin(resellers, eq(resellers.id, invites.resellerId))
      .leftJoin(users, eq(users.id, invites.invitedBy))
      .where(eq(outbox.id, mailId)),
  ])
  const [mail] = claimed
  if (mail?.state !== "sending" || !context) return undefined
  return { ...mail, ...context }
}

/** Records that the mail provider took the mail. */
export async function mailSent(deps: Deps, mail: ClaimedMail, messageId: string): Promise<void> {
  const { db, now } = deps
  await db.batch([
    db
      .update(outbox)
      .set({ state: "sent", messageId, sentAt: now(), lastError: null })
      .where(and(eq(outbox.id, mail.id), eq(outbox.state, "sending"))),
    db.update(invites).set({ emailStatus: "sent", emailProblem: null, lastSentAt: now() }).where(ofThisMail(mail)),
    insertWhere(
      db,
      audit,
      auditRow(deps, mail.reseller.id, SYSTEM, "invite.sent", mail.invite.id, mail.invite.contactEmail),
      sql`EXISTS (SELECT 1 FROM ${outbox} WHERE ${outbox.id} = ${mail.id} AND ${outbox.messageId} = ${messageId})`,
    ),
  ])
}

/**
 * Records that a send failed. Returns in how many seconds to try again, or undefined when this was final: the reason
 * cannot pass, or has not for a day.
 */
export async function mailRefused(
  deps: Deps,
  mail: ClaimedMail,
  error: { text: string; final: boolean },
): Promise<number | undefined> {
  const { db, now } = deps
  const at = now().getTime()
  const tooOld = at - mail.createdAt.getTime() > GIVE_UP_AFTER_HOURS * 3_600_000
  if (!error.final && !tooOld) {
    const wait = retrySeconds(mail.attempts)
    await db
      .update(outbox)
      .set({ state: "queued", dueAt: new Date(at + wait * 1000), lastError: error.text })
      .where(and(eq(outbox.id, mail.id), eq(outbox.state, "sending")))
    return wait
  }
  await db.batch([
    db
      .update(outbox)
      .set({ state: "failed", lastError: error.text })
      .where(and(eq(outbox.id, mail.id), eq(outbox.state, "sending"))),
    db.update(invites).set({ emailStatus: "failed", emailProblem: error.text }).where(ofThisMail(mail)),
    db.insert(audit).values(auditRow(deps, mail.reseller.id, SYSTEM, "invite.send_failed", mail.invite.id, error.text)),
  ])
  return undefined
}

/** Ids of mails that are due and that nobody is working on: their nudge was lost, or their sender died. */
export async function forgottenMail({ db, now }: Deps): Promise<string[]> {
  const grace = new Date(now().getTime() - FIRST_RETRY_SECONDS * 1000)
  const rows = await db
    .select({ id: outbox.id })
    .from(outbox)
    .where(and(sql`${outbox.state} IN ('queued', 'sending')`, lte(outbox.dueAt, grace)))
    .orderBy(outbox.dueAt)
    .limit(SWEEP_SIZE)
  return rows.map(({ id }) => id)
}

export function newMailId(now: Date): string {
  return newId("eml", now)
}

function ofThisMail({ invite }: ClaimedMail) {
  return and(eq(invites.id, invite.id), eq(invites.linkVersion, invite.linkVersion))
}

/** Exponential back-off with full jitter over its upper half. */
function retrySeconds(attempts: number): number {
  const ceiling = Math.min(FIRST_RETRY_SECONDS * 2 ** (attempts - 1), LONGEST_RETRY_SECONDS)
  return Math.round(ceiling * (0.5 + Math.random() / 2))
}
