import type { ExtractTablesWithRelations } from "drizzle-orm"
import { DrizzleD1Database, drizzle, SQLiteD1Session } from "drizzle-orm/d1"
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core"
import type { NotedDatabase } from "./noted-database.ts"
import { countedD1 } from "./query-costs.ts"
import * as schema from "./schema.ts"

/** `$shared` is the handle of the same database that its isolate keeps. */
export type Db = DrizzleD1Database<typeof schema> & { $client: D1Database; $shared: Db }

const handles = new WeakMap<D1Database, Db>()

/** The handle of a database, built once for each isolate. */
export function openDb(database: D1Database): Db {
  const known = handles.get(database)
  if (known) return known
  const handle: Omit<Db, "$shared"> & { $shared?: Db } = drizzle(countedD1(database), { schema })
  const shared = Object.assign(handle, { $shared: handle as Db }) as Db
  handles.set(database, shared)
  return shared
}

const dialect = new SQLiteAsyncDialect()

/** A handle for one request, which costs next to nothing: what drizzle knows of the schema, and compiled statements, are those of `shared`. */
export function openNotedDb(database: NotedDatabase, shared: Db): Db {
  const used: Pick<D1Database, "prepare" | "batch"> = database
  const client = used as D1Database // drizzle uses no more of it
  const session = new SQLiteD1Session<typeof schema, ExtractTablesWithRelations<typeof schema>>(
    client,
    dialect,
    undefined,
  )
  const handle = new DrizzleD1Database<typeof schema>("async", dialect, session, undefined)
  return Object.assign(handle, { $client: client, $shared: shared })
}
