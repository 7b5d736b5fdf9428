import { rmSync } from "node:fs"
import { cp, mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { buildWorker } from "../bench/bundles.ts"
import { measureGroups } from "./groups.ts"
import { fillGroups } from "./groups-runtime.ts"
import { measureBatch, measureLifecycle, toSizes } from "./invite-cost.ts"
import { startLifecycle } from "./lifecycle-runtime.ts"
import { costOf } from "./prices.ts"
import { toCostTable, toDirectoryTable, toGroupsTable, toStageTable } from "./report.ts"
import { MODEL, simulate } from "./simulate.ts"

// npm run capacity -- [--only invite|directory|groups] [--invites 1000000] [--followed 2000] [--state FOLDER] [--filled FOLDER]
//   [--json FILE]
//
// What an invite takes and costs, from its creation until it is purged; what becomes of 10,000 resellers in 36 months; and three databases of
// so many invites each, between which a reseller moves. All with the built Worker, in workerd on this machine. `--filled` keeps the databases
// as they are before that, for another time.

/** Of those that are followed, so many are accepted, each with a password to hash. */
const ACCEPTED_SHARE = 0.1
/** How many of the contacts accept, for the mean of what an invite keeps. */
const ACCEPTANCE = 0.4

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    invites: { type: "string", default: "1000000" },
    followed: { type: "string", default: "2000" },
    state: { type: "string", default: tmpdir() },
    filled: { type: "string" },
    json: { type: "string" },
  },
})
const PARTS = ["invite", "directory", "groups"] as const
if (values.only && !PARTS.some((part) => part === values.only)) throw new Error(`--only is one of ${PARTS.join(", ")}`)
const isChosen = (part: (typeof PARTS)[number]) => !values.only || values.only === part
const results: Record<string, unknown> = { date: new Date() }

const code = isChosen("invite") || isChosen("groups") ? await buildWorker({ minify: true }) : ""
if (isChosen("invite")) results.invite = await withState(followInvites)
if (isChosen("directory")) results.directory = simulateDirectory()
if (isChosen("groups")) {
  const report = await withState(moveBetweenGroups)
  console.log(`\n${toGroupsTable(report)}`)
  results.groups = report
  if (report.problems.length > 0) {
    console.error(report.problems.join("\n"))
    process.exitCode = 1
  }
}
if (values.json) await writeFile(values.json, JSON.stringify(results, null, 2))

async function moveBetweenGroups(state: string) {
  const invites = Number(values.invites)
  const folder = values.filled ?? state
  await fillGroups(code, folder, invites)
  if (folder !== state) await cp(folder, state, { recursive: true })
  return measureGroups(code, state, invites)
}

async function followInvites(state: string) {
  const total = Number(values.followed)
  const lifecycle = await startLifecycle(code, state)
  try {
    const stages = await measureLifecycle(lifecycle, { total, accepted: Math.round(total * ACCEPTED_SHARE) })
    const batchMs = await measureBatch(lifecycle)
    const sizes = toSizes(stages, ACCEPTANCE)
    const costs = { accepted: costOf(stages, "accepted", sizes), unanswered: costOf(stages, "unanswered", sizes) }
    console.log(`\n${toStageTable(stages)}`)
    const toLine = (when: string, { accepted, unanswered, mean }: typeof sizes.kept) =>
      `${when}: ${accepted.toFixed(0)} bytes if it is accepted, ${unanswered.toFixed(0)} otherwise, ${mean.toFixed(0)} if ${ACCEPTANCE * 100} % are`
    console.log(
      `\n${toLine("an invite while all of it is there", sizes.fresh)}\n${toLine("after five months", sizes.kept)}`,
    )
    console.log(
      `a purge adds ${sizes.purge.toFixed(0)} bytes; 8 GB are ${(8e9 / sizes.kept.mean / 1e6).toFixed(2)} million invites\n` +
        `the batch that creates one takes ${batchMs.toFixed(2)} ms of CPU: ${(1_000 / batchMs).toFixed(0)} a second`,
    )
    console.log(`\n${toCostTable("an accepted invite, first year", costs.accepted)}`)
    console.log(`\n${toCostTable("one without an answer", costs.unanswered)}`)
    return { stages, batchMs, sizes, costs }
  } finally {
    await lifecycle.close()
  }
}

function simulateDirectory() {
  const table = toDirectoryTable(simulate())
  console.log(`\n${MODEL.allResellers.toLocaleString("en")} resellers in ${MODEL.months} months\n${table}`)
  return table
}

async function withState<T>(use: (state: string) => Promise<T>): Promise<T> {
  const state = await mkdtemp(join(values.state, "vestibule-capacity-"))
  const deleteState = () => rmSync(state, { recursive: true, force: true })
  process.once("exit", deleteState) // also when interrupted
  const result = await use(state)
  deleteState()
  return result
}
