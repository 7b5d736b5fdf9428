import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { insertApiKey } from "../../src/domain/access/api-keys.ts"
import { hashPassword } from "../../src/domain/access/password.ts"
import { insertBillingAccount } from "../../src/domain/billing/accounts.ts"
import { claim } from "../../src/domain/outbox/claim.ts"
import type { OutgoingEmail } from "../../src/emails/provider.ts"
import { sendEmail } from "../../src/emails/send.ts"
import { authFor } from "../../src/http/better-auth.ts"
import { createDeps } from "../../src/http/bindings.ts"
import { app } from "../../src/local/app.ts"
import { openDb } from "../../src/storage/db.ts"
import { newId, newReference } from "../../src/storage/ids.ts"
import { type ApiKey, credentials, resellers, SCOPES, type StaffRole, staff, users } from "../../src/storage/schema.ts"
import { isSandboxId } from "../../src/text/sandbox-address.ts"
import { interceptBatches } from "./intercepted-d1.ts"

export const ORIGIN = "http://localhost:8787"
export const PASSWORD = "quiet-lantern-harbor"
export const CUSTOMER = {
  company_name: "Northwind Logistics",
  contact_name: "Priya Nair",
  contact_email: "priya@northwind.example",
  billing_email: "billing@acme.example",
  billing_phone: "+1 415 555 0132",
}
export const REGISTRATION_FORM = { name: "Priya Nair", password: "a short sentence works", accept_terms: "on" }

// The tests decide when messages are sent, so the Worker under test puts nothing into the queues.
const queueResponse = { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }
const silentQueue = { send: async () => queueResponse, sendBatch: async () => queueResponse }
export const testEnv: Env = {
  ...env,
  MAIL_QUEUE: { ...env.MAIL_QUEUE, ...silentQueue },
  BULK_MAIL_QUEUE: { ...env.BULK_MAIL_QUEUE, ...silentQueue },
  WEBHOOK_QUEUE: { ...env.WEBHOOK_QUEUE, ...silentQueue },
  JOB_QUEUE: { ...env.JOB_QUEUE, ...silentQueue },
  DEAD_QUEUE: { ...env.DEAD_QUEUE, ...silentQueue },
  API_REQUESTS_PER_10_SECONDS: "100000",
}
/** The settings of a deployment. */
export const productionEnv: Env = {
  ...testEnv,
  ENVIRONMENT: "production",
  BASE_URL: "https://vestibule.example",
  OPERATOR_TOKEN: "t".repeat(32),
}
export const db = openDb(env.DB)

/** A reseller with one billing account. */
export async function createReseller(slug = "acme") {
  const deps = { db, now: () => new Date() }
  const name = slug === "acme" ? "Acme Networks" : "Globex Connect"
  const resellerId = newId("res", new Date())
  const supportEmail = `support@${slug}.example`
  await db.insert(resellers).values({ id: resellerId, name, slug, supportEmail, createdAt: new Date() })
  const billing = await insertBillingAccount(
    deps,
    resellerId,
    { kind: "operator" },
    {
      firstName: null,
      lastName: null,
      poNumber: slug,
      email: `billing@${slug}.example`,
      phone: slug === "acme" ? "+14155550132" : "+12125550187",
      address: null,
    },
  )
  return { resellerId, billingId: billing.id }
}

/** A reseller with one billing account and one signed-in staff user. */
export async function signInStaff(slug = "acme", role: StaffRole = "admin") {
  const reseller = await createReseller(slug)
  const { userId } = await addStaff(reseller.resellerId, { name: "Dana Ortiz", email: `${role}@${slug}.example`, role })
  return { ...reseller, browser: await signInAs(userId) }
}

/** Adds a staff user without an invite. The password is `PASSWORD`. */
export async function addStaff(
  resellerId: string,
  { name, email, role }: { name: string; email: string; role: StaffRole },
  at = new Date(),
): Promise<{ userId: string }> {
  const timestamps = { createdAt: at, updatedAt: at }
  const userId = newId("usr", at)
  const credential = { providerId: "credential", accountId: userId, password: await hashPassword(PASSWORD) }
  await db.batch([
    db.insert(users).values({ id: userId, name, email, emailVerified: true, reference: newReference(), ...timestamps }),
    db.insert(credentials).values({ id: newId("crd", at), userId, ...credential, ...timestamps }),
    db.insert(staff).values({ userId, resellerId, role, createdAt: at }),
  ])
  return { userId }
}

/** A browser that keeps cookies, sends its origin and follows no redirects. */
export class Browser {
  readonly #cookies = new Map<string, string>()
  /** Of its own, as the limits count by it. */
  address = `10.${crypto.getRandomValues(new Uint8Array(3)).join(".")}`
  env = testEnv

  /** Our origin; that of a deployment only if the test has one, since it serves nothing over http. */
  get #origin() {
    const { BASE_URL = "" }: Partial<Env> = this.env
    return URL.parse(BASE_URL)?.protocol === "https:" ? BASE_URL : ORIGIN
  }

  get(path: string, headers: Record<string, string> = {}) {
    return this.#request(path, { headers })
  }

  head(path: string, headers: Record<string, string> = {}) {
    return this.#request(path, { method: "HEAD", headers })
  }

  post(path: string, form: Record<string, string> | string[][] = {}, headers: Record<string, string> = {}) {
    return this.#request(path, {
      method: "POST",
      body: new URLSearchParams(form),
      headers: { Origin: this.#origin, ...headers },
    })
  }

  upload(path: string, field: string, file: File) {
    const body = new FormData()
    body.set(field, file)
    return this.#request(path, { method: "POST", body, headers: { Origin: this.#origin } })
  }

  async #request(path: string, init: RequestInit & { headers: Record<string, string> }) {
    const context = createExecutionContext()
    const request = new Request(this.#origin + path, {
      ...init,
      headers: { "CF-Connecting-IP": this.address, ...init.headers, Cookie: this.cookieHeader() },
    })
    const response = await app.fetch(request, this.env, context)
    await waitOnExecutionContext(context)
    this.storeCookies(response.headers)
    return response
  }

  copyCookies(other: Browser) {
    for (const [name, value] of other.#cookies) this.#cookies.set(name, value)
  }

  cookieHeader(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ")
  }

  storeCookies(headers: Headers) {
    for (const setCookie of headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(setCookie) ?? []
      if (value) this.#cookies.set(name, value)
      else this.#cookies.delete(name)
    }
  }
}

/** The path that a response redirects to, without its flash message. */
export const redirectPath = (response: Response) => (response.headers.get("Location") ?? "").replace(/[?#].*/, "")

/** The value of a hidden field on a page. */
export async function hiddenField(response: Response, name: string): Promise<string> {
  const value = new RegExp(`<input type="hidden" name="${name}" value="([^"]*)"`).exec(await response.text())?.[1]
  if (value === undefined) throw new Error(`the page has no hidden field ${name}`)
  return value
}

/** Creates an API key of a reseller, with every scope by default. */
export async function createApiKey(resellerId: string, key: Partial<Pick<ApiKey, "scopes" | "expiresAt">> = {}) {
  const prefix = isSandboxId(resellerId) ? "vst_test_" : "vst_local_"
  const secret = `${prefix}${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex")}`
  const details = { name: "CRM sync", scopes: [...SCOPES], expiresAt: null, ...key }
  await insertApiKey(
    { db, now: () => new Date() },
    resellerId,
    { kind: "operator", id: "operator" },
    { ...details, secret },
  )
  return secret
}

export type ApiCall = {
  method?: string
  path: string
  /** Sent as JSON; a string is sent unchanged. */
  body?: unknown
  key?: string
  headers?: Record<string, string>
  env?: Env
  /** Where the request is sent. A deployment serves nothing over http. */
  origin?: string
}

/** Sends a request to the JSON API. */
export async function callApi({
  path,
  body,
  key,
  headers,
  env: bindings = testEnv,
  origin = ORIGIN,
  ...call
}: ApiCall): Promise<Response> {
  const context = createExecutionContext()
  const request = new Request(`${origin}/api/v1${path}`, {
    method: call.method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(key && { Authorization: `Bearer ${key}` }),
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  })
  const response = await app.fetch(request, bindings, context)
  await waitOnExecutionContext(context)
  return response
}

/** Starts a session as accepting an invite does, so that no password has to be verified. */
export async function signInAs(userId: string): Promise<Browser> {
  const { headers } = await authFor(testEnv).api.signInAccepted({ body: { userId }, returnHeaders: true })
  const browser = new Browser()
  browser.storeCookies(headers)
  return browser
}

/** Signs in with the form, which verifies the password. */
export async function signIn(email: string, password = PASSWORD): Promise<Browser> {
  const browser = new Browser()
  const response = await browser.post("/sign-in", { email, password })
  if (response.status !== 303) throw new Error(`sign-in answered ${response.status}`)
  return browser
}

/** Sends the queued emails of the outbox and returns them in order. */
export async function sendDueEmails(send?: (mail: OutgoingEmail) => Promise<{ messageId: string }>) {
  const sent: OutgoingEmail[] = []
  const collect = async (mail: OutgoingEmail) => {
    const receipt = (await send?.(mail)) ?? { messageId: `m${sent.length}-${crypto.randomUUID()}` }
    sent.push(mail)
    return receipt
  }
  const { results } = await env.DB.prepare(
    "SELECT id FROM outbox WHERE status = 'queued' AND kind <> 'webhook' ORDER BY id",
  ).all<{
    id: string
  }>()
  const deps = createDeps(testEnv, () => undefined)
  for (const { id } of results) {
    const claimed = await claim(deps, id)
    if (claimed && claimed.kind !== "webhook") await sendEmail(deps, collect, claimed)
  }
  return sent
}

/** Invites Northwind, or another customer, and returns the invite's id. */
export async function invite(
  browser: Browser,
  fields: Partial<typeof CUSTOMER & { expires_in_days: string; metadata: string; external_id: string }> = {},
): Promise<string> {
  const response = await browser.post("/customers/invites/new", { ...CUSTOMER, ...fields })
  const id = /inv_[0-9a-z]{26}/.exec(response.headers.get("Location") ?? "")?.[0]
  if (!id) throw new Error(`inviting answered ${response.status}: ${await response.text()}`)
  return id
}

/** Sends the queued emails and returns the path of the registration link in the last one. */
export async function latestRegistrationLink(): Promise<string> {
  return registrationLinkIn((await sendDueEmails()).at(-1))
}

/** The path of the registration link in this email. */
export function registrationLinkIn(mail: OutgoingEmail | undefined): string {
  const path = /http:\/\/localhost:8787(\/r\/\S+)/.exec(mail?.text ?? "")?.[1]
  if (!path) throw new Error("the email contains no link")
  return path
}

export async function count(table: string, where = "1"): Promise<number> {
  const row = await env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${where}`).first<{ n: number }>()
  return row?.n ?? -1
}

/** A database that another request changes after every batch, or only after the nth. */
export function withConcurrentWrite(sql: string, batchNumber?: number): D1Database {
  let batches = 0
  return interceptBatches(async (_, commit) => {
    const results = await commit()
    batches += 1
    if (batchNumber === undefined || batchNumber === batches) await env.DB.prepare(sql).run()
    return results
  })
}
