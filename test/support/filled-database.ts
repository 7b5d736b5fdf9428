import { sealAuditLog } from "../../src/domain/audit/seal.ts"
import { expireOverdueInvites } from "../../src/domain/invites/expire.ts"
import { startJob } from "../../src/domain/jobs/control.ts"
import {
  Browser,
  CUSTOMER,
  callApi,
  createApiKey,
  invite,
  REGISTRATION_FORM,
  sendDueEmails,
  signInAs,
  testEnv,
} from "./app.ts"
import { createCheckedImport, createStaffActor, importLines } from "./imports.ts"
import { type JobQueue, jobDeps, runDueJobs } from "./jobs.ts"
import { createSandbox, inviteByApi, linkIn } from "./sandbox.ts"
import { runSql } from "./storage.ts"
import { deliverWebhooks, reportLatestEmail } from "./webhooks.ts"

/** Text that must stay as it is, and that programs like to change. */
export const ODD_TEXT = 'a\0b\u2028\u00a0"\\\'\n😀\ufeff{"$":[1]}'

/**
 * Fills every table, as far as possible through the service itself: a reseller with 100 imported invites and others in every status, a
 * customer with members, a sandbox, webhooks. Returns the reseller, its Admin's browser, and the registration link of a pending invite.
 */
export async function fillEverything() {
  const { actor, browser } = await createStaffActor()
  const resellerId = actor.reseller.id
  const key = await createApiKey(resellerId)
  await callApi({
    key,
    path: "/webhooks",
    body: { url: "https://crm.example.com/hooks", events: ["invite.accepted", "invite.declined"] },
  })
  await importInvites(actor)
  const link = linkIn(await inviteAndSend(browser, "ana@pending.example"))
  await endInvites(browser)
  const member = await acceptInvite(browser)
  await member.post("/account/invites/new", { contact_name: "Kim", contact_email: "kim@x.example", role: "member" })
  await browser.post("/settings/staff/invites/new", {
    contact_name: "Sam",
    contact_email: "s@x.example",
    role: "sales",
  })
  const later = {
    ...CUSTOMER,
    contact_email: "later@x.example",
    send_at: new Date(Date.now() + 86_400_000).toISOString(),
  }
  await callApi({ key, path: "/invites", body: later, headers: { "Idempotency-Key": "later" } })
  await deliverWebhooks(({ body }) => new Response("", { status: body.includes("invite.accepted") ? 503 : 200 }))
  await fillSandbox(actor.id)
  await runSql("UPDATE customers SET billing_needs_review = 1 WHERE reseller_id = ?", resellerId)
  await sealAuditLog(jobDeps([]))
  await invite(browser, { contact_email: "unsealed@x.example" })
  await fillOtherTables(resellerId, actor.id)
  return { resellerId, browser, link }
}

async function importInvites(actor: Parameters<typeof createCheckedImport>[0]): Promise<void> {
  const queue: JobQueue = []
  const deps = jobDeps(queue, { ...testEnv, INVITE_MAILS_PER_HOUR: "100000" })
  const id = await createCheckedImport(actor, importLines(100), deps)
  await startJob(deps, actor, id)
  while (queue.length > 0) {
    await runDueJobs(queue, deps)
    await sendDueEmails() // the job waits for them
    for (const message of queue) message.dueAt = 0
  }
}

/** Invites somebody and returns their email. */
async function inviteAndSend(browser: Browser, email: string, fields: Record<string, string> = {}) {
  await invite(browser, { company_name: `Company of ${email}`, contact_email: email, ...fields })
  return (await sendDueEmails()).at(-1)
}

async function endInvites(browser: Browser): Promise<void> {
  const id = await invite(browser, { contact_email: "revoked@x.example" })
  await browser.post(`/customers/invites/${id}/revocation`)
  await new Browser().post(linkIn(await inviteAndSend(browser, "declined@x.example"), "/decline/"))
  await inviteAndSend(browser, "bounced@x.example")
  const smtp = { delivery: { smtpResponse: "550 5.1.1 no such user" }, bounce: { type: "hard" } }
  await reportLatestEmail("bounced", smtp)
  const expired = await invite(browser, { contact_email: "expired@x.example" })
  await runSql("UPDATE invites SET expires_at = 1 WHERE id = ?", expired)
  await expireOverdueInvites(jobDeps([]))
  const purged = await invite(browser, { contact_email: "purged@x.example" })
  await browser.post(`/customers/invites/${purged}/revocation`)
  await browser.post(`/customers/invites/${purged}/purge`)
}

async function acceptInvite(browser: Browser): Promise<Browser> {
  const link = linkIn(await inviteAndSend(browser, "priya@accepted.example", { metadata: "region: emea" }))
  const contact = new Browser()
  await contact.post(`${link}/opening`)
  await contact.post(link, REGISTRATION_FORM)
  return contact
}

async function fillSandbox(userId: string): Promise<void> {
  const { key } = await createSandbox(await signInAs(userId)) // whose session is in the sandbox from then on
  await inviteByApi(key)
  await sendDueEmails()
}

/** Rows of what the service fills only in passing. */
async function fillOtherTables(resellerId: string, userId: string): Promise<void> {
  const statements: [sql: string, ...values: string[]][] = [
    ["INSERT INTO logos VALUES ('logo_1', ?, 'image/png', unhex('00ff1089'), 1)", resellerId],
    ["INSERT INTO verifications VALUES ('ver_1', ?, 'v', 1, 1, 1)", ODD_TEXT],
    ["INSERT INTO email_changes VALUES (?, 'ref', 'new@x.example', NULL, NULL, 1, 1)", userId],
    ["INSERT INTO passkeys VALUES ('psk_1', ?, 'c', 'h', '{}', 0, 'Phone', 1, NULL)", userId],
    ["INSERT INTO used_challenges VALUES ('c', 'u', 1)"],
    ["INSERT INTO authenticators VALUES (?, 's', 'SHA1', 1, 1)", userId],
    ["INSERT INTO recovery_codes VALUES (?, 'h', NULL)", userId],
    ["INSERT INTO pending_sign_ins VALUES ('p', ?, 1, 1)", userId],
    ["INSERT INTO guess_counts VALUES ('g', 1, 1, 1, 'g')"],
    ["INSERT INTO email_codes SELECT id, NULL, 1, 0, 1 FROM invites LIMIT 1"],
    ["INSERT INTO deployment_facts VALUES ('cron_run', 1, NULL)"],
    ["INSERT OR IGNORE INTO notifications SELECT id, ?, reseller_id, NULL FROM events LIMIT 3", userId],
  ]
  for (const [sql, ...values] of statements) await runSql(sql, ...values)
}
