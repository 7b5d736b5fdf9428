import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, it } from "vitest"
import { addressAt, plainAddress, sandboxIdOf, withPlainAddresses } from "../src/text/sandbox-address.ts"
import {
  addStaff,
  Browser,
  callApi,
  count,
  createApiKey,
  invite,
  latestRegistrationLink,
  PASSWORD,
  REGISTRATION_FORM,
  sendDueEmails,
  signInAs,
  signInStaff,
} from "./support/app.ts"
import { confirmIdentityOfAll } from "./support/factors.ts"
import { createSandbox, inviteByApi, linkIn, sandboxEmails } from "./support/sandbox.ts"

// Whoever can read a sandbox's mailbox can register there as anybody. These tests are such an attacker: nothing that they get may count
// outside of the sandbox.

const VICTIM = "victim@bigbank.example"
const ATTACKER = { name: "Mallory", password: "the password of the attacker", accept_terms: "on" }
const SIGN_IN = { email: VICTIM, password: ATTACKER.password }

type Setup = { attacker: Browser; liveKey: string; key: string; sandboxId: string; resellerId: string }
let acme: Setup

beforeEach(async () => {
  const { browser: attacker, resellerId } = await signInStaff()
  const liveKey = await createApiKey(resellerId)
  acme = { attacker, liveKey, resellerId, ...(await createSandbox(attacker)) }
})

/** Invites the victim into the sandbox, and registers as the victim by the link in its mailbox. */
async function registerAsVictim(fields: Record<string, unknown> = {}) {
  const { id } = await inviteByApi(acme.key, { contact_email: VICTIM, ...fields })
  const [email] = await sandboxEmails(acme.key, `&invite_id=${id}`)
  const browser = new Browser()
  const response = await browser.post(linkIn(email), ATTACKER)
  return { browser, response, id }
}

const usersOf = async (address: string) => {
  const { results } = await env.DB.prepare("SELECT email FROM users WHERE email GLOB ? || '*' ORDER BY email")
    .bind(address)
    .all<{ email: string }>()
  return results.map(({ email }) => email)
}

describe("who registers in a sandbox as somebody else", () => {
  it("has an account of the sandbox, which isn't the one that a live invite to the address leads to", async () => {
    const { browser: inSandbox, response } = await registerAsVictim()
    expect(response.status).toBe(303)
    expect(await usersOf(VICTIM)).toEqual([addressAt(acme.sandboxId, VICTIM)])

    const globex = await signInStaff("globex")
    const billing = { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" }
    await invite(globex.browser, { contact_email: VICTIM, ...billing })
    const link = await latestRegistrationLink()
    const form = await (await new Browser().get(link)).text()
    expect(form).toContain('autocomplete="new-password"') // nobody has the address yet
    expect((await inSandbox.post(link, { accept_terms: "on" })).status).not.toBe(303)
    expect((await new Browser().post(link, { ...ATTACKER, password: "" })).status).toBe(422)
    expect(await count("customers", `reseller_id = '${globex.resellerId}'`)).toBe(0)

    expect((await new Browser().post(link, REGISTRATION_FORM)).status).toBe(303)
    expect(await usersOf(VICTIM)).toEqual([VICTIM, addressAt(acme.sandboxId, VICTIM)])
    expect(await count("members", "customer_id IN (SELECT id FROM customers WHERE name = 'Northwind Logistics')")).toBe(
      2,
    )
    expect(await count("users", `id IN (SELECT user_id FROM members GROUP BY user_id HAVING count(*) > 1)`)).toBe(0)
  })

  it("can't sign in as the address, and the owner's password is no use in the sandbox", async () => {
    await registerAsVictim()
    expect((await new Browser().post("/sign-in", SIGN_IN)).status).toBe(422)
    const inSandbox = await new Browser().post("/sign-in", { ...SIGN_IN, sandbox: acme.sandboxId })
    expect(inSandbox.headers.get("Location")).toBe("/")
    const address = addressAt(acme.sandboxId, VICTIM)
    expect((await new Browser().post("/sign-in", { ...SIGN_IN, email: address })).status).toBe(303)

    await addStaff((await signInStaff("globex")).resellerId, { name: "Victoria", email: VICTIM, role: "admin" })
    expect((await new Browser().post("/sign-in", SIGN_IN)).status).toBe(422)
    expect((await new Browser().post("/sign-in", { email: VICTIM, password: PASSWORD })).status).toBe(303)
    expect(
      (await new Browser().post("/sign-in", { email: VICTIM, password: PASSWORD, sandbox: acme.sandboxId })).status,
    ).toBe(422)
  })

  it("can't reach another account, not even of the same live reseller", async () => {
    const { browser } = await registerAsVictim()
    const customer = await env.DB.prepare("SELECT id FROM customers").first<string>("id")
    for (const account of [
      { reseller_id: acme.resellerId },
      { reseller_id: acme.sandboxId },
      { customer_id: "cus_none" },
    ]) {
      expect((await browser.post("/account/switch", account)).status).toBe(404)
    }
    expect((await browser.post("/account/switch", { customer_id: customer ?? "" })).status).toBe(303)
    expect((await browser.get("/customers/invites")).headers.get("Location")).toBe("/account")
  })

  it("gets the reset links of the sandbox's account in its mailbox, and none of the live one", async () => {
    await registerAsVictim()
    await addStaff((await signInStaff("globex")).resellerId, { name: "Victoria", email: VICTIM, role: "admin" })
    await new Browser().post("/forgot-password", { email: VICTIM })
    const [live, ...others] = await sendDueEmails()
    expect([live?.to, others]).toEqual([VICTIM, []])
    expect(await sandboxEmails(acme.key, `&to=${VICTIM}`)).toHaveLength(1) // the invite

    await new Browser().post("/forgot-password", { email: VICTIM, sandbox: acme.sandboxId })
    const reset = (await sandboxEmails(acme.key)).at(-1)
    expect(reset).toMatchObject({ kind: "password_reset", to: VICTIM, invite_id: null })
    const newPassword = "another password of the attacker"
    const done = await new Browser().post(linkIn(reset, "/reset-password/"), { password: newPassword })
    expect(done.headers.get("Location")).toContain(`sandbox=${acme.sandboxId}`)
    expect((await new Browser().post("/sign-in", { email: VICTIM, password: newPassword })).status).toBe(422)
    expect(
      (await new Browser().post("/sign-in", { email: VICTIM, password: newPassword, sandbox: acme.sandboxId })).status,
    ).toBe(303)
    const notice = (await sandboxEmails(acme.key)).find(({ kind }) => kind === "security_notice")
    expect(linkIn(notice, "/forgot-password")).toBe(`/forgot-password?sandbox=${acme.sandboxId}`)
  })

  it("can change the address only within the sandbox, and confirms it in its mailbox", async () => {
    const { browser } = await registerAsVictim({ contact_email: "mallory@x.example" })
    const owner = "owner@bigbank.example"
    await addStaff((await signInStaff("globex")).resellerId, { name: "Olivia", email: owner, role: "admin" })
    for (const email of [
      `a@b.example.${"0".repeat(26)}.sandbox.invalid`,
      `a@b.${acme.sandboxId.slice(4)}.sandbox.invalid`,
    ]) {
      expect((await browser.post("/profile/email", { email, current_password: ATTACKER.password })).status).toBe(422)
    }
    expect((await browser.post("/profile/email", { email: owner, current_password: ATTACKER.password })).status).toBe(
      303,
    )
    const links = (await sandboxEmails(acme.key)).filter(({ kind }) => kind === "email_change")
    expect(links.map(({ to }) => to).sort()).toEqual(["mallory@x.example", owner])
    for (const link of links) expect((await browser.post(linkIn(link, "/confirm-email/"))).status).toBe(200)
    expect(await usersOf(owner)).toEqual([owner, addressAt(acme.sandboxId, owner)])
    await expect(
      env.DB.prepare("UPDATE users SET email = 'x@x.example' WHERE email GLOB '*.sandbox.invalid'").run(),
    ).rejects.toThrow("another sandbox")
    await expect(
      env.DB.prepare(
        `UPDATE users SET email = 'x@x.example.${acme.sandboxId.slice(4)}.sandbox.invalid' WHERE email = ?`,
      )
        .bind(owner)
        .run(),
    ).rejects.toThrow("another sandbox")
  })

  it("joins the sandbox's staff as somebody else than the staff with this address", async () => {
    const admin = "admin@acme.example"
    await confirmIdentityOfAll()
    await acme.attacker.post("/settings/staff/invites/new", {
      contact_name: "Dana",
      contact_email: admin,
      role: "admin",
    })
    const email = (await sandboxEmails(acme.key, `&to=${admin}`)).at(-1)
    const link = linkIn(email)
    expect(await (await acme.attacker.get(link)).text()).not.toContain('autocomplete="new-password"') // somebody else is signed in
    const impostor = new Browser()
    expect((await impostor.post(link, ATTACKER)).status).toBe(303)
    expect(await (await impostor.get("/")).text()).toContain("Acme Networks · Sandbox")
    expect((await impostor.post("/account/switch", { reseller_id: acme.resellerId })).status).toBe(404)
    expect((await new Browser().post("/sign-in", { email: admin, password: ATTACKER.password })).status).toBe(422)
    expect(await count("staff", `reseller_id = '${acme.resellerId}'`)).toBe(1)
    // An Admin of the sandbox alone has no power over the live staff in it.
    const dana = await env.DB.prepare("SELECT user_id FROM staff WHERE is_inherited = 1").first<string>("user_id")
    await confirmIdentityOfAll()
    for (const change of ["removal", "sessions/removal", "factor-resets", "purge"]) {
      expect((await impostor.post(`/settings/staff/people/${dana}/${change}`)).status).toBeGreaterThanOrEqual(400)
    }
    expect((await acme.attacker.get("/")).status).toBe(200)
    expect((await impostor.get("/settings/sandbox")).status).toBe(404)
  })

  it("invites colleagues whose accounts are in the sandbox too", async () => {
    const { browser } = await registerAsVictim()
    await browser.post("/account/invites/new", {
      contact_name: "Sam",
      contact_email: "sam@bigbank.example",
      role: "admin",
    })
    const email = (await sandboxEmails(acme.key)).at(-1)
    expect(email?.to).toBe("sam@bigbank.example")
    expect((await new Browser().post(linkIn(email), ATTACKER)).status).toBe(303)
    expect(await usersOf("sam@bigbank.example")).toEqual([addressAt(acme.sandboxId, "sam@bigbank.example")])
    const people = await (await browser.get("/account")).text()
    expect(people).toContain("sam@bigbank.example")
    expect(people).not.toContain("sandbox.invalid")
  })
})

describe("a link of a sandbox", () => {
  it("doesn't tell whether somebody outside has the address", async () => {
    const globex = await signInStaff("globex")
    await addStaff(globex.resellerId, { name: "Victoria Secret", email: VICTIM, role: "admin" })
    const pageFor = async (contact_email: string) => {
      const { id } = await inviteByApi(acme.key, { contact_email })
      const [email] = await sandboxEmails(acme.key, `&invite_id=${id}`)
      const link = linkIn(email)
      const page = await (await new Browser().get(link)).text()
      return page
        .replaceAll(contact_email, "x")
        .replaceAll(link, "y")
        .replaceAll(/ (?:value|data-[a-z-]+)="[^"]*"/g, "")
    }
    expect(await pageFor(VICTIM)).toBe(await pageFor("nobody@bigbank.example"))
  })

  it("isn't for the live person with its address, who stays signed in as who they are", async () => {
    const globex = await signInStaff("globex")
    const { userId } = await addStaff(globex.resellerId, { name: "Victoria", email: VICTIM, role: "admin" })
    const victim = await signInAs(userId)
    const { id } = await inviteByApi(acme.key, { contact_email: VICTIM })
    const [email] = await sandboxEmails(acme.key, `&invite_id=${id}`)
    const link = linkIn(email)
    expect(await (await victim.get(link)).text()).toContain("Victoria")
    expect((await victim.post(link, { accept_terms: "on" })).status).not.toBe(303)
    expect(await count("invites", "status = 'accepted'")).toBe(0)
    expect(await (await victim.get("/")).text()).toContain("Globex Connect")
  })

  it("serves a person of the sandbox who has an account there already", async () => {
    await registerAsVictim()
    const { id } = await inviteByApi(acme.key, { contact_email: "other@x.example" })
    await sandboxEmails(acme.key)
    const { response } = await registerAsVictim({ contact_email: "second@x.example", company_name: "Contoso" })
    expect(response.status).toBe(303)
    const again = await callApi({
      key: acme.key,
      path: `/invites/${id}`,
      method: "PATCH",
      body: { contact_email: VICTIM },
    })
    expect([again.status, (await again.json<{ code: string }>()).code]).toEqual([409, "already_customer"])
  })

  it("with a code asks for it in the sandbox, whose codes don't count for the live address", async () => {
    const { id } = await inviteByApi(acme.key, { contact_email: VICTIM, send_email: false })
    const { registration_url } = await (
      await callApi({ key: acme.key, path: `/invites/${id}/links`, method: "POST" })
    ).json<{ registration_url: string }>()
    const path = new URL(registration_url).pathname
    const browser = new Browser()
    await browser.post(`${path}/codes`)
    const [email] = await sandboxEmails(acme.key, `&invite_id=${id}`)
    expect(email).toMatchObject({ kind: "code", to: VICTIM })
    const code = /\b\d{6}\b/.exec(email?.text ?? "")?.[0] ?? ""
    const verified = await browser.post(`${path}/verification`, { code })
    expect((await browser.post(verified.headers.get("Location") ?? "", ATTACKER)).status).toBe(303)
    const hashes = await env.DB.prepare(
      "SELECT count(DISTINCT recipient_hash) AS n FROM outbox WHERE kind IN ('code')",
    ).first<number>("n")
    expect(hashes).toBe(1)
    await invite((await signInStaff("globex")).browser, {
      contact_email: VICTIM,
      billing_email: "billing@globex.example",
      billing_phone: "+1 212 555 0187",
    })
    const shared =
      "SELECT count(*) AS n FROM outbox AS a JOIN outbox AS b ON a.recipient_hash = b.recipient_hash AND a.reseller_id <> b.reseller_id"
    expect(await env.DB.prepare(shared).first<number>("n")).toBe(0)
  })
})

describe("a sandbox address", () => {
  const typed = () => addressAt(acme.sandboxId, VICTIM)

  it("can't be entered for anybody, in a sandbox or outside", async () => {
    for (const key of [acme.key, acme.liveKey]) {
      for (const email of [
        typed(),
        "a@sandbox.invalid",
        "a@x.sandbox.invalid",
        typed().toUpperCase(),
        `Ana <${typed()}>`,
      ]) {
        const response = await callApi({
          key,
          path: "/invites",
          body: {
            contact_email: email,
            company_name: "A",
            contact_name: "B",
            billing_email: "billing@acme.example",
            billing_phone: "+1 415 555 0132",
          },
        })
        expect([email, response.status]).toEqual([email, email === "a@sandbox.invalid" ? 201 : 422])
      }
    }
    const { browser } = await signInStaff("globex")
    const form = { email: typed(), current_password: PASSWORD }
    expect((await browser.post("/profile/email", form)).status).toBe(422)
  })

  it("is refused by the database in an invite outside, as a plain one is in a sandbox", async () => {
    await inviteByApi(acme.key)
    const set = (address: string, reseller: string) =>
      env.DB.prepare("UPDATE invites SET contact_email = ?, reseller_id = ?").bind(address, reseller).run()
    await expect(set(VICTIM, acme.sandboxId)).rejects.toThrow("CHECK")
    await expect(set(typed(), acme.resellerId)).rejects.toThrow("CHECK")
    await expect(set(addressAt(`sbx_${"0".repeat(26)}`, VICTIM), acme.sandboxId)).rejects.toThrow("CHECK")
    await set(typed(), acme.sandboxId)
  })

  it("is shown as it was entered, wherever people and programs see it", async () => {
    const { id } = await registerAsVictim()
    const { key, attacker } = acme
    await callApi({ key, path: `/invites/${id}`, method: "PATCH", body: { note: "x" } })
    const second = await inviteByApi(key, { contact_email: "old@bigbank.example" })
    await callApi({
      key,
      path: `/invites/${second.id}`,
      method: "PATCH",
      body: { contact_email: "new@bigbank.example" },
    })
    const customerId = await env.DB.prepare("SELECT id FROM customers").first<string>("id")
    await confirmIdentityOfAll()
    for (const path of [
      "/customers/invites",
      "/customers/invites?q=victim%40bigbank.example",
      `/customers/invites/${id}`,
      `/customers/invites/${second.id}/edit`,
      "/customers/invites/export",
      `/customers/${customerId}`,
      "/activity",
      "/settings/mailbox",
    ]) {
      const page = await (await attacker.get(path)).text()
      expect([path, page.includes("bigbank.example"), page.includes("sandbox.invalid")]).toEqual([path, true, false])
    }
    const exported = await (await attacker.post("/settings/privacy/exports", { email: VICTIM })).text()
    expect([exported.includes(VICTIM), exported.includes("sandbox.invalid")]).toEqual([true, false])
    expect(JSON.parse(exported)).toMatchObject({ users: [{ email: VICTIM }], invites: [{ contactEmail: VICTIM }] })
    for (const path of [
      "/invites",
      "/invites?q=bigbank",
      `/invites?contact_email=${VICTIM}`,
      `/customers/${customerId}/members`,
      "/activity",
      "/sandbox/emails",
    ]) {
      const text = await (await callApi({ key, path })).text()
      expect([path, text.includes("bigbank.example"), text.includes("sandbox.invalid")]).toEqual([path, true, false])
    }
    for (const { html, text, to } of await sandboxEmails(key))
      expect([to, html.includes("sandbox.invalid"), text.includes("sandbox.invalid")]).toEqual([to, false, false])
  })

  it("is one for each sandbox and address", () => {
    const [one, other] = ["sbx_00000000000000000000000001", "sbx_00000000000000000000000002"]
    const address = addressAt(one, VICTIM)
    expect(address).toBe(`${VICTIM}.00000000000000000000000001.sandbox.invalid`)
    expect([addressAt("res_1", VICTIM), addressAt(one, address), addressAt(one, "")]).toEqual([VICTIM, address, ""])
    expect([sandboxIdOf(address), sandboxIdOf(VICTIM), sandboxIdOf("a@b.sandbox.invalid")]).toEqual([
      one,
      undefined,
      undefined,
    ])
    expect(addressAt(other, address)).not.toBe(addressAt(other, VICTIM))
    expect([plainAddress(address), plainAddress(VICTIM), plainAddress(addressAt(other, address))]).toEqual([
      VICTIM,
      VICTIM,
      address,
    ])
    expect(withPlainAddresses(`A: ${address} → B (${address}), ${VICTIM}`)).toBe(
      `A: ${VICTIM} → B (${VICTIM}), ${VICTIM}`,
    )
  })
})
