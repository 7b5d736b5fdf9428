import { caniemail, groupIssues } from "caniemail"
import { expect, it } from "vitest"
import { blackPng } from "../support/png.ts"
import { createInvite, openAsStaff } from "./staff.ts"
import { openPage, startFixture, waitForMail } from "./support.ts"

const fixture = startFixture()
const PHONE = { viewport: { width: 360, height: 740 } }

const LOCALES = ["en", "es", "fr", "de", "pt-BR", "ja"]
const CONTACTS: { company: string; contact_name: string; note?: string }[] = [
  { company: "Northwind Logistics", contact_name: "Priya Nair" },
  { company: "شركة الخليج للاتصالات والخدمات اللوجستية", contact_name: "محمد عبد الرحمن" },
  {
    company: "Gesellschaft für Rechenzentrumsinfrastruktur und Netzwerktechnik mbH",
    contact_name: "Maximiliane-Friederike von Hohenstein-Schwarzenberg",
    note: `We've set everything up for you.\n\n${"See you on Monday. ".repeat(20)}`,
  },
]

/** The programs that people read their email in, without feature phones. */
const CLIENTS = ["apple-mail.*", "gmail.android", "gmail.ios", "gmail.desktop-webmail", "outlook.*", "yahoo.*"] as const

/** What a program lacks without harm: why nothing is lost. */
const HARMLESS: Record<string, string> = {
  "<body> element": "some put an element of theirs in its place; nothing depends on it",
  "role attribute": "Windows Mail reads the tables aloud as tables; its support ended in 2024",
  "height property": "Yahoo takes a logo's height from its attribute, and squeezes a very wide one as before",
  "max-height property": "Outlook on Windows takes a logo's height from its attribute",
  "word-break": "Yahoo and Windows Mail widen the card for a long link",
}

type Mail = { id: string; to: string; html: string }

async function sendInvites(name: string): Promise<Mail[]> {
  const addresses = LOCALES.flatMap((locale) =>
    CONTACTS.map((_, n) => `${name}.${locale.toLowerCase()}.${n}@x.example`),
  )
  for (const [n, contact_email] of addresses.entries()) {
    const { company = "", ...contact } = CONTACTS[n % CONTACTS.length] ?? {}
    const locale = LOCALES[Math.floor(n / CONTACTS.length)]
    await createInvite(fixture, company, { ...contact, contact_email, locale, send_email: true })
  }
  const findMails = async () => {
    const mails: Mail[] = await (await fetch(`${fixture.server.url}/mailbox.json`)).json()
    return mails.filter(({ to }) => addresses.includes(to))
  }
  await expect.poll(async () => (await findMails()).length, { timeout: 30_000 }).toBe(addresses.length)
  return findMails()
}

/** A logo is 32 px high, the name that it replaces 24. */
const LOGO_EXTRA = 8

it("shows the button of an invite on a phone without scrolling, in every language, also with a logo", async () => {
  const { page, pageErrors } = await openPage(fixture.browser, fixture.server.url, PHONE)
  for (const { id, to } of await sendInvites("phone")) {
    await page.goto(`/mailbox/${id}/html`)
    const box = await page.locator(".button").boundingBox()
    expect(box, to).not.toBeNull()
    expect((box?.y ?? 0) + (box?.height ?? 0) + LOGO_EXTRA, to).toBeLessThanOrEqual(PHONE.viewport.height)
    expect(box?.height, to).toBeGreaterThanOrEqual(44)
    expect(await page.evaluate(() => document.documentElement.scrollWidth), to).toBe(PHONE.viewport.width)
  }
  expect(pageErrors).toEqual([])
})

it.each([
  [1200, 100],
  [200, 200],
])("shows a logo of %i by %i pixels undistorted, at most 32 px high", async (width, height) => {
  const { page } = await openAsStaff(fixture, PHONE)
  await page.goto("/settings")
  const logo = { name: "logo.png", mimeType: "image/png", buffer: blackPng(width, height) }
  await page.getByLabel("Image").setInputFiles(logo)
  await page.getByRole("button", { name: "Upload" }).click()
  await page.getByRole("button", { name: "Remove logo" }).waitFor()
  const contact_email = `logo.${width}@x.example`
  await createInvite(fixture, "Northwind Logistics", { contact_name: "Priya Nair", contact_email, send_email: true })
  const { id } = await waitForMail(fixture.server.url, contact_email)
  await page.goto(`/mailbox/${id}/html`)
  const image = page.locator("img.logo")
  await image.evaluate((element: HTMLImageElement) => element.decode())
  const [shownWidth = 0, shownHeight = 0] = await image.evaluate((element) => {
    const { width, height } = getComputedStyle(element)
    return [width, height].map(Number.parseFloat)
  })
  expect(shownHeight).toBeLessThanOrEqual(32)
  expect(shownWidth / shownHeight).toBeCloseTo(width / height, 0)
  await page.context().close()
})

it("uses nothing that a common email program lacks", async () => {
  const [mail] = await sendInvites("features")
  const { issues } = caniemail({ clients: [...CLIENTS], html: mail?.html ?? "" })
  expect([...new Set(groupIssues(issues.errors).map(({ issue }) => issue.title))].sort()).toEqual(
    Object.keys(HARMLESS).sort(),
  )
})
