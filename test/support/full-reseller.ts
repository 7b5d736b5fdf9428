import { env } from "cloudflare:workers"
import { expect } from "vitest"
import { sealAuditLog } from "../../src/domain/audit/seal.ts"
import { createDeps } from "../../src/http/bindings.ts"
import {
  Browser,
  callApi,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  registrationLinkIn,
  sendDueEmails,
  testEnv,
} from "./app.ts"
import { insertJob } from "./jobs.ts"
import { createSandbox, inviteByApi, linkIn, sandboxEmails } from "./sandbox.ts"
import { createWebhookFixture, deliverWebhooks, reportLatestEmail } from "./webhooks.ts"

const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
)

/** A reseller that has rows in every table: customers, colleagues, a sandbox, webhooks, jobs, delivery events and all else. */
export async function createFullReseller() {
  const { browser, resellerId, billingId, key } = await createWebhookFixture()
  expect(
    (await browser.upload("/settings/logo", "logo", new File([PIXEL], "l.png", { type: "image/png" }))).status,
  ).toBe(303)
  await browser.post("/billing/new", { po_number: "2", email: "second@acme.example", phone: "+1 212 555 0187" })

  const metadata = { plan: "gold" }
  const headers = { "Idempotency-Key": "first" }
  const accepted = await inviteByApi(
    key,
    { external_id: "crm-1", metadata, contact_email: "kim@contoso.example" },
    { headers },
  )
  const admin = new Browser()
  const link = await latestRegistrationLink()
  await admin.post(`${link}/opening`)
  await reportLatestEmail("delivered")
  await admin.post(link, REGISTRATION_FORM)
  await admin.post("/account/invites/new", {
    contact_name: "Sam Reyes",
    contact_email: "sam@contoso.example",
    role: "member",
  })
  const [toSam] = await sendDueEmails()
  await new Browser().post(linkIn(toSam, "/decline/"))
  await deliverWebhooks(({ body }) => new Response("", { status: body.includes("accepted") ? 503 : 200 }))

  const copied = await invite(browser, { contact_email: "copied@northwind.example" })
  const issued = await callApi({ key, method: "POST", path: `/invites/${copied}/links` })
  const { registration_url } = await issued.json<{ registration_url: string }>()
  await new Browser().post(`${new URL(registration_url).pathname}/codes`)
  const pending = await invite(browser, { contact_email: "pending@northwind.example", external_id: "crm-2" })
  const pendingMail = (await sendDueEmails()).find(({ to }) => to.includes("pending@"))
  await reportLatestEmail("bounced", { bounce: { type: "hard" } })
  await insertJob(resellerId, "revoke", [copied])

  const { sandboxId, key: testKey } = await createSandbox(browser)
  await inviteByApi(testKey, { contact_email: "ana@sandbox.example" })
  await sandboxEmails(testKey)
  await browser.post("/account/switch", { reseller_id: resellerId })
  await sealAuditLog(createDeps(testEnv, () => undefined))
  const renamed = await callApi({
    key,
    method: "PATCH",
    path: `/invites/${pending}`,
    body: { company_name: "Renamed" },
  })
  expect(renamed.status).toBe(200)
  return {
    browser,
    admin,
    resellerId,
    billingId,
    sandboxId,
    key,
    accepted: accepted.id,
    pending,
    pendingLink: registrationLinkIn(pendingMail),
  }
}

/** Copies the sessions of those who are in the target: it stands for the global database, too. */
export async function copySessions(target: D1Database): Promise<void> {
  const { results } = await env.DB.prepare(
    "SELECT id, user_id, token, reseller_id, expires_at, created_at, updated_at FROM sessions",
  ).all()
  await target.batch(
    results.map((row) =>
      target
        .prepare(
          `INSERT INTO sessions (id, user_id, token, reseller_id, expires_at, created_at, updated_at)
           SELECT ?, ?2, ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM users WHERE id = ?2)`,
        )
        .bind(...Object.values(row)),
    ),
  )
}
