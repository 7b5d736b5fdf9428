/// <reference types="vite/types/importMeta.d.ts" />
import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { href } from "../src/routes.ts"
import { CUSTOMER, count } from "./support/app.ts"
import {
  createCustomerWithRole,
  createResellerWithRole,
  fillIds,
  memberRoutes,
  type PersonRoute,
  staffRoutes,
  type Visitor,
} from "./support/visitors.ts"

const sources = import.meta.glob<string>("../src/**/*.tsx", { query: "?raw", import: "default", eager: true })

const HTMX = { "HX-Request": "true", "HX-Request-Type": "partial" }
const TABLES = [
  "invites",
  "billing_accounts",
  "api_keys",
  "webhooks",
  "logos",
  "staff",
  "members",
  "outbox",
  "audit_log",
]
const countRows = () => Promise.all(TABLES.map((table) => count(table)))

/** The URLs that the forms and buttons of a page post to. */
function postTargets(html: string): string[] {
  const forms = [...html.matchAll(/<form [^>]*method="post"[^>]*>/g)].map(([tag]) => tag)
  const actions = forms.flatMap((tag) => [...tag.matchAll(/ (?:action|hx-post)="([^"]*)"/g)])
  expect(forms.filter((tag) => !tag.includes(" action="))).toEqual([])
  return [...actions, ...html.matchAll(/ formaction="([^"]*)"/g)].map(([, target = ""]) =>
    target.replaceAll("&amp;", "&"),
  )
}

/** The same for all pages, as a browser and as htmx receive them. */
async function collectTargets(routes: PersonRoute[], visitor: Visitor): Promise<string[]> {
  const targets: string[] = []
  for (const route of routes.filter(({ method }) => method === "GET")) {
    const paths = [fillIds(route, visitor.ids), ...(route.orSelf ? [route.path.replace(":id", visitor.userId)] : [])]
    for (const path of paths) {
      targets.push(...postTargets(await (await visitor.browser.get(path)).text()))
      targets.push(...postTargets(await (await visitor.browser.get(path, HTMX)).text()))
    }
  }
  return [...new Set(targets)]
}

const accountOf = (target: string) => new URL(target, "http://localhost").searchParams.get("account")

/** Forms that act on the session itself, or on the person, are accepted for any account. */
const isSessionForm = (target: string) =>
  [href("session.delete"), href("account.switch"), href("profile.changePreferences")].includes(
    target.split("?")[0] ?? "",
  ) || isLanguageSwitch(target)

/** A person has one language in all accounts. */
const isLanguageSwitch = (target: string) => target.startsWith("?language=")

describe("forms", () => {
  it("are written with the component that names their account", () => {
    const offenders = Object.entries(sources).filter(([, source]) => /<form\b[^>]*\bmethod="post"/.test(source))
    expect(offenders.map(([file]) => file)).toEqual(["../src/web/ui/form.tsx"])
  })

  it("on every staff page name the account, and are refused for an account that the user isn't in", async () => {
    const visitor = await createResellerWithRole("admin")
    await env.DB.prepare("UPDATE resellers SET logo_id = 'lgo_1'").run()
    const targets = await collectTargets(staffRoutes, visitor)
    expect(targets.length).toBeGreaterThan(20)
    expect(targets.filter((target) => accountOf(target) !== visitor.resellerId)).toEqual([])
    expect(targets.some((target) => target.startsWith(href("settings.logo.delete")))).toBe(true)
    await expectRefusedElsewhere(targets, visitor, "res_other")
  })

  it("on every page of a customer's account name it, and are refused for an account that the user isn't in", async () => {
    const visitor = await createCustomerWithRole("admin")
    const customerId = await env.DB.prepare("SELECT id FROM customers").first("id")
    const targets = await collectTargets(memberRoutes, visitor)
    expect(targets.length).toBeGreaterThan(6)
    expect(targets.filter((target) => accountOf(target) !== customerId)).toEqual([])
    await expectRefusedElsewhere(targets, visitor, "cus_other")
  })

  it("in fragments that answer a POST name the account too", async () => {
    const { browser, ids, resellerId } = await createResellerWithRole("admin")
    const resent = await browser.post(href("customers.invites.resend", { id: ids["customers.invites"] }), {}, HTMX)
    const withErrors = await browser.post(href("customers.invites.create"), { ...CUSTOMER, billing_phone: "1" }, HTMX)
    for (const [response, status] of [
      [resent, 200],
      [withErrors, 422],
    ] as const) {
      const html = await response.text()
      expect([response.status, html.includes("<!doctype")]).toEqual([status, false])
      const targets = postTargets(html)
      expect(targets.length).toBeGreaterThan(1)
      expect(targets.filter((target) => accountOf(target) !== resellerId)).toEqual([])
    }
  })
})

/** Posts every form for another account, and expects a refusal and no change. */
async function expectRefusedElsewhere(targets: string[], { browser }: Visitor, otherAccount: string) {
  const before = await countRows()
  for (const target of targets.filter((path) => !isSessionForm(path))) {
    const response = await browser.post(target.replace(/account=\w+/, `account=${otherAccount}`), { role: "admin" })
    expect([target, response.status]).toEqual([target, 403])
    expect(await response.text()).toContain("This form was for an account that you")
  }
  expect(await countRows()).toEqual(before)
}
