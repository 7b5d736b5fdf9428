import { spawn } from "node:child_process"
import { once } from "node:events"
import { stripVTControlCharacters } from "node:util"
import { root } from "../build/files.ts"
import { runNode, wrangler as script, wranglerEnv } from "../build/run-node.ts"
import { ApiError, type Item, StepError, type Tools } from "./tools.ts"

export const API_URL = process.env.CLOUDFLARE_API_BASE_URL ?? "https://api.cloudflare.com/client/v4"

const PAGE_SIZE = 50
const TIMEOUT_MS = 30_000

/** The installed wrangler, and Cloudflare's API with wrangler's login. Wrangler makes every change, the API says what is there. */
export function createCloudflare(): Pick<Tools, "wrangler" | "read"> {
  let headers: Promise<Record<string, string>> | undefined
  return {
    wrangler: runWrangler,
    async read(path) {
      headers ??= readLogin()
      return readAll(path, await headers)
    },
  }
}

async function runWrangler(args: string[], account?: { id: string }): Promise<string> {
  const env = account ? { ...wranglerEnv, CLOUDFLARE_ACCOUNT_ID: account.id } : wranglerEnv
  const { ok, stdout, stderr } = await runNode(script, args, env)
  if (ok) return stdout
  throw new StepError(
    readProblem(stderr) || stdout.trim(),
    "Correct what it names, and run the same command again: what is done stays done.",
    commandLine(args),
  )
}

/** What wrangler says of an error, without colors, stacks and what doesn't concern the person who deploys. */
function readProblem(problems: string): string {
  const lines = stripVTControlCharacters(problems)
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line && !NOISE.test(line))
  return [...new Set(lines)].join("\n  ").replace(/^✘ \[ERROR\] /, "")
}

const NOISE = /^ +at |^\w*Error: |^\(error handler|If you think this is a bug|Logs were written to/

/** A command as a person would enter it. */
export function commandLine(args: string[]): string {
  return ["npx wrangler", ...args.map((arg) => (/^[\w./:@=,-]+$/.test(arg) ? arg : JSON.stringify(arg)))].join(" ")
}

/** Opens the browser, where somebody lets wrangler use their accounts. */
export async function logIn(): Promise<void> {
  const child = spawn(process.execPath, [script, "login"], { cwd: root, env: wranglerEnv, stdio: "inherit" })
  const [code] = await once(child, "close")
  if (code !== 0) throw new StepError("The login failed.", "Run the same command again.", commandLine(["login"]))
}

/** The headers of wrangler's login. Throws a `StepError` if nobody is logged in. */
export async function readLogin(): Promise<Record<string, string>> {
  const output = await runWrangler(["auth", "token", "--json"])
  const login = JSON.parse(output.slice(output.indexOf("{")))
  if (login.type === "api_key") return { "X-Auth-Key": login.key, "X-Auth-Email": login.email }
  return { Authorization: `Bearer ${login.token}` }
}

async function readAll(path: string, headers: Record<string, string>): Promise<Item[]> {
  const items: Item[] = []
  for (let page = 1; ; page++) {
    const { result, result_info: info } = await readPage(path, page, headers)
    if (!Array.isArray(result)) return [result]
    items.push(...result)
    const pages = info?.total_pages ?? Math.ceil((info?.total_count ?? 0) / (info?.per_page ?? PAGE_SIZE))
    if (result.length === 0 || page >= pages) return items
  }
}

type ApiBody = {
  success: boolean
  errors?: { code: number; message: string }[]
  result: Item | Item[]
  result_info?: { total_pages?: number; total_count?: number; per_page?: number }
}

async function readPage(path: string, page: number, headers: Record<string, string>): Promise<ApiBody> {
  const url = new URL(API_URL + path)
  if (page > 1) url.searchParams.set("page", String(page))
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error) => {
    throw new ApiError(path, 0, `Cloudflare's API can't be reached: ${error.cause?.message ?? error.message}`)
  })
  const json: Promise<ApiBody> = response.json()
  const body = await json.catch(() => undefined)
  if (response.ok && body?.success) return body
  const messages = (body?.errors ?? []).map(({ code, message }) => `${message} (${code})`)
  throw new ApiError(path, response.status, [`Cloudflare's API answered ${response.status}`, ...messages].join(": "))
}
