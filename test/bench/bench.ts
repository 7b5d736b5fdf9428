import { rmSync } from "node:fs"
import { mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { type Bundles, buildBundles } from "./bundles.ts"
import { createData } from "./data.ts"
import { type LargeResult, measureLarge } from "./imports.ts"
import { type MailSpeed, measureMails } from "./mails.ts"
import { measureAll } from "./measure.ts"
import { SERVICES } from "./origins.ts"
import { profileAll, profileMails } from "./profile.ts"
import {
  judge,
  type SizeResults,
  toGrowth,
  toGrowthTable,
  toLargeTable,
  toMailsTable,
  toSoakTable,
  toStartupLine,
  toTable,
  toVerdictTable,
} from "./report.ts"
import { type Runtime, startRuntime } from "./runtime.ts"
import { SCENARIOS } from "./scenarios.ts"
import { judgeSoak, soak } from "./soak.ts"
import { measureStartup } from "./startup.ts"

// npm run bench -- [--sizes 100,10000] [--only text] [--json FILE] [--profile]
// npm run bench -- --soak MINUTES [--json FILE]
//
// Measures the built Worker beside the least that the same work costs, and beside Better Auth, all in one workerd. CPU time is that
// of workerd (/proc) divided by the requests: it includes D1, queues and garbage collection, for the floor as for us.

const INSPECTOR_PORT = 9_349
const MAILS = "mails per second"
const MAIL_INVITES = 10_000
const LARGE = "import and export"
const EXPORTED_INVITES = 100_000
const SOAKED_INVITES = 10_000

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "100,10000,1000000" },
    only: { type: "string", default: "" },
    json: { type: "string" },
    profile: { type: "boolean", default: false },
    soak: { type: "string" },
  },
})
const sizes = values.sizes.split(",").map(Number)
const chosen = SCENARIOS.filter(({ name }) => name.includes(values.only))
const floors = SCENARIOS.filter(({ name }) => chosen.some(({ floor }) => floor === name))
const scenarios = SCENARIOS.filter((scenario) => chosen.includes(scenario) || floors.includes(scenario))

const bundles = await buildBundles({ minify: !values.profile })
if (values.profile) await profile(bundles)
else if (values.soak) await soakFor(Number(values.soak))
else await bench(bundles)

async function bench(bundles: Bundles) {
  const all: SizeResults[] = []
  for (const size of scenarios.length > 0 ? sizes : []) {
    const results = await withRuntime({ bundles }, async (runtime) => {
      const data = await createData(runtime, size)
      return measureAll(runtime, data, scenarios)
    })
    all.push({ size, results })
    console.log(`\n${toTable({ size, results })}\n\n${toVerdictTable(judge(results))}`)
  }
  const mails = values.only && !MAILS.includes(values.only) ? [] : await withMails(bundles)
  if (mails.length > 0) console.log(`\n${toMailsTable(mails)}`)
  const large = values.only && !LARGE.includes(values.only) ? [] : await withLarge(bundles)
  if (large.length > 0) console.log(`\n${toLargeTable(large)}`)
  const growth = toGrowth(all)
  if (growth.length > 0) console.log(`\n${toGrowthTable(growth)}`)
  const startup = await measureStartup(bundles)
  console.log(`\n${toStartupLine(startup)}`)
  if (!values.json) return
  const measured = all.map(({ size, results }) => ({ size, results, targets: judge(results) }))
  await writeFile(
    values.json,
    JSON.stringify({ date: new Date(), sizes: measured, mails, large, growth, startup }, null, 2),
  )
}

async function profile(bundles: Bundles) {
  await withRuntime({ bundles, inspectorPort: INSPECTOR_PORT }, async (runtime) => {
    const data = await createData(runtime, sizes[0] ?? 100)
    const ours = chosen.filter(({ service }) => service === "vestibule")
    const options = { code: bundles.vestibule, inspectorPort: INSPECTOR_PORT }
    await profileAll(runtime, { data, scenarios: ours, ...options })
    if (MAILS.includes(values.only)) await profileMails(runtime, options)
  })
}

async function soakFor(minutes: number) {
  const measured = await withRuntime({ bundles }, async (runtime) =>
    soak(runtime, await createData(runtime, SOAKED_INVITES), minutes),
  )
  const verdict = judgeSoak(measured)
  console.log(`\n${toSoakTable(verdict)}`)
  if (values.json)
    await writeFile(values.json, JSON.stringify({ date: new Date(), ...verdict, minutes: measured }, null, 2))
}

/** Emails are measured with the fewest invites that have enough contacts. */
function withMails(bundles: Bundles): Promise<MailSpeed[]> {
  return withRuntime({ bundles }, async (runtime) => {
    await createData(runtime, MAIL_INVITES)
    return measureMails(runtime)
  })
}

function withLarge(bundles: Bundles): Promise<LargeResult[]> {
  return withRuntime({ bundles }, async (runtime) => measureLarge(runtime, await createData(runtime, EXPORTED_INVITES)))
}

/** Runs something with all services, on databases of their own that are deleted afterwards. */
async function withRuntime<T>(
  options: { bundles: Bundles; inspectorPort?: number },
  use: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  const state = await mkdtemp(join(tmpdir(), "vestibule-bench-"))
  const deleteState = () => rmSync(state, { recursive: true, force: true })
  process.once("exit", deleteState) // also when interrupted
  const runtime = await startRuntime({ ...options, services: SERVICES, state })
  const result = await use(runtime).finally(runtime.close)
  deleteState()
  return result
}
