import * as z from "zod"
import { newResellerFields } from "../../src/domain/resellers/resellers.ts"
import type { Reseller, Script, State } from "./state.ts"

type Email = { from: string; to: string; subject: string }

/**
 * Sends an email, whose event reaches the database of a Worker only if its sending domain has a subscription to a queue that the
 * Worker consumes. True if it does.
 */
export function deliver(state: State, email: Email): boolean {
  state.emails.push(email)
  if (state.onDelivery() === "no event") return false
  const domain = email.from.slice(email.from.indexOf("@") + 1)
  const event = `message.${state.outcome}`
  const subscription = state.subscriptions.find(
    ({ source, enabled, events }) => enabled && source.domain === domain && events.includes(event),
  )
  const queue = state.queues.find(({ queue_id }) => queue_id === subscription?.destination.queue_id)
  const script = state.scripts.find(({ name }) => queue?.consumers.some((consumer) => consumer.script === name))
  const database = script && databaseOf(state, script)
  if (!database) return false
  const insert = database.prepare(
    "INSERT INTO email_events (id, type, payload, received_at, status) VALUES (?, ?, ?, ?, ?)",
  )
  const payload = { payload: { recipient: email.to, subject: email.subject } }
  insert.run(state.newId("event"), `cf.email.sending.${event}`, JSON.stringify(payload), Date.now(), state.outcome)
  return true
}

function databaseOf(state: State, { bindings }: Script) {
  const binding = bindings.find(({ type }) => type === "d1")
  return state.databases.find(({ uuid }) => uuid === (binding?.id ?? binding?.database_id))?.sqlite
}

/** The part of a deployed Worker that a deployment talks to. */
export class DeployedWorker {
  readonly #state: State
  readonly #script: Script

  constructor(state: State, script: Script) {
    this.#state = state
    this.#script = script
  }

  async fetch(request: Request): Promise<Response> {
    const { origin, pathname } = new URL(request.url)
    if (origin !== this.#var("BASE_URL")) return new Response(`not ${this.#var("BASE_URL")}`, { status: 503 })
    if (pathname === "/sign-in") return new Response("<h1>Sign in</h1>")
    if (pathname === "/readyz") return this.#readiness()
    if (!pathname.startsWith("/api/v1/resellers")) return problem(404, "not_found")
    if (request.headers.get("Authorization") !== `Bearer ${this.#script.secrets.OPERATOR_TOKEN}`)
      return problem(404, "not_found")
    if (request.method === "POST") return this.#create(request)
    const id = pathname.split("/")[4]
    const found = this.#resellers.filter((reseller) => !id || reseller.id === id).map(toResource)
    return id ? Response.json(found[0]) : Response.json({ data: found, next_cursor: null, prev_cursor: null })
  }

  get #resellers(): Reseller[] {
    const list = this.#state.resellers.get(this.#script.name) ?? []
    this.#state.resellers.set(this.#script.name, list)
    return list
  }

  #var(name: string) {
    return this.#script.bindings.find((binding) => binding.type === "plain_text" && binding.name === name)?.text
  }

  #readiness() {
    const tables = databaseOf(this.#state, this.#script)?.prepare(
      "SELECT name FROM sqlite_schema WHERE name = 'resellers'",
    )
    const isMigrated = (tables?.all().length ?? 0) > 0
    const hasFired = this.#script.crons.length > 0 && this.#state.isCronFiring()
    const checks = {
      migrations: isMigrated ? { ok: true } : { ok: false, problem: "not applied: 0001_schema.sql" },
      cron: hasFired ? { ok: true } : { ok: false, problem: "has not run yet" },
    }
    return Response.json({ status: "…", checks }, { status: isMigrated && hasFired ? 200 : 503 })
  }

  async #create(request: Request) {
    if (!request.headers.has("Idempotency-Key")) throw new Error("a POST without an idempotency key may be repeated")
    const body = z.strictObject(newResellerFields.shape).parse(await request.json())
    const existing = this.#resellers.find(({ name }) => name === body.name)
    if (existing) return Response.json(toResource(existing), { status: 201 })
    const id = this.#state.newId("res_")
    const reseller = {
      id,
      name: body.name,
      admin: { name: body.admin_name, email: body.admin_email },
      emailStatus: "queued",
    }
    this.#resellers.push(reseller)
    const response = Response.json(toResource(reseller), { status: 201 })
    this.#send(reseller)
    return response
  }

  /** The invite is sent if Email Service or another provider allows it, and its outcome known if its event arrives. */
  #send(reseller: Reseller) {
    if (this.#var("MAIL_PROVIDERS") === "http") {
      if (this.#state.onDelivery() !== "refused") reseller.emailStatus = "sent"
      return
    }
    const from = String(this.#var("MAIL_FROM"))
    const domain = from.slice(from.indexOf("@") + 1)
    if (!this.#state.senders.some(({ name, enabled }) => enabled && name === domain)) return
    if (this.#state.onDelivery() === "refused") return
    const isReported = deliver(this.#state, { from, to: reseller.admin.email, subject: `Join ${reseller.name}` })
    reseller.emailStatus = isReported ? this.#state.outcome : "sent"
  }
}

function problem(status: number, code: string) {
  return Response.json({ code, status, title: code, detail: code }, { status })
}

function toResource({ id, name, admin, emailStatus }: Reseller) {
  const invite = {
    id: `inv_${id}`,
    status: "pending",
    email_status: emailStatus,
    contact_name: admin.name,
    contact_email: admin.email,
  }
  return { id, name, admin_invite: invite }
}
