import { env } from "cloudflare:workers"
import { describe, expect, it, vi } from "vitest"
import { ROUTES } from "../src/routes.ts"
import { type Browser, CUSTOMER, createApiKey, invite, signInStaff, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { clearRows } from "./support/storage.ts"
import { visibleText } from "./support/visible-text.ts"
import {
  allowedStatus,
  createCustomerWithRole,
  createResellerWithRole,
  createSandboxWithRole,
  fillIds,
  mailboxRoutes,
  memberRoutes,
  type PersonRoute,
  staffRoutes,
} from "./support/visitors.ts"

const sessionPaths = ROUTES.filter(({ area, method }) => area === "session" && method === "GET").map(({ path }) => path)

/** Opens a page as someone whom the isolate has seen before, and returns its status and round trips. */
async function openTwice(browser: Browser, path: string) {
  const { database, costs } = countingD1(env.DB)
  browser.env = { ...testEnv, DB: database }
  await browser.get(path)
  costs.roundTrips = 0
  return { status: (await browser.get(path)).status, roundTrips: costs.roundTrips }
}

describe("a session that the isolate has seen", () => {
  it("is proven in the same batch as what a page shows", async () => {
    const open = async (visitor: { browser: Browser; ids: Record<string, string> }, routes: readonly PersonRoute[]) => {
      for (const route of routes.filter(({ method }) => method === "GET")) {
        // The form of an invite needs the invite before it knows what else to read.
        const roundTrips = route.name.endsWith("customers.invites.edit") ? 2 : 1
        const page = await openTwice(visitor.browser, fillIds(route, visitor.ids))
        expect([route.name, page]).toEqual([route.name, { status: allowedStatus(route), roundTrips }])
      }
    }
    const staff = await createResellerWithRole("admin")
    await open(staff, staffRoutes)
    for (const path of sessionPaths) {
      expect([path, await openTwice(staff.browser, path)]).toEqual([path, { status: 200, roundTrips: 1 }])
    }
    await open(await createCustomerWithRole("admin", staff.browser), memberRoutes)
    await clearRows()
    await open(await createSandboxWithRole("admin"), mailboxRoutes)
  })

  it.each([
    ["has ended", "DELETE FROM sessions", "/customers/invites", 303],
    ["has expired", "UPDATE sessions SET expires_at = 0", "/customers/invites", 303],
    ["belongs to someone who was removed", "DELETE FROM staff", "/customers/invites", 403],
    ["belongs to a suspended reseller", "UPDATE resellers SET suspended_at = 1", "/customers/invites", 403],
    ["needs a second factor now", "UPDATE resellers SET requires_second_factor = 1", "/customers/invites", 303],
    ["is no longer confirmed", "UPDATE sessions SET confirmed_at = 1", "/settings/security", 303],
    ["was read before a page that needs no other data", "DELETE FROM sessions", "/billing/new", 303],
  ])("opens no page once it %s", async (_, change, path, status) => {
    const { browser } = await signInStaff()
    await invite(browser)
    const page = await browser.get(path)
    expect([page.status, (await page.text()).includes("</nav>")]).toEqual([200, true])
    await env.DB.prepare(change).run()
    const response = await browser.get(path)
    const text = await response.text()
    expect([response.status, text.includes("</nav>"), text.includes(CUSTOMER.company_name)]).toEqual([
      status,
      false,
      false,
    ])
  })

  it("opens no page once it belongs to someone who lost the permission, and says so in the pages of the new role", async () => {
    const { browser, resellerId } = await signInStaff()
    await createApiKey(resellerId) // “CRM sync”
    const path = "/settings/api-keys"
    const navigationOf = (html: string) => visibleText(html.slice(0, html.indexOf("<main")))
    expect(await (await browser.get(path)).text()).toContain("CRM sync")
    const before = navigationOf(await (await browser.get("/")).text())
    await env.DB.prepare("UPDATE staff SET role = 'support'").run()
    const response = await browser.get(path)
    const text = await response.text()
    expect([response.status, text.includes("CRM sync")]).toEqual([403, false])
    expect(navigationOf(text)).toContain("Dana Ortiz Support")
    expect([before, navigationOf(text)].map((shown) => shown.includes("Billing"))).toEqual([true, false])
  })

  it.each([
    ["UPDATE staff SET role = 'support'", "/activity/export", 403, null],
    ["DELETE FROM sessions", "/profile/passkeys/new", 303, "/sign-in?next=%2Fprofile%2Fpasskeys%2Fnew"],
  ])("answers with nothing of the response that it was denied: after %s", async (change, path, status, location) => {
    const { browser } = await signInStaff()
    await (await browser.get(path)).text()
    // Then the page would redirect to where people confirm who they are.
    if (location) await env.DB.prepare("UPDATE sessions SET created_at = 1, confirmed_at = 1").run()
    await browser.get(path)
    await env.DB.prepare(change).run()
    const { status: actual, headers } = await browser.get(path)
    expect([actual, headers.get("Location"), headers.get("Content-Disposition")]).toEqual([status, location, null])
  })

  it("is proven before a refusal counts: none of a role that changed is recorded, and another one once", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined)
    const refusals = () => log.mock.calls.filter(([line]) => String(line).includes("permission_refused")).length
    const { browser } = await signInStaff("acme", "support")
    expect((await browser.get("/customers")).status).toBe(200)
    await env.DB.prepare("UPDATE staff SET role = 'admin'").run()
    expect([(await browser.get("/settings/api-keys")).status, refusals()]).toEqual([200, 0])
    await env.DB.prepare("UPDATE staff SET role = 'support'").run()
    expect([(await browser.get("/activity/seals")).status, refusals()]).toEqual([403, 1])
    log.mockRestore()
  })

  it("is proven with HEAD as with GET", async () => {
    const { browser } = await signInStaff()
    await browser.get("/customers")
    await env.DB.prepare("UPDATE sessions SET created_at = 1, confirmed_at = 1").run()
    for (const path of ["/settings/security", "/profile/passkeys/new"]) {
      const [head, page] = [await browser.head(path), await browser.get(path)]
      expect([head.status, head.headers.get("Location")]).toEqual([page.status, page.headers.get("Location")])
    }
  })

  it("shows a first account of the other kind at once", async () => {
    const staff = await createResellerWithRole("admin")
    const member = await createCustomerWithRole("admin", staff.browser)
    const haveSwitchers = async () => {
      const pages = [await staff.browser.get("/customers/invites"), await member.browser.get("/account")]
      return Promise.all(pages.map(async (page) => (await page.text()).includes('class="menu switcher"')))
    }
    expect(await haveSwitchers()).toEqual([false, false])
    const toMembers = "INSERT INTO members (user_id, customer_id, role, created_at) SELECT ?2, customer_id"
    const toStaff = "INSERT INTO staff (user_id, reseller_id, role, created_at) SELECT ?1, reseller_id"
    await env.DB.batch([
      env.DB.prepare(`${toMembers}, 'member', 1 FROM members WHERE user_id = ?1`).bind(member.userId, staff.userId),
      env.DB.prepare(`${toStaff}, 'support', 1 FROM staff WHERE user_id = ?2`).bind(member.userId, staff.userId),
    ])
    expect(await haveSwitchers()).toEqual([true, true])
  })

  it("shows a changed name and role at once", async () => {
    const { browser } = await signInStaff("acme", "support")
    expect((await browser.get("/settings/api-keys")).status).toBe(403)
    await env.DB.batch([
      env.DB.prepare("UPDATE staff SET role = 'admin'"),
      env.DB.prepare("UPDATE resellers SET name = 'Acme & Sons'"),
    ])
    const response = await browser.get("/settings/api-keys")
    expect([response.status, (await response.text()).includes("Acme &amp; Sons")]).toEqual([200, true])
  })
})
