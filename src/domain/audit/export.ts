import { and, asc, eq, gt } from "drizzle-orm"
import { aliasedColumns } from "../../storage/aliased-columns.ts"
import { type AuditEntry, auditEntries, auditLog, auditSeals, type InviteKind, invites } from "../../storage/schema.ts"
import type { StaffActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { readableKinds } from "../events/activity.ts"
import { toReadable } from "../events/audit-log.ts"

const EXPORT_PAGE = 1_000
/** Below what one invocation may ask of D1. */
const EXPORT_PAGES = 800

/** An entry with the number and hash of its seal; both are null until it is sealed. */
export type ExportedEntry = AuditEntry & { sequence: number | null; seal: string | null }

/**
 * Yields the entries that the actor can see as activity, oldest first, a page at a time, so that memory stays bounded. Throws
 * `forbidden`, and an error after 800,000 entries.
 */
export async function* exportAuditLog(deps: Deps, actor: StaffActor): AsyncGenerator<ExportedEntry[]> {
  authorize(actor, "settings:write")
  const kinds: (InviteKind | null)[] = [null, ...readableKinds(actor)]
  let after = ""
  for (let page = 0; page < EXPORT_PAGES; page++) {
    const [rows] = await deps.read([exportQuery(deps, actor, after)])
    yield rows
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ entry, sequence, seal }) => ({ ...toReadable(actor, entry), sequence, seal }))
    if (rows.length < EXPORT_PAGE) return
    after = rows.at(-1)?.entry.id ?? after
  }
  throw new Error("the audit log is too long for one export")
}

function exportQuery({ db }: Deps, actor: StaffActor, after: string) {
  const page = db
    .select({ id: auditEntries.id })
    .from(auditEntries)
    .where(and(eq(auditEntries.resellerId, actor.reseller.id), gt(auditEntries.id, after)))
    .orderBy(asc(auditEntries.id))
    .limit(EXPORT_PAGE)
    .as("page")
  const seal = aliasedColumns(auditSeals, "seal")
  return db
    .select({
      entry: aliasedColumns(auditLog, "entry"),
      sequence: seal.sequence,
      seal: seal.hash,
      kind: aliasedColumns(invites, "invite").kind,
    })
    .from(auditLog)
    .innerJoin(page, eq(page.id, auditLog.id))
    .leftJoin(auditSeals, eq(auditSeals.entryId, auditLog.id))
    .leftJoin(invites, eq(invites.id, auditLog.subjectId))
    .orderBy(asc(page.id))
}
