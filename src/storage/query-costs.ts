import { AsyncLocalStorage } from "node:async_hooks"
import { ObservedStatement, originalOf } from "./observed-statement.ts"

/** What an invocation used of D1. Of a SELECT of its own round trip, D1 doesn't say how many rows it read: those that it found count. */
export type QueryCosts = { roundTrips: number; statements: number; rowsRead: number; rowsWritten: number }

const current = new AsyncLocalStorage<QueryCosts>()

/** Does `work`, and counts what it uses of D1. */
export function countQueries<T>(costs: QueryCosts, work: () => T): T {
  return current.run(costs, work)
}

/** The costs that are being counted. */
export const currentCosts = (): QueryCosts | undefined => current.getStore()

/** The database or session, with whatever runs on it counted for the invocation that asked. It has what drizzle uses. */
export function countedD1<D extends D1Database | D1DatabaseSession>(database: D): D {
  const counted: Pick<D1DatabaseSession, "prepare" | "batch" | "getBookmark"> = {
    getBookmark: () => ("getBookmark" in database ? database.getBookmark() : null),
    prepare: (query) => new ObservedStatement(database.prepare(query), countRun),
    batch: async <T>(statements: D1PreparedStatement[]) => {
      const results = await countRoundTrip(statements.length, database.batch<T>(statements.map(originalOf)))
      for (const result of results) countRows(result)
      return results
    },
  }
  return counted as D
}

/** Of rows alone, D1 doesn't say what they cost. */
async function countRun<R extends D1Result | unknown[]>(result: Promise<R>): Promise<R> {
  const found = await countRoundTrip(1, result)
  if (!Array.isArray(found)) countRows(found)
  else {
    const costs = currentCosts()
    if (costs) costs.rowsRead += found.length
  }
  return found
}

function countRoundTrip<T>(statements: number, result: Promise<T>): Promise<T> {
  const costs = currentCosts()
  if (costs) {
    costs.roundTrips += 1
    costs.statements += statements
  }
  return result
}

function countRows<R extends D1Result>(result: R): R {
  const costs = currentCosts()
  if (costs) {
    costs.rowsRead += result.meta.rows_read
    costs.rowsWritten += result.meta.rows_written
  }
  return result
}
