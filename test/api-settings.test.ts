import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { SCOPES } from "../src/storage/schema.ts"
import {
  callApi,
  count,
  createApiKey,
  createReseller,
  signInStaff,
  testEnv,
  withConcurrentWrite,
} from "./support/app.ts"
import { confirmIdentityOfAll } from "./support/factors.ts"

async function createFixture() {
  const reseller = await createReseller()
  const key = await createApiKey(reseller.resellerId)
  const get = () => callApi({ key, path: "/settings" })
  const patch = (body: unknown, headers = {}, bindings = testEnv) =>
    callApi({ key, method: "PATCH", path: "/settings", body, headers, env: bindings })
  return { ...reseller, key, get, patch }
}

const codeOf = async (response: Response) => [response.status, (await response.json<{ code: string }>()).code]
const readActions = async () => {
  const { results } = await env.DB.prepare(
    "SELECT action, actor_kind, actor_name, detail FROM audit_log WHERE action GLOB 'reseller.*' ORDER BY action",
  ).all()
  return results
}
const CHANGED = { actor_kind: "api_key", actor_name: "CRM sync" }

describe("the settings in the API", () => {
  it("change by a merge patch, and only what it names", async () => {
    const { get, patch } = await createFixture()
    const before = await (await get()).json<object>()
    const changes = { name: "Acme Cloud", support_phone: "(415) 555-0100", default_expires_in_days: 30, locale: "de" }
    const changed = await patch(changes)
    const after = { ...before, ...changes, support_phone: "+14155550100" }
    expect([changed.status, await changed.json()]).toEqual([200, after])
    expect(await (await get()).json()).toEqual(after)
    expect(await readActions()).toEqual([
      { action: "reseller.company_changed", ...CHANGED, detail: "Acme Cloud" },
      { action: "reseller.invite_settings_changed", ...CHANGED, detail: "30 days, Deutsch, reminders" },
    ])
    const cleared = await patch({ support_phone: null })
    expect(await cleared.json()).toEqual({ ...after, support_phone: null })
  })

  it("are those of the page, and the page shows what a program changed", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    const call = { key, method: "PATCH", path: "/settings" }
    expect((await callApi({ ...call, body: { support_name: "Kim Sato", accent_color: "#1F4FD8" } })).status).toBe(200)
    const page = await (await browser.get("/settings")).text()
    expect(page).toContain('value="Kim Sato"')
    expect(page).toContain('value="#1f4fd8"')
  })

  it("stay without an audit entry and with their version if nothing changes", async () => {
    const { get, patch } = await createFixture()
    const etag = (await get()).headers.get("ETag")
    for (const body of [{}, { name: "Acme Networks" }, { requires_second_factor: false }]) {
      const response = await patch(body)
      expect([response.status, response.headers.get("ETag")]).toEqual([200, etag])
    }
    expect(await readActions()).toEqual([])
  })

  it.each([
    [{ name: "" }, "name"],
    [{ name: null }, "name"],
    [{ support_email: "x" }, "support_email"],
    [{ support_phone: "12" }, "support_phone"],
    [{ country: "XX" }, "country"],
    [{ time_zone: "Mars" }, "time_zone"],
    [{ accent_color: "blue" }, "accent_color"],
    [{ default_expires_in_days: 91 }, "default_expires_in_days"],
    [{ locale: "xx" }, "locale"],
    [{ reminders_enabled: "yes" }, "reminders_enabled"],
    [{ terms_url: "https://acme.example/terms" }, "terms_version"],
    [{ requires_second_factor: null }, "requires_second_factor"],
    [{ retention_months: 1 }, "retention_months"],
    [{ slug: "x" }, "slug"],
    [{ suspendedAt: null }, "suspendedAt"],
  ])("refuse %j at its field, with all other changes of the same request", async (body, field) => {
    const { patch } = await createFixture()
    const response = await patch({ support_name: "Kim", ...body })
    expect(await response.json()).toMatchObject({ code: "invalid_fields", errors: [{ field }] })
    expect(await count("resellers", "support_name IS NULL AND settings_version = 1")).toBe(1)
    expect(await readActions()).toEqual([])
  })
})

describe("the version of the settings", () => {
  it("changes with each edit, on a page too, and an edit of an older one is refused", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    const etag = (await callApi({ key, path: "/settings" })).headers.get("ETag") ?? ""
    expect((await browser.post("/settings/invites", { default_expires_in_days: "30" })).status).toBe(303)
    const call = { key, method: "PATCH", path: "/settings", body: { name: "Acme Cloud" } }
    expect(await codeOf(await callApi({ ...call, headers: { "If-Match": etag } }))).toEqual([412, "version_conflict"])
    const current = (await callApi({ key, path: "/settings" })).headers.get("ETag") ?? ""
    const changed = await callApi({ ...call, headers: { "If-Match": current } })
    expect(changed.status).toBe(200)
    expect(changed.headers.get("ETag")).toBe((await callApi({ key, path: "/settings" })).headers.get("ETag"))
    expect(changed.headers.get("ETag")).not.toBe(current)
  })

  it("is checked by the write itself: a concurrent edit wins with If-Match, and both hold without", async () => {
    const { get, patch } = await createFixture()
    const etag = (await get()).headers.get("ETag") ?? ""
    const other = "UPDATE resellers SET support_name = 'Kim', settings_version = settings_version + 1"
    const concurrently = (batch: number) => ({ ...testEnv, DB: withConcurrentWrite(other, batch) })
    const refused = await patch({ name: "Acme Cloud" }, { "If-Match": etag }, concurrently(2))
    expect(await codeOf(refused)).toEqual([412, "version_conflict"])
    expect(await readActions()).toEqual([])
    const merged = await patch({ name: "Acme Cloud" }, {}, concurrently(2))
    expect(await merged.json()).toMatchObject({ name: "Acme Cloud", support_name: "Kim" })
    expect(await readActions()).toHaveLength(1)
  })
})

describe("a key that can change settings", () => {
  it("can require a second factor of staff, but not stop requiring it: only an Admin can, on the page", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    const patch = (body: object) => callApi({ key, method: "PATCH", path: "/settings", body })
    expect(await (await patch({ requires_second_factor: true })).json()).toMatchObject({ requires_second_factor: true })
    const refused = await patch({ requires_second_factor: false, name: "Acme Cloud" })
    expect(await codeOf(refused)).toEqual([403, "person_required"])
    expect(await count("resellers", "requires_second_factor = 1 AND name = 'Acme Networks'")).toBe(1)
    expect((await browser.get("/")).headers.get("Location")).toBe("/profile/second-factor") // led there, not locked out
  })

  it("can do so only while its creator is an Admin", async () => {
    const { browser, resellerId } = await signInStaff()
    await confirmIdentityOfAll()
    const page = await browser.post("/settings/api-keys/new", [
      ["name", "Sync"],
      ["scopes", "settings:write"],
      ["scopes", "settings:read"],
    ])
    const key = /vst_local_[0-9a-f]{64}/.exec(await page.text())?.[0] ?? "none"
    const patch = (name: string) => callApi({ key, method: "PATCH", path: "/settings", body: { name } })
    expect((await patch("Acme Cloud")).status).toBe(200)
    await env.DB.prepare("UPDATE staff SET role = 'regular' WHERE reseller_id = ?").bind(resellerId).run()
    expect(await codeOf(await patch("Evil"))).toEqual([403, "insufficient_scope"])
    expect((await callApi({ key, path: "/settings" })).status).toBe(200)
    expect(await count("resellers", "name = 'Acme Cloud'")).toBe(1)
  })

  it("needs its own scope, and changes only its own reseller", async () => {
    const { resellerId, patch } = await createFixture()
    await createReseller("globex")
    const key = await createApiKey(resellerId, { scopes: SCOPES.filter((scope) => scope !== "settings:write") })
    const refused = await callApi({ key, method: "PATCH", path: "/settings", body: { name: "Acme Cloud" } })
    expect(await codeOf(refused)).toEqual([403, "insufficient_scope"])
    expect((await patch({ name: "Acme Cloud" })).status).toBe(200)
    expect(await count("resellers", "name = 'Globex Connect' AND settings_version = 1")).toBe(1)
  })
})
