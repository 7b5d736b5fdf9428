import { createExecutionContext, createMessageBatch, createScheduledController } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { redact } from "../src/http/log.ts"
import worker from "../src/local/index.ts"
import {
  addStaff,
  Browser,
  callApi,
  createApiKey,
  createReseller,
  PASSWORD as DEMO_PASSWORD,
  invite,
  latestRegistrationLink,
  ORIGIN,
  registrationLinkIn,
  sendDueEmails,
  signIn,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { codeAt, setUpAuthenticator } from "./support/factors.ts"
import { travel } from "./support/time.ts"

const METHODS = ["log", "info", "warn", "error", "debug"] as const
const NAME = "Planted Nightjar"
const ADDRESS = "planted.address@nightjar.example"
const NOTE = "planted-note-4711"
const PASSWORD = "planted password phrase"
const COMPANY = "Nightjar & Söhne"
const PHONE = "+14155550199"

let spies: ReturnType<typeof spyOnConsole>

function spyOnConsole() {
  return METHODS.map((method) => vi.spyOn(console, method).mockImplementation(() => undefined))
}

const loggedLines = () => spies.flatMap(({ mock }) => mock.calls.map((call) => call.map(String).join(" ")))
const events = () => loggedLines().map((line): { level: string; event: string; client?: string } => JSON.parse(line))
const one = async (sql: string) => (await env.DB.prepare(sql).first<Record<string, string>>()) ?? {}
const securityEvents = () => events().filter(({ level }) => level === "security")

beforeEach(() => {
  spies = spyOnConsole()
})
afterEach(() => {
  for (const spy of spies) spy.mockRestore()
})

/** A database in which every statement with this text fails, as D1 reports it, with its values in the message. */
function failing(text: string): D1Database {
  const values = new WeakMap<object, unknown[]>()
  const failures = new WeakSet<object>()
  const wrap = (statement: D1PreparedStatement, isFailing: boolean): D1PreparedStatement => {
    const wrapped = new Proxy(statement, {
      get(target, name: keyof D1PreparedStatement) {
        if (name !== "bind") return isFailing ? () => fail(values.get(wrapped)) : Reflect.get(target, name).bind(target)
        return (...bound: unknown[]) => {
          const next = wrap(target.bind(...bound), isFailing)
          values.set(next, bound)
          return next
        }
      },
    })
    if (isFailing) failures.add(wrapped)
    originals.set(wrapped, statement)
    return wrapped
  }
  const originals = new WeakMap<object, D1PreparedStatement>()
  const fail = (bound: unknown[] = []) =>
    Promise.reject(new Error(`D1_ERROR: near "${bound.join('", "')}": syntax error`))
  return new Proxy(env.DB, {
    get(database, name: keyof D1Database) {
      if (name === "prepare") return (sql: string) => wrap(database.prepare(sql), sql.includes(text))
      if (name !== "batch") return Reflect.get(database, name).bind(database)
      return (statements: D1PreparedStatement[]) => {
        const failed = statements.find((statement) => failures.has(statement))
        if (failed) return fail(values.get(failed))
        return database.batch(statements.map((statement) => originals.get(statement) ?? statement))
      }
    },
  })
}

/** Runs what a reseller, a contact and an attacker do, with planted values, and returns the tokens that were in use. */
async function runEverything(bindings: Env): Promise<string[]> {
  const { browser, resellerId } = await signInStaff()
  const key = await createApiKey(resellerId)
  await addStaff(resellerId, { name: NAME, email: ADDRESS, role: "sales" })
  const fields = { company_name: COMPANY, contact_name: NAME, contact_email: `x${ADDRESS}`, note: NOTE }
  await invite(browser, fields)
  const link = await latestRegistrationLink()
  const token = link.split("/").at(-1) ?? ""

  const visitor = new Browser()
  for (const each of [browser, visitor]) each.env = bindings
  await browser.post("/customers/invites/new", { ...fields, contact_email: `y${ADDRESS}`, billing_phone: PHONE })
  await browser.post("/customers/invites/new", fields)
  await browser.get(`/customers/invites?q=${encodeURIComponent(NAME)}`)
  await browser.get(`/customers/invites?q=${encodeURIComponent(`"${ADDRESS}`)}`)
  await browser.get(`/${encodeURIComponent(ADDRESS)}?next=${token}`)
  const headers = { "X-Request-Id": NOTE, Referer: `${ORIGIN}${link}`, "User-Agent": NAME, "HX-Request": "true" }
  await visitor.get(link, headers)
  await visitor.get(`${link}x`, headers)
  await visitor.get(link.replace("/r/", "/R//"), headers)
  await visitor.post(`${link}/start`, {}, headers)
  await visitor.post(link, { name: NAME, password: "short" }, { Origin: "https://evil.example", "User-Agent": NAME })
  await visitor.post(link, { name: NAME, password: PASSWORD, accept_terms: "on" })
  await visitor.get("/account")
  await visitor.post("/sign-out")
  await visitor.post("/sign-in", { email: ADDRESS, password: PASSWORD, next: link })
  await visitor.post("/sign-in", { email: `nobody-${ADDRESS}`, password: PASSWORD })
  await visitor.post(link.replace("/r/", "/decline/"))
  for (const path of ["/invites", `/invites?q=${encodeURIComponent(ADDRESS)}`, "/resellers", `/invites/${token}`]) {
    await callApi({ path, key, env: bindings })
    await callApi({ path, key: `${key}${NOTE}`, env: bindings })
  }
  await callApi({
    path: "/invites",
    key,
    body: `{"contact_name": "${NAME}", "contact_email": ${ADDRESS}`,
    env: bindings,
  })
  await callApi({ path: "/invites", key, body: { ...fields, billing_email: ADDRESS, nightjar: NAME }, env: bindings })
  const outbox = await env.DB.prepare("SELECT id FROM outbox WHERE status = 'queued'").all<{ id: string }>()
  const messages = outbox.results.map(({ id }) => ({
    id,
    timestamp: new Date(),
    attempts: 1,
    body: { outboxId: id },
  }))
  const context = createExecutionContext()
  await worker.queue(createMessageBatch("vestibule-mail", messages), bindings, context)
  await worker.queue(
    createMessageBatch("vestibule-mail-events", [
      { id: "e", timestamp: new Date(), attempts: 1, body: { type: NOTE, payload: { recipient: ADDRESS } } },
    ]),
    bindings,
    context,
  )
  const run: Promise<unknown> = worker.scheduled(createScheduledController(), bindings, context)
  await run.catch(({ cause, message }: Error) =>
    expect([cause, message]).toEqual([undefined, expect.stringMatching(/^cron jobs failed: [a-z, ]+$/)]),
  )
  return [token, key, bindings.AUTH_SECRET, bindings.LINK_KEYS]
}

const BROKEN_PROVIDER: Env["EMAIL"] = {
  send: ({ to }: { to?: unknown }) => Promise.reject(new Error(`${NAME} <${to}> refused: ${NOTE}`)),
}

describe("the log of a whole run", () => {
  it.each<[what: string, bindings: () => Partial<Env>]>([
    ["that succeeds", () => ({})],
    ["whose provider fails", () => ({ EMAIL: BROKEN_PROVIDER })],
    ["whose inserts fail", () => ({ DB: failing("insert into") })],
    ["whose updates fail", () => ({ DB: failing("update ") })],
    ["whose searches fail", () => ({ DB: failing("MATCH") })],
    ["whose reads of users fail", () => ({ DB: failing("users") })],
    ["whose reads of invites fail", () => ({ DB: failing('from "invites"') })],
  ])("%s holds no planted value, and every line is JSON", async (_, bindings) => {
    const secrets = await runEverything({ ...testEnv, ...bindings() })
    const lines = loggedLines()
    expect(lines.length).toBeGreaterThan(5)
    const planted = [...secrets, NAME, "Nightjar", "nightjar", "planted", NOTE, PASSWORD, COMPANY, "Söhne", "5550199"]
    const leaks = lines.filter((line) => planted.some((value) => line.includes(value)))
    expect(leaks).toEqual([])
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ level: expect.stringMatching(/^(security|error)$/) })
  })

  it("holds the cause of every failure", async () => {
    const { browser } = await signInStaff()
    browser.env = { ...testEnv, DB: failing('from "invites"') }
    expect((await browser.get("/customers/invites")).status).toBe(500)
    const [line] = loggedLines()
    expect(JSON.parse(line ?? "")).toMatchObject({
      error: "Error: D1_ERROR: near …",
      stack: expect.stringContaining("listInvites"),
    })
  })
})

it.each([
  [`Unexpected token 'P', "${NAME}" is not valid JSON`, "Unexpected token …"],
  [`Unexpected token 'P', ..."${NAME}`, "Unexpected token …"],
  ['"{"name":"Priya"}" is not valid JSON', "…"],
  ["the actor's reseller does not exist", "the actor's reseller does not exist"],
  [`mail to <${ADDRESS}> failed`, "mail to [address] failed"],
  ["Invalid URL https://x.example/register/abc", "Invalid URL [url]"],
  ["token dQw4w9WgXcQdQw4w9WgXcQdQw4w9WgXcQdQw4w9W expired", "token [token] expired"],
  ["call +1 415 555 0132 now", "call +[number] now"],
  [
    "D1_ERROR: UNIQUE constraint failed: billing_accounts.reseller_id, billing_accounts.email: SQLITE_CONSTRAINT",
    "D1_ERROR: UNIQUE constraint failed: billing_accounts.reseller_id, billing_accounts.email: SQLITE_CONSTRAINT",
  ],
  ["Grüße an Søren", "Gr…e an S…ren"],
])("the message “%s” is logged as “%s”", (message, logged) => {
  expect(redact(message)).toBe(logged)
})

describe("a security event is one line of JSON with ids only", () => {
  it("for signing in, failing to, and signing out", async () => {
    const { resellerId } = await createReseller()
    const { userId } = await addStaff(resellerId, { name: NAME, email: ADDRESS, role: "admin" })
    await new Browser().post("/sign-in", { email: ADDRESS, password: "wrong password here" })
    const browser = await signIn(ADDRESS)
    await browser.post("/sign-out")
    await browser.post("/sign-out")
    const requestId = expect.stringMatching(/^[0-9a-f-]{36}$/)
    const [at, client] = [
      expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
      expect.stringMatching(/^[0-9a-f]{16}$/),
    ]
    const line = { level: "security", at, client, requestId }
    expect(securityEvents()).toEqual([
      { ...line, event: "sign_in_failed", entrance: "sign_in", reason: "wrong_password" },
      { ...line, event: "signed_in", userId, method: "password" },
      { ...line, event: "signed_out", userId },
    ])
    const clients = securityEvents().map((event) => event.client)
    expect([new Set(clients).size, clients[1] === clients[2]]).toEqual([2, true]) // two browsers
  })

  it("for an accepted invite, a forged link, a foreign form and a wrong code", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const copied = await (await browser.post(`/customers/invites/${id}/links`)).text()
    const copiedLink = /\/r(?:egister)?\/[\w.-]+/.exec(copied)?.[0] ?? ""
    const visitor = new Browser()
    await visitor.post(`${copiedLink}/codes`)
    await visitor.post(`${copiedLink}/verification`, { code: "000000" })
    const link = registrationLinkIn((await sendDueEmails())[0])
    await visitor.get(`${link.slice(0, -2)}xx`)
    await visitor.post(link, {}, { Origin: "null", "Sec-Fetch-Site": "cross-site" })
    expect(securityEvents().map(({ event }) => event)).toEqual(["wrong_code", "forged_link", "forged_form"])
    expect(securityEvents()[0]).toMatchObject({ inviteId: id })
  })

  it("for wrong passwords and factors at every entrance, and for a change of factors", async () => {
    const { browser, resellerId } = await signInStaff()
    await browser.post("/profile/password", { current_password: "wrong", password: PASSWORD })
    await browser.post("/profile/email", { current_password: "wrong", email: `x${ADDRESS}` })
    await browser.post("/confirm-identity", { password: "wrong" })
    await browser.post("/confirm-identity", { password: DEMO_PASSWORD })
    const { secret } = await setUpAuthenticator(browser)
    await browser.post("/confirm-identity", { password: DEMO_PASSWORD, code: "000000" })
    const { id: userId = "", email = "" } = await one("SELECT id, email FROM users")
    const visitor = new Browser()
    await visitor.post("/sign-in", { email, password: DEMO_PASSWORD })
    await visitor.post("/sign-in/second-factor", { code: "000000" })
    travel({ minutes: 1 })
    await visitor.post("/sign-in/second-factor", { code: codeAt(secret) })
    const key = await createApiKey(resellerId)
    await callApi({
      path: "/invites",
      key,
      body: {
        company_name: COMPANY,
        contact_name: NAME,
        contact_email: email,
        billing_email: "billing@acme.example",
        billing_phone: "+1 415 555 0132",
      },
    })
    await new Browser().post(await latestRegistrationLink(), { password: "wrong", accept_terms: "on" })
    await new Browser().post("/forgot-password", { email })
    await new Browser().post("/sign-in", { email: "x".repeat(70_000) })
    expect(securityEvents()).toMatchObject([
      { event: "sign_in_failed", entrance: "profile", reason: "wrong_password", userId },
      { event: "sign_in_failed", entrance: "profile", reason: "wrong_password", userId },
      { event: "sign_in_failed", entrance: "confirmation", reason: "wrong_password", userId },
      { event: "identity_confirmed", method: "password", userId },
      { event: "factor_changed", factor: "authenticator", change: "added", userId },
      { event: "sign_in_failed", entrance: "confirmation", reason: "wrong_factor", userId },
      { event: "sign_in_failed", entrance: "second_factor", reason: "wrong_factor", userId },
      { event: "signed_in", method: "second_factor", userId },
      { event: "sign_in_failed", entrance: "invite", reason: "wrong_password" },
      { event: "password_reset_requested" },
      { event: "input_refused", status: 413 },
    ])
  })

  it("once for a key that was revoked after this isolate last saw it", async () => {
    const { resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    expect((await callApi({ path: "/invites", key })).status).toBe(200)
    await env.DB.prepare("UPDATE api_keys SET revoked_at = 1").run()
    expect((await callApi({ path: "/invites", key })).status).toBe(401)
    expect(securityEvents()).toMatchObject([{ event: "credentials_refused", reason: "api_key_revoked" }])
  })

  it("for a refused permission, a refused key and a limit", async () => {
    const { browser, resellerId } = await signInStaff("acme", "read_only")
    await browser.get("/settings/api-keys")
    const key = await createApiKey(resellerId, { scopes: ["customers:read"] })
    await callApi({ path: "/invites", key })
    await callApi({ path: "/invites", key: `vst_local_${"0".repeat(64)}` })
    await callApi({ path: "/customers", key, env: { ...testEnv, API_REQUESTS_PER_10_SECONDS: "0" } })
    expect(securityEvents()).toMatchObject([
      { event: "permission_refused", permission: "api_keys:write", actorKind: "staff", accountId: resellerId },
      { event: "permission_refused", actorKind: "api_key", accountId: resellerId },
      { event: "credentials_refused", reason: "api_key_invalid" },
      { event: "limit_reached", limit: "api_requests", actorKind: "api_key" },
    ])
  })
})
