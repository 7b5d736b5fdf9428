import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { listInvites, listInvitesPage } from "../src/domain/invites/list.ts"
import { createDeps } from "../src/http/bindings.ts"
import type { Scope } from "../src/storage/schema.ts"
import {
  CUSTOMER,
  callApi,
  count,
  createApiKey,
  createReseller,
  invite,
  registrationLinkIn,
  sendDueEmails,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { travel } from "./support/time.ts"
import { unwrap } from "./support/unwrap.ts"

const INVITE_PARAGRAPHS = [
  "Dear Priya Nair,",
  "You have been invited to join the Acme Networks self-service experience, powered by PacketFabric. Get ready to experience connectivity in a beautiful and automated fashion, the way you expect the cloud should be!",
  "Power up your internal network or backbone, connect to and between your Cloud Service and SaaS Providers, and build your own secure, private ecosystem with others via our marketplace.",
  "To complete the sign-up process, follow the link below to create your account. Then, click, create, and connect!",
]

describe("inviting a customer", () => {
  it("writes the invite, an outbox row and an audit entry, and lists the invite as pending", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    expect([
      await count("invites"),
      await count("outbox"),
      await count("audit_log", "action = 'invite.created'"),
    ]).toEqual([1, 1, 1])
    const list = await (await browser.get("/customers/invites")).text()
    expect(list).toContain("Northwind Logistics")
    expect(list).toContain("Pending")
  })

  it("reports whether the billing email or phone doesn't match, and keeps the entered values", async () => {
    const { browser } = await signInStaff()
    const phone = await browser.post("/customers/invites/new", { ...CUSTOMER, billing_phone: "+1 415 555 0199" })
    expect(phone.status).toBe(422)
    const page = await phone.text()
    expect(page).toContain("the phone number of billing@acme.example, which ends in 0132.")
    expect(page).toContain('value="priya@northwind.example"')
    const email = await browser.post("/customers/invites/new", {
      ...CUSTOMER,
      billing_email: "billing@globex.example",
    })
    expect(await email.text()).toContain("No billing account has the email address billing@globex.example.")
    expect(await count("invites")).toBe(0)
  })

  it("reports all invalid fields at once", async () => {
    const { browser } = await signInStaff()
    const page = await (await browser.post("/customers/invites/new", { contact_email: "nobody" })).text()
    expect(page.match(/class="error"/g)).toHaveLength(5)
  })

  it("creates one invite when the same form is submitted ten times at once", async () => {
    const { browser } = await signInStaff()
    const form = { ...CUSTOMER, form_token: crypto.randomUUID() }
    const responses = await Promise.all(Array.from({ length: 10 }, () => browser.post("/customers/invites/new", form)))
    expect(new Set(responses.map((response) => response.headers.get("Location"))).size).toBe(1)
    expect([await count("invites"), await count("outbox"), (await sendDueEmails()).length]).toEqual([1, 1, 1])
  })

  it("creates another invite when staff go back and submit the form with other values", async () => {
    const { browser } = await signInStaff()
    const form = { ...CUSTOMER, form_token: crypto.randomUUID() }
    await browser.post("/customers/invites/new", form)
    await browser.post("/customers/invites/new", { ...form, contact_email: "marta@contoso.example" })
    expect(await count("invites")).toBe(2)
    expect((await browser.post("/customers/invites/new", { ...form, contact_email: "" })).status).toBe(422)
  })

  it("redirects a repeated form to the invite that it created, even after that was revoked", async () => {
    const { browser } = await signInStaff()
    const form = { ...CUSTOMER, form_token: crypto.randomUUID() }
    const first = await browser.post("/customers/invites/new", form)
    const id = await env.DB.prepare("SELECT id FROM invites").first<string>("id")
    await browser.post(`/customers/invites/${id}/revocation`)
    const again = await browser.post("/customers/invites/new", form)
    expect([again.status, again.headers.get("Location")]).toEqual([303, first.headers.get("Location")])
    expect([await count("invites"), await count("outbox"), await count("idempotent_responses")]).toEqual([1, 1, 1])
  })

  it("ties a form token to the person who submitted the form, and stores no response for a refused form", async () => {
    const dana = await signInStaff()
    const other = await signInStaff("globex")
    const form = { ...CUSTOMER, form_token: crypto.randomUUID() }
    expect((await dana.browser.post("/customers/invites/new", { ...form, billing_phone: "1" })).status).toBe(422)
    expect(await count("idempotent_responses")).toBe(0)
    expect((await dana.browser.post("/customers/invites/new", form)).status).toBe(303)
    await env.DB.prepare("UPDATE billing_accounts SET email = ?, phone = '+14155550132' WHERE reseller_id = ?")
      .bind(CUSTOMER.billing_email, other.resellerId)
      .run()
    expect((await other.browser.post("/customers/invites/new", form)).status).toBe(303)
    expect(await count("invites")).toBe(2)
  })

  it.each([
    ["contact_name", "\u200d", "Enter the name of the person"],
    ["company_name", "\u3164\u00ad", "Enter the customer&#39;s business name."],
    ["billing_phone", "+1 415 555 0132 ext 5", "Leave the extension out"],
    ["billing_phone", "+1 415 555 013", "Enter a phone number with country code"],
  ])("refuses a blank or malformed %s", async (field, value, expectedText) => {
    const { browser } = await signInStaff()
    const refused = await browser.post("/customers/invites/new", { ...CUSTOMER, [field]: value })
    expect(refused.status).toBe(422)
    expect(await refused.text()).toContain(expectedText)
  })

  it("makes the invite searchable by parts of company, contact and address, and any search text is safe", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const searchInvites = async (q: string) => {
      const response = await browser.get(`/customers/invites?q=${encodeURIComponent(q)}`)
      expect(response.status).toBe(200)
      return (await response.text()).includes("priya@northwind.example")
    }
    expect([
      await searchInvites("wind log"),
      await searchInvites("PRIYA"),
      await searchInvites("northwind.ex"),
    ]).toEqual([true, true, true])
    for (const text of ["contoso", "\0abc", "%%%", '"', "' OR 1", '" OR "zz', "* AND p", "xy"]) {
      expect([text, await searchInvites(text)]).toEqual([text, false])
    }
  })

  it("refuses a second pending invite to an address, ignoring case, and links to the first", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const again = await browser.post("/customers/invites/new", {
      ...CUSTOMER,
      contact_email: " Priya@NORTHWIND.example ",
    })
    expect(again.status).toBe(422)
    expect(await again.text()).toContain(`/customers/invites/${id}`)
  })

  it("is possible again once the earlier invite has expired, even before a cron job marks it", async () => {
    const { browser } = await signInStaff()
    const oldInvite = await invite(browser, { expires_in_days: "3" })
    travel({ days: 3 })
    expect(await invite(browser)).not.toBe(oldInvite)
    expect(await count("invites", `id = '${oldInvite}' AND status = 'expired'`)).toBe(1)
    expect(await count("invite_counts", "counter = 'pending' AND count = 1")).toBe(1)
  })

  it("creates nothing when the billing account is deleted at the same moment", async () => {
    const { resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    let batches = 0
    const batch = async (statements: D1PreparedStatement[]) => {
      batches += 1
      if (batches === 2) await env.DB.prepare("DELETE FROM billing_accounts").run() // after the key was read
      return env.DB.batch(statements)
    }
    const racingDatabase = new Proxy(env.DB, {
      get: (target, name) => (name === "batch" ? batch : Reflect.get(target, name).bind(target)),
    })
    const call = { key, path: "/invites", body: CUSTOMER, env: { ...testEnv, DB: racingDatabase } }
    const refused = await callApi(call)
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("billing_account_not_found")])
    expect([
      await count("invites"),
      await count("outbox"),
      await count("audit_log", "action = 'invite.created'"),
    ]).toEqual([0, 0, 0])
  })

  it("is refused for the Read-Only role", async () => {
    const { browser } = await signInStaff("acme", "read_only")
    expect((await browser.post("/customers/invites/new", CUSTOMER)).status).toBe(403)
    expect(await (await browser.get("/customers")).text()).not.toContain("Invite New Customer")
  })
})

it("a list of invites by billing account needs permission to read billing, with counts or without", async () => {
  const { resellerId, billingId } = await createReseller()
  const deps = createDeps(testEnv, () => undefined)
  const filter = { billingAccountId: billingId }
  for (const list of [listInvites, listInvitesPage]) {
    const listAs = (scopes: Scope[]) =>
      list(
        deps,
        { kind: "api_key", id: "key_x", name: "CRM", scopes, reseller: { id: resellerId, name: "Acme Networks" } },
        filter,
        {
          size: 9,
        },
      )
    await expect(listAs(["invites:read"])).rejects.toMatchObject({
      reason: { kind: "forbidden", permission: "billing:read" },
    })
    expect((await listAs(["invites:read", "billing:read"])).rows).toEqual([])
  }
})

describe("the invite email", () => {
  it("has the specified text word for word, comes from the reseller, and replies go to its support", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const [mail] = await sendDueEmails()
    const link = `http://localhost:8787${registrationLinkIn(mail)}`
    const inText = unwrap(mail?.text ?? "").split("\n\n")
    expect(inText.slice(0, 5)).toEqual([...INVITE_PARAGRAPHS, `Connect Here: ${link}`])
    const inHtml = [...(mail?.html ?? "").matchAll(/<p [^>]*>(.*?)<\/p>/g)].map(([, html = ""]) => html)
    const first = inHtml.indexOf("Dear Priya Nair,")
    expect(inHtml.slice(first, first + 4)).toEqual(INVITE_PARAGRAPHS)
    expect(inHtml[first + 4]?.replace(/<[^>]*>/g, "")).toBe(`Connect Here: ${link}`)
    expect(mail).toMatchObject({
      to: "priya@northwind.example",
      from: { name: "Acme Networks", email: "invites@vestibule.example" },
      replyTo: "support@acme.example",
    })
  })

  it("contains no markup, line break or clickable URL from a name", async () => {
    const { browser } = await signInStaff()
    await invite(browser, { company_name: "<b>x</b>\r\nBcc: a@b.example", contact_name: "see http://evil.example now" })
    const [mail] = await sendDueEmails()
    expect(mail?.html).toContain("&lt;b&gt;x&lt;/b&gt; Bcc:")
    expect(mail?.html).not.toContain("<b>x</b>")
    expect(`${mail?.html}${mail?.text}${mail?.subject}`).not.toMatch(/evil\.example|http:\/\/evil/)
    expect(mail?.text).not.toContain("\r")
  })

  it("is retried after a temporary failure, and marked as failed after a permanent one", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const rejectWith = (code: string) => async () => Promise.reject(Object.assign(new Error("no"), { code }))
    await sendDueEmails(rejectWith("E_RATE_LIMIT_EXCEEDED"))
    expect(await count("outbox", "status = 'queued' AND attempts = 1 AND next_attempt_at > created_at")).toBe(1)
    travel({ minutes: 1 })
    await sendDueEmails(rejectWith("E_VALIDATION_ERROR"))
    expect(await count("invites", "email_status = 'failed' AND status = 'pending'")).toBe(1)
    expect(await (await browser.get("/customers/invites")).text()).toContain("Not sent")
  })

  it("isn't sent if the invite has been revoked", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    await browser.post(`/customers/invites/${id}/revocation`)
    expect(await sendDueEmails()).toEqual([])
    expect(await count("outbox", "status = 'cancelled'")).toBe(1)
  })
})
