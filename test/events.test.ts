import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { deleteOldEvents, EVENT_RETENTION_DAYS } from "../src/domain/events/retention.ts"
import { recordDeliveryEvent } from "../src/domain/mail/delivery-events.ts"
import { OUTBOX_RETENTION_DAYS } from "../src/domain/outbox/outbox.ts"
import { createDeps } from "../src/http/bindings.ts"
import { EVENT_TYPES } from "../src/storage/schema.ts"
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
  testEnv,
} from "./support/app.ts"
import { deliverWebhooks } from "./support/webhooks.ts"

const deps = createDeps(testEnv, () => undefined)
const DAY_MS = 86_400_000

async function listEventTypes(condition = "TRUE") {
  const { results } = await env.DB.prepare(`SELECT type FROM events WHERE ${condition} ORDER BY id`).all<{
    type: string
  }>()
  return results.map(({ type }) => type).sort()
}

async function addWebhooks(resellerId: string, number: number) {
  const key = await createApiKey(resellerId)
  for (let n = 0; n < number; n++) {
    await callApi({ key, path: "/webhooks", body: { url: `https://crm.example.com/${n}`, events: EVENT_TYPES } })
  }
  return key
}

/** The ids and bodies of the webhooks that are sent now. */
const sentEvents = async () =>
  (await deliverWebhooks()).map(({ headers, body }) => ({ id: headers["webhook-id"], body }))

it("each change of a customer's invite is recorded as one event, with or without webhooks", async () => {
  const { browser, resellerId } = await signInStaff()
  const acceptNewInvite = async (contact_email: string) => {
    await invite(browser, { contact_email })
    const link = await latestRegistrationLink()
    await new Browser().post(`${link}/opening`)
    await new Browser().post(link, { ...REGISTRATION_FORM, name: contact_email })
  }
  const expected = [
    "customer.created",
    "invite.accepted",
    "invite.created",
    "invite.opened",
    "invite.sent",
    "member.joined",
  ]
  await acceptNewInvite("one@northwind.example")
  expect(await listEventTypes()).toEqual(expected)
  await addWebhooks(resellerId, 2)
  await acceptNewInvite("two@northwind.example")
  expect(await listEventTypes()).toEqual([...expected, ...expected].sort())
  expect(await count("outbox", "kind = 'webhook'")).toBe(2 * expected.length)
  expect(await count("events", "customer_id IN (SELECT id FROM customers) AND type = 'customer.created'")).toBe(2)
})

it("a delivery refers to its event instead of copying it, and a redelivery sends the same event and id", async () => {
  const { browser, resellerId } = await signInStaff()
  const key = await addWebhooks(resellerId, 2)
  const inviteId = await invite(browser)
  await browser.post(`/customers/invites/${inviteId}/revocation`)
  await env.DB.prepare(
    "DELETE FROM outbox WHERE event_id IN (SELECT id FROM events WHERE type <> 'invite.revoked')",
  ).run()
  const rows = await env.DB.prepare("SELECT invite_id, payload, event_id FROM outbox WHERE kind = 'webhook'").all()
  const event = await env.DB.prepare("SELECT * FROM events WHERE type = 'invite.revoked'").first<
    Record<string, string | number>
  >()
  expect(rows.results).toEqual(Array(2).fill({ invite_id: null, payload: null, event_id: event?.id }))
  const timestamp = new Date(Number(event?.occurred_at)).toISOString()
  const data = `{"invite_id":"${inviteId}","status":"revoked","email_status":"queued","send_count":1,"customer_id":null,"external_id":null,"metadata":{}}`
  const request = {
    id: event?.id,
    body: `{"id":"${event?.id}","type":"invite.revoked","timestamp":"${timestamp}","data":${data}}`,
  }
  expect(await sentEvents()).toEqual([request, request])
  await env.DB.prepare("UPDATE invites SET status = 'accepted', send_count = 9").run()
  const delivery = await env.DB.prepare("SELECT id, recipient FROM outbox WHERE kind = 'webhook'").first<
    Record<string, string>
  >()
  const headers = { "Idempotency-Key": "again" }
  const redelivery = {
    key,
    method: "POST",
    path: `/webhooks/${delivery?.recipient}/deliveries/${delivery?.id}/redeliveries`,
  }
  const responses = [await callApi({ ...redelivery, headers }), await callApi({ ...redelivery, headers })]
  const [first, replayed] = await Promise.all(responses.map((response) => response.json()))
  expect(first).toMatchObject({ id: delivery?.id, type: "invite.revoked", invite_id: inviteId, state: "pending" })
  expect(replayed).toEqual(first)
  expect(await sentEvents()).toEqual([request])
})

it("a staff invite causes a notification for staff, but no public event and no webhook delivery", async () => {
  const { browser, resellerId } = await signInStaff()
  await addWebhooks(resellerId, 1)
  await browser.post("/settings/staff/invites/new", {
    contact_name: "Kim",
    contact_email: "kim@acme.example",
    role: "sales",
    send_email: "true",
  })
  await new Browser().post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Kim" })
  expect(await listEventTypes()).toEqual(["invite.accepted"])
  expect([await count("events", "is_public = 1"), await count("outbox", "kind = 'webhook'")]).toEqual([0, 0])
  expect(await count("notifications JOIN events ON events.id = event_id")).toBe(1)
})

it("delivery events that arrive before the email is marked as sent are recorded as separate events", async () => {
  const { browser, resellerId } = await signInStaff()
  await addWebhooks(resellerId, 1)
  await invite(browser)
  for (const [eventId, type] of [
    ["one", "deferred"],
    ["two", "delivered"],
    ["three", "bounced"],
  ]) {
    const event = { type: `cf.email.sending.message.${type}`, payload: { eventId, messageId: "msg_1" } }
    await recordDeliveryEvent(deps, event, "d")
  }
  await sendDueEmails(async () => ({ messageId: "msg_1" }))
  expect(await listEventTypes()).toEqual([
    "invite.bounced",
    "invite.created",
    "invite.deferred",
    "invite.delivered",
    "invite.sent",
  ])
  expect(await count("audit_log", "action = 'invite.deferred'")).toBe(1)
  expect(await count("outbox", "kind = 'webhook'")).toBe(5)
  expect(await count("notifications")).toBe(1)
})

it("a change that is rolled back or refused leaves no event", async () => {
  const { browser } = await signInStaff()
  const id = await invite(browser)
  const before = await listEventTypes()
  const failingBatch = (statements: D1PreparedStatement[]) =>
    env.DB.batch([
      ...statements,
      env.DB.prepare("INSERT INTO notifications (event_id, user_id, reseller_id) VALUES ('x', 'y', 'z')"),
    ])
  const database = new Proxy(env.DB, {
    get: (target, name) => (name === "batch" ? failingBatch : Reflect.get(target, name).bind(target)),
  })
  const event = { type: "cf.email.sending.message.bounced", payload: { eventId: "one", messageId: "msg_1" } }
  await env.DB.prepare("UPDATE outbox SET message_id = 'msg_1'").run()
  await expect(
    recordDeliveryEvent(
      createDeps({ ...testEnv, DB: database }, () => undefined),
      event,
      "d",
    ),
  ).rejects.toThrow()
  expect(await listEventTypes()).toEqual(before)
  await browser.post(`/customers/invites/${id}/revocation`)
  await browser.post(`/customers/invites/${id}/revocation`)
  await browser.post(`/customers/invites/${id}/resends`)
  expect(await listEventTypes()).toEqual([...before, "invite.revoked"].sort())
})

it("an event outlives its deliveries and webhook, and is deleted with its notifications after the retention period", async () => {
  const { browser, resellerId } = await signInStaff()
  const key = await addWebhooks(resellerId, 1)
  await invite(browser)
  await env.DB.prepare("UPDATE invites SET expires_at = 1").run()
  const { results } = await env.DB.prepare("SELECT id FROM webhooks").all<{ id: string }>()
  await callApi({ key, method: "DELETE", path: `/webhooks/${results[0]?.id}` })
  await env.DB.prepare("DELETE FROM outbox WHERE kind = 'webhook'").run()
  await deleteOldEvents(deps)
  expect(await listEventTypes()).toEqual(["invite.created"])
  expect(EVENT_RETENTION_DAYS).toBeGreaterThan(OUTBOX_RETENTION_DAYS)

  const { userId } = (await env.DB.prepare("SELECT user_id AS userId FROM staff").first<{ userId: string }>()) ?? {}
  await env.DB.prepare(
    "INSERT INTO notifications (event_id, user_id, reseller_id) SELECT id, ?, reseller_id FROM events",
  )
    .bind(userId)
    .run()
  const atAge = (days: number) => ({ ...deps, now: () => new Date(Date.now() + days * DAY_MS) })
  await deleteOldEvents(atAge(EVENT_RETENTION_DAYS - 1))
  expect([await count("events"), await count("notifications")]).toEqual([1, 1])
  await deleteOldEvents(atAge(EVENT_RETENTION_DAYS + 1))
  expect([await count("events"), await count("notifications")]).toEqual([0, 0])
})
