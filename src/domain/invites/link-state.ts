import { and, eq, gt, isNull, type SQL, sql } from "drizzle-orm"
import type { SQLiteColumn } from "drizzle-orm/sqlite-core"
import { aliasedColumns } from "../../storage/aliased-columns.ts"
import {
  emailCodes,
  type Invite,
  invites,
  members,
  type Reseller,
  resellers,
  staff,
  users,
} from "../../storage/schema.ts"
import { type TokenClaims, verifyToken } from "../access/signed-token.ts"
import { commit } from "../commit.ts"
import type { Deps, Terms } from "../deps.ts"
import { newAuditEntry } from "../events/audit-log.ts"
import { recordEventStatements } from "../events/record-event.ts"
import { hasFactor } from "../factors/has-factor.ts"
import { reachedColumns } from "./funnel-step.ts"
import { currentStatus } from "./status.ts"

/** The signed-in user who opens a link. */
export type SignedInUser = { id: string; name: string; email: string }

/**
 * The state of a registration link. `invalid`: not signed by us, so nothing was looked up. `needs_code`: a copied link, which
 * requires an email code. `wrong_user`: someone else is signed in. `email_changed`: the invite has another address now, which
 * visitors don't see. `suspended`: the reseller is suspended. `accepted`: the contact joined; `isInAccount` unless they left.
 */
export type LinkState =
  | { state: "invalid" }
  | ({ state: "valid"; existingUser: ExistingUser | undefined } & LinkContext)
  | ({ state: "needs_code"; isCodeSent: boolean } & LinkContext)
  | ({ state: "wrong_user" } & LinkContext)
  | ({ state: "accepted"; isInAccount: boolean } & LinkContext)
  | ({ state: "superseded" | "email_changed" | "suspended" | "expired" | "revoked" | "declined" } & LinkContext)

type LinkContext = {
  invite: Invite
  reseller: Reseller
  inviterName: string | null
  terms: Terms
  signedInUser: SignedInUser | undefined
  /** True if the signed-in user is the contact. */
  isForSignedInUser: boolean
}

/** The existing user with the contact's address. */
export type ExistingUser = { id: string; name: string; hasSecondFactor: boolean }

/** Loads the state of a registration link. Changes nothing. */
export async function openLink(deps: Deps, token: string, signedInUser?: SignedInUser): Promise<LinkState> {
  const link = await verifyToken(deps.linkKeys, token, "registration")
  return link ? loadLinkState(deps, link, signedInUser) : { state: "invalid" }
}

/**
 * Records that the contact opened the link or started the form: an event the first time, and the time of the latest opening. Only a
 * POST from the page may call it, because email scanners send GETs. Ignores invalid links, copied links and other signed-in users.
 */
export async function recordProgress(
  deps: Deps,
  token: string,
  step: "opened" | "started",
  signedInUser?: SignedInUser,
): Promise<void> {
  const link = await verifyToken(deps.linkKeys, token, "registration")
  if (link?.via !== "email") return
  const { db, now } = deps
  const { id, resellerId, contactEmail } = invites
  const [invite] = await db
    .select({ id, resellerId, contactEmail })
    .from(invites)
    .where(eq(invites.reference, link.reference))
  if (!invite || (signedInUser && signedInUser.email !== invite.contactEmail)) return
  const contact = { kind: "contact" } as const
  const openedEntry = newAuditEntry(deps, invite.resellerId, contact, "invite.opened", invite.id)
  const startedEntry = newAuditEntry(deps, invite.resellerId, contact, "invite.form_started", invite.id)
  const isLinkRedeemable = isRedeemable(deps, link)
  const isFirst = (column: SQLiteColumn) =>
    sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${and(isLinkRedeemable, isNull(column))})`
  // The events are recorded before the columns are set, so that only the first time counts. `lastChangeId` stays the same, so that
  // open edit forms aren't outdated, and `updatedAt` because the API doesn't show what changes.
  await commit(deps, [
    ...recordEventStatements(deps, openedEntry, isFirst(invites.openedAt)),
    db
      .update(invites)
      .set({ openedAt: now(), updatedAt: sql`updated_at`, ...reachedColumns("opened", now()) })
      .where(isLinkRedeemable),
    ...(step === "started"
      ? [
          ...recordEventStatements(deps, startedEntry, isFirst(invites.formStartedAt)),
          db
            .update(invites)
            .set({ formStartedAt: now(), updatedAt: sql`updated_at`, ...reachedColumns("started", now()) })
            .where(and(isLinkRedeemable, isNull(invites.formStartedAt))),
        ]
      : []),
  ])
}

/** SQL condition: the link is still valid, its token's expiry included. Guards the statements that use it. */
export function isRedeemable({ now }: Pick<Deps, "now">, link: TokenClaims): SQL | undefined {
  return and(
    link.expiresAt > now() ? undefined : sql`FALSE`,
    eq(invites.reference, link.reference),
    eq(invites.linkVersion, link.version),
    eq(invites.status, "pending"),
    gt(invites.expiresAt, now()),
    sql`NOT EXISTS (SELECT 1 FROM resellers AS reseller WHERE reseller.id = ${invites.resellerId} AND reseller.suspended_at IS NOT NULL)`,
  )
}

/** How many attempts a code allows. */
export const CODE_MAX_ATTEMPTS = 5

/** The state of a verified link. */
export async function loadLinkState(deps: Deps, link: TokenClaims, signedInUser?: SignedInUser): Promise<LinkState> {
  const [[row]] = await deps.read([
    deps.db
      .select({
        invite: aliasedColumns(invites, "invite"),
        reseller: aliasedColumns(resellers, "reseller"),
        inviterName: sql<string | null>`(SELECT name FROM users AS inviter WHERE inviter.id = ${invites.invitedBy})`.as(
          "inviter_name",
        ),
        user: aliasedColumns(users, "user"),
        hasSecondFactor: sql`${hasFactor(users.id)}`.mapWith(Boolean).as("has_second_factor"),
        code: aliasedColumns(emailCodes, "code"),
        isInAccount: isInAccountSql().as("is_in_account"),
      })
      .from(invites)
      .innerJoin(resellers, eq(resellers.id, invites.resellerId))
      .leftJoin(users, eq(users.email, invites.contactEmail))
      .leftJoin(emailCodes, eq(emailCodes.inviteId, invites.id))
      .where(eq(invites.reference, link.reference)),
  ])
  if (!row || row.invite.purgedAt) return { state: "invalid" }
  const { invite, reseller, inviterName, user, hasSecondFactor, code } = row
  const isForSignedInUser = signedInUser !== undefined && signedInUser.email === invite.contactEmail
  const context = {
    invite,
    reseller,
    inviterName,
    terms: applicableTerms(deps, invite, reseller),
    signedInUser,
    isForSignedInUser,
  }
  const state = linkStateName(invite, reseller, link, deps.now())
  if (state === "accepted") return { state, isInAccount: row.isInAccount === 1, ...context }
  if (state !== "valid") return { state, ...context }
  if (signedInUser && !isForSignedInUser) return { state: "wrong_user", ...context }
  if (link.via === "copy" && !isForSignedInUser) {
    const isCodeUsable =
      code.linkVersion === link.version && code.attempts < CODE_MAX_ATTEMPTS && code.expiresAt > deps.now()
    return { state: "needs_code", isCodeSent: isCodeUsable, ...context }
  }
  const existingUser = user.id === null ? undefined : { id: user.id, name: user.name, hasSecondFactor }
  return { state, existingUser, ...context }
}

/** SQL: 1 if the user with the contact's address belongs to the account that the invite was for. */
function isInAccountSql() {
  return sql<number>`(EXISTS (SELECT 1 FROM ${members} WHERE ${members.userId} = ${users.id} AND ${members.customerId} = ${invites.customerId})
    OR EXISTS (SELECT 1 FROM ${staff} WHERE ${staff.userId} = ${users.id} AND ${staff.resellerId} = ${invites.resellerId}
      AND ${invites.kind} = 'staff'))`
}

/** The terms to accept: the reseller's for a customer's members, the deployment's for staff. */
function applicableTerms(
  { config }: Pick<Deps, "config">,
  { kind }: Pick<Invite, "kind">,
  reseller: Pick<Reseller, "termsUrl" | "termsVersion">,
): Terms {
  const { termsUrl: url, termsVersion: version } = reseller
  return url && version && kind !== "staff" ? { url, version } : config.terms
}

function linkStateName(invite: Invite, reseller: Reseller, link: TokenClaims, now: Date) {
  if (link.version < invite.emailSinceVersion) return "email_changed"
  const status = currentStatus(invite, now)
  if (status === "accepted") return "accepted"
  if (status === "revoked" || status === "declined") return status
  if (reseller.suspendedAt) return "suspended"
  if (status === "expired") return "expired" // even with the newest link
  if (link.version !== invite.linkVersion) return "superseded"
  return link.expiresAt > now ? "valid" : "expired"
}
