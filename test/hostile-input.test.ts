import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test"
import { afterEach, beforeEach, expect, inject, it, type MockInstance, vi } from "vitest"
import { authFor } from "../src/http/better-auth.ts"
import { app } from "../src/local/app.ts"
import { href, ROUTES } from "../src/routes.ts"
import { ORIGIN, sendDueEmails, testEnv } from "./support/app.ts"
import { findUnescaped, hostileBody, hostileFields, hostilePath, PLANTED, pick, randomOf } from "./support/hostile.ts"
import { openEveryPage, type Page, type PageForm } from "./support/page-forms.ts"
import { clearRows } from "./support/storage.ts"

declare module "vitest" {
  interface ProvidedContext {
    hostile: { requests: number; seed: number; index: number | null }
  }
}

// A case is determined by its seed and index. `HOSTILE_SEED=1 HOSTILE_INDEX=2` repeats one, after those before it that share its data.
// `HOSTILE_REQUESTS` sets how many are sent.
const { requests, seed, index: onlyIndex } = inject("hostile")

/** Cases before the data is created anew. */
const WORLD = 2_000
/** Cases before people sign in again, because some end their sessions. */
const SESSION = 50

const LIMITS = {
  INVITE_MAILS_PER_HOUR: "1000000",
  MEMBER_MAILS_PER_HOUR: "1000000",
  RESEND_COOLDOWN_SECONDS: "0",
  RESENDS_PER_DAY: "1000000",
}

const METHODS = ["log", "info", "warn", "error", "debug"] as const
let spies: MockInstance[]

beforeEach(() => {
  spies = METHODS.map((method) => vi.spyOn(console, method).mockImplementation(() => undefined))
})
afterEach(() => {
  for (const spy of spies) spy.mockRestore()
})

type World = Awaited<ReturnType<typeof createWorld>>

async function createWorld() {
  await clearRows()
  const { forms, pages, staff, member } = await openEveryPage()
  const people = [staff, member]
  for (const { browser } of [...forms, ...pages]) browser.env = { ...testEnv, ...LIMITS }
  const signInAgain = async () => {
    for (const { userId, browser } of people) {
      const { headers } = await authFor(testEnv).api.signInAccepted({ body: { userId }, returnHeaders: true })
      browser.storeCookies(headers)
    }
  }
  // After signing out, or requiring a second factor that nobody has, every page would only redirect.
  const barring = [href("session.delete"), href("settings.security.update")]
  const kept = forms.filter(({ action }) => !barring.includes(action.split("?")[0] ?? ""))
  return { forms: kept, pages, signInAgain }
}

type Case = {
  method: string
  path: string
  init: { body?: BodyInit; headers: Record<string, string> }
  from: Page | PageForm
}

/** Half are forms, half are URLs. */
function caseOf({ forms, pages }: World, index: number): Case {
  const random = randomOf(seed, index)
  const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`
  const headers = { Origin: ORIGIN, "CF-Connecting-IP": address, ...(random(8) === 0 && { "HX-Request": "true" }) }
  if (random(2) === 0) {
    const from = pick(random, forms)
    const { body, type } = hostileBody(random, hostileFields(random, from.fields, index))
    const path = random(15) === 0 ? hostilePath(random, from.action.split("?")[0] ?? "") : from.action
    return {
      method: "POST",
      path,
      init: { ...(body !== undefined && { body }), headers: { ...headers, ...(type && { "Content-Type": type }) } },
      from,
    }
  }
  const from = pick(random, pages)
  const route = pick(random, ROUTES)
  const isPage = random(2) === 0
  const method = isPage || route.name === "session.delete" ? "GET" : route.method
  return {
    method,
    path: hostilePath(random, isPage ? (from.path.split("?")[0] ?? "") : route.path),
    init: { headers },
    from,
  }
}

async function send({ method, path, init, from }: Case): Promise<Response> {
  const context = createExecutionContext()
  const headers = { ...init.headers, Cookie: from.browser.cookieHeader() }
  const request = new Request(ORIGIN + path, { method, ...init, headers })
  const response = await app.fetch(request, { ...testEnv, ...LIMITS }, context)
  await waitOnExecutionContext(context)
  return response
}

/** What is wrong with a response; undefined if nothing. */
function faultOf(response: Response, html: string | undefined): string | undefined {
  if (response.status >= 500) return "server error"
  const location = response.headers.get("Location") ?? response.headers.get("HX-Redirect") ?? ""
  if (location && new URL(location, ORIGIN).origin !== ORIGIN) return `redirect to ${location.slice(0, 100)}`
  if (response.headers.getSetCookie().join("\n").includes(PLANTED)) return "a cookie of the request"
  return html === undefined ? undefined : findUnescaped(html)
}

async function htmlOf(response: Response): Promise<string | undefined> {
  const isHtml = response.headers.get("Content-Type")?.startsWith("text/html")
  return isHtml ? response.text() : undefined
}

/** Log lines since the last call that contain a planted value, and all errors. */
function takeLogFaults(): string[] {
  const lines = spies.flatMap(({ mock }, at) => mock.calls.map((call) => [METHODS[at], call.map(String).join(" ")]))
  for (const spy of spies) spy.mockClear()
  return lines
    .filter(([method, line]) => method === "error" || line?.includes(PLANTED))
    .map(([, line]) => `logged ${line?.slice(0, 300)}`)
}

it(`${requests} hostile forms and URLs get no 5xx, and nothing of them is rendered without escapes or logged`, async () => {
  const first = onlyIndex === null ? 0 : onlyIndex - (onlyIndex % WORLD)
  const last = onlyIndex === null ? requests : onlyIndex + 1
  const faults: string[] = []
  const statuses: Record<number, number> = {}
  let reflected = 0
  let world = await createWorld()
  for (let index = first; index < last && faults.length < 10; index++) {
    if (index % WORLD === 0 && index > first) world = await createWorld()
    if (index % SESSION === 0) await world.signInAgain()
    takeLogFaults()
    const sent = caseOf(world, index)
    const response = await send(sent)
    statuses[response.status] = (statuses[response.status] ?? 0) + 1
    const html = await htmlOf(response)
    if (html?.includes(PLANTED)) reflected++
    const found = [faultOf(response, html), ...takeLogFaults()].filter(Boolean)
    if (found.length > 0) {
      faults.push(
        `HOSTILE_SEED=${seed} HOSTILE_INDEX=${index} ${sent.method} ${sent.path.slice(0, 300)}: ${response.status} ${found.join("; ")}`,
      )
    }
    if (index % WORLD === WORLD - 1 || index === last - 1) {
      const mails = await sendDueEmails()
      faults.push(
        ...mails.flatMap(({ html }) => findUnescaped(html) ?? []).map((found) => `email before ${index}: ${found}`),
      )
    }
  }
  expect(faults).toEqual([])
  if (onlyIndex !== null) return
  // Enough of them get past the guards and into pages, and few meet a limit.
  const share = (n = 0) => n / (last - first)
  expect(share(statuses[429])).toBeLessThan(0.01)
  expect(share(reflected)).toBeGreaterThan(0.05)
  for (const status of [200, 303, 404, 422]) expect(share(statuses[status]), String(status)).toBeGreaterThan(0.05)
}, 600_000)
