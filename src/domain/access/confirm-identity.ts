import { and, eq } from "drizzle-orm"
import { sessions, users } from "../../storage/schema.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { authenticatorQuery } from "../factors/authenticator.ts"
import { assertionOptions, passkeysQuery, usePasskey } from "../factors/passkeys.ts"
import { guessCode } from "../factors/pending-sign-in.ts"
import { MINUTE_MS } from "../time.ts"
import { passwordQuery } from "./credentials.ts"
import { guessPassword } from "./guess-password.ts"
import type { SessionUser } from "./session-user.ts"

/** How long a proof of identity lasts before a sensitive change needs another one. */
const CONFIRMATION_MINUTES = 10

/** True if the person proved who they are within the last ten minutes, in this session. */
export const isRecentlyConfirmed = ({ confirmedAt }: Pick<SessionUser, "confirmedAt">, now: Date): boolean =>
  now.getTime() - confirmedAt.getTime() <= CONFIRMATION_MINUTES * MINUTE_MS

const challengeContext = ({ sessionId }: SessionUser) => ({ purpose: "confirm" as const, binding: sessionId })

/**
 * How the person can confirm their identity: with a password, and a code if they have a second factor; with a passkey; or either.
 */
export async function confirmationMethods(deps: Deps, person: SessionUser) {
  const { db, read } = deps
  const { id } = person.user
  const [passwords, passkeys, authenticators] = await read([
    passwordQuery(db, id),
    passkeysQuery(db, id),
    authenticatorQuery(db, id),
  ])
  return {
    hasAuthenticator: authenticators.length > 0,
    hasPassword: passwords.length > 0,
    needsCode: person.hasSecondFactor,
    passkeyOptions: passkeys.length > 0 ? await assertionOptions(deps, challengeContext(person), passkeys) : undefined,
  }
}

/** A session under a new token, for the cookie. The earlier token no longer counts. */
export type RenewedSession = { token: string; expiresAt: Date }

type Proof = { password?: string; code?: string; passkey?: string }

type Confirmation = { ok: true; session: RenewedSession } | { ok: false; wrong: "password" | "code" | "passkey" }

/**
 * Confirms the person's identity for this session, which gets a new token (OWASP ASVS 5.0, 7.2.4). With a second factor, a password
 * needs a code too, of the app or for recovery (7.5.1). Throws `rate_limited` after too many guesses or while others are checked.
 */
export async function confirmIdentity(deps: Deps, person: SessionUser, proof: Proof): Promise<Confirmation> {
  if (proof.passkey) return confirmWithPasskey(deps, person, proof.passkey)
  if (!proof.password) return { ok: false, wrong: "password" }
  const { id, email } = person.user
  const { password, code = "" } = proof
  const checked = await guessPassword(deps, { email, condition: eq(users.id, id) }, password)
  if (!checked.isRight) return { ok: false, wrong: "password" }
  await commit(deps, checked.ifRight)
  if (person.hasSecondFactor && !(await guessCode(deps, id, code))) return { ok: false, wrong: "code" }
  const [renewed] = await renewSession(deps, person)
  return renewed ? { ok: true, session: renewed } : { ok: false, wrong: "password" }
}

async function confirmWithPasskey(deps: Deps, person: SessionUser, passkey: string): Promise<Confirmation> {
  const renewal = newProof(deps)
  const isSession = eq(sessions.id, person.sessionId)
  const used = await usePasskey(deps, passkey, challengeContext(person), {
    userId: person.user.id,
    effects: ({ isUsed }) => [deps.db.update(sessions).set(renewal).where(and(isSession, isUsed))],
  })
  if (!used.ok) return { ok: false, wrong: "passkey" }
  const { token, expiresAt } = sessions
  const [renewed] = await deps.db
    .select({ token, expiresAt })
    .from(sessions)
    .where(and(isSession, eq(token, renewal.token)))
  return renewed ? { ok: true, session: renewed } : { ok: false, wrong: "passkey" }
}

function renewSession(deps: Deps, { sessionId }: SessionUser) {
  const { token, expiresAt } = sessions
  return deps.db.update(sessions).set(newProof(deps)).where(eq(sessions.id, sessionId)).returning({ token, expiresAt })
}

const newProof = ({ now }: Deps) => ({ confirmedAt: now(), token: newSessionToken() })

const TOKEN_BYTES = 24

/** As long as those of Better Auth: 32 characters. */
const newSessionToken = () => Buffer.from(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES))).toString("base64url")
