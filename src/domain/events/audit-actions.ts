import type { Actor } from "../access/actor.ts"
import { can, type Permission } from "../access/permissions.ts"

/**
 * Every action of the audit log, and the permission to read it: the same as for the page that shows its subject. `invites:read`
 * stands for the permission of the invite's kind: the activity leaves out invites of other kinds, and a timeline requires it.
 */
const AUDIT_PERMISSIONS = {
  "invite.created": "invites:read",
  "invite.sent": "invites:read",
  "invite.resent": "invites:read",
  "invite.revoked": "invites:read",
  "invite.restored": "invites:read",
  "invite.expired": "invites:read",
  "invite.accepted": "invites:read",
  "invite.updated": "invites:read",
  "invite.billing_changed": "billing:read",
  "invite.declined": "invites:read",
  "invite.unsubscribed": "invites:read",
  "invite.opened": "invites:read",
  "invite.form_started": "invites:read",
  "invite.link_issued": "invites:read",
  "invite.code_sent": "invites:read",
  "invite.link_repeated": "invites:read",
  "invite.reminded": "invites:read",
  "invite.advanced": "invites:read",
  "invite.delivered": "invites:read",
  "invite.deferred": "invites:read",
  "invite.bounced": "invites:read",
  "invite.complained": "invites:read",
  "invite.failed": "invites:read",
  "invite.purged": "invites:read",
  "invite.code_refused": "invites:read",
  "invite.sign_in_failed": "invites:read",
  "invite.limit_reached": "invites:read",
  "customer.billing_changed": "billing:read",
  "customer.updated": "customers:read",
  "member.role_changed": "customers:read",
  "member.removed": "customers:read",
  "member.left": "customers:read",
  "member.purged": "customers:read",
  "member.name_changed": "customers:read",
  "member.password_changed": "customers:read",
  "member.password_reset": "customers:read",
  "member.email_changed": "customers:read",
  "member.sessions_ended": "customers:read",
  "member.factors_changed": "customers:read",
  "member.factors_reset": "customers:read",
  "member.email_change_requested": "customers:read",
  "member.email_change_cancelled": "customers:read",
  "staff.role_changed": "staff:read",
  "staff.removed": "staff:read",
  "staff.left": "staff:read",
  "staff.purged": "staff:read",
  "staff.name_changed": "staff:read",
  "staff.password_changed": "staff:read",
  "staff.password_reset": "staff:read",
  "staff.email_changed": "staff:read",
  "staff.sessions_ended": "staff:read",
  "staff.factors_changed": "staff:read",
  "staff.factors_reset": "staff:read",
  "staff.email_change_requested": "staff:read",
  "staff.email_change_cancelled": "staff:read",
  "billing_account.created": "billing:read",
  "billing_account.updated": "billing:read",
  "billing_account.made_default": "billing:read",
  "billing_account.deleted": "billing:read",
  "api_key.created": "api_keys:write",
  "api_key.revoked": "api_keys:write",
  "webhook.created": "webhooks:write",
  "webhook.updated": "webhooks:write",
  "webhook.enabled": "webhooks:write",
  "webhook.disabled": "webhooks:write",
  "webhook.secret_rotated": "webhooks:write",
  "webhook.deleted": "webhooks:write",
  "job.started": "invites:write",
  "job.paused": "invites:write",
  "job.resumed": "invites:write",
  "job.cancelled": "invites:write",
  "job.finished": "invites:write",
  "reseller.invite_settings_changed": "settings:write",
  "reseller.retention_changed": "settings:write",
  "reseller.data_exported": "settings:write",
  "reseller.company_changed": "settings:write",
  "reseller.security_changed": "settings:write",
  "reseller.logo_changed": "settings:write",
  "reseller.logo_removed": "settings:write",
  // Security events: for Admins, since they say when colleagues sign in.
  "staff.signed_in": "settings:write",
  "staff.signed_out": "settings:write",
  "staff.sign_in_failed": "settings:write",
  "staff.permission_refused": "settings:write",
  "staff.limit_reached": "settings:write",
  "member.signed_in": "settings:write",
  "member.signed_out": "settings:write",
  "member.sign_in_failed": "settings:write",
  "member.permission_refused": "settings:write",
  "member.limit_reached": "settings:write",
  "api_key.permission_refused": "api_keys:write",
  "api_key.limit_reached": "api_keys:write",
  "api_key.refused": "api_keys:write",
  // About the reseller itself, visible to all its staff.
  "reseller.created": "staff:read",
  "reseller.suspended": "staff:read",
  "reseller.reinstated": "staff:read",
  "reseller.sandbox_created": "staff:read",
} as const satisfies Record<string, Permission>

export type AuditAction = keyof typeof AUDIT_PERMISSIONS

export const AUDIT_ACTIONS = Object.keys(AUDIT_PERMISSIONS) as AuditAction[]

/** The actions that the actor can read, if invites need the permission `readInvites`. */
export function readableActions(actor: Actor, readInvites: Permission = "invites:read"): AuditAction[] {
  return AUDIT_ACTIONS.filter((action) => {
    const permission = AUDIT_PERMISSIONS[action]
    return can(actor, permission === "invites:read" ? readInvites : permission)
  })
}
