import type { Context } from "hono"
import { assets } from "../../.generated/assets.ts"
import { recordDeliveryEvent } from "../domain/mail/delivery-events.ts"
import { SIMULATED_EVENTS, toSimulatedEvent } from "../domain/mail/simulated-event.ts"
import type { OutgoingEmail, SendEmail } from "../emails/provider.ts"
import { emailContentSecurityPolicy } from "../emails/style-hashes.ts"
import type { AppEnv } from "../http/context.ts"
import { readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import { Router } from "../http/router.ts"
import { href } from "../routes.ts"
import { en } from "../text/en.ts"
import { Form } from "../web/ui/form.tsx"
import { Document } from "../web/ui/layout.tsx"
import { RelativeTime } from "../web/ui/time.tsx"

type StoredMail = {
  id: string
  to: string
  from: string
  subject: string
  html: string
  text: string
  /** A JSON object. */
  headers: string
  sent_at: string
  message_id: string
}

/** A `send` that also stores the email for /mailbox. */
export function createStoringSender(env: Env): SendEmail {
  return async (mail: OutgoingEmail) => {
    const sent = await env.EMAIL.send(mail)
    await createTable(env)
    const from = `${mail.from.name} <${mail.from.email}>`
    await env.DB.prepare(
      `INSERT INTO local_mail (id, "to", "from", subject, html, text, headers, sent_at, message_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
      .bind(
        crypto.randomUUID(),
        mail.to,
        from,
        mail.subject,
        mail.html,
        mail.text,
        JSON.stringify({ From: from, To: mail.to, "Reply-To": mail.replyTo, Subject: mail.subject, ...mail.headers }),
        new Date().toISOString(),
        sent.messageId,
      )
      .run()
    return sent
  }
}

export const mailboxRoutes = new Router()

mailboxRoutes.serve("mailbox.json", async (c) => {
  const mails = await listMails(c.env)
  return c.json(mails.map(({ message_id: _, headers, ...mail }) => ({ ...mail, headers: JSON.parse(headers) })))
})

mailboxRoutes.serve("mailbox.list", async (c) => {
  const now = c.var.deps.now()
  const mails = await listMails(c.env)
  return c.html(
    <Document t={en} title="Mailbox" css={assets.guestCss}>
      <main id="main" class="mailbox">
        <div class="page-header">
          <h1>Mailbox</h1>
          <a href={href("dashboard.show")}>Vestibule</a>
        </div>
        <section class="card" aria-label="Sent emails">
          {mails.length === 0 ? (
            <div class="empty-state">
              <p>No emails yet. Invite a customer, and the invite appears here.</p>
            </div>
          ) : (
            <ul class="list">
              {mails.map((mail) => (
                <li>
                  <div>
                    <a class="emphasis" href={href("mailbox.show", { id: mail.id })}>
                      {mail.subject}
                    </a>
                    <span class="muted">
                      {mail.from} to {mail.to}
                    </span>
                  </div>
                  <div class="muted">
                    <RelativeTime at={new Date(mail.sent_at)} now={now} t={en} />
                  </div>
                </li>
              ))}
            </ul>
          )}
        </section>
      </main>
    </Document>,
  )
})

mailboxRoutes.serve("mailbox.show", async (c) => {
  const mail = await findMail(c)
  if (!mail) return c.notFound()
  const simulated = SIMULATED_EVENTS.find((event) => event === c.req.query("flash"))
  return c.html(
    <Document t={en} title={mail.subject} css={assets.guestCss}>
      <main id="main" class="mailbox">
        <p>
          <a href={href("mailbox.list")}>← Mailbox</a>
        </p>
        <div class="page-header">
          <h1>{mail.subject}</h1>
        </div>
        <p class="muted">
          {mail.from} to {mail.to} · <a href={href("mailbox.text", { id: mail.id })}>View as text</a>
        </p>
        <Form class="buttons simulate" action={href("mailbox.simulate", { id: mail.id })}>
          <span class="muted">{simulated ? `Recorded as ${simulated}.` : "Simulate a delivery event:"}</span>
          {SIMULATED_EVENTS.map((event) => (
            <button class="link" type="submit" name="event" value={event}>
              {event}
            </button>
          ))}
        </Form>
        <iframe
          class="mail"
          title="Email"
          src={href("mailbox.html", { id: mail.id })}
          sandbox="allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
        />
      </main>
    </Document>,
  )
})

/** Simulates an event from the email provider's queue. */
mailboxRoutes.serve("mailbox.simulate", async (c) => {
  const mail = await findMail(c)
  const { event } = await readForm(c)
  const kind = SIMULATED_EVENTS.find((simulated) => simulated === event)
  if (!mail || !kind) return c.notFound()
  const { message_id: messageId, to: recipient } = mail
  const simulated = toSimulatedEvent(kind, { eventId: crypto.randomUUID(), messageId, recipient })
  await recordDeliveryEvent(c.var.deps, simulated, crypto.randomUUID())
  return redirect(c, href("mailbox.show", { id: mail.id }, { flash: kind }))
})

mailboxRoutes.serve("mailbox.text", async (c) => {
  const mail = await findMail(c)
  return mail ? c.text(mail.text) : c.notFound()
})

mailboxRoutes.serve("mailbox.html", async (c) => {
  const mail = await findMail(c)
  if (!mail) return c.notFound()
  const response = await c.html(mail.html.replace("<head>", '<head><base target="_top">'))
  response.headers.set("Content-Security-Policy", emailContentSecurityPolicy(mail.html))
  response.headers.set("X-Frame-Options", "SAMEORIGIN")
  return response
})

async function listMails(env: Env): Promise<StoredMail[]> {
  await createTable(env)
  const { results } = await env.DB.prepare(
    "SELECT * FROM local_mail ORDER BY sent_at DESC, rowid DESC LIMIT 500",
  ).all<StoredMail>()
  return results
}

async function findMail(c: Context<AppEnv>): Promise<StoredMail | undefined> {
  return (await listMails(c.env)).find(({ id }) => id === c.req.param("id"))
}

/** Not a migration, so that no deployment has a table that stores emails. */
function createTable(env: Env) {
  return env.DB.prepare(
    `CREATE TABLE IF NOT EXISTS local_mail (id TEXT PRIMARY KEY, "to" TEXT, "from" TEXT, subject TEXT, html TEXT, text TEXT, headers TEXT, sent_at TEXT, message_id TEXT)`,
  ).run()
}
