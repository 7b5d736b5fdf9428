import { DatabaseSync, type SQLInputValue } from "node:sqlite"
import { unstable_splitSqlQuery } from "wrangler"
import { Refusal, type Routes } from "./router.ts"
import type { State } from "./state.ts"

export function databaseRoutes(state: State): Routes {
  const root = `/accounts/${state.account.id}/d1/database`
  return {
    [`GET ${root}`]: ({ query }) =>
      state.databases
        .filter(({ name }) => name.includes(query.get("name") ?? ""))
        .map(({ uuid, name }) => ({ uuid, name })),
    [`POST ${root}`]: async ({ request }) => {
      const { name } = await request.json<{ name: string }>()
      if (state.databases.some((database) => database.name === name)) throw new Refusal(409, 7502, "already exists")
      const database = { uuid: state.newId("database"), name, sqlite: new DatabaseSync(":memory:") }
      state.databases.push(database)
      return { uuid: database.uuid, name }
    },
    [`POST ${root}/:database/query`]: async ({ params, request }) => {
      const { sql } = await request.json<{ sql: string }>()
      return runAll(findDatabase(state, params.database), sql)
    },
    [`POST ${root}/:database/raw`]: async ({ params, request }) => {
      const { sql, params: values } = await request.json<{ sql: string; params: SQLInputValue[] }>()
      const statement = findDatabase(state, params.database).prepare(sql)
      statement.setReturnArrays(true)
      return [{ success: true, results: { rows: statement.all(...values) } }]
    },
    [`GET ${root}/:database/time_travel/bookmark`]: ({ params }) => {
      const changes = findDatabase(state, params.database).prepare("SELECT total_changes() AS n").get()
      return { bookmark: `b-${changes?.n}` }
    },
  }
}

function findDatabase(state: State, id: string | undefined): DatabaseSync {
  const database = state.databases.find(({ uuid }) => uuid === id)
  if (!database) throw new Refusal(404, 7404, "no such database")
  return database.sqlite
}

/** Runs statements as one transaction, as D1 does. */
function runAll(sqlite: DatabaseSync, sql: string) {
  sqlite.exec("BEGIN")
  try {
    const results = unstable_splitSqlQuery(sql).map((statement) => ({
      success: true,
      meta: { duration: 0 },
      results: sqlite.prepare(statement).all(),
    }))
    sqlite.exec("COMMIT")
    return results
  } catch (error) {
    sqlite.exec("ROLLBACK")
    throw new Refusal(400, 7500, error instanceof Error ? error.message : String(error))
  }
}
