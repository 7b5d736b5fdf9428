import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { generated } from "../../src/build/files.ts"
import { LOCALES, messagesFor } from "../../src/text/locales.ts"
import { addTexts } from "../../src/text/packed.ts"
import { createInvite } from "./staff.ts"
import { checkPage, openPage, registrationPath, startFixture, waitForMail } from "./support.ts"

addTexts(JSON.parse(readFileSync(join(generated, "public/texts.json"), "utf8")))

const PASSWORD = "a short sentence works"

const fixture = startFixture()

const invite = (contact_email: string, locale: string) =>
  createInvite(fixture, "Northwind Logistics", { contact_email, locale, send_email: true })

/** Boxes whose content is wider than they are, or that reach beyond the screen. Boxes that scroll by themselves may. */
const findOverflows = (page: Page) =>
  page.evaluate(() => {
    const scrolls = (element: Element) => getComputedStyle(element).overflowX !== "visible"
    return [...document.body.querySelectorAll("*")]
      .filter((element) => {
        if (element.closest(".sidebar, .visually-hidden, svg") || !element.checkVisibility()) return false
        const isWider = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 && !scrolls(element)
        return isWider || element.getBoundingClientRect().right > innerWidth + 1
      })
      .map(({ outerHTML }) => outerHTML.slice(0, 120))
  })

const VARIANTS = LOCALES.flatMap((locale) => [
  { locale, javaScriptEnabled: true },
  { locale, javaScriptEnabled: false },
])

it.each(VARIANTS)("a contact goes the whole way in $locale at 360 px, script: $javaScriptEnabled", async (variant) => {
  const { locale, javaScriptEnabled } = variant
  const t = messagesFor(locale)
  const { page, pageErrors } = await openPage(fixture.browser, fixture.server.url, {
    javaScriptEnabled,
    viewport: { width: 360, height: 740 },
  })
  const check = async (name: string) => {
    expect(await page.locator("html").getAttribute("lang"), name).toBe(locale)
    if (!javaScriptEnabled) return
    await checkPage(page, `language-${locale}-${name}`)
    expect(await findOverflows(page), name).toEqual([])
  }
  const submit = (label: string) => page.getByRole("button", { name: label, exact: true }).click()
  const address = `${locale}-${javaScriptEnabled}@northwind.example`.toLowerCase()
  const otherLocale = locale === "en" ? "ja" : "en"
  await invite(address, otherLocale)
  const path = registrationPath(await waitForMail(fixture.server.url, address))

  await page.goto("/r/broken")
  await page.goto(path)
  expect(await page.locator("html").getAttribute("lang")).toBe(otherLocale)
  await page.locator("#name").fill("Priya N.")
  await page.getByRole("button", { name: t.language.name, exact: true }).click()
  await page.getByLabel(t.registration.name, { exact: true }).waitFor()
  expect(await page.locator("#name").inputValue()).toBe("Priya N.")
  expect(new URL(page.url()).pathname).toBe(path)
  await check("registration")

  await submit(t.registration.create)
  await page.getByText(t.fieldErrors.required.password).waitFor()
  await check("errors")
  for (const [name, url] of Object.entries({ broken: "/r/broken", signIn: "/sign-in", forgot: "/forgot-password" })) {
    await page.goto(url)
    await check(name)
  }
  await page.goto(path)
  await page.locator("#name").fill("Priya N.")
  await page.locator("#password").fill(PASSWORD)
  await page.locator("#accept_terms").check()
  await submit(t.registration.create)
  await page.waitForURL("**/account")
  await check("account")
  for (const [name, url] of Object.entries({
    invite: "/account/invites/new",
    profile: "/profile",
    factors: "/profile/second-factor",
    authenticator: "/profile/authenticator/new",
    passkey: "/profile/passkeys/new",
    missing: "/account/invites/none",
  })) {
    await page.goto(url)
    await check(name)
  }
  await page.goto("/account")
  await page.locator(".profile-menu > summary").click()
  await submit(t.layout.signOut)
  await page.waitForURL("**/sign-in*")
  await check("signedOut")
  await page.goto(path)
  await check("accepted")
  expect(pageErrors.filter((error) => !error.includes("404"))).toEqual([])
})
