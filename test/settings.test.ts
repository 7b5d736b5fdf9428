import { createExecutionContext, createMessageBatch, createScheduledController } from "cloudflare:test"
import { describe, expect, it, vi } from "vitest"
import { readSettings } from "../src/http/settings.ts"
import worker from "../src/local/index.ts"
import { Browser, callApi, productionEnv, testEnv } from "./support/app.ts"

const PLANTED = "planted-7f3a"
const DEPLOYED = productionEnv
const key = (secret: string, kid: string | number = 1) => JSON.stringify([{ kid, secret }])

/** Values that stop the service. */
const INVALID: [name: keyof Env & string, values: string[]][] = [
  ["ENVIRONMENT", ["", "staging", PLANTED]],
  [
    "BASE_URL",
    [
      "",
      PLANTED,
      "http://vestibule.example",
      "https://vestibule.example/",
      "https://vestibule.example/x",
      "http://localhost:8787",
      "https://localhost",
      "https://127.0.0.1:8443",
      "https://[::1]",
    ],
  ],
  ["PLATFORM_NAME", ["", " ", `a\n${PLANTED}`]],
  ["MAIL_FROM", ["", PLANTED, `${PLANTED}@`]],
  ["TERMS_URL", ["", PLANTED, `http://${PLANTED}.example`, "javascript:alert(1)"]],
  ["TERMS_VERSION", ["", "\t"]],
  ["AUTH_SECRET", ["", " ".repeat(40), PLANTED, `${PLANTED} ${"x".repeat(40)}`, `${"x".repeat(40)}\n`]],
  ["LINK_KEYS", ["", PLANTED, "[]", "{}", key(PLANTED), key(""), `[{"kid":1}]`]],
  ["OPERATOR_TOKEN", ["", PLANTED, "x".repeat(31)]],
  ...(
    [
      "RESEND_COOLDOWN_SECONDS",
      "RESENDS_PER_DAY",
      "INVITE_MAILS_PER_HOUR",
      "MEMBER_MAILS_PER_HOUR",
      "RECIPIENT_MAILS_PER_HOUR",
      "RECIPIENT_CODES_PER_DAY",
      "API_REQUESTS_PER_10_SECONDS",
      "OUTBOX_CLAIM_SECONDS",
      "OUTBOX_FIRST_RETRY_SECONDS",
    ] as const
  ).map((name): [keyof Env & string, string[]] => [name, ["", "-1", "1.5", "1e3", "0x10", PLANTED]]),
]

function without(name: keyof Env & string): Env {
  const { [name]: _, ...rest } = DEPLOYED
  return rest as Env
}

describe("a missing or malformed setting", () => {
  it.each(INVALID)("%s stops every part of the service, with its name and without its value", async (name, values) => {
    const errorSpy = vi.spyOn(console, "error").mockImplementation(() => undefined)
    const browser = new Browser()
    for (const env of [without(name), ...values.map((value): Env => ({ ...DEPLOYED, [name]: value }))]) {
      browser.env = env
      const problem = await callApi({ path: "/invites", key: "vst_live_x", env })
      expect([problem.status, problem.headers.get("Content-Type")]).toEqual([503, "application/problem+json"])
      const body = await problem.json<{ code: string; detail: string }>()
      expect([body.code, body.detail]).toEqual(["misconfigured", expect.stringMatching(new RegExp(`^${name} [^;]+$`))])
      const texts = [JSON.stringify(body)]
      for (const path of ["/sign-in", "/", "/r/x", "/nowhere", "/brand/logo/x"]) {
        const page = await browser.get(path)
        expect([path, page.status, page.headers.get("Set-Cookie")]).toEqual([path, 503, null])
        texts.push(await page.text())
      }
      const context = createExecutionContext()
      const run = (async () => worker.scheduled(createScheduledController(), env, context))()
      texts.push(await run.then(String, String))
      expect(texts.at(-1)).toContain(name)
      const retryAll = vi.fn()
      await worker.queue({ ...createMessageBatch("vestibule-mail-events", []), retryAll }, env, context)
      expect(retryAll.mock.calls).toEqual([[{ delaySeconds: 3_600 }]])
      expect(texts.join().includes(PLANTED)).toBe(false)
    }
    const logged = errorSpy.mock.calls.join()
    errorSpy.mockRestore()
    expect([logged.includes(name), logged.includes(PLANTED)]).toEqual([true, false])
  })

  it("is named with all others that are wrong", () => {
    const { AUTH_SECRET: _, ...rest } = DEPLOYED
    expect(() => readSettings({ ...rest, RESENDS_PER_DAY: "many" } as Env)).toThrow(
      "RESENDS_PER_DAY must be a whole number; AUTH_SECRET is not set",
    )
  })

  it("is none of a deployment, or of a developer's machine with its short operator token", () => {
    expect(readSettings(DEPLOYED)).toMatchObject({ BASE_URL: "https://vestibule.example", RESENDS_PER_DAY: 5 })
    expect(readSettings(testEnv).OPERATOR_TOKEN).toBe("local-operator")
    expect(() => readSettings({ ...testEnv, OPERATOR_TOKEN: "" })).toThrow("OPERATOR_TOKEN is not set")
  })

  it("is BASE_URL if ENVIRONMENT is `local` and it isn't a URL of this machine", () => {
    for (const value of [
      `https://${PLANTED}.example`,
      `http://${PLANTED}.example`,
      "ftp://localhost",
      "http://localhost/",
    ]) {
      const read = () => readSettings({ ...testEnv, BASE_URL: value })
      expect(read).toThrow(/^BASE_URL must be a URL of this machine where ENVIRONMENT is `local`/)
      expect(read).not.toThrow(PLANTED)
    }
    for (const value of ["http://localhost:8787", "https://localhost:8787", "http://127.0.0.1", "http://[::1]:3000"]) {
      expect(readSettings({ ...testEnv, BASE_URL: value }).BASE_URL).toBe(value)
    }
  })

  it("is none if the previous secret is missing, but is if that is malformed", () => {
    const read = (value: string) =>
      readSettings({ ...DEPLOYED, AUTH_SECRET_PREVIOUS: value } as Env).AUTH_SECRET_PREVIOUS
    const rule = "AUTH_SECRET_PREVIOUS must have at least 32 characters without spaces"
    expect([readSettings({ ...DEPLOYED }).AUTH_SECRET_PREVIOUS, read(""), read("x".repeat(32))]).toEqual([
      "",
      "",
      "x".repeat(32),
    ])
    for (const value of [PLANTED, `${PLANTED} ${"x".repeat(40)}`]) expect(() => read(value)).toThrow(rule)
  })

  it("is none if the list of webhook hosts is missing, but is if that is malformed", () => {
    const read = (value?: string) =>
      readSettings({ ...without("WEBHOOK_HOSTS"), ...(value !== undefined && { WEBHOOK_HOSTS: value }) }).WEBHOOK_HOSTS
    expect([read(), read("*"), read("a.example crm.b.example")]).toEqual([null, null, ["a.example", "crm.b.example"]])
    for (const value of [
      "",
      PLANTED,
      "https://crm.example.com",
      "*.example.com",
      "a.example,b.example",
      " a.example",
    ]) {
      expect(() => read(value)).toThrow(/^WEBHOOK_HOSTS (must be `\*`, or host names|is not set)/)
    }
  })

  it("is none if the pace of emails is missing, but is if that is malformed", () => {
    for (const name of ["MAILS_PER_SECOND", "MAILS_PER_DAY"] as const) {
      const read = (value: string) => readSettings({ ...DEPLOYED, [name]: value } as Env)[name]
      expect([readSettings(without(name))[name], read("0"), read("50")]).toEqual([0, 0, 50])
      for (const value of ["", "-1", "1.5", PLANTED]) {
        expect(() => read(value)).toThrow(new RegExp(`^${name} (must be a whole number|is not set)`))
      }
    }
  })

  it("is none if nothing names the providers of emails, but is if they are unknown or one is without its key", () => {
    const read = (settings: Record<string, string>) => readSettings({ ...DEPLOYED, ...settings } as Env)
    const named = (MAIL_PROVIDERS: string, MAIL_API_KEY = "re_key") => read({ MAIL_PROVIDERS, MAIL_API_KEY })
    expect(readSettings(without("MAIL_PROVIDERS")).MAIL_PROVIDERS).toEqual(["binding"])
    expect(["binding", "http", "binding http", "http binding"].map((value) => named(value).MAIL_PROVIDERS)).toEqual([
      ["binding"],
      ["http"],
      ["binding", "http"],
      ["http", "binding"],
    ])
    for (const value of ["", PLANTED, "http,binding", "http http", " http"]) {
      expect(() => named(value), value).toThrow(/^MAIL_PROVIDERS (must be `binding`|is not set)/)
    }
    for (const key of ["", undefined]) {
      const settings = { MAIL_PROVIDERS: "binding http", ...(key !== undefined && { MAIL_API_KEY: key }) }
      expect(() => read(settings)).toThrow(/^MAIL_API_KEY is not set$/)
    }
    expect(named("binding", "").MAIL_API_KEY).toBe("")
    expect(() => named("http", `${PLANTED} x`)).toThrow(/^MAIL_API_KEY must be one word$/)
  })

  it("is none if the API of emails or the secret of its events is missing, but is if they are malformed", () => {
    const read = (name: "MAIL_API_URL" | "MAIL_EVENTS_SECRET", value: string) =>
      readSettings({ ...DEPLOYED, [name]: value } as Env)[name]
    expect(readSettings(without("MAIL_API_URL")).MAIL_API_URL).toBe("https://api.resend.com")
    for (const url of ["https://mail.example/v1", "http://127.0.0.1:8025"]) expect(read("MAIL_API_URL", url)).toBe(url)
    const rest = ["/", "/emails", "?x=1", "#x"].map((end) => `https://mail.example${end}`)
    for (const url of [
      "",
      PLANTED,
      `http://${PLANTED}.example`,
      "https://u:p@mail.example",
      " https://mail.example",
      ...rest,
    ]) {
      expect(() => read("MAIL_API_URL", url)).toThrow(/^MAIL_API_URL (must be an https URL|is not set)/)
    }
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    expect([readSettings({ ...DEPLOYED }).MAIL_EVENTS_SECRET, read("MAIL_EVENTS_SECRET", secret)]).toEqual(["", secret])
    for (const value of [PLANTED, "whsec_", secret.slice(6), `${secret} `, "whsec_abc"]) {
      expect(() => read("MAIL_EVENTS_SECRET", value)).toThrow(/^MAIL_EVENTS_SECRET must be `whsec_` and base64/)
      expect(() => read("MAIL_EVENTS_SECRET", value)).not.toThrow(PLANTED)
    }
  })

  it("is looked for once in an isolate", () => {
    const env = { ...DEPLOYED }
    const settings = readSettings(env)
    env.AUTH_SECRET = ""
    expect(readSettings(env)).toBe(settings)
  })
})
