import { env } from "cloudflare:workers"
import { inspectRoutes } from "hono/dev"
import { describe, expect, it, vi } from "vitest"
import { API_PROBLEMS } from "../src/api/problem-details.ts"
import { claim } from "../src/domain/outbox/claim.ts"
import { createDeps } from "../src/http/bindings.ts"
import { app } from "../src/local/app.ts"
import { SCOPES, type StaffRole } from "../src/storage/schema.ts"
import { document, expectDocumented, isRepeatable, type Operation, operations, problemCodes } from "./api-document.ts"
import {
  type ApiCall,
  addStaff,
  Browser,
  CUSTOMER,
  callApi,
  count,
  createApiKey,
  createReseller,
  latestRegistrationLink,
  productionEnv,
  REGISTRATION_FORM,
  sendDueEmails,
  signInAs,
  testEnv,
  withConcurrentWrite,
} from "./support/app.ts"
import { insertPasskey } from "./support/factors.ts"
import { interceptBatches } from "./support/intercepted-d1.ts"
import { insertSandbox } from "./support/sandbox.ts"
import { clearRows } from "./support/storage.ts"
import { travel } from "./support/time.ts"

const ACCOUNT = { po_number: "PO-2", email: "second@acme.example", phone: "+1 212 555 0187" }
const WEBHOOK = { url: "https://crm.example.com/hooks", events: ["invite.created"] }
const MISSING_IDS = {
  eml: "eml_none",
  inv: "inv_00000000000000000000000000",
  cus: "cus_0000",
  bil: "bil_none",
  whk: "whk_none",
  job: "job_none",
  res: "res_none",
  usr: "usr_none",
}
const OPERATOR = "local-operator"
const RESELLER = { name: "Initech", slug: "initech", admin_name: "Bill Lumbergh", admin_email: "bill@initech.example" }
const ADMIN = { admin_name: "Peter Gibbons", admin_email: "peter@initech.example" }

/** `liveId`: the reseller itself, or that of the sandbox. */
type Fixture = { resellerId: string; billingId: string; key: string; liveId: string }

/** What the operation is used with: a reseller, or a sandbox if it works only there. */
async function createFixture(operation?: Operation): Promise<Fixture> {
  const live = await createReseller()
  const reseller = operation?.tags?.includes("Sandbox") ? await insertSandbox(live.resellerId) : live
  return { ...reseller, key: await createApiKey(reseller.resellerId), liveId: live.resellerId }
}

async function create({ key }: Fixture, path: string, body: unknown): Promise<string> {
  const response = await callApi({ key, path, body })
  expect(response.status).toBe(201)
  return (await response.json<{ id: string }>()).id
}

const createInvite = (fixture: Fixture) => create(fixture, "/invites", CUSTOMER)
const createBillingAccount = (fixture: Fixture) => create(fixture, "/billing_accounts", ACCOUNT)

const STAFF_INVITE = { contact_name: "Priya Nair", contact_email: CUSTOMER.contact_email, role: "support" }
const OTHER_CUSTOMER = { ...CUSTOMER, contact_email: "other@northwind.example" }

/** The request body with which an operation names this contact. */
function contactBody({ operationId }: Operation, contact: typeof CUSTOMER) {
  if (operationId === "createInvite") return contact
  if (operationId === "createStaffInvite") return { ...STAFF_INVITE, contact_email: contact.contact_email }
  if (operationId === "inviteResellerAdmin") return { ...ADMIN, admin_email: contact.contact_email }
  return { contact_email: contact.contact_email }
}

const isStaffInvite = ({ path }: { path: string }) => path.startsWith("/staff_invites")

/** Invites a contact to what the operation is about: the reseller's customers or its staff. */
function inviteContact(operation: Operation, fixture: Fixture, contact: typeof CUSTOMER): Promise<string> {
  if (!isStaffInvite(operation)) return create(fixture, "/invites", contact)
  return create(fixture, "/staff_invites", { ...STAFF_INVITE, contact_email: contact.contact_email })
}

const createStaffInvite = async (fixture: Fixture) =>
  `/staff_invites/${await create(fixture, "/staff_invites", STAFF_INVITE)}`

const createWebhook = (fixture: Fixture) => create(fixture, "/webhooks", WEBHOOK)

async function createImport({ key }: Fixture): Promise<string> {
  const response = await callApi({ key, path: "/invite_imports", body: { invites: [CUSTOMER] } })
  return `/invite_imports/${(await response.json<{ id: string }>()).id}`
}

async function createDelivery(fixture: Fixture): Promise<string> {
  const webhook = await createWebhook(fixture)
  await createInvite(fixture)
  const list = await callApi({ key: fixture.key, path: `/webhooks/${webhook}/deliveries` })
  return `/webhooks/${webhook}/deliveries/${(await list.json<{ data: { id: string }[] }>()).data[0]?.id}`
}

async function createCustomer(fixture: Fixture): Promise<string> {
  await createInvite(fixture)
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  const list = await callApi({ key: fixture.key, path: "/customers" })
  return (await list.json<{ data: { id: string }[] }>()).data[0]?.id ?? "none"
}

const findId = async (sql: string) => (await env.DB.prepare(sql).first<string>("id")) ?? "none"

async function createStaff({ resellerId }: Fixture, role: StaffRole = "support"): Promise<string> {
  return (await addStaff(resellerId, { name: "Robin Hale", email: `${role}@acme.example`, role })).userId
}

async function createSandboxEmail(fixture: Fixture): Promise<string> {
  await createInvite(fixture)
  await sendDueEmails()
  return findId("SELECT id FROM sandbox_emails")
}

/** A valid request for each operation. */
const VALID_CALLS: Record<string, (fixture: Fixture) => Promise<ApiCall>> = {
  listInvites: async () => ({ path: "/invites" }),
  createInvite: async () => ({ path: "/invites", body: CUSTOMER }),
  getInvite: async (fixture) => ({ path: `/invites/${await createInvite(fixture)}` }),
  resendInvite: async (fixture) => ({ method: "POST", path: `/invites/${await createInvite(fixture)}/resends` }),
  revokeInvite: async (fixture) => ({ method: "POST", path: `/invites/${await createInvite(fixture)}/revocation` }),
  updateInvite: async (fixture) => ({
    method: "PATCH",
    path: `/invites/${await createInvite(fixture)}`,
    body: { contact_email: "right@northwind.example" },
  }),
  issueInviteLink: async (fixture) => ({ method: "POST", path: `/invites/${await createInvite(fixture)}/links` }),
  importInvites: async () => ({ path: "/invite_imports", body: { invites: [CUSTOMER] } }),
  getInviteImport: async (fixture) => ({ path: await createImport(fixture) }),
  listInviteImportRows: async (fixture) => ({ path: `${await createImport(fixture)}/rows` }),
  pauseInviteImport: async (fixture) => ({ method: "POST", path: `${await createImport(fixture)}/pause` }),
  resumeInviteImport: async (fixture) => {
    const path = await createImport(fixture)
    await callApi({ method: "POST", path: `${path}/pause`, key: fixture.key })
    return { method: "POST", path: `${path}/resumption` }
  },
  cancelInviteImport: async (fixture) => ({ method: "POST", path: `${await createImport(fixture)}/cancellation` }),
  makeDefaultBillingAccount: async (fixture) => ({
    method: "POST",
    path: `/billing_accounts/${await createBillingAccount(fixture)}/default`,
  }),
  listCustomers: async () => ({ path: "/customers" }),
  getCustomer: async (fixture) => ({ path: `/customers/${await createCustomer(fixture)}` }),
  updateCustomer: async (fixture) => ({
    method: "PATCH",
    path: `/customers/${await createCustomer(fixture)}`,
    body: { external_id: "crm-4711", metadata: { plan: "gold", region: null } },
  }),
  listBillingAccounts: async () => ({ path: "/billing_accounts" }),
  createBillingAccount: async () => ({ path: "/billing_accounts", body: ACCOUNT }),
  getBillingAccount: async ({ billingId }) => ({ path: `/billing_accounts/${billingId}` }),
  updateBillingAccount: async ({ billingId }) => ({
    method: "PATCH",
    path: `/billing_accounts/${billingId}`,
    body: { address: "1 Main St" },
  }),
  listWebhooks: async () => ({ path: "/webhooks" }),
  createWebhook: async () => ({ path: "/webhooks", body: WEBHOOK }),
  getWebhook: async (fixture) => ({ path: `/webhooks/${await createWebhook(fixture)}` }),
  updateWebhook: async (fixture) => ({
    method: "PATCH",
    path: `/webhooks/${await createWebhook(fixture)}`,
    body: { enabled: false },
  }),
  deleteWebhook: async (fixture) => ({ method: "DELETE", path: `/webhooks/${await createWebhook(fixture)}` }),
  rotateWebhookSecret: async (fixture) => ({
    method: "POST",
    path: `/webhooks/${await createWebhook(fixture)}/secrets`,
  }),
  testWebhook: async (fixture) => ({
    path: `/webhooks/${await createWebhook(fixture)}/test`,
    body: { type: "invite.accepted" },
  }),
  listEvents: async (fixture) => {
    await createInvite(fixture)
    return { path: "/events" }
  },
  listWebhookDeliveries: async (fixture) => ({ path: /^.*deliveries/.exec(await createDelivery(fixture))?.[0] ?? "" }),
  redeliverWebhook: async (fixture) => ({ method: "POST", path: `${await createDelivery(fixture)}/redeliveries` }),
  listStaff: async () => ({ path: "/staff" }),
  getStaff: async (fixture) => ({ path: `/staff/${await createStaff(fixture)}` }),
  updateStaff: async (fixture) => ({
    method: "PATCH",
    path: `/staff/${await createStaff(fixture)}`,
    body: { role: "sales" },
  }),
  listStaffInvites: async () => ({ path: "/staff_invites" }),
  createStaffInvite: async () => ({ path: "/staff_invites", body: STAFF_INVITE }),
  getStaffInvite: async (fixture) => ({ path: await createStaffInvite(fixture) }),
  updateStaffInvite: async (fixture) => ({
    method: "PATCH",
    path: await createStaffInvite(fixture),
    body: { contact_email: "right@northwind.example" },
  }),
  resendStaffInvite: async (fixture) => ({ method: "POST", path: `${await createStaffInvite(fixture)}/resends` }),
  revokeStaffInvite: async (fixture) => ({ method: "POST", path: `${await createStaffInvite(fixture)}/revocation` }),
  listMembers: async (fixture) => ({ path: `/customers/${await createCustomer(fixture)}/members` }),
  getMember: async (fixture) => ({
    path: `/customers/${await createCustomer(fixture)}/members/${await findId("SELECT user_id AS id FROM members")}`,
  }),
  listMemberInvites: async (fixture) => ({ path: `/customers/${await createCustomer(fixture)}/member_invites` }),
  getMemberInvite: async (fixture) => {
    const customer = await createCustomer(fixture)
    const admin = await signInAs(await findId("SELECT user_id AS id FROM members"))
    const sam = { contact_name: "Sam Reyes", contact_email: "sam@northwind.example", role: "member" }
    expect((await admin.post("/account/invites/new", sam)).status).toBe(303)
    return {
      path: `/customers/${customer}/member_invites/${await findId("SELECT id FROM invites WHERE kind = 'member'")}`,
    }
  },
  listActivity: async (fixture) => {
    await createInvite(fixture)
    return { path: "/activity" }
  },
  getSettings: async () => ({ path: "/settings" }),
  updateSettings: async () => ({ method: "PATCH", path: "/settings", body: { support_name: "Dana Ortiz" } }),
  listSandboxEmails: async (fixture) => {
    await createSandboxEmail(fixture)
    return { path: "/sandbox/emails" }
  },
  getSandboxEmail: async (fixture) => ({ path: `/sandbox/emails/${await createSandboxEmail(fixture)}` }),
  advanceInvite: async (fixture) => ({
    path: `/invites/${await createInvite(fixture)}/advance`,
    body: { to: "reminder" },
  }),
  removeStaff: async (fixture) => ({ method: "DELETE", path: `/staff/${await createStaff(fixture)}` }),
  deleteBillingAccount: async (fixture) => ({
    method: "DELETE",
    path: `/billing_accounts/${await createBillingAccount(fixture)}`,
  }),
  createReseller: async () => ({ path: "/resellers", body: RESELLER }),
  getDeployment: async () => ({ path: "/deployment" }),
  listResellers: async () => ({ path: "/resellers" }),
  getReseller: async ({ resellerId }) => ({ path: `/resellers/${resellerId}` }),
  inviteResellerAdmin: async ({ resellerId }) => ({ path: `/resellers/${resellerId}/admin_invites`, body: ADMIN }),
  revokeResellerAdminInvite: async ({ resellerId }) => {
    const path = `/resellers/${resellerId}/admin_invites`
    const { id } = await (await callApi({ key: OPERATOR, path, body: ADMIN })).json<{ id: string }>()
    return { method: "POST", path: `${path}/${id}/revocation` }
  },
  resetFactors: async ({ resellerId }) => {
    const { userId } = await addStaff(resellerId, { name: "Kim Sato", email: "kim@acme.example", role: "admin" })
    await insertPasskey(userId)
    return { path: `/resellers/${resellerId}/factor_resets`, body: { email: "kim@acme.example" } }
  },
  suspendReseller: async ({ resellerId }) => ({ method: "POST", path: `/resellers/${resellerId}/suspension` }),
  reinstateReseller: async ({ resellerId }) => ({ method: "DELETE", path: `/resellers/${resellerId}/suspension` }),
}

const isOperatorOnly = ({ security }: Operation) => security?.[0]?.operatorToken !== undefined

async function validCall(operation: Operation, fixture: Fixture): Promise<ApiCall> {
  const call = await VALID_CALLS[operation.operationId]?.(fixture)
  if (!call) throw new Error(`there is no valid request for ${operation.operationId}`)
  return { method: operation.method, key: isOperatorOnly(operation) ? OPERATOR : fixture.key, ...call }
}

const requiredScope = (operation: Operation) => operation.security?.[0]?.apiKey?.[0]

/** For each problem code, a request that the operation refuses with it. */
const FAILING_CALLS: Record<string, (operation: Operation, fixture: Fixture) => Promise<ApiCall>> = {
  api_key_missing: async (operation, fixture) => ({ ...(await validCall(operation, fixture)), key: "" }),
  api_key_invalid: async (operation, fixture) => ({
    ...(await validCall(operation, fixture)),
    key: `vst_local_${"0".repeat(64)}`,
  }),
  api_key_revoked: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    await env.DB.prepare("UPDATE api_keys SET revoked_at = 1").run()
    return call
  },
  api_key_expired: async (operation, fixture) => {
    const key = await createApiKey(fixture.resellerId, { expiresAt: new Date(Date.now() + 60_000) })
    const call = { ...(await validCall(operation, fixture)), key }
    travel({ minutes: 1 })
    return call
  },
  reseller_suspended: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    await callApi({ method: "POST", path: `/resellers/${fixture.liveId}/suspension`, key: OPERATOR })
    return call
  },
  invite_not_scheduled: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    const send_at = new Date(Date.now() + 60_000).toISOString()
    return { ...call, body: operation.operationId === "advanceInvite" ? { to: "sending" } : { send_at } }
  },
  email_scheduled: async (operation, fixture) => {
    const send_at = new Date(Date.now() + 60_000).toISOString()
    const id = await create(fixture, "/invites", { ...CUSTOMER, send_at })
    return { path: `/invites/${id}/advance`, body: { to: "expiry" }, method: operation.method, key: fixture.key }
  },
  slug_taken: async (operation, fixture) => {
    await callApi({ key: OPERATOR, path: "/resellers", body: { ...RESELLER, name: "Initrode" } })
    return validCall(operation, fixture)
  },
  no_factors: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    await callApi(call)
    return call
  },
  already_member: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    if (isStaffInvite(operation)) {
      await addStaff(fixture.resellerId, { name: "Kim", email: OTHER_CUSTOMER.contact_email, role: "sales" })
      return { ...call, body: contactBody(operation, OTHER_CUSTOMER) }
    }
    await callApi(call)
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    return call
  },
  insufficient_scope: async (operation, fixture) => {
    const key = await createApiKey(fixture.resellerId, {
      scopes: SCOPES.filter((scope) => scope !== requiredScope(operation)),
    })
    return { ...(await validCall(operation, fixture)), key }
  },
  too_many_requests: async (operation, fixture) => ({
    ...(await validCall(operation, fixture)),
    env: { ...testEnv, API_REQUESTS_PER_10_SECONDS: "0" },
  }),
  internal_error: async (operation, fixture) => ({
    ...(await validCall(operation, fixture)),
    env: { ...testEnv, DB: brokenDatabase },
  }),
  misconfigured: async (operation, fixture) => ({
    ...(await validCall(operation, fixture)),
    env: { ...testEnv, AUTH_SECRET: "" },
  }),
  // Test requests are sent to an `http:` URL.
  https_required: async (operation, fixture) => ({
    ...(await validCall(operation, fixture)),
    env: productionEnv,
  }),
  not_found: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    if (/^\/(resellers|deployment)$/.test(call.path)) return { ...call, key: fixture.key } // hidden from all other callers
    return {
      ...call,
      path: call.path.replace(
        /(eml|inv|cus|bil|whk|res|job|usr)_[0-9a-z]+/,
        (_, kind: keyof typeof MISSING_IDS) => MISSING_IDS[kind],
      ),
    }
  },
  invalid_cursor: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    const query =
      operation.operationId === "listCustomers"
        ? "sort=name&cursor=cus_00000000000000000000000000"
        : `cursor=${MISSING_IDS.inv}`
    return { ...call, path: `${call.path}?${query}` }
  },
  cursor_expired: async (operation, fixture) => ({
    ...(await validCall(operation, fixture)),
    path: `/events?cursor=evt_1${"0".repeat(25)}`,
  }),
  malformed_json: async (operation, fixture) => ({ ...(await validCall(operation, fixture)), body: "{" }),
  body_too_large: async (operation, fixture) => ({
    ...(await validCall(operation, fixture)),
    body: JSON.stringify({ note: "x".repeat(operation.operationId === "importInvites" ? 4_300_000 : 70_000) }),
  }),
  url_too_long: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    return { ...call, path: `${call.path}?${"x".repeat(8_200)}` }
  },
  headers_too_large: async (operation, fixture) => ({
    ...(await validCall(operation, fixture)),
    headers: { "X-Padding": "x".repeat(33_000) },
  }),
  unsupported_media_type: async (operation, fixture) => ({
    ...(await validCall(operation, fixture)),
    headers: { "Content-Type": "text/plain" },
  }),
  unsupported_content_encoding: async (operation, fixture) => ({
    ...(await validCall(operation, fixture)),
    headers: { "Content-Encoding": "gzip" },
  }),
  invalid_fields: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    return call.body
      ? { ...call, body: { ...Object(call.body), nonsense: 1 } }
      : { ...call, path: `${call.path}?limit=0` }
  },
  idempotency_key_invalid: async (operation, fixture) => ({
    ...(await validCall(operation, fixture)),
    headers: { "Idempotency-Key": '""' },
  }),
  idempotency_key_reused: async (operation, fixture) => {
    const headers = { "Idempotency-Key": "reused" }
    const first = isOperatorOnly(operation)
      ? { key: OPERATOR, path: "/resellers", body: { ...RESELLER, slug: "initrode" }, headers }
      : { key: fixture.key, path: "/invites", body: OTHER_CUSTOMER, headers }
    expect((await callApi(first)).status).toBe(201)
    return { ...(await validCall(operation, fixture)), headers }
  },
  idempotency_in_progress: async (operation, fixture) => {
    const call = { ...(await validCall(operation, fixture)), headers: { "Idempotency-Key": "running" } }
    const key = await env.DB.prepare("SELECT id, reseller_id FROM api_keys").first<{
      id: string
      reseller_id: string
    }>()
    await env.ACCOUNT_LIMITER.getByName(key?.reseller_id ?? "").acquire({
      keyId: key?.id ?? "",
      at: Date.now(),
      quota: 10,
      windowMs: 10_000,
      idempotencyKey: "running",
    })
    return call
  },
  invite_pending: async (operation, fixture) => {
    await inviteContact(operation, fixture, OTHER_CUSTOMER)
    return { ...(await validCall(operation, fixture)), body: contactBody(operation, OTHER_CUSTOMER) }
  },
  external_id_taken: async (operation, fixture) => {
    const taken = { external_id: "crm-1" }
    const call = await validCall(operation, fixture)
    await create(fixture, "/invites", { ...OTHER_CUSTOMER, ...taken })
    if (operation.operationId !== "resendInvite") {
      return { ...call, body: operation.operationId === "createInvite" ? { ...CUSTOMER, ...taken } : taken }
    }
    travel({ days: 1 })
    await env.DB.prepare("UPDATE invites SET status = 'expired', external_id = 'crm-1' WHERE external_id IS NULL").run()
    return call
  },
  already_customer: async (operation, fixture) => {
    await createCustomer(fixture)
    const other = { ...CUSTOMER, contact_email: "typo@northwind.example" }
    if (operation.operationId === "createInvite") return { ...(await validCall(operation, fixture)), body: CUSTOMER }
    const id = await create(fixture, "/invites", other)
    return { method: "PATCH", path: `/invites/${id}`, body: contactBody(operation, CUSTOMER), key: fixture.key }
  },
  already_resent: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    return {
      ...call,
      env: { ...testEnv, DB: withConcurrentWrite("UPDATE invites SET link_version = link_version + 1") },
    }
  },
  billing_account_removed: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    await env.DB.prepare("DELETE FROM billing_accounts").run()
    return call
  },
  email_hourly_limit: async (operation, fixture) => {
    const call = await validCall(operation, fixture) // this may already have sent an email
    await create(fixture, "/invites", { ...OTHER_CUSTOMER, contact_email: "third@northwind.example" })
    return { ...call, env: { ...testEnv, INVITE_MAILS_PER_HOUR: "1" } }
  },
  invite_not_resendable: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    const invite = /\/(staff_)?invites\/\w+/.exec(call.path)?.[0]
    await callApi({ method: "POST", key: fixture.key, path: `${invite}/revocation` })
    return call
  },
  newer_invite_pending: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    if (operation.method === "PATCH") {
      await inviteContact(operation, fixture, OTHER_CUSTOMER) // edited to the same address concurrently
      const concurrentWrite =
        "UPDATE invites SET contact_email = 'right@northwind.example' WHERE contact_email LIKE 'other@%'"
      return { ...call, env: { ...testEnv, DB: withConcurrentWrite(concurrentWrite, 2) } }
    }
    travel({ days: 14 })
    await inviteContact(operation, fixture, CUSTOMER)
    return call
  },
  resend_cooldown: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    expect((await callApi(call)).status).toBeLessThan(300)
    if (isOperatorOnly(operation)) {
      expect((await callApi(call)).status).toBeLessThan(300) // the second call resends the invite
      return call
    }
    return call.body ? { ...call, body: contactBody(operation, OTHER_CUSTOMER) } : call
  },
  resend_daily_limit: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    const dailyLimitEnv = { ...testEnv, RESEND_COOLDOWN_SECONDS: "0", RESENDS_PER_DAY: "1" }
    expect((await callApi({ ...call, env: dailyLimitEnv })).status).toBeLessThan(300)
    if (isOperatorOnly(operation)) {
      expect((await callApi({ ...call, env: dailyLimitEnv })).status).toBeLessThan(300) // the second call resends the invite
      return { ...call, env: dailyLimitEnv }
    }
    return {
      ...call,
      ...(call.body !== undefined && { body: contactBody(operation, OTHER_CUSTOMER) }),
      env: dailyLimitEnv,
    }
  },
  email_suppressed: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    const contact = ["updateInvite", "updateStaffInvite", "inviteResellerAdmin"].includes(operation.operationId)
      ? OTHER_CUSTOMER
      : CUSTOMER
    if (call.body) call.body = contactBody(operation, contact)
    await env.DB.prepare("INSERT INTO suppressions VALUES (?, ?, 'bounced', 'Mailbox does not exist: 550 5.1.1', 0)")
      .bind(fixture.resellerId, contact.contact_email)
      .run()
    return call
  },
  webhook_limit: async (_, fixture) => {
    for (let n = 0; n < 20; n++) await create(fixture, "/webhooks", WEBHOOK)
    return { path: "/webhooks", body: WEBHOOK, key: fixture.key }
  },
  invite_not_pending: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    travel({ days: 14 })
    return call
  },
  billing_account_not_found: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    return { ...call, path: `${call.path}?move_to=${MISSING_IDS.bil}` }
  },
  billing_email_taken: async (operation, fixture) => {
    await createBillingAccount(fixture)
    const call = await validCall(operation, fixture)
    return { ...call, body: { ...Object(call.body), email: ACCOUNT.email } }
  },
  version_conflict: async (operation, fixture) => ({
    ...(await validCall(operation, fixture)),
    headers: { "If-Match": '"99"' },
  }),
  secret_rotation_pending: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    expect((await callApi(call)).status).toBe(201)
    return call
  },
  webhook_disabled: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    await callApi({
      key: fixture.key,
      method: "PATCH",
      path: call.path.replace(/\/(deliveries|test).*/, ""),
      body: { enabled: false },
    })
    return call
  },
  delivery_in_progress: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    const id = await env.DB.prepare("SELECT id FROM outbox WHERE kind = 'webhook'").first<string>("id")
    await claim(
      createDeps(testEnv, () => undefined),
      id ?? "",
    )
    return call
  },
  person_required: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    await callApi({ ...call, body: { requires_second_factor: true } })
    return { ...call, body: { requires_second_factor: false } }
  },
  inherited_staff: async (operation, fixture) => {
    const { resellerId } = await insertSandbox(fixture.liveId)
    return { ...(await validCall(operation, fixture)), key: await createApiKey(resellerId) }
  },
  sandbox_only: async (operation, fixture) => ({
    ...(await validCall(operation, fixture)),
    key: await createApiKey(fixture.liveId),
  }),
  no_reminder_planned: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    expect((await callApi(call)).status).toBe(200)
    return call
  },
  role_exceeds_scopes: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    if (operation.operationId === "createStaffInvite") return { ...call, body: { ...STAFF_INVITE, role: "admin" } }
    if (!isStaffInvite(operation)) return { ...call, path: `/staff/${await createStaff(fixture, "admin")}` }
    await env.DB.prepare("UPDATE invites SET role = 'admin'").run()
    return call
  },
  billing_account_is_default: async (_, { billingId, key }) => ({
    method: "DELETE",
    path: `/billing_accounts/${billingId}`,
    key,
  }),
  billing_account_in_use: async (operation, fixture) => {
    const call = await validCall(operation, fixture)
    const { email: billing_email, phone: billing_phone } = ACCOUNT
    await create(fixture, "/invites", { ...CUSTOMER, billing_email, billing_phone })
    return call
  },
}

/** Everything that operations change. */
async function readData(): Promise<unknown[]> {
  const tables = ["resellers", "invites", "customers", "billing_accounts", "webhooks", "jobs", "outbox", "audit_log"]
  const results = await env.DB.batch(tables.map((table) => env.DB.prepare(`SELECT * FROM ${table}`)))
  return results.map(({ results: rows }) => rows)
}

const brokenDatabase: D1Database = new Proxy(env.DB, {
  get: () => () => {
    throw new Error("the database is unavailable: secret-detail")
  },
})

/** Calls without If-Match: they change no resource that has a version. */
const WITHOUT_VERSION = [
  "createBillingAccount",
  "createInvite",
  "createReseller",
  "createStaffInvite",
  "createWebhook",
  "importInvites",
  "inviteResellerAdmin",
  "redeliverWebhook",
  "resetFactors",
  "testWebhook",
]
/** Calls that change something, but whose response is no resource with a version. */
const WITHOUT_ETAG = ["issueInviteLink", "redeliverWebhook", "resetFactors", "testWebhook"]

/** For each kind of id, a change that somebody else makes to such resources. */
const CHANGES: Record<string, string> = {
  inv: "UPDATE invites SET last_change_id = 'aud_' || hex(randomblob(13))",
  cus: "UPDATE customers SET version = version + 1",
  bil: "UPDATE billing_accounts SET version = version + 1",
  whk: "UPDATE webhooks SET version = version + 1",
  job: "UPDATE jobs SET status = 'cancelled'",
  usr: "UPDATE staff SET role = 'read_only'",
  settings: "UPDATE resellers SET settings_version = settings_version + 1",
  res: "UPDATE resellers SET support_name = hex(randomblob(4))",
}

const hasParameter = (operation: Operation, header: string) =>
  operation.parameters?.some(({ name }) => name === header) === true

/** The last id in the path: that of the resource which the call changes. */
const changedId = ({ path }: ApiCall) => /^.*(\b[a-z]{3}_[0-9a-z]{26})/.exec(path)?.[1] ?? "none"

/** The ETag of the resource that the call changes. Only the operator's response to it has that of a staff invite. */
async function currentEtag(call: ApiCall): Promise<string> {
  if (call.path.includes("/admin_invites/")) {
    const id = await env.DB.prepare("SELECT last_change_id FROM invites WHERE kind = 'staff'").first("last_change_id")
    return `"${id}"`
  }
  if (call.path === "/settings")
    return (await callApi({ path: call.path, key: call.key ?? "" })).headers.get("ETag") ?? "none"
  const path = `${call.path.slice(0, call.path.indexOf(changedId(call)))}${changedId(call)}`
  return (await callApi({ path, key: call.key ?? "" })).headers.get("ETag") ?? "none"
}

/** A database in which this statement runs before the nth batch of a request, and how many changes were recorded by then. */
function withChangeBefore(batchNumber: number, sql: string) {
  const state = { batches: 0, recorded: -1 }
  const database = interceptBatches(async (_, commit) => {
    state.batches += 1
    if (state.batches === batchNumber) {
      state.recorded = await count("audit_log")
      await env.DB.prepare(sql).run()
    }
    return commit()
  })
  return { database, state }
}

const countEffects = () =>
  Promise.all(["audit_log", "outbox", "events", "idempotent_responses"].map((table) => count(table)))

describe("conditional requests", () => {
  const conditional = operations.filter((operation) => hasParameter(operation, "If-Match"))
  const cacheable = operations.filter((operation) => hasParameter(operation, "If-None-Match"))

  it("are possible for every call that changes a resource with a version", () => {
    const others = operations.filter((operation) => operation.method !== "GET" && !conditional.includes(operation))
    expect(others.map(({ operationId }) => operationId).sort()).toEqual(WITHOUT_VERSION)
  })

  it.each(conditional)(
    "refuse $operationId with 412 if the resource changes at any moment before",
    async (operation) => {
      for (let batchNumber = 1; ; batchNumber++) {
        await clearRows()
        const call = await validCall(operation, await createFixture(operation))
        const headers = {
          "If-Match": await currentEtag(call),
          ...(call.method === "POST" && { "Idempotency-Key": "x" }),
        }
        const before = await countEffects()
        const { database, state } = withChangeBefore(
          batchNumber,
          CHANGES[call.path === "/settings" ? "settings" : changedId(call).slice(0, 3)] ?? "none",
        )
        const response = await callApi({ ...call, headers, env: { ...testEnv, DB: database } })
        if (response.ok) {
          expect(batchNumber).toBeGreaterThan(1)
          // Nobody else changed it, or only after this change.
          expect(state.recorded === -1 || state.recorded > (before[0] ?? 0)).toBe(true)
          return
        }
        expect(await response.json()).toMatchObject({ code: "version_conflict", status: 412 })
        expect(await countEffects()).toEqual(before)
      }
    },
  )

  it.each(conditional)("refuse $operationId with 412 if If-Match has no valid tag", async (operation) => {
    const call = await validCall(operation, await createFixture(operation))
    for (const ifMatch of ["", "nonsense", '"', '"a b"', "W/"]) {
      expect((await callApi({ ...call, headers: { "If-Match": ifMatch } })).status, ifMatch).toBe(412)
    }
    const response = await callApi({ ...call, headers: { "If-Match": `"x", W/${await currentEtag(call)}` } })
    expect(response.status).toBeLessThan(300)
  })

  it.each(cacheable)("answer $operationId with 304 while its response is the same", async (operation) => {
    const call = await validCall(operation, await createFixture(operation))
    travel({ minutes: 1 }) // stops the clock: a running import says when it will be done
    const first = await callApi(call)
    const etag = first.headers.get("ETag") ?? "none"
    expect(etag).toMatch(/^"\w*\.[0-9a-f]{16}"$/)
    for (const ifNoneMatch of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      for (const method of ["GET", "HEAD"]) {
        const response = await callApi({ ...call, method, headers: { "If-None-Match": ifNoneMatch } })
        expect([response.status, await response.text(), response.headers.get("ETag")]).toEqual([304, "", etag])
        expect(response.headers.get("Content-Type")).toBeNull()
        expect(response.headers.get("Cache-Control")).toBe("private, no-store")
      }
    }
    for (const ifNoneMatch of ["", "nonsense", '"x"', etag.replace(/."$/, 'x"')]) {
      const response = await callApi({ ...call, headers: { "If-None-Match": ifNoneMatch } })
      expect([response.status, await response.text()], ifNoneMatch).toEqual([200, await first.clone().text()])
    }
  })

  it("get an ETag for every resource", () => {
    const isList = ({ responses }: Operation) => JSON.stringify(responses["200"] ?? "").includes('List"')
    const withoutEtag = operations.filter(({ responses }) =>
      Object.entries(responses).some(([status, { content, headers }]) => status < "300" && content && !headers?.ETag),
    )
    const resources = withoutEtag.filter((operation) => operation.method !== "GET" || !isList(operation))
    // Of an import, only the dry run has none. The state of the deployment is always another one.
    const expected = ["importInvites", "getDeployment", ...WITHOUT_ETAG]
    expect(resources.map(({ operationId }) => operationId).sort()).toEqual(expected.sort())
  })

  it.each(operations.filter(({ method }) => method !== "GET"))(
    "get the ETag of what $operationId changed",
    async (operation) => {
      const call = await validCall(operation, await createFixture(operation))
      const response = await callApi(call)
      const etag = response.headers.get("ETag")
      if (response.status === 204 || WITHOUT_ETAG.includes(operation.operationId)) {
        expect(etag).toBeNull()
        return
      }
      const path = response.headers.get("Location")?.replace("/api/v1", "") ?? call.path
      const current = operation.operationId === "inviteResellerAdmin" ? `${path}/` : path // that of the invite
      expect(etag?.split(".")[0]).toBe((await currentEtag({ ...call, path: current })).replace(/(\.\w+)?"$/, ""))
    },
  )
})

describe("a request with an Idempotency-Key", () => {
  const repeatable = operations.filter((operation) => hasParameter(operation, "Idempotency-Key"))

  it("is possible for every POST", () => {
    const posts = operations.filter(({ method }) => method === "POST")
    expect(repeatable.map(({ operationId }) => operationId)).toEqual(posts.map(({ operationId }) => operationId))
  })

  // A repeated request for a link gets one that works at that time.
  it.each(repeatable.filter(({ operationId }) => operationId !== "issueInviteLink"))(
    "takes effect once when $operationId is repeated",
    async (operation) => {
      const call = {
        ...(await validCall(operation, await createFixture(operation))),
        headers: { "Idempotency-Key": "once" },
      }
      travel({ minutes: 1 }) // stops the clock: a running import says when it will be done
      const first = await callApi(call)
      const [text, effects] = [await first.text(), await countEffects()]
      for (const response of [await callApi(call), await callApi(call)]) {
        expect(response.headers.get("Idempotency-Replayed")).toBe("true")
        expect([response.status, await response.text()]).toEqual([first.status, text])
        expect(response.headers.get("ETag")).toBe(first.headers.get("ETag"))
      }
      expect(await countEffects()).toEqual(effects)
    },
  )

  it.each(repeatable.filter(isOperatorOnly))(
    "takes effect once when the operator sends $operationId several times at once",
    async (operation) => {
      const call = {
        ...(await validCall(operation, await createFixture(operation))),
        headers: { "Idempotency-Key": "once" },
      }
      const before = await countEffects()
      const responses = await Promise.all(Array.from({ length: 5 }, () => callApi(call)))
      const texts = await Promise.all(responses.map((response) => response.text()))
      expect([...new Set(responses.map(({ status }) => status)), texts.join("\n")]).toEqual([
        responses[0]?.status,
        Array(5).fill(texts[0]).join("\n"),
      ])
      expect(responses[0]?.ok).toBe(true)
      const [entries = 0, , , stored = 0] = await countEffects()
      expect(stored - (before[3] ?? 0)).toBe(1)
      expect(entries - (before[0] ?? 0)).toBe(operation.operationId === "createReseller" ? 2 : 1)
    },
  )
})

describe("the OpenAPI document", () => {
  it("lists every API route and no others", () => {
    const registered = inspectRoutes(app)
      .filter(({ isMiddleware, path, method }) => !isMiddleware && path.startsWith("/api/") && method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replace("/api/v1", "").replace(/:(\w+)/g, "{$1}")}`)
      .filter((route) => !["GET /docs", "GET /docs/{page}", "GET /openapi.json"].includes(route))
    const documented = operations.map(({ method, path }) => `${method} ${path}`)
    expect([...new Set(registered)].sort()).toEqual(documented.sort())
    expect(documented.length).toBeGreaterThan(10)
  })

  it("lists and explains every problem code", () => {
    const documented = new Set(["method_not_allowed", ...operations.flatMap(problemCodes)])
    expect([...documented].sort()).toEqual(Object.keys(API_PROBLEMS).sort())
    expect(document["x-problems"].map(({ code }: { code: string }) => code).sort()).toEqual([...documented].sort())
  })

  it("is served unchanged but for the name of the platform, without authentication", async () => {
    const response = await callApi({ path: "/openapi.json" })
    const info = { ...document.info, title: `${testEnv.PLATFORM_NAME} API` }
    expect([response.status, await response.json()]).toEqual([200, { ...document, info }])
  })
})

describe("the API", () => {
  it.each(operations)("answers a valid $operationId request as documented", async (operation) => {
    const fixture = await createFixture(operation)
    const response = await callApi(await validCall(operation, fixture))
    expect(response.status).toBeLessThan(300)
    await expectDocumented(operation, response)
    const isRateLimited = !isOperatorOnly(operation)
    expect(response.headers.get("RateLimit-Policy")).toBe(isRateLimited ? '"key";q=100000;w=10' : null)
    expect(response.headers.get("RateLimit") ?? "none").toMatch(isRateLimited ? /^"key";r=\d+;t=\d+$/ : /^none$/)
    expect(response.headers.get("Cache-Control")).toBe("private, no-store")
  })

  it.each(
    operations.flatMap((operation) =>
      problemCodes(operation).map((code) => ({ id: operation.operationId, code, operation })),
    ),
  )("refuses $id with $code as documented", async ({ code, operation }) => {
    const fixture = await createFixture(operation)
    const call = await FAILING_CALLS[code]?.(operation, fixture)
    if (!call) throw new Error(`no request provokes ${code}`)
    const errorSpy = vi.spyOn(console, "error").mockImplementation(() => undefined)
    const response = await callApi({ method: operation.method, ...call })
    const loggedErrors = errorSpy.mock.calls.map(String)
    errorSpy.mockRestore()
    const body = await expectDocumented(operation, response)
    expect(body).toMatchObject({ code, status: response.status })
    if (response.status === 429) expect(Number(response.headers.get("Retry-After"))).toBeGreaterThan(0)
    if (response.status === 401) expect(response.headers.get("WWW-Authenticate")).toMatch(/^Bearer/)
    if (code === "internal_error") {
      expect(body.request_id).toBe(response.headers.get("X-Request-Id"))
      expect(JSON.stringify(body)).not.toContain("secret-detail")
      expect(loggedErrors.join()).toContain(body.request_id)
    } else if (code === "misconfigured") {
      expect([body.detail, loggedErrors.length]).toEqual(["AUTH_SECRET is not set", 1])
    } else {
      expect(loggedErrors).toEqual([])
    }
  })

  it.each(operations)("refuses unknown and repeated query parameters of $operationId", async (operation) => {
    const fixture = await createFixture(operation)
    const call = await validCall(operation, fixture)
    const known = (operation.parameters ?? [])
      .filter((parameter) => parameter.in === "query" && !isRepeatable(parameter))
      .map(({ name, schema }) => (schema.type === "object" ? `${name}[plan]` : name))
    const query = ["nonsense=1", "status[]=pending", ...known.flatMap((name) => [`${name}=1`, `${name}=2`])].join("&")
    const before = await readData()
    const response = await callApi({ ...call, path: `${call.path}?${query}` })
    expect((await expectDocumented(operation, response)).errors).toEqual([
      { field: "nonsense", code: "unknown_field", detail: "This query parameter doesn't exist." },
      { field: "status[]", code: "unknown_field", detail: "This query parameter doesn't exist." },
      ...known.map((field) => ({ field, code: "repeated", detail: "Send this query parameter once." })),
    ])
    expect([response.status, await readData()]).toEqual([422, before])
  })

  it("says how a filter by metadata is sent", async () => {
    const { key } = await createFixture()
    const response = await callApi({ key, path: "/invites?metadata=gold" })
    const detail = "Send this query parameter as metadata[key]=value."
    expect(await response.json()).toMatchObject({ errors: [{ field: "metadata", code: "invalid", detail }] })
  })

  it("answers an unsupported method with 405 and the allowed methods", async () => {
    const response = await callApi({ method: "PUT", path: "/billing_accounts/x" })
    expect([response.status, response.headers.get("Allow")]).toEqual([405, "GET, HEAD, PATCH, DELETE"])
    expect(await response.json()).toMatchObject({ code: "method_not_allowed", status: 405 })
  })

  it.each(["/nowhere", "/", "/invites/x/y/z"])("answers the unknown path %s with a problem document", async (path) => {
    const response = await callApi({ path })
    expect([response.status, response.headers.get("Content-Type")]).toEqual([404, "application/problem+json"])
  })

  it("writes nothing for a refused request", async () => {
    const fixture = await createFixture()
    const before = [
      await count("invites"),
      await count("outbox"),
      await count("audit_log"),
      await count("idempotent_responses"),
    ]
    for (const body of [{}, { ...CUSTOMER, billing_phone: "+1 415 555 0199" }, { ...CUSTOMER, expires_in_days: 91 }]) {
      const response = await callApi({ key: fixture.key, path: "/invites", body, headers: { "Idempotency-Key": "x" } })
      expect(response.status).toBe(422)
    }
    expect([
      await count("invites"),
      await count("outbox"),
      await count("audit_log"),
      await count("idempotent_responses"),
    ]).toEqual(before)
  })

  it("reports each invalid field with a code and how to correct it", async () => {
    const { key } = await createFixture()
    const response = await callApi({
      key,
      path: "/invites",
      body: { ...CUSTOMER, contact_email: "x", contact_name: " " },
    })
    expect((await response.json<{ errors: unknown }>()).errors).toEqual([
      { field: "contact_name", code: "required", detail: "Enter the name of the person who sets up the account." },
      { field: "contact_email", code: "invalid", detail: expect.stringContaining("name@company.com") },
    ])
  })
})
