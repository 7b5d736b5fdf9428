import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import {
  Browser,
  callApi,
  count,
  createApiKey,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  sendDueEmails,
  signInStaff,
} from "./support/app.ts"
import { travel } from "./support/time.ts"

const ADDRESS = "priya@northwind.example"
const MASKED = "p••••@n••••••••.example"

type LinkCase = {
  state: string
  /** Puts the link's invite into this state. */
  sql?: string
  /** Its lifetime has passed. */
  isExpired?: boolean
  link?: "copied" | "truncated" | "forged"
  /** The status of GET and HEAD, and of a first and a second POST of the complete form. */
  get: number
  expectedText: string[]
  post: number
  secondPost: number
  /** The status for another signed-in user. */
  forOtherUser: number
  /** How many customers, users, members and terms acceptances the POSTs create. */
  createdCount: number
  /** How many emails "Send me a new link" sends, and its status. */
  renewal: readonly [mails: number, status: number]
}

/** A link that gives everyone the same status, creates nothing and isn't renewed. */
const inactiveLink = (status: number) =>
  ({ get: status, post: status, secondPost: status, forOtherUser: status, createdCount: 0, renewal: [0, 303] }) as const
const GONE = inactiveLink(410)
const INVALID = inactiveLink(404)

const LINK_CASES: LinkCase[] = [
  {
    state: "valid",
    get: 200,
    expectedText: ["Set up Northwind Logistics", "Dana Ortiz of Acme Networks", "Create account", ADDRESS],
    post: 303,
    secondPost: 409,
    forOtherUser: 409,
    createdCount: 1,
    renewal: [0, 303],
  },
  {
    state: "valid, copied",
    link: "copied",
    get: 200,
    expectedText: ["Send me a code", MASKED],
    post: 403,
    secondPost: 403,
    forOtherUser: 409,
    createdCount: 0,
    renewal: [0, 303],
  },
  {
    state: "superseded",
    sql: "UPDATE invites SET link_version = 2",
    ...GONE,
    expectedText: ["There is a newer link", "Send me the newest link again", MASKED],
    renewal: [1, 202],
  },
  {
    state: "email_changed",
    sql: "UPDATE invites SET link_version = 2, email_since_version = 2, contact_email = 'right@northwind.example'",
    ...GONE,
    expectedText: ["The address of this invite was changed", "support@acme.example"],
  },
  {
    state: "email_changed and accepted there",
    sql: "UPDATE invites SET link_version = 2, email_since_version = 2, contact_email = 'right@northwind.example', status = 'accepted'",
    ...GONE,
    expectedText: ["The address of this invite was changed"],
  },
  {
    state: "superseded, and the newer one expired",
    sql: "UPDATE invites SET link_version = 2",
    isExpired: true,
    ...GONE,
    expectedText: ["This link has expired", "Send me a new link", MASKED],
    renewal: [1, 202],
  },
  {
    state: "expired",
    isExpired: true,
    ...GONE,
    expectedText: ["This link has expired", "Send me a new link", MASKED],
    renewal: [1, 202],
  },
  {
    state: "expired, copied",
    sql: "UPDATE invites SET status = 'expired'",
    isExpired: true,
    link: "copied",
    ...GONE,
    expectedText: ["This link has expired", "Send me a new link", MASKED],
    renewal: [1, 202],
  },
  {
    state: "accepted",
    sql: "UPDATE invites SET status = 'accepted'",
    get: 409,
    expectedText: ["You already have an account", 'href="/sign-in?next=%2Fr%2F', MASKED],
    post: 409,
    secondPost: 409,
    forOtherUser: 409,
    createdCount: 0,
    renewal: [0, 303],
  },
  {
    state: "revoked",
    sql: "UPDATE invites SET status = 'revoked'",
    ...GONE,
    expectedText: ["This invite was withdrawn", "support@acme.example", "Dana Ortiz", "+1 415 555 0100"],
  },
  {
    state: "declined",
    sql: "UPDATE invites SET status = 'declined'",
    ...GONE,
    expectedText: ["This invite was declined", "support@acme.example"],
  },
  {
    state: "invalid: truncated",
    link: "truncated",
    ...INVALID,
    expectedText: ["Broken link"],
  },
  {
    state: "invalid: forged",
    link: "forged",
    ...INVALID,
    expectedText: ["Broken link"],
  },
]

/** A reseller with an invite in the row's state, and the path of the row's link. */
async function createLinkCase({ sql, isExpired, link }: LinkCase) {
  const reseller = await signInStaff()
  await env.DB.prepare("UPDATE resellers SET support_name = 'Dana Ortiz', support_phone = '+14155550100'").run()
  const id = await invite(reseller.browser, isExpired ? { expires_in_days: "3" } : {})
  let path = await latestRegistrationLink()
  if (link === "copied") path = await createCopyLink(reseller.resellerId, id)
  if (sql) await env.DB.prepare(sql).run()
  if (isExpired) travel({ days: 3 })
  if (link === "truncated") path = path.slice(0, -9)
  if (link === "forged") path = `${path.slice(0, -1)}${path.endsWith("A") ? "E" : "A"}`
  return { ...reseller, id, path }
}

async function createCopyLink(resellerId: string, id: string): Promise<string> {
  const response = await callApi({ key: await createApiKey(resellerId), method: "POST", path: `/invites/${id}/links` })
  return new URL((await response.json<{ registration_url: string }>()).registration_url).pathname
}

const countCreated = () => Promise.all(["customers", "members", "terms_acceptances"].map((table) => count(table)))

/** All rows of the tables that a link may change. */
async function snapshotTables() {
  const tables = [
    "invites",
    "users",
    "customers",
    "members",
    "terms_acceptances",
    "outbox",
    "events",
    "audit_log",
    "email_codes",
    "notifications",
  ]
  return Promise.all(tables.map(async (table) => (await env.DB.prepare(`SELECT * FROM ${table}`).all()).results))
}

describe.each(LINK_CASES)("a registration link that is $state", (row) => {
  it.each([
    ["without script", {}],
    ["with script", { "HX-Request": "true" }],
  ])("answers GET and HEAD %s without changing anything", async (_, headers) => {
    const { path } = await createLinkCase(row)
    const before = await snapshotTables()
    for (let time = 0; time < 2; time++) {
      const page = await new Browser().get(path, headers)
      expect(page.status).toBe(row.get)
      expect([page.headers.get("Referrer-Policy"), page.headers.get("Cache-Control")]).toEqual([
        "no-referrer",
        "no-store",
      ])
      const text = await page.text()
      for (const expectedText of row.expectedText) expect(text).toContain(expectedText)
      if (!row.expectedText.includes(ADDRESS)) expect(text).not.toContain(ADDRESS)
      expect(text.replaceAll(path, "").replaceAll(encodeURIComponent(path), "")).not.toContain(path.slice("/r/".length))
      const head = await new Browser().head(path, headers)
      expect([head.status, await head.text()]).toEqual([row.get, ""])
    }
    expect(await snapshotTables()).toEqual(before)
  })

  it("registers at most once by POST", async () => {
    const { path } = await createLinkCase(row)
    const [first, second] = [
      await new Browser().post(path, REGISTRATION_FORM),
      await new Browser().post(path, REGISTRATION_FORM),
    ]
    expect([first.status, second.status]).toEqual([row.post, row.secondPost])
    if (row.secondPost === 409) expect(await second.text()).toContain("You already have an account")
    expect(await countCreated()).toEqual([row.createdCount, row.createdCount, row.createdCount])
    expect([await count("users", `email = '${ADDRESS}'`), await count("outbox")]).toEqual([row.createdCount, 1])
    expect(await count("audit_log", "action = 'invite.accepted'")).toBe(row.createdCount)
  })

  it("registers in the same way by a POST from htmx", async () => {
    const { path } = await createLinkCase(row)
    const response = await new Browser().post(path, REGISTRATION_FORM, { "HX-Request": "true" })
    const isAccepted = row.post === 303
    expect([response.status, response.headers.get("HX-Redirect")]).toEqual(
      isAccepted ? [204, "/account"] : [row.post, null],
    )
    expect(await countCreated()).toEqual([row.createdCount, row.createdCount, row.createdCount])
  })

  it("can't be accepted by another signed-in user", async () => {
    const { browser, path } = await createLinkCase(row)
    const before = await snapshotTables()
    for (const response of [await browser.get(path), await browser.post(path, REGISTRATION_FORM)]) {
      expect(response.status).toBe(row.forOtherUser)
      const page = await response.text()
      if (row.state.startsWith("valid")) expect(page).toContain("signed in as Dana Ortiz")
      if (row.state.startsWith("valid")) expect(page).toContain("Sign out and continue")
      if (row.state === "accepted") expect(page).toContain("Sign out and continue")
      if (row.state.startsWith("email_changed")) expect(page).not.toContain("@n••")
    }
    expect(await snapshotTables()).toEqual(before)
  })

  it("sends a new link, if at all, only to the invite's own address", async () => {
    const { path } = await createLinkCase(row)
    const response = await new Browser().post(`${path}/renewal`, { email: "evil@evil.example" })
    const [mails, status] = row.renewal
    expect([response.status, (await sendDueEmails()).map(({ to }) => to)]).toEqual([status, Array(mails).fill(ADDRESS)])
    expect(await countCreated()).toEqual([0, 0, 0])
  })

  it("records no opening by another signed-in user", async () => {
    const { browser, path } = await createLinkCase(row)
    for (const step of ["opening", "start"]) expect((await browser.post(`${path}/${step}`)).status).toBe(204)
    expect(await count("invites", "opened_at IS NOT NULL OR form_started_at IS NOT NULL")).toBe(0)
  })

  it("isn't leaked when a form posted by another site is refused", async () => {
    const { path } = await createLinkCase(row)
    for (const form of ["", "/opening", "/start", "/codes", "/verification", "/renewal"]) {
      const refused = await new Browser().post(path + form, REGISTRATION_FORM, { Origin: "https://evil.example" })
      expect([refused.status, refused.headers.get("Referrer-Policy"), refused.headers.get("Cache-Control")]).toEqual([
        403,
        "no-referrer",
        "no-store",
      ])
    }
  })

  it("records openings and form starts only if it can register", async () => {
    const { path } = await createLinkCase(row)
    for (const step of ["opening", "start", "start"]) {
      expect((await new Browser().post(`${path}/${step}`)).status).toBe(204)
    }
    const expectedCount = row.state === "valid" ? 1 : 0
    expect([
      await count("audit_log", "action = 'invite.opened'"),
      await count("audit_log", "action = 'invite.form_started'"),
      await count("invites", "opened_at IS NOT NULL AND form_started_at IS NOT NULL"),
    ]).toEqual([expectedCount, expectedCount, expectedCount])
  })
})

describe("a contact with an account", () => {
  async function secondInvite() {
    const acme = await signInStaff()
    await invite(acme.browser)
    const contact = new Browser()
    await contact.post(await latestRegistrationLink(), REGISTRATION_FORM)
    const globex = await signInStaff("globex")
    const id = await invite(globex.browser, {
      company_name: "Second House",
      billing_email: "billing@globex.example",
      billing_phone: "+1 212 555 0187",
    })
    return { acme, globex, contact, id, link: await latestRegistrationLink() }
  }

  it("accepts while signed in without a password, stays one user, and continues in the new account", async () => {
    const { contact, link } = await secondInvite()
    const page = await (await contact.get(link)).text()
    expect(page).toContain("signed in as Priya Nair.")
    expect(page).not.toContain('type="password"')
    const refused = await contact.post(link, {})
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("Accept the terms")])
    expect((await contact.post(link, { accept_terms: "on" })).headers.get("Location")).toBe("/account")
    expect(await (await contact.get("/account")).text()).toContain(" with Globex Connect. Your role is")
    expect([await count("users", `email = '${ADDRESS}'`), await count("customers"), await count("sessions")]).toEqual([
      1, 2, 3,
    ])
    const acceptedPage = await contact.get(link)
    expect([acceptedPage.status, await acceptedPage.text()]).toEqual([
      409,
      expect.stringContaining("ve already joined"),
    ])
  })

  it("can switch between their own accounts, but not to another person's", async () => {
    const { contact, link } = await secondInvite()
    await contact.post(link, { accept_terms: "on" })
    const page = await (await contact.get("/account")).text()
    const other = /value="(cus_[0-9a-z]{26})"/.exec(page)?.[1] ?? "none"
    expect(page).toContain("Switch account")
    expect((await contact.post("/account/switch", { customer_id: other })).status).toBe(303)
    expect(await (await contact.get("/account")).text()).toContain(" with Acme Networks. Your role is")
    const stranger = await signInStaff("initech")
    await invite(stranger.browser, {
      contact_email: "x@initech.example",
      billing_email: "billing@initech.example",
      billing_phone: "+1 212 555 0187",
    })
    const otherMember = new Browser()
    await otherMember.post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Somebody" })
    expect((await otherMember.post("/account/switch", { customer_id: other })).status).toBe(404)
    expect((await contact.post("/account/switch", { customer_id: "cus_none" })).status).toBe(404)
    expect(await (await contact.get("/account")).text()).toContain(" with Acme Networks. Your role is")
  })

  it("who is staff of another reseller can accept and then has both accounts", async () => {
    const acme = await signInStaff()
    const globex = await signInStaff("globex")
    await invite(globex.browser, {
      contact_email: "admin@acme.example",
      billing_email: "billing@globex.example",
      billing_phone: "+1 212 555 0187",
    })
    expect((await acme.browser.post(await latestRegistrationLink(), { accept_terms: "on" })).status).toBe(303)
    expect(await (await acme.browser.get("/account")).text()).toContain("Acme Networks (staff)")
    expect(await (await acme.browser.get("/")).text()).toContain("Switch account")
  })

  it("accepts a copied link without a code while signed in, because their mailbox is verified", async () => {
    const { contact, globex, id } = await secondInvite()
    const copyLinkPath = await createCopyLink(globex.resellerId, id)
    expect(await (await new Browser().get(copyLinkPath)).text()).toContain("Send me a code")
    expect((await contact.post(copyLinkPath, { accept_terms: "on" })).status).toBe(303)
  })

  it("returns to the link after signing out of another account, and never to another site", async () => {
    const { acme, link } = await secondInvite()
    const signOutResponse = await acme.browser.post("/sign-out", { next: link })
    expect([signOutResponse.status, signOutResponse.headers.get("Location")]).toEqual([303, link])
    expect(await (await acme.browser.get(link)).text()).toContain("You already have an account")
    const offSiteResponse = await new Browser().post("/sign-out", { next: "//evil.example" })
    expect(offSiteResponse.headers.get("Location")).toBe("/sign-in")
  })
})

describe("terms of service", () => {
  const TERMS = { terms_url: "https://acme.example/terms", terms_version: "7" }
  const acceptedTerms = () => env.DB.prepare("SELECT url, version FROM terms_acceptances").all()

  it("are the deployment's by default, and the accepted version and time are stored", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const link = await latestRegistrationLink()
    expect(await (await new Browser().get(link)).text()).toContain("version 2026-11")
    travel({ days: 1 })
    await new Browser().post(link, REGISTRATION_FORM)
    expect((await acceptedTerms()).results).toEqual([{ url: "https://vestibule.example/terms", version: "2026-11" }])
    expect(await count("terms_acceptances", `accepted_at = ${Date.now()}`)).toBe(1)
  })

  it("are the reseller's own once set, and staff see which version was accepted", async () => {
    const { browser } = await signInStaff()
    expect((await browser.post("/settings/invites", { default_expires_in_days: "30", ...TERMS })).status).toBe(303)
    await invite(browser)
    expect(await count("invites", "expires_in_days = 30")).toBe(1)
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    expect((await acceptedTerms()).results).toEqual([{ url: "https://acme.example/terms", version: "7" }])
    const customer = /\/customers\/cus_\w+/.exec(await (await browser.get("/customers")).text())?.[0] ?? ""
    expect(await (await browser.get(customer)).text()).toContain("Version 7")
  })

  it("that changed after the page was opened are shown again before they can be accepted", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const link = await latestRegistrationLink()
    const shownTerms =
      /name="terms_shown" value="([^"]+)"/.exec(await (await new Browser().get(link)).text())?.[1] ?? ""
    await browser.post("/settings/invites", { default_expires_in_days: "14", ...TERMS })
    const oldTerms = await new Browser().post(link, { ...REGISTRATION_FORM, terms_shown: shownTerms })
    const page = await oldTerms.text()
    expect([oldTerms.status, page.includes("The terms have changed")]).toEqual([422, true])
    expect(page).toContain("version 7")
    const now = /name="terms_shown" value="([^"]+)"/.exec(page)?.[1] ?? ""
    expect((await new Browser().post(link, { ...REGISTRATION_FORM, terms_shown: now })).status).toBe(303)
  })

  it.each([
    ["a URL without a version", { terms_url: "https://a.example" }, "Enter a label for this version"],
    ["a version without a URL", { terms_version: "7" }, "Enter the URL"],
    ["an unsafe URL", { terms_url: "javascript:alert(1)", terms_version: "7" }, "starts with https://"],
    ["more than 90 days", { default_expires_in_days: "91" }, "from 1 to 90"],
    ["no days", { default_expires_in_days: "" }, "from 1 to 90"],
  ])("and the default expiry are refused with %s", async (_, fields, expectedText) => {
    const { browser } = await signInStaff()
    const refused = await browser.post("/settings/invites", { default_expires_in_days: "14", ...fields })
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining(expectedText)])
    expect(
      await count("resellers", "default_expires_in_days = 14 AND terms_url IS NULL AND terms_version IS NULL"),
    ).toBe(1)
  })

  it("can be set by Admins only", async () => {
    const { browser } = await signInStaff("acme", "regular")
    expect((await browser.get("/settings/invites")).status).toBe(403)
    expect((await browser.post("/settings/invites", { default_expires_in_days: "30" })).status).toBe(403)
    expect(await count("resellers", "default_expires_in_days = 14")).toBe(1)
  })
})
