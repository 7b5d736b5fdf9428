import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { SCOPES, type Scope } from "../src/storage/schema.ts"
import { CUSTOMER, callApi, createApiKey, createReseller, invite, signInAs, signInStaff } from "./support/app.ts"
import { travel } from "./support/time.ts"
import { createCustomerWithRole } from "./support/visitors.ts"

type Entry = {
  id: string
  action: string
  actor_kind: string
  actor_id: string | null
  actor_name: string | null
  detail: string | null
  subject_name: string | null
  subject_id: string
  created_at: string
}
type ListBody = { data: Entry[]; next_cursor: string | null; prev_cursor: string | null }

async function createFixture(scopes: readonly Scope[] = SCOPES) {
  const { browser, resellerId } = await signInStaff()
  const key = await createApiKey(resellerId, { scopes: [...scopes] })
  const list = async (query = "") => (await callApi({ key, path: `/activity${query}` })).json<ListBody>()
  const actions = async (query = "") => (await list(query)).data.map(({ action }) => action)
  return { browser, resellerId, key, list, actions }
}

const codeOf = async (response: Response) => [response.status, (await response.json<{ code: string }>()).code]

describe("the activity in the API", () => {
  it("says who did what to what, as the page does", async () => {
    const { browser, list } = await createFixture()
    const id = await invite(browser)
    expect((await browser.post(`/customers/invites/${id}/edit`, { contact_name: "Kim" })).status).toBe(303)
    const { data } = await list("?area=invite")
    expect(data).toMatchObject([
      {
        action: "invite.updated",
        subject_id: id,
        subject_name: "Northwind Logistics",
        changes: [{ field: "contact_name", from: "Priya Nair", to: "Kim" }],
      },
      {
        action: "invite.created",
        actor_kind: "staff",
        actor_name: "Dana Ortiz",
        subject_id: id,
        detail: "priya@northwind.example",
        changes: [],
      },
    ])
  })

  it("has pages in both directions, newest first, without gaps", async () => {
    const { browser, list } = await createFixture()
    for (const name of ["a", "b", "c"]) await invite(browser, { contact_email: `${name}@northwind.example` })
    const all = (await list("?limit=100")).data.map(({ id }) => id)
    const ids: string[] = []
    let page = await list("?limit=2")
    for (;;) {
      ids.push(...page.data.map(({ id }) => id))
      if (!page.next_cursor) break
      page = await list(`?limit=2&cursor=${page.next_cursor}`)
    }
    expect(ids).toEqual(all)
    expect(ids).toEqual(ids.toSorted().toReversed())
    const first = await list("?limit=2")
    const second = await list(`?limit=2&cursor=${first.next_cursor}`)
    expect((await list(`?limit=2&cursor=${second.prev_cursor}`)).data).toEqual(first.data)
  })

  it("is limited by each filter, and by all of them together", async () => {
    const { browser, key, actions, list } = await createFixture()
    const id = await invite(browser)
    travel({ hours: 1 })
    const noon = new Date().toISOString()
    travel({ hours: 1 })
    const other = { ...CUSTOMER, contact_email: "other@northwind.example" }
    expect((await callApi({ key, path: "/invites", body: other })).status).toBe(201)
    const dana = (await list("?actor_kind=staff")).data[0]?.actor_id
    expect(dana).toMatch(/^usr_/)
    expect(await actions(`?invite_id=${id}`)).toEqual(["invite.created"])
    expect(await actions(`?actor_id=${dana}&area=invite`)).toEqual(["invite.created"])
    expect(await actions("?area=webhook")).toEqual([])
    const [after, before] = [await list(`?created_after=${noon}`), await list(`?created_before=${noon}&area=invite`)]
    expect(after.data.map(({ action, actor_kind }) => [action, actor_kind])).toEqual([["invite.created", "api_key"]])
    expect(before.data.map(({ subject_id }) => subject_id)).toEqual([id])
    expect(await actions(`?created_after=${noon}&actor_id=${dana}`)).toEqual([])
    expect(await actions(`?created_after=${noon}&created_before=${noon}`)).toEqual([])
    const range = `created_after=${new Date(0).toISOString()}&created_before=${noon}`
    expect(await actions(`?invite_id=${id}&actor_kind=staff&actor_id=${dana}&${range}`)).toEqual(["invite.created"])
  })

  it.each([
    ["actor_kind=robot", "actor_kind"],
    ["actor_id=dana", "actor_id"],
    ["area=weather", "area"],
    ["invite_id=x", "invite_id"],
    ["created_after=yesterday", "created_after"],
    ["cursor=inv_00000000000000000000000000", "cursor"],
    ["limit=101", "limit"],
  ])("refuses %s at its parameter", async (query, field) => {
    const { key } = await createFixture()
    const response = await callApi({ key, path: `/activity?${query}` })
    expect(await response.json()).toMatchObject({ code: "invalid_fields", errors: [{ field }] })
  })

  it.each([
    ["invite_id", "inv"],
    ["actor_id", "usr"],
  ])("says that a %s is unknown, also if it is another reseller's", async (param, prefix) => {
    const { browser, list } = await createFixture()
    const id = await invite(browser)
    const other = await createApiKey((await createReseller("globex")).resellerId)
    const actor = (await list("?actor_kind=staff")).data[0]?.actor_id
    for (const unknown of [`${prefix}_${"0".repeat(26)}`, prefix === "inv" ? id : actor]) {
      const response = await callApi({ key: other, path: `/activity?${param}=${unknown}` })
      expect(await response.json()).toMatchObject({ errors: [{ field: param, code: "not_found" }] })
    }
  })

  it("has only entries about what the other scopes can read", async () => {
    const { browser, resellerId } = await createFixture()
    await invite(browser)
    await browser.post("/billing/new", { po_number: "2", email: "b2@acme.example", phone: "+1 212 555 0187" })
    const areas = async (...scopes: Scope[]) => {
      const key = await createApiKey(resellerId, { scopes: ["activity:read", ...scopes] })
      const { data } = await (await callApi({ key, path: "/activity?limit=100" })).json<ListBody>()
      return [...new Set(data.map(({ action }) => action.split(".")[0]))].sort()
    }
    expect(await areas()).toEqual([])
    expect(await areas("invites:read")).toEqual(["invite"])
    expect(await areas("billing:read")).toEqual(["billing_account"])
    expect(await areas("invites:read", "billing:read")).toEqual(["billing_account", "invite"])
    // API keys are managed on pages, so that no key reads of others.
    expect(await areas(...SCOPES)).not.toContain("api_key")
  })

  it("has the invites to staff and to members only with their scopes", async () => {
    const { browser, resellerId } = await createFixture()
    const { ids } = await createCustomerWithRole("member", browser)
    const jo = { contact_name: "Jo", contact_email: "jo@contoso.example", role: "member" }
    await (await signInAs(ids["account.people"])).post("/account/invites/new", jo)
    await browser.post("/settings/staff/invites/new", { ...jo, contact_email: "jo@acme.example", role: "support" })
    const details = async (...scopes: Scope[]) => {
      const key = await createApiKey(resellerId, { scopes: ["activity:read", "invites:read", ...scopes] })
      const body = await (await callApi({ key, path: "/activity?limit=100" })).text()
      return ["kim@contoso.example", "jo@acme.example", "jo@contoso.example"].map((email) => body.includes(email))
    }
    expect(await details()).toEqual([true, false, false])
    expect(await details("staff:read")).toEqual([true, true, false])
    expect(await details("members:read")).toEqual([true, false, true])
  })

  it("names the key itself, and no other key", async () => {
    const { resellerId, key, list } = await createFixture()
    const other = await createApiKey(resellerId)
    const ids = (await env.DB.prepare("SELECT id FROM api_keys ORDER BY id").all<{ id: string }>()).results
    for (const [name, secret] of [
      ["own", key],
      ["foreign", other],
    ] as const) {
      const body = { ...CUSTOMER, contact_email: `${name}@northwind.example` }
      expect((await callApi({ key: secret, path: "/invites", body })).status).toBe(201)
    }
    const { data } = await list("?area=invite")
    expect(data.map(({ detail, actor_id, actor_name }) => [detail, actor_id, actor_name])).toEqual([
      ["foreign@northwind.example", null, null],
      ["own@northwind.example", ids[0]?.id, "CRM sync"],
    ])
    expect((await list(`?actor_id=${ids[0]?.id}`)).data).toHaveLength(1)
    const refused = await callApi({ key, path: `/activity?actor_id=${ids[1]?.id}` })
    expect(await codeOf(refused)).toEqual([422, "invalid_fields"])
  })

  it("has nothing of another reseller, whatever is asked for", async () => {
    const { browser } = await createFixture()
    const id = await invite(browser)
    const { resellerId } = await createReseller("globex")
    const key = await createApiKey(resellerId)
    const cursor = (await env.DB.prepare("SELECT max(id) AS id FROM audit_entries").first<string>("id")) ?? ""
    for (const query of ["", `&invite_id=${id}`, `&cursor=${cursor}`, `&cursor=after_${cursor}`, "&actor_kind=staff"]) {
      const body = await (await callApi({ key, path: `/activity?limit=100${query}` })).text()
      expect(body).not.toMatch(/Northwind|priya|Dana/)
    }
  })

  it("needs the scope activity:read", async () => {
    const { key } = await createFixture(SCOPES.filter((scope) => scope !== "activity:read"))
    expect(await codeOf(await callApi({ key, path: "/activity" }))).toEqual([403, "insufficient_scope"])
  })
})
