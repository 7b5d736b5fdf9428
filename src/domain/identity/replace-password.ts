import { and, eq, ne, type SQL, sql } from "drizzle-orm"
import { insertSelect } from "../../storage/insert-select.ts"
import { credentials, emailChanges, guessCounts, outbox, sessions, users } from "../../storage/schema.ts"
import { isUnchangedUser, newPasswordCredential, type UserCredentials } from "../access/credentials.ts"
import { isCountOf } from "../access/guess-limit.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { endPendingSignInsStatement } from "../factors/changes.ts"
import { hashRecipient } from "../outbox/recipient-limits.ts"
import { DAY_MS } from "../time.ts"
import { personalAuditStatement } from "./personal-audit.ts"
import { securityNoticeStatement } from "./security-notice.ts"

/**
 * How often in a day a person can change their password with the current one. Each change voids the reset links of the day: somebody
 * who knows the password could otherwise keep the owner, who has the mailbox, without one.
 */
const CHANGES_PER_DAY = 5
/**
 * How many new passwords of a day also forget wrong codes. One would do against a stranger, who can't enter codes without the
 * password. Without a limit, somebody who reads the mailbox would get ten more guesses with each reset.
 */
const CODES_FORGOTTEN_PER_DAY = 2

type Replacement = {
  passwordHash: string
  change: "password_changed" | "password_reset"
  /** The session that doesn't end. */
  keptSessionId?: string
}

/**
 * Gives a user a new password, unless the password or the address has changed since `user` was read. Returns whether it did. Ends
 * their sessions and sign-ins, forgets wrong passwords and, twice a day, wrong codes, and voids their reset links and a waiting
 * change of address. Other factors stay.
 */
export async function replacePassword(
  deps: Deps,
  user: Omit<UserCredentials, "passwordHash">,
  { passwordHash, change, keptSessionId = "" }: Replacement,
): Promise<boolean> {
  const { db } = deps
  const now = deps.now()
  const isUnchanged = isUnchangedUser(user)
  const effects = [
    insertSelect(db, credentials, newPasswordCredential(user.id, passwordHash, now), isUnchanged).onConflictDoUpdate({
      target: [credentials.providerId, credentials.accountId],
      set: { password: passwordHash, updatedAt: now },
    }),
    db.delete(sessions).where(and(eq(sessions.userId, user.id), ne(sessions.id, keptSessionId), isUnchanged)),
    db.delete(emailChanges).where(and(eq(emailChanges.userId, user.id), isUnchanged)),
    endPendingSignInsStatement(deps, user.id, isUnchanged),
    voidResetLinksStatement(deps, user, isUnchanged),
    db.delete(guessCounts).where(and(await isCountOf(deps, { kind: "password", email: user.email }), isUnchanged)),
    db
      .delete(guessCounts)
      .where(
        and(
          await isCountOf(deps, { kind: "second_factor", userId: user.id }),
          sql`(${countNewPasswords(deps, user, ["password_changed", "password_reset"])}) < ${CODES_FORGOTTEN_PER_DAY}`,
          isUnchanged,
        ),
      ),
    personalAuditStatement(deps, user, change, { condition: isUnchanged }),
    securityNoticeStatement(deps, user, change, isUnchanged),
  ]
  const versionStatement = db
    .update(users)
    .set({ linkVersion: nextLinkVersion, updatedAt: now })
    .where(and(eq(users.id, user.id), isUnchanged))
    .returning({ id: users.id })
  // The version comes last, since it ends the condition of the others.
  const [updated] = await commit(deps, [versionStatement], effects)
  return updated.length > 0
}

/** True if a person has changed their password, with the current one, so often today that they can't again. */
export async function hasChangedOften(deps: Deps, user: { id: string; email: string }): Promise<boolean> {
  const [row] = await deps.db.all<{ n: number }>(
    sql`SELECT (${countNewPasswords(deps, user, ["password_changed"])}) AS n`,
  )
  return row !== undefined && row.n >= CHANGES_PER_DAY
}

/**
 * SQL: how many new passwords a person has had in a day, of these kinds. Each has enqueued a notice to the same address; a change of
 * address takes two mailboxes.
 */
function countNewPasswords(
  deps: Deps,
  { id, email }: { id: string; email: string },
  notices: Replacement["change"][],
): SQL {
  // The emails of a person have an index; those to an address have one for some kinds only.
  return sql`SELECT count(*) FROM ${outbox} WHERE ${outbox.resellerId} IS NULL AND json_extract(payload, '$.userId') = ${id}
    AND ${outbox.kind} = 'security_notice' AND ${outbox.recipientHash} = ${hashRecipient(deps, "security_notice", email)}
    AND ${outbox.createdAt} > ${deps.now().getTime() - DAY_MS} AND json_extract(${outbox.payload}, '$.notice') IN ${notices}`
}

/** The last error of a sent email whose reset link no longer works. Emails that were dropped never have it. */
export const VOIDED = "link voided"

/** The statement that lets an address have its next link at once, because those that were sent stop working. */
export function voidResetLinksStatement(deps: Deps, { email }: { email: string }, condition: SQL) {
  const isTheirs = sql`${outbox.recipientHash} = ${hashRecipient(deps, "password_reset", email)}`
  const isSent = sql`${outbox.kind} = 'password_reset' AND ${outbox.status} = 'sent'`
  return deps.db
    .update(outbox)
    .set({ lastError: VOIDED })
    .where(and(isTheirs, isSent, condition))
}

/** A token has 16 bits for the version, and no link lives long enough to meet its version again. */
export const nextLinkVersion = sql`${users.linkVersion} % 65535 + 1`
