import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import type { BrowserContextOptions, Page } from "playwright-core"
import { expect, it } from "vitest"
import { checkPage, openPage, registrationPath, SCREENSHOTS, signOut, startFixture, waitForMail } from "./support.ts"

const fixture = startFixture()

const BROWSER_MODES = [
  { name: "no-script", width: 360, colorScheme: "light", javaScriptEnabled: false, company: "Fabrikam Steel" },
  { name: "no-script-desktop", width: 1280, colorScheme: "dark", javaScriptEnabled: false, company: "Wingtip Toys" },
  { name: "phone-light", width: 360, colorScheme: "light", javaScriptEnabled: true, company: "Litware" },
  { name: "phone-dark", width: 360, colorScheme: "dark", javaScriptEnabled: true, company: "Contoso Health" },
  { name: "desktop-dark", width: 1280, colorScheme: "dark", javaScriptEnabled: true, company: "Tailspin Media" },
  { name: "desktop-light", width: 1280, colorScheme: "light", javaScriptEnabled: true, company: "Northwind Logistics" },
] as const

it.each(BROWSER_MODES)("a customer is invited and registers: $name", async ({ name, width, company, ...options }) => {
  const { page, pageErrors } = await openPage(fixture.browser, fixture.server.url, {
    ...options,
    viewport: { width, height: 800 },
  })
  const checkStep = (label: string) =>
    options.javaScriptEnabled ? checkPage(page, `${label}-${name}`) : Promise.resolve()
  const address = `priya@${company.split(" ")[0]?.toLowerCase()}.example`

  await signIn(page, checkStep)
  for (const [path, label] of [
    ["/", "dashboard-before"],
    ["/customers", "customers-before"],
    ["/billing", "billing"],
    ["/billing/new", "billing-form"],
    ["/settings/api-keys/new", "api-key-form"],
  ] as const) {
    await page.goto(path)
    await checkStep(label)
  }

  await page.goto("/")
  await page.getByRole("link", { name: "Invite New Customer" }).first().click()
  await page.getByLabel("Company Name").fill(company)
  await page.getByLabel("Contact Name").fill("Priya Nair")
  await page.getByLabel("Contact Email Address").fill(address)
  await checkPreview(page, options)
  await page.getByText("Billing email and phone").click()
  if (options.javaScriptEnabled) {
    const select = page.getByLabel("Billing account", { exact: true })
    await page.getByLabel("Billing Email Address").fill("")
    expect(await select.inputValue()).toBe("")
    await select.selectOption({ index: 0 })
    expect(await page.getByLabel("Billing Email Address").inputValue()).toBe("billing@acme.example")
    expect(await page.getByLabel("Billing Phone Number").inputValue()).toBe("+1 415 555 0132")
    await page.getByText("Billing email and phone").click()
  }
  await page.getByLabel("Billing Phone Number").fill("+1 415 555 0199")
  await page.getByRole("button", { name: "Send invite" }).click()
  await page.getByText("the phone number of billing@acme.example, which ends in 0132.").waitFor()
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("billing_phone")
  expect(await page.getByLabel("Company Name").inputValue()).toBe(company)
  if (options.javaScriptEnabled) await previewOf(page).getByText("Dear Priya Nair,", { exact: true }).waitFor()
  await checkStep("form")
  await page.getByLabel("Billing Phone Number").fill("+1 415 555 0132")
  await page.getByRole("button", { name: "Send invite" }).click()
  await page.waitForURL((url) => url.pathname === "/customers/invites")
  if (!options.javaScriptEnabled) await waitForLink(address)
  const row = page.getByRole("row", { name: company })
  if (options.javaScriptEnabled) await row.getByText("Sent ·").waitFor()
  await checkStep("invites")

  const first = await waitForLink(address)
  await row.getByRole("button", { name: "Resend Invite" }).click()
  if (options.javaScriptEnabled) {
    await row.getByText(/Resend in \d:\d\d/).waitFor()
    await row.getByText("Sent ·").waitFor()
  }
  const second = await waitForLink(address, 2)
  await page.goto(first.link)
  await page.getByRole("heading", { name: "There is a newer link" }).waitFor()
  await checkStep("superseded")
  await page.getByRole("button", { name: "Send me the newest link again" }).click()
  await page.getByRole("heading", { name: "The newest link is on its way" }).waitFor()
  await checkStep("renewal")

  await page.goto("/mailbox")
  await checkStep("mailbox")
  await page.getByRole("link", { name: "You have been invited to join Acme Networks" }).first().click()
  await page.frameLocator("iframe").getByText("Dear Priya Nair,").first().waitFor()
  await checkStep("email")

  await page.goto(second.link)
  await page.getByRole("heading", { name: "You're signed in as someone else" }).waitFor()
  await checkStep("other-person")
  await page.getByRole("button", { name: "Sign out and continue" }).click()
  await page.getByLabel("Your name").waitFor()
  await checkStep("registration")
  await page.getByLabel("Password", { exact: true }).fill("a short sentence works")
  await page.getByLabel("I accept the").check()
  await page.getByRole("button", { name: "Create account", exact: true }).click()
  await page.waitForURL("**/account")
  await page.getByText("This is the account of").waitFor()
  await checkStep("account")

  await signOut(page)
  await submitSignIn(page, address, "a short sentence works")
  await page.waitForURL("**/account")
  await signOut(page)
  await signIn(page, () => Promise.resolve())
  await page.goto("/customers/invites")
  await row.getByText("Accepted").waitFor()
  await checkStep("invites-accepted")
  await row.getByRole("link", { name: company }).click()
  await checkStep("invite")
  await page.goto("/customers")
  await checkStep("customers")
  await page.getByRole("link", { name: company }).first().click()
  await page.getByRole("link", { name: "Edit", exact: true }).click()
  await page.getByLabel("External ID (optional)").fill("x".repeat(256))
  await page.getByRole("button", { name: "Save" }).click()
  await page.getByText("Use 255 characters or fewer.").waitFor()
  await checkStep("customer-edit-refused")
  await page.getByLabel("External ID (optional)").fill(`crm-${name}`)
  await page.getByRole("button", { name: "Save" }).click()
  await page.getByText("Saved.").waitFor()
  await page.getByText(`crm-${name}`, { exact: true }).waitFor()
  await checkStep("customer")
  await page.goto("/")
  await checkStep("dashboard")
  expect(pageErrors).toEqual([])
  await page.context().close()
})

it.each(BROWSER_MODES)(
  "an API key is created, tried in the API reference and revoked: $name",
  async ({ name, width, company, ...options }) => {
    const { page, pageErrors } = await openPage(fixture.browser, fixture.server.url, {
      ...options,
      viewport: { width, height: 800 },
    })
    const checkStep = (label: string) =>
      options.javaScriptEnabled ? checkPage(page, `${label}-${name}`) : Promise.resolve()
    await signIn(page, () => Promise.resolve())
    await page.getByRole("link", { name: "Settings" }).click()
    await page.getByRole("link", { name: "API keys" }).click()
    await page.getByRole("link", { name: "Create API key" }).first().click()
    await page.getByRole("button", { name: "Create key" }).click()
    await page.getByText("Enter what the key is for").waitFor()
    await checkStep("api-key-refused")
    await page.getByLabel("Name", { exact: true }).fill(`${company} sync`)
    await page.getByLabel("Read customers", { exact: true }).check()
    await page.getByRole("button", { name: "Create key" }).click()
    await page.getByRole("heading", { name: "Your new API key" }).waitFor()
    const secret = await page.getByLabel(`${company} sync`).inputValue()
    expect(secret).toMatch(/^vst_local_[0-9a-f]{64}$/)
    await checkStep("api-key-created")

    await page.goto("/api/v1/docs")
    await checkStep("api-docs")
    if (options.javaScriptEnabled) {
      await page.getByLabel("Your API key").fill(secret)
      const call = page.getByRole("article", { name: "List customers" })
      for (const part of ["Parameters", "Responses", "Try it"]) await call.getByText(part, { exact: true }).click()
      await call.getByRole("button", { name: "Send GET /customers" }).click()
      await call.getByText(/^200 · "key";r=/).waitFor()
      await checkStep("api-docs-tried")
      if (SCREENSHOTS) await call.screenshot({ path: join(SCREENSHOTS, `api-call-${name}.png`) })
    } else {
      expect(await page.getByText("Try it", { exact: true }).filter({ visible: true }).count()).toBe(0)
    }

    await page.goto("/settings/api-keys")
    await checkStep("api-keys")
    page.on("dialog", (dialog) => dialog.accept())
    await page.getByRole("button", { name: `Revoke ${company} sync` }).click()
    await page.getByText("The key is revoked and no longer works.").waitFor()
    await checkStep("api-keys-revoked")
    expect(pageErrors).toEqual([])
    await page.context().close()
  },
)

it.each(BROWSER_MODES)(
  "a bounced invite is sent to a corrected address and declined there: $name",
  async ({ name, width, company, ...options }) => {
    const { page, pageErrors } = await openPage(fixture.browser, fixture.server.url, {
      ...options,
      viewport: { width, height: 800 },
    })
    const checkStep = (label: string) =>
      options.javaScriptEnabled ? checkPage(page, `${label}-${name}`) : Promise.resolve()
    const invalid = `typo@${company.split(" ")[0]?.toLowerCase()}.example`
    await signIn(page, () => Promise.resolve())
    await page.goto("/customers/invites/new")
    await page.getByLabel("Company Name").fill(`${company} Lost`)
    await page.getByLabel("Contact Name").fill("Jo Blake")
    await page.getByLabel("Contact Email Address").fill(invalid)
    await page.getByRole("button", { name: "Send invite" }).click()
    await page.waitForURL((url) => url.pathname === "/customers/invites")
    await waitForLink(invalid)
    await page.goto("/mailbox")
    await page.getByRole("listitem").filter({ hasText: invalid }).getByRole("link").click()
    await page.getByRole("button", { name: "bounced" }).click()
    await page.getByText("Recorded as bounced.").waitFor()
    await checkStep("mailbox-bounced")

    await page.goto("/")
    await checkStep("dashboard-attention")
    const item = page.getByRole("region", { name: "Needs attention" }).getByRole("listitem")
    await item
      .filter({ hasText: `${company} Lost` })
      .getByText("Mailbox does not exist: 550 5.1.1")
      .waitFor()
    await page.getByText("Show as a table").click()
    await checkStep("dashboard-table")
    await page.goto("/customers/invites?status=undelivered")
    const row = page.getByRole("row", { name: `${company} Lost` })
    await row.getByText("Mailbox does not exist: 550 5.1.1").waitFor()
    await checkStep("invites-undelivered")
    await row.getByRole("link", { name: "Edit & resend" }).click()
    await page.getByText("Email to this address bounced").waitFor()
    await page.getByRole("button", { name: "Edit & resend" }).click()
    await page.getByText("Use a different address.").last().waitFor()
    await checkStep("invite-edit-refused")
    const valid = invalid.replace("typo", "jo")
    await page.getByLabel("Contact Email Address").fill(valid)
    await page.getByRole("button", { name: "Edit & resend" }).click()
    await page.waitForURL((url) => url.pathname === "/customers/invites")

    const { text } = await waitForLink(valid)
    await page.goto(/\/decline\/\S+/.exec(text)?.[0] ?? "/nowhere")
    await checkStep("decline")
    await page.getByRole("button", { name: "This wasn't meant for me" }).click()
    await page.getByRole("heading", { name: "Thank you" }).waitFor()
    await checkStep("declined")
    await page.goto("/customers/invites?status=declined")
    await row.getByText("Declined", { exact: true }).waitFor()
    await row
      .getByRole("link", { name: `${company} Lost` })
      .first()
      .click()
    await page.getByRole("heading", { name: "Timeline" }).waitFor()
    await checkStep("invite-declined")
    expect(pageErrors).toEqual([])
    await page.context().close()
  },
)

it.each(BROWSER_MODES)(
  "a webhook is added, receives an event and receives it again: $name",
  async ({ name, width, company, ...options }) => {
    const { page, pageErrors } = await openPage(fixture.browser, fixture.server.url, {
      ...options,
      viewport: { width, height: 800 },
    })
    const checkStep = (label: string) =>
      options.javaScriptEnabled ? checkPage(page, `${label}-${name}`) : Promise.resolve()
    await signIn(page, () => Promise.resolve())
    await page.goto("/settings/notifications")
    await checkStep("mail-settings")
    await page.getByLabel("Notify me about invites I sent").uncheck()
    await page.getByRole("button", { name: "Save", exact: true }).click()
    await page.getByText("Email notifications switched off.").waitFor()
    expect(await page.getByLabel("Notify me about invites I sent").isChecked()).toBe(false)
    await page.getByRole("link", { name: "Webhooks" }).click()
    await page.getByRole("link", { name: "Add webhook" }).first().click()
    await page.getByLabel("URL").fill("http://crm.example.com")
    await page.getByRole("button", { name: "Add webhook" }).click()
    await page.getByText("Use a URL that starts with https://.").waitFor()
    await checkStep("webhook-refused")
    const receiver = await startReceiver()
    await page.getByLabel("URL").fill(receiver.url)
    await page.getByLabel("invite.created").check()
    await page.getByRole("button", { name: "Add webhook" }).click()
    await page.getByRole("heading", { name: "Webhook", exact: true }).waitFor()
    await checkStep("webhook-new")
    const path = new URL(page.url()).pathname
    const address = `hook@${company.split(" ")[0]?.toLowerCase()}.example`
    await page.goto("/customers/invites/new")
    await page.getByLabel("Company Name").fill(`${company} Hooked`)
    await page.getByLabel("Contact Name").fill("Ana Costa")
    await page.getByLabel("Contact Email Address").fill(address)
    await page.getByRole("button", { name: "Send invite" }).click()
    await page.waitForURL((url) => url.pathname === "/customers/invites")
    await receiver.waitForEvents(1)
    // The receiver has the event before its delivery is recorded, and the page doesn't poll.
    const countDelivered = async () => {
      await page.goto(path)
      return page.getByText("Delivered", { exact: true }).count()
    }
    await expect.poll(countDelivered, { timeout: 10_000 }).toBeGreaterThan(0)
    await page.getByText("Signing secret", { exact: true }).click()
    expect(await page.getByLabel("Signing secret").inputValue()).toMatch(/^whsec_/)
    await page.getByText("1 attempt").first().click()
    await checkStep("webhook")
    const reload = page.waitForEvent("load")
    await page.getByRole("button", { name: "Send again invite.created" }).first().click()
    await reload
    await receiver.waitForEvents(2)
    await page.goto("/settings/webhooks")
    await checkStep("webhooks")
    page.on("dialog", (dialog) => dialog.accept())
    await page.goto(path)
    await page.getByRole("button", { name: "Delete webhook" }).click()
    await page.waitForURL(({ pathname }) => pathname === "/settings/webhooks")
    await receiver.stop()
    expect(pageErrors).toEqual([])
    await page.context().close()
  },
)

/** A webhook receiver that accepts everything. */
async function startReceiver() {
  let receivedCount = 0
  const receiver = createServer((request, response) => {
    request.resume().on("end", () => response.end("thank you"))
    receivedCount += 1
  }).listen(0, "127.0.0.1")
  await once(receiver, "listening")
  const { port } = receiver.address() as AddressInfo
  const waitForEvents = async (n: number) => {
    for (let attempt = 0; attempt < 100 && receivedCount < n; attempt++)
      await new Promise((resolve) => setTimeout(resolve, 100))
    expect(receivedCount).toBeGreaterThanOrEqual(n)
  }
  return { url: `http://127.0.0.1:${port}/`, waitForEvents, stop: () => receiver.close() }
}

async function signIn(page: Page, checkStep: (label: string) => Promise<void>) {
  await page.goto("/sign-in")
  await checkStep("sign-in")
  await submitSignIn(page, "admin@acme.example", "quiet-lantern-harbor")
  await page.waitForURL(`${fixture.server.url}/`)
}

async function submitSignIn(page: Page, email: string, password: string) {
  await page.getByLabel("Email").fill(email)
  await page.getByLabel("Password", { exact: true }).fill(password)
  await page.getByRole("button", { name: "Sign in" }).click()
}

/** Waits for the nth email to an address. Returns its text and the path of its link. */
async function waitForLink(address: string, n = 1): Promise<{ link: string; text: string }> {
  const mail = await waitForMail(fixture.server.url, address, n)
  return { link: registrationPath(mail), text: mail.text }
}

const FIRST_VIEW_BUDGET = 14 * 1024

it.each(["/sign-in", "/", "/customers/invites", "/customers/invites/new"])(
  "the HTML and CSS of %s fit in 14 kB compressed, and its assets are cached for a year",
  async (path) => {
    const { page } = await openPage(fixture.browser, fixture.server.url, {})
    await signIn(page, () => Promise.resolve())
    const html = await (await page.request.get(path)).text()
    const assets = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, asset = ""]) => asset)
    const css = await (await page.request.get(assets.find((asset) => asset.endsWith(".css")) ?? "")).body()
    expect(gzipSync(html).length + gzipSync(css).length).toBeLessThanOrEqual(FIRST_VIEW_BUDGET)
    for (const asset of assets) {
      const response = await page.request.get(asset)
      expect(response.headers()["cache-control"]).toBe("public, max-age=31536000, immutable")
    }
    await page.context().close()
  },
)

const previewOf = (page: Page) => page.frameLocator(".preview iframe:not([hidden])")

/** With script, the preview follows the form. Without, its button shows it. */
async function checkPreview(page: Page, { javaScriptEnabled }: BrowserContextOptions) {
  const preview = previewOf(page)
  const greeting = (text: string) => preview.getByText(text, { exact: true }) // not in the plain text of the email
  const button = page.getByRole("button", { name: "Preview" })
  if (!javaScriptEnabled) {
    await button.click()
    await greeting("Dear Priya Nair,").waitFor()
    return
  }
  const historyLength = () => page.evaluate(() => history.length)
  const entries = await historyLength()
  await greeting("Dear Priya Nair,").waitFor()
  await page.locator(".options summary").click()
  await page.getByLabel("Language").selectOption("de")
  await greeting("Guten Tag Priya Nair,").waitFor()
  await page.getByLabel("Language").selectOption("en")
  await greeting("Dear Priya Nair,").waitFor()
  expect([await historyLength(), await button.isVisible()]).toEqual([entries, false])
}
