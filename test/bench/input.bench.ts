import { createExecutionContext } from "cloudflare:test"
import { afterAll, expect, it, vi } from "vitest"
import { app } from "../../src/local/app.ts"
import { ROUTES } from "../../src/routes.ts"
import { operations } from "../api-document.ts"
import { createApiKey, ORIGIN, testEnv } from "../support/app.ts"
import { openEveryPage } from "../support/page-forms.ts"

// Measures what is too long, in every input, against a normal request to the same place in the same run. It reports times and
// asserts none, since they depend on the machine; test/input-limits.test.ts counts instead.

const REPEATS = 5
const MARK = "\u0301"
const FORM = { Origin: ORIGIN, "Content-Type": "application/x-www-form-urlencoded" }
const LARGE: Record<string, () => string> = {
  "100,000 marks": () => `name=${encodeURIComponent(MARK.repeat(100_000))}`,
  "1 MB": () => `name=${"a".repeat(1_000_000)}`,
  "10,000 fields": () => "a=&".repeat(10_000),
}
const LARGE_JSON: Record<string, () => string> = {
  "100,000 marks": () => JSON.stringify({ note: MARK.repeat(100_000) }),
  "1 MB": () => JSON.stringify({ note: "a".repeat(1_000_000) }),
  "10,000 fields": () => JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [n, 0]))),
  "30,000 marks within 64 KiB": () => JSON.stringify({ contact_name: MARK.repeat(30_000), name: MARK.repeat(1_000) }),
}

type Sent = { path: string; method?: string; body?: string; headers?: Record<string, string> }

/** The least of several times, in milliseconds: what other programs of the machine don't add to. */
async function measure({ path, ...init }: Sent): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let n = 0; n < REPEATS; n++) {
    const request = new Request(ORIGIN + path, init)
    const started = performance.now()
    const response = await app.fetch(request, testEnv, createExecutionContext())
    await response.arrayBuffer()
    least = Math.min(least, performance.now() - started)
  }
  return least
}

type Result = { what: string; where: string; normal: number; hostile: number }
const results: Result[] = []

async function compare(what: string, where: string, normal: Sent, hostile: Sent) {
  results.push({ what, where, normal: await measure(normal), hostile: await measure(hostile) })
}

afterAll(() => {
  const groups = Object.entries(Object.groupBy(results, ({ what }) => what))
  const rows = groups.map(([what, group = []]) => {
    const slowest = group.reduce((a, b) => (b.hostile > a.hostile ? b : a))
    const ratios = group.map(({ normal, hostile }) => hostile / Math.max(1, normal)).toSorted((a, b) => a - b)
    const median = ratios[Math.floor(ratios.length / 2)]?.toFixed(2)
    return `${what.padEnd(32)} ${String(group.length).padStart(4)} inputs  slowest ${String(slowest.hostile).padStart(3)} ms (normal ${slowest.normal} ms) at ${slowest.where}; ratio: median ${median}, most ${ratios.at(-1)?.toFixed(2)}`
  })
  console.log(`\n${rows.join("\n")}\n`)
})

it("what is too long takes little time, compared with a normal request", async () => {
  const logSpy = vi.spyOn(console, "log").mockImplementation(() => undefined)
  const { forms, pages } = await openEveryPage()
  for (const { action, fields, browser } of forms) {
    const headers = { ...FORM, Cookie: browser.cookieHeader() }
    const values = fields
      .filter(({ type }) => type !== "radio" && type !== "submit")
      .map(({ name, value }) => [name, value])
    const normal: Sent = { path: action, method: "POST", headers, body: new URLSearchParams(values).toString() }
    const where = action.split("?")[0] ?? ""
    if (where === "/sign-out") continue
    for (const { name } of fields) {
      const body = new URLSearchParams([...values, [name, MARK.repeat(10_000)]]).toString()
      await compare("10,000 marks in a field", `${where} ${name}`, normal, { ...normal, body })
    }
    for (const [what, body] of Object.entries(LARGE))
      await compare(`form: ${what}`, where, normal, { ...normal, body: body() })
  }
  for (const { path, browser } of pages) {
    const headers = { Cookie: browser.cookieHeader() }
    const normal = { path, headers }
    const marks = encodeURIComponent(MARK.repeat(1_300))
    for (const name of ["q", "before", "invite", "next", "until"]) {
      await compare("1,300 marks in a parameter", `${path} ${name}`, normal, {
        path: `${path}?${name}=${marks}`,
        headers,
      })
    }
    await compare("a URL of 600 kB", path, normal, {
      path: `${path}?q=${encodeURIComponent(MARK.repeat(100_000))}`,
      headers,
    })
    await compare("headers of 1 MB", path, normal, {
      path,
      headers: { ...headers, "X-Padding": "a".repeat(1_000_000) },
    })
  }
  const apiKey = await createApiKey(await resellerId())
  for (const { method, path, security, operationId, requestBody } of operations) {
    if (!requestBody) continue
    const key = security?.some(({ operatorToken }) => operatorToken) ? testEnv.OPERATOR_TOKEN : apiKey
    const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" }
    const normal: Sent = {
      path: `/api/v1${path.replace(/{\w+}/g, "x")}`,
      method,
      headers,
      body: '{"contact_name":"Priya Nair"}',
    }
    for (const [what, body] of Object.entries(LARGE_JSON))
      await compare(`API: ${what}`, operationId, normal, { ...normal, body: body() })
  }
  logSpy.mockRestore()
  expect(results.length).toBeGreaterThan(ROUTES.length)
}, 600_000)

const resellerId = async () => (await testEnv.DB.prepare("SELECT id FROM resellers").first<string>("id")) ?? ""
