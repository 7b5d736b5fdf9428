import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { recordDeliveryEvent } from "../src/domain/mail/delivery-events.ts"
import { createDeps } from "../src/http/bindings.ts"
import {
  Browser,
  CUSTOMER,
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
import { travel } from "./support/time.ts"

const deps = createDeps(testEnv, () => undefined)

type EventKind = "delivered" | "deferred" | "bounced" | "complained" | "failed"

/** An event as Email Service publishes it. */
function deliveryEvent(
  kind: EventKind,
  messageId: string,
  bounce: "hard" | "soft" = "hard",
  eventId: string = crypto.randomUUID(),
) {
  const smtp = { bounced: "550 5.1.1 no such user", deferred: "451-4.7.1 later", delivered: "250 2.0.0 OK" }
  return {
    type: `cf.email.sending.message.${kind}`,
    payload: {
      eventId,
      messageId,
      delivery: kind in smtp ? { smtpResponse: smtp[kind as keyof typeof smtp] } : null,
      ...(kind === "bounced" && { bounce: { type: bounce, classification: "invalid_recipient" } }),
    },
    metadata: { eventTimestamp: "2026-11-24T10:00:00Z" },
  }
}

const recordEvent = (event: object) => recordDeliveryEvent(deps, event, crypto.randomUUID())

/** Sends the due email; the provider returns `messageId`. */
const sendWithMessageId = (messageId: string) => sendDueEmails(async () => ({ messageId }))

const emailStatus = async () =>
  (await env.DB.prepare("SELECT email_status AS status FROM invites").first<{ status: string }>())?.status

function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items]
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((others) => [item, ...others]))
}

/** From weakest to strongest: the strongest event determines the status, in any order. */
const STATUS_ORDER: EventKind[] = ["deferred", "delivered", "bounced", "complained"]

describe("delivery events", () => {
  it("lead to the strongest status in any order, even if repeated or earlier than the record of the sent email", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    let n = 0
    for (const kinds of [
      ...permutations(STATUS_ORDER),
      ...permutations(STATUS_ORDER.slice(0, 3)),
      ...permutations(STATUS_ORDER.slice(0, 2)),
    ]) {
      const messageId = `msg_${n++}`
      const events = kinds.map((kind) => deliveryEvent(kind, messageId))
      const knownAfter = n % (events.length + 1)
      await env.DB.prepare("DELETE FROM suppressions").run()
      // Queues the sent email again, which never happens in production, to reuse it.
      await env.DB.prepare("UPDATE outbox SET status = 'queued', next_attempt_at = 0").run()
      await env.DB.prepare("UPDATE invites SET email_status = 'queued'").run()
      for (const [index, event] of events.entries()) {
        if (index === knownAfter) await sendWithMessageId(messageId)
        await recordEvent(event)
        await recordEvent(event)
        for (const earlierEvent of events.slice(0, index)) await recordEvent(earlierEvent)
      }
      if (knownAfter === events.length) await sendWithMessageId(messageId)
      const expectedStatus = STATUS_ORDER.findLast((kind) => kinds.includes(kind))
      expect(await emailStatus(), `${kinds}, with the email recorded after ${knownAfter} of them`).toBe(expectedStatus)
      expect(await count("audit_log", `action = 'invite.delivered'`), "recorded once").toBe(
        await count("email_events", "status = 'delivered'"),
      )
    }
    expect(n).toBe(32)
  }, 60_000)

  it("for an unknown email are stored and change no invite", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    await recordEvent(deliveryEvent("bounced", "msg_unknown"))
    await recordEvent({ type: "?" })
    await recordEvent({ nonsense: true })
    expect([await emailStatus(), await count("email_events"), await count("suppressions")]).toEqual(["queued", 3, 0])
  })

  it("for an older email change the invite's status only if they suppress the address", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    await sendWithMessageId("msg_old")
    await browser.post(`/customers/invites/${id}/resends`)
    await sendWithMessageId("msg_new")
    await recordEvent(deliveryEvent("deferred", "msg_new"))
    await recordEvent(deliveryEvent("bounced", "msg_old", "soft"))
    await recordEvent(deliveryEvent("delivered", "msg_old"))
    expect([await emailStatus(), await count("suppressions")]).toEqual(["deferred", 0])
    await recordEvent(deliveryEvent("complained", "msg_old"))
    expect([await emailStatus(), await count("suppressions", "cause = 'complained'")]).toEqual(["complained", 1])
    expect(await (await browser.get("/customers/invites?status=undelivered")).text()).toContain("Edit &amp; resend")
  })

  it.each([
    ["bounced", "hard", 1],
    ["bounced", "soft", 0],
    ["complained", "hard", 1],
    ["delivered", "hard", 0],
    ["failed", "hard", 0],
  ] as const)("of type %s (%s) add %i suppressions for the reseller", async (kind, bounce, suppressedCount) => {
    const acme = await signInStaff()
    await invite(acme.browser)
    await sendWithMessageId("msg_1")
    await recordEvent(deliveryEvent(kind, "msg_1", bounce))
    expect(await count("suppressions", `sender_id = '${acme.resellerId}'`)).toBe(suppressedCount)
    const globex = await signInStaff("globex")
    await invite(globex.browser, { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" })
  })
})

describe("an invite with a bounced email", () => {
  async function createBouncedInvite() {
    const reseller = await signInStaff()
    const id = await invite(reseller.browser)
    const [mail] = await sendWithMessageId("msg_1")
    await recordEvent(deliveryEvent("bounced", "msg_1"))
    return { ...reseller, id, oldLink: registrationLinkIn(mail) }
  }

  it("is shown with the reason, counted, found by the filter, and offers only an edit of the address", async () => {
    const { browser, id } = await createBouncedInvite()
    await invite(browser, { contact_email: "fine@northwind.example", company_name: "Contoso" })
    const list = await (await browser.get("/customers/invites?status=undelivered")).text()
    expect(list).toContain("Mailbox does not exist: 550 5.1.1")
    expect(list).toContain(`/customers/invites/${id}/edit`)
    expect(list).not.toContain("Contoso")
    expect(list).not.toContain(`/customers/invites/${id}/resends`)
    expect(await (await browser.get("/")).text()).toMatch(/Needs attention<\/a><\/dt><dd><span class="count danger">1</)
    const searchResult = await (await browser.get("/customers/invites?status=undelivered&q=northwind")).text()
    expect(searchResult).toContain("priya@northwind.example")
    expect(await (await browser.get(`/customers/invites/${id}`)).text()).toContain("Email bounced:")
  })

  it("can't be resent by page or API, nor replaced by a new invite to the same address", async () => {
    const { browser, id, resellerId } = await createBouncedInvite()
    const page = await browser.post(`/customers/invites/${id}/resends`)
    expect([page.status, await page.text()]).toEqual([409, expect.stringContaining("Email to this address bounced")])
    const key = await createApiKey(resellerId)
    const call = await callApi({ key, method: "POST", path: `/invites/${id}/resends` })
    expect([call.status, (await call.json<{ code: string }>()).code]).toEqual([409, "email_suppressed"])
    await browser.post(`/customers/invites/${id}/revocation`)
    const newInvite = await browser.post("/customers/invites/new", CUSTOMER)
    expect([newInvite.status, await newInvite.text()]).toEqual([
      422,
      expect.stringContaining("Use a different address."),
    ])
    expect([await count("outbox"), await count("invites", "send_count = 1")]).toEqual([1, 1])
  })

  it("is sent to a corrected address with a new link; the old link can't register, and the timeline keeps the bounce", async () => {
    const { browser, id, oldLink } = await createBouncedInvite()
    expect((await new Browser().get(oldLink)).status).toBe(200)
    const path = `/customers/invites/${id}/edit`
    expect(await (await browser.get(path)).text()).toContain(
      "Email to this address bounced (Mailbox does not exist: 550 5.1.1)",
    )
    const sameEmailResponse = await browser.post(path, { contact_email: "priya@northwind.example" })
    expect(sameEmailResponse.status).toBe(422)
    expect((await browser.post(path, { contact_email: "nobody" })).status).toBe(422)
    expect((await browser.post(path, { contact_email: "priya.nair@northwind.example" })).status).toBe(303)
    const [mail] = await sendDueEmails()
    expect(mail?.to).toBe("priya.nair@northwind.example")
    const oldPage = await new Browser().get(oldLink)
    expect([oldPage.status, await oldPage.text()]).toEqual([
      410,
      expect.stringContaining("The address of this invite was changed"),
    ])
    expect((await new Browser().post(oldLink, REGISTRATION_FORM)).status).toBe(410)
    expect((await new Browser().get(registrationLinkIn(mail))).status).toBe(200)
    expect(await count("customers")).toBe(0)
    expect(
      await count(
        "invites",
        "contact_email = 'priya.nair@northwind.example' AND link_version = 2 AND email_status = 'sent'",
      ),
    ).toBe(1)
    const timeline = await (await browser.get(`/customers/invites/${id}`)).text()
    expect(timeline).toContain("Contact Email Address: priya@northwind.example → priya.nair@northwind.example")
    expect(timeline).toContain("Email bounced:")
    expect(await count("invite_counts", "counter = 'undelivered' AND count = 0")).toBe(1)
  })

  it("can be resent to the same address when staff confirm that the contact asked for it", async () => {
    const { browser, id } = await createBouncedInvite()
    expect(await (await browser.get(`/customers/invites/${id}/edit`)).text()).toContain("Allow email and resend")
    const allowedResponse = await browser.post(`/customers/invites/${id}/resends`, { despite: "suppression" })
    expect([allowedResponse.status, allowedResponse.headers.get("Location")]).toEqual([
      303,
      `/customers/invites/${id}?flash=invite_resent&invite=${id}`,
    ])
    expect([(await sendDueEmails()).length, await count("suppressions")]).toEqual([1, 0])
  })

  it("can't be edited with an outdated If-Match", async () => {
    const { browser, id, resellerId } = await createBouncedInvite()
    const key = await createApiKey(resellerId)
    const etag = (await callApi({ key, path: `/invites/${id}` })).headers.get("ETag") ?? ""
    await env.DB.prepare("UPDATE invites SET status = 'declined', last_change_id = 'aud_other'").run()
    const editInvite = (headers: Record<string, string>) =>
      callApi({
        key,
        method: "PATCH",
        path: `/invites/${id}`,
        body: { contact_email: "right@northwind.example" },
        headers,
      })
    expect((await editInvite({ "If-Match": etag })).status).toBe(412)
    expect(await browser.get(`/customers/invites/${id}`).then(({ status }) => status)).toBe(200)
    expect((await editInvite({ "If-Match": 'W/"aud_other"' })).status).toBe(200)
  })

  it("can be moved to an address whose earlier invite expired but isn't marked yet", async () => {
    const { browser, id } = await createBouncedInvite()
    const other = await invite(browser, { contact_email: "right@northwind.example", expires_in_days: "3" })
    travel({ days: 3 })
    const updated = await browser.post(`/customers/invites/${id}/edit`, {
      contact_email: "right@northwind.example",
    })
    expect(updated.status).toBe(303)
    expect(await count("invites", `id = '${other}' AND status = 'expired'`)).toBe(1)
  })

  it("keeps the worst known status while an email to a suppressed address is queued", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    await sendWithMessageId("msg_old")
    await browser.post(`/customers/invites/${id}/resends`)
    await recordEvent(deliveryEvent("bounced", "msg_old", "soft"))
    await recordEvent(deliveryEvent("complained", "msg_old"))
    expect(await sendDueEmails()).toEqual([])
    expect(await count("outbox", "status = 'failed' AND last_error_code = 'E_RECIPIENT_SUPPRESSED'")).toBe(1)
    expect(await emailStatus()).toBe("complained")
  })

  it("shows the hard bounce when there are both a soft and a hard one", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    await sendWithMessageId("msg_1")
    const softBounce = deliveryEvent("bounced", "msg_1", "soft")
    await recordEvent({
      ...softBounce,
      payload: { ...softBounce.payload, delivery: { smtpResponse: "452 4.2.2 full" } },
    })
    await recordEvent(deliveryEvent("bounced", "msg_1"))
    expect(await env.DB.prepare("SELECT email_error FROM invites").first("email_error")).toBe(
      "Mailbox does not exist: 550 5.1.1",
    )
  })

  it("can't be resent after the provider refused the address as suppressed", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    await sendDueEmails(async () =>
      Promise.reject(Object.assign(new Error("on the list"), { code: "E_RECIPIENT_SUPPRESSED" })),
    )
    expect((await browser.post(`/customers/invites/${id}/resends`)).status).toBe(409)
  })

  it("is taken as a suppression when the provider reports a rejection as suppressed", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    await sendWithMessageId("msg_1")
    const type = "cf.email.sending.message.rejected"
    const reject = (reason: string) =>
      recordEvent({ type, payload: { eventId: reason, messageId: "msg_1", rejection: { reason } } })
    await reject("policy")
    expect([await emailStatus(), await count("suppressions")]).toEqual(["failed", 0])
    await reject("suppressed")
    expect(await emailStatus()).toBe("bounced")
    expect(await count("suppressions", "email = 'priya@northwind.example' AND cause = 'bounced'")).toBe(1)
    expect((await browser.post(`/customers/invites/${id}/resends`)).status).toBe(409)
  })

  it("is edited by one of many concurrent requests, and the edit counts against the resend limits", async () => {
    const { browser, id } = await createBouncedInvite()
    const path = `/customers/invites/${id}/edit`
    const responses = await Promise.all(
      Array.from({ length: 10 }, (_, n) => browser.post(path, { contact_email: `p${n}@northwind.example` })),
    )
    expect(responses.filter(({ status }) => status === 303)).toHaveLength(1)
    expect(responses.filter(({ status }) => status === 429)).toHaveLength(9)
    expect([await count("audit_log", "action = 'invite.updated'"), (await sendDueEmails()).length]).toEqual([1, 1])
  })
})

it("an edit that names the current address sends no email", async () => {
  const { browser, resellerId } = await signInStaff()
  const id = await invite(browser)
  const key = await createApiKey(resellerId)
  const sameEmailResponse = await browser.post(`/customers/invites/${id}/edit`, {
    contact_email: " PRIYA@northwind.example",
  })
  expect([sameEmailResponse.status, sameEmailResponse.headers.get("Location")]).toEqual([
    303,
    `/customers/invites/${id}?flash=unchanged`,
  ])
  for (const body of [{}, { contact_email: "priya@northwind.example" }]) {
    const call = await callApi({ key, method: "PATCH", path: `/invites/${id}`, body })
    expect([call.status, (await call.json<{ send_count: number }>()).send_count]).toEqual([200, 1])
  }
  expect(await count("outbox")).toBe(1)
})

describe("a decline link", () => {
  async function latestDeclineLink(): Promise<string> {
    const mail = (await sendDueEmails()).at(-1)
    return /http:\/\/localhost:8787(\/decline\/\S+)/.exec(mail?.text ?? "")?.[1] ?? "none"
  }

  it("declines by POST only, suppresses the address and notifies staff; a repeat changes nothing", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const link = await latestDeclineLink()
    const contact = new Browser()
    const before = await env.DB.prepare("SELECT * FROM invites").first()
    const page = await contact.get(link)
    expect([page.status, page.headers.get("Referrer-Policy")]).toEqual([200, "no-referrer"])
    expect(await page.text()).toContain("This wasn&#39;t meant for me")
    expect(await env.DB.prepare("SELECT * FROM invites").first()).toEqual(before)
    for (let n = 0; n < 3; n++) expect(await (await contact.post(link)).text()).toContain("send anything else to")
    expect(await contact.get(link).then((again) => again.text())).toContain("Thank you")
    expect(await count("invites", `id = '${id}' AND status = 'declined'`)).toBe(1)
    expect(await count("suppressions", "cause = 'declined' AND email = 'priya@northwind.example'")).toBe(1)
    expect([
      await count("audit_log", "action = 'invite.declined'"),
      await count("notifications", "event_id IN (SELECT id FROM events WHERE type = 'invite.declined')"),
    ]).toEqual([1, 1])
    expect((await browser.post(`/customers/invites/${id}/resends`)).status).toBe(409)
    expect(await (await browser.get("/customers/invites")).text()).toContain("Edit &amp; resend")
  })

  it("sent to a former address suppresses that address and leaves the invite pending", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const wrongLink = await latestDeclineLink()
    await browser.post(`/customers/invites/${id}/edit`, { contact_email: "right@northwind.example" })
    expect((await new Browser().post(wrongLink)).status).toBe(200)
    expect(await count("invites", "status = 'pending' AND contact_email = 'right@northwind.example'")).toBe(1)
    expect(await count("suppressions", "email = 'priya@northwind.example'")).toBe(1)
    expect((await sendDueEmails()).map(({ to }) => to)).toEqual(["right@northwind.example"])
  })

  it("of a revoked invite declines the newer invite to the same address", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const oldLink = await latestDeclineLink()
    await browser.post(`/customers/invites/${id}/revocation`)
    const newInvite = await invite(browser)
    await new Browser().post(oldLink)
    expect(await count("invites", `id = '${newInvite}' AND status = 'declined'`)).toBe(1)
    expect(await count("invites", `id = '${id}' AND status = 'revoked'`)).toBe(1)
    expect(await count("audit_log", "action = 'invite.declined'")).toBe(1)
  })

  it("is refused after the invite was accepted, and can't be used to register", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const link = await latestDeclineLink()
    await env.DB.prepare("UPDATE invites SET status = 'accepted'").run()
    expect((await new Browser().post(link)).status).toBe(409)
    expect((await new Browser().get(link.replace("/decline/", "/r/"))).status).toBe(404)
    expect((await new Browser().get("/decline/x.y.z")).status).toBe(404)
    expect([await count("suppressions"), await count("invites", "status = 'accepted'")]).toEqual([0, 1])
  })

  it("cancels an email that is already queued", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const link = await latestDeclineLink()
    await browser.post(`/customers/invites/${id}/resends`)
    await new Browser().post(link)
    expect(await sendDueEmails()).toEqual([])
    expect(await count("outbox", "status = 'cancelled'")).toBe(1)
  })
})

it.each([
  ["550 5.7.1 Client host [10.5.1.1] blocked", "Rejected by the receiving server: 550 5.7.1"],
  ["552-5.2.2 over quota", "Mailbox is full: 552 5.2.2"],
  ["host mx.example[203.0.113.5] said: 550 5.1.1 user unknown", "Mailbox does not exist: 550 5.1.1"],
  ["554 delivery error: 5.1.1 no mailbox here", "Mailbox does not exist: 5.1.1"],
  ["", "Went\u202e\r\naway", "Went away"],
])("the bounce %j %j is stored with a readable reason", async (smtpResponse, ...expectedReasons) => {
  const { browser } = await signInStaff()
  await invite(browser)
  await sendWithMessageId("msg_1")
  const event = deliveryEvent("bounced", "msg_1")
  const reason = expectedReasons.length > 1 ? expectedReasons[0] : undefined
  await recordEvent({
    ...event,
    payload: { ...event.payload, delivery: { smtpResponse }, bounce: { type: "hard", reason } },
  })
  expect(await env.DB.prepare("SELECT email_error FROM invites").first("email_error")).toBe(expectedReasons.at(-1))
})

describe("opening a registration link", () => {
  it("is recorded by the page's script, once in the timeline, and never by GET", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const link = await latestRegistrationLink()
    const contact = new Browser()
    const page = await (await contact.get(link)).text()
    expect(page).toContain(` data-opening="${link}/opening"`)
    expect(page).not.toContain("htmx")
    expect(await count("invites", "opened_at IS NOT NULL")).toBe(0)
    for (let n = 0; n < 3; n++) expect((await contact.post(`${link}/opening`)).status).toBe(204)
    expect([
      await count("invites", "opened_at IS NOT NULL"),
      await count("audit_log", "action = 'invite.opened'"),
    ]).toEqual([1, 1])
    expect(await (await browser.get(`/customers/invites/${id}`)).text()).toContain("Opened the link")
    expect((await contact.post("/r/forged/opening")).status).toBe(204)
    await browser.post(`/customers/invites/${id}/edit`, { contact_email: "other@northwind.example" })
    expect(await count("invites", "opened_at IS NULL"), "the new contact has not opened it").toBe(1)
    await contact.post(`${await latestRegistrationLink()}/opening`)
    expect(await count("audit_log", "action = 'invite.opened'")).toBe(2)
  })
})
