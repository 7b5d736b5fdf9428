import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { root } from "./files.ts"

export const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js")

/** Stops Wrangler from sending metrics, checking for updates, prompting, and writing outside this folder. */
export const wranglerEnv: NodeJS.ProcessEnv = {
  ...process.env,
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_LOG_PATH: join(root, ".wrangler/logs"),
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: "true",
  WRANGLER_REGISTRY_PATH: join(root, ".wrangler/registry"),
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_SEND_METRICS: "false",
  X_LOCAL_OBSERVABILITY: "false", // it would store the URL of every request, but the URLs of links are secret
}

export function startNode(script: string, args: string[]) {
  return spawn(process.execPath, [script, ...args], {
    cwd: root,
    env: wranglerEnv,
    stdio: ["ignore", "pipe", "inherit"],
  })
}

/** Runs a script to its end. `output` is all that it printed. */
export async function runNode(script: string, args: string[], env = wranglerEnv) {
  const child = spawn(process.execPath, [script, ...args], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")])
  return { ok: code === 0, stdout, stderr, output: stdout + stderr }
}

/** For a step whose output only matters if it fails. */
export async function mustRunNode(script: string, args: string[]) {
  const { ok, output } = await runNode(script, args)
  if (ok) return
  console.error(output)
  process.exit(1)
}
