import { env } from "cloudflare:workers"
import { Validator } from "@cfworker/json-schema"
import { Webhook as StandardVerifier } from "standardwebhooks"
import { Webhook as SvixVerifier } from "svix"
import { expect, it } from "vitest"
import { expireOverdueInvites } from "../src/domain/invites/expire.ts"
import { remindContacts } from "../src/domain/invites/remind.ts"
import { createDeps } from "../src/http/bindings.ts"
import { EVENT_TYPES, type EventType } from "../src/storage/schema.ts"
import { document, selfContained } from "./api-document.ts"
import {
  Browser,
  callApi,
  count,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  registrationLinkIn,
  sendDueEmails,
  testEnv,
} from "./support/app.ts"
import { travel } from "./support/time.ts"
import { createWebhookFixture, deliverWebhooks, type ReceivedRequest, reportLatestEmail } from "./support/webhooks.ts"

const deps = createDeps(testEnv, () => undefined)

type Fixture = { browser: Browser; key: string; billingId: string }

const inviteAndSend = async ({ browser }: Fixture) => {
  const id = await invite(browser)
  await sendDueEmails()
  return id
}

async function inviteAndAccept(fixture: Fixture): Promise<string> {
  await invite(fixture.browser)
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  return (await env.DB.prepare("SELECT id FROM customers").first<string>("id")) ?? ""
}

async function createBillingAccount({ key }: Fixture): Promise<string> {
  const body = { po_number: "PO-2", email: "second@acme.example", phone: "+1 212 555 0187" }
  return (await (await callApi({ key, path: "/billing_accounts", body })).json<{ id: string }>()).id
}

const report = (kind: string, payload?: object) => async (fixture: Fixture) => {
  await inviteAndSend(fixture)
  await reportLatestEmail(kind, payload)
}

/** What causes each event, once. */
const CAUSES: Record<EventType, (fixture: Fixture) => Promise<unknown>> = {
  "invite.created": ({ browser }) => invite(browser),
  "invite.sent": inviteAndSend,
  "invite.delivered": report("delivered"),
  "invite.deferred": report("deferred"),
  "invite.bounced": report("rejected", { rejection: { reason: "suppressed" } }),
  "invite.complained": report("complained"),
  "invite.failed": report("failed", { failure: { reason: "broken" } }),
  "invite.resent": async (fixture) =>
    fixture.browser.post(`/customers/invites/${await inviteAndSend(fixture)}/resends`),
  "invite.reminded": async (fixture) => {
    await inviteAndSend(fixture)
    travel({ days: 12 })
    await remindContacts(deps)
    await remindContacts(deps)
  },
  "invite.updated": async (fixture) => {
    const path = `/invites/${await inviteAndSend(fixture)}`
    await createBillingAccount(fixture)
    const billing = { billing_email: "second@acme.example", billing_phone: "+1 212 555 0187" }
    await callApi({ key: fixture.key, method: "PATCH", path, body: { company_name: "Northwind Air", ...billing } })
    await callApi({ key: fixture.key, method: "PATCH", path, body: { company_name: "Northwind Air" } })
  },
  "invite.opened": async ({ browser }) => {
    await invite(browser)
    const link = await latestRegistrationLink()
    for (let n = 0; n < 2; n++) await new Browser().post(`${link}/opening`)
  },
  "invite.accepted": inviteAndAccept,
  "invite.expired": async (fixture) => {
    await inviteAndSend(fixture)
    travel({ days: 15 })
    await expireOverdueInvites(deps)
    await expireOverdueInvites(deps)
  },
  "invite.revoked": async (fixture) => {
    const path = `/customers/invites/${await inviteAndSend(fixture)}/revocation`
    for (let n = 0; n < 2; n++) await fixture.browser.post(path)
  },
  "invite.declined": async ({ browser }) => {
    await invite(browser)
    const [mail] = await sendDueEmails()
    await new Browser().post(/\/decline\/\S+/.exec(mail?.text ?? "")?.[0] ?? "")
  },
  "customer.created": inviteAndAccept,
  "customer.updated": async (fixture) => {
    const path = `/customers/${await inviteAndAccept(fixture)}/billing_account`
    const billing_account_id = await createBillingAccount(fixture)
    for (let n = 0; n < 2; n++) await fixture.browser.post(path, { billing_account_id })
    expect(await count("customers", `billing_account_id = '${billing_account_id}'`)).toBe(1)
  },
  "member.joined": inviteAndAccept,
}

/** Fails unless both libraries verify the request, and its body is what the document says of this event. */
function expectDocumentedEvent(type: EventType, secret: string, { headers, body }: ReceivedRequest) {
  const payload = JSON.parse(body)
  expect(new StandardVerifier(secret).verify(body, headers)).toEqual(payload)
  new SvixVerifier(secret).verify(body, headers) // throws unless it is valid
  const tampered = body.replace(type, "invite.x")
  expect(() => new SvixVerifier(secret).verify(tampered, headers)).toThrow()
  const { schema } = document.webhooks[type].post.requestBody.content["application/json"]
  const strict = selfContained({ ...schema, unevaluatedProperties: false })
  const { valid, errors } = new Validator(strict, "2020-12", false).validate(payload)
  expect(valid, `${body}\n${JSON.stringify(errors)}`).toBe(true)
  expect(payload.id).toBe(headers["webhook-id"])
  return payload
}

it("the document describes every event and no other", () => {
  expect(Object.keys(document.webhooks).sort()).toEqual([...EVENT_TYPES].sort())
})

it.each(EVENT_TYPES)(
  "the event %s is sent once, as the document describes it, and two libraries verify it",
  async (type) => {
    const fixture = await createWebhookFixture([type])
    await CAUSES[type](fixture)
    const received = await deliverWebhooks()
    expect(received.map(({ body }) => JSON.parse(body).type)).toEqual([type])
    const payload = received[0] && expectDocumentedEvent(type, fixture.secret, received[0])
    expect(payload).not.toHaveProperty("test")
    expect(JSON.stringify(payload)).not.toMatch(/priya|northwind|billing|\/r\//i)
    const list = await callApi({ key: fixture.key, path: `/events?type=${type}` })
    expect((await list.json<{ data: object[] }>()).data).toEqual([payload])
  },
)

it.each(EVENT_TYPES)("a test of the event %s is sent as documented, and isn't listed as an event", async (type) => {
  const fixture = await createWebhookFixture(["invite.created"])
  const path = `/webhooks/${fixture.id}/test`
  const response = await callApi({ key: fixture.key, path, body: { type } })
  expect([response.status, await response.json()]).toEqual([202, expect.objectContaining({ type, test: true })])
  const received = await deliverWebhooks()
  expect(received).toHaveLength(1)
  const payload = received[0] && expectDocumentedEvent(type, fixture.secret, received[0])
  expect(payload.test).toBe(true)
  const list = await callApi({ key: fixture.key, path: "/events" })
  expect((await list.json<{ data: object[] }>()).data).toEqual([])
})

it("a person joins a customer once, however often they are invited as a colleague", async () => {
  const fixture = await createWebhookFixture(["member.joined"])
  await inviteAndAccept(fixture)
  const admin = new Browser()
  await admin.post("/sign-in", { email: "priya@northwind.example", password: REGISTRATION_FORM.password })
  const colleague = { contact_name: "Ana", contact_email: "ana@northwind.example", role: "member", send_email: "true" }
  await admin.post("/account/invites/new", colleague)
  await new Browser().post(registrationLinkIn((await sendDueEmails()).at(-1)), { ...REGISTRATION_FORM, name: "Ana" })
  const received = await deliverWebhooks()
  const members = received.map(({ body }) => JSON.parse(body).data.member_id)
  const { results } = await env.DB.prepare("SELECT user_id FROM members ORDER BY created_at, user_id").all()
  expect(members.sort()).toEqual(results.map(({ user_id }) => user_id).sort())
  expect(members).toHaveLength(2)
})
