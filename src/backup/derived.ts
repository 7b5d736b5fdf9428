import { type Database, quote } from "./database.ts"

// What triggers keep besides rows. The rows of a backup are as they were at different moments, so a restore computes it again.

/** The indexes for searches, with the statement that reads what a range of their rows consists of, and the table that has these rows. */
const SEARCH_INDEXES: Record<string, { table: string; terms: string }> = {
  invite_search: { table: "invites", terms: "SELECT seq, search_terms FROM invites WHERE kind = 'customer'" },
  customer_search: { table: "customers", terms: "SELECT seq, terms FROM customer_search_terms WHERE TRUE" },
}
const INDEXED_ROWS = 2_000

/** Fills the indexes for searches. Filling one twice changes nothing. */
export async function fillSearchIndexes(database: Database): Promise<void> {
  const indexes = await database.query("SELECT name FROM pragma_table_list WHERE type = 'virtual' AND schema = 'main'")
  for (const [name] of indexes) {
    const index = SEARCH_INDEXES[String(name)]
    if (!index) throw new Error(`nothing says how to fill ${name}`)
    for (let start: number | null = -1, end = await rangeEnd(database, index.table, start); end !== null; ) {
      await database.query(
        `INSERT OR REPLACE INTO ${quote(String(name))} (rowid, terms) ${index.terms}
           AND seq > ?1 ->> '$[0]' AND seq <= ?1 ->> '$[1]'`,
        JSON.stringify([start, end]),
      )
      start = end
      end = await rangeEnd(database, index.table, start)
    }
  }
}

async function rangeEnd(database: Database, table: string, start: number): Promise<number | null> {
  const [row] = await database.query(
    `SELECT max(seq) FROM (SELECT seq FROM ${quote(table)} WHERE seq > ?1 ->> '$' ORDER BY seq LIMIT ${INDEXED_ROWS})`,
    String(start),
  )
  return typeof row?.[0] === "number" ? row[0] : null
}

const INVITE_COUNTS = `SELECT reseller_id, 'customers' AS counter, count(*) AS count FROM customers GROUP BY reseller_id
  UNION ALL SELECT reseller_id, 'to_review', sum(billing_needs_review) FROM customers GROUP BY reseller_id
  UNION ALL SELECT audience_id, status, count(*) FROM invites WHERE kind = 'customer' GROUP BY audience_id, status
  UNION ALL SELECT audience_id, 'undelivered', sum(is_undelivered) FROM invites WHERE kind = 'customer' GROUP BY audience_id`

/** The statements that correct what triggers keep: each returns a row for each correction. Without need, they change nothing. */
const CORRECTIONS = {
  invite_counts: [
    `INSERT INTO invite_counts SELECT * FROM (${INVITE_COUNTS}) WHERE count > 0
      ON CONFLICT DO UPDATE SET count = excluded.count WHERE count <> excluded.count RETURNING 1`,
    `UPDATE invite_counts SET count = 0 WHERE count <> 0
      AND (reseller_id, counter) NOT IN (SELECT reseller_id, counter FROM (${INVITE_COUNTS}) WHERE count > 0) RETURNING 1`,
  ],
  customers: [
    `UPDATE customers SET member_count = (SELECT count(*) FROM members WHERE customer_id = customers.id)
      WHERE member_count <> (SELECT count(*) FROM members WHERE customer_id = customers.id) RETURNING 1`,
  ],
  customer_metadata: [
    `DELETE FROM customer_metadata AS kept WHERE NOT EXISTS (SELECT 1 FROM customers, json_each(customers.metadata) AS item
      WHERE customers.id = kept.customer_id AND item.key = kept.key AND item.value = kept.value) RETURNING 1`,
    `INSERT OR IGNORE INTO customer_metadata (reseller_id, key, value, customer_id)
      SELECT customers.reseller_id, item.key, item.value, customers.id FROM customers, json_each(customers.metadata) AS item RETURNING 1`,
  ],
  jobs: [
    `UPDATE jobs SET (waiting_count, failed_count) = (counted.waiting, counted.failed)
      FROM (SELECT job_id, sum(status = 'waiting') AS waiting, sum(status = 'failed') AS failed FROM job_rows GROUP BY job_id) AS counted
      WHERE jobs.id = counted.job_id AND jobs.status <> 'draft'
        AND (waiting_count, failed_count) <> (counted.waiting, counted.failed) RETURNING 1`,
  ],
  resellers: [
    `UPDATE resellers SET suspended_at = live.suspended_at FROM resellers AS live
      WHERE live.id = resellers.sandbox_of AND resellers.suspended_at IS NOT live.suspended_at RETURNING 1`,
  ],
  staff: [
    `DELETE FROM staff AS inherited WHERE is_inherited = 1 AND NOT EXISTS (SELECT 1 FROM resellers AS sandbox
      JOIN staff AS live ON live.reseller_id = sandbox.sandbox_of AND live.user_id = inherited.user_id
      WHERE sandbox.id = inherited.reseller_id) RETURNING 1`,
    `INSERT INTO staff (user_id, reseller_id, role, created_at, is_inherited)
      SELECT live.user_id, sandbox.id, live.role, live.created_at, 1 FROM staff AS live
      JOIN resellers AS sandbox ON sandbox.sandbox_of = live.reseller_id WHERE TRUE
      ON CONFLICT DO UPDATE SET role = excluded.role WHERE is_inherited = 1 AND role <> excluded.role RETURNING 1`,
  ],
}

/**
 * What was written to the audit log since `?1` may have been read in part. Of an earlier time nothing is touched, so that what was altered
 * there stays visible.
 */
const AUDIT_CORRECTIONS = {
  audit_unsealed: [
    "DELETE FROM audit_unsealed WHERE entry_id IN (SELECT entry_id FROM audit_seals WHERE sealed_at >= ?1 ->> '$') RETURNING 1",
    `INSERT OR IGNORE INTO audit_unsealed (entry_id, reseller_id) SELECT id, reseller_id FROM audit_entries AS entry
      WHERE created_at >= ?1 ->> '$' AND NOT EXISTS (SELECT 1 FROM audit_seals WHERE entry_id = entry.id) RETURNING 1`,
  ],
  audit_heads: [
    `INSERT INTO audit_heads (reseller_id, sequence, hash)
      SELECT seal.reseller_id, seal.sequence, seal.hash FROM audit_seals AS seal
      LEFT JOIN audit_heads AS head ON head.reseller_id = seal.reseller_id
      WHERE seal.sealed_at >= ?1 ->> '$' AND seal.sequence > coalesce(head.sequence, 0)
        AND (head.sequence IS NULL OR EXISTS (SELECT 1 FROM audit_seals AS same WHERE same.reseller_id = head.reseller_id
          AND same.sequence = head.sequence AND same.hash = head.hash))
        AND NOT EXISTS (SELECT 1 FROM audit_seals AS later WHERE later.reseller_id = seal.reseller_id AND later.sequence > seal.sequence)
        AND NOT EXISTS (SELECT 1 FROM audit_seals AS earlier WHERE earlier.reseller_id = seal.reseller_id
          AND earlier.sequence > coalesce(head.sequence, 0) AND earlier.sealed_at < ?1 ->> '$')
      ON CONFLICT DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash RETURNING 1`,
  ],
}

/** Corrects what triggers keep, for a backup that was begun at `startedAt`. Returns how many rows of which tables were wrong. */
export async function correctDerived(database: Database, startedAt: Date): Promise<Record<string, number>> {
  const corrected: Record<string, number> = {}
  const since = String(startedAt.getTime() - CLOCK_DIFFERENCE_MS)
  for (const [table, statements] of Object.entries({ ...CORRECTIONS, ...AUDIT_CORRECTIONS })) {
    for (const sql of statements) {
      const { length } = await database.query(sql, sql.includes("?1") ? since : undefined)
      if (length > 0) corrected[table] = (corrected[table] ?? 0) + length
    }
  }
  return corrected
}

/** How much the clocks of two machines may differ. */
export const CLOCK_DIFFERENCE_MS = 60_000
