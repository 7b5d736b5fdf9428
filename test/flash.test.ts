import { describe, expect, it } from "vitest"
import { PAGE_SIZE } from "../src/storage/paging.ts"
import { Browser, invite, latestRegistrationLink, REGISTRATION_FORM, signInStaff } from "./support/app.ts"

const notice = (html: string) =>
  /<div id="notice"[^>]*>(.*?)<\/div>/s
    .exec(html)?.[1]
    ?.replace(/<[^>]+>/g, "")
    .trim()

describe("the flash message of a page", () => {
  it("is shown for a known key and no other", async () => {
    const { browser } = await signInStaff()
    for (const path of [
      "/",
      "/billing",
      "/settings",
      "/settings/invites",
      "/settings/notifications",
      "/settings/api-keys",
      "/settings/staff",
      "/settings/webhooks",
    ]) {
      const known = await browser.get(`${path}?flash=logo_removed`)
      expect([path, notice(await known.text())]).toEqual([path, "Logo removed."])
      for (const key of ["", "nothing", "toString", "<b>", "invite_sent"]) {
        const html = await (await browser.get(`${path}?flash=${encodeURIComponent(key)}`)).text()
        expect([path, key, notice(html)]).toEqual([path, key, ""])
      }
    }
  })

  it("names the contact of an invite that isn't among the newest, and none of another tenant's", async () => {
    const acme = await signInStaff()
    const id = await invite(acme.browser)
    for (let n = 0; n < PAGE_SIZE; n++) await invite(acme.browser, { contact_email: `c${n}@northwind.example` })
    const globex = await signInStaff("globex")
    const path = `/customers/invites?flash=invite_sent&invite=${id}`
    const own = await (await acme.browser.get(path)).text()
    expect([notice(own), own.includes(`id="${id}"`)]).toEqual([
      "The invite to Priya Nair of Northwind Logistics is on its way.",
      false,
    ])
    const html = await (await globex.browser.get(path)).text()
    expect([notice(html), html.includes("Priya")]).toEqual(["", false])
  })

  it("says after each invite form that the invite is on its way, or that it was created without an email", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const member = new Browser()
    await member.post(await latestRegistrationLink(), REGISTRATION_FORM)
    for (const [visitor, list, role] of [
      [browser, "/settings/staff", "sales"],
      [member, "/account", "member"],
    ] as const) {
      const form = { contact_name: "Sam Reyes", contact_email: "sam@people.example", role }
      const path = `${list}/invites/new`
      const sent = (await visitor.post(path, form)).headers.get("Location") ?? ""
      expect(sent).toMatch(new RegExp(`^${list}\\?flash=invite_sent&invite=inv_\\w{26}$`))
      expect(notice(await (await visitor.get(sent)).text())).toBe("The invite to Sam Reyes is on its way.")
      const created = await visitor.post(path, { ...form, contact_email: "lee@people.example", send_email: "false" })
      const location = created.headers.get("Location") ?? ""
      expect(location).toMatch(/\/inv_(\w{26})\?flash=invite_created&invite=inv_\1$/)
      expect(notice(await (await visitor.get(location)).text())).toMatch(
        /^The invite to Sam Reyes was created\. No email was sent/,
      )
    }
  })

  it("replaces the earlier one when a form redirects back to its page", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const headers = { Referer: `http://localhost:8787/customers/invites?status=pending&flash=invite_sent&invite=${id}` }
    const response = await browser.post(`/customers/invites/${id}/revocation`, {}, headers)
    expect(response.headers.get("Location")).toBe(`/customers/invites?status=pending&flash=invite_revoked&invite=${id}`)
  })
})
