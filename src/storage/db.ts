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
  const client = database as unknown as D1Database
  const handle = new DrizzleD1Database("async", dialect, new SQLiteD1Session(client, dialect, undefined), undefined)
  return Object.assign(handle, { $client: client, $shared: shared }) as unknown as Db
}
