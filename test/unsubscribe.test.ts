import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, it } from "vitest"
import { remindContacts } from "../src/domain/invites/remind.ts"
import { enqueueDigests } from "../src/domain/mail/digests.ts"
import { hashRecipient } from "../src/domain/outbox/recipient-limits.ts"
import { createDeps } from "../src/http/bindings.ts"
import {
  addStaff,
  Browser,
  CUSTOMER,
  count,
  createReseller,
  invite,
  REGISTRATION_FORM,
  registrationLinkIn,
  sendDueEmails,
  signInAs,
  signInStaff,
} from "./support/app.ts"
import { resetStorage } from "./support/storage.ts"
import { travel } from "./support/time.ts"

beforeEach(resetStorage)

const deps = () => createDeps(env, () => undefined)
const ONE_CLICK = "List-Unsubscribe=One-Click"

/** A post as an email program sends it: no cookie, no origin. */
const postOneClick = (path: string) => new Browser().post(path, [["List-Unsubscribe", "One-Click"]], { Origin: "" })

const unsubscribePath = (mail: { headers: Partial<Record<string, string>> } | undefined) =>
  /^<http:\/\/localhost:8787(\/unsubscribe\/\S+)>$/.exec(mail?.headers["List-Unsubscribe"] ?? "")?.[1] ?? "none"

async function sendReminder() {
  const { browser, resellerId } = await signInStaff()
  const id = await invite(browser)
  const [first] = await sendDueEmails()
  await env.DB.prepare("UPDATE invites SET remind_at = 1, opened_at = NULL").run()
  expect(await remindContacts(deps())).toBe(1)
  const [reminder] = await sendDueEmails()
  return { browser, resellerId, id, first, reminder, path: unsubscribePath(reminder) }
}

describe("the one-click link of a reminder", () => {
  it("is in its headers, and not in those of an invite", async () => {
    const { first, reminder } = await sendReminder()
    expect(first?.headers).toEqual({ "Auto-Submitted": "auto-generated", "Content-Language": "en" })
    expect(reminder?.headers).toEqual({
      "Auto-Submitted": "auto-generated",
      "Content-Language": "en",
      "List-Unsubscribe": expect.stringMatching(/^<http:\/\/localhost:8787\/unsubscribe\/[\w-]{42}>$/),
      "List-Unsubscribe-Post": ONE_CLICK,
    })
  })

  it("changes nothing when it is opened", async () => {
    const { path } = await sendReminder()
    for (const response of [await new Browser().get(path), await new Browser().head(path)]) {
      expect(response.status).toBe(200)
      expect(response.headers.get("Referrer-Policy")).toBe("no-referrer")
    }
    const page = await (await new Browser().get(path)).text()
    expect(page).toContain("Stop all emails from Acme Networks to priya@northwind.example?")
    expect(page).toContain(`action="${path}"`)
    expect([await count("suppressions"), await count("audit_log", "action = 'invite.unsubscribed'")]).toEqual([0, 0])
  })

  it("stops emails once, without a cookie or an origin, however often and simultaneously it is posted", async () => {
    const { path } = await sendReminder()
    const responses = await Promise.all([1, 2, 3].map(() => postOneClick(path)))
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await responses[0]?.text()).toContain("email priya@northwind.example again unless you ask for it")
    expect(await count("suppressions", "cause = 'unsubscribed' AND email = 'priya@northwind.example'")).toBe(1)
    expect(await count("audit_log", "action = 'invite.unsubscribed'")).toBe(1)
    expect(await (await new Browser().get(path)).text()).not.toContain("<form class")
  })

  it("tells staff why nothing can be sent, and leaves the registration link valid", async () => {
    const { browser, id, reminder, path } = await sendReminder()
    await env.DB.prepare("UPDATE invites SET last_sent_at = 1, resent_at = 1").run()
    await postOneClick(path)
    const refused = await (await browser.post(`/customers/invites/${id}/resends`)).text()
    expect(refused).toContain("Someone at this address unsubscribed from your emails.")
    expect(refused).toContain("Open the invite and choose Edit &amp; resend.")
    const page = await (await browser.get(`/customers/invites/${id}`)).text()
    expect(page).toContain("Unsubscribed: this address gets only what the contact asks for. The link still works.")
    expect(page).toContain("Edit &amp; resend<")
    expect(page).toContain(`action="/customers/invites/${id}/links?`)
    expect(page).not.toContain(`action="/customers/invites/${id}/resends`)
    const form = await (await browser.get(`/customers/invites/${id}/edit`)).text()
    expect(form).toContain("Someone at this address unsubscribed from your emails.")
    expect(form).toContain("Allow email and resend")
    expect(await sendDueEmails()).toEqual([])
    const accepted = await new Browser().post(registrationLinkIn(reminder), REGISTRATION_FORM)
    expect([accepted.status, accepted.headers.get("Location")]).toEqual([303, "/account"])
  })

  it("changes nothing else for another site, such as the language of its visitor", async () => {
    const { path } = await sendReminder()
    const browser = new Browser()
    const response = await browser.post(`${path}?language=de`, {}, { Origin: "https://evil.example" })
    expect([response.status, response.headers.get("Set-Cookie"), await count("suppressions")]).toEqual([403, null, 0])
  })

  it("keeps an earlier reason, and doesn't concern other resellers", async () => {
    const { path, resellerId } = await sendReminder()
    await env.DB.prepare("INSERT INTO suppressions VALUES (?, ?, 'bounced', NULL, 1)")
      .bind(resellerId, CUSTOMER.contact_email)
      .run()
    await postOneClick(path)
    expect(await count("suppressions", "cause = 'bounced'")).toBe(1)
    const other = await signInStaff("globex")
    await invite(other.browser, { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" })
    expect((await sendDueEmails()).map(({ to }) => to)).toEqual([CUSTOMER.contact_email])
  })

  it("answers 404 if we didn't sign it for this purpose", async () => {
    const { reminder, path } = await sendReminder()
    const token = path.split("/").at(-1) ?? ""
    const decline = /\/decline\/(\S+)/.exec(reminder?.text ?? "")?.[1] ?? ""
    const forged = token.replace(/^./, (first) => (first === "g" ? "h" : "g"))
    for (const wrong of [decline, registrationLinkIn(reminder).slice("/r/".length), forged, "x", `${token}/res_x`]) {
      const responses = [await new Browser().get(`/unsubscribe/${wrong}`), await postOneClick(`/unsubscribe/${wrong}`)]
      expect(responses.map(({ status }) => status)).toEqual([404, 404])
    }
    expect((await new Browser().get(`/decline/${token}`)).status).toBe(404)
    expect(await count("suppressions")).toBe(0)
  })
})

describe("a contact who has unsubscribed", () => {
  const unsubscribe = async () => {
    const { path, browser, id, resellerId, ...sent } = await sendReminder()
    await postOneClick(path)
    const copied = await (await browser.post(`/customers/invites/${id}/links`)).text()
    const copiedLink = /http:\/\/localhost:8787(\/r\/[\w-]+)/.exec(copied)?.[1] ?? "none"
    const suppress = (senderId: string, cause: string) =>
      env.DB.prepare("INSERT OR REPLACE INTO suppressions VALUES (?, ?, ?, NULL, 1)")
        .bind(senderId, CUSTOMER.contact_email, cause)
        .run()
    return { ...sent, browser, id, resellerId, copiedLink, suppress }
  }
  const isSuppressed = () => count("suppressions", "cause = 'unsubscribed'")

  it("gets the code that a copied link asks for, and joins with it", async () => {
    const { copiedLink } = await unsubscribe()
    const contact = new Browser()
    expect((await contact.post(`${copiedLink}/codes`)).status).toBe(303)
    const [mail, ...others] = await sendDueEmails()
    const code = /\b\d{6}\b/.exec(mail?.text ?? "")?.[0] ?? "none"
    expect([mail?.to, others.length]).toEqual([CUSTOMER.contact_email, 0])
    const verified = await contact.post(`${copiedLink}/verification`, { code })
    const accepted = await contact.post(verified.headers.get("Location") ?? "", REGISTRATION_FORM)
    expect([accepted.headers.get("Location"), await isSuppressed()]).toEqual(["/account", 1])
  })

  it("gets the link that replaces the codes of a day", async () => {
    const { copiedLink } = await unsubscribe()
    await env.DB.prepare(
      `INSERT INTO outbox (id, kind, recipient, recipient_hash, status, next_attempt_at, created_at)
        SELECT 'code' || value, 'code', '', ?, 'sent', 1, ? FROM json_each('[1, 2, 3, 4, 5]')`,
    )
      .bind(hashRecipient(deps(), "code", CUSTOMER.contact_email), Date.now())
      .run()
    expect((await new Browser().post(`${copiedLink}/codes`)).status).toBe(303)
    expect((await sendDueEmails()).map(registrationLinkIn)).toEqual([expect.stringMatching(/^\/r\//)])
  })

  it.each(["expired", "superseded"])(
    "gets the renewed link of one that is %s, and no reminder of it",
    async (state) => {
      const { first } = await unsubscribe()
      await env.DB.prepare(
        state === "expired"
          ? "UPDATE invites SET status = 'expired', expires_at = 1"
          : "UPDATE invites SET link_version = 2",
      ).run()
      expect((await new Browser().post(`${registrationLinkIn(first)}/renewal`)).status).toBe(202)
      const [mail, ...others] = await sendDueEmails()
      expect([mail?.to, others.length]).toEqual([CUSTOMER.contact_email, 0])
      await env.DB.prepare("UPDATE invites SET remind_at = 1").run()
      expect([await remindContacts(deps()), await isSuppressed()]).toEqual([0, 1])
      expect((await new Browser().post(registrationLinkIn(mail), REGISTRATION_FORM)).status).toBe(303)
    },
  )

  it.each(["bounced", "complained", "declined"])("gets nothing at an address that %s", async (cause) => {
    const { copiedLink, first, resellerId, suppress } = await unsubscribe()
    await suppress(resellerId, cause)
    expect((await new Browser().post(`${copiedLink}/codes`)).status).toBe(409)
    await env.DB.prepare("UPDATE invites SET status = 'expired', expires_at = 1").run()
    expect((await new Browser().post(`${registrationLinkIn(first)}/renewal`)).status).toBe(409)
    expect(await sendDueEmails()).toEqual([])
  })

  it("gets no code that waited while the address bounced", async () => {
    const { copiedLink, resellerId, suppress } = await unsubscribe()
    expect((await new Browser().post(`${copiedLink}/codes`)).status).toBe(303)
    await suppress(resellerId, "bounced")
    expect([await sendDueEmails(), await count("outbox", "kind = 'code' AND status = 'failed'")]).toEqual([[], 1])
  })

  it("gets nothing that staff send, also if it was enqueued before", async () => {
    const { browser, id, resellerId, suppress } = await unsubscribe()
    await env.DB.prepare("DELETE FROM suppressions").run()
    travel({ minutes: 2 })
    expect((await browser.post(`/customers/invites/${id}/resends`)).status).toBe(303)
    await suppress(resellerId, "unsubscribed")
    expect(await sendDueEmails()).toEqual([])
  })
})

describe("the one-click link of a digest", () => {
  async function sendDigest() {
    const { browser, resellerId } = await signInStaff()
    const userId = (await env.DB.prepare("SELECT id FROM users").first<{ id: string }>())?.id ?? ""
    const other = await createReseller("globex")
    await env.DB.prepare("INSERT INTO staff (user_id, reseller_id, role, created_at) VALUES (?, ?, 'admin', 1)")
      .bind(userId, other.resellerId)
      .run()
    await invite(browser)
    const [mail] = await sendDueEmails()
    await new Browser().post(/(\/decline\/\S+)/.exec(mail?.text ?? "")?.[1] ?? "")
    await enqueueDigests(deps())
    const [digest] = await sendDueEmails()
    return { resellerId, other, digest, path: unsubscribePath(digest) }
  }

  const enabled = (resellerId: string) => count("staff", `reseller_id = '${resellerId}' AND digest_enabled = 1`)

  it("turns off the digests of this reseller alone, once it is posted", async () => {
    const { resellerId, other, digest, path } = await sendDigest()
    expect(digest?.headers["List-Unsubscribe-Post"]).toBe(ONE_CLICK)
    expect(path).toContain(`/${resellerId}`)
    expect(await (await new Browser().get(path)).text()).toContain("about your invites at Acme Networks?")
    expect(await enabled(resellerId)).toBe(1)
    for (let n = 0; n < 2; n++) expect((await postOneClick(path)).status).toBe(200)
    expect([await enabled(resellerId), await enabled(other.resellerId)]).toEqual([0, 1])
  })

  it("answers 404 for a reseller that the person doesn't work for", async () => {
    const { resellerId, path } = await sendDigest()
    const { resellerId: foreign } = await createReseller("initech")
    await addStaff(foreign, { name: "Kim", email: "kim@initech.example", role: "admin" })
    expect((await postOneClick(path.replace(resellerId, foreign))).status).toBe(404)
    expect(await enabled(foreign)).toBe(1)
  })

  it("leads staff of two resellers to the right account", async () => {
    const { resellerId, other, digest } = await sendDigest()
    const userId = (await env.DB.prepare("SELECT id FROM users").first<{ id: string }>())?.id ?? ""
    const browser = await signInAs(userId)
    await browser.post("/account/switch", { reseller_id: other.resellerId })
    const link = /http:\/\/localhost:8787(\/customers\/invites\/inv_\S+)/.exec(digest?.text ?? "")?.[1] ?? ""
    expect(link).toContain(`?account=${resellerId}`)
    expect((await browser.get(link.split("?")[0] ?? "")).status).toBe(404)
    const opened = await browser.get(link)
    expect([opened.status, opened.headers.get("Location")]).toEqual([303, link.split("?")[0]])
    expect((await browser.get(link.split("?")[0] ?? "")).status).toBe(200)
    expect((await browser.get(`/customers?account=${"res_".padEnd(30, "x")}`)).headers.get("Location")).toBe(
      "/customers",
    )
  })
})
