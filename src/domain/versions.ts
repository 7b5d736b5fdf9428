import { type SQL, sql } from "drizzle-orm"
import type { SQLiteColumn } from "drizzle-orm/sqlite-core"
import { Failure } from "./failure.ts"

/** The versions of a row that the caller may have seen. A change is refused at any other; undefined accepts all. */
export type Versions = readonly string[] | undefined

/** Throws `version_conflict` unless the row is at one of these versions. */
export function requireVersion(versions: Versions, version: string | number): void {
  if (versions && !versions.includes(String(version))) throw new Failure({ kind: "version_conflict" })
}

/** SQL condition: the row is at one of these versions. */
export function hasVersion(column: SQLiteColumn | SQL, versions: Versions): SQL {
  return versions
    ? sql`CAST(${column} AS TEXT) IN (SELECT value FROM json_each(${JSON.stringify(versions)}))`
    : sql`TRUE`
}
