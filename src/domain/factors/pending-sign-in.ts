import { and, eq, gt, lt, lte, sql } from "drizzle-orm"
import { deleteSome } from "../../storage/delete-some.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import { authenticators, type Passkey, passkeys, pendingSignIns } from "../../storage/schema.ts"
import { sha256Hex } from "../access/api-keys.ts"
import { type CheckedUser, isUnchangedUser } from "../access/credentials.ts"
import { type AdmittedGuess, prepareGuess } from "../access/guess-limit.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { MINUTE_MS } from "../time.ts"
import { authenticatorQuery, findStep, normalizeCode, useStepStatement } from "./authenticator.ts"
import { hasFactor } from "./has-factor.ts"
import { assertionOptions, usePasskey } from "./passkeys.ts"
import { hashRecoveryCode, useRecoveryCodeStatement } from "./recovery-codes.ts"
import { TOTP_PATTERN } from "./totp.ts"

export const PENDING_MINUTES = 10
const CODE_ATTEMPTS = 5
const TOKEN_BYTES = 32

/**
 * Remembers that a person has proved the first factor, if they have a second one and their password hasn't changed since. Returns
 * the value of the cookie for the next step, otherwise undefined. It isn't a session: it opens nothing but the page for the second
 * factor.
 */
export async function startPendingSignIn(deps: Deps, user: CheckedUser): Promise<string | undefined> {
  const token = Buffer.from(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES))).toString("base64url")
  const expiresAt = new Date(deps.now().getTime() + PENDING_MINUTES * MINUTE_MS)
  const row = { id: await pendingId(token), userId: user.id, attempts: 0, expiresAt }
  const condition = sql`${hasFactor(user.id)} AND ${isUnchangedUser(user)}`
  const [created] = await insertSelect(deps.db, pendingSignIns, row, condition).returning()
  return created && token
}

const pendingId = (token: string) => sha256Hex(`pending sign-in ${token.slice(0, 100)}`)

export type PendingSignIn = {
  id: string
  userId: string
  attemptsLeft: number
  hasAuthenticator: boolean
  passkeys: Pick<Passkey, "credentialId">[]
}

/** The sign-in that waits for a second factor; undefined if it expired. */
export async function findPendingSignIn({ db, now }: Deps, token: string): Promise<PendingSignIn | undefined> {
  const id = await pendingId(token)
  const isThis = and(eq(pendingSignIns.id, id), gt(pendingSignIns.expiresAt, now()))
  const [[row], keys] = await db.batch([
    db
      .select({
        userId: pendingSignIns.userId,
        attempts: pendingSignIns.attempts,
        authenticator: sql<string | null>`${authenticators.userId}`.as("authenticator"),
      })
      .from(pendingSignIns)
      .leftJoin(authenticators, eq(authenticators.userId, pendingSignIns.userId))
      .where(isThis),
    db
      .select({ credentialId: passkeys.credentialId })
      .from(passkeys)
      .innerJoin(pendingSignIns, eq(pendingSignIns.userId, passkeys.userId))
      .where(isThis),
  ])
  if (!row) return undefined
  const { authenticator, attempts, ...pending } = row
  const attemptsLeft = Math.max(0, CODE_ATTEMPTS - attempts)
  return { id, ...pending, attemptsLeft, hasAuthenticator: authenticator !== null, passkeys: keys }
}

/** The context of challenges for a pending sign-in. */
const challengeContext = ({ id }: PendingSignIn) => ({ purpose: "second_factor" as const, binding: id })

/** What the page passes to the browser to ask for one of the person's passkeys. */
export const secondFactorOptions = (deps: Deps, pending: PendingSignIn) =>
  assertionOptions(deps, challengeContext(pending), pending.passkeys)

/**
 * Completes a sign-in with a code of the authenticator app or a recovery code. A sign-in allows five attempts. Returns whether the code
 * was right; only then may a session start. Throws `rate_limited` after too many wrong codes over all sign-ins of the person.
 */
export async function completeWithCode(deps: Deps, pending: PendingSignIn, input: string): Promise<boolean> {
  const { db } = deps
  const { id, userId } = pending
  const admitted = await countAttempt(deps, pending)
  if (!admitted) return false
  if (!(await useCode(deps, userId, input))) return false
  const isThis = eq(pendingSignIns.id, id)
  const [deleted] = await commit(deps, [db.delete(pendingSignIns).where(isThis).returning(), ...admitted.ifRight])
  return deleted.length > 0
}

/** Counts an attempt before the code is compared. Returns undefined if no attempt is left. */
async function countAttempt(deps: Deps, { id, userId }: PendingSignIn): Promise<AdmittedGuess | undefined> {
  const { db, now } = deps
  const hasAttempts = and(
    eq(pendingSignIns.id, id),
    lt(pendingSignIns.attempts, CODE_ATTEMPTS),
    gt(pendingSignIns.expiresAt, now()),
  )
  const isOpen = sql`EXISTS (SELECT 1 FROM ${pendingSignIns} WHERE ${hasAttempts})`
  const guess = await prepareGuess(deps, { kind: "second_factor", userId }, isOpen)
  const attempt = db
    .update(pendingSignIns)
    .set({ attempts: sql`${pendingSignIns.attempts} + 1` })
    .where(and(hasAttempts, guess.isCounted))
  const [outcome] = await commit(deps, [guess.outcomeQuery, attempt], guess.countStatements)
  return guess.admit(outcome)
}

/**
 * Uses up a code of a person's authenticator app, or a recovery code, outside of a sign-in. Returns whether it was right. Throws
 * `rate_limited` after too many wrong codes of the person.
 */
export async function guessCode(deps: Deps, userId: string, input: string): Promise<boolean> {
  if (normalizeCode(input) === "") return false
  const guess = await prepareGuess(deps, { kind: "second_factor", userId })
  const [outcome] = await commit(deps, [guess.outcomeQuery], guess.countStatements)
  const admitted = guess.admit(outcome)
  if (!admitted || !(await useCode(deps, userId, input))) return false
  await commit(deps, admitted.ifRight)
  return true
}

function useCode(deps: Deps, userId: string, input: string): Promise<boolean> {
  const code = normalizeCode(input)
  return TOTP_PATTERN.test(code) ? useTotpCode(deps, userId, code) : useRecoveryCode(deps, userId, code)
}

async function useTotpCode(deps: Deps, userId: string, code: string): Promise<boolean> {
  const [authenticator] = await authenticatorQuery(deps.db, userId)
  const step = authenticator && (await findStep(deps, authenticator, code))
  return step !== undefined && (await useStepStatement(deps, userId, step)).length > 0
}

async function useRecoveryCode(deps: Deps, userId: string, code: string): Promise<boolean> {
  const hash = await hashRecoveryCode(userId, code)
  return hash !== undefined && (await useRecoveryCodeStatement(deps, userId, hash)).length > 0
}

/** Completes a sign-in with one of the person's passkeys. Returns whether it was accepted. */
export async function completeWithPasskey(deps: Deps, pending: PendingSignIn, response: string): Promise<boolean> {
  const { id, userId } = pending
  const used = await usePasskey(deps, response, challengeContext(pending), {
    userId,
    effects: ({ isUsed }) => [deps.db.delete(pendingSignIns).where(and(eq(pendingSignIns.id, id), isUsed))],
  })
  return used.ok
}

/** Deletes expired sign-ins, one batch per run. */
export async function deleteExpiredSignIns({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  await deleteSome(db, pendingSignIns, pendingSignIns.id, lte(pendingSignIns.expiresAt, now()))
}
