import { and, eq, gt, lt, sql } from "drizzle-orm"
import { insertSelect } from "../../storage/insert-select.ts"
import { authenticators, TOTP_ALGORITHMS } from "../../storage/schema.ts"
import { readableAddress } from "../../text/readable-address.ts"
import type { SessionUser } from "../access/session-user.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { decrypt, encrypt } from "../encryption.ts"
import { factorChangeStatements } from "./changes.ts"
import { previousEncryptionKey } from "./keys.ts"
import { deleteCodesWithoutFactor, ensureRecoveryCodes, type RecoveryCodes } from "./recovery-codes.ts"
import { matchingStep, newTotpSecret, toBase32, totpUri } from "./totp.ts"

const ENCRYPTED_MAX = 200
const REENCRYPT_BATCH = 100

/** A new secret for an authenticator app. `setup` is the encrypted secret, which the form returns: nothing is stored before. */
export async function startAuthenticatorSetup(deps: Pick<Deps, "config">, person: SessionUser): Promise<Setup> {
  const secret = newTotpSecret()
  return toSetup(deps, person, await encryptSecret(deps, person.user.id, secret), secret)
}

/** What the page of a setup shows. Undefined if the setup wasn't started by this person. */
export async function readAuthenticatorSetup(
  deps: Pick<Deps, "config">,
  person: SessionUser,
  setup: string,
): Promise<Setup | undefined> {
  const secret = await decryptSecret(deps, person.user.id, setup)
  return secret && toSetup(deps, person, setup, secret)
}

export type Setup = { setup: string; manualKey: string; uri: string }

function toSetup({ config }: Pick<Deps, "config">, { user }: SessionUser, setup: string, secret: Uint8Array): Setup {
  return { setup, manualKey: toBase32(secret), uri: totpUri(secret, config.platformName, readableAddress(user.email)) }
}

/**
 * Stores an authenticator app once it has shown a right code, and ends the person's other sessions. Replaces an earlier one.
 * Returns undefined for a wrong code, else new recovery codes, if the person had none.
 */
export async function addAuthenticator(
  deps: Deps,
  person: SessionUser,
  { setup, code }: { setup: string; code: string },
): Promise<RecoveryCodes | undefined> {
  const { db, now } = deps
  const { id: userId } = person.user
  const secret = await decryptSecret(deps, userId, setup)
  const match = secret && firstMatch(secret, normalizeCode(code), now())
  if (!match) return undefined
  const row = { userId, encryptedSecret: setup, ...match, createdAt: now() }
  // A form that is submitted twice completes its setup once.
  const isNew = sql`NOT EXISTS (SELECT 1 FROM ${authenticators} AS earlier WHERE earlier.user_id = ${userId} AND earlier.encrypted_secret = ${setup})`
  const isStored = sql`EXISTS (SELECT 1 FROM ${authenticators} WHERE ${authenticators.userId} = ${userId} AND ${authenticators.encryptedSecret} = ${setup})`
  const codes = await ensureRecoveryCodes(deps, userId, isStored)
  const [, [stored], [created]] = await commit(deps, [
    db.delete(authenticators).where(and(eq(authenticators.userId, userId), isNew)),
    insertSelect(db, authenticators, row, isNew).returning({ userId: authenticators.userId }),
    codes.statement,
    ...factorChangeStatements(deps, person, "authenticator_added", isStored),
  ])
  if (!stored) return undefined
  return created ? codes.codes : []
}

/** The algorithm whose code this is, and the step that is used up. */
function firstMatch(secret: Uint8Array, code: string, now: Date) {
  for (const algorithm of TOTP_ALGORITHMS) {
    const lastStep = matchingStep({ secret, algorithm }, code, now, 0)
    if (lastStep !== undefined) return { algorithm, lastStep }
  }
  return undefined
}

/** Removes the person's authenticator app and ends their other sessions. */
export async function removeAuthenticator(deps: Deps, person: SessionUser): Promise<void> {
  const { id } = person.user
  const exists = sql`EXISTS (SELECT 1 FROM ${authenticators} WHERE ${authenticators.userId} = ${id})`
  await commit(deps, [
    ...factorChangeStatements(deps, person, "authenticator_removed", exists),
    deps.db.delete(authenticators).where(eq(authenticators.userId, id)),
    deleteCodesWithoutFactor(deps, id),
  ])
}

/** The statement that reads a person's authenticator app. */
export function authenticatorQuery(db: Deps["db"], userId: string) {
  return db.select().from(authenticators).where(eq(authenticators.userId, userId))
}

type Authenticator = typeof authenticators.$inferSelect

/** The time step of a right code that is later than the last accepted one. */
export async function findStep(
  deps: Pick<Deps, "config" | "now">,
  { userId, encryptedSecret, algorithm, lastStep }: Authenticator,
  code: string,
): Promise<number | undefined> {
  const secret = await decryptSecret(deps, userId, encryptedSecret)
  return secret && matchingStep({ secret, algorithm }, code, deps.now(), lastStep)
}

/** The statement that uses up a step and all earlier ones. It returns a row only the first time. */
export function useStepStatement({ db }: Pick<Deps, "db">, userId: string, step: number) {
  return db
    .update(authenticators)
    .set({ lastStep: step })
    .where(and(eq(authenticators.userId, userId), lt(authenticators.lastStep, step)))
    .returning({ userId: authenticators.userId })
}

/**
 * Encrypts secrets again that were encrypted with the previous secret of the deployment, one batch per run. Throws after the others if
 * some can't be decrypted.
 */
export async function reencryptSecrets(deps: Deps): Promise<void> {
  const previous = await previousEncryptionKey(deps, "authenticator secrets")
  if (!previous) return
  const { db } = deps
  const { userId, encryptedSecret } = authenticators
  const rows = await db
    .select({ userId, encryptedSecret })
    .from(authenticators)
    .where(and(gt(encryptedSecret, `${previous.id}.`), lt(encryptedSecret, `${previous.id}/`))) // "/" follows "."
    .limit(REENCRYPT_BATCH)
  const renewed = await Promise.all(rows.map(async (row) => ({ ...row, newSecret: await reencrypt(deps, row) })))
  const updates = renewed.flatMap(({ newSecret, ...row }) => {
    const isUnchanged = and(eq(userId, row.userId), eq(encryptedSecret, row.encryptedSecret))
    return newSecret ? [db.update(authenticators).set({ encryptedSecret: newSecret }).where(isUnchanged)] : []
  })
  await commit(deps, updates)
  if (updates.length < rows.length) throw new Error("the secrets of some authenticator apps can't be decrypted")
}

async function reencrypt(deps: Deps, row: Pick<Authenticator, "userId" | "encryptedSecret">) {
  const secret = await decryptSecret(deps, row.userId, row.encryptedSecret)
  return secret && encryptSecret(deps, row.userId, secret)
}

const CODE_MAX = 100

/** A code as someone types it, without spaces and hyphens; empty if it is too long to be one. */
export const normalizeCode = (input: string) =>
  input.length > CODE_MAX ? "" : input.normalize("NFKC").replace(/[\s-]/g, "")

const encryptSecret = (deps: Pick<Deps, "config">, userId: string, secret: Uint8Array) =>
  encrypt(deps, { kind: "authenticator secrets", ownerId: userId }, secret)

const decryptSecret = (deps: Pick<Deps, "config">, userId: string, text: string) =>
  decrypt(deps, { kind: "authenticator secrets", ownerId: userId }, text.slice(0, ENCRYPTED_MAX))
