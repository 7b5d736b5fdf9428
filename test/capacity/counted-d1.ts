import type { Row } from "./moved-table.ts"

export type Usage = { statements: number; batches: number; rowsRead: number; rowsWritten: number; bytes: number }

export type Statement = readonly [sql: string, ...values: (string | number | null)[]]

export type CountedD1 = ReturnType<typeof countD1>

const BATCH_STATEMENTS = 40

/** A database that counts what it is asked for: as it is billed, and the bytes of its parameters. */
export function countD1(database: D1Database) {
  const usage: Usage = { statements: 0, batches: 0, rowsRead: 0, rowsWritten: 0, bytes: 0 }

  async function batch(statements: readonly Statement[]) {
    const results = await database.batch<Row>(
      statements.map(([sql, ...values]) => database.prepare(sql).bind(...values)),
    )
    usage.batches += 1
    usage.statements += statements.length
    for (const { meta } of results) {
      usage.rowsRead += meta.rows_read
      usage.rowsWritten += meta.rows_written
    }
    for (const [, ...values] of statements) for (const value of values) usage.bytes += String(value).length
    return results
  }

  /** Runs any number of statements in batches that D1 takes. */
  async function all(statements: readonly Statement[]) {
    const results: Awaited<ReturnType<typeof batch>> = []
    for (let start = 0; start < statements.length; start += BATCH_STATEMENTS) {
      results.push(...(await batch(statements.slice(start, start + BATCH_STATEMENTS))))
    }
    return results
  }

  return { database, usage, batch, all }
}
