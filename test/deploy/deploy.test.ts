import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { beforeEach, expect, test } from "vitest"
import { filesOf, writeJson } from "../../src/deploy/environments.ts"
import { FIRST, Site } from "./harness.ts"

let site: Site

beforeEach(async () => {
  site = await Site.open()
})

test("a first deployment makes all that a deployment needs, and ends with the Admin's invite delivered", async () => {
  const output = await site.deploy(FIRST)

  expect(output).toContain("the invite to dana@acme.test was delivered")
  expect(output).toContain("MX   cf-bounce.invites.acme.test 10 route1.mx.cloudflare.net")
  const { scripts, ...rest } = site.state.summary()
  expect(scripts).toMatchObject([
    {
      name: "vestibule",
      domains: ["invites.acme.test"],
      isOnWorkersDev: false,
      secrets: ["AUTH_SECRET", "LINK_KEYS", "OPERATOR_TOKEN"],
      vars: { BASE_URL: "https://invites.acme.test", MAIL_FROM: "invites@invites.acme.test", RESENDS_PER_DAY: "5" },
    },
  ])
  expect(rest).toMatchObject({
    databases: [{ name: "vestibule", migrations: [{ name: "0001_schema.sql" }] }],
    senders: [{ name: "invites.acme.test", enabled: true }],
    subscriptions: [{ source: { domain: "invites.acme.test" }, enabled: true }],
    resellers: [[{ name: "Acme", admin: { name: "Dana Ortiz", email: "dana@acme.test" } }]],
  })
  expect(rest.queues.map(({ name }) => name).sort()).toEqual([
    "vestibule-bulk-mail",
    "vestibule-dead",
    "vestibule-jobs",
    "vestibule-mail",
    "vestibule-mail-events",
    "vestibule-webhooks",
  ])
  expect(rest.queues.every(({ consumers }) => consumers.length === 1)).toBe(true)
  expect(site.provider.unknown).toEqual([])
})

test("migrations are applied before the code that needs them is live", async () => {
  await site.deploy(FIRST)
  const changes = site.provider.changes.filter((change) => /query|PUT .*scripts\/vestibule$/.test(change))
  expect(changes.at(-1)).toBe("PUT /accounts/acc0/workers/scripts/vestibule")
  expect(changes.length).toBeGreaterThan(2)
})

test("a second deployment, without flags, makes nothing twice and proves itself with a test email", async () => {
  await site.deploy(FIRST)
  const before = site.state.summary()
  site.provider.changes.length = 0
  const output = await site.deploy(["--yes"])

  expect(site.state.summary()).toEqual(before)
  expect(site.state.scripts[0]?.versions).toBe(2)
  expect(
    site.provider.changes.filter((change) =>
      /POST .*(d1\/database|queues|subdomains|subscriptions|resellers)$/.test(change),
    ),
  ).toEqual([])
  expect(output).toContain("the test email to dana@acme.test was delivered")
  expect(site.state.emails.map(({ subject }) => subject)).toEqual([
    "Join Acme",
    expect.stringContaining("Vestibule was deployed"),
  ])
})

test.each(["before", "after"] as const)(
  "interrupted %s any request and run again, a deployment completes",
  async (moment) => {
    await site.deploy(FIRST)
    const complete = site.state.summary()
    let count = 0
    for (; ; count++) {
      const other = await Site.open()
      const isInterrupted = await other.deployUntil(count, moment, FIRST)
      const secrets = await readFile(join(other.folder, ".deploy/production.secrets.json"), "utf8").catch(
        () => undefined,
      )
      await other.deploy(FIRST)
      expect(other.state.summary(), `${moment} ${count}`).toEqual(complete)
      if (secrets) expect(await readFile(join(other.folder, ".deploy/production.secrets.json"), "utf8")).toBe(secrets)
      if (!isInterrupted) break
    }
    expect(count).toBeGreaterThan(20)
  },
)

test("staging is beside production, with its own Worker, database, queues, limits and domains", async () => {
  await site.deploy(FIRST)
  const production = site.state.summary()
  const output = await site.deploy(["--env", "staging", "--domain", "invites-staging.acme.test", ...FIRST.slice(2)])

  expect(output).toContain("https://invites-staging.acme.test, emails from invites@invites-staging.acme.test")
  const both = site.state.summary()
  expect(both.databases.map(({ name }) => name)).toEqual(["vestibule", "vestibule-staging"])
  expect(both.scripts.map(({ name, domains }) => [name, domains])).toEqual([
    ["vestibule", ["invites.acme.test"]],
    ["vestibule-staging", ["invites-staging.acme.test"]],
  ])
  const [, staging] = site.state.scripts
  expect(staging?.secrets).not.toEqual(site.state.scripts[0]?.secrets)
  expect(new Set(both.queues.map(({ name }) => name)).size).toBe(12)
  for (const { name, consumers } of both.queues) {
    const script = name.endsWith("-staging") ? "vestibule-staging" : "vestibule"
    expect(consumers).toMatchObject([{ script }])
  }
  expect(both.queues.filter(({ name }) => !name.endsWith("-staging"))).toEqual(production.queues)
  const text = await readFile(join(site.folder, ".wrangler.staging.json"), "utf8")
  const ownNames = [...text.matchAll(/"(vestibule[\w-]*)"/g)].map(([, name = ""]) => name)
  expect(ownNames.length).toBeGreaterThan(15)
  expect(ownNames.filter((name) => !name.endsWith("-staging"))).toEqual(["vestibule_staging"])
  const config = JSON.parse(text)
  expect(config.ratelimits.map(({ namespace_id }: { namespace_id: string }) => namespace_id)).toEqual([
    "1001",
    "1002",
    "1003",
  ])
})

test("an account that hasn't enabled Analytics Engine is deployed to without metrics, and with them once it has", async () => {
  site.state.hasAnalyticsEngine = false
  const metrics = () => site.state.scripts[0]?.bindings.filter(({ type }) => type === "analytics_engine").length
  expect(await site.deploy(FIRST)).toMatch(
    /Worker +deployed .*\n +without metrics: enable Analytics Engine at https:\/\/dash\.cloudflare\.com\/acc0\/workers\/analytics-engine/,
  )
  expect(metrics()).toBe(0)
  site.state.hasAnalyticsEngine = true
  expect(await site.deploy(["--yes"])).not.toContain("without metrics")
  expect(metrics()).toBe(1)
})

test("variables that an operator adds to the file of an environment are deployed", async () => {
  await site.deploy(FIRST)
  await site.changeChoices(({ vars }) => Object.assign(vars, { RESENDS_PER_DAY: "9" }))
  await site.deploy(["--yes"])
  expect(site.state.summary().scripts[0]?.vars).toMatchObject({ RESENDS_PER_DAY: "9" })
  await site.changeChoices(({ vars }) => Object.assign(vars, { RESENDS_PER_DAY: "many" }))
  await expect(site.deploy(["--yes"])).rejects.toThrow("RESENDS_PER_DAY must be a whole number")
  expect(site.state.scripts[0]?.versions).toBe(2)
})

test("a subscription that was switched off or lacks events is repaired, and a sender that was disabled", async () => {
  await site.deploy(FIRST)
  Object.assign(site.state.subscriptions[0] ?? {}, { enabled: false, events: ["message.delivered"] })
  Object.assign(site.state.senders[0] ?? {}, { enabled: false })
  const output = await site.deploy(["--yes"])
  expect(output).toContain("subscribed vestibule-mail-events to all delivery events")
  expect(site.state.subscriptions).toMatchObject([{ enabled: true }])
  expect(site.state.subscriptions[0]?.events).toHaveLength(6)
  expect(site.state.senders).toMatchObject([{ enabled: true }])
})

test.each([
  ["https://Invites.Acme.Test./", "https://invites.acme.test"],
  ["bücher.acme.test", "https://xn--bcher-kva.acme.test"],
])("a domain is understood as people enter it: %s", async (entered, url) => {
  expect(await site.deploy([...FIRST, "--domain", entered])).toContain(`Choices     ${url},`)
})

test("the domain of a sender is kept in lowercase, as subscriptions name it", async () => {
  await site.deploy([...FIRST, "--sender", "Invites@Acme.Test"])
  expect(site.state.emails).toMatchObject([{ from: "Invites@acme.test" }])
})

test("where the HTTP provider alone sends emails, Email Service is left alone, and the sender may be at any domain", async () => {
  const { choices, secrets } = filesOf("production", site.folder)
  await writeJson(choices, { vars: { MAIL_PROVIDERS: "http" } })
  await writeJson(secrets, { MAIL_API_KEY: "re_key" })
  const output = await site.deploy([...FIRST, "--sender", "invites@globex.test"])
  expect(output).toContain("Email       by the API at https://api.resend.com; Email Service stays as it is")
  expect(output).toContain("Test email  the API took the invite to dana@acme.test")
  expect(site.state.summary()).toMatchObject({ senders: [], subscriptions: [], resellers: [[{ name: "Acme" }]] })
  expect(site.state.scripts[0]?.secrets).toMatchObject({ MAIL_API_KEY: "re_key" })
  expect(site.state.emails).toEqual([])
  expect(await site.deploy(["--yes"])).toContain(
    "none: https://invites.acme.test/operator says whether the API takes emails",
  )
})

test("an invite that the HTTP provider doesn't take is an error after ten minutes", async () => {
  const { choices, secrets } = filesOf("production", site.folder)
  await writeJson(choices, { vars: { MAIL_PROVIDERS: "http" } })
  await writeJson(secrets, { MAIL_API_KEY: "re_key" })
  site.state.onDelivery = () => "refused"
  await expect(site.deploy(FIRST)).rejects.toThrow("Test email: The invite to dana@acme.test wasn't sent.")
  expect(site.waitedMs).toBe(10 * 60_000)
})

test("a deployment by Workers Builds, whose token can do less, migrates and deploys what was chosen before", async () => {
  await site.deploy(FIRST)
  const before = site.state.summary()
  site.provider.changes.length = 0
  await site.deploy([], undefined, { WORKERS_CI: "1" })
  expect(site.state.summary()).toEqual(before)
  expect(site.state.scripts[0]?.versions).toBe(2)
  expect(site.provider.changes.filter((change) => /email|subscriptions|resellers|zones/.test(change))).toEqual([])

  const other = await Site.open()
  await expect(other.deploy([], undefined, { WORKERS_CI: "1" })).rejects.toThrow("Choices: --domain is missing")
})
