import { cp, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { root } from "../../src/build/files.ts"
import { type Choices, filesOf } from "../../src/deploy/environments.ts"
import { readOptions } from "../../src/deploy/options.ts"
import { deploy, deployBuild } from "../../src/deploy/steps.ts"
import { ApiError, type Item, type Tools } from "../../src/deploy/tools.ts"
import { fakeWrangler } from "./fake-wrangler.ts"
import { Provider } from "./provider.ts"
import { State } from "./state.ts"

/** What a first deployment is told. */
export const FIRST = [
  ...["--domain", "invites.acme.test", "--terms-url", "https://acme.test/terms"],
  ...["--reseller", "Acme", "--admin-name", "Dana Ortiz", "--admin-email", "dana@acme.test"],
]

/** A provider, and a folder of somebody who deploys to it. */
export class Site {
  readonly state = new State()
  readonly provider = new Provider(this.state)
  readonly folder: string
  /** What the deployments said. */
  output = ""
  waitedMs = 0
  /** Answers to questions. Without any, nobody can be asked. */
  answers: string[] | undefined

  constructor(folder: string) {
    this.folder = folder
  }

  static async open(): Promise<Site> {
    const folder = await mkdtemp(join(tmpdir(), "vestibule-deploy-"))
    await cp(join(root, "wrangler.toml"), join(folder, "wrangler.toml"))
    await symlink(join(root, "migrations"), join(folder, "migrations"))
    return new Site(folder)
  }

  /** Deploys. Returns what was said. */
  async deploy(args: string[] = [], operatorToken?: string, env = {}): Promise<string> {
    const options = readOptions(args, env)
    if (!options) throw new Error("the flags ask for help")
    this.output = ""
    this.waitedMs = 0
    const run = options.isBuild ? deployBuild : deploy
    await run(this.tools(), options, { folder: this.folder, operatorToken })
    return this.output
  }

  /** Deploys, but stops forever before a request or after a change, as if the process was killed. False if there are fewer. */
  async deployUntil(number: number, moment: "before" | "after", args: string[]): Promise<boolean> {
    let remaining = number
    const { promise: stopped, resolve: stop } = Promise.withResolvers<true>()
    this.provider.onRequest = (request, at) => {
      const isCounted = at === moment && (at === "before" || !request.startsWith("GET"))
      if (!isCounted || remaining-- > 0) return
      stop(true)
      return new Promise(() => undefined)
    }
    const isStopped = await Promise.race([this.deploy(args).then(() => false), stopped])
    this.provider.onRequest = () => undefined
    return isStopped
  }

  /** The commands of wrangler that a deployment runs. */
  async commandsOf(args: string[]): Promise<string[]> {
    const commands: string[] = []
    const tools = this.tools()
    this.tools = () => ({
      ...tools,
      wrangler(command, account) {
        commands.push(command.join(" "))
        return tools.wrangler(command, account)
      },
    })
    await this.deploy(args)
    return commands
  }

  async changeChoices(change: (choices: Choices) => void) {
    const { choices: file } = filesOf("production", this.folder)
    const choices = JSON.parse(await readFile(file, "utf8"))
    change(choices)
    await writeFile(file, JSON.stringify(choices))
  }

  tools(): Tools {
    const { token } = this.state
    const fetch = (request: Request) => this.provider.fetch(request)
    return {
      wrangler: fakeWrangler(fetch, token, this.folder),
      read: (path) => read(fetch, token, path),
      fetch: async (input, init) => fetch(new Request(input, init)),
      say: (line) => {
        this.output += `${line}\n`
      },
      ask: this.answers && (async () => this.answers?.shift() ?? ""),
      wait: async (ms) => {
        this.waitedMs += ms
      },
      now: () => this.waitedMs,
    }
  }
}

async function read(fetch: (request: Request) => Promise<Response>, token: string, path: string): Promise<Item[]> {
  const headers = { Authorization: `Bearer ${token}` }
  const response = await fetch(new Request(`https://api.cloudflare.test/client/v4${path}`, { headers }))
  const { success, result } = await response.json<{ success: boolean; result: Item | Item[] }>()
  if (!success) throw new ApiError(path, response.status, "refused")
  return Array.isArray(result) ? result : [result]
}
