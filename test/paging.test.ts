import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { PAGE_SIZE } from "../src/storage/paging.ts"
import {
  addStaff,
  Browser,
  CUSTOMER,
  callApi,
  createApiKey,
  createReseller,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { insertInvites } from "./support/search-invites.ts"

type ListPage = { data: { id: string }[]; next_cursor: string | null; prev_cursor: string | null }

type Fetch = (query: string) => Promise<Response>

/** The ids on each page of a list of the API, from the first to the last, and from there back to the first. */
async function walk(fetchPage: Fetch) {
  const follow = async (cursor: string | null | undefined, direction: "next_cursor" | "prev_cursor") => {
    const pages: ListPage[] = []
    for (let at = cursor; at !== null && pages.length < 50; ) {
      const response = await fetchPage(`limit=3${at ? `&cursor=${at}` : ""}`)
      expect(response.status).toBe(200)
      const page = await response.json<ListPage>()
      pages.push(page)
      at = page[direction]
    }
    return pages
  }
  const forth = await follow(undefined, "next_cursor")
  const back = await follow(forth.at(-1)?.prev_cursor, "prev_cursor")
  const idsOf = (pages: ListPage[]) => pages.map(({ data }) => data.map(({ id }) => id))
  return { forth: idsOf(forth), back: idsOf(back), first: forth[0], firstAgain: back.at(-1) }
}

/** A row for each number, inserted by one statement with the parameters of the reseller and the numbers. */
const insertMany = (sql: string, resellerId: string, count = 7) =>
  env.DB.prepare(sql)
    .bind(resellerId, JSON.stringify(Array.from({ length: count }, (_, i) => i + 1)))
    .run()

const ID = "printf('%026d', value)"

async function insertCustomers(resellerId: string, count = 7) {
  await insertMany(
    `INSERT INTO customers (id, reseller_id, name, billing_account_id, created_at)
     SELECT 'cus_' || ${ID}, ?1, 'Customer ' || value, 'bil_x', 0 FROM json_each(?2)`,
    resellerId,
    count,
  )
}

async function insertWebhooks(resellerId: string) {
  await insertMany(
    `INSERT INTO webhooks (id, reseller_id, url, events, created_at)
     SELECT 'whk_' || ${ID}, ?1, 'https://x.example', '["invite.created"]', 0 FROM json_each(?2)`,
    resellerId,
  )
}

async function insertDeliveries(resellerId: string, count = 7) {
  await insertWebhooks(resellerId)
  await insertMany(
    `INSERT INTO events (id, reseller_id, type, is_public, invite_id, contact_email, data, occurred_at)
     SELECT 'evt_' || ${ID}, ?1, 'invite.created', 1, 'inv_x', 'a@b.example', '{}', 0 FROM json_each(?2)`,
    resellerId,
    count,
  )
  await insertMany(
    `INSERT INTO outbox (id, reseller_id, kind, event_id, recipient, status, next_attempt_at, created_at)
     SELECT 'evt_' || ${ID} || '_' || printf('%026d', 1), ?1, 'webhook', 'evt_' || ${ID}, 'whk_' || printf('%026d', 1), 'sent', 0, 0
     FROM json_each(?2)`,
    resellerId,
    count,
  )
}

const insertAccounts = (resellerId: string) =>
  insertMany(
    `INSERT INTO billing_accounts (id, reseller_id, email, phone, is_default, created_at, updated_at)
     SELECT 'bil_' || ${ID}, ?1, value || '@b.example', '+14155550132', 0, 0, 0 FROM json_each(?2) WHERE value < 7`,
    resellerId,
  )

const contacts = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ contactName: `Contact ${i}`, contactEmail: `${i}@p.p` }))

const insertSeven = (resellerId: string) => insertInvites(resellerId, contacts(7))

describe("a list of the API leads back as it led forth", () => {
  it.each([
    ["/invites?", insertSeven],
    ["/invites?status=pending&", insertSeven],
    ["/invites?status=expired&", insertExpired],
    ["/invites?q=contact&", insertSeven],
    ["/invites?q=contact&status=pending&email_status=sent&", insertSeven],
    ["/customers?", insertCustomers],
    ["/billing_accounts?", insertAccounts],
    ["/webhooks?", insertWebhooks],
    [`/webhooks/whk_${"1".padStart(26, "0")}/deliveries?`, insertDeliveries],
  ])("%s", async (path, insert) => {
    const { resellerId } = await createReseller()
    const key = await createApiKey(resellerId)
    await insert(resellerId)
    const { forth, back, first, firstAgain } = await walk((query) => callApi({ key, path: path + query }))
    expect(forth.map(({ length }) => length)).toEqual([3, 3, 1])
    expect(new Set(forth.flat()).size).toBe(7)
    expect(back).toEqual(forth.slice(0, -1).toReversed())
    expect([first?.prev_cursor, firstAgain?.prev_cursor]).toEqual([null, null])
  })

  it("/resellers?", async () => {
    await insertMany(
      `INSERT INTO resellers (id, name, slug, support_email, created_at)
       SELECT 'res_' || ${ID}, ?1 || value, 'r' || value, 'a@b.example', 0 FROM json_each(?2)`,
      "Reseller ",
    )
    const call = (query: string) =>
      callApi({ key: testEnv.OPERATOR_TOKEN ?? "", path: `/resellers?${query}`, env: testEnv })
    const { forth, back } = await walk(call)
    expect(forth.flat()).toHaveLength(7)
    expect(back).toEqual(forth.slice(0, -1).toReversed())
  })

  it("refuses the cursor of another reseller's invite, or of another kind of list", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const key = await createApiKey((await createReseller("globex")).resellerId)
    for (const cursor of [id, `after_${id}`, `before_${id}`, `after_cus_${"0".repeat(26)}`]) {
      expect([cursor, (await callApi({ key, path: `/invites?cursor=${cursor}` })).status]).toEqual([cursor, 422])
    }
  })
})

/** Some are marked as expired, some not yet. */
async function insertExpired(resellerId: string) {
  await insertSeven(resellerId)
  await env.DB.prepare("UPDATE invites SET expires_at = 1, status = iif(seq % 2, 'expired', 'pending')").run()
}

/** The links below a list, by their words. */
const linksIn = (html: string): Record<string, string> =>
  Object.fromEntries(
    [...(/<div class="pager">.*?<\/div>/s.exec(html)?.[0].matchAll(/<a href="([^"]+)">([^<]+)</g) ?? [])].map(
      ([, path = "", label = ""]) => [label, path.replaceAll("&amp;", "&")],
    ),
  )

const text = async (browser: Browser, path = "/nowhere") => {
  const response = await browser.get(path)
  expect([path, response.status]).toEqual([path, 200])
  return response.text()
}

/** What a list shows on its first page, on the one after it, and on the first again. */
async function thereAndBack(browser: Browser, path: string, item: RegExp, labels = ["Older →", "← Newer"]) {
  const [forth = "", back = ""] = labels
  const first = await text(browser, path)
  const second = await text(browser, linksIn(first)[forth])
  const again = await text(browser, linksIn(second)[back])
  const items = [first, second, again].map((html) => [...html.matchAll(item)].map(([found]) => found))
  expect(items[0]?.length).toBeGreaterThan(20)
  expect(items[2]).toEqual(items[0])
  expect(items[1]?.length).toBeGreaterThan(0)
  expect(items[1]?.filter((found) => items[0]?.includes(found))).toEqual([])
  const labelsOf = [first, second, again].map((html) => Object.keys(linksIn(html)))
  expect(labelsOf).toEqual([[forth], [back], [forth]])
}

describe("a list of the pages leads to newer and older pages", () => {
  it("invites, with what was searched and chosen", async () => {
    const { browser, resellerId } = await signInStaff()
    await insertInvites(resellerId, contacts(PAGE_SIZE + 5))
    for (const path of ["/customers/invites", "/customers/invites?status=pending&q=contact"]) {
      await thereAndBack(browser, path, /Contact \d+/g)
    }
    const first = linksIn(await text(browser, "/customers/invites?status=pending&q=contact"))
    expect(first["Older →"]).toMatch(/^\/customers\/invites\?status=pending&q=contact&before=inv_\w{26}$/)
    const second = linksIn(await text(browser, first["Older →"]))
    expect(second["← Newer"]).toMatch(/^\/customers\/invites\?status=pending&q=contact&after=inv_\w{26}$/)
  })

  it("customers", async () => {
    const { browser, resellerId } = await signInStaff()
    await insertCustomers(resellerId, PAGE_SIZE + 5)
    await thereAndBack(browser, "/customers", /Customer \d+/g)
  })

  it("deliveries of a webhook", async () => {
    const { browser, resellerId } = await signInStaff()
    await insertDeliveries(resellerId, PAGE_SIZE + 5)
    await thereAndBack(browser, `/settings/webhooks/whk_${"1".padStart(26, "0")}`, /evt_\d{26}_\d{26}(?=\/)/g)
  })

  it("activity, with its filter", async () => {
    const { browser, resellerId } = await signInStaff()
    await insertMany(
      `INSERT INTO audit_log (id, reseller_id, action, subject_id, actor_kind, detail, created_at)
       SELECT 'aud_' || ${ID}, ?1, 'webhook.updated', 'whk_x', 'system', 'change ' || value, 0 FROM json_each(?2)`,
      resellerId,
      PAGE_SIZE + 5,
    )
    for (const path of ["/activity", "/activity?by=system&about=webhook"]) {
      await thereAndBack(browser, path, /change \d+/g)
    }
    const [older = ""] = Object.values(linksIn(await text(browser, "/activity?by=system&about=webhook")))
    expect(older).toMatch(/before=aud_\d+&by=system&about=webhook$/)
  })

  it("people in the order they joined, while the list of invites stays where it is, and the reverse", async () => {
    const { browser, resellerId } = await signInStaff()
    for (let n = 10; n < 40; n++) {
      await addStaff(resellerId, { name: `P${n}`, email: `p${n}@acme.example`, role: "sales" })
    }
    await insertMany(
      `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, role, status, company_name, contact_name, contact_email, locale,
         link_version, expires_in_days, send_count, last_change_id, invited_by, created_at, expires_at)
       SELECT 'inv_' || ${ID}, 's' || value, ?1, 'staff', replace(?1, 'res_', 'stf_'), 'sales', 'pending', 'Company', 'I' || value,
         'i' || value || '@acme.example', 'en', 1, 14, 0, 'aud', 'usr_x', 0, 4102444800000 FROM json_each(?2)`,
      resellerId,
      PAGE_SIZE + 5,
    )
    const peopleOf = (html: string) => html.split('id="invited"')[0] ?? ""
    const invitesOf = (html: string) => html.split('id="invited"')[1] ?? ""
    await thereAndBack(browser, "/settings/staff", /p\d\d@acme\.example/g, ["Next →", "← Previous"])
    const first = await text(browser, "/settings/staff")
    const next = await text(browser, linksIn(peopleOf(first))["Next →"])
    const older = await text(browser, linksIn(invitesOf(next))["Older →"])
    expect([peopleOf(older).includes("p39@"), invitesOf(older).includes("i1@")]).toEqual([true, true])
    const newer = await text(browser, linksIn(invitesOf(older))["← Newer"])
    expect([peopleOf(newer).includes("p39@"), invitesOf(newer).includes("i30@")]).toEqual([true, true])
    const previous = await text(browser, linksIn(peopleOf(older))["← Previous"])
    expect([peopleOf(previous).includes("p10@"), invitesOf(previous).includes("i1@")]).toEqual([true, true])
  })

  it("a page without rows leads back, in the API and on the pages", async () => {
    const { browser, resellerId } = await signInStaff()
    const id = await invite(browser)
    const key = await createApiKey(resellerId)
    const list = async (cursor: string) =>
      (await callApi({ key, path: `/invites?cursor=${cursor}` })).json<Record<string, unknown>>()
    expect(await list(id)).toMatchObject({ data: [], next_cursor: null, prev_cursor: `after_${id}` })
    expect(await list(`after_${id}`)).toMatchObject({ data: [], next_cursor: id, prev_cursor: null })
    const page = await text(browser, `/customers/invites?q=priya&before=${id}`)
    expect(page).toContain("No older invites match.")
    expect(linksIn(page)).toEqual({ "← Newer": `/customers/invites?q=priya&after=${id}` })
  })

  it("a page whose rows have left the list leads to the first page, with what was searched and chosen", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    for (const [path, location] of [
      [`/customers/invites?status=pending&q=priya&after=${id}`, "/customers/invites?status=pending&q=priya"],
      ["/customers/invites?before=nothing", "/customers/invites"],
      ["/customers?after=zzz", "/customers"],
      ["/activity?after=zzz&by=member", "/activity?by=member"],
    ] as const) {
      const response = await browser.get(path)
      expect([path, response.status, response.headers.get("Location")]).toEqual([path, 303, location])
    }
  })
})

describe("a search of invites", () => {
  it("stays in the filters, its form keeps the filter, and no filter counts other invites", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    await invite(browser, { contact_email: "sam@b.example", contact_name: "Sam Reyes" })
    const all = await text(browser, "/customers/invites")
    expect(chips(all)).toContain("Pending 2")
    const searched = await text(browser, "/customers/invites?q=sam")
    expect(chips(searched)).toEqual(["All", "Pending", "Accepted"])
    expect(searched).toContain('href="/customers/invites?status=accepted&amp;q=sam"')
    const filtered = await text(browser, "/customers/invites?status=pending&q=sam")
    const form = /<form [^>]*class="filter-form".*?<\/form>/s.exec(filtered)?.[0]
    expect(form).toContain('<input type="hidden" name="status" value="pending"')
    expect(form).toContain('value="sam"')
  })

  it("while it is typed replaces the page's URL, its rows and its filters", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const page = await text(browser, "/customers/invites")
    expect(page).toMatch(
      /<form [^>]*hx-select="#invites-rows" hx-select-oob="#invites-filter, #invites-export, #invites-sort, #invites-found:innerHTML, #q-limit:innerHTML"/,
    )
    const response = await browser.get("/customers/invites?status=pending&q=+pri%26+", { "HX-Request": "true" })
    expect(response.headers.get("HX-Replace-Url")).toBe("/customers/invites?status=pending&q=pri%26")
    const selecting = { "HX-Request": "true", "HX-Request-Type": "full" }
    const whole = await browser.get("/customers/invites?q=", selecting)
    expect(whole.headers.get("HX-Replace-Url")).toBe("/customers/invites")
    const fragment = await response.text()
    expect(fragment).not.toContain("<html")
    expect(fragment).toMatch(/<nav id="invites-filter".*href="\/customers\/invites\?q=pri%26".*id="invites-rows"/s)
  })

  it("of an accepted invite's customer counts nothing beside the filters, but the tabs count the whole lists", async () => {
    const { browser } = await signInStaff()
    await invite(browser, CUSTOMER)
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    const html = await text(browser, "/customers/invites?q=priya")
    const tabs = /<div class="tabs".*?<\/nav>/s.exec(html)?.[0] ?? ""
    expect([...tabs.matchAll(/class="count">(\d+)/g)].map(([, n]) => n)).toEqual(["1", "1"])
    expect(chips(html).join()).not.toMatch(/\d/)
  })
})

const chips = (html: string) =>
  [...html.matchAll(/<a class="chip"[^>]*>(.*?)<\/a>/gs)].map(([, label = ""]) => label.replace(/<[^>]*>/g, "").trim())
