import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { checkPage, openPage, startFixture } from "./support.ts"

const fixture = startFixture()

async function openForm(options: { width?: number; height?: number; javaScriptEnabled?: boolean } = {}) {
  const { width = 1280, height = 800, javaScriptEnabled = true } = options
  const viewport = { width, height }
  const opened = await openPage(fixture.browser, fixture.server.url, { viewport, javaScriptEnabled })
  const { page } = opened
  await page.goto("/sign-in")
  await page.getByLabel("Email").fill("admin@acme.example")
  await page.getByLabel("Password").fill("quiet-lantern-harbor")
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.waitForURL((address) => address.pathname === "/")
  await page.goto("/customers/invites/new")
  return opened
}

async function fillContact(page: Page, address: string) {
  await page.getByLabel("Company Name").fill("Form Company")
  await page.getByLabel("Contact Name").fill("Priya Nair")
  await page.getByLabel("Contact Email Address").fill(address)
}

it.each([
  [1280, 800, true],
  [360, 740, false],
])("the form has its button in view at %i×%i", async (width, height, fitsWhole) => {
  const { page, pageErrors } = await openForm({ width, height })
  const box = await page.getByRole("button", { name: "Send invite" }).boundingBox()
  expect((box?.y ?? height) + (box?.height ?? 0)).toBeLessThanOrEqual(height)
  expect((await page.evaluate(() => document.documentElement.scrollHeight)) <= height).toBe(fitsWhole)
  await checkPage(page, `invite-form-${width}`)
  expect(pageErrors).toEqual([])
  await page.context().close()
})

it("an error in a folded part opens it and takes the focus", async () => {
  const { page, pageErrors } = await openForm()
  await fillContact(page, "folded@form.example")
  const options = page.locator("details.options")
  await options.locator("summary").click()
  await page.getByLabel("Expires after (days)").fill("0")
  await options.locator("summary").click()
  expect(await options.innerText()).toContain("expires after 0 days")
  await page.getByRole("button", { name: "Send invite" }).click()
  await page.locator("#expires_in_days[aria-invalid=true]").waitFor()
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("expires_in_days")
  expect(await options.getAttribute("open")).not.toBeNull()
  expect(await page.locator("details.billing-details").getAttribute("open")).toBeNull()
  expect(pageErrors).toEqual([])
  await page.context().close()
})

it("a billing account is added, and a revocation undone, with script in a toast that goes", async () => {
  const { page, pageErrors } = await openForm()
  await fillContact(page, "toast@form.example")
  await page.getByLabel("Billing account", { exact: true }).selectOption("new")
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("billing_email")
  await page.keyboard.type("toast@acme.example")
  await page.getByLabel("Billing Phone Number").fill("+1 212 555 0190")
  await page.getByLabel("PO number").fill("PO-9")
  await checkPage(page, "invite-form-account")
  await page.getByRole("button", { name: "Send invite" }).click()
  const sent = page.getByText("The invite to Priya Nair of Form Company is on its way.")
  await sent.waitFor()
  expect(new URL(page.url()).search).toBe("")
  await page.getByRole("button", { name: "Dismiss" }).click()
  expect(await sent.count()).toBe(0)
  await page.getByRole("button", { name: "Revoke the invite to Form Company" }).first().click()
  await page.getByText("The invite to Priya Nair of Form Company was revoked.").waitFor()
  await checkPage(page, "invite-revoked-toast")
  await page.getByRole("button", { name: "Undo" }).click()
  await page.getByText("is pending again.").waitFor()
  expect(await page.locator("#notice > .notice").count()).toBe(1)
  await page.getByRole("button", { name: "Revoke the invite to Form Company" }).first().waitFor()
  expect(pageErrors).toEqual([])
  await page.context().close()
})

it("without script, the select's account counts, and a revocation is undone from the top of the page", async () => {
  const { page } = await openForm({ javaScriptEnabled: false })
  await page.goto("/billing/new")
  await page.getByLabel("PO number").fill("PO-8")
  await page.getByLabel("Email").fill("plain@acme.example")
  await page.getByLabel("Phone").fill("+1 212 555 0191")
  await page.locator("main form button[type=submit]").click()
  await page.getByRole("link", { name: "Invite New Customer" }).first().click()
  await fillContact(page, "plain@form.example")
  await page.getByLabel("Billing account", { exact: true }).selectOption({ label: "PO PO-8: plain@acme.example" })
  await page.getByRole("button", { name: "Send invite" }).click()
  const row = page.getByRole("row").filter({ hasText: "plain@form.example" })
  await row.getByText("plain@acme.example").waitFor()
  await row.getByRole("button", { name: /^Revoke/ }).click()
  await row.getByText("Revoked").waitFor()
  await page.locator("#notice").getByRole("button", { name: "Undo" }).click()
  await page.getByText("is pending again.").waitFor()
  await row.getByText("Pending").waitFor()
  await page.context().close()
})
