import type { Context } from "hono"
import {
  getSandboxEmail,
  type ListedSandboxEmail,
  listSandboxEmails,
  MAILBOX_DAYS,
  MAILBOX_MAX,
} from "../../domain/sandbox/emails.ts"
import { emailContentSecurityPolicy } from "../../emails/style-hashes.ts"
import { type AppEnv, factory } from "../../http/context.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { PAGE_SIZE } from "../../storage/paging.ts"
import { formatNumber } from "../../text/numbers.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { isSandboxId } from "../../text/sandbox-address.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { StaffPage } from "../ui/layout.tsx"
import { isBeyondEnd, neighborPaths, Pager } from "../ui/pager.tsx"
import { RelativeTime } from "../ui/time.tsx"
import { SettingsPage } from "./tabs.tsx"

export const mailboxRoutes = new Router()

/** Outside of sandboxes there is no mailbox. */
const inSandbox = factory.createMiddleware(async (c, next) => {
  if (!isSandboxId(c.var.staff.reseller.id)) return c.notFound()
  await next()
})

mailboxRoutes.serve("settings.mailbox.list", inSandbox, async (c) => {
  const { staff, deps } = c.var
  const { before, after } = c.req.query()
  const page = await listSandboxEmails(deps, staff, {}, { before, after, size: PAGE_SIZE })
  if (isBeyondEnd(page, { before, after })) return redirect(c, href("settings.mailbox.list"))
  const now = deps.now()
  const t = staffMessagesFor(staff.locale)
  const { region, help, none, signIn } = t.staff.sandbox.emails
  const signInUrl = new URL(href("session.new", {}, { sandbox: staff.reseller.id }), deps.config.baseUrl).href
  return c.html(
    <SettingsPage staff={staff} tab="mailbox">
      <p class="help">{help(MAILBOX_DAYS, formatNumber(t, MAILBOX_MAX))}</p>
      <section class="card" aria-label={region}>
        {page.rows.length === 0 ? (
          <div class="empty-state">
            <p>{none}</p>
          </div>
        ) : (
          <>
            <ul class="list">
              {page.rows.map((email) => (
                <EmailRow {...{ email, now, t }} />
              ))}
            </ul>
            <Pager t={t} {...neighborPaths(page, (cursor) => href("settings.mailbox.list", {}, cursor))} />
          </>
        )}
      </section>
      <p class="help">{signIn(signInUrl)}</p>
    </SettingsPage>,
  )
})

mailboxRoutes.serve("settings.mailbox.show", inSandbox, async (c) => {
  const { staff } = c.var
  const email = await getSandboxEmail(c.var.deps, staff, c.req.param("id"))
  const t = staffMessagesFor(staff.locale)
  const { id, recipient, subject, createdAt } = email
  const { to, back, asText, frame, openHint } = t.staff.sandbox.emails
  return c.html(
    <StaffPage
      staff={staff}
      navItem="Settings"
      title={subject}
      back={<a href={href("settings.mailbox.list")}>{back}</a>}
    >
      <div class="card card-body stack">
        <p class="muted">
          {to(readableAddress(recipient))} · <RelativeTime at={createdAt} now={c.var.deps.now()} t={t} /> ·{" "}
          <a href={href("settings.mailbox.text", { id })}>{asText}</a>
        </p>
        <p class="help">{openHint}</p>
      </div>
      <iframe
        class="mail"
        title={frame}
        src={href("settings.mailbox.html", { id })}
        sandbox="allow-popups allow-popups-to-escape-sandbox"
      />
    </StaffPage>,
  )
})

mailboxRoutes.serve("settings.mailbox.text", inSandbox, async (c) => {
  const { text } = await findEmail(c)
  return c.text(text)
})

mailboxRoutes.serve("settings.mailbox.html", inSandbox, async (c) => {
  const { html } = await findEmail(c)
  const response = await c.html(html.replace("<head>", '<head><base target="_blank">'))
  response.headers.set("Content-Security-Policy", emailContentSecurityPolicy(html))
  response.headers.set("X-Frame-Options", "SAMEORIGIN")
  return response
})

const findEmail = (c: Context<AppEnv>) => getSandboxEmail(c.var.deps, c.var.staff, c.req.param("id") ?? "")

function EmailRow({ email, now, t }: { email: ListedSandboxEmail; now: Date; t: StaffMessages }) {
  return (
    <li>
      <div>
        <a class="emphasis" href={href("settings.mailbox.show", { id: email.id })}>
          {email.subject}
        </a>
        <span class="muted">{t.staff.sandbox.emails.to(readableAddress(email.recipient))}</span>
      </div>
      <div class="muted">
        <RelativeTime at={email.createdAt} {...{ now, t }} />
      </div>
    </li>
  )
}
