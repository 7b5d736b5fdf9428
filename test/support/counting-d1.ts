/** What a Worker used of D1: round trips, their statements, and rows read and written as they are billed. */
export type Costs = { roundTrips: number; statements: number; rowsRead: number; rowsWritten: number }

/**
 * A D1 binding that counts. A single SELECT runs twice to learn its rows; the second run is not counted. Of a single statement that
 * writes, only the rows written are counted.
 */
export function countingD1(database: D1Database): { database: D1Database; costs: Costs } {
  const costs: Costs = { roundTrips: 0, statements: 0, rowsRead: 0, rowsWritten: 0 }
  const originals = new WeakMap<object, D1PreparedStatement>()

  function countRows({ rows_read, rows_written }: D1Meta): void {
    costs.rowsRead += rows_read
    costs.rowsWritten += rows_written
  }

  function countCalls(statement: D1PreparedStatement, sql: string): D1PreparedStatement {
    const counted = new Proxy(statement, {
      get(target, name: keyof D1PreparedStatement) {
        if (name === "bind") return (...values: unknown[]) => countCalls(target.bind(...values), sql)
        return async (...options: []) => {
          costs.roundTrips += 1
          costs.statements += 1
          if (/^\s*select/i.test(sql)) {
            countRows((await target.all()).meta)
            return Reflect.apply(target[name], target, options)
          }
          const result = await target.all<Record<string, unknown>>()
          costs.rowsWritten += result.meta.rows_written
          if (name === "raw") return result.results.map(Object.values)
          return name === "first" ? (result.results[0] ?? null) : result
        }
      },
    })
    originals.set(counted, statement)
    return counted
  }

  const counted = new Proxy(database, {
    get(target, name: keyof D1Database) {
      if (name === "prepare") return (sql: string) => countCalls(target.prepare(sql), sql)
      if (name !== "batch") return Reflect.get(target, name).bind(target)
      return async (statements: D1PreparedStatement[]) => {
        costs.roundTrips += 1
        costs.statements += statements.length
        const results = await target.batch(statements.map((statement) => originals.get(statement) ?? statement))
        for (const { meta } of results) countRows(meta)
        return results
      }
    },
  })
  return { database: counted, costs }
}
