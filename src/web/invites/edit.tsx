import type { Context } from "hono"
import { authorize, can } from "../../domain/access/permissions.ts"
import { Failure, type FieldError } from "../../domain/failure.ts"
import type { AccountActor } from "../../domain/invites/audience.ts"
import { updateInvite } from "../../domain/invites/edit.ts"
import { toText } from "../../domain/invites/field-values.ts"
import { getInvite, getInviteWithTimeline } from "../../domain/invites/find.ts"
import { canLiftSuppression } from "../../domain/invites/resend.ts"
import { needsNewEmail, RESENDABLE_STATUSES } from "../../domain/invites/status.ts"
import { suppressionMessage } from "../../domain/mail/suppressions.ts"
import { type AppEnv, factory } from "../../http/context.ts"
import { type FormState, readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { setRetryAfter, toProblem } from "../../http/problems.ts"
import type { BillingAccount, Invite, Suppression } from "../../storage/schema.ts"
import { normalizeEmail } from "../../text/sanitize.ts"
import { PersonFields } from "../people/fields.tsx"
import { Flash } from "../ui/layout.tsx"
import { CustomerFields, EmailFields, InviteFields, parseInviteForm } from "./fields.tsx"
import { visibleBillingAccounts } from "./new.tsx"
import { actorIn, audienceIn, invitePath, inviteTitle, type Section, SectionPage } from "./section.tsx"
import { StatusBadge, StatusLine } from "./status.tsx"

/** The form that edits one invite. */
export function editInviteRoutes(section: Section) {
  return factory
    .createApp()
    .get(`${section.path}/:id/correction`, async (c) => {
      const audience = audienceIn(c, section)
      authorize(audience.actor, audience.write)
      return renderEditPage(c, section)
    })
    .post(`${section.path}/:id/correction`, (c) => submitEdit(c, section, c.req.param("id")))
}

async function submitEdit(c: Context<AppEnv>, section: Section, id: string) {
  const { deps } = c.var
  const audience = audienceIn(c, section)
  authorize(audience.actor, audience.write)
  const values = await readForm(c)
  const current = await getInvite(deps, audience, id)
  const respond = (options: EditPageOptions) => renderEditPage(c, section, options)
  if (needsNewEmail(current, deps.now()) && isSameEmail(current, values)) {
    return respond({ form: { values, errors: [EMAIL_UNCHANGED_ERROR] } }) // the email would fail again
  }
  try {
    const updated = await updateInvite(deps, audience, id, parseInviteForm(values), expectedVersions(values))
    if (!updated.ok) return await respond({ form: { values, errors: updated.errors } })
    const { invite, isChanged, isSent } = updated.value
    if (isSent) return redirect(c, `${section.list}?sent=${id}`)
    const isNewLink = invite.linkVersion !== current.linkVersion
    return redirect(c, `${invitePath(invite)}?${isNewLink ? "readdressed" : isChanged ? "corrected" : "unchanged"}`)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (error.reason.kind === "version_conflict") {
      return respond({ form: { values, errors: [] }, errorMessage: EDIT_CONFLICT, status: 409 })
    }
    if (error.reason.kind !== "rate_limited") throw error
    const wait = setRetryAfter(c, error.reason.resetAt)
    const errorMessage = `${toProblem(error.reason).detail} Try again in ${wait}. Nothing was changed.`
    return respond({ form: { values, errors: [] }, errorMessage, status: 429 })
  }
}

/** The version that the form was filled from, so that it doesn't overwrite a later edit by someone else. */
const expectedVersions = ({ version }: Record<string, string>) => (version ? [version] : undefined)

const EDIT_CONFLICT =
  "Somebody changed this invite since you opened the form. Your words are below: save them again to put them over theirs."

function isSameEmail({ contactEmail }: Invite, { contact_email }: Record<string, string>): boolean {
  return contact_email === undefined || normalizeEmail(contact_email) === contactEmail
}

const EMAIL_UNCHANGED_ERROR: FieldError = {
  field: "contact_email",
  code: "invalid",
  detail: "The invite has this address already. Use another address.",
}

type EditPageOptions = { form?: FormState; errorMessage?: string; status?: 409 | 429 }

async function renderEditPage(c: Context<AppEnv>, section: Section, options: EditPageOptions = {}) {
  const { deps } = c.var
  const actor = actorIn(c, section)
  const [{ invite, suppression }, accounts] = await Promise.all([
    getInviteWithTimeline(deps, audienceIn(c, section), c.req.param("id") ?? ""),
    section.kind === "customer" ? visibleBillingAccounts(deps, c.var.staff) : [],
  ])
  if (!RESENDABLE_STATUSES.includes(invite.status))
    throw new Failure({ kind: "invite_not_resendable", status: invite.status })
  const { form = { values: toText(invite), errors: [] }, errorMessage, status = 200 } = options
  const page = { actor, section, accounts, invite, suppression, errorMessage, form }
  return c.html(<EditInvitePage {...page} now={deps.now()} />, form.errors.length > 0 ? 422 : status)
}

type EditInvitePageProps = {
  actor: AccountActor
  section: Section
  accounts: BillingAccount[]
  invite: Invite
  suppression: Suppression | undefined
  errorMessage: string | undefined
  form: FormState
  now: Date
}

function EditInvitePage({
  actor,
  section,
  accounts,
  invite,
  suppression,
  errorMessage,
  form,
  now,
}: EditInvitePageProps) {
  const isUndelivered = needsNewEmail(invite, now)
  const emailHelp =
    invite.sendCount > 0
      ? "At another address the invite is sent anew, and links sent before stop working."
      : "At another address links copied before stop working."
  return (
    <SectionPage
      {...{ actor, section }}
      title={isUndelivered ? "Correct & resend" : "Correct the invite"}
      flash={errorMessage && <Flash tone="danger">{errorMessage}</Flash>}
    >
      <p>
        <a href={invitePath(invite)}>← {inviteTitle(invite)}</a>
      </p>
      {isUndelivered && (!suppression || canLiftSuppression(invite, suppression)) && (
        <ResendToSameEmail {...{ invite, suppression }} />
      )}
      <form class="card card-body stack" method="post" novalidate data-submit-once>
        <input type="hidden" name="version" value={invite.lastChangeId} />
        <p>
          <StatusBadge invite={invite} now={now} /> <StatusLine invite={invite} now={now} />
        </p>
        {suppression && form.errors.length === 0 && <p>{suppressionMessage(suppression, section.kind)}</p>}
        <EditableFields {...{ actor, section, accounts, form, emailHelp }} />
        <div class="buttons">
          <button class="button" type="submit">
            {isUndelivered ? "Correct & resend" : "Save"}
          </button>
          <a href={invitePath(invite)}>Cancel</a>
        </div>
      </form>
    </SectionPage>
  )
}

type EditableFieldsProps = Pick<EditInvitePageProps, "actor" | "section" | "accounts" | "form"> & { emailHelp: string }

/** The fields of this kind of invite that the person can see. */
function EditableFields({ actor, section, accounts, form, emailHelp }: EditableFieldsProps) {
  if (section.kind !== "customer" || actor.kind === "member") return <PersonFields {...{ actor, form, emailHelp }} />
  if (can(actor, "billing:read")) return <InviteFields {...{ staff: actor, accounts, form, emailHelp }} />
  return (
    <>
      <CustomerFields {...{ form, emailHelp }} />
      <EmailFields form={form} />
    </>
  )
}

/** Resends to the same address: the email failed for another reason, or the contact now wants it. */
function ResendToSameEmail({ invite, suppression }: Pick<EditInvitePageProps, "invite" | "suppression">) {
  return (
    <form class="card card-body stack" method="post" action={`${invitePath(invite)}/resends`}>
      <h2>Is the address right?</h2>
      <p class="muted">
        {suppression
          ? `Send there only if ${invite.contactName} asked you to: the address gets mail from you again, from now on.`
          : `Then send the invite to ${invite.contactEmail} once more.`}
      </p>
      {suppression && <input type="hidden" name="despite" value="suppression" />}
      <div class="buttons">
        <button class="button secondary" type="submit">
          {suppression ? "Allow mail and resend" : "Resend Invite"}
        </button>
      </div>
    </form>
  )
}
