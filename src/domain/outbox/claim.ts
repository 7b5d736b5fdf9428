import { and, eq, inArray, type Placeholder, type SQL, sql } from "drizzle-orm"
import type { Places } from "../../storage/compiled.ts"
import type { Db } from "../../storage/db.ts"
import { invites, outbox, resellers } from "../../storage/schema.ts"
import { compiledBatch } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { HOUR_MS } from "../time.ts"
import { CLAIMED_COLUMNS, type ClaimedMessage, contextOf } from "./claimed-message.ts"
import { isIdentityMessageNeeded } from "./identity-messages.ts"
import { type PostponeValues, postponeStatement, postponeValues } from "./recipient-limits.ts"

/** How long rows of a suspended reseller wait before they are checked again. */
const SUSPENDED_RETRY_MS = HOUR_MS

/**
 * Claims a due row for sending. Undefined if there is nothing to do: it was sent, is claimed, isn't due, its reseller is suspended,
 * its webhook's receiver asked for time, its recipient has had enough emails for now, or it is cancelled because it is obsolete (its invite, link, code, recipient or
 * webhook has changed). What a row is about takes a second round trip if it isn't of the expected kind.
 */
export async function claim(deps: Deps, id: string, expectedKind = "invite"): Promise<ClaimedMessage | undefined> {
  const { db } = deps
  const expected = contextOf(expectedKind)
  const [, [row], ...results] = await db.batch([
    ...claimStatements(db, claimValues(deps, id), undefined),
    ...expected.queries(db, id),
  ])
  if (row?.status !== "sending") return undefined
  const context = contextOf(row.kind)
  if (context === expected) return context.toMessage(row, results)
  const [first, ...others] = context.queries(db, id)
  return context.toMessage(row, await db.batch([first, ...others]))
}

type ClaimValues = PostponeValues & { claimedUntil: number; suspendedUntil: number }

function claimValues(deps: Deps, id: string): ClaimValues {
  const values = postponeValues(deps, id)
  const claimedUntil = values.now + deps.config.claimSeconds * 1000
  return { ...values, claimedUntil, suspendedUntil: values.now + SUSPENDED_RETRY_MS }
}

const claimStatements = compiledBatch((db, at: Places<ClaimValues>, _shape: undefined) => {
  const isStillNeeded = isStillNeededSql(at.now)
  return [postponeStatement(db, at, isStillNeeded), claimStatement(db, at, isStillNeeded)] as const
})

/** SQL condition: what the row is about hasn't become obsolete. */
export function isStillNeededSql(now: Placeholder | SQL): SQL {
  return sql`CASE ${outbox.kind}
    WHEN 'webhook' THEN EXISTS (SELECT 1 FROM webhooks WHERE webhooks.id = ${outbox.recipient} AND disabled_at IS NULL)
    WHEN 'invite' THEN ${IS_CURRENT} WHEN 'reminder' THEN ${IS_CURRENT} WHEN 'link' THEN ${IS_CURRENT}
    WHEN 'code' THEN ${IS_CURRENT} AND EXISTS (SELECT 1 FROM email_codes WHERE email_codes.invite_id = ${outbox.inviteId}
      AND email_codes.email_id = ${outbox.id} AND email_codes.expires_at > ${now})
    WHEN 'digest' THEN ${IS_STAFF} WHEN 'test' THEN ${IS_STAFF}
    ${isIdentityMessageNeeded(now)} ELSE TRUE END`
}

/**
 * The statement that claims a due row, and returns it. It cancels a row that is obsolete, and puts off one whose reseller is suspended
 * or whose receiver asked for time. A cancelled email forgets its recipient, who may have no account here; those of an invite are purged with it.
 */
function claimStatement(db: Db, { id, now, claimedUntil, suspendedUntil }: Places<ClaimValues>, isStillNeeded: SQL) {
  const pausedUntil = sql`(SELECT retry_at FROM webhooks WHERE ${outbox.kind} = 'webhook' AND webhooks.id = ${outbox.recipient}
    AND retry_at > ${now})`
  const mustWait = sql`(${IS_SUSPENDED} OR ${pausedUntil} IS NOT NULL)`
  const unlessWaiting = (otherwise: SQL, ifWaiting: SQL) =>
    sql`CASE WHEN ${mustWait} THEN ${ifWaiting} ELSE ${otherwise} END`
  const isForgotten = sql`(NOT ${isStillNeeded} AND ${outbox.kind} <> 'webhook' AND ${outbox.inviteId} IS NULL)`
  return db
    .update(outbox)
    .set({
      status: sql`CASE WHEN NOT ${isStillNeeded} THEN 'cancelled' WHEN ${mustWait} THEN 'queued' ELSE 'sending' END`,
      recipient: sql`iif(${isForgotten}, '', ${outbox.recipient})`,
      payload: sql`iif(${isForgotten}, NULL, ${outbox.payload})`,
      attempts: unlessWaiting(sql`${outbox.attempts} + 1`, sql`${outbox.attempts}`),
      firstAttemptAt: unlessWaiting(sql`coalesce(${outbox.firstAttemptAt}, ${now})`, sql`${outbox.firstAttemptAt}`),
      claimedAt: sql`CASE WHEN NOT ${isStillNeeded} OR ${mustWait} THEN ${outbox.claimedAt} ELSE ${now} END`,
      nextAttemptAt: sql`CASE WHEN ${IS_SUSPENDED} THEN ${suspendedUntil} ELSE coalesce(${pausedUntil}, ${claimedUntil}) END`,
    })
    .where(
      and(eq(outbox.id, id), inArray(outbox.status, ["queued", "sending"]), sql`${outbox.nextAttemptAt} <= ${now}`),
    )
    .returning(CLAIMED_COLUMNS)
}

/** SQL condition: the row waits because its reseller is suspended. */
const IS_SUSPENDED = sql`EXISTS (SELECT 1 FROM ${resellers} WHERE ${resellers.id} = ${outbox.resellerId} AND ${resellers.suspendedAt} IS NOT NULL)`

/** SQL condition: the recipient works for the reseller. */
const IS_STAFF = sql`EXISTS (SELECT 1 FROM users JOIN staff ON staff.user_id = users.id
  AND staff.reseller_id = ${outbox.resellerId} WHERE users.email = ${outbox.recipient})`

const IS_CURRENT = sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${invites.id} = ${outbox.inviteId}
  AND ${invites.linkVersion} = ${outbox.linkVersion} AND ${invites.contactEmail} = ${outbox.recipient}
  AND ${invites.status} = 'pending')`
