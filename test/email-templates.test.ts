import { describe, expect, it } from "vitest"
import * as templates from "../.generated/emails.ts"
import { renderInvite, sampleLinks } from "../src/emails/render-invite.ts"
import { columnsOf, TEXT_COLUMNS } from "../src/emails/wrap-text.ts"
import { contrast } from "../src/text/accent-color.ts"
import { LOCALES } from "../src/text/locales.ts"

/** Far below what Gmail clips at (102 kB), and about what a template's words weigh. */
const MAX_BYTES = 5_000

const config = { baseUrl: "https://vestibule.example", platformName: "PacketFabric" }
const RESELLER = {
  id: "res_1",
  name: "Acme Networks",
  supportEmail: "support@acme.example",
  supportPhone: "+14155550100",
  accentColor: "#b3261e",
  logoId: null as string | null,
  timeZone: "Europe/Berlin",
  locale: "en" as const,
}

const render = (locale: (typeof LOCALES)[number], { note = "", logoId = null as string | null } = {}) =>
  renderInvite(
    { config },
    {
      reseller: { ...RESELLER, logoId },
      inviterName: "Dana Ortiz",
      invite: {
        kind: "customer",
        role: null,
        companyName: "شركة الخليج للاتصالات والخدمات اللوجستية",
        contactName: "山田 太郎",
        contactEmail: "taro@x.example",
        note,
        locale,
        invitedBy: "usr_1",
        expiresAt: new Date("2099-01-01"),
      },
    },
    sampleLinks({ config }),
  )

describe.each(Object.entries(templates))("%s", (_, { html }) => {
  it("has each meta tag once, no padding, and one conditional for Word's engine", () => {
    const metas = [...html.matchAll(/<meta (?:name|http-equiv)="([^"]*)"/gi)].map(([, name]) => name)
    expect(metas).toEqual(["Content-Type", "viewport", "x-apple-disable-message-reformatting", "format-detection"])
    expect(html).not.toMatch(/[\u200b-\u200f\u2060\ufeff\u00a0]/)
    expect(html.match(/<!--\[if mso\]>/g)?.length).toBe(2) // around the table
    expect(new TextEncoder().encode(html).length).toBeLessThan(MAX_BYTES)
  })

  it("pads cells, not tables, so that Outlook does too", () => {
    for (const [, style] of html.matchAll(/<table[^>]*style="([^"]*)"/g)) expect(style).not.toContain("padding")
  })

  it("gives each color of the light theme one of the dark theme", () => {
    const colored = [...html.matchAll(/<(\w+)([^>]*style="[^"]*color:#[^>]*)>/g)]
    expect(colored.length).toBeGreaterThan(3)
    for (const [, , attributes = ""] of colored)
      expect(attributes).toMatch(/class="[^"]*(page|card|ink|soft|accent|label|quote)/)
  })
})

it("is readable in both themes, also with a pale or a dark accent", () => {
  for (const accentColor of ["#b3261e", "#ffee00", "#101010"]) {
    const { html } = renderInvite(
      { config },
      { reseller: { ...RESELLER, accentColor }, inviterName: null, invite: { ...INVITE } },
      sampleLinks({ config }),
    )
    const dark = (selector: string, property: string) =>
      new RegExp(`${selector.replace(".", "\\.")}\\{[^}]*?${property}:(#\\w+)`).exec(
        html.split("prefers-color-scheme")[1] ?? "",
      )?.[1] ?? ""
    const accent = / class="accent"[^>]*color:(#\w+)/.exec(html)?.[1] ?? ""
    const pairs = [
      ["#1d1c1a", "#ffffff"],
      ["#6b6862", "#fbfaf8"],
      [accent, "#ffffff"],
      ["#ffffff", /class="button"[^>]*background-color:(#\w+)/.exec(html)?.[1] ?? ""],
      [dark(".ink", "color"), dark(".card", "background-color")],
      [dark(".soft", "color"), dark(".page", "background-color")],
      [dark(".accent", "color"), dark(".card", "background-color")],
      [dark(".label", "color"), dark(".button", "background-color")],
    ]
    for (const [text = "", background = ""] of pairs) {
      expect([text, background]).toEqual([expect.stringMatching(/^#\w{6}$/), expect.stringMatching(/^#\w{6}$/)])
      expect(contrast(text, background), `${text} on ${background}`).toBeGreaterThanOrEqual(4.5)
    }
  }
})

const INVITE = {
  kind: "customer" as const,
  role: null,
  companyName: "Northwind Logistics",
  contactName: "Priya Nair",
  contactEmail: "priya@northwind.example",
  note: "",
  locale: "en" as const,
  invitedBy: "usr_1",
  expiresAt: new Date("2099-01-01"),
}

describe.each(LOCALES)("the text of an invite in %s", (locale) => {
  it("has 72 columns at most, and each link on a line of its own", () => {
    const { text } = render(locale, { note: `See you.\n\n${"word ".repeat(40)}` })
    const lines = text.split("\n")
    expect(lines.filter((line) => columnsOf(line) > TEXT_COLUMNS)).toEqual([])
    expect(lines.filter((line) => line.includes("https://")).map((line) => line.trim())).toEqual([
      "https://vestibule.example/r/…",
      "https://vestibule.example/decline/…",
    ])
    expect(lines.filter((line) => line.startsWith("> ")).length).toBeGreaterThan(3)
    expect(lines.at(-1)).not.toBe("")
  })
})

it("has the words of the invite in order, and its button before the link", () => {
  const text = render("en")
    .html.replace(/<(style|title)[\s\S]*?<\/\1>|<!--[\s\S]*?-->/g, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
  const parts = [
    "Dear 山田 太郎,",
    "You have been invited to join the Acme Networks self-service experience, powered by PacketFabric. Get ready to experience connectivity in a beautiful and automated fashion, the way you expect the cloud should be!",
    "Power up your internal network or backbone, connect to and between your Cloud Service and SaaS Providers, and build your own secure, private ecosystem with others via our marketplace.",
    "To complete the sign-up process, follow the link below to create your account. Then, click, create, and connect!",
    "Create your account",
    "Connect Here: https://vestibule.example/r/…",
  ]
  const positions = parts.map((part) => text.indexOf(part))
  expect(positions.every((position) => position >= 0)).toBe(true)
  expect(positions).toEqual(positions.toSorted((a, b) => a - b))
})

it("shows the logo instead of the name, which it has as its alternative text", () => {
  const withLogo = render("en", { logoId: "lgo_1" }).html
  expect(withLogo).toMatch(
    /<img [^>]*alt="Acme Networks" src="https:\/\/vestibule.example\/brand\/logo\/lgo_1" height="32"/,
  )
  expect(withLogo).not.toMatch(/<p [^>]*>Acme Networks<\/p>/)
  expect(render("en").html).toMatch(/<p [^>]*>Acme Networks<\/p>/)
})
