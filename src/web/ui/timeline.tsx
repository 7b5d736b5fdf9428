import type { Child } from "hono/jsx"
import type { AuditAction } from "../../domain/events/audit-actions.ts"
import { formatField } from "../../domain/invites/field-values.ts"
import { type FieldNameOf, INVITE_FIELDS, type InviteFieldName } from "../../domain/invites/fields.ts"
import type { AuditEntry, FieldChange } from "../../storage/schema.ts"
import { isolate } from "../../text/direction.ts"
import type { Messages } from "../../text/en.ts"
import { withReadableAddresses } from "../../text/readable-address.ts"
import { formatList } from "../../text/sentences.ts"
import { emailErrorText } from "./email-error.ts"
import { RelativeTime } from "./time.tsx"

type InviteAction = Extract<AuditAction, `invite.${string}`>

/** Actions that only staff see, in English. */
const STAFF_ACTION_LABELS: Record<Exclude<AuditAction, InviteAction>, string> = {
  "webhook.created": "Webhook added:",
  "webhook.updated": "Webhook changed:",
  "webhook.enabled": "Webhook enabled:",
  "webhook.disabled": "Webhook disabled:",
  "webhook.secret_rotated": "Webhook secret rotated:",
  "webhook.deleted": "Webhook deleted:",
  "billing_account.created": "Billing account added:",
  "billing_account.updated": "Billing account changed:",
  "billing_account.made_default": "Billing account made the default",
  "billing_account.deleted": "Billing account deleted:",
  "staff.role_changed": "Role changed:",
  "staff.removed": "Removed from staff:",
  "staff.left": "Left the staff:",
  "staff.name_changed": "Name changed:",
  "staff.password_changed": "Password changed:",
  "staff.password_reset": "Password reset by email:",
  "staff.email_changed": "Email address changed:",
  "staff.sessions_ended": "Signed out of all sessions:",
  "staff.factors_changed": "Sign-in changed:",
  "staff.factors_reset": "Second factors reset:",
  "member.factors_changed": "Sign-in changed:",
  "member.factors_reset": "Second factors reset:",
  "member.role_changed": "Role changed:",
  "member.removed": "Removed from the account:",
  "member.left": "Left the account:",
  "staff.purged": "Personal data deleted",
  "member.purged": "Personal data deleted",
  "member.name_changed": "Name changed:",
  "member.password_changed": "Password changed:",
  "member.password_reset": "Password reset by email:",
  "member.email_changed": "Email address changed:",
  "member.sessions_ended": "Signed out of all sessions:",
  "staff.email_change_requested": "Change of email address requested:",
  "staff.email_change_cancelled": "Change of email address cancelled:",
  "staff.signed_in": "Signed in:",
  "staff.signed_out": "Signed out:",
  "staff.sign_in_failed": "Sign-in failed:",
  "staff.permission_refused": "Permission refused:",
  "staff.limit_reached": "Limit reached:",
  "member.email_change_requested": "Change of email address requested:",
  "member.email_change_cancelled": "Change of email address cancelled:",
  "member.signed_in": "Signed in:",
  "member.signed_out": "Signed out:",
  "member.sign_in_failed": "Sign-in failed:",
  "member.permission_refused": "Permission refused:",
  "member.limit_reached": "Limit reached:",
  "api_key.permission_refused": "Permission refused:",
  "api_key.limit_reached": "Limit reached:",
  "api_key.refused": "Expired or revoked API key used:",
  "reseller.created": "Reseller created:",
  "reseller.suspended": "Suspended",
  "reseller.reinstated": "Reinstated",
  "reseller.invite_settings_changed": "Invite settings changed:",
  "reseller.retention_changed": "Retention changed:",
  "reseller.data_exported": "Data about a person exported",
  "reseller.company_changed": "Company profile changed:",
  "reseller.security_changed": "Security settings changed:",
  "reseller.logo_changed": "Logo changed",
  "reseller.logo_removed": "Logo removed",
  "customer.billing_changed": "Billing account set",
  "api_key.created": "API key created:",
  "api_key.revoked": "API key revoked",
}

type Labels = Partial<Record<string, string>>

type TimelineEntryProps = {
  entry: AuditEntry
  now: Date
  t: Messages
  /** The path of all activity of the same person or API key. */
  actorPath?: string | undefined
  /** Follows the time. */
  note?: string | undefined
  children?: Child
}

/** What was done, by whom and when. `children` name the subject if the page doesn't. */
export function TimelineEntry({ entry, now, t, actorPath, note, children }: TimelineEntryProps) {
  return (
    <li>
      <span>
        {children}
        {actionLabel(entry, t)}
        <EntryDetail {...{ entry, t }} />
      </span>
      <span class="muted">
        {actorPath ? <a href={actorPath}>{actorLabel(entry, t)}</a> : actorLabel(entry, t)} ·{" "}
        <RelativeTime at={entry.createdAt} {...{ now, t }} />
        {note && ` · ${note}`}
      </span>
    </li>
  )
}

function EntryDetail({ entry, t }: Pick<TimelineEntryProps, "entry" | "t">) {
  const { detail, changes } = entry
  const text = changes
    ? formatList(
        t,
        changes.map((change) => changeText(t, change)),
      )
    : detail && isolateParts(withReadableAddresses(emailErrorText(t, detail)))
  return text && <span class="muted"> {text}</span>
}

/** `Contact Name: Priya → Kim`; only the label if the values weren't recorded. */
function changeText(t: Messages, [field, before = null, after = null]: FieldChange): string {
  const name = field as InviteFieldName
  const label = fieldLabel(t, name)
  if (before === null && after === null) return label
  const toText = (value: typeof before) => isolate(formatField(t, name, value) || t.timeline.noValue)
  return `${label}${t.language.colon}${toText(before)} → ${toText(after)}`
}

/** A detail names people before and after these signs: `Priya → Kim`, `Priya: Support → Admin`. */
const isolateParts = (detail: string) =>
  detail
    .split(/( → |: )/)
    .map(isolate)
    .join("")

/** The label of a field in the reader's language, or in English if only staff see the field. */
function fieldLabel(t: Messages, name: InviteFieldName): string {
  const labels: Labels = t.fieldLabels satisfies Record<FieldNameOf<"member">, string>
  return labels[name] ?? INVITE_FIELDS[name].label
}

/** What was done, as a label that the entry's detail may follow. */
function actionLabel({ action, actorKind }: AuditEntry, t: Messages): string {
  if (action === "invite.resent" && actorKind === "contact") return t.timeline.renewed
  const inviteLabels: Labels = t.timeline.actions satisfies Record<InviteAction, string>
  const staffLabels: Labels = STAFF_ACTION_LABELS
  return inviteLabels[action] ?? staffLabels[action] ?? action
}

/** Who did it. API keys and the operator act only on what staff see, so they are in English. */
function actorLabel({ actorKind, actorName }: AuditEntry, t: Messages): string {
  switch (actorKind) {
    case "system":
      return t.timeline.system
    case "operator":
      return "Operator"
    case "contact":
      return actorName ? t.timeline.contact(actorName) : t.timeline.theContact
    case "api_key":
      return actorName ? `${isolate(actorName)} (API key)` : "An API key"
    case "member":
      return t.timeline.member(actorName ?? "")
    case "staff":
      return actorName ?? actorKind
  }
}
