import { and, eq, getTableColumns, or, sql } from "drizzle-orm"
import { insertSelect } from "../../storage/insert-select.ts"
import { auditLog, type Reseller, resellers } from "../../storage/schema.ts"
import type { StaffActor } from "../access/actor.ts"
import type { Deps } from "../deps.ts"
import type { AuditAction } from "../events/audit-actions.ts"
import { isRecorded, newAuditEntry } from "../events/audit-log.ts"

const COLUMNS = getTableColumns(resellers)

/** Changes columns of the actor's reseller, with an audit entry. Writes nothing if they have these values. */
export async function changeSettings(
  deps: Deps,
  actor: StaffActor,
  action: AuditAction,
  changes: Partial<Omit<Reseller, "id">>,
  detail: string | null = null,
): Promise<void> {
  const { db } = deps
  const { id } = actor.reseller
  const entry = newAuditEntry(deps, id, actor, action, id, detail)
  const names = Object.keys(changes) as (keyof typeof changes)[]
  const isDifferent = or(
    ...names.map((name) => sql`${COLUMNS[name]} IS NOT ${sql.param(changes[name], COLUMNS[name])}`),
  )
  await db.batch([
    insertSelect(
      db,
      auditLog,
      entry,
      sql`EXISTS (SELECT 1 FROM ${resellers} WHERE ${and(eq(resellers.id, id), isDifferent)})`,
    ),
    db
      .update(resellers)
      .set(changes)
      .where(and(eq(resellers.id, id), isRecorded(entry))),
  ])
}
