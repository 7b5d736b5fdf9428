import * as z from "zod"
import type { Invite } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import type { RightPassword } from "../access/guess-password.ts"
import type { Deps } from "../deps.ts"
import type { ChallengeContext } from "../factors/challenges.ts"
import {
  assertionOptions,
  checkAssertion,
  checkRegistration,
  registrationOptions,
  type UsedPasskey,
} from "../factors/passkeys.ts"
import type { NewPasskey } from "../factors/webauthn.ts"
import type { FieldError } from "../failure.ts"
import { singleLine, validateFields } from "../validation.ts"
import type { ExistingUser, LinkState } from "./link-state.ts"

export type ValidLinkState = Extract<LinkState, { state: "valid" }>

/** Who accepts: a new user with a password or a passkey, or an existing one, who used either or is signed in. */
export type Identity = {
  name: string
  passwordHash?: string
  newPasskey?: NewPasskey
  usedPasskey?: UsedPasskey
  usedPassword?: RightPassword
}

export type IdentifyResult = Identity | { errors: FieldError[] }

export const PASSKEY_REFUSED: FieldError = {
  field: "password",
  code: "passkey_refused",
  detail: en.fieldErrors.passkey_refused,
}

export const acceptTermsField = z.literal("on", en.fieldErrors.required.accept_terms)
export const signedInUserFields = z.object({ accept_terms: acceptTermsField })
const newUserFields = z.object({ name: singleLine(en.fieldErrors.required.name), accept_terms: acceptTermsField })

/** Challenges on the page of a link are bound to the link: to register with a passkey, or to accept with an existing one. */
function challengeContext(purpose: "register" | "accept", { id, linkVersion }: Invite): ChallengeContext {
  return { purpose, binding: `${id} ${linkVersion}` }
}

/** What the page of a link passes to the browser to create a passkey, or to ask for one if the contact has an account. */
export function linkPasskeyOptions(deps: Pick<Deps, "config" | "now">, { invite, existingUser }: ValidLinkState) {
  const { id: handle, contactEmail: email, contactName: name } = invite
  return existingUser
    ? assertionOptions(deps, challengeContext("accept", invite))
    : registrationOptions(deps, challengeContext("register", invite), { handle, email, name })
}

/** A new user who registers with a passkey instead of a password. */
export async function registerPasskey(
  deps: Deps,
  { invite }: ValidLinkState,
  response: string,
  input: Record<string, unknown>,
): Promise<IdentifyResult> {
  const { values, errors } = validateFields(newUserFields, input)
  if (errors.length > 0 || !values.name) return { errors }
  const checked = await checkRegistration(deps, response, challengeContext("register", invite))
  return checked.ok ? { name: values.name, newPasskey: checked.passkey } : { errors: [PASSKEY_REFUSED] }
}

/** An existing user who proves with a passkey that the account is theirs. */
export async function identifyByPasskey(
  deps: Deps,
  { invite }: ValidLinkState,
  { id, name }: ExistingUser,
  response: string,
  input: Record<string, unknown>,
): Promise<IdentifyResult> {
  const { errors } = validateFields(signedInUserFields, input)
  if (errors.length > 0) return { errors }
  const checked = await checkAssertion(deps, response, challengeContext("accept", invite), id)
  return checked.ok ? { name, usedPasskey: checked } : { errors: [PASSKEY_REFUSED] }
}
