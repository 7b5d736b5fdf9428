import { type Placeholder, type SQL, sql } from "drizzle-orm"
import { type InsertRow, selectRow } from "../../storage/insert-select.ts"
import { type OutboxRow, outbox } from "../../storage/schema.ts"
import type { OutboxStatement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { hashRecipient } from "./recipient-limits.ts"

/** What `deps.enqueue` needs to know of a row. */
export const DUE_COLUMNS = { id: outbox.id, resellerId: outbox.resellerId, kind: outbox.kind, isBulk: outbox.isBulk }

type Row = InsertRow<typeof outbox>
type NewMessage = Pick<Row, "id" | "resellerId" | "kind" | "recipient"> &
  Partial<Pick<Row, "inviteId" | "linkVersion" | "eventId" | "payload" | "recipientHash" | "isBulk">> &
  Partial<Pick<Row, "status" | "nextAttemptAt">>
type NewEmail = NewMessage & Pick<OutboxRow, "kind" | "recipient">

/** The statement that enqueues an email if `condition` holds. It may have to wait (recipient-limits.ts). */
export function enqueueEmailStatement(
  deps: Pick<Deps, "db" | "now" | "config">,
  email: NewEmail,
  condition: SQL = sql`TRUE`,
): OutboxStatement {
  const recipientHash = hashRecipient(deps, email.kind, email.recipient)
  return enqueueStatement(deps, { message: { ...email, recipientHash }, source: sql`WHERE ${condition}` })
}

/** A message for each row of `source`, written as for `insertFrom`. */
export type NewMessages = { message: NewMessage; source: SQL }

/** The statement that enqueues messages, which are due now unless they say otherwise. */
export function enqueueStatement(
  { db, now }: Pick<Deps, "db"> & { now: () => Date | Placeholder },
  ...messages: [NewMessages, ...NewMessages[]]
) {
  const due = { status: "queued" as const, nextAttemptAt: now(), createdAt: now() }
  const rows = messages.map(({ message, source }) => selectRow(outbox, { ...due, ...message }, source))
  const statement = db.insert(outbox).select(sql.join(rows, sql` UNION ALL `))
  return { outbox: statement.returning({ ...DUE_COLUMNS, status: outbox.status }) }
}
