import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { SCOPES, type Scope } from "../src/storage/schema.ts"
import { expectDocumented, operations } from "./api-document.ts"
import {
  Browser,
  CUSTOMER,
  callApi,
  createApiKey,
  createReseller,
  latestRegistrationLink,
  REGISTRATION_FORM,
  testEnv,
} from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"

type Item = Record<string, unknown> & { id: string }

const BOTH = "expand=customer,billing_account"

/** A reseller with an accepted invite, `crm-1`, and a pending one, `crm-2`. */
async function createFixture() {
  const { resellerId, billingId } = await createReseller()
  const key = await createApiKey(resellerId)
  const invite = async (fields: object) => callApi({ key, path: "/invites", body: { ...CUSTOMER, ...fields } })
  await invite({ external_id: "crm-1", metadata: { plan: "gold" } })
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  await invite({ external_id: "crm-2", contact_email: "other@x.example" })
  return { resellerId, billingId, key }
}

async function get<T = Item>(key: string, path: string): Promise<T> {
  const response = await callApi({ key, path })
  expect([path, response.status]).toEqual([path, 200])
  return response.json()
}

const list = async (key: string, path: string) => (await get<{ data: Item[] }>(key, path)).data

async function read(key: string, path: string) {
  const { database, costs } = countingD1(env.DB)
  const response = await callApi({ key, path, env: { ...testEnv, DB: database } })
  return { response, costs }
}

const operation = (operationId: string) => {
  const found = operations.find((each) => each.operationId === operationId)
  if (!found) throw new Error(`there is no ${operationId}`)
  return found
}

/** Lists of both invites, by different statements. */
const INVITE_LISTS = [
  "",
  "&sort=created_at",
  "&sort=company_name",
  "&sort=-updated_at",
  "&q=northwind",
  `&invited_by=:key`,
  "&billing_account_id=:account",
]

describe("an expanded invite", () => {
  it("has its customer and billing account as they are read by themselves, or null, beside their ids", async () => {
    const { key, billingId } = await createFixture()
    const [customer] = await list(key, "/customers")
    const account = await get(key, `/billing_accounts/${billingId}`)
    const keyId = await env.DB.prepare("SELECT id FROM api_keys").first<string>("id")
    const plain = await list(key, "/invites")
    for (const rest of INVITE_LISTS) {
      const query = `${BOTH}${rest.replace(":key", `${keyId}`).replace(":account", billingId)}`
      const items = (await list(key, `/invites?${query}`)).sort((one, other) => (one.id < other.id ? 1 : -1))
      expect(items, query).toEqual([
        { ...plain[0], customer: null, billing_account: account },
        { ...plain[1], customer, billing_account: account },
      ])
    }
    for (const [path, expected] of [
      ["/invites?expand=customer&contact_email=other@x.example", [{ ...plain[0], customer: null }]],
      ["/invites?expand=billing_account&status=accepted", [{ ...plain[1], billing_account: account }]],
      ["/invites?expand=customer&external_id=crm-1", [{ ...plain[1], customer }]],
    ] as const) {
      expect(await list(key, path), path).toEqual(expected)
    }
    for (const address of [plain[1]?.id, "external:crm-1"]) {
      expect(await get(key, `/invites/${address}?${BOTH}`)).toEqual({ ...plain[1], customer, billing_account: account })
      expect(await get(key, `/invites/${address}?expand=customer`)).toEqual({ ...plain[1], customer })
      expect(await get(key, `/invites/${address}`)).toEqual(plain[1])
    }
    expect(await get(key, `/invites/${plain[0]?.id}?${BOTH}`)).toEqual({
      ...plain[0],
      customer: null,
      billing_account: account,
    })
  })

  it("is listed among the expired ones before the cron job has marked it, too", async () => {
    const { key, billingId } = await createFixture()
    await env.DB.prepare("UPDATE invites SET expires_at = 1 WHERE external_id = 'crm-2'").run()
    for (const sort of ["", "&sort=expires_at"]) {
      expect(await list(key, `/invites?${BOTH}&status=expired${sort}`)).toMatchObject([
        { status: "expired", customer: null, billing_account: { id: billingId } },
      ])
    }
  })

  it("hides the billing account of its customer from a key that can't read billing", async () => {
    const { key, resellerId } = await createFixture()
    const limited = await createApiKey(resellerId, { scopes: ["invites:read", "customers:read"] })
    const { customer } = await get<{ customer: Item }>(limited, "/invites/external:crm-1?expand=customer")
    expect(customer).toEqual((await list(limited, "/customers"))[0])
    expect(customer.billing_account_id).toBeNull()
    expect((await list(key, "/customers"))[0]?.billing_account_id).not.toBeNull()
  })
})

describe("an expanded customer", () => {
  it("has its billing account, or null once that is deleted", async () => {
    const { key, billingId } = await createFixture()
    const account = await get(key, `/billing_accounts/${billingId}`)
    const [plain] = await list(key, "/customers")
    const single = await get(key, "/customers/external:crm-1")
    for (const query of ["", "&sort=name", "&external_id=crm-1", "&metadata[plan]=gold"]) {
      const items = await list(key, `/customers?expand=billing_account${query}`)
      expect(items, query).toEqual([{ ...plain, billing_account: account }])
    }
    for (const address of [plain?.id, "external:crm-1"]) {
      expect(await get(key, `/customers/${address}?expand=billing_account`)).toEqual({
        ...single,
        billing_account: account,
      })
    }
    await env.DB.prepare("UPDATE customers SET billing_account_id = 'bil_deleted'").run()
    expect((await list(key, "/customers?expand=billing_account"))[0]?.billing_account).toBeNull()
    expect((await get(key, "/customers/external:crm-1?expand=billing_account")).billing_account).toBeNull()
  })
})

describe("expand", () => {
  it("is blind to the records of other resellers", async () => {
    const { key } = await createFixture()
    const globex = await createReseller("globex")
    await env.DB.prepare("UPDATE customers SET billing_account_id = ?").bind(globex.billingId).run()
    await env.DB.prepare("UPDATE invites SET billing_account_id = ?").bind(globex.billingId).run()
    const hidden = { billing_account: null }
    for (const kind of ["invites", "customers"]) {
      expect((await list(key, `/${kind}?expand=billing_account`)).at(-1)).toMatchObject(hidden)
      expect(await get(key, `/${kind}/external:crm-1?expand=billing_account`)).toMatchObject(hidden)
    }
    await env.DB.prepare("UPDATE customers SET reseller_id = ?").bind(globex.resellerId).run()
    expect((await list(key, "/invites?expand=customer")).at(-1)).toMatchObject({ customer: null })
    expect(await get(key, "/invites/external:crm-1?expand=customer")).toMatchObject({ customer: null })
  })

  it.each([
    "expand=",
    "expand=,",
    "expand=customer,",
    "expand=members",
    "expand=billing_account,members",
    "expand=billing_account,billing_account",
    "expand=Billing_account",
    "expand=%20billing_account",
    "expand=billing_account&expand=billing_account",
    "expand[]=billing_account",
  ])("is refused as %s", async (query) => {
    const { key } = await createFixture()
    for (const kind of ["invites", "customers"]) {
      for (const path of [`/${kind}`, `/${kind}/external:crm-1`]) {
        const response = await callApi({ key, path: `${path}?${query}` })
        expect([path, response.status]).toEqual([path, 422])
        expect(await response.json()).toMatchObject({ errors: [{ field: query.split("=")[0] }] })
      }
    }
  })

  it("takes no customer of a customer, and only where it is documented", async () => {
    const { key, billingId } = await createFixture()
    for (const path of [
      "/customers?expand=customer",
      "/customers/external:crm-1?expand=customer",
      `/billing_accounts/${billingId}?expand=customer`,
    ]) {
      expect([path, (await callApi({ key, path })).status]).toEqual([path, 422])
    }
    const body = { note: "Hello" }
    const patch = { key, method: "PATCH", path: "/invites/external:crm-2?expand=customer", body }
    expect((await callApi(patch)).status).toBe(422)
  })

  it.each<[string, Scope]>([
    ["/invites?expand=customer", "customers:read"],
    ["/invites?expand=customer,billing_account", "customers:read"],
    ["/invites?expand=billing_account", "billing:read"],
    ["/invites/external:crm-1?expand=customer", "customers:read"],
    ["/invites/external:crm-1?expand=billing_account", "billing:read"],
    ["/customers?expand=billing_account", "billing:read"],
    ["/customers/external:crm-1?expand=billing_account", "billing:read"],
  ])("is refused in %s without %s", async (path, scope) => {
    const { resellerId } = await createFixture()
    const key = await createApiKey(resellerId, { scopes: SCOPES.filter((each) => each !== scope) })
    const response = await callApi({ key, path })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ code: "insufficient_scope", detail: expect.stringContaining(scope) })
    expect((await callApi({ key, path: path.split("?")[0] ?? "" })).status).toBe(200)
  })

  it("gives a response with an ETag of its own, which stands for the same version", async () => {
    const { key } = await createFixture()
    for (const [kind, query, body] of [
      ["invites", BOTH, { note: "Hello" }],
      ["customers", "expand=billing_account", { name: "Northwind" }],
    ] as const) {
      const path = `/${kind}/external:crm-${kind === "invites" ? 2 : 1}`
      const etagOf = async (each: string) => (await callApi({ key, path: each })).headers.get("ETag") ?? ""
      const [plain, expanded] = [await etagOf(path), await etagOf(`${path}?${query}`)]
      expect(expanded).not.toBe(plain)
      expect(expanded.split(".")[0]).toBe(plain.split(".")[0])
      const conditional = (etag: string) =>
        callApi({ key, path: `${path}?${query}`, headers: { "If-None-Match": etag } }).then(({ status }) => status)
      expect([await conditional(expanded), await conditional(plain)]).toEqual([304, 200])
      const patch = (etag: string, change: object) =>
        callApi({ key, method: "PATCH", path, body: change, headers: { "If-Match": etag } })
      expect((await patch(expanded, body)).status).toBe(200)
      expect([(await patch(expanded, body)).status, (await patch(plain, body)).status]).toEqual([412, 412])
      await env.DB.prepare("UPDATE billing_accounts SET address = address || ?").bind(kind).run()
      const before = await etagOf(`${path}?${query}`)
      await env.DB.prepare("UPDATE billing_accounts SET address = ?").bind(`1 ${kind} St`).run()
      expect(await etagOf(`${path}?${query}`)).not.toBe(before)
    }
  })

  it("is documented, and so are its responses", async () => {
    const { key } = await createFixture()
    for (const [operationId, path] of [
      ["listInvites", `/invites?${BOTH}`],
      ["getInvite", `/invites/external:crm-1?${BOTH}`],
      ["listCustomers", "/customers?expand=billing_account"],
      ["getCustomer", "/customers/external:crm-1?expand=billing_account"],
    ] as const) {
      await expectDocumented(operation(operationId), await callApi({ key, path }))
      const parameter = operation(operationId).parameters?.find(({ name }) => name === "expand")
      expect(parameter).toMatchObject({ schema: { type: "array" }, style: "form", explode: false })
    }
  })
})

it("an expansion costs no round trip, and reads about a row for each record that it finds", async () => {
  const { key, resellerId, billingId } = await createFixture()
  await env.DB.prepare(
    `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, status, company_name, company_key, contact_name, contact_email,
       billing_account_id, billing_email, billing_phone, locale, link_version, expires_in_days, send_count, last_change_id, invited_by,
       created_at, expires_at, customer_id)
     SELECT printf('inv_%026d', value), printf('%011d', value), ?1, 'customer', ?1, iif(value % 2, 'accepted', 'revoked'), 'C', 'c', 'C',
       'same@bulk.example', ?2, 'b@x.example', '+14155550132', 'en', 1, 14, 1, 'aud_z', 'usr_x', 0, 1,
       iif(value % 2, printf('cus_%026d', value), NULL) FROM json_each(?3)`,
  )
    .bind(resellerId, billingId, JSON.stringify(Array.from({ length: 60 }, (_, i) => i)))
    .run()
  await env.DB.prepare(
    `INSERT INTO customers (id, reseller_id, name, billing_account_id, created_at)
     SELECT printf('cus_%026d', value), ?1, 'C', ?2, 0 FROM json_each(?3)`,
  )
    .bind(resellerId, billingId, JSON.stringify(Array.from({ length: 60 }, (_, i) => i)))
    .run()
  const size = 10 + 2 // one or two more show whether there is another page
  for (const [path, expand, max] of [
    ["/invites?limit=10", "customer", size],
    ["/invites?limit=10", "billing_account", size],
    ["/invites?limit=10", "customer,billing_account", 2 * size],
    ["/invites?limit=10&sort=company_name", "customer,billing_account", 2 * size],
    // The joins let SQLite read the page that it merged once more.
    ["/invites?limit=10&contact_email=same@bulk.example", "customer,billing_account", 3 * size],
    ["/invites/external:crm-1?", "customer,billing_account", 2],
    ["/customers?limit=10", "billing_account", size],
    ["/customers?limit=10&sort=name", "billing_account", size],
    ["/customers/external:crm-1?", "billing_account", 0],
  ] as const) {
    await read(key, path)
    const plain = await read(key, path)
    await read(key, `${path}&expand=${expand}`)
    const expanded = await read(key, `${path}&expand=${expand}`)
    expect([path, expanded.response.status]).toEqual([path, 200])
    expect([path, expanded.costs.roundTrips]).toEqual([path, plain.costs.roundTrips])
    const additional = expanded.costs.rowsRead - plain.costs.rowsRead
    expect([path, expand, additional <= max, additional]).toEqual([path, expand, true, additional])
  }
})
