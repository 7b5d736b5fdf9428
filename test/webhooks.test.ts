import { env } from "cloudflare:workers"
import { Webhook as Verifier } from "standardwebhooks"
import { describe, expect, it } from "vitest"
import { expireOverdueInvites } from "../src/domain/invites/expire.ts"
import { createDeps } from "../src/http/bindings.ts"
import {
  Browser,
  callApi,
  count,
  createApiKey,
  hiddenField,
  invite,
  latestRegistrationLink,
  PASSWORD,
  REGISTRATION_FORM,
  redirectPath,
  sendDueEmails,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { ageSessions, confirmIdentityOfAll } from "./support/factors.ts"
import { travel } from "./support/time.ts"
import {
  createWebhookFixture,
  deliverWebhooks,
  eventTypes,
  failWebhooks,
  reportLatestEmail,
} from "./support/webhooks.ts"

const deps = createDeps(testEnv, () => undefined)

describe("a webhook", () => {
  it("receives all events of an invite, with ids and states only, and signatures that the public library verifies", async () => {
    const { browser, secret } = await createWebhookFixture()
    const id = await invite(browser)
    const link = await latestRegistrationLink()
    await new Browser().post(`${link}/opening`)
    await browser.post(`/customers/invites/${id}/resends`)
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    const received = await deliverWebhooks()
    expect(eventTypes(received).sort()).toEqual([
      "customer.created",
      "invite.accepted",
      "invite.created",
      "invite.opened",
      "invite.resent",
      "invite.sent",
      "invite.sent",
      "member.joined",
    ])
    for (const { headers, body, url } of received) {
      expect(new Verifier(secret).verify(body, headers)).toMatchObject({
        id: headers["webhook-id"],
        data: body.includes("member.joined") ? { member_id: expect.stringMatching(/^usr_/) } : { invite_id: id },
      })
      expect(url).toBe("https://crm.example.com/hooks")
      expect(body).not.toMatch(/priya|northwind|registration|\/r\/|billing/i)
    }
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(8)
    const accepted = received.find(({ body }) => body.includes("invite.accepted"))
    expect(JSON.parse(accepted?.body ?? "{}").data).toMatchObject({
      status: "accepted",
      customer_id: expect.stringMatching(/^cus_/),
    })
  })

  it("receives an event when an invite is revoked, declined or expired, and when its email is delivered or bounces", async () => {
    const ends = ["invite.revoked", "invite.declined", "invite.delivered", "invite.bounced", "invite.expired"]
    const { browser } = await createWebhookFixture(ends)
    const expectNext = async (type: string) => expect(eventTypes(await deliverWebhooks())).toEqual([type])
    await browser.post(`/customers/invites/${await invite(browser)}/revocation`)
    await expectNext("invite.revoked")
    await invite(browser)
    const [mail] = await sendDueEmails()
    await reportLatestEmail("delivered")
    await expectNext("invite.delivered")
    await new Browser().post(/\/decline\/\S+/.exec(mail?.text ?? "")?.[0] ?? "")
    await expectNext("invite.declined")
    await invite(browser, { contact_email: "two@northwind.example" })
    await sendDueEmails()
    await reportLatestEmail("bounced", { bounce: { type: "hard" } })
    await expectNext("invite.bounced")
    travel({ days: 14 })
    await expireOverdueInvites(deps)
    await expectNext("invite.expired")
  })

  it("receives no events that it isn't subscribed to", async () => {
    const { browser } = await createWebhookFixture(["invite.accepted"])
    await invite(browser)
    expect(await deliverWebhooks()).toEqual([])
  })

  it("receives no events of another reseller", async () => {
    await createWebhookFixture()
    const globex = await signInStaff("globex")
    await invite(globex.browser, { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" })
    expect(await deliverWebhooks()).toEqual([])
  })

  it("is signed with both secrets for a day after a rotation, and neither is stored", async () => {
    const { browser, id, key, secret } = await createWebhookFixture(["invite.created"])
    const rotateSecret = () => callApi({ key, method: "POST", path: `/webhooks/${id}/secrets` })
    const [rotated, again] = [await rotateSecret(), await rotateSecret()]
    expect([rotated.status, again.status]).toEqual([201, 409])
    const newSecret = (await rotated.json<{ secret: string }>()).secret
    expect(newSecret).not.toBe(secret)
    await invite(browser)
    const [event] = await deliverWebhooks()
    for (const signingSecret of [secret, newSecret])
      new Verifier(signingSecret).verify(event?.body ?? "", event?.headers ?? {})
    travel({ days: 1 })
    await invite(browser, { contact_email: "two@northwind.example" })
    const [later] = await deliverWebhooks()
    expect(() => new Verifier(secret).verify(later?.body ?? "", later?.headers ?? {})).toThrow("No matching signature")
    new Verifier(newSecret).verify(later?.body ?? "", later?.headers ?? {})
    const allText = JSON.stringify(await env.DB.prepare("SELECT * FROM webhooks, audit_log, outbox").all())
    for (const signingSecret of [secret, newSecret]) expect(allText).not.toContain(signingSecret.slice("whsec_".length))
    expect(await (await callApi({ key, path: "/webhooks" })).text()).not.toContain("whsec_")
  })

  it("appears in the audit log by its host only, for every action", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    const url = "https://crm.example.com:8443/secret-path?token=secret-query"
    const created = await callApi({ key, path: "/webhooks", body: { url, events: ["invite.created"] } })
    const { id } = await created.json<{ id: string }>()
    const patch = (body: object) => callApi({ key, method: "PATCH", path: `/webhooks/${id}`, body })
    await patch({ url: `${url}2` })
    await callApi({ key, method: "POST", path: `/webhooks/${id}/secrets` })
    await patch({ enabled: false, url })
    await confirmIdentityOfAll()
    await browser.post(`/settings/webhooks/${id}/activation`)
    await invite(browser)
    await failWebhooks(3)
    await confirmIdentityOfAll()
    await browser.post(`/settings/webhooks/${id}/removal`)
    const { results } = await env.DB.prepare(
      "SELECT action, actor_kind AS by, detail FROM audit_log WHERE action LIKE 'webhook.%' ORDER BY created_at, id",
    ).all<{ action: string; by: string; detail: string }>()
    expect(results.map(({ action, by }) => `${action} ${by}`).sort()).toEqual([
      "webhook.created api_key",
      "webhook.deleted staff",
      "webhook.disabled api_key",
      "webhook.disabled system",
      "webhook.enabled staff",
      "webhook.secret_rotated api_key",
      "webhook.updated api_key",
    ])
    expect([...new Set(results.map(({ detail }) => detail))]).toEqual(["crm.example.com:8443"])
  })

  it("is created once when the form is submitted twice", async () => {
    const { browser } = await signInStaff()
    const form_token = await hiddenField(await browser.get("/settings/webhooks/new"), "form_token")
    const form = { url: "https://crm.example.com/", events: "invite.created", form_token }
    const invalid = await browser.post("/settings/webhooks/new", { ...form, url: "" })
    expect([invalid.status, await hiddenField(invalid, "form_token")]).toEqual([422, form_token])
    const responses = [
      await browser.post("/settings/webhooks/new", form),
      await browser.post("/settings/webhooks/new", form),
    ]
    const id = await env.DB.prepare("SELECT id FROM webhooks").first<string>("id")
    for (const response of responses) expect(redirectPath(response)).toBe(`/settings/webhooks/${id}`)
    expect(await (await browser.get(`/settings/webhooks/${id}`)).text()).toContain("whsec_")
    expect([await count("webhooks"), await count("audit_log", "action = 'webhook.created'")]).toEqual([1, 1])
    await invite(browser)
    expect(eventTypes(await deliverWebhooks())).toEqual(["invite.created"])
  })

  it("keeps a colleague's edit: the form shows the second one's values, and saving again replaces", async () => {
    const { browser, id } = await createWebhookFixture(["invite.created"])
    const path = `/settings/webhooks/${id}`
    const version = await hiddenField(await browser.get(path), "version")
    const first = { url: "https://one.example.com/", events: "invite.created", version }
    expect((await browser.post(path, first)).status).toBe(303)
    const second = { url: "https://two.example.com/", events: "invite.sent" }
    const conflict = await browser.post(path, { ...second, version })
    const page = await conflict.clone().text()
    expect([conflict.status, page]).toEqual([
      409,
      expect.stringContaining("Someone changed this webhook since you opened the form."),
    ])
    expect(page).toContain('value="https://two.example.com/"')
    expect(await count("webhooks", "url = 'https://one.example.com/'")).toBe(1)
    const again = { ...second, version: await hiddenField(conflict, "version") }
    expect((await browser.post(path, again)).status).toBe(303)
    expect(await count("webhooks", `url = 'https://two.example.com/' AND events = '["invite.sent"]'`)).toBe(1)
  })

  it("can be created, edited and deleted on pages that need permission", async () => {
    const { browser } = await signInStaff()
    const refused = await browser.post("/settings/webhooks/new", { url: "http://10.0.0.1/", events: "invite.created" })
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("https://")])
    const created = await browser.post("/settings/webhooks/new", {
      url: "https://crm.example.com/",
      events: "invite.created",
    })
    const path = redirectPath(created)
    expect(await (await browser.get(path)).text()).toContain("whsec_")
    await ageSessions(11)
    const page = await (await browser.get(path)).text()
    expect(page).not.toContain("whsec_")
    expect(page).toContain(`<a href="/confirm-identity?next=${encodeURIComponent(path)}">Show signing secret</a>`)
    await browser.post("/confirm-identity", { password: PASSWORD, next: path })
    expect(await (await browser.get(path)).text()).toContain("whsec_")
    expect((await browser.post(path, { url: "https://other.example.com/", events: "invite.sent" })).status).toBe(303)
    expect(await count("webhooks", `url = 'https://other.example.com/' AND events = '["invite.sent"]'`)).toBe(1)
    expect((await browser.post(`${path}/removal`)).headers.get("Location")).toBe(
      "/settings/webhooks?flash=webhook_deleted",
    )
    expect([await count("webhooks"), await count("audit_log", "action LIKE 'webhook.%'")]).toEqual([0, 3])
    const regular = await signInStaff("globex", "regular")
    expect((await regular.browser.get("/settings/webhooks")).status).toBe(403)
  })
})
