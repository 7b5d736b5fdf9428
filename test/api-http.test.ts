import { createExecutionContext } from "cloudflare:test"
import { describe, expect, it, vi } from "vitest"
import { app } from "../src/local/app.ts"
import { ROUTES } from "../src/routes.ts"
import { type ApiCall, CUSTOMER, callApi, count, createApiKey, createReseller, ORIGIN, testEnv } from "./support/app.ts"
import { travel } from "./support/time.ts"

const OPERATOR = "local-operator"

async function createFixture() {
  const { resellerId, billingId } = await createReseller()
  return { resellerId, billingId, key: await createApiKey(resellerId) }
}

/** Invites a customer with these bytes as the body. */
async function sendBytes(key: string, body: Uint8Array, headers: Record<string, string> = {}) {
  const init = {
    method: "POST",
    body,
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers },
  }
  return app.fetch(new Request(`${ORIGIN}/api/v1/invites`, init), testEnv, createExecutionContext())
}

const bytesOf = (text: string, encoding: BufferEncoding = "utf8") => new Uint8Array(Buffer.from(text, encoding))
const withName = (name: string) => JSON.stringify({ ...CUSTOMER, contact_name: name })

describe("a JSON body", () => {
  it("is refused unless it is UTF-8, so that no letter is replaced", async () => {
    const { key } = await createFixture()
    for (const headers of [{}, { "Idempotency-Key": "one" }]) {
      const refused = await sendBytes(key, bytesOf(withName("Jürgen Groß"), "latin1"), headers)
      expect([refused.status, await refused.json()]).toEqual([400, expect.objectContaining({ code: "malformed_json" })])
      expect(await count("invites")).toBe(0)
    }
    const accepted = await sendBytes(key, bytesOf(withName("Jürgen Groß")), { "Idempotency-Key": "one" })
    expect(await accepted.json()).toMatchObject({ contact_name: "Jürgen Groß" })
  })

  it("can begin with a byte order mark", async () => {
    const { key } = await createFixture()
    const response = await sendBytes(key, bytesOf(`\ufeff${withName("Jürgen")}`), { "Idempotency-Key": "one" })
    expect([response.status, await response.json()]).toEqual([201, expect.objectContaining({ contact_name: "Jürgen" })])
  })

  it.each([
    ["a repeated name", `{"contact_name": "Someone else", ${withName("Priya").slice(1)}`],
    [
      "a repeated name that is written differently",
      `{"contact\\u005fname": "Someone else", ${withName("Priya").slice(1)}`,
    ],
    ["a repeated name further in", `{"note": {"a": 1, "b": [], "a" : 2}, ${withName("Priya").slice(1)}`],
  ])("is refused with %s", async (_, body) => {
    const { key } = await createFixture()
    const response = await callApi({ key, path: "/invites", body })
    expect([response.status, await response.json()]).toEqual([400, expect.objectContaining({ code: "malformed_json" })])
  })

  it("keeps a replacement character for half a surrogate pair, in every text", async () => {
    const { key } = await createFixture()
    const half = "a \ud83d b"
    const body = { ...CUSTOMER, company_name: half, contact_name: half, note: half }
    const invite = await callApi({ key, path: "/invites", body })
    const texts = { company_name: "a \ufffd b", contact_name: "a \ufffd b", note: "a \ufffd b" }
    expect([invite.status, await invite.json()]).toEqual([201, expect.objectContaining(texts)])
    const account = { first_name: half, last_name: half, address: half, email: "b@acme.example", phone: "+12125550187" }
    const billing = await callApi({ key, path: "/billing_accounts", body: account })
    const fields = { first_name: "a \ufffd b", last_name: "a \ufffd b", address: "a \ufffd b" }
    expect([billing.status, await billing.json()]).toEqual([201, expect.objectContaining(fields)])
  })

  it("can have a whole surrogate pair, escaped quotes, and what looks like a name in a text", async () => {
    const { key } = await createFixture()
    const note = 'He said: "contact_name": "x", \\"note\\": \\\\'
    const response = await callApi({ key, path: "/invites", body: { ...CUSTOMER, contact_name: "Priya 😀", note } })
    expect([response.status, await response.json()]).toEqual([
      201,
      expect.objectContaining({ contact_name: "Priya 😀", note }),
    ])
  })

  it("is checked in reasonable time at the size of an import", async () => {
    const { key } = await createFixture()
    const invites = [{ ...CUSTOMER, note: '"'.repeat(2_000_000) }]
    const response = await callApi({ key, path: "/invite_imports", body: { invites, dry_run: true } })
    expect(response.status).toBe(200)
  })

  it.each([
    ["application/json; charset=utf-8", 201],
    ['application/json; charset="UTF-8"', 201],
    ["application/json;charset=UTF8; profile=x", 201],
    ["application/json; charset=iso-8859-1", 415],
    ["application/json; charset=", 415],
    ["application/json; profile=x; charset=utf-16", 415],
  ])("with the media type %s is answered with %i", async (type, status) => {
    const { key } = await createFixture()
    expect((await sendBytes(key, bytesOf(withName("Priya")), { "Content-Type": type })).status).toBe(status)
  })

  it("isn't decompressed, and the response says so", async () => {
    const { key } = await createFixture()
    for (const encoding of ["gzip", "br", "identity, gzip"]) {
      const response = await sendBytes(key, bytesOf(withName("Priya")), { "Content-Encoding": encoding })
      expect([response.status, response.headers.get("Accept-Encoding")]).toEqual([415, "identity"])
      expect(await response.json()).toMatchObject({ code: "unsupported_content_encoding" })
    }
    expect((await sendBytes(key, bytesOf(withName("Priya")), { "Content-Encoding": "Identity" })).status).toBe(201)
  })
})

describe("a path of the API with a slash at its end", () => {
  const fill = (path: string) => path.replace("/api/v1", "").replaceAll(/:\w+/g, "x")

  it.each(
    ROUTES.filter(({ area, name }) => area === "apiKey" || name.startsWith("api.docs") || name === "api.openapi"),
  )("$name leads to the one without it, with its query", async ({ method, path }) => {
    const response = await callApi({ method, path: `${fill(path)}/?limit=5&q=%C3%BC` })
    expect([response.status, response.headers.get("Location")]).toEqual([308, `/api/v1${fill(path)}?limit=5&q=%C3%BC`])
  })

  it("is unknown if the path without it is unknown, or if there are several", async () => {
    for (const path of ["/", "//", "/nowhere/", "/invites//", "//evil.example/", "/invites/x/y/z/"]) {
      const response = await callApi({ path })
      expect([response.status, response.headers.get("Location")], path).toEqual([404, null])
    }
  })

  it("hides the operator's paths from everybody else", async () => {
    const { key } = await createFixture()
    for (const path of ["/resellers/", "/resellers/x/suspension/"]) {
      expect((await callApi({ path, key })).status).toBe(404)
      expect((await callApi({ path, key: OPERATOR })).status).toBe(308)
    }
  })

  it("never leads to another host", async () => {
    const evil = [
      "//evil.example/api/v1/invites/",
      "/\\evil.example/",
      "/api/v1/invites/%2F%2Fevil.example/",
      "/api/v1/invites/..%2f..%2f/",
    ]
    for (const path of evil) {
      const response = await app.fetch(new Request(ORIGIN + path), testEnv, createExecutionContext())
      const location = response.headers.get("Location")
      if (location) expect(new URL(location, ORIGIN).origin).toBe(ORIGIN)
    }
  })
})

it("no error is kept by a cache, whether or not a key was sent", async () => {
  const { key } = await createFixture()
  const calls: ApiCall[] = [
    { path: "/nowhere" },
    { path: "/invites", method: "PUT", key },
    { path: "/invites" },
    { path: "/invites/inv_none", key },
    { path: "/invites", body: "{", key },
    { path: `/invites?q=${"a".repeat(9_000)}`, key },
    { path: "/resellers", headers: { Authorization: "Bearer wrong" } },
  ]
  const responses = await Promise.all(calls.map(callApi))
  expect(responses.map(({ status }) => status)).toEqual([404, 405, 401, 404, 400, 414, 404])
  for (const { headers } of responses) expect(headers.get("Cache-Control")).toBe("private, no-store")
})

describe("a page of another origin", () => {
  const headers = { Origin: "https://tools.example" }

  it.each(["/openapi.json", "/invites", "/nowhere"])(
    "can read the response to %s, without credentials",
    async (path) => {
      const response = await callApi({ path, headers })
      expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*")
      expect(response.headers.get("Access-Control-Expose-Headers")).toContain("ETag")
      expect(response.headers.get("Access-Control-Allow-Credentials")).toBeNull()
    },
  )

  it("can read a resource and its ETag, also if nothing has changed", async () => {
    const { resellerId } = await createReseller()
    const key = await createApiKey(resellerId)
    const { id } = await (await callApi({ key, path: "/invites", body: CUSTOMER, headers })).json<{ id: string }>()
    const first = await callApi({ key, path: `/invites/${id}`, headers })
    const etag = first.headers.get("ETag") ?? "none"
    const same = await callApi({ key, path: `/invites/${id}`, headers: { ...headers, "If-None-Match": etag } })
    expect([first.status, same.status, same.headers.get("ETag"), await same.text()]).toEqual([200, 304, etag, ""])
    for (const response of [first, same]) {
      expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*")
      expect(response.headers.get("Access-Control-Expose-Headers")).toContain("ETag")
      expect(response.headers.get("Cache-Control")).toBe("private, no-store")
      expect(response.headers.get("RateLimit")).toMatch(/^"key";r=\d+;t=\d+$/)
      expect(response.headers.get("Content-Security-Policy")).toContain("default-src 'none'")
    }
    expect([first.headers.get("Content-Type"), same.headers.get("Content-Type")]).toEqual(["application/json", null])
  })

  it("may send a key and conditions", async () => {
    const response = await callApi({ method: "OPTIONS", path: "/invites/inv_1", headers })
    expect(response.status).toBe(204)
    expect(response.headers.get("Access-Control-Allow-Methods")).toContain("PATCH")
    for (const name of ["Authorization", "Idempotency-Key", "If-Match"]) {
      expect(response.headers.get("Access-Control-Allow-Headers")).toContain(name)
    }
  })
})

describe("the OpenAPI document", () => {
  it("has an ETag, and is answered with 304 to who has it", async () => {
    const first = await callApi({ path: "/openapi.json" })
    const etag = first.headers.get("ETag") ?? "none"
    for (const method of ["GET", "HEAD"]) {
      const full = await callApi({ method, path: "/openapi.json", headers: { "If-None-Match": '"other"' } })
      expect([full.status, full.headers.get("ETag"), full.headers.get("Content-Type")]).toEqual([
        200,
        etag,
        "application/json",
      ])
      const same = await callApi({ method, path: "/openapi.json", headers: { "If-None-Match": `W/${etag}` } })
      expect([same.status, await same.text(), same.headers.get("Access-Control-Allow-Origin")]).toEqual([304, "", "*"])
    }
    const elsewhere = { ...testEnv, BASE_URL: "http://127.0.0.1:9999" } // another document
    expect((await callApi({ path: "/openapi.json", env: elsewhere })).headers.get("ETag")).not.toBe(etag)
  })
})

describe("X-Request-Id", () => {
  const sendId = async (id: string) => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined)
    const response = await callApi({
      path: "/invites",
      key: "vst_local_guess_of_a_key",
      headers: { "X-Request-Id": id },
    })
    const lines = log.mock.calls.join("\n")
    log.mockRestore()
    return { id: response.headers.get("X-Request-Id"), lines }
  }

  it("is the caller's if that is a short token, in the response and in the log", async () => {
    for (const id of ["crm-sync", "a".repeat(64), crypto.randomUUID()]) {
      const sent = await sendId(id)
      expect(sent.id).toBe(id)
      expect(sent.lines).toContain(`"requestId":"${id}"`)
    }
  })

  it("is ours otherwise", async () => {
    for (const id of [
      "",
      "short",
      "a".repeat(65),
      "two words here",
      'quote"quote',
      "päckchen-1",
      `vst_live_${"0".repeat(64)}`,
    ]) {
      const sent = await sendId(id)
      expect(sent.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      if (id) expect(sent.lines).not.toContain(id)
    }
  })
})

describe("an ETag", () => {
  const get = (path: string, key: string, headers: Record<string, string> = {}) => callApi({ path, key, headers })

  it("differs once time has changed what the response says", async () => {
    const { key } = await createFixture()
    const created = await callApi({ key, path: "/invites", body: CUSTOMER })
    const path = `/invites/${(await created.json<{ id: string }>()).id}`
    const etag = (await get(path, key)).headers.get("ETag") ?? ""
    expect(created.headers.get("ETag")).toBe(etag)
    travel({ days: 14 })
    const response = await get(path, key, { "If-None-Match": etag })
    expect([response.status, await response.json()]).toEqual([200, expect.objectContaining({ status: "expired" })])
    const resent = await callApi({ method: "POST", path: `${path}/resends`, key, headers: { "If-Match": etag } })
    expect(resent.status).toBe(202)
  })

  it("differs for a key that can't see billing, which can use it for If-Match all the same", async () => {
    const { key, resellerId } = await createFixture()
    const blindKey = await createApiKey(resellerId, { scopes: ["invites:read", "invites:write"] })
    const { id } = await (await callApi({ key, path: "/invites", body: CUSTOMER })).json<{ id: string }>()
    const etag = (await get(`/invites/${id}`, key)).headers.get("ETag") ?? ""
    const blind = await get(`/invites/${id}`, blindKey, { "If-None-Match": etag })
    expect([blind.status, await blind.json()]).toEqual([200, expect.objectContaining({ billing_email: null })])
    const headers = { "If-Match": etag }
    expect((await callApi({ method: "POST", path: `/invites/${id}/revocation`, key: blindKey, headers })).status).toBe(
      200,
    )
  })
})
