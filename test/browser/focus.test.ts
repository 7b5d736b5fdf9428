import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { createInvite, openAsStaff } from "./staff.ts"
import { startFixture } from "./support.ts"

const fixture = startFixture()
const INVITES = "/customers/invites"

/** Opens the list, with three new invites first. */
async function openInvites(name: string) {
  for (const n of [1, 2, 3]) await createInvite(fixture, `${name} ${n}`, { send_email: true })
  const { page } = await openAsStaff(fixture, { viewport: { width: 1280, height: 600 } })
  page.on("dialog", (dialog) => dialog.accept())
  await page.goto(INVITES)
  return page
}

/** The row that has the focus, and the text of what is focused. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const row = document.activeElement?.closest("tr")
    return [row?.querySelector("a")?.textContent?.trim(), document.activeElement?.textContent?.trim().split(" ")[0]]
  })

it("focus, scroll and the width of a button stay where they are while rows and orders are swapped", async () => {
  const page = await openInvites("Kept")
  const row = (name: string) => page.locator("#invites-rows tbody tr", { hasText: name })
  const resend = row("Kept 2").getByRole("button", { name: /^Resend/ })
  await resend.focus()
  const scroll = await page.evaluate(() => window.scrollY)
  const before = await resend.boundingBox()
  await page.keyboard.press("Enter")
  await row("Kept 2")
    .getByText(/Resend in/)
    .first()
    .waitFor()
  const after = await resend.boundingBox()
  expect([after?.x, after?.width]).toEqual([before?.x, before?.width])
  expect([await focused(page), await page.evaluate(() => window.scrollY)]).toEqual([["Kept 2", "Resend"], scroll])

  await row("Kept 1")
    .getByRole("button", { name: /^Revoke/ })
    .focus()
  await page.keyboard.press("Enter")
  await row("Kept 1").getByText("Revoked").first().waitFor()
  expect((await focused(page))[0]).toBe("Kept 1")

  await page.locator(".more-filters summary").click()
  await page.getByLabel("Sort by").focus()
  await page.getByLabel("Sort by").selectOption("company_name")
  await page.waitForURL("**sort=company_name")
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("sort")
  await page.context().close()
})

it("a row that is replaced as a whole returns the focus to the same control, or to the next row once it is gone", async () => {
  const page = await openInvites("Gone")
  const swap = (content: string) =>
    page.evaluate((html) => {
      const target = document.querySelector("#invites-rows tbody tr:nth-child(2)")
      return Reflect.get(window, "htmx").swap({ text: html, target, swap: "outerHTML", sourceElement: document.body })
    }, content)
  const row = page.locator("#invites-rows tbody tr").nth(1)
  const html = await row.evaluate((element) => element.outerHTML)
  const [name] = [await row.locator("a").first().innerText()]
  await row.getByRole("button", { name: /^Resend/ }).focus()
  await swap(html)
  expect(await focused(page)).toEqual([name, "Resend"])
  const next = await page.locator("#invites-rows tbody tr").nth(2).locator("a").first().innerText()
  await swap("<template></template>")
  expect((await focused(page))[0]).toBe(next)
  await page.context().close()
})
