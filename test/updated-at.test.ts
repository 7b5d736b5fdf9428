import { createExecutionContext, createScheduledController } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { recordDeliveryEvent } from "../src/domain/mail/delivery-events.ts"
import { createDeps } from "../src/http/bindings.ts"
import worker from "../src/index.ts"
import {
  Browser,
  CUSTOMER,
  callApi,
  createApiKey,
  createReseller,
  latestRegistrationLink,
  REGISTRATION_FORM,
  sendDueEmails,
  testEnv,
} from "./support/app.ts"
import { travel } from "./support/time.ts"

type Item = {
  id: string
  created_at: string
  updated_at: string
  email_status: string
  status: string
  contact_name: string
}

const deps = createDeps(testEnv, () => undefined)
const runCron = () => worker.scheduled(createScheduledController(), testEnv, createExecutionContext())

async function readItem(key: string, path: string): Promise<Item> {
  const response = await callApi({ key, path })
  expect(response.status).toBe(200)
  return response.json()
}

it("an invite's updated_at follows each change of what the API shows, and nothing else", async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  travel({ seconds: 1 })
  const { id } = await (await callApi({ key, path: "/invites", body: CUSTOMER })).json<Item>()
  const path = `/invites/${id}`
  const created = await readItem(key, path)
  expect(created.updated_at).toBe(created.created_at)
  const deliver = (type: string) => async () => {
    const messageId = await env.DB.prepare(
      "SELECT message_id FROM outbox WHERE kind <> 'webhook' ORDER BY id DESC",
    ).first<string>("message_id")
    const event = { type: `cf.email.sending.message.${type}`, payload: { eventId: type, messageId } }
    await recordDeliveryEvent(deps, event, type)
  }
  const patch = (body: object) => () => callApi({ key, method: "PATCH", path, body })
  const steps: [name: string, change: () => Promise<unknown>][] = [
    ["sent", () => sendDueEmails()],
    ["delivered", deliver("delivered")],
    ["renamed", patch({ contact_name: "Priya N. Nair" })],
    ["mapped", patch({ external_id: "crm-1" })],
    ["described", patch({ metadata: { plan: "gold" } })],
    ["resent", () => callApi({ key, method: "POST", path: `${path}/resends` })],
    ["sent again", () => sendDueEmails()],
    ["readdressed", patch({ contact_email: "priya@other.example" })],
    ["revoked", () => callApi({ key, method: "POST", path: `${path}/revocation` })],
  ]
  for (const [name, change] of steps) {
    const before = await readItem(key, path)
    travel({ minutes: 10 })
    await change()
    const at = new Date().toISOString()
    const after = await readItem(key, path)
    expect([name, after.updated_at]).toEqual([name, at])
    expect([name, { ...after, updated_at: "" }]).not.toEqual([name, { ...before, updated_at: "" }])
    travel({ minutes: 1 })
    await runCron()
    await patch({ contact_name: after.contact_name })()
    expect([name, (await readItem(key, path)).updated_at]).toEqual([name, at])
  }
})

it("accepting an invite changes it and creates its customer, whose updated_at follows its billing account", async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  const { id } = await (await callApi({ key, path: "/invites", body: CUSTOMER })).json<Item>()
  const link = await latestRegistrationLink()
  travel({ minutes: 10 })
  await new Browser().get(link)
  await new Browser().post(link, REGISTRATION_FORM)
  const at = new Date().toISOString()
  expect(await readItem(key, `/invites/${id}`)).toMatchObject({ status: "accepted", updated_at: at, accepted_at: at })
  const [customer] = (await (await callApi({ key, path: "/customers" })).json<{ data: Item[] }>()).data
  expect(customer).toMatchObject({ created_at: at, updated_at: at })
  for (const body of [{ name: "Northwind" }, { external_id: "crm-1" }, { metadata: { plan: "gold" } }]) {
    travel({ minutes: 10 })
    const changedAt = new Date().toISOString()
    const patch = () => callApi({ key, method: "PATCH", path: `/customers/${customer?.id}`, body })
    expect(await (await patch()).json()).toMatchObject({ ...body, updated_at: changedAt })
    travel({ minutes: 1 })
    await patch()
    expect(await readItem(key, `/customers/${customer?.id}`)).toMatchObject({ ...body, updated_at: changedAt })
  }
})

it("an invite that expires has changed when it was marked", async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  const { id } = await (await callApi({ key, path: "/invites", body: CUSTOMER })).json<Item>()
  travel({ days: 15 })
  await runCron()
  const { status, updated_at } = await readItem(key, `/invites/${id}`)
  expect([status, updated_at]).toEqual(["expired", new Date().toISOString()])
})
