import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { type Permission, ROLE_PERMISSIONS } from "../src/domain/access/permissions.ts"
import { enqueueDigests } from "../src/domain/mail/digests.ts"
import { createDeps } from "../src/http/bindings.ts"
import {
  addStaff,
  Browser,
  callApi,
  count,
  createApiKey,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  sendDueEmails,
  signInAs,
  signInStaff,
  testEnv,
  withConcurrentWrite,
} from "./support/app.ts"
import { confirmIdentityOfAll } from "./support/factors.ts"
import { travel } from "./support/time.ts"
import { visibleText } from "./support/visible-text.ts"

type AccountCase = {
  kind: "staff" | "member"
  listPath: string
  roles: [ordinary: string, name: string]
  /** A signed-in Admin. */
  open: () => Promise<Browser>
}

/** The signed-in Admin of a new customer. */
async function createCustomerAdmin(browser: Browser, contact = "priya@northwind.example") {
  await invite(browser, { contact_email: contact })
  const member = new Browser()
  await member.post(await latestRegistrationLink(), REGISTRATION_FORM)
  return member
}

const STAFF_CASE: AccountCase = {
  kind: "staff",
  listPath: "/settings/staff",
  roles: ["support", "Support"],
  open: async () => (await signInStaff()).browser,
}
const MEMBER_CASE: AccountCase = {
  kind: "member",
  listPath: "/account",
  roles: ["member", "Member"],
  open: async () => createCustomerAdmin((await signInStaff()).browser),
}

const SAM_INVITE = { contact_name: "Sam Reyes", contact_email: "sam@people.example" }
const SAM_REGISTRATION = { ...REGISTRATION_FORM, name: "Sam Reyes" }

async function invitePerson(browser: Browser, { listPath, roles }: AccountCase, fields: Record<string, string> = {}) {
  const response = await browser.post(`${listPath}/invites/new`, { ...SAM_INVITE, role: roles[0], ...fields })
  if (response.status !== 303) throw new Error(`inviting answered ${response.status}: ${await response.text()}`)
  const row = await env.DB.prepare("SELECT id FROM invites WHERE kind <> 'customer' ORDER BY seq DESC").first<{
    id: string
  }>()
  return row?.id ?? "none"
}

/** Registers Sam with the newest link. */
async function acceptAsSam(fields: Record<string, string> = SAM_REGISTRATION) {
  const browser = new Browser()
  const link = await latestRegistrationLink()
  const response = await browser.post(link, fields)
  expect(response.status).toBe(303)
  return { browser, link, home: response.headers.get("Location") }
}

const findUserId = async (email: string) =>
  (await env.DB.prepare("SELECT id FROM users WHERE email = ?").bind(email).first<{ id: string }>())?.id ?? "none"

const readPageText = async (browser: Browser, path: string) => visibleText(await (await browser.get(path)).text())

const listAuditEntries = async (pattern: string) =>
  (
    await env.DB.prepare("SELECT action, actor_kind, detail FROM audit_log WHERE action LIKE ? ORDER BY id")
      .bind(pattern)
      .all()
  ).results

describe.each([STAFF_CASE, MEMBER_CASE])("an invite of kind $kind", (accountCase) => {
  const { kind, listPath, roles } = accountCase

  it("has its own email, and gives the chosen role when it is accepted", async () => {
    const admin = await accountCase.open()
    await invitePerson(admin, accountCase, { note: "Welcome aboard." })
    expect(await readPageText(admin, listPath)).toContain("Sam Reyes sam@people.example")
    const [mail] = await sendDueEmails()
    expect(mail).toMatchObject({ to: SAM_INVITE.contact_email })
    const senderName = kind === "staff" ? "Dana Ortiz of Acme Networks" : "Priya Nair of Northwind Logistics"
    const text = mail?.text.replace(/\s+/g, " ") ?? ""
    expect(text).toContain("Dear Sam Reyes,")
    expect(text).toContain(`${senderName} invited you to join`)
    expect(text).toContain(`Your role will be ${roles[1]}.`)
    expect(text).toContain("Welcome aboard.")
    const path = /http:\/\/localhost:8787(\/r\/\S+)/.exec(mail?.text ?? "")?.[1] ?? ""
    const sam = new Browser()
    const page = await readPageText(sam, path)
    expect(page).toContain(kind === "staff" ? "Join Acme Networks" : "Join Northwind Logistics")
    expect(page).toContain(roles[1])
    const response = await sam.post(path, SAM_REGISTRATION)
    expect(response.headers.get("Location")).toBe(kind === "staff" ? "/" : "/account")
    expect((await sam.get(kind === "staff" ? "/" : "/account")).status).toBe(200)
    expect(await readPageText(admin, listPath)).toMatch(new RegExp(`Sam Reyes sam@people.example ${roles[1]} joined`))
    expect(await readPageText(admin, listPath)).not.toContain("Invited, not joined yet")
    expect(await count(kind === "staff" ? "staff" : "members")).toBe(2)
    expect(await count("customers")).toBe(kind === "staff" ? 0 : 1)
  })

  it("isn't counted, listed, found, sent to webhooks or returned by the API as a customer's invite", async () => {
    const { browser, resellerId } = await signInStaff()
    const admin = kind === "staff" ? browser : await createCustomerAdmin(browser)
    const key = await createApiKey(resellerId)
    await env.DB.prepare(
      `INSERT INTO webhooks (id, reseller_id, url, events, created_at) VALUES ('whk_x', ?, 'https://x.example', '["invite.created"]', 0)`,
    )
      .bind(resellerId)
      .run()
    const before = await env.DB.prepare("SELECT * FROM invite_counts").all()
    const id = await invitePerson(admin, accountCase)
    expect((await env.DB.prepare("SELECT * FROM invite_counts").all()).results).toEqual(before.results)
    expect(await count("outbox", "kind = 'webhook'")).toBe(0)
    expect(await readPageText(browser, "/customers/invites")).not.toContain("Sam Reyes")
    expect(await readPageText(browser, "/customers/invites?q=people.example")).not.toContain("Sam Reyes")
    const listedInvites = await (await callApi({ key, path: "/invites?q=people" })).json()
    expect(listedInvites).toEqual({ data: [], next_cursor: null, prev_cursor: null })
    expect((await callApi({ key, path: `/invites/${id}` })).status).toBe(404)
    for (const path of [`/customers/invites/${id}`, `/customers/invites/${id}/edit`]) {
      expect((await browser.get(path)).status).toBe(404)
    }
    for (const path of ["resends", "revocation", "links"]) {
      expect((await browser.post(`/customers/invites/${id}/${path}`)).status).toBe(404)
    }
  })

  it("can be resent, edited and revoked like a customer's", async () => {
    const admin = await accountCase.open()
    const id = await invitePerson(admin, accountCase)
    const path = `${listPath}/invites/${id}`
    const first = await latestRegistrationLink()
    expect((await admin.post(`${path}/resends`)).status).toBe(303)
    expect((await admin.post(`${path}/resends`)).status).toBe(429)
    const second = await latestRegistrationLink()
    expect((await new Browser().get(first)).status).toBe(410)
    const newContact = { ...SAM_INVITE, contact_email: "samuel@people.example", role: "admin", note: "" }
    const refused = await admin.post(`${path}/edit`, { ...newContact, contact_email: "no address" })
    expect(refused.status).toBe(422)
    travel({ minutes: 1 })
    const updated = await admin.post(`${path}/edit`, { ...newContact, contact_email: SAM_INVITE.contact_email })
    expect(updated.headers.get("Location")).toBe(`${path}?flash=invite_saved&invite=${id}`)
    expect(await readPageText(admin, path)).toContain("Role Admin")
    expect((await new Browser().get(second)).status).toBe(200)
    expect((await admin.post(`${path}/revocation`)).status).toBe(303)
    expect((await new Browser().get(second)).status).toBe(410)
    expect(await readPageText(admin, listPath)).not.toContain("Sam Reyes")
  })

  it("is refused if the address has a pending one or belongs to the account already", async () => {
    const admin = await accountCase.open()
    const id = await invitePerson(admin, accountCase)
    const repeatedResponse = await admin.post(`${listPath}/invites/new`, { ...SAM_INVITE, role: roles[0] })
    expect(repeatedResponse.status).toBe(422)
    const errorText = await repeatedResponse.text()
    expect(errorText).toContain("Sam Reyes already has a pending invite at this address.")
    expect(errorText).toContain(`href="${listPath}/invites/${id}"`)
    await acceptAsSam()
    const memberConflict = await admin.post(`${listPath}/invites/new`, { ...SAM_INVITE, role: roles[0] })
    expect(await memberConflict.text()).toContain(
      `href="${listPath}/people/${await findUserId(SAM_INVITE.contact_email)}"`,
    )
    expect(await count("invites", "kind <> 'customer'")).toBe(1)
  })

  it("is created once when its form is submitted twice", async () => {
    const admin = await accountCase.open()
    const form = { ...SAM_INVITE, role: roles[0], form_token: crypto.randomUUID() }
    await Promise.all([admin.post(`${listPath}/invites/new`, form), admin.post(`${listPath}/invites/new`, form)])
    expect(await count("invites", "kind <> 'customer'")).toBe(1)
    expect(await count("outbox", `recipient = '${SAM_INVITE.contact_email}'`)).toBe(1)
  })

  it.each([
    [{ contact_name: "" }, "Enter the person&#39;s name."],
    [{ contact_email: "sam" }, "an email address"],
    [{ role: "" }, "Choose a role."],
    [{ role: "owner" }, "Choose a role."],
    [{ role: "sales" }, kind === "staff" ? undefined : "Choose a role."],
    [{ role: "member" }, kind === "staff" ? "Choose a role." : undefined],
  ])("with %j is validated for its kind, with an error at the field", async (fields, detail) => {
    const admin = await accountCase.open()
    const response = await admin.post(`${listPath}/invites/new`, { ...SAM_INVITE, role: roles[0], ...fields })
    expect(response.status).toBe(detail ? 422 : 303)
    if (detail) expect(await response.text()).toContain(detail)
    expect(await count("invites", "kind <> 'customer'")).toBe(detail ? 0 : 1)
  })

  it("can be accepted by a user with another account, who then has both", async () => {
    const admin = await accountCase.open()
    const { browser } = await signInStaff("globex")
    const sam = await createGlobexAdmin(browser)
    await invitePerson(admin, accountCase)
    const link = await latestRegistrationLink()
    expect(await readPageText(sam, link)).toMatch(
      /(Acme Networks|Northwind Logistics) (will be added )?to your accounts\./,
    )
    const response = await sam.post(link, { accept_terms: "on" })
    const home = kind === "staff" ? "/" : "/account"
    expect(response.headers.get("Location")).toBe(home)
    expect(await readPageText(sam, home)).toContain("Switch account")
    expect(await readPageText(sam, home)).toContain(kind === "staff" ? "Acme Networks" : "Northwind Logistics")
  })

  it("gives the role that it has when it is accepted, not when its page was opened", async () => {
    const admin = await accountCase.open()
    await invitePerson(admin, accountCase)
    const link = await latestRegistrationLink()
    const sam = new Browser()
    sam.env = { ...testEnv, DB: withConcurrentWrite("UPDATE invites SET role = 'admin' WHERE kind <> 'customer'", 1) }
    expect((await sam.post(link, SAM_REGISTRATION)).status).toBe(303)
    expect(await count(kind === "staff" ? "staff" : "members", "role = 'admin'")).toBe(2)
  })

  it("can be copied as a link, which asks for a code", async () => {
    const admin = await accountCase.open()
    await admin.post(`${listPath}/invites/new`, { ...SAM_INVITE, role: roles[0], send_email: "false" })
    const row = await env.DB.prepare("SELECT id, email_status FROM invites WHERE kind <> 'customer'").first<{
      id: string
      email_status: null
    }>()
    expect(row?.email_status).toBe(null)
    const copyLinkPage = await (await admin.post(`${listPath}/invites/${row?.id}/links`)).text()
    const link = copyLinkPage.match(/http:\/\/localhost:8787(\/r\/[\w.-]+)/)?.[1] ?? ""
    const sam = new Browser()
    expect(await readPageText(sam, link)).toContain("Send me a code")
    await sam.post(`${link}/codes`)
    const [mail] = await sendDueEmails()
    const proof = await sam.post(`${link}/verification`, { code: /\b\d{6}\b/.exec(mail?.subject ?? "")?.[0] ?? "" })
    expect((await sam.post(proof.headers.get("Location") ?? "", SAM_REGISTRATION)).status).toBe(303)
  })

  it("can be declined on a page that names the inviter", async () => {
    const admin = await accountCase.open()
    await invitePerson(admin, accountCase)
    const [mail] = await sendDueEmails()
    const path = /http:\/\/localhost:8787(\/decline\/\S+)/.exec(mail?.text ?? "")?.[1] ?? ""
    const page = await readPageText(new Browser(), path)
    expect(page).toContain(`${kind === "staff" ? "Acme Networks" : "Northwind Logistics"} invited Sam Reyes at`)
    await new Browser().post(path)
    expect(await readPageText(admin, listPath)).toContain("Declined")
    expect((await admin.post(`${listPath}/invites/new`, { ...SAM_INVITE, role: roles[0] })).status).toBe(422)
  })
})

/** Sam as the Admin of a customer of Globex. */
async function createGlobexAdmin(browser: Browser) {
  await invite(browser, {
    contact_email: SAM_INVITE.contact_email,
    billing_email: "billing@globex.example",
    billing_phone: "+1 212 555 0187",
  })
  return (await acceptAsSam()).browser
}

describe.each([STAFF_CASE, MEMBER_CASE])("users of kind $kind", (accountCase) => {
  const { kind, listPath, roles } = accountCase
  const table = kind === "staff" ? "staff" : "members"

  async function createTwoPeople(role = roles[0]) {
    const admin = await accountCase.open()
    await invitePerson(admin, accountCase, { role })
    const { browser: sam, link } = await acceptAsSam()
    const samId = await findUserId(SAM_INVITE.contact_email)
    const adminId = await findUserId(kind === "staff" ? "admin@acme.example" : "priya@northwind.example")
    return { admin, sam, adminId, samId, link }
  }

  it("can be given another role, which applies immediately", async () => {
    const { admin, sam, samId } = await createTwoPeople()
    expect((await sam.get(`${listPath}/invites/new`)).status).toBe(403)
    const response = await admin.post(`${listPath}/people/${samId}/role`, { role: "admin" })
    expect(response.headers.get("Location")).toBe(`${listPath}?flash=role_changed`)
    expect((await sam.get(`${listPath}/invites/new`)).status).toBe(200)
    expect(await listAuditEntries(`${kind}.role_changed`)).toEqual([
      { action: `${kind}.role_changed`, actor_kind: kind, detail: `Sam Reyes: ${roles[1]} → Admin` },
    ])
    await admin.post(`${listPath}/people/${samId}/role`, { role: "admin" })
    expect(await listAuditEntries(`${kind}.role_changed`)).toHaveLength(1)
    expect((await admin.post(`${listPath}/people/${samId}/role`, { role: "king" })).status).toBe(422)
  })

  it("lose access immediately when they are removed, and can be invited again", async () => {
    const { admin, sam, samId, link } = await createTwoPeople()
    const response = await admin.post(`${listPath}/people/${samId}/removal`)
    expect(response.headers.get("Location")).toBe(`${listPath}?flash=removed`)
    for (const path of ["/", "/account"]) {
      expect((await sam.get(path)).headers.get("Location")).toMatch(/^\/sign-in/)
    }
    const samAgain = await signInAs(samId)
    for (const path of ["/", "/account"]) {
      const refused = await samAgain.get(path)
      expect(refused.status).toBe(403)
      expect(await refused.text()).toContain("Sign out")
    }
    const linkPage = await (await samAgain.get(link)).text()
    expect(linkPage).toContain("re no longer in this account")
    expect(linkPage).not.toContain("Go to your account")
    expect(await count(table)).toBe(1)
    expect(await listAuditEntries(`${kind}.removed`)).toEqual([
      { action: `${kind}.removed`, actor_kind: kind, detail: "Sam Reyes" },
    ])
    expect((await admin.post(`${listPath}/people/${samId}/removal`)).status).toBe(404)
    await invitePerson(admin, accountCase)
    await acceptAsSam({ password: SAM_REGISTRATION.password, accept_terms: "on" })
    expect(await count(table)).toBe(2)
  })

  it("can leave in any role, but can't change others unless they are Admins", async () => {
    const { sam, samId, adminId } = await createTwoPeople()
    expect((await sam.post(`${listPath}/people/${adminId}/removal`)).status).toBe(403)
    expect((await sam.post(`${listPath}/people/${adminId}/role`, { role: roles[0] })).status).toBe(403)
    expect((await sam.post(`${listPath}/people/${samId}/role`, { role: "admin" })).status).toBe(403)
    expect((await sam.get(`${listPath}/people/${adminId}`)).status).toBe(403)
    expect(await readPageText(sam, `${listPath}/people/${samId}`)).toContain("Leave")
    expect((await sam.post(`${listPath}/people/${samId}/removal`)).status).toBe(303)
    expect(await listAuditEntries(`${kind}.left`)).toHaveLength(1)
    expect((await sam.get("/")).status).toBe(403)
  })

  it("can be managed by every role with the permission, but the last Admin stays", async () => {
    const { admin, sam, samId, adminId } = await createTwoPeople()
    await invitePerson(admin, accountCase, { contact_name: "Kim", contact_email: "kim@people.example" })
    await acceptAsSam({ ...SAM_REGISTRATION, name: "Kim" })
    const kimId = await findUserId("kim@people.example")
    const permissions: Record<string, readonly Permission[]> = ROLE_PERMISSIONS[kind]
    const [role] = roles
    const { [role]: ordinary = [], admin: all = [] } = permissions
    permissions[role] = all
    try {
      expect((await sam.post(`${listPath}/people/${kimId}/role`, { role: "admin" })).status).toBe(303)
      expect((await sam.post(`${listPath}/people/${kimId}/removal`)).status).toBe(303)
      expect(await count(table)).toBe(2)
      expect((await sam.post(`${listPath}/people/${adminId}/removal`)).status).toBe(409)
      expect(await readPageText(admin, `${listPath}/people/${adminId}`)).not.toContain("Save role")
    } finally {
      permissions[role] = ordinary
    }
    expect((await sam.post(`${listPath}/people/${samId}/role`, { role: "admin" })).status).toBe(403)
  })

  it("can't remove or demote the last Admin", async () => {
    const { admin, adminId } = await createTwoPeople()
    expect(await readPageText(admin, `${listPath}/people/${adminId}`)).not.toMatch(
      /Save role|Leave Acme|Leave Northwind/,
    )
    for (const [action, fields] of [
      ["removal", {}],
      ["role", { role: roles[0] }],
    ] as const) {
      const response = await admin.post(`${listPath}/people/${adminId}/${action}`, fields)
      expect(response.status).toBe(409)
      expect(await response.text()).toContain("There is no other Admin.")
    }
    expect(await count(table, "role = 'admin'")).toBe(1)
    expect(await listAuditEntries(`${kind}.%`)).toEqual([])
  })

  it.each([
    ["removal", "removal"],
    ["role", "role"],
    ["removal", "role"],
    ["role", "removal"],
  ])("keep one Admin when two Admins remove or demote each other at once: %s, %s", async (one, other) => {
    const { admin, sam, adminId, samId } = await createTwoPeople("admin")
    const fields = { role: roles[0] }
    const responses = await Promise.all([
      admin.post(`${listPath}/people/${samId}/${one}`, fields),
      sam.post(`${listPath}/people/${adminId}/${other}`, fields),
    ])
    expect(await count(table, "role = 'admin'")).toBe(1)
    expect(responses.filter(({ status }) => status === 303)).toHaveLength(1)
    const changes = (await listAuditEntries(`${kind}.%`)).filter(
      ({ action }) => action !== `${kind}.permission_refused`,
    )
    expect(changes).toHaveLength(1)
  })

  it.each(["removal", "role"])("keep one Admin when two leave or step down at once: %s", async (action) => {
    const { admin, sam, adminId, samId } = await createTwoPeople("admin")
    const fields = { role: roles[0] }
    const responses = await Promise.all([
      admin.post(`${listPath}/people/${adminId}/${action}`, fields),
      sam.post(`${listPath}/people/${samId}/${action}`, fields),
    ])
    expect(responses.map(({ status }) => status).sort()).toEqual([303, 409])
    expect(await count(table, "role = 'admin'")).toBe(1)
  })

  it("can't be changed by an Admin who is removed during the request", async () => {
    const { admin, samId, adminId } = await createTwoPeople("admin")
    await invitePerson(admin, accountCase, { contact_name: "Kim", contact_email: "kim@people.example", role: "admin" })
    await acceptAsSam({ ...SAM_REGISTRATION, name: "Kim" })
    admin.env = { ...testEnv, DB: withConcurrentWrite(`DELETE FROM ${table} WHERE user_id = '${adminId}'`, 1) } // after the request was authorized
    expect((await admin.post(`${listPath}/people/${samId}/removal`)).status).toBe(403)
    expect(await count(table)).toBe(2)
  })
})

describe("the list of invited people who haven't joined", () => {
  it.each([STAFF_CASE, MEMBER_CASE])(
    "shows an address once, and not after it joined through a newer invite of kind $kind",
    async (accountCase) => {
      const admin = await accountCase.open()
      await env.DB.prepare("UPDATE resellers SET default_expires_in_days = 3").run() // less than a session's week
      await invitePerson(admin, accountCase)
      travel({ days: 3 })
      await confirmIdentityOfAll()
      await invitePerson(admin, accountCase, { contact_name: "Sam R. Reyes" })
      const page = await readPageText(admin, accountCase.listPath)
      expect(page.match(/sam@people\.example/g)).toHaveLength(1)
      expect(page).toContain("Sam R. Reyes")
      await acceptAsSam()
      expect(await readPageText(admin, accountCase.listPath)).not.toContain("Invited, not joined yet")
    },
  )
})

describe("a declined invite to a colleague", () => {
  async function createDeclinedInvite() {
    const { browser } = await signInStaff()
    const member = await createCustomerAdmin(browser)
    const id = await invitePerson(member, MEMBER_CASE)
    const [mail] = await sendDueEmails()
    const link = /\/decline\/\S+/.exec(mail?.text ?? "")?.[0] ?? ""
    const page = await readPageText(new Browser(), link)
    expect(page).toContain("Northwind Logistics won&#39;t send anything else to this address")
    await new Browser().post(link)
    return { browser, member, link, path: `/account/invites/${id}` }
  }

  it("doesn't prevent the reseller or another customer from inviting the address", async () => {
    const { browser, member } = await createDeclinedInvite()
    expect((await member.post("/account/invites/new", { ...SAM_INVITE, role: "member" })).status).toBe(422)
    await invite(browser, { contact_email: SAM_INVITE.contact_email, company_name: "Sam's own" })
    await invite(browser, { contact_email: "kim@contoso.example", company_name: "Contoso" })
    const kim = new Browser()
    await kim.post(await latestRegistrationLink(), REGISTRATION_FORM)
    expect((await kim.post("/account/invites/new", { ...SAM_INVITE, role: "member" })).status).toBe(303)
    expect((await sendDueEmails()).map(({ to }) => to)).toEqual([SAM_INVITE.contact_email])
  })

  it("stays declined for the contact when the reseller may not send to the address either", async () => {
    const { link } = await createDeclinedInvite()
    await env.DB.prepare(
      "INSERT INTO suppressions SELECT reseller_id, contact_email, 'bounced', NULL, 0 FROM invites WHERE kind = 'member'",
    ).run()
    for (let n = 0; n < 2; n++) {
      expect(await readPageText(new Browser(), link)).toContain("Thank you")
      expect(await (await new Browser().post(link)).text()).toContain("Thank you")
    }
  })

  it("can be resent by the customer's Admin when the contact asks for it", async () => {
    const { member, path } = await createDeclinedInvite()
    expect((await member.post(`${path}/resends`)).status).toBe(409)
    expect(await readPageText(member, `${path}/edit`)).toContain("Allow email and resend")
    expect((await member.post(`${path}/resends`, { despite: "suppression" })).status).toBe(303)
    expect((await sendDueEmails()).map(({ to }) => to)).toEqual([SAM_INVITE.contact_email])
  })

  it("can't be resent by the customer's Admin if the reseller may not send to the address", async () => {
    const { member, path } = await createDeclinedInvite()
    await env.DB.prepare(
      "INSERT INTO suppressions SELECT reseller_id, contact_email, 'complained', NULL, 0 FROM invites WHERE kind = 'member'",
    ).run()
    expect(await readPageText(member, `${path}/edit`)).not.toContain("Allow email")
    const response = await member.post(`${path}/resends`, { despite: "suppression" })
    expect([response.status, (await response.text()).includes("t send email to this address.")]).toEqual([409, true])
    expect(await count("suppressions")).toBe(2)
  })
})

it("a queued digest isn't sent to a user who is no longer staff", async () => {
  const { browser, resellerId } = await signInStaff()
  await invitePerson(browser, STAFF_CASE, { role: "regular" })
  const { browser: sam } = await acceptAsSam()
  await invite(sam)
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  await enqueueDigests(createDeps(testEnv, () => undefined))
  expect(await count("outbox", "kind = 'digest' AND recipient = 'sam@people.example'")).toBe(1)
  await browser.post(`/settings/staff/people/${await findUserId(SAM_INVITE.contact_email)}/removal`)
  expect((await sendDueEmails()).map(({ to }) => to)).not.toContain("sam@people.example")
  expect(await count("outbox", `status = 'cancelled' AND reseller_id = '${resellerId}'`)).toBe(1)
})

describe("a user with several accounts", () => {
  it("can be staff of two resellers and switch between them", async () => {
    const acme = await signInStaff()
    const globex = await signInStaff("globex")
    await invitePerson(acme.browser, STAFF_CASE)
    const { browser: sam } = await acceptAsSam()
    expect(await readPageText(sam, "/settings/staff")).toContain("admin@acme.example")
    await invitePerson(globex.browser, STAFF_CASE, { role: "admin" })
    await sam.post(await latestRegistrationLink(), { accept_terms: "on" })
    expect(await readPageText(sam, "/settings/staff")).toContain("admin@globex.example")
    expect(await readPageText(sam, "/settings/staff")).not.toContain("admin@acme.example")
    expect((await sam.get("/settings")).status).toBe(200)
    expect((await sam.post("/account/switch", { reseller_id: acme.resellerId })).headers.get("Location")).toBe("/")
    expect(await readPageText(sam, "/settings/staff")).toContain("admin@acme.example")
    expect((await sam.get("/settings")).status).toBe(403)
    expect((await acme.browser.post("/account/switch", { reseller_id: globex.resellerId })).status).toBe(404)
  })

  it("submits each form in the account it was rendered for, and continues there", async () => {
    const acme = await signInStaff()
    const globex = await signInStaff("globex")
    const admin = { name: "Sam Reyes", email: SAM_INVITE.contact_email, role: "admin" as const }
    const { userId } = await addStaff(acme.resellerId, admin)
    const sam = await signInAs(userId)
    await env.DB.prepare("INSERT INTO staff (user_id, reseller_id, role, created_at) VALUES (?, ?, 'admin', 1)")
      .bind(userId, globex.resellerId)
      .run()
    await sam.post("/account/switch", { reseller_id: acme.resellerId })
    const page = await (await sam.get("/settings/staff/invites/new")).text()
    const action = /<form[^>]*action="(\/settings\/staff\/invites\/new[^"]*)"/.exec(page)?.[1] ?? ""
    await sam.post("/account/switch", { reseller_id: globex.resellerId })
    const lee = { contact_name: "Lee Park", contact_email: "lee@people.example", role: "sales" }
    const response = await sam.post(action, lee)
    expect(response.status).toBe(303)
    expect(await count("invites", `reseller_id = '${acme.resellerId}'`)).toBe(1)
    expect(await readPageText(sam, response.headers.get("Location") ?? "")).toContain(
      "The invite to Lee Park is on its way.",
    )

    await env.DB.prepare("DELETE FROM staff WHERE user_id = ? AND reseller_id = ?").bind(userId, acme.resellerId).run()
    const refused = await sam.post(action, { ...lee, contact_email: "kim@people.example" })
    expect([refused.status, (await refused.text()).includes("Nothing was changed.")]).toEqual([403, true])
    expect(await count("invites")).toBe(1)
    expect((await sam.post("/settings/staff/invites/new", lee)).status).toBe(303) // in their current account
    expect(await count("invites", `reseller_id = '${globex.resellerId}'`)).toBe(1)
  })

  it("leaves the customer's account that the page was rendered for", async () => {
    const { browser } = await signInStaff()
    const member = await createCustomerAdmin(browser)
    await invitePerson(member, MEMBER_CASE, { role: "admin" })
    const { browser: sam } = await acceptAsSam()
    const first = await (await sam.get(`/account/people/${await findUserId(SAM_INVITE.contact_email)}`)).text()
    const leave = /action="([^"]*removal[^"]*)"/.exec(first)?.[1] ?? ""
    await invite(browser, { contact_email: "kim@contoso.example", company_name: "Contoso" })
    const kim = new Browser()
    await kim.post(await latestRegistrationLink(), REGISTRATION_FORM)
    await kim.post("/account/invites/new", { ...SAM_INVITE, role: "admin" })
    await sam.post(await latestRegistrationLink(), { accept_terms: "on" })
    expect(await readPageText(sam, "/account")).toContain("Contoso")
    expect((await sam.post(leave)).status).toBe(303)
    expect(await readPageText(sam, "/account")).toContain("This is the account of Contoso with")
    expect(await readPageText(kim, "/account")).toContain("Sam Reyes")
  })

  it("has separate notification settings for each reseller", async () => {
    const acme = await signInStaff()
    const globex = await signInStaff("globex")
    await invitePerson(acme.browser, STAFF_CASE, { role: "regular" })
    const { browser: sam } = await acceptAsSam()
    await invitePerson(globex.browser, STAFF_CASE, { role: "regular" })
    await sam.post(await latestRegistrationLink(), { accept_terms: "on" })
    await sam.post("/settings/notifications/digests", {})
    await invite(sam, { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" })
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    await sam.post("/account/switch", { reseller_id: acme.resellerId })
    await invite(sam, { contact_email: "other@northwind.example" })
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    const rows = await env.DB.prepare("SELECT reseller_id, user_id FROM notifications").all<{ reseller_id: string }>()
    const samId = await findUserId(SAM_INVITE.contact_email)
    expect(rows.results.filter((row) => (row as { user_id?: string }).user_id === samId)).toEqual([
      { reseller_id: acme.resellerId, user_id: samId },
    ])
  })
})

describe("actions of a customer's members", () => {
  it("have an hourly email limit separate from the reseller's", async () => {
    const { browser } = await signInStaff()
    const member = await createCustomerAdmin(browser)
    member.env = { ...testEnv, MEMBER_MAILS_PER_HOUR: "2" }
    const inviteMember = (n: number) =>
      member.post("/account/invites/new", { ...SAM_INVITE, contact_email: `sam${n}@people.example`, role: "member" })
    expect([(await inviteMember(1)).status, (await inviteMember(2)).status]).toEqual([303, 303])
    const refused = await inviteMember(3)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(3000)
    expect(await refused.text()).toContain("Nothing was sent.")
    expect(await count("invites", "kind = 'member'")).toBe(2)
    await invite(browser, { contact_email: "other@northwind.example" })
  })

  it("appear in the reseller's activity with the customer's name", async () => {
    const { browser } = await signInStaff()
    const member = await createCustomerAdmin(browser)
    const id = await invitePerson(member, MEMBER_CASE)
    await acceptAsSam()
    await member.post(`/account/people/${await findUserId(SAM_INVITE.contact_email)}/removal`)
    const page = await (await browser.get("/activity?by=member")).text()
    expect(visibleText(page)).toContain("Removed from the account: Sam Reyes Priya Nair")
    expect(page).toMatch(/href="\/customers\/cus_\w+">Northwind Logistics/)
    expect(page).not.toContain(`/customers/invites/${id}`)
  })
})

it("the staff list shows a page of people and links to the next", async () => {
  const { browser, resellerId } = await signInStaff()
  const start = Date.now()
  for (let n = 10; n < 40; n++) {
    const person = { name: `P${n}`, email: `p${n}@acme.example`, role: "sales" } as const
    await addStaff(resellerId, person, new Date(start + n))
  }
  const first = await (await browser.get("/settings/staff")).text()
  const next = /href="(\/settings\/staff\?after=[^"]+)"/.exec(first)?.[1] ?? ""
  const second = await (await browser.get(next)).text()
  const names = [...`${first}${second}`.matchAll(/p\d\d@acme\.example/g)].map(([name]) => name)
  expect(names).toEqual(Array.from({ length: 30 }, (_, n) => `p${n + 10}@acme.example`))
  const removedUser = await env.DB.prepare(
    "SELECT user_id FROM staff ORDER BY created_at, user_id LIMIT 1 OFFSET 24",
  ).first()
  await env.DB.prepare("DELETE FROM staff WHERE user_id = ?").bind(removedUser?.user_id).run()
  expect(await (await browser.get(next)).text()).toContain("p39@acme.example") // works even if the last user of the page was removed
  expect(await (await browser.get("/settings/staff?after=garbage")).text()).toContain("admin@acme.example")
})
