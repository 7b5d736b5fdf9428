import type { Data } from "./data.ts"
import { enqueueMails, MAILS_TARGET, sendMails } from "./mails.ts"
import { createRun, WARM_UP_REQUESTS } from "./measure.ts"
import type { Runtime } from "./runtime.ts"
import type { Scenario } from "./scenarios.ts"

const SAMPLING_MICROSECONDS = 200
const HOTTEST = 15
const PROFILED_MAILS = 600

type CallFrame = { functionName: string; lineNumber: number; url: string }
type ProfileNode = { id: number; callFrame: CallFrame }
type CpuProfile = { nodes: ProfileNode[]; samples: number[]; timeDeltas: number[] }
type ProfileOptions = { data: Data; scenarios: Scenario[]; code: string; inspectorPort: number }

/** Prints where our Worker spends the CPU time of each scenario: its hottest functions and files, by the time in themselves. */
export async function profileAll(runtime: Runtime, { data, scenarios, code, inspectorPort }: ProfileOptions) {
  const profiler = await openProfiler({ inspectorPort, worker: "vestibule", code })
  for (const scenario of scenarios) {
    const run = await createRun(runtime, data, scenario)
    await run.send(scenario.warmUp ?? WARM_UP_REQUESTS)
    await profiler.print(scenario.name, scenario.requests, () => run.send(scenario.requests))
  }
  profiler.close()
}

/** Prints where our Worker spends the CPU time of an email. */
export async function profileMails(
  runtime: Runtime,
  { code, inspectorPort }: Pick<ProfileOptions, "code" | "inspectorPort">,
) {
  const [first, second] = [PROFILED_MAILS, 2 * PROFILED_MAILS]
  const queued = await enqueueMails(await runtime.database("vestibule"), second)
  await sendMails(runtime, queued.slice(0, first), MAILS_TARGET.consumers)
  const profiler = await openProfiler({ inspectorPort, worker: "vestibule-mail", code })
  await profiler.print("mails", first, () => sendMails(runtime, queued.slice(first, second), MAILS_TARGET.consumers))
  profiler.close()
}

async function openProfiler({ inspectorPort, worker, code }: { inspectorPort: number; worker: string; code: string }) {
  const inspector = await openInspector(`ws://127.0.0.1:${inspectorPort}/core:user:${worker}`)
  const fileOf = createFileFinder(code)
  await inspector.call("Profiler.enable")
  await inspector.call("Profiler.setSamplingInterval", { interval: SAMPLING_MICROSECONDS })
  return {
    close: inspector.close,
    /** Profiles what sends so many requests or emails. */
    async print(name: string, requests: number, send: () => Promise<unknown>) {
      await inspector.call("Profiler.start")
      await send()
      const { profile } = await inspector.call<{ profile: CpuProfile }>("Profiler.stop")
      const times = selfTimes(profile)
      const label = (frame: CallFrame) => `${frame.functionName || "(anonymous)"}  ${fileOf(frame)}`
      const folder = (frame: CallFrame) => folderOf(fileOf(frame)) || frame.functionName
      console.log(`\n${name}, ms for each\n${toLines(times, label, requests)}`)
      console.log(`\nby folder\n${toLines(times, folder, requests)}`)
    },
  }
}

type SelfTime = { callFrame: CallFrame; ms: number }

/** The time that was spent in each function itself. */
function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): SelfTime[] {
  const msByNode = new Map<number, number>()
  for (const [index, id] of samples.entries()) {
    msByNode.set(id, (msByNode.get(id) ?? 0) + (timeDeltas[index] ?? 0) / 1_000)
  }
  return nodes
    .filter(({ callFrame }) => callFrame.functionName !== "(idle)" && callFrame.functionName !== "(root)")
    .map(({ id, callFrame }) => ({ callFrame, ms: msByNode.get(id) ?? 0 }))
}

function toLines(times: SelfTime[], nameOf: (callFrame: CallFrame) => string, requests: number): string {
  const total = times.reduce((sum, { ms }) => sum + ms, 0)
  return Object.entries(Object.groupBy(times, ({ callFrame }) => nameOf(callFrame)))
    .map(([name, group = []]) => ({ name, ms: group.reduce((sum, { ms }) => sum + ms, 0) }))
    .toSorted((one, other) => other.ms - one.ms)
    .slice(0, HOTTEST)
    .map(
      ({ name, ms }) =>
        `${(ms / requests).toFixed(3).padStart(8)}  ${((100 * ms) / total).toFixed(1).padStart(5)} %  ${name}`,
    )
    .join("\n")
}

/** Finds the source file of a function of a bundle, which names its files in comments, or the module of the runtime. */
function createFileFinder(code: string) {
  let file = ""
  const files = code.split("\n").map((line) => {
    file = /^\/\/ (\S+\.\w+)$/.exec(line)?.[1] ?? file
    return file
  })
  return ({ url, lineNumber }: CallFrame) => (url.endsWith("worker.js") ? (files[lineNumber] ?? "") : url)
}

/** `src/domain/invites/list.ts` as `src/domain`, `node_modules/hono/dist/hono.js` as `hono`. */
function folderOf(file: string): string {
  const packageName = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]
  return packageName ?? file.split("/").slice(0, 2).join("/")
}

async function openInspector(url: string) {
  const socket = new WebSocket(url)
  const waiting = new Map<number, (message: { result: unknown; error?: object }) => void>()
  let lastId = 0
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(String(data))
    waiting.get(message.id)?.(message)
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve)
    socket.addEventListener("error", reject)
  })
  return {
    close: () => socket.close(),
    call: <T = unknown>(method: string, params = {}) =>
      new Promise<T>((resolve, reject) => {
        const id = ++lastId
        waiting.set(id, ({ result, error }) =>
          error ? reject(new Error(JSON.stringify(error))) : resolve(result as T),
        )
        socket.send(JSON.stringify({ id, method, params }))
      }),
  }
}
