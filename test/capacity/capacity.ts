import { rmSync } from "node:fs"
import { mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { buildWorker } from "../bench/bundles.ts"
import { measureGroups } from "./groups.ts"
import { measureBatch, measureLifecycle, toSizes } from "./invite-cost.ts"
import { startLifecycle } from "./lifecycle-runtime.ts"
import { costOf } from "./prices.ts"
import { toCostTable, toDirectoryTable, toGroupsTable, toStageTable } from "./report.ts"
import { MODEL, simulate } from "./simulate.ts"

// npm run capacity -- [--only invite|directory|groups] [--invites 1000000] [--followed 2000] [--state FOLDER] [--json FILE]
//
// What an invite takes and costs, from its creation until it is purged; what becomes of 10,000 resellers in 36 months; and three databases of
// so many invites each, between which a reseller moves. All with the built Worker, in workerd on this machine.

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
    json: { type: "string" },
  },
})
const isChosen = (part: string) => part.includes(values.only)
const results: Record<string, unknown> = { date: new Date() }

const code = isChosen("invite") || isChosen("groups") ? await buildWorker({ minify: true }) : ""
if (isChosen("invite")) results.invite = await withState(followInvites)
if (isChosen("directory")) results.directory = simulateDirectory()
if (isChosen("groups")) {
  const report = await withState((state) => measureGroups(code, state, Number(values.invites)))
  console.log(`\n${toGroupsTable(report)}`)
  results.groups = report
  if (report.problems.length > 0) {
    console.error(report.problems.join("\n"))
    process.exitCode = 1
  }
}
if (values.json) await writeFile(values.json, JSON.stringify(results, null, 2))

async function followInvites(state: string) {
  const total = Number(values.followed)
  const lifecycle = await startLifecycle(code, state)
  try {
    const stages = await measureLifecycle(lifecycle, { total, accepted: Math.round(total * ACCEPTED_SHARE) })
    const batchMs = await measureBatch(lifecycle)
    const sizes = toSizes(stages, ACCEPTANCE)
    const costs = {
      accepted: costOf(stages, { isAccepted: true, bytes: sizes.keptAccepted }),
      unanswered: costOf(stages, { isAccepted: false, bytes: sizes.keptUnanswered }),
    }
    console.log(`\n${toStageTable(stages)}`)
    console.log(
      `\nbytes of an invite: ${sizes.fresh.toFixed(0)} at most, ${sizes.kept.toFixed(0)} after five months, ${sizes.purged.toFixed(0)} after a purge, ` +
        `if ${ACCEPTANCE * 100} % are accepted: each of these takes ${sizes.acceptance.toFixed(0)} more\n` +
        `8 GB are ${(8e9 / sizes.kept / 1e6).toFixed(1)} million invites; a create's batch takes ${batchMs.toFixed(2)} ms of CPU: ${(1_000 / batchMs).toFixed(0)} a second`,
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
