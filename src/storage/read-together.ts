import type { BatchItem, BatchResponse } from "drizzle-orm/batch"
import { BoundStatement, oncePerKey } from "./compiled.ts"
import type { Db } from "./db.ts"

type Query = BatchItem<"sqlite">

/**
 * Reads like `batch`, in one round trip. Compiled statements are read as one statement, whose columns are the rows of each as JSON: of
 * a batch, D1 accounts for each statement, and makes an object of each row. `src/README.md` has the measurement.
 */
export async function readTogether<U extends Query, T extends Readonly<[U, ...U[]]>>(
  db: Db,
  queries: T,
): Promise<BatchResponse<T>> {
  const statements = queries.filter((query) => query instanceof BoundStatement && query.template.rowsAsJson)
  const parts: BoundStatement[] = statements as never
  const params = parts.flatMap((part) => part.getQuery().params)
  if (parts.length < queries.length || params.length > PARAMS_MAX) return db.batch(queries)
  try {
    const [result] = await db.$client.batch<Record<string, string>>([mergedStatement(db, parts).bind(...params)])
    const columns = Object.values(result?.results[0] ?? {})
    return parts.map((part, i) => part.mapResult({ results: JSON.parse(columns[i] ?? "") })) as BatchResponse<T>
  } catch (error) {
    if (!isTooBig(error)) throw error
    return db.batch(queries)
  }
}

/** Bound parameters of a statement (https://developers.cloudflare.com/d1/platform/limits/). */
const PARAMS_MAX = 100

const oncePerList = oncePerKey<D1PreparedStatement>()

function mergedStatement(db: Db, parts: BoundStatement[]): D1PreparedStatement {
  const key = parts.map(({ template }) => template.id).join()
  const texts = () => parts.map(({ template }, i) => `${template.rowsAsJson} AS rows_${i}`)
  return oncePerList(db, key, (shared) => shared.$client.prepare(`SELECT ${texts().join(", ")}`))
}

/** True if rows together are longer than a value can be: 100 invites can have 4 MB of metadata. */
const isTooBig = (error: unknown) => error instanceof Error && error.message.includes("SQLITE_TOOBIG")
