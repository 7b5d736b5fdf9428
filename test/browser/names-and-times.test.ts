import { expect, it } from "vitest"
import { formatExactTime, formatExpiry } from "../../src/text/dates.ts"
import { en } from "../../src/text/en.ts"
import { checkPage, openPage, registrationPath, startFixture, waitForMail } from "./support.ts"

const fixture = startFixture()

const COMPANY = "חברת הדוגמה (2)!"
const CONTACT = "דנה לוי (א)"
const NEW_CONTACT = "נועה כהן (ב)"
const NOTE = "שלום דנה,\n\n  (1) first line\n\tsecond line!"

it("names from right to left stay in their place, notes keep their paragraphs, and times are the browser's", async () => {
  const { url } = fixture.server
  const options = { viewport: { width: 360, height: 740 }, timezoneId: "Pacific/Auckland" }
  const { page, pageErrors } = await openPage(fixture.browser, url, options)
  await page.goto("/sign-in")
  await page.getByLabel("Email").fill("admin@acme.example")
  await page.getByLabel("Password").fill("quiet-lantern-harbor")
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.waitForURL((address) => address.pathname === "/")

  await page.goto("/customers/invites/new")
  await page.getByLabel("Company Name").fill(COMPANY)
  await page.getByLabel("Contact Name").fill(CONTACT)
  await page.getByLabel("Contact Email Address").fill("dana@hebrew.example")
  await page.getByText("Billing email and phone").click()
  await page.getByLabel("Billing Email Address").fill("billing@acme.example")
  await page.getByLabel("Billing Phone Number").fill("+1 415 555 0132")
  await page.locator("summary", { hasText: "Options" }).click()
  await page.getByLabel("Note").fill(NOTE)
  expect(await page.getByLabel("Note").evaluate((input) => getComputedStyle(input).direction)).toBe("rtl")
  await checkPage(page, "rtl-form")
  await page.getByRole("button", { name: "Send Invite" }).click()
  await page.getByText("is on its way").waitFor()
  await checkPage(page, "rtl-invites")
  await page.getByRole("link", { name: COMPANY }).click()
  await page.getByRole("heading", { name: "Timeline" }).waitFor()
  expect(await page.locator("dd.typed").innerText()).toBe(NOTE)
  const invitePath = new URL(page.url()).pathname

  // What the server wrote for the cookie is what the script writes.
  const html = await (await page.request.get(invitePath)).text()
  const [, at = "", written = ""] = /expires <time datetime="([^"]+)"[^>]*>([^<]+)</.exec(html) ?? []
  expect(written).toBe(formatExpiry(en, new Date(at), { now: new Date(), timeZone: "Pacific/Auckland" }))
  expect(written).toMatch(/\d\d:\d\d GMT\+1[23]$/)
  const time = page.locator("time[data-when=expiry]")
  expect([await time.innerText(), await time.getAttribute("title")]).toEqual([
    written,
    formatExactTime(en, new Date(at), "Pacific/Auckland"),
  ])

  await page.getByRole("link", { name: "Edit", exact: true }).click()
  expect(await page.getByLabel("Note").inputValue()).toBe(NOTE)
  await page.getByLabel("Contact Name").fill(NEW_CONTACT)
  await page.getByRole("button", { name: "Save", exact: true }).click()
  const change = page.locator("li", { hasText: "Edited:" })
  await change.waitFor()
  await checkPage(page, "rtl-invite")

  await page.setViewportSize({ width: 1280, height: 860 })
  const names = await change.locator("bdi").all()
  const positions = await Promise.all(
    names.map(async (name) => [await name.innerText(), (await name.boundingBox())?.x]),
  )
  expect(
    positions.sort(([, first = 0], [, second = 0]) => Number(first) - Number(second)).map(([name]) => name),
  ).toEqual([CONTACT, NEW_CONTACT])
  await page.goto("/activity")
  await checkPage(page, "rtl-activity")
  const mail = await waitForMail(url, "dana@hebrew.example")
  expect(mail.text).toContain(`Dear \u2068${CONTACT}\u2069,`)
  const guest = await openPage(fixture.browser, url, { ...options, locale: "en" })
  await guest.page.goto(registrationPath(mail))
  expect(await guest.page.getByRole("heading", { level: 1 }).innerText()).toBe(`Set up ${COMPANY}`)
  await checkPage(guest.page, "rtl-registration")
  expect([...pageErrors, ...guest.pageErrors]).toEqual([])
})
