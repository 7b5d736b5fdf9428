import { and, eq, inArray, isNotNull, lte, or, type SQL, sql } from "drizzle-orm"
import * as z from "zod"
import { type Invite, invites, resellers } from "../storage/schema.ts"
import { demand, type ResellerActor } from "./actor.ts"
import { type AuditAction, type AuditActor, auditRow, SYSTEM } from "./audit.ts"
import { commit } from "./commit.ts"
import type { Deps, SendKind } from "./deps.ts"
import { type Checked, Failure, isUniqueViolation, type Reason } from "./failure.ts"
import { checkFields, emailAddress } from "./fields.ts"
import { addressErrors, addressLookUps, ONE_LIVE_INVITE, suppressionOf } from "./invite-addresses.ts"
import { changedBy, DAY_MS, oneInvite } from "./invites.ts"
import { keepAnswer } from "./kept-answers.ts"
import { newMailId, queuedMail } from "./outbox.ts"
import { tell } from "./telling.ts"

const SENDABLE: Invite["status"][] = ["pending", "expired", "declined"]
const REMINDER_BEFORE_EXPIRY_DAYS = 2
const REMINDER_FROM_LIFETIME_DAYS = 4
const REMINDER_BATCH = 50

/** When to remind of an invite: two days before it runs out, if that leaves the contact two days at least. */
export function reminderDueAt(lifetimeDays: number, expiresAt: Date): Date | null {
  if (lifetimeDays < REMINDER_FROM_LIFETIME_DAYS) return null
  return new Date(expiresAt.getTime() - REMINDER_BEFORE_EXPIRY_DAYS * DAY_MS)
}

/**
 * Sends an invite again with a new link and a new term; earlier links stop registering. Throws `not_found`,
 * `forbidden`, `not_resendable` (accepted or revoked), `address_suppressed`, `address_invited_again`, `billing_account_gone`,
 * `resent_meanwhile` and `rate_limited`. Two D1 round trips.
 */
export async function resendInvite(deps: Deps, actor: ResellerActor, id: string): Promise<Invite> {
  demand(actor, "invites:write")
  const { db } = deps
  const [[invite], [suppressed]] = await db.batch([
    oneInvite(db, actor, id),
    suppressionOf(db, actor.reseller.id, contactOf(actor, id)),
  ])
  if (!invite) throw new Failure({ kind: "not_found" })
  if (!SENDABLE.includes(invite.status)) throw new Failure({ kind: "not_resendable", status: invite.status })
  if (suppressed) throw new Failure({ kind: "address_suppressed", ...suppressed })
  return sendAgain(deps, actor, invite, "invite.resent", invite.contactEmail)
}

export const addressFields = z.object({
  contact_email: emailAddress("Enter the address the invite goes to.").meta({
    description: "Where the invite is sent instead.",
    examples: ["priya.nair@northwind.example"],
  }),
})

export type Correction = { invite: Invite; isSent: boolean }

/**
 * Corrects the contact's address and sends the invite there with a new link and a new term: earlier links, which went
 * elsewhere, stop registering. An address that it has already changes nothing and sends nothing. With `versions`, only one of those link versions is corrected. Wrong fields
 * come back as data; throws `changed_meanwhile` and what `resendInvite` throws. Two D1 round trips.
 */
export async function correctAddress(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  input: Record<string, unknown>,
  versions?: number[],
): Promise<Checked<Correction>> {
  demand(actor, "invites:write")
  const { db } = deps
  const { values, errors } = checkFields(addressFields, input)
  const email = values.contact_email ?? ""
  const [[invite], [live], [customer], [suppressed]] = await db.batch([
    oneInvite(db, actor, id),
    ...addressLookUps(db, actor.reseller.id, email),
  ])
  if (!invite) throw new Failure({ kind: "not_found" })
  if (!SENDABLE.includes(invite.status)) throw new Failure({ kind: "not_resendable", status: invite.status })
  if (versions && !versions.includes(invite.linkVersion)) throw new Failure({ kind: "changed_meanwhile" })
  if (errors.length > 0) return { ok: false, errors }
  const other = live?.id === id ? undefined : live
  const taken = addressErrors({ live: other, customer, suppressed }, deps.now())
  if (taken.length > 0) return { ok: false, errors: taken }
  if (email === invite.contactEmail) return { ok: true, value: { invite, isSent: false } }
  const corrected = { ...invite, contactEmail: email }
  const told = `${invite.contactEmail} → ${email}`
  return {
    ok: true,
    value: { invite: await sendAgain(deps, actor, corrected, "invite.corrected", told), isSent: true },
  }
}

/** Leave to send one e-mail of an invite; throws `rate_limited`. */
export async function takeSend(deps: Deps, resellerId: string, inviteId: string, kind: SendKind) {
  const permit = await deps.takeSend(resellerId, inviteId, kind)
  if (permit.allowed) return permit
  const { allowed: _, ...limit } = permit
  throw new Failure({ kind: "rate_limited", ...limit })
}

/**
 * Reminds the contacts of invites that run out in two days: once each, unless the mail did not arrive, the invite was
 * opened or sent again of late, or the reseller wants none. A reminder counts against the limits of a resend; one that is
 * refused for them is tried again by the next sweep. Returns how many were sent.
 */
export async function remindContacts(deps: Deps): Promise<number> {
  const { db, now } = deps
  const at = now()
  const due = and(eq(invites.status, "pending"), isNotNull(invites.reminderDueAt), lte(invites.reminderDueAt, at))
  const unwanted = or(
    inArray(invites.emailStatus, ["bounced", "complained", "failed"]),
    sql`${invites.openedAt} > ${at.getTime() - REMINDER_BEFORE_EXPIRY_DAYS * DAY_MS}`,
    lte(invites.expiresAt, at),
    sql`EXISTS (SELECT 1 FROM ${resellers} WHERE ${resellers.id} = ${invites.resellerId} AND ${resellers.reminders} = 0)`,
    sql`EXISTS (SELECT 1 FROM suppressions AS stop WHERE stop.reseller_id = ${invites.resellerId} AND stop.email = ${invites.contactEmail})`,
  )
  const [, found] = await db.batch([
    db.update(invites).set({ reminderDueAt: null }).where(and(due, unwanted)),
    db.select().from(invites).where(due).orderBy(invites.reminderDueAt).limit(REMINDER_BATCH),
  ])
  let sent = 0
  for (const invite of found) if (await remind(deps, invite)) sent += 1
  return sent
}

async function remind(deps: Deps, invite: Invite): Promise<boolean> {
  const permit = await deps.takeSend(invite.resellerId, invite.id, "resend")
  if (!permit.allowed) return false
  const mailId = newMailId(deps.now())
  const entry = auditRow(deps, invite.resellerId, SYSTEM, "invite.reminded", invite.id, invite.contactEmail)
  const reminded = changedBy(invite.id, entry.id)
  const [changed] = await commit(deps, [
    deps.db
      .update(invites)
      .set({ ...newMail(mailId), changeId: entry.id })
      .where(and(eq(invites.id, invite.id), eq(invites.status, "pending"), isNotNull(invites.reminderDueAt)))
      .returning({ id: invites.id }),
    queuedMail(deps, mailOf(invite, mailId, "reminder"), reminded),
    ...tell(deps, entry, reminded),
  ])
  if (changed.length === 0) await permit.undo()
  return changed.length > 0
}

/** Queues the invite's mail with a new link and term. */
async function sendAgain(
  deps: Deps,
  actor: ResellerActor & AuditActor,
  invite: Invite,
  action: AuditAction,
  told: string,
): Promise<Invite> {
  const { id, resellerId, linkVersion } = invite
  const permit = await takeSend(deps, resellerId, id, "resend")
  const now = deps.now()
  const mailId = newMailId(now)
  const entry = auditRow(deps, resellerId, actor, action, id, told)
  const changed = changedBy(id, entry.id)
  const next = { ...invite, linkVersion: linkVersion + 1 }
  try {
    const [[sent]] = await commit(deps, [
      deps.db
        .update(invites)
        .set({
          ...newMail(mailId),
          status: "pending",
          contactEmail: invite.contactEmail,
          linkVersion: next.linkVersion,
          resentAt: now,
          expiresAt: new Date(now.getTime() + invite.lifetimeDays * DAY_MS),
          changeId: entry.id,
        })
        .where(
          and(
            eq(invites.id, id),
            inArray(invites.status, SENDABLE),
            eq(invites.linkVersion, linkVersion),
            sql`EXISTS (SELECT 1 FROM billing_accounts AS bill WHERE bill.id = ${invites.billingAccountId})`,
          ),
        )
        .returning(),
      queuedMail(deps, mailOf(next, mailId, "invite"), changed),
      ...tell(deps, entry, changed),
      ...keepAnswer(deps, invites, id, changed),
    ])
    if (!sent) throw new Failure(await whyNotSent(deps, actor, invite))
    return sent
  } catch (error) {
    await permit.undo()
    if (isUniqueViolation(error, ...ONE_LIVE_INVITE)) throw await addressInvitedAgain(deps, invite)
    throw error
  }
}

async function whyNotSent({ db }: Deps, actor: ResellerActor, { id, linkVersion }: Invite): Promise<Reason> {
  const [now] = await oneInvite(db, actor, id)
  if (!now) return { kind: "not_found" }
  if (!SENDABLE.includes(now.status)) return { kind: "not_resendable", status: now.status }
  return { kind: now.linkVersion === linkVersion ? "billing_account_gone" : "resent_meanwhile" }
}

/** What every further mail of an invite changes in it; whoever was sent another is not reminded. */
const newMail = (mailId: string) => ({
  mailId,
  emailStatus: "queued" as const,
  emailProblem: null,
  sendCount: sql`${invites.sendCount} + 1`,
  reminderDueAt: null,
})

function mailOf({ id, resellerId, linkVersion, contactEmail }: Invite, mailId: string, kind: "invite" | "reminder") {
  return { id: mailId, kind, resellerId, inviteId: id, linkVersion, recipient: contactEmail }
}

function contactOf(actor: ResellerActor, id: string): SQL {
  return sql`(SELECT contact_email FROM invites WHERE id = ${id} AND reseller_id = ${actor.reseller.id})`
}

async function addressInvitedAgain({ db }: Deps, { resellerId, contactEmail }: Invite): Promise<Failure> {
  const [[live]] = await db.batch([addressLookUps(db, resellerId, contactEmail)[0]])
  return live ? new Failure({ kind: "address_invited_again", inviteId: live.id }) : new Failure({ kind: "not_found" })
}
