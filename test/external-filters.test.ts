import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { exactTerms } from "../src/domain/invites/search-text.ts"
import { newId } from "../src/storage/ids.ts"
import {
  Browser,
  CUSTOMER,
  callApi,
  createApiKey,
  createReseller,
  latestRegistrationLink,
  REGISTRATION_FORM,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"

type List = {
  data: { id: string; external_id: string | null }[]
  next_cursor: string | null
  prev_cursor: string | null
  errors?: { field: string; code: string }[]
}

async function list(key: string, path: string) {
  const { database, costs } = countingD1(env.DB)
  const response = await callApi({ key, path, env: { ...testEnv, DB: database } })
  return { status: response.status, costs, body: await response.json<List>() }
}

const found = async (key: string, path: string) =>
  (await list(key, path)).body.data.map(({ external_id }) => external_id).sort()

const refusal = async (key: string, path: string) =>
  ((await list(key, path)).body.errors ?? []).map(({ field, code }) => `${field} ${code}`)

/** The external ids of all pages of customers, after checking that the pages lead back the same way. */
async function walk(key: string, query: string) {
  const follow = async (start: string | null, direction: "next_cursor" | "prev_cursor") => {
    const pages: List[] = []
    for (let cursor = start; cursor !== null && pages.length < 20; cursor = pages.at(-1)?.[direction] ?? null) {
      pages.push((await list(key, `/customers?limit=3&${query}${cursor && `&cursor=${cursor}`}`)).body)
    }
    return pages
  }
  const idsOf = (pages: List[]) => pages.flatMap(({ data }) => data.map(({ external_id }) => external_id))
  const forth = await follow("", "next_cursor")
  const back = await follow(forth.at(-1)?.prev_cursor ?? null, "prev_cursor")
  expect(idsOf(back.reverse())).toEqual(idsOf(forth.slice(0, -1)))
  return idsOf(forth)
}

async function createInvites(key: string, fields: object[]) {
  for (const [n, each] of fields.entries()) {
    await callApi({ key, path: "/invites", body: { ...CUSTOMER, contact_email: `c${n}@x.example`, ...each } })
  }
}

const RECORDS = [
  { external_id: "crm-1", metadata: { plan: "gold", region: "EMEA" } },
  { external_id: "crm-2", metadata: { plan: "gold", region: "APAC" } },
  { external_id: "crm-10", metadata: { plan: "gold edition" } },
  { external_id: "Gold", metadata: { region: "gold" } },
]

const TABLE: [query: string, externalIds: string[]][] = [
  ["external_id=crm-1", ["crm-1"]],
  ["external_id=CRM-1", []],
  ["external_id=crm", []],
  ["metadata[plan]=gold", ["crm-1", "crm-2"]],
  ["metadata%5Bplan%5D=%20gold%20", ["crm-1", "crm-2"]],
  ["metadata[plan]=gold&metadata[region]=EMEA", ["crm-1"]],
  ["metadata[plan]=Gold", []],
  ["metadata[region]=gold", ["Gold"]],
  ["metadata[plan]=gold&external_id=crm-2", ["crm-2"]],
  ["metadata[other]=gold", []],
]

describe("the list of invites", () => {
  it("is filtered by external id and by values of metadata, exactly", async () => {
    const key = await createApiKey((await createReseller()).resellerId)
    await createInvites(key, RECORDS)
    for (const [query, ids] of [...TABLE, ["metadata[plan]=gold&status=pending&q=crm-2", ["crm-2"]]] as const) {
      expect(await found(key, `/invites?${query}`), query).toEqual(ids)
    }
    const globex = await createApiKey((await createReseller("globex")).resellerId)
    expect(await found(globex, "/invites?metadata[plan]=gold")).toEqual([])
  })

  it("can have such a filter with any other in lists by created_at, and in no other list", async () => {
    const key = await createApiKey((await createReseller()).resellerId)
    await createInvites(key, RECORDS)
    const [after, before] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)].map((time) =>
      time.toISOString(),
    )
    const rest = `sort=created_at&status=pending&created_after=${after}&created_before=${before}`
    expect(await found(key, `/invites?metadata[plan]=gold&metadata[region]=EMEA&${rest}`)).toEqual(["crm-1"])
    expect(await found(key, `/invites?external_id=Gold&${rest}`)).toEqual(["Gold"])
    expect(await found(key, `/invites?metadata[plan]=gold&created_before=${after}`)).toEqual([])
    for (const filter of ["metadata[plan]=gold", "external_id=crm-1"]) {
      expect(await refusal(key, `/invites?${filter}&sort=-updated_at`)).toEqual(["sort invalid"])
      expect(await refusal(key, `/invites?${filter}&contact_email=c0@x.example`)).toEqual(["contact_email invalid"])
    }
  })

  it("follows an edit", async () => {
    const key = await createApiKey((await createReseller()).resellerId)
    await createInvites(key, RECORDS.slice(0, 1))
    const body = { metadata: { plan: "silver" }, external_id: "crm-9" }
    await callApi({ key, method: "PATCH", path: "/invites/external:crm-1", body })
    expect(await found(key, "/invites?external_id=crm-1")).toEqual([])
    expect(await found(key, "/invites?metadata[plan]=silver&external_id=crm-9&metadata[region]=EMEA")).toEqual([
      "crm-9",
    ])
  })

  it.each([
    "external_id=",
    "metadata[]=x",
    "metadata[plan]=",
    "metadata=x",
    "metadata[__proto__]=x",
    "metadata[plan]=gold&metadata[plan]=gold",
    "metadata[plan]=gold&metadata[plan]=silver",
    "external_id=crm-1&external_id=crm-2",
    "metadata.plan=gold",
    "metadata[a]=1&metadata[b]=1&metadata[c]=1&metadata[d]=1&metadata[e]=1&metadata[f]=1",
  ])("refuses the filter %s", async (query) => {
    const key = await createApiKey((await createReseller()).resellerId)
    for (const path of ["/invites", "/customers"]) expect((await list(key, `${path}?${query}`)).status).toBe(422)
  })

  it("can be searched for external ids and values of metadata", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    await createInvites(key, RECORDS)
    expect(await found(key, "/invites?q=CRM-1")).toEqual(["crm-1", "crm-10"])
    expect(await found(key, "/invites?q=edition")).toEqual(["crm-10"])
    const page = await (await browser.get("/customers/invites?q=emea")).text()
    expect([page.includes("c0@x.example"), page.includes("c1@x.example")]).toEqual([true, false])
  })
})

describe("the list of customers", () => {
  it("is filtered by external id and by values of metadata, exactly", async () => {
    const key = await createApiKey((await createReseller()).resellerId)
    for (const [n, each] of RECORDS.entries()) {
      await callApi({ key, path: "/invites", body: { ...CUSTOMER, contact_email: `c${n}@x.example`, ...each } })
      await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    }
    for (const [query, ids] of TABLE) expect(await found(key, `/customers?${query}`), query).toEqual(ids)
    await callApi({ key, method: "PATCH", path: "/customers/external:crm-2", body: { metadata: { plan: null } } })
    expect(await found(key, "/customers?metadata[plan]=gold")).toEqual(["crm-1"])
    const globex = await createApiKey((await createReseller("globex")).resellerId)
    expect(await found(globex, "/customers?metadata[plan]=gold")).toEqual([])
  })

  it("keeps its order, its limits and its pages with such a filter by created_at, and refuses it in other orders", async () => {
    const { resellerId } = await createReseller()
    const key = await createApiKey(resellerId)
    const start = Date.UTC(2026, 2, 1)
    // One customer a minute. Every second one has the plan, every third one of these the region.
    await env.DB.batch(
      Array.from({ length: 30 }, (_, n) => {
        const metadata = { plan: n % 2 ? "gold" : "basic", region: n % 3 ? "EMEA" : "APAC" }
        const createdAt = start + n * 60_000
        const id = newId("cus", new Date(createdAt))
        return env.DB.prepare(
          `INSERT INTO customers (id, reseller_id, name, billing_account_id, external_id, metadata, created_at)
           VALUES (?, ?, 'C', 'bil_x', ?, ?, ?)`,
        ).bind(id, resellerId, `crm-${n}`, JSON.stringify(metadata), createdAt)
      }),
    )
    const gold = Array.from({ length: 15 }, (_, n) => n * 2 + 1)
    const apac = gold.filter((n) => n % 3 === 0)
    const at = (n: number) => new Date(start + n * 60_000).toISOString()
    const range = `created_after=${at(5)}&created_before=${at(21)}`
    const inRange = (n: number) => n >= 5 && n < 21
    for (const [query, expected] of [
      ["metadata[plan]=gold", gold],
      [`metadata[plan]=gold&${range}`, gold.filter(inRange)],
      ["metadata[plan]=gold&metadata[region]=APAC", apac],
      [`metadata[plan]=gold&metadata[region]=APAC&${range}`, apac.filter(inRange)],
      [`external_id=crm-7&metadata[plan]=gold&${range}`, [7]],
      [`external_id=crm-25&${range}`, []],
    ] as const) {
      const names = expected.map((n) => `crm-${n}`)
      expect(await walk(key, `${query}&sort=created_at`), query).toEqual(names)
      expect(await walk(key, query), query).toEqual(names.reverse())
    }
    for (const sort of ["name", "-updated_at"]) {
      expect(await refusal(key, `/customers?metadata[plan]=gold&sort=${sort}`)).toEqual(["sort invalid"])
      expect(await refusal(key, `/customers?external_id=crm-7&sort=${sort}`)).toEqual(["sort invalid"])
    }
  })
})

const QUERIES = [
  "external_id=crm-7",
  "external_id=none",
  "metadata[plan]=gold",
  "metadata[plan]=gold&metadata[n]=7",
  "metadata[plan]=gold&metadata[n]=none",
  "metadata[plan]=gold&sort=created_at",
  "metadata[plan]=gold&metadata[n]=none&sort=created_at",
  "external_id=crm-7&sort=created_at",
  "metadata[n]=7&external_id=crm-7",
]

/** Adds records up to `total`, all of the same plan. */
async function fill(resellerId: string, from: number, total: number) {
  for (let start = from; start < total; start += 5_000) {
    const rows = Array.from({ length: Math.min(5_000, total - start) }, (_, i) => {
      const n = start + i
      const values = { externalId: `crm-${n}`, metadata: { n: String(n), plan: "gold" } }
      return { n, ...values, runs: exactTerms(values).join("\n") }
    })
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, status, email_status, company_name, contact_name,
         contact_email, billing_account_id, billing_email, billing_phone, locale, link_version, expires_in_days, send_count,
         last_change_id, invited_by, created_at, expires_at, external_id, metadata, search_runs)
       SELECT printf('inv_%026d', value ->> 'n'), printf('%011d', value ->> 'n'), ?1, 'customer', ?1, 'expired', 'sent', 'C', 'C',
         'c@x.example', 'bil_x', 'b@x.example', '+14155550132', 'en', 1, 14, 1, 'aud_z', 'usr_x', 0, 1,
         value ->> 'externalId', value ->> 'metadata', value ->> 'runs' FROM json_each(?2)`,
      ).bind(resellerId, JSON.stringify(rows)),
      env.DB.prepare(
        `INSERT INTO customers (id, reseller_id, name, billing_account_id, external_id, metadata, created_at)
       SELECT printf('cus_%026d', value ->> 'n'), ?1, 'C', 'bil_x', value ->> 'externalId', value ->> 'metadata', 0
       FROM json_each(?2)`,
      ).bind(resellerId, JSON.stringify(rows)),
    ])
  }
}

it("filters and paths with an external id read about as many rows of 100,000 records as of 10", async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  const measure = async () => {
    const reads: Record<string, number> = {}
    for (const kind of ["invites", "customers"]) {
      for (const query of QUERIES) {
        const { status, costs } = await list(key, `/${kind}?${query}`)
        expect(status).toBe(200)
        reads[`${kind}?${query}`] = costs.rowsRead
      }
      reads[`${kind} by external id`] = (await list(key, `/${kind}/external:crm-7`)).costs.rowsRead
    }
    return reads
  }
  await fill(resellerId, 0, 10)
  const few = await measure()
  await fill(resellerId, 10, 100_000)
  const many = await measure()
  expect(await found(key, "/customers?metadata[n]=7&external_id=crm-7")).toEqual(["crm-7"])
  expect(await found(key, "/invites?metadata[n]=7&external_id=crm-7")).toEqual(["crm-7"])
  const name = JSON.stringify([few, many])
  for (const [sort, n] of [
    ["-created_at", 99_000],
    ["created_at", 999],
  ] as const) {
    const query = `metadata[plan]=gold&metadata[n]=${n}&sort=${sort}`
    const distant = await list(key, `/customers?${query}`)
    expect(distant.body, sort).toMatchObject({ data: [], next_cursor: expect.stringMatching(/^cus_/) })
    const next = await list(key, `/customers?${query}&cursor=${distant.body.next_cursor}`)
    expect(next.body.data, sort).toMatchObject([{ external_id: `crm-${n}` }])
  }
  for (const [path, rows] of Object.entries(many)) {
    // Of customers with one of the values, a page compares 500 with the others.
    const max = /customers.*plan.*n\]/.test(path) ? 2_100 : 300
    expect(rows, `${path} ${name}`).toBeLessThanOrEqual(max)
  }
}, 300_000)
