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

test("a backup is restored into a new database, and the next deployment and the ones after it use that", async () => {
  usedDatabase()?.sqlite.exec(
    "INSERT INTO resellers (id, name, slug, support_email, created_at) VALUES ('res_1', 'Acme', 'acme', 's@x.example', 1)",
  )
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
  await expect(other.deploy(args)).rejects.toThrow("AUTH_SECRET, LINK_KEYS, OPERATOR_TOKEN must be as they were")
  expect(other.provider.changes).toEqual(["POST /accounts/acc0/d1/database"])

  await cp(filesOf("production", site.folder).secrets, filesOf("production", other.folder).secrets)
  expect(await other.deploy(args)).toContain("Acme exists")
  expect(other.state.scripts[0]?.secrets).toEqual(site.state.scripts[0]?.secrets)
})

test("a deployed Worker gets no database that isn't there, nor one that a restore hasn't filled, and keeps its own", async () => {
  const bound = usedDatabase()
  await expect(site.deploy(["--yes", "--database", "vestibul"])).rejects.toThrow(
    "Database: The account has no database vestibul.",
  )
  expect(site.state.databases).toHaveLength(1)

  await site.tools().wrangler(["d1", "create", "vestibule-2"], site.state.account)
  site.state.databases[1]?.sqlite.exec("CREATE TABLE restore_progress (file TEXT)")
  await expect(site.deploy(["--yes", "--database", "vestibule-2"])).rejects.toThrow(
    "Migrations: The database is being restored.",
  )
  expect(usedDatabase()).toBe(bound)
  const tables = site.state.databases[1]?.sqlite.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  expect(tables).toEqual([{ name: "restore_progress" }])
})
