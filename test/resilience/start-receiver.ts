import { fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { seed } from "./random.ts"
import type { ReceivedEvent } from "./receiver.ts"

const START_TIMEOUT_MS = 10_000

/** Starts a webhook receiver in another process. `stop` ends it. */
export async function startReceiver() {
  const child = fork(join(import.meta.dirname, "receiver.ts"), { env: { ...process.env, FAULTS_SEED: String(seed) } })
  const [port] = await once(child, "message", { signal: AbortSignal.timeout(START_TIMEOUT_MS) })
  const url = `http://127.0.0.1:${port}`
  return {
    url: `${url}/hooks`,
    setSecret: async (secret: string) => void (await fetch(url, { method: "PUT", body: secret })),
    listEvents: async (): Promise<ReceivedEvent[]> => JSON.parse(await (await fetch(url)).text()),
    async stop() {
      const ended = once(child, "exit")
      child.kill()
      await ended
    },
  }
}
