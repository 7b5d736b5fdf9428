import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1"
import { countedD1 } from "./query-costs.ts"
import * as schema from "./schema.ts"

export type Db = DrizzleD1Database<typeof schema> & { $client: D1Database }

const handles = new WeakMap<D1Database, Db>()

/** The handle of a database, built once for each isolate. */
export function openDb(database: D1Database): Db {
  const known = handles.get(database)
  if (known) return known
  const handle = drizzle(countedD1(database), { schema })
  handles.set(database, handle)
  return handle
}
