import { createMessageBatch } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { describe, expect, it, vi } from "vitest"
import { claim } from "../src/domain/outbox/claim.ts"
import { isDeploymentFault, isFinalCode } from "../src/domain/outbox/send-errors.ts"
import { failOver } from "../src/emails/fail-over.ts"
import { httpProvider } from "../src/emails/http-provider.ts"
import type { OutgoingEmail, SendEmail } from "../src/emails/provider.ts"
import { sendEmail } from "../src/emails/send.ts"
import { createDeps } from "../src/http/bindings.ts"
import { mailSenderOf } from "../src/jobs/mail-sender.ts"
import { handleQueueBatch } from "../src/jobs/queues.ts"
import { count, invite, sendDueEmails, signInStaff, testEnv } from "./support/app.ts"
import { travel } from "./support/time.ts"

const API = { url: "https://mail.example/v1", key: "re_key" }
const MAIL: OutgoingEmail = {
  to: "priya@northwind.example",
  from: { name: "Acme Networks", email: "invites@vestibule.example" },
  replyTo: "support@acme.example",
  subject: "Hello",
  html: "<p>Hello</p>",
  text: "Hello",
  headers: { "Auto-Submitted": "auto-generated", "Content-Language": "en" },
}
const FIRST = { id: "eml_1", isUnanswered: false }

/** An API that answers all requests alike, and what was posted to it. */
function fakeApi(answer: () => Response | Promise<Response>) {
  const posts: { url: string; headers: Headers; body: Record<string, unknown> }[] = []
  const send = httpProvider(API, async (url, init) => {
    posts.push({ url, headers: new Headers(init.headers), body: JSON.parse(String(init.body)) })
    expect([init.method, init.redirect, init.signal instanceof AbortSignal]).toEqual(["POST", "manual", true])
    return answer()
  })
  return { send, posts }
}

const failing = (code?: string, message = "no") => Object.assign(new Error(message), code && { code })
const codeThrown = (sending: Promise<unknown>) =>
  sending.then(
    () => "sent",
    (error) => error.code as string,
  )

describe("the HTTP provider", () => {
  it("posts an email with its key and the id of its row, and gets the provider's id", async () => {
    const api = fakeApi(() => Response.json({ id: "49a3999c" }))
    expect(await api.send(MAIL, FIRST)).toEqual({ messageId: "49a3999c" })
    const [post] = api.posts
    expect(post?.url).toBe("https://mail.example/v1/emails")
    expect(["Authorization", "Content-Type", "Idempotency-Key"].map((name) => post?.headers.get(name))).toEqual([
      "Bearer re_key",
      "application/json",
      "eml_1",
    ])
    expect(post?.body).toEqual({
      from: "Acme Networks <invites@vestibule.example>",
      to: ["priya@northwind.example"],
      reply_to: "support@acme.example",
      subject: "Hello",
      html: "<p>Hello</p>",
      text: "Hello",
      headers: MAIL.headers,
    })
  })

  it.each([
    ["quoted", "Müller & Söhne, Inc.", '"Müller & Söhne, Inc." <a@b.example>'],
    ["without quotes and addresses", 'A "B" <c@d.example>\r\nBcc: x', '"A  B   c@d.example   Bcc: x" <a@b.example>'],
    ["as it is", "आकाश नेटवर्क", "आकाश नेटवर्क <a@b.example>"],
  ])("gets the name of a sender %s, so that it can't be another address", async (_how, name, from) => {
    const api = fakeApi(() => Response.json({ id: "1" }))
    const { replyTo: _, ...mail } = MAIL
    await api.send({ ...mail, from: { name, email: "a@b.example" } }, FIRST)
    expect(api.posts[0]?.body).toMatchObject({ from })
    expect(api.posts[0]?.body).not.toHaveProperty("reply_to")
  })

  type Outcome = "deployment" | "email" | "limit" | "outage" | "unknown"
  const error = (status: number, name: string, message = "") =>
    Response.json({ statusCode: status, name, message }, { status })

  it.each<[what: string, outcome: Outcome, code: string, answer: () => Response | Promise<Response>]>([
    ["no key", "deployment", "E_SENDER_KEY_REFUSED", () => error(401, "missing_api_key")],
    ["a key for something else", "deployment", "E_SENDER_KEY_REFUSED", () => error(401, "restricted_api_key")],
    ["a wrong key", "deployment", "E_SENDER_KEY_REFUSED", () => error(400, "validation_error", "API key is invalid")],
    ["a suspended key", "deployment", "E_SENDER_KEY_REFUSED", () => error(403, "suspended_api_key")],
    ["a domain", "deployment", "E_SENDER_NOT_VERIFIED", () => error(403, "validation_error", "not verified")],
    ["an address of the sender", "deployment", "E_SENDER_NOT_VERIFIED", () => error(422, "invalid_from_address")],
    ["an unpaid bill", "deployment", "E_SENDER_QUOTA_EXCEEDED", () => new Response("", { status: 402 })],
    ["a month's quota", "deployment", "E_SENDER_QUOTA_EXCEEDED", () => error(429, "monthly_quota_exceeded")],
    ["a wrong URL", "deployment", "E_SENDER_URL_WRONG", () => error(404, "not_found")],
    ["a wrong method", "deployment", "E_SENDER_URL_WRONG", () => error(405, "method_not_allowed")],
    ["another URL", "deployment", "E_SENDER_URL_WRONG", () => new Response("", { status: 301 })],
    ["a day's quota", "limit", "E_DAILY_LIMIT_EXCEEDED", () => error(429, "daily_quota_exceeded")],
    ["a rate", "limit", "E_RATE_LIMIT_EXCEEDED", () => error(429, "rate_limit_exceeded")],
    ["a rate without a name", "limit", "E_RATE_LIMIT_EXCEEDED", () => new Response("", { status: 429 })],
    ["an error of its own", "outage", "E_INTERNAL_SERVER_ERROR", () => error(500, "application_error")],
    ["its maintenance", "outage", "E_INTERNAL_SERVER_ERROR", () => error(503, "service_unavailable")],
    ["a lock", "outage", "E_INTERNAL_SERVER_ERROR", () => error(409, "resource_locked")],
    ["a field", "email", "E_VALIDATION_ERROR", () => error(422, "missing_required_field")],
    ["an address", "email", "E_VALIDATION_ERROR", () => error(400, "validation_error", "Invalid `to`")],
    ["its size", "email", "E_CONTENT_TOO_LARGE", () => new Response("", { status: 413 })],
    ["a repeated request at work", "unknown", "E_NO_ANSWER", () => error(409, "concurrent_idempotent_requests")],
    ["a proxy's error", "unknown", "E_NO_ANSWER", () => new Response("<h1>Bad gateway</h1>", { status: 502 })],
    ["no id", "unknown", "E_NO_ANSWER", () => new Response("ok")],
    ["a cut connection", "unknown", "E_NO_ANSWER", () => Promise.reject(new TypeError("Network connection lost."))],
    ["a timeout", "unknown", "E_NO_ANSWER", () => Promise.reject(new DOMException("timed out", "TimeoutError"))],
  ])("refuses an email because of %s: %s", async (_what, outcome, code, answer) => {
    const thrown = await codeThrown(fakeApi(answer).send(MAIL, FIRST))
    expect(thrown).toBe(code)
    expect(isDeploymentFault(thrown)).toBe(outcome === "deployment")
    expect(isFinalCode(thrown)).toBe(outcome === "email")
  })

  it.each([
    ["no answer within 15 seconds", () => Promise.reject(new DOMException("aborted", "TimeoutError"))],
    ["Network connection lost.", () => Promise.reject(new TypeError("Network connection lost."))],
    ["status 502", () => new Response("<h1>502</h1>", { status: 502 })],
    ["status 500", () => error(500, "", "Priya Nair unreachable")],
    [
      "status 422 validation_error",
      () => error(422, "validation_error", "Invalid `to`: priya@x.example"),
      "E_VALIDATION_ERROR",
    ],
    ["status 500 application_error", () => error(500, "application_error"), "E_INTERNAL_SERVER_ERROR"],
    ["E_SENDER_KEY_REFUSED (status 401 missing_api_key)", () => error(401, "missing_api_key", "Priya Nair"), undefined],
  ])(
    "that doesn't take an email is logged with why, without words of the email: %s",
    async (logged, answer, code: string | undefined = "E_NO_ANSWER") => {
      const errors = vi.spyOn(console, "error").mockImplementation(() => undefined)
      const { browser } = await signInStaff()
      await invite(browser, {
        contact_name: "Priya Nair",
        company_name: "status 502, no answer within 15 seconds, Network connection lost",
      })
      const { id } = (await env.DB.prepare("SELECT id FROM outbox").first<{ id: string }>()) ?? {}
      const message = { id: "m1", timestamp: new Date(), attempts: 1, body: { outboxId: id } }
      const pauseMail = async () => undefined // which would hold back the emails of the next tests
      const deps = { ...createDeps(testEnv, () => undefined), pauseMail }
      await handleQueueBatch(deps, fakeApi(answer).send, createMessageBatch("vestibule-mail", [message]))
      const lines = errors.mock.calls.map(([line]) => JSON.parse(line))
      errors.mockRestore()
      const isFault = logged.startsWith("E_")
      expect(lines).toEqual([expect.objectContaining({ error: logged, ...(!isFault && { outboxId: id, code }) })])
    },
  )

  it("has taken an email before if it was rendered differently then", async () => {
    const api = fakeApi(() => error(409, "invalid_idempotent_request"))
    expect(await api.send(MAIL, FIRST)).toEqual({ messageId: "eml_1" })
  })

  it("is posted the same text again, so that it recognizes the email, and no other row has the id", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const api = fakeApi(() => Promise.reject(new TypeError("lost")))
    for (let attempt = 0; attempt < 2; attempt++) {
      await sendDueEmails((mail) => api.send(mail, FIRST))
      travel({ hours: 1 })
    }
    expect(api.posts).toHaveLength(2)
    expect(api.posts[1]?.body).toEqual(api.posts[0]?.body)
    const row = await env.DB.prepare("SELECT id, last_error_code FROM outbox").first<Record<string, string>>()
    expect(row?.last_error_code).toBe("E_NO_ANSWER")
    const deliveries: unknown[] = []
    const deps = createDeps(testEnv, () => undefined)
    const claimed = await claim(deps, row?.id ?? "")
    if (claimed?.kind !== "invite") throw new Error("the email was not claimed")
    const send: SendEmail = async (_mail, delivery) => {
      deliveries.push(delivery)
      return { messageId: "m1" }
    }
    await sendEmail(deps, send, claimed)
    expect(deliveries).toEqual([{ id: row?.id, isUnanswered: false }]) // two hours after the first attempt
  })
})

/** Providers that answer by a script, one entry for each time they are asked; the last one stays. */
function scripted(...scripts: (string | undefined | "sent")[][]) {
  const asked: string[] = []
  const providers = scripts.map((script, n) => ({
    isIdempotent: n === 1,
    send: async ({ to }: OutgoingEmail) => {
      asked.push(`${n} ${to}`)
      const code = script.length > 1 ? script.shift() : script[0]
      if (code !== "sent") throw failing(code)
      return { messageId: `${n}` }
    },
  }))
  return { send: failOver(providers), asked }
}
const mailTo = (to: string) => ({ ...MAIL, to })

describe("fail-over", () => {
  it.each([
    ["E_SENDER_NOT_VERIFIED"],
    ["E_DAILY_LIMIT_EXCEEDED"],
    ["E_RATE_LIMIT_EXCEEDED"],
    ["E_INTERNAL_SERVER_ERROR"],
  ])("asks the second provider at once after %s, and the first one again after a minute", async (code) => {
    const { send, asked } = scripted([code], ["sent"])
    expect(await send(mailTo("a"), FIRST)).toEqual({ messageId: "1", refusals: [{ code }] })
    for (const to of ["b", "c"]) expect(await send(mailTo(to), FIRST)).toEqual({ messageId: "1", refusals: [] })
    travel({ minutes: 1, seconds: 1 })
    await Promise.all(["d", "e", "f"].map((to) => send(mailTo(to), FIRST)))
    expect(asked.filter((one) => one.startsWith("0"))).toEqual(["0 a", "0 d"])
    expect(asked.filter((one) => one.startsWith("1")).sort()).toEqual(["1 a", "1 b", "1 c", "1 d", "1 e", "1 f"])
  })

  it.each(["E_VALIDATION_ERROR", "E_RECIPIENT_SUPPRESSED", "E_RECIPIENT_NOT_ALLOWED", "E_DELIVERY_FAILED"])(
    "doesn't happen after %s, which is about the email",
    async (code) => {
      const { send, asked } = scripted([code, "sent"], ["sent"])
      expect(await codeThrown(send(mailTo("a"), FIRST))).toBe(code)
      await send(mailTo("b"), FIRST)
      expect(asked).toEqual(["0 a", "0 b"])
    },
  )

  it("ends with the first answer of a provider, even if that is about the email, whose error stays as it is", async () => {
    const { send, asked } = scripted(["E_DAILY_LIMIT_EXCEEDED", "E_VALIDATION_ERROR", "sent"], ["sent"])
    await send(mailTo("a"), FIRST)
    travel({ minutes: 1, seconds: 1 })
    expect(await codeThrown(send(mailTo("b"), FIRST))).toBe("E_VALIDATION_ERROR")
    await send(mailTo("c"), FIRST)
    expect(asked).toEqual(["0 a", "1 a", "0 b", "0 c"])

    const both = scripted(["E_DAILY_LIMIT_EXCEEDED"], ["E_VALIDATION_ERROR"])
    const error = await both.send(mailTo("a"), FIRST).catch((thrown) => thrown)
    expect([error.code, error.message, error.refusals]).toEqual([
      "E_VALIDATION_ERROR",
      "no",
      [{ code: "E_DAILY_LIMIT_EXCEEDED" }],
    ])
  })

  it.each([undefined, "E_NO_ANSWER"])(
    "doesn't happen to an email without an answer (%s), but to others",
    async (code) => {
      const { send, asked } = scripted([code], ["sent"])
      expect(await codeThrown(send(mailTo("a"), FIRST))).toBe(code)
      await send(mailTo("b"), FIRST)
      expect(asked).toEqual(["0 a", "1 b"])
    },
  )

  it("doesn't happen to an email that the HTTP provider may have taken, for a quarter of an hour", async () => {
    const errors = vi.spyOn(console, "error").mockImplementation(() => undefined)
    const { browser } = await signInStaff()
    await invite(browser)
    const { send, asked } = scripted(["E_INTERNAL_SERVER_ERROR", "sent"], ["E_NO_ANSWER"])
    const id = String(await env.DB.prepare("SELECT id FROM outbox").first("id"))
    const body = { outboxId: id, resellerId: null, kind: "invite" }
    const deliver = async () => {
      const message = {
        id: "m",
        timestamp: new Date(),
        attempts: 1,
        body,
        ack: () => undefined,
        retry: () => undefined,
      }
      const batch = { ...createMessageBatch("vestibule-mail", []), queue: "vestibule-mail", messages: [message] }
      await handleQueueBatch(
        createDeps({ ...testEnv, MAILS_PER_SECOND: "0" }, () => undefined),
        send,
        batch,
      )
    }
    const providers = () => asked.splice(0).map((one) => one[0])
    await deliver()
    expect(providers()).toEqual(["0", "1"])
    travel({ minutes: 2 })
    await deliver()
    expect(providers(), "only where it may be").toEqual(["1"])
    travel({ minutes: 14 })
    await deliver()
    expect(providers(), "both would be a second email at most").toEqual(["0"])
    expect(await count("outbox", "status = 'sent'")).toBe(1)
    expect(errors).toHaveBeenCalledTimes(2)
    errors.mockRestore()
  })

  it("doesn't happen to such an email either if the HTTP provider refuses to say, and it stays without an answer", async () => {
    const { send, asked } = scripted(
      ["E_DAILY_LIMIT_EXCEEDED", "sent"],
      ["E_NO_ANSWER", "E_RATE_LIMIT_EXCEEDED", "sent"],
    )
    expect(await codeThrown(send(mailTo("a"), FIRST))).toBe("E_NO_ANSWER")
    travel({ minutes: 2 })
    const again = { ...FIRST, isUnanswered: true }
    const failure = await send(mailTo("a"), again).catch((error) => error)
    expect([failure.code, failure.refusals]).toEqual(["E_NO_ANSWER", [{ code: "E_RATE_LIMIT_EXCEEDED" }]])
    expect(await send(mailTo("a"), again)).toEqual({ messageId: "1", refusals: [] })
    expect(asked).toEqual(["0 a", "1 a", "1 a", "1 a"])
  })

  it("waits for a repair if no provider takes the email and the deployment is wrong anywhere", async () => {
    const { send, asked } = scripted(["E_SENDER_NOT_VERIFIED"], ["E_INTERNAL_SERVER_ERROR", "E_SENDER_KEY_REFUSED"])
    expect(await codeThrown(send(mailTo("a"), FIRST))).toBe("E_SENDER_NOT_VERIFIED")
    expect(await codeThrown(send(mailTo("b"), FIRST))).toBe("E_SENDER_NOT_VERIFIED")
    expect(asked, "what is out of order is asked again, what refuses the deployment isn't").toEqual([
      "0 a",
      "1 a",
      "1 b",
    ])
    const failure = await send(mailTo("c"), FIRST).catch((error) => error)
    expect([failure.code, failure.refusals, asked.length]).toEqual(["E_SENDER_NOT_VERIFIED", [], 3])
  })

  it("sends five hundred emails exactly once when the first provider begins to refuse in the middle", async () => {
    const errors = vi.spyOn(console, "error").mockImplementation(() => undefined)
    const { resellerId } = await signInStaff()
    const numbers = JSON.stringify(Array.from({ length: 500 }, (_, n) => n))
    await env.DB.prepare(
      `INSERT INTO outbox (id, reseller_id, kind, recipient, payload, status, next_attempt_at, created_at)
       SELECT 'eml_' || value, ?1, 'webhook_off', 'staff' || value || '@acme.example',
         '{"url":"https://crm.example","reason":"failing"}', 'queued', 0, 0 FROM json_each(?2)`,
    )
      .bind(resellerId, numbers)
      .run()
    const taken = { binding: [] as string[], http: [] as string[] }
    let refused = 0
    const posted = vi.spyOn(globalThis, "fetch").mockImplementation(async (_, init) => {
      const { to } = JSON.parse(String(init?.body))
      taken.http.push(...to)
      return Response.json({ id: `http ${taken.http.length}` })
    })
    const binding = async ({ to }: OutgoingEmail) => {
      if (taken.binding.length === 250) {
        refused += 1
        throw failing("E_DAILY_LIMIT_EXCEEDED")
      }
      taken.binding.push(to)
      return { messageId: `binding ${taken.binding.length}` }
    }
    const EMAIL = Object.assign(Object.create(env.EMAIL), { send: binding })
    const bindings = {
      ...testEnv,
      EMAIL,
      MAIL_PROVIDERS: "binding http",
      MAIL_API_KEY: "re_key",
      MAILS_PER_SECOND: "0",
    }
    const bodies = Array.from({ length: 500 }, (_, n) => ({ outboxId: `eml_${n}`, resellerId, kind: "webhook_off" }))
    const retried: string[] = []
    for (let start = 0; start < 500; start += 100) {
      const messages = bodies.slice(start, start + 100).map((body) => ({
        id: body.outboxId,
        timestamp: new Date(),
        attempts: 1,
        body,
        ack: () => undefined,
        retry: () => void retried.push(body.outboxId),
      }))
      const batch = { ...createMessageBatch("vestibule-mail", []), queue: "vestibule-mail", messages }
      await handleQueueBatch(
        createDeps(bindings, () => undefined),
        mailSenderOf(bindings),
        batch,
      )
    }
    posted.mockRestore()
    errors.mockRestore()
    const everybody = Array.from({ length: 500 }, (_, n) => `staff${n}@acme.example`).sort()
    expect([...taken.binding, ...taken.http].sort()).toEqual(everybody)
    expect([taken.binding.length, taken.http.length, retried]).toEqual([250, 250, []])
    expect(refused, "of those in flight").toBeLessThanOrEqual(6)
    expect(await count("outbox", "status = 'sent' AND attempts = 1")).toBe(500)
  })
})
