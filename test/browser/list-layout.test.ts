import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { createByApi, openAsStaff } from "./staff.ts"
import { checkPage, registrationPath, startFixture, waitForMail } from "./support.ts"

const fixture = startFixture()

const WIDTHS = [320, 360, 721, 740, 760, 900, 981, 1000, 1040, 1059, 1280]
const LONG_ADDRESS = "accounts.payable.emea.central@acme-networks-europe.example"

/** As long as a name may be, in three scripts, and without a space. */
const NAMES = [
  "W".repeat(100),
  "חברת התקשורת הישראלית להפצת נתונים ותשתיות מתקדמות ".repeat(2).slice(0, 100).trim(),
  "中华人民共和国国际电信联合数据交换与云计算基础设施股份有限公司".repeat(4).slice(0, 100),
  "Internationale Gesellschaft für Telekommunikation und Rechenzentrumsdienstleistungen mbH & Co. KG",
]

const addressOf = (n: number) => `${"long-local-part.".repeat(3)}${n}@a-subdomain.of-a-company.with-a-long-name.example`

/** Twelve invites with these names: four are accepted, four scheduled, and four without an email. */
async function createInvites() {
  const billing = {
    email: LONG_ADDRESS,
    phone: "+49 30 5550123",
    po_number: "P".repeat(60),
    address: "Unter den Linden 1",
  }
  await createByApi(fixture, "/billing_accounts", billing)
  for (let n = 0; n < 12; n++) {
    const name = NAMES[n % NAMES.length]
    await createByApi(fixture, "/invites", {
      company_name: name,
      contact_name: name,
      contact_email: addressOf(n),
      billing_email: LONG_ADDRESS,
      billing_phone: "+49 30 5550123",
      ...(n >= 8
        ? { send_email: false }
        : n >= 4
          ? { send_at: new Date(Date.now() + 9 * 86_400_000).toISOString() }
          : {}),
    })
  }
  for (let n = 0; n < 4; n++) await accept(addressOf(n), NAMES[n] ?? "")
}

async function accept(address: string, name: string) {
  const { url } = fixture.server
  const response = await fetch(url + registrationPath(await waitForMail(url, address)), {
    method: "POST",
    redirect: "manual",
    headers: { Origin: url },
    body: new URLSearchParams({ name, password: "violet-harbor-sundial-94", accept_terms: "on" }),
  })
  expect([address, response.status]).toEqual([address, 303])
}

/** The height of the tallest row, how far the page scrolls sideways, and the addresses that are on several lines. */
const measure = (page: Page) =>
  page.evaluate(() => {
    const isBroken = (node: Node) => {
      const range = document.createRange()
      range.selectNodeContents(node)
      return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1
    }
    const texts = document.createTreeWalker(document.querySelector("main") ?? document.body, NodeFilter.SHOW_TEXT)
    const broken: string[] = []
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      if (/^\S+@\S+$/.test(node.textContent?.trim() ?? "") && isBroken(node)) broken.push(node.textContent ?? "")
    }
    const rows = [...document.querySelectorAll("tbody tr")].map((row) => row.getBoundingClientRect().height)
    return {
      tallest: Math.max(0, ...rows),
      sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      broken,
    }
  })

const PATHS = ["/customers/invites", "/customers", "/billing", "/settings/staff", "/customers/invites/imports"]

it("lists of the longest names and addresses keep low rows, whole addresses and the page's width", async () => {
  await createInvites()
  const { page, pageErrors } = await openAsStaff(fixture)
  for (const path of PATHS) {
    await page.goto(path)
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 })
      const { tallest, sideways, broken } = await measure(page)
      expect([path, width, sideways, broken]).toEqual([path, width, 0, []])
      if (width === 1280) expect(tallest, path).toBeLessThanOrEqual(76)
    }
  }
  await page.goto("/customers/invites")
  expect(await page.locator("tbody tr").count()).toBe(12)
  await checkPage(page, "invites-long-names")
  expect(pageErrors).toEqual([])
  await page.context().close()
})

it("what is cut off is shown in full under the pointer and the focus, and nothing moves", async () => {
  const { page } = await openAsStaff(fixture)
  await page.goto("/customers/invites")
  const row = page.locator("tbody tr", { hasText: "Internationale" }).first()
  const height = () => row.evaluate((element) => element.getBoundingClientRect().height)
  const before = await height()
  const company = row.locator(".company a")
  const isCut = () => company.evaluate((element) => element.scrollHeight > element.clientHeight)
  expect(await isCut()).toBe(true)
  await company.focus()
  expect([await isCut(), await height()]).toEqual([false, before])
  await page.getByRole("searchbox").focus()
  expect(await isCut()).toBe(true)
  await row.locator(".contact").hover()
  const contact = row.locator(".contact > div")
  expect(await contact.evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(false)
  expect([await isCut(), await height()]).toEqual([true, before])
  await page.context().close()
})

it("Shift selects a range of rows, and all of a page are resent in three presses", async () => {
  const { page } = await openAsStaff(fixture)
  await page.goto("/customers/invites")
  const boxes = page.locator("tbody input[type=checkbox]")
  await expect.poll(() => page.locator("html[data-scripted]").count()).toBe(1)
  expect(await page.getByRole("button", { name: "Resend", exact: true }).isVisible()).toBe(false)
  await boxes.nth(0).click()
  await boxes.nth(7).click({ modifiers: ["Shift"] })
  expect(await page.locator("[data-selected]").innerText()).toBe("8 selected")
  await boxes.nth(4).click({ modifiers: ["Shift"] })
  expect(await page.locator("[data-selected]").innerText()).toBe("4 selected")
  await page.locator("[data-select-all]").check()
  expect(await page.locator("[data-selected]").innerText()).toBe("8 selected")
  await page.getByRole("button", { name: "Resend", exact: true }).click()
  await page.waitForURL("**/customers/invites/jobs/new?**")
  expect(await page.locator("main form button[type=submit]").first().innerText()).toMatch(/^Resend \d+ invites$/)
  await page.context().close()
})
