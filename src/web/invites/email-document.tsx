import type { Context } from "hono"
import type { Child } from "hono/jsx"
import { emailContentSecurityPolicy } from "../../emails/style-hashes.ts"
import { isolate } from "../../text/direction.ts"
import type { Messages } from "../../text/en.ts"
import { readableAddress } from "../../text/readable-address.ts"

type ShownEmail = { from: { name: string; email: string }; to: string; subject: string; html: string; text: string }

/** A document for a frame: an email with its headers above and its plain text below, without links that work. */
export function respondWithEmail(c: Context, email: ShownEmail, labels: Messages["preview"], notices: Child[] = []) {
  const html = email.html
    .replaceAll(/ href="[^"]*"/g, "")
    .replace("<body>", (start) => start + <EmailHeader {...{ email, labels, notices }} />)
    .replace("</body>", (end) => <PlainText {...{ email, labels }} /> + end)
  return c.html(html, 200, {
    "Content-Security-Policy": `${emailContentSecurityPolicy(html)}; sandbox`,
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "no-store",
  })
}

// The classes of the emails' own styles (emails/layouts/shared/styles.ts), for readers of dark pages.
const PAGE = { class: "page quote ink" }
const SECONDARY = { class: "soft" }

type PartProps = { email: ShownEmail; labels: Messages["preview"] }

function EmailHeader({ email: { from, to, subject }, labels, notices }: PartProps & { notices: Child[] }) {
  const headers = [
    [labels.from, `${isolate(from.name)} <${from.email}>`],
    [labels.to, readableAddress(to)],
    [labels.subject, subject],
  ]
  return (
    <div
      {...PAGE}
      style="padding:16px;border-bottom:1px solid #e7e4de;background-color:#ffffff;color:#1d1c1a;font:13px/1.6 sans-serif;overflow-wrap:anywhere"
    >
      {notices.map((notice) => (
        <p style="margin:0 0 8px;font-weight:600">{notice}</p>
      ))}
      {headers.map(([name, value]) => (
        <div>
          <span {...SECONDARY} style="color:#6b6862">
            {name}:
          </span>{" "}
          {value}
        </div>
      ))}
    </div>
  )
}

function PlainText({ email: { text }, labels }: PartProps) {
  return (
    <details {...PAGE} style="padding:16px;border-top:1px solid #e7e4de;background-color:#ffffff;color:#1d1c1a">
      <summary style="font:13px/1.6 sans-serif;cursor:pointer">{labels.plainText}</summary>
      <pre style="margin:12px 0 0;font:13px/1.5 monospace;white-space:pre-wrap;overflow-wrap:anywhere">{text}</pre>
    </details>
  )
}
