import { and, eq, gt, isNotNull, isNull, sql } from "drizzle-orm"
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
  type Reseller,
  resellers,
  users,
} from "../storage/schema.ts"
import { auditRow } from "./audit.ts"
import { commit, type Statement } from "./commit.ts"
import type { Deps } from "./deps.ts"
import { type FieldError, isUniqueViolation } from "./failure.ts"
import { checkFields, line } from "./fields.ts"
import { suppressionOf } from "./invite-addresses.ts"
import { sendAgain } from "./invite-sending.ts"
import { changedBy, statusNow } from "./invites.ts"
import { hashPassword, PASSWORD_MAX, PASSWORD_MIN, verifyPassword } from "./password.ts"
import { type LinkClaims, readLink } from "./registration-link.ts"
import { queuedCustomerCreated, tell } from "./telling.ts"

/** What a registration link leads to. `mangled`: not signed by us, so nothing was looked up. */
export type Registration =
  | { state: "mangled" }
  | ({ state: "valid"; hasAccount: boolean } & Invitation)
  | ({ state: "superseded" | "expired" | "used" | "revoked" | "declined" } & Invitation)

type Invitation = { invite: Invite; reseller: Reseller; inviterName: string | null }

export type Acceptance =
  | { done: true; userId: string }
  | { done: false; registration: Registration; errors: FieldError[] }

/** The state of the invite behind a registration link. Changes nothing. At most one D1 round trip. */
export async function openRegistration(deps: Deps, token: string): Promise<Registration> {
  const link = await readLink(deps.linkKeys, token, "registration")
  if (!link) return { state: "mangled" }
  return (await look(deps, link)).registration
}

/**
 * Records that the contact opened the link, by their own action: the page's script, never the GET that a mail scanner also
 * makes. Told of once; nothing when the link does not register. Two D1 round trips.
 */
export async function recordOpening(deps: Deps, token: string): Promise<void> {
  const link = await readLink(deps.linkKeys, token, "registration")
  if (!link) return
  const { db, now } = deps
  const [invite] = await db.select({ resellerId: invites.resellerId }).from(invites).where(eq(invites.id, link.sub))
  if (!invite) return
  const invitee = { kind: "invitee" } as const
  const entry = auditRow(deps, invite.resellerId, invitee, "invite.opened", link.sub)
  const registers = and(
    eq(invites.id, link.sub),
    eq(invites.linkVersion, link.ver),
    eq(invites.status, "pending"),
    gt(invites.expiresAt, now()),
  )
  await commit(deps, [
    db
      .update(invites)
      .set({ openedAt: now() })
      .where(and(registers, isNotNull(invites.openedAt))),
    db
      .update(invites)
      .set({ openedAt: now(), changeId: entry.id })
      .where(and(registers, isNull(invites.openedAt))),
    ...tell(deps, entry, changedBy(link.sub, entry.id)),
  ])
}

export type Renewal = { isSent: boolean; registration: Registration }

/**
 * Sends the contact a new link for one that has run out or was replaced, to the address on record alone, whoever asks. Not to
 * one that gets no mail. Counts against the limits of a resend: throws `rate_limited`. Three D1 round trips.
 */
export async function renewLink(deps: Deps, token: string): Promise<Renewal> {
  const registration = await openRegistration(deps, token)
  if (registration.state !== "expired" && registration.state !== "superseded") return { isSent: false, registration }
  const { invite } = registration
  const [suppressed] = await suppressionOf(deps.db, invite.resellerId, invite.contactEmail)
  if (suppressed) return { isSent: false, registration }
  const invitee = { kind: "invitee", name: invite.contactName } as const
  await sendAgain(deps, invitee, invite, "invite.resent", invite.contactEmail)
  return { isSent: true, registration }
}

/**
 * Accepts an invite: customer, user, Admin membership, invite and audit in one batch, so that of many at once exactly
 * one makes an account. A person who has an account already proves it by its password and keeps it. Wrong fields and
 * links that do not register come back as data. Two D1 round trips.
 */
export async function acceptInvite(deps: Deps, token: string, input: Record<string, unknown>): Promise<Acceptance> {
  const link = await readLink(deps.linkKeys, token, "registration")
  if (!link) return { done: false, registration: { state: "mangled" }, errors: [] }
  const { registration, account } = await look(deps, link)
  if (registration.state !== "valid") return { done: false, registration, errors: [] }

  const refused = (errors: FieldError[]): Acceptance => ({ done: false, registration, errors })
  const person = account ? await known(account, input) : await newcomer(input)
  if ("errors" in person) return refused(person.errors)

  const { invite } = registration
  const now = deps.now()
  const userId = account?.id ?? newId("usr", now)
  const customerId = newId("cus", now)
  const invitee = { kind: "invitee", id: userId, name: person.name } as const
  const entry = auditRow(deps, invite.resellerId, invitee, "invite.accepted", invite.id)
  const accepted = changedBy(invite.id, entry.id)
  const followUps: Statement[] = [
    insertWhere(
      deps.db,
      customers,
      {
        id: customerId,
        resellerId: invite.resellerId,
        name: invite.companyName,
        billingAccountId: invite.billingAccountId,
        billingChanged: billingChanged(invite),
        createdAt: now,
      },
      accepted,
    ),
    insertWhere(deps.db, members, { userId, customerId, role: "admin", createdAt: now }, accepted),
    ...tell(deps, entry, accepted),
    queuedCustomerCreated(deps, invite.id, accepted),
  ]
  if (person.passwordHash) {
    const times = { createdAt: now, updatedAt: now }
    const terms = { termsAcceptedAt: now, termsUrl: deps.config.termsUrl }
    const user = { id: userId, name: person.name, email: invite.contactEmail, emailVerified: true, ...terms, ...times }
    const login = { providerId: "credential", accountId: userId, password: person.passwordHash }
    followUps.unshift(
      insertWhere(deps.db, users, user, accepted),
      insertWhere(deps.db, credentials, { id: newId("crd", now), userId, ...login, ...times }, accepted),
    )
  }
  try {
    const [changed] = await commit(deps, [
      deps.db
        .update(invites)
        .set({ status: "accepted", acceptedAt: now, customerId, changeId: entry.id })
        .where(
          and(
            eq(invites.id, invite.id),
            eq(invites.status, "pending"),
            eq(invites.linkVersion, link.ver),
            gt(invites.expiresAt, now),
          ),
        )
        .returning({ id: invites.id }),
      ...followUps,
    ])
    if (changed.length > 0) return { done: true, userId }
  } catch (error) {
    if (!isUniqueViolation(error, "users.email")) throw error
  }
  // Somebody was faster: the same link, a change by staff, or another invite that made this person's account.
  const { registration: after } = await look(deps, link)
  const errors = after.state === "valid" && after.hasAccount ? [{ ...ACCOUNT_EXISTS }] : []
  return { done: false, registration: after, errors }
}

const ACCOUNT_EXISTS: FieldError = {
  field: "password",
  code: "account_exists",
  detail: "You have an account already. Enter its password to accept.",
}

const acceptTerms = z.literal("on", "Accept the terms of service to go on.")

const newcomerFields = z.object({
  name: line("Enter your name."),
  password: z
    .string({ error: "Choose a password." })
    .min(PASSWORD_MIN, `Use ${PASSWORD_MIN} characters or more. A short sentence works well.`)
    .max(PASSWORD_MAX, `Use ${PASSWORD_MAX} characters or fewer.`),
  accept_terms: acceptTerms,
})

const knownFields = z.object({
  password: z.string({ error: "Enter your password." }).min(1, "Enter your password.").max(PASSWORD_MAX),
  accept_terms: acceptTerms,
})

type Person = { name: string; passwordHash?: string } | { errors: FieldError[] }

async function newcomer(input: Record<string, unknown>): Promise<Person> {
  const { values, errors } = checkFields(newcomerFields, input)
  if (errors.length > 0 || !values.name || !values.password) return { errors }
  return { name: values.name, passwordHash: await hashPassword(values.password) }
}

async function known(account: Account, input: Record<string, unknown>): Promise<Person> {
  const { values, errors } = checkFields(knownFields, input)
  if (errors.length > 0 || !values.password) return { errors }
  const right = account.hash && (await verifyPassword({ hash: account.hash, password: values.password }))
  if (right) return { name: account.name }
  const detail = "This is not the password of your account."
  return { errors: [{ field: "password", code: "wrong_password", detail }] }
}

type Account = { id: string; name: string; hash: string | null }

async function look(deps: Deps, link: LinkClaims): Promise<{ registration: Registration; account?: Account }> {
  const [found] = await deps.db
    .select({
      invite: invites,
      reseller: resellers,
      inviterName: sql<string | null>`(SELECT name FROM users AS inviter WHERE inviter.id = ${invites.invitedBy})`,
      accountId: users.id,
      accountName: users.name,
      accountHash: credentials.password,
    })
    .from(invites)
    .innerJoin(resellers, eq(resellers.id, invites.resellerId))
    .leftJoin(users, eq(users.email, invites.contactEmail))
    .leftJoin(credentials, and(eq(credentials.userId, users.id), eq(credentials.providerId, "credential")))
    .where(eq(invites.id, link.sub))
  if (!found) return { registration: { state: "mangled" } }
  const { accountId, accountName, accountHash, ...invitation } = found
  const account = accountId ? { id: accountId, name: accountName ?? "", hash: accountHash } : undefined
  const state = stateOf(found.invite, link, deps.now())
  const registration: Registration =
    state === "valid" ? { state, hasAccount: account !== undefined, ...invitation } : { state, ...invitation }
  return account ? { registration, account } : { registration }
}

function stateOf(invite: Invite, link: LinkClaims, now: Date): Exclude<Registration["state"], "mangled"> {
  const status = statusNow(invite, now)
  if (status === "accepted") return "used"
  if (status === "revoked" || status === "declined") return status
  if (link.ver !== invite.linkVersion) return "superseded"
  return status === "expired" ? "expired" : "valid"
}

/** True unless the reseller still has the billing account with the address and phone that the invite was made with. */
function billingChanged(invite: Invite) {
  return sql`NOT EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${billingAccounts.id} = ${invite.billingAccountId}
    AND ${billingAccounts.resellerId} = ${invite.resellerId} AND ${billingAccounts.email} = ${invite.billingEmail}
    AND ${billingAccounts.phone} = ${invite.billingPhone})`
}
