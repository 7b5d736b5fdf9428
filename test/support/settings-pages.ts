import { env } from "cloudflare:workers"
import type { ClaimedRow } from "../../src/domain/outbox/claimed-message.ts"
import { keepSandboxEmail } from "../../src/domain/sandbox/emails.ts"
import { createDeps } from "../../src/http/bindings.ts"
import { href } from "../../src/routes.ts"
import type { Locale } from "../../src/text/locales.ts"
import { staffEn } from "../../src/text/staff/en.ts"
import { type FlashKey, flash } from "../../src/web/ui/flash.tsx"
import { type Browser, CUSTOMER, testEnv } from "./app.ts"
import { confirmIdentityOfAll } from "./factors.ts"

const ACCOUNT = { po_number: "Qzx", email: "second@acme.example", phone: "+1 415 555 0133" }
const WEBHOOK = { url: "https://crm.example/hooks", events: "invite.expired" }

/** Every page for staff under Billing and Settings, and of the people among them, in a language. */
export async function settingsPages(staff: Browser, locale: Locale): Promise<Record<string, Response>> {
  await confirmIdentityOfAll()
  await staff.post(`/profile?language=${locale}`)
  const [billing, company] = [await billingPages(staff), await companyPages(staff)]
  const [keys, webhooks] = [await keyPages(staff), await webhookPages(staff)]
  return { ...billing, ...company, ...keys, ...webhooks, ...(await sandboxPages(staff)) }
}

async function idOf(table: string, where = "1"): Promise<string> {
  const id = await env.DB.prepare(`SELECT id FROM ${table} WHERE ${where} ORDER BY id DESC`).first<string>("id")
  if (!id) throw new Error(`no ${table} where ${where}`)
  return id
}

async function billingPages(staff: Browser) {
  const pages: Record<string, Response> = {}
  await env.DB.prepare("DELETE FROM billing_accounts WHERE email = 'second@acme.example'").run()
  const path = `/billing/${await idOf("billing_accounts", "email = 'billing@acme.example'")}`
  pages.onlyAccount = await staff.get(`${path}/removal`)
  pages.new = await staff.get("/billing/new")
  pages.empty = await staff.post("/billing/new")
  pages.wrong = await staff.post("/billing/new", { ...ACCOUNT, email: "a", phone: "1", address: "x".repeat(500) })
  pages.taken = await staff.post("/billing/new", { ...ACCOUNT, email: CUSTOMER.billing_email })
  await staff.post("/billing/new", ACCOUNT)
  pages.list = await staff.get("/billing")
  pages.edit = await staff.get(path)
  pages.inUse = await staff.post(path, { ...ACCOUNT, email: "third@acme.example" })
  pages.gone = await staff.post(path, { ...ACCOUNT, email: "third@acme.example", pending_invites: "bil_none" })
  pages.conflict = await staff.post(path, { ...ACCOUNT, email: CUSTOMER.billing_email, version: "99" })
  pages.removal = await staff.get(`${path}/removal`)
  pages.notMoved = await staff.post(`${path}/removal`)
  pages.isDefault = await staff.post(`${path}/removal`, {
    move_to: await idOf("billing_accounts", "po_number = 'Qzx'"),
  })
  return pages
}

async function companyPages(staff: Browser) {
  const pages: Record<string, Response> = {}
  for (const key of Object.keys(staffEn.flashes) as FlashKey[]) {
    pages[`flash ${key}`] = await staff.get(href("apiKeys.list", {}, flash(key)))
  }
  pages.company = await staff.get("/settings")
  const company = { name: "", support_email: "a", support_phone: "x", country: "??", time_zone: "?", accent_color: "x" }
  pages.companyWrong = await staff.post("/settings", company)
  pages.companyEmpty = await staff.post("/settings", { support_email: "", support_phone: "+1 415 555 0132 ext 5" })
  for (const bytes of [0, 10, 200_001]) {
    pages[`logo ${bytes}`] = await staff.upload("/settings/logo", "logo", new File([new Uint8Array(bytes)], "logo.png"))
  }
  pages.notifications = await staff.get("/settings/notifications")
  pages.invites = await staff.get("/settings/invites")
  const terms = { default_expires_in_days: "0", locale: "xx", terms_url: "http://x.example", terms_version: "" }
  pages.invitesWrong = await staff.post("/settings/invites", terms)
  pages.termsUrl = await staff.post("/settings/invites", { ...terms, terms_url: "https://x.example" })
  pages.termsVersion = await staff.post("/settings/invites", { terms_url: "", terms_version: "1" })
  pages.security = await staff.get("/settings/security")
  pages.privacy = await staff.get("/settings/privacy")
  pages.privacyWrong = await staff.post("/settings/privacy", { retention_months: "5" })
  pages.exportWrong = await staff.post("/settings/privacy/exports", { email: "" })
  pages.activity = await staff.get("/activity")
  pages.activityOfSystem = await staff.get("/activity?by=operator&about=webhook")
  pages.seals = await staff.get("/activity/seals")
  pages.staff = await staff.get("/settings/staff")
  pages.self = await staff.get(`/settings/staff/people/${await idOf("users", "email = 'admin@acme.example'")}`)
  pages.invite = await staff.get("/settings/staff/invites/new")
  pages.inviteWrong = await staff.post("/settings/staff/invites/new", { role: "boss", note: "x".repeat(501) })
  return pages
}

async function keyPages(staff: Browser) {
  const pages: Record<string, Response> = {}
  pages.newKey = await staff.get("/settings/api-keys/new")
  pages.keyWrong = await staff.post("/settings/api-keys/new", { name: "", expires_in_days: "x" })
  pages.keyCreated = await staff.post("/settings/api-keys/new", {
    name: "Qzx",
    scopes: "invites:read",
    expires_in_days: "",
  })
  const states = ["last_used_at = 1", "expires_at = 1", "expires_at = 9999999999999", "revoked_at = 1"]
  for (const state of states) {
    await env.DB.prepare(`UPDATE api_keys SET ${state}`).run()
    pages[`keys ${state}`] = await staff.get("/settings/api-keys")
  }
  await env.DB.prepare("DELETE FROM api_keys").run()
  pages.noKeys = await staff.get("/settings/api-keys")
  return pages
}

async function webhookPages(staff: Browser) {
  const pages: Record<string, Response> = {}
  pages.noWebhooks = await staff.get("/settings/webhooks")
  pages.newWebhook = await staff.get("/settings/webhooks/new")
  const urls = ["", "x", "https://u:p@x.example", "http://x.example", "https://x.example:1", "https://localhost:8443"]
  for (const url of [...urls, "https://x.internal", `https://x.example/${"x".repeat(500)}`]) {
    pages[`webhook ${url}`] = await staff.post("/settings/webhooks/new", { url })
  }
  await staff.post("/settings/webhooks/new", WEBHOOK)
  const id = await idOf("webhooks")
  const path = `/settings/webhooks/${id}`
  pages.webhook = await staff.get(path)
  await insertDeliveries(id)
  pages.webhookConflict = await staff.post(path, { ...WEBHOOK, version: "99" })
  pages.sending = await staff.post(`${path}/deliveries/whd_sending/redeliveries`)
  await staff.post(`${path}/secrets`)
  pages.rotated = await staff.get(path)
  pages.rotatedAgain = await staff.post(`${path}/secrets`)
  const states = ["failing_since = 1", "disabled_at = 1, disabled_reason = 'failures'", "disabled_reason = 'manual'"]
  for (const state of states) {
    await env.DB.prepare(`UPDATE webhooks SET ${state}`).run()
    pages[`webhooks ${state}`] = await staff.get("/settings/webhooks")
  }
  pages.disabled = await staff.get(path)
  pages.notResent = await staff.post(`${path}/deliveries/whd_sent/redeliveries`)
  await staff.post(`${path}/removal`)
  return pages
}

async function sandboxPages(staff: Browser) {
  const pages: Record<string, Response> = {}
  pages.sandbox = await staff.get("/settings/sandbox")
  await staff.post("/settings/sandbox")
  pages.noEmails = await staff.get("/settings/mailbox")
  const sandboxId = await idOf("resellers", "sandbox_of IS NOT NULL")
  const row = { id: "eml_qzx", kind: "digest", inviteId: null, recipient: "qzx@acme.example" } as ClaimedRow
  await keepSandboxEmail(
    createDeps(testEnv, () => undefined),
    sandboxId,
    row,
    { subject: "Qzx", html: "", text: "" },
  )
  pages.emails = await staff.get("/settings/mailbox")
  pages.email = await staff.get("/settings/mailbox/eml_qzx")
  await env.DB.prepare("DELETE FROM sandbox_emails").run()
  const self = `/settings/staff/people/${await idOf("users", "email = 'admin@acme.example'")}`
  pages.inherited = await staff.get(self)
  pages.notInherited = await staff.post(`${self}/role`, { role: "sales" })
  await staff.post("/account/switch", { reseller_id: await idOf("resellers", "sandbox_of IS NULL") })
  pages.hasSandbox = await staff.get("/settings/sandbox")
  return pages
}

/** A delivery of the newest event in each state, and an attempt of one. */
async function insertDeliveries(webhookId: string) {
  const states = ["queued", "sending", "sent", "failed", "cancelled"]
  await env.DB.batch([
    env.DB.prepare("DELETE FROM outbox WHERE kind = 'webhook'"),
    env.DB.prepare("DELETE FROM webhook_attempts"),
    ...states.map((status) =>
      env.DB.prepare(
        `INSERT INTO outbox (id, reseller_id, kind, recipient, event_id, invite_id, status, next_attempt_at, created_at)
         SELECT 'whd_' || ?1, reseller_id, 'webhook', ?2, id, invite_id, ?1, 9999999999999, 1 FROM events LIMIT 1`,
      ).bind(status, webhookId),
    ),
    env.DB.prepare(
      "INSERT INTO webhook_attempts (id, delivery_id, attempted_at, response_body, duration_ms) VALUES ('att_1', 'whd_sent', 1, '', 1)",
    ),
  ])
}
