import { type ExportedEntry, exportAuditLog } from "../../domain/audit/export.ts"
import { Router } from "../../http/router.ts"

export const activityExportRoutes = new Router()

type Column = { name: string; value: (entry: ExportedEntry) => unknown }

const COLUMNS: Column[] = [
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
  csv: {
    type: "text/csv; charset=utf-8",
    header: `${COLUMNS.map(({ name }) => name).join(",")}\r\n`,
    toLine: toCsvLine,
  },
  jsonl: { type: "application/jsonl; charset=utf-8", header: "", toLine: toJsonLine },
}

activityExportRoutes.serve("settings.activity.export", (c) => {
  const { staff, deps } = c.var
  const extension = c.req.query("format") === "jsonl" ? "jsonl" : "csv"
  const { type, header, toLine } = FORMATS[extension]
  const encoder = new TextEncoder()
  const pages = exportAuditLog(deps, staff)
  // Pulled by the reader, so that a slow one holds one page in memory.
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(header)),
    async pull(controller) {
      const { done, value } = await pages.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value.map(toLine).join("")))
    },
  })
  const date = deps.now().toISOString().slice(0, 10)
  c.header("Content-Type", type)
  c.header("Content-Disposition", `attachment; filename="activity-${date}.${extension}"`)
  return c.body(body)
})

function toJsonLine(entry: ExportedEntry): string {
  return `${JSON.stringify(Object.fromEntries(COLUMNS.map(({ name, value }) => [name, value(entry)])))}\n`
}

function toCsvLine(entry: ExportedEntry): string {
  return `${COLUMNS.map(({ value }) => toCsvField(value(entry))).join(",")}\r\n`
}

/** RFC 4180. Spreadsheets would run a text that begins like a formula. */
function toCsvField(value: unknown): string {
  if (value === null) return ""
  const text = typeof value === "object" ? JSON.stringify(value) : String(value)
  const safe = typeof value !== "number" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
