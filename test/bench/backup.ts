import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { mkdtemp, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { parseArgs } from "node:util"
import { openBackupFile } from "../../src/backup/backup-file.ts"
import { parseChunk } from "../../src/backup/format.ts"
import { openLocalBinding } from "../../src/backup/local-database.ts"
import { root } from "../../src/build/files.ts"
import { mustRunNode, wrangler } from "../../src/build/run-node.ts"
import { fillInvites } from "./fill-invites.ts"

// npm run bench:backup -- [--invites 100000]
//
// Backs up a local database, restores it into a new one, and backs that up. Each invite has an email, an event and an audit entry. Prints
// how long each command took and the most memory that it had: the database is in a process of its own. Linux only.

const MEMORY_EVERY_MS = 50

const { values } = parseArgs({ options: { invites: { type: "string", default: "100000" } } })
const invites = Number(values.invites)
const folder = await mkdtemp(join(tmpdir(), "vestibule-bench-"))
const path = (name: string) => join(folder, name)
try {
  for (const state of ["first", "second"]) {
    await mustRunNode(wrangler, ["d1", "migrations", "apply", "DB", "--local", "--persist-to", path(state)])
  }
  await fill(path("first"))
  await measure("backup", "first", "first.gz")
  await measure("restore", "second", "first.gz")
  await measure("backup", "second", "second.gz")
  const { size } = await stat(path("first.gz"))
  const [before, after] = [await rowsHash(path("first.gz")), await rowsHash(path("second.gz"))]
  console.log(`${(size / 1e6).toFixed(1)} MB; the rows are ${before === after ? "the same" : "DIFFERENT"} afterwards`)
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function fill(state: string) {
  const { d1, close } = await openLocalBinding<D1Database>({ binding: "DB", database_name: "vestibule" }, state)
  const statement = (sql: string) => d1.prepare(sql).run()
  await statement(
    "INSERT INTO resellers (id, name, slug, support_email, created_at) VALUES ('res_1', 'Acme', 'acme', 's@x.example', 1)",
  )
  await fillInvites(d1, { resellerId: "res_1", userId: "usr_1", billingAccountId: "bil_1" }, invites)
  for (let first = 0; first < invites; first += 5_000) {
    const some = `FROM invites WHERE seq > ${first} AND seq <= ${first + 5_000}`
    await statement(`INSERT INTO events (id, reseller_id, type, is_public, invite_id, contact_email, data, occurred_at)
      SELECT 'evt_' || id, reseller_id, 'invite.created', 1, id, contact_email, json_object('company', company_name), created_at ${some}`)
    await statement(`INSERT INTO outbox (id, reseller_id, kind, invite_id, link_version, recipient, recipient_hash, status, attempts,
        next_attempt_at, created_at) SELECT 'out_' || id, reseller_id, 'invite', id, 1, contact_email, hex(id), 'sent', 1, 0, created_at ${some}`)
    await statement(`INSERT INTO audit_log (id, reseller_id, action, subject_id, actor_kind, actor_id, actor_name, detail, created_at)
      SELECT 'aud_' || id, reseller_id, 'invite.created', id, 'staff', 'usr_1', 'Dana Ortiz', contact_email, created_at ${some}`)
  }
  await close()
}

async function measure(command: string, state: string, file: string) {
  const started = performance.now()
  const script = join(root, `src/backup/${command}.ts`)
  const args = [script, "--local", "--persist-to", path(state), path(file)]
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] })
  let memory = 0
  const timer = setInterval(async () => (memory = Math.max(memory, await memoryMb(child.pid))), MEMORY_EVERY_MS)
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "close")])
  clearInterval(timer)
  if (code !== 0) throw new Error(`${command} failed: ${output}`)
  const seconds = (performance.now() - started) / 1000
  console.log(`${command.padEnd(8)} ${seconds.toFixed(1)} s, at most ${Math.round(memory)} MB`)
}

async function memoryMb(processId: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, "utf8").catch(() => "")
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
}

/** A hash of the chunks, without the times and bookmarks around them. */
async function rowsHash(file: string): Promise<string> {
  const hash = createHash("sha256")
  for await (const line of (await openBackupFile(file)).lines()) if (parseChunk(line)) hash.update(line)
  return hash.digest("hex")
}
