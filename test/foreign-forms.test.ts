/// <reference types="vite/types/importMeta.d.ts" />
import { describe, expect, it } from "vitest"
import {
  Browser,
  count,
  invite,
  latestRegistrationLink,
  ORIGIN,
  REGISTRATION_FORM,
  signInStaff,
} from "./support/app.ts"

type Sent = { origin?: string; site?: string; accepted: boolean }

/** What browsers send with a form. A page of another site can make its origin `null`, but can't change `Sec-Fetch-Site`. */
const ON_LINK_PAGES: Sent[] = [
  { origin: "null", site: "same-origin", accepted: true }, // Chromium, Firefox, Safari: our link page
  { origin: ORIGIN, site: "same-origin", accepted: true },
  { origin: ORIGIN, accepted: true }, // an old browser
  { origin: "null", accepted: true }, // an old browser on our link page
  { origin: "null", site: "cross-site", accepted: false },
  { origin: "null", site: "same-site", accepted: false },
  { origin: "null", site: "none", accepted: false },
  { origin: "null", site: "", accepted: false },
  { origin: "null", site: "Same-Origin", accepted: false },
  { origin: "https://evil.example", site: "cross-site", accepted: false },
  { origin: "https://evil.example", accepted: false },
  { site: "cross-site", accepted: false },
  { accepted: false },
]

const headersOf = ({ origin, site }: Sent): Record<string, string> => ({
  Origin: origin ?? "",
  ...(site !== undefined && { "Sec-Fetch-Site": site }),
})

describe("a form", () => {
  it.each(ON_LINK_PAGES)("on a link page with %o", async (sent) => {
    const { browser } = await signInStaff()
    await invite(browser)
    const response = await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM, headersOf(sent))
    expect([response.status, await count("members")]).toEqual(sent.accepted ? [303, 1] : [403, 0])
    expect(response.headers.has("Set-Cookie")).toBe(sent.accepted)
  })

  it.each(ON_LINK_PAGES.filter(({ origin }) => origin === "null"))("at sign-in with %o", async (sent) => {
    const response = await new Browser().post("/sign-in", { email: "a@b.example", password: "x" }, headersOf(sent))
    expect(response.status).toBe(sent.site === "same-origin" ? 422 : 403)
  })
})

describe("an API key", () => {
  it("has each chosen scope once", async () => {
    const { browser } = await signInStaff()
    const scopes = [...Array(40).fill("invites:read"), "customers:read"]
    await browser.post("/settings/api-keys/new", [
      ["name", "CRM sync"],
      ["expires_in_days", "30"],
      ...scopes.map((scope) => ["scopes", scope]),
    ])
    expect(await count("api_keys", `scopes = '["invites:read","customers:read"]'`)).toBe(1)
  })
})

const files = import.meta.glob<string>(["../.generated/public/_headers", "../wrangler.toml"], {
  query: "?raw",
  import: "default",
  eager: true,
})

describe("a deployment", () => {
  const headers = files["../.generated/public/_headers"] ?? ""
  const config = files["../wrangler.toml"] ?? ""

  it("sends the headers of pages with assets too", async () => {
    const page = await new Browser().get("/sign-in")
    for (const name of ["Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options"]) {
      expect(headers).toContain(`  ${name}: ${page.headers.get(name)}\n`)
    }
    expect(headers).toMatch(
      /^\/\*\n {2}Content-Security-Policy: default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'\n/,
    )
  })

  it("is reachable under BASE_URL alone, with a limit on CPU and no private way to its own zone", () => {
    expect(config).toMatch(/^workers_dev = false\npreview_urls = false$/m)
    expect(config).toMatch(/^\[limits\]\ncpu_ms = 5_000$/m)
    expect(config).toMatch(/^compatibility_flags = .*"global_fetch_strictly_public"/m)
  })
})
