import type { Passkey } from "../../storage/schema.ts"
import { passwordQuery } from "../access/credentials.ts"
import type { Deps } from "../deps.ts"
import { authenticatorQuery } from "./authenticator.ts"
import { passkeysQuery } from "./passkeys.ts"
import { recoveryCodesLeftQuery } from "./recovery-codes.ts"

export type Factors = {
  hasPassword: boolean
  passkeys: Passkey[]
  hasAuthenticator: boolean
  recoveryCodesLeft: number
}

/** Whether a person has a password, their passkeys, whether they have an authenticator app, and how many recovery codes are left. */
export async function listFactors({ db }: Pick<Deps, "db">, userId: string): Promise<Factors> {
  const [passwords, passkeys, authenticators, [codes]] = await db.batch([
    passwordQuery(db, userId),
    passkeysQuery(db, userId),
    authenticatorQuery(db, userId),
    recoveryCodesLeftQuery(db, userId),
  ])
  return {
    hasPassword: passwords.length > 0,
    passkeys,
    hasAuthenticator: authenticators.length > 0,
    recoveryCodesLeft: codes?.n ?? 0,
  }
}
