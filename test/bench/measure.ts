import { setTimeout as wait } from "node:timers/promises"
import type { Costs } from "../support/counting-d1.ts"
import { type Answer, type Client, createClient } from "./client.ts"
import type { Data } from "./data.ts"
import { cpuTimeMs, type Runtime } from "./runtime.ts"
import type { Scenario } from "./scenarios.ts"

const CONNECTIONS = 10
/** Many and short, because other programs disturb the machine in bursts. */
const ROUNDS = 7
const COUNTED_REQUESTS = 3
/** Requests before the first round. By then V8 has optimized most of the code, as in an isolate that has run for hours. */
export const WARM_UP_REQUESTS = 1_000
/** What a response leaves to do, such as sending to a queue, belongs to its CPU time. */
const AFTERMATH_MS = 50

export type Result = {
  scenario: string
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
  cpuMs: number
  /** `requestsPerSecond` and `cpuMs` as ratios to those of the floor: 0.5 is half as fast, at twice the CPU time. */
  speedRatio: number
  cpuRatio: number
  bytes: number
} & Costs

type Measured = Pick<Result, "requestsPerSecond" | "p50Ms" | "p99Ms" | "cpuMs">
type Round = Pick<Measured, "requestsPerSecond" | "cpuMs"> & { timesMs: number[] }

/** Measures all scenarios in turn, in several rounds, and takes the medians. Throws if a response isn't what was asked for. */
export async function measureAll(runtime: Runtime, data: Data, scenarios: readonly Scenario[]): Promise<Result[]> {
  const runs = await Promise.all(scenarios.map((scenario) => createRun(runtime, data, scenario)))
  const counts = new Map<Run, Costs & { bytes: number }>()
  for (const run of runs) counts.set(run, await countCosts(runtime, run))
  for (const run of runs) await run.send(run.scenario.warmUp ?? WARM_UP_REQUESTS)

  const rounds = new Map<Run, Round[]>(runs.map((run) => [run, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const run of runs) rounds.get(run)?.push(await measureRound(runtime, run))
  }
  const measured = runs.map((run) => ({ run, ...toMeasured(rounds.get(run) ?? []) }))
  return measured.map(({ run, ...result }) => {
    const floor = measured.find(({ run: { scenario } }) => scenario.name === run.scenario.floor) ?? result
    return {
      scenario: run.scenario.name,
      ...result,
      speedRatio: result.requestsPerSecond / floor.requestsPerSecond,
      cpuRatio: floor.cpuMs / result.cpuMs,
      ...(counts.get(run) ?? { bytes: 0, roundTrips: 0, statements: 0, rowsRead: 0, rowsWritten: 0 }),
    }
  })
}

type Run = {
  scenario: Scenario
  /** The next request, sent to the service or to another one that runs the same code. */
  sendOne: (client?: Client) => Promise<Answer>
  /** Sends so many requests and returns how long each took, in milliseconds. */
  send: (count: number) => Promise<number[]>
}

/** What sends the requests of a scenario, each with its own number. */
export async function createRun(runtime: Runtime, data: Data, scenario: Scenario): Promise<Run> {
  const { service, connections = CONNECTIONS } = scenario
  const client = createClient(service, { port: await runtime.portOf(service), connections })
  let sent = 0

  async function sendOne(to = client) {
    const answer = await to.send(scenario.call(data, sent++))
    const isRightStatus = scenario.status
      ? answer.status === scenario.status
      : answer.status >= 200 && answer.status < 300
    if (isRightStatus && scenario.isComplete(answer.body.toString())) return answer
    throw new Error(`${scenario.name} answered ${answer.status}: ${answer.body.toString().slice(0, 500)}`)
  }

  async function send(count: number) {
    const times: number[] = []
    let left = count
    async function sendUntilDone() {
      while (left-- > 0) {
        const started = performance.now()
        await sendOne()
        times.push(performance.now() - started)
      }
    }
    await Promise.all(Array.from({ length: connections }, sendUntilDone))
    client.close() // workerd closes idle connections after a while, perhaps just when the next round begins
    return times
  }

  return { scenario, sendOne, send }
}

async function measureRound({ processId }: Runtime, { scenario, send }: Run): Promise<Round> {
  const cpuBefore = await cpuTimeMs(processId)
  const started = performance.now()
  const timesMs = await send(scenario.requests)
  const seconds = (performance.now() - started) / 1_000
  await wait(AFTERMATH_MS)
  const cpuMs = ((await cpuTimeMs(processId)) - cpuBefore) / timesMs.length
  return { requestsPerSecond: timesMs.length / seconds, cpuMs, timesMs }
}

/** What a request uses once the caches of the isolate are filled. */
async function countCosts(runtime: Runtime, { scenario: { service }, sendOne }: Run) {
  const client = createClient(service, { port: await runtime.portOf(`${service}-counted`), connections: 1 })
  let answer = await sendOne(client)
  for (let n = 1; n < COUNTED_REQUESTS; n++) answer = await sendOne(client)
  client.close()
  const costs: Costs = JSON.parse(String(answer.headers["x-costs"]))
  return { ...costs, bytes: answer.body.length }
}

/** The medians of the rounds, and the quantiles of the times of all their requests. */
function toMeasured(rounds: Round[]): Measured {
  const timesMs = rounds.flatMap((round) => round.timesMs)
  return {
    requestsPerSecond: quantile(
      rounds.map(({ requestsPerSecond }) => requestsPerSecond),
      0.5,
    ),
    p50Ms: quantile(timesMs, 0.5),
    p99Ms: quantile(timesMs, 0.99),
    cpuMs: quantile(
      rounds.map(({ cpuMs }) => cpuMs),
      0.5,
    ),
  }
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
