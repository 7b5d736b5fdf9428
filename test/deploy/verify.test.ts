import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { FIRST, Site } from "./harness.ts"

let site: Site

beforeEach(async () => {
  site = await Site.open()
})

afterEach(() => {
  vi.unstubAllGlobals()
})

const MINUTE_MS = 60_000

test("an invite that came back is an error that names the address", async () => {
  site.state.outcome = "bounced"
  await expect(site.deploy(FIRST)).rejects.toThrow("Test email: The invite to dana@acme.test came back (bounced)")
})

test("an invite of which no event comes is an error after ten minutes, and so is one that isn't sent", async () => {
  site.state.onDelivery = () => "no event"
  await expect(site.deploy(FIRST)).rejects.toThrow("was sent, but nothing says that it was delivered")
  expect(site.waitedMs).toBe(10 * MINUTE_MS)

  site = await Site.open()
  site.state.onDelivery = () => "refused"
  await expect(site.deploy(FIRST)).rejects.toThrow("Test email: The invite to dana@acme.test wasn't sent.")
})

test("a test email that came back or of which no event comes is an error", async () => {
  await site.deploy(FIRST)
  site.state.outcome = "bounced"
  await expect(site.deploy(["--yes"])).rejects.toThrow(
    "The test email to dana@acme.test came back: cf.email.sending.message.bounced",
  )
  site.state.onDelivery = () => "no event"
  await expect(site.deploy(["--yes"])).rejects.toThrow("nothing says that it was delivered")
  expect(site.waitedMs).toBe(10 * MINUTE_MS)
})

test("the advice of staging is about staging", async () => {
  site.state.onDelivery = () => "no event"
  const error = await site.deploy(["--env", "staging", ...FIRST]).catch((thrown) => thrown)
  expect(error.advice).toContain("`npx wrangler tail --config .wrangler.staging.json`")
})

test.each([
  ["/d1/database", "Database: vestibule was created, but isn't listed yet."],
  ["/email/sending/subdomains", "Email: Email Sending is enabled for invites.acme.test, but isn't listed yet."],
])("what was created and isn't in the list %s yet is an error with advice", async (list, message) => {
  const tools = site.tools()
  site.tools = () => ({ ...tools, read: async (path) => (path.includes(list) ? [] : tools.read(path)) })
  const error = await site.deploy(FIRST).catch((thrown) => thrown)
  expect([error.message, error.advice]).toEqual([message, "Run the same command again."])
})

test("a Worker that can't be asked about the invite is an error with advice", async () => {
  vi.stubGlobal("setTimeout", (run: () => void) => setImmediate(run)) // the client waits between its retries
  site.provider.onRequest = (request, moment) => {
    if (/^GET \/api\/v1\/resellers\/./.test(request) && moment === "before") throw new TypeError("fetch failed")
  }
  const error = await site.deploy(FIRST).catch((thrown) => thrown)
  expect(error.message).toBe("Test email: The Worker can't be reached: fetch failed")
  expect(error.advice).toContain("run the same command again")
})

test("--test-address gets the test email, also of a first deployment", async () => {
  const output = await site.deploy([...FIRST, "--test-address", "ops@acme.test"])
  expect(output).toContain("the test email to ops@acme.test was delivered")
  expect(site.state.emails.map(({ to }) => to)).toEqual(["dana@acme.test", "ops@acme.test"])
})

test("later Admins get no test email, and their invites aren't waited for", async () => {
  await site.deploy(FIRST)
  const later = { id: "res_later", name: "Globex", admin: { name: "Kim Sato", email: "kim@globex.test" } }
  site.state.resellers.get("vestibule")?.unshift({ ...later, emailStatus: "queued" })
  expect(await site.deploy(["--yes"])).toContain("the test email to dana@acme.test was delivered")
  expect(site.state.emails.map(({ to }) => to)).not.toContain("kim@globex.test")

  await site.changeChoices((choices) => delete choices.testAddress)
  await expect(site.deploy(["--yes"])).rejects.toThrow("Choices: --test-address is missing")
})

test("a domain whose certificate takes minutes is waited for, and one that never answers is an error", async () => {
  let misses = 12
  site.provider.onRequest = (request, moment) => {
    if (request === "GET /sign-in" && moment === "before" && misses-- > 0)
      throw new TypeError("fetch failed", { cause: new Error("no certificate") })
  }
  expect(await site.deploy(FIRST)).toContain("… waiting, up to 15 minutes")
  expect(site.waitedMs).toBe(MINUTE_MS)

  misses = Number.POSITIVE_INFINITY
  await expect(site.deploy(["--yes"])).rejects.toThrow(
    "Page: https://invites.acme.test/sign-in doesn't answer as it should: no certificate",
  )
  expect(site.waitedMs).toBe(15 * MINUTE_MS)
})

test("the time that requests take counts as waited", async () => {
  site.provider.onRequest = (request, moment) => {
    if (request !== "GET /sign-in" || moment !== "before") return
    site.waitedMs += 15_000
    throw new TypeError("fetch failed", { cause: new Error("timed out") })
  }
  await expect(site.deploy(FIRST)).rejects.toThrow("doesn't answer as it should: timed out")
  expect(site.waitedMs).toBe(15 * MINUTE_MS + 15_000)
})

test("a Worker that isn't ready is an error that says what isn't", async () => {
  await site.deploy(FIRST)
  site.state.databases[0]?.sqlite.exec("ALTER TABLE resellers RENAME TO lost")
  await expect(site.deploy(["--yes"])).rejects.toThrow(
    "Readiness: The Worker isn't ready: migrations: not applied: 0001_schema.sql",
  )
  expect(site.waitedMs).toBe(3 * MINUTE_MS)
})

test("an answer of something else than this version of the Worker isn't taken for readiness", async () => {
  await site.deploy(FIRST)
  const tools = site.tools()
  for (const answer of [new Response("<title>Sign in</title>", { status: 404 }), Response.json({ error: "busy" })]) {
    site.tools = () => ({
      ...tools,
      fetch: async (...request) => (String(request[0]).endsWith("/readyz") ? answer.clone() : tools.fetch(...request)),
    })
    const reason = `Readiness: The Worker isn't ready: status ${answer.status}`
    await expect(site.deploy(["--yes"])).rejects.toThrow(reason)
  }
})

test("a cron trigger that first fires after minutes is waited for, last, and one that never fires is an error", async () => {
  let checks = 0
  site.state.isCronFiring = () => checks++ > 120
  const output = await site.deploy(FIRST)
  expect(output).toMatch(/Test email .*\n.*waiting, up to 20 minutes\nCron {8}the trigger fires/)

  site.state.isCronFiring = () => false
  await expect(site.deploy(["--yes"])).rejects.toThrow("Cron: The Worker isn't ready: cron: has not run yet")
  expect(site.waitedMs).toBe(20 * MINUTE_MS)
})
