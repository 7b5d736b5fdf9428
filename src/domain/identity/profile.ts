import type { Passkey } from "../../storage/schema.ts"
import { passwordQuery } from "../access/credentials.ts"
import type { Deps } from "../deps.ts"
import { authenticatorQuery } from "../factors/authenticator.ts"
import { passkeysQuery } from "../factors/passkeys.ts"
import { recoveryCodesLeftQuery } from "../factors/recovery-codes.ts"
import { type EmailChange, waitingEmailChangeQuery } from "./email-change.ts"
import { type ListedSession, sessionsQuery } from "./sessions.ts"

export type Factors = {
  hasPassword: boolean
  passkeys: Passkey[]
  hasAuthenticator: boolean
  recoveryCodesLeft: number
}

/** `emailChange` is the change of address that still waits. The latest used session is the first. */
export type Profile = { factors: Factors; emailChange: EmailChange | undefined; sessions: ListedSession[] }

/** Reads in one round trip what a person's own page shows. */
export async function loadProfile({ db, read, now }: Deps, userId: string): Promise<Profile> {
  const [passwords, passkeys, authenticators, [codes], [emailChange], sessions] = await read([
    passwordQuery(db, userId),
    passkeysQuery(db, userId),
    authenticatorQuery(db, userId),
    recoveryCodesLeftQuery(db, userId),
    waitingEmailChangeQuery(db, userId, now()),
    sessionsQuery(db, userId, now()),
  ])
  const factors = {
    hasPassword: passwords.length > 0,
    passkeys,
    hasAuthenticator: authenticators.length > 0,
    recoveryCodesLeft: codes?.n ?? 0,
  }
  return { factors, emailChange, sessions }
}
