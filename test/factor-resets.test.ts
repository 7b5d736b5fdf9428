import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import {
  addStaff,
  Browser,
  callApi,
  count,
  invite,
  latestRegistrationLink,
  PASSWORD,
  REGISTRATION_FORM,
  sendDueEmails,
  signIn,
  signInAs,
  signInStaff,
} from "./support/app.ts"
import { addPasskey, setUpAuthenticator } from "./support/factors.ts"
import { unwrap } from "./support/unwrap.ts"

const OPERATOR = { Authorization: "Bearer local-operator" }

/** An Admin, and a colleague with every kind of factor. */
async function createColleague(role: "admin" | "sales" = "sales") {
  const admin = await signInStaff()
  const { userId } = await addStaff(admin.resellerId, { name: "Kim Sato", email: "kim@acme.example", role })
  const kim = await signInAs(userId)
  await setUpAuthenticator(kim)
  await addPasskey(kim)
  await sendDueEmails()
  return { ...admin, userId, kim, path: `/settings/staff/people/${userId}` }
}

const countFactors = () => Promise.all(["passkeys", "authenticators", "recovery_codes"].map((table) => count(table)))

describe("an Admin", () => {
  it("resets the factors of a colleague, who is signed out, told by email, and signs in with the password", async () => {
    const { browser, path, kim, userId } = await createColleague()
    expect(await (await browser.get(path)).text()).toContain("Reset second factor")
    const response = await browser.post(`${path}/factor-resets`)
    expect(response.headers.get("Location")).toBe("/settings/staff?flash=factors_reset")
    expect(await countFactors()).toEqual([0, 0, 0])
    expect((await kim.get("/")).headers.get("Location")).toBe("/sign-in")
    const [mail, ...rest] = await sendDueEmails()
    expect([mail?.to, rest]).toEqual(["kim@acme.example", []])
    expect(unwrap(mail?.text ?? "")).toContain("recovery codes were deleted, because they were reported lost: ")
    const entry = await env.DB.prepare(
      "SELECT subject_id, actor_name, detail FROM audit_log WHERE action = 'staff.factors_reset'",
    ).first()
    expect(entry).toEqual({ subject_id: userId, actor_name: "Dana Ortiz", detail: "Kim Sato" })
    expect((await (await signIn("kim@acme.example")).get("/")).status).toBe(200)
    expect((await browser.post(`${path}/factor-resets`)).status).toBe(409)
    expect(await (await browser.get(path)).text()).not.toContain("Reset second factor")
  })

  it("can't reset their own, those of another reseller's staff, or those of someone in other accounts too", async () => {
    const { browser, userId, resellerId } = await createColleague()
    const globex = await signInStaff("globex")
    const reset = async (visitor: Browser, id: string) =>
      (await visitor.post(`/settings/staff/people/${id}/factor-resets`)).status
    expect(await reset(globex.browser, userId)).toBe(404)
    const self = await env.DB.prepare("SELECT id FROM users WHERE email = 'admin@acme.example'").first<string>("id")
    expect(await reset(browser, self ?? "")).toBe(404)
    await env.DB.prepare("INSERT INTO staff (user_id, reseller_id, role, created_at) VALUES (?1, ?2, 'sales', 0)")
      .bind(userId, globex.resellerId)
      .run()
    expect([await reset(browser, userId), await reset(globex.browser, userId)]).toEqual([409, 409])
    const refusal = await browser.post(`/settings/staff/people/${userId}/factor-resets`)
    expect(await refusal.text()).toContain("also belongs to other accounts")
    expect(await countFactors()).toEqual([1, 1, 10])
    const api = await callApi({
      path: `/resellers/${resellerId}/factor_resets`,
      body: { email: "kim@acme.example" },
      headers: OPERATOR,
    })
    expect([api.status, await countFactors()]).toEqual([201, [0, 0, 0]])
  })

  it("of a customer resets those of a member", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const admin = new Browser()
    await admin.post(await latestRegistrationLink(), REGISTRATION_FORM)
    await admin.post("/account/invites/new", {
      contact_name: "Sam Reyes",
      contact_email: "sam@northwind.example",
      role: "member",
    })
    const sam = new Browser()
    await sam.post(await latestRegistrationLink(), REGISTRATION_FORM)
    await addPasskey(sam)
    const id = await env.DB.prepare("SELECT id FROM users WHERE email = 'sam@northwind.example'").first("id")
    expect((await sam.post(`/account/people/${id}/factor-resets`)).status).toBe(403)
    expect((await admin.post(`/account/people/${id}/factor-resets`)).status).toBe(303)
    expect([await count("passkeys"), await count("audit_log", "action = 'member.factors_reset'")]).toEqual([0, 1])
  })
})

describe("the operator", () => {
  it("resets the factors of a reseller's last Admin", async () => {
    const { browser, resellerId } = await signInStaff()
    await setUpAuthenticator(browser)
    const call = (body: unknown, headers: Record<string, string> = OPERATOR, id = resellerId) =>
      callApi({ path: `/resellers/${id}/factor_resets`, body, headers })
    expect((await call({ email: "admin@acme.example" }, {})).status).toBe(404)
    expect((await call({ email: "nobody@acme.example" })).status).toBe(404)
    expect((await call({ email: "no address" })).status).toBe(422)
    const globex = await signInStaff("globex")
    expect((await call({ email: "admin@acme.example" }, OPERATOR, globex.resellerId)).status).toBe(404)
    expect(await count("authenticators")).toBe(1)
    const response = await call({ email: " Admin@acme.example " })
    expect(await response.json()).toEqual({ email: "admin@acme.example", reset_at: expect.any(String) })
    expect([response.status, await countFactors()]).toEqual([201, [0, 0, 0]])
    expect((await browser.get("/")).headers.get("Location")).toBe("/sign-in")
    expect(await count("audit_log", "action = 'staff.factors_reset' AND actor_kind = 'operator'")).toBe(1)
    expect((await call({ email: "admin@acme.example" })).status).toBe(409)
  })
})

describe("the operator's reset of a member", () => {
  it("is recorded about their customer, like a reset by its Admin", async () => {
    const { browser, resellerId } = await signInStaff()
    await invite(browser)
    const member = new Browser()
    await member.post(await latestRegistrationLink(), REGISTRATION_FORM)
    await addPasskey(member)
    const email = "priya@northwind.example"
    const body = { email }
    await callApi({ path: `/resellers/${resellerId}/factor_resets`, body, headers: OPERATOR })
    const entry = await env.DB.prepare(
      "SELECT action, substr(subject_id, 1, 4) AS subject, actor_kind, detail FROM audit_log WHERE action LIKE '%.factors_reset'",
    ).first()
    expect(entry).toEqual({
      action: "member.factors_reset",
      subject: "cus_",
      actor_kind: "operator",
      detail: REGISTRATION_FORM.name,
    })
  })
})

describe("a reseller that requires a second factor", () => {
  it("leads staff without one to set it up before anything else, and lets them in afterwards", async () => {
    const { browser, resellerId } = await signInStaff()
    const on = { requires_second_factor: "on" }
    expect((await browser.post("/settings/security", on)).headers.get("Location")).toBe(
      "/settings/security?flash=security_saved",
    )
    const { userId } = await addStaff(resellerId, { name: "Kim", email: "kim@acme.example", role: "sales" })
    const kim = await signIn("kim@acme.example")
    for (const path of ["/", "/customers", "/settings/staff"]) {
      expect((await kim.get(path)).headers.get("Location")).toBe("/profile/second-factor")
    }
    const posted = await kim.post("/customers/invites/new", {})
    expect(posted.headers.get("Location")).toBe("/profile/second-factor")
    const page = await (await kim.get("/profile/second-factor")).text()
    expect(page).toContain("Acme Networks requires a second step")
    await setUpAuthenticator(kim)
    expect((await kim.get("/customers")).status).toBe(200)
    expect((await kim.post("/profile/authenticator/removal")).status).toBe(303)
    expect((await kim.get("/customers")).headers.get("Location")).toBe("/profile/second-factor")
    expect(await count("users", `id = '${userId}'`)).toBe(1)
  })

  it("is the exception: the password alone is enough by default", async () => {
    await signInStaff()
    const browser = new Browser()
    const response = await browser.post("/sign-in", { email: "admin@acme.example", password: PASSWORD })
    expect([response.headers.get("Location"), (await browser.get("/")).status]).toEqual(["/", 200])
  })
})
