import { type SQL, sql } from "drizzle-orm"
import type { Places } from "../../storage/compiled.ts"
import type { Db } from "../../storage/db.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import { auditLog, type EventType } from "../../storage/schema.ts"
import { compiledBatch, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { isLatestChange } from "../invites/find.ts"
import type { NewAuditEntry } from "./audit-log.ts"
import {
  customerEventStatement,
  deliveryStatements,
  eventStatement,
  inviteEventStatements,
  memberJoined,
  type NewMember,
  newEventIds,
  oneInvite,
  toEventType,
} from "./record-event.ts"

/**
 * The statements that record the latest change of an invite (isLatestChange), for the batch of the change: its audit entries, and an
 * event with its webhook deliveries and notifications if the first entry is one.
 */
export function recordChangeStatements(
  { db, now }: Pick<Deps, "db" | "now">,
  [entry, ...others]: [NewAuditEntry, ...NewAuditEntry[]],
): Statement[] {
  const change = { changeId: entry.id, ...toEventIds({ now }) }
  return [
    ...changeStatements(db, { ...change, ...toEntryValues(entry) }, { type: toEventType(entry.action) }),
    ...others.flatMap((other) => changeStatements(db, { ...change, ...toEntryValues(other) }, { type: undefined })),
  ]
}

type EntryValues = Required<NewAuditEntry>
type ChangeValues = EntryValues & { changeId: string; eventId: string; eventEnd: string }

const toEntryValues = (entry: NewAuditEntry): EntryValues => ({
  ...{ personId: null, actorId: null, actorName: null, changes: null },
  ...entry,
})

function toEventIds(deps: Pick<Deps, "now">) {
  const { id, end } = newEventIds(deps)
  return { eventId: id, eventEnd: end }
}

const changeStatements = compiledBatch((db, at: Places<ChangeValues>, { type }: { type: EventType | undefined }) => {
  const isChanged = isLatestChange(at.subjectId, at.changeId)
  const { auditStatement, deps, ids } = placesOf(db, at, isChanged)
  if (!type) return [auditStatement]
  return [auditStatement, ...inviteEventStatements(deps, ids, type, at.subjectId, at.detail, isChanged)]
})

/** The statement of an audit entry, and what those of its events need. */
function placesOf(db: Db, at: Places<ChangeValues>, condition: SQL) {
  const entry = {
    id: at.id,
    resellerId: at.resellerId,
    action: at.action,
    subjectId: at.subjectId,
    personId: at.personId,
    actorKind: at.actorKind,
    actorId: at.actorId,
    actorName: at.actorName,
    detail: at.detail,
    changes: at.changes,
    createdAt: at.createdAt,
  }
  return {
    auditStatement: insertSelect(db, auditLog, entry, condition),
    deps: { db, now: () => at.createdAt },
    ids: { id: at.eventId, end: at.eventEnd },
  }
}

/** The statements that record that an invite was accepted and created a customer with its first member, once they exist. */
export function recordNewCustomerStatements(
  { db, now }: Pick<Deps, "db" | "now">,
  entry: NewAuditEntry,
  member: NewMember,
): Statement[] {
  const values = { changeId: entry.id, ...toEventIds({ now }), ...toEntryValues(entry), ...member }
  return [...newCustomerStatements(db, values, undefined)]
}

const newCustomerStatements = compiledBatch((db, at: Places<ChangeValues & NewMember>) => {
  const isChanged = isLatestChange(at.subjectId, at.changeId)
  const { auditStatement, deps, ids } = placesOf(db, at, isChanged)
  const inviteEvent = (type: EventType) => oneInvite(type, at.subjectId, null, isChanged)
  return [
    auditStatement,
    eventStatement(deps, ids, { ...inviteEvent("invite.accepted"), sequence: sql`'1'` }),
    eventStatement(deps, ids, { ...inviteEvent("customer.created"), sequence: sql`'2'` }),
    customerEventStatement(deps, ids, { ...memberJoined(at, isChanged), sequence: sql`'3'` }),
    ...deliveryStatements(deps, ids, ["invite.accepted"]),
  ]
})
