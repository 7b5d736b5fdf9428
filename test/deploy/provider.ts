import { databaseRoutes } from "./databases.ts"
import { DeployedWorker } from "./deployed-worker.ts"
import { emailRoutes } from "./emails.ts"
import { queueRoutes } from "./queues.ts"
import { findRoute, Refusal, type Routes, refuse, wrap } from "./router.ts"
import { scriptRoutes } from "./scripts.ts"
import type { State } from "./state.ts"

const API = "/client/v4"

/**
 * A stand-in of Cloudflare: its API as far as a deployment uses it, over the given state, and the Workers that are deployed to it. It
 * is strict: a request that it doesn't know answers 404 and is kept in `unknown`.
 */
export class Provider {
  readonly state: State
  readonly unknown: string[] = []
  /** Each request that changed something. */
  readonly changes: string[] = []
  /** Called before and after each request, so that a test can stop there. */
  onRequest: (request: string, moment: "before" | "after") => unknown = () => undefined
  readonly #routes: Routes

  constructor(state: State) {
    this.state = state
    this.#routes = {
      ...accountRoutes(state),
      ...databaseRoutes(state),
      ...queueRoutes(state),
      ...emailRoutes(state),
      ...scriptRoutes(state),
    }
  }

  /** Answers a request to the API, or to a domain at which a Worker is served. */
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    const name = `${request.method} ${pathname.replace(API, "")}`
    await this.onRequest(name, "before")
    const response = await (pathname.startsWith(API) ? this.#answer(request, name) : this.#serve(request))
    if (request.method !== "GET" && response.ok) this.changes.push(name)
    await this.onRequest(name, "after")
    return response
  }

  async #answer(request: Request, name: string): Promise<Response> {
    const { pathname, search, searchParams: query } = new URL(request.url)
    const found = findRoute(this.#routes, request.method, pathname.slice(API.length))
    if (!found) {
      this.unknown.push(`${name}${search} ${await request.text()}`)
      return refuse(new Refusal(404, 7003, `no route for ${name}`))
    }
    if (!this.#isAuthorized(request)) return refuse(new Refusal(401, 10000, "Authentication error"))
    try {
      return wrap(await found.handler({ params: found.params, query, request }))
    } catch (error) {
      if (error instanceof Refusal) return refuse(error)
      throw error
    }
  }

  #isAuthorized(request: Request) {
    const sent = request.headers.get("Authorization") ?? ""
    return sent === `Bearer ${this.state.token}` || sent === `Bearer ${this.state.uploadToken}`
  }

  async #serve(request: Request): Promise<Response> {
    const { hostname } = new URL(request.url)
    const script = this.state.scripts.find(({ domains }) => domains.includes(hostname))
    if (!script) throw new TypeError("fetch failed", { cause: new Error(`getaddrinfo ENOTFOUND ${hostname}`) })
    return new DeployedWorker(this.state, script).fetch(request)
  }
}

function accountRoutes(state: State): Routes {
  const { account } = state
  return {
    "GET /user/tokens/verify": () => ({ id: "token", status: "active" }),
    "GET /user": () => ({ email: "operator@acme.test" }),
    "GET /accounts": () => [account, ...state.otherAccounts],
    "GET /memberships": () =>
      [account, ...state.otherAccounts].map((one) => ({ id: `member-${one.id}`, account: one })),
    "GET /accounts/:account/subscriptions": () => {
      if (state.plan === "hidden") throw new Refusal(403, 10000, "Authentication error")
      return [
        { rate_plan: { id: "r2_paid" } },
        ...(state.plan === "paid" ? [{ rate_plan: { id: "workers_paid" } }] : []),
      ]
    },
    "GET /zones": ({ query }) => {
      if (query.get("account.id") !== account.id) throw new Refusal(403, 9109, "another account")
      return state.zones.filter(({ name }) => name === query.get("name"))
    },
    "GET /zones/:zone/dns_records": ({ params, query }) => {
      if (state.isDnsHidden) throw new Refusal(403, 10000, "Authentication error")
      return state.dnsRecords.filter(({ zone, name }) => zone === params.zone && name === query.get("name"))
    },
  }
}
