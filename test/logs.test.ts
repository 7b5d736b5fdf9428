import { createExecutionContext, createMessageBatch, createScheduledController } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { redact } from "../src/http/log.ts"
import worker from "../src/local/index.ts"
import { ROUTES } from "../src/routes.ts"
import {
  type ApiCall,
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
import { countingD1 } from "./support/counting-d1.ts"
import { codeAt, setUpAuthenticator } from "./support/factors.ts"
import { sessionOf } from "./support/session-d1.ts"
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
    get(database, name: keyof D1Database, itself) {
      if (name === "withSession") return () => sessionOf(itself)
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
      expect(JSON.parse(line)).toMatchObject({ level: expect.stringMatching(/^(security|error|request|batch|cron)$/) })
  })

  it("holds the cause of every failure", async () => {
    const { browser } = await signInStaff()
    browser.env = { ...testEnv, DB: failing('from "invites"') }
    expect((await browser.get("/customers/invites")).status).toBe(500)
    const line = loggedLines().find((each) => each.includes("D1_ERROR"))
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

describe("a request is one line of JSON", () => {
  type Line = { level: string; requestId: string; ms: number; route: string | null; statements: number }
  const requestLines = () =>
    loggedLines()
      .map((line): Line => JSON.parse(line))
      .filter(({ level }) => level === "request")
  const nobody = { actor: null, resellerId: null }
  const noCosts = { roundTrips: 0, statements: 0, rowsRead: 0, rowsWritten: 0 }

  it("with the pattern of its route, who asked, and what it cost", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    const id = await invite(browser)
    const link = await latestRegistrationLink()
    const staffActor = { actor: "staff", resellerId }
    const visitor = new Browser()
    const api = (path: string, call: Partial<ApiCall> = {}) => callApi({ path, key, ...call })
    const foreign = { Origin: "https://evil.example" }
    const broken = new Browser()
    broken.copyCookies(browser)
    broken.env = { ...testEnv, DB: failing('from "invites"') }
    const requests: [request: () => Promise<unknown>, line: object][] = [
      [() => visitor.get("/sign-in?next=/x"), { method: "GET", route: "/sign-in", ...nobody, status: 200, ...noCosts }],
      [() => visitor.head("/sign-in"), { method: "HEAD", route: "/sign-in", ...nobody, status: 200 }],
      [() => visitor.get("/sign-in?x=1", { "Accept-Language": "de" }), { route: "/sign-in", status: 200 }],
      [() => visitor.get(link), { route: "/r/:token", ...nobody, status: 200, roundTrips: 1, rowsWritten: 0 }],
      [() => visitor.get(`${link}x`), { route: "/r/:token", ...nobody, ...noCosts }],
      [() => visitor.post(`${link}?language=de`, { name: NAME }), { method: "POST", route: "/r/:token", status: 200 }],
      [() => visitor.get(`/${NAME}`), { route: null, ...nobody, status: 303 }],
      [() => visitor.get(`/customers/invites/${id}`), { route: "/customers/invites/:id", ...nobody, status: 303 }],
      [() => visitor.post("/sign-in", { email: ADDRESS }, foreign), { method: "POST", route: "/sign-in", status: 403 }],
      [() => browser.get(`/customers/invites/${id}`), { route: "/customers/invites/:id", ...staffActor, status: 200 }],
      [() => browser.get("/customers/invites/new"), { route: "/customers/invites/new", ...staffActor, status: 200 }],
      [
        () => browser.post("/customers/invites/new?language=de", { note: NOTE }),
        { route: "/customers/invites/new", ...staffActor },
      ],
      [
        () => browser.post(`/customers/invites/${id}/revocation`),
        { method: "POST", route: "/customers/invites/:id/revocation", ...staffActor, status: 303 },
      ],
      [() => broken.get("/customers/invites"), { route: "/customers/invites", ...staffActor, status: 500 }],
      [
        () => api("/invites"),
        { method: "GET", route: "/api/v1/invites", actor: "api_key", resellerId, status: 200, roundTrips: 2 },
      ],
      [() => api(`/invites/${id}`), { route: "/api/v1/invites/:id", actor: "api_key", roundTrips: 1, rowsWritten: 0 }],
      [() => api("/invites", { key: "vst_local_x" }), { route: "/api/v1/invites", ...nobody, status: 401 }],
      [
        () => api("/resellers", { key: "local-operator" }),
        { route: "/api/v1/resellers", actor: "operator", resellerId: null, status: 200 },
      ],
      [() => api("/resellers"), { route: "/api/v1/resellers", ...nobody, status: 404 }],
      [() => api(`/${NOTE}`), { route: null, status: 404 }],
      [() => api("/invites", { method: "PUT" }), { method: "PUT", route: null, status: 405 }],
    ]
    for (const [request, expected] of requests) {
      const before = requestLines().length
      await request()
      const lines = requestLines().slice(before)
      expect(lines).toEqual([expect.objectContaining(expected)])
      expect(Object.keys(lines[0] ?? {})).toEqual([
        "level",
        "at",
        "requestId",
        "method",
        "route",
        "actor",
        "resellerId",
        "status",
        "ms",
        "roundTrips",
        "statements",
        "rowsRead",
        "rowsWritten",
      ])
    }
    const patterns = ROUTES.map(({ path }) => path)
    const unknown = requestLines().filter(
      ({ route }) => route !== null && !patterns.some((pattern) => pattern.startsWith(route)),
    )
    expect(unknown).toEqual([])
  })

  it("with the id of the response, and the costs of this request alone", async () => {
    const { browser } = await signInStaff()
    const responses = await Promise.all(
      ["/", "/customers/invites", "/profile", "/brand/accent/1f4fd8.css"].map((path) => browser.get(path)),
    )
    const { database, costs } = countingD1(env.DB)
    browser.env = { ...testEnv, DB: database }
    const last = await browser.get("/customers")
    const lines = new Map(requestLines().map((line) => [line.requestId, line]))
    const ids = [...responses, last].map((response) => response.headers.get("X-Request-Id") ?? "")
    expect(ids.map((id) => lines.get(id)?.route)).toEqual([
      "/",
      "/customers/invites",
      "/profile",
      "/brand/accent/:file",
      "/customers",
    ])
    expect(lines.get(ids[3] ?? "")).toMatchObject({ roundTrips: 0, rowsRead: 0 })
    expect(lines.get(ids[4] ?? "")).toMatchObject(costs)
    expect(costs.rowsRead).toBeGreaterThan(0)
  })

  it("and so is a batch of a queue, and a run of the cron jobs", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const outboxId = (await one("SELECT id FROM outbox")).id
    const message = (id: string, body: unknown) => ({ id, timestamp: new Date(), attempts: 1, body })
    const batch = [message("a", { outboxId }), message("b", NOTE), message("c", { outboxId: "eml_x" })]
    const send = (bindings: Env) =>
      worker.queue(createMessageBatch("vestibule-mail", batch), bindings, createExecutionContext())
    await send({ ...testEnv, EMAIL: BROKEN_PROVIDER })
    await send({ ...testEnv, DB: failing("update") })
    await worker.scheduled(createScheduledController(), testEnv, createExecutionContext())
    const lines = loggedLines().map((line) => JSON.parse(line))
    const used = { ms: expect.any(Number), rowsRead: expect.any(Number), rowsWritten: expect.any(Number) }
    const line = { ...used, at: expect.any(String), roundTrips: expect.any(Number), statements: expect.any(Number) }
    expect(lines.filter(({ level }) => level === "batch")).toEqual([
      { ...line, level: "batch", queue: "vestibule-mail", messages: 3, retried: 1, failed: 0 },
      { ...line, level: "batch", queue: "vestibule-mail", messages: 3, retried: 0, failed: 2 },
    ])
    expect(lines.filter(({ level }) => level === "cron")).toEqual([{ ...line, level: "cron", failed: [] }])
  })
})

describe("a data point", () => {
  it("is written for each request, batch, email and cron run, with no value that people entered", async () => {
    const points: AnalyticsEngineDataPoint[] = []
    const bindings = {
      ...testEnv,
      METRICS: { writeDataPoint: (point: AnalyticsEngineDataPoint) => points.push(point) },
    } as Env
    const { browser, resellerId } = await signInStaff()
    await invite(browser, { contact_name: NAME, contact_email: ADDRESS })
    const { id: outboxId } = await one("SELECT id FROM outbox")
    browser.env = bindings
    await browser.get(`/customers/invites?q=${NOTE}`)
    await new Browser().get(`/${NOTE}`)
    const visitor = new Browser()
    visitor.env = bindings
    await visitor.get(`/${NOTE}`)
    const batch = createMessageBatch("vestibule-mail", [
      { id: "a", timestamp: new Date(), attempts: 1, body: { outboxId } },
    ])
    await worker.queue(batch, { ...bindings, EMAIL: BROKEN_PROVIDER }, createExecutionContext())
    travel({ minutes: 5 })
    await worker.queue(batch, bindings, createExecutionContext())
    await worker.scheduled(createScheduledController(), bindings, createExecutionContext())
    expect(points.map(({ indexes, blobs }) => [indexes?.[0], ...(blobs ?? [])])).toEqual([
      [resellerId, "request", "/customers/invites", "200", "staff"],
      ["unknown", "request", "unknown", "303", ""],
      ["email", "email", "email", "failed", ""],
      ["vestibule-mail", "batch", "vestibule-mail", "ok", ""],
      ["email", "email", "email", "ok", ""],
      ["vestibule-mail", "batch", "vestibule-mail", "ok", ""],
      ["cron", "cron", "cron", "ok", ""],
    ])
    for (const { doubles = [] } of points) {
      expect(doubles).toHaveLength(5)
      expect(doubles.every((value) => Number.isFinite(value) && value >= 0)).toBe(true)
    }
    expect(points[0]?.doubles?.[2]).toBeGreaterThan(0)
  })

  it("isn't needed", async () => {
    const { METRICS: _, ...bindings } = testEnv
    const { browser } = await signInStaff()
    browser.env = bindings as Env
    expect((await browser.get("/customers/invites")).status).toBe(200)
  })
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
