import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { SCOPES, type Scope } from "../src/storage/schema.ts"
import {
  addStaff,
  Browser,
  callApi,
  count,
  createApiKey,
  createReseller,
  invite,
  REGISTRATION_FORM,
  registrationLinkIn,
  sendDueEmails,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { travel } from "./support/time.ts"

const ROBIN = { contact_name: "Robin Hale", contact_email: "robin@acme.example", role: "support" }

type InviteBody = { id: string; status: string; role: string; contact_email: string }
type ListBody = { data: InviteBody[]; next_cursor: string | null; prev_cursor: string | null }

async function createFixture(scopes: readonly Scope[] = SCOPES) {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId, { scopes: [...scopes] })
  const post = (path: string, body?: unknown, headers = {}) =>
    callApi({ key, method: "POST", path: `/staff_invites${path}`, body, headers })
  const patch = (id: string, body: unknown, headers = {}) =>
    callApi({ key, method: "PATCH", path: `/staff_invites/${id}`, body, headers })
  const list = async (query = "") => (await callApi({ key, path: `/staff_invites${query}` })).json<ListBody>()
  const create = async (fields: object = {}) => {
    const response = await post("", { ...ROBIN, ...fields })
    expect(response.status).toBe(201)
    return response.json<InviteBody>()
  }
  return { resellerId, key, post, patch, list, create }
}

const codeOf = async (response: Response) => [response.status, (await response.json<{ code: string }>()).code]

describe("an invite to staff through the API", () => {
  it("is emailed like one of the page, and gives the role once it is accepted", async () => {
    const { key, create } = await createFixture()
    const created = await create({ note: "Welcome!", locale: "de" })
    expect(created).toMatchObject({
      ...ROBIN,
      status: "pending",
      email_status: "queued",
      note: "Welcome!",
      locale: "de",
    })
    const [mail, ...others] = await sendDueEmails()
    expect([mail?.to, others]).toEqual(["robin@acme.example", []])
    expect(mail?.subject).toContain("Acme Networks")
    const robin = new Browser()
    expect((await robin.post(registrationLinkIn(mail), { ...REGISTRATION_FORM, name: "Robin Hale" })).status).toBe(303)
    const staff = await (await callApi({ key, path: "/staff" })).json<{ data: object[] }>()
    expect(staff.data).toMatchObject([{ name: "Robin Hale", email: "robin@acme.example", role: "support" }])
    const accepted = await callApi({ key, path: `/staff_invites/${created.id}` })
    expect(await accepted.json()).toMatchObject({ status: "accepted", accepted_at: expect.any(String) })
  })

  it("is recorded with the key as its actor, and the page shows it", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    expect((await callApi({ key, path: "/staff_invites", body: ROBIN })).status).toBe(201)
    const entry = await env.DB.prepare(
      "SELECT action, actor_kind, actor_name FROM audit_log WHERE action GLOB 'invite.*'",
    ).first()
    expect(entry).toEqual({ action: "invite.created", actor_kind: "api_key", actor_name: "CRM sync" })
    expect(await (await browser.get("/settings/staff")).text()).toContain("robin@acme.example")
  })

  it("takes effect once for an idempotency key, and its repeat gets the same response", async () => {
    const { post } = await createFixture()
    const headers = { "Idempotency-Key": "hire-robin" }
    const first = await post("", ROBIN, headers)
    const second = await post("", ROBIN, headers)
    expect([second.status, second.headers.get("Idempotency-Replayed")]).toEqual([201, "true"])
    expect(await second.json()).toEqual(await first.json())
    expect([await count("invites"), await count("outbox")]).toEqual([1, 1])
  })

  it.each([
    [{ role: undefined }, "role"],
    [{ role: "member" }, "role"],
    [{ contact_email: "x" }, "contact_email"],
    [{ company_name: "Acme" }, "company_name"],
    [{ send_email: false }, "send_email"],
    [{ note: "x".repeat(501) }, "note"],
  ])("refuses %j with an error at its field, and writes nothing", async (fields, field) => {
    const { post } = await createFixture()
    const response = await post("", { ...ROBIN, ...fields })
    expect(await response.json()).toMatchObject({ code: "invalid_fields", errors: [{ field }] })
    expect(await count("invites")).toBe(0)
  })

  it("names what it conflicts with: the pending invite, or the person who has joined", async () => {
    const { resellerId, post, create } = await createFixture()
    const { id } = await create()
    expect(await (await post("", ROBIN)).json()).toMatchObject({
      code: "invite_pending",
      errors: [{ field: "contact_email", staff_invite_id: id }],
    })
    const { userId } = await addStaff(resellerId, { name: "Kim Sato", email: "kim@acme.example", role: "sales" })
    expect(await (await post("", { ...ROBIN, contact_email: "kim@acme.example" })).json()).toMatchObject({
      code: "already_member",
      errors: [{ field: "contact_email", staff_id: userId }],
    })
  })

  it("can be sent again and revoked, after which its link leads nowhere", async () => {
    const { post, create } = await createFixture()
    const { id } = await create()
    travel({ minutes: 2 })
    const resent = await post(`/${id}/resends`)
    expect([resent.status, await resent.json()]).toMatchObject([202, { id, send_count: 2 }])
    const mail = (await sendDueEmails()).at(-1)
    const revoked = await post(`/${id}/revocation`)
    expect([revoked.status, await revoked.json()]).toMatchObject([200, { id, status: "revoked" }])
    expect((await new Browser().post(registrationLinkIn(mail), REGISTRATION_FORM)).status).not.toBe(303)
    expect(await count("staff")).toBe(0)
    expect(await codeOf(await post(`/${id}/revocation`))).toEqual([409, "invite_not_pending"])
  })

  it("changes by a merge patch of the version that was read", async () => {
    const { key, patch, create } = await createFixture()
    const { id } = await create({ note: "Welcome!" })
    const etag = (await callApi({ key, path: `/staff_invites/${id}` })).headers.get("ETag") ?? ""
    const changed = await patch(id, { role: "sales", note: null }, { "If-Match": etag })
    expect([changed.status, await changed.json()]).toMatchObject([
      200,
      { role: "sales", note: null, contact_name: "Robin Hale" },
    ])
    expect(await codeOf(await patch(id, { role: "support" }, { "If-Match": etag }))).toEqual([412, "version_conflict"])
    expect(await count("outbox")).toBe(1)
    travel({ minutes: 2 })
    expect((await patch(id, { contact_email: "hale@acme.example" })).status).toBe(200)
    expect((await sendDueEmails()).map(({ to }) => to)).toContain("hale@acme.example")
  })

  it("counts in the hourly limit of the reseller's emails", async () => {
    const { key, create } = await createFixture()
    await create()
    const limited = await callApi({
      key,
      path: "/staff_invites",
      body: { ...ROBIN, contact_email: "kim@acme.example" },
      env: { ...testEnv, INVITE_MAILS_PER_HOUR: "1" },
    })
    expect(await codeOf(limited)).toEqual([429, "email_hourly_limit"])
    expect(await count("invites")).toBe(1)
  })
})

describe("an API key", () => {
  it("invites nobody as an Admin, and can't change, send or revoke an Admin's invite, with any scopes", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    await browser.post("/settings/staff/invites/new", { ...ROBIN, role: "admin" })
    const id = (await env.DB.prepare("SELECT id FROM invites").first<string>("id")) ?? ""
    const kim = { ...ROBIN, contact_email: "kim@acme.example" }
    const { id: other } = await (await callApi({ key, path: "/staff_invites", body: kim })).json<InviteBody>()
    travel({ minutes: 2 })
    const before = [await count("audit_log"), await count("outbox")]
    for (const call of [
      { path: "/staff_invites", body: { ...ROBIN, contact_email: "lee@acme.example", role: "admin" } },
      { path: `/staff_invites/${other}`, method: "PATCH", body: { role: "admin" } },
      { path: `/staff_invites/${id}`, method: "PATCH", body: { contact_email: "thief@evil.example" } },
      { path: `/staff_invites/${id}`, method: "PATCH", body: { role: "support" } },
      { path: `/staff_invites/${id}/resends`, method: "POST" },
      { path: `/staff_invites/${id}/revocation`, method: "POST" },
    ]) {
      expect(await codeOf(await callApi({ key, ...call }))).toEqual([403, "role_exceeds_scopes"])
    }
    expect([await count("audit_log"), await count("outbox")]).toEqual(before)
    expect(await count("invites", "status = 'pending'")).toBe(2)
    expect((await callApi({ key, path: `/staff_invites/${id}` })).status).toBe(200)
  })

  it("invites only to roles that can do nothing that it can't", async () => {
    const { post } = await createFixture(SCOPES.filter((scope) => scope !== "billing:write"))
    expect(await codeOf(await post("", { ...ROBIN, role: "regular" }))).toEqual([403, "role_exceeds_scopes"])
    expect((await post("", ROBIN)).status).toBe(201)
  })
})

describe("the list of invites to staff in the API", () => {
  it("has pages in both directions, newest first, and a filter by status", async () => {
    const { post, list, create } = await createFixture()
    const ids: string[] = []
    for (const name of ["a", "b", "c", "d"]) ids.unshift((await create({ contact_email: `${name}@acme.example` })).id)
    const first = await list("?limit=3")
    const second = await list(`?limit=3&cursor=${first.next_cursor}`)
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids)
    expect(second.next_cursor).toBeNull()
    expect((await list(`?limit=3&cursor=${second.prev_cursor}`)).data).toEqual(first.data)
    await post(`/${ids[1]}/revocation`)
    travel({ days: 15 })
    expect((await list("?status=revoked")).data.map(({ id }) => id)).toEqual([ids[1]])
    expect((await list("?status=pending")).data).toEqual([])
    expect((await list("?status=expired")).data).toHaveLength(3)
  })

  it("has no invites of customers, and their ids don't exist there", async () => {
    const { browser, resellerId } = await signInStaff()
    const id = await invite(browser)
    const key = await createApiKey(resellerId)
    expect(await (await callApi({ key, path: "/staff_invites" })).json()).toMatchObject({ data: [] })
    expect(await codeOf(await callApi({ key, path: `/staff_invites/${id}` }))).toEqual([404, "not_found"])
    expect(await codeOf(await callApi({ key, path: `/staff_invites?cursor=${id}` }))).toEqual([422, "invalid_cursor"])
    const revoked = await callApi({ key, method: "POST", path: `/staff_invites/${id}/revocation` })
    expect(await codeOf(revoked)).toEqual([404, "not_found"])
  })
})
