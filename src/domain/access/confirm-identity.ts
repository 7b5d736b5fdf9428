import { and, eq } from "drizzle-orm"
import { sessions, users } from "../../storage/schema.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { assertionOptions, passkeysQuery, usePasskey } from "../factors/passkeys.ts"
import { MINUTE_MS } from "../time.ts"
import { passwordQuery } from "./credentials.ts"
import { guessPassword } from "./guess-password.ts"
import { withHashSlot } from "./hash-slots.ts"
import type { SessionUser } from "./session-user.ts"

/** How long a proof of identity lasts before a sensitive change needs another one. */
const CONFIRMATION_MINUTES = 10

/** True if the person proved who they are within the last ten minutes, in this session. */
export const isRecentlyConfirmed = ({ confirmedAt }: Pick<SessionUser, "confirmedAt">, now: Date): boolean =>
  now.getTime() - confirmedAt.getTime() <= CONFIRMATION_MINUTES * MINUTE_MS

const challengeContext = ({ sessionId }: SessionUser) => ({ purpose: "confirm" as const, binding: sessionId })

/** How the person can confirm their identity: with a password, a passkey, or either. */
export async function confirmationMethods(deps: Deps, person: SessionUser) {
  const { db, read } = deps
  const { id } = person.user
  const [passwords, passkeys] = await read([passwordQuery(db, id), passkeysQuery(db, id)])
  return {
    hasPassword: passwords.length > 0,
    passkeyOptions: passkeys.length > 0 ? await assertionOptions(deps, challengeContext(person), passkeys) : undefined,
  }
}

/** A session under a new token, for the cookie. The earlier token no longer counts. */
export type RenewedSession = { token: string; expiresAt: Date }

/**
 * Confirms the person's identity for this session, which gets a new token (OWASP ASVS 5.0, 7.2.4). Returns undefined for a wrong
 * password or a passkey that isn't accepted. Throws `rate_limited` after too many wrong passwords or while others are checked.
 */
export async function confirmIdentity(
  deps: Deps,
  person: SessionUser,
  { password = "", passkey }: { password?: string; passkey?: string },
): Promise<RenewedSession | undefined> {
  const { db, now } = deps
  const isSession = eq(sessions.id, person.sessionId)
  const confirmation = { confirmedAt: now(), token: newSessionToken() }
  const { token, expiresAt } = sessions
  if (!passkey) {
    if (!password) return undefined
    const { id, email } = person.user
    const user = { email, condition: eq(users.id, id) }
    const checked = await withHashSlot(deps, () => guessPassword(deps, user, password))
    if (!checked.isRight) return undefined
    const renewal = db.update(sessions).set(confirmation).where(isSession).returning({ token, expiresAt })
    const [[renewed]] = await commit(deps, [renewal, ...checked.ifRight])
    return renewed
  }
  const used = await usePasskey(deps, passkey, challengeContext(person), {
    userId: person.user.id,
    effects: ({ isUsed }) => [db.update(sessions).set(confirmation).where(and(isSession, isUsed))],
  })
  if (!used.ok) return undefined
  const [renewed] = await db
    .select({ token, expiresAt })
    .from(sessions)
    .where(and(isSession, eq(token, confirmation.token)))
  return renewed
}

const TOKEN_BYTES = 24

/** As long as those of Better Auth: 32 characters. */
const newSessionToken = () => Buffer.from(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES))).toString("base64url")
