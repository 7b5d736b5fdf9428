import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { remindContacts } from "../src/domain/invites/remind.ts"
import { enqueueDigests } from "../src/domain/mail/digests.ts"
import { claim } from "../src/domain/outbox/claim.ts"
import { abandon, deleteOldOutboxRows, markFailed, nextAttempt, takeDueMessages } from "../src/domain/outbox/outbox.ts"
import { createDeps } from "../src/http/bindings.ts"
import {
  Browser,
  CUSTOMER,
  callApi,
  count,
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
import { runSql } from "./support/storage.ts"
import { travel } from "./support/time.ts"

const deps = createDeps(testEnv, () => undefined)
const rejectWith = (code: string) => async () => Promise.reject(Object.assign(new Error("no"), { code }))
const DAY_MS = 86_400_000
const FIRST_ATTEMPT = { attempts: 1, previousAttempts: 0, firstAttemptAt: new Date(), lastErrorCode: null }

async function getOnlyMail() {
  const row = await env.DB.prepare("SELECT * FROM outbox").first<Record<string, number | string | null>>()
  return row ?? {}
}

describe("the outbox", () => {
  it("retries temporary failures after growing, randomized delays of at most an hour", () => {
    const delays = [1, 2, 3, 4, 8, 20].map(
      (attempts) => nextAttempt(deps, { ...FIRST_ATTEMPT, attempts }, "E_RATE_LIMIT_EXCEEDED").seconds,
    )
    const maxDelays = [30, 60, 120, 240, 3600, 3600]
    for (const [index, seconds] of delays.entries()) {
      expect(seconds).toBeGreaterThanOrEqual((maxDelays[index] ?? 0) / 2)
      expect(seconds).toBeLessThanOrEqual(maxDelays[index] ?? 0)
    }
    const sampledDelays = Array.from({ length: 20 }, () => nextAttempt(deps, { ...FIRST_ATTEMPT, attempts: 9 }).seconds)
    expect(new Set(sampledDelays).size).toBeGreaterThan(5)
  })

  it("retries on the next day after a daily limit, and stores the provider's code and message", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    await sendDueEmails(rejectWith("E_DAILY_LIMIT_EXCEEDED"))
    const mail = await getOnlyMail()
    const midnight = new Date().setUTCHours(24, 0, 0, 0)
    expect(mail).toMatchObject({
      status: "queued",
      attempts: 1,
      last_error_code: "E_DAILY_LIMIT_EXCEEDED",
      last_error: "no (E_DAILY_LIMIT_EXCEEDED)",
    })
    expect(Number(mail.next_attempt_at)).toBeGreaterThanOrEqual(midnight - 2_000)
    expect(Number(mail.next_attempt_at)).toBeLessThanOrEqual(midnight + 1_802_000)
  })

  it.each(["E_RECIPIENT_SUPPRESSED", "E_VALIDATION_ERROR", "E_CONTENT_TOO_LARGE"])(
    "doesn't retry after %s, and the page shows the reason",
    async (code) => {
      const { browser } = await signInStaff()
      await invite(browser)
      await sendDueEmails(rejectWith(code))
      expect(await getOnlyMail()).toMatchObject({ status: "failed", attempts: 1, last_error_code: code })
      expect(await count("invites", "email_status IN ('failed', 'bounced') AND status = 'pending'")).toBe(1)
      expect(await (await browser.get("/customers/invites?status=undelivered")).text()).toContain(`no (${code})`)
    },
  )

  it("moves a message that failed for a day to the dead letters, whose consumer records it once", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const mail = await claim(deps, String((await getOnlyMail()).id))
    if (!mail) throw new Error("the email was not claimed")
    const deadLettered: string[] = []
    travel({ days: 1, seconds: 1 })
    const later = { ...deps, deadLetter: (id: string) => deadLettered.push(id) }
    const nextDelay = await markFailed(later, mail, { code: "E_DELIVERY_FAILED", text: "no", isFinal: false })
    expect([nextDelay, deadLettered]).toEqual([undefined, [mail.row.id]])
    await Promise.all(Array.from({ length: 3 }, () => abandon(later, mail.row.id)))
    expect(await getOnlyMail()).toMatchObject({ status: "failed", last_error: "no" })
    expect(await count("audit_log", "action = 'invite.failed'")).toBe(1)
  })

  it("ignores a dead letter while retries remain or a sender holds the claim", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const id = String((await getOnlyMail()).id)
    await sendDueEmails(rejectWith("E_DELIVERY_FAILED"))
    await abandon(deps, id)
    expect((await getOnlyMail()).status).toBe("queued")
    travel({ days: 2 })
    await claim(deps, id)
    await abandon(deps, id)
    expect((await getOnlyMail()).status).toBe("sending")
    travel({ seconds: deps.config.claimSeconds })
    await abandon(deps, id)
    expect((await getOnlyMail()).status).toBe("failed")
  })

  it("retries for longer than a day, but not forever, when the provider's limits caused the delay", () => {
    const oldMessage = { ...FIRST_ATTEMPT, firstAttemptAt: new Date(Date.now() - 25 * 3_600_000) }
    const isExhausted = (lastErrorCode: string | null, code: string) =>
      nextAttempt(deps, { ...oldMessage, lastErrorCode }, code).isExhausted
    expect(isExhausted(null, "E_DELIVERY_FAILED")).toBe(true)
    expect(isExhausted("E_DAILY_LIMIT_EXCEEDED", "E_RATE_LIMIT_EXCEEDED")).toBe(false)
    expect(isExhausted(null, "E_DAILY_LIMIT_EXCEEDED")).toBe(false)
    expect(
      nextAttempt(deps, { ...FIRST_ATTEMPT, firstAttemptAt: new Date(0) }, "E_DAILY_LIMIT_EXCEEDED").isExhausted,
    ).toBe(true)
  })

  it("ignores the result of a sender whose claim has passed to another", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const id = String((await getOnlyMail()).id)
    const slowClaim = await claim(deps, id)
    travel({ seconds: deps.config.claimSeconds + 1 })
    await claim(deps, id)
    if (!slowClaim) throw new Error("the email was not claimed")
    await markFailed(deps, slowClaim, { code: "E_DELIVERY_FAILED", text: "late", isFinal: false })
    expect(await getOnlyMail()).toMatchObject({ status: "sending", attempts: 2 })
    await markFailed(deps, slowClaim, { code: "E_VALIDATION_ERROR", text: "late", isFinal: true })
    expect(await getOnlyMail()).toMatchObject({ status: "sending", last_error: null })
  })

  it("ignores a dead letter of a message that was sent", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    await sendDueEmails()
    await abandon(deps, String((await getOnlyMail()).id))
    expect([(await getOnlyMail()).status, await count("invites", "email_status = 'sent'")]).toEqual(["sent", 1])
  })

  it("grants one of fifty concurrent claims, and the next one only after it expires", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const id = String((await getOnlyMail()).id)
    const claims = await Promise.all(Array.from({ length: 50 }, () => claim(deps, id)))
    expect(claims.filter(Boolean)).toHaveLength(1)
    travel({ seconds: deps.config.claimSeconds + 1 })
    expect(await claim(deps, id)).toMatchObject({ kind: "invite" })
  })

  it("needs one round trip each for a claim, a retry and a sweep that reads only due rows of 100,000", async () => {
    const { browser, resellerId } = await signInStaff()
    await invite(browser)
    await env.DB.prepare(
      `INSERT INTO outbox (id, reseller_id, kind, recipient, status, next_attempt_at, created_at)
       SELECT 'eml_' || value, ?1, 'digest', 'a@b.example', CASE value % 2 WHEN 0 THEN 'sent' ELSE 'queued' END, 4102444800000, 0
       FROM json_each(?2)`,
    )
      .bind(resellerId, JSON.stringify(Array.from({ length: 100_000 }, (_, i) => i)))
      .run()
    const { database, costs } = countingD1(env.DB)
    const countingDeps = createDeps({ ...testEnv, DB: database }, () => undefined)
    const id = (await env.DB.prepare("SELECT id FROM outbox WHERE kind = 'invite'").first<{ id: string }>())?.id ?? ""
    const mail = await claim(countingDeps, id)
    if (!mail) throw new Error("the email was not claimed")
    expect(costs.roundTrips).toBe(1)
    await markFailed(countingDeps, mail, { code: "E_INTERNAL_SERVER_ERROR", text: "no", isFinal: false })
    expect(costs.roundTrips).toBe(2)
    travel({ minutes: 2 })
    Object.assign(costs, { roundTrips: 0, rowsRead: 0 })
    expect(await takeDueMessages(countingDeps)).toEqual([{ id, resellerId, kind: "invite", isBulk: false }])
    expect(costs.roundTrips).toBe(1)
    expect(costs.rowsRead).toBeLessThanOrEqual(7)
  }, 60_000)
})

it("old sent messages are deleted, and recent or queued ones are kept", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  await sendDueEmails()
  await invite(browser, { contact_email: "two@northwind.example" })
  await deleteOldOutboxRows(deps)
  expect(await count("outbox")).toBe(2)
  travel({ days: 100 })
  await deleteOldOutboxRows(deps)
  expect(await count("outbox", "status = 'queued'")).toBe(1)
  expect(await count("outbox")).toBe(1)
})

describe("a reminder", () => {
  it("is sent once, two days before a long-lived invite expires, with the same link and a decline link", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    await sendDueEmails()
    const reminderLeadMs = await env.DB.prepare("SELECT expires_at - remind_at AS before FROM invites").first("before")
    expect(reminderLeadMs).toBe(2 * DAY_MS)
    await remindContacts(deps)
    expect(await sendDueEmails()).toEqual([])
    travel({ days: 12 })
    expect([await remindContacts(deps), await remindContacts(deps)]).toEqual([1, 0])
    const [mail, ...otherMails] = await sendDueEmails()
    expect(otherMails).toEqual([])
    expect(mail?.subject).toContain("expires on")
    expect(mail?.text).toMatch(/Connect Here:\nhttp\S+\/r\/\S+[\s\S]*wasn't meant for me\nhttp\S+\/decline\//)
    expect(await count("audit_log", "action = 'invite.reminded' AND actor_kind = 'system'")).toBe(1)
    const link = /localhost:8787(\/r\/\S+)/.exec(mail?.text ?? "")?.[1] ?? ""
    expect((await new Browser().post(link, REGISTRATION_FORM)).status).toBe(303)
  })

  const run = (sql: string) => () => env.DB.prepare(sql).run()

  it.each<[why: string, change: (link: string) => unknown, daysSince: number]>([
    ["the email bounced", run("UPDATE invites SET email_status = 'bounced'"), 1],
    ["the link was opened recently", (link) => new Browser().post(`${link}/opening`), 1],
    ["the invite was declined", run("UPDATE invites SET status = 'declined'"), 1],
    ["the invite has expired", () => undefined, 3],
    [
      "the address is suppressed",
      run("INSERT INTO suppressions SELECT reseller_id, contact_email, 'declined', NULL, 0 FROM invites"),
      1,
    ],
    ["the reseller has disabled reminders", run("UPDATE resellers SET reminders_enabled = 0"), 1],
  ])("isn't sent when %s", async (_why, change, daysSince) => {
    const { browser } = await signInStaff()
    await invite(browser)
    const link = await latestRegistrationLink()
    travel({ days: 11 })
    await change(link)
    travel({ days: daysSince })
    expect([await remindContacts(deps), await sendDueEmails()]).toEqual([0, []])
    expect(await count("audit_log", "action = 'invite.reminded'")).toBe(0)
  })

  it("isn't planned after a resend or for a three-day invite, and isn't sent during the resend cooldown", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    await browser.post(`/customers/invites/${id}/resends`)
    await invite(browser, { contact_email: "three@northwind.example", expires_in_days: "3" })
    await invite(browser, { contact_email: "four@northwind.example", expires_in_days: "4" })
    const planned = await env.DB.prepare("SELECT contact_email FROM invites WHERE remind_at IS NOT NULL").all()
    expect(planned.results).toEqual([{ contact_email: "four@northwind.example" }])
    // A resend plans no reminder. If one did, the cooldown would still prevent it.
    await env.DB.prepare("UPDATE invites SET opened_at = 1, remind_at = 1 WHERE id = ?").bind(id).run()
    expect(await remindContacts(deps), "opened long ago").toBe(0)
  })

  it("is sent in the turn of its reseller, however many of another's are due", async () => {
    const [acme, globex] = [await signInStaff("acme"), await signInStaff("globex")]
    for (let n = 0; n < 55; n++) await invite(acme.browser, { contact_email: `contact-${n}@northwind.example` })
    const own = {
      contact_email: "one@globex.example",
      billing_email: "billing@globex.example",
      billing_phone: "+1 212 555 0187",
    }
    await invite(globex.browser, own)
    travel({ days: 12, minutes: 1 })
    await env.DB.prepare("UPDATE invites SET remind_at = remind_at - 60000 WHERE reseller_id = ?")
      .bind(acme.resellerId)
      .run()
    expect(await remindContacts(deps)).toBe(50)
    expect(await count("outbox", `kind = 'reminder' AND reseller_id = '${globex.resellerId}'`)).toBe(1)
  })

  it("counts against the hourly limit, and is postponed when it is reached", async () => {
    const { browser, resellerId } = await signInStaff()
    const id = await invite(browser)
    travel({ days: 12 })
    const another = { ...CUSTOMER, contact_email: "another@northwind.example" }
    await callApi({ key: await createApiKey(resellerId), path: "/invites", body: another })
    const limited = createDeps({ ...testEnv, INVITE_MAILS_PER_HOUR: "1" }, () => undefined)
    expect(await remindContacts(limited)).toBe(0)
    const postponed = `id = '${id}' AND remind_at = ${Date.now() + 3_600_000}`
    expect(await count("invites", postponed), "it is postponed").toBe(1)
    travel({ hours: 1 })
    expect(await remindContacts(limited)).toBe(1)
  })

  it("can be disabled and enabled by Admins only", async () => {
    const { browser } = await signInStaff()
    expect((await browser.post("/settings/invites", { default_expires_in_days: "14" })).status).toBe(303)
    expect(await count("resellers", "reminders_enabled = 0")).toBe(1)
    const regular = await signInStaff("globex", "regular")
    const remindersOn = { default_expires_in_days: "14", reminders_enabled: "on" }
    expect((await regular.browser.post("/settings/invites", remindersOn)).status).toBe(403)
    await browser.post("/settings/invites", remindersOn)
    expect(await count("resellers", "reminders_enabled = 1")).toBe(2)
  })
})

/** Inserts an event for each row of a query of invites, and a notification for the user who sent the invite. */
async function notifyInviterOfExpiry(inviteQuery: string) {
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO events (id, reseller_id, type, is_public, invite_id, contact_email, data, occurred_at)
       SELECT event_id, reseller_id, 'invite.expired', 1, id, contact_email, '{}', 0 FROM (${inviteQuery})`,
    ),
    env.DB.prepare(
      `INSERT INTO notifications (event_id, user_id, reseller_id)
       SELECT event_id, invited_by, reseller_id FROM (${inviteQuery})`,
    ),
  ])
}

describe("staff digests", () => {
  it("report what happened to invites, in one email an hour", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    await invite(browser, { contact_email: "late@northwind.example", company_name: "Contoso" })
    expect(await enqueueDigests(deps)).toBe(1)
    const digest = (await sendDueEmails()).find(({ subject }) => subject.startsWith("Your invites at"))
    expect(digest).toMatchObject({ to: "admin@acme.example", subject: "Your invites at Acme Networks: 1 accepted" })
    expect(digest?.text).toContain("\nNorthwind Logistics\nPriya Nair · ")
    await notifyInviterOfExpiry("SELECT 'evt_' || id AS event_id, * FROM invites")
    expect([await enqueueDigests(deps), await sendDueEmails()]).toEqual([0, []])
    travel({ hours: 1, seconds: 1 })
    expect(await enqueueDigests(deps)).toBe(1)
    expect(await count("notifications", "email_id IS NULL")).toBe(0)
  })

  it("go to all staff in turn, those first who have waited longest, and to none of a suspended reseller", async () => {
    const resellerIds = []
    for (const slug of ["acme", "globex", "initech"]) resellerIds.push((await createReseller(slug)).resellerId)
    const numbers = JSON.stringify(Array.from({ length: 60 }, (_, i) => i))
    await runSql(
      `INSERT INTO users (id, name, email, reference, created_at, updated_at)
       SELECT 'usr_' || value, 'Kim', value || '@x.example', value, 0, 0 FROM json_each(?)`,
      numbers,
    )
    await runSql(
      `INSERT INTO staff (user_id, reseller_id, role, created_at, last_digest_at)
       SELECT 'usr_' || people.value, resellers.value, 'admin', 0, 60 - people.value FROM json_each(?) AS people, json_each(?) AS resellers`,
      numbers,
      JSON.stringify(resellerIds),
    )
    // Of the second reseller, only one person has something to read.
    await runSql(
      `INSERT INTO events (id, reseller_id, type, is_public, data, occurred_at)
       SELECT 'evt_' || key, value, 'invite.accepted', 1, '{}', 0 FROM json_each(?)`,
      JSON.stringify(resellerIds),
    )
    await runSql(
      `INSERT INTO notifications (event_id, user_id, reseller_id) SELECT events.id, staff.user_id, staff.reseller_id
       FROM staff JOIN events ON events.reseller_id = staff.reseller_id WHERE events.id <> 'evt_1' OR staff.user_id = 'usr_7'`,
    )
    await runSql("UPDATE resellers SET suspended_at = 0 WHERE slug = 'initech'")
    expect(await enqueueDigests(deps)).toBe(50)
    expect(await count("outbox", "recipient IN ('0@x.example', '1@x.example')")).toBe(0)
    expect([await enqueueDigests(deps), await enqueueDigests(deps)]).toEqual([11, 0])
    const { results } = await env.DB.prepare(
      "SELECT reseller_id, count(*) AS n, count(DISTINCT recipient) AS people FROM outbox GROUP BY 1 ORDER BY 2",
    ).all()
    expect(results).toEqual([
      { reseller_id: resellerIds[1], n: 1, people: 1 },
      { reseller_id: resellerIds[0], n: 60, people: 60 },
    ])
  })

  it("summarize many notifications, which are then deleted", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const numbers = JSON.stringify(Array.from({ length: 200 }, (_, i) => i))
    await notifyInviterOfExpiry(`SELECT 'evt_' || value AS event_id, invites.* FROM json_each('${numbers}'), invites`)
    await env.DB.prepare("UPDATE events SET contact_email = 'was@northwind.example'").run()
    await enqueueDigests(deps)
    const digest = (await sendDueEmails()).find(({ to }) => to === "admin@acme.example")
    expect(digest?.subject).toBe("Your invites at Acme Networks: 200 expired")
    expect(digest?.text).toContain("… and 150 more")
    expect(digest?.text.replaceAll("\u2060", "")).toContain(
      "Expired (200)\n\nNorthwind Logistics\nPriya Nair · was@northwind.example\n",
    )
    expect(await count("notifications")).toBe(0)
  })

  it("are queued only once by concurrent sweeps", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    await Promise.all(Array.from({ length: 5 }, () => enqueueDigests(deps)))
    expect(await count("outbox", "kind = 'digest'")).toBe(1)
  })

  it("aren't queued when another sweep has just queued one", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    const batch = async (statements: D1PreparedStatement[]) => {
      await env.DB.prepare("UPDATE staff SET last_digest_at = ?").bind(Date.now()).run()
      return env.DB.batch(statements)
    }
    const racedDatabase = new Proxy(env.DB, {
      get: (target, name) => (name === "batch" ? batch : Reflect.get(target, name).bind(target)),
    })
    await enqueueDigests(createDeps({ ...testEnv, DB: racedDatabase }, () => undefined))
    expect([await count("outbox", "kind = 'digest'"), await count("notifications", "email_id IS NULL")]).toEqual([0, 1])
  })

  it("aren't sent to staff who disabled them, and their waiting notifications are deleted", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    expect(await count("notifications")).toBe(1)
    expect((await browser.post("/settings/notifications/digests", {})).status).toBe(303)
    expect([await count("notifications"), await enqueueDigests(deps)]).toEqual([0, 0])
    expect(await (await browser.get("/settings/notifications")).text()).not.toContain(
      'id="digest_enabled" name="digest_enabled" value="on" checked',
    )
  })
})
