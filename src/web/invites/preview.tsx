import type { Context } from "hono"
import type { Child } from "hono/jsx"
import type { StaffActor } from "../../domain/access/actor.ts"
import type { Deps } from "../../domain/deps.ts"
import { toColumns } from "../../domain/invites/field-values.ts"
import { type InviteValues, inviteSchema } from "../../domain/invites/fields.ts"
import { sendTestEmail } from "../../domain/invites/send-test.ts"
import { DAY_MS } from "../../domain/time.ts"
import { validateFields } from "../../domain/validation.ts"
import { renderInvite, sampleLinks } from "../../emails/render-invite.ts"
import type { AppEnv } from "../../http/context.ts"
import { readForm } from "../../http/forms.ts"
import { isFragmentRequest } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { messagesFor } from "../../text/locales.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { fragment, SubmitTo } from "../ui/form.tsx"
import { respondWithEmail } from "./email-document.tsx"
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
  const t = staffMessagesFor(staff.locale)
  return respondWithPreview(
    c,
    form,
    similar.map((company) => warningText(company, t)),
  )
})

/** Sends the previewed email to who fills in the form. */
invitePreviewRoutes.serve("customers.invites.sendTest", async (c) => {
  const { staff, deps } = c.var
  const form = await readForm(c)
  const { companyName, contactName, contactEmail, note, locale, expiresAt } = previewedInvite(deps, staff, form)
  const invite = {
    companyName,
    contactName,
    contactEmail,
    note: note ?? "",
    locale,
    expiresAt: expiresAt.toISOString(),
  }
  const isSent = await sendTestEmail(deps, staff, { ...invite, invitedBy: staff.id, inviterName: staff.name })
  const { testSent, testLimit } = staffMessagesFor(staff.locale).staff.invites.preview
  return respondWithPreview(c, form, [isSent ? testSent(readableAddress(staff.email)) : testLimit])
})

function respondWithPreview(c: Context<AppEnv>, form: Record<string, string>, notices: Child[]) {
  const { staff, deps } = c.var
  const { reseller } = staff
  const invite = previewedInvite(deps, staff, form)
  const content = renderInvite(deps, { invite, reseller, inviterName: staff.name }, sampleLinks(deps))
  const from = { name: reseller.name, email: deps.config.mailFrom }
  const { preview } = staffMessagesFor(staff.locale)
  return respondWithEmail(c, { from, to: invite.contactEmail, ...content }, preview, notices)
}

/** The invite that the form would create. */
function previewedInvite(deps: Deps, staff: StaffActor, form: Record<string, string>) {
  const { reseller } = staff
  const { values } = validateFields(inviteSchema("customer"), parseInviteForm(form))
  const locale = values.locale ?? reseller.locale
  const { preview } = messagesFor(locale)
  const placeholders = {
    company_name: preview.companyName,
    contact_name: preview.contactName,
    contact_email: preview.contactEmail,
  }
  const fields = { ...placeholders, ...values } as InviteValues<"customer"> // optional fields can be missing
  const expiresInDays = fields.expires_in_days ?? reseller.defaultExpiresInDays
  const sendTime = readSendTime(form, staff, deps.now())
  const sentAt = sendTime.isLater && sendTime.at instanceof Date ? sendTime.at : deps.now()
  return {
    ...toColumns("customer", fields),
    kind: "customer" as const,
    locale,
    expiresInDays,
    expiresAt: new Date(sentAt.getTime() + expiresInDays * DAY_MS),
    invitedBy: staff.id,
  }
}

/** The frame into which its buttons, and public/app/previews.js whenever a field changes, post the form beside it. */
export function InvitePreview({ formId, t }: { formId: string; t: StaffMessages }) {
  const { region, title, show, sendTest } = t.staff.invites.preview
  return (
    <aside class="card preview" aria-label={region}>
      <div class="card-header">
        <h2>{title}</h2>
        <div class="actions buttons">
          <SubmitTo
            class="button secondary"
            action={href("customers.invites.preview")}
            form={formId}
            formtarget="preview"
            data-preview-button
          >
            {show}
          </SubmitTo>
          <SubmitTo
            class="link"
            action={href("customers.invites.sendTest")}
            form={formId}
            formtarget="preview"
            data-preview-test
          >
            {sendTest}
          </SubmitTo>
        </div>
      </div>
      <iframe name="preview" title={region} sandbox="" />
    </aside>
  )
}
