import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import {
  Browser,
  CUSTOMER,
  callApi,
  count,
  createApiKey,
  createReseller,
  invite,
  latestRegistrationLink,
  productionEnv,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { interceptBatches } from "./support/intercepted-d1.ts"
import { travel } from "./support/time.ts"

const API_KEY_FORM = { name: "CRM sync", scopes: "invites:read", expires_in_days: "30" }

/** Creates a key through the form and returns the page that shows it. */
async function createKey(browser: Browser, form: Record<string, string> = API_KEY_FORM) {
  const page = await browser.post("/settings/api-keys/new", form)
  const text = await page.text()
  return { page, text, secret: /value="(vst_local_[0-9a-f]{64})"/.exec(text)?.[1] ?? "none" }
}

describe("an API key", () => {
  it("is shown once, works immediately, and is stored only as a hash", async () => {
    const { browser } = await signInStaff()
    const { page, secret } = await createKey(browser)
    expect([page.status, page.headers.get("Cache-Control")]).toEqual([200, "no-store"])
    expect((await callApi({ key: secret, path: "/invites" })).status).toBe(200)
    const rows = JSON.stringify(await env.DB.prepare("SELECT * FROM api_keys, audit_log").all())
    expect(rows).not.toContain(secret)
    expect(rows).not.toContain(secret.slice("vst_local_".length + 4, -4))
    const list = await (await browser.get("/settings/api-keys")).text()
    expect(list).not.toContain(secret)
    expect(list).toContain(`${secret.slice(0, "vst_local_".length + 4)}…${secret.slice(-4)}`)
    expect(await count("audit_log", "action = 'api_key.created' AND actor_kind = 'staff'")).toBe(1)
  })

  it("is created once when its form is submitted twice, and the second response says so", async () => {
    const { browser } = await signInStaff()
    const form = { ...API_KEY_FORM, form_token: crypto.randomUUID() }
    await createKey(browser, form)
    const repeatedPage = await browser.post("/settings/api-keys/new", form)
    expect([repeatedPage.status, repeatedPage.headers.get("Location")]).toEqual([
      303,
      "/settings/api-keys?flash=api_key_repeated",
    ])
    expect(await count("api_keys")).toBe(1)
  })

  it("requires a name and at least one existing scope", async () => {
    const { browser } = await signInStaff()
    const { page, text } = await createKey(browser, { name: " ", scopes: "everything" })
    expect(page.status).toBe(422)
    expect(text).toContain("Enter what the key is for")
    expect(text).toContain("Choose at least one scope.")
    expect(await count("api_keys")).toBe(0)
  })

  it("stops working immediately when it is revoked, even if cached; revoking it again changes nothing", async () => {
    const { browser } = await signInStaff()
    const { secret } = await createKey(browser)
    await invite(browser)
    expect((await callApi({ key: secret, path: "/invites" })).status).toBe(200)
    const id = (await env.DB.prepare("SELECT id FROM api_keys").first<{ id: string }>())?.id
    for (let n = 0; n < 2; n++) expect((await browser.post(`/settings/api-keys/${id}/revocation`)).status).toBe(303)
    const refused = await callApi({ key: secret, path: "/invites" })
    expect([refused.status, (await refused.json<{ code: string }>()).code]).toEqual([401, "api_key_revoked"])
    expect(await count("audit_log", "action = 'api_key.revoked'")).toBe(1)
  })

  it("is refused after revocation even for a request that fails validation", async () => {
    const { resellerId } = await createReseller()
    const key = await createApiKey(resellerId)
    expect((await callApi({ key, path: "/invites" })).status).toBe(200)
    await env.DB.prepare("UPDATE api_keys SET revoked_at = 1").run()
    expect((await callApi({ key, path: "/invites?limit=0" })).status).toBe(401)
  })

  it.each([
    ["revoked", "UPDATE api_keys SET revoked_at = 1", 401],
    ["expired", "UPDATE api_keys SET expires_at = 1", 401],
    ["of a suspended reseller", "UPDATE resellers SET suspended_at = 1", 403],
  ])("that is cached and was %s meanwhile changes nothing, and repeats no response", async (_, change, status) => {
    const { resellerId } = await createReseller()
    const key = await createApiKey(resellerId)
    const create = (contact_email: string) =>
      callApi({
        key,
        path: "/invites",
        body: { ...CUSTOMER, contact_email },
        headers: { "Idempotency-Key": contact_email },
      })
    const { id } = await (await create("a@b.example")).json<{ id: string }>()
    await env.DB.prepare(change).run()
    await env.DB.prepare("UPDATE invites SET contact_email = 'c@b.example'").run() // so that a repetition isn't refused
    const post = (path: string) => callApi({ key, path, method: "POST" })
    const responses = [
      await create("d@b.example"),
      await create("a@b.example"),
      await callApi({ key, path: "/invites", body: { ...CUSTOMER, contact_email: "not an address" } }),
      await callApi({ key, path: `/invites/${id}`, method: "PATCH", body: { note: "Hi" } }),
      await post(`/invites/${id}/resends`),
      await post(`/invites/${id}/revocation`),
      await post(`/invites/${id}/links`),
    ]
    expect(responses.map((response) => response.status)).toEqual(responses.map(() => status))
    expect([await count("invites", "status = 'pending' AND note IS NULL"), await count("outbox")]).toEqual([1, 1])
    expect(await count("audit_log", "subject_id GLOB 'inv_*'")).toBe(1)
  })

  it.each([
    ["revoked", "UPDATE api_keys SET revoked_at = 1", 401],
    ["of a suspended reseller", "UPDATE resellers SET suspended_at = 1", 403],
  ])("that is %s between a read that it granted and the invite creates none", async (_, change, status) => {
    const { resellerId } = await createReseller()
    const key = await createApiKey(resellerId)
    let isCached = false
    const DB = interceptBatches(async (_, commit) => {
      const results = await commit()
      if (isCached) await env.DB.prepare(change).run()
      return results
    })
    expect((await callApi({ key, path: "/invites", env: { ...testEnv, DB } })).status).toBe(200)
    isCached = true
    // The reseller's country is read first, for the phone number.
    const body = { ...CUSTOMER, billing_phone: "(415) 555-0132" }
    const response = await callApi({ key, path: "/invites", body, env: { ...testEnv, DB } })
    expect([response.status, await count("invites"), await count("outbox"), await count("events")]).toEqual([
      status,
      0,
      0,
      0,
    ])
  })

  it("is listed if it is active even among many revoked keys, and can't be created beyond the limit", async () => {
    const { browser, resellerId } = await signInStaff()
    await createApiKey(resellerId)
    await env.DB.prepare(
      `INSERT INTO api_keys SELECT 'key_z' || value, ?1, 'Dead', 'digest' || value, 'hint', '[]', 'x', 1, NULL, NULL, 1
       FROM json_each(?2)`,
    )
      .bind(resellerId, JSON.stringify(Array.from({ length: 250 }, (_, i) => i)))
      .run()
    expect(await (await browser.get("/settings/api-keys")).text()).toContain("Revoke<span")
    await env.DB.prepare("UPDATE api_keys SET revoked_at = NULL").run()
    expect((await createKey(browser)).page.status).toBe(409)
  })

  it("is a second one when staff go back and submit the form with other values", async () => {
    const { browser } = await signInStaff()
    const form = { ...API_KEY_FORM, form_token: crypto.randomUUID() }
    await createKey(browser, form)
    const otherKey = await createKey(browser, { ...form, name: "Another" })
    expect(otherKey.secret).toMatch(/^vst_local_/)
    expect(await count("api_keys")).toBe(2)
  })

  it("requires a valid expiry", async () => {
    const { browser } = await signInStaff()
    expect((await createKey(browser, { ...API_KEY_FORM, expires_in_days: "abc" })).text).toContain(
      "Choose when the key expires.",
    )
    const json = await browser.post("/settings/api-keys/new", {}, { "Content-Type": "application/json" })
    expect(json.status).toBe(400)
  })

  it("stops working when it expires, even if cached", async () => {
    const { resellerId } = await createReseller()
    const key = await createApiKey(resellerId, { expiresAt: new Date(Date.now() + 60_000) })
    expect((await callApi({ key, path: "/invites" })).status).toBe(200)
    travel({ minutes: 1 })
    const refused = await callApi({ key, path: "/invites" })
    expect([refused.status, (await refused.json<{ code: string }>()).code]).toEqual([401, "api_key_expired"])
  })

  it("of a developer's machine is refused in production without reading the database", async () => {
    const closedDatabase: D1Database = new Proxy(env.DB, {
      get: () => {
        throw new Error("the database was read")
      },
    })
    const response = await callApi({
      key: "vst_local_acme_0123456789abcdef0123456789abcdef",
      path: "/invites",
      env: { ...productionEnv, DB: closedDatabase },
      origin: "https://vestibule.example",
    })
    expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([401, "api_key_invalid"])
  })

  it("records its last use at most every ten minutes", async () => {
    const { resellerId } = await createReseller()
    const key = await createApiKey(resellerId)
    const lastUsedAt = async () =>
      (await env.DB.prepare("SELECT last_used_at AS at FROM api_keys").first<{ at: number }>())?.at
    await callApi({ key, path: "/invites", body: CUSTOMER })
    const first = await lastUsedAt()
    expect(first).toBeGreaterThan(Date.now() - 60_000)
    await callApi({ key, path: "/invites", body: CUSTOMER })
    expect(await lastUsedAt()).toBe(first)
    travel({ minutes: 9 })
    await callApi({ key, path: "/invites", body: CUSTOMER })
    expect(await lastUsedAt()).toBe(first)
    travel({ minutes: 1 })
    await callApi({ key, path: "/invites", body: CUSTOMER })
    expect(await lastUsedAt()).toBe(Date.now())
  })

  it("can be created by Admins only", async () => {
    const { browser } = await signInStaff("acme", "regular")
    for (const path of ["/settings/api-keys", "/settings/api-keys/new"])
      expect((await browser.get(path)).status).toBe(403)
    expect((await browser.post("/settings/api-keys/new", API_KEY_FORM)).status).toBe(403)
    expect(await (await browser.get("/settings/notifications")).text()).not.toContain("/settings/api-keys")
  })

  it("has its own rate limit, which responses report", async () => {
    const { resellerId } = await createReseller()
    const [one, otherKey] = [await createApiKey(resellerId), await createApiKey(resellerId)]
    const limitedEnv: Env = { ...testEnv, API_REQUESTS_PER_10_SECONDS: "2" }
    const remainingRequests = async (key: string) => {
      const response = await callApi({ key, path: "/invites", env: limitedEnv })
      return [response.status, /r=(\d+)/.exec(response.headers.get("RateLimit") ?? "")?.[1]]
    }
    expect([
      await remainingRequests(one),
      await remainingRequests(one),
      await remainingRequests(one),
      await remainingRequests(otherKey),
    ]).toEqual([
      [200, "1"],
      [200, "0"],
      [429, "0"],
      [200, "1"],
    ])
  })
})

describe("an invite created with an API key", () => {
  it("names the key in the timeline and only the reseller on the registration page", async () => {
    const { browser, resellerId } = await signInStaff()
    const created = await callApi({ key: await createApiKey(resellerId), path: "/invites", body: CUSTOMER })
    const { id } = await created.json<{ id: string }>()
    expect(await (await browser.get(`/customers/invites/${id}`)).text()).toContain("CRM sync (API key)")
    const link = await latestRegistrationLink()
    expect(await (await new Browser().get(link)).text()).toContain("Acme Networks invited you.")
  })

  it("is returned without billing data to a key that lacks billing:read", async () => {
    const { resellerId } = await createReseller()
    const key = await createApiKey(resellerId, { scopes: ["invites:read", "invites:write"] })
    const created = await callApi({ key, path: "/invites", body: CUSTOMER })
    expect(await created.json()).toMatchObject({ billing_account_id: null, billing_email: null, billing_phone: null })
    expect(await (await callApi({ key, path: "/invites" })).text()).not.toContain("billing@acme.example")
    expect((await callApi({ key, path: `/invites?billing_account_id=bil_${"x".repeat(26)}` })).status).toBe(403)
  })

  it("is refused for a wrong billing phone without revealing its last digits to a key that lacks billing:read", async () => {
    const { resellerId } = await createReseller()
    const body = { ...CUSTOMER, billing_phone: "+1 415 555 0199" }
    const key = await createApiKey(resellerId, { scopes: ["invites:write"] })
    expect(await (await callApi({ key, path: "/invites", body })).text()).not.toContain("0132")
    expect(await (await callApi({ key: await createApiKey(resellerId), path: "/invites", body })).text()).toContain(
      "0132",
    )
  })
})
