import { and, eq, inArray, type SQL, sql } from "drizzle-orm"
import { type Invite, invites, type Suppression, suppressions } from "../storage/schema.ts"
import { demand } from "./actor.ts"
import { type AuditRow, auditRow } from "./audit.ts"
import { commit } from "./commit.ts"
import type { Deps, SendKind } from "./deps.ts"
import { Failure, isUniqueViolation, type Reason } from "./failure.ts"
import { addressInvitedAgain, ONE_LIVE_INVITE } from "./invite-addresses.ts"
import type { InviteList, Inviter } from "./inviters.ts"
import { changedBy, DAY_MS, oneInvite } from "./invites.ts"
import { keepAnswer } from "./kept-answers.ts"
import { newMailId, queuedMail } from "./outbox.ts"
import { contactEmailOf, senderOf, suppressionOf } from "./suppressions.ts"
import { tell } from "./telling.ts"

export const SENDABLE: Invite["status"][] = ["pending", "expired", "declined"]

/**
 * Sends an invite again with a new link and a new term; earlier links stop registering. With `despiteSuppression` an address that
 * gets no mail gets it again, from now on: the contact asked for it. Members cannot do that for the reseller. Throws `not_found`,
 * `forbidden`, `invite_not_resendable` (accepted or revoked), `email_suppressed`, `newer_invite_pending`, `billing_account_removed`,
 * `already_resent` and `rate_limited`. Two D1 round trips.
 */
export async function resendInvite(
  deps: Deps,
  inviter: Inviter,
  id: string,
  { despiteSuppression = false } = {},
): Promise<Invite> {
  demand(inviter.actor, inviter.write)
  const { db } = deps
  const [[invite], [suppressed]] = await db.batch([
    oneInvite(db, inviter, id),
    suppressionOf(db, inviter, contactEmailOf(inviter, id)),
  ])
  if (!invite) throw new Failure({ kind: "not_found" })
  if (!SENDABLE.includes(invite.status)) throw new Failure({ kind: "invite_not_resendable", status: invite.status })
  if (suppressed && !(despiteSuppression && mayLift(inviter, suppressed))) {
    throw new Failure({ kind: "email_suppressed", of: inviter.kind, ...suppressed })
  }
  return sendAgain(deps, invite, {
    entries: [auditRow(deps, invite.resellerId, inviter.actor, "invite.resent", id, invite.contactEmail)],
    allowsMail: suppressed !== undefined,
  })
}

/** Leave to send one e-mail of an invite; throws `rate_limited`. */
export async function takeSend(deps: Deps, invite: Invite, kind: SendKind) {
  const permit = await deps.takeSend(invite, kind)
  if (permit.allowed) return permit
  const { allowed: _, ...limit } = permit
  throw new Failure({ kind: "rate_limited", ...limit })
}

type Sending = {
  /** What is recorded; the first names the change. */
  entries: [AuditRow, ...AuditRow[]]
  /** What is corrected with it, while the invite is as it was read and `stands` holds. */
  correction?: { changes: Partial<Invite>; stands: SQL | undefined }
  /** The address gets mail again from now on. */
  allowsMail?: boolean
}

/**
 * Queues the invite's mail with a new link and term. Throws what `resendInvite` throws once it has looked, and
 * `version_conflict` when there is something to correct.
 */
export async function sendAgain(
  deps: Deps,
  invite: Invite,
  { entries, correction, allowsMail = false }: Sending,
): Promise<Invite> {
  const { id, linkVersion } = invite
  const permit = await takeSend(deps, invite, "resend")
  const now = deps.now()
  const emailId = newMailId(now)
  const [{ id: changeId }] = entries
  const changed = changedBy(id, changeId)
  const next = { ...invite, ...correction?.changes, linkVersion: linkVersion + 1 }
  const expiresInDays = correction?.changes.expiresInDays ?? sql`${invites.expiresInDays}` // as it is by then
  try {
    const [[sent]] = await commit(deps, [
      deps.db
        .update(invites)
        .set({
          ...correction?.changes,
          ...newMail(emailId),
          status: "pending",
          linkVersion: next.linkVersion,
          resentAt: now,
          expiresAt: sql`${now.getTime()} + ${expiresInDays} * ${DAY_MS}`,
          lastChangeId: changeId,
        })
        .where(
          and(
            eq(invites.id, id),
            inArray(invites.status, SENDABLE),
            eq(invites.linkVersion, linkVersion),
            correction && eq(invites.lastChangeId, invite.lastChangeId),
            correction?.stands ?? isBillable,
          ),
        )
        .returning(),
      queuedMail(deps, mailOf(next, emailId, "invite"), changed),
      ...entries.flatMap((entry) => tell(deps, entry, changed)),
      ...keepAnswer(deps, invites, id, changed),
      ...(allowsMail ? [allowedMail(deps, next, changed)] : []),
    ])
    if (!sent) throw new Failure(await whyNotSent(deps, invite, correction !== undefined))
    return sent
  } catch (error) {
    await permit.undo()
    if (isUniqueViolation(error, ...ONE_LIVE_INVITE)) throw await addressInvitedAgain(deps, next)
    throw error
  }
}

/** True of an invite that nobody is billed for, and of one whose billing account is still there. */
const isBillable = sql`(${invites.kind} <> 'customer'
  OR EXISTS (SELECT 1 FROM billing_accounts AS bill WHERE bill.id = ${invites.billingAccountId}))`

async function whyNotSent(
  { db }: Deps,
  { id, linkVersion, lastChangeId }: Invite,
  isCorrection: boolean,
): Promise<Reason> {
  const [now] = await db.select().from(invites).where(eq(invites.id, id))
  if (!now) return { kind: "not_found" }
  if (!SENDABLE.includes(now.status)) return { kind: "invite_not_resendable", status: now.status }
  if (isCorrection && now.lastChangeId !== lastChangeId) return { kind: "version_conflict" }
  return { kind: now.linkVersion === linkVersion ? "billing_account_removed" : "already_resent" }
}

function allowedMail({ db }: Deps, invite: Invite, when: SQL) {
  return db
    .delete(suppressions)
    .where(and(eq(suppressions.senderId, senderOf(invite)), eq(suppressions.email, invite.contactEmail), when))
}

/** True of a suppression that whoever invites may lift: what was said to the reseller is not a member's to undo. */
export const mayLift = (list: InviteList, { senderId }: Suppression) => senderId === senderOf(list)

/** What every further mail of an invite changes in it; whoever was sent another is not reminded. */
export const newMail = (emailId: string) => ({
  latestEmailId: emailId,
  emailStatus: "queued" as const,
  emailError: null,
  sendCount: sql`${invites.sendCount} + 1`,
  remindAt: null,
})

export function mailOf(
  { id, resellerId, linkVersion, contactEmail }: Invite,
  emailId: string,
  kind: "invite" | "reminder",
) {
  return { id: emailId, kind, resellerId, inviteId: id, linkVersion, recipient: contactEmail }
}
