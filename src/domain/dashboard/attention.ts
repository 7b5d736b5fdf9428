import { type SQL, sql } from "drizzle-orm"
import { compiled, type Places } from "../../storage/compiled.ts"
import { jsonColumn } from "../../storage/json-column.ts"
import { invites } from "../../storage/schema.ts"
import { SHOWN_COLUMNS, type ShownInvite } from "../invites/listed-invite.ts"
import { DAY_MS, HOUR_MS } from "../time.ts"

/** Why an invite needs attention, the most urgent first. */
export const ATTENTION_REASONS = ["undelivered", "declined", "expiring"] as const
type AttentionReason = (typeof ATTENTION_REASONS)[number]
export type AttentionInvite = ShownInvite & { reason: AttentionReason }

/** How many rows of each kind the dashboard shows. */
export const ATTENTION_SHOWN = 3
const EXPIRING_WITHIN_MS = 48 * HOUR_MS
/** A contact's no is news for this long. */
const DECLINED_WITHIN_MS = 14 * DAY_MS

/** Counting stops at this number. */
export const ATTENTION_COUNT_CAP = 100

export type AttentionTimes = { resellerId: string; now: number; expiringBefore: number; declinedAfter: number }

export const attentionTimes = (resellerId: string, now: Date): AttentionTimes => ({
  resellerId,
  now: now.getTime(),
  expiringBefore: now.getTime() + EXPIRING_WITHIN_MS,
  declinedAfter: now.getTime() - DECLINED_WITHIN_MS,
})

/** The rows of each reason, each as the walk of an index. */
const sourcesOf = (at: Places<AttentionTimes>): Record<AttentionReason, SQL> => ({
  undelivered: sql`FROM invites INDEXED BY invites_undelivered
    WHERE audience_id = ${at.resellerId} AND is_undelivered = 1 AND expires_at > ${at.now} ORDER BY seq DESC`,
  declined: sql`FROM invites INDEXED BY invites_by_update WHERE audience_id = ${at.resellerId} AND status = 'declined'
    AND updated_at > ${at.declinedAfter} AND purged_at IS NULL ORDER BY updated_at DESC`,
  expiring: sql`FROM invites INDEXED BY invites_by_expiry WHERE audience_id = ${at.resellerId} AND status = 'pending'
    AND expires_at > ${at.now} AND expires_at <= ${at.expiringBefore} AND is_undelivered = 0 ORDER BY expires_at`,
})

/** The statement that reads some invites of each reason. */
export const attentionInvitesQuery = compiled((db, at: Places<AttentionTimes>) => {
  const sources = sourcesOf(at)
  const found = ATTENTION_REASONS.map(
    (reason, rank) => sql`SELECT * FROM (SELECT seq AS found_seq, ${sql.raw(String(rank))} AS rank ${sources[reason]}
      LIMIT ${sql.raw(String(ATTENTION_SHOWN))})`,
  )
  return db
    .select({ ...SHOWN_COLUMNS, rank: sql<number>`rank`.as("rank") })
    .from(sql`(${sql.join(found, sql` UNION ALL `)}) AS found`)
    .innerJoin(invites, sql`${invites.seq} = found_seq`)
    .orderBy(sql`rank`)
})

/** Columns: how many rows there are, at most `ATTENTION_COUNT_CAP`. Undelivered invites and customers to review have counters. */
export function attentionCounts(at: Places<AttentionTimes>) {
  const { declined, expiring } = sourcesOf(at)
  const count = (source: SQL) =>
    sql<number>`(SELECT count(*) FROM (SELECT 1 ${source} LIMIT ${sql.raw(String(ATTENTION_COUNT_CAP))}))`
  return {
    declined: count(declined).as("declined"),
    expiring: count(expiring).as("expiring"),
  }
}

type CustomerToReview = { id: string; name: string; hasAccount: number }

/** SQL: some customers whose billing account was deleted, or has changed since they were invited. */
export const customersToReview = ({ resellerId }: Places<Pick<AttentionTimes, "resellerId">>) =>
  jsonColumn<CustomerToReview[]>(sql`(SELECT json_group_array(json_object('id', id, 'name', name, 'hasAccount',
    EXISTS (SELECT 1 FROM billing_accounts AS account WHERE account.id = billing_account_id AND account.reseller_id = ${resellerId})))
    FROM (SELECT id, name, billing_account_id FROM customers WHERE reseller_id = ${resellerId} AND billing_needs_review = 1
      ORDER BY id DESC LIMIT ${sql.raw(String(ATTENTION_SHOWN))}))`)
