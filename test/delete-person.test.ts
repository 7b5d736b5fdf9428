import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { sealAuditLog } from "../src/domain/audit/seal.ts"
import { recordDeliveryEvent } from "../src/domain/mail/delivery-events.ts"
import { enqueueDigests } from "../src/domain/mail/digests.ts"
import { createDeps } from "../src/http/bindings.ts"
import {
  addStaff,
  Browser,
  count,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  sendDueEmails,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { addPasskey } from "./support/factors.ts"
import { expectIntact, findLeft } from "./support/leftovers.ts"

const deps = createDeps(testEnv, () => undefined)

describe("deleting a person", () => {
  it("removes a staff user with every trace of their name, keeps their id in the audit log, and it verifies", async () => {
    const { browser, resellerId } = await signInStaff()
    await browser.post("/settings/staff/invites/new", {
      contact_name: "Quorra Flynn",
      contact_email: "quorra@planted.example",
      role: "regular",
    })
    const colleague = new Browser()
    await colleague.post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Quorra Flynn" })
    await invite(colleague)
    const id = await env.DB.prepare("SELECT id FROM users WHERE email = 'quorra@planted.example'").first<string>("id")
    await browser.post(`/settings/staff/people/${id}/role`, { role: "sales" })
    await sealAuditLog(deps)
    expect(await findLeft("quorra", "planted")).toEqual(["quorra", "planted"])

    const response = await browser.post(`/settings/staff/people/${id}/purge`)
    expect(response.headers.get("Location")).toBe("/settings/staff?flash=purged")
    expect(await findLeft("quorra", "planted")).toEqual([])
    expect([await count("users"), await count("sessions"), await count("credentials")]).toEqual([1, 1, 1])
    expect(await count("audit_log", `actor_id = '${id}'`)).toBeGreaterThan(1)
    expect((await colleague.get("/")).status).toBe(303)
    await expectIntact(resellerId)
  })

  it("removes a member with their name in the customer's entries, but not their colleagues'", async () => {
    const { browser, resellerId } = await signInStaff()
    await invite(browser)
    const admin = new Browser()
    await admin.post(await latestRegistrationLink(), REGISTRATION_FORM)
    for (const name of ["Quorra Flynn", "Sam Reyes"]) {
      const email = `${name.split(" ")[0]?.toLowerCase()}@planted.example`
      await admin.post("/account/invites/new", { contact_name: name, contact_email: email, role: "member" })
      await new Browser().post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name })
      const id = await env.DB.prepare("SELECT id FROM users WHERE email = ?").bind(email).first<string>("id")
      await admin.post(`/account/people/${id}/role`, { role: "admin" })
    }
    const id = await env.DB.prepare("SELECT id FROM users WHERE email = 'quorra@planted.example'").first<string>("id")
    await sealAuditLog(deps)
    expect((await admin.post(`/account/people/${id}/purge`)).headers.get("Location")).toBe("/account?flash=purged")
    expect(await findLeft("quorra", "sam reyes")).toEqual(["sam reyes"])
    expect(await count("audit_log", "action = 'member.role_changed' AND detail LIKE 'Sam Reyes: %'")).toBe(1)
    await expectIntact(resellerId)
  })

  it("removes a member's earlier names and addresses, and what they changed about their sign-in", async () => {
    const { browser, resellerId } = await signInStaff()
    await invite(browser)
    const admin = new Browser()
    await admin.post(await latestRegistrationLink(), REGISTRATION_FORM)
    const email = "quorra@planted.example"
    await admin.post("/account/invites/new", { contact_name: "Quorra Flynn", contact_email: email, role: "member" })
    const member = new Browser()
    await member.post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Quorra Flynn" })
    const id = await env.DB.prepare("SELECT id FROM users WHERE email = ?").bind(email).first<string>("id")
    await admin.post(`/account/people/${id}/role`, { role: "admin" })
    await addPasskey(member)
    await member.post("/profile/name", { name: "Tron Bradley" })
    await sendDueEmails()
    await member.post("/profile/email", { email: "tron@planted.example", current_password: REGISTRATION_FORM.password })
    for (const { text } of await sendDueEmails()) await new Browser().post(/\/confirm-email\/\S+/.exec(text)?.[0] ?? "")
    await sealAuditLog(deps)
    const personal = ["quorra", "tron", "planted"]
    expect(await findLeft(...personal)).toEqual(personal)

    expect((await admin.post(`/account/people/${id}/purge`)).headers.get("Location")).toBe("/account?flash=purged")
    expect(await findLeft(...personal)).toEqual([])
    expect(await sendDueEmails()).toEqual([])
    expect(await count("outbox", "status IN ('queued', 'sending')")).toBe(0)
    await expectIntact(resellerId)
  })

  it("removes the first Admin from the search for customers", async () => {
    const { browser } = await signInStaff()
    await invite(browser, { contact_email: "quorra@planted.example" })
    const first = new Browser()
    await first.post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Quorra Flynn" })
    await first.post("/account/invites/new", { contact_name: "Kim", contact_email: "kim@k.example", role: "admin" })
    await new Browser().post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Kim Park" })
    const id = await env.DB.prepare("SELECT id FROM users WHERE name = 'Quorra Flynn'").first<string>("id")
    expect(await findLeft("quorra", "flynn")).toEqual(["quorra", "flynn"])
    expect((await first.post(`/account/people/${id}/purge`)).headers.get("Location")).toBe("/")
    expect(await findLeft("quorra", "flynn", "kim")).toEqual(["kim"])
  })

  it("removes somebody who was staff and a member of customers of two resellers from all these logs", async () => {
    const acme = await signInStaff()
    const globex = await signInStaff("globex")
    const email = "quorra@planted.example"
    await acme.browser.post("/settings/staff/invites/new", {
      contact_name: "Quorra Flynn",
      contact_email: email,
      role: "sales",
    })
    const person = new Browser()
    await person.post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Quorra Flynn" })
    const id = await env.DB.prepare("SELECT id FROM users WHERE email = ?").bind(email).first<string>("id")
    const admins = []
    for (const [n, { browser }] of [acme, globex].entries()) {
      const billing = n === 1 && { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" }
      await invite(browser, { contact_email: `admin${n}@customer.example`, company_name: `Customer ${n}`, ...billing })
      const admin = new Browser()
      await admin.post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Sam Reyes" })
      await admin.post("/account/invites/new", { contact_name: "Quorra Flynn", contact_email: email, role: "member" })
      await person.post(await latestRegistrationLink(), { accept_terms: "on" })
      admins.push(admin)
    }
    await person.post("/profile/name", { name: "Tron Bradley" })
    await person.post("/profile/email", { email: "tron@planted.example", current_password: REGISTRATION_FORM.password })
    for (const { text } of await sendDueEmails()) await new Browser().post(/\/confirm-email\/\S+/.exec(text)?.[0] ?? "")
    await person.post("/sign-out")
    await person.post("/sign-in", { email: "tron@planted.example", password: "quite another one" })
    for (const admin of admins) {
      expect((await admin.post(`/account/people/${id}/removal`)).headers.get("Location")).toBe("/account?flash=removed")
    }
    await sealAuditLog(deps)
    // What the log of Globex says about its invite stays theirs until they purge that.
    const leftInLogs = async () => {
      const { results } = await env.DB.prepare(
        "SELECT actor_name, detail, changes FROM audit_log WHERE action NOT GLOB 'invite.*'",
      ).all()
      const text = JSON.stringify(results).toLowerCase()
      return ["quorra", "tron", "planted"].filter((word) => text.includes(word))
    }
    expect(await leftInLogs()).toEqual(["quorra", "tron", "planted"])

    const response = await acme.browser.post(`/settings/staff/people/${id}/purge`)
    expect(response.headers.get("Location")).toBe("/settings/staff?flash=purged")
    expect(await leftInLogs()).toEqual([])
    for (const { resellerId } of [acme, globex]) await expectIntact(resellerId)
  })

  it("only removes somebody who belongs to another account, and never the last Admin", async () => {
    const { browser } = await signInStaff()
    const globex = await signInStaff("globex")
    const own = await env.DB.prepare("SELECT id FROM users WHERE email = 'admin@acme.example'").first<string>("id")
    expect((await browser.post(`/settings/staff/people/${own}/purge`)).status).toBe(409)
    const { userId } = await addStaff(globex.resellerId, {
      name: "Quorra",
      email: "quorra@planted.example",
      role: "sales",
    })
    const acmeId = await env.DB.prepare("SELECT id FROM resellers WHERE slug = 'acme'").first<string>("id")
    await env.DB.prepare("INSERT INTO staff (user_id, reseller_id, role, created_at) VALUES (?, ?, 'sales', 0)")
      .bind(userId, acmeId)
      .run()
    const response = await browser.post(`/settings/staff/people/${userId}/purge`)
    expect(response.headers.get("Location")).toBe("/settings/staff?flash=removed")
    expect(await count("users", "email = 'quorra@planted.example'")).toBe(1)
    expect(await count("staff", `user_id = '${userId}'`)).toBe(1)
  })
})

/** The Admin of a customer, and members whom they invited and who joined, by name. */
async function createCustomerWithMembers(browser: Browser, ...names: string[]) {
  await invite(browser)
  const admin = new Browser()
  await admin.post(await latestRegistrationLink(), REGISTRATION_FORM)
  const members: { browser: Browser; id: string }[] = []
  for (const [n, name] of names.entries()) {
    const email = `${name.split(" ")[0]?.toLowerCase()}${n}@planted.example`
    await admin.post("/account/invites/new", { contact_name: name, contact_email: email, role: "member" })
    const member = new Browser()
    await member.post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name })
    const id = await env.DB.prepare("SELECT id FROM users WHERE email = ?").bind(email).first<string>("id")
    members.push({ browser: member, id: id ?? "" })
  }
  const [first, second] = members
  if (!first || !second) throw new Error("two members are needed")
  return { admin, first, second }
}

describe("the names of colleagues", () => {
  it("a member who takes them and deletes themselves empties nothing that the audit log says about colleagues", async () => {
    const { browser, resellerId } = await signInStaff()
    const { admin, first: mallory, second: eve } = await createCustomerWithMembers(browser, "Mallory Boss", "Eve Quiet")
    await admin.post(`/account/people/${mallory.id}/role`, { role: "admin" })
    for (const email of ["mallory0@planted.example", "priya@northwind.example"]) {
      expect((await new Browser().post("/sign-in", { email, password: "quite another one" })).status).toBe(422)
    }
    await sealAuditLog(deps)
    const aboutColleagues = async () => {
      const { results } = await env.DB.prepare(
        "SELECT action, actor_name, detail FROM audit_log WHERE action IN ('member.role_changed', 'member.sign_in_failed') ORDER BY id",
      ).all()
      return results
    }
    const before = await aboutColleagues()
    expect(before.map(({ detail }) => detail)).toEqual([
      "Mallory Boss: Member → Admin",
      "Mallory Boss",
      REGISTRATION_FORM.name,
    ])

    for (const name of ["Mallory Boss", REGISTRATION_FORM.name, "Eve Quiet"]) {
      expect((await eve.browser.post("/profile/name", { name })).status).toBe(303)
    }
    expect((await eve.browser.post(`/account/people/${eve.id}/purge`)).status).toBe(303)
    expect(await count("users", `id = '${eve.id}'`)).toBe(0)
    expect(await aboutColleagues()).toEqual(before)
    expect(await findLeft("eve quiet", "eve1@planted")).toEqual([])
    await expectIntact(resellerId)
  })

  it("of two colleagues with one name, only the deleted one's entries are emptied", async () => {
    const { browser, resellerId } = await signInStaff()
    const { admin, first, second } = await createCustomerWithMembers(browser, "Sam Reyes", "Sam Reyes")
    for (const { id } of [first, second]) await admin.post(`/account/people/${id}/role`, { role: "admin" })
    await sealAuditLog(deps)
    expect((await admin.post(`/account/people/${first.id}/purge`)).headers.get("Location")).toBe(
      "/account?flash=purged",
    )
    const { results } = await env.DB.prepare(
      "SELECT person_id, detail FROM audit_log WHERE action = 'member.role_changed' ORDER BY id",
    ).all()
    expect(results).toEqual([
      { person_id: first.id, detail: null },
      { person_id: second.id, detail: "Sam Reyes: Member → Admin" },
    ])
    await expectIntact(resellerId)
  })
})

describe("deleting oneself", () => {
  it("purges no invite to an address that one only asked to change to", async () => {
    const { browser } = await signInStaff()
    const { second: eve } = await createCustomerWithMembers(browser, "Sam Reyes", "Eve Quiet")
    const id = await invite(browser, { contact_email: "tron@planted.example", company_name: "Contoso" })
    await sendDueEmails()
    await browser.post(`/customers/invites/${id}/revocation`)
    const change = { email: "tron@planted.example", current_password: REGISTRATION_FORM.password }
    expect((await eve.browser.post("/profile/email", change)).status).toBe(303)
    expect(await count("outbox", "kind = 'email_change' AND recipient = 'tron@planted.example'")).toBe(1)
    expect((await eve.browser.post(`/account/people/${eve.id}/purge`)).status).toBe(303)
    expect(await count("invites", `id = '${id}' AND contact_email = 'tron@planted.example'`)).toBe(1)
    expect(await count("outbox", "kind = 'email_change' AND recipient = 'tron@planted.example'")).toBe(0)
  })

  it("leaves no trace of a member's name and address, and the audit log verifies", async () => {
    const { browser, resellerId } = await signInStaff()
    const { first: sam, second: quorra } = await createCustomerWithMembers(browser, "Sam Reyes", "Quorra Flynn")
    await quorra.browser.post("/profile/name", { name: "Tron Bradley" })
    await sealAuditLog(deps)
    const personal = ["quorra", "tron", "bradley"]
    expect(await findLeft(...personal)).toEqual(personal)

    expect((await quorra.browser.post(`/account/people/${quorra.id}/purge`)).headers.get("Location")).toBe("/")
    expect(await findLeft(...personal)).toEqual([])
    expect(await count("users", `id IN ('${quorra.id}', '${sam.id}')`)).toBe(1)
    expect(await count("audit_log", `action = 'invite.purged' AND actor_id = '${quorra.id}'`)).toBe(1)
    await expectIntact(resellerId)
  })

  it("leaves none of a staff user who got a digest whose delivery was reported, now or later", async () => {
    const { browser, resellerId } = await signInStaff()
    await browser.post("/settings/staff/invites/new", {
      contact_name: "Quorra Flynn",
      contact_email: "quorra@planted.example",
      role: "regular",
    })
    const quorra = new Browser()
    await quorra.post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Quorra Flynn" })
    const id = await env.DB.prepare("SELECT id FROM users WHERE email = 'quorra@planted.example'").first<string>("id")
    await invite(quorra)
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    expect(await enqueueDigests(deps)).toBe(2)
    const report = (eventId: string) =>
      recordDeliveryEvent(
        deps,
        {
          type: "cf.email.sending.message.delivered",
          payload: { eventId, messageId: "m-digest", recipient: "quorra@planted.example" },
        },
        eventId,
      )
    await report("before it was recorded as sent")
    await sendDueEmails(async ({ to }) => ({ messageId: to === "quorra@planted.example" ? "m-digest" : "m-other" }))
    expect(await count("outbox", "kind = 'digest' AND message_id = 'm-digest'")).toBe(1)
    await report("after")
    await sealAuditLog(deps)
    expect(await findLeft("quorra", "planted")).toEqual(["quorra", "planted"])

    expect((await quorra.post(`/settings/staff/people/${id}/purge`)).headers.get("Location")).toBe("/")
    await report("late")
    expect(await findLeft("quorra", "planted")).toEqual([])
    await expectIntact(resellerId)
  })
})

it("another reseller's log says whether the deleted person was its staff or a customer's member", async () => {
  const { browser, resellerId } = await signInStaff()
  const globex = await signInStaff("globex")
  const { admin, first, second } = await createCustomerWithMembers(browser, "Quorra Flynn", "Sam Reyes")
  for (const { id } of [first, second]) {
    await env.DB.prepare("INSERT INTO staff (user_id, reseller_id, role, created_at) VALUES (?, ?, 'sales', 0)")
      .bind(id, globex.resellerId)
      .run()
  }
  expect((await admin.post(`/account/people/${first.id}/removal`)).status).toBe(303)
  expect((await globex.browser.post(`/settings/staff/people/${second.id}/removal`)).status).toBe(303)
  expect((await globex.browser.post(`/settings/staff/people/${first.id}/purge`)).status).toBe(303)
  expect((await admin.post(`/account/people/${second.id}/purge`)).status).toBe(303)
  const { results } = await env.DB.prepare(
    "SELECT reseller_id, action, person_id, actor_kind FROM audit_log WHERE action IN ('staff.purged', 'member.purged')",
  ).all()
  expect(results.map((row) => Object.values(row)).sort()).toEqual(
    [
      [globex.resellerId, "staff.purged", first.id, "staff"],
      [resellerId, "member.purged", first.id, "system"],
      [resellerId, "member.purged", second.id, "member"],
      [globex.resellerId, "staff.purged", second.id, "system"],
    ].sort(),
  )
  expect(await findLeft("quorra flynn", "quorra0@planted")).toEqual(["quorra flynn", "quorra0@planted"]) // Acme's invite stays its own
  for (const id of [resellerId, globex.resellerId]) await expectIntact(id)
})
