import { gzipSync } from "node:zlib"
import type { Page } from "playwright-core"
import { beforeAll, expect, it } from "vitest"
import { LOCALES } from "../../src/text/locales.ts"
import { createInvite, openAsStaff, STAFF } from "./staff.ts"
import { checkPage, openPage, registrationPath, startFixture, waitForMail } from "./support.ts"

const PHONE = { viewport: { width: 360, height: 740 }, locale: "en-US" }
const LONG_COMPANY = "Internationale Spedition und Logistikgesellschaft Westerhagen & Söhne GmbH & Co. KG"
/** An image of two by one pixels. */
const LOGO = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR4nGOQ97/Rv+E/AAm4A4VkB7oTAAAAAElFTkSuQmCC",
  "base64",
)
const FIRST_VIEW_MAX_BYTES = 14_000

const fixture = startFixture()

async function inviteContact(contact_email: string, fields: object = {}): Promise<string> {
  await createInvite(fixture, "Northwind Logistics", { contact_email, send_email: true, ...fields })
  return registrationPath(await waitForMail(fixture.server.url, contact_email))
}

const openPhone = (options: object = {}) => openPage(fixture.browser, fixture.server.url, { ...PHONE, ...options })

const createButton = (page: Page) => page.getByRole("button", { name: "Create account", exact: true })

/** Records how far the page moves without anybody's input (Cumulative Layout Shift), with a logo that loads last. */
async function recordShifts(page: Page) {
  await page.route("**/brand/logo/*", async (route) => {
    await page.waitForTimeout(200)
    await route.continue()
  })
  await page.addInitScript(() => {
    const shifts: string[] = []
    Reflect.set(window, "shifts", shifts)
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const sources: { node: Node | null }[] = Reflect.get(entry, "sources")
        const moved = sources.map(({ node }) => `${node?.nodeName} ${node?.textContent?.slice(0, 40)}`)
        shifts.push(`${Reflect.get(entry, "value")}: ${moved.join(", ")}`)
      }
    }).observe({ type: "layout-shift", buffered: true })
  })
}

const shiftsOf = (page: Page) => page.evaluate(() => Reflect.get(window, "shifts"))

beforeAll(async () => {
  const { page } = await openPhone()
  await page.goto("/sign-in")
  await page.locator("#email:focus").waitFor()
  await page.keyboard.type("admin@acme.example")
  await page.getByLabel("Password", { exact: true }).fill("quiet-lantern-harbor")
  await page.keyboard.press("Enter")
  await page.waitForURL((url) => url.pathname === "/")
  await page.goto("/settings")
  await page.getByLabel("Image").setInputFiles({ name: "logo.png", mimeType: "image/png", buffer: LOGO })
  await page.getByRole("button", { name: "Upload" }).click()
  await page.getByRole("button", { name: "Remove logo" }).waitFor()
  await checkPage(page, "staff-with-logo")
  await page.context().close()
})

it.each(LOCALES)("registration is one screen of a phone, and nothing on it moves: %s", async (locale) => {
  const path = await inviteContact(`${locale.toLowerCase()}@northwind.example`, { locale, company_name: LONG_COMPANY })
  for (const javaScriptEnabled of [true, false]) {
    const { page, pageErrors } = await openPhone({ javaScriptEnabled })
    await recordShifts(page)
    const scripts: string[] = []
    page.on("request", (request) => request.resourceType() === "script" && scripts.push(request.url()))
    await page.goto(path, { waitUntil: "networkidle" })
    const boxes = await Promise.all((await page.locator("#registration .button").all()).map((one) => one.boundingBox()))
    const bottoms = boxes.flatMap((box) => (box ? [box.y + box.height] : []))
    expect(bottoms).toHaveLength(javaScriptEnabled ? 2 : 1) // without script there are no passkeys
    expect(Math.max(...bottoms)).toBeLessThanOrEqual(PHONE.viewport.height)
    expect(scripts.filter((url) => url.includes("htmx"))).toEqual([])
    expect(pageErrors).toEqual([])
    if (javaScriptEnabled) {
      expect(await shiftsOf(page)).toEqual([])
      await checkPage(page, `registration-${locale}`)
    }
    await page.context().close()
  }
})

it.each([360, 800, 1280])("nothing on a page of staff moves when the logo has loaded: %i px wide", async (width) => {
  const { page } = await openAsStaff(fixture, { viewport: { width, height: 740 } })
  await recordShifts(page)
  for (const path of ["/", "/settings"]) {
    const logo = page.waitForResponse("**/brand/logo/*")
    await page.goto(path)
    await (await logo).finished()
    await page
      .locator(".logo")
      .first()
      .evaluate((image: HTMLImageElement) => image.decode())
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
    expect(await shiftsOf(page)).toEqual([])
  }
  await page.context().close()
})

it("a password is judged while it is typed, in the words of the server, and nothing is red before it is sent", async () => {
  const { page, pageErrors } = await openPhone()
  await page.goto(await inviteContact("live@northwind.example"))
  const hint = page.locator("#password-hint")
  await page.locator("#password").pressSequentially("northwind")
  expect(await hint.textContent()).toBe("9 of 15 characters")
  await page.locator("#password").pressSequentially(" logistics")
  await page.getByText("such as “Northwind Logistics”").first().waitFor()
  expect([await hint.getAttribute("class"), await page.locator("[aria-invalid], .error").count()]).toEqual(["weak", 0])
  expect(await page.locator("[data-password-status]").textContent()).toBe(await hint.textContent())
  await checkPage(page, "registration-weak-password")

  await createButton(page).click()
  await page.locator("#accept_terms:focus").waitFor()
  expect(await page.locator(".error").allTextContents()).toEqual([
    "Accept the terms of service to continue.",
    expect.stringContaining("such as “Northwind Logistics”"),
  ])
  await checkPage(page, "registration-incomplete")
  await page.getByLabel("I accept the").check()
  expect(await page.locator("#accept_terms-hint").count()).toBe(0)
  await page.locator("#password").press("End")
  await page.locator("#password").pressSequentially(" under a red bridge")
  await page.getByText("Good, you can use this password.").first().waitFor()
  await createButton(page).click()
  await page.waitForURL("**/account")
  await page.getByRole("img", { name: "Acme Networks" }).waitFor()
  await checkPage(page, "account-with-logo")
  expect(pageErrors).toEqual([])
})

it("the link counts as opened when a person moves, and as started when they type, once each and never by loading", async () => {
  const { page, pageErrors } = await openPhone()
  const path = await inviteContact("opened@northwind.example")
  const posts: string[] = []
  page.on("request", (request) => request.method() === "POST" && posts.push(new URL(request.url()).pathname))
  await page.goto(path, { waitUntil: "networkidle" })
  await page.evaluate(() => dispatchEvent(new Event("pointermove"))) // by a script
  expect(posts).toEqual([])
  const opened = page.waitForResponse(`**${path}/opening`)
  await page.mouse.move(40, 40)
  expect((await opened).status()).toBe(204)
  await page.mouse.move(80, 80)
  const started = page.waitForResponse(`**${path}/start`)
  await page.getByLabel("Your name").pressSequentially("ab")
  expect((await started).status()).toBe(204)
  expect(posts).toEqual([`${path}/opening`, `${path}/start`])
  expect(pageErrors).toEqual([])
  await page.context().close()
})

it("what was typed stays when the form is refused or the network fails", async () => {
  const { page } = await openPhone()
  await page.goto(await inviteContact("kept@northwind.example"))
  await page.getByLabel("Your name").fill("Priya N.")
  await page.getByLabel("Password", { exact: true }).fill("a river under seven bridges")
  await createButton(page).click()
  await page.getByText("Accept the terms of service to continue.").waitFor()
  await page.getByLabel("I accept the").check()
  await page.context().setOffline(true)
  await createButton(page).click()
  await page.getByRole("alert").getByText("Everything you entered is still here").waitFor()
  expect(await page.getByLabel("Password", { exact: true }).inputValue()).toBe("a river under seven bridges")
  await checkPage(page, "registration-offline")
  await page.context().setOffline(false)
  // The check while typing didn't get through, so that the server is the first to refuse this one.
  await page.route("**/password-checks", (route) => route.abort())
  await page.getByLabel("Password", { exact: true }).fill("sunshine/sunshine/1")
  await createButton(page).click()
  await page.getByText("“sunshine” is one of the first words that attackers try.").first().waitFor()
  expect(await page.getByLabel("Password", { exact: true }).inputValue()).toBe("sunshine/sunshine/1")
  expect(await page.getByLabel("Your name").inputValue()).toBe("Priya N.")
  await page.unroute("**/password-checks")
  await page.getByLabel("Password", { exact: true }).fill("a river under seven bridges")
  await page.keyboard.press("Enter")
  await page.waitForURL("**/account")
  await page.context().close()
})

it("a new password is also judged while it is typed after a reset, and in the profile", async () => {
  const { page, pageErrors } = await openAsStaff(fixture)
  await page.goto("/profile")
  const judge = async (label: string) => {
    const field = page.getByLabel(label, { exact: true })
    await field.fill("acme networks")
    await page.locator("#password-hint.help", { hasText: "13 of 15 characters" }).waitFor()
    await field.fill("acme networks 2026")
    await page.locator("#password-hint.weak", { hasText: "such as “Acme Networks”" }).waitFor()
    await field.fill("a river under seven bridges")
    await page.locator("#password-hint.good").waitFor()
  }
  await judge("New password")
  await checkPage(page, "profile-password-checked")
  const guest = await openPhone()
  await guest.page.goto("/forgot-password")
  await guest.page.getByLabel("Email").fill(STAFF.email)
  await guest.page.keyboard.press("Enter")
  const { text } = await waitForMail(fixture.server.url, STAFF.email)
  await page.goto(/\/reset-password\/\S+/.exec(text)?.[0] ?? "/nowhere")
  await judge("New password")
  await checkPage(page, "reset-password-checked")
  expect([pageErrors, guest.pageErrors]).toEqual([[], []])
  await guest.page.context().close()
  await page.context().close()
})

it("somebody who has joined signs in with the address of the link, and returns to it", async () => {
  const path = await inviteContact("again@northwind.example")
  const { page } = await openPhone({ javaScriptEnabled: false })
  await page.goto(path)
  await page.getByLabel("Password", { exact: true }).fill("a river under seven bridges")
  await createButton(page).click()
  await page.getByText("Accept the terms of service to continue.").waitFor()
  await page.getByLabel("I accept the").check()
  await page.getByLabel("Password", { exact: true }).fill("a river under seven bridges")
  await createButton(page).click()
  await page.waitForURL("**/account")
  await page.context().clearCookies()
  await page.goto(path)
  await page.getByRole("link", { name: "Sign in" }).click()
  expect(await page.getByLabel("Email").inputValue()).toBe("again@northwind.example")
  await page.getByRole("img", { name: "Acme Networks" }).waitFor()
  await page.getByLabel("Password", { exact: true }).fill("a river under seven bridges")
  await page.keyboard.press("Enter")
  await page.getByRole("heading", { name: "You've already joined" }).waitFor()
  await page.context().close()
})

it("the first view of a page outside of an account is one round trip of a new connection", async () => {
  const { url } = fixture.server
  const path = await inviteContact("bytes@northwind.example", { company_name: LONG_COMPANY, locale: "ja" })
  for (const page of [path, "/sign-in", "/forgot-password", `/decline${path.slice(2)}`, `${path}x`]) {
    const html = await (await fetch(url + page)).text()
    const stylesheets = [...html.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, href]) => href)
    const css = await Promise.all(stylesheets.map(async (href) => (await fetch(`${url}${href}`)).text()))
    const size = [html, ...css].reduce((sum, text) => sum + gzipSync(text).length, 0)
    expect(size, page).toBeLessThanOrEqual(FIRST_VIEW_MAX_BYTES)
    expect(size, page).toBeGreaterThan(2_000)
  }
})
