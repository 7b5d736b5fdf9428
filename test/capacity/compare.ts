import { createHash } from "node:crypto"
import type { CountedD1 } from "./counted-d1.ts"
import { accountsSql, type Row, readTables, readWindow } from "./moved-table.ts"

/** What a reseller has in a database: a SHA-256 of its rows in each table, in their order, and what triggers have counted. */
export async function fingerprint(db: CountedD1, resellerId: string): Promise<Record<string, string>> {
  const prints: Record<string, string> = {}
  for (const table of await readTables(db)) {
    const hash = createHash("sha256")
    let count = 0
    let after: Row | undefined
    do {
      const { rows, cursor } = await readWindow(db, table, { resellerId, after, journaled: "as they are" })
      for (const row of rows) hash.update(JSON.stringify(row))
      count += rows.length
      after = cursor
    } while (after)
    prints[table.name] = `${count} ${hash.digest("hex")}`
  }
  const accounts = accountsSql(resellerId)
  const [counts, members, metadata, broken] = await db.batch([
    [
      `SELECT reseller_id, counter, count FROM invite_counts WHERE reseller_id IN ${accounts} AND count <> 0 ORDER BY 1, 2`,
    ],
    [
      `SELECT count(*) AS customers, coalesce(sum(member_count), 0) AS members FROM customers WHERE reseller_id IN ${accounts}`,
    ],
    [`SELECT count(*) AS n FROM customer_metadata WHERE reseller_id IN ${accounts}`],
    ['SELECT "table" FROM pragma_foreign_key_check LIMIT 10'],
  ])
  const counted = [counts, members, metadata].map((result) => result?.results)
  return { ...prints, counters: JSON.stringify(counted), "broken foreign keys": JSON.stringify(broken?.results) }
}

/** The tables in which two fingerprints differ. */
export const differences = (one: Record<string, string>, other: Record<string, string>) =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((name) => one[name] !== other[name])
