import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { checkPage, openPage, startFixture } from "./support.ts"

const fixture = startFixture()
const KEY = "vst_local_acme_0123456789abcdef0123456789abcdef"
const INVITES = "/customers/invites"

async function openAsStaff(permissions: string[]) {
  const opened = await openPage(fixture.browser, fixture.server.url, { viewport: { width: 1280, height: 800 } })
  const { page } = opened
  await page.context().grantPermissions(permissions)
  await page.goto("/sign-in")
  await page.getByLabel("Email").fill("admin@acme.example")
  await page.getByLabel("Password").fill("quiet-lantern-harbor")
  await page.getByRole("button", { name: "Sign in", exact: true }).click()
  await page.waitForURL((url) => url.pathname === "/")
  return opened
}

async function createInvite(company: string) {
  const response = await fetch(`${fixture.server.url}/api/v1/invites`, {
    method: "POST",
    headers: { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json" },
    body: JSON.stringify({
      company_name: company,
      contact_name: "Priya Nair",
      contact_email: `${company.toLowerCase().replaceAll(" ", "-")}@example.com`,
      billing_email: "billing@acme.example",
      billing_phone: "+1 415 555 0132",
      send_email: false,
    }),
  })
  expect(response.status).toBe(201)
  return ((await response.json()) as { id: string }).id
}

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
  const id = await createInvite("Copied Link")
  const { page, pageErrors } = await openAsStaff(["clipboard-read", "clipboard-write"])
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
  const id = await createInvite("Refused Link")
  const { page } = await openAsStaff([])
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
  const id = await createInvite("Failed Link")
  const { page } = await openAsStaff(["clipboard-read", "clipboard-write"])
  await page.goto(`${INVITES}/${id}`)
  await page.context().setOffline(true)
  await page.getByRole("button", { name: "Copy link" }).click()
  await page.locator("#notice").getByText("You're offline.").waitFor()
  await page.context().setOffline(false)
  await page.getByRole("button", { name: "Try again" }).click()
  await expect.poll(() => clipboard(page)).toContain("/r/")
  await page.context().close()
})
