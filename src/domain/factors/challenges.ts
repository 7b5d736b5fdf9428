import { lte, type SQL, sql } from "drizzle-orm"
import { deleteSome } from "../../storage/delete-some.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import { usedChallenges } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import { isUniqueViolation } from "../failure.ts"
import { challengeKey } from "./keys.ts"

const CHALLENGE_MINUTES = 10
const RANDOM_BYTES = 16
const EXPIRY_BYTES = 4
const SIGNED_BYTES = RANDOM_BYTES + EXPIRY_BYTES
const MAC_BYTES = 16

/** What a challenge is for, and to what it is bound: a session, a browser, a pending sign-in or a registration link. */
export type ChallengeContext = {
  purpose: "sign_in" | "second_factor" | "confirm" | "add" | "register" | "accept"
  binding: string
}

/**
 * A challenge for a passkey, in base64url: 16 random bytes, 4 bytes expiry in seconds, 16 bytes HMAC-SHA-256 over these and the
 * context. It is signed, so that showing a page writes nothing; only used ones are stored.
 */
export async function issueChallenge(deps: Pick<Deps, "config" | "now">, context: ChallengeContext): Promise<string> {
  const signed = Buffer.alloc(SIGNED_BYTES)
  crypto.getRandomValues(signed.subarray(0, RANDOM_BYTES))
  signed.writeUInt32BE(Math.floor(deps.now().getTime() / 1000) + CHALLENGE_MINUTES * 60, RANDOM_BYTES)
  const mac = await crypto.subtle.sign("HMAC", await challengeKey(deps), macInput(signed, context))
  return Buffer.concat([signed, Buffer.from(mac).subarray(0, MAC_BYTES)]).toString("base64url")
}

/** True if we issued the challenge for this context and it hasn't expired. `useChallenge` refuses one that was used. */
export async function isChallengeValid(
  deps: Pick<Deps, "config" | "now">,
  challenge: Uint8Array,
  context: ChallengeContext,
): Promise<boolean> {
  const bytes = Buffer.from(challenge)
  if (bytes.length !== SIGNED_BYTES + MAC_BYTES) return false
  const signed = bytes.subarray(0, SIGNED_BYTES)
  const mac = Buffer.from(await crypto.subtle.sign("HMAC", await challengeKey(deps), macInput(signed, context)))
  const isSigned = crypto.subtle.timingSafeEqual(mac.subarray(0, MAC_BYTES), bytes.subarray(SIGNED_BYTES))
  return isSigned && expiryOf(bytes) > deps.now()
}

const expiryOf = (challenge: Buffer) => new Date(challenge.readUInt32BE(RANDOM_BYTES) * 1000)

function macInput(signed: Buffer, { purpose, binding }: ChallengeContext): Uint8Array {
  return Buffer.concat([signed, Buffer.from(`${purpose} ${binding}`)])
}

/** The statement that records the use of a challenge, and whether this batch did. */
export type ChallengeUse = ReturnType<typeof useChallenge>

/**
 * Uses a challenge if `condition` holds: then the statement returns a row. The batch fails if it was used before (`isReplay`). What
 * depends on it must check `isUsed`, which is true in this batch alone.
 */
export function useChallenge({ db }: Pick<Deps, "db">, bytes: Uint8Array, condition: SQL) {
  const challenge = Buffer.from(bytes).toString("base64url")
  const useId = crypto.randomUUID()
  const row = { challenge, useId, expiresAt: expiryOf(Buffer.from(bytes)) }
  return {
    statement: insertSelect(db, usedChallenges, row, condition).returning({ challenge: usedChallenges.challenge }),
    isUsed: sql`EXISTS (SELECT 1 FROM ${usedChallenges} WHERE ${usedChallenges.challenge} = ${challenge}
      AND ${usedChallenges.useId} = ${useId})`,
  }
}

/** True if a batch failed because its challenge had been used. */
export const isReplay = (error: unknown) => isUniqueViolation(error, "used_challenges.challenge")

/** Deletes expired challenges, one batch per run. */
export async function deleteExpiredChallenges({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  await deleteSome(db, usedChallenges, usedChallenges.challenge, lte(usedChallenges.expiresAt, now()))
}
