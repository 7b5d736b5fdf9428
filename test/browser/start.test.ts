import { execFile } from "node:child_process"
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { promisify } from "node:util"
import { afterEach, beforeEach, expect, test } from "vitest"
import { root } from "../../src/build/files.ts"
import { runNode } from "../../src/build/run-node.ts"
import { isStateOutdated } from "../../src/local/outdated-state.ts"

let state: string

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "vestibule-"))
})
afterEach(() => rm(state, { recursive: true, force: true }))

test("starting with data of an earlier version names the folder to delete and exits", async () => {
  await recordMigration("0001_invitations.sql")

  expect(await runNode("src/local/start.ts", ["--persist-to", state])).toMatchObject({
    ok: false,
    output: `The local data is from an earlier version: delete the folder ${state} and start again.\n`,
  })
})

test("data of this version is not outdated, nor is a missing database", async () => {
  expect(await isStateOutdated(state)).toBe(false)

  await recordMigration("0001_schema.sql", await readFile(join(root, "migrations/0001_schema.sql"), "utf8"))
  expect(await isStateOutdated(state)).toBe(false)
})

test("data from before a column was added to the schema is outdated", async () => {
  const schema = await readFile(join(root, "migrations/0001_schema.sql"), "utf8")
  await recordMigration("0001_schema.sql", schema.replace(/^ {2}terms_version TEXT,\n/m, ""))
  expect(await isStateOutdated(state)).toBe(true)
})

test("a new link key gets the next id from 0 to 7 and stands first; an id that is still used is refused", async () => {
  const linkKeys = [await addLinkKey(undefined)]
  for (let n = 0; n < 7; n++) linkKeys.push(await addLinkKey(linkKeys.at(-1)))
  const eight = JSON.parse(linkKeys.at(-1) ?? "")
  expect(eight.map(({ kid }: { kid: number }) => kid)).toEqual([7, 6, 5, 4, 3, 2, 1, 0])
  expect(eight.slice(1)).toEqual(JSON.parse(linkKeys.at(-2) ?? ""))
  await expect(addLinkKey(JSON.stringify(eight))).rejects.toThrow("remove the oldest key")

  const rotated = JSON.parse(await addLinkKey(JSON.stringify(eight.slice(0, 2))))
  expect(rotated.map(({ kid }: { kid: number }) => kid)).toEqual([0, 7, 6])
})

async function addLinkKey(linkKeys: string | undefined): Promise<string> {
  const options = { cwd: root, env: { ...process.env, LINK_KEYS: linkKeys } }
  return (await promisify(execFile)(process.execPath, ["src/local/link-key.ts"], options)).stdout
}

/** Applies and records a migration as `wrangler d1 migrations apply` does. */
async function recordMigration(name: string, migration = "") {
  const folder = join(state, "v3/d1/miniflare-D1DatabaseObject")
  await mkdir(folder, { recursive: true })
  const database = new DatabaseSync(join(folder, `${"0".repeat(64)}.sqlite`))
  database.exec(migration)
  database.exec("CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT UNIQUE)")
  database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").run(name)
  database.close()
}
