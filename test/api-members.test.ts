import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { callApi, count, createApiKey, createReseller, invite, signInAs, signInStaff } from "./support/app.ts"
import { createCustomerWithRole } from "./support/visitors.ts"

type ListBody = { data: { id: string }[]; next_cursor: string | null; prev_cursor: string | null }

/** A customer with an Admin (Kim), another member (Sam), and a pending invite to Lee. */
async function createFixture() {
  const { browser, resellerId } = await signInStaff()
  const { ids, userId } = await createCustomerWithRole("member", browser)
  const customerId = (await env.DB.prepare("SELECT id FROM customers").first<string>("id")) ?? ""
  const key = await createApiKey(resellerId)
  const get = (path: string) => callApi({ key, path: `/customers/${customerId}${path}` })
  const list = async (path: string) => (await get(path)).json<ListBody>()
  return {
    browser,
    resellerId,
    customerId,
    key,
    get,
    list,
    kim: ids["account.people"],
    sam: userId,
    lee: ids["account.invites"],
  }
}

const codeOf = async (response: Response) => [response.status, (await response.json<{ code: string }>()).code]

describe("the members of a customer in the API", () => {
  it("are listed in pages, who joined last first, and one by one", async () => {
    const { get, list, kim, sam } = await createFixture()
    const first = await list("/members?limit=1")
    const second = await list(`/members?limit=1&cursor=${first.next_cursor}`)
    expect([first.data, second.data]).toMatchObject([
      [{ id: sam, email: "sam@contoso.example", role: "member" }],
      [{ id: kim, email: "kim@contoso.example", role: "admin" }],
    ])
    expect(second.next_cursor).toBeNull()
    expect((await list(`/members?limit=1&cursor=${second.prev_cursor}`)).data).toEqual(first.data)
    expect(await (await get(`/members/${kim}`)).json()).toEqual(second.data[0])
  })

  it("can be read, but not changed: their own Admins do that", async () => {
    const { key, customerId, sam, lee } = await createFixture()
    const before = await count("audit_log")
    for (const path of [
      `/members/${sam}`,
      "/member_invites",
      `/member_invites/${lee}`,
      `/member_invites/${lee}/resends`,
    ]) {
      for (const method of ["POST", "PATCH", "DELETE"]) {
        const response = await callApi({
          key,
          method,
          path: `/customers/${customerId}${path}`,
          body: { role: "admin" },
        })
        expect([404, 405]).toContain(response.status)
      }
    }
    expect(await count("audit_log")).toBe(before)
    expect(await count("members")).toBe(2)
  })

  it("belong to their customer: those of another one, and staff, don't exist there", async () => {
    const { browser, get, key, customerId } = await createFixture()
    const admin = (await env.DB.prepare("SELECT user_id FROM staff").first<string>("user_id")) ?? ""
    expect(await codeOf(await get(`/members/${admin}`))).toEqual([404, "not_found"])
    const id = await invite(browser)
    expect(await codeOf(await get(`/member_invites/${id}`))).toEqual([404, "not_found"])
    expect(await codeOf(await get(`/member_invites?cursor=${id}`))).toEqual([422, "invalid_cursor"])
    const { resellerId } = await createReseller("globex")
    const stranger = await createApiKey(resellerId)
    for (const path of ["/members", "/member_invites"]) {
      const response = await callApi({ key: stranger, path: `/customers/${customerId}${path}` })
      expect(await codeOf(response)).toEqual([404, "not_found"])
      expect((await callApi({ key, path: `/customers/${customerId}${path}` })).status).toBe(200)
    }
  })

  it("need the scope members:read, which no other scope includes", async () => {
    const { resellerId, customerId } = await createFixture()
    const key = await createApiKey(resellerId, { scopes: ["customers:read", "staff:write", "invites:write"] })
    const response = await callApi({ key, path: `/customers/${customerId}/members` })
    expect(await codeOf(response)).toEqual([403, "insufficient_scope"])
  })
})

describe("the invites of a customer's Admin in the API", () => {
  it("are listed with their status, without the note to the colleague", async () => {
    const { get, list, kim, lee } = await createFixture()
    const note = { contact_name: "Jo", contact_email: "jo@contoso.example", role: "member", note: "Secret plans" }
    expect((await (await signInAs(kim)).post("/account/invites/new", note)).status).toBe(303)
    const all = await get("/member_invites")
    const body = await all.text()
    expect(body).toContain("jo@contoso.example")
    expect(body).not.toContain("Secret plans")
    const pages = await list("/member_invites?limit=1")
    expect((await list(`/member_invites?limit=1&cursor=${pages.next_cursor}`)).data).toMatchObject([{ id: lee }])
    expect((await list("/member_invites?status=accepted")).data).toMatchObject([
      { contact_email: "sam@contoso.example" },
    ])
    expect(await (await get(`/member_invites/${lee}`)).json()).toMatchObject({
      contact_email: "lee@contoso.example",
      status: "pending",
      role: "member",
    })
  })
})

it("an unknown member has no ETag, and isn't unmodified", async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  const path = `/customers/cus_${"0".repeat(26)}/members/usr_${"0".repeat(26)}`
  const response = await callApi({ key, path, headers: { "If-None-Match": "*" } })
  expect([response.status, response.headers.get("ETag")]).toEqual([404, null])
})
