import {
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  getQueueResult,
  waitOnExecutionContext,
} from "cloudflare:test"
import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { claim } from "../src/domain/outbox/claim.ts"
import { sendEmail } from "../src/emails/send.ts"
import { createDeps } from "../src/http/bindings.ts"
import worker from "../src/local/index.ts"
import { CUSTOMER, callApi, count, createApiKey, invite, sendDueEmails, signInStaff, testEnv } from "./support/app.ts"
import { confirmIdentityOfAll } from "./support/factors.ts"
import { createTenants } from "./support/tenants.ts"
import { travel } from "./support/time.ts"

const VICTIM = CUSTOMER.contact_email
const deps = createDeps(testEnv, () => undefined)
const queuedIds = async () => {
  const { results } = await env.DB.prepare(
    "SELECT id FROM outbox WHERE status = 'queued' AND kind <> 'webhook' ORDER BY id",
  ).all<{ id: string }>()
  return results.map(({ id }) => id)
}

/** Runs the cron jobs, and lets the queue deliver what they requeue, each message `times`. Returns the emails to the victim. */
async function runCronAndQueue(times = 1) {
  const requeued: unknown[] = []
  const sendBatch: Queue["sendBatch"] = async (messages) => {
    for (const { body } of messages) requeued.push(body)
    return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }
  }
  const MAIL_QUEUE = { ...env.MAIL_QUEUE, sendBatch }
  const cronContext = createExecutionContext()
  await worker.scheduled(createScheduledController(), { ...testEnv, MAIL_QUEUE }, cronContext)
  await waitOnExecutionContext(cronContext)
  const context = createExecutionContext()
  const sent: { to: string; text: string }[] = []
  const EMAIL: Env["EMAIL"] = {
    send: async ({ to, text }: { to?: unknown; text?: unknown }) => {
      sent.push({ to: String(to), text: String(text) })
      return { messageId: crypto.randomUUID() }
    },
  }
  const messages = requeued
    .flatMap((body) => Array(times).fill(body))
    .map((body, n) => ({ id: `m${n}`, timestamp: new Date(), attempts: 1, body }))
  const batch = createMessageBatch("vestibule-mail", messages)
  await worker.queue(batch, { ...testEnv, EMAIL }, context)
  await getQueueResult(batch, context)
  return sent.filter(({ to }) => to === VICTIM)
}

describe("emails to one address", () => {
  it("are ten in an hour, however often it is revoked and invited again; the rest waits and isn't refused", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    const sent = []
    let id = ""
    for (let round = 0; round < 25; round++) {
      if (id) expect((await browser.post(`/customers/invites/${id}/revocation`)).status).toBe(303)
      id = await invite(browser)
      sent.push(...(await sendDueEmails()))
    }
    expect(sent.map(({ to }) => to)).toEqual(Array(10).fill(VICTIM))
    expect(await (await browser.get(`/customers/invites/${id}`)).text()).toContain("Queued")
    expect(await (await callApi({ key, path: `/invites/${id}` })).json()).toMatchObject({ email_status: "queued" })
    travel({ minutes: 59 })
    expect(await runCronAndQueue()).toEqual([])
    travel({ minutes: 2 })
    expect(await runCronAndQueue()).toHaveLength(1)
    expect(await (await callApi({ key, path: `/invites/${id}` })).json()).toMatchObject({ email_status: "sent" })
    expect([await count("outbox", "kind = 'invite' AND status = 'cancelled'"), await queuedIds()]).toEqual([14, []])
  })

  it("are ten in an hour when an invite changes between two addresses", async () => {
    const { browser } = await signInStaff()
    browser.env = { ...testEnv, RESENDS_PER_DAY: "100", RESEND_COOLDOWN_SECONDS: "0" }
    const id = await invite(browser)
    const sent = await sendDueEmails()
    for (let round = 0; round < 24; round++) {
      const contact_email = round % 2 === 0 ? "other@northwind.example" : VICTIM
      expect((await browser.post(`/customers/invites/${id}/edit`, { contact_email })).status).toBe(303)
      sent.push(...(await sendDueEmails()))
    }
    const byAddress = Map.groupBy(sent, ({ to }) => to)
    expect([...byAddress].map(([to, mails]) => [to, mails.length])).toEqual([
      [VICTIM, 10],
      ["other@northwind.example", 10],
    ])
  })

  it("are ten in an hour when each invite is purged; the hash that counts them is forgotten after a day", async () => {
    const { browser } = await signInStaff()
    const sent = []
    for (let round = 0; round < 12; round++) {
      const id = await invite(browser)
      sent.push(...(await sendDueEmails()))
      await browser.post(`/customers/invites/${id}/revocation`)
      expect((await browser.post(`/customers/invites/${id}/purge`)).status).toBe(303)
    }
    expect(sent).toHaveLength(10)
    expect(await count("outbox", "recipient = '' AND recipient_hash IS NOT NULL")).toBe(12)
    travel({ hours: 23, minutes: 59 })
    await runCronAndQueue()
    expect(await count("outbox", "recipient_hash IS NOT NULL")).toBe(12)
    travel({ minutes: 2 })
    await runCronAndQueue()
    expect(await count("outbox", "recipient_hash IS NOT NULL")).toBe(0)
  })

  it("lose their hash at once if they are older than a day when they are purged", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    await sendDueEmails()
    await browser.post(`/customers/invites/${id}/revocation`)
    travel({ hours: 25 })
    await confirmIdentityOfAll()
    expect((await browser.post(`/customers/invites/${id}/purge`)).status).toBe(303)
    expect([await count("outbox", "recipient = ''"), await count("outbox", "recipient_hash IS NOT NULL")]).toEqual([
      1, 0,
    ])
  })

  it("are ten in an hour when several resellers send at once; the rest follows, each exactly once", async () => {
    const tenants = await createTenants(20)
    const created = await Promise.all(tenants.map((tenant) => tenant.inviteContact()))
    expect(created.map(({ email_status }) => email_status)).toEqual(Array(20).fill("queued"))
    const ids = await queuedIds()
    const sentIds: string[] = []
    const sendOnce = async (id: string) => {
      const claimed = await claim(deps, id)
      if (!claimed || claimed.kind === "webhook") return
      sentIds.push(id)
      await sendEmail(deps, async () => ({ messageId: id }), claimed)
    }
    await Promise.all([...ids, ...ids].map(sendOnce))
    expect([sentIds.length, new Set(sentIds).size]).toEqual([10, 10])
    expect(await queuedIds()).toHaveLength(10)

    travel({ minutes: 62 })
    expect(await runCronAndQueue(3)).toHaveLength(10)
    expect(await queuedIds()).toEqual([])
    expect(await count("outbox", "status = 'sent' AND attempts = 1")).toBe(20)
    travel({ hours: 2 })
    expect(await runCronAndQueue()).toEqual([])
  })

  it("leave in order: a new one doesn't overtake those that wait, and a suspended reseller's don't hold it up", async () => {
    const tenants = await createTenants(21)
    const last = tenants.pop()
    for (const tenant of tenants) await tenant.inviteContact()
    expect(await sendDueEmails()).toHaveLength(10)
    const waiting = await queuedIds()
    travel({ minutes: 61 })
    const invited = await last?.inviteContact()
    const newest = (await queuedIds()).at(-1) ?? ""
    expect(waiting).not.toContain(newest)
    expect(await claim(deps, newest)).toBeUndefined()
    const companies = (await runCronAndQueue()).map(({ text }) => /tenant\d+/.exec(text)?.[0])
    expect(companies).toEqual(Array.from({ length: 10 }, (_, n) => `tenant${n + 10}`))
    expect(await queuedIds()).toEqual([newest])

    await env.DB.prepare("UPDATE outbox SET status = 'queued', claimed_at = NULL WHERE id <> ?").bind(newest).run()
    await env.DB.prepare("UPDATE resellers SET suspended_at = 1 WHERE id <> ?").bind(last?.resellerId).run()
    travel({ minutes: 2 })
    expect(await claim(deps, newest)).toMatchObject({ kind: "invite", invite: { id: invited?.id } })
  })

  it("are cancelled at once, not postponed, if they are revoked before a sender sees them", async () => {
    const { browser } = await signInStaff()
    for (let round = 0; round < 12; round++) {
      const id = await invite(browser)
      if (round < 10) await sendDueEmails()
      await browser.post(`/customers/invites/${id}/revocation`)
    }
    expect(await sendDueEmails()).toEqual([])
    expect([await count("outbox", "status = 'sent'"), await count("outbox", "status = 'cancelled'")]).toEqual([10, 2])
  })

  it.each([
    ["revoked", "UPDATE invites SET status = 'revoked' WHERE id = ?"],
    ["accepted", "UPDATE invites SET status = 'accepted' WHERE id = ?"],
    ["superseded by another link", "UPDATE invites SET link_version = 2 WHERE id = ?"],
  ])("aren't sent if they are %s while they wait, and then delay nobody", async (_, sql) => {
    const [spammer, other] = await createTenants(2)
    for (let round = 0; round < 10; round++) {
      const invited = await spammer?.inviteContact()
      await sendDueEmails()
      await spammer?.revoke(invited?.id ?? "")
    }
    const obsolete = await spammer?.inviteContact()
    const wanted = await other?.inviteContact()
    expect(await sendDueEmails()).toEqual([])
    await env.DB.prepare(sql).bind(obsolete?.id).run()
    travel({ minutes: 62 })
    expect(await runCronAndQueue()).toEqual([expect.objectContaining({ text: expect.stringContaining("tenant1") })])
    expect(await count("outbox", `invite_id = '${obsolete?.id}' AND status = 'cancelled' AND attempts = 1`)).toBe(1)
    expect(await count("outbox", `invite_id = '${wanted?.id}' AND status = 'sent' AND attempts = 1`)).toBe(1)
  })
})
