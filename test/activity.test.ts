import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import {
  addStaff,
  Browser,
  CUSTOMER,
  count,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  sendDueEmails,
  signInAs,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { tamper } from "./support/audit.ts"
import { countingD1 } from "./support/counting-d1.ts"

/** The text of each entry, newest first. */
const listEntries = (browser: Browser, query = "") => timelineOf(browser, `/activity${query}`)

async function timelineOf(browser: Browser, path: string): Promise<string[]> {
  const response = await browser.get(path)
  expect(response.status).toBe(200)
  const html = await response.text()
  const days = [...html.matchAll(/<ul class="timeline">([\s\S]*?)<\/ul>/g)]
  const items = days.flatMap(([, day = ""]) => day.split("<li>").slice(1))
  return items.map((item) =>
    item
      .replace(/<[^>]+>/g, " ")
      .replace(/\s+/g, " ")
      .replace(" :", ":")
      .trim(),
  )
}

async function createActivity() {
  const reseller = await signInStaff()
  const id = await invite(reseller.browser)
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  await reseller.browser.post("/settings/invites", { default_expires_in_days: "30" })
  await reseller.browser.post("/billing/new", { po_number: "2", email: "b2@acme.example", phone: "+1 212 555 0187" })
  return { ...reseller, id }
}

/** Inserts entries directly into the table, older than all others. */
async function insertOldEntries(resellerId: string, n: number, actorKind: string) {
  await env.DB.prepare(
    `INSERT INTO audit_log (id, reseller_id, action, subject_id, actor_kind, created_at)
     SELECT printf('aud_0000%s%06d', ?3, value), ?1, 'webhook.updated', 'whk_x', ?3, 0 FROM json_each(?2)`,
  )
    .bind(resellerId, JSON.stringify(Array.from({ length: n }, (_, i) => i)), actorKind)
    .run()
}

describe("the activity page", () => {
  it("shows actions of staff, the contact, the operator and the system with their subjects, newest first", async () => {
    const { browser } = await createActivity()
    const entries = await listEntries(browser)
    expect(entries).toEqual([
      expect.stringMatching(/^Billing account added: b2@acme.example Dana Ortiz ·/),
      expect.stringMatching(/^Invite settings changed: 30 days, English, no reminders Dana Ortiz ·/),
      expect.stringMatching(/^Northwind Logistics: Accepted Priya Nair \(contact\) ·/),
      expect.stringMatching(/^Northwind Logistics: Email sent to priya@northwind.example System ·/),
      expect.stringMatching(/^Northwind Logistics: Invited priya@northwind.example Dana Ortiz ·/),
      expect.stringMatching(/^Billing account added: billing@acme.example Operator ·/),
    ])
  })

  it.each([
    ["?by=contact", ["Accepted"]],
    ["?by=system", ["Email sent"]],
    ["?by=operator&about=billing_account", ["Billing account added: billing@acme.example"]],
    ["?about=reseller", ["Invite settings changed"]],
    ["?by=staff&about=invite", ["Invited"]],
    ["?by=member", []],
  ])("can be filtered by %s", async (query, expectedEntries) => {
    const { browser } = await createActivity()
    const entries = await listEntries(browser, query)
    expect(entries).toHaveLength(expectedEntries.length)
    for (const [n, expected] of expectedEntries.entries()) expect(entries[n]).toContain(expected)
  })

  it("shows the entries of one invite in pages", async () => {
    const { browser, id, resellerId } = await createActivity()
    await invite(browser, { contact_email: "other@b.example" })
    await insertOldEntries(resellerId, 70, "system")
    await tamper(env.DB.prepare("UPDATE audit_entries SET subject_id = ? WHERE action = 'webhook.updated'").bind(id))
    const first = await browser.get(`/activity?invite=${id}`)
    const older = /href="(\/activity\?before=[^"]+)"/.exec(await first.text())?.[1]?.replaceAll("&amp;", "&") ?? ""
    expect(older).toContain(`invite=${id}`)
    const entries = await listEntries(browser, `?invite=${id}`)
    expect([entries.length, entries.join().includes("other@b.example")]).toEqual([25, false])
    expect(await listEntries(browser, older.replace("/activity", ""))).toHaveLength(25)
  })

  it("is searched by company, contact, address and colleague, and combined with filters", async () => {
    const { browser, resellerId } = await createActivity()
    await invite(browser, {
      company_name: "Quill Optics",
      contact_name: "Zoë Marsh",
      contact_email: "zoe@quill.example",
    })
    const robin = { name: "Robin Hale", email: "robin@acme.example", role: "support" } as const
    const { userId } = await addStaff(resellerId, robin)
    await (await signInAs(userId)).post("/profile/name", { name: "Robin Vale" })
    const invited = [expect.stringMatching(/^Quill Optics: Invited zoe@quill.example/)]
    for (const q of ["quill", "QUILL optics", "zoe", "marsh", "zoe@quill.example"]) {
      expect(await listEntries(browser, `?q=${q}`)).toEqual(invited)
    }
    expect(await listEntries(browser, "?q=quill&about=staff")).toEqual([])
    expect(await listEntries(browser, "?q=vale&about=staff")).toEqual([
      expect.stringMatching(/^Name changed: Robin Hale → Robin Vale/),
    ])
    // What has become of an invite: the customer's entries, too.
    const customer = await env.DB.prepare("SELECT id FROM customers").first<string>("id")
    await browser.post(`/customers/${customer}/edit`, { name: "Northwind Logistics", external_id: "n-1" })
    expect((await listEntries(browser, "?q=northwind"))[0]).toMatch(/^Northwind Logistics: Customer updated/)
    expect(await listEntries(browser, `?customer=${customer}`)).toHaveLength(4)
    expect(await listEntries(browser, "?q=nobody")).toEqual([])
    expect((await listEntries(browser, "?q=%2C.")).length).toBeGreaterThan(5)
    const page = await browser.get(`/customers/${customer}`)
    expect(await page.text()).toContain(`href="/activity?customer=${customer}"`)
    expect((await timelineOf(browser, `/customers/${customer}`))[0]).toMatch(/^Customer updated/)
    const globex = await signInStaff("globex")
    for (const query of ["?q=northwind", "?q=dana", `?customer=${customer}`]) {
      expect(await listEntries(globex.browser, query)).toEqual([])
    }
  })

  it("searches in pages that read few rows, however many entries there are", async () => {
    const { browser, resellerId, id } = await createActivity()
    await insertOldEntries(resellerId, 3_000, "system")
    await tamper(env.DB.prepare("UPDATE audit_entries SET subject_id = ? WHERE action = 'webhook.updated'").bind(id))
    const { database, costs } = countingD1(env.DB)
    browser.env = { ...testEnv, DB: database }
    const first = await (await browser.get("/activity?q=northwind")).text()
    expect([costs.roundTrips, costs.rowsRead < 750]).toEqual([3, true])
    const older = /href="\/activity(\?before=[^"]+)"/.exec(first)?.[1]?.replaceAll("&amp;", "&") ?? ""
    expect(older).toContain("q=northwind")
    expect(await listEntries(browser, older)).toHaveLength(25)
  })

  it("says the day of entries in the reader's time zone", async () => {
    const { browser } = await createActivity()
    const headings = async () => {
      const html = await (await browser.get("/activity")).text()
      return [...html.matchAll(/<h2 class="day">([^<]*)<\/h2>/g)].map(([, day]) => day)
    }
    expect(await headings()).toEqual(["Today"])
    await tamper(env.DB.prepare("UPDATE audit_entries SET created_at = ? WHERE action = 'invite.created'").bind(0))
    expect(await headings()).toEqual(["Today", "Thursday, 1 January 1970"])
    await browser.post("/profile/preferences", { theme: "dark", time_zone: "America/Los_Angeles" })
    expect(await headings()).toContain("Wednesday, 31 December 1969")
  })

  it("shows no entries of another reseller, even with the id of its invite", async () => {
    const { id } = await createActivity()
    const globex = await signInStaff("globex")
    expect(await listEntries(globex.browser)).toHaveLength(1)
    expect(await listEntries(globex.browser, `?invite=${id}`)).toEqual([])
  })

  it("hides billing entries from Support", async () => {
    const { resellerId } = await createActivity()
    const person = { name: "Sam Support", email: "support-role@acme.example", role: "support" } as const
    const { userId } = await addStaff(resellerId, person)
    const browser = await signInAs(userId)
    for (const query of ["", "?about=billing_account", "?by=operator"]) {
      const page = await (await browser.get(`/activity${query}`)).text()
      expect(page).not.toContain("@acme.example</span>")
      expect(page).not.toMatch(/Billing account/)
    }
    expect(await listEntries(browser)).toHaveLength(3)
  })

  it.each([
    ["the name", { contact_name: "Kim Ito" }, /Edited: Contact Name: Priya Nair → Kim Ito (?:Dana|·)/],
    [
      "the email address",
      { contact_email: "kim@b.example" },
      /Edited: Contact Email Address: priya@northwind.example → kim@b.example (?:Dana|·)/,
    ],
  ])(
    "shows an edit of %s and billing to Admins in full, and to Support without billing",
    async (_, fields, expectedEntries) => {
      const { browser, resellerId } = await signInStaff()
      const id = await invite(browser)
      await sendDueEmails()
      const second = { po_number: "2", email: "b2@acme.example", phone: "+1 212 555 0187" }
      await browser.post("/billing/new", second)
      const billing = { billing_email: second.email, billing_phone: second.phone }
      const corrected = await browser.post(`/customers/invites/${id}/edit`, {
        ...CUSTOMER,
        ...fields,
        ...billing,
      })
      expect([corrected.status, await count("invites", `billing_email = '${second.email}'`)]).toEqual([303, 1])
      const sam = { name: "Sam", email: "sam@acme.example", role: "support" } as const
      const { userId } = await addStaff(resellerId, sam)
      const support = await signInAs(userId)
      for (const page of [`/customers/invites/${id}`, "/activity"]) {
        const supportTimeline = (await timelineOf(support, page)).join("\n")
        expect(supportTimeline).not.toMatch(/billing|b2@acme/i)
        expect(supportTimeline).toMatch(expectedEntries)
        const adminTimeline = (await timelineOf(browser, page)).join("\n")
        expect(adminTimeline).toMatch(expectedEntries)
        expect(adminTimeline).toContain("Billing account changed Dana Ortiz")
      }
    },
  )

  it("reads few rows for a role that may not see most entries, and links to older entries", async () => {
    const { browser: admin, resellerId } = await createActivity()
    const person = { name: "Sam Sales", email: "sam@acme.example", role: "sales" } as const
    const { userId } = await addStaff(resellerId, person)
    const browser = await signInAs(userId)
    await insertOldEntries(resellerId, 3_000, "staff")
    const { database, costs } = countingD1(env.DB)
    browser.env = { ...testEnv, DB: database }
    const first = await browser.get("/activity")
    expect([costs.roundTrips, costs.rowsRead < 450]).toEqual([2, true])
    const older = /href="(\/activity\?before=[^"]+)"/.exec(await first.text())?.[1] ?? ""
    const second = await (await browser.get(older)).text()
    expect(second).toContain("Older entries may match.")
    expect(second).toMatch(/href="\/activity\?before=/)
    expect(costs.rowsRead).toBeLessThan(1_000)
    expect(await listEntries(admin)).toHaveLength(25)
  })

  it("reads one page of rows without a filter, scans at most a thousand entries with one, and links to older ones", async () => {
    const { browser, resellerId } = await createActivity()
    await sendDueEmails()
    await insertOldEntries(resellerId, 3_000, "staff")
    await insertOldEntries(resellerId, 1, "member")
    const measureCost = async (query: string) => {
      const { database, costs } = countingD1(env.DB)
      browser.env = { ...testEnv, DB: database }
      const response = await browser.get(`/activity${query}`)
      expect(response.status).toBe(200)
      return { ...costs, html: await response.text() }
    }
    const all = await measureCost("")
    expect([all.roundTrips, all.rowsRead < 130]).toEqual([2, true])
    const common = await measureCost("?by=staff")
    expect([common.roundTrips, common.rowsRead < 1_100]).toEqual([2, true])
    const rare = await measureCost("?by=member")
    expect([rare.roundTrips, rare.rowsRead < 3_100]).toEqual([2, true])
    let next = "?by=member"
    let pages = 0
    for (; next && pages < 9; pages++) {
      const { html } = await measureCost(next)
      if (html.includes("Webhook changed")) break
      next = /href="\/activity(\?before=[^"]+)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? ""
    }
    expect([pages, next]).toEqual([3, expect.stringContaining("by=member")])
  })
})
