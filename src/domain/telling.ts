import { type SQL, sql } from "drizzle-orm"
import { newId } from "../storage/ids.ts"
import { insertWhere } from "../storage/insert-where.ts"
import { auditLog, notifications, outbox, type WebhookEvent } from "../storage/schema.ts"
import type { AuditRow } from "./audit.ts"
import type { Statement } from "./commit.ts"
import type { Deps } from "./deps.ts"

type Writing = Pick<Deps, "db" | "now">

/** What staff are told of by e-mail, when it happens to an invite of theirs, and in which words. */
export const NOTICED: Record<string, string> = {
  "invite.accepted": "accepted",
  "invite.bounced": "bounced",
  "invite.declined": "declined",
  "invite.expired": "expired",
}

/**
 * The statements that tell of a change to an invite, for the batch of the change: the audit entry, a delivery for each webhook
 * that asks for it, and a notification for staff who invited. They apply where `when` holds.
 */
export function tell(deps: Writing, entry: AuditRow, when: SQL = sql`TRUE`): [Statement, ...Statement[]] {
  const source = { from: sql`invites AS told`, when: sql`told.id = ${entry.subjectId} AND ${when}` }
  const words = { key: sql`${newId("evt", deps.now())}`, action: sql`${entry.action}` }
  const notification = { key: sql`${newId("not", deps.now())}`, detail: sql`${entry.detail}` }
  return [
    insertWhere(deps.db, auditLog, entry, when),
    queuedWebhooks(deps, { ...source, ...words }),
    ...(entry.action in NOTICED ? [queuedNotices(deps, { ...source, ...words, ...notification })] : []),
  ]
}

/** Where a statement finds what it tells of: `from` names an invite `told`; `key` is unique for each row. */
type Source = { from: SQL; when: SQL; key: SQL; action: SQL }

/**
 * The statement that queues a delivery for each webhook that asks for `action`, of customers' invites. What it says is ids
 * and states.
 */
export function queuedWebhooks({ db, now }: Writing, { from, when, key, action }: Source) {
  const at = now()
  const data = sql`json_object('invite_id', told.id, 'status', told.status, 'email_status', told.email_status,
    'send_count', told.send_count, 'customer_id', told.customer_id)`
  return db
    .insert(outbox)
    .select(
      sql`SELECT ${key} || '_' || substr(hook.id, 5), told.reseller_id, 'webhook', told.id, NULL, hook.id,
        json_object('type', ${action}, 'timestamp', ${at.toISOString()}, 'data', ${data}),
        'queued', 0, ${at.getTime()}, NULL, NULL, NULL, NULL, ${at.getTime()}
      FROM ${from} JOIN webhooks AS hook ON hook.reseller_id = told.reseller_id AND hook.disabled_at IS NULL
        AND EXISTS (SELECT 1 FROM json_each(hook.events) WHERE value = ${action})
      WHERE told.kind = 'customer' AND ${when}`,
    )
    .returning({ wake: outbox.id })
}

/** A customer came of an invite. */
export function queuedCustomerCreated(deps: Writing, inviteId: string, when: SQL) {
  const action: WebhookEvent = "customer.created"
  const key = sql`${newId("evt", deps.now())}`
  return queuedWebhooks(deps, {
    from: sql`invites AS told`,
    when: sql`told.id = ${inviteId} AND ${when}`,
    key,
    action: sql`${action}`,
  })
}

/** The statement that leaves a notification for whoever invited, if they want to be told. */
export function queuedNotices({ db, now }: Writing, { from, when, key, action, detail }: Source & { detail: SQL }) {
  return db.insert(notifications).select(
    sql`SELECT ${key}, person.user_id, told.reseller_id, told.id, told.contact_email, ${action}, ${detail}, ${now().getTime()}, NULL
    FROM ${from} JOIN staff AS person ON person.reseller_id = told.reseller_id AND person.digest_enabled = 1
      AND person.user_id = coalesce((SELECT created_by FROM api_keys WHERE api_keys.id = told.invited_by), told.invited_by)
    WHERE told.kind <> 'member' AND ${when}`,
  )
}
