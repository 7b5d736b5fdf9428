import type { StaffActor } from "../../domain/access/actor.ts"
import type { Deps } from "../../domain/deps.ts"
import { IMPORT_FIELDS, isMetadataTarget, metadataKey } from "../../domain/imports/columns.ts"
import { getImport, type Import, type ImportRowState, listImportRows } from "../../domain/imports/find.ts"
import { rowText } from "../../domain/imports/row-fields.ts"
import { toVisibleRow } from "../../domain/imports/visible-rows.ts"
import { eachPage, type RowFilter } from "../../domain/jobs/row-pages.ts"
import { textToMetadata } from "../../domain/metadata.ts"
import { type Column, csvFormat, exportFile } from "../../http/export-file.ts"
import { Router } from "../../http/router.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { parseShownRows } from "./filter.ts"
import { problemText } from "./rows.tsx"

export const importExportRoutes = new Router()

const EXPORT_PAGE = 1_000

/** The rows with the fields that they were read as, which can be imported again, and their results. */
const columnsFor = (job: Import, t: StaffMessages): Column<ImportRowState>[] => [
  { name: "row", value: ({ position }) => position },
  ...IMPORT_FIELDS.filter((name) => name !== "metadata").map((name) => ({
    name,
    value: ({ input }: ImportRowState) => (input && rowText(job.params, input)[name]) || null,
  })),
  ...Object.keys(job.params.columns ?? {})
    .filter(isMetadataTarget)
    .map((name) => ({
      name,
      value: ({ input }: ImportRowState) =>
        (input && textToMetadata(rowText(job.params, input).metadata ?? "")[metadataKey(name)]) || null,
    })),
  { name: "result", value: ({ status }) => status },
  { name: "code", value: ({ code }) => code },
  { name: "message", value: (row) => problemText(t, job, row) || null },
  { name: "invite_id", value: ({ inviteId }) => inviteId },
]

importExportRoutes.serve("customers.imports.export", async (c) => {
  const { staff, deps } = c.var
  const job = await getImport(deps, staff, c.req.param("id"))
  const { status } = parseShownRows(c.req.query())
  const format = csvFormat(columnsFor(job, staffMessagesFor(staff.locale)))
  return exportFile(c, exportRows(deps, staff, job, { status }), format, ["import", "csv"])
})

const exportRows = (deps: Deps, staff: StaffActor, job: Import, filter: RowFilter): AsyncGenerator<ImportRowState[]> =>
  eachPage(async (cursor) => {
    const page = await listImportRows(deps, job, filter, "status", { ...cursor, size: EXPORT_PAGE })
    return { ...page, rows: page.rows.map((row) => toVisibleRow(staff, job, row)) }
  })
