import { describe, expect, it, vi } from "vitest"
import { networkOf } from "../src/http/client.ts"
import { ROUTES, type Route } from "../src/routes.ts"
import { Browser, count, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { createCustomerWithRole, createResellerWithRole } from "./support/visitors.ts"

const posts = ROUTES.filter(({ method }) => method === "POST")
const publicPosts = posts.filter(({ area }) => area === "public")
const pathOf = ({ path }: Route) => path.replaceAll(/:\w+/g, "x").replace("*", "x/y")

/** A limiter that gives this answer, and a database that counts. */
function limitedEnv(success: boolean) {
  const limit = vi.fn(async (_: RateLimitOptions) => ({ success }))
  const { database, costs } = countingD1(testEnv.DB)
  const limiters = { POST_LIMITER: { limit }, PERSON_POST_LIMITER: { limit }, PASSWORD_CHECK_LIMITER: { limit } }
  return { limit, costs, env: { ...testEnv, DB: database, ...limiters } }
}

describe("a network that posts too many forms where nobody is signed in", () => {
  it("is found by three hundred a minute", async () => {
    const browser = new Browser()
    const statuses: number[] = []
    // A minute can end meanwhile, which starts the count again.
    for (let n = 0; n < 602 && statuses.at(-1) !== 429; n++) statuses.push((await browser.post("/r/x/y")).status)
    expect(statuses.length).toBeGreaterThan(300)
    expect(statuses.at(-1)).toBe(429)
    expect((await new Browser().post("/r/x/y")).status).toBe(404)
  })

  it.each(publicPosts)("is told so by $name, before storage is read", async (route) => {
    const { env, limit, costs } = limitedEnv(false)
    const browser = new Browser()
    browser.env = env
    const response = await browser.post(pathOf(route), {}, { "Accept-Language": "de" })
    expect([response.status, response.headers.get("Retry-After"), costs.roundTrips]).toEqual([429, "60", 0])
    expect(await response.text()).toContain("Aus Ihrem Netzwerk kamen zu viele Formulare.")
    expect(limit.mock.calls).toEqual([[{ key: browser.address }]])
  })

  it.each([
    ["session", createResellerWithRole],
    ["staff", createResellerWithRole],
    ["member", createCustomerWithRole],
  ] as const)(
    "is told from a person in it who is signed in, who has a count of their own: %s routes",
    async (area, createVisitor) => {
      const { browser } = await createVisitor("admin")
      const countChanges = () => count("audit_log", "action NOT GLOB '*.limit_reached'")
      const entries = await countChanges()
      const routes = posts.filter((route) => route.area === area)
      expect(routes.length).toBeGreaterThan(0)
      for (const route of routes) {
        const { env, limit } = limitedEnv(false)
        browser.env = env
        const { status } = await browser.post(pathOf(route))
        expect([route.name, status, await countChanges()]).toEqual([route.name, 429, entries])
        expect(limit.mock.calls).toEqual([[{ key: expect.stringMatching(/^usr_/) }]])
      }
    },
  )

  it("can still check passwords, and one that checked too many can still post forms", async () => {
    const checks = publicPosts.filter(({ path }) => path.endsWith("/password-checks"))
    expect(checks).toHaveLength(2)
    const refuse = { limit: async () => ({ success: false }) }
    const statusesWith = async (limiters: Partial<typeof testEnv>) => {
      const browser = new Browser()
      browser.env = { ...testEnv, ...limiters }
      const statuses = [(await browser.post("/reset-password/x")).status]
      for (const route of checks) statuses.push((await browser.post(pathOf(route))).status)
      return statuses
    }
    expect(await statusesWith({ POST_LIMITER: refuse })).toEqual([429, 404, 410])
    expect(await statusesWith({ PASSWORD_CHECK_LIMITER: refuse })).toEqual([410, 429, 429])
  })

  it("is logged as a limit", async () => {
    const { env } = limitedEnv(false)
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined)
    const browser = new Browser()
    browser.env = env
    await browser.post("/sign-in")
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)))
    expect(lines).toMatchObject([
      { level: "security", event: "limit_reached", limit: "request_limit" },
      { level: "request", status: 429 },
    ])
    expect(JSON.stringify(lines)).not.toContain(browser.address)
  })
})

it.each([
  ["203.0.113.9", "203.0.113.9"],
  ["::ffff:203.0.113.9", "203.0.113.9"],
  ["2001:db8:0:7::1", "20010db800000007"],
  ["2001:DB8::7:1:2:3:4", "20010db800000007"],
  ["", "unknown"],
  [undefined, "unknown"],
  ["somewhere", "unknown"],
])("the network of %o is %s", (address, network) => {
  expect(networkOf(address)).toBe(network)
})
