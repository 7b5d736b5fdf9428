import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { createInvite, openAsStaff, STAFF } from "./staff.ts"
import { changeDatabase, checkPage, openPage, startFixture } from "./support.ts"

const fixture = startFixture()
const INVITES = "/customers/invites"

const TEXTS = {
  offline: "You're offline. Check your connection, then try again.",
  unreachable: "The connection failed. Try again.",
  timeout: "This is taking too long. Try again.",
  error: "Something went wrong on our side. Please try again in a moment.",
  stale: "This page can't be updated right now. We'll keep trying.",
}

type Failure = "offline" | "abort" | "timeout" | "error" | "foreign page" | "foreign text"

/** How a request can fail, and what the page says then. */
const FAILURES: [failure: Failure, text: string][] = [
  ["offline", TEXTS.offline],
  ["abort", TEXTS.unreachable],
  ["timeout", TEXTS.timeout],
  ["error", TEXTS.error],
  ["foreign page", TEXTS.error],
  ["foreign text", TEXTS.error],
]

/** Lets requests whose path and query match fail, until the returned function is called. */
async function breakRequests(page: Page, pattern: RegExp, failure: Failure) {
  if (failure === "offline") {
    await page.context().setOffline(true)
    return () => page.context().setOffline(false)
  }
  if (failure === "timeout") await page.clock.install()
  await page.route(pattern, async (route) => {
    switch (failure) {
      case "abort":
        return route.abort("connectionreset")
      case "timeout":
        return setTimeout(() => page.clock.fastForward(20_000), 50)
      case "error":
        return route.fulfill({ status: 503, contentType: "text/html", body: "<h1>upstream</h1>" })
      case "foreign page":
        return route.fulfill({ status: 200, contentType: "text/html", body: "<!doctype html><h1>Log in to Wi-Fi" })
      case "foreign text":
        return route.fulfill({ status: 502, contentType: "text/plain", body: "bad gateway" })
    }
  })
  return () => page.unroute(pattern)
}

const noticeText = async (page: Page) => (await page.locator("#notice").innerText()).replaceAll(/\s+/g, " ").trim()
const tryAgain = (page: Page) => page.getByRole("button", { name: "Try again" })

it.each(FAILURES)("the search says when it fails (%s), and can be tried again", async (failure, text) => {
  await createInvite(fixture, `Searched ${failure}`)
  const { page } = await openAsStaff(fixture)
  await page.goto(INVITES)
  const rows = await page.locator("#invites-rows tbody tr").count()
  const repair = await breakRequests(page, /invites\?.*q=/, failure)
  await page.getByRole("searchbox").fill(`searched ${failure}`)
  await expect.poll(() => noticeText(page)).toBe(`${text} Try again`)
  expect(await page.locator("#invites-rows tbody tr").count()).toBe(rows)
  await repair()
  await tryAgain(page).click()
  await page.waitForURL(/q=searched/)
  expect([await page.locator("#invites-rows tbody tr").count(), await noticeText(page)]).toEqual([1, ""])
  await page.context().close()
})

it.each(FAILURES)("the form of an invite keeps its words (%s)", async (failure, text) => {
  const { page } = await openAsStaff(fixture)
  await page.goto(`${INVITES}/new`)
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("company_name")
  const name = `Kept ${failure}`
  await page.getByLabel("Company Name").fill(name)
  await page.getByLabel("Contact Name").fill("Kim")
  await page.getByLabel("Contact Email Address").fill(`${failure.replace(" ", "")}@kept.example`)
  const repair = await breakRequests(page, /invites\/new/, failure)
  await page.getByRole("button", { name: "Send invite" }).click()
  await expect.poll(() => noticeText(page)).toBe(`${text} Try again`)
  expect(await page.getByLabel("Company Name").inputValue()).toBe(name)
  await repair()
  await tryAgain(page).click()
  await page.waitForURL((url) => url.pathname === INVITES)
  expect(await page.locator("#invites-rows tbody tr", { hasText: name }).count()).toBe(1)
  await page.context().close()
})

it.each(FAILURES)("an action on a row is repeated (%s)", async (failure, text) => {
  const name = `Revoked ${failure}`
  await createInvite(fixture, name)
  const { page } = await openAsStaff(fixture)
  await page.goto(`${INVITES}?status=pending`)
  const repair = await breakRequests(page, /revocation/, failure)
  const row = page.locator("#invites-rows tbody tr", { hasText: name })
  await row.getByRole("button", { name: /^Revoke/ }).click()
  await expect.poll(() => noticeText(page)).toBe(`${text} Try again`)
  expect(await row.innerText()).toContain("Pending")
  await repair()
  await tryAgain(page).click()
  await expect.poll(() => row.innerText()).toContain("Revoked")
  await page.context().close()
})

it("a poll that fails says so once, slows down, and recovers quietly", async () => {
  const ids = [await createInvite(fixture, "Polled one"), await createInvite(fixture, "Polled two")]
  changeDatabase(fixture.server, `UPDATE invites SET email_status = 'queued' WHERE id IN ('${ids.join("','")}')`)
  const { page } = await openAsStaff(fixture)
  await page.clock.install()
  const polls: string[] = []
  await page.route(/poll=/, (route) => {
    polls.push(route.request().url())
    return route.abort("connectionreset")
  })
  await page.goto(INVITES)
  const after = async (seconds: number) => {
    await page.clock.runFor(seconds * 1000)
    await page.waitForTimeout(200)
    return polls.length
  }
  expect(await after(1)).toBe(2)
  await expect.poll(() => noticeText(page)).toBe(`${TEXTS.stale} Try again`)
  expect([await after(2), await after(4), await after(5), await after(6)]).toEqual([2, 4, 4, 6])
  expect(await page.locator("#notice p").count()).toBe(1)
  await checkPage(page, "polls-failed")
  await page.unroute(/poll=/)
  const answers = Promise.all(ids.map((id) => page.waitForResponse((response) => response.url().includes(id))))
  await tryAgain(page).click()
  await answers
  await expect.poll(() => noticeText(page)).toBe("")
  changeDatabase(fixture.server, `UPDATE invites SET email_status = 'delivered' WHERE id IN ('${ids.join("','")}')`)
  await page.clock.runFor(2_000) // it polls as before
  await expect.poll(() => page.locator(`#${ids[0]}`).innerText(), { timeout: 5_000 }).toContain("Delivered")
  await page.context().close()
})

it.each(FAILURES)("warnings of similar companies that can't be read are said (%s)", async (failure, text) => {
  await createInvite(fixture, `Similar ${failure}`)
  const { page } = await openAsStaff(fixture)
  await page.goto(`${INVITES}/new`)
  await page.frameLocator(".preview iframe:not([hidden])").getByText("Subject").first().waitFor()
  await page.evaluate(() => document.querySelector(".preview")?.remove())
  const repair = await breakRequests(page, /invites\/preview/, failure)
  await page.getByLabel("Company Name").pressSequentially(`Similar ${failure}`)
  if (failure === "timeout") await page.clock.runFor(600)
  await expect.poll(() => noticeText(page)).toBe(`${text} Try again`)
  await repair()
  await tryAgain(page).click()
  if (failure === "timeout") await page.clock.runFor(600)
  await expect.poll(() => page.locator("#similar-companies").innerText()).toContain(`Similar ${failure}`)
  await page.context().close()
})

it.each<[Failure, string]>([
  ["offline", TEXTS.offline],
  ["abort", TEXTS.error],
  ["error", TEXTS.error],
])("the preview of an invite stays when a newer one can't be read (%s)", async (failure, text) => {
  const { page } = await openAsStaff(fixture)
  await page.goto(`${INVITES}/new`)
  const frame = page.frameLocator(".preview iframe:not([hidden])")
  await frame.getByText("Subject").first().waitFor()
  await page.evaluate(() => document.querySelector("#similar-companies")?.remove())
  const repair = await breakRequests(page, /invites\/preview/, failure)
  await page.getByLabel("Contact Name").fill("Ngozi")
  await expect.poll(() => noticeText(page), { timeout: 5_000 }).toBe(`${text} Try again`)
  expect(await frame.getByText("Dear Contact Name").first().isVisible()).toBe(true)
  await repair()
  await tryAgain(page).click()
  await frame.getByText("Dear Ngozi").first().waitFor()
  await page.context().close()
})

it("a form that the browser sends keeps its words while there is no connection", async () => {
  const { page } = await openAsStaff(fixture)
  await page.goto("/billing/new")
  await page.getByLabel("PO number").fill("PO-7")
  await page.context().setOffline(true)
  await page.getByRole("button", { name: "Add", exact: true }).click()
  await expect.poll(() => noticeText(page)).toBe(`${TEXTS.offline} Try again`)
  expect(await page.getByLabel("PO number").inputValue()).toBe("PO-7")
  await page.context().setOffline(false)
  await tryAgain(page).click()
  await page.locator("[aria-invalid=true]").first().waitFor()
  expect(await page.getByLabel("PO number").inputValue()).toBe("PO-7")
  await page.goto("/sign-in")
  await page.context().close()
})

it("the sign-in page says that there is no connection", async () => {
  const { page } = await openPage(fixture.browser, fixture.server.url, { viewport: { width: 360, height: 740 } })
  await page.goto("/sign-in")
  await page.getByLabel("Email").fill(STAFF.email)
  await page.getByLabel("Password").fill(STAFF.password)
  await page.context().setOffline(true)
  await page.getByRole("button", { name: "Sign in", exact: true }).click()
  await expect.poll(() => noticeText(page)).toBe(`${TEXTS.offline} Try again`)
  await checkPage(page, "sign-in-offline")
  await page.context().setOffline(false)
  await tryAgain(page).click()
  await page.waitForURL((url) => url.pathname === "/")
  await page.context().close()
})

// Last, since other tests use the key.
it("an action that asks first is repeated without a second question", async () => {
  const { page } = await openAsStaff(fixture)
  const questions: string[] = []
  page.on("dialog", (dialog) => {
    questions.push(dialog.message())
    dialog.accept()
  })
  await page.goto("/settings/api-keys")
  const repair = await breakRequests(page, /revo/, "abort")
  const revoke = page.getByRole("button", { name: "Revoke Demo" })
  await revoke.click()
  await expect.poll(() => noticeText(page)).toBe(`${TEXTS.unreachable} Try again`)
  await repair()
  await tryAgain(page).click()
  await revoke.waitFor({ state: "detached" })
  expect(questions).toHaveLength(1)
  await page.context().close()
})
