import { type Placeholder, type SQL, sql } from "drizzle-orm"
import type { Places } from "../../storage/compiled.ts"
import { newId } from "../../storage/ids.ts"
import { insertFrom, insertSelect } from "../../storage/insert-select.ts"
import { auditLog, type EventType, events, INVITE_EVENT_TYPES, notifications } from "../../storage/schema.ts"
import type { Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { enqueueStatement, type NewMessages } from "../outbox/enqueue.ts"
import { entryIdOf, type NewAuditEntry } from "./audit-log.ts"

type WriteDeps = Pick<Deps, "db"> & { now: () => Date | Placeholder }

const NOTIFIED_EVENTS = ["invite.accepted", "invite.bounced", "invite.declined", "invite.expired"] as const

/** The events that staff get notifications about. */
export type NotifiedEvent = (typeof NOTIFIED_EVENTS)[number]

/**
 * The statements that record a change to an invite, for the batch of the change: the audit entry and, if the action is an event,
 * the event with its webhook deliveries and notifications. They apply if `condition` holds.
 */
export function recordEventStatements(
  deps: Pick<Deps, "db" | "now">,
  entry: NewAuditEntry,
  condition: SQL = sql`TRUE`,
): Statement[] {
  const auditStatement = insertSelect(deps.db, auditLog, entry, condition)
  const type = toEventType(entry.action)
  if (!type) return [auditStatement]
  return [
    auditStatement,
    ...inviteEventStatements(deps, newEventIds(deps), type, entry.subjectId, entry.detail, condition),
  ]
}

/** Changes of an invite that have no event of their own. */
const UPDATES = ["invite.billing_changed", "invite.restored"]

/** The event that an audit action is. */
export function toEventType(action: string): EventType | undefined {
  const name = UPDATES.includes(action) ? "invite.updated" : action
  return INVITE_EVENT_TYPES.find((type) => type === name)
}

/** The invites that a batch has changed. */
type ChangedInvites = Pick<EventSource, "from" | "where" | "sequence"> & { detail?: SQL | undefined }

/** The same for many invites that a batch changes, each with an audit entry of its reseller whose id is that of `entryIdOf`. */
export function recordEventsStatements(
  deps: Pick<Deps, "db" | "now">,
  entry: NewAuditEntry,
  { detail = sql`NULL`, ...changed }: ChangedInvites,
): Statement[] {
  const subjectId = sql`invite.id`
  const auditStatement = insertFrom(
    deps.db,
    auditLog,
    { ...entry, id: entryIdOf(entry, subjectId), resellerId: sql`invite.reseller_id`, subjectId, detail },
    sql`FROM ${changed.from} WHERE ${changed.where}`,
  )
  const type = toEventType(entry.action)
  if (!type) return [auditStatement]
  return [auditStatement, ...eventStatements(deps, { ...changed, detail, types: [type], type: sql.raw(`'${type}'`) })]
}

/** The id of an event or, if a sequence is added to it, the start of several. `end` sorts after all of them. */
type EventIds = { id: string | Placeholder; end: string | Placeholder }

export function newEventIds({ now }: Pick<Deps, "now">) {
  const id = newId("evt", now())
  return { id, end: `${id}~` }
}

/** The statements that write an event of this type about an invite, with its deliveries and notifications. */
export function inviteEventStatements(
  deps: WriteDeps,
  ids: EventIds,
  type: EventType,
  inviteId: string | Placeholder,
  detail: string | null | Placeholder,
  condition: SQL,
) {
  return writeEventStatements(deps, ids, oneInvite(type, inviteId, detail, condition))
}

export function oneInvite(
  type: EventType,
  inviteId: string | Placeholder,
  detail: string | null | Placeholder,
  condition: SQL,
): EventSource {
  return {
    types: [type],
    type: sql`${type}`,
    detail: sql`${detail}`,
    from: sql`invites AS invite`,
    where: sql`invite.id = ${inviteId} AND ${condition}`,
  }
}

type EventSource = {
  /** The possible values of `type`. Others aren't events. */
  types: readonly EventType[]
  type: SQL
  detail: SQL
  /** Yields a row for each event, from a table named `invite` among others. */
  from: SQL
  where: SQL
  /** Digits that distinguish several events, as many for each. */
  sequence?: SQL
}

/**
 * The statements that write an event for each row of the source, a delivery for each webhook that subscribes to its type, and a
 * notification for the inviter. Staff invites only have events with notifications; member invites have none.
 */
export function eventStatements(deps: Pick<Deps, "db" | "now">, source: EventSource): Statement[] {
  return writeEventStatements(deps, newEventIds(deps), source)
}

/** The same with these ids. `messages` are enqueued with the deliveries, by one statement. */
export function writeEventStatements(deps: WriteDeps, ids: EventIds, source: EventSource, messages?: NewMessages[]) {
  return [eventStatement(deps, ids, source), ...deliveryStatements(deps, ids, source.types, messages)]
}

export function eventStatement(
  { db, now }: WriteDeps,
  { id }: Pick<EventIds, "id">,
  { types, sequence = sql`''`, ...source }: EventSource,
) {
  return insertFrom(
    db,
    events,
    {
      id: sql`${id} || ${sequence}`,
      resellerId: sql`invite.reseller_id`,
      type: source.type,
      isPublic: sql`invite.kind = 'customer'`,
      inviteId: sql`invite.id`,
      customerId: sql`invite.customer_id`,
      contactEmail: sql`invite.contact_email`,
      detail: source.detail,
      data: INVITE_DATA,
      occurredAt: now(),
    },
    sql`FROM ${source.from} WHERE ${source.where} AND ((invite.kind = 'customer' AND ${source.type} IN ${typeList(types)})
      OR (invite.kind = 'staff' AND ${source.type} IN ${typeList(types.filter(isNotified))}))`,
  )
}

/** The statements that write the deliveries and notifications of events of these types, whose ids begin with the same one. */
export function deliveryStatements(
  deps: WriteDeps,
  ids: EventIds,
  types: readonly EventType[],
  messages: NewMessages[] = [],
) {
  const notifiedTypes = types.filter(isNotified)
  const webhooksStatement = enqueueStatement(deps, newDeliveries(ids), ...messages)
  return notifiedTypes.length > 0
    ? [
        webhooksStatement,
        notifyStatement(deps, sql`${isRecordedEvent(ids)} AND event.type IN ${typeList(notifiedTypes)}`),
      ]
    : [webhooksStatement]
}

const isNotified = (type: EventType) => NOTIFIED_EVENTS.some((notified) => notified === type)

function ownValues(row: "invite" | "customer") {
  return sql.raw(`'external_id', ${row}.external_id, 'metadata', json(coalesce(${row}.metadata, '{}'))`)
}

/** The `data` of events: ids, statuses and the reseller's own values. `invite`, `customer` and `member` are rows of the statement. */
const INVITE_DATA = sql`json_object('invite_id', invite.id, 'status', invite.status, 'email_status', invite.email_status,
  'send_count', invite.send_count, 'customer_id', invite.customer_id, ${ownValues("invite")})`
const CUSTOMER_DATA = sql`json_object('customer_id', customer.id, ${ownValues("customer")})`
const MEMBER_DATA = sql`json_object('member_id', member.id, 'customer_id', customer.id)`

const isRecordedEvent = ({ id, end }: EventIds) => sql`event.id BETWEEN ${id} AND ${end}`

/**
 * The statements that record that customers changed, for the batch of the change, with deliveries. `source` starts with FROM, yields
 * the customers as `customer`, and has a WHERE.
 */
export function customerUpdatedStatements(deps: Pick<Deps, "db" | "now">, source: SQL): Statement[] {
  const sequence = sql`printf('%06d', row_number() OVER ())`
  return customerEventStatements(deps, { type: "customer.updated", data: CUSTOMER_DATA, source, sequence })
}

export type NewMember = { userId: string; customerId: string }

/** The statements that record that a person joined a customer. */
export function memberJoinedStatements(deps: Pick<Deps, "db" | "now">, member: NewMember, condition: SQL): Statement[] {
  return customerEventStatements(deps, memberJoined(member, condition))
}

export const memberJoined = (
  { userId, customerId }: NewMember | Places<NewMember>,
  condition: SQL,
): CustomerEventSource => ({
  type: "member.joined",
  data: MEMBER_DATA,
  source: sql`FROM customers AS customer, (SELECT ${userId} AS id) AS member WHERE customer.id = ${customerId} AND ${condition}`,
})

type CustomerEventSource = { type: EventType; data: SQL; source: SQL } & Pick<EventSource, "sequence">

function customerEventStatements(deps: Pick<Deps, "db" | "now">, event: CustomerEventSource): Statement[] {
  const ids = newEventIds(deps)
  return [customerEventStatement(deps, ids, event), ...deliveryStatements(deps, ids, [event.type])]
}

export function customerEventStatement(
  { db, now }: WriteDeps,
  { id }: Pick<EventIds, "id">,
  { type, data, source, sequence = sql`''` }: CustomerEventSource,
) {
  const event = {
    id: sql`${id} || ${sequence}`,
    resellerId: sql`customer.reseller_id`,
    type,
    isPublic: true,
    customerId: sql`customer.id`,
    data,
    occurredAt: now(),
  }
  return insertFrom(db, events, event, source)
}

/** Literals, since D1 binds a hundred values at most. */
const typeList = (types: readonly EventType[]) => sql.raw(`(${types.map((type) => `'${type}'`).join(", ")})`)

/** A delivery of each of these events for each webhook that subscribes to its type. */
function newDeliveries(ids: EventIds): NewMessages {
  return {
    message: {
      id: sql`event.id || '_' || substr(hook.id, 5)`,
      resellerId: sql`event.reseller_id`,
      kind: "webhook",
      recipient: sql`hook.id`,
      eventId: sql`event.id`,
    },
    source: sql`FROM events AS event CROSS JOIN webhooks AS hook ON hook.reseller_id = event.reseller_id AND hook.disabled_at IS NULL
        AND EXISTS (SELECT 1 FROM json_each(hook.events) WHERE value = event.type)
      WHERE ${isRecordedEvent(ids)} AND event.is_public = 1`,
  }
}

/** For the inviter, or the creator of the API key that invited, unless they disabled digests. */
function notifyStatement({ db }: WriteDeps, condition: SQL) {
  return insertFrom(
    db,
    notifications,
    { eventId: sql`event.id`, userId: sql`person.user_id`, resellerId: sql`event.reseller_id` },
    sql`FROM events AS event CROSS JOIN invites AS invite ON invite.id = event.invite_id
      JOIN staff AS person ON person.reseller_id = event.reseller_id AND person.digest_enabled = 1
        AND person.user_id = coalesce((SELECT created_by FROM api_keys WHERE api_keys.id = invite.invited_by), invite.invited_by)
      WHERE ${condition}`,
  )
}
