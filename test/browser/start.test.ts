import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterEach, beforeEach, expect, test } from "vitest"
import { runNode } from "../../src/build/run-node.ts"
import { isStateOutdated } from "../../src/local/outdated-state.ts"

let state: string

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "vestibule-"))
})
afterEach(() => rm(state, { recursive: true, force: true }))

test("starting with data of an earlier version names the folder to delete and exits", async () => {
  await recordMigration("0001_invitations.sql")

  expect(await runNode("src/local/start.ts", ["--persist-to", state])).toEqual({
    ok: false,
    output: `The local data is from an earlier version: delete the folder ${state} and start again.\n`,
  })
})

test("data of this version is not outdated, nor is a missing database", async () => {
  expect(await isStateOutdated(state)).toBe(false)

  await recordMigration("0001_schema.sql")
  expect(await isStateOutdated(state)).toBe(false)
})

/** Records a migration as `wrangler d1 migrations apply` does. */
async function recordMigration(name: string) {
  const folder = join(state, "v3/d1/miniflare-D1DatabaseObject")
  await mkdir(folder, { recursive: true })
  const database = new DatabaseSync(join(folder, `${"0".repeat(64)}.sqlite`))
  database.exec("CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT UNIQUE)")
  database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").run(name)
  database.close()
}
