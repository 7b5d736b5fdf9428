import { env } from "cloudflare:workers"
import { beforeEach, expect, it } from "vitest"
import { enqueueDigests } from "../src/domain/mail/digests.ts"
import { createDeps } from "../src/http/bindings.ts"
import { addStaff, Browser, CUSTOMER, invite, sendDueEmails, signInStaff, testEnv } from "./support/app.ts"
import { resetStorage } from "./support/storage.ts"

beforeEach(resetStorage)

const setLocale = (locale: string, email: string) =>
  env.DB.prepare("UPDATE users SET locale = ? WHERE email = ?").bind(locale, email).run()

async function sendDigest(locale: string, fix = "email_status = 'bounced'") {
  const { browser } = await signInStaff()
  await setLocale(locale, "admin@acme.example")
  await invite(browser)
  const [mail] = await sendDueEmails()
  await new Browser().post(/(\/decline\/\S+)/.exec(mail?.text ?? "")?.[1] ?? "")
  const bounced = await invite(browser, { contact_email: "kim@b.example" })
  await env.DB.batch([
    env.DB.prepare(
      "UPDATE events SET type = 'invite.bounced', detail = 'Mailbox is full: 552 5.2.2' WHERE invite_id = ?",
    ).bind(bounced),
    env.DB.prepare(`UPDATE invites SET ${fix} WHERE id = ?`).bind(bounced),
    env.DB.prepare(
      `INSERT INTO notifications (event_id, user_id, reseller_id)
       SELECT events.id, staff.user_id, staff.reseller_id FROM events, staff WHERE events.invite_id = ?`,
    ).bind(bounced),
    env.DB.prepare("UPDATE outbox SET status = 'sent' WHERE status = 'queued'"),
  ])
  await enqueueDigests(createDeps(testEnv, () => undefined))
  const [digest] = await sendDueEmails()
  return digest
}

/** Without blank lines and what differs between runs. */
const linesOf = (text = "") =>
  text
    .replaceAll("http://localhost:8787", "")
    .replaceAll(/inv_\w+/g, "INVITE")
    .replaceAll(/res_\w+/g, "RESELLER")
    .replaceAll("\u2060", "")
    .split("\n")
    .filter(Boolean)

it("a digest is in the language of its reader", async () => {
  const digest = await sendDigest("de")
  expect(digest?.subject).toBe("Ihre Einladungen für Acme Networks: 1 unzustellbar, 1 abgelehnt")
  expect(digest?.html).toContain('<html lang="de" dir="ltr"')
  expect(linesOf(digest?.text)).toEqual([
    "Das hat sich seit der letzten E-Mail bei Ihren Einladungen für Acme",
    "Networks getan:",
    "Nicht zugestellt (1)",
    "Northwind Logistics",
    "Priya Nair · kim@b.example",
    "Das Postfach ist voll: 552 5.2.2",
    "Bearbeiten & senden",
    "/customers/invites/INVITE/edit?account=RESELLER",
    "Abgelehnt (1)",
    "Northwind Logistics",
    `Priya Nair · ${CUSTOMER.contact_email}`,
    "Bearbeiten & senden",
    "/customers/invites/INVITE/edit?account=RESELLER",
    "Alle Einladungen ansehen",
    "/customers/invites?account=RESELLER",
    "Sie erhalten höchstens eine solche E-Mail pro Stunde.",
    "Benachrichtigungen ändern",
    "/settings/notifications?account=RESELLER",
  ])
  expect(digest?.html.match(/Northwind Logistics<\/a>/g)?.length).toBe(2)
})

it("a digest is in English for a reader whose language has no pages for staff", async () => {
  const digest = await sendDigest("fr")
  expect(digest?.subject).toBe("Your invites at Acme Networks: 1 undeliverable, 1 declined")
  expect(digest?.html).toContain('<html lang="en" dir="ltr"')
  expect(digest?.headers["Content-Language"]).toBe("en")
  expect(linesOf(digest?.text).slice(1, 6)).toEqual([
    "Couldn't be delivered (1)",
    "Northwind Logistics",
    "Priya Nair · kim@b.example",
    "Mailbox is full: 552 5.2.2",
    "Edit & resend",
  ])
})

it.each([
  "email_status = 'sent', contact_email = 'right@b.example'",
  "email_status = 'bounced', contact_email = 'right@b.example'",
  "email_status = 'bounced', status = 'accepted'",
  "email_status = 'bounced', status = 'revoked'",
])("a digest doesn't list an invite as undeliverable after %s", async (fix) => {
  const digest = await sendDigest("en", fix)
  expect(digest?.subject).toBe("Your invites at Acme Networks: 1 declined")
  expect(digest?.text).not.toContain("kim@b.example")
})

it("tells each Admin in their own language that a webhook was disabled", async () => {
  const { resellerId } = await signInStaff()
  await addStaff(resellerId, { name: "Kim Roth", email: "kim@acme.example", role: "admin" })
  await setLocale("de", "kim@acme.example")
  for (const recipient of ["admin@acme.example", "kim@acme.example"]) {
    await env.DB.prepare(
      `INSERT INTO outbox (id, reseller_id, kind, recipient, payload, status, next_attempt_at, created_at)
       VALUES (?1, ?2, 'webhook_off', ?1, '{"url":"https://crm.example/hooks","reason":"failures"}', 'queued', 0, 0)`,
    )
      .bind(recipient, resellerId)
      .run()
  }
  const mails = await sendDueEmails()
  expect(mails.map(({ to, subject }) => [to, subject])).toEqual([
    ["admin@acme.example", "We disabled a webhook of Acme Networks"],
    ["kim@acme.example", "Ein Webhook von Acme Networks wurde deaktiviert"],
  ])
  expect(mails[1]?.html).toContain('<html lang="de" dir="ltr"')
  expect(mails[1]?.text.replaceAll("\n", " ")).toContain(
    "Wir haben den Webhook mit der URL https://crm.example/hooks deaktiviert. Er hat seit drei Tagen kein Ereignis angenommen.",
  )
})

it("a link with an account never leads to another site", async () => {
  const { browser, resellerId } = await signInStaff()
  for (const path of ["//evil.example/a", "/\\evil.example/a", "///evil.example/a"]) {
    const { status, headers } = await browser.get(`${path}?account=${resellerId}`)
    expect([status, headers.get("Location")]).toEqual([303, "/evil.example/a"])
  }
})
