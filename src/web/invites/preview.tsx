import type { StaffActor } from "../../domain/access/actor.ts"
import type { Deps } from "../../domain/deps.ts"
import { toColumns } from "../../domain/invites/field-values.ts"
import { type InviteValues, inviteSchema } from "../../domain/invites/fields.ts"
import type { SimilarCompany } from "../../domain/invites/similar-companies.ts"
import { DAY_MS } from "../../domain/time.ts"
import { validateFields } from "../../domain/validation.ts"
import { renderInvite } from "../../emails/render-invite.ts"
import { emailContentSecurityPolicy } from "../../emails/style-hashes.ts"
import { readForm } from "../../http/forms.ts"
import { isFragmentRequest } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { isolate } from "../../text/direction.ts"
import { messagesFor } from "../../text/locales.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { fragment, SubmitTo } from "../ui/form.tsx"
import { FrameMark } from "../ui/frame-mark.tsx"
import { parseInviteForm } from "./fields.tsx"
import { readSendTime } from "./send-time.tsx"
import { findSimilarWithoutScript, renderSimilar, warningText } from "./similar.tsx"

export const invitePreviewRoutes = new Router()

/**
 * The email that the form would send, with placeholders for fields that are empty or wrong; for htmx, warnings of similar companies.
 * Without script, it has both. Nothing is written or sent.
 */
invitePreviewRoutes.serve("customers.invites.preview", async (c) => {
  const { staff, deps } = c.var
  const form = await readForm(c)
  if (isFragmentRequest(c)) return fragment(c, staff, await renderSimilar(deps, staff, form))
  const similar = await findSimilarWithoutScript(deps, staff, form)
  const html = renderPreview(deps, staff, form, similar)
  return c.html(html, 200, {
    "Content-Security-Policy": `${emailContentSecurityPolicy(html)}; sandbox`,
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "no-store",
  })
})

function renderPreview(deps: Deps, staff: StaffActor, form: Record<string, string>, similar: SimilarCompany[]): string {
  const { reseller } = staff
  const { values } = validateFields(inviteSchema("customer"), parseInviteForm(form))
  const locale = values.locale ?? reseller.locale
  const { preview } = messagesFor(locale)
  const t = staffMessagesFor(staff.locale)
  const labels = t.preview
  const placeholders = {
    company_name: preview.companyName,
    contact_name: preview.contactName,
    contact_email: preview.contactEmail,
  }
  const fields = { ...placeholders, ...values } as InviteValues<"customer"> // optional fields can be missing
  const expiresInDays = fields.expires_in_days ?? reseller.defaultExpiresInDays
  const sendTime = readSendTime(form, staff, deps.now())
  const sentAt = sendTime.isLater && sendTime.at instanceof Date ? sendTime.at : deps.now()
  const invite = {
    ...toColumns("customer", fields),
    kind: "customer" as const,
    locale,
    expiresInDays,
    expiresAt: new Date(sentAt.getTime() + expiresInDays * DAY_MS),
    invitedBy: staff.id,
  }
  const link = `${deps.config.baseUrl}${decodeURI(href("registration.show", { token: "…" }))}`
  const email = renderInvite(deps, { invite, reseller, inviterName: staff.name }, { registration: link, decline: link })
  const headers: [name: string, value: string][] = [
    [labels.from, `${isolate(reseller.name)} <${deps.config.mailFrom}>`],
    [labels.to, readableAddress(invite.contactEmail)],
    [labels.subject, email.subject],
  ]
  return email.html
    .replaceAll(/ href="[^"]*"/g, "")
    .replace(/<body[^>]*>/, (body) => body + <PreviewHeader headers={headers} similar={similar} t={t} />)
    .replace("</body>", `${<FrameMark />}</body>`)
}

type PreviewHeaderProps = { headers: [name: string, value: string][]; similar: SimilarCompany[]; t: StaffMessages }

/** What stands above the email: warnings, and its headers. */
function PreviewHeader({ headers, similar, t }: PreviewHeaderProps) {
  return (
    <div style="padding:16px;border-bottom:1px solid #e7e4de;background-color:#ffffff;color:#1d1c1a;font:13px/1.6 sans-serif;overflow-wrap:anywhere">
      {similar.map((company) => (
        <p style="margin:0 0 8px;font-weight:600">{warningText(company, t)}</p>
      ))}
      {headers.map(([name, value]) => (
        <div>
          <span style="color:#6b6862">{name}:</span> {value}
        </div>
      ))}
    </div>
  )
}

/** The frame into which its button, and public/app.js whenever a field changes, post the form beside it. */
export function InvitePreview({ formId, t }: { formId: string; t: StaffMessages }) {
  const { region, title, show } = t.staff.invites.preview
  return (
    <aside class="card preview" aria-label={region}>
      <div class="card-header">
        <h2>{title}</h2>
        <SubmitTo
          class="button secondary"
          action={href("customers.invites.preview")}
          form={formId}
          formtarget="preview"
          data-preview-button
        >
          {show}
        </SubmitTo>
      </div>
      <iframe name="preview" title={region} sandbox="" />
    </aside>
  )
}
