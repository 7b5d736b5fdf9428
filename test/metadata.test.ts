import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { CUSTOMER, callApi, createApiKey, createReseller, invite, signInStaff } from "./support/app.ts"
import { importOnPages } from "./support/imports.ts"
import { runTurnsOf } from "./support/jobs.ts"

type Metadata = Record<string, string | null>

async function createKey() {
  const { resellerId } = await createReseller()
  return createApiKey(resellerId)
}

/** The metadata of a new invite, or what is wrong with it. */
async function createWith(key: string, metadata: unknown) {
  const response = await callApi({ key, path: "/invites", body: { ...CUSTOMER, metadata } })
  return { status: response.status, body: await response.json<{ id: string; metadata: Metadata; errors: unknown[] }>() }
}

const numbered = (count: number, value = "x") =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`key${n}`, value]))

describe("the metadata of an invite", () => {
  it("is an empty object without any, and takes 20 keys of 40 characters with 500 each", async () => {
    const key = await createKey()
    const { body: bare } = await createWith(key, undefined)
    expect(bare.metadata).toEqual({})
    const full = { ...numbered(19, "\u{1f642}".repeat(500)), ["k".repeat(40)]: "x" }
    await callApi({ key, path: `/invites/${bare.id}/revocation`, method: "POST" })
    expect((await createWith(key, full)).body.metadata).toEqual(full)
  })

  it.each([
    [numbered(21), "metadata"],
    [{ ["k".repeat(41)]: "x" }, "metadata"],
    [{ "": "x" }, "metadata"],
    [{ "\u200b": "x" }, "metadata"],
    [{ "a:b": "x" }, "metadata"],
    [{ "a[b]": "x" }, "metadata"],
    [JSON.parse('{ "__proto__": "x", "plan": "gold" }'), "metadata"],
    [{ " __proto__": "x" }, "metadata"],
    [{ plan: "gold", " plan": "silver" }, "metadata"],
    [{ plan: "x".repeat(501) }, "metadata.plan"],
    [{ plan: 1 }, "metadata.plan"],
    [{ plan: { name: "gold" } }, "metadata.plan"],
    [["gold"], "metadata"],
    ["plan: gold", "metadata"],
  ])("can't be %j", async (metadata, field) => {
    const { status, body } = await createWith(await createKey(), metadata)
    expect([status, body.errors]).toMatchObject([422, [{ field }]])
  })

  it("is sanitized: lines become spaces, and what nobody sees is removed", async () => {
    const { body } = await createWith(await createKey(), { " plan ": " gold\n edition\u202e", empty: " ", none: null })
    expect(body.metadata).toEqual({ plan: "gold edition" })
  })

  it("is patched key by key: null deletes one, null instead of the object deletes all", async () => {
    const key = await createKey()
    const { body } = await createWith(key, { plan: "gold", region: "EMEA" })
    const patch = async (metadata: unknown) => {
      const response = await callApi({ method: "PATCH", key, path: `/invites/${body.id}`, body: { metadata } })
      return (await response.json<{ metadata: Metadata }>()).metadata
    }
    expect(await patch({ plan: "silver", owner: "kim" })).toEqual({ owner: "kim", plan: "silver", region: "EMEA" })
    expect(await patch({ plan: null })).toEqual({ owner: "kim", region: "EMEA" })
    expect(await patch({})).toEqual({ owner: "kim", region: "EMEA" })
    expect(await patch(null)).toEqual({})
    expect(await env.DB.prepare("SELECT metadata FROM invites").first("metadata")).toBeNull()
  })

  it("can't grow beyond 20 keys by a patch, which then changes nothing", async () => {
    const key = await createKey()
    const { body } = await createWith(key, numbered(20))
    const patch = (metadata: unknown) =>
      callApi({ method: "PATCH", key, path: `/invites/${body.id}`, body: { metadata } })
    expect((await patch({ more: "x" })).status).toBe(422)
    expect((await patch({ more: "x", key0: null })).status).toBe(200)
  })

  it("is a line for each key in the form, which replaces all of it", async () => {
    const { browser } = await signInStaff()
    const fields = { metadata: "plan: gold: edition\r\n\r\nregion:EMEA" }
    const id = await invite(browser, fields)
    const stored = () => env.DB.prepare("SELECT metadata FROM invites").first("metadata")
    expect(await stored()).toBe('{"plan":"gold: edition","region":"EMEA"}')
    const path = `/customers/invites/${id}/edit`
    expect(await (await browser.get(path)).text()).toContain("plan: gold: edition\nregion: EMEA</textarea>")
    for (const metadata of ["plan gold", "plan: gold\nplan: silver"]) {
      const refused = await browser.post(path, { ...CUSTOMER, metadata })
      const html = await refused.text()
      expect([refused.status, html]).toEqual([422, expect.stringContaining("Give each value a key of up to 40")])
      expect(html).toContain(`${metadata}</textarea>`)
    }
    await browser.post(path, { ...CUSTOMER, metadata: "region: APAC" })
    expect(await stored()).toBe('{"region":"APAC"}')
    await browser.post(path, { ...CUSTOMER, metadata: "" })
    expect(await stored()).toBeNull()
  })
})

it("metadata comes from columns of a file: those named as in an export, and others that are chosen", async () => {
  const { browser } = await signInStaff()
  const csv = `Company,Contact,E-Mail,metadata.email plan,Region
Northwind,Priya Nair,priya@northwind.example,"gold:
edition",EMEA
Contoso,Marta Silva,marta@contoso.example,,APAC
`
  const id = await importOnPages(browser, csv, { "column_metadata.Region": "4" })
  const path = `/customers/invites/imports/${id}`
  await browser.post(`${path}/start`)
  await runTurnsOf(id)
  const { results } = await env.DB.prepare("SELECT metadata FROM invites ORDER BY company_name DESC").all()
  expect(results).toEqual([
    { metadata: '{"Region":"EMEA","email plan":"gold: edition"}' },
    { metadata: '{"Region":"APAC"}' },
  ])
})
