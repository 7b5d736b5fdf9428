import { and, asc, eq, type SQL, sql } from "drizzle-orm"
import * as z from "zod"
import { newId } from "../../storage/ids.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import { type Passkey, passkeys } from "../../storage/schema.ts"
import { readableAddress } from "../../text/readable-address.ts"
import type { SessionUser } from "../access/session-user.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { Failure, type FieldError, isUniqueViolation } from "../failure.ts"
import { optionalSingleLine, validateFields } from "../validation.ts"
import {
  type ChallengeContext,
  type ChallengeUse,
  isChallengeValid,
  isReplay,
  issueChallenge,
  useChallenge,
} from "./challenges.ts"
import { factorChangeStatements } from "./changes.ts"
import { deleteCodesWithoutFactor, ensureRecoveryCodes, type RecoveryCodes } from "./recovery-codes.ts"
import {
  KEY_ALGORITHMS,
  type NewPasskey,
  parseAssertion,
  type Refusal,
  RefusedPasskey,
  relyingParty,
  verifyAssertion,
  verifyRegistration,
} from "./webauthn.ts"

const PASSKEYS_MAX = 20
const NAME_MAX = 60

type Refused = { ok: false; refusal: Refusal }

/** The person that a new passkey is for. `handle` is the id under which authenticators store it. */
type PasskeyOwner = { handle: string; email: string; name: string }

const handleBytes = (handle: string) => Buffer.from(handle).toString("base64url")

/** What public/passkeys.js passes to `navigator.credentials.create`, with bytes in base64url. */
export async function registrationOptions(
  deps: Pick<Deps, "config" | "now">,
  context: ChallengeContext,
  { handle, email, name }: PasskeyOwner,
  existing: Pick<Passkey, "credentialId">[] = [],
) {
  return {
    challenge: await issueChallenge(deps, context),
    rp: { id: relyingParty(deps).id, name: deps.config.platformName },
    user: { id: handleBytes(handle), name: readableAddress(email), displayName: name },
    pubKeyCredParams: KEY_ALGORITHMS.map((alg) => ({ type: "public-key" as const, alg })),
    authenticatorSelection: { residentKey: "required" as const, userVerification: "required" as const },
    attestation: "none" as const,
    excludeCredentials: existing.map(toDescriptor),
  }
}

/** What public/passkeys.js passes to `navigator.credentials.get`. Without `allowed`, the person chooses any passkey of this site. */
export async function assertionOptions(
  deps: Pick<Deps, "config" | "now">,
  context: ChallengeContext,
  allowed: Pick<Passkey, "credentialId">[] = [],
) {
  return {
    challenge: await issueChallenge(deps, context),
    rpId: relyingParty(deps).id,
    userVerification: "required" as const,
    allowCredentials: allowed.map(toDescriptor),
  }
}

const toDescriptor = ({ credentialId }: Pick<Passkey, "credentialId">) => ({
  type: "public-key" as const,
  id: credentialId,
})

/** The statement that reads a person's passkeys, oldest first. */
export function passkeysQuery(db: Deps["db"], userId: string) {
  return db.select().from(passkeys).where(eq(passkeys.userId, userId)).orderBy(asc(passkeys.id)).limit(PASSKEYS_MAX)
}

/** A person's passkeys, oldest first. */
export async function listPasskeys({ db, read }: Deps, userId: string): Promise<Passkey[]> {
  const [found] = await read([passkeysQuery(db, userId)])
  return found
}

/** Verifies a registration and its challenge. The caller writes it with `insertPasskeyStatements`. */
export async function checkRegistration(
  deps: Pick<Deps, "config" | "now">,
  response: string,
  context: ChallengeContext,
): Promise<{ ok: true; passkey: NewPasskey } | Refused> {
  return refusalAsData(async () => {
    const passkey = await verifyRegistration(relyingParty(deps), response)
    if (!(await isChallengeValid(deps, passkey.challenge, context))) throw new RefusedPasskey("wrong_challenge")
    return { ok: true as const, passkey }
  })
}

/** The statements that store a new passkey if `condition` holds. The batch fails if its challenge was used before. */
export function insertPasskeyStatements(
  deps: Pick<Deps, "db" | "now">,
  { challenge, ...passkey }: NewPasskey,
  { id, userId, handle, name }: { id?: string; userId: string; handle: string; name: string },
  condition: SQL,
): [Statement, Statement] {
  const { db, now } = deps
  const at = now()
  const row = { id: id ?? newId("psk", at), userId, userHandle: handleBytes(handle), name, createdAt: at }
  const { statement, isUsed } = useChallenge(deps, challenge, condition)
  return [statement, insertSelect(db, passkeys, { ...row, ...passkey }, isUsed)]
}

const addContext = ({ sessionId }: SessionUser) => ({ purpose: "add" as const, binding: sessionId })

/** What the page for a new passkey passes to the browser. Authenticators that already have one of the person's refuse. */
export function passkeyCreationOptions(deps: Deps, person: SessionUser, existing: Passkey[]) {
  const { id: handle, email, name } = person.user
  return registrationOptions(deps, addContext(person), { handle, email, name }, existing)
}

const nameFields = z.object({ name: optionalSingleLine(NAME_MAX) })

/**
 * Adds a passkey to a person's account and ends their other sessions. Returns new recovery codes if they had none. An invalid name
 * is returned as a field error; throws `passkey_limit`.
 */
export async function addPasskey(
  deps: Deps,
  person: SessionUser,
  response: string,
  name: string,
): Promise<{ ok: true; recoveryCodes: RecoveryCodes } | Refused | { ok: false; errors: FieldError[] }> {
  const { values, errors } = validateFields(nameFields, { name })
  if (errors.length > 0) return { ok: false, errors }
  const { db } = deps
  const { user } = person
  const checked = await checkRegistration(deps, response, addContext(person))
  if (!checked.ok) return checked
  const id = newId("psk", deps.now())
  const label = values.name ?? "Passkey"
  const isRoomLeft = sql`(SELECT count(*) FROM ${passkeys} WHERE ${passkeys.userId} = ${user.id}) < ${PASSKEYS_MAX}`
  const isAdded = sql`EXISTS (SELECT 1 FROM ${passkeys} WHERE ${passkeys.id} = ${id})`
  const owner = { id, userId: user.id, handle: user.id, name: label }
  const codes = await ensureRecoveryCodes(deps, user.id, isAdded)
  return refusalAsData(async () => {
    const [, , [added], [created]] = await commit(deps, [
      ...insertPasskeyStatements(deps, checked.passkey, owner, isRoomLeft),
      db.select({ id: passkeys.id }).from(passkeys).where(eq(passkeys.id, id)),
      codes.statement,
      ...factorChangeStatements(deps, person, "passkey_added", isAdded),
    ])
    if (!added) throw new Failure({ kind: "passkey_limit", limit: PASSKEYS_MAX })
    return { ok: true as const, recoveryCodes: created ? codes.codes : [] }
  })
}

/** Removes a passkey of the person and ends their other sessions. Throws `not_found`. */
export async function removePasskey(deps: Deps, person: SessionUser, id: string): Promise<void> {
  const { db } = deps
  const isOwn = and(eq(passkeys.id, id), eq(passkeys.userId, person.user.id))
  const [passkey] = await db.select().from(passkeys).where(isOwn)
  if (!passkey) throw new Failure({ kind: "not_found" })
  const exists = sql`EXISTS (SELECT 1 FROM ${passkeys} WHERE ${isOwn})`
  await commit(deps, [
    ...factorChangeStatements(deps, person, "passkey_removed", exists),
    db.delete(passkeys).where(isOwn),
    deleteCodesWithoutFactor(deps, person.user.id),
  ])
}

/** A passkey that is used: whose it is, the statements that record it, and whether this batch did. */
export type UsedPasskey = { userId: string; statements: [ChallengeUse["statement"], Statement]; isUsed: SQL }

/**
 * Verifies an assertion with the passkey that it names: origin, relying party, user verification, signature and challenge. The
 * caller runs `statements` in the batch of the effect, which depends on `isUsed`: they refuse replays and clones.
 */
export async function checkAssertion(
  deps: Pick<Deps, "config" | "now" | "db">,
  response: string,
  context: ChallengeContext,
  userId?: string,
): Promise<({ ok: true } & UsedPasskey) | Refused> {
  return refusalAsData(async () => {
    const assertion = parseAssertion(response)
    const [passkey] = await deps.db.select().from(passkeys).where(eq(passkeys.credentialId, assertion.id))
    if (!passkey || (userId && passkey.userId !== userId)) throw new RefusedPasskey("unknown_passkey")
    const { challenge, signCount } = await verifyAssertion(relyingParty(deps), assertion, passkey)
    if (!(await isChallengeValid(deps, challenge, context))) throw new RefusedPasskey("wrong_challenge")
    return { ok: true as const, userId: passkey.userId, ...recordUse(deps, passkey, { challenge, signCount }) }
  })
}

/** The challenge counts as used only if the counter is higher than the last one; authenticators without a counter send 0. */
function recordUse(
  { db, now }: Pick<Deps, "db" | "now">,
  { id }: Passkey,
  { challenge, signCount }: { challenge: Uint8Array; signCount: number },
): Omit<UsedPasskey, "userId"> {
  const isNewer = sql`EXISTS (SELECT 1 FROM ${passkeys} WHERE ${passkeys.id} = ${id}
    AND (${passkeys.signCount} < ${signCount} OR (${passkeys.signCount} = 0 AND ${signCount} = 0)))`
  const { statement, isUsed } = useChallenge({ db }, challenge, isNewer)
  const updateStatement = db
    .update(passkeys)
    .set({ signCount, lastUsedAt: now() })
    .where(and(eq(passkeys.id, id), isUsed))
  return { statements: [statement, updateStatement], isUsed }
}

/** Checks an assertion and uses it together with `effects`, which depend on `isUsed`. */
export async function usePasskey(
  deps: Deps,
  response: string,
  context: ChallengeContext,
  { userId, effects = () => [] }: { userId?: string; effects?: (passkey: UsedPasskey) => Statement[] } = {},
): Promise<{ ok: true; userId: string } | Refused> {
  return refusalAsData(async () => {
    const checked = await checkAssertion(deps, response, context, userId)
    if (!checked.ok) return checked
    const [used] = await commit(deps, [...checked.statements, ...effects(checked)])
    if (used.length === 0) throw new RefusedPasskey("counter_not_higher")
    return { ok: true as const, userId: checked.userId }
  })
}

/** True if a batch failed because its challenge was used before, or its passkey is already registered. */
export const isPasskeyConflict = (error: unknown) =>
  isReplay(error) || isUniqueViolation(error, "passkeys.credential_id")

async function refusalAsData<T>(run: () => Promise<T>): Promise<T | Refused> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof RefusedPasskey) return { ok: false, refusal: error.refusal }
    if (isPasskeyConflict(error)) return { ok: false, refusal: "replayed" }
    throw error
  }
}
