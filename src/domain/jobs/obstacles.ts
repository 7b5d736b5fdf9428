import { type Placeholder, type SQL, sql } from "drizzle-orm"
import type { JobKind } from "../../storage/schema.ts"
import { RESENDABLE_STATUSES } from "../invites/status.ts"

const IS_RESENDABLE = sql.raw(`invite.status IN (${RESENDABLE_STATUSES.map((status) => `'${status}'`)})`)

/** SQL: why the customer's invite in a row named `invite` can't be resent; null if it can. */
export const RESEND_OBSTACLE: SQL = sql`CASE WHEN invite.id IS NULL THEN 'not_found'
  WHEN invite.purged_at IS NOT NULL THEN 'purged'
  WHEN NOT ${IS_RESENDABLE} THEN invite.status
  WHEN EXISTS (SELECT 1 FROM suppressions WHERE suppressions.sender_id = invite.reseller_id
    AND suppressions.email = invite.contact_email) THEN 'email_suppressed'
  WHEN NOT EXISTS (SELECT 1 FROM billing_accounts AS bill WHERE bill.id = invite.billing_account_id)
    THEN 'billing_account_removed'
  WHEN EXISTS (SELECT 1 FROM invites AS newer WHERE newer.audience_id = invite.audience_id
    AND newer.contact_email = invite.contact_email AND newer.status = 'pending' AND newer.id <> invite.id)
    THEN 'newer_invite_pending' END`

/** SQL: why the invite in a row named `invite` can't be revoked; null if it can. */
export const revokeObstacle = (now: number | Placeholder): SQL => sql`CASE WHEN invite.id IS NULL THEN 'not_found'
  WHEN invite.status <> 'pending' THEN invite.status WHEN invite.expires_at <= ${now} THEN 'expired' END`

/** SQL: why the invite in a row named `invite` can't move to another billing account; null if it can. */
export const MOVE_OBSTACLE: SQL = sql`CASE WHEN invite.id IS NULL THEN 'not_found'
  WHEN invite.purged_at IS NOT NULL THEN 'purged'
  WHEN NOT ${IS_RESENDABLE} THEN invite.status END`

export const BULK_KINDS = ["resend", "revoke", "move_billing"] as const satisfies JobKind[]
export type BulkKind = (typeof BULK_KINDS)[number]

/** SQL: why a bulk action can't be applied to the invite in a row named `invite`, as far as the database knows; null if it can. */
export function obstacleSql(kind: BulkKind, now: number | Placeholder): SQL {
  if (kind === "resend") return RESEND_OBSTACLE
  return kind === "revoke" ? revokeObstacle(now) : MOVE_OBSTACLE
}
