import { expect, it } from "vitest"
import { Browser, callApi, createApiKey, invite, latestRegistrationLink, signInStaff } from "./support/app.ts"

const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types vestibule",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
  "referrer-policy": "same-origin",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-dns-prefetch-control": "off",
  "x-download-options": "noopen",
  "x-frame-options": "DENY",
  "x-permitted-cross-domain-policies": "none",
  "x-xss-protection": "0",
}

const securityHeadersOf = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name in HEADERS || name === "x-powered-by"))

it("pages, files, redirects, errors and the API have the same security headers", async () => {
  const { browser } = await signInStaff()
  const visitor = new Browser()
  const responses = [
    await browser.get("/customers/invites"),
    await browser.get("/customers/invites/export"),
    await browser.get("/nowhere"),
    await browser.post("/customers/invites/new", {}),
    await visitor.get("/"),
    await visitor.get("/healthz"),
    await visitor.get("/api/v1/invites"),
    await visitor.get("/api/v1/docs"),
    await visitor.get("/api/v1/openapi.json"),
    await visitor.get("/brand/accent/c2185b.css"),
  ]
  for (const response of responses) expect(securityHeadersOf(response), response.url).toEqual(HEADERS)
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 404, 422, 303, 200, 401, 200, 200, 200])
})

it("a link page sends no referrer, and a resource of the API is the caller's alone", async () => {
  const { browser, resellerId } = await signInStaff()
  await invite(browser)
  const page = await new Browser().get(await latestRegistrationLink())
  expect(securityHeadersOf(page)).toEqual({ ...HEADERS, "referrer-policy": "no-referrer" })
  const response = await callApi({ path: "/invites", key: await createApiKey(resellerId) })
  expect(response.headers.get("Cache-Control")).toBe("private, no-store")
  expect(securityHeadersOf(response)).toEqual(HEADERS)
})
