import { env } from "cloudflare:workers"
import { afterEach, describe, expect, it } from "vitest"
import {
  Browser,
  count,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  sendDueEmails,
  signInStaff,
} from "./support/app.ts"
import { interceptBatches } from "./support/intercepted-d1.ts"
import { travel, travelBack } from "./support/time.ts"

afterEach(travelBack)

/** What undoing reads before it writes: the session and the invite. */
const READ_BATCHES = 2
const HTMX = { "HX-Request": "true", "HX-Request-Type": "partial" }
const statusOf = (id: string) => env.DB.prepare("SELECT status FROM invites WHERE id = ?").bind(id).first("status")

async function revokedInvite() {
  const reseller = await signInStaff()
  const id = await invite(reseller.browser)
  const link = await latestRegistrationLink()
  const path = `/customers/invites/${id}/revocation`
  expect((await reseller.browser.post(path)).status).toBe(303)
  return { ...reseller, id, link, restore: (browser = reseller.browser) => browser.post(`${path}/removal`) }
}

describe("undoing a revocation", () => {
  it("makes the link work again, and is in the timeline and among the events", async () => {
    const { id, link, restore } = await revokedInvite()
    expect((await new Browser().get(link)).status).toBe(410)
    expect((await restore()).headers.get("Location")).toBe(
      `/customers/invites/${id}?flash=invite_restored&invite=${id}`,
    )
    expect(await statusOf(id)).toBe("pending")
    expect(await count("audit_log", "action = 'invite.restored' AND actor_name = 'Dana Ortiz'")).toBe(1)
    expect(await count("events", `type = 'invite.updated' AND data LIKE '%"status":"pending"%'`)).toBe(1)
    expect((await new Browser().post(link, REGISTRATION_FORM)).status).toBe(303)
    expect(await statusOf(id)).toBe("accepted")
  })

  it("has no further effect if it is repeated", async () => {
    const { restore } = await revokedInvite()
    expect([(await restore()).status, (await restore()).status]).toEqual([303, 303])
    expect(await count("audit_log", "action = 'invite.restored'")).toBe(1)
    expect(await count("events", "type = 'invite.updated'")).toBe(1)
  })

  it("is refused after a minute, and then changes nothing", async () => {
    const { id, restore } = await revokedInvite()
    travel({ seconds: 61 })
    expect((await restore()).status).toBe(409)
    expect(await statusOf(id)).toBe("revoked")
    expect(await count("audit_log", "action = 'invite.restored'")).toBe(0)
  })

  it("is possible for nobody else: neither another reseller, nor staff who can't invite", async () => {
    const { id, restore } = await revokedInvite()
    const { browser } = await signInStaff("globex")
    expect((await restore(browser)).status).toBe(404)
    expect((await restore(new Browser())).status).toBe(303) // to the sign-in
    expect(await statusOf(id)).toBe("revoked")
  })

  it("is refused while a newer invite to the address is pending", async () => {
    const { browser, id, restore } = await revokedInvite()
    await invite(browser)
    const refused = await restore()
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining("newer invite")])
    expect(await statusOf(id)).toBe("revoked")
    expect(await count("audit_log", "action = 'invite.restored'")).toBe(0)
  })

  it("and a new invite at the same moment leave one pending", async () => {
    const { browser, restore } = await revokedInvite()
    const other = new Browser()
    other.copyCookies(browser)
    let batches = 0
    const DB = interceptBatches(async (_, commit) => {
      const results = await commit()
      batches += 1
      if (batches === READ_BATCHES) await invite(other)
      return results
    })
    browser.env = { ...browser.env, DB }
    expect((await restore()).status).toBe(409)
    expect(await count("invites", "status = 'pending'")).toBe(1)
    expect(await count("events", "type = 'invite.updated'")).toBe(0)
  })

  it("is refused if the contact has joined since, and if another invite has its external id", async () => {
    const { browser, restore } = await revokedInvite()
    await invite(browser)
    expect((await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)).status).toBe(303)
    expect((await restore()).status).toBe(409)
    const fields = { external_id: "crm-1", contact_email: "lee@northwind.example" }
    const id = await invite(browser, fields)
    await browser.post(`/customers/invites/${id}/revocation`)
    await invite(browser, { ...fields, contact_email: "kim@northwind.example" })
    expect((await browser.post(`/customers/invites/${id}/revocation/removal`)).status).toBe(409)
    expect(await count("audit_log", "action = 'invite.restored'")).toBe(0)
  })

  it("sends an email that the revocation stopped", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const path = `/customers/invites/${id}/revocation`
    await browser.post(path)
    expect(await sendDueEmails()).toHaveLength(0)
    expect(await count("outbox", "kind = 'invite' AND status = 'cancelled'")).toBe(1)
    await browser.post(`${path}/removal`)
    const [mail] = await sendDueEmails()
    expect(mail?.to).toBe("priya@northwind.example")
    expect(await sendDueEmails()).toHaveLength(0)
  })

  it("answers htmx with the row, and a message without the offer to undo", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const path = `/customers/invites/${id}/revocation`
    const revoked = await (await browser.post(path, {}, HTMX)).text()
    expect(revoked).toContain(`action="${path}/removal`)
    expect(revoked).toContain(`hx-target="#${id}"`)
    const restored = await (await browser.post(`${path}/removal`, {}, HTMX)).text()
    expect(restored).toContain("The invite to Priya Nair of Northwind Logistics is pending again.")
    expect(restored).not.toContain(`${path}/removal`)
  })
})

describe("the message of a revocation", () => {
  it.each([
    ["/settings/staff/invites", "sales"],
    ["/account/invites", "member"],
  ])("of %s offers to undo it, without script", async (path, role) => {
    const { browser: staff } = await signInStaff()
    await invite(staff)
    const member = new Browser()
    await member.post(await latestRegistrationLink(), REGISTRATION_FORM)
    const browser = role === "member" ? member : staff
    const person = { contact_name: "Sam Reyes", contact_email: "sam@people.example", role }
    const sent = await browser.post(`${path}/new`, person)
    const id = new URL(sent.headers.get("Location") ?? "", "http://x").searchParams.get("invite")
    const revoked = await browser.post(`${path}/${id}/revocation`)
    const html = await (await browser.get(revoked.headers.get("Location") ?? "")).text()
    const action = /action="(\/[^"]*\/revocation\/removal[^"]*)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? ""
    const restored = await browser.post(action)
    const page = await (await browser.get(restored.headers.get("Location") ?? "")).text()
    expect(page).toContain("The invite to Sam Reyes is pending again.")
    expect(await statusOf(id ?? "")).toBe("pending")
  })

  it("offers nothing once it is too late", async () => {
    const { browser, id } = await revokedInvite()
    const path = `/customers/invites?flash=invite_revoked&invite=${id}`
    expect(await (await browser.get(path)).text()).toContain(`${id}/revocation/removal`)
    travel({ seconds: 61 })
    const html = await (await browser.get(path)).text()
    expect(html).toContain("The invite to Priya Nair of Northwind Logistics was revoked.")
    expect(html).not.toContain(`${id}/revocation/removal`)
  })
})
