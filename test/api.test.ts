import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { CUSTOMER, callApi, count, createApiKey, createReseller, sendDueEmails, signInStaff } from "./support/app.ts"
import { travel } from "./support/time.ts"

async function createFixture() {
  const reseller = await createReseller()
  const key = await createApiKey(reseller.resellerId)
  const get = async <T>(path: string) => (await callApi({ key, path })).json<T>()
  const post = (path: string, body: unknown) => callApi({ key, path, body })
  const patch = (path: string, body: unknown, headers = {}) => callApi({ key, path, body, headers, method: "PATCH" })
  return { ...reseller, key, get, post, patch }
}

type ListBody = { data: { id: string; contact_email: string; status: string }[]; next_cursor: string | null }

describe("creating an invite through the API", () => {
  it("accepts an expiry and a note, and the email shows the note without markup or links", async () => {
    const { post } = await createFixture()
    const note = "Hi <b>Priya</b>,\nsee https://evil.example"
    const created = await post("/invites", { ...CUSTOMER, expires_in_days: 90, note, locale: "en", send_email: true })
    const invite = await created.json<{ created_at: string; expires_at: string; note: string }>()
    expect(Date.parse(invite.expires_at) - Date.parse(invite.created_at)).toBe(90 * 86_400_000)
    expect(invite.note).toBe(note)
    const [mail] = await sendDueEmails()
    expect(mail?.text).toContain("Acme Networks adds:\n> Hi <b>Priya</b>,\n> see ")
    expect(mail?.html).toContain("Hi &lt;b&gt;Priya&lt;/b&gt;,<br>see ")
    expect(`${mail?.html}${mail?.text}`).not.toMatch(/evil\.example|https:\/\/evil/)
  })

  it("sends an email without a note section when there is no note", async () => {
    const { post } = await createFixture()
    await post("/invites", CUSTOMER)
    const [mail] = await sendDueEmails()
    expect(`${mail?.html}${mail?.text}`).not.toMatch(/adds:|\{\{/)
  })

  it.each([
    [{ expires_in_days: 0 }, "expires_in_days"],
    [{ expires_in_days: "14" }, "expires_in_days"],
    [{ note: "x".repeat(501) }, "note"],
    [{ locale: "xx" }, "locale"],
    [{ send_email: "no" }, "send_email"],
    [{ company: "x" }, "company"],
    [{ contact_email: ["a@b.example"] }, "contact_email"],
  ])("refuses %j with an error at its field", async (field, name) => {
    const { post } = await createFixture()
    const response = await post("/invites", { ...CUSTOMER, ...field })
    expect(response.status).toBe(422)
    expect((await response.json<{ errors: { field: string }[] }>()).errors.map((error) => error.field)).toEqual([name])
    expect(await count("invites")).toBe(0)
  })

  it("limits later resends as the pages do, and reports the remaining ones and the reset time", async () => {
    const { post, key } = await createFixture()
    const { id } = await (await post("/invites", CUSTOMER)).json<{ id: string }>()
    const resend = () => callApi({ key, method: "POST", path: `/invites/${id}/resends` })
    expect(await (await resend()).json()).toMatchObject({ id, send_count: 2, email_status: "queued" })
    travel({ seconds: 20 })
    const refused = await resend()
    const body = await refused.json<{ reset_at: string }>()
    expect(body).toMatchObject({ code: "resend_cooldown", limit: 5, remaining: 4 })
    const seconds = (Date.parse(body.reset_at) - Date.now()) / 1000
    expect(Number(refused.headers.get("Retry-After"))).toBe(Math.ceil(seconds))
    travel({ seconds })
    expect((await resend()).status).toBe(202)
  })
})

describe("a list of invites", () => {
  it("is paged by cursor to the end, newest first, with each invite once", async () => {
    const { post, get } = await createFixture()
    const created: string[] = []
    for (let n = 0; n < 7; n++) {
      const response = await post("/invites", { ...CUSTOMER, contact_email: `c${n}@northwind.example` })
      created.unshift((await response.json<{ id: string }>()).id)
    }
    const listedIds: string[] = []
    let cursor: string | null = ""
    while (cursor !== null) {
      const page: ListBody = await get(`/invites?limit=3${cursor && `&cursor=${cursor}`}`)
      expect(page.data.length).toBeLessThanOrEqual(3)
      listedIds.push(...page.data.map(({ id }) => id))
      cursor = page.next_cursor
    }
    expect(listedIds).toEqual(created)
  })

  it("can be filtered by status, email status, billing account, search text and combinations of them", async () => {
    const { post, get, billingId } = await createFixture()
    await post("/billing_accounts", { po_number: "2", email: "second@acme.example", phone: "+12125550187" })
    const second = { billing_email: "second@acme.example", billing_phone: "+12125550187" }
    await post("/invites", CUSTOMER)
    await post("/invites", {
      ...CUSTOMER,
      ...second,
      company_name: "Contoso Health",
      contact_email: "m@contoso.example",
    })
    await post("/invites", { ...CUSTOMER, contact_email: "late@northwind.example", expires_in_days: 1 })
    travel({ days: 1 })
    await env.DB.prepare("UPDATE invites SET email_status = 'bounced' WHERE contact_email LIKE 'm@%'").run()
    const listEmails = async (query: string) =>
      (await get<ListBody>(`/invites?${query}`)).data.map((row) => row.contact_email)
    expect(await listEmails("status=pending")).toEqual(["m@contoso.example", "priya@northwind.example"])
    expect(await listEmails("status=expired")).toEqual(["late@northwind.example"])
    expect(await listEmails("email_status=bounced")).toEqual(["m@contoso.example"])
    expect(await listEmails(`billing_account_id=${billingId}`)).toEqual([
      "late@northwind.example",
      "priya@northwind.example",
    ])
    expect(await listEmails("q=CONTOSO")).toEqual(["m@contoso.example"])
    expect(await listEmails(`billing_account_id=${billingId}&status=expired`)).toEqual(["late@northwind.example"])
    expect(await listEmails(`billing_account_id=${billingId}&status=pending&email_status=queued&q=northwind`)).toEqual([
      "priya@northwind.example",
    ])
    expect(await listEmails("email_status=bounced&status=expired")).toEqual([])
    expect(await listEmails("status=expired&q=northwind")).toEqual(["late@northwind.example"])
  })

  it.each([
    "limit=0",
    "limit=101",
    "limit=x",
    "limit=2.5",
    "status=lost",
    "q=",
    "q=%20",
    "q=...",
    "q=%00%00%00",
    "cursor=x",
    "cursor=cus_00000000000000000000000000",
    "billing_account_id=ab%00&status=pending",
    "email_status=",
  ])("refuses ?%s with an error at the parameter", async (query) => {
    const { key } = await createFixture()
    const response = await callApi({ key, path: `/invites?${query}` })
    const { errors } = await response.json<{ errors: { field: string }[] }>()
    expect([response.status, errors.map(({ field }) => field)]).toEqual([422, [query.split("=")[0]]])
  })
})

describe("updating a billing account through the API", () => {
  it("keeps omitted fields, clears fields set to null, and validates the result", async () => {
    const { patch, billingId } = await createFixture()
    const path = `/billing_accounts/${billingId}`
    const namedResponse = await patch(path, { first_name: "Ana", last_name: "Costa", address: "1 Main St\nBoston" })
    expect(await namedResponse.json()).toMatchObject({
      po_number: "acme",
      first_name: "Ana",
      address: "1 Main St\nBoston",
    })
    expect(await (await patch(path, { po_number: null, address: null })).json()).toMatchObject({
      po_number: null,
      address: null,
      last_name: "Costa",
      phone: "+14155550132",
    })
    const namelessResponse = await patch(path, { last_name: null })
    expect([namelessResponse.status, await namelessResponse.text()]).toEqual([
      422,
      expect.stringContaining("or a PO number"),
    ])
    expect((await patch(path, { email: null })).status).toBe(422)
    expect((await patch(path, [])).status).toBe(422)
  })

  it("writes nothing when the values are the same", async () => {
    const { key, patch, billingId } = await createFixture()
    const path = `/billing_accounts/${billingId}`
    const etag = (await callApi({ key, path })).headers.get("ETag")
    for (const body of [{}, { email: " BILLING@acme.example" }])
      expect((await patch(path, body)).headers.get("ETag")).toBe(etag)
    expect(await count("audit_log", "action = 'billing_account.updated'")).toBe(0)
  })

  it("requires a body with a supported content type", async () => {
    const { key, patch, billingId } = await createFixture()
    const path = `/billing_accounts/${billingId}`
    expect((await callApi({ key, path, method: "PATCH" })).status).toBe(400)
    const statusForType = async (type: string) => (await patch(path, { address: "x" }, { "Content-Type": type })).status
    expect(await statusForType("application/json ; charset=utf-8")).toBe(200)
    expect(await statusForType("APPLICATION/JSON;")).toBe(200)
    expect(await statusForType("application/json-patch+json")).toBe(415)
  })

  it("accepts application/merge-patch+json", async () => {
    const { patch, billingId } = await createFixture()
    const headers = { "Content-Type": "application/merge-patch+json" }
    expect((await patch(`/billing_accounts/${billingId}`, { address: "x" }, headers)).status).toBe(200)
  })

  it("is refused with an outdated If-Match, so that exactly one of many concurrent updates succeeds", async () => {
    const { key, patch, billingId } = await createFixture()
    const path = `/billing_accounts/${billingId}`
    const etag = (await callApi({ key, path })).headers.get("ETag") ?? ""
    const responses = await Promise.all(
      Array.from({ length: 10 }, (_, n) => patch(path, { address: `${n} Main St` }, { "If-Match": etag })),
    )
    const statuses = responses.map(({ status }) => status).sort()
    expect(statuses).toEqual([200, ...Array(9).fill(412)])
    const newEtag = (await callApi({ key, path })).headers.get("ETag")
    expect(newEtag).not.toBe(etag)
    expect(responses.find(({ status }) => status === 200)?.headers.get("ETag")).toBe(newEtag)
    expect(await count("audit_log", "action = 'billing_account.updated'")).toBe(1)
    for (const ifMatch of ['W/"1"', "nonsense", '"1", "9"', "2"]) {
      expect((await patch(path, { address: "x" }, { "If-Match": ifMatch })).status).toBe(412)
    }
    for (const ifMatch of ['"2"', 'W/"3"', '"7", "4"', "*"]) {
      expect((await patch(path, { address: ifMatch }, { "If-Match": ifMatch })).status, ifMatch).toBe(200)
    }
  })

  it("keeps all concurrent updates of different fields without If-Match", async () => {
    const { key, patch, billingId } = await createFixture()
    const path = `/billing_accounts/${billingId}`
    const changes = [{ first_name: "Ana" }, { last_name: "Costa" }, { address: "1 Main St" }, { po_number: "9" }]
    const responses = await Promise.all(changes.map((change) => patch(path, change)))
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(await (await callApi({ key, path })).json()).toMatchObject(Object.assign({}, ...changes))
  })

  it("is refused with an If-Match from before staff changed the default account", async () => {
    const { browser, resellerId, billingId } = await signInStaff()
    const key = await createApiKey(resellerId)
    const body = { po_number: "2", email: "b@acme.example", phone: "+12125550187" }
    const { id } = await (await callApi({ key, path: "/billing_accounts", body })).json<{ id: string }>()
    await browser.post(`/billing/${id}/default`)
    for (const changed of [id, billingId]) {
      const call = { key, path: `/billing_accounts/${changed}`, body: { address: "x" }, method: "PATCH" }
      expect((await callApi({ ...call, headers: { "If-Match": '"1"' } })).status).toBe(412)
    }
  })
})
