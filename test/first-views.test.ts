/// <reference types="vite/types/importMeta.d.ts" />
import { expect, it } from "vitest"
import { callApi, createApiKey, signInStaff } from "./support/app.ts"

/** What a server sends in the first round trip of a new connection, without the headers. */
const FIRST_VIEW_MAX_BYTES = 14_000
const PAGES = ["/", "/customers", "/customers/invites", "/customers/invites/new", "/settings", "/profile", "/activity"]

const stylesheets = import.meta.glob<string>("../.generated/public/assets/*.css", {
  query: "?raw",
  import: "default",
  eager: true,
})

it("the first view of each main page for staff is one round trip of a new connection", async () => {
  const { browser, resellerId } = await signInStaff()
  const key = await createApiKey(resellerId)
  for (let n = 0; n < 25; n++) {
    const created = await callApi({ method: "POST", path: "/invites", key, body: customer(n) })
    expect(created.status).toBe(201)
  }
  for (const page of PAGES) {
    const html = await (await browser.get(page)).text()
    const hrefs = [...html.matchAll(/<link rel="stylesheet" href="(\/assets\/[^"]+)"/g)].map(([, href]) => href)
    const css = hrefs.map((href) => stylesheets[`../.generated/public${href}`] ?? expect.fail(`no ${href}`))
    const sizes = await Promise.all([html, ...css].map(gzipSize))
    const size = sizes.reduce((sum, bytes) => sum + bytes, 0)
    expect(size, `${page}: ${sizes}`).toBeLessThanOrEqual(FIRST_VIEW_MAX_BYTES)
    expect(size, page).toBeGreaterThan(8_000)
  }
})

/** No two have a word in common. */
function customer(n: number) {
  const [company, person] = [7_919, 104_729].map((factor) => ((n + 3) * factor).toString(36))
  return {
    company_name: `${company} Logistics`,
    contact_name: `Ana ${person}`,
    contact_email: `${person}@${company}.example`,
    billing_email: "billing@acme.example",
    billing_phone: "+1 415 555 0132",
  }
}

async function gzipSize(text: string): Promise<number> {
  const compressed = new Response(text).body?.pipeThrough(new CompressionStream("gzip"))
  return (await new Response(compressed).arrayBuffer()).byteLength
}
