import { and, eq, type SQL, sql } from "drizzle-orm"
import type { SQLiteColumn } from "drizzle-orm/sqlite-core"
import * as z from "zod"
import { newId, newReference } from "../../storage/ids.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import {
  billingAccounts,
  credentials,
  customers,
  type Invite,
  invites,
  members,
  staff,
  termsAcceptances,
  users,
} from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import type { CheckedUser } from "../access/credentials.ts"
import { guessPassword } from "../access/guess-password.ts"
import { withHashSlot } from "../access/hash-slots.ts"
import { newPasswordField } from "../access/new-password.ts"
import { hashPassword } from "../access/password.ts"
import { type TokenClaims, verifyToken } from "../access/signed-token.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps, Terms } from "../deps.ts"
import { newAuditEntry } from "../events/audit-log.ts"
import { recordCustomerCreatedStatements, recordEventStatements } from "../events/record-event.ts"
import { insertPasskeyStatements, isPasskeyConflict } from "../factors/passkeys.ts"
import { type FieldError, isUniqueViolation } from "../failure.ts"
import { singleLine, validateFields } from "../validation.ts"
import { isLatestChange } from "./find.ts"
import {
  acceptTermsField,
  type IdentifyResult,
  type Identity,
  identifyByPasskey,
  PASSKEY_REFUSED,
  registerPasskey,
  signedInUserFields,
  type ValidLinkState,
} from "./identify-by-passkey.ts"
import { type ExistingUser, isRedeemable, type LinkState, loadLinkState, type SignedInUser } from "./link-state.ts"

type AcceptResult =
  | { isAccepted: true; userId: string; resellerId: string; customerId: string | null }
  | { isAccepted: false; needsSecondFactor: true; user: CheckedUser }
  | { isAccepted: false; needsSecondFactor: false; linkState: LinkState; errors: FieldError[] }

const refusal = (linkState: LinkState, errors: FieldError[] = []): AcceptResult => ({
  isAccepted: false,
  needsSecondFactor: false,
  linkState,
  errors,
})

/**
 * Accepts an invite in one batch: user, membership, accepted terms, invite, audit entry and, for a customer's invite, the customer.
 * Of many simultaneous attempts, exactly one succeeds. A person with an account must be signed in, use a passkey or enter the
 * password; if they also have a second factor, the password alone changes nothing (`needsSecondFactor`): they accept once they are
 * signed in. Invalid fields and links are returned as data. Throws `rate_limited` after too many wrong passwords, and while others
 * are hashed.
 */
export async function acceptInvite(
  deps: Deps,
  token: string,
  input: Record<string, unknown>,
  signedInUser?: SignedInUser,
): Promise<AcceptResult> {
  const link = await verifyToken(deps.linkKeys, token, "registration")
  if (!link) return refusal({ state: "invalid" })
  const accept = () => acceptWithLink(deps, link, input, signedInUser)
  return input.password ? withHashSlot(deps, accept) : accept()
}

async function acceptWithLink(
  deps: Deps,
  link: TokenClaims,
  input: Record<string, unknown>,
  signedInUser: SignedInUser | undefined,
): Promise<AcceptResult> {
  const linkState = await loadLinkState(deps, link, signedInUser)
  if (linkState.state !== "valid") return refusal(linkState)

  const person = await identify(deps, linkState, input)
  if ("errors" in person) return refusal(linkState, person.errors)
  const { existingUser } = linkState
  if (existingUser?.hasSecondFactor && person.usedPassword) {
    const { user, ifRight } = person.usedPassword
    await commit(deps, ifRight)
    return { isAccepted: false, needsSecondFactor: true, user: { id: user.id, linkVersion: user.linkVersion } }
  }
  const userId = existingUser?.id ?? newId("usr", deps.now())
  const { kind, resellerId } = linkState.invite
  const customerId = kind === "customer" ? newId("cus", deps.now()) : linkState.invite.customerId
  try {
    const isAccepted = await commitAcceptance(deps, link, linkState, { ...person, userId, customerId })
    if (isAccepted) return { isAccepted: true, userId, resellerId, customerId }
  } catch (error) {
    if (isPasskeyConflict(error)) return refusal(linkState, [PASSKEY_REFUSED])
    if (!isUniqueViolation(error, "users.email")) throw error
  }
  // Something else was faster: the same link, a change by staff, or another invite that created this person's account.
  const latestState = await loadLinkState(deps, link, signedInUser)
  return refusal(latestState, latestState.state === "valid" && latestState.existingUser ? [{ ...ACCOUNT_EXISTS }] : [])
}

type NewMember = Identity & { userId: string; customerId: string | null }

/** Writes an acceptance if the link is still valid. Returns whether it was. */
async function commitAcceptance(
  deps: Deps,
  link: TokenClaims,
  { invite, terms }: ValidLinkState,
  member: NewMember,
): Promise<boolean> {
  const { db } = deps
  const now = deps.now()
  const { userId, customerId, name, passwordHash, newPasskey, usedPasskey, usedPassword } = member
  const entry = newAuditEntry(
    deps,
    invite.resellerId,
    { kind: "contact", id: userId, name },
    "invite.accepted",
    invite.id,
  )
  const isAccepted = isLatestChange(invite.id, entry.id)
  const timestamps = { createdAt: now, updatedAt: now }
  const user = {
    id: userId,
    name,
    email: invite.contactEmail,
    emailVerified: true,
    reference: newReference(),
    ...timestamps,
  }
  const credential = {
    id: newId("crd", now),
    userId,
    providerId: "credential",
    accountId: userId,
    password: passwordHash,
  }
  const termsAcceptance = { id: newId("trm", now), userId, inviteId: invite.id, customerId, ...terms, acceptedAt: now }
  const owner = { userId, handle: invite.id, name: "Passkey" }
  const identityStatements: Statement[] = [
    ...(passwordHash || newPasskey ? [insertSelect(db, users, user, isAccepted)] : []),
    ...(passwordHash ? [insertSelect(db, credentials, { ...credential, ...timestamps }, isAccepted)] : []),
    ...(newPasskey ? insertPasskeyStatements(deps, newPasskey, owner, isAccepted) : []),
  ]
  const statements = [
    db
      .update(invites)
      .set({
        status: "accepted",
        acceptedAt: now,
        openedAt: sql`coalesce(${invites.openedAt}, ${now.getTime()})`,
        formStartedAt: sql`coalesce(${invites.formStartedAt}, ${now.getTime()})`,
        customerId,
        lastChangeId: entry.id,
      })
      .where(and(isRedeemable(deps, link), usedPasskey?.isUsed))
      .returning({ id: invites.id }),
    ...identityStatements,
    ...membershipStatements(deps, invite, member, isAccepted),
    insertSelect(db, termsAcceptances, termsAcceptance, isAccepted),
    ...recordEventStatements(deps, entry, isAccepted),
    ...(invite.kind === "customer" ? recordCustomerCreatedStatements(deps, invite.id, isAccepted) : []),
    ...(usedPassword?.ifRight ?? []),
  ] as const
  const [updated] = await commit(deps, statements, usedPasskey?.statements)
  return updated.length > 0
}

/**
 * The statements that create the membership, from the invite as it is in the batch: it may be edited while the contact fills in
 * the form. An existing membership stays as it is.
 */
function membershipStatements(
  { db, now }: Deps,
  invite: Invite,
  { userId, customerId }: NewMember,
  isAccepted: SQL,
): Statement[] {
  const { id, kind, resellerId } = invite
  const createdAt = now()
  const inviteColumnSql = (column: SQLiteColumn) => sql`(SELECT ${column} FROM ${invites} WHERE ${invites.id} = ${id})`
  const role = inviteColumnSql(invites.role)
  const locale = inviteColumnSql(invites.locale)
  if (kind === "staff") {
    return [insertSelect(db, staff, { userId, resellerId, role, createdAt }, isAccepted).onConflictDoNothing()]
  }
  if (!customerId) throw new Error("the invite has no customer")
  if (kind === "member") {
    return [
      insertSelect(db, members, { userId, customerId, role, locale, createdAt }, isAccepted).onConflictDoNothing(),
    ]
  }
  const customer = {
    id: customerId,
    resellerId,
    name: inviteColumnSql(invites.companyName),
    billingAccountId: inviteColumnSql(invites.billingAccountId),
    billingNeedsReview: billingNeedsReviewSql(id),
    createdAt,
  }
  return [
    insertSelect(db, customers, customer, isAccepted),
    insertSelect(db, members, { userId, customerId, role: "admin", locale, createdAt }, isAccepted),
  ]
}

const ACCOUNT_EXISTS: FieldError = {
  field: "password",
  code: "account_exists",
  detail: en.fieldErrors.account_exists,
}

/** Identifies terms in a form, so that nobody accepts terms that they haven't seen. */
export const termsKey = ({ url, version }: Terms) => `${version} ${url}`

async function identify(
  deps: Deps,
  linkState: ValidLinkState,
  input: Record<string, unknown>,
): Promise<IdentifyResult> {
  const { existingUser, isForSignedInUser, terms } = linkState
  if (input.terms_shown !== undefined && input.terms_shown !== termsKey(terms)) {
    return { errors: [{ field: "accept_terms", code: "terms_changed", detail: en.fieldErrors.terms_changed }] }
  }
  const passkey = typeof input.passkey === "string" ? input.passkey : ""
  if (!existingUser && passkey) return registerPasskey(deps, linkState, passkey, input)
  if (!existingUser) return identifyNewUser(deps, linkState, input)
  if (isForSignedInUser) return identifySignedInUser(existingUser, input)
  return passkey
    ? identifyByPasskey(deps, linkState, existingUser, passkey, input)
    : identifyByPassword(deps, linkState, existingUser, input)
}

const nameField = singleLine(en.fieldErrors.required.name)

async function identifyNewUser(
  { config }: Deps,
  { invite, reseller }: ValidLinkState,
  input: Record<string, unknown>,
): Promise<IdentifyResult> {
  const { companyName, contactName, contactEmail } = invite
  const names = [companyName, contactName, contactEmail, reseller.name, config.platformName, "Vestibule"]
  const fields = z.object({
    name: nameField,
    password: newPasswordField([...names, nameField.safeParse(input.name).data ?? ""]),
    accept_terms: acceptTermsField,
  })
  const { values, errors } = validateFields(fields, input)
  if (errors.length > 0 || !values.name || !values.password) return { errors }
  return { name: values.name, passwordHash: await hashPassword(values.password) }
}

const existingUserFields = z.object({
  password: z.string({ error: en.fieldErrors.required.password }).min(1, en.fieldErrors.required.password),
  accept_terms: acceptTermsField,
})

async function identifyByPassword(
  deps: Deps,
  { invite }: ValidLinkState,
  { id, name }: ExistingUser,
  input: Record<string, unknown>,
): Promise<IdentifyResult> {
  const { values, errors } = validateFields(existingUserFields, input)
  if (errors.length > 0 || !values.password) return { errors }
  const user = { email: invite.contactEmail, condition: eq(users.id, id) }
  const checked = await guessPassword(deps, user, values.password)
  if (checked.isRight) return { name, usedPassword: checked }
  return { errors: [{ field: "password", code: "wrong_password", detail: en.fieldErrors.wrong_password }] }
}

async function identifySignedInUser({ name }: ExistingUser, input: Record<string, unknown>): Promise<IdentifyResult> {
  const { errors } = validateFields(signedInUserFields, input)
  return errors.length > 0 ? { errors } : { name }
}

/** SQL condition: the billing account was deleted, or its email address or phone number changed since the invite. */
function billingNeedsReviewSql(inviteId: string) {
  return sql`NOT EXISTS (SELECT 1 FROM ${invites} JOIN ${billingAccounts} ON ${billingAccounts.id} = ${invites.billingAccountId}
    AND ${billingAccounts.resellerId} = ${invites.resellerId} AND ${billingAccounts.email} = ${invites.billingEmail}
    AND ${billingAccounts.phone} = ${invites.billingPhone} WHERE ${invites.id} = ${inviteId})`
}
