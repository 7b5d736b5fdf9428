import { and, eq, inArray, type SQL, sql } from "drizzle-orm"
import * as z from "zod"
import { type Invite, invites, suppressions } from "../storage/schema.ts"
import { demand, type ResellerActor } from "./actor.ts"
import { type AuditAction, type AuditActor, auditRow } from "./audit.ts"
import { commit, type Statement } from "./commit.ts"
import type { Deps, SendKind } from "./deps.ts"
import { type Checked, Failure, isUniqueViolation, type Reason } from "./failure.ts"
import { checkFields, emailAddress } from "./fields.ts"
import { addressErrors, addressLookUps, ONE_LIVE_INVITE, suppressionOf } from "./invite-addresses.ts"
import { changedBy, DAY_MS, expiryOf, oneInvite } from "./invites.ts"
import { keepAnswer } from "./kept-answers.ts"
import { newMailId, queuedMail } from "./outbox.ts"
import { tell } from "./telling.ts"

const SENDABLE: Invite["status"][] = ["pending", "expired", "declined"]

/**
 * Sends an invite again with a new link and a new term; earlier links stop registering. With
 * `despiteSuppression` an address that gets no mail gets it again, from now on: the contact asked for it. Throws `not_found`,
 * `forbidden`, `not_resendable` (accepted or revoked), `address_suppressed`, `address_invited_again`, `billing_account_gone`,
 * `resent_meanwhile` and `rate_limited`. Two D1 round trips.
 */
export async function resendInvite(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  { despiteSuppression = false } = {},
): Promise<Invite> {
  demand(actor, "invites:write")
  const { db } = deps
  const [[invite], [suppressed]] = await db.batch([
    oneInvite(db, actor, id),
    suppressionOf(db, actor.reseller.id, contactOf(actor, id)),
  ])
  if (!invite) throw new Failure({ kind: "not_found" })
  if (!SENDABLE.includes(invite.status)) throw new Failure({ kind: "not_resendable", status: invite.status })
  if (suppressed && !despiteSuppression) {
    throw new Failure({ kind: "address_suppressed", cause: suppressed.cause, reason: suppressed.reason })
  }
  const allowed = suppressed ? [allowedMail(deps, actor, invite)] : []
  return sendAgain(deps, actor, invite, "invite.resent", invite.contactEmail, allowed)
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
 * elsewhere, stop registering. An address that it has already changes nothing and sends nothing. With `versions`, an invite
 * is corrected only while its latest change is one of those. Wrong fields come back as data; throws `changed_meanwhile` and
 * what `resendInvite` throws. Two D1 round trips.
 */
export async function correctAddress(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  input: Record<string, unknown>,
  versions?: string[],
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
  if (versions && !versions.includes(invite.changeId)) throw new Failure({ kind: "changed_meanwhile" })
  if (input.contact_email === undefined) return { ok: true, value: { invite, isSent: false } }
  if (errors.length > 0) return { ok: false, errors }
  const other = live?.id === id ? undefined : live
  const taken = addressErrors({ live: other, customer, suppressed }, deps.now())
  if (taken.length > 0) return { ok: false, errors: taken }
  if (email === invite.contactEmail) return { ok: true, value: { invite, isSent: false } }
  const [first, ...rest] = other ? expiryOf(deps, other) : [] // overdue and not swept yet: it makes room
  if (first) await commit(deps, [first, ...rest])
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

/** Queues the invite's mail with a new link and term. Throws what `resendInvite` throws once it has looked. */
export async function sendAgain(
  deps: Deps,
  by: AuditActor,
  invite: Invite,
  action: AuditAction,
  told: string,
  besides: Statement[] = [],
): Promise<Invite> {
  const { id, resellerId, linkVersion } = invite
  const permit = await takeSend(deps, resellerId, id, "resend")
  const now = deps.now()
  const mailId = newMailId(now)
  const entry = auditRow(deps, resellerId, by, action, id, told)
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
          openedAt: action === "invite.corrected" ? null : sql`${invites.openedAt}`,
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
      ...besides,
    ])
    if (!sent) throw new Failure(await whyNotSent(deps, invite))
    return sent
  } catch (error) {
    await permit.undo()
    if (isUniqueViolation(error, ...ONE_LIVE_INVITE)) throw await addressInvitedAgain(deps, invite)
    throw error
  }
}

async function whyNotSent({ db }: Deps, { id, linkVersion }: Invite): Promise<Reason> {
  const [now] = await db.select().from(invites).where(eq(invites.id, id))
  if (!now) return { kind: "not_found" }
  if (!SENDABLE.includes(now.status)) return { kind: "not_resendable", status: now.status }
  return { kind: now.linkVersion === linkVersion ? "billing_account_gone" : "resent_meanwhile" }
}

function allowedMail({ db }: Deps, actor: ResellerActor, { contactEmail }: Invite) {
  return db
    .delete(suppressions)
    .where(and(eq(suppressions.resellerId, actor.reseller.id), eq(suppressions.email, contactEmail)))
}

/** What every further mail of an invite changes in it; whoever was sent another is not reminded. */
export const newMail = (mailId: string) => ({
  mailId,
  emailStatus: "queued" as const,
  emailProblem: null,
  sendCount: sql`${invites.sendCount} + 1`,
  reminderDueAt: null,
})

export function mailOf(
  { id, resellerId, linkVersion, contactEmail }: Invite,
  mailId: string,
  kind: "invite" | "reminder",
) {
  return { id: mailId, kind, resellerId, inviteId: id, linkVersion, recipient: contactEmail }
}

function contactOf(actor: ResellerActor, id: string): SQL {
  return sql`(SELECT contact_email FROM invites WHERE id = ${id} AND reseller_id = ${actor.reseller.id})`
}

async function addressInvitedAgain({ db }: Deps, { resellerId, contactEmail }: Invite): Promise<Failure> {
  const [[live]] = await db.batch([addressLookUps(db, resellerId, contactEmail)[0]])
  return live ? new Failure({ kind: "address_invited_again", inviteId: live.id }) : new Failure({ kind: "not_found" })
}
