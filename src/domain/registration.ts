import { and, eq, gt, isNull, type SQL, sql } from "drizzle-orm"
import type { SQLiteColumn } from "drizzle-orm/sqlite-core"
import { columnsOf } from "../storage/columns-of.ts"
import { credentials, emailCodes, type Invite, invites, type Reseller, resellers, users } from "../storage/schema.ts"
import { auditRow } from "./audit.ts"
import { commit } from "./commit.ts"
import type { Deps, Terms } from "./deps.ts"
import { sendAgain } from "./invite-sending.ts"
import { statusNow } from "./invites.ts"
import { type LinkClaims, readLink } from "./registration-link.ts"
import { suppressionOf } from "./suppressions.ts"
import { tell } from "./telling.ts"

/** Who is signed in where a link is opened. */
export type Visitor = { id: string; name: string; email: string }

/**
 * What a registration link leads to. `mangled`: not signed by us, so nothing was looked up. `unproven`: a copied link, so that
 * whoever holds it has yet to prove that the contact's mailbox is theirs. `other_person`: somebody else is signed in.
 * `readdressed`: the invite has another address since, so that this link's is told nothing of it. `suspended`: the reseller is.
 */
export type Registration =
  | { state: "mangled" }
  | ({ state: "valid"; account: Account | undefined } & Invitation)
  | ({ state: "unproven"; isCodeSent: boolean } & Invitation)
  | ({ state: "other_person" } & Invitation)
  | ({ state: "superseded" | "readdressed" | "suspended" | "expired" | "used" | "revoked" | "declined" } & Invitation)

type Invitation = {
  invite: Invite
  reseller: Reseller
  inviterName: string | null
  terms: Terms
  visitor: Visitor | undefined
  /** True when the visitor is the contact. */
  isVisitors: boolean
}

/** An account that the contact's address has already; `hash` is null where there is no password to it. */
export type Account = { id: string; name: string; hash: string | null }

/** The state of the invite behind a registration link. Changes nothing. At most one D1 round trip. */
export async function openRegistration(deps: Deps, token: string, visitor?: Visitor): Promise<Registration> {
  const link = await readLink(deps.linkKeys, token, "registration")
  return link ? look(deps, link, visitor) : { state: "mangled" }
}

/**
 * Records how far the contact came, by their own action: the page's script or a form, never the GET that a mail scanner also
 * makes. `started`: they began to fill in the form, and so have opened it. Told of once; nothing when the link does not
 * register, is a copied one that somebody else may hold, or somebody else is signed in. Two D1 round trips.
 */
export async function recordProgress(
  deps: Deps,
  token: string,
  step: "opened" | "started",
  visitor?: Visitor,
): Promise<void> {
  const link = await readLink(deps.linkKeys, token, "registration")
  if (link?.via !== "email") return
  const { db, now } = deps
  const { resellerId, contactEmail } = invites
  const [invite] = await db.select({ resellerId, contactEmail }).from(invites).where(eq(invites.id, link.sub))
  if (!invite || (visitor && visitor.email !== invite.contactEmail)) return
  const contact = { kind: "contact" } as const
  const opened = auditRow(deps, invite.resellerId, contact, "invite.opened", link.sub)
  const started = auditRow(deps, invite.resellerId, contact, "invite.form_started", link.sub)
  const isLive = registers(deps, link)
  const isFirst = (column: SQLiteColumn) => sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${and(isLive, isNull(column))})`
  // Told of before it is written, so that what is told of is the first time. No change of the invite's own: nobody's
  // correction is outdated by it.
  await commit(deps, [
    ...tell(deps, opened, isFirst(invites.openedAt)),
    db.update(invites).set({ openedAt: now() }).where(isLive),
    ...(step === "started"
      ? [
          ...tell(deps, started, isFirst(invites.formStartedAt)),
          db
            .update(invites)
            .set({ formStartedAt: now() })
            .where(and(isLive, isNull(invites.formStartedAt))),
        ]
      : []),
  ])
}

/** True in the database while a link registers: the guard of whatever is done by it. */
export function registers({ now }: Pick<Deps, "now">, link: LinkClaims): SQL | undefined {
  return and(
    eq(invites.id, link.sub),
    eq(invites.linkVersion, link.ver),
    eq(invites.status, "pending"),
    gt(invites.expiresAt, now()),
    sql`NOT EXISTS (SELECT 1 FROM resellers AS house WHERE house.id = ${invites.resellerId} AND house.suspended_at IS NOT NULL)`,
  )
}

/** How many guesses a code stands. */
export const CODE_TRIES = 5

/** `gets_no_mail`: the address bounced, complained or asked for none. `no_need`: a link of this state is not renewed. */
export type Renewal = { outcome: "sent" | "no_need" | "gets_no_mail"; registration: Registration }

/**
 * Sends the contact a new link for one that has run out or was replaced, to the address on record alone, whoever asks. Not to
 * one that gets no mail. Counts against the limits of a resend. Throws what `resendInvite` throws. Three D1 round trips.
 */
export async function renewLink(deps: Deps, token: string): Promise<Renewal> {
  const registration = await openRegistration(deps, token)
  if (registration.state !== "expired" && registration.state !== "superseded")
    return { outcome: "no_need", registration }
  const { invite } = registration
  const [suppressed] = await suppressionOf(deps.db, invite, invite.contactEmail)
  if (suppressed) return { outcome: "gets_no_mail", registration }
  const contact = { kind: "contact", name: invite.contactName } as const
  const entry = auditRow(deps, invite.resellerId, contact, "invite.resent", invite.id, invite.contactEmail)
  await sendAgain(deps, invite, { entries: [entry] })
  return { outcome: "sent", registration }
}

/** What a link that we signed leads to. One D1 round trip. */
export async function look(deps: Deps, link: LinkClaims, visitor?: Visitor): Promise<Registration> {
  const [[found]] = await deps.db.batch([
    deps.db
      .select({
        invite: columnsOf(invites, "invite"),
        reseller: columnsOf(resellers, "reseller"),
        inviterName: sql<string | null>`(SELECT name FROM users AS inviter WHERE inviter.id = ${invites.invitedBy})`.as(
          "inviter_name",
        ),
        user: columnsOf(users, "user"),
        hash: sql<string | null>`${credentials.password}`.as("hash"),
        code: columnsOf(emailCodes, "code"),
      })
      .from(invites)
      .innerJoin(resellers, eq(resellers.id, invites.resellerId))
      .leftJoin(users, eq(users.email, invites.contactEmail))
      .leftJoin(credentials, and(eq(credentials.userId, users.id), eq(credentials.providerId, "credential")))
      .leftJoin(emailCodes, eq(emailCodes.inviteId, invites.id))
      .where(eq(invites.id, link.sub)),
  ])
  if (!found) return { state: "mangled" }
  const { invite, reseller, inviterName, user, hash, code } = found
  const isVisitors = visitor !== undefined && visitor.email === invite.contactEmail
  const invitation = { invite, reseller, inviterName, terms: termsOf(deps, invite, reseller), visitor, isVisitors }
  const state = stateOf(invite, reseller, link, deps.now())
  if (state !== "valid") return { state, ...invitation }
  if (visitor && !isVisitors) return { state: "other_person", ...invitation }
  if (link.via === "copy" && !isVisitors) {
    const isLive = code.linkVersion === link.ver && code.attempts < CODE_TRIES && code.expiresAt > deps.now()
    return { state: "unproven", isCodeSent: isLive, ...invitation }
  }
  const account = user.id === null ? undefined : { id: user.id, name: user.name, hash }
  return { state, account, ...invitation }
}

/** What somebody accepts who registers: a customer's people the reseller's terms, its staff the deployment's. */
export function termsOf(
  { config }: Pick<Deps, "config">,
  { kind }: Pick<Invite, "kind">,
  reseller: Pick<Reseller, "termsUrl" | "termsVersion">,
): Terms {
  const { termsUrl: url, termsVersion: version } = reseller
  return url && version && kind !== "staff" ? { url, version } : config.terms
}

function stateOf(invite: Invite, reseller: Reseller, link: LinkClaims, now: Date) {
  if (link.ver < invite.emailSinceVersion) return "readdressed"
  const status = statusNow(invite, now)
  if (status === "accepted") return "used"
  if (status === "revoked" || status === "declined") return status
  if (reseller.suspendedAt) return "suspended"
  if (status === "expired") return "expired" // the newest link too
  return link.ver === invite.linkVersion ? "valid" : "superseded"
}
