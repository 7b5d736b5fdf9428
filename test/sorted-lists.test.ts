import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { lowestId } from "../src/storage/ids.ts"
import { startOfDay } from "../src/text/dates.ts"
import { addStaff, callApi, createApiKey, createReseller, invite, signInStaff, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"

const DAY = 86_400_000
const STATUSES = ["pending", "accepted", "expired", "revoked", "declined"]
const FAR = 4102444800000
const OLD_TIME = Date.UTC(2026, 2, 1)
const NEW_TIME = Date.UTC(2026, 5, 1)
const ANA = `usr_${"a".repeat(26)}`
const BEN = `usr_${"b".repeat(26)}`

const iso = (time: number) => new Date(time).toISOString()

type Item = { id: string; company_name: string; expires_at: string; status: string; created_at: string }
type ListPage = { data: Item[]; next_cursor: string | null; prev_cursor: string | null }

/**
 * Fills the reseller's list: of five, one has each status; of four, two have the same company and expiry; each tenth is from Ana, the
 * others from Ben; nearly all have an external id, which several ended ones share; accepted and revoked ones have the same address. `from` to `total` were created at `time`.
 */
async function fillInvites(resellerId: string, { from = 1, total = 10, time = OLD_TIME }) {
  await env.DB.prepare(
    `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, status, company_name, company_key, contact_name, contact_email,
       billing_account_id, billing_email, billing_phone, locale, link_version, expires_in_days, send_count, last_change_id, invited_by, created_at,
       expires_at, updated_at, accepted_at, external_id, search_runs)
     WITH RECURSIVE numbers (n) AS (SELECT CAST(?2 AS INTEGER) UNION ALL SELECT n + 1 FROM numbers WHERE n < ?3)
     SELECT ?4 || printf('%016d', n), printf('%011d', n), ?1, 'customer', ?1,
       CASE n % 5 WHEN 0 THEN 'pending' WHEN 1 THEN 'accepted' WHEN 2 THEN 'expired' WHEN 3 THEN 'revoked' ELSE 'declined' END,
       'Firm ' || (n * 7919 % 1000 / 2), 'firm ' || (n * 7919 % 1000 / 2), 'Contact',
       iif(n % 5 IN (1, 3), 'same', n) || '@bulk.example', 'bil_x', 'b@x.example',
       '+14155550132', 'en', 1, 14, 1, 'aud_z', iif(n % 10 = 0, '${ANA}', '${BEN}'), ?5, ${FAR} + n * 7907 % 1000 / 2,
       ${FAR} + n * 7907 % 1000 / 2, iif(n % 5 = 1, ${FAR} + n * 7907 % 1000 / 2, NULL),
       iif(n % 40 = 7, NULL, 'crm-' || iif(n % 5 = 0, n, n * 7919 % 1000 / 2)), 'fir' || char(10) || 'irm' FROM numbers`,
  )
    .bind(resellerId, from, total, lowestId("inv", new Date(time)), time)
    .run()
}

async function createKey(slug?: string) {
  const { resellerId, billingId } = await createReseller(slug)
  return { resellerId, billingId, key: await createApiKey(resellerId) }
}

async function list(key: string, query: string): Promise<ListPage> {
  const response = await callApi({ key, path: `/invites?${query}` })
  expect([query, response.status]).toEqual([query, 200])
  return response.json()
}

/** The items from the first page to the last, and from the last back to the first. */
async function walk(key: string, query: string) {
  const follow = async (start: string | null, direction: "next_cursor" | "prev_cursor") => {
    const pages: ListPage[] = []
    for (let cursor: string | null | undefined = start; cursor !== null && pages.length < 50; ) {
      pages.push(await list(key, `limit=3&${query}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`))
      cursor = pages.at(-1)?.[direction]
    }
    return pages
  }
  const forth = await follow("", "next_cursor")
  const back = await follow(forth.at(-1)?.prev_cursor ?? null, "prev_cursor")
  const idsOf = (pages: ListPage[]) => pages.flatMap(({ data }) => data.map(({ id }) => id))
  return { forth: idsOf(forth), back: idsOf(back.reverse()), lastPage: forth.at(-1)?.data.length ?? 0 }
}

const ORDERS = {
  company_name: "company_key",
  external_id: "external_id",
  expires_at: "expires_at",
  updated_at: "updated_at",
  accepted_at: "accepted_at",
}
/** Every order with each status that it can have. */
const SORTED_LISTS = Object.keys(ORDERS).flatMap((key) =>
  (key === "accepted_at" ? ["", "accepted"] : ["", ...STATUSES]).flatMap((status) => [
    [key, status] as const,
    [`-${key}`, status] as const,
  ]),
)

describe("a sorted list", () => {
  it.each(SORTED_LISTS)("by %s with status '%s' has each invite once, forth and back", async (sort, status) => {
    const { resellerId, key } = await createKey()
    await fillInvites(resellerId, { total: 40 })
    await env.DB.prepare("UPDATE invites SET expires_at = 1000 + seq WHERE status = 'pending' AND seq <= 20").run()
    const [, minus, name = ""] = /^(-?)(.*)/.exec(sort) ?? []
    const direction = minus ? "DESC" : "ASC"
    const column = ORDERS[name as keyof typeof ORDERS]
    const current = `iif(status = 'pending' AND expires_at < ${OLD_TIME}, 'expired', status)`
    const { results } = await env.DB.prepare(
      `SELECT id FROM invites WHERE ?1 IN ('', ${current}) AND ${column} IS NOT NULL ORDER BY ${column} ${direction}, seq ${direction}`,
    )
      .bind(status)
      .all<{ id: string }>()
    const ids = results.map(({ id }) => id)
    expect(ids.length).toBeGreaterThan(status === "pending" ? 3 : 7)
    const { forth, back, lastPage } = await walk(key, `sort=${sort}${status && `&status=${status}`}`)
    expect(forth).toEqual(ids)
    expect(back).toEqual(ids.slice(0, ids.length - lastPage))
  })

  it("continues where it was although the invite at the end of the page has changed", async () => {
    const { resellerId, key } = await createKey()
    await fillInvites(resellerId, { total: 12 })
    for (const [sort, change] of [
      ["company_name", "company_key = 'zzz'"],
      ["external_id", "external_id = NULL"],
      ["expires_at", `expires_at = ${FAR * 2}`],
    ]) {
      const first = await list(key, `sort=${sort}&limit=3`)
      const before = await list(key, `sort=${sort}&limit=3&cursor=${first.next_cursor}`)
      await env.DB.prepare(`UPDATE invites SET ${change} WHERE id = ?`).bind(first.data.at(-1)?.id).run()
      const after = await list(key, `sort=${sort}&limit=3&cursor=${first.next_cursor}`)
      expect(after.data.map(({ id }) => id)).toEqual(before.data.map(({ id }) => id))
    }
  })

  it("leads back from a page whose invites have left the list", async () => {
    const { resellerId, key } = await createKey()
    await fillInvites(resellerId, { total: 10 })
    const query = "sort=company_name&status=pending&limit=1"
    const { next_cursor: end } = await list(key, query)
    await env.DB.prepare("UPDATE invites SET status = 'revoked'").run()
    const empty = await list(key, `${query}&cursor=${end}`)
    expect(empty).toEqual({ data: [], next_cursor: null, prev_cursor: `after_${end}` })
    expect((await list(key, `${query}&cursor=${empty.prev_cursor}`)).data).toEqual([])
    const { browser } = await signInStaff("globex")
    const page = await (await browser.get(`/customers/invites?sort=company_name&status=pending&before=${end}`)).text()
    expect(page).toContain("No invites match.")
    expect(page).toContain("← Previous")
  })

  it("is refused with another filter, or with a cursor of another list", async () => {
    const { resellerId, billingId, key } = await createKey()
    await fillInvites(resellerId, { total: 10 })
    for (const filter of [
      "q=firm",
      "email_status=sent",
      `billing_account_id=${billingId}`,
      `invited_by=${ANA}`,
      "created_after=2026-01-01T00:00:00Z",
      "created_before=2026-01-01T00:00:00Z",
    ]) {
      for (const sort of [...Object.keys(ORDERS), "-updated_at"]) {
        const response = await callApi({ key, path: `/invites?sort=${sort}&${filter}` })
        expect([filter, response.status]).toEqual([filter, 422])
        expect(await response.json()).toMatchObject({
          code: "invalid_fields",
          errors: [{ field: "sort", code: "invalid", detail: expect.stringContaining("-created_at") }],
        })
      }
      expect((await callApi({ key, path: `/invites?sort=created_at&${filter}` })).status).toBe(200)
      expect((await callApi({ key, path: `/invites?contact_email=a@b.example&${filter}` })).status).toBe(422)
    }
    for (const [query, field] of [
      ["updated_after=2026-01-01T00:00:00Z", "updated_after"],
      ["sort=accepted_at&updated_before=2026-01-01T00:00:00Z", "updated_before"],
      ["sort=updated_at&accepted_after=2026-01-01T00:00:00Z", "accepted_after"],
      ["status=accepted&accepted_before=2026-01-01T00:00:00Z", "accepted_before"],
      ["sort=accepted_at&status=pending", "status"],
      ["sort=expires_at&contact_email=a@b.example", "contact_email"],
      ["contact_email=nobody", "contact_email"],
    ]) {
      const response = await callApi({ key, path: `/invites?${query}` })
      expect([query, response.status]).toEqual([query, 422])
      expect(await response.json()).toMatchObject({ code: "invalid_fields", errors: [{ field, code: "invalid" }] })
    }
    const { data } = await list(key, "limit=1")
    const { next_cursor: byName } = await list(key, "sort=company_name&limit=1")
    const other = await createKey("globex")
    for (const [path, caller] of [
      [`/invites?sort=expires_at&cursor=${byName}`, key],
      [`/invites?sort=company_name&cursor=${data[0]?.id}`, key],
      [`/invites?cursor=${byName}`, key],
      [`/invites?sort=company_name&cursor=${byName}`, other.key],
    ] as const) {
      const response = await callApi({ key: caller, path })
      expect([path, response.status, (await response.json<{ code: string }>()).code]).toEqual([
        path,
        422,
        "invalid_cursor",
      ])
    }
    expect((await callApi({ key, path: "/invites?sort=contact_name" })).status).toBe(422)
    expect((await callApi({ key, path: "/invites?created_after=yesterday" })).status).toBe(422)
    expect((await list(other.key, "sort=company_name")).data).toEqual([])
  })
})

describe("a filter by an id", () => {
  it("is refused if nothing has that id, in one round trip", async () => {
    const { billingId, resellerId } = await createReseller()
    const key = await createApiKey(resellerId)
    const { userId } = await addStaff(resellerId, { name: "Ana Lopez", email: "ana@acme.example", role: "regular" })
    const keyId = await env.DB.prepare("SELECT id FROM api_keys").first<string>("id")
    const read = async (query: string) => {
      const { database, costs } = countingD1(env.DB)
      const response = await callApi({ key, path: `/invites?${query}`, env: { ...testEnv, DB: database } })
      const { errors } = await response.json<{ errors?: { field: string; code: string }[] }>()
      return { errors: errors?.map(({ field, code }) => `${field} ${code}`), roundTrips: costs.roundTrips }
    }
    await read("")
    const [noAccount, nobody] = [`bil_${"0".repeat(26)}`, `usr_${"0".repeat(26)}`]
    const [account, inviter] = ["billing_account_id not_found", "invited_by not_found"]
    for (const [query, errors] of [
      [`billing_account_id=${billingId}&invited_by=${userId}`, undefined],
      [`invited_by=${keyId}&sort=created_at`, undefined],
      [`billing_account_id=${noAccount}&invited_by=${userId}`, [account]],
      [`billing_account_id=${noAccount}&invited_by=${nobody}&q=firm`, [account, inviter]],
      [`invited_by=key_${"0".repeat(26)}&status=expired`, [inviter]],
    ] as const) {
      const other = await read(query)
      expect([query, other.errors, other.roundTrips <= 2]).toEqual([query, errors, true])
    }
    await fillInvites(resellerId, { total: 20 }) // by people who have left
    expect((await read(`invited_by=${BEN}`)).errors).toBeUndefined()
  })
})

describe("a list limited to times or an address", () => {
  it("has each invite of it once, forth and back, in both directions", async () => {
    const { resellerId, key } = await createKey()
    await fillInvites(resellerId, { total: 60 })
    const other = await createKey("globex")
    await fillInvites(other.resellerId, { from: 61, total: 80 })
    await env.DB.prepare(
      "UPDATE invites SET updated_at = seq / 4, accepted_at = accepted_at - accepted_at + seq / 8",
    ).run()
    const at = (n: number) => new Date(n).toISOString()
    const cases: [query: string, condition: string, key: string][] = [
      [`updated_after=${at(3)}&updated_before=${at(9)}`, "updated_at >= 3 AND updated_at < 9", "updated_at"],
      [`updated_after=${at(3)}`, "updated_at >= 3", "updated_at"],
      [`updated_before=${at(9)}&status=revoked`, "updated_at < 9 AND status = 'revoked'", "updated_at"],
      [`updated_after=${at(9)}&updated_before=${at(3)}`, "0", "updated_at"],
      [`accepted_after=${at(2)}&accepted_before=${at(5)}`, "accepted_at >= 2 AND accepted_at < 5", "accepted_at"],
      ["contact_email=Same@Bulk.example", "contact_email LIKE 'same@%'", "created_at"],
      [
        "contact_email=same@bulk.example&status=revoked",
        "contact_email LIKE 'same@%' AND status = 'revoked'",
        "created_at",
      ],
      ["contact_email=5@bulk.example&status=pending", "contact_email LIKE '5@%'", "created_at"],
      ["contact_email=5@bulk.example&status=expired", "0", "created_at"],
      ["contact_email=none@bulk.example", "0", "created_at"],
    ]
    for (const [query, condition, sort] of cases) {
      for (const [minus, direction] of [
        ["", "ASC"],
        ["-", "DESC"],
      ]) {
        const order = `${sort} ${direction}, seq ${direction}`
        const { results } = await env.DB.prepare(
          `SELECT id FROM invites WHERE reseller_id = ? AND ${condition} ORDER BY ${order}`,
        )
          .bind(resellerId)
          .all<{ id: string }>()
        const ids = results.map(({ id }) => id)
        const { forth, back, lastPage } = await walk(key, `${query}&sort=${minus}${sort}`)
        expect([query, minus, forth]).toEqual([query, minus, ids])
        expect([query, minus, back]).toEqual([query, minus, ids.slice(0, ids.length - lastPage)])
      }
    }
    await env.DB.prepare("UPDATE invites SET expires_at = 1 WHERE contact_email = '5@bulk.example'").run()
    expect((await list(key, "contact_email=5@bulk.example&status=pending")).data).toEqual([])
    expect((await list(key, "contact_email=5@bulk.example&status=expired")).data).toMatchObject([{ status: "expired" }])
  }, 60_000)
})

describe("a list", () => {
  it("can be limited to who invited and when, together with status and search, forth and back", async () => {
    const { resellerId, key } = await createKey()
    await fillInvites(resellerId, { total: 50, time: OLD_TIME })
    await fillInvites(resellerId, { from: 51, total: 100, time: NEW_TIME })
    // Written before the one that the range begins with, although it was created after it.
    await env.DB.prepare("UPDATE invites SET created_at = created_at + 1 WHERE seq = 50").run()
    const cases: [query: string, condition: string][] = [
      [`invited_by=${ANA}`, `invited_by = '${ANA}'`],
      [`invited_by=${ANA}&status=pending`, `invited_by = '${ANA}'`],
      [`invited_by=${BEN}&status=expired&q=firm`, `invited_by = '${BEN}' AND status = 'expired'`],
      [`created_after=${iso(OLD_TIME + 1)}`, `created_at > ${OLD_TIME}`],
      [`created_before=${iso(NEW_TIME)}`, `created_at < ${NEW_TIME}`],
      [`created_before=${iso(OLD_TIME + 1)}`, `created_at = ${OLD_TIME}`],
      [`created_after=${iso(NEW_TIME)}&created_before=${iso(NEW_TIME + 1)}&q=firm`, `created_at = ${NEW_TIME}`],
      [`created_before=${iso(NEW_TIME)}&q=firm`, `created_at < ${NEW_TIME}`],
      [`created_after=${iso(NEW_TIME)}&invited_by=${ANA}`, `created_at = ${NEW_TIME} AND invited_by = '${ANA}'`],
      [`created_before=${iso(NEW_TIME)}&status=revoked`, `created_at < ${NEW_TIME} AND status = 'revoked'`],
      [`created_after=${iso(NEW_TIME + DAY)}&q=firm`, "0"],
      [`created_before=${iso(OLD_TIME - DAY)}&q=firm`, "0"],
      [`created_after=${iso(NEW_TIME)}&created_before=${iso(OLD_TIME)}&q=firm`, "0"],
      ["created_before=0000-01-01T00:00:00Z&q=firm", "0"],
    ]
    for (const [query, condition] of cases) {
      const { results } = await env.DB.prepare(`SELECT id FROM invites WHERE ${condition} ORDER BY seq DESC`).all<{
        id: string
      }>()
      const ids = results.map(({ id }) => id)
      const { forth, back, lastPage } = await walk(key, query)
      expect([query, forth]).toEqual([query, ids])
      expect([query, back]).toEqual([query, ids.slice(0, ids.length - lastPage)])
      const rising = await walk(key, `${query}&sort=created_at`)
      expect([query, rising.forth]).toEqual([query, ids.toReversed()])
      expect([query, rising.back]).toEqual([query, ids.toReversed().slice(0, ids.length - rising.lastPage)])
    }
  }, 60_000)

  it("reads as many rows of 100,000 as of 100, in every order and with every filter", async () => {
    const { resellerId, key } = await createKey()
    const { resellerId: other } = await createReseller("globex")
    await fillInvites(other, { total: 3 })
    const measure = async () => {
      const rows = new Map<string, number>()
      for (const query of BUDGETS) {
        const { database, costs } = countingD1(env.DB)
        const first = await callApi({ key, path: `/invites?${query}`, env: { ...testEnv, DB: database } })
        expect([query, first.status]).toEqual([query, 200])
        const { next_cursor } = await first.json<ListPage>()
        costs.rowsRead = 0
        const path = `/invites?${query}&cursor=`
        for (const cursor of [next_cursor, next_cursor && `after_${next_cursor}`]) {
          if (cursor) await callApi({ key, path: path + cursor, env: { ...testEnv, DB: database } })
        }
        await callApi({ key, path: `/invites?${query}`, env: { ...testEnv, DB: database } })
        rows.set(query, costs.rowsRead)
      }
      return rows
    }
    await fillInvites(resellerId, { from: 4, total: 503, time: OLD_TIME })
    await fillInvites(resellerId, { from: 504, total: 1_003, time: NEW_TIME })
    const few = await measure()
    await env.DB.prepare("DELETE FROM invites WHERE reseller_id = ?").bind(resellerId).run()
    await fillInvites(resellerId, { from: 4, total: 50_003, time: OLD_TIME })
    await fillInvites(resellerId, { from: 50_004, total: 100_003, time: NEW_TIME })
    const many = await measure()
    const otherKey = await createApiKey(other)
    for (const query of BUDGETS) {
      const { database, costs } = countingD1(env.DB)
      await callApi({ key: otherKey, path: `/invites?${query}`, env: { ...testEnv, DB: database } })
      expect([query, costs.rowsRead < 40]).toEqual([query, true])
    }
    for (const [query, rows] of many) {
      expect([query, rows]).toEqual([query, expect.toSatisfy((n: number) => n <= (few.get(query) ?? 0) + 12)])
      expect([query, rows <= 3 * 150]).toEqual([query, true])
    }
  }, 180_000)
})

const BUDGETS = [
  ...SORTED_LISTS.map(([sort, status]) => `sort=${sort}${status && `&status=${status}`}`),
  ...["updated", "accepted"].flatMap((kind) =>
    ["", "-"].map(
      (minus) => `sort=${minus}${kind}_at&${kind}_after=${iso(FAR + 100)}&${kind}_before=${iso(FAR + 300)}`,
    ),
  ),
  ...["", "&status=pending", "&status=revoked"].flatMap((status) =>
    ["", "&sort=created_at"].map((sort) => `contact_email=same@bulk.example${status}${sort}`),
  ),
  "sort=created_at",
  "sort=created_at&status=expired",
  "sort=created_at&q=firm",
  `sort=created_at&created_after=${iso(NEW_TIME - DAY)}`,
  `invited_by=${ANA}`,
  `invited_by=${BEN}&status=pending`,
  `created_before=${iso(NEW_TIME - DAY)}`,
  `created_after=${iso(NEW_TIME - DAY)}`,
  `created_before=${iso(NEW_TIME - DAY)}&status=accepted`,
  `created_before=${iso(NEW_TIME - DAY)}&q=firm`,
  `created_before=${iso(NEW_TIME - DAY)}&invited_by=${ANA}`,
]

describe("the invites page", () => {
  it("filters by staff and day and sorts in its URL, without script", async () => {
    const { browser, resellerId } = await signInStaff()
    const { userId } = await addStaff(resellerId, { name: "Ana Lopez", email: "ana@acme.example", role: "regular" })
    await invite(browser, { company_name: "Zeta GmbH", contact_email: "z@b.example", expires_in_days: "2" })
    await invite(browser, { company_name: "ACME, Inc.", contact_email: "a@b.example", expires_in_days: "9" })
    await invite(browser, { company_name: "Ärzte", contact_email: "e@b.example", expires_in_days: "5" })
    const companies = async (query: string) => {
      const html = await (await browser.get(`/customers/invites?${query}`)).text()
      const names = [...html.matchAll(/<a class="emphasis"[^>]*>([^<]*)/g)].map(([, name]) => name)
      return { html, names }
    }
    const empty = "q=&by=&from=&to=&sort="
    expect((await companies(empty)).names).toEqual(["Ärzte", "ACME, Inc.", "Zeta GmbH"])
    const byCompany = await companies(`${empty}company_name`)
    expect(byCompany.names).toEqual(["ACME, Inc.", "Ärzte", "Zeta GmbH"])
    expect(byCompany.html).toContain('<option value="company_name" selected="">Company</option>')
    expect(byCompany.html).toContain('href="/customers/invites?status=accepted&amp;sort=company_name"')
    expect((await companies("status=pending&sort=expires_at")).names).toEqual(["Zeta GmbH", "Ärzte", "ACME, Inc."])
    await env.DB.prepare("UPDATE invites SET invited_by = ? WHERE contact_email = 'a@b.example'").bind(userId).run()
    await env.DB.prepare("DELETE FROM invite_search").run()
    await env.DB.prepare("INSERT INTO invite_search (rowid, terms) SELECT seq, search_terms FROM invites").run()
    const byAna = await companies(`by=${userId}&sort=company_name`)
    expect(byAna.names).toEqual(["ACME, Inc."])
    expect(byAna.html).toContain(`<option value="${userId}" selected="">Ana Lopez</option>`)
    expect(byAna.html).not.toContain('value="company_name" selected')
    await env.DB.prepare(
      "UPDATE invites SET created_at = ?, id = ? || substr(id, 15) WHERE contact_email = 'z@b.example'",
    )
      .bind(OLD_TIME, lowestId("inv", new Date(OLD_TIME)))
      .run()
    expect((await companies("from=2026-03-01&to=2026-03-01")).names).toEqual(["Zeta GmbH"])
    expect((await companies("to=2026-02-28")).names).toEqual([])
    expect((await companies("from=2026-03-02&q=a")).names).toEqual(["Ärzte", "ACME, Inc."])
    expect((await companies("from=2026-02-31&to=x&by=usr_1")).names, "none of it is valid").toEqual([])
  })

  it.each([
    ["2026-03-29", "Europe/Berlin", 0, "2026-03-28T23:00:00.000Z"],
    ["2026-03-29", "Europe/Berlin", 1, "2026-03-29T22:00:00.000Z"],
    ["2026-10-25", "Europe/Berlin", 1, "2026-10-25T23:00:00.000Z"],
    ["2026-11-01", "America/New_York", 0, "2026-11-01T04:00:00.000Z"],
    ["2026-11-01", "Asia/Kathmandu", 0, "2026-10-31T18:15:00.000Z"],
    ["2026-12-31", "UTC", 1, "2027-01-01T00:00:00.000Z"],
  ])("begins the day %s in %s, or %i days later, at %s", (day, timeZone, daysLater, time) => {
    expect(startOfDay(day, timeZone, daysLater).toISOString()).toBe(time)
  })
})
