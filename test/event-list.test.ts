import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { expireOverdueInvites } from "../src/domain/invites/expire.ts"
import { createDeps } from "../src/http/bindings.ts"
import { lowestId } from "../src/storage/ids.ts"
import { EVENT_TYPES } from "../src/storage/schema.ts"
import {
  Browser,
  CUSTOMER,
  callApi,
  createApiKey,
  createReseller,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  sendDueEmails,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { travel } from "./support/time.ts"
import { deliverWebhooks, reportLatestEmail } from "./support/webhooks.ts"

const deps = createDeps(testEnv, () => undefined)

type ApiEvent = { id: string; type: string; timestamp: string; data: Record<string, unknown> }
type EventPage = { data: ApiEvent[]; next_cursor: string; has_more: boolean }

async function listEvents(key: string, query: Record<string, string> = {}): Promise<EventPage> {
  const response = await callApi({ key, path: `/events?${new URLSearchParams(query)}` })
  expect(response.status).toBe(200)
  return response.json()
}

/** Reads all pages from a cursor on. */
async function catchUp(key: string, cursor: string | undefined, limit = "2") {
  const events: ApiEvent[] = []
  let page: EventPage
  do {
    page = await listEvents(key, { limit, ...(cursor && { cursor }) })
    events.push(...page.data)
    cursor = page.next_cursor
  } while (page.has_more)
  return { events, cursor }
}

const listAll = async (key: string, path: string) =>
  (await (await callApi({ key, path: `${path}?limit=100` })).json<{ data: Record<string, unknown>[] }>()).data

async function insertEvent(resellerId: string, id: string, { type = "invite.opened", at = Date.now() } = {}) {
  await env.DB.prepare(
    `INSERT INTO events (id, reseller_id, type, is_public, data, occurred_at) VALUES (?, ?, ?, 1, '{}', ?)`,
  )
    .bind(id, resellerId, type, at)
    .run()
}

it("a receiver that was down for an hour and loses half of what it gets ends with the state of the API", async () => {
  const { browser, resellerId } = await signInStaff()
  const key = await createApiKey(resellerId)
  await callApi({ key, path: "/webhooks", body: { url: "https://crm.example.com/", events: EVENT_TYPES } })
  const state = {
    invites: new Map<unknown, object>(),
    customers: new Set(),
    members: new Set(),
    seen: new Set<string>(),
  }
  const apply = ({ data }: ApiEvent) => {
    const { invite_id, member_id, customer_id } = data
    if (invite_id) state.invites.set(invite_id, { ...data })
    if (member_id) state.members.add(member_id)
    if (customer_id) state.customers.add(customer_id)
  }
  let isDown = false
  let requests = 0
  const receive = ({ body }: { body: string }) => {
    requests += 1
    if (isDown) return new Response("", { status: 503 })
    if (requests % 2 === 0) apply(JSON.parse(body))
    return new Response("ok")
  }
  let { cursor } = await catchUp(key, undefined)

  const addresses = Array.from({ length: 8 }, (_, n) => `contact${n}@northwind.example`)
  const ids: string[] = []
  for (const contact_email of addresses) ids.push(await invite(browser, { contact_email }))
  await deliverWebhooks(receive)
  isDown = true
  await sendDueEmails()
  await reportLatestEmail("deferred")
  await browser.post(`/customers/invites/${ids[0]}/revocation`)
  await deliverWebhooks(receive)
  travel({ minutes: 30 })
  await browser.post(`/customers/invites/${ids[1]}/resends`)
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  await browser.post(`/customers/invites/${ids[2]}/resends`)
  await sendDueEmails()
  await reportLatestEmail("bounced", { bounce: { type: "hard" } })
  await deliverWebhooks(receive)
  travel({ minutes: 30 })
  isDown = false
  await callApi({ key, method: "PATCH", path: `/invites/${ids[3]}`, body: { company_name: "Other" } })
  await deliverWebhooks(receive)

  const expectApiState = async () => {
    const invites = await listAll(key, "/invites")
    const expected = invites.map(({ id, status, email_status, send_count, customer_id, external_id, metadata }) => [
      id,
      { invite_id: id, status, email_status, send_count, customer_id, external_id, metadata },
    ])
    expect(Object.fromEntries(state.invites)).toEqual(Object.fromEntries(expected))
    expect([...state.customers]).toEqual((await listAll(key, "/customers")).map(({ id }) => id))
    const { results } = await env.DB.prepare("SELECT user_id FROM members").all()
    expect([...state.members]).toEqual(results.map(({ user_id }) => user_id))
  }
  const first = await catchUp(key, cursor)
  expect(first.events.length).toBeGreaterThan(20)
  for (const event of first.events) apply(event)
  await expectApiState()
  cursor = first.cursor

  travel({ days: 14 })
  await expireOverdueInvites(deps)
  const second = await catchUp(key, cursor)
  expect(new Set(second.events.map(({ type }) => type))).toEqual(new Set(["invite.expired"]))
  for (const event of second.events) apply(event)
  await expectApiState()
  expect((await catchUp(key, second.cursor)).events).toEqual([])
})

it("an event that is saved late, with an earlier id and time, isn't missed", async () => {
  const { browser, resellerId } = await signInStaff()
  const key = await createApiKey(resellerId)
  await invite(browser)
  const first = await listEvents(key)
  expect(first.data).toHaveLength(1)
  const earlier = Date.now() - 30_000
  const lateId = `${lowestId("evt", new Date(earlier))}${"0".repeat(16)}`
  await insertEvent(resellerId, lateId, { at: earlier })
  const next = await listEvents(key, { cursor: first.next_cursor })
  expect(next.data.map(({ id }) => id)).toEqual([lateId])
  expect((await listEvents(key, { cursor: next.next_cursor })).data).toEqual([])
})

it("a list without events has a cursor, from which later ones follow, for as long as it missed none", async () => {
  const { browser, resellerId } = await signInStaff()
  const key = await createApiKey(resellerId)
  const empty = await listEvents(key)
  expect(empty).toEqual({ data: [], next_cursor: expect.stringMatching(/^evt_/), has_more: false })
  expect(await listEvents(key, { cursor: empty.next_cursor })).toEqual(empty)
  await invite(browser)
  const page = await listEvents(key, { cursor: empty.next_cursor })
  expect(page.data.map(({ type }) => type)).toEqual(["invite.created"])
  travel({ days: 60 })
  const quiet = await listEvents(key, { cursor: page.next_cursor })
  expect(quiet).toEqual({ data: [], next_cursor: page.next_cursor, has_more: false })
  expect((await listEvents(key)).data).toEqual([])
  const body = { ...CUSTOMER, contact_email: "two@northwind.example" }
  expect((await callApi({ key, path: "/invites", body })).status).toBe(201)
  expect((await listEvents(key, { cursor: page.next_cursor })).data).toHaveLength(1)
})

it("a cursor after which old events are no longer listed is refused, as is one of another reseller", async () => {
  const { browser, resellerId } = await signInStaff()
  const key = await createApiKey(resellerId)
  const { next_cursor: cursor } = await listEvents(key)
  await invite(browser)
  const globex = await signInStaff("globex")
  await invite(globex.browser, { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" })
  const foreign = await listEvents(await createApiKey(globex.resellerId))
  expect(foreign.data).toHaveLength(1)
  const refuse = async (cursor: string) => {
    const response = await callApi({ key, path: `/events?cursor=${cursor}` })
    expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([410, "cursor_expired"])
  }
  await refuse(foreign.next_cursor)
  travel({ days: 30 })
  expect((await listEvents(key, { cursor })).data).toHaveLength(1)
  travel({ days: 1, seconds: 1 })
  await refuse(cursor)
  expect((await listEvents(key)).data).toEqual([])
})

it("the list is filtered by types and time, and names what is wrong with a filter", async () => {
  const { browser, resellerId } = await signInStaff()
  const key = await createApiKey(resellerId)
  await invite(browser)
  await sendDueEmails()
  travel({ hours: 1 })
  const occurred_after = new Date().toISOString()
  await invite(browser, { contact_email: "two@northwind.example" })
  await sendDueEmails()
  const types = async (query: Record<string, string>) => (await listEvents(key, query)).data.map(({ type }) => type)
  expect(await types({})).toEqual(["invite.created", "invite.sent", "invite.created", "invite.sent"])
  expect(await types({ type: "invite.sent" })).toEqual(["invite.sent", "invite.sent"])
  expect(await types({ type: "invite.sent,invite.created", occurred_after })).toEqual(["invite.created", "invite.sent"])
  const one = await listEvents(key, { type: "invite.sent", limit: "1" })
  expect(one.has_more).toBe(true)
  const rest = await listEvents(key, { type: "invite.sent", limit: "1", cursor: one.next_cursor })
  expect([rest.data.length, rest.has_more]).toEqual([1, false])
  for (const query of ["type=invite.x", "type=", "occurred_after=yesterday", "cursor=inv_1"]) {
    expect((await callApi({ key, path: `/events?${query}` })).status, query).toBe(422)
  }
})

it("events of customers and members are listed for keys that can read customers", async () => {
  const { browser, resellerId } = await signInStaff()
  await invite(browser)
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  const limited = await createApiKey(resellerId, { scopes: ["invites:read"] })
  const full = await createApiKey(resellerId, { scopes: ["invites:read", "customers:read"] })
  const areas = async (key: string) =>
    [...new Set((await listEvents(key)).data.map(({ type }) => type.split(".")[0]))].sort()
  expect([await areas(limited), await areas(full)]).toEqual([["invite"], ["customer", "invite", "member"]])
  const refused = await callApi({ key: limited, path: "/events?type=member.joined" })
  expect([refused.status, await refused.json()]).toEqual([403, expect.objectContaining({ code: "insufficient_scope" })])
})

it("a page scans a limited number of events, and says where to continue", async () => {
  const { browser, resellerId } = await signInStaff()
  const key = await createApiKey(resellerId)
  await invite(browser)
  await env.DB.prepare(
    `INSERT INTO events (id, reseller_id, type, is_public, data, occurred_at)
     SELECT printf('${lowestId("evt", new Date())}%016d', value), ?, 'invite.opened', 1, '{}', ? FROM json_each(?)`,
  )
    .bind(resellerId, Date.now(), JSON.stringify(Array.from({ length: 3_000 }, (_, n) => n)))
    .run()
  await sendDueEmails()
  const { database, costs } = countingD1(env.DB)
  const path = "/events?type=invite.sent"
  const response = await callApi({ key, path, env: { ...testEnv, DB: database } })
  const page = await response.json<EventPage>()
  expect([page.data, page.has_more]).toEqual([[], true])
  expect(costs.rowsRead).toBeLessThan(5_000)
  let pages = 1
  let last = page
  while (last.has_more) {
    last = await listEvents(key, { type: "invite.sent", cursor: last.next_cursor })
    pages += 1
  }
  expect([pages, last.data.map(({ type }) => type)]).toEqual([4, ["invite.sent"]])
})

it("unknown types are refused at the parameter, with all that exist", async () => {
  const key = await createApiKey((await createReseller()).resellerId)
  for (const type of ["foo", "invite.sent,foo", "invite.sent,", ""]) {
    const { errors } = await (await callApi({ key, path: `/events?type=${type}` })).json<{ errors: object[] }>()
    expect(errors).toMatchObject([{ field: "type", detail: expect.stringContaining("member.joined") }])
  }
})
