import type { Child } from "hono/jsx"
import type { AuditAction } from "../../domain/events/audit-actions.ts"
import type { AuditEntry } from "../../storage/schema.ts"
import { RelativeTime } from "./time.tsx"

const ACTION_LABELS: Record<AuditAction, string> = {
  "invite.created": "Invited",
  "invite.sent": "Email sent to",
  "invite.failed": "Email not sent:",
  "invite.delivered": "Email delivered",
  "invite.deferred": "Email delayed:",
  "invite.bounced": "Email bounced:",
  "invite.complained": "Marked as spam",
  "invite.updated": "Edited:",
  "invite.billing_changed": "Billing account changed",
  "invite.link_issued": "Link copied",
  "invite.code_sent": "Code for a copied link sent to",
  "invite.form_started": "Started to fill in the form",
  "invite.reminded": "Reminded",
  "invite.opened": "Opened the link",
  "invite.declined": "Declined",
  "invite.resent": "Sent again to",
  "invite.revoked": "Revoked",
  "invite.expired": "Expired",
  "invite.accepted": "Accepted",
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
  "member.role_changed": "Role changed:",
  "member.removed": "Removed from the account:",
  "member.left": "Left the account:",
  "reseller.created": "Reseller created:",
  "reseller.suspended": "Suspended",
  "reseller.reinstated": "Suspension lifted",
  "reseller.invite_settings_changed": "Invite settings changed:",
  "reseller.company_changed": "Company profile changed:",
  "reseller.logo_changed": "Logo changed",
  "reseller.logo_removed": "Logo removed",
  "customer.billing_changed": "Billing account changed or confirmed",
  "api_key.created": "API key created:",
  "api_key.revoked": "API key revoked",
}

type TimelineEntryProps = {
  entry: AuditEntry
  now: Date
  /** The path of all activity of the same person or API key. */
  actorPath?: string | undefined
  children?: Child
}

/** What was done, by whom and when. `children` name the subject where the page doesn't. */
export function TimelineEntry({ entry, now, actorPath, children }: TimelineEntryProps) {
  return (
    <li>
      <span>
        {children}
        {actionLabel(entry)}
        {entry.detail && <span class="muted"> {entry.detail}</span>}
      </span>
      <span class="muted">
        {actorPath ? <a href={actorPath}>{actorLabel(entry)}</a> : actorLabel(entry)} ·{" "}
        <RelativeTime at={entry.createdAt} now={now} />
      </span>
    </li>
  )
}

/** What was done. The entry's detail follows it. */
function actionLabel({ action, actorKind }: AuditEntry): string {
  if (action === "invite.resent" && actorKind === "contact") return "Renewed by the contact: new link sent to"
  return ACTION_LABELS[action as AuditAction] ?? action
}

/** Who did it. */
function actorLabel({ actorKind, actorName }: AuditEntry): string {
  switch (actorKind) {
    case "system":
      return "Vestibule"
    case "operator":
      return "Operator"
    case "contact":
      return actorName ? `${actorName} (contact)` : "The contact"
    case "api_key":
      return actorName ? `${actorName} (API key)` : "An API key"
    case "member":
      return `${actorName} (member)`
    case "staff":
      return actorName ?? actorKind
  }
}
