import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { root } from "../../src/build/files.ts"

const START_TIMEOUT_MS = 90_000
const STOP_TIMEOUT_MS = 10_000

/** Starts the product as `npm start` does, with its own port and `state` folder. `stop` deletes the folder. */
export async function startServer() {
  const port = await freePort()
  const state = await mkdtemp(join(tmpdir(), "vestibule-"))
  const url = `http://localhost:${port}`
  const args = ["--port", String(port), "--persist-to", state, "--inspector-port", "0"]

  let output = ""
  const server = spawn(process.execPath, [join(root, "src/local/start.ts"), ...args], {
    // With this variable the server also ends when its parent does.
    env: { ...process.env, npm_lifecycle_event: "start" },
    stdio: ["ignore", "pipe", "pipe"],
  })
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (chunk) => (output += chunk))

  async function stop() {
    await stopProcess(server)
    await rm(state, { recursive: true, force: true })
  }

  try {
    await waitUntilReady(server, url)
  } catch (error) {
    await stop()
    throw new Error(`The server does not answer on ${url}.\n${output}`, { cause: error })
  }
  return { url, state, stop }
}

async function waitUntilReady(server: ChildProcess, url: string) {
  const deadline = Date.now() + START_TIMEOUT_MS
  while (server.exitCode === null && Date.now() < deadline) {
    const response = await fetch(`${url}/sign-in`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
    if (response?.status === 200) return
    await wait(100)
  }
  throw new Error(server.exitCode === null ? "timed out" : `exited with ${server.exitCode}`)
}

async function stopProcess(server: ChildProcess) {
  if (server.exitCode !== null) return
  server.kill()
  await once(server, "close", { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) })
}

async function freePort() {
  const probe = createServer().listen(0)
  await once(probe, "listening")
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, "close")
  return port
}
