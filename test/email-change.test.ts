import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, it } from "vitest"
import { deleteExpiredEmailChanges } from "../src/domain/identity/email-change.ts"
import { createDeps } from "../src/http/bindings.ts"
import { addStaff, Browser, count, createReseller, PASSWORD, sendDueEmails, signInAs, testEnv } from "./support/app.ts"
import { travel } from "./support/time.ts"
import { visibleText } from "./support/visible-text.ts"

const OLD = "admin@acme.example"
const NEW = "dana@acme.example"
const LINK = /http:\/\/localhost:8787(\/confirm-email\/\S+)/

const text = async (response: Response) => visibleText(await response.text())

let browser: Browser
let userId: string
let resellerId: string
beforeEach(async () => {
  ;({ resellerId } = await createReseller())
  ;({ userId } = await addStaff(resellerId, { name: "Dana Ortiz", email: OLD, role: "admin" }))
  browser = await signInAs(userId)
})

const change = (email: string, current_password = PASSWORD) =>
  browser.post("/profile/email", { email, current_password })

/** Asks for a change and returns the paths of the links, by the address that they were sent to. */
async function requestChange(email = NEW): Promise<Record<string, string>> {
  expect((await change(email)).headers.get("Location")).toBe("/profile?flash=email_requested")
  const mails = await sendDueEmails()
  return Object.fromEntries(mails.map((mail) => [mail.to, LINK.exec(mail.text)?.[1] ?? ""]))
}

const currentEmail = () => env.DB.prepare("SELECT email FROM users WHERE id = ?").bind(userId).first<string>("email")

const post = async (path = "") => {
  const response = await new Browser().post(path)
  return [response.status, /<h1>(.*?)<\/h1>/.exec(await response.text())?.[1]]
}

const WAITING = [200, "One more link"]
const CHANGED = [200, "Your address has been changed"]
const INVALID = [410, "This link no longer works"]

describe("a change of address", () => {
  it.each([
    [OLD, NEW],
    [NEW, OLD],
  ])("takes effect once it is confirmed at both, first at %s", async (first, second) => {
    const links = await requestChange()
    expect(Object.keys(links).sort()).toEqual([OLD, NEW])
    expect(await post(links[first])).toEqual(WAITING)
    expect(await post(links[first])).toEqual(WAITING)
    expect(await currentEmail()).toBe(OLD)
    expect(await post(links[second])).toEqual(CHANGED)
    expect(await currentEmail()).toBe(NEW)
    expect([await post(links[first]), await post(links[second])]).toEqual([INVALID, INVALID])
    const entries = await env.DB.prepare(
      "SELECT reseller_id, action, detail FROM audit_log WHERE action LIKE 'staff.%' ORDER BY action DESC",
    ).all()
    expect(entries.results).toEqual([
      { reseller_id: resellerId, action: "staff.email_changed", detail: `Dana Ortiz: ${OLD} → ${NEW}` },
      { reseller_id: resellerId, action: "staff.email_change_requested", detail: "Dana Ortiz" },
    ])
    expect((await sendDueEmails()).map(({ to, subject }) => [to, subject])).toEqual([
      [OLD, "Security notice: Your email address was changed"],
    ])
    expect((await new Browser().post("/sign-in", { email: NEW, password: PASSWORD })).status).toBe(303)
    expect((await new Browser().post("/sign-in", { email: OLD, password: PASSWORD })).status).toBe(422)
  })

  it.each([
    ["en", "ask an Admin of your account", "This address no longer signs in to PacketFabric."],
    ["de", "einen Admin Ihres Kontos", "Mit dieser Adresse meldet sich niemand mehr bei PacketFabric an."],
  ])(
    "is told to the earlier address in %s with what helps there, which isn't a reset link",
    async (locale, help, fact) => {
      await env.DB.batch([
        env.DB.prepare(
          "INSERT INTO customers (id, reseller_id, name, billing_account_id, billing_needs_review, created_at) VALUES ('cus_1', ?, 'N', 'b', 0, 0)",
        ).bind(resellerId),
        env.DB.prepare(
          "INSERT INTO members (user_id, customer_id, role, created_at) VALUES (?, 'cus_1', 'admin', 0)",
        ).bind(userId),
        env.DB.prepare("UPDATE users SET locale = ? WHERE id = ?").bind(locale, userId),
      ])
      const links = await requestChange()
      await post(links[OLD])
      await post(links[NEW])
      const [notice] = await sendDueEmails()
      expect(notice?.to).toBe(OLD)
      for (const part of [notice?.text ?? "", notice?.html ?? ""]) {
        expect(part).toContain(help)
        expect(part).toContain(fact)
        expect(part).not.toContain("forgot-password")
        expect(part).not.toMatch(/\{\{/)
      }
      await (await signInAs(userId)).post("/profile/password", {
        current_password: PASSWORD,
        password: "a river under seven bridges",
      })
      const [later] = await sendDueEmails()
      expect([later?.to, later?.text.split("\n").includes("http://localhost:8787/forgot-password")]).toEqual([
        NEW,
        true,
      ])
    },
  )

  it("isn't confirmed by opening a link, and its page tells no other site where it is", async () => {
    const links = await requestChange()
    for (const link of Object.values(links)) {
      const page = await new Browser().get(link)
      expect([page.status, page.headers.get("Referrer-Policy")]).toEqual([200, "no-referrer"])
      expect(await text(page)).toMatch(new RegExp(`sign in to .+ with ${NEW} from now on`))
    }
    expect(await count("email_changes", "current_confirmed_at IS NULL AND new_confirmed_at IS NULL")).toBe(1)
  })

  it("needs the current password and another address", async () => {
    expect((await change(NEW, "not this one at all")).status).toBe(422)
    expect((await change(NEW, "")).status).toBe(422)
    expect((await change("nonsense")).status).toBe(422)
    expect((await change(OLD)).status).toBe(422)
    expect([await count("email_changes"), await count("outbox")]).toEqual([0, 0])
  })

  it("doesn't reveal that someone has the new address, and writes to nobody there", async () => {
    await addStaff(resellerId, { name: "Robin Hale", email: "robin@acme.example", role: "sales" })
    const links = await requestChange("robin@acme.example")
    expect(Object.keys(links)).toEqual([OLD])
    expect(await count("outbox", "status = 'cancelled' AND recipient = ''")).toBe(1)
    expect(await text(await browser.get("/profile"))).toContain(
      "To change your address to robin@acme.example, confirm it",
    )
  })

  it("fails if someone else took the address in the meantime", async () => {
    const links = await requestChange()
    await addStaff(resellerId, { name: "Robin Hale", email: NEW, role: "sales" })
    expect(await post(links[OLD])).toEqual(WAITING)
    const response = await new Browser().post(links[NEW] ?? "")
    expect([response.status, await currentEmail()]).toEqual([409, OLD])
  })

  it("waits 24 hours", async () => {
    const links = await requestChange()
    await post(links[OLD])
    travel({ hours: 24, seconds: 1 })
    expect(await post(links[NEW])).toEqual(INVALID)
    expect(await currentEmail()).toBe(OLD)
    travel({ minutes: 1 })
    await deleteExpiredEmailChanges(createDeps(testEnv, () => undefined))
    expect(await count("email_changes")).toBe(0)
  })

  it("can be cancelled on the profile, and a new one waits a minute", async () => {
    const links = await requestChange()
    await post(links[NEW])
    expect(await text(await browser.get("/profile"))).toContain(
      `address to ${NEW}, confirm it with both links that we sent. Confirmed at the new address.`,
    )
    await browser.post("/profile/email/cancellation")
    expect(await post(links[OLD])).toEqual(INVALID)
    expect(await text(await browser.get("/profile"))).not.toContain(NEW)
    const early = await change(NEW)
    expect([early.status, early.headers.get("Retry-After")]).toEqual([429, "60"])
    travel({ minutes: 1 })
    const newLinks = await requestChange()
    expect(await post(links[OLD])).toEqual(INVALID)
    expect(await post(newLinks[OLD])).toEqual(WAITING)
    expect(await currentEmail()).toBe(OLD)
  })

  it("ends when the password changes, so that a thief of the old one gets nothing", async () => {
    const links = await requestChange()
    await post(links[NEW])
    const form = { current_password: PASSWORD, password: "a river under seven bridges" }
    expect((await browser.post("/profile/password", form)).status).toBe(303)
    expect(await post(links[OLD])).toEqual(INVALID)
    expect(await currentEmail()).toBe(OLD)
  })

  it("voids reset links that were sent to the earlier address", async () => {
    await new Browser().post("/forgot-password", { email: OLD })
    const resetLink =
      /http:\/\/localhost:8787(\/reset-password\/\S+)/.exec((await sendDueEmails())[0]?.text ?? "")?.[1] ?? ""
    const links = await requestChange()
    await post(links[OLD])
    expect((await new Browser().get(resetLink)).status).toBe(200)
    await post(links[NEW])
    expect((await new Browser().get(resetLink)).status).toBe(410)
  })
})
