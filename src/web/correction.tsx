import type { Context } from "hono"
import { demand, may } from "../domain/actor.ts"
import { Failure, type FieldError } from "../domain/failure.ts"
import { correctInvite } from "../domain/invite-correction.ts"
import { mayLift, SENDABLE } from "../domain/invite-sending.ts"
import { findInvite, inviteWithTimeline } from "../domain/invites.ts"
import type { Host } from "../domain/person-invites.ts"
import { readablePhone } from "../domain/phone.ts"
import { suppressionWords } from "../domain/suppressions.ts"
import { normalEmail } from "../domain/text.ts"
import { factory, type Vestibule } from "../http/context.ts"
import { askForPatience, problemOf } from "../http/failures.ts"
import { type FormState, readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import type { BillingAccount, Invite, Suppression } from "../storage/schema.ts"
import { CustomerFields, InviteFields, inviteInputOf, LetterFields } from "./invite-fields.tsx"
import { ownAccounts } from "./invite-form.tsx"
import { isCorrectable } from "./invite-row.tsx"
import { StateBadge, StateLine } from "./invite-state.tsx"
import { NoticeCard } from "./layout.tsx"
import { PersonFields } from "./person-fields.tsx"
import { hostIn, inviteeOf, invitePath, inviterIn, type Place, PlacePage } from "./places.tsx"

/** Corrects one invite, by a form. */
export function correctionRoutes(place: Place) {
  return factory
    .createApp()
    .get(`${place.path}/:id/correction`, async (c) => {
      const inviter = inviterIn(c, place)
      demand(inviter.actor, inviter.write)
      return correctionPage(c, place)
    })
    .post(`${place.path}/:id/correction`, (c) => correct(c, place, c.req.param("id")))
}

async function correct(c: Context<Vestibule>, place: Place, id: string) {
  const { deps } = c.var
  const inviter = inviterIn(c, place)
  demand(inviter.actor, inviter.write)
  const values = await readForm(c)
  const before = await findInvite(deps, inviter, id)
  const page = (asked: Asked) => correctionPage(c, place, asked)
  if (isCorrectable(before, deps.now()) && isSameAddress(before, values)) {
    return page({ form: { values, errors: [ANOTHER_ADDRESS] } }) // no use in sending there
  }
  try {
    const corrected = await correctInvite(deps, inviter, id, inviteInputOf(values), versionsOf(values))
    if (!corrected.ok) return await page({ form: { values, errors: corrected.errors } })
    const { invite, isChanged, isSent } = corrected.value
    if (isSent) return redirect(c, `${place.list}?sent=${id}`)
    const isNewLink = invite.linkVersion !== before.linkVersion
    return redirect(c, `${invitePath(invite)}?${isNewLink ? "readdressed" : isChanged ? "corrected" : "unchanged"}`)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (error.reason.kind === "version_conflict") {
      return page({ form: { values, errors: [] }, refusal: OVERTAKEN, status: 409 })
    }
    if (error.reason.kind !== "rate_limited") throw error
    const wait = askForPatience(c, error.reason.resetAt)
    const refusal = `${problemOf(error.reason).detail} Try again in ${wait}. Nothing was changed.`
    return page({ form: { values, errors: [] }, refusal, status: 429 })
  }
}

/** The version that the form was filled from: what somebody else corrected since is not undone by it. */
const versionsOf = ({ version }: Record<string, string>) => (version ? [version] : undefined)

const OVERTAKEN =
  "Somebody changed this invite since you opened the form. Your words are below: save them again to put them over theirs."

function isSameAddress({ contactEmail }: Invite, { contact_email }: Record<string, string>): boolean {
  return contact_email === undefined || normalEmail(contact_email) === contactEmail
}

const ANOTHER_ADDRESS: FieldError = {
  field: "contact_email",
  code: "invalid",
  detail: "The invite has this address already. Use another address.",
}

type Asked = { form?: FormState; refusal?: string; status?: 409 | 429 }

async function correctionPage(c: Context<Vestibule>, place: Place, asked: Asked = {}) {
  const { deps } = c.var
  const host = hostIn(c, place)
  const [{ invite, suppressed }, accounts] = await Promise.all([
    inviteWithTimeline(deps, inviterIn(c, place), c.req.param("id") ?? ""),
    place.kind === "customer" ? ownAccounts(deps, c.var.staff) : [],
  ])
  if (!SENDABLE.includes(invite.status)) throw new Failure({ kind: "invite_not_resendable", status: invite.status })
  const { form = { values: valuesOf(invite), errors: [] }, refusal, status = 200 } = asked
  const page = { host, place, accounts, invite, suppressed, refusal, form }
  return c.html(<CorrectionPage {...page} now={deps.now()} />, form.errors.length > 0 ? 422 : status)
}

function valuesOf(invite: Invite): Record<string, string> {
  return {
    company_name: invite.companyName,
    contact_name: invite.contactName,
    contact_email: invite.contactEmail,
    billing_email: invite.billingEmail ?? "",
    billing_phone: invite.billingPhone ? readablePhone(invite.billingPhone) : "",
    role: invite.role ?? "",
    locale: invite.locale,
    note: invite.note ?? "",
    expires_in_days: String(invite.expiresInDays),
  }
}

type Props = {
  host: Host
  place: Place
  accounts: BillingAccount[]
  invite: Invite
  suppressed: Suppression | undefined
  refusal: string | undefined
  form: FormState
  now: Date
}

function CorrectionPage({ host, place, accounts, invite, suppressed, refusal, form, now }: Props) {
  const isLost = isCorrectable(invite, now)
  const emailHelp =
    invite.sendCount > 0
      ? "At another address the invite is sent anew, and links sent before stop working."
      : "At another address links copied before stop working."
  return (
    <PlacePage
      {...{ host, place }}
      title={isLost ? "Correct & resend" : "Correct the invite"}
      notice={refusal && <NoticeCard tone="danger">{refusal}</NoticeCard>}
    >
      <p>
        <a href={invitePath(invite)}>← {inviteeOf(invite)}</a>
      </p>
      {isLost && (!suppressed || mayLift(invite, suppressed)) && <SameAddress {...{ invite, suppressed }} />}
      <form class="card card-body stack" method="post" novalidate data-submit-once>
        <input type="hidden" name="version" value={invite.lastChangeId} />
        <p>
          <StateBadge invite={invite} now={now} /> <StateLine invite={invite} now={now} />
        </p>
        {suppressed && form.errors.length === 0 && <p>{suppressionWords(suppressed, place.kind)}</p>}
        <CorrectedFields {...{ host, place, accounts, form, emailHelp }} />
        <div class="buttons">
          <button class="button" type="submit">
            {isLost ? "Correct & resend" : "Save"}
          </button>
          <a href={invitePath(invite)}>Cancel</a>
        </div>
      </form>
    </PlacePage>
  )
}

type FieldsProps = Pick<Props, "host" | "place" | "accounts" | "form"> & { emailHelp: string }

/** Those of its kind, as far as the person may see them. */
function CorrectedFields({ host, place, accounts, form, emailHelp }: FieldsProps) {
  if (place.kind !== "customer" || host.kind === "member") return <PersonFields {...{ host, form, emailHelp }} />
  if (may(host, "billing:read")) return <InviteFields {...{ staff: host, accounts, form, emailHelp }} />
  return (
    <>
      <CustomerFields {...{ form, emailHelp }} />
      <LetterFields form={form} />
    </>
  )
}

/** The address was right after all: the mail did not arrive for another reason, or its owner wants it now. */
function SameAddress({ invite, suppressed }: Pick<Props, "invite" | "suppressed">) {
  return (
    <form class="card card-body stack" method="post" action={`${invitePath(invite)}/resends`}>
      <h2>Is the address right?</h2>
      <p class="muted">
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
