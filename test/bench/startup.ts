import { gzipSync } from "node:zlib"
import type { Bundles } from "./bundles.ts"
import { createClient } from "./client.ts"
import { ORIGINS } from "./origins.ts"
import { cpuTimeMs, startRuntime } from "./runtime.ts"

const REPEATS = 5
/** Needs no database: the bare route of the floor, and our sign-in page. */
const FIRST_PATHS = { floor: "/", vestibule: "/sign-in" }
type Started = keyof typeof FIRST_PATHS

export type Startup = { gzipBytes: number; ms: Record<Started, number>; cpuMs: Record<Started, number> }

/** The size of our Worker, and how long workerd needs from its start to its first response, at least: ours and bare Hono. */
export async function measureStartup(bundles: Bundles): Promise<Startup> {
  const result: Startup = {
    gzipBytes: gzipSync(bundles.vestibule).length,
    ms: { floor: Number.POSITIVE_INFINITY, vestibule: Number.POSITIVE_INFINITY },
    cpuMs: { floor: Number.POSITIVE_INFINITY, vestibule: Number.POSITIVE_INFINITY },
  }
  for (let n = 0; n < REPEATS; n++) {
    for (const service of ["floor", "vestibule"] as const) {
      const { ms, cpuMs } = await startOnce(bundles, service)
      result.ms[service] = Math.min(result.ms[service], ms)
      result.cpuMs[service] = Math.min(result.cpuMs[service], cpuMs)
    }
  }
  return result
}

async function startOnce(bundles: Bundles, service: Started) {
  const started = performance.now()
  const runtime = await startRuntime({ bundles, services: [service], isAlone: true })
  const client = createClient(service, { port: await runtime.portOf(service), connections: 1 })
  try {
    const { status } = await client.send({ path: FIRST_PATHS[service] })
    if (status !== 200) throw new Error(`${ORIGINS[service]} answered ${status}`)
    return { ms: performance.now() - started, cpuMs: await cpuTimeMs(runtime.processId) }
  } finally {
    client.close()
    await runtime.close()
  }
}
