import { eq } from "drizzle-orm"
import * as z from "zod"
import { type Invite, users } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import { hashNewPassword } from "../access/check-password.ts"
import { guessPassword, type RightPassword } from "../access/guess-password.ts"
import { newPasswordField } from "../access/new-password.ts"
import type { Deps, Terms } from "../deps.ts"
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
import { type ExistingUser, type LinkState, openLink } from "./link-state.ts"

export type ValidLinkState = Extract<LinkState, { state: "valid" }>

/** Who accepts: a new user with a password or a passkey, or an existing one, who used either or is signed in. */
export type Identity = {
  name: string
  passwordHash?: string
  newPasskey?: NewPasskey
  usedPasskey?: UsedPasskey
  usedPassword?: RightPassword
}

type IdentifyResult = Identity | { errors: FieldError[] }

export const PASSKEY_REFUSED: FieldError = {
  field: "password",
  code: "passkey_refused",
  detail: en.fieldErrors.passkey_refused,
}

const acceptTermsField = z.literal("on", en.fieldErrors.required.accept_terms)
const nameField = singleLine(en.fieldErrors.required.name)
const termsFields = z.object({ accept_terms: acceptTermsField })
const newUserFields = z.object({ name: nameField, accept_terms: acceptTermsField })
const passwordFields = z.object({
  password: z.string({ error: en.fieldErrors.required.password }).min(1, en.fieldErrors.required.password),
  accept_terms: acceptTermsField,
})

/** Identifies terms in a form, so that nobody accepts terms that they haven't seen. */
export const termsKey = ({ url, version }: Terms) => `${version} ${url}`

/** Who accepts an invite, by what the form and the session say. */
export async function identify(
  deps: Deps,
  linkState: ValidLinkState,
  input: Record<string, unknown>,
): Promise<IdentifyResult> {
  const { existingUser, isForSignedInUser, terms } = linkState
  if (input.terms_shown !== undefined && input.terms_shown !== termsKey(terms)) {
    return { errors: [{ field: "accept_terms", code: "terms_changed", detail: en.fieldErrors.terms_changed }] }
  }
  const passkey = typeof input.passkey === "string" ? input.passkey : ""
  if (!existingUser && passkey) return identifyNewUserByPasskey(deps, linkState, passkey, input)
  if (!existingUser) return identifyNewUserByPassword(deps, linkState, input)
  if (isForSignedInUser) return identifySignedInUser(existingUser, input)
  return passkey
    ? identifyByPasskey(deps, linkState, existingUser, passkey, input)
    : identifyByPassword(deps, linkState, existingUser, input)
}

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
async function identifyNewUserByPasskey(
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
async function identifyByPasskey(
  deps: Deps,
  { invite }: ValidLinkState,
  { id, name }: ExistingUser,
  response: string,
  input: Record<string, unknown>,
): Promise<IdentifyResult> {
  const { errors } = validateFields(termsFields, input)
  if (errors.length > 0) return { errors }
  const checked = await checkAssertion(deps, response, challengeContext("accept", invite), id)
  return checked.ok ? { name, usedPasskey: checked } : { errors: [PASSKEY_REFUSED] }
}

async function identifyNewUserByPassword(
  deps: Deps,
  linkState: ValidLinkState,
  input: Record<string, unknown>,
): Promise<IdentifyResult> {
  const password = await passwordFieldOf(deps, linkState, input.name)
  const fields = z.object({ name: nameField, password, accept_terms: acceptTermsField })
  const { values, errors } = validateFields(fields, input)
  if (errors.length > 0 || !values.name || !values.password) return { errors }
  return { name: values.name, passwordHash: await hashNewPassword(deps, values.password) }
}

/** The field for a new password of the person who registers under `name`. Throws `rate_limited` if none can be checked. */
async function passwordFieldOf(deps: Deps, { invite, reseller }: ValidLinkState, name: unknown) {
  const { companyName, contactName, contactEmail } = invite
  const names = [companyName, contactName, contactEmail, reseller.name]
  return newPasswordField(deps, [...names, nameField.safeParse(name).data ?? ""])
}

/** What registering with this name and password would say about the password. Changes nothing; no errors where it isn't asked for. */
export async function checkNewPassword(
  deps: Deps,
  token: string,
  { name, password }: Record<string, unknown>,
): Promise<{ linkState: LinkState; errors: FieldError[] }> {
  const linkState = await openLink(deps, token)
  if (linkState.state !== "valid" || linkState.existingUser) return { linkState, errors: [] }
  const fields = z.object({ password: await passwordFieldOf(deps, linkState, name) })
  return { linkState, ...validateFields(fields, { password }) }
}

async function identifyByPassword(
  deps: Deps,
  { invite }: ValidLinkState,
  { id, name }: ExistingUser,
  input: Record<string, unknown>,
): Promise<IdentifyResult> {
  const { values, errors } = validateFields(passwordFields, input)
  if (errors.length > 0 || !values.password) return { errors }
  const user = { email: invite.contactEmail, condition: eq(users.id, id) }
  const checked = await guessPassword(deps, user, values.password)
  if (checked.isRight) return { name, usedPassword: checked }
  return { errors: [{ field: "password", code: "wrong_password", detail: en.fieldErrors.wrong_password }] }
}

async function identifySignedInUser({ name }: ExistingUser, input: Record<string, unknown>): Promise<IdentifyResult> {
  const { errors } = validateFields(termsFields, input)
  return errors.length > 0 ? { errors } : { name }
}
