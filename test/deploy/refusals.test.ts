import { mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { beforeEach, describe, expect, test } from "vitest"
import { filesOf } from "../../src/deploy/environments.ts"
import { StepError } from "../../src/deploy/tools.ts"
import { FIRST, Site } from "./harness.ts"

let site: Site

beforeEach(async () => {
  site = await Site.open()
})

/** The message and the advice with which a deployment stops, before it has changed anything. */
async function refusal(args: string[]): Promise<string> {
  site.provider.changes.length = 0
  const error = await site.deploy(args).then(
    () => undefined,
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(StepError)
  expect(site.provider.changes).toEqual([])
  return `${error.message} → ${error.advice}`
}

const withDomain = (domain: string, ...more: string[]) => ["--domain", domain, ...FIRST.slice(2), ...more]
const STAGING = ["--env", "staging"]

describe("before anything is changed, a deployment stops if", () => {
  test("nobody is logged in", async () => {
    const [tools, { token }] = [site.tools(), site.state]
    site.state.token = "another"
    expect(token).not.toBe(site.state.token)
    site.tools = () => tools
    expect(await refusal(FIRST)).toMatch(
      /^Account: You aren't logged in.* → Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN/,
    )
  })

  test("the account lacks Workers Paid, unless the operator knows better or the login can't read it", async () => {
    site.state.plan = "free"
    expect(await refusal(FIRST)).toMatch(
      /^Plan: .*Workers Paid.* → Subscribe at https:\/\/dash\.cloudflare\.com\/acc0\/workers\/plans/,
    )
    expect(await site.deploy([...FIRST, "--plan", "paid"])).toContain("as --plan says")
    site.state.plan = "hidden"
    expect(await site.deploy(FIRST)).toContain("this login can't read the plan. Vestibule needs Workers Paid")
  })

  test("there are several accounts and none is chosen, or one that isn't among them", async () => {
    site.state.otherAccounts = [{ id: "acc1", name: "Globex" }]
    expect(await refusal(FIRST)).toMatch(/Which account\?[\s\S]*Acme \(acc0\)[\s\S]*Globex \(acc1\) → Add --account\./)
    expect(await refusal([...FIRST, "--account", "Initech"])).toContain("can't use the account Initech")
    await site.deploy([...FIRST, "--account", "Acme"])
    await site.deploy(["--yes"])
  })

  test("a flag is missing that nobody can be asked for", async () => {
    for (let n = 0; n < FIRST.length; n += 2) {
      expect(await refusal(FIRST.toSpliced(n, 2))).toMatch(
        new RegExp(`^Choices: ${FIRST[n]} is missing: .* → Add ${FIRST[n]}`),
      )
    }
  })

  test("a flag has a malformed value", async () => {
    expect(await refusal(withDomain("acme"))).toContain("acme: This isn't a domain")
    expect(await refusal([...FIRST, "--sender", "acme.test"])).toContain("This isn't an email address")
    expect(await refusal([...FIRST, "--terms-url", "http://acme.test"])).toContain("This isn't an https URL")
    expect(await refusal([...FIRST, "--platform", "a\nb"])).toContain("PLATFORM_NAME must be one line of text")
    expect(await refusal([...FIRST, "--reseller", " "])).toContain(
      "--reseller is empty: What is the first reseller called?",
    )
  })

  test("the Worker would refuse the first reseller or its Admin", async () => {
    expect(await refusal([...FIRST, "--reseller", "x".repeat(500)])).toMatch(
      /^Choices: x{1,60}…?: Use 100 characters or fewer\. → Correct --reseller\.$/,
    )
    expect(await refusal([...FIRST, "--admin-name", "x".repeat(101)])).toContain("Use 100 characters or fewer.")
    expect(await refusal([...FIRST, "--admin-email", "dänä@acme.test"])).toContain("letters outside A–Z before the @")
  })

  test.each([
    ["choices", "{", "it isn't JSON"],
    ["choices", "[]", "expected object, received array"],
    ["choices", '{ "vars": { "RESENDS_PER_DAY": 7 } }', "vars.RESENDS_PER_DAY: Invalid input: expected string"],
    ["choices", '{ "vars": {}, "acount": "acc0" }', 'Unrecognized key: "acount"'],
    ["secrets", '{ "AUTH_SECRET": "', "it isn't JSON"],
    ["secrets", "null", "received null"],
    ["secrets", '{ "LINK_KEYS": [{ "kid": 0 }] }', "LINK_KEYS: Invalid input: expected string, received array"],
  ] as const)("a file of %s is damaged: %s", async (kind, content, problem) => {
    const file = filesOf("production", site.folder)[kind]
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
    const message = await refusal(FIRST)
    expect(message).toContain(`${file} is damaged: `)
    expect(message).toContain(problem)
    expect(await readFile(file, "utf8")).toBe(content)
  })

  test("a variable has a name that nothing reads", async () => {
    await site.deploy(FIRST)
    await site.changeChoices(({ vars }) => Object.assign(vars, { MAIL_PER_DAY: "5" }))
    expect(await refusal(["--yes"])).toContain(
      ".deploy/production.json sets MAIL_PER_DAY, which Vestibule doesn't know.",
    )
  })

  test("the domain or that of the sender has no zone in the account, or one that isn't active", async () => {
    expect(await refusal(withDomain("invites.globex.test"))).toMatch(
      /^Domain: The account Acme has no zone for invites\.globex\.test\. → .* choose another with --domain/,
    )
    expect(await refusal([...FIRST, "--sender", "a@globex.test"])).toContain("choose another with --sender")
    Object.assign(site.state.zones[0] ?? {}, { status: "pending" })
    expect(await refusal(FIRST)).toContain("The zone acme.test isn't active yet. → Enter Cloudflare's name servers")
  })

  test("the domain has a DNS record that would be replaced, or this login can't know", async () => {
    site.state.dnsRecords = [{ zone: "zone0", name: "invites.acme.test", type: "CNAME", content: "shop.example" }]
    expect(await refusal(FIRST)).toMatch(
      /which would be replaced: CNAME shop\.example → If you want that, add --replace-dns/,
    )
    site.state.isDnsHidden = true
    expect(await refusal(FIRST)).toContain("can't see whether invites.acme.test has a DNS record")
    await site.deploy([...FIRST, "--replace-dns"])
    await site.deploy(["--yes"])
  })

  test("another Worker has the domain", async () => {
    await site.deploy(FIRST)
    const other = await Site.open()
    Object.assign(other.state, { scripts: site.state.scripts.map((script) => ({ ...script, name: "shop" })) })
    site = other
    expect(await refusal(FIRST)).toContain(
      "invites.acme.test is the domain of the Worker shop. → Remove it there first",
    )
  })

  test("staging and production would share a domain or a sender's domain, or have one below the other", async () => {
    await site.deploy(FIRST)
    expect(await refusal([...STAGING, ...FIRST])).toContain("invites.acme.test is the domain of production")
    const below = await refusal([...STAGING, ...withDomain("staging.invites.acme.test")])
    expect(below).toContain(
      "could use passkeys of the upper one. → Choose domains beside each other with --domain, such as invites-staging.acme.test",
    )
    expect(await refusal([...STAGING, ...withDomain("acme.test")])).toContain("one below the other")
    const sender = ["--sender", "staging@invites.acme.test"]
    expect(await refusal([...STAGING, ...withDomain("test.acme.test", ...sender)])).toContain(
      "production sends from invites.acme.test, too",
    )
    await site.deploy([...STAGING, ...withDomain("test.acme.test")])
  })

  test("the domain of a deployment changes: its passkeys would be void", async () => {
    await site.deploy(FIRST)
    const change = ["--yes", "--domain", "join.acme.test"]
    expect(await refusal(change)).toMatch(
      /So far vestibule is served at invites\.acme\.test\. Passkeys belong to that domain.*Links in emails.* → If you want that, add --change-domain/,
    )
    expect(JSON.parse(await readFile(filesOf("production", site.folder).choices, "utf8")).vars.BASE_URL).toBe(
      "https://invites.acme.test",
    )

    await site.deploy([...change, "--change-domain"])
    await site.deploy(["--yes"])
    expect(site.state.scripts.map(({ domains }) => domains)).toEqual([["join.acme.test"]])
  })

  test("a variable is wrong by the rules of the Worker", async () => {
    await site.deploy(FIRST)
    await site.changeChoices(({ vars }) => Object.assign(vars, { MAILS_PER_DAY: "-1" }))
    expect(await refusal(["--yes"])).toMatch(
      /MAILS_PER_DAY must be a whole number\. → Correct it for this environment in \.deploy/,
    )
  })
})

describe("at a terminal", () => {
  test("what no flag says is asked, again until it is right, and isn't asked the next time", async () => {
    site.answers = [
      "nonsense",
      "https://Invites.acme.test/",
      "",
      "",
      "https://acme.test/terms",
      "Acme",
      "Dana Ortiz",
      "dana@",
      "dana@acme.test",
    ]
    const output = await site.deploy()
    expect(output).toContain("This isn't a domain")
    expect(output).toContain("https://invites.acme.test, emails from invites@invites.acme.test")
    expect(output).toContain("invited Dana Ortiz (dana@acme.test)")
    expect(site.answers).toEqual([])
    await site.deploy()
  })

  test("whoever isn't logged in can do so", async () => {
    const [tools, { token }] = [site.tools(), site.state]
    site.state.token = "another"
    const logIn = async () => {
      site.state.token = token
    }
    site.tools = () => ({ ...tools, logIn, say: (line) => (site.output += line) })
    expect(await site.deploy(FIRST)).toContain("Log in with the browser that opens")
  })

  test("a change of the domain needs a yes", async () => {
    await site.deploy(FIRST)
    site.answers = ["n"]
    await expect(site.deploy(["--domain", "join.acme.test"])).rejects.toThrow("You answered no. Nothing was changed")
    site.answers = ["y"]
    expect(await site.deploy(["--domain", "join.acme.test"])).toContain("join.acme.test is free")
  })

  test("one of several accounts is chosen by its number", async () => {
    site.state.otherAccounts = [{ id: "acc1", name: "Globex" }]
    site.answers = ["3", "1"]
    expect(await site.deploy(FIRST)).toContain("Account     Acme (acc0)")
    await site.deploy()
  })
})
