import { createExecutionContext } from "cloudflare:test"
import { expect, it, vi } from "vitest"
import { app } from "../src/local/app.ts"
import { ROUTES, type Route } from "../src/routes.ts"
import { Browser, callApi, createApiKey, ORIGIN, signInStaff, testEnv } from "./support/app.ts"
import { seededRandom } from "./support/random.ts"
import { createCustomerWithRole } from "./support/visitors.ts"

/** What a forger writes in place of an id, a token or a path. */
const FORGED = [
  "%",
  "%%",
  "%2",
  "%zz",
  "%c3%28",
  "%ff%fe",
  "%ed%a0%80", // an encoded surrogate
  "%00",
  "a%00b",
  "%0d%0aSet-Cookie:%20x=1",
  "%2e%2e%2f%2e%2e",
  "..%5c..",
  "/",
  "//",
  "/evil.example",
  "%2f%2fevil.example",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "__proto__%5bx%5d",
  "%E2%80%AE",
  "%F0%9F%98%80",
  "%EF%BF%BF",
  "'%20OR%20'1'='1",
  "{{constructor}}",
  "$%7b7*7%7d",
  "<script>",
  ";",
  "*",
  "%252e",
  "a".repeat(8_000),
  "%41".repeat(3_000),
  "é",
  "\u202e",
]

/** The path with every parameter replaced, and then with something in front and behind. */
function forgePaths({ path }: Route, forged: string): string[] {
  const filled = path.replace(/:\w+(\{.*\})?(?=\/|$)/g, () => forged).replace("*", () => forged)
  return [
    filled,
    `${filled}/${forged}`,
    `/${filled}`,
    `${path.replace(/:\w+(\{.*\})?/g, "x")}?q=${forged}&cursor=${forged}`,
  ]
}

it("a forged path of a link, with any method, gets no 500 and no redirect to another site", async () => {
  const errorSpy = vi.spyOn(console, "error").mockImplementation(() => undefined)
  const logSpy = vi.spyOn(console, "log").mockImplementation(() => undefined)
  const failures: string[] = []
  for (const root of ["/r", "/R", "//r", "/%72", "/register", "/REGISTER", "/decline", "/Decline/%2f"]) {
    for (const forged of FORGED) {
      for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"]) {
        const request = new Request(`${ORIGIN}${root}/${forged}`, { method, headers: { Origin: ORIGIN } })
        const response = await app.fetch(request, testEnv, createExecutionContext())
        const location = response.headers.get("Location") ?? ""
        const isBad = response.status >= 500 || new URL(location, ORIGIN).origin !== ORIGIN
        if (isBad)
          failures.push(`${method} ${root} ${forged.slice(0, 80)}: ${response.status} ${location.slice(0, 80)}`)
      }
    }
  }
  const logged = errorSpy.mock.calls.map(([line]) => String(line).slice(0, 400))
  errorSpy.mockRestore()
  logSpy.mockRestore()
  expect([failures, logged]).toEqual([[], []])
}, 120_000)

it("a forged path or query gets no 500 and no header of its own", async () => {
  const errorSpy = vi.spyOn(console, "error").mockImplementation(() => undefined)
  const logSpy = vi.spyOn(console, "log").mockImplementation(() => undefined)
  const { browser: staff, resellerId } = await signInStaff("globex")
  const { browser: member } = await createCustomerWithRole("admin")
  const key = await createApiKey(resellerId)
  const random = seededRandom(7)
  const failures: string[] = []
  for (const route of ROUTES) {
    // Every route with some of the forgeries, and every forgery with many routes.
    for (const forged of FORGED.filter(() => random(6) === 0)) {
      for (const path of forgePaths(route, forged).filter(() => random(4) === 0)) {
        const { method, area } = route
        const isSignOut = route.name === "session.delete"
        const visitor = isSignOut ? new Browser() : area === "member" ? member : staff
        const response = path.startsWith("/api/v1/")
          ? await callApi({ method, path: path.slice("/api/v1".length), key, ...(method !== "GET" && { body: {} }) })
          : await (method === "GET" ? visitor.get(path) : visitor.post(path, { next: forged }))
        const location = response.headers.get("Location") ?? ""
        const isBad = response.status >= 500 || new URL(location, ORIGIN).origin !== ORIGIN
        if (isBad) failures.push(`${method} ${path.slice(0, 80)}: ${response.status} ${location.slice(0, 80)}`)
        await response.body?.cancel()
      }
    }
  }
  const logged = errorSpy.mock.calls.map(([line]) => String(line).slice(0, 400))
  errorSpy.mockRestore()
  logSpy.mockRestore()
  expect([failures.slice(0, 20), [...new Set(logged)].slice(0, 3)]).toEqual([[], []])
}, 300_000)
