import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { checkPage, openPage, registrationPath, startFixture, waitForMail } from "./support.ts"

const OPERATOR = "local-operator"
const PASSWORD = "a short sentence works"
const DEMO_PASSWORD = "quiet-lantern-harbor"

const fixture = startFixture()
const findRegistrationPath = async (address: string, n = 1) =>
  registrationPath(await waitForMail(fixture.server.url, address, n))

const VIEWPORTS = [
  ["phone", { viewport: { width: 360, height: 740 }, colorScheme: "light" }],
  ["phone-dark", { viewport: { width: 360, height: 740 }, colorScheme: "dark" }],
  ["desktop", { viewport: { width: 1280, height: 860 }, colorScheme: "light" }],
  ["no-script", { viewport: { width: 360, height: 740 }, javaScriptEnabled: false }],
] as const

async function signIn(page: Page, email: string, password: string) {
  await page.goto("/sign-in")
  await page.getByLabel("Email").fill(email)
  await page.getByLabel("Password").fill(password)
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.waitForURL((url) => url.pathname !== "/sign-in")
}

async function register(page: Page, link: string) {
  await page.goto(link)
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD)
  await page.getByLabel(/I accept/).check()
  await page.getByRole("button", { name: "Create account", exact: true }).click()
  await page.waitForURL((url) => !url.pathname.startsWith("/r/"))
}

/** Checks the page, or takes only a screenshot where axe can't run without script. */
const checkPageOrScreenshot = async (page: Page, name: string, hasScript: boolean) => {
  if (hasScript) return checkPage(page, name)
  const { SCREENSHOTS } = process.env
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true })
}

it.each(VIEWPORTS)("staff are invited, register, get another role and are removed: %s", async (name, options) => {
  const hasScript = name !== "no-script"
  const { page, pageErrors } = await openPage(fixture.browser, fixture.server.url, options)
  const address = `lee.${name}@acme.example`
  await signIn(page, "admin@acme.example", DEMO_PASSWORD)
  await page.goto("/settings/staff")
  await checkPageOrScreenshot(page, `staff-${name}`, hasScript)
  await page.getByRole("link", { name: "Invite staff" }).click()
  await page.getByRole("button", { name: "Send invite" }).click()
  await page.getByText("Enter the person's name.").waitFor()
  await checkPageOrScreenshot(page, `staff-invite-refused-${name}`, hasScript)
  await page.getByLabel("Name", { exact: true }).fill("Lee Park")
  await page.getByLabel("Email Address").fill(address)
  await page.getByLabel("Support", { exact: true }).check()
  await page.getByRole("button", { name: "Send invite" }).click()
  await page.getByText("The invite to Lee Park is on its way.").waitFor()
  const link = await findRegistrationPath(address)
  if (hasScript) await page.getByText("Sent", { exact: false }).first().waitFor()
  await checkPageOrScreenshot(page, `staff-invited-${name}`, hasScript)
  await page.getByRole("link", { name: "Lee Park" }).click()
  await page.getByRole("heading", { name: "Timeline" }).waitFor()
  await checkPageOrScreenshot(page, `staff-invite-${name}`, hasScript)
  await page.getByRole("link", { name: "Edit" }).click()
  await checkPageOrScreenshot(page, `staff-invite-edit-${name}`, hasScript)
  await page.getByLabel("Sales", { exact: true }).check()
  await page.getByRole("button", { name: "Save" }).click()
  await page.getByText("Saved. Existing links keep working.").waitFor()

  const lee = await openPage(fixture.browser, fixture.server.url, options)
  await lee.page.goto(link)
  await lee.page.getByText("Your role will be Sales.").waitFor()
  await checkPageOrScreenshot(lee.page, `staff-registration-${name}`, hasScript)
  await register(lee.page, link)
  expect(new URL(lee.page.url()).pathname).toBe("/")
  await lee.page.goto("/settings/staff")
  expect(await lee.page.getByRole("link", { name: "Invite staff" }).count()).toBe(0)
  await checkPageOrScreenshot(lee.page, `staff-as-sales-${name}`, hasScript)

  await page.goto("/settings/staff")
  await page.getByRole("link", { name: "Change Lee Park" }).click()
  await checkPageOrScreenshot(page, `person-${name}`, hasScript)
  await page.getByLabel("Admin", { exact: true }).check()
  await page.getByRole("button", { name: "Save role" }).click()
  await page.getByText("The new role applies immediately.").waitFor()
  await page.getByRole("link", { name: "Change Lee Park" }).click()
  await page.getByRole("button", { name: "Remove" }).click()
  await page.getByText("Removed. They no longer have access.").waitFor()
  await lee.page.goto("/")
  expect(new URL(lee.page.url()).pathname).toBe("/sign-in") // the removal ended the sessions
  await page.goto("/activity?about=staff")
  await page.getByText("Removed from staff:").first().waitFor()
  await checkPageOrScreenshot(page, `activity-staff-${name}`, hasScript)
  expect([...pageErrors, ...lee.pageErrors.filter((pageError) => !pageError.includes("403"))]).toEqual([])
})

it("a customer's Admin invites a colleague by keyboard at 360 px, and can't leave as the last Admin", async () => {
  const { page, pageErrors } = await openPage(fixture.browser, fixture.server.url, {
    viewport: { width: 360, height: 740 },
  })
  const contact = "priya@keyboard.example"
  await signIn(page, "admin@acme.example", DEMO_PASSWORD)
  await page.goto("/customers/invites/new")
  await page.getByLabel("Company Name").fill("Northwind Logistics")
  await page.getByLabel("Contact Name").fill("Priya Nair")
  await page.getByLabel("Contact Email Address").fill(contact)
  await page.getByRole("button", { name: "Send invite" }).click()
  await page.getByText("is on its way").first().waitFor()
  const priya = await openPage(fixture.browser, fixture.server.url, { viewport: { width: 360, height: 740 } })
  await register(priya.page, await findRegistrationPath(contact))
  await checkPage(priya.page, "account-new")

  const pressKeys = async (...keys: string[]) => {
    for (const key of keys) await priya.page.keyboard.press(key)
  }
  /** Presses Tab until the element with this label has the focus. */
  const tabTo = async (label: string) => {
    for (let n = 0; n < 60; n++) {
      await pressKeys("Tab")
      const focused = await priya.page.evaluate(() => {
        const element = document.activeElement as HTMLElement | null
        const elementText = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : element?.innerText
        return (elementText ?? "").replace(/\s+/g, " ").trim()
      })
      if (focused === label) return
    }
    throw new Error(`no Tab leads to ${label}`)
  }
  const typeText = (text: string) => priya.page.keyboard.type(text)
  await tabTo("Invite colleague")
  await pressKeys("Enter")
  await priya.page.waitForURL("**/account/invites/new")
  await checkPage(priya.page, "colleague-form")
  await tabTo("Name")
  await typeText("Sam Reyes")
  await tabTo("Email Address")
  await typeText("sam@keyboard.example")
  await tabTo("Member")
  await pressKeys("ArrowUp") // Admin
  await tabTo("Send invite")
  await pressKeys("Enter")
  await priya.page.getByText("The invite to Sam Reyes is on its way.").waitFor()
  await checkPage(priya.page, "account-invited")
  const sam = await openPage(fixture.browser, fixture.server.url, { viewport: { width: 360, height: 740 } })
  await register(sam.page, await findRegistrationPath("sam@keyboard.example"))
  await checkPage(sam.page, "account-colleague")

  await priya.page.reload()
  await tabTo("Change Sam Reyes")
  await pressKeys("Enter")
  await priya.page.getByRole("heading", { name: "Sam Reyes" }).waitFor()
  await tabTo("Admin")
  await pressKeys("ArrowDown")
  await tabTo("Save role")
  await pressKeys("Enter")
  await priya.page.getByText("The new role applies immediately.").waitFor()
  await tabTo("Change Priya Nair")
  await pressKeys("Enter")
  await priya.page.getByRole("heading", { name: "Priya Nair" }).waitFor()
  await priya.page.getByText("You're the only Admin of Northwind Logistics").waitFor()
  expect(await priya.page.getByRole("button", { name: "Leave" }).count()).toBe(0)
  await checkPage(priya.page, "last-admin")
  expect([...pageErrors, ...priya.pageErrors, ...sam.pageErrors]).toEqual([])
})

it("an invite is resent and revoked in its row, and resending waits for the cooldown", async () => {
  const { page, pageErrors } = await openPage(fixture.browser, fixture.server.url, {
    viewport: { width: 1280, height: 860 },
  })
  await signIn(page, "admin@acme.example", DEMO_PASSWORD)
  await page.goto("/settings/staff/invites/new")
  await page.getByLabel("Name", { exact: true }).fill("Ash Moreau")
  await page.getByLabel("Email Address").fill("ash@acme.example")
  await page.getByRole("button", { name: "Send invite" }).click()
  await waitForMail(fixture.server.url, "ash@acme.example")
  const row = page.getByRole("listitem").filter({ hasText: "Ash Moreau" })
  const { pathname } = new URL(page.url())
  await row.getByRole("button", { name: "Resend Invite" }).press("Enter")
  await page.getByText("The invite to Ash Moreau is on its way, with a new link.").waitFor()
  const waiting = row.getByRole("button", { name: /^Resend in 0:\d\d to Ash Moreau$/ })
  await waiting.waitFor()
  expect(await waiting.evaluate((button) => button === document.activeElement)).toBe(true)
  expect(new URL(page.url()).pathname).toBe(pathname)
  await row.getByRole("button", { name: "Revoke" }).click()
  await page.getByText("The invite to Ash Moreau was revoked.").waitFor()
  await row.getByText("Link disabled").waitFor()
  await checkPage(page, "staff-revoked")
  expect(pageErrors).toEqual([])
})

it("the operator creates and suspends a reseller, and its Admin sees the reason at sign-in", async () => {
  const { url } = fixture.server
  const callOperatorApi = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${OPERATOR}`, "Content-Type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    })
    return (await response.json()) as { id: string }
  }
  const admin = { admin_name: "Bill Lumbergh", admin_email: "bill@initech.example" }
  const { id } = await callOperatorApi("POST", "/resellers", { name: "Initech", ...admin })
  const { page, pageErrors } = await openPage(fixture.browser, url, { viewport: { width: 360, height: 740 } })
  const link = await findRegistrationPath(admin.admin_email)
  await page.goto(link)
  await checkPage(page, "first-admin")
  await register(page, link)
  await checkPage(page, "first-dashboard")
  await callOperatorApi("POST", `/resellers/${id}/suspension`)
  await page.goto("/")
  await page.getByRole("heading", { name: "Suspended" }).waitFor()
  await checkPage(page, "suspended")
  await page.getByRole("button", { name: "Sign out" }).click()
  await page.getByLabel("Email").fill(admin.admin_email)
  await page.getByLabel("Password").fill(PASSWORD)
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.getByText("Initech is suspended, so nobody can sign in").waitFor()
  await checkPage(page, "suspended-sign-in")
  await callOperatorApi("DELETE", `/resellers/${id}/suspension`)
  await signIn(page, admin.admin_email, PASSWORD)
  expect(pageErrors.filter((pageError) => !pageError.includes("403"))).toEqual([])
})

it("a long name without spaces stays inside the navigation and the card of a guest", async () => {
  const { page } = await openPage(fixture.browser, fixture.server.url, {})
  /** By how many pixels the page, and what holds the name, would scroll sideways. */
  const overflowOf = (selector: string) =>
    page.locator(selector).evaluate((element) => {
      element.prepend("Donaudampfschifffahrtsgesellschaft".repeat(3))
      const holders = [document.documentElement, element.closest(".sidebar, main") ?? element]
      return holders.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)
    })
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 800 })
    await page.goto("/sign-in")
    expect([width, await overflowOf(".brand span:last-child")]).toEqual([width, [0, 0]])
  }
  await signIn(page, "admin@acme.example", DEMO_PASSWORD)
  expect(await overflowOf(".sidebar .brand-name")).toEqual([0, 0])
  expect(await overflowOf(".current-user > :first-child")).toEqual([0, 0])
  await page.setViewportSize({ width: 360, height: 800 })
  const [pageOverflow] = await overflowOf(".current-user > :first-child")
  expect(pageOverflow).toBe(0) // the phone's navigation itself scrolls sideways
})
