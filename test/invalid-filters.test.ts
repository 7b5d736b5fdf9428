import { expect, it } from "vitest"
import { count, signInStaff } from "./support/app.ts"
import { confirmation, NEW } from "./support/bulk.ts"
import { insertInvites } from "./support/jobs.ts"

const INVALID = [
  "status=foo",
  "by=garbage",
  "from=2026-99-99",
  "from=01.11.2026",
  "to=2026-02-30",
  "to=tomorrow",
  "sort=size",
  "status=pending&status=revoked",
  "q=bulk&q=nobody",
]
const MESSAGE = "valid, so we can"

it("a filter that isn't understood shows, exports and changes nothing", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  await insertInvites(resellerId, billingId, 3)
  const all = await confirmation(browser, "action=revoke&all=1")
  for (const query of INVALID) {
    const list = await (await browser.get(`/customers/invites?${query}`)).text()
    expect([query, list.includes(MESSAGE), list.includes("@bulk.example")]).toEqual([query, true, false])
    expect(list, query).not.toContain('id="bulk"')
    const pages = [
      await browser.get(`/customers/invites/export?${query}`),
      await browser.get(`${NEW}?action=revoke&all=1&${query}`),
      await browser.post(NEW, [...all, ...new URLSearchParams(query)]),
    ]
    for (const page of pages) {
      const text = await page.text()
      expect([query, page.status, text.includes(MESSAGE), text.includes("@bulk.example")]).toEqual([
        ...[query, 400],
        ...[true, false],
      ])
    }
  }
  expect(await count("jobs")).toBe(0)
})

it("a bulk action on all refuses a filter that the list doesn't have", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  await insertInvites(resellerId, billingId, 3)
  for (const query of ["email_status=bounced", `billing_account_id=${billingId}`, "search=globex"]) {
    const page = await browser.get(`${NEW}?action=revoke&all=1&${query}`)
    expect([query, page.status, (await page.text()).includes(MESSAGE)]).toEqual([query, 400, true])
  }
})

it("a filter that isn't valid says so on any page, and empty values limit nothing", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  const [oldest = ""] = await insertInvites(resellerId, billingId, 3)
  const beyond = await browser.get(`/customers/invites?from=nonsense&before=${oldest}`)
  expect([beyond.status, (await beyond.text()).includes(MESSAGE)]).toEqual([200, true])
  const empty = await (await browser.get("/customers/invites?q=&by=&from=&to=&sort=&status=all")).text()
  expect(empty.match(/name="invite" value/g)).toHaveLength(3)
  const page = await (await browser.get(`${NEW}?action=revoke&all=1&q=%26%26%26`)).text()
  expect(page).toContain("No invites match any more.")
})
