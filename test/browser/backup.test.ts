import { execFile } from "node:child_process"
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { gunzipSync, gzipSync } from "node:zlib"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { openBackupFile, writeBackupFile } from "../../src/backup/backup-file.ts"
import { openLocalDatabase } from "../../src/backup/local-database.ts"
import { readOptions } from "../../src/backup/options.ts"
import { root } from "../../src/build/files.ts"
import { mustRunNode, wrangler } from "../../src/build/run-node.ts"
import { startD1Api } from "./d1-api.ts"

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vestibule-"))
  file = join(folder, "backup.gz")
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Not the database of a deployment of this folder. */
const CONFIG = ["--config", "wrangler.toml"]

describe("the commands", () => {
  test("back up a local database, restore it to a deployed one through an API that fails now and then, and back that up", async () => {
    const state = join(folder, "state")
    await mustRunNode(wrangler, ["d1", "migrations", "apply", "DB", "--local", "--persist-to", state])
    await fill(state)
    const local = await run("backup", {}, "--local", "--persist-to", state, file)
    expect(local.output).toContain("Rows are as they were when they were read")

    const schema = await readFile(join(root, "migrations/0001_schema.sql"), "utf8")
    const api = await startD1Api(`${schema}; CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT);
      INSERT INTO d1_migrations (name) VALUES ('0001_schema.sql')`)
    try {
      const restored = await run("restore", api.env, "--remote", ...CONFIG, file)
      expect([restored.problems, restored.output]).toEqual(["", expect.stringContaining("8,002 rows are restored")])
      const again = join(folder, "again.gz")
      const remote = await run("backup", api.env, "--remote", ...CONFIG, again)
      expect(remote.output).toContain("as it was at one moment")
      expect(await rowsOf(again)).toEqual(await rowsOf(file))
      expect(api.requestCount()).toBeGreaterThan(200)

      expect((await run("restore", api.env, "--remote", ...CONFIG, file)).problems).toContain("it is restored already")
    } finally {
      await api.stop()
    }
  })

  test("use the database of a configuration, with any login of wrangler", async () => {
    const schema =
      "CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO d1_migrations VALUES (1, '0001_schema.sql')"
    const api = await startD1Api(schema, "vestibule-staging")
    const config = join(folder, "staging.json")
    const databases = [{ binding: "DB", database_name: "vestibule-staging" }]
    await writeFile(config, JSON.stringify({ name: "staging", d1_databases: databases }))
    try {
      expect((await run("backup", api.env, "--remote", ...CONFIG, file)).problems).toBe(
        "The account has no database vestibule.\n",
      )
      const { CLOUDFLARE_API_TOKEN: _, ...env } = api.env
      const login = { ...env, CLOUDFLARE_API_KEY: "key", CLOUDFLARE_EMAIL: "dana@acme.example" }
      expect((await run("backup", login, "--remote", "--config", config, file)).output).toContain("is complete")
    } finally {
      await api.stop()
    }
  })

  test.each([
    ["no result", '{"success":true,"errors":[],"result":[]}', "answered without rows: it doesn't say why"],
    ["a failed statement", '{"success":true,"result":[{"success":false,"error":"too big"}]}', "without rows: too big"],
    ["a page of a proxy", "<h1>Log in</h1>", "refused /accounts: status 200"],
  ])("don't take an answer for an empty table: %s", async (kind, body, problem) => {
    const isPage = kind.startsWith("a page")
    const server = createServer(({ url }, response) => {
      const isList = url === "/accounts" || url?.includes("/database?")
      const list = { success: true, result: [{ id: "acc_1", uuid: "db_1", name: "vestibule" }] }
      response.end(isList && !isPage ? JSON.stringify(list) : body)
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    const env = { CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}`, CLOUDFLARE_API_TOKEN: "token" }
    const { problems } = await run("backup", env, "--remote", ...CONFIG, file)
    server.close()
    expect(problems).toContain(problem)
    expect(problems.trim().split("\n")).toHaveLength(1)
    expect(await readdir(folder)).toEqual([])
  })

  test("create the folder of a local database to restore, and name one that isn't there to back up", async () => {
    const [state, copy] = [join(folder, "state"), join(folder, "copy")]
    const { problems } = await run("backup", {}, "--local", "--persist-to", state, file)
    expect(problems).toBe(`There is no database in ${state}.\n`)
    await mustRunNode(wrangler, ["d1", "migrations", "apply", "DB", "--local", "--persist-to", state])
    await run("backup", {}, "--local", "--persist-to", state, file)
    expect((await run("restore", {}, "--local", "--persist-to", copy, file)).output).toContain("0 rows are restored")
    const unwritable = await run("backup", {}, "--local", "--persist-to", state, join(folder, "nowhere/backup.gz"))
    expect(unwritable.problems).toBe(`${join(folder, "nowhere/backup.gz.part")} can't be written: ENOENT.\n`)
  })

  test("say how they are called if they are called otherwise", () => {
    expect(() => readOptions("backup", [file])).toThrow(/^Usage: npm run backup -- --remote/)
    expect(() => readOptions("restore", ["--remote", "--local", file])).toThrow(/^Usage: npm run restore/)
    expect(() => readOptions("restore", ["--local"])).toThrow(/^Usage: npm run restore/)
    expect(() => readOptions("restore", ["--local", "--database", "x", file])).toThrow(/^Usage: npm run restore/)
    expect(() => readOptions("backup", ["--remote", "--database", "x", file])).toThrow(/^Usage: npm run backup/)
    expect(() => readOptions("restore", ["--local", "--frob", file])).toThrow(/^Unknown option '--frob'/)
    expect(() => readOptions("restore", ["--remote", "--env", "staging", file])).toThrow(/^Unknown option '--env'/)
    expect(() => readOptions("backup", ["--remote", "--config", file, file])).toThrow(`There is no file ${file}.`)
    expect(readOptions("restore", ["--local", file])?.file).toBe(file)
  })
})

/** A reseller with 8,000 invites, so that there are several pages. */
async function fill(state: string): Promise<void> {
  const database = await openLocalDatabase({ binding: "DB", database_name: "vestibule" }, state)
  await database.query(
    "INSERT INTO resellers (id, name, slug, support_email, created_at) VALUES ('res_1', 'Acme', 'acme', 's@x.example', 1)",
  )
  await database.query(
    `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, status, company_name, contact_name, contact_email, billing_account_id,
       billing_email, billing_phone, locale, link_version, expires_in_days, send_count, last_change_id, invited_by, created_at, expires_at)
     SELECT 'inv_' || value, value, 'res_1', 'customer', 'res_1', 'pending', 'Company', 'Kim', value || '@x.example', 'bil_1', 'b@x.example',
       '+14155550132', 'en', 1, 14, 1, 'aud_1', 'usr_1', 1, 2 FROM json_each(?1)`,
    JSON.stringify(Array.from({ length: 8_000 }, (_, n) => n)),
  )
  await database.close()
}

type Run = { output: string; problems: string }

async function run(command: string, env: Record<string, string>, ...args: string[]): Promise<Run> {
  const options = { cwd: root, env: { ...process.env, ...env }, maxBuffer: 1e8 }
  const script = join(root, `src/backup/${command}.ts`)
  return promisify(execFile)(process.execPath, [script, ...args], options).then(
    ({ stdout, stderr }) => ({ output: stdout, problems: stderr }),
    ({ stdout, stderr }) => ({ output: stdout, problems: stderr }),
  )
}

/** The rows of each table in a file, however they are divided into chunks. */
async function rowsOf(path: string): Promise<Record<string, unknown[]>> {
  const rows: Record<string, unknown[]> = {}
  for (const line of gunzipSync(await readFile(path))
    .toString()
    .split("\n")) {
    const { table, rows: some } = JSON.parse(line || "{}")
    if (table) rows[table] = [...(rows[table] ?? []), ...some]
  }
  return rows
}

const HEADER = {
  format: "vestibule backup",
  format_version: 1,
  migrations: ["0001_schema.sql"],
  tables: [{ name: "users", columns: ["id"] }],
  started_at: "2026-11-28T10:00:00.000Z",
  bookmark: null,
}
const CHUNK = { table: "users", rows: [["usr_1"], ["usr_2"]] }
const FOOTER = { counts: { users: 2 }, finished_at: "2026-11-28T10:00:01.000Z", bookmark: null }

async function* linesOf(...lines: object[]) {
  for (const line of lines) yield JSON.stringify(line)
}

const write = (...lines: object[]) => writeBackupFile(file, linesOf(...lines))

describe("the file of a backup", () => {
  test("can be read by its owner only, and replaces none", async () => {
    await write(HEADER, CHUNK, FOOTER)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await expect(write(HEADER, CHUNK, FOOTER)).rejects.toThrow("exists already")
    expect(await readdir(folder)).toEqual(["backup.gz"])
  })

  test("isn't written by two commands at once", async () => {
    async function* slow() {
      yield* linesOf(HEADER, CHUNK)
      await expect(write(HEADER, CHUNK, FOOTER)).rejects.toThrow(`${file}.part exists`)
      yield* linesOf(FOOTER)
    }
    await writeBackupFile(file, slow())
    expect((await openBackupFile(file)).footer).toEqual(FOOTER)
    expect(await readdir(folder)).toEqual(["backup.gz"])
  })

  test("isn't there until it is complete", async () => {
    async function* interrupted() {
      yield* linesOf(HEADER, CHUNK)
      expect(await readdir(folder)).toEqual(["backup.gz.part"])
      throw new Error("interrupted")
    }
    await expect(writeBackupFile(file, interrupted())).rejects.toThrow("interrupted")
    expect(await readdir(folder)).toEqual([])
  })

  test("is refused wherever it ends too early", async () => {
    await write(HEADER, CHUNK, FOOTER)
    const bytes = await readFile(file)
    for (let length = 0; length < bytes.length; length++) {
      await writeFile(file, bytes.subarray(0, length))
      await expect(openBackupFile(file), `${length} of ${bytes.length} bytes`).rejects.toThrow(
        /is damaged|isn't a backup/,
      )
    }
  })

  test("is refused if any bit of it has changed", async () => {
    await write(HEADER, CHUNK, FOOTER)
    const bytes = await readFile(file)
    const { sha256 } = await openBackupFile(file)
    let unnoticed = 0
    for (let n = 0; n < bytes.length; n++) {
      const changed = Buffer.from(bytes)
      changed[n] = (bytes[n] ?? 0) ^ (1 << (n % 8))
      await writeFile(file, changed)
      const opened = await openBackupFile(file).catch((error: Error) => error)
      if (opened instanceof Error) {
        expect(opened.message, `byte ${n}`).toMatch(/is damaged|isn't a backup/)
        continue
      }
      expect(opened.sha256).toBe(sha256)
      unnoticed += 1
    }
    expect(unnoticed).toBeLessThan(8) // the header of gzip has a time and more that isn't content
  })

  test("is refused if lines were taken out or added, whatever their checksum, or if a later version has written it", async () => {
    const otherFiles: [lines: object[], reason: RegExp][] = [
      [[HEADER, FOOTER], /rows of users are missing/],
      [[HEADER, CHUNK, CHUNK, FOOTER], /rows of users are missing/],
      [[HEADER, CHUNK], /its end is missing/],
      [[CHUNK, FOOTER], /isn't a backup of Vestibule/],
      [[{ ...HEADER, format_version: 2 }, CHUNK, FOOTER], /has format 2, but this version reads format 1/],
    ]
    for (const [lines, reason] of otherFiles) {
      await write(...lines)
      await expect(openBackupFile(file)).rejects.toThrow(reason)
      await rm(file)
    }
    await expect(openBackupFile(file)).rejects.toThrow(`There is no file ${file}.`)
    await write(HEADER, CHUNK, FOOTER)
    await writeFile(file, Buffer.concat([await readFile(file), gzipSync("{}\n")]))
    await expect(openBackupFile(file)).rejects.toThrow(/goes on after its end/)
  })
})
