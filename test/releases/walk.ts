import { createHash, randomBytes } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import { expect } from "vitest"
import type { Deployed } from "./runtime.ts"

/** What a version knows of the reseller that the first one created. */
export type Account = { cookie: string; apiKey: string; password: string; email: string }

const MAIL_TRIES = 100
const MAIL_WAIT_MS = 50

type Call = { method?: string; headers?: Record<string, string>; form?: Record<string, string>; json?: object }

async function call({ miniflare, baseUrl }: Deployed, path: string, { method, headers, form, json }: Call = {}) {
  const response = await miniflare.dispatchFetch(baseUrl + path, {
    method: method ?? (form || json ? "POST" : "GET"),
    redirect: "manual",
    headers: {
      Origin: baseUrl,
      ...headers,
      ...(form && { "Content-Type": "application/x-www-form-urlencoded" }),
      ...(json && { "Content-Type": "application/json" }),
    },
    body: form ? new URLSearchParams(form).toString() : json ? JSON.stringify(json) : null,
  })
  return { status: response.status, text: await response.text(), cookies: response.headers.getSetCookie() }
}

/** The path of the link in the next email to an address after the first `seen`. */
async function waitForLink({ mails }: Deployed, to: string, seen = 0): Promise<string> {
  for (let attempt = 0; attempt < MAIL_TRIES; attempt++) {
    const mail = mails.filter((one) => one.to === to)[seen]
    const path = mail && /https:\/\/[^/\s]+(\/r\/\S+)/.exec(mail.text)?.[1]
    if (path) return path
    await wait(MAIL_WAIT_MS)
  }
  throw new Error(`no email with a link reached ${to}`)
}

const register = (deployed: Deployed, path: string, name: string, password: string) =>
  call(deployed, path, { form: { name, password, accept_terms: "on" } })

/** Has the operator create a reseller, its Admin register, and an API key. */
export async function openReseller(deployed: Deployed): Promise<Account> {
  const email = "dana@northwind.example"
  const password = `lantern-${randomBytes(9).toString("base64url")}`
  const created = await call(deployed, "/api/v1/resellers", {
    headers: { Authorization: `Bearer ${deployed.operatorToken}` },
    json: { name: "Northwind", admin_name: "Dana Ortiz", admin_email: email },
  })
  expect([created.status, created.text]).toEqual([201, expect.any(String)])
  const registered = await register(deployed, await waitForLink(deployed, email), "Dana Ortiz", password)
  expect(registered.status).toBe(303)
  const cookie = registered.cookies.map((one) => one.split(";")[0]).join("; ")

  // As a Worker of this version writes it: a later schema has to take it too.
  const apiKey = `vst_live_${randomBytes(32).toString("hex")}`
  await deployed.database
    .prepare(
      `INSERT INTO api_keys (id, reseller_id, name, secret_hash, masked_secret, scopes, created_by, created_at)
       SELECT 'key_release', ?1, 'Release', ?2, 'vst_live_…', ?3, user_id, ?4 FROM staff WHERE reseller_id = ?1`,
    )
    .bind(
      JSON.parse(created.text).id,
      createHash("sha256").update(apiKey).digest("hex"),
      JSON.stringify(["invites:read", "invites:write", "customers:read", "billing:read", "billing:write"]),
      Date.now(),
    )
    .run()
  const billing = await call(deployed, "/api/v1/billing_accounts", {
    headers: { Authorization: `Bearer ${apiKey}` },
    json: { first_name: "Dana", last_name: "Ortiz", email: "billing@northwind.example", phone: "+14155550132" },
  })
  expect([billing.status, billing.text]).toEqual([201, expect.any(String)])
  return { cookie, apiKey, password, email }
}

/** Invites a customer by API, and returns the path of the link once its email has arrived. */
export async function inviteCustomer(deployed: Deployed, { apiKey }: Account, company: string): Promise<string> {
  const email = `${company.toLowerCase()}@customer.example`
  const seen = deployed.mails.filter(({ to }) => to === email).length
  const created = await call(deployed, "/api/v1/invites", {
    headers: { Authorization: `Bearer ${apiKey}`, "Idempotency-Key": company },
    json: {
      company_name: company,
      contact_name: "Priya Nair",
      contact_email: email,
      billing_email: "billing@northwind.example",
      billing_phone: "+14155550132",
    },
  })
  expect([created.status, created.text]).toEqual([201, expect.any(String)])
  return waitForLink(deployed, email, seen)
}

/**
 * Does the main job with a version: staff look, invite, search and resend; the contact opens the newest link and registers; the cron job
 * runs. `openLink`: that of an invite which another version sent, and which is accepted here.
 */
export async function walk(deployed: Deployed, account: Account, company: string, openLink?: string): Promise<void> {
  const signedIn = { headers: { Cookie: account.cookie } }
  for (const path of ["/", "/customers", "/customers/invites", "/billing", "/activity", "/settings/staff"]) {
    const { status } = await call(deployed, path, signedIn)
    expect([path, status]).toEqual([path, 200])
  }
  const signIn = await call(deployed, "/sign-in", { form: { email: account.email, password: account.password } })
  expect(signIn.status).toBe(303)

  await inviteCustomer(deployed, account, company)
  const found = await call(deployed, `/customers/invites?q=${company}`, signedIn)
  const id = /\/customers\/invites\/(inv_\w+)/.exec(found.text)?.[1]
  expect([found.status, id]).toEqual([200, expect.any(String)])
  const authorized = { headers: { Authorization: `Bearer ${account.apiKey}` } }
  const resent = await call(deployed, `/api/v1/invites/${id}/resends`, { ...authorized, json: {} })
  expect([resent.status, resent.text]).toEqual([202, expect.any(String)])
  const link = await waitForLink(deployed, `${company.toLowerCase()}@customer.example`, 1)
  expect((await call(deployed, link)).status).toBe(200)
  for (const path of [link, ...(openLink ? [openLink] : [])]) {
    const { status, text } = await register(deployed, path, "Priya Nair", account.password)
    expect([path, status, status === 303 ? "" : text]).toEqual([path, 303, ""])
  }
  const invite = await call(deployed, `/api/v1/invites/${id}`, authorized)
  expect(JSON.parse(invite.text)).toMatchObject({ status: "accepted", company_name: company })

  const worker = await deployed.miniflare.getWorker()
  expect((await worker.scheduled({ cron: "* * * * *" })).outcome).toBe("ok")
  expect(deployed.errors).toEqual([])
}
