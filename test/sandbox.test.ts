import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { insertApiKey } from "../src/domain/access/api-keys.ts"
import { en } from "../src/text/en.ts"
import { staffDe } from "../src/text/staff/de.ts"
import { staffEn } from "../src/text/staff/en.ts"
import {
  addStaff,
  Browser,
  callApi,
  count,
  createApiKey,
  createReseller,
  db,
  invite,
  PASSWORD,
  productionEnv,
  REGISTRATION_FORM,
  sendDueEmails,
  signInAs,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { confirmIdentityOfAll } from "./support/factors.ts"
import { interceptBatches } from "./support/intercepted-d1.ts"
import { createSandbox, inviteByApi, linkIn, sandboxEmails } from "./support/sandbox.ts"

const ROBIN = { name: "Robin Hale", email: "robin@acme.example", role: "support" } as const

describe("the sandbox of a reseller", () => {
  it("has a customer of its own from invite to registration, and the live reseller nothing", async () => {
    const { browser, resellerId } = await signInStaff()
    const { sandboxId, key } = await createSandbox(browser)
    expect(key).toMatch(/^vst_test_[0-9a-f]{64}$/)
    const { id, contact_email } = await inviteByApi(key)
    expect(contact_email).toBe("priya@northwind.example")

    const [email] = await sandboxEmails(key)
    expect(email).toMatchObject({ kind: "invite", invite_id: id, to: "priya@northwind.example" })
    const page = await (await browser.get(`/settings/mailbox/${email?.id}`)).text()
    expect(page).toContain(email?.subject)
    expect(await (await browser.get(`/settings/mailbox/${email?.id}/text`)).text()).toBe(email?.text)

    const contact = new Browser()
    const link = linkIn(email)
    expect(await (await contact.get(link)).text()).toContain(en.sandbox.notice)
    expect((await contact.post(link, REGISTRATION_FORM)).headers.get("Location")).toBe("/account")
    expect(await (await contact.get("/account")).text()).toContain(en.sandbox.notice)
    const invited = await (await callApi({ key, path: `/invites/${id}` })).json()
    expect(invited).toMatchObject({ status: "accepted", email_status: "delivered" })
    expect(await count("customers", `reseller_id = '${sandboxId}'`)).toBe(1)
    for (const table of ["customers", "invites", "events", "outbox"]) {
      expect([table, await count(table, `reseller_id = '${resellerId}'`)]).toEqual([table, 0])
    }
  })

  it("begins with the settings and logo of the live reseller, and with an invented billing account", async () => {
    const { browser, resellerId } = await signInStaff()
    const settings = `support_phone = '+14155550100', country = 'DE', time_zone = 'Europe/Berlin', locale = 'de', accent_color = '#1f4fd8',
      reminders_enabled = 0, default_expires_in_days = 30, terms_url = 'https://acme.example/terms', terms_version = '2'`
    const logoId = "lgo_01kc0000000000000000000000_300x20"
    await env.DB.batch([
      env.DB.prepare(`UPDATE resellers SET ${settings}, logo_id = ?`).bind(logoId),
      env.DB.prepare("INSERT INTO logos VALUES (?, ?, 'image/png', x'00', 1)").bind(logoId, resellerId),
      env.DB.prepare("UPDATE billing_accounts SET email = 'private@acme.example', po_number = 'PRIVATE'"),
    ])
    const { sandboxId, key } = await createSandbox(browser)
    const columns = settings.replaceAll(/ = ('[^']*'|\d+)/g, "")
    const { results } = await env.DB.prepare(`SELECT name, support_email, ${columns} FROM resellers`).all()
    expect(results[1]).toEqual(results[0])
    expect(
      await count(
        "logos",
        `reseller_id = '${sandboxId}' AND id <> '${logoId}' AND id GLOB '*_300x20'
          AND id = (SELECT logo_id FROM resellers WHERE id = '${sandboxId}')`,
      ),
    ).toBe(1)
    expect(
      await count(
        "billing_accounts",
        `reseller_id = '${sandboxId}' AND email = 'billing@acme.example' AND po_number = 'ACME-2026' AND is_default = 1`,
      ),
    ).toBe(1)
    const settingsOf = async (apiKey: string) =>
      (await callApi({ key: apiKey, path: "/settings" })).json<{ sandbox: boolean }>()
    expect(await settingsOf(key)).toMatchObject({ sandbox: true, country: "DE" })
    expect(await settingsOf(await createApiKey(resellerId))).toMatchObject({ sandbox: false })
    expect(await count("audit_log", "action = 'reseller.sandbox_created'")).toBe(2)
  })

  it("is created once, by whoever is first, and only by those who can change settings", async () => {
    const { browser, resellerId } = await signInStaff()
    const { userId } = await addStaff(resellerId, { name: "Kim", email: "kim@acme.example", role: "admin" })
    const kim = await signInAs(userId)
    const support = await signInAs((await addStaff(resellerId, ROBIN)).userId)
    expect((await support.post("/settings/sandbox")).status).toBe(403)
    const press = (person: Browser) => person.post(`/settings/sandbox?account=${resellerId}`)
    const responses = await Promise.all([browser, kim, browser, kim].map(press))
    expect([...responses, await press(kim)].map(({ status }) => status)).toEqual([303, 303, 303, 303, 303])
    expect(await count("resellers")).toBe(2)
    expect(await count("billing_accounts")).toBe(2)
    expect(await count("audit_log", "action = 'reseller.sandbox_created'")).toBe(2)
    expect(await count("staff", "is_inherited = 1")).toBe(3)
    for (const person of [browser, kim]) expect((await person.get("/settings/mailbox")).status).toBe(200)
  })

  it("isn't created by somebody who has just lost the role", async () => {
    const { browser } = await signInStaff()
    let batches = 0
    const DB = interceptBatches(async (_, commit) => {
      batches += 1
      if (batches === 2) await env.DB.prepare("UPDATE staff SET role = 'support'").run()
      return commit()
    })
    browser.env = { ...testEnv, DB }
    expect((await browser.post("/settings/sandbox")).status).toBe(403)
    expect([batches, await count("resellers"), await count("billing_accounts")]).toEqual([2, 1, 1])
  })

  it("marks its pages, with ways to its mailbox and back, in both languages of staff", async () => {
    const { browser, resellerId } = await signInStaff()
    const before = await (await browser.get("/")).text()
    expect(before).not.toContain(staffEn.sandbox.notice)
    expect(await (await browser.get("/settings/sandbox")).text()).toContain(staffEn.sandbox.create)
    await createSandbox(browser)
    for (const [language, words] of [
      ["en", staffEn],
      ["de", staffDe],
    ] as const) {
      await browser.post(`/profile?language=${language}`)
      const page = await (await browser.get("/customers/invites")).text()
      expect(page).toContain(words.sandbox.notice)
      expect(page).toContain('href="/settings/mailbox"')
      expect(page).toContain(`value="${resellerId}"`)
      expect(page).toContain("Acme Networks · Sandbox")
      const mailbox = await (await browser.get("/settings/mailbox")).text()
      expect(mailbox).toContain(words.sandbox.emails.none)
      expect(mailbox).not.toContain('href="/settings/sandbox"')
    }
    expect((await browser.get("/settings/sandbox")).status).toBe(404)
    expect((await browser.post("/account/switch", { reseller_id: resellerId })).status).toBe(303)
    const live = await (await browser.get("/customers/invites")).text()
    expect(live).not.toContain(staffDe.sandbox.notice)
    expect(live).toContain("Acme Networks · Sandbox") // to switch to
    expect((await browser.get("/settings/mailbox")).status).toBe(404)
    expect(await (await browser.get("/settings/sandbox")).text()).toContain(staffDe.sandbox.open)
  })

  it("isn't where staff are after they sign in", async () => {
    const { browser } = await signInStaff()
    await createSandbox(browser)
    await env.DB.prepare("UPDATE staff SET created_at = created_at + 1000 WHERE is_inherited = 1").run()
    const again = new Browser()
    await again.post("/sign-in", { email: "admin@acme.example", password: PASSWORD })
    expect(await (await again.get("/")).text()).not.toContain(staffEn.sandbox.notice)
  })

  it("is suspended and reinstated with its live reseller, and unknown to the operator", async () => {
    const { browser, resellerId } = await signInStaff()
    const { sandboxId, key } = await createSandbox(browser)
    await inviteByApi(key)
    const operator = "local-operator"
    const path = `/resellers/${resellerId}/suspension`
    expect((await callApi({ key: operator, method: "POST", path })).status).toBe(200)
    expect((await callApi({ key, path: "/invites" })).status).toBe(403)
    expect((await browser.get("/")).status).toBe(403)
    expect(await sendDueEmails()).toEqual([])
    expect(await count("sandbox_emails")).toBe(0)
    expect((await callApi({ key: operator, method: "DELETE", path })).status).toBe(200)
    expect(await sandboxEmails(key)).toHaveLength(1)

    const { data } = await (await callApi({ key: operator, path: "/resellers" })).json<{ data: { id: string }[] }>()
    expect(data.map(({ id }) => id)).toEqual([resellerId])
    const admin = { admin_name: "Kim", admin_email: "kim@acme.example" }
    for (const [method, rest, body] of [
      ["GET", "", undefined],
      ["POST", "/suspension", undefined],
      ["DELETE", "/suspension", undefined],
      ["POST", "/admin_invites", admin],
      ["POST", "/factor_resets", { email: "admin@acme.example" }],
      ["POST", "/admin_invites/inv_1/revocation", undefined],
    ] as const) {
      const response = await callApi({
        key: operator,
        method,
        path: `/resellers/${sandboxId}${rest}`,
        ...(body && { body }),
      })
      expect([method, rest, response.status]).toEqual([method, rest, 404])
    }
  })
})

describe("staff of the live reseller", () => {
  it("have the same role in the sandbox, at once, whenever they come, change or leave", async () => {
    const { browser, resellerId } = await signInStaff()
    const earlier = await addStaff(resellerId, ROBIN)
    const { sandboxId } = await createSandbox(browser)
    const later = await addStaff(resellerId, { name: "Kim", email: "kim@acme.example", role: "regular" })
    const roles = async () => {
      const { results } = await env.DB.prepare("SELECT user_id, role FROM staff WHERE reseller_id = ?")
        .bind(sandboxId)
        .all<{ user_id: string; role: string }>()
      return Object.fromEntries(results.map(({ user_id, role }) => [user_id, role]))
    }
    expect(await roles()).toMatchObject({ [earlier.userId]: "support", [later.userId]: "regular" })
    const robin = await signInAs(earlier.userId)
    await robin.post("/account/switch", { reseller_id: sandboxId })
    expect((await robin.get("/customers/invites")).status).toBe(200)

    await browser.post("/account/switch", { reseller_id: resellerId })
    await confirmIdentityOfAll()
    expect((await browser.post(`/settings/staff/people/${later.userId}/role`, { role: "sales" })).status).toBe(303)
    expect(await roles()).toMatchObject({ [later.userId]: "sales" })
    expect((await browser.post(`/settings/staff/people/${earlier.userId}/removal`)).status).toBe(303)
    expect(Object.keys(await roles())).not.toContain(earlier.userId)
    expect((await robin.get("/customers/invites")).status).toBe(303) // signed out: no account is left
  })

  it("can't be changed in the sandbox, neither on its pages nor by its keys", async () => {
    const { browser, resellerId } = await signInStaff()
    const { userId } = await addStaff(resellerId, ROBIN)
    const robin = await signInAs(userId)
    const { sandboxId, key } = await createSandbox(browser)
    await confirmIdentityOfAll()
    const path = `/settings/staff/people/${userId}`
    expect(await (await browser.get(path)).text()).toContain("outside of the sandbox")
    const changes: [string, Record<string, string>, number][] = [
      ["role", { role: "admin" }, 409],
      ["sessions/removal", {}, 409],
      ["factor-resets", {}, 404],
      ["removal", {}, 409],
      ["purge", {}, 409],
    ]
    for (const [change, form, status] of changes) {
      expect([change, (await browser.post(`${path}/${change}`, form)).status]).toEqual([change, status])
    }
    for (const call of [{ method: "PATCH", body: { role: "sales" } }, { method: "DELETE" }]) {
      const response = await callApi({ key, path: `/staff/${userId}`, ...call })
      expect([response.status, await response.json()]).toEqual([
        409,
        expect.objectContaining({ code: "inherited_staff" }),
      ])
    }
    expect(await count("staff", `user_id = '${userId}' AND role = 'support'`)).toBe(2)
    expect((await robin.get("/customers/invites")).status).toBe(200)
    expect(await count("audit_log", `reseller_id = '${sandboxId}' AND action GLOB 'staff.*'`)).toBe(0)
  })

  it("can still be signed out by their Admins, whose question the sandbox isn't", async () => {
    const { browser, resellerId } = await signInStaff()
    const { userId } = await addStaff(resellerId, ROBIN)
    const robin = await signInAs(userId)
    await createSandbox(browser)
    await browser.post("/account/switch", { reseller_id: resellerId })
    await confirmIdentityOfAll()
    expect((await browser.post(`/settings/staff/people/${userId}/sessions/removal`)).status).toBe(303)
    expect((await robin.get("/")).headers.get("Location")).toBe("/sign-in")
    expect(await count("audit_log", "action = 'staff.sessions_ended'")).toBe(1)
  })

  it("change themselves under the live account alone, wherever they do it", async () => {
    const { browser, resellerId } = await signInStaff()
    const { sandboxId } = await createSandbox(browser)
    expect((await browser.post(`/profile/name?account=${sandboxId}`, { name: "Dana O. Ortiz" })).status).toBe(303)
    expect(await count("audit_log", "action = 'staff.name_changed'")).toBe(1)
    expect(await count("audit_log", `action = 'staff.name_changed' AND reseller_id = '${resellerId}'`)).toBe(1)
  })

  it("create test keys in the sandbox, and live keys outside of it", async () => {
    const { browser, resellerId } = await signInStaff()
    await createSandbox(browser)
    await confirmIdentityOfAll()
    const createKey = async () => {
      const form = { name: "CRM", scopes: "invites:read", expires_in_days: "" }
      const page = await (await browser.post("/settings/api-keys/new", form)).text()
      return /vst_[a-z]+_[0-9a-f]{64}/.exec(page)?.[0] ?? ""
    }
    const testKey = await createKey()
    expect(testKey).toMatch(/^vst_test_/)
    expect((await callApi({ key: testKey, path: "/invites" })).status).toBe(200)
    await browser.post("/account/switch", { reseller_id: resellerId })
    expect(await createKey()).toMatch(/^vst_local_/)
  })
})

describe("a test key", () => {
  it("reaches the sandbox alone, and a live key never does", async () => {
    const acme = await signInStaff()
    const liveInvite = await invite(acme.browser)
    const liveKey = await createApiKey(acme.resellerId)
    const { key } = await createSandbox(acme.browser)
    const testInvite = await inviteByApi(key)
    expect((await callApi({ key, path: `/invites/${liveInvite}` })).status).toBe(404)
    expect((await callApi({ key: liveKey, path: `/invites/${testInvite.id}` })).status).toBe(404)
    for (const path of ["/sandbox/emails", "/sandbox/emails/eml_x"]) {
      const response = await callApi({ key: liveKey, path })
      expect([response.status, await response.json()]).toEqual([403, expect.objectContaining({ code: "sandbox_only" })])
    }
    const advance = await callApi({ key: liveKey, path: `/invites/${liveInvite}/advance`, body: { to: "expiry" } })
    expect([advance.status, await advance.json()]).toEqual([403, expect.objectContaining({ code: "sandbox_only" })])
    expect(await count("invites", "status = 'expired'")).toBe(0)
  })

  it("of another sandbox reaches none of its emails and invites", async () => {
    const acme = await signInStaff()
    const { key } = await createSandbox(acme.browser)
    const { id } = await inviteByApi(key)
    const [email] = await sandboxEmails(key)
    const globex = await createSandbox((await signInStaff("globex")).browser)
    const paths = [`/sandbox/emails/${email?.id}`, `/sandbox/emails/eml_${"0".repeat(26)}`]
    const [foreign, missing] = await Promise.all(paths.map((path) => callApi({ key: globex.key, path })))
    expect([foreign?.status, await foreign?.text()]).toEqual([404, await missing?.text()])
    expect((await callApi({ key: globex.key, path: `/invites/${id}/advance`, body: { to: "expiry" } })).status).toBe(
      404,
    )
    expect(await sandboxEmails(globex.key)).toEqual([])
  })

  it("has the same format in a deployment, where neither kind of key passes for the other", async () => {
    const { browser, resellerId } = await signInStaff()
    const { sandboxId, key } = await createSandbox(browser)
    const hex = "ab".repeat(32)
    const deployment = { env: productionEnv, origin: "https://vestibule.example" }
    expect((await callApi({ key, path: "/invites", ...deployment })).status).toBe(200)
    const actor = { kind: "operator", id: "operator" } as const
    const insert = (reseller: string, secret: string) =>
      insertApiKey({ db, now: () => new Date() }, reseller, actor, {
        name: "x",
        scopes: ["invites:read"],
        expiresAt: null,
        secret,
      })
    await expect(insert(sandboxId, `vst_live_${hex}`)).rejects.toThrow()
    await expect(insert(resellerId, `vst_test_${hex}`)).rejects.toThrow()
    for (const wrong of [`vst_test_${hex}`, `vst_test_${hex.slice(1)}`, `vst_live_${hex}`, `vst_local_${hex}`]) {
      expect((await callApi({ key: wrong, path: "/invites", ...deployment })).status).toBe(401)
    }
    await env.DB.prepare("UPDATE staff SET role = 'support'").run()
    expect((await callApi({ key, path: "/invites" })).status).toBe(200)
  })
})

it("no sandbox has a sandbox, and no reseller of another kind is one", async () => {
  const { browser, resellerId } = await signInStaff()
  const { sandboxId } = await createSandbox(browser)
  const other = await createReseller("globex")
  const insert = (id: string, of: string | null) =>
    env.DB.prepare(
      "INSERT INTO resellers (id, name, slug, support_email, created_at, sandbox_of) VALUES (?1, 'X', ?1, 'x@x.example', 1, ?2)",
    )
      .bind(id, of)
      .run()
  await expect(insert("sbx_00000000000000000000000001", sandboxId)).rejects.toThrow("CHECK")
  await expect(insert("res_00000000000000000000000001", other.resellerId)).rejects.toThrow("CHECK")
  await expect(insert("sbx_00000000000000000000000001", null)).rejects.toThrow("CHECK")
  await expect(insert("sbx_00000000000000000000000001", resellerId)).rejects.toThrow("UNIQUE")
  await expect(insert("sbx_00000000000000000000000001", "res_none")).rejects.toThrow("FOREIGN KEY")
})
