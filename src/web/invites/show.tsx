import type { Child } from "hono/jsx"
import { can, roleName } from "../../domain/access/permissions.ts"
import type { AccountActor } from "../../domain/invites/audience.ts"
import { formatField } from "../../domain/invites/field-values.ts"
import {
  FIELD_LIST,
  type FieldColumn,
  INVITE_FIELDS,
  type InviteField,
  type InviteFieldName,
} from "../../domain/invites/fields.ts"
import { getInviteWithTimeline } from "../../domain/invites/find.ts"
import { currentStatus, needsNewEmail, RESENDABLE_STATUSES } from "../../domain/invites/status.ts"
import { suppressionMessage } from "../../domain/mail/suppressions.ts"
import { metadataToText } from "../../domain/metadata.ts"
import { isFragmentRequest } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { Invite, Metadata, Suppression } from "../../storage/schema.ts"
import { isolate } from "../../text/direction.ts"
import type { Messages } from "../../text/en.ts"
import { localeName } from "../../text/locales.ts"
import { formatPhone } from "../../text/phone.ts"
import { staffWordsOf } from "../../text/staff/locales.ts"
import { ExportForm } from "../settings/privacy.tsx"
import { addressText } from "../ui/address.tsx"
import { Copyable } from "../ui/copy-button.tsx"
import { flashFromUrl } from "../ui/flash.tsx"
import { Form, fragment } from "../ui/form.tsx"
import { RelativeTime } from "../ui/time.tsx"
import { TimelineEntry } from "../ui/timeline.tsx"
import { InviteEmails } from "./email.tsx"
import { PurgeForm } from "./purge.tsx"
import { InviteActions, InviteListItem } from "./row.tsx"
import {
  actorIn,
  BackLink,
  inviteContextIn,
  invitePath,
  inviteTitle,
  messagesOf,
  type Section,
  SectionPage,
  sectionName,
} from "./section.tsx"
import { StatusBadge, StatusLine } from "./status.tsx"

/** The page of one invite: its status, actions, details and timeline. */
export function showInviteRoutes(section: Section) {
  return new Router().serve(`${section.invites}.show`, async (c) => {
    const { deps } = c.var
    const actor = actorIn(c, section)
    const context = inviteContextIn(c, section)
    const { invite, timeline, suppression } = await getInviteWithTimeline(deps, context, c.req.param("id"))
    if (isFragmentRequest(c)) {
      const poll = Number(c.req.query("poll")) || 0
      return fragment(c, actor, <InviteListItem {...{ invite, actor, deps, poll }} />)
    }
    const now = deps.now()
    const t = messagesOf(actor)
    const isSuppressed = suppression !== undefined
    return c.html(
      <SectionPage
        {...{ actor, section }}
        title={inviteTitle(invite, t)}
        documentTitle={[inviteTitle(invite, t), sectionName(section, t)]}
        flash={flashFromUrl(c, { t, invite, now })}
        back={<BackLink {...{ section, t }} />}
      >
        <section class="card" aria-label={t.invite.region}>
          <div class="card-header">
            <div>
              <StatusBadge {...{ invite, now, t }} /> <StatusLine {...{ invite, now, t }} />
              {suppression && <SuppressionNote {...{ invite, suppression, now, t }} />}
            </div>
            <div class="actions buttons">
              {invite.kind === "customer" && invite.customerId ? (
                <a href={href("customers.show", { id: invite.customerId })}>{staffWordsOf(t).invites.openCustomer}</a>
              ) : (
                can(actor, context.write) && (
                  <>
                    <InviteActions {...{ invite, deps, t, isSuppressed }} />
                    <SecondaryActions {...{ invite, now, t, isSuppressed }} />
                  </>
                )
              )}
            </div>
          </div>
          <div id="copied-link" class="card-body stack" />
          {invite.purgedAt && (
            <p class="card-body">{t.privacy.purged<Child>(<RelativeTime at={invite.purgedAt} {...{ now, t }} />)}</p>
          )}
          <InviteDetails {...{ invite, actor, now, t }} />
        </section>
        <section class="card" aria-labelledby="timeline">
          <div class="card-header">
            <h2 id="timeline">{t.invite.timeline}</h2>
            {actor.kind === "staff" && (
              <a href={href("activity.list", {}, { invite: invite.id })}>{staffWordsOf(t).invites.allActivity}</a>
            )}
          </div>
          <ul class="timeline">
            {timeline.map((entry) => (
              <TimelineEntry {...{ entry, now, t }} />
            ))}
          </ul>
        </section>
        <InviteEmails {...{ invite, timeline, now, t }} />
        <PurgeForm {...{ invite, context, now, t }} />
        {invite.contactEmail && <ExportForm {...{ actor, email: invite.contactEmail }} />}
      </SectionPage>,
    )
  })
}

type SuppressionNoteProps = { invite: Invite; suppression: Suppression; now: Date; t: Messages }

/** Says that an open invite can't be sent to its address. The status tells the same of one that was declined. */
function SuppressionNote({ invite, suppression, now, t }: SuppressionNoteProps) {
  const status = currentStatus(invite, now)
  if (invite.purgedAt || (status !== "pending" && status !== "expired")) return null
  const isUnsubscribed = invite.kind !== "member" && suppression.cause === "unsubscribed" && status === "pending"
  return (
    <p class="help">
      {isUnsubscribed ? staffWordsOf(t).invites.unsubscribed : suppressionMessage(suppression, invite.kind, t)}
    </p>
  )
}

type InviteDetailsProps = { invite: Invite; actor: AccountActor; now: Date; t: Messages }

function InviteDetails({ invite, actor, now, t }: InviteDetailsProps) {
  return (
    <dl class="description-list">
      {!invite.purgedAt && (
        <>
          <dt>{invite.kind === "customer" ? t.invite.contact : t.invite.email}</dt>
          <dd>
            {invite.kind === "customer" && `${isolate(invite.contactName)}, `}
            <Copyable id="contact-email" name={t.invite.email} t={t}>
              {addressText(invite.contactEmail)}
            </Copyable>
          </dd>
        </>
      )}
      {invite.role && (
        <>
          <dt>{t.fieldLabels.role}</dt>
          <dd>{roleName(t, invite.role)}</dd>
        </>
      )}
      {invite.billingPhone && can(actor, "billing:read") && (
        <>
          <dt>{staffWordsOf(t).invites.columns.billingAccount}</dt>
          <dd>
            {addressText(invite.billingEmail)}
            {", "}
            <span class="phone">{formatPhone(invite.billingPhone)}</span>
          </dd>
        </>
      )}
      {FIELD_LIST.map(([name]) => (
        <FieldDetail {...{ name, invite, actor, t }} />
      ))}
      <dt>{t.fieldLabels.locale}</dt>
      <dd lang={invite.locale}>{localeName(invite.locale)}</dd>
      <dt>{t.fieldLabels.expires_in_days}</dt>
      <dd>{t.invite.days(invite.expiresInDays)}</dd>
      <dt>{t.invite.invited}</dt>
      <dd>
        <RelativeTime at={invite.createdAt} {...{ now, t }} />
      </dd>
      {invite.note && (
        <>
          <dt>{t.fieldLabels.note}</dt>
          <dd class="typed" dir="auto">
            {invite.note}
          </dd>
        </>
      )}
      {invite.metadata && <MetadataDetail metadata={invite.metadata} t={t} />}
      {actor.kind === "staff" && <IdDetail id={invite.id} t={t} />}
    </dl>
  )
}

/** What the API knows the record by. */
export function IdDetail({ id, t }: { id: string; t: Messages }) {
  const name = staffWordsOf(t).invites.id
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <Copyable id="record-id" name={name} t={t}>
          {id}
        </Copyable>
      </dd>
    </>
  )
}

/** The reseller's own values, a line for each. */
export function MetadataDetail({ metadata, t }: { metadata: Metadata; t: Messages }) {
  return (
    <>
      <dt>{staffWordsOf(t).invites.fieldLabels.metadata}</dt>
      <dd class="typed" dir="auto">
        {metadataToText(metadata)}
      </dd>
    </>
  )
}

/** Fields that the page shows in its title or with words in the reader's language. */
const SPECIAL_FIELDS: InviteFieldName[] = [
  ...(["company_name", "contact_name", "contact_email", "billing_email", "billing_phone"] as const),
  ...(["role", "locale", "expires_in_days", "note", "metadata"] as const),
]

type FieldDetailProps = Pick<InviteDetailsProps, "invite" | "actor"> & { name: InviteFieldName; t: Messages }

/** A field of the invite, if it has a value that the actor may see. */
function FieldDetail({ name, invite, actor, t }: FieldDetailProps) {
  const { column, permission }: InviteField<FieldColumn> = INVITE_FIELDS[name]
  const value = formatField(t, name, invite[column])
  if (SPECIAL_FIELDS.includes(name) || !value || (permission && !can(actor, permission))) return null
  return (
    <>
      <dt>{staffWordsOf(t).invites.fieldLabels[name]}</dt>
      <dd>{value}</dd>
    </>
  )
}

type SecondaryActionsProps = { invite: Invite; now: Date; t: Messages; isSuppressed: boolean }

/** Actions that only the invite's own page has room for. */
function SecondaryActions({ invite, now, t, isSuppressed }: SecondaryActionsProps) {
  if (invite.purgedAt) return null
  const status = currentStatus(invite, now)
  return (
    <>
      {status === "pending" && (
        <Form action={invitePath(invite, "issueLink")} htmx hx-target="#copied-link" data-copies-answer>
          <button class="link" type="submit">
            {t.invite.copyLink}
          </button>
        </Form>
      )}
      {RESENDABLE_STATUSES.includes(status) && !isSuppressed && !needsNewEmail(invite, now) && (
        <a href={invitePath(invite, "edit")}>{t.invite.edit}</a>
      )}
    </>
  )
}
