import { and, eq, gt, isNotNull, lte, type Placeholder, type SQL, sql } from "drizzle-orm"
import * as z from "zod"
import { deleteSome } from "../../storage/delete-some.ts"
import { newReference } from "../../storage/ids.ts"
import { emailChanges, outbox, users } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import { addressBeside } from "../../text/sandbox-address.ts"
import { isRecentlyConfirmed } from "../access/confirm-identity.ts"
import { passwordQuery } from "../access/credentials.ts"
import type { SessionUser } from "../access/session-user.ts"
import { verifyToken } from "../access/signed-token.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { Failure, type FieldError, isUniqueViolation } from "../failure.ts"
import { enqueueEmailStatement } from "../outbox/enqueue.ts"
import { newEmailId } from "../outbox/outbox.ts"
import { HOUR_MS, MINUTE_MS } from "../time.ts"
import { emailField, validateFields } from "../validation.ts"
import { checkCurrentPassword } from "./change-profile.ts"
import { personalAuditStatement } from "./personal-audit.ts"
import { nextLinkVersion, voidResetLinksStatement } from "./replace-password.ts"
import { securityNoticeStatement } from "./security-notice.ts"

export const EMAIL_CHANGE_HOURS = 24
/** The wait between two changes that a person asks for, because each sends two emails. */
const COOLDOWN_MS = MINUTE_MS

/** One of the two addresses that a change is confirmed at. The version in the token of its link says which. */
export type ChangedAddress = "current" | "new"
export const ADDRESS_VERSIONS: Record<ChangedAddress, number> = { current: 1, new: 2 }

/** A change of address that waits for confirmation. */
export type EmailChange = typeof emailChanges.$inferSelect

const changeFields = z.object({ email: emailField(en.fieldErrors.required.email) })

/**
 * Enqueues an email with a link to each of a person's two addresses, and replaces an earlier change. Asks nothing about the new
 * address: if it is somebody else's, the sender drops that email. Returns field errors; throws `rate_limited`, and
 * `confirmation_required` if a person with a second factor, or without a password, hasn't confirmed their identity recently.
 */
export async function requestEmailChange(
  deps: Deps,
  sessionUser: SessionUser,
  input: Record<string, string | undefined>,
): Promise<FieldError[]> {
  const { user } = sessionUser
  const { values, errors } = validateFields(changeFields, input)
  const currentErrors = await checkIdentity(deps, sessionUser, input.current_password)
  if (errors.length > 0 || currentErrors.length > 0 || !values.email) return [...errors, ...currentErrors]
  const email = addressBeside(user.email, values.email)
  if (email === user.email) {
    return [{ field: "email", code: "email_unchanged", detail: en.fieldErrors.email_unchanged }]
  }
  if (await writeEmailChange(deps, user, email)) return []
  const resetAt = new Date(deps.now().getTime() + COOLDOWN_MS)
  throw new Failure({ kind: "rate_limited", scope: "email_change_cooldown", limit: 1, remaining: 0, resetAt })
}

/** Writes a change and its two emails. Returns false if the person asked for another one just now. */
async function writeEmailChange(deps: Deps, user: SessionUser["user"], newEmail: string): Promise<boolean> {
  const { db } = deps
  const now = deps.now()
  const reference = newReference()
  const change = {
    reference,
    newEmail,
    currentConfirmedAt: null,
    newConfirmedAt: null,
    expiresAt: new Date(now.getTime() + EMAIL_CHANGE_HOURS * HOUR_MS),
    createdAt: now,
  }
  const isWritten = sql`EXISTS (SELECT 1 FROM ${emailChanges} WHERE ${emailChanges.reference} = ${reference})`
  const mailStatement = (address: ChangedAddress, recipient: string) => {
    const payload = { userId: user.id, reference, address }
    const mail = { id: newEmailId(now), resellerId: null, kind: "email_change", recipient, payload } as const
    return enqueueEmailStatement(deps, mail, isWritten)
  }
  const [written] = await commit(deps, [
    db
      .insert(emailChanges)
      .values({ userId: user.id, ...change })
      .onConflictDoUpdate({
        target: emailChanges.userId,
        set: change,
        setWhere: lte(emailChanges.createdAt, new Date(now.getTime() - COOLDOWN_MS)),
      })
      .returning({ userId: emailChanges.userId }),
    mailStatement("current", user.email),
    mailStatement("new", newEmail),
    personalAuditStatement(deps, user, "email_change_requested", { condition: isWritten }),
  ])
  return written.length > 0
}

/**
 * The errors of the password that proves who changes the address. People with a second factor or without a password must have confirmed
 * their identity recently instead.
 */
async function checkIdentity(deps: Deps, person: SessionUser, password: string | undefined): Promise<FieldError[]> {
  if (!person.hasSecondFactor && (await passwordQuery(deps.db, person.user.id)).length > 0) {
    return (await checkCurrentPassword(deps, person, password)).errors
  }
  if (!isRecentlyConfirmed(person, deps.now())) throw new Failure({ kind: "confirmation_required" })
  return []
}

/** The statement that reads the change of address that a person has asked for and that still waits. */
export function waitingEmailChangeQuery(db: Deps["db"], userId: string, now: Date) {
  return db
    .select()
    .from(emailChanges)
    .where(and(eq(emailChanges.userId, userId), gt(emailChanges.expiresAt, now)))
}

/**
 * Gives up a person's own change of address. Returns false if there is none. The row stays until the cron job, so that the wait for
 * the next one counts.
 */
export async function cancelEmailChange(deps: Deps, { user }: SessionUser): Promise<boolean> {
  const { db } = deps
  const now = deps.now()
  const isWaiting = and(eq(emailChanges.userId, user.id), gt(emailChanges.expiresAt, now))
  const existsWaiting = sql`EXISTS (SELECT 1 FROM ${emailChanges} WHERE ${isWaiting})`
  const [, cancelled] = await commit(deps, [
    personalAuditStatement(deps, user, "email_change_cancelled", { condition: existsWaiting }),
    db.update(emailChanges).set({ expiresAt: now }).where(isWaiting).returning({ userId: emailChanges.userId }),
  ])
  return cancelled.length > 0
}

/** SQL condition: the change that this row of the outbox is about still waits, and its new address is still free. */
export function isEmailChangeNeeded(now: Placeholder | SQL): SQL {
  return sql`EXISTS (SELECT 1 FROM ${emailChanges} WHERE ${emailChanges.reference} = json_extract(${outbox.payload}, '$.reference')
    AND ${emailChanges.expiresAt} > ${now} AND (json_extract(${outbox.payload}, '$.address') = 'current'
      OR NOT EXISTS (SELECT 1 FROM ${users} WHERE ${users.email} = ${emailChanges.newEmail})))`
}

/** What a link for a change of address leads to. */
type EmailChangeLink = {
  change: EmailChange
  address: ChangedAddress
  user: { id: string; name: string; email: string }
}

/** The change that a link confirms, and at which address; undefined if it doesn't work (any more). Changes nothing. */
export async function openEmailChangeLink(deps: Deps, token: string): Promise<EmailChangeLink | undefined> {
  const { db, now, linkKeys } = deps
  const link = await verifyToken(linkKeys, token, "email_change", now())
  if (!link) return undefined
  const { id, name, email } = users
  const [row] = await db
    .select({ change: emailChanges, user: { id, name, email } })
    .from(emailChanges)
    .innerJoin(users, eq(users.id, emailChanges.userId))
    .where(and(eq(emailChanges.reference, link.reference), gt(emailChanges.expiresAt, now())))
  return row && { ...row, address: link.version === ADDRESS_VERSIONS.new ? "new" : "current" }
}

/** `waiting`: the other address isn't confirmed yet. `taken`: someone else has the address by now. */
type Confirmation = { outcome: "link_invalid" } | ({ outcome: "waiting" | "changed" | "taken" } & EmailChangeLink)

/**
 * Confirms a change of address at one of the two addresses. The second confirmation changes it, and voids reset links that were sent
 * to the earlier one.
 */
export async function confirmEmailChange(deps: Deps, token: string): Promise<Confirmation> {
  const link = await openEmailChangeLink(deps, token)
  if (!link) return { outcome: "link_invalid" }
  const { db } = deps
  const now = deps.now()
  const { change, user, address } = link
  const isOpen = and(eq(emailChanges.reference, change.reference), gt(emailChanges.expiresAt, now))
  const isComplete = and(isOpen, isNotNull(emailChanges.currentConfirmedAt), isNotNull(emailChanges.newConfirmedAt))
  const existsComplete = sql`EXISTS (SELECT 1 FROM ${emailChanges} WHERE ${isComplete})`
  const column = address === "new" ? emailChanges.newConfirmedAt : emailChanges.currentConfirmedAt
  const confirmedAt = sql`coalesce(${column}, ${now.getTime()})`
  try {
    const [confirmed, , , , changed] = await commit(deps, [
      db
        .update(emailChanges)
        .set(address === "new" ? { newConfirmedAt: confirmedAt } : { currentConfirmedAt: confirmedAt })
        .where(isOpen)
        .returning({ userId: emailChanges.userId }),
      personalAuditStatement(deps, user, "email_changed", {
        detail: `${user.name}: ${user.email} → ${change.newEmail}`,
        condition: existsComplete,
      }),
      securityNoticeStatement(deps, user, "email_changed", existsComplete),
      voidResetLinksStatement(deps, user, existsComplete),
      db
        .update(users)
        .set({ email: change.newEmail, emailVerified: true, linkVersion: nextLinkVersion, updatedAt: now })
        .where(and(eq(users.id, user.id), existsComplete))
        .returning({ id: users.id }),
      db.delete(emailChanges).where(isComplete),
    ])
    if (confirmed.length === 0) return { outcome: "link_invalid" }
    return { outcome: changed.length > 0 ? "changed" : "waiting", ...link }
  } catch (error) {
    if (!isUniqueViolation(error, "users.email")) throw error
    return { outcome: "taken", ...link }
  }
}

/** Deletes changes that can't be confirmed any more, one batch per run. */
export async function deleteExpiredEmailChanges({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  const cutoff = new Date(now().getTime() - COOLDOWN_MS)
  await deleteSome(db, emailChanges, emailChanges.userId, lte(emailChanges.expiresAt, cutoff))
}
