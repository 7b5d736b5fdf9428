import { env } from "cloudflare:workers"
import { crc32 } from "node:zlib"
import { describe, expect, it } from "vitest"
import { STAFF_ROLES } from "../src/storage/schema.ts"
import { accessibleAccent, contrast } from "../src/text/accent-color.ts"
import { Browser, count, invite, ORIGIN, REGISTRATION_FORM, sendDueEmails, signInStaff } from "./support/app.ts"

const COMPANY = {
  name: "Acme Networks",
  support_name: "Dana Ortiz",
  support_email: "help@acme.example",
  support_phone: "+1 415 555 0100",
  accent_color: "#C2185B",
}

const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
)

/** A PNG whose header states this width and height, followed by `bytes` zero bytes. */
function png(width: number, height: number, bytes = 0): Buffer {
  const pngBytes = Buffer.from(PIXEL)
  pngBytes.writeUInt32BE(width, 16)
  pngBytes.writeUInt32BE(height, 20)
  pngBytes.writeUInt32BE(crc32(pngBytes.subarray(12, 29)), 29)
  return Buffer.concat([pngBytes, Buffer.alloc(bytes)])
}

const upload = (browser: Browser, bytes: Uint8Array, name = "logo.png", type = "image/png") =>
  browser.upload("/settings/logo", "logo", new File([bytes], name, { type }))

describe("the company profile", () => {
  it("sets the name, support contact and accent color that contacts see on pages and in emails", async () => {
    const { browser } = await signInStaff()
    expect((await browser.post("/settings", { ...COMPANY, name: "Acme Cloud" })).status).toBe(303)
    expect(
      await count("resellers", "name = 'Acme Cloud' AND support_phone = '+14155550100' AND accent_color = '#c2185b'"),
    ).toBe(1)
    expect(await count("audit_log", "action = 'reseller.company_changed'")).toBe(1)
    await invite(browser)
    const [mail] = await sendDueEmails()
    expect([mail?.from.name, mail?.replyTo]).toEqual(["Acme Cloud", "help@acme.example"])
    expect(mail?.html).toContain("background-color:#c2185b")
    expect(mail?.html).not.toMatch(/\{\{|#1f4fd8/)
    const link = /\/r\/\S+/.exec(mail?.text ?? "")?.[0] ?? ""
    const contact = new Browser()
    const page = await (await contact.get(link)).text()
    for (const expectedText of ["Acme Cloud", "Dana Ortiz", "+1 415 555 0100", "/brand/accent/c2185b.css"]) {
      expect(page).toContain(expectedText)
    }
    await contact.post(link, REGISTRATION_FORM)
    expect(await (await contact.get("/account")).text()).toContain("/brand/accent/c2185b.css")
  })

  it.each([
    ["name", " ", "Enter your company&#39;s name."],
    ["support_email", "nobody", "an email address"],
    ["support_phone", "12", "Enter a phone number with country code"],
    ["accent_color", "red;}body{display:none", "Use a color such as #1f4fd8."],
    ["accent_color", "red", "Use a color such as #1f4fd8."],
  ])("with %s %o is refused with an error at the field, and nothing is written", async (field, value, expectedText) => {
    const { browser } = await signInStaff()
    const refused = await browser.post("/settings", { ...COMPANY, [field]: value })
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining(expectedText)])
    expect(await count("resellers", "support_email = 'support@acme.example' AND accent_color IS NULL")).toBe(1)
  })

  it("can leave out the support phone and name", async () => {
    const { browser } = await signInStaff()
    expect((await browser.post("/settings", { ...COMPANY, support_phone: "", support_name: "" })).status).toBe(303)
    expect(await count("resellers", "support_phone IS NULL AND support_name IS NULL")).toBe(1)
  })

  it.each(STAFF_ROLES.filter((role) => role !== "admin"))("is for Admins only, not for %s", async (role) => {
    const { browser } = await signInStaff("acme", role)
    expect((await browser.get("/settings")).status).toBe(403)
    for (const path of ["/settings", "/settings/logo/removal"]) {
      expect((await browser.post(path, COMPANY)).status).toBe(403)
    }
    expect((await upload(browser, PIXEL)).status).toBe(403)
    expect([await count("logos"), await count("audit_log", "action LIKE 'reseller.%'")]).toEqual([0, 0])
  })
})

describe("the activity", () => {
  it("has no entry for settings that are saved unchanged or a logo that is removed twice", async () => {
    const { browser } = await signInStaff()
    const defaults = { default_expires_in_days: "30", locale: "de", reminders_enabled: "on" }
    for (let n = 0; n < 3; n++) {
      expect((await browser.post("/settings", COMPANY)).status).toBe(303)
      expect((await browser.post("/settings/invites", defaults)).status).toBe(303)
      expect((await browser.post("/settings/logo/removal")).status).toBe(303)
    }
    expect(await listActions()).toEqual(["reseller.company_changed", "reseller.invite_settings_changed"])
    await upload(browser, PIXEL)
    await browser.post("/settings/logo/removal")
    await browser.post("/settings/logo/removal")
    await browser.post("/settings", { ...COMPANY, support_phone: "" })
    await browser.post("/settings/invites", { ...defaults, reminders_enabled: "" })
    expect((await listActions()).slice(2)).toEqual([
      "reseller.logo_changed",
      "reseller.logo_removed",
      "reseller.company_changed",
      "reseller.invite_settings_changed",
    ])
    expect(await count("resellers", "support_phone IS NULL AND reminders_enabled = 0 AND logo_id IS NULL")).toBe(1)
  })

  async function listActions() {
    const query = "SELECT action FROM audit_log WHERE action LIKE 'reseller.%' ORDER BY id"
    return (await env.DB.prepare(query).all<{ action: string }>()).results.map(({ action }) => action)
  }
})

describe("an accent color", () => {
  it.each(["#ffff00", "#ffffff", "#000000", "#777777", "#1f4fd8", "#c2185b", "#00ff88", "#0a0a3c"])(
    "derived from %s has enough contrast on light and dark backgrounds and with the text on it",
    (color) => {
      const { light, onLight, dark, onDark } = accessibleAccent(color)
      for (const background of ["#ffffff", "#fbfaf8", "#f1efeb", onLight]) {
        expect(contrast(light, background)).toBeGreaterThanOrEqual(4.5)
      }
      for (const background of ["#141414", "#1c1c1b", "#262624", onDark]) {
        expect(contrast(dark, background)).toBeGreaterThanOrEqual(4.5)
      }
    },
  )

  it("with enough contrast stays unchanged, and contrast is computed as WCAG specifies", () => {
    expect(accessibleAccent("#1f4fd8").light).toBe("#1f4fd8")
    expect(contrast("#ffffff", "#000000")).toBe(21)
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2)
  })

  it("has a stylesheet that is cached forever, for six-digit colors only", async () => {
    const stranger = new Browser()
    const style = await stranger.get("/brand/accent/ffff00.css")
    expect([style.status, style.headers.get("Content-Type")]).toEqual([200, "text/css; charset=utf-8"])
    expect(style.headers.get("Cache-Control")).toContain("immutable")
    expect(await style.text()).toMatch(/^\.branded\{--accent:light-dark\(#[0-9a-f]{6},#[0-9a-f]{6}\)/)
    const { browser } = await signInStaff()
    for (const path of ["/brand/accent/fff.css", "/brand/accent/ffff00;}.css", "/brand/accent/FFFF00.css"]) {
      expect([path, (await browser.get(path)).status]).toEqual([path, 404])
    }
  })
})

describe("a logo", () => {
  it("appears on the contact's pages and in emails from our own origin until another one replaces it", async () => {
    const { browser } = await signInStaff()
    expect((await upload(browser, PIXEL)).status).toBe(303)
    const first = await env.DB.prepare("SELECT logo_id FROM resellers").first<string>("logo_id")
    const logoResponse = await new Browser().get(`/brand/logo/${first}`)
    expect([
      logoResponse.status,
      logoResponse.headers.get("Content-Type"),
      logoResponse.headers.get("X-Content-Type-Options"),
    ]).toEqual([200, "image/png", "nosniff"])
    expect(logoResponse.headers.get("Cross-Origin-Resource-Policy")).toBe("cross-origin")
    expect(Buffer.from(await logoResponse.arrayBuffer())).toEqual(PIXEL)
    await invite(browser)
    const [mail] = await sendDueEmails()
    expect(mail?.html).toContain(`src="${ORIGIN}/brand/logo/${first}"`)
    const page = await (await new Browser().get(/\/r\/\S+/.exec(mail?.text ?? "")?.[0] ?? "")).text()
    expect(page).toContain(`<img class="logo" src="/brand/logo/${first}" alt="Acme Networks" width="1" height="1"/>`)
    expect((await upload(browser, png(1, 1))).status).toBe(303)
    expect(await count("resellers", `logo_id = '${first}'`)).toBe(0)
    expect((await new Browser().get(`/brand/logo/${first}`)).status).toBe(200) // sent emails still show it
    for (let n = 0; n < 12; n++) await upload(browser, png(1, 1))
    expect([await count("logos"), (await new Browser().get(`/brand/logo/${first}`)).status]).toEqual([10, 404])
    expect((await browser.post("/settings/logo/removal")).status).toBe(303)
    expect(await count("resellers", "logo_id IS NULL")).toBe(1)
  })

  it.each([
    ["HTML", Buffer.from("<!doctype html><script>alert(1)</script>"), "read this image"],
    [
      "an SVG with a script",
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
      "read this image",
    ],
    ["a PNG with too many pixels", png(50_000, 50_000), "2000 pixels or less"],
    ["a PNG of width zero", png(0, 10), "2000 pixels or less"],
    ["a GIF", Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64"), "read this image"],
    ["a PNG without its last chunk", PIXEL.subarray(0, -12), "read this image"],
    ["a PNG with fewer pixels than its header says", png(300, 80), "read this image"],
    ["a PNG truncated in its pixel data", PIXEL.subarray(0, -20), "read this image"],
    ["a truncated JPEG", Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 9, 0, 9, 3, 1, 1, 1, 1]), "read this image"],
    [
      "a truncated WebP",
      Buffer.from("RIFF\xff\0\0\0WEBPVP8X\n\0\0\0\0\0\0\0\0\0\0\0\0\0", "latin1"),
      "read this image",
    ],
    ["a PNG of 12 bytes", PIXEL.subarray(0, 12), "read this image"],
    ["a GIF signature without data", Buffer.from("GIF89a"), "read this image"],
    ["slightly too large", Buffer.concat([PIXEL, Buffer.alloc(200_000)]), "200 kB or less"],
    ["empty", new Uint8Array(), "Choose an image."],
  ])("that is %s is refused with a clear message", async (_, bytes, expectedText) => {
    const { browser } = await signInStaff()
    const refused = await upload(browser, bytes)
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining(expectedText)])
    expect([await count("logos"), await count("resellers", "logo_id IS NULL")]).toEqual([0, 1])
  })

  it("of 20 MB is refused before it is read", async () => {
    const { browser } = await signInStaff()
    const refused = await upload(browser, new Uint8Array(20_000_000))
    expect([refused.status, await refused.text()]).toEqual([413, expect.stringContaining("200 kB or less")])
  })

  it("with an unknown id is answered with 404", async () => {
    expect((await new Browser().get("/brand/logo/lgo_none")).status).toBe(404)
  })
})

it("only the operator sees the name of the product: pages, the API's documents and emails name the platform", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  const [mail] = await sendDueEmails()
  const link = /\/r\/\S+/.exec(mail?.text ?? "")?.[0] ?? ""
  const texts = [mail?.html ?? "", mail?.text ?? ""]
  for (const path of [
    "/",
    "/settings",
    "/profile",
    "/nowhere",
    "/api/v1/docs",
    "/api/v1/docs/versions",
    "/api/v1/openapi.json",
  ]) {
    texts.push(await (await browser.get(path)).text())
  }
  for (const path of ["/sign-in", "/forgot-password", "/r/x", "/reset-password/x", link]) {
    texts.push(await (await new Browser().get(path)).text())
  }
  const contact = new Browser()
  await contact.post(link, REGISTRATION_FORM)
  texts.push(await (await contact.get("/account")).text())
  expect(texts.join("").match(/.{0,40}(?<!X-)Vestibule.{0,40}/g)).toBe(null)
  expect(JSON.parse(texts[8] ?? "").info.title).toBe("PacketFabric API")
})

it("a logo stands in the navigation of staff and of customers, who also see the name of their account", async () => {
  const { browser } = await signInStaff()
  await upload(browser, PIXEL)
  await invite(browser)
  const link = /\/r\/\S+/.exec((await sendDueEmails())[0]?.text ?? "")?.[0] ?? ""
  const contact = new Browser()
  await contact.post(link, REGISTRATION_FORM)
  const brandOf = async (response: Response) => /<a class="brand"[^>]*>(.*?)<\/a>/.exec(await response.text())?.[1]
  const logo = /^<img class="logo" src="\/brand\/logo\/lgo_\w+" alt="Acme Networks" width="1" height="1"\/>/
  expect((await brandOf(await browser.get("/")))?.replace(logo, "")).toBe("")
  expect((await brandOf(await contact.get("/account")))?.replace(logo, "")).toBe(
    '<span class="brand-name">Northwind Logistics</span>',
  )
  await env.DB.prepare("UPDATE resellers SET logo_id = 'lgo_01kc_300x20'").run()
  expect(await brandOf(await browser.get("/"))).toContain('width="300" height="20"')
  await env.DB.prepare("UPDATE resellers SET logo_id = 'lgo_01kc'").run() // from before ids had sizes
  expect(await brandOf(await browser.get("/"))).toBe(
    '<img class="logo" src="/brand/logo/lgo_01kc" alt="Acme Networks"/>',
  )
})
