import type { Passkey } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import { authenticatorQuery } from "./authenticator.ts"
import { passkeysQuery } from "./passkeys.ts"
import { recoveryCodesLeftQuery } from "./recovery-codes.ts"

export type Factors = { passkeys: Passkey[]; hasAuthenticator: boolean; recoveryCodesLeft: number }

/** A person's passkeys, whether they have an authenticator app, and how many recovery codes are left. */
export async function listFactors({ db }: Pick<Deps, "db">, userId: string): Promise<Factors> {
  const [passkeys, authenticators, [codes]] = await db.batch([
    passkeysQuery(db, userId),
    authenticatorQuery(db, userId),
    recoveryCodesLeftQuery(db, userId),
  ])
  return { passkeys, hasAuthenticator: authenticators.length > 0, recoveryCodesLeft: codes?.n ?? 0 }
}
