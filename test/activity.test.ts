import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { countingD1 } from "./counting-d1.ts"
import {
  addStaff,
  Browser,
  count,
  deliverDueMail,
  invite,
  NORTHWIND,
  newestLink,
  openHouse,
  PASSWORD,
  REGISTRATION,
  signIn,
  testEnv,
} from "./house.ts"

/** The words of each entry, newest first. */
const entriesOf = (browser: Browser, query = "") => timelineOf(browser, `/settings/activity${query}`)

async function timelineOf(browser: Browser, path: string): Promise<string[]> {
  const answer = await browser.get(path)
  expect(answer.status).toBe(200)
  const html = await answer.text()
  const lines = /<ul class="timeline">([\s\S]*?)<\/ul>/.exec(html)?.[1]?.split("<li>").slice(1) ?? []
  return lines.map((line) =>
    line
      .replace(/<[^>]+>/g, " ")
      .replace(/\s+/g, " ")
      .replace(" :", ":")
      .trim(),
  )
}

async function busyHouse() {
  const house = await openHouse()
  const id = await invite(house.browser)
  await new Browser().post(await newestLink(), REGISTRATION)
  await house.browser.post("/settings/invites", { default_expires_in_days: "30" })
  await house.browser.post("/billing/new", { po_number: "2", email: "b2@acme.example", phone: "+1 212 555 0187" })
  return { ...house, id }
}

/** Entries straight into the table, older than any other. */
async function oldEntries(resellerId: string, n: number, actorKind: string) {
  await env.DB.prepare(
    `INSERT INTO audit_log (id, reseller_id, action, subject_id, actor_kind, created_at)
     SELECT printf('aud_0000%s%06d', ?3, value), ?1, 'webhook.updated', 'whk_x', ?3, 0 FROM json_each(?2)`,
  )
    .bind(resellerId, JSON.stringify(Array.from({ length: n }, (_, i) => i)), actorKind)
    .run()
}

describe("the activity", () => {
  it("shows what staff, the contact, the operator and the system did, newest first, and about whom", async () => {
    const { browser } = await busyHouse()
    const entries = await entriesOf(browser)
    expect(entries).toEqual([
      expect.stringMatching(/^Billing account added: b2@acme.example Dana Ortiz ·/),
      expect.stringMatching(/^Settings of invites changed: 30 days, English, no reminders Dana Ortiz ·/),
      expect.stringMatching(/^Northwind Logistics: Accepted Priya Nair \(contact\) ·/),
      expect.stringMatching(/^Northwind Logistics: E-mail sent to priya@northwind.example Vestibule ·/),
      expect.stringMatching(/^Northwind Logistics: Invited priya@northwind.example Dana Ortiz ·/),
      expect.stringMatching(/^Billing account added: billing@acme.example Operator ·/),
    ])
  })

  it.each([
    ["?by=contact", ["Accepted"]],
    ["?by=system", ["E-mail sent"]],
    ["?by=operator&about=billing_account", ["Billing account added: billing@acme.example"]],
    ["?about=reseller", ["Settings of invites changed"]],
    ["?by=staff&about=invite", ["Invited"]],
    ["?by=member", []],
  ])("is filtered by %s", async (query, words) => {
    const { browser } = await busyHouse()
    const entries = await entriesOf(browser, query)
    expect(entries).toHaveLength(words.length)
    for (const [n, word] of words.entries()) expect(entries[n]).toContain(word)
  })

  it("of one invite is whole, though its page shows the newest fifty", async () => {
    const { browser, id, resellerId } = await busyHouse()
    await invite(browser, { contact_email: "other@b.example" })
    await oldEntries(resellerId, 70, "system")
    await env.DB.prepare("UPDATE audit_log SET subject_id = ? WHERE action = 'webhook.updated'").bind(id).run()
    const first = await browser.get(`/settings/activity?invite=${id}`)
    const older =
      /href="(\/settings\/activity\?before=[^"]+)"/.exec(await first.text())?.[1]?.replaceAll("&amp;", "&") ?? ""
    expect(older).toContain(`invite=${id}`)
    expect(await entriesOf(browser, `?invite=${id}`)).toHaveLength(25)
    expect(await entriesOf(browser, older.replace("/settings/activity", ""))).toHaveLength(25)
  })

  it("shows another reseller nothing, by an invite's id either", async () => {
    const { id } = await busyHouse()
    const globex = await openHouse("globex")
    expect(await entriesOf(globex.browser)).toHaveLength(1)
    expect(await entriesOf(globex.browser, `?invite=${id}`)).toEqual([])
  })

  it("shows Support nothing of billing", async () => {
    const { resellerId } = await busyHouse()
    const person = {
      name: "Sam Support",
      email: "support-role@acme.example",
      password: PASSWORD,
      role: "support",
    } as const
    await addStaff(resellerId, person)
    const browser = await signIn(person.email)
    for (const query of ["", "?about=billing_account", "?by=operator"]) {
      const page = await (await browser.get(`/settings/activity${query}`)).text()
      expect(page).not.toContain("@acme.example</span>")
      expect(page).not.toMatch(/Billing account/)
    }
    expect(await entriesOf(browser)).toHaveLength(3)
  })

  it.each([
    ["a name", { contact_name: "Kim Ito" }, /Corrected: Priya Nair → Kim Ito (?:Dana|·)/],
    [
      "the address",
      { contact_email: "kim@b.example" },
      /Corrected: priya@northwind.example → kim@b.example (?:Dana|·)/,
    ],
  ])("tells Admins of a correction of %s and of billing, and Support only of the first", async (_, fields, words) => {
    const { browser, resellerId } = await openHouse()
    const id = await invite(browser)
    await deliverDueMail()
    const second = { po_number: "2", email: "b2@acme.example", phone: "+1 212 555 0187" }
    await browser.post("/billing/new", second)
    const billing = { billing_email: second.email, billing_phone: second.phone }
    const corrected = await browser.post(`/customers/invites/${id}/correction`, { ...NORTHWIND, ...fields, ...billing })
    expect([corrected.status, await count("invites", `billing_email = '${second.email}'`)]).toEqual([303, 1])
    const sam = { name: "Sam", email: "sam@acme.example", password: PASSWORD, role: "support" } as const
    await addStaff(resellerId, sam)
    const support = await signIn(sam.email)
    for (const page of [`/customers/invites/${id}`, "/settings/activity"]) {
      const toSupport = (await timelineOf(support, page)).join("\n")
      expect(toSupport).not.toMatch(/billing|b2@acme/i)
      expect(toSupport).toMatch(words)
      const toAdmin = (await timelineOf(browser, page)).join("\n")
      expect(toAdmin).toMatch(words)
      expect(toAdmin).toContain("Billing account changed Dana Ortiz")
    }
  })

  it("reads few rows too where a role may not see most of it, and leads on from there", async () => {
    const { browser: admin, resellerId } = await busyHouse()
    const person = { name: "Sam Sales", email: "sam@acme.example", password: PASSWORD, role: "sales" } as const
    await addStaff(resellerId, person)
    const browser = await signIn(person.email)
    await oldEntries(resellerId, 3_000, "staff")
    const { database, costs } = countingD1(env.DB)
    browser.env = { ...testEnv, DB: database }
    const first = await browser.get("/settings/activity")
    expect([costs.roundTrips, costs.rowsRead < 400]).toEqual([2, true])
    const older = /href="(\/settings\/activity\?before=[^"]+)"/.exec(await first.text())?.[1] ?? ""
    const second = await (await browser.get(older)).text()
    expect(second).toContain("There are older entries.")
    expect(second).toMatch(/href="\/settings\/activity\?before=/)
    expect(costs.rowsRead).toBeLessThan(900)
    expect(await entriesOf(admin)).toHaveLength(25)
  })

  it("reads a page of rows unfiltered, a thousand at most filtered, and leads on from there", async () => {
    const { browser, resellerId } = await busyHouse()
    await deliverDueMail()
    await oldEntries(resellerId, 3_000, "staff")
    await oldEntries(resellerId, 1, "member")
    const cost = async (query: string) => {
      const { database, costs } = countingD1(env.DB)
      browser.env = { ...testEnv, DB: database }
      const answer = await browser.get(`/settings/activity${query}`)
      expect(answer.status).toBe(200)
      return { ...costs, html: await answer.text() }
    }
    const all = await cost("")
    expect([all.roundTrips, all.rowsRead < 220]).toEqual([2, true])
    const found = await cost("?by=member")
    expect([found.roundTrips, found.rowsRead < 3_200]).toEqual([2, true])
    let next = "?by=member"
    let pages = 0
    for (; next && pages < 9; pages++) {
      const { html } = await cost(next)
      if (html.includes("Webhook changed")) break
      next = /href="\/settings\/activity(\?before=[^"]+)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? ""
    }
    expect([pages, next]).toEqual([3, expect.stringContaining("by=member")])
  })
})
