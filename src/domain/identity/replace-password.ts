import { and, eq, ne, sql } from "drizzle-orm"
import { insertSelect } from "../../storage/insert-select.ts"
import { credentials, emailChanges, guessCounts, sessions, users } from "../../storage/schema.ts"
import { isUnchangedUser, newPasswordCredential, type UserCredentials } from "../access/credentials.ts"
import { isPasswordCount } from "../access/guess-limit.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { endPendingSignInsStatement } from "../factors/changes.ts"
import { personalAuditStatement } from "./personal-audit.ts"
import { securityNoticeStatement } from "./security-notice.ts"

type Replacement = {
  passwordHash: string
  change: "password_changed" | "password_reset"
  /** The session that doesn't end. */
  keptSessionId?: string
}

/**
 * Gives a user a new password, unless the password or the address has changed since `user` was read. Returns whether it did. Ends
 * their sessions and sign-ins, forgets wrong passwords, and voids their reset links and a waiting change of address. Other factors
 * stay.
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
    db.delete(guessCounts).where(and(await isPasswordCount(deps, user.email), isUnchanged)),
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

/** A token has 16 bits for the version, and no link lives long enough to meet its version again. */
export const nextLinkVersion = sql`${users.linkVersion} % 65535 + 1`
