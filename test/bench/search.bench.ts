import { createExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { afterAll, expect, it, vi } from "vitest"
import { app } from "../../src/local/app.ts"
import { createApiKey, createReseller, testEnv } from "../support/app.ts"
import { searchRunsSql } from "../support/search-runs.ts"

// Measures searches among a million invites, in one run: rare and common words, short ones, words that never occur together, filters.
// It compares the slowest with the median, each the least of several times, which other programs of the machine don't add to.

const TOTAL = 1_000_000
const BATCH = 20_000
const REPEATS = 7

/** Folded, as `toSearchRuns` writes them. */
const COMPANIES = [
  "northwind",
  "blue harbor",
  "meridian",
  "strasse & sohn",
  "osaka denki",
  "3m",
  "acme",
  "lumen",
  "fjord",
]
const KINDS = [
  "logistics",
  "trading",
  "networks",
  "consulting",
  "labs",
  "gmbh",
  "株式会社",
  "industries",
  "group",
  "co",
  "media",
]
const FIRST = ["priya", "lukasz", "ana", "张伟", "דנה", "zoe", "jose", "al", "mary", "tom", "kim", "noor", "eva"]
const LAST = ["nair", "muller", "yu", "ortiz", "o'neill", "kowalski", "garcia", "reyes", "wong", "silva", "haddad"]

/** 40 searches. Every invite has one word of each list above; the lists have different lengths, so that their words meet. */
const SEARCHES = [
  ...["northwind", "meridian lab", "strasse", "osaka", "3m", "acme networks", "lumen gmbh", "fjord co"],
  ...["株式会社", "张伟", "דנה", "zoë", "jose garcia", "al yu", "al", "a", "o", "yu", "mary", "kim wong"],
  ...["c777777", "c1@", "c999999@h.h", "h.h", "xyzzy", "northwind xyzzy", "qu", "zz"],
  ...["northwind acme", "trading networks", "priya tom", "nair yu", "lab labs", "meridian c500000"],
]
const FILTERS = [
  "status=pending",
  "status=accepted",
  "status=pending&email_status=sent",
  "status=accepted&email_status=bounced",
  "q=northwind&status=accepted",
  "q=acme&email_status=bounced",
]
const QUERIES = [...SEARCHES.map((q) => `q=${encodeURIComponent(q)}`), ...FILTERS]

async function fill(resellerId: string) {
  const pick = (parameter: number) =>
    `json_extract(?${parameter}, '$[' || (value % json_array_length(?${parameter})) || ']')`
  const company = `(${pick(3)} || ' ' || ${pick(4)})`
  const contact = `(${pick(5)} || ' ' || ${pick(6)})`
  const address = "('c' || value || '@h.h')"
  const folded = [company, contact, address].join(" || char(8232) || ")
  for (let first = 0; first < TOTAL; first += BATCH) {
    await env.DB.prepare(
      `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, status, email_status, company_name, contact_name, contact_email,
         billing_account_id, billing_email, billing_phone, locale, link_version, expires_in_days, send_count, last_change_id, invited_by,
         created_at, expires_at, search_runs)
       SELECT printf('inv_%026d', value), 'f' || value, ?1, 'customer', ?1, CASE value % 7 WHEN 0 THEN 'accepted' ELSE 'pending' END,
         CASE value % 50000 WHEN 0 THEN 'bounced' ELSE 'sent' END, ${company}, ${contact}, ${address}, 'bil_x', 'b@x.example',
         '+14155550132', 'en', 1, 14, 1, 'aud_z', 'usr_x', 0, 4102444800000, ${searchRunsSql(folded)}
       FROM (SELECT CAST(?2 + value AS INTEGER) AS value FROM json_each(?7))`,
    )
      .bind(
        resellerId,
        first,
        ...[COMPANIES, KINDS, FIRST, LAST].map((words) => JSON.stringify(words)),
        JSON.stringify(Array.from({ length: BATCH }, (_, i) => i)),
      )
      .run()
  }
}

type Result = { query: string; ms: number; found: number }
const results: Result[] = []

afterAll(() => {
  const sorted = results.toSorted((one, other) => one.ms - other.ms)
  const median = sorted[Math.floor(sorted.length / 2)]?.ms ?? 0
  const lines = sorted.map(
    ({ query, ms, found }) => `${(ms / median).toFixed(2)}  ${found} found  ${decodeURIComponent(query)}`,
  )
  console.log(
    `\n${lines.join("\n")}\nmedian ${median} ms, slowest / median ${((sorted.at(-1)?.ms ?? 0) / median).toFixed(2)}\n`,
  )
})

it("searches among a million invites", async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined)
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  await fill(resellerId)
  for (const query of QUERIES) {
    let ms = Number.POSITIVE_INFINITY
    let found = 0
    for (let n = 0; n < REPEATS; n++) {
      const request = new Request(`https://vestibule.example/api/v1/invites?${query}`, {
        headers: { Authorization: `Bearer ${key}` },
      })
      const started = performance.now()
      const response = await app.fetch(request, testEnv, createExecutionContext())
      const { data } = await response.json<{ data: unknown[] }>()
      ms = Math.min(ms, performance.now() - started)
      found = data.length
    }
    results.push({ query, ms, found })
  }
  expect(results).toHaveLength(40)
  vi.restoreAllMocks()
}, 3_600_000)
