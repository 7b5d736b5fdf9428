import { type SQL, sql } from "drizzle-orm"
import { type InsertRow, insertFrom } from "../../storage/insert-select.ts"
import { outbox } from "../../storage/schema.ts"
import type { OutboxStatement } from "../commit.ts"
import type { Deps } from "../deps.ts"

type NewMessage = Pick<InsertRow<typeof outbox>, "id" | "resellerId" | "kind" | "recipient"> &
  Partial<Pick<InsertRow<typeof outbox>, "inviteId" | "linkVersion" | "eventId" | "payload">>

/** The statement that enqueues an email if `condition` holds. */
export function enqueueEmailStatement(
  deps: Pick<Deps, "db" | "now">,
  email: NewMessage,
  condition: SQL = sql`TRUE`,
): OutboxStatement {
  return enqueueFromStatement(deps, email, sql`WHERE ${condition}`)
}

/** The statement that enqueues a message for each row of `source`, written as for `insertFrom`. */
export function enqueueFromStatement(
  { db, now }: Pick<Deps, "db" | "now">,
  message: NewMessage,
  source: SQL,
): OutboxStatement {
  const row = { ...message, status: "queued" as const, nextAttemptAt: now(), createdAt: now() }
  return { outbox: insertFrom(db, outbox, row, source).returning({ id: outbox.id, kind: outbox.kind }) }
}
