import type { Child } from "hono/jsx"
import type { AuditAction } from "../../domain/events/audit-actions.ts"
import type { AuditEntry } from "../../storage/schema.ts"
import { RelativeTime } from "./time.tsx"

const ACTION_LABELS: Record<AuditAction, string> = {
  "invite.created": "Invited",
  "invite.sent": "E-mail sent to",
  "invite.failed": "E-mail not sent:",
  "invite.delivered": "E-mail delivered",
  "invite.deferred": "E-mail delayed:",
  "invite.bounced": "E-mail came back:",
  "invite.complained": "Marked as spam",
  "invite.updated": "Corrected:",
  "invite.billing_changed": "Billing account changed",
  "invite.link_issued": "Link copied",
  "invite.code_sent": "Code for a copied link sent to",
  "invite.form_started": "Began to fill in the form",
  "invite.reminded": "Reminded",
  "invite.opened": "Opened the link",
  "invite.declined": "Not meant for them: declined",
  "invite.resent": "Sent again to",
  "invite.revoked": "Revoked",
  "invite.expired": "Ran out",
  "invite.accepted": "Accepted",
  "webhook.created": "Webhook added:",
  "webhook.updated": "Webhook changed:",
  "webhook.enabled": "Webhook switched on:",
  "webhook.disabled": "Webhook switched off:",
  "webhook.secret_rotated": "Webhook's secret rotated:",
  "webhook.deleted": "Webhook removed:",
  "billing_account.created": "Billing account added:",
  "billing_account.updated": "Billing account changed:",
  "billing_account.made_default": "Billing account made the default",
  "billing_account.deleted": "Billing account removed:",
  "staff.role_changed": "Role changed:",
  "staff.removed": "Taken off the staff:",
  "staff.left": "Left the staff:",
  "member.role_changed": "Role changed:",
  "member.removed": "Taken out of the account:",
  "member.left": "Left the account:",
  "reseller.created": "Reseller opened:",
  "reseller.suspended": "Suspended",
  "reseller.reinstated": "Suspension lifted",
  "reseller.invite_settings_changed": "Settings of invites changed:",
  "reseller.company_changed": "Company profile changed:",
  "reseller.logo_changed": "Logo changed",
  "reseller.logo_removed": "Logo removed",
  "customer.billing_changed": "Billed to another account, or confirmed",
  "api_key.created": "API key made:",
  "api_key.revoked": "API key revoked",
}

type TimelineEntryProps = {
  entry: AuditEntry
  now: Date
  /** Where all that the same person or key did is listed. */
  actorPath?: string | undefined
  children?: Child
}

/** One thing that was done, by whom and when; `children` say about whom, where that is not plain. */
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

/** What was done, in words that the entry's detail goes on from. */
function actionLabel({ action, actorKind }: AuditEntry): string {
  if (action === "invite.resent" && actorKind === "contact") return "Renewed by the contact: a new link sent to"
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
