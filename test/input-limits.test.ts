import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest"
import { recordDeliveryEvent } from "../src/domain/mail/delivery-events.ts"
import { createDeps } from "../src/http/bindings.ts"
import { app } from "../src/local/app.ts"
import { href, ROUTES } from "../src/routes.ts"
import { document, expectDocumented, operations } from "./api-document.ts"
import {
  Browser,
  CUSTOMER,
  callApi,
  count,
  createApiKey,
  invite,
  latestRegistrationLink,
  ORIGIN,
  REGISTRATION_FORM,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { countNormalized } from "./support/normalized.ts"
import { openEveryPage } from "./support/page-forms.ts"

const MARK = "\u0301"
/** As many marks as fit into a form: 60 kB. */
const MANY_MARKS = MARK.repeat(10_000)
const MEGABYTE = 1_000_000
/** Pages whose search is cut instead. */
const SEARCHES = (["customers.invites.list", "customers.list", "activity.list", "search.show"] as const).map((name) =>
  href(name),
)
/** More than all fields of a form have together. */
const NORMALIZED_MAX = 8_000

const postRoutes = ROUTES.filter(({ area, method }) => method === "POST" && area !== "apiKey" && area !== "operator")
const pathOf = ({ path }: { path: string }) => path.replace(/:\w+(\{.*\})?(?=\/|$)/g, "x").replace("*", "x")

async function send(path: string, init: RequestInit) {
  const context = createExecutionContext()
  const request = new Request(ORIGIN + path, { ...init, headers: { Origin: ORIGIN, ...init.headers } })
  const response = await app.fetch(request, testEnv, context)
  await waitOnExecutionContext(context)
  return response
}

const FORM = { "Content-Type": "application/x-www-form-urlencoded" }
const post = (path: string, body: BodyInit, headers: Record<string, string> = FORM) =>
  send(path, { method: "POST", body, headers })

/** A body that doesn't say how long it is, and how much of it was read. */
function chunked(bytes: number) {
  const progress = { read: 0 }
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (progress.read >= bytes) return controller.close()
      progress.read += 4_096
      controller.enqueue(new Uint8Array(4_096).fill(97))
    },
  })
  return { stream, progress }
}

let normalized: ReturnType<typeof countNormalized>
let logSpy: MockInstance

beforeEach(() => {
  logSpy = vi.spyOn(console, "log").mockImplementation(() => undefined)
  normalized = countNormalized()
})
afterEach(() => {
  normalized.restore()
  logSpy.mockRestore()
})

it("a form is refused unless it is UTF-8, so that no letter is replaced", async () => {
  const { browser } = await signInStaff()
  const headers = { ...FORM, Cookie: browser.cookieHeader() }
  const form = new URLSearchParams(CUSTOMER).toString()
  const invite = (name: string) =>
    post(href("customers.invites.create"), form.replace("contact_name=Priya", `contact_name=${name}`), headers)
  const refused = await invite("J%FCrgen")
  expect([refused.status, await count("invites")]).toEqual([400, 0])
  const accepted = await invite("J%C3%BCrgen")
  expect([accepted.status, await count("invites", "contact_name = 'Jürgen Nair'")]).toEqual([303, 1])
})

describe("every form", () => {
  it("of a route is refused with 413 if it is too large, has too many fields or doesn't end", async () => {
    const tooMany = new URLSearchParams(Array.from({ length: 10_000 }, (_, n) => [`f${n % 7}`, ""]))
    const bodies: [string, () => BodyInit][] = [
      ["marks", () => `name=${encodeURIComponent(MARK.repeat(100_000))}`],
      ["a megabyte", () => "a".repeat(MEGABYTE)],
      ["a megabyte without a length", () => chunked(MEGABYTE).stream],
      ["10,000 fields", () => tooMany.toString().slice(0, 60_000)],
    ]
    const accepted: string[] = []
    // The routes of files accept more, as multipart.
    for (const route of postRoutes) {
      for (const [what, body] of bodies) {
        const { status } = await post(pathOf(route), body())
        if (status !== 413) accepted.push(`${route.name} ${what}: ${status}`)
      }
    }
    expect([accepted, normalized.characters]).toEqual([[], 0])
  })

  it("is read no further than the limit", async () => {
    const { stream, progress } = chunked(MEGABYTE)
    expect((await post(href("session.create"), stream)).status).toBe(413)
    expect(progress.read).toBeLessThan(100_000)
  })

  it("may have 200 fields and 64 KiB", async () => {
    const fields = Array.from({ length: 200 }, (_, n) => [`f${n}`, ""])
    expect((await post(href("session.create"), new URLSearchParams(fields))).status).toBe(422)
    const tooMany = await post(href("session.create"), new URLSearchParams([...fields, ["f200", ""]]))
    expect([tooMany.status, await tooMany.text()]).toEqual([413, expect.stringContaining("Too much text")])
    const text = `email=${"a".repeat(64 * 1024 - 6)}`
    expect([
      (await post(href("session.create"), text)).status,
      (await post(href("session.create"), `${text}a`)).status,
    ]).toEqual([422, 413])
  })

  it("that htmx posts is refused with a message on the page", async () => {
    const headers = { ...FORM, "HX-Request": "true", "HX-Request-Type": "partial", "Accept-Language": "de" }
    const response = await post(href("session.create"), "a".repeat(MEGABYTE), headers)
    const html = await response.text()
    expect([response.status, html.includes("<!doctype"), html.includes("mehr Text oder mehr Felder")]).toEqual([
      413,
      false,
      true,
    ])
  })

  it("of a logo is limited by its own size, and in its fields", async () => {
    const { browser } = await signInStaff()
    const image = await browser.upload(href("settings.logo.upload"), "logo", new File(["a".repeat(100_000)], "a.png"))
    expect(image.status).toBe(422) // not an image
    const large = await browser.upload(href("settings.logo.upload"), "logo", new File(["a".repeat(MEGABYTE)], "a.png"))
    expect([large.status, await large.text()]).toEqual([413, expect.stringContaining("200 kB or less")])
    const fields = Array.from({ length: 201 }, () => ["logo", ""])
    expect((await browser.post(href("settings.logo.upload"), fields)).status).toBe(413)
  })

  it("of every page refuses 10,000 marks in any field, and normalizes none of them", async () => {
    const { forms } = await openEveryPage()
    const inputs = forms.flatMap((form) => form.fields.map((field) => ({ ...form, field })))
    expect(inputs.length).toBeGreaterThan(150)
    const problems: string[] = []
    for (const { action, fields, field, browser } of inputs) {
      normalized.characters = 0
      const values = fields
        .filter(({ type }) => type !== "radio" && type !== "submit")
        .map(({ name, value }) => [name, value])
      const sent = [...values, [field.name, MANY_MARKS]] // the last of two fields counts
      const { status } = await browser.post(action, sent)
      const isText = ["text", "email", "tel", "textarea", "url"].includes(field.type)
      const isPreview = action === href("customers.invites.preview") // shows what is valid
      const isReadOnly = field.name === "email" && /^\/(r|reset-password)\//.test(action)
      if (
        status >= 500 ||
        (isText && status < 400 && !isPreview && !isReadOnly) ||
        normalized.characters > NORMALIZED_MAX
      ) {
        problems.push(`${action} ${field.name}: ${status}, ${normalized.characters} characters normalized`)
      }
    }
    expect(problems).toEqual([])
  })
})

describe("a field that is too long", () => {
  it("says how long it may be, and keeps what was entered in the others", async () => {
    const { browser } = await signInStaff()
    const response = await browser.post("/customers/invites/new", { ...CUSTOMER, contact_name: MARK.repeat(5_000) })
    const page = await response.text()
    expect([response.status, page.match(/class="error"[^>]*>([^<]*)/)?.[1]?.trim()]).toEqual([
      422,
      "Use 100 characters or fewer.",
    ])
    for (const value of [CUSTOMER.company_name, CUSTOMER.contact_email, CUSTOMER.billing_phone])
      expect(page).toContain(value)
  })

  it("says so in the contact's language", async () => {
    const { browser } = await signInStaff()
    await browser.post("/customers/invites/new", { ...CUSTOMER, locale: "de" })
    const name = "x".repeat(101)
    const response = await new Browser().post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name })
    expect([response.status, await response.text()]).toEqual([
      422,
      expect.stringContaining("Verwenden Sie höchstens 100 Zeichen."),
    ])
  })

  it("may have spaces around it that are removed", async () => {
    const { browser } = await signInStaff()
    await invite(browser, { contact_name: `${" ".repeat(150)}${"x".repeat(100)}${" ".repeat(150)}` })
    expect(await count("invites", `contact_name = '${"x".repeat(100)}'`)).toBe(1)
  })

  it.each([3_000, 12_000])(
    "of a search is cut to 200 characters, with a message on its page, from %i characters",
    async (length) => {
      const { browser } = await signInStaff()
      await invite(browser)
      const words = "Northwind ".repeat(length / 10)
      const q = encodeURIComponent(words)
      const message = "Search for at most 200 characters."
      for (const path of SEARCHES) {
        const response = await browser.get(`${path}?q=${q}`)
        const page = await response.text()
        expect([path, response.status, page.includes(`value="${words.slice(0, 199)}"`)]).toEqual([path, 200, true])
        expect(page.match(/id="q-limit" role="status">([^<]*)/)?.[1]).toContain(message)
        expect(page).toContain("Sign out")
        const found = await (await browser.get(`${path}?q=${"Northwind+".repeat(20)}`)).text()
        expect([found.includes(CUSTOMER.company_name), found.includes(message)]).toEqual([path !== "/customers", false])
      }
      const palette = await browser.get(`/search?q=${q}`, { "HX-Request": "true", "HX-Request-Type": "partial" })
      expect(await palette.text()).toContain(message)
    },
  )

  it("of a search of the API is a problem", async () => {
    const { resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    const codes = []
    for (const length of [201, 7_000, 9_000]) {
      const response = await callApi({ path: `/invites?q=${"a".repeat(length)}`, key })
      codes.push([response.headers.get("Content-Type"), ((await response.json()) as { code: string }).code])
    }
    const type = "application/problem+json"
    expect(codes).toEqual([
      [type, "invalid_fields"],
      [type, "invalid_fields"],
      [type, "url_too_long"],
    ])
  })
})

describe("marks on a letter", () => {
  const { company_name: _, ...customer } = CUSTOMER

  it("are cut after the eighth, also where joiners separate them", async () => {
    const { browser } = await signInStaff()
    await invite(browser, {
      ...customer,
      contact_name: `Z${`${MARK.repeat(40)}\u200d`.repeat(5)}algo`,
    } as typeof CUSTOMER)
    const name = await env.DB.prepare("SELECT contact_name FROM invites").first<string>("contact_name")
    expect(name).toBe(`\u0179${MARK.repeat(7)}algo`)
  })

  it.each(["Nguyễn Thị Ánh", "กรุ๊งกริ๊ง", "בְּרֵאשִׁ֖ית", "क्षत्रिय", "ཧཱུྃ་བཛྲ་", "1️⃣ 👩🏽‍❤️‍💋‍👨🏽 👨‍👩‍👧‍👦", "می‌خواهم"])(
    "of real text stay: %s",
    async (name) => {
      const { browser } = await signInStaff()
      await invite(browser, { ...CUSTOMER, contact_name: name })
      expect(await env.DB.prepare("SELECT contact_name FROM invites").first("contact_name")).toBe(name.normalize("NFC"))
    },
  )
})

describe("of fields with the same name", () => {
  it("the last one counts", async () => {
    const { browser } = await signInStaff()
    const fields = Object.entries({ ...CUSTOMER, contact_name: "First" })
    await browser.post("/customers/invites/new", [...fields, ["contact_name", "Second"], ["contact_name", "Last"]])
    expect(await count("invites", "contact_name = 'Last'")).toBe(1)
  })
})

describe("every URL", () => {
  it("of more than 8 KiB is refused with 414, as a page or as a problem", async () => {
    const problems: string[] = []
    for (const route of ROUTES.filter(({ path }) => !SEARCHES.includes(path))) {
      const path = `${pathOf(route)}?q=${"%CC%81".repeat(1_400)}`
      const response = await send(path, { method: route.method })
      if (response.status !== 414) problems.push(`${route.method} ${route.path}: ${response.status}`)
      const type = route.path.startsWith("/api/") ? "application/problem+json" : "text/html; charset=UTF-8"
      if (response.headers.get("Content-Type") !== type)
        problems.push(`${route.path}: ${response.headers.get("Content-Type")}`)
    }
    expect([problems, normalized.characters]).toEqual([[], 0])
  })

  it("of a page with a search is refused for anything else in it", async () => {
    const { browser } = await signInStaff()
    const long = "a".repeat(9_000)
    for (const query of [`by=${long}`, `q=a&by=${long}`, `q=${long}&by=${long}`]) {
      expect((await browser.get(`/customers/invites?${query}`)).status).toBe(414)
    }
    const signedOut = await new Browser().get(`/customers/invites?q=${long}`)
    expect([signedOut.status, signedOut.headers.get("Location")?.length]).toEqual([303, expect.any(Number)])
  })

  it("with headers of more than 32 KiB is refused with 431", async () => {
    for (const path of ["/sign-in", "/customers", "/api/v1/invites"]) {
      const cookie = `a=${"a".repeat(MEGABYTE)}`
      expect((await send(path, { headers: { Cookie: cookie } })).status).toBe(431)
    }
    expect((await send("/sign-in", { headers: { Cookie: `a=${"a".repeat(30_000)}` } })).status).toBe(200)
  })

  it("of a page takes marks in any parameter, and normalizes at most 400 characters", async () => {
    const { pages } = await openEveryPage()
    const groups = [
      ["q", "status", "before"],
      ["by", "about", "invite"],
      ["until", "format", "poll"],
      ["account", "next", "flash"],
    ]
    const problems: string[] = []
    for (const { path, browser } of pages) {
      for (const names of groups) {
        normalized.characters = 0
        const query = new URLSearchParams(names.map((name) => [name, MARK.repeat(430)]))
        const { status } = await browser.get(`${path}?${query}`)
        if (status >= 500 || status === 414 || normalized.characters > 400) {
          problems.push(`${path} ${names}: ${status}, ${normalized.characters}`)
        }
      }
    }
    expect(problems).toEqual([])
  })

  it("to continue to is ignored if it is longer than 2,000 characters", async () => {
    const next = (length: number) => `/customers?q=${"a".repeat(length - 13)}`
    const pageWith = async (length: number) =>
      (await new Browser().get(`/sign-in?next=${encodeURIComponent(next(length))}`)).text()
    expect([(await pageWith(2_000)).includes('name="next"'), (await pageWith(2_001)).includes('name="next"')]).toEqual([
      true,
      false,
    ])
    const { headers } = await new Browser().get(next(2_001))
    expect(headers.get("Location")).toBe("/sign-in")
  })
})

describe("every operation of the API", () => {
  it("refuses bodies that are too large or have too many values, and marks in any string, as documented", async () => {
    const { resellerId } = await signInStaff()
    const apiKey = await createApiKey(resellerId)
    const statuses: Record<number, number> = {}
    normalized.characters = 0
    for (const operation of operations.filter(({ requestBody }) => requestBody)) {
      const { method, path, security, requestBody } = operation
      const key = security?.some(({ operatorToken }) => operatorToken) ? testEnv.OPERATOR_TOKEN : apiKey
      const name =
        Object.values(requestBody?.content ?? {})[0]
          ?.schema.$ref?.split("/")
          .at(-1) ?? ""
      const properties = Object.keys(document.components.schemas[name]?.properties ?? {})
      expect(properties.length).toBeGreaterThan(0)
      const bodies: unknown[] = [
        { note: MARK.repeat(100_000) },
        { note: "a".repeat(MEGABYTE) },
        Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [n, 0])),
        Array.from({ length: 10_000 }, () => 0),
        "[".repeat(30_000) + "]".repeat(30_000),
        ...properties.map((property) => ({ [property]: MARK.repeat(20_000) })),
        ...properties.map((property) => ({ [property]: Array.from({ length: 5_000 }, () => "x") })),
      ]
      for (const body of bodies) {
        const response = await callApi({ method, path: path.replace(/{\w+}/g, "x"), key, body })
        await expectDocumented(operation, response)
        expect([404, 413, 422], `${operation.operationId}: ${response.status}`).toContain(response.status)
        statuses[response.status] = (statuses[response.status] ?? 0) + 1
      }
    }
    expect(normalized.characters).toBe(0)
    expect(statuses).toMatchObject({ 413: expect.any(Number), 422: expect.any(Number) })
  })
})

describe("a delivery event", () => {
  const deps = () => createDeps(testEnv, () => undefined)
  const event = (reason: string) => ({
    type: "cf.email.sending.message.bounced",
    payload: { eventId: "e1", messageId: "m1", bounce: { type: "hard", reason } },
  })

  it("of more than 64 KiB leaves only the fact that it arrived", async () => {
    await recordDeliveryEvent(deps(), event("a".repeat(MEGABYTE)), "fallback")
    const { results } = await env.DB.prepare("SELECT id, type, payload, status FROM email_events").all()
    expect(results).toEqual([{ id: "fallback", type: "unreadable", payload: "null", status: null }])
  })

  it("with marks normalizes few of them", async () => {
    await recordDeliveryEvent(deps(), event(`Mailbox ${MARK.repeat(30_000)}`), "fallback")
    expect(await count("email_events", "status = 'bounced'")).toBe(1)
    expect(normalized.characters).toBeLessThan(100)
  })
})
