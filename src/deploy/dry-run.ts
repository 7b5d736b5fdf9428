import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { root } from "../build/files.ts"
import { commandLine } from "./cloudflare.ts"
import type { Options } from "./options.ts"
import { ApiError, type Item, type Tools } from "./tools.ts"
import { FILLED } from "./worker.ts"

const API_PATH = "/api/v1"

const DRY_RUN_CONFIG = ".wrangler.dry-run.json"

const ACCOUNT = { id: "ACCOUNT_ID", name: "your account" }

const EXAMPLES = {
  "--domain": "vestibule.example",
  "--terms-url": "https://vestibule.example/terms",
  "--reseller": "Acme Networks",
  "--admin-name": "Dana Ortiz",
  "--admin-email": "dana@acme.example",
  "--test-address": "dana@acme.example",
}

/**
 * The tools of a dry run: an account where nothing is deployed yet, but `database` is there, and which shows each change instead of making
 * it. `checkBundle` is called instead of a deployment.
 */
export function createDryRun(
  { environment, database }: Pick<Options, "environment" | "database">,
  { say, ask }: Pick<Tools, "say" | "ask">,
  checkBundle: (config: string) => Promise<string>,
): Tools {
  const created = database === undefined ? [] : [`d1 create ${database} `]
  let waitedMs = 0
  return {
    say,
    ask,
    examples: EXAMPLES,
    wait: async (ms) => {
      waitedMs += ms
    },
    now: () => waitedMs,
    async wrangler(args) {
      if (args[0] === "whoami") return JSON.stringify({ accounts: [ACCOUNT] })
      say(`  $ ${commandLine(args).replace(DRY_RUN_CONFIG, `.wrangler.${environment}.json`)}`)
      created.push(args.slice(0, 4).join(" "))
      if (args[0] === "deploy") return checkBundle(DRY_RUN_CONFIG)
      if (args[1] === "execute") return FILLED
      return args[1] === "migrations" ? (await readdir(join(root, "migrations"))).join("\n") : ""
    },
    async read(path) {
      return read(new URL(path, "https://api.cloudflare.com"), created)
    },
    async fetch(input, init) {
      const { pathname } = new URL(String(input))
      const method = init?.method ?? "GET"
      const body = typeof init?.body === "string" ? init.body : undefined
      say(`  > ${[method, input, body].filter(Boolean).join(" ")}`)
      return respond(method, pathname, body)
    },
  }
}

function read({ pathname, searchParams }: URL, created: string[]): Item[] {
  const name = searchParams.get("name") ?? ""
  if (pathname === "/zones") return name.split(".").length === 2 ? [{ id: "ZONE_ID", name, status: "active" }] : []
  if (pathname.endsWith("/d1/database"))
    return created.some((command) => command.startsWith(`d1 create ${name} `)) ? [{ name, uuid: "DATABASE_ID" }] : []
  if (pathname.endsWith("/queues"))
    return created.includes(`queues create ${name}`) ? [{ queue_name: name, queue_id: "QUEUE_ID" }] : []
  if (pathname === `/accounts/${ACCOUNT.id}/subscriptions`) throw new ApiError(pathname, 403, "not asked")
  if (pathname.endsWith("/dns")) return [{ type: "MX", name: "and TXT records that Cloudflare names" }]
  if (pathname.endsWith("/subdomains")) return toSenders(created)
  if (pathname.endsWith("/secrets")) throw new ApiError(pathname, 404, "not deployed yet")
  return []
}

function toSenders(created: string[]): Item[] {
  const prefix = "email sending enable "
  const names = created.filter((command) => command.startsWith(prefix)).map((command) => command.slice(prefix.length))
  return names.map((name) => ({ name, tag: "SENDER_ID", enabled: true }))
}

function respond(method: string, pathname: string, body: string | undefined): Response {
  if (pathname === `${API_PATH}/resellers` && method === "GET") return Response.json({ data: [], next_cursor: null })
  if (!pathname.startsWith(API_PATH)) return Response.json({ checks: {} })
  const { name, admin_email: address } = JSON.parse(body ?? "{}")
  const invite = { email_status: method === "POST" ? "queued" : "delivered", contact_email: address ?? "the Admin" }
  return Response.json({ id: "RESELLER_ID", name, admin_invite: invite }, { status: method === "POST" ? 201 : 200 })
}
