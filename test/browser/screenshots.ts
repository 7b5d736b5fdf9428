import { join } from "node:path"
import type { BrowserContextOptions, Page } from "playwright-core"
import { root } from "../../src/build/files.ts"
import { openChromium } from "./chromium.ts"
import { ACCEPTED, BOUNCED, CUSTOMERS, DECLINED, fillHistory, OPENED } from "./sample-data.ts"
import { startServer } from "./server.ts"

// Takes the pictures of the README.

const FOLDER = join(root, "test/browser/screenshots")
const API_KEY = "vst_local_acme_0123456789abcdef0123456789abcdef"
const PASSWORD = "a short sentence works"
const DESKTOP = { viewport: { width: 1280, height: 800 } }
const PHONE_DARK: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  colorScheme: "dark",
  isMobile: true,
  hasTouch: true,
}
/** Longer than an email takes. */
const MAILS_TIMEOUT_MS = 60_000

type Mail = { id: string; to: string; text: string }

const server = await startServer()
const browser = await openChromium()
try {
  await takePictures()
} finally {
  await browser.close()
  await server.stop()
}

async function takePictures() {
  for (const customer of CUSTOMERS) {
    const billing = { billing_email: "billing@acme.example", billing_phone: "+1 415 555 0132" }
    await callApi("/invites", { ...customer, ...billing })
  }
  const mails = await waitForMails()
  const mailOf = (company: string) => {
    const address = CUSTOMERS.find(({ company_name }) => company_name === company)?.contact_email
    return mails.find(({ to }) => to === address) ?? fail(`no email to ${company}`)
  }
  for (const { company_name } of CUSTOMERS) {
    const event = company_name === BOUNCED ? "bounced" : "delivered"
    await post(`/mailbox/${mailOf(company_name).id}/events`, { event })
  }
  for (const company of OPENED) await post(`${registrationPath(mailOf(company))}/opening`)
  await post(/\/decline\/\S+/.exec(mailOf(DECLINED).text)?.[0] ?? fail("no link to decline"))

  for (const company of ACCEPTED) await acceptInvite(mailOf(company), company === ACCEPTED.at(-1))
  fillHistory(server.state)
  await takeStaffPictures(mailOf("Northwind Logistics"))
}

/** Accepts an invite. The last one who does invites colleagues, too. */
async function acceptInvite(mail: Mail, isLast: boolean) {
  const page = await openPage(DESKTOP)
  await page.goto(registrationPath(mail))
  if (isLast) await takeRegistration(page)
  await page.mouse.move(200, 300)
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD)
  await page.getByLabel(/I accept/).check()
  await page.getByRole("button", { name: "Create account", exact: true }).click()
  await page.waitForURL("**/account*")
  if (isLast) {
    for (const [name, address] of [
      ["Tiago Reis", "tiago@contoso.example"],
      ["Hanna Berg", "hanna@contoso.example"],
    ] as const) {
      await page.goto("/account/invites/new")
      await page.getByLabel("Name", { exact: true }).fill(name)
      await page.getByLabel("Email", { exact: false }).first().fill(address)
      await page.getByRole("button", { name: "Send invite" }).click()
      await page.getByText(`The invite to ${name}`).waitFor()
    }
    await page.goto("/account")
    await take(page, "account")
  }
  await page.context().close()
}

/** Without the name of Japanese, for which few machines that take pictures have a font. */
async function takeRegistration(page: Page) {
  await page.locator(".languages [lang=ja]").evaluate((button) => button.remove())
  await take(page, "registration", true)
}

async function takeStaffPictures(mail: Mail) {
  const page = await openPage(DESKTOP)
  await page.goto("/sign-in")
  await page.getByLabel("Email").fill("admin@acme.example")
  await page.getByLabel("Password", { exact: true }).fill("quiet-lantern-harbor")
  await page.getByRole("button", { name: "Sign in", exact: true }).click()
  await page.waitForURL((url) => url.pathname === "/")
  await page.getByRole("button", { name: "Hide these steps" }).click()
  await page.getByRole("button", { name: "Hide these steps" }).waitFor({ state: "detached" })
  await page.setViewportSize({ width: 1280, height: 1000 })
  await take(page, "dashboard")
  await page.setViewportSize(DESKTOP.viewport)

  await page.goto("/customers/invites")
  await take(page, "invites-accepted")
  const phone = await openPage({ ...PHONE_DARK, storageState: await page.context().storageState() })
  await phone.goto("/customers/invites")
  await take(phone, "invites-phone-dark")

  await page.goto("/customers/invites/new")
  await page.getByLabel("Company Name").fill("Wingtip Toys")
  await page.getByLabel("Contact Name").fill("Amir Haddad")
  await page.getByLabel("Contact Email Address").fill("amir@wingtip.example")
  await page.frameLocator(".preview iframe").last().getByText("Dear Amir Haddad,", { exact: true }).waitFor()
  await take(page, "form")

  await page.goto(`/mailbox/${mail.id}`)
  await take(page, "email", true)

  await callApi("/staff_invites", { contact_name: "Lee Park", contact_email: "lee@acme.example", role: "support" })
  await callApi("/staff_invites", { contact_name: "Nadia Rahman", contact_email: "nadia@acme.example", role: "sales" })
  await page.goto("/settings/staff")
  await page.getByText("Queued").first().waitFor({ state: "detached" })
  await take(page, "staff")

  for (const name of ["CRM sync", "Nightly report"]) {
    await page.goto("/settings/api-keys/new")
    await page.getByLabel("Name", { exact: true }).fill(name)
    await page.getByRole("button", { name: "Create key" }).click()
    await page.getByText("Copy the key now").waitFor()
  }
  await page.goto("/settings/api-keys")
  await take(page, "api-keys")

  await page.goto("/api/v1/docs")
  const call = page.locator(".call", { has: page.getByRole("heading", { name: "Invite a customer" }) })
  await call.evaluate((section) => section.scrollIntoView())
  await take(page, "api-docs")
}

async function openPage(options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ ...options, baseURL: server.url, locale: "en-US" })
  const page = await context.newPage()
  await page.goto("/sign-in", { waitUntil: "networkidle" }) // the next page has its font from the cache
  return page
}

async function take(page: Page, name: string, fullPage = false) {
  await page.waitForLoadState("networkidle")
  await page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage, animations: "disabled" })
}

async function callApi(path: string, body: object) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${API_KEY}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  })
  if (!response.ok) fail(`${path}: ${await response.text()}`)
}

/** Posts a form as a page would. */
async function post(path: string, fields: Record<string, string> = {}) {
  const body = new URLSearchParams(fields)
  const headers = { Origin: server.url }
  const response = await fetch(server.url + path, { method: "POST", redirect: "manual", headers, body })
  if (response.status >= 400) fail(`${path}: ${response.status}`)
}

/** The emails, once all invites have theirs. */
async function waitForMails(): Promise<Mail[]> {
  const deadline = Date.now() + MAILS_TIMEOUT_MS
  while (Date.now() < deadline) {
    const mails: Mail[] = await (await fetch(`${server.url}/mailbox.json`)).json()
    if (mails.length === CUSTOMERS.length) return mails
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return fail("some emails did not arrive")
}

function registrationPath({ text }: Mail): string {
  return /\/r\/\S+/.exec(text)?.[0] ?? fail("no registration link")
}

function fail(message: string): never {
  throw new Error(message)
}
