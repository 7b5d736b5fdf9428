import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { SCOPES, type Scope, type StaffRole } from "../src/storage/schema.ts"
import { addStaff, callApi, count, createApiKey, createReseller, signInAs, signInStaff } from "./support/app.ts"
import { confirmIdentityOfAll } from "./support/factors.ts"
import { travel } from "./support/time.ts"

type PersonBody = { id: string; name: string; role: string; joined_at: string }
type ListBody = { data: PersonBody[]; next_cursor: string | null; prev_cursor: string | null }

/** Everything that the role Sales can do, and what changes people. */
const SALES_SCOPES: Scope[] = ["invites:read", "customers:read", "staff:read", "activity:read", "billing:read"]

async function createFixture(scopes: readonly Scope[] = SCOPES) {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId, { scopes: [...scopes] })
  const add = async (role: StaffRole, name = "Robin Hale") =>
    (await addStaff(resellerId, { name, email: `${crypto.randomUUID()}@acme.example`, role })).userId
  const setRole = (id: string, role: unknown) => callApi({ key, method: "PATCH", path: `/staff/${id}`, body: { role } })
  const remove = (id: string) => callApi({ key, method: "DELETE", path: `/staff/${id}` })
  const list = async (query = "") => (await callApi({ key, path: `/staff${query}` })).json<ListBody>()
  return { resellerId, key, add, setRole, remove, list }
}

const roleOf = (id: string) => env.DB.prepare("SELECT role FROM staff WHERE user_id = ?").bind(id).first("role")
const codeOf = async (response: Response) => [response.status, (await response.json<{ code: string }>()).code]
const latestEntry = () =>
  env.DB.prepare(
    "SELECT action, subject_id, person_id, actor_kind, actor_name, detail FROM audit_log WHERE action GLOB 'staff.*' ORDER BY id DESC LIMIT 1",
  ).first()

describe("the list of staff in the API", () => {
  it("has pages in both directions, who joined last first, also of people who joined at the same moment", async () => {
    const { add, list } = await createFixture()
    const ids: string[] = []
    for (const name of ["A", "B", "C", "D", "E"]) {
      ids.unshift(await add("support", name))
      travel({ seconds: 1 })
    }
    await env.DB.prepare("UPDATE staff SET created_at = 1000").run() // their ids decide
    const first = await list("?limit=2")
    const second = await list(`?limit=2&cursor=${first.next_cursor}`)
    const third = await list(`?limit=2&cursor=${second.next_cursor}`)
    expect([first, second, third].flatMap(({ data }) => data.map(({ id }) => id))).toEqual(ids)
    expect([first.prev_cursor, third.next_cursor]).toEqual([null, null])
    const back = await list(`?limit=2&cursor=${third.prev_cursor}`)
    expect(back.data).toEqual(second.data)
  })

  it("continues after a person who has left since", async () => {
    const { add, remove, list } = await createFixture()
    const [oldest, middle] = [await add("support"), await add("support")]
    await env.DB.prepare("UPDATE staff SET created_at = created_at - 1000 WHERE user_id = ?").bind(oldest).run()
    const { next_cursor } = await list("?limit=1")
    expect((await remove(middle)).status).toBe(204)
    expect((await list(`?limit=1&cursor=${next_cursor}`)).data.map(({ id }) => id)).toEqual([oldest])
  })

  it.each(["usr_x", "inv_00000000000000000000000000", "x"])("refuses the cursor %s", async (cursor) => {
    const { key } = await createFixture()
    expect(await codeOf(await callApi({ key, path: `/staff?cursor=${cursor}` }))).toEqual([422, "invalid_fields"])
  })

  it("contains nobody of another reseller and no member of a customer", async () => {
    const { list } = await createFixture()
    await signInStaff("globex")
    expect(await list()).toEqual({ data: [], next_cursor: null, prev_cursor: null })
  })
})

describe("changing a role through the API", () => {
  it("takes effect at once, and the audit log names the key and both roles", async () => {
    const { add, setRole } = await createFixture()
    const id = await add("read_only")
    const browser = await signInAs(id)
    expect((await browser.get("/customers/invites/new")).status).toBe(403)
    const changed = await setRole(id, "support")
    expect([changed.status, await changed.json()]).toMatchObject([200, { id, name: "Robin Hale", role: "support" }])
    expect((await browser.get("/customers/invites/new")).status).toBe(200)
    expect(await latestEntry()).toEqual({
      action: "staff.role_changed",
      subject_id: id,
      person_id: id,
      actor_kind: "api_key",
      actor_name: "CRM sync",
      detail: "Robin Hale: Read-Only → Support",
    })
  })

  it("writes nothing for the same role, and for an empty patch", async () => {
    const { key, add, setRole } = await createFixture()
    const id = await add("support")
    const before = await count("audit_log")
    expect(await (await setRole(id, "support")).json()).toMatchObject({ role: "support" })
    const empty = await callApi({ key, method: "PATCH", path: `/staff/${id}`, body: {} })
    expect(await empty.json()).toMatchObject({ id, role: "support" })
    expect(await count("audit_log")).toBe(before)
  })

  it.each([null, "owner", "member", 1])("refuses the role %j at its field", async (role) => {
    const { add, setRole } = await createFixture()
    const id = await add("support")
    const response = await setRole(id, role)
    expect(await response.json()).toMatchObject({ code: "invalid_fields", errors: [{ field: "role" }] })
    expect(await roleOf(id)).toBe("support")
  })

  it("never makes anyone an Admin, and never changes or removes one, with any scopes", async () => {
    const { add, setRole, remove } = await createFixture()
    const [admin, support] = [await add("admin"), await add("support")]
    await add("admin") // so that neither is the last one
    expect(await codeOf(await setRole(support, "admin"))).toEqual([403, "role_exceeds_scopes"])
    expect(await codeOf(await setRole(admin, "support"))).toEqual([403, "role_exceeds_scopes"])
    expect(await codeOf(await remove(admin))).toEqual([403, "role_exceeds_scopes"])
    expect([await roleOf(admin), await roleOf(support)]).toEqual(["admin", "support"])
  })

  it("gives and takes only roles that can do nothing that the key can't", async () => {
    const { add, setRole, remove } = await createFixture([...SALES_SCOPES, "staff:write"])
    const [readOnly, regular] = [await add("read_only"), await add("regular")]
    expect((await setRole(readOnly, "sales")).status).toBe(200)
    expect(await codeOf(await setRole(readOnly, "support"))).toEqual([403, "role_exceeds_scopes"])
    expect(await codeOf(await setRole(regular, "sales"))).toEqual([403, "role_exceeds_scopes"])
    expect(await codeOf(await remove(regular))).toEqual([403, "role_exceeds_scopes"])
    expect([await roleOf(readOnly), await roleOf(regular)]).toEqual(["sales", "regular"])
  })

  it("shows the changed person to a key that can't read staff", async () => {
    const { resellerId, add } = await createFixture()
    const id = await add("support")
    const key = await createApiKey(resellerId, { scopes: ["staff:write"] })
    const empty = await callApi({ key, method: "PATCH", path: `/staff/${id}`, body: {} })
    expect([empty.status, await empty.json()]).toMatchObject([200, { id, role: "support" }])
    expect((await callApi({ key, path: `/staff/${id}` })).status).toBe(403)
  })
})

describe("removing staff through the API", () => {
  it("ends their access and their sessions, and is recorded with the key", async () => {
    const { add, remove } = await createFixture()
    const id = await add("support")
    const browser = await signInAs(id)
    expect((await remove(id)).status).toBe(204)
    expect((await browser.get("/")).headers.get("Location")).toMatch(/^\/sign-in/)
    expect(await count("sessions")).toBe(0)
    expect(await latestEntry()).toMatchObject({ action: "staff.removed", subject_id: id, actor_kind: "api_key" })
    expect(await codeOf(await remove(id))).toEqual([404, "not_found"])
  })
})

describe("a key that an Admin created", () => {
  async function createKeyOnPage() {
    const { browser, resellerId } = await signInStaff()
    await confirmIdentityOfAll()
    const form = SCOPES.map((scope) => ["scopes", scope])
    const page = await browser.post("/settings/api-keys/new", [["name", "HR"], ...form])
    const key = /vst_local_[0-9a-f]{64}/.exec(await page.text())?.[0] ?? "none"
    const { userId } = await addStaff(resellerId, { name: "Robin", email: "robin@acme.example", role: "support" })
    const call = (role: string) => callApi({ key, method: "PATCH", path: `/staff/${userId}`, body: { role } })
    return { key, call, userId }
  }

  it.each(["UPDATE staff SET role = 'regular' WHERE role = 'admin'", "DELETE FROM staff WHERE role = 'admin'"])(
    "can no longer change people after %s, but still read",
    async (sql) => {
      const { key, call, userId } = await createKeyOnPage()
      expect((await call("sales")).status).toBe(200)
      await env.DB.prepare(sql).run()
      const refused = await call("read_only")
      expect([refused.status, await refused.json()]).toMatchObject([
        403,
        { code: "insufficient_scope", detail: expect.stringContaining("whose creator is still an Admin") },
      ])
      expect((await callApi({ key, path: `/staff/${userId}` })).status).toBe(200)
      expect(await roleOf(userId)).toBe("sales")
    },
  )
})
