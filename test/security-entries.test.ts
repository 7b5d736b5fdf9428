import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, it } from "vitest"
import { recordSecurityEvent } from "../src/domain/events/security-entries.ts"
import {
  addStaff,
  Browser,
  callApi,
  createApiKey,
  db,
  invite,
  latestRegistrationLink,
  PASSWORD,
  REGISTRATION_FORM,
  signIn,
  signInAs,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { travel } from "./support/time.ts"

const ROBIN = { name: "Robin Hale", email: "robin@acme.example", role: "read_only" } as const
const SECURITY = [
  ...["signed_in", "signed_out", "sign_in_failed", "permission_refused", "limit_reached", "code_refused", "refused"],
  ...["email_change_requested", "email_change_cancelled"],
]

/** The security events in the audit log, oldest first: action, reseller, subject, actor and detail. */
async function entries() {
  const { results } = await env.DB.prepare(
    `SELECT action, reseller_id, subject_id, actor_kind, actor_id, detail FROM audit_log
     WHERE substr(action, instr(action, '.') + 1) IN (SELECT value FROM json_each(?)) ORDER BY created_at, id`,
  )
    .bind(JSON.stringify(SECURITY))
    .all()
  return results.map((row) => Object.values(row))
}

let admin: Browser
let resellerId: string
let userId: string
beforeEach(async () => {
  ;({ browser: admin, resellerId } = await signInStaff())
  ;({ userId } = await addStaff(resellerId, ROBIN))
})

const signInWrongly = (email: string) => new Browser().post("/sign-in", { email, password: "wrong password here" })

describe("the audit log has an entry", () => {
  it("for a failed sign-in, for signing in and out, and none for an unknown address", async () => {
    await signInWrongly("nobody@acme.example")
    expect(await entries()).toEqual([])
    await signInWrongly(ROBIN.email)
    travel({ seconds: 1 })
    const browser = await signIn(ROBIN.email, PASSWORD)
    travel({ seconds: 1 })
    await browser.post("/sign-out")
    const by = ["staff", userId, ROBIN.name]
    expect(await entries()).toEqual([
      ["staff.sign_in_failed", resellerId, userId, "system", null, ROBIN.name],
      ["staff.signed_in", resellerId, userId, ...by],
      ["staff.signed_out", resellerId, userId, ...by],
    ])
    const page = await (await admin.get("/activity")).text()
    for (const words of ["Sign-in failed:", "Signed in:", "Signed out:"]) expect(page).toContain(words)
    const colleague = await (await (await signInAs(userId)).get("/activity")).text()
    expect(colleague).not.toContain("Signed in:")
  })

  it("once an hour for a person, whatever they are called", async () => {
    const robin = await signInAs(userId)
    for (let n = 0; n < 4; n++) {
      expect((await robin.get("/settings/api-keys")).status).toBe(403)
      await robin.post("/profile/name", { name: `Robin the ${n}.` })
    }
    expect((await entries()).map(([action]) => action)).toEqual(["staff.permission_refused"])
  })

  it("once an hour for each member, whatever they and their colleagues are called", async () => {
    await invite(admin)
    const member = new Browser()
    await member.post(await latestRegistrationLink(), REGISTRATION_FORM)
    await member.post("/account/invites/new", {
      contact_name: "Sam",
      contact_email: "sam@northwind.example",
      role: "member",
    })
    const colleague = new Browser()
    await colleague.post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Sam" })
    for (const name of ["Priya the 1.", "Priya the 2.", "Sam"]) {
      await member.post("/profile/name", { name })
      await signInWrongly("priya@northwind.example")
    }
    await signInWrongly("sam@northwind.example")
    expect((await entries()).map(([action, , , , , detail]) => [action, detail])).toEqual([
      ["member.sign_in_failed", "Priya the 1."],
      ["member.sign_in_failed", "Sam"],
    ])
  })

  it("for a refused permission and a limit of a person and of an API key, and for a revoked key", async () => {
    const robin = await signInAs(userId)
    for (let n = 0; n < 3; n++) expect((await robin.get("/settings/api-keys")).status).toBe(403)
    travel({ seconds: 1 })
    const key = await createApiKey(resellerId, { scopes: ["customers:read"] })
    const keyId = await env.DB.prepare("SELECT id FROM api_keys").first<string>("id")
    await callApi({ path: "/invites", key })
    travel({ seconds: 1 })
    await callApi({ path: "/customers", key, env: { ...testEnv, API_REQUESTS_PER_10_SECONDS: "0" } })
    await callApi({ path: "/invites", key: `vst_local_${"0".repeat(64)}` })
    await env.DB.prepare("UPDATE api_keys SET revoked_at = 1").run()
    travel({ seconds: 1 })
    for (let n = 0; n < 3; n++) expect((await callApi({ path: "/customers", key })).status).toBe(401)
    expect((await entries()).map((entry) => entry.slice(0, 5))).toEqual([
      ["staff.permission_refused", resellerId, userId, "staff", userId],
      ["api_key.permission_refused", resellerId, keyId, "api_key", keyId],
      ["api_key.limit_reached", resellerId, keyId, "api_key", keyId],
      ["api_key.refused", resellerId, keyId, "system", null],
    ])
  })

  it("for a wrong code, a wrong password and a limit at a registration link, in the language of the reader", async () => {
    const id = await invite(admin)
    const emailedLink = await latestRegistrationLink()
    const copied = await (await admin.post(`/customers/invites/${id}/links`)).text()
    const copiedLink = /\/r\/[\w-]+/.exec(copied)?.[0] ?? ""
    const visitor = new Browser()
    await visitor.post(`${copiedLink}/codes`)
    for (let n = 0; n < 3; n++) await visitor.post(`${copiedLink}/verification`, { code: "000000" })
    expect(await entries()).toEqual([["invite.code_refused", resellerId, id, "system", null, null]])
    travel({ seconds: 1 })
    for (let n = 0; n < 9; n++) await visitor.post(`${copiedLink}/codes`)
    travel({ seconds: 1 })
    await env.DB.prepare("UPDATE users SET email = 'priya@northwind.example' WHERE id = ?").bind(userId).run()
    await new Browser().post(emailedLink, { password: "wrong", accept_terms: "on" })
    expect((await entries()).map(([action, , subject]) => [action, subject])).toEqual([
      ["invite.code_refused", id],
      ["invite.limit_reached", id],
      ["invite.sign_in_failed", id],
    ])
    const page = await (await admin.get(`/customers/invites/${id}`)).text()
    for (const words of ["Wrong code entered", "Sign-in with the link failed", "Limit of attempts reached"]) {
      expect(page).toContain(words)
    }
  })

  it("for a change of address that is asked for and given up, once", async () => {
    const robin = await signIn(ROBIN.email, PASSWORD)
    await robin.post("/profile/email", { email: "robin.new@acme.example", current_password: PASSWORD })
    travel({ seconds: 1 })
    for (let n = 0; n < 2; n++) await robin.post("/profile/email/cancellation")
    const by = [resellerId, userId, "staff", userId, ROBIN.name]
    expect((await entries()).slice(1)).toEqual([
      ["staff.email_change_requested", ...by],
      ["staff.email_change_cancelled", ...by],
    ])
  })

  it("in each account of a person, under the customer for a member", async () => {
    await invite(admin)
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    expect(await entries()).toEqual([]) // accepting has an entry of its own
    await signInWrongly("priya@northwind.example")
    const customerId = await env.DB.prepare("SELECT id FROM customers").first<string>("id")
    const member = ["member.sign_in_failed", resellerId, customerId, "system", null, REGISTRATION_FORM.name]
    expect(await entries()).toEqual([member])
    const other = await signInStaff("globex")
    const priya = await env.DB.prepare("SELECT id FROM users WHERE email GLOB 'priya*'").first<string>("id")
    await env.DB.prepare("INSERT INTO staff (user_id, reseller_id, role, created_at) VALUES (?, ?, 'sales', 0)")
      .bind(priya, other.resellerId)
      .run()
    travel({ hours: 2 })
    await signInWrongly("priya@northwind.example")
    expect((await entries()).sort()).toEqual([
      member,
      member,
      ["staff.sign_in_failed", other.resellerId, priya, "system", null, REGISTRATION_FORM.name],
    ])
  })
})

it("at most one entry an hour is written for a reseller, action and subject, also for simultaneous events", async () => {
  const record = (email: string) =>
    recordSecurityEvent({ db, now: () => new Date() }, { email }, "sign_in_failed", false)
  await Promise.all(Array.from({ length: 50 }, () => record(ROBIN.email)))
  expect(await entries()).toHaveLength(1)
  await record("admin@acme.example")
  expect(await entries()).toHaveLength(2)
  travel({ minutes: 59 })
  await record(ROBIN.email)
  expect(await entries()).toHaveLength(2)
  travel({ minutes: 2 })
  await record(ROBIN.email)
  expect(await entries()).toHaveLength(3)
})
