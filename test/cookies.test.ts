import { createExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { authFor } from "../src/http/better-auth.ts"
import { ROUTES } from "../src/routes.ts"
import {
  addStaff,
  Browser,
  count,
  createReseller,
  PASSWORD,
  productionEnv,
  signInStaff,
  testEnv,
  withConcurrentWrite,
} from "./support/app.ts"
import {
  allowedStatus,
  createCustomerWithRole,
  createResellerWithRole,
  fillIds,
  memberRoutes,
  staffRoutes,
} from "./support/visitors.ts"

const DEPLOYED: Env = { ...productionEnv, DB: withConcurrentWrite("SELECT 1") }

async function sessionCookie(bindings: Env): Promise<string> {
  const { resellerId } = await createReseller()
  const person = { name: "Dana Ortiz", email: "admin@acme.example", role: "admin" } as const
  const { userId } = await addStaff(resellerId, person)
  const { headers } = await authFor(bindings).api.signInAccepted({ body: { userId }, returnHeaders: true })
  const [cookie = "", ...others] = headers.getSetCookie()
  expect(others).toEqual([])
  return cookie
}

it("over https the session cookie is a __Host- cookie, with the signed token and nothing else", async () => {
  const cookie = await sessionCookie(DEPLOYED)
  const [pair = "", ...attributes] = cookie.split("; ")
  expect(pair).toMatch(/^__Host-vestibule\.session_token=/)
  const [token] = decodeURIComponent(pair.slice(pair.indexOf("=") + 1)).split(".")
  expect(await count("sessions", `token = '${token}'`)).toBe(1)
  expect(decodeURIComponent(pair)).toMatch(/=\w{32}\.[\w+/]{43}=$/)
  expect(attributes.sort()).toEqual(["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax", "Secure"])
})

it("over https only the __Host- cookie counts, which another host of the domain can't set", async () => {
  const [pair = ""] = (await sessionCookie(DEPLOYED)).split("; ")
  const browser = new Browser()
  browser.env = DEPLOYED
  const open = async (cookie: string) => {
    const headers = new Headers({ "Set-Cookie": cookie })
    const visitor = new Browser()
    visitor.env = DEPLOYED
    visitor.storeCookies(headers)
    return (await visitor.get("/")).status
  }
  expect(await open(pair)).toBe(200)
  expect(await open(pair.replace("__Host-", ""))).toBe(303)
})

it("over http a deployment redirects pages to https, and refuses forms and API calls without a redirect", async () => {
  const { app } = await import("../src/local/app.ts")
  const open = (url: string, init: RequestInit = {}) =>
    app.fetch(new Request(url, init), DEPLOYED, createExecutionContext())
  const page = await open("http://vestibule.example/sign-in?next=%2Fbilling")
  expect([page.status, page.headers.get("Location")]).toEqual([
    301,
    "https://vestibule.example/sign-in?next=%2Fbilling",
  ])
  const form = await open("http://vestibule.example/sign-in", { method: "POST" })
  expect([form.status, form.headers.get("Location")]).toEqual([403, null])
  const call = await open("http://vestibule.example/api/v1/invites", {
    headers: { Authorization: "Bearer vst_live_x" },
  })
  expect([call.status, (await call.json<{ code: string }>()).code]).toEqual([403, "https_required"])
  const outdated = await open("https://vestibule.example/sign-in", { cf: { tlsVersion: "TLSv1.1" } })
  expect(outdated.status).toBe(403)
  expect((await open("https://vestibule.example/sign-in", { cf: { tlsVersion: "TLSv1.3" } })).status).toBe(200)
  const local = await app.fetch(new Request("http://localhost:8787/sign-in"), testEnv, createExecutionContext())
  expect(local.status).toBe(200)
})

it("a deployment takes forms from its own origin alone, whatever host a request names", async () => {
  const { app } = await import("../src/local/app.ts")
  const signIn = (host: string, origin: string) =>
    app.fetch(
      new Request(`https://${host}/sign-in`, {
        method: "POST",
        body: new URLSearchParams({ email: "a@b.example", password: "x" }),
        headers: { Origin: origin },
      }),
      DEPLOYED,
      createExecutionContext(),
    )
  expect((await signIn("evil.example", "https://evil.example")).status).toBe(403)
  expect((await signIn("vestibule.example", "https://evil.example")).status).toBe(403)
  expect((await signIn("vestibule.example", "https://vestibule.example")).status).toBe(422)
})

it("a forged or ended session is no session", async () => {
  const [pair = ""] = (await sessionCookie(testEnv)).split("; ")
  const [name, value = ""] = pair.split("=")
  const [token = "", signature = ""] = decodeURIComponent(value).split(".")
  const open = async (content: string) => {
    const visitor = new Browser()
    visitor.storeCookies(new Headers({ "Set-Cookie": `${name}=${encodeURIComponent(content)}` }))
    return (await visitor.get("/")).status
  }
  expect(await open(`${token}.${signature}`)).toBe(200)
  const otherSignature = signature.replace(/^./, (first) => (first === "A" ? "B" : "A"))
  for (const forged of [token, `${token}.`, `${token}.${otherSignature}`, `x${token}.${signature}`, `.${signature}`]) {
    expect([forged, await open(forged)]).toEqual([forged, 303])
  }
  await env.DB.prepare("UPDATE sessions SET expires_at = 1").run()
  expect(await open(`${token}.${signature}`)).toBe(303)
})

it("every page of a signed-in person may not be stored", async () => {
  const staff = await createResellerWithRole("admin")
  for (const route of staffRoutes.filter(({ method }) => method === "GET")) {
    const response = await staff.browser.get(fillIds(route, staff.ids))
    expect([route.name, response.status, response.headers.get("Cache-Control")?.includes("no-store")]).toEqual([
      route.name,
      allowedStatus(route),
      true,
    ])
  }
})

it("every page of a member and every error page may not be stored", async () => {
  const { browser, ids } = await createCustomerWithRole("admin")
  for (const route of memberRoutes.filter(({ method }) => method === "GET")) {
    const response = await browser.get(fillIds(route, ids))
    expect([route.name, response.headers.get("Cache-Control")?.includes("no-store")]).toEqual([route.name, true])
  }
  const missing = await browser.get("/account/invites/inv_none")
  expect([missing.status, missing.headers.get("Cache-Control")?.includes("no-store")]).toEqual([404, true])
})

it("signing out ends the session and makes the browser forget cookie, cache and storage", async () => {
  const { browser } = await signInStaff()
  const response = await browser.post("/sign-out")
  expect(await count("sessions")).toBe(0)
  expect(response.headers.get("Clear-Site-Data")).toBe('"cache", "storage"')
  const cookies = response.headers.getSetCookie().map((cookie) => [cookie.split("=")[0], cookie.includes("Max-Age=0")])
  expect(cookies).toEqual([
    ["vestibule.session_token", true],
    ["vestibule.bookmark", false],
  ])
  expect((await browser.get("/")).headers.get("Location")).toBe("/sign-in")
})

it("a sign-in with the form sets the same cookie, and one that makes the browser known", async () => {
  const { resellerId } = await createReseller()
  await addStaff(resellerId, { name: "Dana Ortiz", email: "admin@acme.example", role: "admin" })
  const browser = new Browser()
  browser.env = DEPLOYED
  const response = await browser.post("/sign-in", { email: "admin@acme.example", password: PASSWORD })
  const names = response.headers.getSetCookie().map((cookie) => cookie.split("=")[0])
  expect([response.status, names]).toEqual([303, ["__Host-vestibule.session_token", "__Host-vestibule.known_browser"]])
  expect((await browser.get("/")).status).toBe(200)
})

it("the mailbox answers only to names of this machine", async () => {
  const paths = ROUTES.filter(({ area, method }) => area === "local" && method === "GET").map(({ path }) => path)
  expect(paths.length).toBeGreaterThan(3)
  for (const path of paths) {
    for (const host of ["evil.example", "localhost.evil.example", "192.168.0.10", "10.0.0.1:8787"]) {
      const { app } = await import("../src/local/app.ts")
      const response = await app.fetch(new Request(`http://${host}${path}`), testEnv)
      expect([path, host, response.status]).toEqual([path, host, 404])
    }
  }
  const { app } = await import("../src/local/app.ts")
  for (const host of ["localhost:8787", "127.0.0.1:8787", "[::1]:8787", "app.localhost"]) {
    expect((await app.fetch(new Request(`http://${host}/mailbox.json`), testEnv)).status).toBe(200)
  }
})
