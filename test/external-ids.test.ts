import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { purgeOldInvites } from "../src/domain/privacy/purge-invites.ts"
import { createDeps } from "../src/http/bindings.ts"
import {
  Browser,
  CUSTOMER,
  callApi,
  count,
  createApiKey,
  createReseller,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { confirm, jobIdIn } from "./support/bulk.ts"
import { importOnPages } from "./support/imports.ts"
import { runTurnsOf } from "./support/jobs.ts"

type Resource = {
  id: string
  code: string
  external_id: string | null
  metadata: Record<string, string>
  customer_id: string
  errors: { field: string; code: string; invite_id?: string; customer_id?: string; detail: string }[]
}

async function createKey(slug?: string) {
  const { resellerId } = await createReseller(slug)
  return createApiKey(resellerId)
}

async function call(key: string, method: string, path: string, body?: unknown, headers?: Record<string, string>) {
  const response = await callApi({ key, method, path, body, ...(headers && { headers }) })
  return { status: response.status, etag: response.headers.get("ETag"), body: await response.json<Resource>() }
}

const create = (key: string, external_id: string, name = "priya") =>
  call(key, "POST", "/invites", { ...CUSTOMER, contact_email: `${name}@northwind.example`, external_id })

async function createCustomer(key: string, fields: object) {
  const created = await call(key, "POST", "/invites", { ...CUSTOMER, ...fields })
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  const { body } = await call(key, "GET", `/invites/${created.body.id}`)
  return { inviteId: body.id, customerId: body.customer_id }
}

const expireAll = () => env.DB.prepare("UPDATE invites SET status = 'expired', expires_at = 1").run()
const makeOverdue = () => env.DB.prepare("UPDATE invites SET expires_at = 1 WHERE status = 'pending'").run()

describe("an external id", () => {
  it("is found in a path however it is written, as it is stored", async () => {
    const key = await createKey()
    const { body } = await create(key, " Café\u200b ")
    expect(body.external_id).toBe("Café")
    for (const written of ["Café", " Café ", "Cafe\u0301"]) {
      const found = await call(key, "GET", `/invites/external:${encodeURIComponent(written)}`)
      expect([found.status, found.body.id]).toEqual([200, body.id])
    }
    expect((await call(key, "GET", "/invites/external:%20")).status).toBe(404)
  })

  it("is refused to a key that can't read records, without saying whose it is", async () => {
    const { resellerId } = await createReseller()
    await create(await createApiKey(resellerId), "crm-1")
    const key = await createApiKey(resellerId, { scopes: ["invites:write"] })
    for (const attempt of [await create(key, "crm-1", "kim"), await create(key, "crm-2")]) {
      expect(attempt.status).toBe(409)
      expect(attempt.body.errors).toEqual([
        { ...attempt.body.errors[0], detail: expect.stringContaining("invites:read") },
      ])
      expect(JSON.stringify(attempt.body)).not.toMatch(/inv_|Northwind|Priya/)
    }
  })

  it("survives any number of changes at once", async () => {
    const key = await createKey()
    const { body } = await create(key, "crm-1")
    const changes = Array.from({ length: 18 }, (_, n) =>
      call(key, "PATCH", `/invites/${body.id}`, { metadata: { [`key${n}`]: "x" } }),
    )
    expect((await Promise.all(changes)).map(({ status }) => status)).toEqual(changes.map(() => 200))
    const { metadata } = (await call(key, "GET", `/invites/${body.id}`)).body
    expect(Object.keys(metadata)).toHaveLength(18)
  })

  it("belongs to one pending invite of a reseller, which a refusal names", async () => {
    const key = await createKey()
    const first = await create(key, " crm-1 ")
    expect(first.body.external_id).toBe("crm-1")
    const second = await create(key, "crm-1", "kim")
    expect([second.status, second.body.code]).toEqual([409, "external_id_taken"])
    expect(second.body.errors).toEqual([
      { field: "external_id", code: "external_id_taken", detail: expect.any(String), invite_id: first.body.id },
    ])
    const elsewhere = await create(await createKey("globex"), "crm-1") // which has no such billing account
    expect(elsewhere.body.errors.map(({ field }) => field)).toEqual(["billing_email"])
    await call(key, "POST", `/invites/${first.body.id}/revocation`)
    expect((await create(key, "crm-1", "kim")).status).toBe(201)
  })

  it("is given to one of twenty invites at once", async () => {
    const key = await createKey()
    const results = await Promise.all(Array.from({ length: 20 }, (_, n) => create(key, "crm-1", `contact${n}`)))
    expect(results.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(409)])
  })

  it("of an overdue invite is free, before the cron job marks it", async () => {
    const key = await createKey()
    const { body } = await create(key, "crm-1")
    await makeOverdue()
    expect((await create(key, "crm-1", "kim")).status).toBe(201)
    expect((await call(key, "GET", `/invites/${body.id}`)).body).toMatchObject({ status: "expired" })
  })

  it("of a customer can't be taken by an invite, nor that of an invite by a customer", async () => {
    const key = await createKey()
    const { customerId } = await createCustomer(key, { external_id: "crm-1" })
    const refused = await create(key, "crm-1", "kim")
    expect(refused.body.errors).toMatchObject([{ code: "external_id_taken", customer_id: customerId }])
    const { body } = await create(key, "crm-2", "kim")
    const patched = await call(key, "PATCH", `/invites/${body.id}`, { external_id: "crm-1" })
    expect([patched.status, patched.body.errors[0]?.customer_id]).toEqual([409, customerId])
    const renamed = await call(key, "PATCH", `/customers/${customerId}`, { external_id: "crm-2" })
    expect([renamed.status, renamed.body.errors[0]?.invite_id]).toEqual([409, body.id])
    await makeOverdue()
    expect((await call(key, "PATCH", `/customers/${customerId}`, { external_id: "crm-2" })).status).toBe(200)
    expect((await create(key, "crm-1", "lee")).status).toBe(201)
  })

  it("is refused by the database itself where a statement lacks the condition", async () => {
    const key = await createKey()
    await createCustomer(key, { external_id: "crm-1" })
    await create(key, "crm-2", "kim")
    const run = (sql: string) => env.DB.prepare(sql).run()
    await expect(run("UPDATE invites SET external_id = 'crm-1' WHERE status = 'pending'")).rejects.toThrow(
      /external id taken/,
    )
    await expect(run("UPDATE invites SET status = 'pending' WHERE status = 'accepted'")).rejects.toThrow(
      /external id taken/,
    )
    await expect(run("UPDATE customers SET external_id = 'crm-2'")).rejects.toThrow(/external id taken/)
  })

  it("that was taken meanwhile keeps an expired invite from being sent again, which says whose it is", async () => {
    const key = await createKey()
    const old = await create(key, "crm-1")
    await expireAll()
    const { body } = await create(key, "crm-1", "kim")
    const resent = await call(key, "POST", `/invites/${old.body.id}/resends`)
    expect([resent.status, resent.body.code, resent.body.errors]).toMatchObject([
      409,
      "external_id_taken",
      [{ field: "external_id", invite_id: body.id }],
    ])
    const moved = await call(key, "PATCH", `/invites/${old.body.id}`, { contact_email: "new@northwind.example" })
    expect([moved.status, moved.body.code]).toEqual([409, "external_id_taken"])
    await call(key, "PATCH", `/invites/${old.body.id}`, { external_id: null })
    expect((await call(key, "POST", `/invites/${old.body.id}/resends`)).status).toBe(202)
  })

  it("that is taken is a reason for a bulk action to skip an invite", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    for (const name of ["one", "two"]) {
      await create(key, "crm-1", name)
      await expireAll()
    }
    const { results } = await env.DB.prepare("SELECT id FROM invites").all<{ id: string }>()
    const query = `action=resend&${results.map(({ id }) => `invite=${id}`).join("&")}`
    const jobId = jobIdIn(await confirm(browser, query))
    await runTurnsOf(jobId)
    const rows = await env.DB.prepare("SELECT status, code FROM job_rows ORDER BY position").all()
    expect(rows.results).toEqual([
      { status: "done", code: null },
      { status: "failed", code: "external_id_taken" },
    ])
    expect(await count("invites", "status = 'pending'")).toBe(1)
  })

  it("is refused in an import if it is in use or twice in the file", async () => {
    const { browser } = await signInStaff()
    await invite(browser, { external_id: "crm-1" })
    const csv = `Company,Contact,E-Mail,External ID
Contoso,Marta Silva,marta@contoso.example,crm-1
Fabrikam,Kim Lee,kim@fabrikam.example,crm-2
Fabrikam Two,Lee Kim,lee@two.example,crm-2
`
    const id = await importOnPages(browser, csv)
    const path = `/customers/invites/imports/${id}`
    const page = await (await browser.get(path)).text()
    expect(page).toContain("Northwind Logistics already has this external ID.")
    expect(page).toContain("Row 3 has the same external ID.")
    await browser.post(`${path}/start`)
    await env.DB.prepare("UPDATE invites SET external_id = 'crm-2'").run() // taken after the dry run
    await runTurnsOf(id)
    expect(await count("invites")).toBe(1)
    expect(await count("job_rows", "code = 'external_id_taken'")).toBe(3)
  })

  it("stands for an invite in every path: the pending one, else the newest", async () => {
    const key = await createKey()
    const externalId = "A/1 ü?#%&:+"
    const path = `/invites/external:${encodeURIComponent(externalId)}`
    expect((await call(key, "GET", path)).status).toBe(404)
    const older = await create(key, externalId)
    expect((await call(key, "GET", path)).body.id).toBe(older.body.id)
    await call(key, "POST", `${path}/revocation`)
    const newer = await create(key, externalId, "kim")
    expect((await call(key, "PATCH", path, { note: "Hello" })).body.id).toBe(newer.body.id)
    await env.DB.prepare("UPDATE invites SET created_at = 0").run()
    expect((await call(key, "POST", `${path}/links`)).status).toBe(201)
    await call(key, "POST", `${path}/revocation`)
    expect((await call(key, "GET", path)).body).toMatchObject({ id: newer.body.id, status: "revoked" })
    const globex = await createKey("globex")
    for (const each of [path, `/customers/external:${encodeURIComponent(externalId)}`]) {
      expect((await call(globex, "GET", each)).status).toBe(404)
    }
  })

  it("of an expired invite leads to a resend", async () => {
    const key = await createKey()
    const { body } = await create(key, "crm-1")
    await expireAll()
    const resent = await call(key, "POST", "/invites/external:crm-1/resends")
    expect([resent.status, resent.body.id]).toEqual([202, body.id])
  })
})

describe("a customer", () => {
  it("gets the external id and the metadata of its invite", async () => {
    const key = await createKey()
    const fields = { external_id: "crm-1", metadata: { plan: "gold" } }
    const { customerId } = await createCustomer(key, fields)
    const { status, body, etag } = await call(key, "GET", "/customers/external:crm-1")
    expect([status, body]).toMatchObject([200, { id: customerId, ...fields }])
    expect(etag).toMatch(/^"1\./)
  })

  it("leads to its members and their invites by its external id, which nobody else's key can use", async () => {
    const key = await createKey()
    await createCustomer(key, { external_id: "crm-1" })
    const list = await callApi({ key, path: "/customers/external:crm-1/members" })
    const [member] = (await list.json<{ data: { id: string }[] }>()).data
    const paths = ["members", `members/${member?.id}`, "member_invites"].map(
      (end) => `/customers/external:crm-1/${end}`,
    )
    for (const path of paths) expect([path, (await callApi({ key, path })).status]).toEqual([path, 200])
    const other = await createApiKey((await createReseller("globex")).resellerId)
    for (const path of paths) expect([path, (await callApi({ key: other, path })).status]).toEqual([path, 404])
  })

  it("is patched by its id or external id, with a version and an audit entry without values of metadata", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    const { customerId } = await createCustomer(key, { external_id: "crm-1", metadata: { plan: "gold" } })
    const patch = { external_id: "crm-2", metadata: { plan: null, region: "EMEA" }, name: "Northwind Ltd" }
    const stale = await call(key, "PATCH", "/customers/external:crm-1", patch, { "If-Match": '"7"' })
    expect([stale.status, stale.body.code]).toEqual([412, "version_conflict"])
    const patched = await call(key, "PATCH", "/customers/external:crm-1", patch, { "If-Match": '"1"' })
    expect(patched.body).toMatchObject({
      id: customerId,
      external_id: "crm-2",
      metadata: { region: "EMEA" },
      name: "Northwind Ltd",
    })
    expect(patched.etag).toMatch(/^"2\./)
    expect((await call(key, "PATCH", `/customers/${customerId}`, patch)).etag).toBe(patched.etag) // changes nothing
    const entries = await env.DB.prepare("SELECT changes FROM audit_log WHERE action = 'customer.updated'").all()
    expect(entries.results).toEqual([
      {
        changes: JSON.stringify([
          ["company_name", "Northwind Logistics", "Northwind Ltd"],
          ["external_id", "crm-1", "crm-2"],
          ["metadata"],
        ]),
      },
    ])
    const page = await (await browser.get(`/customers/${customerId}`)).text()
    for (const text of ["crm-2", "region: EMEA", "Northwind Ltd"]) expect(page).toContain(text)
    expect(await (await browser.get("/activity")).text()).toContain("Customer updated")
  })

  it("has another version after a change of its billing", async () => {
    const { browser, resellerId, billingId } = await signInStaff()
    const key = await createApiKey(resellerId)
    const { customerId } = await createCustomer(key, {})
    await env.DB.prepare("UPDATE customers SET billing_needs_review = 1").run()
    await browser.post(`/customers/${customerId}/billing_account`, { billing_account_id: billingId })
    expect((await call(key, "GET", `/customers/${customerId}`)).etag).toMatch(/^"3\./)
  })

  it("can't be changed without the scope, with invalid fields, or by another reseller", async () => {
    const { resellerId } = await createReseller()
    const { customerId } = await createCustomer(await createApiKey(resellerId), {})
    const reader = await createApiKey(resellerId, { scopes: ["customers:read"] })
    expect((await call(reader, "PATCH", `/customers/${customerId}`, {})).status).toBe(403)
    const key = await createApiKey(resellerId)
    const invalid = { external_id: "x".repeat(256), name: " ", metadata: { a: 1 }, unknown: 1 }
    const refused = await call(key, "PATCH", `/customers/${customerId}`, invalid)
    expect(refused.body.errors.map(({ field }) => field).sort()).toEqual([
      "external_id",
      "metadata.a",
      "name",
      "unknown",
    ])
    const globex = await createKey("globex")
    expect((await call(globex, "PATCH", `/customers/${customerId}`, { name: "Mine" })).status).toBe(404)
    expect(await count("customers", "name = 'Mine'")).toBe(0)
  })
})

describe("a webhook's data", () => {
  it("has external id and metadata as they were, and loses them in a purge, as the invite does", async () => {
    const key = await createKey()
    const created = await create(key, "crm-1")
    await call(key, "PATCH", `/invites/${created.body.id}`, { metadata: { plan: "gold" } })
    await call(key, "POST", `/invites/${created.body.id}/revocation`)
    const data = async () => {
      const { results } = await env.DB.prepare(
        "SELECT data FROM events WHERE type <> 'invite.updated' ORDER BY id",
      ).all<{ data: string }>()
      return results.map(({ data }) => JSON.parse(data))
    }
    expect(await data()).toMatchObject([
      { external_id: "crm-1", metadata: {} },
      { external_id: "crm-1", metadata: { plan: "gold" } },
    ])
    const later = new Date(Date.now() + 400 * 86_400_000)
    await purgeOldInvites({ ...createDeps(testEnv, () => undefined), now: () => later })
    expect(await data()).toMatchObject([
      { invite_id: created.body.id, external_id: null, metadata: {} },
      { external_id: null, metadata: {} },
    ])
    expect(await count("invites", "external_id IS NULL AND metadata IS NULL AND search_runs = ''")).toBe(1)
    expect(JSON.stringify((await env.DB.prepare("SELECT * FROM audit_log").all()).results)).not.toMatch(/crm-1|gold/)
    expect((await call(key, "GET", "/invites/external:crm-1")).status).toBe(404)
  })
})
