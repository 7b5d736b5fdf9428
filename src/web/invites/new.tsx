import type { StaffActor } from "../../domain/access/actor.ts"
import { can } from "../../domain/access/permissions.ts"
import { listBillingAccounts } from "../../domain/billing/accounts.ts"
import type { Deps } from "../../domain/deps.ts"
import { idempotent } from "../../domain/idempotency.ts"
import { inviteCustomer } from "../../domain/invites/create.ts"
import type { SimilarCompany } from "../../domain/invites/similar-companies.ts"
import { type FormState, readForm, readFormRequest } from "../../http/forms.ts"
import { isFragmentRequest, redirect } from "../../http/htmx.ts"
import { rateLimit } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { type BillingAccount, invites } from "../../storage/schema.ts"
import { formatPhone } from "../../text/phone.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { joinSentences } from "../../text/sentences.ts"
import { staffMessagesFor } from "../../text/staff/locales.ts"
import { inviteFlash } from "../ui/flash.tsx"
import { Form, fragment } from "../ui/form.tsx"
import { Flash, StaffPage } from "../ui/layout.tsx"
import { BillingFields, newAccountOf, withChosenAccount } from "./billing-fields.tsx"
import { CustomerFields, OptionFields, parseInviteForm } from "./fields.tsx"
import { InvitePreview } from "./preview.tsx"
import { formErrors } from "./section.tsx"
import { explainSendTime, readSendTime, SendButtonLabel, SendTimeFields, toSendAtInput } from "./send-time.tsx"
import { findSimilarWithoutScript, NoScriptField, SimilarRegion } from "./similar.tsx"

export const newInviteRoutes = new Router()

newInviteRoutes.serve("customers.invites.new", async (c) => {
  const { staff, deps } = c.var
  const accounts = await visibleBillingAccounts(deps, staff)
  const defaultAccount = accounts.find(({ isDefault }) => isDefault)
  const values = {
    form_token: crypto.randomUUID(),
    billing_email: readableAddress(defaultAccount?.email ?? ""),
    billing_phone: defaultAccount ? formatPhone(defaultAccount.phone) : "",
    locale: staff.reseller.locale,
    expires_in_days: String(staff.reseller.defaultExpiresInDays),
  }
  return c.html(<InvitePage {...{ staff, accounts }} form={{ values, errors: [] }} now={deps.now()} />)
})

newInviteRoutes.serve("customers.invites.create", async (c) => {
  const { staff, deps } = c.var
  const values = withChosenAccount(await readForm(c))
  const t = staffMessagesFor(staff.locale)
  const form: FormState = { values, errors: [] }
  const sendTime = readSendTime(values, staff, deps.now())
  const input = { ...parseInviteForm(values), ...toSendAtInput(sendTime) }
  let errorMessage: string | undefined
  let status: 422 | 429 = 422
  try {
    const formDeps = { ...deps, request: await readFormRequest(c, staff) }
    const created = await idempotent(formDeps, invites, () =>
      inviteCustomer(formDeps, staff, input, newAccountOf(values)),
    )
    if (created.ok) {
      const { id, sendCount } = created.value.row
      return redirect(
        c,
        sendCount > 0
          ? href("customers.invites.list", {}, inviteFlash("invite_sent", id))
          : href("customers.invites.show", { id }, inviteFlash("invite_created", id)),
      )
    }
    form.errors = explainSendTime(sendTime, formErrors(staff, created.errors), staff)
  } catch (error) {
    errorMessage = joinSentences(t, rateLimit(c, error, t).message, t.retry.nothingSent)
    status = 429
  }
  const page = {
    staff,
    accounts: await visibleBillingAccounts(deps, staff),
    form,
    errorMessage,
    now: deps.now(),
    similar: await findSimilarWithoutScript(deps, staff, values),
  }
  if (!isFragmentRequest(c)) return c.html(<InvitePage {...page} />, status)
  return fragment(c, staff, <InviteForm {...page} />, status)
})

/** The billing accounts that the person can see. */
export function visibleBillingAccounts(deps: Deps, staff: StaffActor): Promise<BillingAccount[]> {
  return can(staff, "billing:read") ? listBillingAccounts(deps, staff) : Promise.resolve([])
}

type InviteFormProps = {
  staff: StaffActor
  accounts: BillingAccount[]
  form: FormState
  now: Date
  errorMessage?: string | undefined
  similar?: SimilarCompany[] | undefined
}

const FORM_ID = "invite-form"

function InvitePage(props: InviteFormProps) {
  const t = staffMessagesFor(props.staff.locale)
  return (
    <StaffPage staff={props.staff} navItem="Customers" title={t.staff.layout.inviteCustomer}>
      <NoScriptField formId={FORM_ID} />
      <div class="split">
        <InviteForm {...props} />
        <InvitePreview formId={FORM_ID} t={t} />
      </div>
    </StaffPage>
  )
}

/** The form of a new invite. With htmx, a response with errors replaces only this form. */
function InviteForm({ staff, accounts, form, now, errorMessage, similar }: InviteFormProps) {
  const t = staffMessagesFor(staff.locale)
  const region = <SimilarRegion t={t} companies={similar} />
  const { emailHelp, createWithoutEmail, withoutEmailHelp } = t.inviteForm
  return (
    <Form
      class="card card-body stack"
      id={FORM_ID}
      action={href("customers.invites.create")}
      htmx
      hx-swap="outerMorph"
      data-submit-once
      novalidate
    >
      {errorMessage && <Flash tone="danger">{errorMessage}</Flash>}
      <input type="hidden" name="form_token" value={form.values.form_token} />
      <CustomerFields {...{ staff, form, emailHelp }} similar={region} />
      <BillingFields {...{ staff, accounts, form }} canAdd />
      <OptionFields {...{ staff, form }} sendTime={<SendTimeFields {...{ staff, form, now, t }} />} />
      <div class="buttons form-actions">
        <button class="button" type="submit">
          <SendButtonLabel t={t} />
        </button>
        <button class="button secondary" type="submit" name="send_email" value="false">
          {createWithoutEmail}
        </button>
        <a href={href("customers.invites.list")}>{t.layout.cancel}</a>
      </div>
      <p class="help">{withoutEmailHelp}</p>
    </Form>
  )
}
