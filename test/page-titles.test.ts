import { expect, it } from "vitest"
import { ROUTES, type Route } from "../src/routes.ts"
import { STAFF_ROLES } from "../src/storage/schema.ts"
import { Browser } from "./support/app.ts"
import { confirmIdentityOfAll } from "./support/factors.ts"
import {
  createCustomerWithRole,
  createResellerWithRole,
  createSandboxWithRole,
  fillIds,
  mailboxRoutes,
  memberRoutes,
  type PersonRoute,
  staffRoutes,
  type Visitor,
} from "./support/visitors.ts"

const withoutIds = ({ method, path }: Route) => method === "GET" && !/[:*]/.test(path)
const sessionRoutes = ROUTES.filter((route) => route.area === "session" && withoutIds(route))
const publicRoutes = ROUTES.filter((route) => route.area === "public" && withoutIds(route))

/** The title of every page among the routes, by its route. Files and redirects have none. */
async function titlesOf(browser: Browser, routes: Route[], ids: Record<string, string> = {}) {
  const titles: Record<string, string> = {}
  for (const route of routes.filter(({ method }) => method === "GET")) {
    const response = await browser.get(fillIds(route as PersonRoute, ids))
    const [, title] = /<title>([^<]*)<\/title>/.exec(await response.text()) ?? []
    if (response.status === 200 && title) titles[route.name] = title
  }
  return titles
}

const readTitles = ({ browser, ids }: Visitor, routes: Route[]) => titlesOf(browser, routes, ids)

/** Routes whose pages have the same title as another one's. */
function repeated(titles: Record<string, string>) {
  const all = Object.values(titles)
  return Object.entries(titles).filter(([, title]) => all.filter((other) => other === title).length > 1)
}

it("every page for staff has a title of its own", async () => {
  const visitor = await createResellerWithRole("admin")
  await confirmIdentityOfAll()
  const isOther = ({ name }: Route) => name !== "customers.imports.new" // the same page as the list
  const titles = await readTitles(visitor, [...staffRoutes, ...sessionRoutes].filter(isOther))
  expect(Object.keys(titles).length).toBeGreaterThan(40)
  expect(repeated(titles)).toEqual([])
  expect(titles["webhooks.list"]).toBe("Webhooks · Settings · Acme Networks")
  expect(titles["customers.invites.list"]).toBe("Invites · Acme Networks")
})

it("every page of a sandbox's mailbox has a title of its own", async () => {
  const mailbox = await readTitles(await createSandboxWithRole("admin"), mailboxRoutes)
  expect([Object.keys(mailbox).length, repeated(mailbox)]).toEqual([3, []])
})

it("every page for members and for visitors has a title of its own", async () => {
  const visitor = await createCustomerWithRole("admin")
  await confirmIdentityOfAll()
  const titles = await readTitles(visitor, [...memberRoutes, ...sessionRoutes])
  expect(Object.keys(titles).length).toBeGreaterThan(8)
  expect(repeated(titles)).toEqual([])
  const visitors = await titlesOf(new Browser(), publicRoutes)
  expect(Object.keys(visitors).length).toBeGreaterThan(2)
  expect(repeated(visitors)).toEqual([])
})

it.each(STAFF_ROLES)("Settings open on the first tab that the role %s can open", async (role) => {
  const { browser } = await createResellerWithRole(role)
  const dashboard = await (await browser.get("/")).text()
  const [, path = "none"] = /<a href="([^"]*)">Settings<\/a>/.exec(dashboard) ?? []
  const settings = await (await browser.get(path)).text()
  const [, tabs = ""] = /<nav class="tabs"[^>]*>(.*?)<\/nav>/s.exec(settings) ?? []
  expect(tabs).toMatch(new RegExp(`^<a href="${path}" aria-current="page">`))
})
