import { fork } from "node:child_process"
import { once } from "node:events"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { bundleModule } from "../bench/bundles.ts"
import { createClient } from "../bench/client.ts"
import { startWorkers, workerOptions } from "../bench/runtime.ts"
import { databaseFiles } from "./d1-file.ts"
import { migrate } from "./lifecycle-runtime.ts"

export const GROUPS = 3

export type GroupsRuntime = Awaited<ReturnType<typeof startGroups>>

/** Starts the built Worker in front of a global database and three groups. */
export async function startGroups(code: string, state: string) {
  const entry = await bundleModule(join(import.meta.dirname, "workers/groups.ts"), true)
  const numbers = Array.from({ length: GROUPS }, (_, n) => n + 1)
  const databases = { GLOBAL: "global", ...Object.fromEntries(numbers.map((n) => [`GROUP_${n}`, `group-${n}`])) }
  const durableObjects = {
    ACCOUNT_LIMITER: { className: "AccountLimiter", useSQLite: true },
    MAIL_PACER: { className: "MailPacer", useSQLite: true },
  }
  const front = workerOptions(
    "front",
    "vestibule",
    [
      ["groups.js", entry],
      ["worker.js", code],
    ],
    databases,
  )
  // The Worker as it is today, on one database each.
  const single = numbers.map((n) =>
    workerOptions(`group-${n}`, "vestibule", [["worker.js", code]], { DB: `group-${n}` }),
  )
  const workers = [front, ...single].map((worker) => ({ ...worker, durableObjects }))
  const runtime = await startWorkers(workers, { state })
  const clientOf = async (worker: string) =>
    createClient("vestibule", { port: await runtime.portOf(worker), connections: 1 })
  return {
    ...runtime,
    clientOf,
    global: await runtime.miniflare.getD1Database("GLOBAL", "front"),
    groups: await Promise.all(numbers.map((n) => runtime.miniflare.getD1Database(`GROUP_${n}`, "front"))),
  }
}

/** Says that a folder has the databases, with how many invites each. */
const MARK = "filled.json"

/** Creates the databases in a folder and fills them with so many invites each, side by side; not if they are there. */
export async function fillGroups(code: string, folder: string, invites: number): Promise<void> {
  const known = await readFile(join(folder, MARK), "utf8").catch(() => undefined)
  if (known === JSON.stringify({ invites })) return
  if (known) throw new Error(`${folder} has other databases: ${known}`)
  const runtime = await startGroups(code, folder)
  const files: string[] = []
  for (const database of [...runtime.groups, runtime.global]) {
    await migrate(database)
    files.push(...(await databaseFiles(folder)).filter((file) => !files.includes(file)))
  }
  await runtime.close()
  await Promise.all(Array.from({ length: GROUPS }, (_, n) => fillInProcess(files[n] ?? "", n, invites)))
  await writeFile(join(folder, MARK), JSON.stringify({ invites }))
}

async function fillInProcess(file: string, index: number, invites: number): Promise<void> {
  const child = fork(join(import.meta.dirname, "fill-process.ts"), [file, String(index), String(invites)])
  const [code] = await once(child, "exit")
  if (code !== 0) throw new Error(`filling ${file} ended with ${code}`)
}
