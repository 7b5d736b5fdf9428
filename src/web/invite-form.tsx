import { demand, may, type StaffActor } from "../domain/actor.ts"
import { billingAccountName, listBillingAccounts } from "../domain/billing-accounts.ts"
import { Failure } from "../domain/failure.ts"
import { createInvite, INVITE_LIFETIME_DAYS } from "../domain/invite-creation.ts"
import { readablePhone } from "../domain/phone.ts"
import { factory } from "../http/context.ts"
import { problemOf, retryAfterSeconds, waitWords } from "../http/failures.ts"
import { type FormState, readForm, submissionOf } from "../http/forms.ts"
import { redirect, wantsFragment } from "../http/htmx.ts"
import type { BillingAccount } from "../storage/schema.ts"
import { Field } from "./fields.tsx"
import { NoticeCard, StaffPage } from "./layout.tsx"

export const inviteFormRoutes = factory.createApp()

inviteFormRoutes.get("/customers/invites/new", async (c) => {
  const { staff, deps } = c.var
  demand(staff, "invites:write")
  const accounts = await ownAccounts(deps, staff)
  const proposed = accounts.find(({ isDefault }) => isDefault)
  const values = {
    submission: crypto.randomUUID(),
    billing_email: proposed?.email ?? "",
    billing_phone: proposed ? readablePhone(proposed.phone) : "",
  }
  return c.html(
    <InvitePage {...{ staff, accounts }} form={{ values, errors: [] }} platform={deps.config.platformName} />,
  )
})

inviteFormRoutes.post("/customers/invites/new", async (c) => {
  const { staff, deps } = c.var
  const typed = await readForm(c)
  const form: FormState = { values: typed, errors: [] }
  let refusal: string | undefined
  let status: 422 | 429 = 422
  try {
    const made = await createInvite(deps, staff, typed, submissionOf(typed))
    if (made.ok) return redirect(c, `/customers/invites?sent=${made.value.id}`)
    form.errors = made.errors
  } catch (error) {
    if (!(error instanceof Failure) || error.reason.kind !== "rate_limited") throw error
    const seconds = retryAfterSeconds(error.reason.resetAt, deps.now())
    c.header("Retry-After", String(seconds))
    refusal = `${problemOf(error.reason).detail} Try again in ${waitWords(seconds)}. Nothing was sent.`
    status = 429
  }
  const page = { staff, accounts: await ownAccounts(deps, staff), form, refusal, platform: deps.config.platformName }
  return c.html(wantsFragment(c) ? <InviteForm {...page} /> : <InvitePage {...page} />, status)
})

function ownAccounts(deps: Parameters<typeof listBillingAccounts>[0], staff: StaffActor): Promise<BillingAccount[]> {
  return may(staff, "billing:read") ? listBillingAccounts(deps, staff) : Promise.resolve([])
}

type Props = {
  staff: StaffActor
  accounts: BillingAccount[]
  form: FormState
  platform: string
  refusal?: string | undefined
}

function InvitePage(props: Props) {
  return (
    <StaffPage staff={props.staff} section="Customers" title="Invite New Customer">
      <div class="beside">
        <InviteForm {...props} />
        <Preview {...props} />
      </div>
    </StaffPage>
  )
}

/** The five fields. With htmx an answer with errors replaces this form alone. */
function InviteForm({ staff, accounts, form, refusal }: Props) {
  return (
    <form
      class="card pad stack"
      id="invite-form"
      method="post"
      action="/customers/invites/new"
      hx-post="/customers/invites/new"
      hx-swap="outerMorph"
      hx-disable="find button"
      data-once
      novalidate
    >
      {refusal && <NoticeCard tone="bad">{refusal}</NoticeCard>}
      <input type="hidden" name="submission" value={form.values.submission} />
      <fieldset>
        <legend>Customer</legend>
        <Field
          form={form}
          name="company_name"
          label="Company Name"
          help="The business name of the customer."
          autocomplete="off"
          required
        />
        <div class="pair">
          <Field
            form={form}
            name="contact_name"
            label="Contact Name"
            help="The person responsible for setting up the account. They become the default Admin of the new account and invite other users from their company."
            autocomplete="off"
            data={{ "data-previews": "contact_name" }}
            required
          />
          <Field
            form={form}
            name="contact_email"
            label="Contact Email Address"
            type="email"
            help="The invite is sent here."
            autocomplete="off"
            data={{ "data-previews": "contact_email" }}
            required
          />
        </div>
      </fieldset>
      <fieldset>
        <legend>Billing</legend>
        {accounts.length > 0 ? (
          <div class="field">
            <label for="billing_account">Billing account</label>
            <select id="billing_account" data-fills aria-describedby="billing_account-told">
              <option value="">Typed below</option>
              {accounts.map((account) => (
                <option
                  value={account.id}
                  data-email={account.email}
                  data-phone={readablePhone(account.phone)}
                  selected={account.email === form.values.billing_email}
                >
                  {billingAccountName(account)}: {account.email}
                </option>
              ))}
            </select>
            <p class="help" id="billing_account-told">
              Fills both fields below. Accounts are kept under <a href="/billing">Billing</a>.
            </p>
          </div>
        ) : (
          <p class="help">
            An invite needs one of {staff.reseller.name}'s billing accounts. Set them up under{" "}
            <a href="/billing">Billing</a>.
          </p>
        )}
        <div class="pair">
          <Field
            form={form}
            name="billing_email"
            label="Billing Email Address"
            type="email"
            help="The address of the billing account that manages this customer, already set up under the Billing tab."
            autocomplete="off"
            required
          />
          <Field
            form={form}
            name="billing_phone"
            label="Billing Phone Number"
            type="tel"
            help="The phone number of the billing account with that address."
            autocomplete="off"
            required
          />
        </div>
      </fieldset>
      <div class="buttons">
        <button class="button" type="submit">
          Send invite
        </button>
        <a href="/customers/invites">Cancel</a>
      </div>
    </form>
  )
}

/** What the contact will get; public/app.js lets it follow the form. */
function Preview({ staff, form, platform }: Props) {
  const { contact_name = "", contact_email = "" } = form.values
  const reseller = staff.reseller.name
  return (
    <aside class="card preview" aria-label="Preview of the e-mail">
      <div class="head">
        <h2>What the contact will get</h2>
      </div>
      <div class="body">
        <p class="from soft">
          From {reseller} · to{" "}
          <span data-preview="contact_email" data-empty="the contact">
            {contact_email || "the contact"}
          </span>
        </p>
        <p class="subject">You have been invited to join {reseller}</p>
        <p>
          Dear{" "}
          <span data-preview="contact_name" data-empty="Contact Name">
            {contact_name || "Contact Name"}
          </span>
          ,
        </p>
        <p>
          You have been invited to join the {reseller} self-service experience, powered by {platform}. Get ready to
          experience connectivity in a beautiful and automated fashion, the way you expect the cloud should be!
        </p>
        <p>Connect Here: a link of their own</p>
        <p class="soft">The link works for {INVITE_LIFETIME_DAYS} days.</p>
      </div>
    </aside>
  )
}
