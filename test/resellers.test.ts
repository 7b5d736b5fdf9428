import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { inspectRoutes } from "hono/dev"
import { describe, expect, it } from "vitest"
import { claim } from "../src/domain/outbox/claim.ts"
import { takeDueMessages } from "../src/domain/outbox/outbox.ts"
import { createDeps } from "../src/http/bindings.ts"
import { app } from "../src/local/app.ts"
import worker from "../src/local/index.ts"
import {
  type ApiCall,
  Browser,
  callApi,
  count,
  createApiKey,
  createReseller,
  invite,
  latestRegistrationLink,
  PASSWORD,
  productionEnv,
  REGISTRATION_FORM,
  sendDueEmails,
  signIn,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { travel } from "./support/time.ts"

const OPERATOR = "local-operator"
const INITECH = { name: "Initech, Inc.", admin_name: "Bill Lumbergh", admin_email: "bill@initech.example" }

type ResellerBody = {
  id: string
  slug: string
  suspended_at: string | null
  admin_invite: Record<string, unknown> | null
}

const callOperatorApi = (path: string, call: Partial<ApiCall> = {}) => callApi({ key: OPERATOR, path, ...call })
const suspend = (id: string) => callOperatorApi(`/resellers/${id}/suspension`, { method: "POST" })
const reinstate = (id: string) => callOperatorApi(`/resellers/${id}/suspension`, { method: "DELETE" })

/** Runs the cron jobs and waits until they end. */
async function runCron() {
  const context = createExecutionContext()
  await worker.scheduled(createScheduledController(), testEnv, context)
  await waitOnExecutionContext(context)
}

const operatorRoutes = inspectRoutes(app).filter(
  ({ path, isMiddleware }) => path.startsWith("/api/v1/resellers") && !isMiddleware,
)

describe("the operator", () => {
  it("creates a reseller, whose first Admin registers through an invite and can invite others", async () => {
    const response = await callOperatorApi("/resellers", { body: INITECH })
    expect(response.status).toBe(201)
    const reseller = await response.json<ResellerBody>()
    expect(response.headers.get("Location")).toBe(`/api/v1/resellers/${reseller.id}`)
    expect(reseller).toMatchObject({
      slug: "initech-inc",
      support_email: "bill@initech.example",
      suspended_at: null,
      admin_invite: { status: "pending", email_status: "queued", contact_email: "bill@initech.example" },
    })
    expect(JSON.stringify(reseller)).not.toContain("/r/")
    const [mail] = await sendDueEmails()
    expect(mail?.subject).toBe("PacketFabric invited you to Initech, Inc.")
    expect(mail?.text).toContain("PacketFabric invited you to join the staff of Initech, Inc.")
    expect(mail?.text).toContain("Your role will be Admin.")
    const link = /\/r\/\S+/.exec(mail?.text ?? "")?.[0] ?? ""
    const bill = new Browser()
    expect((await bill.post(link, { ...REGISTRATION_FORM, name: "Bill Lumbergh" })).headers.get("Location")).toBe("/")
    expect(await (await bill.get("/settings/staff")).text()).toContain("Invite staff")
    const readBack = await (await callOperatorApi(`/resellers/${reseller.id}`)).json<ResellerBody>()
    expect(readBack.admin_invite).toMatchObject({ status: "accepted" })
    expect(await (await bill.get("/activity")).text()).toContain("Reseller created:")
  })

  it.each([
    [{ name: "" }, "name"],
    [{ admin_email: "nobody" }, "admin_email"],
    [{ admin_name: undefined }, "admin_name"],
    [{ slug: "Not A Slug" }, "slug"],
    [{ support_phone: "12" }, "support_phone"],
    [{ surprise: 1 }, "surprise"],
  ])("gets a field error for %j, and nothing is written", async (fields, field) => {
    const response = await callOperatorApi("/resellers", { body: { ...INITECH, ...fields } })
    expect(response.status).toBe(422)
    const { errors } = await response.json<{ errors: { field: string }[] }>()
    expect(errors.map((error) => error.field)).toEqual([field])
    expect([await count("resellers"), await count("invites"), await count("outbox"), await count("audit_log")]).toEqual(
      [0, 0, 0, 0],
    )
  })

  it("gets a slug for a name without Latin letters, too", async () => {
    const created = await (
      await callOperatorApi("/resellers", { body: { ...INITECH, name: "株式会社" } })
    ).json<ResellerBody>()
    expect(created.slug).toBe(`reseller-${created.id.slice(-8)}`)
  })

  it("creates one reseller for a slug when five requests arrive at once", async () => {
    const responses = await Promise.all(
      Array.from({ length: 5 }, () => callOperatorApi("/resellers", { body: INITECH })),
    )
    expect(responses.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409])
    expect([await count("resellers"), await count("invites"), await count("outbox")]).toEqual([1, 1, 1])
  })

  it("lists resellers in pages, newest first", async () => {
    for (const slug of ["one", "two", "three"]) await callOperatorApi("/resellers", { body: { ...INITECH, slug } })
    const first = await (await callOperatorApi("/resellers?limit=2")).json<{
      data: ResellerBody[]
      next_cursor: string
    }>()
    const second = await (await callOperatorApi(`/resellers?limit=2&cursor=${first.next_cursor}`)).json<typeof first>()
    expect([...first.data, ...second.data].map(({ slug }) => slug)).toEqual(["three", "two", "one"])
    expect(second.next_cursor).toBe(null)
  })

  it("can invite another Admin and resend the invite, but not to a current Admin", async () => {
    const { id } = await (await callOperatorApi("/resellers", { body: INITECH })).json<ResellerBody>()
    const path = `/resellers/${id}/admin_invites`
    const body = { admin_name: "Peter Gibbons", admin_email: "peter@initech.example" }
    expect((await callOperatorApi(path, { body })).status).toBe(201)
    expect(await count("outbox", "recipient = 'peter@initech.example'")).toBe(1)
    expect((await callOperatorApi(path, { body })).status).toBe(201)
    expect(await count("outbox", "recipient = 'peter@initech.example'")).toBe(2)
    expect(await count("invites")).toBe(2)
    expect((await callOperatorApi(path, { body })).status).toBe(429)
    await new Browser().post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Peter Gibbons" })
    const existing = await callOperatorApi(path, { body })
    expect([existing.status, await existing.json()]).toEqual([409, expect.objectContaining({ code: "already_member" })])
    expect((await callOperatorApi("/resellers/res_none/admin_invites", { body })).status).toBe(404)
  })

  it.each(operatorRoutes)("needs a token: without it, $method $path answers 404", async ({ method, path }) => {
    const { resellerId } = await createReseller()
    const key = await createApiKey(resellerId)
    const requestedPath = path.replace("/api/v1", "").replace(":id", resellerId)
    const unknownRoute = await callApi({ method, path: "/nowhere" })
    const notFound = [unknownRoute.status, await unknownRoute.text()]
    const operatorCalls: Partial<ApiCall>[] = [{ key: "" }, { key }, { key: "local-operato" }, { key: `${OPERATOR}r` }]
    for (const call of operatorCalls) {
      const response = await callApi({
        method,
        path: requestedPath,
        body: method === "POST" ? INITECH : undefined,
        ...call,
      })
      expect([response.status, await response.text()]).toEqual(notFound)
      expect(response.headers.get("Allow")).toBe(null)
    }
    expect([await count("resellers"), await count("resellers", "suspended_at IS NOT NULL")]).toEqual([1, 0])
  })

  it("turns a pending staff invite into an Admin invite, and can revoke it", async () => {
    const { browser, resellerId } = await signInStaff()
    await browser.post("/settings/staff/invites/new", {
      contact_name: "Peter Gibbons",
      contact_email: "peter@initech.example",
      role: "sales",
    })
    const path = `/resellers/${resellerId}/admin_invites`
    const body = { admin_name: "Peter Gibbons", admin_email: "peter@initech.example" }
    const newInvite = await (await callOperatorApi(path, { body })).json<{ id: string; role: string }>()
    expect(newInvite.role).toBe("admin")
    expect(await count("audit_log", 'action = \'invite.updated\' AND changes = \'[["role","sales","admin"]]\'')).toBe(1)
    const link = await latestRegistrationLink()
    const revoked = await callOperatorApi(`${path}/${newInvite.id}/revocation`, { method: "POST" })
    expect([revoked.status, await revoked.json()]).toEqual([200, expect.objectContaining({ status: "revoked" })])
    expect((await new Browser().post(link, REGISTRATION_FORM)).status).toBe(410)
    expect(await count("staff", "role = 'admin'")).toBe(1)
    const customerInvite = await invite(browser)
    expect((await callOperatorApi(`${path}/${customerInvite}/revocation`, { method: "POST" })).status).toBe(404)
  })

  it.each([
    [429, "its email was resent a moment ago", (path: string, browser: Browser) => browser.post(`${path}/resends`)],
    [
      409,
      "its address is suppressed",
      () =>
        env.DB.prepare(
          "INSERT INTO suppressions SELECT reseller_id, contact_email, 'bounced', NULL, 0 FROM invites",
        ).run(),
    ],
  ] as const)(
    "leaves the role of a staff invite as it was when it answers %i because %s",
    async (status, _, prevent) => {
      const { browser, resellerId } = await signInStaff()
      const peter = { contact_name: "Peter Gibbons", contact_email: "peter@initech.example", role: "read_only" }
      await browser.post("/settings/staff/invites/new", peter)
      const id = await env.DB.prepare("SELECT id FROM invites").first<string>("id")
      await prevent(`/settings/staff/invites/${id}`, browser)
      const entries = await count("audit_log")
      const body = { admin_name: "Peter Gibbons", admin_email: "peter@initech.example" }
      expect((await callOperatorApi(`/resellers/${resellerId}/admin_invites`, { body })).status).toBe(status)
      expect([await count("invites", "role = 'read_only'"), await count("audit_log")]).toEqual([1, entries])
      await sendDueEmails()
      expect(await count("outbox", "status = 'queued'")).toBe(0)
    },
  )

  it("can't use another token in production", async () => {
    const token = "t".repeat(33)
    const deployment = { env: { ...productionEnv, OPERATOR_TOKEN: token }, origin: "https://vestibule.example" }
    expect((await callOperatorApi("/resellers", { key: token, ...deployment })).status).toBe(200)
    expect((await callOperatorApi("/resellers", { key: token.slice(1), ...deployment })).status).toBe(404)
  })

  it("gets an Allow header for an unsupported method, while other callers get 404", async () => {
    expect((await callOperatorApi("/resellers", { method: "PUT" })).headers.get("Allow")).toBe("POST, GET, HEAD")
    expect((await callApi({ method: "PUT", path: "/resellers" })).status).toBe(404)
  })
})

describe("a suspended reseller", () => {
  async function createSuspendedReseller() {
    const acme = await signInStaff()
    const globex = await signInStaff("globex")
    await invite(acme.browser)
    const link = await latestRegistrationLink()
    const member = new Browser()
    await member.post(link, REGISTRATION_FORM)
    await invite(acme.browser, { contact_email: "late@northwind.example" })
    const pendingLink = await latestRegistrationLink()
    const key = await createApiKey(acme.resellerId)
    await callApi({ key, path: "/invites" }) // now the isolate has cached the key
    await invite(acme.browser, { contact_email: "queued@northwind.example" })
    return { acme, globex, member, key, pendingLink }
  }

  it("can't be used by staff or members, whether signed in or signing in, until it is reinstated", async () => {
    const { acme, globex, member } = await createSuspendedReseller()
    expect((await suspend(acme.resellerId)).status).toBe(200)
    for (const [browser, path] of [
      [acme.browser, "/"],
      [acme.browser, "/customers/invites"],
      [acme.browser, "/account"],
      [member, "/account"],
      [member, "/"],
    ] as const) {
      const response = await browser.get(path)
      expect([path, response.status]).toEqual([path, 403])
      const page = await response.text()
      expect(page).toContain("Acme Networks is suspended, so nobody can sign in")
      expect(page).toContain('action="/sign-out"')
    }
    expect((await acme.browser.post("/settings/invites", { default_expires_in_days: "3" })).status).toBe(403)
    const sessions = await count("sessions")
    for (const email of ["admin@acme.example", "priya@northwind.example"]) {
      const password = email.startsWith("admin") ? PASSWORD : REGISTRATION_FORM.password
      const response = await new Browser().post("/sign-in", { email, password })
      expect(response.status).toBe(403)
      expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^vestibule\.bookmark=/)])
      expect(await response.text()).toContain("Acme Networks is suspended, so nobody can sign in")
      const wrongPassword = await new Browser().post("/sign-in", { email, password: "not the right password" })
      expect([wrongPassword.status, (await wrongPassword.text()).includes("suspended")]).toEqual([422, false])
    }
    expect(await count("sessions")).toBe(sessions)
    expect((await globex.browser.get("/")).status).toBe(200)

    expect((await reinstate(acme.resellerId)).status).toBe(200)
    expect((await acme.browser.get("/")).status).toBe(200)
    expect((await member.get("/account")).status).toBe(200)
    await signIn("admin@acme.example")
  })

  it("doesn't block its users' accounts with other resellers", async () => {
    const { acme, globex } = await createSuspendedReseller()
    await globex.browser.post("/settings/staff/invites/new", {
      contact_name: "Priya Nair",
      contact_email: "priya@northwind.example",
      role: "support",
    })
    await new Browser().post(await latestRegistrationLink(), {
      password: REGISTRATION_FORM.password,
      accept_terms: "on",
    })
    await suspend(acme.resellerId)
    const priya = await signIn("priya@northwind.example", REGISTRATION_FORM.password)
    expect((await priya.get("/")).status).toBe(200)
    expect((await priya.get("/account")).headers.get("Location")).toBe("/")
    expect(await (await priya.get("/")).text()).not.toContain("Northwind")
  })

  it("has API keys that are refused immediately, even if cached, until it is reinstated", async () => {
    const { acme, key } = await createSuspendedReseller()
    await suspend(acme.resellerId)
    const refused = [403, "reseller_suspended"]
    for (const call of [{ path: "/invites" }, { path: "/invites", body: {} }, { path: "/customers" }]) {
      const response = await callApi({ key, ...call })
      expect([response.status, (await response.json<{ code: string }>()).code]).toEqual(refused)
    }
    await reinstate(acme.resellerId)
    expect((await callApi({ key, path: "/invites" })).status).toBe(200)
  })

  it("sends its queued emails only after it is reinstated", async () => {
    const { acme } = await createSuspendedReseller()
    await suspend(acme.resellerId)
    expect(await sendDueEmails()).toEqual([])
    expect(await count("outbox", "status = 'queued' AND attempts = 0 AND kind = 'invite'")).toBe(1)
    // The sweep skips the queued email.
    expect(await takeDueMessages(createDeps(testEnv, () => undefined))).toEqual([])
    await reinstate(acme.resellerId)
    expect((await sendDueEmails()).map(({ to }) => to)).toEqual(["queued@northwind.example"])
  })

  it("sends its webhooks only after it is reinstated", async () => {
    const { acme } = await createSuspendedReseller()
    await env.DB.prepare(
      `INSERT INTO webhooks (id, reseller_id, url, events, created_at) VALUES ('whk_x', ?, 'https://x.example', '["invite.expired"]', 0)`,
    )
      .bind(acme.resellerId)
      .run()
    await suspend(acme.resellerId)
    travel({ days: 14 })
    await runCron()
    const row = await env.DB.prepare("SELECT id FROM outbox WHERE kind = 'webhook'").first<{ id: string }>()
    const deps = createDeps(testEnv, () => undefined)
    expect(await claim(deps, row?.id ?? "")).toBe(undefined)
    expect(await count("outbox", "kind = 'webhook' AND status = 'queued' AND attempts = 0")).toBe(2)
    await reinstate(acme.resellerId)
    expect(await claim(deps, row?.id ?? "")).toMatchObject({ kind: "webhook" })
  })

  it("sends reminders only after it is reinstated", async () => {
    const { acme } = await createSuspendedReseller()
    await sendDueEmails()
    travel({ days: 12 })
    await suspend(acme.resellerId)
    await runCron()
    expect(await count("outbox", "kind = 'reminder'")).toBe(0)
    await reinstate(acme.resellerId)
    await runCron()
    expect(await count("outbox", "kind = 'reminder'")).toBe(2)
  })

  it("queues digests only after it is reinstated", async () => {
    const { acme } = await createSuspendedReseller()
    await suspend(acme.resellerId)
    expect(await count("notifications")).toBe(1)
    await runCron()
    expect(await count("outbox", "kind = 'digest'")).toBe(0)
    await reinstate(acme.resellerId)
    await runCron()
    expect(await count("outbox", "kind = 'digest'")).toBe(1)
  })

  it("has its messages due immediately with a new retry period when it is reinstated, and only then", async () => {
    const { acme } = await createSuspendedReseller()
    travel({ minutes: 1 })
    const failToSend = () => sendDueEmails(() => Promise.reject(new Error("no")))
    for (let n = 0; n < 8; n++) {
      await failToSend()
      travel({ hours: 1 })
    }
    await failToSend()
    const due = `status = 'queued' AND next_attempt_at > ${Date.now()} AND first_attempt_at IS NOT NULL`
    await reinstate(acme.resellerId)
    expect(await count("outbox", due)).toBe(1)
    await suspend(acme.resellerId)
    expect(await count("outbox", due)).toBe(1)
    await reinstate(acme.resellerId)
    expect(await count("outbox", due)).toBe(0)
    expect(await count("outbox", "status = 'queued' AND first_attempt_at IS NULL")).toBe(1)
    await failToSend()
    expect(await count("outbox", `status = 'queued' AND next_attempt_at <= ${Date.now() + 30_000}`)).toBe(1)
  })

  it("sends no codes and refuses copied links", async () => {
    const { acme } = await createSuspendedReseller()
    const id = await invite(acme.browser, { contact_email: "copied@northwind.example" })
    const page = await (await acme.browser.post(`/customers/invites/${id}/links`)).text()
    const copyLinkPath = /http:\/\/localhost:8787(\/r\/[\w.-]+)/.exec(page)?.[1] ?? ""
    await suspend(acme.resellerId)
    for (const path of ["", "/codes", "/verification", "/renewal"]) {
      const response = await new Browser().post(`${copyLinkPath}${path}`, { code: "123456" })
      const redirectsBack = ["/codes", "/renewal"].includes(path) // to the page that explains why
      expect([path, response.status]).toEqual([path, redirectsBack ? 303 : 403])
    }
    expect(await count("outbox", "kind = 'code'")).toBe(0)
  })

  it("has registration links that are refused with a reason until it is reinstated", async () => {
    const { acme, pendingLink } = await createSuspendedReseller()
    await suspend(acme.resellerId)
    const contact = new Browser()
    for (const response of [await contact.get(pendingLink), await contact.post(pendingLink, REGISTRATION_FORM)]) {
      expect(response.status).toBe(403)
      expect(await response.text()).toContain("Accounts with Acme Networks are temporarily unavailable")
    }
    expect(await count("customers")).toBe(1)
    await reinstate(acme.resellerId)
    expect((await contact.post(pendingLink, REGISTRATION_FORM)).status).toBe(303)
  })

  it("doesn't change when suspension or reinstatement is repeated, and each change is audited once", async () => {
    const { acme } = await createSuspendedReseller()
    const first = await (await suspend(acme.resellerId)).json<ResellerBody>()
    expect(await (await suspend(acme.resellerId)).json()).toEqual(first)
    await reinstate(acme.resellerId)
    await reinstate(acme.resellerId)
    expect(await count("audit_log", "action LIKE 'reseller.%' AND actor_kind = 'operator'")).toBe(2)
    expect((await suspend("res_none")).status).toBe(404)
  })
})
