import { type ExportedEntry, exportAuditLog } from "../../domain/audit/export.ts"
import { type Column, csvFormat, exportFile } from "../../http/export-file.ts"
import { Router } from "../../http/router.ts"

export const activityExportRoutes = new Router()

const COLUMNS: Column<ExportedEntry>[] = [
  { name: "id", value: ({ id }) => id },
  { name: "time", value: ({ createdAt }) => createdAt.toISOString() },
  { name: "action", value: ({ action }) => action },
  { name: "subject_id", value: ({ subjectId }) => subjectId },
  { name: "person_id", value: ({ personId }) => personId },
  { name: "actor_kind", value: ({ actorKind }) => actorKind },
  { name: "actor_id", value: ({ actorId }) => actorId },
  { name: "actor_name", value: ({ actorName }) => actorName },
  { name: "detail", value: ({ detail }) => detail },
  { name: "changes", value: ({ changes }) => changes },
  { name: "sequence", value: ({ sequence }) => sequence },
  { name: "seal", value: ({ seal }) => seal },
]

const FORMATS = {
  csv: csvFormat(COLUMNS),
  jsonl: { type: "application/jsonl; charset=utf-8", header: "", toLine: toJsonLine },
}

activityExportRoutes.serve("activity.export", (c) => {
  const { staff, deps } = c.var
  const extension = c.req.query("format") === "jsonl" ? "jsonl" : "csv"
  return exportFile(c, exportAuditLog(deps, staff), FORMATS[extension], ["activity", extension])
})

function toJsonLine(entry: ExportedEntry): string {
  return `${JSON.stringify(Object.fromEntries(COLUMNS.map(({ name, value }) => [name, value(entry)])))}\n`
}
