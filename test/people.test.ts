import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { queueDigests } from "../src/domain/digests.ts"
import { depsOf } from "../src/http/deps.ts"
import {
  addStaff,
  Browser,
  callApi,
  changing,
  count,
  deliverDueMail,
  invite,
  newestLink,
  openHouse,
  openKey,
  PASSWORD,
  REGISTRATION,
  signIn,
  testEnv,
} from "./house.ts"

type Place = {
  kind: "staff" | "member"
  list: string
  roles: [ordinary: string, name: string]
  /** A signed-in Admin. */
  open: () => Promise<Browser>
}

/** A house whose customer's Admin is signed in. */
export async function openCustomer(browser: Browser, contact = "priya@northwind.example") {
  await invite(browser, { contact_email: contact })
  const member = new Browser()
  await member.post(await newestLink(), REGISTRATION)
  return member
}

const STAFF: Place = {
  kind: "staff",
  list: "/settings/staff",
  roles: ["support", "Support"],
  open: async () => (await openHouse()).browser,
}
const MEMBERS: Place = {
  kind: "member",
  list: "/account",
  roles: ["member", "Member"],
  open: async () => openCustomer((await openHouse()).browser),
}

const SAM = { contact_name: "Sam Reyes", contact_email: "sam@people.example" }
const SAMS = { ...REGISTRATION, name: "Sam Reyes" }

async function invitePerson(browser: Browser, { list, roles }: Place, fields: Record<string, string> = {}) {
  const answer = await browser.post(`${list}/invites/new`, { ...SAM, role: roles[0], ...fields })
  if (answer.status !== 303) throw new Error(`inviting answered ${answer.status}: ${await answer.text()}`)
  const row = await env.DB.prepare("SELECT id FROM invites WHERE kind <> 'customer' ORDER BY seq DESC").first<{
    id: string
  }>()
  return row?.id ?? "none"
}

/** Sam, who joins by the newest link. */
async function join(fields: Record<string, string> = SAMS) {
  const browser = new Browser()
  const answer = await browser.post(await newestLink(), fields)
  expect(answer.status).toBe(303)
  return { browser, home: answer.headers.get("Location") }
}

const idOf = async (email: string) =>
  (await env.DB.prepare("SELECT id FROM users WHERE email = ?").bind(email).first<{ id: string }>())?.id ?? "none"

const text = async (browser: Browser, path: string) =>
  (await (await browser.get(path)).text()).replace(/<[^>]+>/g, " ").replace(/\s+/g, " ")

const deeds = async (pattern: string) =>
  (
    await env.DB.prepare("SELECT action, actor_kind, detail FROM audit_log WHERE action LIKE ? ORDER BY id")
      .bind(pattern)
      .all()
  ).results

describe.each([STAFF, MEMBERS])("an invite of $kind", (place) => {
  const { kind, list, roles } = place

  it("goes out as an e-mail of its own, and whoever follows it has the role that was chosen", async () => {
    const admin = await place.open()
    await invitePerson(admin, place, { note: "Welcome aboard." })
    expect(await text(admin, list)).toContain("Sam Reyes sam@people.example")
    const [mail] = await deliverDueMail()
    expect(mail).toMatchObject({ to: SAM.contact_email })
    const house = kind === "staff" ? "Dana Ortiz of Acme Networks" : "Priya Nair of Northwind Logistics"
    expect(mail?.text).toContain("Dear Sam Reyes,")
    expect(mail?.text).toContain(`${house} invited you to join`)
    expect(mail?.text).toContain(`Your role will be ${roles[1]}.`)
    expect(mail?.text).toContain("Welcome aboard.")
    const path = /http:\/\/localhost:8787(\/register\/\S+)/.exec(mail?.text ?? "")?.[1] ?? ""
    const sam = new Browser()
    const page = await text(sam, path)
    expect(page).toContain(kind === "staff" ? "Join Acme Networks" : "Join Northwind Logistics")
    expect(page).toContain(roles[1])
    const answer = await sam.post(path, SAMS)
    expect(answer.headers.get("Location")).toBe(kind === "staff" ? "/" : "/account")
    expect((await sam.get(kind === "staff" ? "/" : "/account")).status).toBe(200)
    expect(await text(admin, list)).toMatch(new RegExp(`Sam Reyes sam@people.example ${roles[1]} joined`))
    expect(await text(admin, list)).not.toContain("Invited, not joined yet")
    expect(await count(kind === "staff" ? "staff" : "members")).toBe(2)
    expect(await count("customers")).toBe(kind === "staff" ? 0 : 1)
  })

  it("is no customer's: not counted, not listed, not searched, not told to webhooks, and not in the API", async () => {
    const { browser, resellerId } = await openHouse()
    const admin = kind === "staff" ? browser : await openCustomer(browser)
    const key = await openKey(resellerId)
    await env.DB.prepare(
      `INSERT INTO webhooks (id, reseller_id, url, events, created_at) VALUES ('whk_x', ?, 'https://x.example', '["invite.created"]', 0)`,
    )
      .bind(resellerId)
      .run()
    const before = await env.DB.prepare("SELECT * FROM invite_counts").all()
    const id = await invitePerson(admin, place)
    expect((await env.DB.prepare("SELECT * FROM invite_counts").all()).results).toEqual(before.results)
    expect(await count("outbox", "kind = 'webhook'")).toBe(0)
    expect(await text(browser, "/customers/invites")).not.toContain("Sam Reyes")
    expect(await text(browser, "/customers/invites?q=people.example")).not.toContain("Sam Reyes")
    const listed = await (await callApi({ key, path: "/invites?q=people" })).json()
    expect(listed).toEqual({ data: [], next_cursor: null })
    expect((await callApi({ key, path: `/invites/${id}` })).status).toBe(404)
    for (const path of [`/customers/invites/${id}`, `/customers/invites/${id}/correction`]) {
      expect((await browser.get(path)).status).toBe(404)
    }
    for (const path of ["resends", "revocation", "links"]) {
      expect((await browser.post(`/customers/invites/${id}/${path}`)).status).toBe(404)
    }
  })

  it("is sent again, corrected and revoked, as a customer's is", async () => {
    const admin = await place.open()
    const id = await invitePerson(admin, place)
    const path = `${list}/invites/${id}`
    const first = await newestLink()
    expect((await admin.post(`${path}/resends`)).status).toBe(303)
    expect((await admin.post(`${path}/resends`)).status).toBe(429)
    const second = await newestLink()
    expect((await new Browser().get(first)).status).toBe(410)
    const elsewhere = { ...SAM, contact_email: "samuel@people.example", role: "admin", note: "" }
    const refused = await admin.post(`${path}/correction`, { ...elsewhere, contact_email: "no address" })
    expect(refused.status).toBe(422)
    await env.DB.prepare("UPDATE invites SET resent_at = 1").run()
    const corrected = await admin.post(`${path}/correction`, { ...elsewhere, contact_email: SAM.contact_email })
    expect(corrected.headers.get("Location")).toBe(`${path}?corrected`)
    expect(await text(admin, path)).toContain("Role Admin")
    expect((await new Browser().get(second)).status).toBe(200)
    expect((await admin.post(`${path}/revocation`)).status).toBe(303)
    expect((await new Browser().get(second)).status).toBe(410)
    expect(await text(admin, list)).not.toContain("Sam Reyes")
  })

  it("has one live one for each address, and none for who is there", async () => {
    const admin = await place.open()
    const id = await invitePerson(admin, place)
    const again = await admin.post(`${list}/invites/new`, { ...SAM, role: roles[0] })
    expect(again.status).toBe(422)
    const told = await again.text()
    expect(told).toContain("Sam Reyes already has a pending invite at this address.")
    expect(told).toContain(`href="${list}/invites/${id}"`)
    await join()
    const there = await admin.post(`${list}/invites/new`, { ...SAM, role: roles[0] })
    expect(await there.text()).toContain(`href="${list}/people/${await idOf(SAM.contact_email)}"`)
    expect(await count("invites", "kind <> 'customer'")).toBe(1)
  })

  it("sent twice by one form is one", async () => {
    const admin = await place.open()
    const form = { ...SAM, role: roles[0], submission: crypto.randomUUID() }
    await Promise.all([admin.post(`${list}/invites/new`, form), admin.post(`${list}/invites/new`, form)])
    expect(await count("invites", "kind <> 'customer'")).toBe(1)
    expect(await count("outbox", `recipient = '${SAM.contact_email}'`)).toBe(1)
  })

  it.each([
    [{ contact_name: "" }, "Enter the person&#39;s name."],
    [{ contact_email: "sam" }, "This is not an e-mail address."],
    [{ role: "" }, "Choose a role."],
    [{ role: "owner" }, "Choose a role."],
    [{ role: "sales" }, kind === "staff" ? undefined : "Choose a role."],
    [{ role: "member" }, kind === "staff" ? "Choose a role." : undefined],
  ])("with %j is told so at the field, and nothing is written", async (fields, detail) => {
    const admin = await place.open()
    const answer = await admin.post(`${list}/invites/new`, { ...SAM, role: roles[0], ...fields })
    expect(answer.status).toBe(detail ? 422 : 303)
    if (detail) expect(await answer.text()).toContain(detail)
    expect(await count("invites", "kind <> 'customer'")).toBe(detail ? 0 : 1)
  })

  it("is accepted by somebody with an account, who goes on with both", async () => {
    const admin = await place.open()
    const { browser } = await openHouse("globex")
    const sam = await openCustomer2(browser)
    await invitePerson(admin, place)
    const link = await newestLink()
    expect(await text(sam, link)).toMatch(
      /The account of (Acme Networks|Northwind Logistics) is added to those that you have\./,
    )
    const answer = await sam.post(link, { accept_terms: "on" })
    const home = kind === "staff" ? "/" : "/account"
    expect(answer.headers.get("Location")).toBe(home)
    expect(await text(sam, home)).toContain("Switch account")
    expect(await text(sam, home)).toContain(kind === "staff" ? "Acme Networks" : "Northwind Logistics")
  })

  it("gives the role that it names when it is accepted, not when its page was opened", async () => {
    const admin = await place.open()
    await invitePerson(admin, place)
    const link = await newestLink()
    const sam = new Browser()
    sam.env = { ...testEnv, DB: changing("UPDATE invites SET role = 'admin' WHERE kind <> 'customer'", 1) }
    expect((await sam.post(link, SAMS)).status).toBe(303)
    expect(await count(kind === "staff" ? "staff" : "members", "role = 'admin'")).toBe(2)
  })

  it("is copied, and then asks for a code", async () => {
    const admin = await place.open()
    await admin.post(`${list}/invites/new`, { ...SAM, role: roles[0], send_email: "false" })
    const row = await env.DB.prepare("SELECT id, email_status FROM invites WHERE kind <> 'customer'").first<{
      id: string
      email_status: null
    }>()
    expect(row?.email_status).toBe(null)
    const copied = await (await admin.post(`${list}/invites/${row?.id}/links`)).text()
    const link = copied.match(/http:\/\/localhost:8787(\/register\/[\w.-]+)/)?.[1] ?? ""
    const sam = new Browser()
    expect(await text(sam, link)).toContain("Send me a code")
    await sam.post(`${link}/codes`)
    const [mail] = await deliverDueMail()
    const proof = await sam.post(`${link}/proof`, { code: /\b\d{6}\b/.exec(mail?.subject ?? "")?.[0] ?? "" })
    expect((await sam.post(proof.headers.get("Location") ?? "", SAMS)).status).toBe(303)
  })

  it("can be declined, and then names its inviter", async () => {
    const admin = await place.open()
    await invitePerson(admin, place)
    const [mail] = await deliverDueMail()
    const path = /http:\/\/localhost:8787(\/decline\/\S+)/.exec(mail?.text ?? "")?.[1] ?? ""
    const page = await text(new Browser(), path)
    expect(page).toContain(`${kind === "staff" ? "Acme Networks" : "Northwind Logistics"} invited Sam Reyes at`)
    await new Browser().post(path)
    expect(await text(admin, list)).toContain("Declined")
    expect((await admin.post(`${list}/invites/new`, { ...SAM, role: roles[0] })).status).toBe(422)
  })
})

/** Sam as the contact of a customer of Globex's. */
async function openCustomer2(browser: Browser) {
  await invite(browser, {
    contact_email: SAM.contact_email,
    billing_email: "billing@globex.example",
    billing_phone: "+1 212 555 0187",
  })
  return (await join()).browser
}

describe.each([STAFF, MEMBERS])("people of $kind", (place) => {
  const { kind, list, roles } = place
  const table = kind === "staff" ? "staff" : "members"

  async function openTwo(role = roles[0]) {
    const admin = await place.open()
    await invitePerson(admin, place, { role })
    const { browser: sam } = await join()
    const samId = await idOf(SAM.contact_email)
    const adminId = await idOf(kind === "staff" ? "admin@acme.example" : "priya@northwind.example")
    return { admin, sam, adminId, samId }
  }

  it("are given another role, which holds at once", async () => {
    const { admin, sam, samId } = await openTwo()
    expect((await sam.get(`${list}/invites/new`)).status).toBe(403)
    const answer = await admin.post(`${list}/people/${samId}/role`, { role: "admin" })
    expect(answer.headers.get("Location")).toBe(`${list}?done=role`)
    expect((await sam.get(`${list}/invites/new`)).status).toBe(200)
    expect(await deeds(`${kind}.role_changed`)).toEqual([
      { action: `${kind}.role_changed`, actor_kind: kind, detail: `Sam Reyes: ${roles[1]} → Admin` },
    ])
    await admin.post(`${list}/people/${samId}/role`, { role: "admin" })
    expect(await deeds(`${kind}.role_changed`)).toHaveLength(1)
    expect((await admin.post(`${list}/people/${samId}/role`, { role: "king" })).status).toBe(422)
  })

  it("are taken out, and get in no longer with what they had open", async () => {
    const { admin, sam, samId } = await openTwo()
    const answer = await admin.post(`${list}/people/${samId}/removal`)
    expect(answer.headers.get("Location")).toBe(`${list}?done=removed`)
    for (const path of ["/", "/account"]) {
      const refused = await sam.get(path)
      expect(refused.status).toBe(403)
      expect(await refused.text()).toContain("Sign out")
    }
    expect(await count(table)).toBe(1)
    expect(await deeds(`${kind}.removed`)).toEqual([
      { action: `${kind}.removed`, actor_kind: kind, detail: "Sam Reyes" },
    ])
    expect((await admin.post(`${list}/people/${samId}/removal`)).status).toBe(404)
    await invitePerson(admin, place)
    await join({ password: SAMS.password, accept_terms: "on" })
    expect(await count(table)).toBe(2)
  })

  it("may leave, whatever their role, and change nobody else without being Admin", async () => {
    const { sam, samId, adminId } = await openTwo()
    expect((await sam.post(`${list}/people/${adminId}/removal`)).status).toBe(403)
    expect((await sam.post(`${list}/people/${adminId}/role`, { role: roles[0] })).status).toBe(403)
    expect((await sam.post(`${list}/people/${samId}/role`, { role: "admin" })).status).toBe(403)
    expect((await sam.get(`${list}/people/${adminId}`)).status).toBe(403)
    expect(await text(sam, `${list}/people/${samId}`)).toContain("Leave")
    expect((await sam.post(`${list}/people/${samId}/removal`)).status).toBe(303)
    expect(await deeds(`${kind}.left`)).toHaveLength(1)
    expect((await sam.get("/")).status).toBe(403)
  })

  it("keep the last Admin, who is told so", async () => {
    const { admin, adminId } = await openTwo()
    expect(await text(admin, `${list}/people/${adminId}`)).not.toMatch(/Save role|Leave Acme|Leave Northwind/)
    for (const [deed, fields] of [
      ["removal", {}],
      ["role", { role: roles[0] }],
    ] as const) {
      const answer = await admin.post(`${list}/people/${adminId}/${deed}`, fields)
      expect(answer.status).toBe(409)
      expect(await answer.text()).toContain("Nobody else is an Admin.")
    }
    expect(await count(table, "role = 'admin'")).toBe(1)
    expect(await deeds(`${kind}.%`)).toEqual([])
  })

  it.each([
    ["removal", "removal"],
    ["role", "role"],
    ["removal", "role"],
    ["role", "removal"],
  ])("keep one Admin when two do this to each other at once: %s, %s", async (one, other) => {
    const { admin, sam, adminId, samId } = await openTwo("admin")
    const fields = { role: roles[0] }
    const answers = await Promise.all([
      admin.post(`${list}/people/${samId}/${one}`, fields),
      sam.post(`${list}/people/${adminId}/${other}`, fields),
    ])
    expect(await count(table, "role = 'admin'")).toBe(1)
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
    expect(await deeds(`${kind}.%`)).toHaveLength(1)
  })

  it.each(["removal", "role"])("keep one Admin when two leave or step down at once: %s", async (deed) => {
    const { admin, sam, adminId, samId } = await openTwo("admin")
    const fields = { role: roles[0] }
    const answers = await Promise.all([
      admin.post(`${list}/people/${adminId}/${deed}`, fields),
      sam.post(`${list}/people/${samId}/${deed}`, fields),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409])
    expect(await count(table, "role = 'admin'")).toBe(1)
  })

  it("are changed by nobody who was taken out a moment ago", async () => {
    const { admin, samId, adminId } = await openTwo("admin")
    await invitePerson(admin, place, { contact_name: "Kim", contact_email: "kim@people.example", role: "admin" })
    await join({ ...SAMS, name: "Kim" })
    admin.env = { ...testEnv, DB: changing(`DELETE FROM ${table} WHERE user_id = '${adminId}'`, 1) } // once they were let in
    expect((await admin.post(`${list}/people/${samId}/removal`)).status).toBe(403)
    expect(await count(table)).toBe(2)
  })
})

describe("who was invited and has not joined", () => {
  it.each([STAFF, MEMBERS])("is shown once, and not after joining by a newer invite of $kind", async (place) => {
    const admin = await place.open()
    await invitePerson(admin, place)
    await env.DB.prepare("UPDATE invites SET expires_at = 1 WHERE kind <> 'customer'").run()
    await invitePerson(admin, place, { contact_name: "Sam R. Reyes" })
    const page = await text(admin, place.list)
    expect(page.match(/sam@people\.example/g)).toHaveLength(1)
    expect(page).toContain("Sam R. Reyes")
    await join()
    expect(await text(admin, place.list)).not.toContain("Invited, not joined yet")
  })
})

describe("a colleague's invite that was declined", () => {
  async function openDeclined() {
    const { browser } = await openHouse()
    const member = await openCustomer(browser)
    const id = await invitePerson(member, MEMBERS)
    const [mail] = await deliverDueMail()
    const page = await text(new Browser(), /\/decline\/\S+/.exec(mail?.text ?? "")?.[0] ?? "")
    expect(page).toContain("Northwind Logistics sends nothing more to this address")
    await new Browser().post(/\/decline\/\S+/.exec(mail?.text ?? "")?.[0] ?? "")
    return { browser, member, path: `/account/invites/${id}` }
  }

  it("keeps neither the reseller nor another customer from inviting that address", async () => {
    const { browser, member } = await openDeclined()
    expect((await member.post("/account/invites/new", { ...SAM, role: "member" })).status).toBe(422)
    await invite(browser, { contact_email: SAM.contact_email, company_name: "Sam's own" })
    await invite(browser, { contact_email: "kim@contoso.example", company_name: "Contoso" })
    const kim = new Browser()
    await kim.post(await newestLink(), REGISTRATION)
    expect((await kim.post("/account/invites/new", { ...SAM, role: "member" })).status).toBe(303)
    expect((await deliverDueMail()).map(({ to }) => to)).toEqual([SAM.contact_email])
  })

  it("is sent again by its Admin when the contact asks for it", async () => {
    const { member, path } = await openDeclined()
    expect((await member.post(`${path}/resends`)).status).toBe(409)
    expect(await text(member, `${path}/correction`)).toContain("Allow mail and resend")
    expect((await member.post(`${path}/resends`, { despite: "suppression" })).status).toBe(303)
    expect((await deliverDueMail()).map(({ to }) => to)).toEqual([SAM.contact_email])
  })

  it("is sent again by nobody but the reseller where the reseller is to send no more", async () => {
    const { member, path } = await openDeclined()
    await env.DB.prepare(
      "INSERT INTO suppressions SELECT reseller_id, contact_email, 'complained', NULL, 0 FROM invites WHERE kind = 'member'",
    ).run()
    expect(await text(member, `${path}/correction`)).not.toContain("Allow mail")
    const answer = await member.post(`${path}/resends`, { despite: "suppression" })
    expect([answer.status, (await answer.text()).includes("This address gets no mail from here.")]).toEqual([409, true])
    expect(await count("suppressions")).toBe(2)
  })
})

it("a digest that waits is not sent to somebody who is staff no longer", async () => {
  const { browser, resellerId } = await openHouse()
  await invitePerson(browser, STAFF, { role: "regular" })
  const { browser: sam } = await join()
  await invite(sam)
  await new Browser().post(await newestLink(), REGISTRATION)
  await queueDigests(depsOf(testEnv, () => undefined))
  expect(await count("outbox", "kind = 'digest' AND recipient = 'sam@people.example'")).toBe(1)
  await browser.post(`/settings/staff/people/${await idOf(SAM.contact_email)}/removal`)
  expect((await deliverDueMail()).map(({ to }) => to)).not.toContain("sam@people.example")
  expect(await count("outbox", `status = 'cancelled' AND reseller_id = '${resellerId}'`)).toBe(1)
})

describe("a person of several accounts", () => {
  it("works for two resellers, one at a time, and goes from one to the other", async () => {
    const acme = await openHouse()
    const globex = await openHouse("globex")
    await invitePerson(acme.browser, STAFF)
    const { browser: sam } = await join()
    expect(await text(sam, "/settings/staff")).toContain("admin@acme.example")
    await invitePerson(globex.browser, STAFF, { role: "admin" })
    await sam.post(await newestLink(), { accept_terms: "on" })
    expect(await text(sam, "/settings/staff")).toContain("admin@globex.example")
    expect(await text(sam, "/settings/staff")).not.toContain("admin@acme.example")
    expect((await sam.get("/settings")).status).toBe(200)
    expect((await sam.post("/account/choice", { reseller_id: acme.resellerId })).headers.get("Location")).toBe("/")
    expect(await text(sam, "/settings/staff")).toContain("admin@acme.example")
    expect((await sam.get("/settings")).status).toBe(403)
    expect((await acme.browser.post("/account/choice", { reseller_id: globex.resellerId })).status).toBe(404)
  })

  it("has each form taken in the account that it was made in, and then goes on there", async () => {
    const acme = await openHouse()
    const globex = await openHouse("globex")
    const admin = { name: "Sam Reyes", email: SAM.contact_email, password: PASSWORD, role: "admin" as const }
    const { userId } = await addStaff(acme.resellerId, admin)
    const sam = await signIn(SAM.contact_email)
    await env.DB.prepare("INSERT INTO staff (user_id, reseller_id, role, created_at) VALUES (?, ?, 'admin', 1)")
      .bind(userId, globex.resellerId)
      .run()
    await sam.post("/account/choice", { reseller_id: acme.resellerId })
    const page = await (await sam.get("/settings/staff/invites/new")).text()
    const action = /<form[^>]*action="(\/settings\/staff\/invites\/new[^"]*)"/.exec(page)?.[1] ?? ""
    await sam.post("/account/choice", { reseller_id: globex.resellerId })
    const lee = { contact_name: "Lee Park", contact_email: "lee@people.example", role: "sales" }
    const answer = await sam.post(action, lee)
    expect(answer.status).toBe(303)
    expect(await count("invites", `reseller_id = '${acme.resellerId}'`)).toBe(1)
    expect(await text(sam, answer.headers.get("Location") ?? "")).toContain("The invite to Lee Park is on its way.")

    await env.DB.prepare("DELETE FROM staff WHERE user_id = ? AND reseller_id = ?").bind(userId, acme.resellerId).run()
    const refused = await sam.post(action, { ...lee, contact_email: "kim@people.example" })
    expect([refused.status, (await refused.text()).includes("Nothing was changed.")]).toEqual([403, true])
    expect(await count("invites")).toBe(1)
    expect((await sam.post("/settings/staff/invites/new", lee)).status).toBe(303) // where they are now
    expect(await count("invites", `reseller_id = '${globex.resellerId}'`)).toBe(1)
  })

  it("leaves the customer's account whose page they were on", async () => {
    const { browser } = await openHouse()
    const member = await openCustomer(browser)
    await invitePerson(member, MEMBERS, { role: "admin" })
    const { browser: sam } = await join()
    const first = await (await sam.get(`/account/people/${await idOf(SAM.contact_email)}`)).text()
    const leave = /action="([^"]*removal[^"]*)"/.exec(first)?.[1] ?? ""
    await invite(browser, { contact_email: "kim@contoso.example", company_name: "Contoso" })
    const kim = new Browser()
    await kim.post(await newestLink(), REGISTRATION)
    await kim.post("/account/invites/new", { ...SAM, role: "admin" })
    await sam.post(await newestLink(), { accept_terms: "on" })
    expect(await text(sam, "/account")).toContain("Contoso")
    expect((await sam.post(leave)).status).toBe(303)
    expect(await text(sam, "/account")).toContain("You are an Admin of Contoso")
    expect(await text(kim, "/account")).toContain("Sam Reyes")
  })

  it("is told of the invites of each reseller apart", async () => {
    const acme = await openHouse()
    const globex = await openHouse("globex")
    await invitePerson(acme.browser, STAFF, { role: "regular" })
    const { browser: sam } = await join()
    await invitePerson(globex.browser, STAFF, { role: "regular" })
    await sam.post(await newestLink(), { accept_terms: "on" })
    await sam.post("/settings/mail/digests", {})
    await invite(sam, { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" })
    await new Browser().post(await newestLink(), REGISTRATION)
    await sam.post("/account/choice", { reseller_id: acme.resellerId })
    await invite(sam, { contact_email: "other@northwind.example" })
    await new Browser().post(await newestLink(), REGISTRATION)
    const rows = await env.DB.prepare("SELECT reseller_id, user_id FROM notifications").all<{ reseller_id: string }>()
    const samId = await idOf(SAM.contact_email)
    expect(rows.results.filter((row) => (row as { user_id?: string }).user_id === samId)).toEqual([
      { reseller_id: acme.resellerId, user_id: samId },
    ])
  })
})

describe("what a customer's members send", () => {
  it("is counted apart from what the reseller may send", async () => {
    const { browser } = await openHouse()
    const member = await openCustomer(browser)
    member.env = { ...testEnv, MEMBER_MAILS_PER_HOUR: "2" }
    const ask = (n: number) =>
      member.post("/account/invites/new", { ...SAM, contact_email: `sam${n}@people.example`, role: "member" })
    expect([(await ask(1)).status, (await ask(2)).status]).toEqual([303, 303])
    const refused = await ask(3)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(3000)
    expect(await refused.text()).toContain("Nothing was sent.")
    expect(await count("invites", "kind = 'member'")).toBe(2)
    await invite(browser, { contact_email: "other@northwind.example" })
  })

  it("shows in the reseller's activity, at their company", async () => {
    const { browser } = await openHouse()
    const member = await openCustomer(browser)
    const id = await invitePerson(member, MEMBERS)
    await join()
    await member.post(`/account/people/${await idOf(SAM.contact_email)}/removal`)
    const page = await (await browser.get("/settings/activity?by=member")).text()
    expect(page.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ")).toContain(
      "Taken out of the account: Sam Reyes Priya Nair",
    )
    expect(page).toMatch(/href="\/customers\/cus_\w+">Northwind Logistics/)
    expect(page).not.toContain(`/customers/invites/${id}`)
  })
})

it("lists a page of people and leads to the next", async () => {
  const { browser, resellerId } = await openHouse()
  for (let n = 10; n < 40; n++) {
    await addStaff(resellerId, { name: `P${n}`, email: `p${n}@acme.example`, password: PASSWORD, role: "sales" })
  }
  const first = await (await browser.get("/settings/staff")).text()
  const next = /href="(\/settings\/staff\?after=[^"]+)"/.exec(first)?.[1] ?? ""
  const second = await (await browser.get(next)).text()
  const names = [...`${first}${second}`.matchAll(/p\d\d@acme\.example/g)].map(([name]) => name)
  expect(names).toEqual(Array.from({ length: 30 }, (_, n) => `p${n + 10}@acme.example`))
  const gone = await env.DB.prepare("SELECT user_id FROM staff ORDER BY created_at, user_id LIMIT 1 OFFSET 24").first()
  await env.DB.prepare("DELETE FROM staff WHERE user_id = ?").bind(gone?.user_id).run()
  expect(await (await browser.get(next)).text()).toContain("p39@acme.example") // after somebody who is gone, too
  expect(await (await browser.get("/settings/staff?after=garbage")).text()).toContain("admin@acme.example")
})
