import type { BatchItem, BatchResponse } from "drizzle-orm/batch"
import { BoundStatement, oncePerKey } from "./compiled.ts"
import type { Db } from "./db.ts"

type Query = BatchItem<"sqlite">

/**
 * Reads like `batch`, in one round trip. If all statements are compiled, they are read as one, whose columns are the rows of each as JSON:
 * D1 takes its time for each statement of a batch, and to make an object of each row. `src/README.md` has the measurement.
 */
export async function readTogether<U extends Query, T extends Readonly<[U, ...U[]]>>(
  db: Db,
  queries: T,
): Promise<BatchResponse<T>> {
  const statements: readonly Query[] = queries
  const parts = statements.filter(isReadAsJson)
  const merged = parts.length === statements.length ? mergedStatement(db, parts) : undefined
  if (!merged) return db.batch(queries)
  try {
    const [result] = await db.$client.batch<Record<string, string>>([merged])
    const columns = Object.values(result?.results[0] ?? {})
    return parts.map((part, i) => part.mapJson(columns[i] ?? "")) as BatchResponse<T>
  } catch (error) {
    if (!isOfSqlite(error)) throw error
    return db.batch(queries)
  }
}

const isReadAsJson = (query: Query): query is Query & BoundStatement =>
  query instanceof BoundStatement && query.template.rowsAsJson !== undefined

// The limits of D1 for a statement: https://developers.cloudflare.com/d1/platform/limits/
const PARAMS_MAX = 100
const BYTES_MAX = 100_000

const oncePerList = oncePerKey<D1PreparedStatement | null>()

/** Undefined if it would be too long or have too many values. */
function mergedStatement(db: Db, parts: BoundStatement[]): D1PreparedStatement | undefined {
  const params = parts.flatMap((part) => part.getQuery().params)
  if (params.length > PARAMS_MAX) return undefined
  const key = parts.map(({ template }) => template.id).join()
  const statement = oncePerList(db, key, (shared) => {
    const text = `SELECT ${parts.map(({ template }, i) => `${template.rowsAsJson} AS rows_${i}`).join(", ")}`
    return new TextEncoder().encode(text).length > BYTES_MAX ? null : shared.$client.prepare(text)
  })
  return statement?.bind(...params)
}

/** What SQLite refuses of one statement, such as a value of more than 2 MB, it may accept of several. */
const isOfSqlite = (error: unknown) => error instanceof Error && error.message.includes("SQLITE_")
