import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import {
  addStaff,
  Browser,
  CUSTOMER,
  callApi,
  count,
  createApiKey,
  createReseller,
  latestRegistrationLink,
  sendDueEmails,
  signInAs,
  testEnv,
  withConcurrentWrite,
} from "./support/app.ts"
import { travel } from "./support/time.ts"

describe("an invite without an email", () => {
  const withoutEmail = { ...CUSTOMER, send_email: false }

  it("sends nothing, counts against no limit, and its link can be copied", async () => {
    const { resellerId } = await createReseller()
    const key = await createApiKey(resellerId)
    const env = { ...testEnv, INVITE_MAILS_PER_HOUR: "0" }
    const created = await callApi({ key, path: "/invites", body: withoutEmail, env })
    const invite = await created.json<{ id: string; expires_at: string }>()
    expect([created.status, invite]).toMatchObject([201, { status: "pending", email_status: null, send_count: 0 }])
    expect([await count("outbox"), (await sendDueEmails()).length]).toEqual([0, 0])
    const copyLinkResponse = await callApi({ key, method: "POST", path: `/invites/${invite.id}/links` })
    const { registration_url, expires_at } = await copyLinkResponse.json<{
      registration_url: string
      expires_at: string
    }>()
    expect([copyLinkResponse.status, expires_at]).toEqual([201, invite.expires_at])
    expect((await new Browser().get(new URL(registration_url).pathname)).status).toBe(200)
    const list = await (await callApi({ key, path: "/invites?status=pending&q=northwind" })).text()
    expect([list.includes(invite.id), list.includes(registration_url)]).toEqual([true, false])
    const sent = await callApi({ key, method: "POST", path: `/invites/${invite.id}/resends` })
    expect(await sent.json()).toMatchObject({ email_status: "queued", send_count: 1 })
    expect((await new Browser().get(new URL(registration_url).pathname)).status).toBe(410)
  })

  it("gets no reminder and no email when its address is edited, and its earlier copied link stops working", async () => {
    const { resellerId } = await createReseller()
    const key = await createApiKey(resellerId)
    const created = await callApi({ key, path: "/invites", body: withoutEmail })
    const { id } = await created.json<{ id: string }>()
    const createCopyLink = async () => {
      const response = await callApi({ key, method: "POST", path: `/invites/${id}/links` })
      return new URL((await response.json<{ registration_url: string }>()).registration_url).pathname
    }
    const before = await createCopyLink()
    const body = { contact_email: "right@northwind.example" }
    const updated = await callApi({ key, method: "PATCH", path: `/invites/${id}`, body })
    expect([updated.status, await updated.json()]).toMatchObject([200, { ...body, send_count: 0 }])
    expect([
      (await new Browser().get(before)).status,
      (await new Browser().get(await createCopyLink())).status,
    ]).toEqual([410, 200])
    expect([await count("outbox"), await count("invites", "remind_at IS NULL")]).toEqual([0, 1])
  })
})

const toContactEmail = ({ contact_email }: { contact_email: string }) => ({ contact_email })

describe("editing an invite", () => {
  async function createInviteFixture() {
    const reseller = await createReseller()
    const key = await createApiKey(reseller.resellerId)
    const created = await callApi({ key, path: "/invites", body: CUSTOMER })
    const invite = await created.json<{ id: string; created_at: string; expires_at: string }>()
    const link = await latestRegistrationLink()
    const patch = (body: object) => callApi({ key, method: "PATCH", path: `/invites/${invite.id}`, body })
    return { ...reseller, key, invite, link, patch }
  }

  it("changes any field but the address without an email, and the link keeps working", async () => {
    const { key, invite, link, patch, resellerId } = await createInviteFixture()
    await callApi({
      key,
      path: "/billing_accounts",
      body: { po_number: "2", email: "b2@acme.example", phone: "+12125550187" },
    })
    const body = {
      company_name: "Northwind Ltd",
      contact_name: "Priya N.",
      billing_email: "b2@acme.example",
      billing_phone: "+1 212 555 0187",
      expires_in_days: 30,
      note: "See you <b>soon</b>",
    }
    const updated = await patch(body)
    expect([updated.status, await updated.json()]).toMatchObject([
      200,
      {
        company_name: "Northwind Ltd",
        contact_name: "Priya N.",
        billing_email: "b2@acme.example",
        billing_phone: "+12125550187",
        note: "See you <b>soon</b>",
        send_count: 1,
        expires_at: new Date(Date.parse(invite.created_at) + 30 * 86_400_000).toISOString(),
      },
    ])
    expect([await count("outbox"), (await sendDueEmails()).length]).toEqual([1, 0])
    expect(await (await new Browser().get(link)).text()).toContain("Set up Northwind Ltd")
    const changes = await env.DB.prepare("SELECT changes FROM audit_log WHERE action = 'invite.updated'").first<string>(
      "changes",
    )
    expect(JSON.parse(changes ?? "")).toEqual([
      ["company_name", "Northwind Logistics", "Northwind Ltd"],
      ["contact_name", "Priya Nair", "Priya N."],
      ["note"],
      ["expires_in_days", 14, 30],
    ])
    const { userId } = await addStaff(resellerId, { name: "Ana", email: "ana@acme.example", role: "admin" })
    const browser = await signInAs(userId)
    const page = await (await browser.get(`/customers/invites/${invite.id}`)).text()
    expect(page).toContain(
      "Company Name: Northwind Logistics → Northwind Ltd, Contact Name: Priya Nair → Priya N., Note, Expires after: 14 days → 30 days",
    )
    const again = await patch(body)
    expect([
      again.status,
      await count("audit_log", "action = 'invite.updated'"),
      await count("audit_log", "action = 'invite.billing_changed' AND detail IS NULL"),
    ]).toEqual([200, 1, 1])
    expect(await (await patch({ note: null })).json()).toMatchObject({ note: null })
  })

  it.each([
    [{ billing_phone: "+1 212 555 0100" }, "billing_phone", "billing_phone_mismatch"],
    [{ billing_email: "none@acme.example" }, "billing_email", "billing_account_not_found"],
    [{ company_name: " " }, "company_name", "required"],
    [{ billing_email: "billing@acme.example", billing_phone: "12" }, "billing_phone", "invalid"],
    [{ expires_in_days: 91 }, "expires_in_days", "invalid"],
    [{ note: "x".repeat(501) }, "note", "invalid"],
    [{ status: "accepted" }, "status", "unknown_field"],
  ])("is refused with %o, and changes nothing", async (body, field, code) => {
    const { patch } = await createInviteFixture()
    const before = await env.DB.prepare("SELECT * FROM invites").first()
    const refused = await patch({ contact_name: "Somebody Else", ...body })
    expect([refused.status, await refused.json()]).toMatchObject([422, { errors: [{ field, code }] }])
    expect(await env.DB.prepare("SELECT * FROM invites").first()).toEqual(before)
  })

  it("refuses an expiry in the past; the new lifetime of an expired invite applies to its next resend", async () => {
    const { key, invite, patch } = await createInviteFixture()
    travel({ days: 5 })
    const refused = await patch({ expires_in_days: 5 })
    expect([refused.status, await refused.json()]).toMatchObject([422, { errors: [{ field: "expires_in_days" }] }])
    travel({ days: 9 })
    expect(await (await patch({ expires_in_days: 2 })).json()).toMatchObject({ status: "expired" })
    const sent = await callApi({ key, method: "POST", path: `/invites/${invite.id}/resends` })
    const { expires_at } = await sent.json<{ expires_at: string }>()
    expect(Date.parse(expires_at)).toBe(Date.now() + 2 * 86_400_000)
  })

  it("sends an email with all changes when the address changes, and earlier links stop working", async () => {
    const { link, patch } = await createInviteFixture()
    expect((await patch({ contact_email: "right@northwind.example", contact_name: "Ana Costa" })).status).toBe(200)
    const [mail] = await sendDueEmails()
    expect([mail?.to, mail?.text.startsWith("Dear Ana Costa,")]).toEqual(["right@northwind.example", true])
    expect((await new Browser().get(link)).status).toBe(410)
  })

  it("keeps concurrent edits of other fields when the address changes, and starts a new lifetime", async () => {
    const { key, invite } = await createInviteFixture()
    travel({ days: 5 })
    const concurrentWrite =
      "UPDATE invites SET company_name = 'Northwind Ltd', expires_in_days = 30, last_change_id = 'aud_other'"
    const body = { contact_email: "right@northwind.example", expires_in_days: 3 }
    const call = {
      key,
      method: "PATCH",
      path: `/invites/${invite.id}`,
      body,
      env: { ...testEnv, DB: withConcurrentWrite(concurrentWrite, 2) },
    }
    const updated = await callApi(call)
    const row = await updated.json<{ expires_at: string }>()
    expect([updated.status, row]).toMatchObject([200, { company_name: "Northwind Ltd", ...toContactEmail(body) }])
    expect(Date.parse(row.expires_at)).toBe(Date.now() + 3 * 86_400_000)
    expect((await sendDueEmails()).map(({ to }) => to)).toEqual(["right@northwind.example"])
  })

  it("is refused with If-Match after a concurrent edit, even when the address changes", async () => {
    const { key, invite } = await createInviteFixture()
    const read = await callApi({ key, path: `/invites/${invite.id}` })
    const headers = { "If-Match": read.headers.get("ETag") ?? "" }
    const concurrentWrite = "UPDATE invites SET company_name = 'Northwind Ltd', last_change_id = 'aud_other'"
    for (const body of [{ contact_email: "right@northwind.example" }, { contact_name: "Ana Costa" }]) {
      const call = { key, method: "PATCH", path: `/invites/${invite.id}`, body, headers }
      await env.DB.prepare("UPDATE invites SET company_name = 'Northwind', last_change_id = ?")
        .bind(headers["If-Match"].replaceAll('"', ""))
        .run()
      const refused = await callApi({ ...call, env: { ...testEnv, DB: withConcurrentWrite(concurrentWrite, 2) } })
      expect(refused.status).toBe(412)
    }
    expect([await count("invites", "contact_email LIKE 'right%'"), (await sendDueEmails()).length]).toEqual([0, 0])
  })

  it("isn't refused after the contact opens the link, which leaves the ETag unchanged", async () => {
    const { key, invite, link } = await createInviteFixture()
    const getEtag = async () => (await callApi({ key, path: `/invites/${invite.id}` })).headers.get("ETag")
    const before = await getEtag()
    for (const step of ["opening", "start"]) await new Browser().post(`${link}/${step}`)
    expect(await count("invites", "opened_at IS NOT NULL AND form_started_at IS NOT NULL")).toBe(1)
    expect(await getEtag()).toBe(before)
  })

  it("makes an invite with a deleted billing account resendable by choosing an existing one", async () => {
    const { key, invite, patch } = await createInviteFixture()
    await env.DB.prepare("UPDATE invites SET billing_account_id = 'bil_gone'").run()
    const resend = () => callApi({ key, method: "POST", path: `/invites/${invite.id}/resends` })
    expect((await resend()).status).toBe(409)
    const { billing_email, billing_phone } = CUSTOMER
    expect((await patch({ billing_email, billing_phone })).status).toBe(200)
    expect((await resend()).status).toBe(202)
  })

  it("changes nothing for equal values, even if the billing account's address has changed since", async () => {
    const { key, billingId, patch } = await createInviteFixture()
    await callApi({ key, method: "PATCH", path: `/billing_accounts/${billingId}`, body: { email: "new@acme.example" } })
    const again = { po_number: "3", email: CUSTOMER.billing_email, phone: CUSTOMER.billing_phone }
    expect((await callApi({ key, path: "/billing_accounts", body: again })).status).toBe(201)
    const before = await env.DB.prepare("SELECT * FROM invites").first()
    expect((await patch(CUSTOMER)).status).toBe(200)
    expect(await env.DB.prepare("SELECT * FROM invites").first()).toEqual(before)
    expect((await patch({ ...CUSTOMER, contact_name: "Ana Costa" })).status).toBe(200)
    expect(await count("invites", `contact_name = 'Ana Costa' AND billing_account_id = '${billingId}'`)).toBe(1)
  })

  it("keeps both of two concurrent edits of different fields", async () => {
    const { patch } = await createInviteFixture()
    const responses = await Promise.all([
      patch({ company_name: "Northwind Ltd" }),
      patch({ contact_name: "Ana Costa" }),
    ])
    expect(responses.map(({ status }) => status)).toEqual([200, 200])
    expect(await count("invites", "company_name = 'Northwind Ltd' AND contact_name = 'Ana Costa'")).toBe(1)
  })
})

it("the reseller's default expiry applies to an invite that names none", async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  await env.DB.prepare("UPDATE resellers SET default_expires_in_days = 3").run()
  await callApi({ key, path: "/invites", body: CUSTOMER })
  await callApi({ key, path: "/invites", body: { ...CUSTOMER, contact_email: "b@b.example", expires_in_days: 14 } })
  expect([await count("invites", "expires_in_days = 3"), await count("invites", "expires_in_days = 14")]).toEqual([
    1, 1,
  ])
})
