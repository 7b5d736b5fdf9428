import { describe, expect, it } from "vitest"
import { maskLinks } from "../src/local/mask-links.ts"
import {
  Browser,
  count,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  sendDueEmails,
  signInStaff,
} from "./support/app.ts"

const TOKEN = "QNzPFD-5k2EAAWryFMB1p_zZ0Xy8v3QmWcR4t6LkJg"

async function createLink() {
  const { browser } = await signInStaff()
  await invite(browser)
  return latestRegistrationLink()
}

describe("a link that starts with /register", () => {
  it.each(["GET", "HEAD", "POST"] as const)("redirects %s to the short path, without storing it", async (method) => {
    const link = await createLink()
    const browser = new Browser()
    for (const rest of ["", "/opening", "%3E", "/", "?utm_source=mail"]) {
      const path = link.replace("/r/", "/register/") + rest
      const response = await {
        GET: () => browser.get(path),
        HEAD: () => browser.head(path),
        POST: () => browser.post(path),
      }[method]()
      expect([response.status, response.headers.get("Location")]).toEqual([308, (link + rest).split("?")[0]])
      expect([response.headers.get("Referrer-Policy"), response.headers.get("Cache-Control")]).toEqual([
        "no-referrer",
        "no-store",
      ])
    }
    expect(await count("invites", "status = 'pending' AND opened_at IS NULL")).toBe(1)
  })

  it("never redirects to another site", async () => {
    for (const path of [
      "/register//evil.example",
      "/register/%2F%2Fevil.example",
      "/register/\\evil.example",
      "/register",
      "/register/",
    ]) {
      const location = (await new Browser().get(path)).headers.get("Location") ?? "none"
      expect(location).toMatch(/^\/r(\/|$)/)
      expect((await new Browser().get(location)).status).toBe(404)
    }
  })

  it("accepts no form that another site posts", async () => {
    const path = (await createLink()).replace("/r/", "/register/")
    expect((await new Browser().post(path, REGISTRATION_FORM, { Origin: "https://evil.example" })).status).toBe(403)
  })
})

it("a token for declining isn't repaired to a registration link, nor the other way around", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  const text = (await sendDueEmails())[0]?.text ?? ""
  const link = /\/r\/\S+/.exec(text)?.[0] ?? ""
  const declineLink = /\/decline\/\S+/.exec(text)?.[0] ?? ""
  expect((await new Browser().get(`${declineLink}%3E`)).headers.get("Location")).toBe(declineLink)
  expect((await new Browser().get(`${declineLink.replace("/decline/", "/r/")}%3E`)).status).toBe(404)
  expect((await new Browser().get(`${link.replace("/r/", "/decline/")}%3E`)).status).toBe(404)
})

it("a damaged link is repaired with 400 other characters around it, and a much longer one is refused", async () => {
  const link = await createLink()
  const noise = (length: number) => "utm_source-mail.".repeat(length / 16)
  expect((await new Browser().get(`/r/${noise(192)}/${link.slice(3)}?${noise(192)}`)).headers.get("Location")).toBe(
    link,
  )
  expect((await new Browser().get(`/r/${link.slice(3)}/${noise(400)}`)).headers.get("Location")).toBe(link)
  expect((await new Browser().get(`/r/${link.slice(3)}/${noise(1600)}`)).status).toBe(404)
})

describe("the log of a developer's machine", () => {
  const encodeAll = (text: string) => Array.from(text, (char) => `%${char.charCodeAt(0).toString(16)}`).join("")

  it.each([
    `GET /r/${TOKEN} 200 OK (12ms)`,
    `[wrangler:info] POST /r/${TOKEN}/codes 303 See Other (3ms)`,
    `GET http://localhost:8787/r/${TOKEN}`,
    `GET //R//${TOKEN} 303`,
    `GET /%72/${TOKEN} 303`,
    `GET /r%2f${TOKEN.slice(0, 9)}%0d%0a${TOKEN.slice(9)} 303`,
    `GET ${encodeAll(`/r/${TOKEN}`)} 303`,
    `GET ${encodeURIComponent(encodeAll(`/decline/${TOKEN}`))} 303`,
    `GET /register/${TOKEN} 308`,
    `GET /d%65cline/${TOKEN.slice(0, -1)} 404`,
    `{"token":"${TOKEN}"}`,
  ])("hides the token in %s", (line) => {
    const masked = maskLinks(line)
    for (const part of [TOKEN.slice(0, 9), TOKEN.slice(9, 20), encodeAll(TOKEN.slice(9, 20))])
      expect(masked).not.toContain(part)
    expect(masked).toContain("…")
    if (line.startsWith("GET /")) expect(masked).toMatch(/^GET .*\/…( \d{3}.*)?$/)
  })

  it.each([
    "GET /customers/invites/inv_01kc5y7m3q0000000000000000 200 OK",
    "GET /mailbox.json 200 OK (3ms)",
    "Ready on http://localhost:8787",
  ])("shows %s", (line) => expect(maskLinks(line)).toBe(line))
})
