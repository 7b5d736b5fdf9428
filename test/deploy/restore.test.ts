import { execFile } from "node:child_process"
import { cp, readFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { beforeEach, expect, test } from "vitest"
import { filesOf } from "../../src/deploy/environments.ts"
import { cloneRepository } from "./clone.ts"
import { FIRST, Site } from "./harness.ts"
import { serve } from "./serve.ts"

let site: Site

beforeEach(async () => {
  site = await Site.open()
  await site.deploy(FIRST)
})

/** The database that the Worker uses. */
function usedDatabase() {
  const binding = site.state.scripts[0]?.bindings.find(({ type }) => type === "d1")
  return site.state.databases.find(({ uuid }) => uuid === binding?.id)
}

const RESELLER =
  "INSERT INTO resellers (id, name, slug, support_email, created_at) VALUES ('res_1', 'Acme', 'acme', 's@x.example', 1)"

const databaseChoice = async () =>
  JSON.parse(await readFile(filesOf("production", site.folder).choices, "utf8")).database

test("a backup is restored into a new database, and the next deployment and the ones after it use that", async () => {
  usedDatabase()?.sqlite.exec(RESELLER)
  const folder = await cloneRepository()
  await cp(filesOf("production", site.folder).choices, filesOf("production", folder).choices)
  const { url, close } = await serve(site.provider)
  const login = { CLOUDFLARE_API_BASE_URL: `${url}/client/v4`, CLOUDFLARE_API_TOKEN: site.state.token }
  const run = async (command: string, ...args: string[]) => {
    const options = { cwd: folder, env: { ...process.env, ...login } }
    const script = join(folder, `src/backup/${command}.ts`)
    return (await promisify(execFile)(process.execPath, [script, "--remote", ...args], options)).stdout
  }
  const file = join(folder, "backup.gz")
  expect(await run("backup", file)).toContain("it is the database as it was at one moment")
  expect(await run("restore", "--database", "vestibule-2", file)).toContain("npm run deploy -- --database vestibule-2")
  expect(site.provider.unknown).toEqual([])

  const before = usedDatabase()
  expect(before?.name).toBe("vestibule")
  expect(await site.deploy(["--yes", "--database", "vestibule-2"])).toContain("vestibule-2 exists")
  expect(usedDatabase()?.name).toBe("vestibule-2")
  expect(usedDatabase()?.sqlite.prepare("SELECT id FROM resellers").all()).toEqual([{ id: "res_1" }])
  expect(await databaseChoice()).toBe("vestibule-2")
  await site.deploy(["--yes"])
  expect(usedDatabase()?.name).toBe("vestibule-2")

  await cp(filesOf("production", site.folder).choices, filesOf("production", folder).choices)
  usedDatabase()?.sqlite.exec("UPDATE resellers SET name = 'New'")
  expect(await run("backup", join(folder, "later.gz"))).toContain("is complete")
  const config = JSON.parse(await readFile(filesOf("restore", folder).wrangler, "utf8"))
  expect(config.d1_databases[0].database_id).toBe(usedDatabase()?.uuid)
  close()
})

test("in a new account, a restored database needs the secrets that it was used with, and no reseller is asked for", async () => {
  const other = await Site.open()
  await other.tools().wrangler(["d1", "create", "restored"], other.state.account)
  usedDatabase()?.sqlite.exec(RESELLER)
  Object.assign(other.state.databases[0] ?? {}, { sqlite: usedDatabase()?.sqlite })
  other.state.resellers.set("vestibule", [
    { id: "res_1", name: "Acme", admin: { name: "Dana", email: "dana@acme.test" }, emailStatus: "delivered" },
  ])
  const args = [
    "--yes",
    "--database",
    "restored",
    "--domain",
    "invites.acme.test",
    "--terms-url",
    "https://acme.test/terms",
    "--test-address",
    "ops@acme.test",
  ]
  await expect(other.deploy(args)).rejects.toThrow("AUTH_SECRET and LINK_KEYS must be as when the data")
  expect(other.provider.changes).toEqual(["POST /accounts/acc0/d1/database"])

  await cp(filesOf("production", site.folder).secrets, filesOf("production", other.folder).secrets)
  expect(await other.deploy(args)).toContain("Acme exists")
  expect(other.state.scripts[0]?.secrets).toEqual(site.state.scripts[0]?.secrets)
})

test("a deployed Worker keeps its database if the other isn't there, is empty, or isn't filled by a restore yet", async () => {
  const bound = usedDatabase()
  const change = (name: string) => site.deploy(["--yes", "--database", name])
  await expect(change("vestibul")).rejects.toThrow("Database: The account has no database vestibul.")
  expect(site.state.databases).toHaveLength(1)

  await site.tools().wrangler(["d1", "create", "vestibule-2"], site.state.account)
  const other = site.state.databases[1]?.sqlite
  await expect(change("vestibule-2")).rejects.toThrow("Migrations: The database is empty.")
  other?.exec("CREATE TABLE resellers (id TEXT)")
  await expect(change("vestibule-2")).rejects.toThrow("Migrations: The database is empty.")
  other?.exec("CREATE TABLE restore_progress (file TEXT)")
  await expect(change("vestibule-2")).rejects.toThrow("Migrations: The database is being restored.")
  expect(other?.prepare("SELECT name FROM sqlite_schema").all()).toEqual([
    { name: "resellers" },
    { name: "restore_progress" },
  ])

  expect([usedDatabase(), await databaseChoice()]).toEqual([bound, undefined])
  await site.deploy(["--yes"])
  expect(usedDatabase()).toBe(bound)
})

test("an environment doesn't get the database of the other", async () => {
  const staging = ["--env", "staging", "--domain", "test.acme.test", ...FIRST.slice(2)]
  await expect(site.deploy([...staging, "--database", "vestibule"])).rejects.toThrow(
    "vestibule is the database of production.",
  )
  await site.changeChoices((choices) => Object.assign(choices, { database: "vestibule-staging" }))
  await expect(site.deploy(staging)).rejects.toThrow("vestibule-staging is the database of production.")
})

test("Workers Builds stays with the database that was chosen, and makes no other in its place", async () => {
  usedDatabase()?.sqlite.exec(RESELLER)
  await site.changeChoices((choices) => Object.assign(choices, { database: "vestibule-2" }))
  await expect(site.deploy([], undefined, { WORKERS_CI: "1" })).rejects.toThrow(
    "The account has no database vestibule-2.",
  )
  expect(site.state.databases.map(({ name }) => name)).toEqual(["vestibule"])
})
