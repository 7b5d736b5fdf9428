import { and, type SQL, sql } from "drizzle-orm"
import { newId, newReference } from "../../storage/ids.ts"
import { insertFrom, insertSelect } from "../../storage/insert-select.ts"
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
import type { Locale } from "../../text/locales.ts"
import { type CheckedUser, newPasswordCredential } from "../access/credentials.ts"
import { type TokenClaims, verifyToken } from "../access/signed-token.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { type NewAuditEntry, newAuditEntry } from "../events/audit-log.ts"
import { recordChangeStatements, recordNewCustomerStatements } from "../events/record-change.ts"
import { memberJoinedStatements } from "../events/record-event.ts"
import { insertPasskeyStatements, isPasskeyConflict } from "../factors/passkeys.ts"
import { ensureRecoveryCodes, type RecoveryCodes } from "../factors/recovery-codes.ts"
import { type FieldError, isUniqueViolation } from "../failure.ts"
import { isLatestChange } from "./find.ts"
import { reachedColumns } from "./funnel-step.ts"
import { type Identity, identify, PASSKEY_REFUSED, type ValidLinkState } from "./identify.ts"
import { isRedeemable, type LinkState, loadLinkState, type SignedInUser } from "./link-state.ts"

/** `recoveryCodes`: those of a person who registered with a passkey; none for others. */
export type AcceptedInvite = {
  isAccepted: true
  userId: string
  customerId: string | null
  linkState: ValidLinkState
  recoveryCodes: RecoveryCodes
}

type AcceptResult =
  | AcceptedInvite
  | { isAccepted: false; needsSecondFactor: true; user: CheckedUser; linkState: ValidLinkState }
  | { isAccepted: false; needsSecondFactor: false; linkState: LinkState; errors: FieldError[] }

const refusal = (linkState: LinkState, errors: FieldError[] = []): AcceptResult => ({
  isAccepted: false,
  needsSecondFactor: false,
  linkState,
  errors,
})

/**
 * Accepts an invite in one batch: user, recovery codes if they chose a passkey, membership, accepted terms, invite, audit entry and,
 * for a customer's invite, the customer. Of many simultaneous attempts, exactly one succeeds. A person with an account must be signed
 * in, use a passkey or enter the password; if they also have a second factor, the password alone changes nothing
 * (`needsSecondFactor`): they accept once they are signed in. `locale` is the language that the contact chose, if not the invite's.
 * Invalid fields and links are returned as data. Throws `rate_limited` after too many wrong passwords, and while others are hashed.
 */
export async function acceptInvite(
  deps: Deps,
  token: string,
  input: Record<string, unknown>,
  { signedInUser, locale }: { signedInUser?: SignedInUser | undefined; locale?: Locale | undefined } = {},
): Promise<AcceptResult> {
  const link = await verifyToken(deps.linkKeys, token, "registration")
  if (!link) return refusal({ state: "invalid" })
  const linkState = await loadLinkState(deps, link, signedInUser)
  if (linkState.state !== "valid") return refusal(linkState)

  const person = await identify(deps, linkState, input)
  if ("errors" in person) return refusal(linkState, person.errors)
  const { existingUser } = linkState
  if (existingUser?.hasSecondFactor && person.usedPassword) {
    const { user, ifRight } = person.usedPassword
    await commit(deps, ifRight)
    return {
      isAccepted: false,
      needsSecondFactor: true,
      user: { id: user.id, linkVersion: user.linkVersion },
      linkState,
    }
  }
  const userId = existingUser?.id ?? newId("usr", deps.now())
  const { invite } = linkState
  const customerId = invite.kind === "customer" ? newId("cus", deps.now()) : invite.customerId
  try {
    const recoveryCodes = await commitAcceptance(deps, link, linkState, { ...person, userId, customerId, locale })
    if (recoveryCodes) return { isAccepted: true, userId, customerId, linkState, recoveryCodes }
  } catch (error) {
    if (isPasskeyConflict(error)) return refusal(linkState, [PASSKEY_REFUSED])
    if (!isUniqueViolation(error, "users.email")) throw error
  }
  // Something else was faster: the same link, a change by staff, or another invite that created this person's account.
  const latestState = await loadLinkState(deps, link, signedInUser)
  return refusal(latestState, latestState.state === "valid" && latestState.existingUser ? [{ ...ACCOUNT_EXISTS }] : [])
}

type NewMember = Identity & { userId: string; customerId: string | null; locale: Locale | undefined }

/** Writes an acceptance if the link is still valid. Returns new recovery codes, if the person needs any; undefined if it wasn't. */
async function commitAcceptance(
  deps: Deps,
  link: TokenClaims,
  { invite, terms }: ValidLinkState,
  member: NewMember,
): Promise<RecoveryCodes | undefined> {
  const { db } = deps
  const now = deps.now()
  const { userId, customerId, name, newPasskey, usedPasskey, usedPassword } = member
  const contact = { kind: "contact", id: userId, name } as const
  const entry = newAuditEntry(deps, invite.resellerId, contact, "invite.accepted", invite.id)
  const isAccepted = isLatestChange(invite.id, entry.id)
  const termsAcceptance = { id: newId("trm", now), userId, inviteId: invite.id, customerId, ...terms, acceptedAt: now }
  const newCodes = newPasskey && (await ensureRecoveryCodes(deps, userId, isAccepted))
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
        ...reachedColumns("accepted", now),
      })
      .where(and(isRedeemable(deps, link), usedPasskey?.isUsed))
      .returning({ id: invites.id }),
    ...newUserStatements(deps, invite, member, isAccepted),
    ...(newCodes ? [newCodes.statement] : []),
    ...membershipStatements(deps, invite, member, entry, isAccepted),
    insertSelect(db, termsAcceptances, termsAcceptance, isAccepted),
    ...(usedPassword?.ifRight ?? []),
  ] as const
  const [updated] = await commit(deps, statements, usedPasskey?.statements)
  return updated.length > 0 ? (newCodes?.codes ?? []) : undefined
}

/** The statements that create a new user with their password or passkey; none for an existing user. */
function newUserStatements(
  deps: Deps,
  { id: handle, contactEmail: email, locale: inviteLocale }: Invite,
  { userId, name, passwordHash, newPasskey, locale = inviteLocale }: NewMember,
  isAccepted: SQL,
): Statement[] {
  if (!passwordHash && !newPasskey) return []
  const { db } = deps
  const now = deps.now()
  const reference = newReference()
  const user = { id: userId, name, email, emailVerified: true, reference, locale, createdAt: now, updatedAt: now }
  return [
    insertSelect(db, users, user, isAccepted),
    ...(passwordHash
      ? [insertSelect(db, credentials, newPasswordCredential(userId, passwordHash, now), isAccepted)]
      : []),
    ...(newPasskey ? insertPasskeyStatements(deps, newPasskey, { userId, handle, name: "Passkey" }, isAccepted) : []),
  ]
}

/**
 * The statements that create the membership, from the invite as it is in the batch: it may be edited while the contact fills in
 * the form; and the audit entry with its events. An existing membership stays as it is.
 */
function membershipStatements(
  deps: Deps,
  invite: Invite,
  { userId, customerId }: NewMember,
  entry: NewAuditEntry,
  isAccepted: SQL,
): Statement[] {
  const { db, now } = deps
  const { id, kind, resellerId } = invite
  const createdAt = now()
  const role = sql`(SELECT ${invites.role} FROM ${invites} WHERE ${invites.id} = ${id})`
  if (kind === "staff") {
    return [
      insertSelect(db, staff, { userId, resellerId, role, createdAt }, isAccepted).onConflictDoNothing(),
      ...recordChangeStatements(deps, [entry]),
    ]
  }
  if (!customerId) throw new Error("the invite has no customer")
  const member = { userId, customerId }
  if (kind === "member") {
    const isNewMember = sql`${isAccepted} AND NOT EXISTS (SELECT 1 FROM ${members}
      WHERE ${members.userId} = ${userId} AND ${members.customerId} = ${customerId})`
    return [
      ...recordChangeStatements(deps, [entry]),
      ...memberJoinedStatements(deps, member, isNewMember),
      insertSelect(db, members, { ...member, role, createdAt }, isAccepted).onConflictDoNothing(),
    ]
  }
  const customer = {
    id: customerId,
    resellerId,
    name: sql`${invites.companyName}`,
    companyKey: sql`${invites.companyKey}`,
    billingAccountId: sql`${invites.billingAccountId}`,
    billingNeedsReview: BILLING_NEEDS_REVIEW,
    externalId: sql`${invites.externalId}`,
    metadata: sql`${invites.metadata}`,
    createdAt,
    updatedAt: createdAt,
  }
  return [
    insertFrom(db, customers, customer, sql`FROM ${invites} WHERE ${invites.id} = ${id} AND ${isAccepted}`),
    insertSelect(db, members, { ...member, role: "admin", createdAt }, isAccepted),
    ...recordNewCustomerStatements(deps, entry, member),
  ]
}

const ACCOUNT_EXISTS: FieldError = {
  field: "password",
  code: "account_exists",
  detail: en.fieldErrors.account_exists,
}

/** SQL condition: the billing account was deleted, or its email address or phone number changed since the invite. */
const BILLING_NEEDS_REVIEW = sql`NOT EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${billingAccounts.id} = ${invites.billingAccountId}
  AND ${billingAccounts.resellerId} = ${invites.resellerId} AND ${billingAccounts.email} = ${invites.billingEmail}
  AND ${billingAccounts.phone} = ${invites.billingPhone})`
