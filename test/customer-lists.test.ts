import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { lowestId } from "../src/storage/ids.ts"
import { keyCursor } from "../src/storage/sort-cursor.ts"
import { callApi, createApiKey, createReseller, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"

const START = Date.UTC(2026, 2, 1)

type ListPage = { data: { id: string }[]; next_cursor: string | null; prev_cursor: string | null }

/** Fills the reseller's list: one customer a second, of which ten have the same name and four the same time of the last change, nine of ten an external id, and a third a billing account to review. */
async function fillCustomers(resellerId: string, total: number, lastFour: string) {
  await env.DB.prepare(
    `INSERT INTO customers (id, reseller_id, name, company_key, billing_account_id, billing_needs_review, external_id, created_at, updated_at)
     WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?2)
     SELECT 'cus_' || (SELECT group_concat(substr('0123456789abcdefghjkmnpqrstvwxyz', (CAST(?3 AS INTEGER) + n * 1000 >> 45 - 5 * i & 31) + 1, 1), '')
         FROM (SELECT value AS i FROM json_each('[0,1,2,3,4,5,6,7,8,9]'))) || printf('%012d', n) || ?4,
       ?1, 'Firm ' || (n * 7919 % CAST(?2 AS INTEGER) / 10), 'firm ' || (n * 7919 % CAST(?2 AS INTEGER) / 10), 'bil_x', n % 3 = 0, iif(n % 10 = 3, NULL, 'crm-' || n), CAST(?3 AS INTEGER) + n * 1000, CAST(?3 AS INTEGER) + n * 7907 % CAST(?2 AS INTEGER) / 4 FROM numbers`,
  )
    .bind(resellerId, total, START, lastFour)
    .run()
}

async function walk(key: string, query: string) {
  const follow = async (start: string | null, direction: "next_cursor" | "prev_cursor") => {
    const pages: ListPage[] = []
    for (let cursor: string | null | undefined = start; cursor !== null && pages.length < 50; ) {
      const path = `/customers?limit=7&${query}${cursor ? `&cursor=${cursor}` : ""}`
      const response = await callApi({ key, path })
      expect([path, response.status]).toEqual([path, 200])
      pages.push(await response.json())
      cursor = pages.at(-1)?.[direction]
    }
    return pages
  }
  const forth = await follow("", "next_cursor")
  const back = await follow(forth.at(-1)?.prev_cursor ?? null, "prev_cursor")
  const idsOf = (pages: ListPage[]) => pages.flatMap(({ data }) => data.map(({ id }) => id))
  return { forth: idsOf(forth), back: idsOf(back.reverse()), lastPage: forth.at(-1)?.data.length ?? 0 }
}

const iso = (time: number) => new Date(time).toISOString()
const CREATED = `created_after=${iso(START + 10_000)}&created_before=${iso(START + 31_000)}`
const UPDATED = `updated_after=${iso(START + 3)}&updated_before=${iso(START + 9)}`

const LISTS: [query: string, condition: string, order: string][] = [
  ["sort=created_at", "1", "id"],
  [CREATED, `created_at >= ${START + 10_000} AND created_at < ${START + 31_000}`, "id DESC"],
  ["billing_changed=true", "billing_needs_review = 1", "id DESC"],
  [
    `billing_changed=true&sort=created_at&created_after=${iso(START + 10_000)}`,
    `billing_needs_review = 1 AND created_at >= ${START + 10_000}`,
    "id",
  ],
  ["sort=name", "1", "company_key, id"],
  ["sort=-name", "1", "company_key DESC, id DESC"],
  ["sort=external_id", "external_id IS NOT NULL", "external_id"],
  ["sort=-external_id", "external_id IS NOT NULL", "external_id DESC"],
  ["sort=updated_at", "1", "updated_at, id"],
  [`sort=updated_at&${UPDATED}`, `updated_at >= ${START + 3} AND updated_at < ${START + 9}`, "updated_at, id"],
  [
    `sort=-updated_at&${UPDATED}`,
    `updated_at >= ${START + 3} AND updated_at < ${START + 9}`,
    "updated_at DESC, id DESC",
  ],
]

it.each(LISTS)("the customers of '%s' are listed once, forth and back", async (query, condition, order) => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  await fillCustomers(resellerId, 60, "aaaa")
  await fillCustomers((await createReseller("globex")).resellerId, 60, "bbbb")
  const { results } = await env.DB.prepare(
    `SELECT id FROM customers WHERE reseller_id = ? AND ${condition} ORDER BY ${order}`,
  )
    .bind(resellerId)
    .all<{ id: string }>()
  const ids = results.map(({ id }) => id)
  expect(ids.length).toBeGreaterThan(15)
  expect(ids.every((id) => id >= lowestId("cus", new Date(START)))).toBe(true)
  const { forth, back, lastPage } = await walk(key, query)
  expect(forth).toEqual(ids)
  expect(back).toEqual(ids.slice(0, ids.length - lastPage))
})

/** Long ranges too, which begin and end far from the page. */
const BUDGETS = [
  ...LISTS.map(([query]) => query),
  ...["", "-"].flatMap((minus) => [
    `sort=${minus}created_at&created_after=${iso(START + 9_000)}&created_before=${iso(START + 99_999_000)}`,
    `sort=${minus}updated_at&updated_after=${iso(START + 1)}&updated_before=${iso(START + 24_990)}`,
  ]),
]

/** The rows that are shown, the next one, and some for the cursor and the ends of a time. */
const ROWS_OF_PAGE = 31

it("a page of customers reads as many rows of 100,000 as of 100", async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  const measure = async () => {
    const rows = new Map<string, number>()
    for (const query of BUDGETS) {
      const { database, costs } = countingD1(env.DB)
      const read = async (cursor = "") => {
        const response = await callApi({ key, path: `/customers?${query}${cursor}`, env: { ...testEnv, DB: database } })
        expect([query, response.status]).toEqual([query, 200])
      }
      await read()
      const middle = await env.DB.prepare(
        "SELECT id, updated_at, company_key, external_id FROM customers ORDER BY id LIMIT 1 OFFSET (SELECT count(*) / 2 FROM customers)",
      ).first<{ id: string; updated_at: number; company_key: string; external_id: string }>()
      if (!middle) throw new Error("there are no customers")
      const { id, updated_at, company_key, external_id } = middle
      const values = { updated_at, name: company_key, external_id }
      const by = new URLSearchParams(query).get("sort")?.replace("-", "") ?? "created_at"
      const value = values[by as keyof typeof values]
      const cursor = value === undefined ? id : keyCursor(id, value)
      costs.rowsRead = 0
      await read()
      await read(`&cursor=${cursor}`)
      await read(`&cursor=after_${cursor}`)
      rows.set(query, costs.rowsRead)
    }
    return rows
  }
  await fillCustomers(resellerId, 100, "aaaa")
  const few = await measure()
  await env.DB.prepare("DELETE FROM customers").run()
  await fillCustomers(resellerId, 100_000, "aaaa")
  await env.DB.prepare("UPDATE customers SET company_key = 'same' WHERE id > ?")
    .bind(lowestId("cus", new Date(START)))
    .run()
  const many = await measure()
  for (const [query, rows] of [...few, ...many]) {
    expect([query, rows]).toEqual([query, expect.toSatisfy((n: number) => n <= 3 * ROWS_OF_PAGE)])
  }
}, 60_000)

it("limits of a time that the list isn't sorted by are refused, and cursors of other orders", async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  await fillCustomers(resellerId, 60, "aaaa")
  for (const query of [UPDATED, `sort=name&${CREATED}`, `sort=updated_at&${CREATED}`]) {
    const response = await callApi({ key, path: `/customers?${query}` })
    expect([query, response.status]).toEqual([query, 422])
    expect((await response.json<{ errors: unknown[] }>()).errors).toHaveLength(2)
  }
  const { next_cursor } = await (await callApi({ key, path: "/customers?sort=name" })).json<ListPage>()
  for (const sort of ["created_at", "updated_at"]) {
    const response = await callApi({ key, path: `/customers?sort=${sort}&cursor=${next_cursor}` })
    expect([sort, response.status, await response.json()]).toMatchObject([sort, 422, { code: "invalid_cursor" }])
  }
})

it("customers to review are found together with other filters, by keys that can read billing", async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  await fillCustomers(resellerId, 60, "aaaa")
  await env.DB.prepare("UPDATE customers SET metadata = json_object('plan', iif(rowid % 2, 'gold', 'free'))").run()
  const idsOf = async (query: string) => (await walk(key, `billing_changed=true&${query}`)).forth
  const stored = async (condition: string) =>
    (
      await env.DB.prepare(
        `SELECT id FROM customers WHERE billing_needs_review = 1 AND ${condition} ORDER BY id DESC`,
      ).all<{
        id: string
      }>()
    ).results.map(({ id }) => id)
  const gold = await stored("metadata ->> 'plan' = 'gold'")
  expect(gold.length).toBeGreaterThan(5)
  expect(await idsOf("metadata[plan]=gold")).toEqual(gold)
  expect([await idsOf("external_id=crm-9"), await idsOf("external_id=crm-10")]).toEqual([
    await stored("external_id = 'crm-9'"),
    [],
  ])
  for (const query of ["billing_changed=false", "billing_changed=true&sort=name"]) {
    expect([query, (await callApi({ key, path: `/customers?${query}` })).status]).toEqual([query, 422])
  }
  const blind = await createApiKey(resellerId, { scopes: ["customers:read"] })
  expect((await callApi({ key: blind, path: "/customers?billing_changed=true" })).status).toBe(403)
})
