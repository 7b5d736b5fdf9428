import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import {
  Browser,
  createReseller,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  sendDueEmails,
  signInStaff,
} from "./support/app.ts"
import { runSql } from "./support/storage.ts"

type Exported = Record<string, Record<string, unknown>[]>

const exportOf = async (browser: Browser, email: string) =>
  (await browser.post("/settings/privacy/exports", { email })).json<Exported>()

it("the export has a member's invite, terms, events and what colleagues did to them, also under an earlier address", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  const admin = new Browser()
  await admin.post(await latestRegistrationLink(), REGISTRATION_FORM)
  const [quorra, sam] = [new Browser(), new Browser()]
  for (const [name, member] of [
    ["Quorra", quorra],
    ["Sam", sam],
  ] as const) {
    const email = `${name.toLowerCase()}@planted.example`
    await admin.post("/account/invites/new", { contact_name: name, contact_email: email, role: "member" })
    await member.post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name })
    const id = await env.DB.prepare("SELECT id FROM users WHERE email = ?").bind(email).first<string>("id")
    await admin.post(`/account/people/${id}/role`, { role: "admin" })
    await new Browser().post("/sign-in", { email, password: "quite another one" })
  }
  const seen = async (email: string) => {
    const data = await exportOf(browser, email)
    return {
      invites: data.invites?.map(({ kind, contactEmail }) => [kind, contactEmail]),
      terms: data.accepted_terms?.length,
      members: data.members?.length,
      emails: data.emails?.map(({ kind, recipient }) => [kind, recipient]),
      actions: data.audit_log?.map(({ action }) => action).filter((action) => String(action).startsWith("member.")),
      details: JSON.stringify(data.audit_log).includes("Sam"),
    }
  }
  const expected = {
    invites: [["member", "quorra@planted.example"]],
    terms: 1,
    members: 1,
    emails: [["invite", "quorra@planted.example"]],
    actions: ["member.sign_in_failed", "member.role_changed"],
    details: false,
  }
  expect(await seen("quorra@planted.example")).toEqual(expected)

  await sendDueEmails()
  await quorra.post("/profile/email", { email: "tron@planted.example", current_password: REGISTRATION_FORM.password })
  for (const { text } of await sendDueEmails()) await new Browser().post(/\/confirm-email\/\S+/.exec(text)?.[0] ?? "")
  const changes = ["member.email_changed", "member.email_change_requested"]
  expect(await seen("tron@planted.example")).toEqual({ ...expected, actions: [...changes, ...expected.actions] })
})

it("the export has the invites and terms of the earlier address of a customer's first member", async () => {
  const { browser } = await signInStaff()
  const id = await invite(browser)
  const priya = new Browser()
  await priya.post(await latestRegistrationLink(), REGISTRATION_FORM)
  await priya.post("/profile/email", { email: "tron@planted.example", current_password: REGISTRATION_FORM.password })
  for (const { text } of await sendDueEmails()) await new Browser().post(/\/confirm-email\/\S+/.exec(text)?.[0] ?? "")
  const data = await exportOf(browser, "tron@planted.example")
  expect(data.invites).toEqual([expect.objectContaining({ id, contactEmail: "priya@northwind.example" })])
  expect(data.accepted_terms).toEqual([expect.objectContaining({ inviteId: id })])
  expect(data.events?.map(({ type }) => type)).toEqual(
    expect.arrayContaining(["invite.created", "invite.accepted", "customer.created"]),
  )
  expect(data.audit_log).toContainEqual(expect.objectContaining({ action: "invite.created", subjectId: id }))
})

it("the export of a member doesn't say how they sign in once they are also a member at another reseller", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  const alone = await exportOf(browser, "priya@northwind.example")
  expect([alone.members?.length, alone.sessions?.length]).toEqual([1, 1])
  const { resellerId } = await createReseller("globex")
  await runSql(
    "INSERT INTO customers (id, reseller_id, name, billing_account_id, created_at) VALUES ('cus_1', ?, 'Northwind', 'bil_1', 0)",
    resellerId,
  )
  await runSql("INSERT INTO members SELECT id, 'cus_1', 'admin', 0 FROM users WHERE email = 'priya@northwind.example'")
  const shared = await exportOf(browser, "priya@northwind.example")
  expect([shared.members?.length, shared.sessions]).toEqual([1, []])
})

it("the export of staff has their sessions, also once there is a sandbox", async () => {
  const { browser, resellerId } = await signInStaff()
  const path = `/settings/privacy/exports?account=${resellerId}`
  const sessions = async () =>
    (await (await browser.post(path, { email: "admin@acme.example" })).json<Exported>()).sessions?.length
  const before = await sessions()
  expect((await browser.post("/settings/sandbox")).status).toBe(303)
  expect(await sessions()).toBe(before)
  expect(before).toBeGreaterThan(0)
})
