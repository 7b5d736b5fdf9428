import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { createInvite, openAsStaff, STAFF } from "./staff.ts"
import { checkPage, openPage, startFixture, waitForMail } from "./support.ts"

const fixture = startFixture()
const INVITES = "/customers/invites"

const focused = (page: Page) => page.evaluate(() => document.activeElement?.id)
const option = (page: Page) => page.locator("#palette [role=option][aria-selected=true]")
const search = (page: Page) => page.getByRole("combobox")

/** What a screen reader knows of the palette. */
const palette = (page: Page) =>
  page.evaluate(() => {
    const field = document.querySelector("[role=combobox]")
    const list = document.getElementById(field?.getAttribute("aria-controls") ?? "")
    const chosen = document.getElementById(field?.getAttribute("aria-activedescendant") ?? "")
    return {
      list: list?.getAttribute("role"),
      isChosenInList: list?.contains(chosen) ?? false,
      selected: list?.querySelectorAll("[aria-selected=true]").length,
      status: document.querySelector("#palette-count")?.textContent?.trim(),
    }
  })

it("somebody signs in and sends an invite with at most 12 keys beyond the typed text", async () => {
  const { page } = await openPage(fixture.browser, fixture.server.url, { viewport: { width: 1280, height: 800 } })
  let keys = 0
  const press = async (key: string) => {
    keys += 1
    await page.keyboard.press(key)
  }
  await page.goto("/sign-in")
  await page.locator("#email:focus").waitFor()
  await page.keyboard.type(STAFF.email)
  await press("Tab")
  await page.keyboard.type(STAFF.password)
  await press("Enter")
  await page.waitForURL((url) => url.pathname === "/")
  await press("c")
  await page.waitForURL(`**${INVITES}/new`)
  await page.keyboard.type("Twelve Keys")
  await press("Tab")
  await page.keyboard.type("Kim")
  await press("Tab")
  await page.keyboard.type("kim@twelve.example")
  await press("Enter")
  await page.waitForURL((url) => url.pathname === INVITES)
  expect((await waitForMail(fixture.server.url, "kim@twelve.example")).subject).toContain("invited")
  expect(keys).toBeLessThanOrEqual(12)
  await page.context().close()
})

it("one of many invites is found with four keys", async () => {
  for (let n = 0; n < 27; n++) await createInvite(fixture, `Common ${n}`)
  await createInvite(fixture, "Xylograph Works")
  for (let n = 27; n < 55; n++) await createInvite(fixture, `Common ${n}`)
  const { page } = await openAsStaff(fixture)
  await page.goto(INVITES)
  expect(await page.locator("#invites-rows tbody", { hasText: "Xylograph" }).count()).toBe(0)
  for (const key of ["/", "x", "y", "l"]) await page.keyboard.press(key)
  await page.waitForURL("**q=xyl")
  await expect.poll(() => page.locator("#invites-rows tbody a.emphasis").allInnerTexts()).toEqual(["Xylograph Works"])
  expect(await focused(page)).toBe("q")
  await expect.poll(() => page.locator("#invites-found").textContent()).toBe("1 invite on this page")
  await page.context().close()
})

it("the palette finds invites, customers and pages by the keyboard alone", async () => {
  const id = await createInvite(fixture, "Zugspitze Lifte")
  const { page, pageErrors } = await openAsStaff(fixture)
  await page.keyboard.press("Control+k")
  await option(page).waitFor()
  expect(await focused(page)).toBe("palette-q")
  expect(await palette(page)).toMatchObject({ list: "listbox", isChosenInList: true, selected: 1 })
  await checkPage(page, "palette-pages")
  await page.keyboard.press("ArrowUp")
  const last = await option(page).innerText()
  await page.keyboard.press("ArrowDown")
  expect(await option(page).innerText()).not.toBe(last)
  await page.keyboard.press("ArrowDown")
  expect(await palette(page)).toMatchObject({ isChosenInList: true, selected: 1 })

  await page.keyboard.type("zugsp")
  await expect
    .poll(() => option(page).innerText())
    .toMatch(/^Zugspitze Lifte\s+Priya Nair · zugspitze-lifte@example.com/)
  expect(await palette(page)).toMatchObject({ isChosenInList: true, status: "1 result" })
  await checkPage(page, "palette-found")
  await page.keyboard.press("Enter")
  await page.waitForURL(`**${INVITES}/${id}`)

  await page.keyboard.press("Control+k")
  await search(page).waitFor()
  await page.keyboard.type("qqqq")
  await page.getByText("Nothing found.").waitFor()
  expect(await palette(page)).toMatchObject({ selected: 0, isChosenInList: false, status: "Nothing found." })
  await checkPage(page, "palette-empty")
  await page.keyboard.press("Escape")
  await search(page).waitFor({ state: "hidden" })

  await page.keyboard.press("Control+k")
  await page.keyboard.press("Control+a")
  await page.keyboard.type("api keys") // Enter is pressed before the results are there
  await page.keyboard.press("Enter")
  await page.waitForURL("**/settings/api-keys")
  expect(pageErrors).toEqual([])
  await page.context().close()
})

it("a search of the palette that fails says so in the palette, and can be tried again", async () => {
  const { page } = await openAsStaff(fixture)
  await page.route(/\/shortcuts/, (route) => route.abort("connectionreset"))
  await page.keyboard.press("Control+k")
  await page.locator("#notice").getByText("The connection failed.").waitFor()
  await page.unroute(/\/shortcuts/)
  await page.locator("#notice").getByRole("button", { name: "Try again" }).click()
  await option(page).waitFor()
  await page.context().setOffline(true)
  await page.keyboard.type("bill")
  await page.locator("#palette").getByText("You're offline.").waitFor()
  await checkPage(page, "palette-offline")
  await page.context().setOffline(false)
  await page.locator("#palette").getByRole("button", { name: "Try again" }).click()
  await expect.poll(() => option(page).innerText()).toMatch(/^Billing/)
  expect([await focused(page), await page.locator("#palette [role=status]").first().innerText()]).toEqual([
    "palette-q",
    "",
  ])
  await page.context().clearCookies()
  await page.keyboard.type("ing")
  await page.locator("#palette").getByText("You were signed out.").waitFor()
  expect(await page.locator("#palette").getByRole("link", { name: "Sign in" }).getAttribute("href")).toMatch(/\/$/)
  await page.context().close()
})

it("without script, the search is a page", async () => {
  await createInvite(fixture, "Plain Page")
  const { page } = await openAsStaff(fixture, { javaScriptEnabled: false })
  await page.getByRole("link", { name: /^Search/ }).click()
  await page.getByLabel("Search invites, customers and pages").fill("plain pa")
  await page.keyboard.press("Enter")
  await page.getByRole("link", { name: /^Plain Page/ }).click()
  await page.waitForURL(`**${INVITES}/inv_*`)
  await page.context().close()
})

const PAGES = { "g c": "/customers", "g i": INVITES, "g b": "/billing", "g s": "/settings/notifications", "g d": "/" }

it("keys lead to pages, except while somebody types, with other keys, in dialogs, or when they are switched off", async () => {
  const { page, pageErrors } = await openAsStaff(fixture)
  const path = () => new URL(page.url()).pathname
  for (const [keys, target] of Object.entries(PAGES)) {
    for (const key of keys.split(" ")) await page.keyboard.press(key)
    await page.waitForURL((url) => url.pathname === target)
  }
  await page.keyboard.press("g")
  await page.waitForTimeout(1_600)
  await page.keyboard.press("i") // too late
  for (const key of ["Alt+c", "Shift+C"]) await page.keyboard.press(key)
  expect(path()).toBe("/")

  await page.goto(INVITES)
  await page.getByRole("searchbox").focus()
  await page.keyboard.type("c?g")
  expect([path(), await page.getByRole("searchbox").inputValue()]).toEqual([INVITES, "c?g"])

  await page.goto("/")
  await page.keyboard.press("?")
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" })
  await help.waitFor()
  await checkPage(page, "shortcuts")
  await page.keyboard.press("c")
  expect(path()).toBe("/")
  await help.getByLabel("Use single-key shortcuts").uncheck()
  await page.keyboard.press("Escape")
  await help.waitFor({ state: "hidden" })
  for (const key of ["c", "?", "/"]) await page.keyboard.press(key)
  await page.goto("/billing")
  for (const key of ["c", "?", "g", "d"]) await page.keyboard.press(key)
  expect([path(), await page.locator("dialog[open]").count()]).toEqual(["/billing", 0])
  await page.keyboard.press("Control+k")
  await search(page).waitFor()
  await page.keyboard.type("keyboard")
  await expect.poll(() => option(page).innerText()).toMatch(/^Keyboard shortcuts/)
  await page.keyboard.press("Enter")
  await page.waitForURL("**/shortcuts")
  await page.evaluate(() => (document.cookie = "vestibule.single_keys=; Path=/; Max-Age=0"))
  await page.keyboard.press("c")
  await page.waitForURL(`**${INVITES}/new`)
  expect(pageErrors).toEqual([])
  await page.context().close()
})

it("a page that was answered with errors focuses the first wrong field, and a touch screen focuses none", async () => {
  const { page } = await openAsStaff(fixture)
  await page.goto("/billing/new")
  expect(await focused(page)).toBe("first_name")
  await page.getByRole("button", { name: "Add", exact: true }).click()
  await page.locator("[aria-invalid=true]").first().waitFor()
  expect(await focused(page)).toBe(await page.locator("[aria-invalid=true]").first().getAttribute("id"))
  await page.context().close()
  const phone = await openAsStaff(fixture, { hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } })
  await phone.page.goto("/billing/new")
  expect(await phone.page.evaluate(() => document.activeElement?.tagName)).toBe("BODY")
  await phone.page.context().close()
})
