import { and, eq, getTableColumns, or, type SQL, sql } from "drizzle-orm"
import { insertSelect } from "../../storage/insert-select.ts"
import { auditLog, type Reseller, resellers } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import type { AuditAction } from "../events/audit-actions.ts"
import { isRecorded, newAuditEntry } from "../events/audit-log.ts"

const COLUMNS = getTableColumns(resellers)

/** Columns of a reseller that change together, and how the audit log records it. */
export type SettingsChange = {
  action: AuditAction
  changes: Partial<Omit<Reseller, "id" | "settingsVersion">>
  detail?: string | null
}

/**
 * Makes changes to the actor's reseller, each with an audit entry, unless it has these values; with `version`, only if its settings
 * haven't changed since. Returns the reseller if anything changed.
 */
export async function changeSettings(
  deps: Deps,
  actor: ResellerActor,
  settingsChanges: SettingsChange[],
  version?: number,
): Promise<Reseller | undefined> {
  const isOwn = eq(resellers.id, actor.reseller.id)
  const isChangeable = and(isOwn, version === undefined ? undefined : eq(resellers.settingsVersion, version))
  const written = settingsChanges.map((change) => changeStatements(deps, actor, change, isChangeable))
  const versionStatement = deps.db
    .update(resellers)
    .set({ settingsVersion: sql`${resellers.settingsVersion} + 1` })
    .where(and(isOwn, or(...written.map(({ entry }) => isRecorded(entry)))))
    .returning()
  const statements = written.flatMap((change) => change.statements)
  const [[changed]] = await commit(deps, [versionStatement], statements) // the version last: the others depend on it
  return changed
}

function changeStatements(
  deps: Deps,
  { reseller: { id }, ...actor }: ResellerActor,
  { action, changes, detail }: SettingsChange,
  isChangeable: SQL | undefined,
) {
  const entry = newAuditEntry(deps, id, actor, action, id, detail)
  const names = Object.keys(changes) as (keyof typeof changes)[]
  const isDifferent = or(
    ...names.map((name) => sql`${COLUMNS[name]} IS NOT ${sql.param(changes[name], COLUMNS[name])}`),
  )
  const isChange = sql`EXISTS (SELECT 1 FROM ${resellers} WHERE ${and(isChangeable, isDifferent)})`
  const statements = [
    insertSelect(deps.db, auditLog, entry, isChange),
    deps.db
      .update(resellers)
      .set(changes)
      .where(and(eq(resellers.id, id), isRecorded(entry))),
  ]
  return { entry, statements }
}
