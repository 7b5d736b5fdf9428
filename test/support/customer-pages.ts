import { env } from "cloudflare:workers"
import { href } from "../../src/routes.ts"
import type { Locale } from "../../src/text/locales.ts"
import { addStaff, type Browser, CUSTOMER, signInAs, signInStaff } from "./app.ts"
import { confirmIdentityOfAll } from "./factors.ts"
import { insertInvites } from "./search-invites.ts"
import { runSql } from "./storage.ts"

type Staff = { browser: Browser; resellerId: string; invite: string }

/** Every page for staff under Dashboard and Customers, in a language. */
export async function customerPages({ browser, resellerId, invite }: Staff, locale: Locale) {
  await confirmIdentityOfAll()
  await browser.post(`/profile?language=${locale}`)
  return {
    ...(await emptyPages(locale)),
    ...(await listPages(browser, resellerId)),
    ...(await invitePages(browser, invite)),
    ...(await pagesOfCustomer(browser)),
  }
}

const WRONG = {
  ...CUSTOMER,
  contact_email: "a",
  billing_phone: "+1 415 555 0199",
  expires_in_days: "0",
  note: "x".repeat(501),
}

/** The pages of a reseller that has nothing yet. */
async function emptyPages(locale: Locale) {
  const slug = `new-${locale}`
  const { browser, resellerId } = await signInStaff(slug)
  const email = `support@${slug}.example`
  const { userId } = await addStaff(resellerId, { name: "Dana Ortiz", email, role: "support" })
  await runSql(`UPDATE users SET locale = '${locale}' WHERE email LIKE '%@${slug}.example'`)
  const support = await signInAs(userId)
  const pages: Record<string, Response> = {
    noDashboard: await browser.get("/"),
    noInvites: await browser.get("/customers/invites"),
    noCustomers: await browser.get("/customers"),
  }
  await runSql(`DELETE FROM billing_accounts WHERE reseller_id = '${resellerId}'`)
  pages.noAccounts = await browser.get("/customers/invites/new")
  pages.accountsUnseen = await support.get("/customers/invites/new")
  return pages
}

async function listPages(browser: Browser, resellerId: string) {
  const pages: Record<string, Response> = {}
  await runSql("DELETE FROM invites WHERE contact_email LIKE '%@p.p'")
  await insertInvites(
    resellerId,
    Array.from({ length: 30 }, (_, i) => ({ contactName: "Qzx", contactEmail: `${i}@p.p`, companyName: "Qzy" })),
  )
  const statuses = ["expired", "revoked", "declined"]
  for (const [i, status] of statuses.entries()) {
    await runSql(`UPDATE invites SET status = '${status}' WHERE contact_email = '${i}@p.p'`)
  }
  await runSql(
    "UPDATE invites SET email_status = 'bounced', email_error = 'Mailbox is full' WHERE contact_email = '9@p.p'",
  )
  pages.dashboard = await browser.get("/")
  pages.invites = await browser.get("/customers/invites")
  const [last = ""] = [...(await (await browser.get("/customers/invites")).text()).matchAll(/before=(inv_\w+)/g)].map(
    ([, id = ""]) => id,
  )
  pages.older = await browser.get(`/customers/invites?before=${last}`)
  pages.undeliveredInvites = await browser.get("/customers/invites?status=undelivered")
  pages.noMatch = await browser.get("/customers/invites?q=nothing")
  pages.notSearchable = await browser.get("/customers/invites?q=...")
  await runSql("DELETE FROM invites WHERE contact_email LIKE '%@p.p'")
  await runSql("UPDATE invites SET email_status = 'failed' WHERE status = 'pending'")
  pages.undelivered = await browser.get("/")
  await runSql("UPDATE invites SET email_status = 'sent' WHERE status = 'pending'")
  return pages
}

async function invitePages(browser: Browser, invite: string) {
  const pages: Record<string, Response> = {
    new: await browser.get("/customers/invites/new"),
    newEmpty: await browser.post("/customers/invites/new", {}),
    newWrong: await browser.post("/customers/invites/new", WRONG),
    noSuchAccount: await browser.post("/customers/invites/new", { ...CUSTOMER, billing_email: "no@b.example" }),
    alreadyCustomer: await browser.post("/customers/invites/new", { ...CUSTOMER, contact_email: "kim@b.example" }),
    editWrong: await browser.post(`/customers/invites/${invite}/edit`, WRONG),
    newDuplicate: await browser.post("/customers/invites/new", CUSTOMER),
    sent: await browser.get(href("customers.invites.list", {}, { flash: "invite_sent", invite })),
    edit: await browser.get(`/customers/invites/${invite}/edit`),
    copied: await browser.post(`/customers/invites/${invite}/links`),
  }
  const ofInvite = ["created", "resent", "saved", "revoked"].map((name) => `invite_${name}`)
  for (const flash of [...ofInvite, "address_changed", "unchanged", "purged"]) {
    pages[`flash ${flash}`] = await browser.get(href("customers.invites.show", { id: invite }, { flash, invite }))
  }
  for (const status of ["bounced", "complained", "failed", "deferred", "delivered", "queued"]) {
    await runSql(
      `UPDATE invites SET email_status = '${status}', email_error = 'Mailbox is full' WHERE id = '${invite}'`,
    )
    pages[`email ${status}`] = await browser.get(`/customers/invites/${invite}`)
    pages[`edit ${status}`] = await browser.get(`/customers/invites/${invite}/edit`)
  }
  await runSql(
    `UPDATE invites SET email_status = 'queued', email_error = NULL, send_at = 4102444800000 WHERE id = '${invite}'`,
  )
  pages.scheduled = await browser.get(`/customers/invites/${invite}`)
  pages.editScheduled = await browser.get(`/customers/invites/${invite}/edit`)
  pages.nowScheduled = await browser.get(href("customers.invites.list", {}, { flash: "invite_sent", invite }))
  await runSql(`UPDATE invites SET email_status = 'sent', send_at = NULL WHERE id = '${invite}'`)
  for (const send_at of ["", "2020-01-01T09:00", "2099-01-01T09:00"]) {
    pages[`send at ${send_at}`] = await browser.post("/customers/invites/new", { ...WRONG, send: "at", send_at })
  }
  const unsent = { ...WRONG, send: "working_day", send_email: "false" }
  pages.sendLaterUnsent = await browser.post("/customers/invites/new", unsent)
  for (const status of ["expired", "declined", "revoked"]) {
    await runSql(`UPDATE invites SET status = '${status}' WHERE id = '${invite}'`)
    pages[status] = await browser.get(`/customers/invites/${invite}`)
  }
  await runSql(`UPDATE invites SET status = 'pending' WHERE id = '${invite}'`)
  return pages
}

async function pagesOfCustomer(browser: Browser) {
  const customer = await env.DB.prepare("SELECT id FROM customers").first<string>("id")
  const accepted = await env.DB.prepare("SELECT id FROM invites WHERE customer_id IS NOT NULL AND kind = 'customer'")
  const pages: Record<string, Response> = {
    customers: await browser.get("/customers"),
    customer: await browser.get(`/customers/${customer}`),
    saved: await browser.get(href("customers.show", { id: customer ?? "" }, { flash: "customer_saved" })),
    accepted: await browser.get(`/customers/invites/${await accepted.first<string>("id")}`),
  }
  const [row] = (await env.DB.prepare("SELECT billing_account_id AS account FROM customers").all()).results
  await runSql("UPDATE customers SET billing_needs_review = 1, billing_account_id = 'bil_gone'")
  pages.customersToReview = await browser.get("/customers")
  pages.customerToReview = await browser.get(`/customers/${customer}`)
  await runSql(`UPDATE customers SET billing_needs_review = 0, billing_account_id = '${row?.account}'`)
  return pages
}
