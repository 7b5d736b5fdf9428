import { expect, it } from "vitest"
import { callApi, createApiKey, signInStaff } from "./support/app.ts"
import { FIRST_VIEW_MAX_BYTES, firstViewSizes } from "./support/first-view.ts"

const PAGES = ["/", "/customers", "/customers/invites", "/customers/invites/new", "/settings", "/profile", "/activity"]

it("the first view of each main page for staff is one round trip of a new connection", async () => {
  const { browser, resellerId } = await signInStaff()
  const key = await createApiKey(resellerId)
  for (let n = 0; n < 25; n++) {
    const created = await callApi({ method: "POST", path: "/invites", key, body: customer(n) })
    expect(created.status).toBe(201)
  }
  for (const page of PAGES) {
    const html = await (await browser.get(page)).text()
    const sizes = await firstViewSizes(html)
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
