import type { Context } from "hono"
import { demand, may, type StaffActor } from "../domain/actor.ts"
import { Failure, type FieldError } from "../domain/failure.ts"
import { correctInvite } from "../domain/invite-correction.ts"
import { SENDABLE } from "../domain/invite-sending.ts"
import { inviteWithTimeline } from "../domain/invites.ts"
import { readablePhone } from "../domain/phone.ts"
import { suppressionWords } from "../domain/suppressions.ts"
import { factory, type Vestibule } from "../http/context.ts"
import { problemOf, retryAfterSeconds, waitWords } from "../http/failures.ts"
import { type FormState, readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import type { BillingAccount, Invite, Suppression } from "../storage/schema.ts"
import { CustomerFields, InviteFields, invitedBy, LetterFields } from "./invite-fields.tsx"
import { ownAccounts } from "./invite-form.tsx"
import { isCorrectable } from "./invite-row.tsx"
import { StateBadge, StateLine } from "./invite-state.tsx"
import { NoticeCard, StaffPage } from "./layout.tsx"

export const correctionRoutes = factory.createApp()

correctionRoutes.get("/customers/invites/:id/correction", async (c) => {
  demand(c.var.staff, "invites:write")
  return correctionPage(c)
})

correctionRoutes.post("/customers/invites/:id/correction", async (c) => {
  const { staff, deps } = c.var
  const id = c.req.param("id")
  const values = await readForm(c)
  try {
    const corrected = await correctInvite(deps, staff, id, invitedBy(values))
    if (!corrected.ok) return await correctionPage(c, { form: { values, errors: corrected.errors } })
    const { invite, isChanged, isSent } = corrected.value
    if (isSent) return redirect(c, `/customers/invites?sent=${id}`)
    if (!isChanged && isCorrectable(invite, deps.now())) {
      return await correctionPage(c, { form: { values, errors: [ANOTHER_ADDRESS] } })
    }
    return redirect(c, `/customers/invites/${id}?${isChanged ? "corrected" : "unchanged"}`)
  } catch (error) {
    if (!(error instanceof Failure) || error.reason.kind !== "rate_limited") throw error
    const seconds = retryAfterSeconds(error.reason.resetAt, deps.now())
    c.header("Retry-After", String(seconds))
    const refusal = `${problemOf(error.reason).detail} Try again in ${waitWords(seconds)}. Nothing was changed.`
    return correctionPage(c, { form: { values, errors: [] }, refusal })
  }
})

const ANOTHER_ADDRESS: FieldError = {
  field: "contact_email",
  code: "invalid",
  detail: "The invite has this address already. Use another address.",
}

async function correctionPage(c: Context<Vestibule>, asked: { form?: FormState; refusal?: string } = {}) {
  const { staff, deps } = c.var
  const { invite, suppressed } = await inviteWithTimeline(deps, staff, c.req.param("id") ?? "")
  if (!SENDABLE.includes(invite.status)) throw new Failure({ kind: "not_resendable", status: invite.status })
  const accounts = await ownAccounts(deps, staff)
  const { form = { values: valuesOf(invite), errors: [] }, refusal } = asked
  const page = { staff, accounts, invite, suppressed, refusal, form }
  return c.html(<CorrectionPage {...page} now={deps.now()} />, refusal ? 429 : form.errors.length > 0 ? 422 : 200)
}

function valuesOf(invite: Invite): Record<string, string> {
  return {
    company_name: invite.companyName,
    contact_name: invite.contactName,
    contact_email: invite.contactEmail,
    billing_email: invite.billingEmail,
    billing_phone: readablePhone(invite.billingPhone),
    note: invite.note ?? "",
    expires_in_days: String(invite.lifetimeDays),
  }
}

type Props = {
  staff: StaffActor
  accounts: BillingAccount[]
  invite: Invite
  suppressed: Suppression | undefined
  refusal: string | undefined
  form: FormState
  now: Date
}

function CorrectionPage({ staff, accounts, invite, suppressed, refusal, form, now }: Props) {
  const isLost = isCorrectable(invite, now)
  const emailHelp =
    invite.sendCount > 0
      ? "At another address the invite is sent anew, and links sent before stop working."
      : "At another address links copied before stop working."
  return (
    <StaffPage
      staff={staff}
      section="Customers"
      title={isLost ? "Correct & resend" : "Correct the invite"}
      notice={refusal && <NoticeCard tone="bad">{refusal}</NoticeCard>}
    >
      <p>
        <a href={`/customers/invites/${invite.id}`}>← {invite.companyName}</a>
      </p>
      {isLost && <SameAddress {...{ invite, suppressed }} />}
      <form class="card pad stack" method="post" novalidate data-once>
        <p>
          <StateBadge invite={invite} now={now} /> <StateLine invite={invite} now={now} />
        </p>
        {suppressed && form.errors.length === 0 && <p>{suppressionWords(suppressed)}</p>}
        {may(staff, "billing:read") ? (
          <InviteFields {...{ staff, accounts, form, emailHelp }} />
        ) : (
          <>
            <CustomerFields {...{ form, emailHelp }} />
            <LetterFields form={form} />
          </>
        )}
        <div class="buttons">
          <button class="button" type="submit">
            {isLost ? "Correct & resend" : "Save"}
          </button>
          <a href={`/customers/invites/${invite.id}`}>Cancel</a>
        </div>
      </form>
    </StaffPage>
  )
}

/** The address was right after all: the mail did not arrive for another reason, or its owner wants it now. */
function SameAddress({ invite, suppressed }: Pick<Props, "invite" | "suppressed">) {
  return (
    <form class="card pad stack" method="post" action={`/customers/invites/${invite.id}/resends`}>
      <h2>Is the address right?</h2>
      <p class="soft">
        {suppressed
          ? `Send there only if ${invite.contactName} asked you to: the address gets mail from you again, from now on.`
          : `Then send the invite to ${invite.contactEmail} once more.`}
      </p>
      {suppressed && <input type="hidden" name="despite" value="suppression" />}
      <div class="buttons">
        <button class="button secondary" type="submit">
          {suppressed ? "Allow mail and resend" : "Resend Invite"}
        </button>
      </div>
    </form>
  )
}
