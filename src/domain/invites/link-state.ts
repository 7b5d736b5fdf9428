import { and, eq, gt, isNull, type SQL, sql } from "drizzle-orm"
import type { SQLiteColumn } from "drizzle-orm/sqlite-core"
import { aliasedColumns } from "../../storage/aliased-columns.ts"
import { credentials, emailCodes, type Invite, invites, type Reseller, resellers, users } from "../../storage/schema.ts"
import { commit } from "../commit.ts"
import type { Deps, Terms } from "../deps.ts"
import { newAuditEntry } from "../events/audit-log.ts"
import { recordEventStatements } from "../events/record.ts"
import { suppressionQuery } from "../mail/suppressions.ts"
import { type LinkClaims, verifyLinkToken } from "./link-token.ts"
import { queueResend } from "./resend.ts"
import { currentStatus } from "./status.ts"

/** Who is signed in where a link is opened. */
export type SignedInUser = { id: string; name: string; email: string }

/**
 * What a registration link leads to. `invalid`: not signed by us, so nothing was looked up. `needs_code`: a copied link, so that
 * whoever holds it has yet to prove that the contact's mailbox is theirs. `wrong_user`: somebody else is signed in.
 * `email_changed`: the invite has another address since, so that this link's is told nothing of it. `suspended`: the reseller is.
 */
export type LinkState =
  | { state: "invalid" }
  | ({ state: "valid"; existingUser: ExistingUser | undefined } & LinkContext)
  | ({ state: "needs_code"; isCodeSent: boolean } & LinkContext)
  | ({ state: "wrong_user" } & LinkContext)
  | ({
      state: "superseded" | "email_changed" | "suspended" | "expired" | "accepted" | "revoked" | "declined"
    } & LinkContext)

type LinkContext = {
  invite: Invite
  reseller: Reseller
  inviterName: string | null
  terms: Terms
  signedInUser: SignedInUser | undefined
  /** True when the visitor is the contact. */
  isForSignedInUser: boolean
}

/** An account that the contact's address has already; `passwordHash` is null where there is no password to it. */
export type ExistingUser = { id: string; name: string; passwordHash: string | null }

/** The state of the invite behind a registration link. Changes nothing. */
export async function openLink(deps: Deps, token: string, signedInUser?: SignedInUser): Promise<LinkState> {
  const link = await verifyLinkToken(deps.linkKeys, token, "registration")
  return link ? loadLinkState(deps, link, signedInUser) : { state: "invalid" }
}

/**
 * Records how far the contact came, by their own action: the page's script or a form, never the GET that a mail scanner also
 * makes. `started`: they began to fill in the form, and so have opened it. Told of once; nothing when the link does not
 * register, is a copied one that somebody else may hold, or somebody else is signed in.
 */
export async function recordProgress(
  deps: Deps,
  token: string,
  step: "opened" | "started",
  signedInUser?: SignedInUser,
): Promise<void> {
  const link = await verifyLinkToken(deps.linkKeys, token, "registration")
  if (link?.via !== "email") return
  const { db, now } = deps
  const { resellerId, contactEmail } = invites
  const [invite] = await db.select({ resellerId, contactEmail }).from(invites).where(eq(invites.id, link.sub))
  if (!invite || (signedInUser && signedInUser.email !== invite.contactEmail)) return
  const contact = { kind: "contact" } as const
  const openedEntry = newAuditEntry(deps, invite.resellerId, contact, "invite.opened", link.sub)
  const startedEntry = newAuditEntry(deps, invite.resellerId, contact, "invite.form_started", link.sub)
  const isLinkRedeemable = isRedeemable(deps, link)
  const isFirst = (column: SQLiteColumn) =>
    sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${and(isLinkRedeemable, isNull(column))})`
  // Told of before it is written, so that what is told of is the first time. No change of the invite's own: nobody's
  // correction is outdated by it.
  await commit(deps, [
    ...recordEventStatements(deps, openedEntry, isFirst(invites.openedAt)),
    db.update(invites).set({ openedAt: now() }).where(isLinkRedeemable),
    ...(step === "started"
      ? [
          ...recordEventStatements(deps, startedEntry, isFirst(invites.formStartedAt)),
          db
            .update(invites)
            .set({ formStartedAt: now() })
            .where(and(isLinkRedeemable, isNull(invites.formStartedAt))),
        ]
      : []),
  ])
}

/** True in the database while a link registers: the guard of whatever is done by it. */
export function isRedeemable({ now }: Pick<Deps, "now">, link: LinkClaims): SQL | undefined {
  return and(
    eq(invites.id, link.sub),
    eq(invites.linkVersion, link.ver),
    eq(invites.status, "pending"),
    gt(invites.expiresAt, now()),
    sql`NOT EXISTS (SELECT 1 FROM resellers AS house WHERE house.id = ${invites.resellerId} AND house.suspended_at IS NOT NULL)`,
  )
}

/** How many guesses a code stands. */
export const CODE_MAX_ATTEMPTS = 5

/** `suppressed`: the address bounced, complained or asked for none. `not_needed`: a link of this state is not renewed. */
export type Renewal = { outcome: "sent" | "not_needed" | "suppressed"; linkState: LinkState }

/**
 * Sends the contact a new link for one that has run out or was replaced, to the address on record alone, whoever asks. Not to
 * one that gets no mail. Counts against the limits of a resend. Throws what `resendInvite` throws.
 */
export async function renewLink(deps: Deps, token: string): Promise<Renewal> {
  const linkState = await openLink(deps, token)
  if (linkState.state !== "expired" && linkState.state !== "superseded") return { outcome: "not_needed", linkState }
  const { invite } = linkState
  const [suppression] = await suppressionQuery(deps.db, invite, invite.contactEmail)
  if (suppression) return { outcome: "suppressed", linkState }
  const contact = { kind: "contact", name: invite.contactName } as const
  const entry = newAuditEntry(deps, invite.resellerId, contact, "invite.resent", invite.id, invite.contactEmail)
  await queueResend(deps, invite, { entries: [entry] })
  return { outcome: "sent", linkState }
}

/** What a link that we signed leads to. */
export async function loadLinkState(deps: Deps, link: LinkClaims, signedInUser?: SignedInUser): Promise<LinkState> {
  const [[row]] = await deps.read([
    deps.db
      .select({
        invite: aliasedColumns(invites, "invite"),
        reseller: aliasedColumns(resellers, "reseller"),
        inviterName: sql<string | null>`(SELECT name FROM users AS inviter WHERE inviter.id = ${invites.invitedBy})`.as(
          "inviter_name",
        ),
        user: aliasedColumns(users, "user"),
        passwordHash: sql<string | null>`${credentials.password}`.as("password_hash"),
        code: aliasedColumns(emailCodes, "code"),
      })
      .from(invites)
      .innerJoin(resellers, eq(resellers.id, invites.resellerId))
      .leftJoin(users, eq(users.email, invites.contactEmail))
      .leftJoin(credentials, and(eq(credentials.userId, users.id), eq(credentials.providerId, "credential")))
      .leftJoin(emailCodes, eq(emailCodes.inviteId, invites.id))
      .where(eq(invites.id, link.sub)),
  ])
  if (!row) return { state: "invalid" }
  const { invite, reseller, inviterName, user, passwordHash, code } = row
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
  if (state !== "valid") return { state, ...context }
  if (signedInUser && !isForSignedInUser) return { state: "wrong_user", ...context }
  if (link.via === "copy" && !isForSignedInUser) {
    const isCodeUsable =
      code.linkVersion === link.ver && code.attempts < CODE_MAX_ATTEMPTS && code.expiresAt > deps.now()
    return { state: "needs_code", isCodeSent: isCodeUsable, ...context }
  }
  const existingUser = user.id === null ? undefined : { id: user.id, name: user.name, passwordHash }
  return { state, existingUser, ...context }
}

/** What somebody accepts who registers: a customer's people the reseller's terms, its staff the deployment's. */
export function applicableTerms(
  { config }: Pick<Deps, "config">,
  { kind }: Pick<Invite, "kind">,
  reseller: Pick<Reseller, "termsUrl" | "termsVersion">,
): Terms {
  const { termsUrl: url, termsVersion: version } = reseller
  return url && version && kind !== "staff" ? { url, version } : config.terms
}

function linkStateName(invite: Invite, reseller: Reseller, link: LinkClaims, now: Date) {
  if (link.ver < invite.emailSinceVersion) return "email_changed"
  const status = currentStatus(invite, now)
  if (status === "accepted") return "accepted"
  if (status === "revoked" || status === "declined") return status
  if (reseller.suspendedAt) return "suspended"
  if (status === "expired") return "expired" // the newest link too
  return link.ver === invite.linkVersion ? "valid" : "superseded"
}
