import type { Context } from "hono"
import type { Child } from "hono/jsx"
import { can } from "../../domain/access/permissions.ts"
import { Failure, type FieldError } from "../../domain/failure.ts"
import type { AccountActor } from "../../domain/invites/audience.ts"
import { updateInvite } from "../../domain/invites/edit.ts"
import { toText } from "../../domain/invites/field-values.ts"
import { getInvite, getInviteWithTimeline } from "../../domain/invites/find.ts"
import { canLiftSuppression } from "../../domain/invites/resend.ts"
import { scheduledFor } from "../../domain/invites/schedule.ts"
import { isResendable, needsNewEmail } from "../../domain/invites/status.ts"
import { suppressionMessage } from "../../domain/mail/suppressions.ts"
import type { AppEnv } from "../../http/context.ts"
import { expectedVersions, type FormState, readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { rateLimit } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { keptFields } from "../../http/shown-again.ts"
import { href } from "../../routes.ts"
import type { BillingAccount, Invite, Suppression } from "../../storage/schema.ts"
import { normalizeAddress } from "../../text/email-address.ts"
import { en, type Messages } from "../../text/en.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { plainAddress } from "../../text/sandbox-address.ts"
import { joinSentences } from "../../text/sentences.ts"
import { staffMessagesFor, staffWordsOf } from "../../text/staff/locales.ts"
import { PersonFields } from "../people/fields.tsx"
import { flash, inviteFlash } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { Flash } from "../ui/layout.tsx"
import { withChosenAccount } from "./billing-fields.tsx"
import { CustomerFields, InviteFields, OptionFields, parseEditForm } from "./fields.tsx"
import { visibleBillingAccounts } from "./new.tsx"
import {
  actorIn,
  formErrors,
  inviteContextIn,
  invitePath,
  inviteTitle,
  messagesOf,
  type Section,
  SectionPage,
} from "./section.tsx"
import { InviteFieldInput } from "./section-fields.tsx"
import { SimilarRegion } from "./similar.tsx"
import { StatusBadge, StatusLine } from "./status.tsx"

/** The form that edits one invite. */
export function editInviteRoutes(section: Section) {
  return new Router()
    .serve(`${section.invites}.edit`, (c) => renderEditPage(c, section, c.req.param("id")))
    .serve(`${section.invites}.update`, (c) => submitEdit(c, section, c.req.param("id")))
}

async function submitEdit(c: Context<AppEnv>, section: Section, id: string) {
  const { deps } = c.var
  const context = inviteContextIn(c, section)
  const actor = actorIn(c, section)
  const t = messagesOf(actor)
  const values = withChosenAccount(await readForm(c))
  const current = await getInvite(deps, context, id)
  const respond = (options: EditPageOptions) => renderEditPage(c, section, id, options)
  if (needsNewEmail(current, deps.now()) && isSameEmail(current, values)) {
    return respond({ form: { values, errors: formErrors(actor, [EMAIL_UNCHANGED_ERROR]) } }) // the email would fail again
  }
  try {
    const updated = await updateInvite(deps, context, id, parseEditForm(values, current), expectedVersions(values))
    if (!updated.ok) return await respond({ form: { values, errors: formErrors(actor, updated.errors) } })
    const { invite, isChanged, isSent } = updated.value
    if (isSent) return redirect(c, href(section.list, {}, inviteFlash("invite_sent", id)))
    const isNewLink = invite.linkVersion !== current.linkVersion
    const changed = inviteFlash(isNewLink ? "address_changed" : "invite_saved", id)
    return redirect(c, invitePath(invite, "show", isChanged || isNewLink ? changed : flash("unchanged")))
  } catch (error) {
    if (error instanceof Failure && error.reason.kind === "version_conflict") {
      return respond({ form: { values, errors: [] }, errorMessage: t.editInvite.conflict, status: 409 })
    }
    const errorMessage = joinSentences(t, rateLimit(c, error, t).message, t.retry.nothingChanged)
    return respond({ form: { values, errors: [] }, errorMessage, status: 429 })
  }
}

function isSameEmail({ contactEmail }: Invite, { contact_email }: Record<string, string>): boolean {
  return contact_email === undefined || normalizeAddress(contact_email) === plainAddress(contactEmail)
}

const EMAIL_UNCHANGED_ERROR: FieldError = {
  field: "contact_email",
  code: "email_unchanged",
  detail: en.fieldErrors.email_unchanged,
}

type EditPageOptions = { form?: FormState; errorMessage?: string; status?: 409 | 429 }

async function renderEditPage(c: Context<AppEnv>, section: Section, id: string, options: EditPageOptions = {}) {
  const { deps } = c.var
  const actor = actorIn(c, section)
  const [{ invite, suppression }, accounts] = await Promise.all([
    getInviteWithTimeline(deps, inviteContextIn(c, section), id),
    section.kind === "customer" ? visibleBillingAccounts(deps, c.var.staff) : [],
  ])
  if (!isResendable(invite)) throw new Failure({ kind: "invite_not_resendable", status: invite.status })
  const { form = { values: { ...toText(invite), ...keptFields(c) }, errors: [] }, errorMessage, status = 200 } = options
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

function EditInvitePage(props: EditInvitePageProps) {
  const { actor, section, invite, suppression, errorMessage, now } = props
  const t = messagesOf(actor)
  const isUndelivered = suppression !== undefined || needsNewEmail(invite, now)
  const title = isUndelivered ? t.editInvite.titleResend : t.editInvite.title
  const { sentEmailHelp, unsentEmailHelp } = t.editInvite
  const sentHelp = scheduledFor(invite, now) ? staffWordsOf(t).invites.schedule.editHelp : sentEmailHelp
  const emailHelp = invite.sendCount > 0 ? sentHelp : unsentEmailHelp
  return (
    <SectionPage
      {...{ actor, section, title }}
      documentTitle={[title, inviteTitle(invite, t)]}
      flash={errorMessage && <Flash tone="danger">{errorMessage}</Flash>}
      formId="invite"
      back={<a href={invitePath(invite)}>← {inviteTitle(invite, t)}</a>}
    >
      {isUndelivered ? <ResendForm {...{ ...props, emailHelp }} /> : <EditForm {...{ ...props, emailHelp }} />}
      {isUndelivered && (!suppression || canLiftSuppression(invite, suppression)) && (
        <ResendToSameEmail {...{ invite, suppression, t }} />
      )}
    </SectionPage>
  )
}

type EditFormProps = EditInvitePageProps & { emailHelp: string }

function EditForm({ actor, section, accounts, invite, form, emailHelp, now }: EditFormProps) {
  const t = messagesOf(actor)
  return (
    <InviteForm {...{ invite }} focus="">
      <p>
        <StatusBadge {...{ invite, now, t }} /> <StatusLine {...{ invite, now, t }} />
      </p>
      <EditableFields {...{ actor, section, accounts, invite, form, emailHelp }} />
      <SubmitButtons {...{ invite, t }} label={t.editInvite.save} />
    </InviteForm>
  )
}

/** The address to correct, and the other fields folded away. */
function ResendForm(props: EditFormProps) {
  const { actor, section, accounts, invite, form, emailHelp } = props
  const t = messagesOf(actor)
  return (
    <InviteForm {...{ invite }} focus="contact_email">
      <ResendFields {...props} />
      <SubmitButtons {...{ invite, t }} label={t.editInvite.titleResend} />
      <FoldedFields {...{ form }} summary={t.editInvite.otherDetails}>
        <EditableFields {...{ actor, section, accounts, invite, form, emailHelp }} except="contact_email" />
      </FoldedFields>
    </InviteForm>
  )
}

/** `focus`: the name of the field that gets it; empty for the first one. */
function InviteForm({ invite, focus, children }: { invite: Invite; focus: string; children: Child }) {
  return (
    <Form
      class="card card-body stack"
      id="invite"
      action={invitePath(invite, "update")}
      novalidate
      data-focus={focus}
      data-submit-once
    >
      <input type="hidden" name="version" value={invite.lastChangeId} />
      {children}
    </Form>
  )
}

const SubmitButtons = ({ invite, label, t }: { invite: Invite; label: string; t: Messages }) => (
  <div class="buttons">
    <button class="button" type="submit">
      {label}
    </button>
    <a href={invitePath(invite)}>{t.layout.cancel}</a>
  </div>
)

/** Why the invite didn't reach the contact, in words and with the code, and the address to correct. */
function ResendFields({ actor, section, invite, suppression, form, emailHelp, now }: EditFormProps) {
  const t = messagesOf(actor)
  const label = section.kind === "customer" ? staffWordsOf(t).invites.fieldLabels.contact_email : t.inviteForm.email
  const reason = form.errors.length === 0 ? suppression : undefined
  return (
    <>
      <p>
        <StatusBadge {...{ invite, now, t }} /> {!reason && <StatusLine {...{ invite, now, t }} />}
      </p>
      {reason && (
        <p class="notice danger">
          {section.kind === "member" ? t.fieldErrors.email_suppressed : suppressionMessage(reason, section.kind, t)}
        </p>
      )}
      <InviteFieldInput {...{ form, label }} name="contact_email" help={emailHelp} autofocus />
    </>
  )
}

/** Fields that are rarely needed, folded away unless one of them has an error. */
function FoldedFields({ form, summary, children }: { form: FormState; summary: string; children: Child }) {
  const isOpen = form.errors.some(({ field }) => field !== "contact_email")
  return (
    <details class="other-details" open={isOpen}>
      <summary>{summary}</summary>
      <div class="stack">{children}</div>
    </details>
  )
}

type EditableFieldsProps = Pick<EditFormProps, "actor" | "section" | "accounts" | "invite" | "form" | "emailHelp"> & {
  except?: "contact_email"
}

/** The fields of this kind of invite that the person can see. */
function EditableFields({ actor, section, accounts, invite, form, emailHelp, except }: EditableFieldsProps) {
  if (section.kind !== "customer" || actor.kind === "member")
    return <PersonFields {...{ actor, form, emailHelp, except }} />
  const similar = <SimilarRegion t={staffMessagesFor(actor.locale)} inviteId={invite.id} />
  if (can(actor, "billing:read"))
    return <InviteFields {...{ staff: actor, accounts, form, emailHelp, similar, except }} />
  return (
    <>
      <CustomerFields {...{ staff: actor, form, emailHelp, similar, except }} />
      <OptionFields {...{ staff: actor, form }} />
    </>
  )
}

type ResendToSameEmailProps = Pick<EditInvitePageProps, "invite" | "suppression"> & { t: Messages }

/** Resends to the same address: the email failed for another reason, or the contact now wants it. */
function ResendToSameEmail({ invite, suppression, t }: ResendToSameEmailProps) {
  const { sameAddressTitle, sameAddressText, allowText, allowAndResend } = t.editInvite
  return (
    <details class="card card-body">
      <summary>{sameAddressTitle}</summary>
      <Form class="stack" action={invitePath(invite, "resend")}>
        <p class="muted">
          {suppression ? allowText(invite.contactName) : sameAddressText(readableAddress(invite.contactEmail))}
        </p>
        {suppression && <input type="hidden" name="despite" value="suppression" />}
        <div class="buttons">
          <button class="button secondary" type="submit">
            {suppression ? allowAndResend : t.invite.resend}
          </button>
        </div>
      </Form>
    </details>
  )
}
