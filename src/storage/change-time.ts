import { type SQL, sql } from "drizzle-orm"

let isCompiling = false

/** Builds a statement for all requests, which can't have the time of one of them. */
export function buildTimeless<T>(build: () => T): T {
  isCompiling = true
  try {
    return build()
  } finally {
    isCompiling = false
  }
}

/** The time that the schema writes with a change. A compiled statement that doesn't set its own needs it as the value `changedAt`. */
export const changeTime = (): Date | SQL => (isCompiling ? sql`${sql.placeholder("changedAt")}` : new Date())
