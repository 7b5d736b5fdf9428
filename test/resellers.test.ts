import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { inspectRoutes } from "hono/dev"
import { describe, expect, it } from "vitest"
import { app } from "../src/app.ts"
import { forgotten } from "../src/domain/outbox.ts"
import { claim } from "../src/domain/outbox-claim.ts"
import { depsOf } from "../src/http/deps.ts"
import worker from "../src/index.ts"
import {
  type ApiCall,
  Browser,
  callApi,
  count,
  deliverDueMail,
  invite,
  newestLink,
  openHouse,
  openKey,
  openTenant,
  PASSWORD,
  REGISTRATION,
  signIn,
  testEnv,
} from "./house.ts"

const OPERATOR = "local-operator"
const INITECH = { name: "Initech, Inc.", admin_name: "Bill Lumbergh", admin_email: "bill@initech.example" }

type Answer = { id: string; slug: string; suspended_at: string | null; admin_invite: Record<string, unknown> | null }

const ask = (path: string, call: Partial<ApiCall> = {}) => callApi({ key: OPERATOR, path, ...call })
const suspend = (id: string) => ask(`/resellers/${id}/suspension`, { method: "POST" })
const reinstate = (id: string) => ask(`/resellers/${id}/suspension`, { method: "DELETE" })

/** What the cron trigger does, to its end. */
async function sweep() {
  const context = createExecutionContext()
  await worker.scheduled(createScheduledController(), testEnv, context)
  await waitOnExecutionContext(context)
}

const operatorRoutes = inspectRoutes(app).filter(
  ({ path, isMiddleware }) => path.startsWith("/api/v1/resellers") && !isMiddleware,
)

describe("the operator", () => {
  it("opens a reseller, whose first Admin comes by the invite and invites others", async () => {
    const answer = await ask("/resellers", { body: INITECH })
    expect(answer.status).toBe(201)
    const reseller = await answer.json<Answer>()
    expect(answer.headers.get("Location")).toBe(`/api/v1/resellers/${reseller.id}`)
    expect(reseller).toMatchObject({
      slug: "initech-inc",
      support_email: "bill@initech.example",
      suspended_at: null,
      admin_invite: { status: "pending", email_status: "queued", contact_email: "bill@initech.example" },
    })
    expect(JSON.stringify(reseller)).not.toContain("eyJ")
    const [mail] = await deliverDueMail()
    expect(mail?.subject).toBe("PacketFabric invited you to Initech, Inc.")
    expect(mail?.text).toContain("PacketFabric invited you to join the staff of Initech, Inc.")
    expect(mail?.text).toContain("Your role will be Admin.")
    const link = /\/register\/\S+/.exec(mail?.text ?? "")?.[0] ?? ""
    const bill = new Browser()
    expect((await bill.post(link, { ...REGISTRATION, name: "Bill Lumbergh" })).headers.get("Location")).toBe("/")
    expect(await (await bill.get("/settings/staff")).text()).toContain("Invite staff")
    const read = await (await ask(`/resellers/${reseller.id}`)).json<Answer>()
    expect(read.admin_invite).toMatchObject({ status: "accepted" })
    expect(await (await bill.get("/settings/activity")).text()).toContain("Reseller opened:")
  })

  it.each([
    [{ name: "" }, "name"],
    [{ admin_email: "nobody" }, "admin_email"],
    [{ admin_name: undefined }, "admin_name"],
    [{ slug: "Not A Slug" }, "slug"],
    [{ name: "株式会社" }, "slug"],
    [{ support_phone: "12" }, "support_phone"],
    [{ surprise: 1 }, "surprise"],
  ])("is told what is wrong with %j, and nothing is written", async (fields, field) => {
    const answer = await ask("/resellers", { body: { ...INITECH, ...fields } })
    expect(answer.status).toBe(422)
    const { errors } = await answer.json<{ errors: { field: string }[] }>()
    expect(errors.map((error) => error.field)).toEqual([field])
    expect([await count("resellers"), await count("invites"), await count("outbox"), await count("audit_log")]).toEqual(
      [0, 0, 0, 0],
    )
  })

  it("opens one reseller of a slug, however many at once", async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask("/resellers", { body: INITECH })))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409])
    expect([await count("resellers"), await count("invites"), await count("outbox")]).toEqual([1, 1, 1])
  })

  it("lists resellers, newest first, by pages", async () => {
    for (const slug of ["one", "two", "three"]) await ask("/resellers", { body: { ...INITECH, slug } })
    const first = await (await ask("/resellers?limit=2")).json<{ data: Answer[]; next_cursor: string }>()
    const second = await (await ask(`/resellers?limit=2&cursor=${first.next_cursor}`)).json<typeof first>()
    expect([...first.data, ...second.data].map(({ slug }) => slug)).toEqual(["three", "two", "one"])
    expect(second.next_cursor).toBe(null)
  })

  it("invites a further Admin, sends an invite again, and names who is there already", async () => {
    const { id } = await (await ask("/resellers", { body: INITECH })).json<Answer>()
    const path = `/resellers/${id}/admin_invites`
    const body = { admin_name: "Peter Gibbons", admin_email: "peter@initech.example" }
    expect((await ask(path, { body })).status).toBe(201)
    expect(await count("outbox", "recipient = 'peter@initech.example'")).toBe(1)
    expect((await ask(path, { body })).status).toBe(201)
    expect(await count("outbox", "recipient = 'peter@initech.example'")).toBe(2)
    expect(await count("invites")).toBe(2)
    expect((await ask(path, { body })).status).toBe(429)
    await new Browser().post(await newestLink(), { ...REGISTRATION, name: "Peter Gibbons" })
    const there = await ask(path, { body })
    expect([there.status, await there.json()]).toEqual([409, expect.objectContaining({ code: "already_member" })])
    expect((await ask("/resellers/res_none/admin_invites", { body })).status).toBe(404)
  })

  it.each(operatorRoutes)("is nobody without the token: $method $path is not there", async ({ method, path }) => {
    const { resellerId } = await openTenant()
    const key = await openKey(resellerId)
    const asked = path.replace("/api/v1", "").replace(":id", resellerId)
    const nowhere = await callApi({ method, path: "/nowhere" })
    const none = [nowhere.status, await nowhere.text()]
    const asks: Partial<ApiCall>[] = [
      { key: "" },
      { key },
      { key: "local-operato" },
      { key: `${OPERATOR}r` },
      { key: OPERATOR, env: { ...testEnv, OPERATOR_TOKEN: "" } },
      { key: "", env: { ...testEnv, OPERATOR_TOKEN: "" } },
      { key: OPERATOR, env: { ...testEnv, ENVIRONMENT: "production" } },
    ]
    for (const call of asks) {
      const answer = await callApi({ method, path: asked, body: method === "POST" ? INITECH : undefined, ...call })
      expect([answer.status, await answer.text()]).toEqual(none)
      expect(answer.headers.get("Allow")).toBe(null)
    }
    expect([await count("resellers"), await count("resellers", "suspended_at IS NOT NULL")]).toEqual([1, 0])
  })

  it("makes an Admin of whoever is invited in another role, and withdraws an invite that went wrong", async () => {
    const { browser, resellerId } = await openHouse()
    await browser.post("/settings/staff/invites/new", {
      contact_name: "Peter Gibbons",
      contact_email: "peter@initech.example",
      role: "sales",
    })
    const path = `/resellers/${resellerId}/admin_invites`
    const body = { admin_name: "Peter Gibbons", admin_email: "peter@initech.example" }
    const again = await (await ask(path, { body })).json<{ id: string; role: string }>()
    expect(again.role).toBe("admin")
    const link = await newestLink()
    const revoked = await ask(`${path}/${again.id}/revocation`, { method: "POST" })
    expect([revoked.status, await revoked.json()]).toEqual([200, expect.objectContaining({ status: "revoked" })])
    expect((await new Browser().post(link, REGISTRATION)).status).toBe(410)
    expect(await count("staff", "role = 'admin'")).toBe(1)
    const customers = await invite(browser)
    expect((await ask(`${path}/${customers}/revocation`, { method: "POST" })).status).toBe(404)
  })

  it("is known by a long token in a deployment", async () => {
    const token = "t".repeat(32)
    const deployed = { ...testEnv, ENVIRONMENT: "production", OPERATOR_TOKEN: token }
    expect((await ask("/resellers", { key: token, env: deployed })).status).toBe(200)
    expect((await ask("/resellers", { key: token.slice(1), env: deployed })).status).toBe(404)
  })

  it("is told which methods an address takes, and nobody else is", async () => {
    expect((await ask("/resellers", { method: "PUT" })).headers.get("Allow")).toBe("POST, GET, HEAD")
    expect((await callApi({ method: "PUT", path: "/resellers" })).status).toBe(404)
  })
})

describe("a suspended reseller", () => {
  async function openSuspended() {
    const acme = await openHouse()
    const globex = await openHouse("globex")
    await invite(acme.browser)
    const link = await newestLink()
    const member = new Browser()
    await member.post(link, REGISTRATION)
    await invite(acme.browser, { contact_email: "late@northwind.example" })
    const open = await newestLink()
    const key = await openKey(acme.resellerId)
    await callApi({ key, path: "/invites" }) // known to the isolate from now on
    await invite(acme.browser, { contact_email: "queued@northwind.example" })
    return { acme, globex, member, key, open }
  }

  it("gets nobody in, at once: staff, members, those who sign in; and all again when it is undone", async () => {
    const { acme, globex, member } = await openSuspended()
    expect((await suspend(acme.resellerId)).status).toBe(200)
    for (const [browser, path] of [
      [acme.browser, "/"],
      [acme.browser, "/customers/invites"],
      [acme.browser, "/account"],
      [member, "/account"],
      [member, "/"],
    ] as const) {
      const answer = await browser.get(path)
      expect([path, answer.status]).toEqual([path, 403])
      const page = await answer.text()
      expect(page).toContain("Acme Networks is suspended, so nobody can sign in")
      expect(page).toContain('action="/sign-out"')
    }
    expect((await acme.browser.post("/settings/invites", { default_expires_in_days: "3" })).status).toBe(403)
    const sessions = await count("sessions")
    for (const email of ["admin@acme.example", "priya@northwind.example"]) {
      const password = email.startsWith("admin") ? PASSWORD : REGISTRATION.password
      const answer = await new Browser().post("/sign-in", { email, password })
      expect(answer.status).toBe(403)
      expect(answer.headers.getSetCookie()).toEqual([])
      expect(await answer.text()).toContain("Acme Networks is suspended, so nobody can sign in")
      const wrong = await new Browser().post("/sign-in", { email, password: "not the right password" })
      expect([wrong.status, (await wrong.text()).includes("suspended")]).toEqual([422, false])
    }
    expect(await count("sessions")).toBe(sessions)
    expect((await globex.browser.get("/")).status).toBe(200)

    expect((await reinstate(acme.resellerId)).status).toBe(200)
    expect((await acme.browser.get("/")).status).toBe(200)
    expect((await member.get("/account")).status).toBe(200)
    await signIn("admin@acme.example")
  })

  it("leaves people the accounts that they have elsewhere", async () => {
    const { acme, globex } = await openSuspended()
    await globex.browser.post("/settings/staff/invites/new", {
      contact_name: "Priya Nair",
      contact_email: "priya@northwind.example",
      role: "support",
    })
    await new Browser().post(await newestLink(), { password: REGISTRATION.password, accept_terms: "on" })
    await suspend(acme.resellerId)
    const priya = await signIn("priya@northwind.example", REGISTRATION.password)
    expect((await priya.get("/")).status).toBe(200)
    expect((await priya.get("/account")).headers.get("Location")).toBe("/")
    expect(await (await priya.get("/")).text()).not.toContain("Northwind")
  })

  it("has keys that stop at once, also those that an isolate knows, and work again", async () => {
    const { acme, key } = await openSuspended()
    await suspend(acme.resellerId)
    const refused = [403, "reseller_suspended"]
    for (const call of [{ path: "/invites" }, { path: "/invites", body: {} }, { path: "/customers" }]) {
      const answer = await callApi({ key, ...call })
      expect([answer.status, (await answer.json<{ code: string }>()).code]).toEqual(refused)
    }
    await reinstate(acme.resellerId)
    expect((await callApi({ key, path: "/invites" })).status).toBe(200)
  })

  it("sends nothing: what is queued waits, and goes out when it is undone", async () => {
    const { acme } = await openSuspended()
    await suspend(acme.resellerId)
    expect(await deliverDueMail()).toEqual([])
    expect(await count("outbox", "status = 'queued' AND attempts = 0 AND kind = 'invite'")).toBe(1)
    // It is not looked at with every sweep.
    expect(await forgotten(depsOf(testEnv, () => undefined))).toEqual([])
    await reinstate(acme.resellerId)
    expect((await deliverDueMail()).map(({ to }) => to)).toEqual(["queued@northwind.example"])
  })

  it("has webhooks that wait too", async () => {
    const { acme } = await openSuspended()
    await env.DB.prepare(
      `INSERT INTO webhooks (id, reseller_id, url, events, created_at) VALUES ('whk_x', ?, 'https://x.example', '["invite.expired"]', 0)`,
    )
      .bind(acme.resellerId)
      .run()
    await suspend(acme.resellerId)
    await env.DB.prepare("UPDATE invites SET expires_at = 1 WHERE status = 'pending'").run()
    await sweep()
    const row = await env.DB.prepare("SELECT id FROM outbox WHERE kind = 'webhook'").first<{ id: string }>()
    const deps = depsOf(testEnv, () => undefined)
    expect(await claim(deps, row?.id ?? "")).toBe(undefined)
    expect(await count("outbox", "kind = 'webhook' AND status = 'queued' AND attempts = 0")).toBe(2)
    await reinstate(acme.resellerId)
    expect(await claim(deps, row?.id ?? "")).toMatchObject({ kind: "webhook" })
  })

  it("reminds nobody, and does when it is undone", async () => {
    const { acme } = await openSuspended()
    await deliverDueMail()
    await env.DB.prepare("UPDATE invites SET remind_at = 1 WHERE contact_email LIKE 'late%'").run()
    await suspend(acme.resellerId)
    await sweep()
    expect(await count("outbox", "kind = 'reminder'")).toBe(0)
    await reinstate(acme.resellerId)
    await sweep()
    expect(await count("outbox", "kind = 'reminder'")).toBe(1)
  })

  it("queues no digests: what they would tell waits, and is told in one", async () => {
    const { acme } = await openSuspended()
    await suspend(acme.resellerId)
    expect(await count("notifications")).toBe(1)
    await sweep()
    expect(await count("outbox", "kind = 'digest'")).toBe(0)
    await reinstate(acme.resellerId)
    await sweep()
    expect(await count("outbox", "kind = 'digest'")).toBe(1)
  })

  it("leaves waits as they are where a reseller that is not suspended is reinstated, and patience whole where one is", async () => {
    const { acme } = await openSuspended()
    const due = "status = 'queued' AND next_attempt_at > 4000000000000"
    await env.DB.prepare(
      "UPDATE outbox SET next_attempt_at = 4102444800000, first_attempt_at = 5 WHERE status = 'queued'",
    ).run()
    await reinstate(acme.resellerId)
    expect(await count("outbox", due)).toBe(1)
    await suspend(acme.resellerId)
    expect(await count("outbox", due)).toBe(1)
    await reinstate(acme.resellerId)
    expect(await count("outbox", due)).toBe(0)
    expect(await count("outbox", "status = 'queued' AND first_attempt_at IS NULL")).toBe(1)
  })

  it("sends no code, and answers no copied link, while it is", async () => {
    const { acme } = await openSuspended()
    const id = await invite(acme.browser, { contact_email: "copied@northwind.example" })
    const page = await (await acme.browser.post(`/customers/invites/${id}/links`)).text()
    const copied = /http:\/\/localhost:8787(\/register\/[\w.-]+)/.exec(page)?.[1] ?? ""
    await suspend(acme.resellerId)
    for (const path of ["", "/codes", "/proof", "/renewal"]) {
      const answer = await new Browser().post(`${copied}${path}`, { code: "123456" })
      const back = ["/codes", "/renewal"].includes(path) // to the page that says why
      expect([path, answer.status]).toEqual([path, back ? 303 : 403])
    }
    expect(await count("outbox", "kind = 'code'")).toBe(0)
  })

  it("has links that register nobody, say so, and register when it is undone", async () => {
    const { acme, open } = await openSuspended()
    await suspend(acme.resellerId)
    const contact = new Browser()
    for (const answer of [await contact.get(open), await contact.post(open, REGISTRATION)]) {
      expect(answer.status).toBe(403)
      expect(await answer.text()).toContain("Accounts with Acme Networks are not open at the moment")
    }
    expect(await count("customers")).toBe(1)
    await reinstate(acme.resellerId)
    expect((await contact.post(open, REGISTRATION)).status).toBe(303)
  })

  it("is suspended once however often it is asked for, and each change is in its activity", async () => {
    const { acme } = await openSuspended()
    const first = await (await suspend(acme.resellerId)).json<Answer>()
    expect(await (await suspend(acme.resellerId)).json()).toEqual(first)
    await reinstate(acme.resellerId)
    await reinstate(acme.resellerId)
    expect(await count("audit_log", "action LIKE 'reseller.%' AND actor_kind = 'operator'")).toBe(2)
    expect((await suspend("res_none")).status).toBe(404)
  })
})
