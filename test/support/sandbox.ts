import { env } from "cloudflare:workers"
import { insertBillingAccount } from "../../src/domain/billing/accounts.ts"
import { newId } from "../../src/storage/ids.ts"
import { type ApiCall, type Browser, CUSTOMER, callApi, createApiKey, db, sendDueEmails } from "./app.ts"

/** Creates the sandbox of a reseller as its Admin does, who is then in it. Returns its id, and a test key with every scope. */
export async function createSandbox(browser: Browser): Promise<{ sandboxId: string; key: string }> {
  const response = await browser.post("/settings/sandbox")
  if (response.status !== 303) throw new Error(`creating a sandbox answered ${response.status}`)
  const sandboxId = await env.DB.prepare(
    "SELECT id FROM resellers WHERE sandbox_of IS NOT NULL ORDER BY created_at DESC",
  ).first<string>("id")
  if (!sandboxId) throw new Error("there is no sandbox")
  return { sandboxId, key: await createApiKey(sandboxId) }
}

/** The same as a row, with a billing account, of a reseller that may have no staff. */
export async function insertSandbox(liveId: string): Promise<{ resellerId: string; billingId: string }> {
  const resellerId = newId("sbx", new Date())
  await env.DB.prepare(
    "INSERT INTO resellers (id, name, slug, support_email, created_at, sandbox_of) SELECT ?1, name, ?1, support_email, created_at, id FROM resellers WHERE id = ?2",
  )
    .bind(resellerId, liveId)
    .run()
  const account = {
    firstName: null,
    lastName: null,
    poNumber: null,
    email: CUSTOMER.billing_email,
    phone: "+14155550132",
    address: null,
  }
  const { id: billingId } = await insertBillingAccount(
    { db, now: () => new Date() },
    resellerId,
    { kind: "operator" },
    account,
  )
  return { resellerId, billingId }
}

type Email = {
  id: string
  kind: string
  to: string
  subject: string
  invite_id: string | null
  html: string
  text: string
}

/** Sends what is due, and returns the emails of the sandbox that match `query`, the oldest first, with what they say. Fails if one left. */
export async function sandboxEmails(key: string, query = ""): Promise<Email[]> {
  const left = await sendDueEmails()
  if (left.length > 0) throw new Error(`an email left the sandbox, to ${left[0]?.to}`)
  const list = await callApi({ key, path: `/sandbox/emails?limit=100${query}` })
  const { data } = await list.json<{ data: { id: string }[] }>()
  const emails = data.map(async ({ id }) => (await callApi({ key, path: `/sandbox/emails/${id}` })).json<Email>())
  return (await Promise.all(emails)).reverse()
}

/** The path of the link in an email, by the start of its path. */
export function linkIn(mail: { text: string } | undefined, root = "/r/"): string {
  const path = new RegExp(`http://localhost:8787(${root}\\S+)`).exec(mail?.text ?? "")?.[1]
  if (!path) throw new Error(`the email has no link to ${root}`)
  return path
}

/** Invites a customer by API, and returns the invite. */
export async function inviteByApi(key: string, fields: Record<string, unknown> = {}, call: Partial<ApiCall> = {}) {
  const response = await callApi({ key, path: "/invites", body: { ...CUSTOMER, ...fields }, ...call })
  if (response.status !== 201) throw new Error(`inviting answered ${response.status}: ${await response.text()}`)
  return response.json<{ id: string; status: string; contact_email: string; expires_at: string }>()
}
