import { readdirSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import type { Page } from "playwright-core"
import { describe, expect, it } from "vitest"
import { checkPage, openPage, registrationPath, startFixture, waitForMail } from "./support.ts"

const fixture = startFixture()
const STAFF = { email: "admin@acme.example", password: "quiet-lantern-harbor" }
const MEMBER = { email: "priya@signedout.example", password: "a short sentence works" }
const PHONE = { viewport: { width: 360, height: 740 } }

/** Ends all sessions, as a change of password elsewhere does. */
function endSessions() {
  const folder = join(fixture.server.state, "v3/d1/miniflare-D1DatabaseObject")
  const file = readdirSync(folder).find((name) => name.endsWith(".sqlite") && !name.startsWith("metadata")) ?? ""
  const database = new DatabaseSync(join(folder, file))
  database.exec("PRAGMA busy_timeout = 5000; DELETE FROM sessions")
  database.close()
}

async function signInHere(page: Page, { email, password }: typeof STAFF) {
  await page.getByLabel("Email").fill(email)
  await page.getByLabel("Password").fill(password)
  await page.getByRole("button", { name: "Sign in", exact: true }).click()
}

async function signIn(page: Page, person: typeof STAFF) {
  await page.goto("/sign-in")
  await signInHere(page, person)
  await page.waitForURL((url) => url.pathname !== "/sign-in")
}

async function openAs(person: typeof STAFF, options = {}) {
  const opened = await openPage(fixture.browser, fixture.server.url, { ...PHONE, ...options })
  await signIn(opened.page, person)
  return opened
}

/** Creates a customer with one member, once. */
let member: Promise<void> | undefined
function createMember() {
  member ??= (async () => {
    const { page } = await openAs(STAFF)
    await page.goto("/customers/invites/new")
    await page.getByLabel("Company Name").fill("Northwind")
    await page.getByLabel("Contact Name").fill("Priya Nair")
    await page.getByLabel("Contact Email Address").fill(MEMBER.email)
    await page.getByRole("button", { name: "Send invite" }).click()
    await page.waitForURL((url) => url.pathname === "/customers/invites")
    const guest = await openPage(fixture.browser, fixture.server.url, PHONE)
    await guest.page.goto(registrationPath(await waitForMail(fixture.server.url, MEMBER.email)))
    await guest.page.getByLabel("Password", { exact: true }).fill(MEMBER.password)
    await guest.page.getByLabel(/I accept/).check()
    await guest.page.getByRole("button", { name: "Create account", exact: true }).click()
    await guest.page.waitForURL((url) => url.pathname === "/account")
  })()
  return member
}

type Form = {
  path: string
  submit: string
  /** By label: typed text, an option, or whether a box is checked. */
  fields: Record<string, string | boolean>
  person?: typeof STAFF
}

const FORMS: Record<string, Form> = {
  "a customer's invite": {
    path: "/customers/invites/new",
    submit: "Send invite",
    fields: {
      "Company Name": 'Ñandú & "Söhne" <b>',
      "Contact Name": "דנה לוי",
      "Contact Email Address": "dana@hebrew.example",
      Note: "\n  first\n\nsecond",
      Language: "fr",
      Expires: "9",
    },
  },
  "a colleague's invite": {
    path: "/settings/staff/invites/new",
    submit: "Send invite",
    fields: { Name: "Lee Park", "Email Address": "lee@", Support: true, Language: "de" },
  },
  "a billing account": {
    path: "/billing/new",
    submit: "Add",
    fields: { "First name": "Ana", "PO number": "7", Email: "ana@x.example", Phone: "1", "Postal address": "A 1\nB" },
  },
  "company settings": {
    path: "/settings",
    submit: "Save",
    fields: { Name: "Acme & Co", Country: "DE", Color: "#123456", "Contact name": "Help desk" },
  },
  "invite settings": {
    path: "/settings/invites",
    submit: "Save",
    fields: { "Expires after": "21", "Remind contacts": false, "Terms URL": "https://x.example/terms" },
  },
  "an API key": {
    path: "/settings/api-keys/new",
    submit: "Create key",
    fields: { Name: "CRM", "Manage invites": false, "Read customers": true, Expires: "30" },
  },
  "a webhook": {
    path: "/settings/webhooks/new",
    submit: "Add webhook",
    fields: { URL: "https://x.example/?a=1&b=2", "invite.sent": true, "invite.declined": false },
  },
  "a name": { path: "/profile", submit: "Save name", fields: { "Your name": "Dana O." } },
  "a member's invite": {
    path: "/account/invites/new",
    submit: "Send invite",
    fields: { Name: "Sam", "Email Address": "sam@x.example", Admin: true, Note: "Hi\n\nyou" },
    person: MEMBER,
  },
}

const fieldOf = (page: Page, label: string) =>
  page.getByLabel(label).and(page.locator("main :is(input,select,textarea)")).first()

async function fill(page: Page, fields: Form["fields"]) {
  await page.locator("main details").evaluateAll((folded: HTMLDetailsElement[]) => {
    for (const details of folded) details.open = true
  })
  for (const [label, value] of Object.entries(fields)) {
    const field = fieldOf(page, label)
    if (typeof value === "boolean") await field.setChecked(value)
    else if ((await field.evaluate(({ tagName }) => tagName)) === "SELECT") await field.selectOption(value)
    else await field.fill(value)
  }
}

async function read(page: Page, fields: Form["fields"]) {
  const values: Form["fields"] = {}
  for (const [label, value] of Object.entries(fields)) {
    const field = fieldOf(page, label)
    values[label] = typeof value === "boolean" ? await field.isChecked() : await field.inputValue()
  }
  return values
}

describe.each([
  ["with script", true],
  ["without script", false],
] as const)("signed out while filling in a form, %s", (_, javaScriptEnabled) => {
  it.each(Object.entries(FORMS))(
    "%s comes back with its words",
    async (name, { path, submit, fields, person = STAFF }) => {
      if (person === MEMBER) await createMember()
      const { page, pageErrors } = await openAs(person, { javaScriptEnabled })
      await page.goto(path)
      await fill(page, fields)
      endSessions()
      await page.getByRole("button", { name: submit, exact: true }).click()
      await page.getByText("You were signed out.").waitFor()
      if (javaScriptEnabled && name === "a name") await checkPage(page, "signed-out")
      await signInHere(page, { ...person, password: "a wrong password" })
      await page.getByText("Wrong email or password.").waitFor()
      await signInHere(page, person)
      await page.getByText("Nothing has been changed or sent yet").waitFor()
      expect(new URL(page.url()).pathname.startsWith(path)).toBe(true)
      expect(await read(page, fields)).toEqual(fields)
      if (javaScriptEnabled && name === "a member's invite") {
        await checkPage(page, "signed-in-again")
        const menu = page.locator(".profile-menu > summary")
        await menu.click()
        await page.getByRole("button", { name: "Deutsch" }).click() // the page has its own path, so its links work
        await page.getByRole("button", { name: "Einladung senden" }).waitFor()
        expect(await page.locator("#note").inputValue()).toBe(fields.Note)
        await menu.click()
        await page.getByRole("button", { name: "English" }).click()
        await page.getByRole("button", { name: submit, exact: true }).waitFor()
      }
      if (name === "a customer's invite") {
        await page.getByLabel("Contact Email Address").fill(`dana.${javaScriptEnabled}@hebrew.example`)
        await page.getByRole("button", { name: submit, exact: true }).click()
        await page.waitForURL((url) => url.pathname === "/customers/invites")
      }
      expect(pageErrors.filter((error) => !error.includes("403"))).toEqual([])
      await page.context().close()
    },
  )
})

it("a search, a row that polls, and a warning that is looked up say that somebody was signed out, and take nothing away", async () => {
  const { page } = await openAs(STAFF)
  await page.goto("/customers/invites?status=pending")
  const invites = await page.locator("#invites-rows tbody tr").count()
  const signInLink = page.locator("#notice").getByRole("link", { name: "Sign in" })
  endSessions()
  await page.getByLabel("Search company, contact or email").fill("north")
  await page.locator("#notice").getByText("You were signed out.").waitFor()
  expect([new URL(page.url()).search, await page.locator("#invites-rows tbody tr").count()]).toEqual([
    "?status=pending",
    invites,
  ])
  await checkPage(page, "search-signed-out")
  await signInLink.click()
  await page.waitForURL(`**/sign-in?next=${encodeURIComponent("/customers/invites?q=north&status=pending")}`)
  await signInHere(page, STAFF)
  await page.waitForURL("**/customers/invites?q=north&status=pending")

  endSessions()
  await page.evaluate(() => {
    const row = document.createElement("p")
    row.setAttribute("hx-get", "/customers/invites/inv_x?poll=1")
    row.setAttribute("hx-trigger", "load delay:50ms")
    document.querySelector("main")?.append(row)
    Reflect.get(window, "htmx").process(row)
  })
  await signInLink.click()
  await signInHere(page, STAFF)
  await page.waitForURL("**/customers/invites?q=north&status=pending")

  await page.goto("/customers/invites/new")
  endSessions()
  await page.getByLabel("Company Name").fill("Northwind")
  await page.locator("#notice").getByText("You were signed out. Keep going").waitFor()
  await page.getByRole("button", { name: "Send invite" }).click()
  await page.getByText("Sign in, and what you entered is still there.").waitFor()
  await signInHere(page, STAFF)
  await page.getByText("Nothing has been changed or sent yet").waitFor()
  expect(await page.getByLabel("Company Name").inputValue()).toBe("Northwind")
  await page.context().close()
})

it("the preview of an invite says that somebody was signed out, and leaves the form as it is", async () => {
  const { page } = await openAs(STAFF, { viewport: { width: 1280, height: 860 } })
  await page.goto("/customers/invites/new")
  const frame = page.frameLocator(".preview iframe:not([hidden])")
  await frame.getByText("Subject").first().waitFor()
  endSessions()
  await page.getByLabel("Company Name").fill("Northwind")
  await frame.getByText("You were signed out.").waitFor()
  expect(await page.getByLabel("Company Name").inputValue()).toBe("Northwind")
  await page.context().close()
})

const BUTTON = "document.querySelector('main form button[type=submit]')"

it.each(["/billing/new", "/customers/invites/new"])(
  "%s can be sent again after sending was stopped or failed",
  async (path) => {
    const { page } = await openAs(STAFF)
    await page.goto(path)
    const sent: string[] = []
    let answer: "never" | "fail" | "continue" = "never"
    await page.route(`**${path}?**`, async (route) => {
      if (route.request().method() !== "POST") return route.continue()
      sent.push(answer)
      if (answer === "fail") return route.abort("connectionreset")
      if (answer === "continue") return route.continue()
    })
    // Timers in the page press the button, since Playwright waits until a navigation has ended.
    const protocol = await page.context().newCDPSession(page)
    const run = async (expression: string) => (await protocol.send("Runtime.evaluate", { expression })).result.value
    const press = () => run(`${BUTTON}.click()`)
    const canBeSent = () => expect.poll(() => run("document.querySelectorAll('form[data-submitted]').length")).toBe(0)
    const isSent = (n: number) => expect.poll(() => sent.length).toBe(n)
    await run(`{
      const button = ${BUTTON}
      button.click()
      setTimeout(() => button.click(), 300) // does nothing: it is being sent
      setTimeout(() => stop(), 900)
    }`)
    await canBeSent()
    expect(sent).toEqual(["never"])
    answer = "fail"
    await press()
    await isSent(2)
    answer = "continue"
    if (path === "/billing/new") {
      await expect.poll(() => page.url()).toMatch(/^chrome-error:/)
      await page.goBack()
    }
    await canBeSent()
    await press()
    await isSent(3)
    await page.locator("[aria-invalid=true]").first().waitFor()
    await press() // a response of htmx leaves the same page
    await isSent(4)
    await page.context().close()
  },
)
