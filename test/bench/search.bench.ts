import { createExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { afterAll, expect, it, vi } from "vitest"
import { app } from "../../src/local/app.ts"
import { createApiKey, createReseller, testEnv } from "../support/app.ts"
import { fillInvites } from "./fill-invites.ts"

// Measures searches among a million invites, in one run: rare and common words, short ones, words that never occur together, filters.
// It compares the slowest with the median, each the least of several times, which other programs of the machine don't add to.

const TOTAL = 1_000_000
const REPEATS = 7

/** 40 searches. Every invite has a company, a kind of company, a first and a last name that others have too. */
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
  await fillInvites(env.DB, { resellerId, userId: "usr_x", billingAccountId: "bil_x" }, TOTAL)
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
