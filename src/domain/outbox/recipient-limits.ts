import { createHmac } from "node:crypto"
import { and, eq, type SQL, sql } from "drizzle-orm"
import type { Places } from "../../storage/compiled.ts"
import type { Db } from "../../storage/db.ts"
import { type OutboxRow, outbox, resellers } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../time.ts"

type Kind = OutboxRow["kind"]

/** How long the hash of an address is kept after a purge: as long as the longest limit looks back. */
const RECIPIENT_HASH_MS = DAY_MS
/** How long a row waits for older ones of its address that no sender has claimed yet. */
const OLDER_FIRST_MS = MINUTE_MS
const FORGET_BATCH = 500

/**
 * The emails that are counted by recipient, and with which others. Those about a person's own sign-in are counted apart, so that
 * invites can't delay them, nor they invites. Resets don't wait, but have a limit of their own (password-reset.ts). Digests go to
 * staff, hourly.
 */
const COUNTED_WITH: Partial<Record<Kind, string>> = {
  invite: "invite",
  reminder: "invite",
  link: "invite",
  code: "code",
  test: "test",
  email_change: "email_change",
  security_notice: "security_notice",
  password_reset: "password_reset",
}

/**
 * What stands for the recipient and the count of an email: all senders' emails to one address have the same hash, also after a
 * purge. Null if the kind isn't counted.
 */
export function hashRecipient({ config }: Pick<Deps, "config">, kind: Kind, address: string): string | null {
  const group = COUNTED_WITH[kind]
  if (!group) return null
  return createHmac("sha256", config.masterSecret).update(`vestibule recipient ${group} ${address}`).digest("base64url")
}

export type PostponeValues = { id: string; now: number; hourAgo: number; max: number }

export function postponeValues({ now, config }: Pick<Deps, "now" | "config">, id: string): PostponeValues {
  const at = now().getTime()
  return { id, now: at, hourAgo: at - HOUR_MS, max: config.recipientMailsPerHour }
}

/**
 * The statement that postpones a due row of the outbox while its address has had its emails of this hour. Counts what senders have
 * claimed, and older rows of the address that still wait. Rows that aren't needed any more are left to be cancelled.
 */
export function postponeStatement(db: Db, { id, now, hourAgo, max }: Places<PostponeValues>, isStillNeeded: SQL) {
  const claimed = sql`outbox AS earlier WHERE earlier.recipient_hash = outbox.recipient_hash
    AND earlier.claimed_at > ${hourAgo} AND earlier.id <> outbox.id`
  const waiting = sql`outbox AS older WHERE older.recipient_hash = outbox.recipient_hash AND older.id < outbox.id
    AND older.status = 'queued' AND older.claimed_at IS NULL AND NOT EXISTS (SELECT 1 FROM ${resellers}
      WHERE ${resellers.id} = older.reseller_id AND ${resellers.suspendedAt} IS NOT NULL)`
  const countUpToMax = (rows: SQL) => sql`(SELECT count(*) FROM (SELECT 1 FROM ${rows} LIMIT ${max}))`
  return db
    .update(outbox)
    .set({
      nextAttemptAt: sql`coalesce((SELECT min(earlier.claimed_at) FROM ${claimed}) + ${HOUR_MS}, ${now} + ${OLDER_FIRST_MS})`,
    })
    .where(
      and(
        eq(outbox.id, id),
        sql`${outbox.status} IN ('queued', 'sending') AND ${outbox.recipientHash} IS NOT NULL AND ${outbox.kind} NOT IN ('code', 'password_reset')`,
        sql`${outbox.nextAttemptAt} <= ${now}`,
        sql`${countUpToMax(claimed)} + ${countUpToMax(waiting)} >= ${max} AND ${isStillNeeded}`,
      ),
    )
}

/** SQL condition: the address has had fewer codes within a day, from all senders together, than it can have. */
export function isCodeLeft(deps: Pick<Deps, "now" | "config">, address: string): SQL {
  const { recipientCodesPerDay: max } = deps.config
  return sql`(SELECT count(*) FROM (SELECT 1 FROM ${outbox} WHERE ${outbox.kind} = 'code'
    AND ${outbox.recipientHash} = ${hashRecipient(deps, "code", address)}
    AND ${outbox.createdAt} > ${deps.now().getTime() - DAY_MS} LIMIT ${max})) < ${max}`
}

const TESTS_PER_HOUR = 10

/** SQL condition: the person has sent themselves fewer tests within an hour than they can. */
export function isTestLeft(deps: Pick<Deps, "now" | "config">, address: string): SQL {
  return sql`(SELECT count(*) FROM (SELECT 1 FROM ${outbox} WHERE ${outbox.kind} = 'test'
    AND ${outbox.recipientHash} = ${hashRecipient(deps, "test", address)}
    AND ${outbox.createdAt} > ${deps.now().getTime() - HOUR_MS} LIMIT ${TESTS_PER_HOUR})) < ${TESTS_PER_HOUR}`
}

/** SQL: the hash of a row that is purged, while a limit still needs it. */
export function keptHashSql(now: Date): SQL {
  return sql`iif(max(${outbox.createdAt}, coalesce(${outbox.claimedAt}, 0)) > ${now.getTime() - RECIPIENT_HASH_MS},
    ${outbox.recipientHash}, NULL)`
}

/** Deletes the hashes of purged recipients that no limit needs any more, one batch per run. */
export async function forgetRecipients({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  const cutoff = now().getTime() - RECIPIENT_HASH_MS
  await db.run(sql`UPDATE outbox SET recipient_hash = NULL WHERE id IN (SELECT id FROM outbox
    WHERE recipient = '' AND recipient_hash IS NOT NULL AND created_at <= ${cutoff} AND coalesce(claimed_at, 0) <= ${cutoff}
    LIMIT ${FORGET_BATCH})`)
}
