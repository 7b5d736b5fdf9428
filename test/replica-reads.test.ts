import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { isReadNearby } from "../src/http/bookmark.ts"
import { ROUTES } from "../src/routes.ts"
import {
  addStaff,
  Browser,
  callApi,
  count,
  createApiKey,
  invite,
  latestRegistrationLink,
  PASSWORD,
  productionEnv,
  REGISTRATION_FORM,
  signInAs,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { createLaggingReplica } from "./support/lagging-replica.ts"
import {
  createCustomerWithRole,
  createResellerWithRole,
  fillIds,
  memberRoutes,
  type PersonRoute,
  staffRoutes,
} from "./support/visitors.ts"

const LIST = "/customers/invites"

/** A signed-in Admin, whose requests use a replica that has everything so far. */
async function signInNearby() {
  const fixture = await signInStaff()
  const replica = await createLaggingReplica()
  await replica.replicate()
  fixture.browser.env = { ...testEnv, DB: replica.database }
  return { ...fixture, replica }
}

const bookmarkOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((cookie) => /^(?:__Host-)?vestibule\.bookmark=([^;]*)/.exec(cookie)?.[1])
    .find((value) => value !== undefined)

describe("pages of signed-in people", () => {
  it("are read from the replica, even if it is behind, until the visitor changes something", async () => {
    const { browser, resellerId, replica } = await signInNearby()
    const { userId } = await addStaff(resellerId, { name: "Sam Reyes", email: "sam@acme.example", role: "admin" })
    await invite(await signInAs(userId), { contact_email: "colleague@x.example" })

    const stale = await browser.get(LIST)
    expect([stale.status, bookmarkOf(stale)]).toEqual([200, undefined])
    expect(await stale.text()).not.toContain("colleague@x.example")
    expect(new Set(replica.served)).toEqual(new Set(["replica"]))

    const id = await invite(browser, { contact_email: "own@x.example" })
    replica.served.length = 0
    const page = await (await browser.get(LIST)).text()
    expect([page.includes("own@x.example"), page.includes("colleague@x.example")]).toEqual([true, true])
    expect((await browser.get(`${LIST}/${id}`)).status).toBe(200)
    expect(new Set(replica.served)).toEqual(new Set(["replica"]))
  })

  it("show each of a visitor's changes, however they follow each other", async () => {
    const { browser } = await signInNearby()
    for (const name of ["Acme One", "Acme Two", "Acme Three"]) {
      await browser.post("/settings", {
        name,
        support_email: "s@acme.example",
        country: "US",
        time_zone: "UTC",
        locale: "en",
      })
      expect(await (await browser.get("/settings")).text()).toContain(`value="${name}"`)
    }
  })

  it("are read from the primary if they show secrets or ask for a proof of identity, all others from the replica", async () => {
    const replica = await createLaggingReplica()
    const servers: [name: string, server: string][] = []
    const open = async (
      { browser, ids }: { browser: Browser; ids: Record<string, string> },
      routes: readonly PersonRoute[],
    ) => {
      await replica.replicate()
      browser.env = { ...testEnv, DB: replica.database }
      for (const route of routes.filter(({ method }) => method === "GET")) {
        replica.served.length = 0
        await browser.get(fillIds(route, ids))
        servers.push([route.name, [...new Set(replica.served)].join()])
      }
    }
    const staff = await createResellerWithRole("admin")
    const customer = await createCustomerWithRole("admin", staff.browser)
    await open(staff, staffRoutes)
    await open(customer, memberRoutes)
    const expected = [...staffRoutes, ...memberRoutes].filter(({ method }) => method === "GET")
    expect(servers).toEqual(expected.map((route) => [route.name, isReadNearby(route) ? "replica" : "primary"]))

    const primary = servers.flatMap(([name, server]) => (server === "primary" ? [name] : []))
    expect(primary).toEqual([
      "activity.export",
      "settings.security.edit",
      "staff.invites.new",
      "apiKeys.new",
      "webhooks.new",
      "webhooks.show",
    ])
    const session = ROUTES.filter((route) => route.area === "session" && route.method === "GET" && isReadNearby(route))
    expect(session.map(({ name }) => name)).toEqual(["profile.show", "profile.secondFactor.new"])
  })

  it("of a session that has ended open for as long as the replica doesn't know, but change nothing", async () => {
    const { browser, replica } = await signInNearby()
    await env.DB.prepare("DELETE FROM sessions").run()
    expect((await browser.get(LIST)).status).toBe(200)
    for (const path of ["/settings/webhooks/whk_1", "/settings/api-keys/new", "/confirm-identity"]) {
      expect([path, (await browser.get(path)).headers.get("Location")]).toEqual([
        path,
        expect.stringMatching(/^\/sign-in/),
      ])
    }
    await browser.post("/customers/invites/new", { company_name: "Northwind" })
    expect(await count("invites")).toBe(0)

    await replica.replicate()
    expect((await browser.get(LIST)).headers.get("Location")).toBe(`/sign-in?next=${encodeURIComponent(LIST)}`)
  })
})

describe("a new session", () => {
  it.each<[string, (browser: Browser, link: string) => Promise<Response>, string]>([
    ["of a sign-in", (browser) => browser.post("/sign-in", { email: "sam@acme.example", password: PASSWORD }), "/"],
    ["of an accepted invite", (browser, link) => browser.post(link, REGISTRATION_FORM), "/account"],
  ])("%s is known on the next page", async (_, signInWith, home) => {
    const { browser, resellerId, replica } = await signInNearby()
    await addStaff(resellerId, { name: "Sam Reyes", email: "sam@acme.example", role: "admin" })
    await invite(browser)
    const visitor = new Browser()
    visitor.env = { ...testEnv, DB: replica.database }
    const response = await signInWith(visitor, await latestRegistrationLink())
    expect(response.headers.get("Location")).toBe(home)
    const start = replica.writes.find(({ text }) => text.startsWith('insert into "sessions"'))
    expect(String(bookmarkOf(response)) >= String(start?.bookmark)).toBe(true)
    replica.served.length = 0
    expect((await visitor.get(home)).status).toBe(200)
    expect(replica.served).toContain("replica")
  })

  it("shows the account that a link from an email has switched it to", async () => {
    const { browser, replica } = await signInNearby()
    const other = await signInStaff("globex")
    await env.DB.prepare(
      "INSERT INTO staff (user_id, reseller_id, role, created_at) SELECT id, ?, 'admin', 9e15 FROM users WHERE email = 'admin@acme.example'",
    )
      .bind(other.resellerId)
      .run()
    await replica.replicate()
    const resellers = await env.DB.prepare("SELECT id, name FROM resellers ORDER BY name").all<{
      id: string
      name: string
    }>()
    for (const { id, name } of resellers.results) {
      const switched = await browser.get(`/?account=${id}`)
      const page = await (await browser.get(switched.headers.get("Location") ?? "")).text()
      expect(page).toContain(`<span class="brand-name">${name}</span>`)
    }
  })
})

it("links from emails and the API are read from the primary", async () => {
  const { browser, resellerId, replica } = await signInNearby()
  await invite(browser)
  const link = await latestRegistrationLink()
  const key = await createApiKey(resellerId)
  replica.served.length = 0
  const visitor = new Browser()
  visitor.env = { ...testEnv, DB: replica.database }
  expect(await (await visitor.get(link)).text()).toContain("Set up Northwind Logistics")
  for (const path of ["/invites", "/customers", "/settings"]) {
    expect((await callApi({ key, path, env: visitor.env })).status).toBe(200)
  }
  expect(new Set(replica.served)).toEqual(new Set(["primary"]))
})

describe("the cookie with the bookmark", () => {
  it("lasts 15 minutes, and no script and no other site can read it", async () => {
    const { browser } = await signInStaff()
    browser.env = productionEnv
    const response = await new Browser().post("/sign-in", { email: "admin@acme.example", password: PASSWORD })
    const cookie = response.headers.getSetCookie().find((one) => one.includes("vestibule.bookmark="))
    expect(cookie).toMatch(/^vestibule\.bookmark=[0-9a-f-]+; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  it.each(["first-unconstrained", "x", "0'--", "0".repeat(5_000), "-", "00000000-"])(
    "is ignored with the value %.20s, and the page is read from the primary",
    async (value) => {
      const { browser, replica } = await signInNearby()
      browser.storeCookies(new Headers({ "Set-Cookie": `vestibule.bookmark=${value}; Path=/` }))
      expect((await browser.get(LIST)).status).toBe(200)
      expect(replica.served[0]).toBe("primary")
    },
  )

  it("isn't set by what changes nothing, and is deleted when a page fails, as D1 may not know the bookmark", async () => {
    const { browser, replica } = await signInNearby()
    expect(bookmarkOf(await browser.post("/customers/invites/new", { company_name: "" }))).toBeUndefined()
    const changed = await browser.post("/profile/preferences", { theme: "dark" })
    expect(bookmarkOf(changed)).toBe(replica.writes.at(-1)?.bookmark)

    const unknown = () => ({ prepare: fail, batch: fail, getBookmark: () => null })
    browser.env = { ...testEnv, DB: { ...replica.database, withSession: unknown } as unknown as D1Database }
    const failed = await browser.get(LIST)
    expect([failed.status, bookmarkOf(failed)]).toEqual([500, ""])
    browser.env = { ...testEnv, DB: replica.database }
    expect((await browser.get(LIST)).status).toBe(200)
  })
})

const fail = () => {
  throw new Error("the bookmark is of another database")
}
