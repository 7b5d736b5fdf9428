import { applyD1Migrations } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { backupLines } from "../../src/backup/backup-lines.ts"
import { bindingDatabase } from "../../src/backup/binding-database.ts"
import { restoreLines } from "../../src/backup/restore-lines.ts"
import { clearingStatements } from "./storage.ts"

type Server = "primary" | "replica"

/**
 * A D1 database with a replica that is behind for as long as the test likes: it gets what the primary has when `replicate` is called, or
 * when a session needs a bookmark that it hasn't reached. `served` are the calls in order, by who answered, `writes` the bookmark after each.
 */
export async function createLaggingReplica() {
  await applyD1Migrations(env.OTHER_DB, env.TEST_MIGRATIONS)
  const clearing = await clearingStatements(env.OTHER_DB)
  const versions = { primary: 1, replica: 0 }
  const served: Server[] = []
  const writes: { text: string; bookmark: string }[] = []

  async function replicate(): Promise<void> {
    await env.OTHER_DB.batch(clearing)
    const lines: string[] = []
    for await (const line of backupLines(bindingDatabase(env.DB))) lines.push(line)
    const [header, footer] = [lines[0] ?? "", lines.at(-1) ?? ""].map((line) => JSON.parse(line))
    const read = async function* () {
      yield* lines
    }
    await restoreLines(bindingDatabase(env.OTHER_DB), { sha256: "replica", header, footer, lines: read })
    versions.replica = versions.primary
  }

  /** A session as D1 has them: writes go to the primary, reads to the replica once it has reached the bookmark. */
  function openSession(start: string): D1DatabaseSession {
    let bookmark = start.startsWith("first-") ? null : start
    let isFirst = true

    async function serve<T>(texts: string[], run: (database: D1Database) => Promise<T>): Promise<T> {
      const isWrite = texts.some((text) => !/^\s*select\b/i.test(text))
      const server: Server = isWrite || (isFirst && start === "first-primary") ? "primary" : "replica"
      isFirst = false
      if (server === "replica" && bookmark !== null && toBookmark(versions.replica) < bookmark) await replicate()
      served.push(server)
      const result = await run(server === "primary" ? env.DB : env.OTHER_DB)
      if (isWrite) versions.primary += 1
      bookmark = toBookmark(versions[server])
      if (isWrite) writes.push({ text: texts.join(";"), bookmark })
      return result
    }

    return {
      prepare: (text) => new Statement(text, [], serve) as unknown as D1PreparedStatement,
      batch: (statements) => {
        const all = statements as unknown as Statement[]
        return serve(
          all.map(({ text }) => text),
          (database) => database.batch(all.map((one) => one.on(database))),
        )
      },
      getBookmark: () => bookmark,
    }
  }

  const database = {
    prepare: (text: string) => openSession("first-primary").prepare(text),
    batch: (statements: D1PreparedStatement[]) => openSession("first-primary").batch(statements),
    withSession: openSession,
  } as unknown as D1Database
  return { database, served, writes, replicate }
}

/** Later than those of the database behind it. */
const toBookmark = (version: number) => `ffffffff-${version.toString(16).padStart(8, "0")}`

type Serve = <T>(texts: string[], run: (database: D1Database) => Promise<T>) => Promise<T>

class Statement {
  readonly text: string
  readonly #values: unknown[]
  readonly #serve: Serve

  constructor(text: string, values: unknown[], serve: Serve) {
    this.text = text
    this.#values = values
    this.#serve = serve
  }

  bind = (...values: unknown[]) => new Statement(this.text, values, this.#serve)
  on = (database: D1Database) => database.prepare(this.text).bind(...this.#values)
  run = () => this.#serve([this.text], (database) => this.on(database).run())
  all = () => this.#serve([this.text], (database) => this.on(database).all())
  raw = () => this.#serve([this.text], (database) => this.on(database).raw())
}
