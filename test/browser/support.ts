import { readdirSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import axe from "axe-core"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { afterAll, beforeAll, expect } from "vitest"
import { openChromium } from "./chromium.ts"
import { startServer } from "./server.ts"

export const SCREENSHOTS = process.env.SCREENSHOTS

/** A server and a Chromium for all tests of a file. */
export function startFixture() {
  const fixture = {} as { server: Awaited<ReturnType<typeof startServer>>; browser: Browser }
  beforeAll(async () => {
    fixture.server = await startServer()
    fixture.browser = await openChromium()
  })
  afterAll(async () => {
    await fixture.browser?.close()
    await fixture.server?.stop()
  })
  return fixture
}

/** Runs SQL in the database of a server. */
export function changeDatabase({ state }: { state: string }, sql: string) {
  const folder = join(state, "v3/d1/miniflare-D1DatabaseObject")
  const file = readdirSync(folder).find((name) => name.endsWith(".sqlite") && !name.startsWith("metadata")) ?? ""
  const opened = new DatabaseSync(join(folder, file))
  opened.exec(`PRAGMA busy_timeout = 5000; ${sql}`)
  opened.close()
}

export type Mail = { id: string; to: string; subject: string; text: string }

/** Waits for the nth email to an address. */
export async function waitForMail(url: string, address: string, n = 1): Promise<Mail> {
  for (let attempt = 0; attempt < 75; attempt++) {
    const mails: Mail[] = await (await fetch(`${url}/mailbox.json`)).json()
    const mail = mails.filter(({ to }) => to === address).reverse()[n - 1]
    if (mail) return mail
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`email ${n} to ${address} did not arrive`)
}

/** The path of the registration link in an email. */
export const registrationPath = ({ text }: Mail) => /\/r\/\S+/.exec(text)?.[0] ?? "/nowhere"

/** A page that records console errors, failed scripts, and requests to other origins. */
export async function openPage(browser: Browser, origin: string, options: BrowserContextOptions) {
  const context = await browser.newContext({ ...options, baseURL: origin })
  const page = await context.newPage()
  const pageErrors: string[] = []
  page.on("pageerror", (error) => pageErrors.push(String(error)))
  page.on("console", (message) => {
    // Chromium reports a refused form (422, 429) as a failed resource.
    const isRefusal = /status of 4(22|29|09|10)/.test(message.text())
    if (message.type() === "error" && !isRefusal) pageErrors.push(`${page.url()}: ${message.text()}`)
  })
  page.on("request", (request) => {
    if (!request.url().startsWith(origin)) pageErrors.push(`left the origin: ${request.url()}`)
  })
  return { page, pageErrors }
}

/** Signs out by the menu. */
export async function signOut(page: Page) {
  await page.locator(".profile-menu > summary").click()
  await page.locator(".profile-menu").getByRole("button", { name: "Sign out" }).click()
}

/** Checks a page with axe and for horizontal scrolling. Saves a screenshot if SCREENSHOTS names a folder. */
export async function checkPage(page: Page, name: string) {
  await page.waitForLoadState()
  const width = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect(width, `${name} scrolls horizontally`).toBe(0)
  if (SCREENSHOTS) {
    await mkdir(SCREENSHOTS, { recursive: true })
    await page.evaluate(() => window.scrollTo(0, 0)) // so that fixed navigation is in its place
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true, animations: "disabled" })
  }
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)))
  await page.evaluate(axe.source)
  const violations = await page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    const results = await Reflect.get(window, "axe").run(document, { iframes: false, runOnly: tags })
    return results.violations.map(
      ({ id, nodes }: { id: string; nodes: { html: string }[] }) => `${id}: ${nodes[0]?.html}`,
    )
  })
  expect(violations, name).toEqual([])
}
