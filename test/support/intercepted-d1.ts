import { env } from "cloudflare:workers"
import { sessionOf } from "./session-d1.ts"

/** The database, with `run` in place of its batches. `commit` runs one as it is. */
export function interceptBatches(
  run: (statements: D1PreparedStatement[], commit: () => Promise<D1Result[]>) => Promise<D1Result[]>,
): D1Database {
  return new Proxy(env.DB, {
    get: (database, name: keyof D1Database, itself) => {
      if (name === "withSession") return () => sessionOf(itself)
      if (name !== "batch") return Reflect.get(database, name).bind(database)
      return (statements: D1PreparedStatement[]) => run(statements, () => database.batch(statements))
    },
  })
}
