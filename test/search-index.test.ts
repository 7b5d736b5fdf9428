import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { toSearchRuns } from "../src/domain/invites/search-text.ts"
import {
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
import { countingD1 } from "./support/counting-d1.ts"
import { insertInvites } from "./support/search-invites.ts"
import { searchRunsSql } from "./support/search-runs.ts"
import { travel } from "./support/time.ts"

type List = { data: { id: string; contact_name: string }[]; next_cursor: string | null; prev_cursor: string | null }

/** The invites that an address like `/invites?q=…` lists, with what it cost. */
async function list(key: string, query: string) {
  const { database, costs } = countingD1(env.DB)
  const response = await callApi({ key, path: `/invites?${query}`, env: { ...testEnv, DB: database } })
  expect([query, response.status]).toEqual([query, 200])
  const { data, next_cursor, prev_cursor } = await response.json<List>()
  return { names: data.map(({ contact_name }) => contact_name), next: next_cursor, prev: prev_cursor, ...costs }
}

/** Adds invites of `Alpha` and `Beta` companies in turns, which no search for both finds, quickly. */
async function fill(resellerId: string, total: number) {
  const company = "(CASE value % 2 WHEN 0 THEN 'alphabet ' ELSE 'betamax ' END || 'trading')"
  for (let first = 1; first <= total; first += 10_000) {
    await env.DB.prepare(
      `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, status, email_status, company_name, contact_name, contact_email,
         billing_account_id, billing_email, billing_phone, locale, link_version, expires_in_days, send_count, last_change_id, invited_by,
         created_at, expires_at, search_runs)
       SELECT printf('inv_%026d', value), 'f' || value, ?1, 'customer', ?1, CASE value % 3 WHEN 0 THEN 'revoked' ELSE 'pending' END, 'sent',
         ${company}, 'filller', value || '@h.h', 'bil_x', 'b@x.example', '+14155550132', 'en', 1, 14, 1, 'aud_z', 'usr_x', 0, 4102444800000,
         ${searchRunsSql(`${company} || char(8232) || 'filller'`)}
       FROM json_each(?2)`,
    )
      .bind(resellerId, JSON.stringify(Array.from({ length: Math.min(10_000, total) }, (_, i) => first + i)))
      .run()
  }
}

const PLANTED = ["Łukasz Żak", "张伟", "3M", "Al Yu", "Zoë Quux", "Zoë Quince", "دَنا ۳", "김 철수"]
const SEARCHES = [
  "q=lukasz",
  `q=${encodeURIComponent("张伟")}`,
  `q=${encodeURIComponent("伟")}`,
  "q=3m",
  "q=al%20yu",
  "q=zoe%20qu",
  "q=zoe&status=pending",
  "q=zoe&status=pending&email_status=sent",
  "q=alphabet%20betamax",
  "q=alphamax",
  "q=trading%20zoe",
  "q=beta%20quux",
  "q=xyzzy",
  "q=lll",
  "status=accepted&email_status=sent",
  "q=alphabet&status=accepted",
  `q=${encodeURIComponent("철수")}`,
  "q=zoe&cursor=after_OLDEST",
  "q=trading&cursor=after_OLDEST",
  "q=alphabet%20betamax&cursor=after_OLDEST",
  "status=pending&email_status=sent&cursor=after_OLDEST",
]

it("a search reads the same rows for the same matches among 100 and 100,000 invites", async () => {
  const small = await createReseller()
  const large = await createReseller("globex")
  const costs: unknown[] = []
  for (const [{ resellerId }, total] of [
    [small, 100],
    [large, 100_000],
  ] as const) {
    await env.DB.prepare("DELETE FROM invites").run()
    const key = await createApiKey(resellerId)
    await insertInvites(
      resellerId,
      PLANTED.map((contactName, i) => ({ contactName, contactEmail: `${i}@p.p` })),
    )
    await fill(resellerId, total)
    await list(key, "q=warm")
    const oldest = (await env.DB.prepare("SELECT id FROM invites ORDER BY seq LIMIT 1").first<string>("id")) ?? ""
    const results = []
    for (const query of SEARCHES) {
      const { next: _, prev: __, ...result } = await list(key, query.replace("OLDEST", oldest))
      results.push([query, result])
    }
    costs.push(results)
  }
  expect(costs[1]).toEqual(costs[0])
  expect(costs[0]).toContainEqual(["q=zoe%20qu", expect.objectContaining({ names: ["Zoë Quince", "Zoë Quux"] })])
}, 300_000)

it("a search for common words ends after the newest invites, and its cursor leads to the oldest matches", async () => {
  const { browser, resellerId } = await signInStaff()
  const key = await createApiKey(resellerId)
  const old = Array.from({ length: 30 }, (_, i) => `Old ${i}`)
  await insertInvites(
    resellerId,
    old.map((contactName, i) => ({ contactName, contactEmail: `${i}@p.p`, companyName: "Alphabet Betamax" })),
  )
  await fill(resellerId, 80_000)
  const follow = async (direction: "next" | "prev", cursor: string | null | undefined) => {
    const pages: Awaited<ReturnType<typeof list>>[] = []
    for (let at = cursor; at !== null && pages.length < 20; at = pages.at(-1)?.[direction]) {
      pages.push(await list(key, `q=alphabet%20betamax${at ? `&cursor=${at}` : ""}`))
    }
    return pages
  }
  const forth = await follow("next", undefined)
  expect([forth[0]?.names, forth.flatMap(({ names }) => names)]).toEqual([[], old.toReversed()])
  expect(forth.slice(1).map(({ prev }) => prev)).not.toContain(null)
  const back = await follow("prev", forth.at(-1)?.prev)
  const lastPage = forth.at(-1)?.names.length ?? 0
  expect([back.at(-1)?.names, back.toReversed().flatMap(({ names }) => names)]).toEqual([
    [],
    old.toReversed().slice(0, -lastPage),
  ])
  expect(Math.max(...[...forth, ...back].map(({ rowsRead }) => rowsRead))).toBeLessThan(80)
  expect((await list(key, "q=alphabet%20betamax")).rowsRead, "no match is read beyond the end").toBeLessThan(20)
  // The index can't tell `llll` from `lll`, so that all of the newest 32,768 are compared, but not more.
  expect((await list(key, "q=llll")).rowsRead).toBeLessThan(80_000)
  const page = await (await browser.get("/customers/invites?q=alphabet+betamax")).text()
  expect(page).toMatch(/None of the newest invites match\. <a href="[^"]+before=inv_\w{26}">Search older invites<\/a>/)
  const oldest =
    (await env.DB.prepare("SELECT id FROM invites ORDER BY seq LIMIT 1 OFFSET 30").first<string>("id")) ?? ""
  const newer = await (await browser.get(`/customers/invites?q=alphabet+betamax&after=${oldest}`)).text()
  expect(newer).toMatch(/None of these invites match\. <a href="[^"]+after=inv_\w{26}">Search newer invites<\/a>/)
  expect(newer).toMatch(/<div class="pager">.*<a href="[^"]+before=inv_\w{26}">Older →</s)
  expect(await list(key, "q=old%2029")).toMatchObject({ names: ["Old 29"], next: null })
}, 300_000)

/** Every customer's invite whose search text isn't that of its columns, or that the index finds by other runs. */
async function outdated(): Promise<unknown[]> {
  const { results } = await env.DB.prepare("SELECT * FROM invites").all<Record<string, string>>()
  return results.filter((row) => {
    const { kind = "", company_name = "", contact_name = "", contact_email = "" } = row
    const expected = row.purged_at
      ? ""
      : toSearchRuns({
          kind: kind as "customer",
          companyName: company_name,
          contactName: contact_name,
          contactEmail: contact_email,
        })
    return row.search_runs !== expected
  })
}

it("every change of an invite keeps what it is found by up to date, and a purge removes it", async () => {
  const { browser, resellerId } = await signInStaff()
  const key = await createApiKey(resellerId)
  const found = async (query: string) => (await list(key, `q=${encodeURIComponent(query)}`)).names
  const id = await invite(browser, { contact_name: "Łukasz Żak" })
  expect([await found("lukasz"), await outdated()]).toEqual([["Łukasz Żak"], []])

  await browser.post(`/customers/invites/${id}/edit`, { ...CUSTOMER, contact_name: "José Ruiz" })
  expect([await found("lukasz"), await found("jose"), await outdated()]).toEqual([[], ["José Ruiz"], []])

  const patch = (body: Record<string, string>) => callApi({ key, path: `/invites/${id}`, method: "PATCH", body })
  expect((await patch({ company_name: "Straße 5" })).status).toBe(200)
  travel({ minutes: 5 })
  expect((await patch({ contact_email: "info@münchen.example" })).status).toBe(200)
  expect([await found("strasse"), await found("munchen"), await found("northwind"), await outdated()]).toEqual([
    ["José Ruiz"],
    ["José Ruiz"],
    [],
    [],
  ])

  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  const accepted = await list(key, "q=strasse&status=accepted")
  expect([accepted.names, (await list(key, "q=strasse&status=pending")).names, await outdated()]).toEqual([
    ["José Ruiz"],
    [],
    [],
  ])

  expect((await browser.post(`/customers/invites/${id}/purge`)).status).toBe(303)
  const runs = await env.DB.prepare("SELECT search_runs FROM invites").first("search_runs")
  const left = await env.DB.prepare("SELECT count(*) AS n FROM idempotent_responses WHERE row LIKE '%jos%'").first("n")
  expect([runs, left, await found("strasse"), await found("jose"), await outdated()]).toEqual(["", 0, [], [], []])
})

it("a search without a letter, digit or sign is refused by the API and finds nothing on the page; spaces are no search", async () => {
  const { browser, resellerId } = await signInStaff()
  await invite(browser)
  const key = await createApiKey(resellerId)
  const search = async (q: string) => {
    const page = await (await browser.get(`/customers/invites?q=${encodeURIComponent(q)}`)).text()
    const { status } = await callApi({ key, path: `/invites?q=${encodeURIComponent(q)}` })
    return [status, page.includes("Priya Nair"), page.includes("Enter a letter or a digit to search for.")]
  }
  expect(await search("...")).toEqual([422, false, true])
  expect(await search("  ")).toEqual([422, true, false])
  expect(await search("p")).toEqual([200, true, false])
  expect(await search("q7")).toEqual([200, false, false])
})

it("a search of a hundred words is answered, and all of them count", async () => {
  const { browser, resellerId } = await signInStaff()
  await invite(browser, { contact_name: "a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3 4 5 6 7" })
  const key = await createApiKey(resellerId)
  const words = [..."abcdefghijklmnopqrstuvwxyz01234567"]
  expect((await list(key, `q=${words.join("%20")}&status=pending&email_status=queued`)).names).toHaveLength(1)
  expect((await list(key, `q=${[...words, "8"].join("%20")}`)).names).toEqual([])
})
