import type { StaffActor } from "../../domain/access/actor.ts"
import { authorize, can } from "../../domain/access/permissions.ts"
import { listBillingAccounts } from "../../domain/billing/accounts.ts"
import type { Deps } from "../../domain/deps.ts"
import { Failure } from "../../domain/failure.ts"
import { idempotent } from "../../domain/idempotency.ts"
import { inviteCustomer } from "../../domain/invites/create.ts"
import { factory } from "../../http/context.ts"
import { type FormState, readForm, readFormRequest } from "../../http/forms.ts"
import { isFragmentRequest, redirect } from "../../http/htmx.ts"
import { setRetryAfter, toProblem } from "../../http/problems.ts"
import { type BillingAccount, invites } from "../../storage/schema.ts"
import { INVITE_EMAIL_TEXT } from "../../text/invite-letter.ts"
import { LOCALES, type Locale } from "../../text/locales.ts"
import { formatPhone } from "../../text/phone.ts"
import { Flash, StaffPage } from "../ui/layout.tsx"
import { InviteFields, parseInviteForm } from "./fields.tsx"

export const newInviteRoutes = factory.createApp()

newInviteRoutes.get("/customers/invites/new", async (c) => {
  const { staff, deps } = c.var
  authorize(staff, "invites:write")
  const accounts = await visibleBillingAccounts(deps, staff)
  const defaultAccount = accounts.find(({ isDefault }) => isDefault)
  const values = {
    form_token: crypto.randomUUID(),
    billing_email: defaultAccount?.email ?? "",
    billing_phone: defaultAccount ? formatPhone(defaultAccount.phone) : "",
    locale: staff.reseller.locale,
    expires_in_days: String(staff.reseller.defaultExpiresInDays),
  }
  return c.html(
    <InvitePage {...{ staff, accounts }} form={{ values, errors: [] }} platformName={deps.config.platformName} />,
  )
})

newInviteRoutes.post("/customers/invites/new", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  const form: FormState = { values: values, errors: [] }
  let errorMessage: string | undefined
  let status: 422 | 429 = 422
  try {
    const formDeps = { ...deps, request: await readFormRequest(c, staff) }
    const created = await idempotent(formDeps, invites, () => inviteCustomer(formDeps, staff, parseInviteForm(values)))
    if (created.ok) {
      const { id, sendCount } = created.value.row
      return redirect(c, sendCount > 0 ? `/customers/invites?sent=${id}` : `/customers/invites/${id}?made`)
    }
    form.errors = created.errors
  } catch (error) {
    if (!(error instanceof Failure) || error.reason.kind !== "rate_limited") throw error
    const wait = setRetryAfter(c, error.reason.resetAt)
    errorMessage = `${toProblem(error.reason).detail} Try again in ${wait}. Nothing was sent.`
    status = 429
  }
  const page = {
    staff,
    accounts: await visibleBillingAccounts(deps, staff),
    form,
    errorMessage,
    platformName: deps.config.platformName,
  }
  return c.html(isFragmentRequest(c) ? <InviteForm {...page} /> : <InvitePage {...page} />, status)
})

/** The billing accounts that the person can see. */
export function visibleBillingAccounts(deps: Deps, staff: StaffActor): Promise<BillingAccount[]> {
  return can(staff, "billing:read") ? listBillingAccounts(deps, staff) : Promise.resolve([])
}

type InviteFormProps = {
  staff: StaffActor
  accounts: BillingAccount[]
  form: FormState
  platformName: string
  errorMessage?: string | undefined
}

function InvitePage(props: InviteFormProps) {
  return (
    <StaffPage staff={props.staff} navItem="Customers" title="Invite New Customer">
      <div class="split">
        <InviteForm {...props} />
        <EmailPreview {...props} />
      </div>
    </StaffPage>
  )
}

/** The form of a new invite. With htmx, a response with errors replaces only this form. */
function InviteForm({ staff, accounts, form, errorMessage }: InviteFormProps) {
  return (
    <form
      class="card card-body stack"
      id="invite-form"
      method="post"
      action="/customers/invites/new"
      hx-post="/customers/invites/new"
      hx-swap="outerMorph"
      hx-disable="find button"
      data-submit-once
      novalidate
    >
      {errorMessage && <Flash tone="danger">{errorMessage}</Flash>}
      <input type="hidden" name="form_token" value={form.values.form_token} />
      <InviteFields {...{ staff, accounts, form }} emailHelp="We send the invite here." />
      <div class="buttons">
        <button class="button" type="submit">
          Send invite
        </button>
        <button class="button secondary" type="submit" name="send_email" value="false">
          Create without email
        </button>
        <a href="/customers/invites">Cancel</a>
      </div>
      <p class="help">Without email, you copy the registration link and pass it on yourself.</p>
    </form>
  )
}

/** A preview of the email. public/app.js updates it from the form; public/app.css shows the selected language. */
function EmailPreview({ staff, form, platformName }: InviteFormProps) {
  const { contact_name = "", contact_email = "", note = "", expires_in_days = "" } = form.values
  const resellerName = staff.reseller.name
  return (
    <aside class="card preview" aria-label="Preview of the email">
      <div class="card-header">
        <h2>What the contact receives</h2>
      </div>
      <div class="preview-body">
        <p class="muted">
          From {resellerName} · to{" "}
          <span data-preview-target="contact_email" data-empty="the contact">
            {contact_email || "the contact"}
          </span>
        </p>
        {LOCALES.map((locale) => (
          <EmailIntro {...{ locale, resellerName, platformName }} contactName={contact_name} />
        ))}
        <p class="pre-line" data-preview-target="note" data-empty="">
          {note}
        </p>
        <p class="muted">
          The link works for{" "}
          <span data-preview-target="expires_in_days" data-empty={String(staff.reseller.defaultExpiresInDays)}>
            {expires_in_days || staff.reseller.defaultExpiresInDays}
          </span>{" "}
          days.
        </p>
      </div>
    </aside>
  )
}

type EmailIntroProps = { locale: Locale; resellerName: string; platformName: string; contactName: string }

/** The beginning of the email in one language. */
function EmailIntro({ locale, resellerName, platformName, contactName }: EmailIntroProps) {
  const { subject, greeting, opening, connect } = INVITE_EMAIL_TEXT[locale]
  const fillTemplate = (template: string) =>
    template.replace("{{reseller_name}}", () => resellerName).replace("{{platform_name}}", () => platformName)
  const [beforeName, afterName] = greeting.split("{{contact_name}}")
  return (
    <div class="email-intro" lang={locale}>
      <p class="subject">{fillTemplate(subject)}</p>
      <p>
        {beforeName}
        <span data-preview-target="contact_name" data-empty="Contact Name">
          {contactName || "Contact Name"}
        </span>
        {afterName}
      </p>
      <p>{fillTemplate(opening)}</p>
      <p>
        {connect} <span lang="en">their registration link</span>
      </p>
    </div>
  )
}
