import { and, eq, type Placeholder, type SQL, sql } from "drizzle-orm"
import * as z from "zod"
import { customers, type Invite, invites, members, outbox, resellers, staff, users } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import { addressAt } from "../../text/sandbox-address.ts"
import { hashNewPassword } from "../access/check-password.ts"
import { findCredentials, type UserCredentials } from "../access/credentials.ts"
import { newPasswordField } from "../access/new-password.ts"
import { verifyToken } from "../access/signed-token.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import type { FieldError, Result } from "../failure.ts"
import { enqueueEmailStatement } from "../outbox/enqueue.ts"
import { newEmailId } from "../outbox/outbox.ts"
import { hashRecipient } from "../outbox/recipient-limits.ts"
import { DAY_MS, MINUTE_MS } from "../time.ts"
import { emailField, validateFields } from "../validation.ts"
import { replacePassword, VOIDED } from "./replace-password.ts"

export const RESET_LINK_MINUTES = 30
const RESET_LINK_MS = RESET_LINK_MINUTES * MINUTE_MS
/** How many emails with a link an address can get in a day without a wait between them. */
const FREE_RESETS_PER_DAY = 4
/**
 * The wait after these, unless the last link was used or has become void. It is shorter than the life of a link. So somebody who asks
 * for the links of another person can't leave them without one: the newest still works for ten minutes when it stops the next.
 */
export const RESET_WAIT_MINUTES = 20

const requestFields = z.object({ email: emailField(en.fieldErrors.required.email, { allowsSandbox: true }) })
const INVITE_ID = /^inv_[0-9a-z]{26}$/

/**
 * Enqueues an email with a reset link, unless the address had its free ones of the day and another one just now. It asks nothing about
 * the address: the same row is written for everyone, and the sender drops it if no user has the address. `sandbox` is the sandbox that
 * the person is in, `inviteId` the invite to return to. An invalid address is returned as a field error.
 */
export async function requestPasswordReset(
  deps: Deps,
  input: Record<string, unknown>,
): Promise<Result<{ email: string }>> {
  const { values, errors } = validateFields(requestFields, input)
  if (errors.length > 0 || !values.email) return { ok: false, errors }
  const { inviteId = "", sandbox } = input
  const email = typeof sandbox === "string" ? addressAt(sandbox, values.email) : values.email
  const now = deps.now()
  const earlierSince = (duration: number) => sql`FROM ${outbox} WHERE ${outbox.kind} = 'password_reset'
    AND ${outbox.recipientHash} = ${hashRecipient(deps, "password_reset", email)}
    AND ${outbox.createdAt} > ${now.getTime() - duration}`
  const payload = typeof inviteId === "string" && INVITE_ID.test(inviteId) ? { inviteId } : {}
  await commit(deps, [
    enqueueEmailStatement(
      deps,
      { id: newEmailId(now), resellerId: null, kind: "password_reset", recipient: email, payload },
      sql`(SELECT count(*) FROM (SELECT 1 ${earlierSince(DAY_MS)} LIMIT ${FREE_RESETS_PER_DAY})) < ${FREE_RESETS_PER_DAY}
        OR NOT EXISTS (SELECT 1 ${earlierSince(RESET_WAIT_MINUTES * MINUTE_MS)} AND ${outbox.lastError} IS NOT ${VOIDED})`,
    ),
  ])
  return { ok: true, value: { email } }
}

/** When the reset link of an email stops working: it is signed later, when the email is sent. */
export const resetLinkExpiry = ({ createdAt }: { createdAt: Date }) => new Date(createdAt.getTime() + RESET_LINK_MS)

/** SQL condition: the reset link in this row of the outbox would still work, and somebody has the address. */
export function isResetNeeded(now: Placeholder | SQL) {
  return sql`(${outbox.createdAt} > ${now} - ${RESET_LINK_MS}
    AND EXISTS (SELECT 1 FROM ${users} WHERE ${users.email} = ${outbox.recipient}))`
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
 * mailbox, so the result has their invite `inviteId` if it is to the same address. Throws `rate_limited` while others are hashed or none can be checked.
 */
export async function resetPassword(deps: Deps, token: string, input: ResetInput): Promise<ResetResult> {
  const user = await openResetLink(deps, token)
  if (!user) return { outcome: "link_invalid" }
  const { values, errors } = validateFields(await resetFields(deps, user), input)
  if (errors.length > 0 || !values.password) return { outcome: "refused", user, errors }
  const passwordHash = await hashNewPassword(deps, values.password)
  const isReset = await replacePassword(deps, user, { passwordHash, change: "password_reset" })
  if (!isReset) return { outcome: "link_invalid" }
  const { id: userId, email } = user
  return { outcome: "reset", userId, email, invite: await findInvite(deps, user, input.inviteId) }
}

/** What `resetPassword` would say about this password. Undefined if the link doesn't work (any more). Changes nothing. */
export async function checkResetPassword(
  deps: Deps,
  token: string,
  { password }: ResetInput,
): Promise<FieldError[] | undefined> {
  const user = await openResetLink(deps, token)
  return user && validateFields(await resetFields(deps, user), { password }).errors
}

/** Throws `rate_limited` if no password can be checked. */
async function resetFields(deps: Deps, user: UserCredentials) {
  const names = [user.name, user.email, ...(await accountNames(deps, user))]
  return z.object({ password: await newPasswordField(deps, names) })
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
