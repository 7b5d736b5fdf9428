import { href } from "../routes.ts"
import "../build/build.ts"
import { once } from "node:events"
import { join, resolve } from "node:path"
import { createInterface } from "node:readline"
import { parseArgs } from "node:util"
import { root } from "../build/files.ts"
import { mustRunNode, startNode, wrangler } from "../build/run-node.ts"
import { writeLocalSecrets } from "./dev-vars.ts"
import { maskLinks } from "./mask-links.ts"
import { isStateOutdated } from "./outdated-state.ts"

const parent = process.ppid
const args = process.argv.slice(2)
const { values } = parseArgs({
  args,
  strict: false,
  options: { port: { type: "string" }, "persist-to": { type: "string" } },
})
const port = String(values.port ?? 8787)
const url = `http://localhost:${port}`
const state = resolve(root, String(values["persist-to"] ?? ".wrangler/state"))

const welcome = `
  Vestibule  ${url}
  Sign in    admin@acme.example / quiet-lantern-harbor
  Mailbox    ${url}${href("mailbox.list")}
  API        ${url}${href("api.docs")}  with key vst_local_acme_0123456789abcdef0123456789abcdef
`

if (await isStateOutdated(state)) {
  console.error(`The local data is from an earlier version: delete the folder ${state} and start again.`)
  process.exit(1)
}
await writeLocalSecrets()
await mustRunNode(wrangler, ["d1", "migrations", "apply", "DB", "--local", "--persist-to", state])
await mustRunNode(join(root, "src/local/seed.ts"), [state, url])

const devArgs = ["dev", "src/local/index.ts", "--var", `BASE_URL:${url}`, ...args]
if (!values.port) devArgs.push("--port", port)
if (!values["persist-to"]) devArgs.push("--persist-to", state)

const server = startNode(wrangler, devArgs)
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => server.kill(signal))

// A signal to `npm start` ends npm's shell but isn't passed on, so we stop the server when that shell is gone.
if (process.env.npm_lifecycle_event === "start") {
  setInterval(() => process.ppid !== parent && server.kill(), 500).unref()
}

/** Wrangler already writes a short line for each request. */
const isInvocation = (line: string) => /^\{"level":"(request|batch|cron)"/.test(line)

createInterface({ input: server.stdout }).on("line", (line) => {
  if (isInvocation(line)) return
  console.log(maskLinks(line)) // Wrangler logs the path of each request
  if (line.includes("Ready on ")) console.log(welcome)
})

// Wrangler doesn't fire cron triggers locally, so we call the scheduled handler ourselves.
setInterval(() => fetch(`${url}/cdn-cgi/local/scheduled`).catch(() => undefined), 60_000).unref()

const [code] = await once(server, "close")
process.exit(code ?? 0)
