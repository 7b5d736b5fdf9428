import { and, eq, sql } from "drizzle-orm"
import * as z from "zod"
import { customers, type Invite, invites, members, outbox, resellers, staff, users } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import { hashNewPassword } from "../access/check-password.ts"
import { findCredentials, type UserCredentials } from "../access/credentials.ts"
import { knownBrowserId } from "../access/known-browser.ts"
import { newPasswordField } from "../access/new-password.ts"
import { verifyToken } from "../access/signed-token.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { Failure, type FieldError, type Result } from "../failure.ts"
import { enqueueEmailStatement } from "../outbox/enqueue.ts"
import { newEmailId } from "../outbox/outbox.ts"
import { hashRecipient } from "../outbox/recipient-limits.ts"
import { HOUR_MS, MINUTE_MS } from "../time.ts"
import { emailField, validateFields } from "../validation.ts"
import { replacePassword } from "./replace-password.ts"

export const RESET_LINK_MINUTES = 30
const RESET_LINK_MS = RESET_LINK_MINUTES * MINUTE_MS
/** How many reset links one address gets while the first of them works. */
const RESET_LINKS_MAX = 3
/**
 * At most ten emails a day: four, then one each four hours. So whoever keeps asking for somebody else can't keep the owner without
 * a link for a whole day. Browsers that are known for the address have a count of their own.
 */
const FREE_RESETS_PER_DAY = 4
export const RESET_PAUSE_HOURS = 4

const requestFields = z.object({ email: emailField(en.fieldErrors.required.email) })
const INVITE_ID = /^inv_[0-9a-z]{26}$/

/**
 * Enqueues an email with a reset link. It asks nothing about the address: the same row is written for everyone, and the sender drops
 * it if no user has the address, or if it has had its emails of the day. `inviteId` is the invite to return to. Throws
 * `rate_limited`, also for everyone alike.
 */
export async function requestPasswordReset(
  deps: Deps,
  input: Record<string, unknown>,
): Promise<Result<{ email: string }>> {
  const { values, errors } = validateFields(requestFields, input)
  const { email } = values
  if (errors.length > 0 || !email) return { ok: false, errors }
  const { inviteId = "" } = input
  const now = deps.now()
  const since = now.getTime() - RESET_LINK_MS
  const recipientHash = hashRecipient(deps, "password_reset", email)
  const recent = sql`${outbox.kind} = 'password_reset' AND ${outbox.recipientHash} = ${recipientHash}
    AND ${outbox.createdAt} > ${since}`
  const oldestQuery = deps.db
    .select({ at: outbox.createdAt })
    .from(outbox)
    .where(recent)
    .orderBy(outbox.createdAt)
    .limit(1)
  const cookie = deps.client?.knownBrowser
  const isKnownBrowser = cookie !== undefined && (await knownBrowserId(deps, cookie, email)) !== undefined
  const [[oldest], written] = await commit(deps, [
    oldestQuery,
    enqueueEmailStatement(
      deps,
      {
        id: newEmailId(now),
        resellerId: null,
        kind: "password_reset",
        recipient: email,
        payload: {
          ...(typeof inviteId === "string" && INVITE_ID.test(inviteId) && { inviteId }),
          ...(isKnownBrowser && { isKnownBrowser }),
        },
      },
      sql`(SELECT count(*) FROM ${outbox} WHERE ${recent}) < ${RESET_LINKS_MAX}`,
    ),
  ])
  if (written.length === 0) {
    const resetAt = new Date((oldest?.at ?? now).getTime() + RESET_LINK_MS)
    throw new Failure({
      kind: "rate_limited",
      scope: "password_reset_limit",
      limit: RESET_LINKS_MAX,
      remaining: 0,
      resetAt,
    })
  }
  return { ok: true, value: { email } }
}

/** When the reset link of an email stops working: it is signed later, when the email is sent. */
export const resetLinkExpiry = ({ createdAt }: { createdAt: Date }) => new Date(createdAt.getTime() + RESET_LINK_MS)

/**
 * SQL condition: the reset link in this row of the outbox would still work, somebody has the address, and it can have another email.
 * The sender asks, so that the request costs and answers the same for everyone.
 */
export function isResetNeeded(at: Date) {
  const earlierSince = (hours: number) => sql`FROM outbox AS earlier WHERE earlier.kind = 'password_reset'
    AND earlier.recipient_hash = ${outbox.recipientHash} AND earlier.created_at > ${at.getTime() - hours * HOUR_MS}
    AND earlier.claimed_at IS NOT NULL AND earlier.id <> ${outbox.id}
    AND (json_extract(${outbox.payload}, '$.isKnownBrowser') IS NULL OR json_extract(earlier.payload, '$.isKnownBrowser'))`
  return sql`(${outbox.createdAt} > ${at.getTime() - RESET_LINK_MS}
    AND EXISTS (SELECT 1 FROM ${users} WHERE ${users.email} = ${outbox.recipient})
    AND ((SELECT count(*) ${earlierSince(24)}) < ${FREE_RESETS_PER_DAY} OR NOT EXISTS (SELECT 1 ${earlierSince(RESET_PAUSE_HOURS)})))`
}

/** The user of a reset link; undefined if it doesn't work (any more). Changes nothing. */
export async function openResetLink(deps: Deps, token: string): Promise<UserCredentials | undefined> {
  const link = await verifyToken(deps.linkKeys, token, "password_reset", deps.now())
  if (!link) return undefined
  return findCredentials(deps, and(eq(users.reference, link.reference), eq(users.linkVersion, link.version)))
}

/** `invite`: the pending invite to return to. */
type ResetResult =
  | { outcome: "reset"; userId: string; email: string; invite: Invite | undefined }
  | { outcome: "refused"; user: UserCredentials; errors: FieldError[] }
  | { outcome: "link_invalid" }

/**
 * Sets a new password with a reset link, once. Ends all sessions of the user and starts none. The link proves access to the
 * mailbox, so the result has their invite `inviteId` if it is to the same address. Throws `rate_limited` while others are hashed.
 */
export async function resetPassword(deps: Deps, token: string, input: ResetInput): Promise<ResetResult> {
  const user = await openResetLink(deps, token)
  if (!user) return { outcome: "link_invalid" }
  const names = [user.name, user.email, deps.config.platformName, "Vestibule", ...(await accountNames(deps, user))]
  const { values, errors } = validateFields(z.object({ password: newPasswordField(names) }), input)
  if (errors.length > 0 || !values.password) return { outcome: "refused", user, errors }
  const passwordHash = await hashNewPassword(deps, values.password)
  const isReset = await replacePassword(deps, user, { passwordHash, change: "password_reset" })
  if (!isReset) return { outcome: "link_invalid" }
  const { id: userId, email } = user
  return { outcome: "reset", userId, email, invite: await findInvite(deps, user, input.inviteId) }
}

type ResetInput = { password?: string | undefined; inviteId?: string | undefined }

/** The names of a person's accounts, and of the resellers behind them. */
async function accountNames({ db }: Deps, { id }: UserCredentials): Promise<string[]> {
  const [staffOf, memberOf] = await db.batch([
    db
      .select({ reseller: resellers.name })
      .from(staff)
      .innerJoin(resellers, eq(resellers.id, staff.resellerId))
      .where(eq(staff.userId, id)),
    db
      .select({
        customer: sql<string>`${customers.name}`.as("customer"),
        reseller: sql<string>`${resellers.name}`.as("reseller"),
      })
      .from(members)
      .innerJoin(customers, eq(customers.id, members.customerId))
      .innerJoin(resellers, eq(resellers.id, customers.resellerId))
      .where(eq(members.userId, id)),
  ])
  return [...staffOf, ...memberOf].flatMap((account) => Object.values(account))
}

async function findInvite(
  { db }: Deps,
  { email }: { email: string },
  inviteId: string | undefined,
): Promise<Invite | undefined> {
  if (!inviteId || !INVITE_ID.test(inviteId)) return undefined
  const isOpen = and(eq(invites.id, inviteId), eq(invites.contactEmail, email), eq(invites.status, "pending"))
  const [invite] = await db.select().from(invites).where(isOpen)
  return invite
}
