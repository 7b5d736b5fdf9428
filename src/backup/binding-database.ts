import type { Database, Row } from "./database.ts"

/** What we use of a D1 binding. */
export type D1 = { prepare: (sql: string) => Statement }
type Statement = { bind: (value: string) => Statement; raw: <T>() => Promise<T[]> }

/** A database that is bound here, as in a Worker. It has no Time Travel. */
export function bindingDatabase(binding: D1, close = async () => {}): Database {
  return {
    query: (sql, json) => {
      const statement = binding.prepare(sql)
      return (json === undefined ? statement : statement.bind(json)).raw<Row>()
    },
    bookmark: async () => null,
    close,
  }
}
