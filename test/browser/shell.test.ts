import { setTimeout as wait } from "node:timers/promises"
import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { createInvite, openAsStaff } from "./staff.ts"
import { checkPage, startFixture } from "./support.ts"

const fixture = startFixture()

/** Longer than a browser waits for the font of a page. */
const FONT_DELAY_MS = 300

const PHONE = { width: 360, height: 740 }
const DESKTOP = { width: 1280, height: 800 }
/** A page of each kind. */
const PAGES = ["/", "/customers", "/customers/invites", "/customers/invites/new", "/billing", "/activity", "/settings"]

const menu = (page: Page) => page.locator(".profile-menu")
const isOpen = (page: Page) => menu(page).evaluate((element: HTMLDetailsElement) => element.open)
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "")

it.each([PHONE, DESKTOP])(
  "the menu works by keyboard, and closes by Esc and a press outside, at %o",
  async (viewport) => {
    const { page, pageErrors } = await openAsStaff(fixture, { viewport })
    await menu(page).locator("summary").focus()
    await page.keyboard.press("Enter")
    expect(await isOpen(page)).toBe(true)
    await checkPage(page, `menu-${viewport.width}`)
    await page.keyboard.press("Tab")
    expect(await focused(page)).toBe("Your profile")
    await page.keyboard.press("Escape")
    expect([await isOpen(page), await focused(page)]).toEqual([false, expect.stringContaining("Dana Ortiz")])
    await page.keyboard.press("Space")
    expect(await isOpen(page)).toBe(true)
    await page.mouse.click(viewport.width - 4, viewport.height - 4)
    expect(await isOpen(page)).toBe(false)
    await menu(page).locator("summary").click()
    await menu(page).getByRole("link", { name: "Notifications" }).click()
    await page.waitForURL("**/settings/notifications")
    expect(pageErrors).toEqual([])
    await page.context().close()
  },
)

it("the menu works without script, and its theme and language follow the person", async () => {
  const { page } = await openAsStaff(fixture, { viewport: PHONE, javaScriptEnabled: false })
  const choose = async (name: string) => {
    await menu(page).locator("summary").click()
    await menu(page).getByRole("button", { name }).click()
  }
  await page.goto("/activity")
  await choose("Dark")
  await page.waitForURL("**/activity")
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  expect(await background()).toBe("rgb(20, 20, 20)")
  // Another device has the theme in the first bytes of its pages.
  const other = await openAsStaff(fixture, { viewport: DESKTOP, colorScheme: "light" })
  const html = await (await other.page.request.get("/customers")).text()
  expect(html).toContain('<html lang="en" dir="ltr" data-theme="dark">')
  expect(html).toContain('<meta name="color-scheme" content="dark"/>')
  await other.page.goto("/customers")
  await checkPage(other.page, "theme-dark")
  await choose("Light")
  expect(await background()).toBe("rgb(251, 250, 248)")
  await choose("System")
  expect(await (await page.request.get("/customers")).text()).toContain('<html lang="en" dir="ltr">')
  await choose("Deutsch")
  await page.getByRole("heading", { name: "Aktivitäten" }).waitFor()
  await choose("English")
  await page.getByRole("heading", { name: "Activity" }).waitFor()
  await Promise.all([page.context().close(), other.page.context().close()])
})

it("a time zone that a person chose is that of the server's times and of the script's", async () => {
  await createInvite(fixture, "Zoned")
  const { page, pageErrors } = await openAsStaff(fixture, { viewport: DESKTOP, timezoneId: "America/New_York" })
  await menu(page).locator("summary").click()
  await menu(page).getByRole("link", { name: "Time zone" }).click()
  await page.waitForURL("**/profile#preferences")
  await checkPage(page, "preferences")
  expect(await page.locator("#time-zones option", { hasText: "Asia/Tokyo" }).count()).toBe(1)
  await page.getByLabel("Time zone").fill("Asia/Tokyo")
  await page.locator("#preferences").getByRole("button", { name: "Save" }).click()
  await page.getByText("Your preferences have been saved.").waitFor()
  const html = await (await page.request.get("/activity")).text()
  const [, written = ""] = /<time [^>]*title="([^"]+)"/.exec(html) ?? []
  expect(written).toContain("GMT+9")
  await page.goto("/activity")
  expect(await page.locator("time").first().getAttribute("title")).toContain("GMT+9")
  await page.goto("/profile")
  await page.getByLabel("Time zone").fill("")
  await page.locator("#preferences").getByRole("button", { name: "Save" }).click()
  await page.getByText("Your preferences have been saved.").waitFor()
  await page.goto("/activity")
  expect(await page.locator("time").first().getAttribute("title")).toMatch(/(EST|EDT|GMT[-−][45])$/)
  expect(pageErrors).toEqual([])
  await page.context().close()
})

it("the current page is in view in the navigation of a phone, and the primary action stays in reach", async () => {
  const { page } = await openAsStaff(fixture, { viewport: PHONE })
  for (const path of ["/settings/webhooks", "/activity", "/billing"]) {
    await page.goto(path)
    for (const link of await page.locator("nav [aria-current]").all()) {
      const { x, width } = (await link.boundingBox()) ?? { x: -1, width: 0 }
      expect([path, x >= 0 && x + width <= PHONE.width]).toEqual([path, true])
    }
  }
  for (let n = 0; n < 12; n++) await createInvite(fixture, `Reach ${n}`)
  await page.goto("/customers/invites")
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
  expect(await page.evaluate(() => scrollY)).toBeGreaterThan(1_000)
  const action = await page.getByRole("link", { name: "Invite New Customer" }).boundingBox()
  expect(action && action.y >= 0 && action.y < 60).toBe(true)
  await page.context().close()
})

/** Links and controls that are lower than 44 px, with their labels, except links within text. */
function findSmallTargets(page: Page) {
  return page.evaluate(() => {
    const isInText = (element: Element) => {
      const text = element.closest("p, dd, td, li, span.muted, label, h1, h2")
      return (
        element.matches("a:not(.button)") && text !== null && text.textContent?.trim() !== element.textContent?.trim()
      )
    }
    const heightOf = (element: Element) => {
      const label = element.matches("[type=checkbox], [type=radio]") && element.closest("label, .form-check")
      return (label || element).getBoundingClientRect().height
    }
    return [...document.querySelectorAll("a, button, input, select, textarea, summary")]
      .filter(
        (element) =>
          element.checkVisibility({ visibilityProperty: true }) && !element.closest(".visually-hidden, .skip-link"),
      )
      .filter((element) => !element.matches(".skip-link, [type=hidden]") && !isInText(element))
      .filter((element) => heightOf(element) < 44)
      .map((element) => element.outerHTML.slice(0, 120))
  })
}

it("targets are 44 px high on a phone", async () => {
  await createInvite(fixture, "Targets")
  const { page } = await openAsStaff(fixture, { viewport: PHONE, hasTouch: true })
  for (const path of [...PAGES, "/profile", "/settings/notifications", "/settings/staff"]) {
    await page.goto(path)
    await menu(page).locator("summary").click()
    expect([path, await findSmallTargets(page)]).toEqual([path, []])
  }
  await page.context().close()
})

it("forced colors keep borders and states", async () => {
  await createInvite(fixture, "Forced")
  const { page } = await openAsStaff(fixture, { viewport: DESKTOP })
  await page.emulateMedia({ forcedColors: "active" })
  await page.goto("/customers/invites")
  const styles = (selector: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((element) => {
        const { borderTopWidth, borderTopStyle, backgroundColor } = getComputedStyle(element)
        return { border: `${borderTopWidth} ${borderTopStyle}`, backgroundColor }
      })
  for (const selector of [".badge", ".chip", ".page-header .button", ".avatar"]) {
    expect([selector, (await styles(selector)).border]).toEqual([selector, "1px solid"])
  }
  const background = async (selector: string) => (await styles(selector)).backgroundColor
  for (const [current, other] of [
    [".sidebar nav a[aria-current]", ".sidebar nav a:not([aria-current])"],
    [".chip[aria-current]", ".chip:not([aria-current])"],
    [".profile-menu .choices [aria-current]", ".profile-menu .choices button:not([aria-current])"],
  ] as const) {
    expect(await background(current), current).not.toBe(await background(other))
  }
  const tab = page.locator(".tabs a[aria-current]")
  expect(await tab.evaluate((element) => getComputedStyle(element).borderBottomWidth)).toBe("3px")
  await page.context().close()
})

it("paper has what a page says, without navigation, buttons and filters", async () => {
  await createInvite(fixture, "Printed")
  const { page } = await openAsStaff(fixture, { viewport: { width: 700, height: 900 }, colorScheme: "dark" })
  await page.emulateMedia({ media: "print" })
  await page.goto("/customers/invites")
  for (const hidden of [
    ".sidebar",
    ".page-header .button",
    ".filter-bar",
    ".tabs",
    ".chips",
    "tbody [type=checkbox]",
  ]) {
    expect([hidden, await page.locator(hidden).first().isVisible()]).toEqual([hidden, false])
  }
  expect(await page.getByText("Printed").first().isVisible()).toBe(true)
  expect(await page.locator("thead").evaluate((head) => getComputedStyle(head).display)).toBe("table-header-group")
  expect(await page.evaluate(() => getComputedStyle(document.body).color)).toBe("rgb(0, 0, 0)")
  await page.context().close()
})

it("letters of other languages are in the same font, which other pages don't load", async () => {
  const { page } = await openAsStaff(fixture, { viewport: DESKTOP })
  const fonts: string[] = []
  page.on("request", (request) => request.resourceType() === "font" && fonts.push(request.url()))
  await page.goto("/customers/invites/new")
  await page.waitForLoadState("networkidle")
  expect(fonts.filter((url) => url.includes("latin-ext"))).toEqual([])
  await page.getByLabel("Company Name").fill("Čeř ő łąka ğ ş")
  await page.waitForResponse((response) => response.url().includes("inter-latin-ext") && response.ok())
  await page.context().close()
})

it.each([PHONE, DESKTOP])("nothing moves while a page loads, even if its font is late, at %o", async (viewport) => {
  const { page } = await openAsStaff(fixture, { viewport })
  await page.route(/woff2/, async (route) => {
    await wait(FONT_DELAY_MS)
    await route.continue()
  })
  for (const path of PAGES) {
    await page.goto(path)
    expect([path, await layoutShifts(page)]).toEqual([path, []])
  }
  await page.context().close()
})

/** What has moved since the page was first shown, and by how much of the view. */
const layoutShifts = (page: Page) =>
  page.evaluate(async () => {
    await document.fonts.ready
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    type LayoutShift = PerformanceEntry & { value: number; sources: { node: Node | null }[] }
    const observer = new PerformanceObserver(() => {})
    observer.observe({ type: "layout-shift", buffered: true })
    const shifts = observer.takeRecords() as LayoutShift[]
    return shifts.map(({ value, sources }) => [value, ...sources.map(({ node }) => node?.textContent)])
  })

it("the activity is searched as one types, and says the day of each entry", async () => {
  await createInvite(fixture, "Quillfeather Optics")
  const { page, pageErrors } = await openAsStaff(fixture, { viewport: DESKTOP })
  await page.goto("/activity")
  await page.getByRole("heading", { name: "Today" }).waitFor()
  await page.getByRole("searchbox").pressSequentially("quillf", { delay: 20 })
  await page.waitForURL("**/activity?q=quillf**")
  expect(await page.locator(".timeline a.emphasis").allInnerTexts()).toEqual(["Quillfeather Optics"])
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("q")
  await checkPage(page, "activity-search")
  await page.setViewportSize(PHONE)
  await checkPage(page, "activity-search-phone")
  expect(pageErrors).toEqual([])
  await page.context().close()
})
