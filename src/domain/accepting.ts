import { type SQL, sql } from "drizzle-orm"
import type { SQLiteColumn } from "drizzle-orm/sqlite-core"
import * as z from "zod"
import { newId } from "../storage/ids.ts"
import { insertWhere } from "../storage/insert-where.ts"
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
} from "../storage/schema.ts"
import { auditRow } from "./audit.ts"
import { commit, type Statement } from "./commit.ts"
import type { Deps, Terms } from "./deps.ts"
import { type FieldError, isUniqueViolation } from "./failure.ts"
import { checkFields, line } from "./fields.ts"
import { changedBy } from "./invites.ts"
import { hashPassword, PASSWORD_MAX, verifyPassword } from "./password.ts"
import { passwordProblem } from "./password-rules.ts"
import { type Account, look, type Registration, registers, type Visitor } from "./registration.ts"
import { type LinkClaims, readLink } from "./registration-link.ts"
import { queuedCustomerCreated, tell } from "./telling.ts"

export type Acceptance =
  | { done: true; userId: string; resellerId: string; customerId: string | null }
  | { done: false; registration: Registration; errors: FieldError[] }

type Valid = Extract<Registration, { state: "valid" }>

/**
 * Accepts an invite: user, place in the account, terms, invite and audit in one batch, and for a customer's invite the customer
 * with its Admin, so that of many at once exactly one makes an account. A person who has an account already is signed in as
 * themselves, or proves it by its password, and keeps it. Wrong fields and links that do not register come back as data. Two
 * D1 round trips.
 */
export async function acceptInvite(
  deps: Deps,
  token: string,
  input: Record<string, unknown>,
  visitor?: Visitor,
): Promise<Acceptance> {
  const link = await readLink(deps.linkKeys, token, "registration")
  if (!link) return { done: false, registration: { state: "mangled" }, errors: [] }
  const registration = await look(deps, link, visitor)
  if (registration.state !== "valid") return { done: false, registration, errors: [] }

  const person = await personOf(deps, registration, input)
  if ("errors" in person) return { done: false, registration, errors: person.errors }
  const userId = registration.account?.id ?? newId("usr", deps.now())
  const { kind, resellerId } = registration.invite
  const customerId = kind === "customer" ? newId("cus", deps.now()) : registration.invite.customerId
  try {
    const isDone = await join(deps, link, registration, { ...person, userId, customerId })
    if (isDone) return { done: true, userId, resellerId, customerId }
  } catch (error) {
    if (!isUniqueViolation(error, "users.email")) throw error
  }
  // Somebody was faster: the same link, a change by staff, or another invite that made this person's account.
  const after = await look(deps, link, visitor)
  const errors = after.state === "valid" && after.account ? [{ ...ACCOUNT_EXISTS }] : []
  return { done: false, registration: after, errors }
}

type Joining = { name: string; passwordHash?: string; userId: string; customerId: string | null }

/** Everything that accepting writes, if the link still registers. Returns whether it did. */
async function join(deps: Deps, link: LinkClaims, { invite, terms }: Valid, person: Joining): Promise<boolean> {
  const { db } = deps
  const now = deps.now()
  const { userId, customerId, name, passwordHash } = person
  const entry = auditRow(deps, invite.resellerId, { kind: "contact", id: userId, name }, "invite.accepted", invite.id)
  const accepted = changedBy(invite.id, entry.id)
  const times = { createdAt: now, updatedAt: now }
  const user = { id: userId, name, email: invite.contactEmail, emailVerified: true, ...times }
  const login = { id: newId("crd", now), userId, providerId: "credential", accountId: userId, password: passwordHash }
  const acceptance = { id: newId("trm", now), userId, inviteId: invite.id, customerId, ...terms, acceptedAt: now }
  const newcomer: Statement[] = passwordHash
    ? [insertWhere(db, users, user, accepted), insertWhere(db, credentials, { ...login, ...times }, accepted)]
    : []
  const [changed] = await commit(deps, [
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
      .where(registers(deps, link))
      .returning({ id: invites.id }),
    ...newcomer,
    ...placeOf(deps, invite, person, accepted),
    insertWhere(db, termsAcceptances, acceptance, accepted),
    ...tell(deps, entry, accepted),
    ...(invite.kind === "customer" ? [queuedCustomerCreated(deps, invite.id, accepted)] : []),
  ])
  return changed.length > 0
}

/**
 * The statements that give somebody the place that they were invited to, as the invite is at that very moment: it may be
 * corrected while they choose a password. Whoever has a place in the account already keeps theirs.
 */
function placeOf({ db, now }: Deps, invite: Invite, { userId, customerId }: Joining, accepted: SQL): Statement[] {
  const { id, kind, resellerId } = invite
  const createdAt = now()
  const asInvited = (column: SQLiteColumn) => sql`(SELECT ${column} FROM ${invites} WHERE ${invites.id} = ${id})`
  const role = asInvited(invites.role)
  if (kind === "staff") {
    return [insertWhere(db, staff, { userId, resellerId, role, createdAt }, accepted).onConflictDoNothing()]
  }
  if (!customerId) throw new Error("the invite leads to no customer")
  if (kind === "member") {
    return [insertWhere(db, members, { userId, customerId, role, createdAt }, accepted).onConflictDoNothing()]
  }
  const customer = {
    id: customerId,
    resellerId,
    name: asInvited(invites.companyName),
    billingAccountId: asInvited(invites.billingAccountId),
    billingNeedsReview: billingNeedsReview(id),
    createdAt,
  }
  return [
    insertWhere(db, customers, customer, accepted),
    insertWhere(db, members, { userId, customerId, role: "admin", createdAt }, accepted),
  ]
}

const ACCOUNT_EXISTS: FieldError = {
  field: "password",
  code: "account_exists",
  detail: "You have an account already. Enter its password to accept.",
}

/** What names terms in a form, so that nobody accepts others than they were shown. */
export const termsShown = ({ url, version }: Terms) => `${version} ${url}`

const acceptTerms = z.literal("on", "Accept the terms of service to go on.")

type Person = { name: string; passwordHash?: string } | { errors: FieldError[] }

async function personOf(deps: Deps, registration: Valid, input: Record<string, unknown>): Promise<Person> {
  const { account, isVisitors, terms } = registration
  if (input.terms_shown !== undefined && input.terms_shown !== termsShown(terms)) {
    const detail = "The terms have changed since you opened this page. Read them, and accept them again."
    return { errors: [{ field: "accept_terms", code: "terms_changed", detail }] }
  }
  if (!account) return newcomer(deps, registration, input)
  return isVisitors ? signedIn(account, input) : known(account, input)
}

async function newcomer(
  { config }: Deps,
  { invite, reseller }: Valid,
  input: Record<string, unknown>,
): Promise<Person> {
  const { companyName, contactName, contactEmail } = invite
  const names = [companyName, contactName, contactEmail, reseller.name, config.platformName, "Vestibule"]
  const fields = z.object({
    name: line("Enter your name."),
    password: z.string({ error: "Choose a password." }).superRefine((password, context) => {
      const problem = passwordProblem(password, [...names, String(input.name ?? "")])
      if (problem) context.addIssue(problem)
    }),
    accept_terms: acceptTerms,
  })
  const { values, errors } = checkFields(fields, input)
  if (errors.length > 0 || !values.name || !values.password) return { errors }
  return { name: values.name, passwordHash: await hashPassword(values.password) }
}

const knownFields = z.object({
  password: z.string({ error: "Enter your password." }).min(1, "Enter your password.").max(PASSWORD_MAX),
  accept_terms: acceptTerms,
})

async function known(account: Account, input: Record<string, unknown>): Promise<Person> {
  const { values, errors } = checkFields(knownFields, input)
  if (errors.length > 0 || !values.password) return { errors }
  const right = account.hash && (await verifyPassword({ hash: account.hash, password: values.password }))
  if (right) return { name: account.name }
  const detail = "This is not the password of your account."
  return { errors: [{ field: "password", code: "wrong_password", detail }] }
}

const signedInFields = z.object({ accept_terms: acceptTerms })

async function signedIn({ name }: Account, input: Record<string, unknown>): Promise<Person> {
  const { errors } = checkFields(signedInFields, input)
  return errors.length > 0 ? { errors } : { name }
}

/** True unless the reseller still has the billing account with the address and phone that the invite was made with. */
function billingNeedsReview(inviteId: string) {
  return sql`NOT EXISTS (SELECT 1 FROM ${invites} JOIN ${billingAccounts} ON ${billingAccounts.id} = ${invites.billingAccountId}
    AND ${billingAccounts.resellerId} = ${invites.resellerId} AND ${billingAccounts.email} = ${invites.billingEmail}
    AND ${billingAccounts.phone} = ${invites.billingPhone} WHERE ${invites.id} = ${inviteId})`
}
