/// <reference types="vite/types/importMeta.d.ts" />
import { inspectRoutes } from "hono/dev"
import { describe, expect, it } from "vitest"
import { app } from "../src/local/app.ts"
import { href, ROUTES } from "../src/routes.ts"

const sources = import.meta.glob<string>("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true })

describe("the table of routes", () => {
  it("lists exactly the routes that the app serves", () => {
    const mounted = inspectRoutes(app)
      .filter(({ isMiddleware }) => !isMiddleware)
      .map(({ method, path }) => `${method} ${path}`)
    const notFound = "ALL /api/*" // answers unknown paths
    expect(mounted.toSorted()).toEqual([...ROUTES.map(({ method, path }) => `${method} ${path}`), notFound].sort())
  })

  it("has one route for each method and path", () => {
    const keys = ROUTES.map(({ method, path }) => `${method} ${path}`)
    expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([])
  })

  it("puts paths of the API, of customers and of the mailbox in the area that guards them", () => {
    const violations = ROUTES.filter(({ area, path }) => {
      const isApi = path.startsWith("/api/v1/")
      if (area === "apiKey" || area === "operator") return !isApi
      if (area === "member") return !path.startsWith("/account")
      if (area === "local") return !path.startsWith("/mailbox")
      return isApi && area !== "public"
    })
    expect(violations).toEqual([])
  })

  it("requires the same permission for a form's page as for the form", () => {
    const violations = ROUTES.filter(({ method, path, permission }) => {
      return (
        method === "POST" &&
        ROUTES.some((page) => {
          return (
            page.method === "GET" && page.path === path && !path.endsWith("/links") && page.permission !== permission
          )
        })
      )
    })
    expect(violations.filter(({ area }) => area !== "apiKey")).toEqual([])
  })

  it("is the only file of src that contains paths", () => {
    const segments = ROUTES.map(({ path }) => path.split("/").filter((segment) => /^[\w-]+$/.test(segment)))
    const first = [...new Set(segments.map(([segment]) => segment ?? "[]"))].join("|")
    const any = [...new Set(segments.flat())].join("|")
    const literal = new RegExp(`(?:["'\`]/(?:${first})|}/(?:${any}))(?![\\w-])(?!/email")`, "g")
    // `/sign-in/email` is an endpoint of Better Auth, which is not mounted.
    const root = /(?:href|action|hx-post|hx-get|path)="\/"|redirect\([^\n]*"\/"|\? "\/"|: "\/"/g
    const violations = Object.entries(sources)
      .filter(([file]) => file !== "../src/routes.ts" && !file.startsWith("../src/deploy/")) // it calls Cloudflare's API
      .flatMap(([file, source]) =>
        [...source.matchAll(literal), ...source.matchAll(root)].map(([text]) => `${file}: ${text}`),
      )
    expect(violations).toEqual([])
    expect(sources["../src/routes.ts"]?.match(literal)?.length).toBeGreaterThan(100)
  })
})

describe("the URL of a route", () => {
  it("encodes a query as a form does", () => {
    for (const q of ["a.b-c_d*", "Zoë & Söhne + 1", "~(')!", "株式会社", "%zz", "\ud800", ""]) {
      expect(href("customers.invites.list", {}, { q })).toBe(`/customers/invites?${new URLSearchParams({ q })}`)
    }
  })

  it("contains its encoded parameters and the defined part of its query", () => {
    expect(href("billing.list")).toBe("/billing")
    expect(href("billing.edit", { id: "a/b c?" })).toBe("/billing/a%2Fb%20c%3F")
    expect(href("webhooks.redeliver", { id: "whk_1", delivery: "evt_1" })).toBe(
      "/settings/webhooks/whk_1/deliveries/evt_1/redeliveries",
    )
    expect(href("customers.invites.list", {}, { q: "a&b", before: undefined, page: 2 })).toBe(
      "/customers/invites?q=a%26b&page=2",
    )
  })

  it("leaves out the pattern of a parameter", () => {
    expect(href("registration.show", { token: "abc.d-e_f" })).toBe("/r/abc.d-e_f")
    expect(href("brand.accent", { file: "0b5fff.css" })).toBe("/brand/accent/0b5fff.css")
  })
})
