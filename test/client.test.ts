import { createExecutionContext } from "cloudflare:test"
import { beforeEach, describe, expect, it } from "vitest"
import {
  createBillingAccount,
  createClient,
  createInvite,
  deleteBillingAccount,
  etagOf,
  getInvite,
  listInvites,
  type NewInvite,
  ProblemError,
  updateInvite,
} from "../.generated/client-source/index.ts"
import { app } from "../src/local/app.ts"
import { createApiKey, createReseller, ORIGIN, testEnv } from "./support/app.ts"

const NEW_INVITE: NewInvite = {
  company_name: "Northwind Logistics",
  contact_name: "Priya Nair",
  contact_email: "priya@northwind.example",
  billing_email: "billing@acme.example",
  billing_phone: "+1 415 555 0132",
}

let requests: Request[] = []
let client: ReturnType<typeof createClient>

beforeEach(async () => {
  requests = []
  const { resellerId } = await createReseller()
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init)
    requests.push(request.clone())
    return app.fetch(request, testEnv, createExecutionContext())
  }
  client = createClient({ baseUrl: ORIGIN, apiKey: await createApiKey(resellerId), fetch })
})

const inviteMany = (count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, number) =>
      createInvite(client, { ...NEW_INVITE, contact_email: `contact-${number}@northwind.example` }),
    ),
  )

const problemOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => (error instanceof ProblemError ? error : undefined),
  )

describe("the client", () => {
  it("creates an invite once for an idempotency key, and gives each call a key of its own", async () => {
    const first = await createInvite(client, NEW_INVITE, { idempotencyKey: "crm-1" })
    const again = await createInvite(client, NEW_INVITE, { idempotencyKey: "crm-1" })
    expect(again).toEqual(first)
    await inviteMany(2)
    const keys = requests.map(({ headers }) => headers.get("Idempotency-Key"))
    expect(keys.slice(0, 2)).toEqual(["crm-1", "crm-1"])
    expect(new Set(keys).size).toBe(3)
  })

  it("lists one page if it is awaited, and all items if it is iterated", async () => {
    const created = await inviteMany(5)
    requests = []
    const page = await listInvites(client, { status: "pending", limit: 2 })
    expect(page.data).toHaveLength(2)
    expect(requests).toHaveLength(1)

    const ids: string[] = []
    for await (const { id } of listInvites(client, { limit: 2 })) ids.push(id)
    expect(ids.slice(0, 2)).toEqual(page.data.map(({ id }) => id))
    expect(ids.toSorted()).toEqual(created.map(({ id }) => id).toSorted())
    expect(requests).toHaveLength(4)
  })

  it("sends lists with commas and records by their keys, and leaves out what is undefined or empty", async () => {
    const accounts: unknown[] = []
    await createInvite(client, { ...NEW_INVITE, metadata: { plan: "gold", "cost center": "1&2" } })
    const metadata = { plan: "gold", "cost center": "1&2" }
    for await (const invite of listInvites(client, { metadata, expand: ["customer", "billing_account"] })) {
      expect(invite.customer).toBeNull()
      accounts.push(invite.billing_account?.email)
    }
    expect(accounts).toEqual(["billing@acme.example"])
    await listInvites(client, { expand: [], metadata: {}, status: undefined })
    expect(requests.slice(1).map(({ url }) => decodeURIComponent(new URL(url).search))).toEqual([
      "?metadata[plan]=gold&metadata[cost+center]=1&2&expand=customer,billing_account",
      "",
    ])
  })

  it("asks for no page after the one at which the iteration stops", async () => {
    await inviteMany(5)
    requests = []
    for await (const _ of listInvites(client, { limit: 2 })) break
    expect(requests).toHaveLength(1)
  })

  it("refuses a change of a version that isn't the latest", async () => {
    const { id } = await createInvite(client, NEW_INVITE)
    const seen = await getInvite(client, id)
    const updated = await updateInvite(client, id, { note: "Hello" }, { ifMatch: seen })
    expect(updated.note).toBe("Hello")
    expect(etagOf(updated)).not.toBe(etagOf(seen))
    const problem = await problemOf(updateInvite(client, id, { note: "Again" }, { ifMatch: seen }))
    expect(problem).toMatchObject({ code: "version_conflict", status: 412 })
    expect((await getInvite(client, id)).note).toBe("Hello")
  })

  it("doesn't send a conditional change without a version", async () => {
    const { id } = await createInvite(client, NEW_INVITE)
    const [listed] = (await listInvites(client)).data
    requests = []
    await expect(updateInvite(client, id, { note: "Hello" }, { ifMatch: listed ?? {} })).rejects.toThrow(TypeError)
    expect(requests).toEqual([])
  })

  it("throws problems with their code, status and invalid fields", async () => {
    expect(await problemOf(getInvite(client, "inv_none"))).toMatchObject({ code: "not_found", status: 404, errors: [] })
    const problem = await problemOf(createInvite(client, { ...NEW_INVITE, contact_email: "nobody" }))
    expect(problem).toMatchObject({
      code: "invalid_fields",
      status: 422,
      errors: [{ field: "contact_email", code: "invalid" }],
    })
    expect(problem?.message).toBe(
      "One field is invalid.\ncontact_email: Enter an email address such as name@company.com.",
    )
  })

  it("returns nothing for a deletion", async () => {
    const account = await createBillingAccount(client, {
      po_number: "ACME-2026",
      email: "invoices@acme.example",
      phone: "+1 415 555 0133",
    })
    expect(await deleteBillingAccount(client, account.id)).toBeUndefined()
    expect(requests.at(-1)?.headers.has("Content-Type")).toBe(false)
  })

  it("sends no request for an id that would lead to another path", () => {
    for (const id of ["", ".", ".."]) expect(() => getInvite(client, id)).toThrow(TypeError)
    expect(requests).toEqual([])
  })

  it("encodes ids", async () => {
    await problemOf(getInvite(client, "a/b?c"))
    expect(new URL(requests[0]?.url ?? "").pathname).toBe("/api/v1/invites/a%2Fb%3Fc")
  })

  it("refuses to send a key in the clear to another machine", () => {
    expect(() => createClient({ baseUrl: "http://vestibule.example", apiKey: "vst_live_1" })).toThrow("https://")
  })
})
