import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { createInvite, openAsStaff } from "./staff.ts"
import { checkPage, startFixture } from "./support.ts"

const fixture = startFixture()

/** Two pages of pending invites to `Litware`, with one to another company between them. */
async function createInvites() {
  for (let n = 0; n < 31; n++) {
    await createInvite(fixture, n === 15 ? "Contoso" : `Litware ${n}`, { contact_email: `list${n}@example.com` })
  }
}

async function openInvites(javaScriptEnabled: boolean) {
  const opened = await openAsStaff(fixture, { viewport: { width: 360, height: 740 }, javaScriptEnabled })
  const { page } = opened
  await page.goto("/customers/invites")
  return opened
}

/** What a person sees of the list. */
const seen = async (page: Page) => ({
  query: new URL(page.url()).search,
  search: await page.getByRole("searchbox").inputValue(),
  filter: await page.locator(".chip[aria-current]").innerText(),
  counts: await page.locator(".chip .count").count(),
  companies: await page.locator("#invites-rows tbody a.emphasis").allInnerTexts(),
  pages: await page.locator(".pager a").allInnerTexts(),
})

it("a filter that is chosen while the search waits for its results keeps what was typed", async () => {
  const { page, pageErrors } = await openInvites(true)
  await page.getByRole("searchbox").fill("lit & x")
  await page.locator("a.chip", { hasText: "Pending" }).evaluate((link: HTMLElement) => link.click())
  await page.waitForURL("**/customers/invites?status=pending&q=lit+%26+x")
  expect(await page.getByRole("searchbox").inputValue()).toBe("lit & x")
  expect(pageErrors).toEqual([])
  await page.context().close()
})

it.each([true, false])("a list keeps search, filter and page in its URL (script: %s)", async (hasScript) => {
  if (hasScript) await createInvites()
  const { page, pageErrors } = await openInvites(hasScript)
  expect((await seen(page)).counts).toBeGreaterThan(0)
  if (hasScript) {
    await page.getByRole("searchbox").pressSequentially("litw", { delay: 30 })
    await page.waitForURL("**/customers/invites?q=litw")
    await page.getByRole("searchbox").pressSequentially("are")
    await page.waitForURL("**/customers/invites?q=litware")
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("q")
  } else {
    await page.getByRole("searchbox").fill("litware")
    await page.getByRole("searchbox").press("Enter")
    await page.waitForURL("**/customers/invites?q=litware&by=&from=&to=&sort=")
  }
  const searched = await seen(page)
  expect(searched).toMatchObject({ search: "litware", filter: "All", counts: 0, pages: ["Older →"] })
  expect([searched.companies.length, searched.companies.includes("Contoso")]).toEqual([25, false])
  await page.reload()
  expect(await seen(page)).toEqual(searched)

  await page.getByRole("link", { name: "Pending", exact: true }).click()
  await page.waitForURL("**/customers/invites?status=pending&q=litware")
  const filtered = await seen(page)
  expect(filtered).toEqual({ ...searched, query: "?status=pending&q=litware", filter: "Pending" })

  await page.getByRole("link", { name: "Older →" }).click()
  await page.waitForURL("**/customers/invites?status=pending&q=litware&before=*")
  const older = await seen(page)
  expect(older).toMatchObject({ search: "litware", filter: "Pending", pages: ["← Newer"] })
  expect(older.companies).toHaveLength(5)
  if (hasScript) await checkPage(page, "invites-older")

  await page.goBack()
  expect(await seen(page)).toEqual(filtered)
  await page.reload()
  expect(await seen(page)).toEqual(filtered)
  await page.goForward()
  expect(await seen(page)).toEqual(older)
  await page.getByRole("link", { name: "← Newer" }).click()
  await page.waitForURL("**&after=*")
  expect((await seen(page)).companies).toEqual(filtered.companies)
  await page.goBack()
  await page.goBack()
  await page.goBack()
  expect(await seen(page)).toEqual(searched)

  if (hasScript) {
    await page.getByRole("searchbox").fill("contoso")
    await page.waitForURL("**/customers/invites?q=contoso")
    await page.getByRole("link", { name: "Contoso" }).click()
    await page.waitForURL("**/customers/invites/inv_*")
    await page.goBack()
    await page.waitForURL("**/customers/invites?q=contoso")
    expect(await seen(page)).toMatchObject({ search: "contoso", companies: ["Contoso"], pages: [] })
  }
  expect(pageErrors).toEqual([])
  await page.context().close()
})

it.each([true, false])(
  "selected invites are revoked together, and each has its result (script: %s)",
  async (hasScript) => {
    const { page, pageErrors } = await openInvites(hasScript)
    await page.goto("/customers/invites?status=pending")
    const names = await page.locator("#invites-rows tbody a.emphasis").allInnerTexts()
    const boxes = page.locator("#invites-rows tbody input[type=checkbox]")
    await boxes.nth(0).focus()
    await page.keyboard.press("Space")
    await boxes.nth(2).check()
    if (hasScript) {
      expect(await page.locator("[data-selected]").innerText()).toBe("2 selected")
      await checkPage(page, "invites-selected-phone")
    }
    await page.getByRole("button", { name: "Revoke", exact: true }).first().click()
    await page.waitForURL("**/customers/invites/jobs/new?**")
    expect(await page.locator("main form").innerText()).toContain("This applies to 2 invites.")
    if (hasScript) await checkPage(page, "bulk-confirm-phone")
    await page.getByRole("button", { name: "Revoke 2 invites" }).click()
    await page.waitForURL("**/customers/invites/jobs/job_*")
    await expect
      .poll(
        async () => {
          if (!hasScript) await page.reload()
          return page.locator("#job").innerText()
        },
        { timeout: 15_000 },
      )
      .toContain("2 of 2")
    expect(await page.locator("#job tbody a").allInnerTexts()).toEqual([names[0], names[2]])
    if (hasScript) await checkPage(page, "bulk-results-phone")
    expect(pageErrors).toEqual([])
    await page.context().close()
  },
)

it.each([true, false])("the form of an invite says when it will be sent (script: %s)", async (hasScript) => {
  const { page, pageErrors } = await openInvites(hasScript)
  await page.goto("/customers/invites/new")
  const time = page.getByLabel("Date and time (UTC)")
  const buttons = async () => (await page.locator(".form-actions button").allInnerTexts()).map((text) => text.trim())
  expect([await time.isVisible(), await buttons()]).toEqual([false, ["Send invite", "Create without email"]])
  await page.locator("summary", { hasText: "Options" }).click()
  await page.getByLabel("At a date and time").check()
  expect([await time.isVisible(), await buttons()]).toEqual([true, ["Schedule invite", "Create without email"]])
  await page.getByLabel("Company Name").fill("Fabrikam")
  await page.getByRole("button", { name: "Schedule invite" }).click()
  await page.getByText("Enter the date and time.").waitFor()
  expect([await time.isVisible(), await page.getByLabel("Company Name").inputValue()]).toEqual([true, "Fabrikam"])
  if (hasScript) await checkPage(page, "invite-later-phone")
  await page.getByLabel("Contact Name").fill("Kim")
  await page.getByLabel("Contact Email Address").fill(`kim-${hasScript}@fabrikam.example`)
  await page.getByLabel("At 9:00 on the contact's next working day").check()
  await page.getByRole("button", { name: "Schedule invite" }).click()
  await page.waitForURL(({ pathname }) => pathname === "/customers/invites")
  expect(await page.locator("#notice p").innerText()).toMatch(
    /^The invite to Kim of Fabrikam will be sent on \w{3},? \d+ \w+, 09:00 UTC\.$/,
  )
  expect(await page.locator("#invites-rows tbody tr").first().innerText()).toContain("Scheduled")
  expect(pageErrors).toEqual([])
  await page.context().close()
})
