import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { createInvite, openAsStaff } from "./staff.ts"
import { checkPage, startFixture } from "./support.ts"

const fixture = startFixture()
const INVITES = "/customers/invites"

const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText())
const selected = (page: Page) =>
  page.evaluate(() => {
    const field = document.activeElement
    return field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement
      ? field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0)
      : String(getSelection())
  })
const announced = (page: Page) => page.locator("body > p[role=status]").textContent()

it("one press copies a registration link, where the invite is shown", async () => {
  const id = await createInvite(fixture, "Copied Link")
  const { page, pageErrors } = await openAsStaff(fixture, { permissions: ["clipboard-read", "clipboard-write"] })
  await page.goto(`${INVITES}/${id}`)
  await page.getByRole("button", { name: "Copy link" }).click()
  await expect.poll(() => announced(page)).toBe("Copied")
  expect(await clipboard(page)).toMatch(new RegExp(`^${fixture.server.url}/r/[\\w-]{42}$`))
  expect(new URL(page.url()).pathname).toBe(`${INVITES}/${id}`)
  await checkPage(page, "link-copied")
  const email = page.getByRole("button", { name: "Copy Email" })
  await email.click()
  await expect.poll(() => clipboard(page)).toBe("copied-link@example.com")
  const { width = 0 } = (await email.boundingBox()) ?? {}
  await expect.poll(() => email.innerText(), { timeout: 6_000 }).toBe("Copy")
  expect((await email.boundingBox())?.width).toBe(width)
  expect(pageErrors).toEqual([])
  await page.context().close()
})

it("where the browser refuses to copy, the text is selected for the keys that do", async () => {
  const id = await createInvite(fixture, "Refused Link")
  const { page } = await openAsStaff(fixture, { permissions: [] })
  await page.addInitScript(() => {
    const refuse = () => Promise.reject(new DOMException("refused", "NotAllowedError"))
    Object.defineProperty(navigator, "clipboard", { value: { write: refuse, writeText: refuse } })
  })
  await page.goto(`${INVITES}/${id}`)
  await page.getByRole("button", { name: "Copy link" }).click()
  await expect.poll(() => announced(page)).toMatch(/^Press \W?Ctrl\+C\W? to copy\.$/)
  expect(await selected(page)).toMatch(new RegExp(`^${fixture.server.url}/r/[\\w-]{42}$`))
  await checkPage(page, "link-copy-refused")
  await page.getByRole("button", { name: "Copy Email" }).click()
  await expect.poll(() => selected(page)).toBe("refused-link@example.com")
  await page.context().close()
})

it("a link that can't be had is said, and can be tried again", async () => {
  const id = await createInvite(fixture, "Failed Link")
  const { page } = await openAsStaff(fixture, { permissions: ["clipboard-read", "clipboard-write"] })
  await page.goto(`${INVITES}/${id}`)
  await page.context().setOffline(true)
  await page.getByRole("button", { name: "Copy link" }).click()
  await page.locator("#notice").getByText("You're offline.").waitFor()
  await page.context().setOffline(false)
  await page.getByRole("button", { name: "Try again" }).click()
  await expect.poll(() => clipboard(page)).toContain("/r/")
  await page.context().close()
})
