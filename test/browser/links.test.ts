import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { checkPage, openPage, registrationPath, signOut, startFixture, waitForMail } from "./support.ts"

const API_KEYS = {
  acme: "vst_local_acme_0123456789abcdef0123456789abcdef",
  globex: "vst_local_globex_0123456789abcdef0123456789abcdef",
}
const BILLING = {
  acme: { billing_email: "billing@acme.example", billing_phone: "+1 415 555 0132" },
  globex: { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" },
}
/** An image of two by one pixels. */
const LOGO = {
  name: "logo.png",
  mimeType: "image/png",
  buffer: Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR4nGOQ97/Rv+E/AAm4A4VkB7oTAAAAAElFTkSuQmCC",
    "base64",
  ),
}
const PASSWORD = "a short sentence works"

const fixture = startFixture()

type ResellerSlug = keyof typeof API_KEYS
type Invite = { id: string; contact_email: string }
async function call<T>(reseller: ResellerSlug, method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${fixture.server.url}/api/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${API_KEYS[reseller]}`, "Content-Type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
  return response.json() as Promise<T>
}

const invite = (reseller: ResellerSlug, contact_email: string, extraFields: object = {}) =>
  call<Invite>(reseller, "POST", "/invites", {
    company_name: "Northwind Logistics",
    contact_name: "Priya Nair",
    contact_email,
    ...BILLING[reseller],
    ...extraFields,
  })

async function createCopyLink(id: string): Promise<string> {
  return (await call<{ registration_url: string }>("acme", "POST", `/invites/${id}/links`)).registration_url
}

const findMail = (address: string, n = 1) => waitForMail(fixture.server.url, address, n)
const findRegistrationPath = async (address: string, n = 1) => registrationPath(await findMail(address, n))

/** Changes the server's database, for states that an invite otherwise reaches only after days. */
async function executeSql(sql: string, ...values: string[]) {
  const folder = join(fixture.server.state, "v3/d1/miniflare-D1DatabaseObject")
  const file = (await readdir(folder)).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name)) ?? "none"
  const database = new DatabaseSync(join(folder, file), { timeout: 5_000 })
  database.prepare(sql).run(...values)
  database.close()
}

async function register(page: Page) {
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD)
  await page.getByLabel("I accept the").check()
  await page.getByRole("button", { name: "Create account", exact: true }).click()
  await page.waitForURL("**/account")
}

it.each([
  { name: "no-script", width: 360, colorScheme: "light", javaScriptEnabled: false },
  { name: "phone-light", width: 360, colorScheme: "light", javaScriptEnabled: true },
  { name: "phone-dark", width: 360, colorScheme: "dark", javaScriptEnabled: true },
  { name: "desktop-light", width: 1280, colorScheme: "light", javaScriptEnabled: true },
] as const)(
  "every state of a registration link has a page that shows the next step: $name",
  async ({ name, width, ...options }) => {
    const { page, pageErrors } = await openPage(fixture.browser, fixture.server.url, {
      ...options,
      viewport: { width, height: 740 },
    })
    const checkLinkPage = (label: string) =>
      options.javaScriptEnabled ? checkPage(page, `link-${label}-${name}`) : Promise.resolve()
    const waitForHeading = (text: string) => page.getByRole("heading", { name: text }).waitFor()
    const emailFor = (state: string) => `${state}.${name}@northwind.example`

    // A copied link: a code proves access to the mailbox.
    const withoutEmail = await invite("acme", emailFor("copied"), { send_email: false })
    const copyLinkUrl = await createCopyLink(withoutEmail.id)
    await page.goto(copyLinkUrl)
    await page.getByRole("button", { name: "Send me a code" }).waitFor()
    await checkLinkPage("copied")
    await page.getByRole("button", { name: "Send me a code" }).click()
    await page.getByLabel("Code").fill("12")
    await page.getByRole("button", { name: "Continue" }).click()
    await page.getByText("Enter the six digits from the email.").waitFor()
    await checkLinkPage("code-refused")
    await page.getByRole("button", { name: "Send another code" }).click()
    await page.getByText("A code was requested a moment ago").waitFor()
    await checkLinkPage("code-cooldown")
    await page.getByLabel("Code").fill(/\d{6}/.exec((await findMail(emailFor("copied"))).subject)?.[0] ?? "none")
    await page.keyboard.press("Enter")
    await page.getByLabel("Your name").waitFor()
    await page.getByLabel("Password", { exact: true }).fill("Northwind Logistics 1")
    await page.getByRole("button", { name: "Create account", exact: true }).click()
    await page.locator("#password-hint", { hasText: "little more than names" }).waitFor()
    await checkLinkPage("refused")
    await register(page)
    await page.goto(copyLinkUrl)
    await waitForHeading("You've already joined")
    await checkLinkPage("already-joined")

    // A link for another person, then links for an existing account.
    await invite("globex", emailFor("copied"), { company_name: "Second House" })
    const second = await findRegistrationPath(emailFor("copied"), 2)
    await invite("acme", emailFor("valid"))
    await page.goto(await findRegistrationPath(emailFor("valid")))
    await waitForHeading("You're signed in as someone else")
    await checkLinkPage("other-person")
    await page.goto("/mailbox")
    await page.getByRole("link", { name: "is your code" }).first().click()
    await page.frameLocator("iframe").getByText("Someone opened the invite").waitFor()
    await checkLinkPage("code-email")
    await page.goto(second)
    await page.getByText("signed in as Priya Nair.").waitFor()
    await checkLinkPage("signed-in")
    await page.getByLabel("I accept the").check()
    await page.getByRole("button", { name: "Accept the invite" }).click()
    await page.waitForURL("**/account")
    await page.locator(".switcher > summary").click()
    await checkLinkPage("switcher")
    await page.getByRole("button", { name: "Northwind Logistics" }).click()
    await page.getByText(" with Acme Networks. Your role is").waitFor()
    await signOut(page)
    await page.waitForURL("**/sign-in")
    await page.goto(second)
    await waitForHeading("You already have an account")
    await checkLinkPage("accepted")
    await invite("globex", emailFor("known"), { company_name: "Third House" })
    await page.goto(await findRegistrationPath(emailFor("known")))
    await register(page)
    await signOut(page)
    await invite("acme", emailFor("known"))
    await page.goto(await findRegistrationPath(emailFor("known"), 2))
    await page.getByText("You already have an account.").waitFor()
    await checkLinkPage("known")

    // Links that can't register.
    const revoked = await invite("acme", emailFor("revoked"))
    const revokedLink = await findRegistrationPath(emailFor("revoked"))
    await call("acme", "POST", `/invites/${revoked.id}/revocation`)
    await page.goto(revokedLink)
    await waitForHeading("This invite was withdrawn")
    await checkLinkPage("revoked")
    await invite("acme", emailFor("declined"))
    const declined = await findMail(emailFor("declined"))
    await page.goto(/\/decline\/\S+/.exec(declined.text)?.[0] ?? "/nowhere")
    await page.getByRole("button", { name: "This wasn't meant for me" }).click()
    await waitForHeading("Thank you")
    await page.goto(registrationPath(declined))
    await waitForHeading("This invite was declined")
    await checkLinkPage("declined")
    const expiredInvite = await invite("acme", emailFor("expired"))
    const expired = await findRegistrationPath(emailFor("expired"))
    // The server is another process: its clock can't be moved from here.
    await executeSql("UPDATE invites SET expires_at = 1760000000000 WHERE id = ?", expiredInvite.id)
    await page.goto(expired)
    await waitForHeading("This link has expired")
    await checkLinkPage("expired")
    await page.getByRole("button", { name: "Send me a new link" }).click()
    await waitForHeading("A new link is on its way")
    await checkLinkPage("renewed")
    await findMail(emailFor("expired"), 2)
    await page.goto(expired)
    await waitForHeading("There is a newer link")
    await checkLinkPage("superseded")
    await page.getByRole("button", { name: "Send me the newest link again" }).click()
    await page.getByText("check your inbox").waitFor()
    await checkLinkPage("renewed-too-soon")
    await executeSql("UPDATE invites SET expires_at = 1760000000000 WHERE id = ?", expiredInvite.id)
    await executeSql(
      "INSERT INTO suppressions SELECT reseller_id, contact_email, 'complained', NULL, 0 FROM invites WHERE id = ?",
      expiredInvite.id,
    )
    await page.goto(expired)
    await page.getByRole("button", { name: "Send me a new link" }).click()
    await page.getByText("We can't send email to").waitFor()
    await checkLinkPage("suppressed")
    const movedInvite = await invite("acme", emailFor("typo"))
    const formerLink = await findRegistrationPath(emailFor("typo"))
    await call("acme", "PATCH", `/invites/${movedInvite.id}`, { contact_email: emailFor("right") })
    await page.goto(formerLink)
    await waitForHeading("The address of this invite was changed")
    await checkLinkPage("email_changed")
    await page.goto(revokedLink.slice(0, -20))
    await waitForHeading("This link isn't complete")
    await checkLinkPage("invalid")
    await page.goto(`${await findRegistrationPath(emailFor("valid"))}%3E`)
    await page.getByLabel("Your name").waitFor()
    await checkLinkPage("valid")
    expect(pageErrors.filter((pageError) => !/status of 404/.test(pageError))).toEqual([])
    await page.context().close()
  },
)

it.each([
  { name: "no-script", width: 360, colorScheme: "light", javaScriptEnabled: false },
  { name: "phone-dark", width: 360, colorScheme: "dark", javaScriptEnabled: true },
  { name: "desktop-light", width: 1280, colorScheme: "light", javaScriptEnabled: true },
] as const)(
  "staff create an invite without email, copy its link, edit it and move it to another billing account: $name",
  async ({ name, width, ...options }) => {
    const { page, pageErrors } = await openPage(fixture.browser, fixture.server.url, {
      ...options,
      viewport: { width, height: 800 },
    })
    const checkLinkPage = (label: string) =>
      options.javaScriptEnabled ? checkPage(page, `${label}-${name}`) : Promise.resolve()
    const po = `PO-${name}`
    const isBillingList = ({ pathname }: URL) => pathname === "/billing"
    await page.goto("/sign-in")
    await page.getByLabel("Email").fill("admin@acme.example")
    await page.getByLabel("Password", { exact: true }).fill("quiet-lantern-harbor")
    await page.getByRole("button", { name: "Sign in" }).click()
    await page.waitForURL(`${fixture.server.url}/`)
    await page.goto("/billing/new")
    await page.getByLabel("PO number").fill(po)
    await page.getByLabel("Email").fill(`${name}@acme.example`)
    await page.getByLabel("Phone").fill("+1 415 555 0111")
    await page.getByRole("button", { name: "Add" }).click()
    await page.waitForURL(isBillingList)

    await page.goto("/customers/invites/new")
    await page.getByLabel("Company Name").fill(`Quiet ${name}`)
    await page.getByLabel("Contact Name").fill("Ana Costa")
    await page.getByLabel("Contact Email Address").fill(`ana.${name}@quiet.example`)
    await page.getByText("Billing email and phone").click()
    await page.getByLabel("Billing Email Address").fill(`${name}@acme.example`)
    await page.getByLabel("Billing Phone Number").fill("+1 415 555 0111")
    await page.locator(".options summary").click()
    await page.getByLabel("Note (optional)").fill("See you on Monday.")
    await page.getByLabel("Expires after (days)").fill("91")
    await page.getByRole("button", { name: "Create without email" }).click()
    await page.getByText("Use a whole number of days from 1 to 90.").waitFor()
    await checkLinkPage("form-days")
    await page.getByLabel("Expires after (days)").fill("30")
    await page.getByRole("button", { name: "Create without email" }).click()
    await page.getByText("No email was sent").waitFor()
    await checkLinkPage("invite-quiet")
    const invitePage = new URL(page.url()).pathname
    await page.getByRole("button", { name: "Copy link" }).click()
    expect(await page.getByLabel("For Ana Costa").inputValue()).toMatch(/\/r\/[\w.-]+$/)
    await checkLinkPage("copied-link")
    // With script, the link appears on the page of the invite.
    if (!options.javaScriptEnabled) await page.getByRole("link", { name: "Done" }).click()
    await page.getByRole("link", { name: "Edit" }).click()
    await page.getByLabel("Company Name").fill(`Quieter ${name}`)
    await checkLinkPage("invite-edit")
    await page.getByRole("button", { name: "Save" }).click()
    await page.getByText("Saved. Existing links keep working.").waitFor()
    await page.getByText("Edited:").waitFor()

    await page.goto("/billing")
    const account = page.getByRole("listitem").filter({ hasText: po })
    await account.getByRole("link", { name: "Edit" }).click()
    await page.getByText("One pending invite uses this account").waitFor()
    await checkLinkPage("billing-in-use")
    await page.goto("/billing")
    await account.getByRole("link", { name: "Delete" }).click()
    await page.getByText("One pending invite uses this account.").waitFor()
    await checkLinkPage("billing-removal")
    await page.getByLabel("Move invites to").selectOption({ label: "PO ACME-2026: billing@acme.example" })
    await page.getByRole("button", { name: "Move invites and delete" }).click()
    await page.waitForURL(isBillingList)
    await page.goto(invitePage)
    await page.getByText("billing@acme.example").waitFor()

    await page.goto("/settings/invites")
    await page.getByLabel("Version label").fill("7")
    await page.getByRole("button", { name: "Save" }).click()
    await page.getByText("Enter the URL of this version of the terms.").waitFor()
    await checkLinkPage("invite-settings-refused")
    await page.getByLabel("Version label").fill("")
    await page.getByRole("button", { name: "Save" }).click()
    await page.getByText("Saved.").waitFor()
    await checkLinkPage("invite-settings")

    await page.goto("/settings")
    await page.getByLabel("Contact name", { exact: true }).fill("Customer care")
    await page.getByLabel("Phone").fill("12")
    await page.getByRole("button", { name: "Save" }).click()
    await page.getByText("Enter a phone number with country code").waitFor()
    await page.getByLabel("Phone").fill("+1 415 555 0100")
    await page.getByLabel("Color").fill("#ffb300")
    if (options.javaScriptEnabled) {
      expect(await page.locator("#preview-accent").getAttribute("href")).toBe("/brand/accent/ffb300.css")
    }
    await checkLinkPage("company-changing")
    await page.getByRole("button", { name: "Save" }).click()
    await page.getByText("Saved.").waitFor()
    const script = Buffer.from("<script>alert(1)</script>")
    await page.getByLabel("Image").setInputFiles({ name: "logo.png", mimeType: "image/png", buffer: script })
    await page.getByRole("button", { name: "Upload" }).click()
    await page.getByText("We can't read this image.").waitFor()
    await checkLinkPage("logo-refused")
    await page.getByLabel("Image").setInputFiles(LOGO)
    await page.getByRole("button", { name: "Upload" }).click()
    await page.getByRole("button", { name: "Remove logo" }).waitFor()
    await checkLinkPage("company")
    await invite("acme", `brand.${name}@b.example`)
    const { page: contact } = await openPage(fixture.browser, fixture.server.url, {
      ...options,
      viewport: { width, height: 800 },
    })
    await contact.goto(await findRegistrationPath(`brand.${name}@b.example`))
    await contact.getByRole("img", { name: "Acme Networks" }).waitFor()
    if (options.javaScriptEnabled) await checkPage(contact, `branded-${name}`)
    await contact.goto("/mailbox")
    await contact.getByRole("link", { name: "You have been invited" }).first().click()
    await contact.frameLocator("iframe").getByText("Dear Priya Nair,").waitFor()
    if (options.javaScriptEnabled) await checkPage(contact, `branded-email-${name}`)
    await contact.context().close()
    await page.getByRole("button", { name: "Remove logo" }).click()
    await page.getByText("Logo removed.").waitFor()

    await page.goto("/activity")
    await page.getByText("Logo removed").first().waitFor()
    await checkLinkPage("activity")
    await page.getByLabel("By").selectOption("API keys")
    await page.getByLabel("About").selectOption("Invites")
    // With script, a choice filters at once.
    if (!options.javaScriptEnabled) await page.getByRole("button", { name: "Filter" }).click()
    await page.waitForURL(({ searchParams: query }) => query.get("by") === "api_key" && query.get("about") === "invite")
    await expect.poll(() => page.getByText("Logo removed").count()).toBe(0)
    await checkLinkPage("activity-filtered")
    expect(pageErrors).toEqual([])
    await page.context().close()
  },
)
