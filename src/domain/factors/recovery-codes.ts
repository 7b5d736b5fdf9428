import { and, eq, isNull, type SQL, sql } from "drizzle-orm"
import { recoveryCodes } from "../../storage/schema.ts"
import { sha256Hex } from "../access/api-keys.ts"
import type { SessionUser } from "../access/session-user.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { factorChangeStatements } from "./changes.ts"
import { hasFactor } from "./has-factor.ts"

const CODES = 10
const CODE_LENGTH = 24 // 120 bits, so that a plain hash is enough
const GROUP_LENGTH = 4
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz" // Crockford's base 32: no i, l, o or u

/** Codes as the person writes them down, such as `3k9m-…`. They are shown once. */
export type RecoveryCodes = string[]

function generateCode(): string {
  const random = crypto.getRandomValues(new Uint8Array(CODE_LENGTH))
  const code = Array.from(random, (byte) => ALPHABET[byte % 32]).join("")
  return code.replace(new RegExp(`.{${GROUP_LENGTH}}(?=.)`, "g"), "$&-")
}

/** The hash of a code as someone types it: case, spaces and hyphens don't matter. Undefined if it can't be one. */
export async function hashRecoveryCode(userId: string, input: string): Promise<string | undefined> {
  if (input.length > 100) return undefined
  const code = input.toLowerCase().replace(/[\s-]/g, "").replace(/[il]/g, "1").replaceAll("o", "0")
  return code.length === CODE_LENGTH ? sha256Hex(`recovery code of ${userId}: ${code}`) : undefined
}

/** New codes and the statement that stores them if `condition` holds. */
async function newCodes({ db }: Pick<Deps, "db">, userId: string, condition: SQL) {
  const codes = Array.from({ length: CODES }, generateCode)
  const hashes = await Promise.all(codes.map((code) => hashRecoveryCode(userId, code)))
  const statement = db
    .insert(recoveryCodes)
    .select(sql`SELECT ${userId}, value, NULL FROM json_each(${JSON.stringify(hashes)}) WHERE ${condition}`)
    .returning({ userId: recoveryCodes.userId })
  return { codes, statement }
}

/** The same, only if the person has no codes left. */
export function ensureRecoveryCodes(deps: Pick<Deps, "db">, userId: string, condition: SQL) {
  const hasNone = sql`NOT EXISTS (SELECT 1 FROM ${recoveryCodes} WHERE ${unusedCodes(userId)})`
  return newCodes(deps, userId, sql`${condition} AND ${hasNone}`)
}

const unusedCodes = (userId: string) => and(eq(recoveryCodes.userId, userId), isNull(recoveryCodes.usedAt))

/** The statement that counts the unused codes of a person. */
export function recoveryCodesLeftQuery(db: Deps["db"], userId: string) {
  return db
    .select({ n: sql<number>`count(*)`.as("n") })
    .from(recoveryCodes)
    .where(unusedCodes(userId))
}

/** Replaces a person's codes and ends their other sessions. Returns none if they have no factor. */
export async function replaceRecoveryCodes(deps: Deps, person: SessionUser): Promise<RecoveryCodes> {
  const { id } = person.user
  const { codes, statement } = await newCodes(deps, id, hasFactor(id))
  const [, [created]] = await commit(deps, [
    deps.db.delete(recoveryCodes).where(and(eq(recoveryCodes.userId, id), hasFactor(id))),
    statement,
    ...factorChangeStatements(deps, person, "recovery_codes_created", hasFactor(id)),
  ])
  return created ? codes : []
}

/** The statement that uses up a code. It returns a row only the first time. */
export function useRecoveryCodeStatement({ db, now }: Pick<Deps, "db" | "now">, userId: string, codeHash: string) {
  return db
    .update(recoveryCodes)
    .set({ usedAt: now() })
    .where(and(unusedCodes(userId), eq(recoveryCodes.codeHash, codeHash)))
    .returning({ userId: recoveryCodes.userId })
}

/** The statement that deletes the codes of a person who has no factor any more. */
export function deleteCodesWithoutFactor({ db }: Pick<Deps, "db">, userId: string): Statement {
  return db.delete(recoveryCodes).where(and(eq(recoveryCodes.userId, userId), sql`NOT ${hasFactor(userId)}`))
}
