import type { Context } from "hono"
import { demand, type StaffActor } from "../domain/actor.ts"
import { Failure, type FieldError } from "../domain/failure.ts"
import { suppressionWords } from "../domain/invite-addresses.ts"
import { correctAddress } from "../domain/invite-sending.ts"
import { inviteWithTimeline } from "../domain/invites.ts"
import { factory, type Vestibule } from "../http/context.ts"
import { problemOf, retryAfterSeconds, waitWords } from "../http/failures.ts"
import { type FormState, readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import type { Invite, Suppression } from "../storage/schema.ts"
import { Field } from "./fields.tsx"
import { StateBadge, StateLine } from "./invite-state.tsx"
import { NoticeCard, StaffPage } from "./layout.tsx"

export const correctionRoutes = factory.createApp()

correctionRoutes.get("/customers/invites/:id/correction", async (c) => {
  demand(c.var.staff, "invites:write")
  return c.html(await correctionPage(c, undefined))
})

correctionRoutes.post("/customers/invites/:id/correction", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  try {
    const corrected = await correctAddress(deps, staff, c.req.param("id"), values)
    if (corrected.ok && corrected.value.isSent)
      return redirect(c, `/customers/invites?sent=${corrected.value.invite.id}`)
    const errors = corrected.ok ? [SAME_ADDRESS] : corrected.errors
    return c.html(await correctionPage(c, { values, errors }), 422)
  } catch (error) {
    if (!(error instanceof Failure) || error.reason.kind !== "rate_limited") throw error
    const seconds = retryAfterSeconds(error.reason.resetAt, deps.now())
    c.header("Retry-After", String(seconds))
    const refusal = `${problemOf(error.reason).detail} Try again in ${waitWords(seconds)}. Nothing was changed.`
    return c.html(await correctionPage(c, { values, errors: [] }, refusal), 429)
  }
})

const SAME_ADDRESS: FieldError = {
  field: "contact_email",
  code: "invalid",
  detail: "The invite has this address already. Enter the right one.",
}

async function correctionPage(c: Context<Vestibule>, form: FormState | undefined, refusal?: string) {
  const { staff, deps } = c.var
  const { invite, suppressed } = await inviteWithTimeline(deps, staff, c.req.param("id") ?? "")
  const shown = form ?? { values: { contact_email: invite.contactEmail }, errors: [] }
  return <CorrectionPage {...{ staff, invite, suppressed, refusal }} now={deps.now()} form={shown} />
}

type Props = {
  staff: StaffActor
  invite: Invite
  suppressed: Suppression | undefined
  refusal: string | undefined
  form: FormState
  now: Date
}

function CorrectionPage({ staff, invite, suppressed, refusal, form, now }: Props) {
  return (
    <StaffPage
      staff={staff}
      section="Customers"
      title="Correct address & resend"
      notice={refusal && <NoticeCard tone="bad">{refusal}</NoticeCard>}
    >
      <p>
        <a href={`/customers/invites/${invite.id}`}>← {invite.companyName}</a>
      </p>
      <form class="card pad stack" method="post" novalidate data-once>
        <p>
          <StateBadge invite={invite} now={now} /> <StateLine invite={invite} now={now} />
        </p>
        {suppressed && form.errors.length === 0 && <p>{suppressionWords(suppressed)}</p>}
        <Field
          form={form}
          name="contact_email"
          label="Contact Email Address"
          type="email"
          help={`Of ${invite.contactName}. The invite goes there with a new link; links sent before stop working.`}
          autocomplete="off"
          required
        />
        <div class="buttons">
          <button class="button" type="submit">
            Correct &amp; resend
          </button>
          <a href={`/customers/invites/${invite.id}`}>Cancel</a>
        </div>
      </form>
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
    </StaffPage>
  )
}
