import { demand, may, type StaffActor } from "../domain/actor.ts"
import { listBillingAccounts } from "../domain/billing-accounts.ts"
import type { Deps } from "../domain/deps.ts"
import { Failure } from "../domain/failure.ts"
import { createInvite } from "../domain/invite-creation.ts"
import { readablePhone } from "../domain/phone.ts"
import { factory } from "../http/context.ts"
import { askForPatience, problemOf } from "../http/failures.ts"
import { type FormState, readForm, submissionOf } from "../http/forms.ts"
import { redirect, wantsFragment } from "../http/htmx.ts"
import { type BillingAccount, LOCALES, type Locale } from "../storage/schema.ts"
import { INVITE_LETTER } from "../text/invite-letter.ts"
import { InviteFields, inviteInputOf } from "./invite-fields.tsx"
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
    locale: staff.reseller.locale,
    expires_in_days: String(staff.reseller.defaultExpiresInDays),
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
    const made = await createInvite(deps, staff, inviteInputOf(typed), submissionOf(typed))
    if (made.ok) {
      const { id, sendCount } = made.value
      return redirect(c, sendCount > 0 ? `/customers/invites?sent=${id}` : `/customers/invites/${id}?made`)
    }
    form.errors = made.errors
  } catch (error) {
    if (!(error instanceof Failure) || error.reason.kind !== "rate_limited") throw error
    const wait = askForPatience(c, error.reason.resetAt)
    refusal = `${problemOf(error.reason).detail} Try again in ${wait}. Nothing was sent.`
    status = 429
  }
  const page = { staff, accounts: await ownAccounts(deps, staff), form, refusal, platform: deps.config.platformName }
  return c.html(wantsFragment(c) ? <InviteForm {...page} /> : <InvitePage {...page} />, status)
})

/** The billing accounts that the person may see. */
export function ownAccounts(deps: Deps, staff: StaffActor): Promise<BillingAccount[]> {
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
      <div class="split">
        <InviteForm {...props} />
        <Preview {...props} />
      </div>
    </StaffPage>
  )
}

/** The five fields, and what may be said beside them. With htmx an answer with errors replaces this form alone. */
function InviteForm({ staff, accounts, form, refusal }: Props) {
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
      {refusal && <NoticeCard tone="danger">{refusal}</NoticeCard>}
      <input type="hidden" name="submission" value={form.values.submission} />
      <InviteFields {...{ staff, accounts, form }} emailHelp="The invite is sent here." />
      <div class="buttons">
        <button class="button" type="submit">
          Send invite
        </button>
        <button class="button secondary" type="submit" name="send_email" value="false">
          Create without e-mail
        </button>
        <a href="/customers/invites">Cancel</a>
      </div>
      <p class="help">Without e-mail you copy the registration link and hand it over yourself.</p>
    </form>
  )
}

/**
 * What the contact will get. public/app.js lets it follow the form; of the languages, public/app.css shows the one that is
 * chosen.
 */
function Preview({ staff, form, platform }: Props) {
  const { contact_name = "", contact_email = "", note = "", expires_in_days = "" } = form.values
  const reseller = staff.reseller.name
  return (
    <aside class="card preview" aria-label="Preview of the e-mail">
      <div class="card-header">
        <h2>What the contact will get</h2>
      </div>
      <div class="preview-body">
        <p class="muted">
          From {reseller} · to{" "}
          <span data-preview-target="contact_email" data-empty="the contact">
            {contact_email || "the contact"}
          </span>
        </p>
        {LOCALES.map((locale) => (
          <Opening {...{ locale, reseller, platform }} contact={contact_name} />
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

type OpeningProps = { locale: Locale; reseller: string; platform: string; contact: string }

/** How the e-mail begins in one language. */
function Opening({ locale, reseller, platform, contact }: OpeningProps) {
  const { subject, greeting, opening, connect } = INVITE_LETTER[locale]
  const filled = (words: string) =>
    words.replace("{{reseller_name}}", () => reseller).replace("{{platform_name}}", () => platform)
  const [before, after] = greeting.split("{{contact_name}}")
  return (
    <div class="email-intro" lang={locale}>
      <p class="subject">{filled(subject)}</p>
      <p>
        {before}
        <span data-preview-target="contact_name" data-empty="Contact Name">
          {contact || "Contact Name"}
        </span>
        {after}
      </p>
      <p>{filled(opening)}</p>
      <p>
        {connect} <span lang="en">a link of their own</span>
      </p>
    </div>
  )
}
