import { env } from "cloudflare:workers"
import crypto from "node:crypto"
import { expect, it, vi } from "vitest"
import {
  CUSTOMER,
  callApi,
  count,
  createApiKey,
  invite,
  PASSWORD,
  sendDueEmails,
  signIn,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { hashSlowly } from "./support/hashing.ts"
import { travel } from "./support/time.ts"

const limited: Env = { ...testEnv, INVITE_MAILS_PER_HOUR: "1", API_REQUESTS_PER_10_SECONDS: "1" }

async function filledTables(): Promise<string[]> {
  const { results } = await env.DB.prepare("SELECT name FROM pragma_table_list WHERE type = 'table'").all<{
    name: string
  }>()
  const ours = results.map(({ name }) => name).filter((name) => !/^(sqlite_|_cf_|d1_migrations)/.test(name))
  const counts = await Promise.all(ours.map(async (name) => [name, await count(name)] as const))
  return counts.filter(([, rows]) => rows > 0).map(([name]) => name)
}

// Each run must find empty tables, although it leaves rows, counters, emails and used limits behind.
it.each(["first", "second", "third"])("a test sees no data of earlier tests: %s run", async () => {
  expect(await filledTables()).toEqual([])
  expect(await count("invite_search")).toBe(0)
  expect(vi.isMockFunction(crypto.scrypt)).toBe(true)
  expect(vi.isFakeTimers()).toBe(false)

  const { browser, resellerId } = await signInStaff()
  browser.env = limited
  await invite(browser)
  const another = { ...CUSTOMER, contact_email: "other@northwind.example" }
  expect((await browser.post("/customers/invites/new", another)).status).toBe(429)
  expect(await env.DB.prepare("SELECT seq FROM invites").all()).toMatchObject({ results: [{ seq: 1 }] })
  expect(await env.DB.prepare("SELECT sum(count) AS n FROM invite_counts").first("n")).toBe(1)
  expect(await (await browser.get("/customers/invites?search=northwind")).text()).toContain("Northwind Logistics")
  expect(await sendDueEmails()).toHaveLength(1)

  const key = await createApiKey(resellerId)
  const callStatus = async () => (await callApi({ path: "/invites", key, env: limited })).status
  expect([await callStatus(), await callStatus()]).toEqual([200, 429])

  hashSlowly()
  await expect(signIn("admin@acme.example", PASSWORD)).rejects.toThrow("422") // its hash was computed at the lowest cost
  expect(await filledTables()).not.toEqual([])
  travel({ days: 1 })
})
