import { env } from "cloudflare:workers"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type Buckets, INVITE_DAYS_KEPT, medianOf } from "../src/domain/dashboard/funnel.ts"
import { startJob } from "../src/domain/jobs/control.ts"
import { recordDeliveryEvent } from "../src/domain/mail/delivery-events.ts"
import { createDeps } from "../src/http/bindings.ts"
import { runCronJobs } from "../src/jobs/cron.ts"
import {
  Browser,
  callApi,
  count,
  createApiKey,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  registrationLinkIn,
  sendDueEmails,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { createCheckedImport, createStaffActor, importLines } from "./support/imports.ts"
import { type JobQueue, jobDeps, runDueJobs } from "./support/jobs.ts"
import { seededRandom } from "./support/random.ts"
import { createSandbox, inviteByApi, sandboxEmails } from "./support/sandbox.ts"
import { runSql } from "./support/storage.ts"
import { travel, travelBack, travelTo } from "./support/time.ts"

const deps = createDeps(testEnv, () => undefined)
const NOON = new Date("2026-11-25T12:00:00Z")
const STEPS = ["sent", "delivered", "opened", "started", "accepted"]

beforeEach(() => travelTo(NOON))
afterEach(travelBack)

/** The counts of each day with any, as days since that of `NOON`: `[day, sent, delivered, opened, started, accepted]`. */
async function days(resellerId?: string): Promise<number[][]> {
  const rows = await env.DB.prepare("SELECT * FROM invite_days ORDER BY reseller_id, day").all<
    Record<string, number> & { reseller_id: string }
  >()
  return rows.results
    .filter((row) => !resellerId || row.reseller_id === resellerId)
    .map((row) => [Number(row.day) - Math.floor(NOON.getTime() / 86_400_000), ...STEPS.map((step) => row[step] ?? 0)])
}

const durations = async () =>
  JSON.parse((await env.DB.prepare("SELECT durations FROM invite_days").first<string>("durations")) ?? "{}")

let messages = 0
/** Sends what is due, and returns the provider's id of the last email and the path of its link. */
async function send() {
  const messageId = `msg_${messages++}`
  const sent = await sendDueEmails(async () => ({ messageId }))
  return { messageId, link: registrationLinkIn(sent.at(-1)) }
}

function record(kind: string, messageId: string, eventId: string = crypto.randomUUID()) {
  const bounce = kind === "bounced" && { bounce: { type: "hard" } }
  const event = { type: `cf.email.sending.message.${kind}`, payload: { eventId, messageId, ...bounce } }
  return recordDeliveryEvent(deps, event, eventId)
}

describe("the funnel", () => {
  it("counts each step once, on the day of the first email, with the time since the step before", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    expect(await days()).toEqual([])
    const { messageId, link } = await send()
    expect(await days()).toEqual([[0, 1, 0, 0, 0, 0]])
    travel({ seconds: 8 })
    await record("delivered", messageId)
    expect(await days()).toEqual([[0, 1, 1, 0, 0, 0]])
    travel({ hours: 13 })
    const contact = new Browser()
    await contact.post(`${link}/opening`)
    expect(await days()).toEqual([[0, 1, 1, 1, 0, 0]])
    travel({ minutes: 2 })
    await contact.post(`${link}/start`)
    expect(await days()).toEqual([[0, 1, 1, 1, 1, 0]])
    travel({ minutes: 4 })
    expect((await contact.post(link, REGISTRATION_FORM)).status).toBe(303)
    expect(await days()).toEqual([[0, 1, 1, 1, 1, 1]])
    // 8 s, 13 h, 2 min and 4 min; from the first email on, 13:06:08.
    expect(await durations()).toEqual({ "1-12": 1, "2-62": 1, "3-27": 1, "4-31": 1, "5-62": 1 })
  })

  it("counts nothing twice when events, openings and emails are repeated", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const first = await send()
    for (const eventId of ["a", "a", "b"]) await record("delivered", first.messageId, eventId)
    for (const step of ["opening", "opening", "start", "start"]) await new Browser().post(`${first.link}/${step}`)
    const before = await days()
    expect(before).toEqual([[0, 1, 1, 1, 1, 0]])
    travel({ days: 1 })
    await browser.post(`/customers/invites/${id}/resends`)
    const second = await send()
    await record("delivered", second.messageId)
    await new Browser().post(`${second.link}/opening`)
    await new Browser().post(`${second.link}/start`)
    expect(await days()).toEqual(before)
    await new Browser().post(second.link, REGISTRATION_FORM)
    expect(await days()).toEqual([[0, 1, 1, 1, 1, 1]])
  })

  it("counts an invite that bounced as delivered once it was sent to another address", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    await record("bounced", (await send()).messageId)
    expect(await days()).toEqual([[0, 1, 0, 0, 0, 0]])
    await browser.post(`/customers/invites/${id}/edit`, { contact_email: "priya.nair@northwind.example" })
    const { messageId, link } = await send()
    await record("delivered", messageId)
    await new Browser().post(`${link}/opening`)
    travel({ minutes: 5 })
    await browser.post(`/customers/invites/${id}/edit`, { contact_email: "p.nair@northwind.example" })
    const last = await send()
    await record("delivered", last.messageId)
    await new Browser().post(`${last.link}/opening`)
    expect(await days()).toEqual([[0, 1, 1, 1, 0, 0]])
  })

  it("takes an acceptance for all steps before it, of whose times only the whole is known", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const link = await latestRegistrationLink()
    travel({ minutes: 16 })
    await new Browser().post(link, REGISTRATION_FORM)
    expect(await days()).toEqual([[0, 1, 1, 1, 1, 1]])
    expect(await durations()).toEqual({ "5-39": 1 })
  })

  it("leaves out what is declined or expired afterwards, staff, and invites that were never emailed", async () => {
    const { browser, resellerId } = await signInStaff()
    await invite(browser)
    const [mail] = await sendDueEmails()
    const decline = /\/decline\/\S+/.exec(mail?.text ?? "")?.[0] ?? ""
    expect((await new Browser().post(decline)).status).toBe(200)
    await invite(browser, { contact_email: "b@b.example", expires_in_days: "1" })
    await sendDueEmails()
    await browser.post("/settings/staff/invites/new", {
      contact_name: "Sam",
      contact_email: "s@s.example",
      role: "sales",
    })
    await sendDueEmails()
    const key = await createApiKey(resellerId)
    const unsent = {
      company_name: "C",
      contact_name: "C",
      contact_email: "c@c.example",
      billing_email: "billing@acme.example",
    }
    await callApi({ key, path: "/invites", body: { ...unsent, billing_phone: "+14155550132", send_email: false } })
    travel({ days: 2 })
    await runCronJobs(deps)
    expect(await count("invites", "status IN ('declined', 'expired')")).toBe(2)
    expect(await days()).toEqual([[0, 2, 0, 0, 0, 0]])
  })

  it("counts the invites of an import, and keeps what it counted when they are purged", async () => {
    const { actor, browser } = await createStaffActor()
    const id = await createCheckedImport(actor, importLines(30))
    const queue: JobQueue = []
    await startJob(jobDeps(queue), actor, id)
    await runDueJobs(queue)
    await sendDueEmails()
    expect(await days()).toEqual([[0, 30, 0, 0, 0, 0]])
    const invited = await env.DB.prepare("SELECT id FROM invites LIMIT 1").first<string>("id")
    await browser.post(`/customers/invites/${invited}/revocation`)
    await browser.post(`/customers/invites/${invited}/purge`)
    expect(await count("invites", "purged_at IS NOT NULL")).toBe(1)
    expect(await days()).toEqual([[0, 30, 0, 0, 0, 0]])
  })

  it("is a sandbox's own", async () => {
    const { browser, resellerId } = await signInStaff()
    const { sandboxId, key } = await createSandbox(browser)
    await inviteByApi(key)
    await sandboxEmails(key)
    expect([await days(resellerId), await days(sandboxId)]).toEqual([[], [[0, 1, 1, 0, 0, 0]]])
  })

  it("deletes days that are older than it keeps, and keeps the others", async () => {
    const { resellerId } = await signInStaff()
    const today = Math.floor(NOON.getTime() / 86_400_000)
    for (const age of [0, INVITE_DAYS_KEPT, INVITE_DAYS_KEPT + 1])
      await runSql("INSERT INTO invite_days VALUES (?, ?, 1, 0, 0, 0, 0, '{}')", resellerId, today - age)
    await runCronJobs(deps)
    expect(await days()).toEqual([
      [-INVITE_DAYS_KEPT, 1, 0, 0, 0, 0],
      [0, 1, 0, 0, 0, 0],
    ])
  })
})

describe("a median of buckets", () => {
  const bucketOf = (ms: number) => Math.floor(4 * Math.log2(Math.max(1_000, ms) / 1_000))

  it("differs from the real one by a bucket at most", () => {
    const random = seededRandom(17)
    for (let round = 0; round < 300; round++) {
      const values = Array.from({ length: 1 + random(40) }, () => 1_000 * 2 ** (random(2_200) / 100))
      const buckets: Buckets = new Map()
      for (const value of values) buckets.set(bucketOf(value), (buckets.get(bucketOf(value)) ?? 0) + 1)
      const sorted = values.toSorted((one, other) => one - other)
      const lower = sorted[Math.ceil(values.length / 2) - 1] ?? 0
      const upper = sorted[Math.floor(values.length / 2)] ?? 0
      const median = medianOf(buckets) ?? 0
      expect(median).toBeGreaterThanOrEqual(lower / 2 ** 0.25)
      expect(median).toBeLessThanOrEqual(upper * 2 ** 0.25)
    }
  })

  it("is unknown without durations", () => {
    expect(medianOf(new Map())).toBeUndefined()
  })

  it("has the buckets of the database", async () => {
    for (const ms of [1, 1_000, 1_188, 1_190, 8_000, 59_999, 3_600_000, 7_776_000_000]) {
      const bucket = await env.DB.prepare("SELECT CAST(4 * log2(max(1000, ?) / 1000.0) AS INTEGER) AS bucket")
        .bind(ms)
        .first("bucket")
      expect([ms, bucket]).toEqual([ms, bucketOf(ms)])
    }
  })
})
