import { type SQL, sql } from "drizzle-orm"
import { newId } from "../../storage/ids.ts"
import { insertFrom, insertSelect } from "../../storage/insert-select.ts"
import { auditLog, notifications, type WebhookEvent } from "../../storage/schema.ts"
import type { Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { enqueueFromStatement } from "../outbox/enqueue.ts"
import type { NewAuditEntry } from "./audit-log.ts"

type WriteDeps = Pick<Deps, "db" | "now">

/** What staff are told of by e-mail, when it happens to an invite of theirs, and in which words. */
export const NOTIFIED_EVENTS: Record<string, string> = {
  "invite.accepted": "accepted",
  "invite.bounced": "bounced",
  "invite.declined": "declined",
  "invite.expired": "expired",
}

/**
 * The statements that tell of a change to an invite, for the batch of the change: the audit entry, a delivery for each webhook
 * that asks for it, and a notification for staff who invited. They apply where `condition` holds.
 */
export function recordEventStatements(deps: WriteDeps, entry: NewAuditEntry, condition: SQL = sql`TRUE`): Statement[] {
  const source = { from: sql`invites AS told`, condition: sql`told.id = ${entry.subjectId} AND ${condition}` }
  const event = { key: sql`${newId("evt", deps.now())}`, action: sql`${entry.action}` }
  const notification = { key: sql`${newId("not", deps.now())}`, detail: sql`${entry.detail}` }
  return [
    insertSelect(deps.db, auditLog, entry, condition),
    enqueueWebhooksStatement(deps, { ...source, ...event }),
    ...(entry.action in NOTIFIED_EVENTS
      ? [enqueueNotificationsStatement(deps, { ...source, ...event, ...notification })]
      : []),
  ]
}

/** Where a statement finds what it tells of: `from` names an invite `told`; `key` is unique for each row. */
type Source = { from: SQL; condition: SQL; key: SQL; action: SQL }

/**
 * The statement that queues a delivery for each webhook that asks for `action`, of customers' invites. What it says is ids
 * and states.
 */
export function enqueueWebhooksStatement(deps: WriteDeps, { from, condition, key, action }: Source) {
  const data = sql`json_object('invite_id', told.id, 'status', told.status, 'email_status', told.email_status,
    'send_count', told.send_count, 'customer_id', told.customer_id)`
  return enqueueFromStatement(
    deps,
    {
      id: sql`${key} || '_' || substr(hook.id, 5)`,
      resellerId: sql`told.reseller_id`,
      kind: "webhook",
      inviteId: sql`told.id`,
      recipient: sql`hook.id`,
      payload: sql`json_object('type', ${action}, 'timestamp', ${deps.now().toISOString()}, 'data', ${data})`,
    },
    sql`FROM ${from} JOIN webhooks AS hook ON hook.reseller_id = told.reseller_id AND hook.disabled_at IS NULL
        AND EXISTS (SELECT 1 FROM json_each(hook.events) WHERE value = ${action})
      WHERE told.kind = 'customer' AND ${condition}`,
  )
}

/** A customer came of an invite. */
export function enqueueCustomerCreatedStatement(deps: WriteDeps, inviteId: string, condition: SQL) {
  const action: WebhookEvent = "customer.created"
  const key = sql`${newId("evt", deps.now())}`
  return enqueueWebhooksStatement(deps, {
    from: sql`invites AS told`,
    condition: sql`told.id = ${inviteId} AND ${condition}`,
    key,
    action: sql`${action}`,
  })
}

/** The statement that leaves a notification for whoever invited, if they want to be told. */
export function enqueueNotificationsStatement(
  { db, now }: WriteDeps,
  { from, condition, key, action, detail }: Source & { detail: SQL },
) {
  return insertFrom(
    db,
    notifications,
    {
      id: key,
      userId: sql`person.user_id`,
      resellerId: sql`told.reseller_id`,
      inviteId: sql`told.id`,
      contactEmail: sql`told.contact_email`,
      action,
      detail,
      createdAt: now(),
    },
    sql`FROM ${from} JOIN staff AS person ON person.reseller_id = told.reseller_id AND person.digest_enabled = 1
      AND person.user_id = coalesce((SELECT created_by FROM api_keys WHERE api_keys.id = told.invited_by), told.invited_by)
    WHERE told.kind <> 'member' AND ${condition}`,
  )
}
