import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { checkPage, openPage, signOut, startFixture } from "./support.ts"

const fixture = startFixture()

const VIEWPORTS = [
  ["phone", { viewport: { width: 360, height: 740 }, colorScheme: "light" }],
  ["phone-dark", { viewport: { width: 360, height: 740 }, colorScheme: "dark" }],
  ["desktop", { viewport: { width: 1280, height: 860 }, colorScheme: "light" }],
  ["desktop-dark", { viewport: { width: 1280, height: 860 }, colorScheme: "dark" }],
] as const

async function openMailbox(page: Page) {
  await page.goto("/settings/sandbox")
  await page.getByRole("button", { name: /(Create|Open) sandbox/ }).click()
  await page.getByText("Sandbox: this is for tests").waitFor()
  await page.getByRole("link", { name: "Open mailbox" }).click()
}

it.each(VIEWPORTS)("staff read the sandbox's emails, whose link registers in it alone: %s", async (name, options) => {
  const { page, pageErrors } = await openPage(fixture.browser, fixture.server.url, options)
  const address = `priya.${name}@northwind.example`
  await page.goto("/sign-in")
  await page.getByLabel("Email").fill("admin@acme.example")
  await page.getByLabel("Password").fill("quiet-lantern-harbor")
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.waitForURL("/")
  await page.goto("/settings/sandbox")
  await checkPage(page, `sandbox-${name}`)
  await openMailbox(page)
  await checkPage(page, `sandbox-mailbox-${name}`)

  await page.goto("/customers/invites/new")
  await page.getByLabel("Company Name").fill("Northwind Logistics")
  await page.getByLabel("Contact Name").fill("Priya Nair")
  await page.locator("#contact_email").fill(address)
  await page.getByRole("button", { name: "Send Invite" }).click()
  await page.getByText("is on its way").waitFor()
  const row = page.locator("li", { hasText: address }).getByRole("link")
  await expect.poll(() => page.goto("/settings/mailbox").then(() => row.count()), { timeout: 15_000 }).toBe(1)
  await checkPage(page, `sandbox-emails-${name}`)
  await row.click()
  const link = page.frameLocator("iframe.mail").getByRole("link", { name: "Create your account" })
  await link.waitFor()
  await checkPage(page, `sandbox-email-${name}`)
  const [popup] = await Promise.all([page.waitForEvent("popup"), link.click()])
  await popup.getByRole("heading", { name: "You're signed in as someone else" }).waitFor()

  const contact = await openPage(fixture.browser, fixture.server.url, options)
  await contact.page.goto(new URL(popup.url()).pathname)
  await checkPage(contact.page, `sandbox-registration-${name}`)
  await contact.page.getByLabel("Password", { exact: true }).fill("a short sentence works")
  await contact.page.getByLabel(/I accept/).check()
  await contact.page.getByRole("button", { name: "Create account", exact: true }).click()
  await contact.page.waitForURL("/account")
  await checkPage(contact.page, `sandbox-account-${name}`)
  await contact.page.goto("/profile")
  await checkPage(contact.page, `sandbox-profile-${name}`)
  await signOut(contact.page)
  await contact.page.getByText("You're signing in to a sandbox").waitFor()
  await checkPage(contact.page, `sandbox-sign-in-${name}`)
  await contact.page.getByLabel("Email").fill(address)
  await contact.page.getByLabel("Password").fill("a short sentence works")
  await contact.page.getByRole("button", { name: "Sign in" }).click()
  await contact.page.waitForURL("/account")

  await page.getByRole("button", { name: "Back to Acme Networks" }).click()
  await page.waitForURL("/")
  await page.goto("/customers")
  expect(await page.getByText("Northwind Logistics").count()).toBe(0)
  expect(await (await fetch(`${fixture.server.url}/mailbox.json`)).json()).toEqual([])
  expect([...pageErrors, ...contact.pageErrors]).toEqual([])
})
