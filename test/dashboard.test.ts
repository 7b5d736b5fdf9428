import { env } from "cloudflare:workers"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import {
  addStaff,
  Browser,
  count,
  createReseller,
  invite,
  REGISTRATION_FORM,
  registrationLinkIn,
  sendDueEmails,
  signInAs,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { insertInvites } from "./support/search-invites.ts"
import { runSql } from "./support/storage.ts"
import { travel, travelBack, travelTo } from "./support/time.ts"
import { visibleText } from "./support/visible-text.ts"

const NOON = new Date("2026-11-25T12:00:00Z") // a Wednesday
const TODAY = Math.floor(NOON.getTime() / 86_400_000)

beforeEach(() => travelTo(NOON))
afterEach(travelBack)

const htmlOf = async (browser: Browser, query = "") => (await browser.get(`/${query}`)).text()
const textOf = async (browser: Browser, query = "") => visibleText(await htmlOf(browser, query))

/** The rows of the list of what needs attention. */
const attentionRows = (html: string) =>
  [...(/<ul class="attention">(.*?)<\/ul>/s.exec(html)?.[1] ?? "").matchAll(/<li>(.*?)<\/li>/gs)].map(
    ([, row = ""]) => row,
  )

/** A row of the funnel as it is read. */
const funnelRow = (text: string, step: string) =>
  new RegExp(`${step} (\\S+) (\\S+%)? ?(\\S+(?: \\d+m)?)?`).exec(text)?.slice(1)

/** Counts of a day that many days before `NOON`. */
const insertDay = (resellerId: string, age: number, counts: number[], durations = "{}") =>
  runSql("INSERT INTO invite_days VALUES (?, ?, ?, ?, ?, ?, ?, ?)", resellerId, TODAY - age, ...counts, durations)

describe("what needs attention", () => {
  it("is listed with its reason and its action, the most urgent first", async () => {
    const { browser } = await signInStaff()
    const calm = await invite(browser, { company_name: "Calm" })
    const bounced = await invite(browser, { company_name: "Bounced", contact_email: "b@x.example" })
    const declined = await invite(browser, { company_name: "Declined", contact_email: "d@x.example" })
    const expiring = await invite(browser, {
      company_name: "Expiring",
      contact_email: "e@x.example",
      expires_in_days: "2",
    })
    const joined = await invite(browser, { company_name: "Joined", contact_email: "j@x.example" })
    const mails = await sendDueEmails()
    await new Browser().post(registrationLinkIn(mails.find(({ to }) => to === "j@x.example")), REGISTRATION_FORM)
    await env.DB.batch([
      env.DB.prepare(
        "UPDATE invites SET email_status = 'bounced', email_error = 'Mailbox does not exist' WHERE id = ?",
      ).bind(bounced),
      env.DB.prepare("UPDATE invites SET status = 'declined', updated_at = ? WHERE id = ?").bind(
        NOON.getTime(),
        declined,
      ),
      env.DB.prepare("UPDATE customers SET billing_needs_review = 1, billing_account_id = 'bil_gone'"),
    ])
    travel({ minutes: 1 })
    const html = await htmlOf(browser)
    const [first = "", second = "", third = "", fourth = "", ...others] = attentionRows(html)
    expect(others).toEqual([])
    expect(visibleText(first)).toMatch(/^ Bounced Priya Nair Bounced Mailbox does not exist .*Edit &amp; resend/)
    expect(first).toContain(`href="/customers/invites/${bounced}/edit"`)
    expect(visibleText(second)).toMatch(/^ Declined Priya Nair Declined The contact doesn&#39;t want this invite/)
    expect(second).toContain(`href="/customers/invites/${declined}/edit"`)
    expect(visibleText(third)).toMatch(/^ Expiring Priya Nair Expires soon .*Resend Invite/)
    expect(third).toContain(`action="/customers/invites/${expiring}/resends?`)
    expect(visibleText(fourth)).toMatch(
      /^ Joined Check billing Its billing account was deleted. Change billing account/,
    )
    const customer = await env.DB.prepare("SELECT customer_id FROM invites WHERE id = ?")
      .bind(joined)
      .first("customer_id")
    expect(fourth).toContain(`href="/customers/${customer}"`)
    expect(attentionRows(html).join("")).not.toContain(calm)
    expect(visibleText(html)).toContain(
      "Needs attention 4 1 not delivered, 1 declined, 1 expiring soon, 1 with changed billing Pending 3",
    )
  })

  it("is resent in place, and then leaves the list", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser, { expires_in_days: "3" })
    await sendDueEmails()
    travel({ hours: 40 })
    expect(attentionRows(await htmlOf(browser))).toHaveLength(1)
    const response = await browser.post(
      `/customers/invites/${id}/resends`,
      {},
      { Referer: "http://localhost:8787/?days=7" },
    )
    expect(response.headers.get("Location")).toBe(`/?days=7&flash=invite_resent&invite=${id}`)
    const html = await htmlOf(browser, `?days=7&flash=invite_resent&invite=${id}`)
    expect(visibleText(html)).toContain(
      "The invite to Priya Nair of Northwind Logistics is on its way, with a new link.",
    )
    expect(attentionRows(html)).toEqual([])
    expect(await count("outbox", "status = 'queued'")).toBe(1)
  })

  it("is a few rows of each kind, and a link to the list with the rest", async () => {
    const { browser } = await signInStaff()
    for (const n of [1, 2, 3, 4]) await invite(browser, { contact_email: `n${n}@x.example` })
    await runSql("UPDATE invites SET email_status = 'bounced'")
    const html = await htmlOf(browser)
    expect(attentionRows(html)).toHaveLength(3)
    expect(html).toContain('<a href="/customers/invites?status=undelivered">All 4 not delivered</a>')
    await runSql("UPDATE invites SET email_status = 'sent', expires_at = ?", NOON.getTime() + 3_600_000)
    expect(await htmlOf(browser)).toContain('<a href="/customers/invites?status=pending&amp;sort=expires_at">')
  })

  it("ends: a refusal after two weeks, and an invite once it has expired", async () => {
    const { browser } = await signInStaff()
    const declined = await invite(browser)
    await runSql("UPDATE invites SET status = 'declined', updated_at = ? WHERE id = ?", NOON.getTime(), declined)
    await invite(browser, { contact_email: "e@x.example", expires_in_days: "14" })
    expect(attentionRows(await htmlOf(browser))).toHaveLength(1)
    for (const days of [6, 6, 1]) {
      travel({ days })
      await browser.get("/") // the session stays in use
    }
    expect(attentionRows(await htmlOf(browser))).toHaveLength(2)
    travel({ days: 2 })
    const text = await textOf(browser)
    expect(text).toContain("Needs attention 0 Nothing needs your attention.")
  })

  it("is counted up to 99 where there is no counter", async () => {
    const { browser, resellerId } = await signInStaff()
    await insertInvites(
      resellerId,
      Array.from({ length: 120 }, (_, n) => ({
        companyName: "C",
        contactName: "Ana",
        contactEmail: `c${n}@b.example`,
      })),
    )
    await runSql("UPDATE invites SET expires_at = ?", NOON.getTime() + 3_600_000)
    await runSql(
      `INSERT INTO customers (id, reseller_id, name, billing_account_id, billing_needs_review, created_at)
       SELECT 'cus_' || seq, reseller_id, 'C', 'bil_gone', 1, 0 FROM invites`,
    )
    expect(await textOf(browser)).toContain("Needs attention 220 99+ expiring soon, 120 with changed billing")
    expect(await htmlOf(browser)).toContain(
      '<a href="/customers?billing_changed=true">All 120 with changed billing</a>',
    )
  })

  it.each(["read_only", "sales"] as const)("has no actions for the role %s", async (role) => {
    const { browser, resellerId } = await signInStaff()
    await invite(browser)
    await runSql("UPDATE invites SET email_status = 'bounced'")
    const { userId } = await addStaff(resellerId, { name: "Rae Lee", email: `${role}@x.example`, role })
    const html = await htmlOf(await signInAs(userId))
    expect(attentionRows(html)).toHaveLength(1)
    expect(html).not.toContain("Edit &amp; resend")
    expect(html).not.toContain("Invite New Customer")
    expect(html).not.toContain("First steps")
  })
})

describe("the funnel and the chart", () => {
  it("count the period that the URL chooses, with percentages, medians and the period before", async () => {
    const { browser, resellerId } = await signInStaff()
    await invite(browser)
    await insertDay(resellerId, 0, [4, 4, 3, 2, 1], '{"1-12":4,"2-47":3,"5-52":1}')
    await insertDay(resellerId, 6, [4, 3, 2, 2, 1])
    await insertDay(resellerId, 7, [92, 80, 70, 60, 48], '{"5-62":48}')
    await insertDay(resellerId, 89, [900, 0, 0, 0, 0])
    const week = await textOf(browser, "?days=7")
    expect(funnelRow(week, "Sent")).toEqual(["8", "100%", "Delivered"])
    expect(funnelRow(week, "Delivered")).toEqual(["7", "88%", "8s"])
    expect(funnelRow(week, "Opened the link")).toEqual(["5", "63%", "1h 2m"])
    expect(week).toContain("Accepted, 7 days 2 25% of those sent")
    expect(week).toContain("Median time to accept 2h 28m 14h in the previous 7 days")
    const month = await textOf(browser)
    expect(month).toContain("Accepted, 30 days 50 50% of those sent")
    expect(await textOf(browser, "?days=90")).toContain("Accepted, 90 days 50 5% of those sent")
    expect(await textOf(browser, "?days=31")).toContain("Accepted, 30 days 50 ")
  })

  it("show twelve weeks from Monday to Sunday, as bars and as a table", async () => {
    const { browser, resellerId } = await signInStaff()
    await invite(browser)
    await insertDay(resellerId, 2, [3, 3, 3, 3, 1]) // Monday
    await insertDay(resellerId, 3, [5, 0, 0, 0, 0]) // Sunday
    await insertDay(resellerId, 79, [7, 0, 0, 0, 7]) // Monday, eleven weeks before
    await insertDay(resellerId, 80, [99, 0, 0, 0, 0])
    const html = await htmlOf(browser, "?days=7")
    const rows = [...html.matchAll(/<tr><th scope="row">(\d+ \w+)<\/th><td>(\d+)<\/td><td>(\d+)<\/td><\/tr>/g)]
    expect(rows).toHaveLength(12)
    expect(rows.filter(([, , sent]) => sent !== "0").map((row) => row.slice(1))).toEqual([
      ["7 Sept", "7", "7"],
      ["16 Nov", "5", "0"],
      ["23 Nov", "3", "1"],
    ])
    expect(html).toContain("<title>Week from 16 Nov: 5 sent, 0 accepted</title>")
    expect([...html.matchAll(/<rect class="sent"[^>]* height="([^"]*)"/g)].map(([, height]) => height)).toEqual([
      "120",
      ..."0".repeat(9),
      "85.7",
      "51.4",
    ])
    expect(html).not.toMatch(/ style=/)
  })

  it("write large numbers, and are another reseller's own", async () => {
    const { browser, resellerId } = await signInStaff()
    await invite(browser)
    await insertDay(resellerId, 1, [100_000, 90_000, 80_000, 70_000, 60_000])
    expect(await textOf(browser)).toContain("Accepted, 30 days 60,000 60% of those sent")
    const other = await signInStaff("globex")
    await invite(other.browser, { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" })
    const text = await textOf(other.browser)
    expect(text).toContain("Accepted, 30 days 0 no invites sent")
    expect(text).toContain("Median time to accept – not known yet")
  })
})

it("the latest activity names six companies' entries, and no other reseller's or colleagues' ones", async () => {
  const { browser } = await signInStaff()
  for (const n of [1, 2, 3, 4, 5, 6, 7]) {
    travel({ seconds: 1 }) // ids of the same millisecond have no order
    await invite(browser, { company_name: `Company ${n}`, contact_email: `n${n}@x.example` })
  }
  await sendDueEmails()
  await browser.post("/settings/staff/invites/new", {
    contact_name: "Sam",
    contact_email: "s@s.example",
    role: "sales",
  })
  const other = await signInStaff("globex")
  await invite(other.browser, {
    company_name: "Elsewhere",
    billing_email: "billing@globex.example",
    billing_phone: "+1 212 555 0187",
  })
  const html = await htmlOf(browser)
  const entries = /<ul class="timeline">(.*?)<\/ul>/s.exec(html)?.[1] ?? ""
  expect([...entries.matchAll(/>(Company \d)<\/a>: Invited/g)].map(([, name]) => name)).toEqual(
    [7, 6, 5, 4, 3, 2].map((n) => `Company ${n}`),
  )
  expect([...entries.matchAll(/<li>/g)]).toHaveLength(6)
  await runSql(
    "UPDATE invites SET company_name = '', status = 'revoked', purged_at = 1 WHERE company_name = 'Company 7'",
  )
  expect(await textOf(browser)).toContain("Deleted contact : Invited")
})

describe("the first steps", () => {
  const stepsOf = (html: string) =>
    [
      ...html.matchAll(
        /<li( class="done")?>(?:<span><span class="visually-hidden">Done: <\/span>|<a href="[^"]*">)([^<]*)</g,
      ),
    ].map(([, done, step]) => [step, Boolean(done)])

  it("are ticked when they are done, and disappear after the last", async () => {
    const { browser, resellerId } = await signInStaff()
    await runSql("DELETE FROM billing_accounts")
    const html = await htmlOf(browser)
    expect(stepsOf(html)).toEqual([
      ["Add a billing account", false],
      ["Invite your first customer", false],
      ["Add your logo or color", false],
      ["Invite a colleague", false],
    ])
    expect(visibleText(html)).toContain("No invites yet. Invite your first customer")
    expect(html).not.toContain("Invites by week")
    await browser.post("/billing/new", { po_number: "1", email: "billing@acme.example", phone: "+1 415 555 0132" })
    await invite(browser)
    const areDone = async () => stepsOf(await htmlOf(browser)).map(([, isDone]) => isDone)
    const colleague = { contact_name: "Rae Lee", contact_email: "rae@x.example", role: "sales" }
    await browser.post("/settings/staff/invites/new", colleague)
    expect(await areDone()).toEqual([true, true, false, true])
    await runSql("UPDATE invites SET status = 'accepted' WHERE kind = 'staff'") // as the Admin's own is
    expect(await areDone()).toEqual([true, true, false, false])
    await addStaff(resellerId, { name: "Rae Lee", email: "rae@x.example", role: "sales" })
    expect(await areDone()).toEqual([true, true, false, true])
    await runSql("UPDATE resellers SET accent_color = '#112233' WHERE id = ?", resellerId)
    expect(await htmlOf(browser)).not.toContain("First steps")
  })

  it("are hidden for the person who wants that, and for nobody else", async () => {
    const { browser, resellerId } = await signInStaff()
    const { userId } = await addStaff(resellerId, { name: "Rae Lee", email: "rae@x.example", role: "admin" })
    const other = await createReseller("globex")
    await runSql(
      "INSERT INTO staff (user_id, reseller_id, role, created_at) SELECT user_id, ?, 'admin', 0 FROM staff WHERE user_id <> ?",
      other.resellerId,
      userId,
    )
    expect(await htmlOf(browser)).toContain("First steps")
    expect((await browser.post("/setup/dismissal")).headers.get("Location")).toBe("/")
    expect(await htmlOf(browser)).not.toContain("First steps")
    expect(await htmlOf(await signInAs(userId))).toContain("First steps")
    expect(await count("staff", "setup_dismissed_at IS NOT NULL")).toBe(1)
  })
})

it("the dashboard reads each day once, and no activity but what it shows", async () => {
  const { browser, resellerId } = await signInStaff()
  await insertInvites(
    resellerId,
    Array.from({ length: 60 }, (_, n) => ({ contactName: "Kim", contactEmail: `kim${n}@x.example` })),
  )
  const insertEntries = (first: number, last: number) =>
    runSql(
      `INSERT INTO audit_log (id, reseller_id, action, subject_id, actor_kind, created_at)
       SELECT printf('aud_1%03d', seq), ?, 'invite.created', id, 'system', 0 FROM invites WHERE seq BETWEEN ? AND ?`,
      ...[resellerId, first, last],
    )
  const { database, costs } = countingD1(env.DB)
  browser.env = { ...testEnv, DB: database }
  const countRowsRead = async () => {
    Object.assign(costs, { rowsRead: 0 })
    expect((await browser.get("/?days=90")).status).toBe(200)
    return costs.rowsRead
  }
  const insertDays = async (first: number, last: number) => {
    for (let age = first; age <= last; age++) await insertDay(resellerId, age, [3, 3, 2, 2, 1], '{"1-12":2,"5-50":1}')
  }
  await insertEntries(1, 6)
  await insertDays(0, 9)
  await countRowsRead() // the isolate knows the session from now on
  const ofTenDays = await countRowsRead()
  await insertEntries(7, 60)
  await insertDays(10, 179)
  expect((await countRowsRead()) - ofTenDays).toBe(170)
})
