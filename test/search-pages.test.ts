import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { Browser, CUSTOMER, latestRegistrationLink, REGISTRATION_FORM, signInStaff, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"

const FRAGMENT = { "HX-Request": "true", "HX-Request-Type": "partial" }

/** The path and the words of each result. */
async function results(browser: Browser, search: string, headers = FRAGMENT) {
  const html = await (await browser.get(`/search?q=${encodeURIComponent(search)}`, headers)).text()
  return [...html.matchAll(/<a href="([^"]*)" role="option"[^>]*>(.*?)<\/a>/gs)].map(([, path = "", content = ""]) => ({
    path,
    words: content
      .replaceAll(/<[^>]*>|[\u2066-\u2069]/g, " ")
      .replaceAll(/\s+/g, " ")
      .trim(),
  }))
}

const inviteCompany = (browser: Browser, company_name: string) =>
  browser.post("/customers/invites/new", {
    ...CUSTOMER,
    company_name,
    contact_email: `${company_name.toLowerCase().replaceAll(" ", ".")}@found.example`,
  })

it("the search finds invites, customers and pages, and nothing of another reseller", async () => {
  const { browser } = await signInStaff()
  const other = await signInStaff("globex")
  await inviteCompany(browser, "Zephyr Labs")
  await inviteCompany(other.browser, "Zephyr Works")
  await inviteCompany(browser, "Quartz Labs")
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  expect(await results(browser, "zephyr")).toEqual([
    { path: expect.stringMatching(/^\/customers\/invites\/inv_/), words: expect.stringContaining("Zephyr Labs") },
  ])
  const [customer] = await results(browser, "quartz")
  expect(customer).toEqual({
    path: expect.stringMatching(/^\/customers\/cus_/),
    words: "Quartz Labs Priya Nair · quartz.labs@found.example Customer",
  })
  expect(await results(browser, "bill")).toEqual([{ path: "/billing", words: "Billing Page" }])
  expect((await results(browser, "")).map(({ path }) => path)).toContain("/settings/api-keys")
  expect(await results(browser, "nothing like it")).toEqual([])
  const page = await (await browser.get("/search?q=zephyr")).text()
  expect([page.includes("Zephyr Labs"), page.includes("Zephyr Works"), page.includes("option")]).toEqual([
    true,
    false,
    false,
  ])
})

it("the search and the shortcuts lead only to pages that the role can open", async () => {
  const { browser } = await signInStaff("acme", "support")
  const paths = (await results(browser, "")).map(({ path }) => path)
  expect([paths.includes("/customers"), paths.includes("/settings/api-keys"), paths.includes("/profile")]).toEqual([
    true,
    false,
    true,
  ])
  for (const { path } of await results(browser, ""))
    expect([path, (await browser.get(path)).status]).toEqual([path, 200])
  const dashboard = await (await browser.get("/")).text()
  const keys = JSON.parse(/data-keys="([^"]*)"/.exec(dashboard)?.[1]?.replaceAll("&quot;", '"') ?? "")
  for (const path of Object.values<string>(keys)) expect([path, (await browser.get(path)).status]).toEqual([path, 200])
})

it("a search is one round trip of few rows", async () => {
  const { browser } = await signInStaff()
  await inviteCompany(browser, "Budget Labs")
  const { database, costs } = countingD1(env.DB)
  browser.env = { ...testEnv, DB: database }
  await results(browser, "x") // the isolate knows the session from now on
  Object.assign(costs, { roundTrips: 0, rowsRead: 0, rowsWritten: 0 })
  expect(await results(browser, "budget")).toHaveLength(1)
  expect([costs.roundTrips, costs.rowsWritten, costs.rowsRead <= 40]).toEqual([1, 0, true])
})
