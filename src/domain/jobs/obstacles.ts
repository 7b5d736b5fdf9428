import { type Placeholder, type SQL, sql } from "drizzle-orm"
import type { JobKind } from "../../storage/schema.ts"
import { RESENDABLE_STATUSES } from "../invites/status.ts"

/** The name that a statement gives to a row of `invites`. */
export type InviteAlias = "invite" | "invites"

const isNotResendable = (invite: InviteAlias) =>
  `${invite}.status NOT IN (${RESENDABLE_STATUSES.map((status) => `'${status}'`)})`

/** SQL: why a customer's invite can't be resent; null if it can. */
export const resendObstacle = (invite: InviteAlias): SQL =>
  sql.raw(`CASE WHEN ${invite}.id IS NULL THEN 'not_found'
  WHEN ${invite}.purged_at IS NOT NULL THEN 'purged'
  WHEN ${isNotResendable(invite)} THEN ${invite}.status
  WHEN EXISTS (SELECT 1 FROM suppressions WHERE suppressions.sender_id = ${invite}.reseller_id
    AND suppressions.email = ${invite}.contact_email) THEN 'email_suppressed'
  WHEN NOT EXISTS (SELECT 1 FROM billing_accounts AS bill WHERE bill.id = ${invite}.billing_account_id)
    THEN 'billing_account_removed'
  WHEN EXISTS (SELECT 1 FROM invites AS newer WHERE newer.audience_id = ${invite}.audience_id
    AND newer.contact_email = ${invite}.contact_email AND newer.status = 'pending' AND newer.id <> ${invite}.id)
    THEN 'newer_invite_pending'
  WHEN EXISTS (SELECT 1 FROM invites AS live WHERE live.audience_id = ${invite}.audience_id
    AND live.external_id = ${invite}.external_id AND live.status = 'pending' AND live.id <> ${invite}.id)
    OR EXISTS (SELECT 1 FROM customers AS owner WHERE owner.reseller_id = ${invite}.reseller_id
      AND owner.external_id = ${invite}.external_id) THEN 'external_id_taken' END`)

/** SQL: why an invite can't be revoked; null if it can. */
export const revokeObstacle = (invite: InviteAlias, now: number | Placeholder): SQL =>
  sql`CASE WHEN ${sql.raw(invite)}.id IS NULL THEN 'not_found' WHEN ${sql.raw(invite)}.status <> 'pending'
    THEN ${sql.raw(invite)}.status WHEN ${sql.raw(invite)}.expires_at <= ${now} THEN 'expired' END`

/** SQL: why an invite can't move to another billing account; null if it can. */
export const moveObstacle = (invite: InviteAlias): SQL =>
  sql.raw(`CASE WHEN ${invite}.id IS NULL THEN 'not_found'
  WHEN ${invite}.purged_at IS NOT NULL THEN 'purged'
  WHEN ${isNotResendable(invite)} THEN ${invite}.status END`)

export const BULK_KINDS = ["resend", "revoke", "move_billing"] as const satisfies JobKind[]
export type BulkKind = (typeof BULK_KINDS)[number]

/** SQL: why a bulk action can't be applied to the invite in a row named `invite`, as far as the database knows; null if it can. */
export function obstacleSql(kind: BulkKind, now: number | Placeholder): SQL {
  switch (kind) {
    case "resend":
      return resendObstacle("invite")
    case "revoke":
      return revokeObstacle("invite", now)
    case "move_billing":
      return moveObstacle("invite")
  }
}
