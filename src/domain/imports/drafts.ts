import { and, eq, sql } from "drizzle-orm"
import { newId } from "../../storage/ids.ts"
import { insertFrom } from "../../storage/insert-select.ts"
import { jsonChunks } from "../../storage/json-chunks.ts"
import { jobRows, jobs } from "../../storage/schema.ts"
import type { ResellerActor, StaffActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { Failure } from "../failure.ts"
import { type CheckedRow, checkRows, type ImportRow, rowValidator } from "./check-rows.ts"
import { type Columns, guessColumns, type ImportFieldName } from "./columns.ts"
import {
  comparedRowsQuery,
  type Import,
  importQuery,
  importRowsQuery,
  isImportOf,
  rowQuery,
  rowsAtQuery,
  toDraft,
} from "./find.ts"
import { linkedRows } from "./linked-rows.ts"
import { IMPORT_ROWS_MAX, readTable, type TableProblem, type TableRow } from "./read-table.ts"
import { type ImportParams, type RowInput, rowFields } from "./row-fields.ts"
import { type RowCompany, similarRowStatements } from "./similar-rows.ts"
import { isSendable } from "./verdicts.ts"

/** The longest name of a file that a page shows. */
const FILE_NAME_MAX = 100
const GUESS_ROWS = 20

/**
 * Creates a draft from a file or a pasted text, with a guess of its columns. Returns what is wrong with a file that can't be read.
 * Throws `forbidden`.
 */
export async function createImport(
  deps: Deps,
  actor: StaffActor,
  source: Uint8Array | string,
  fileName: string | null,
): Promise<{ id: string } | { problem: TableProblem }> {
  authorize(actor, "invites:write")
  const table = readTable(source)
  if (!table.rows) return { problem: table.problem }
  const [firstRow] = table.rows
  const { hasHeader, columns } = guessColumns(table.rows.slice(0, GUESS_ROWS).map(({ cells }) => cells))
  const rows = table.rows.slice(hasHeader ? 1 : 0)
  if (rows.length === 0) return { problem: { kind: "empty" } }
  if (rows.length > IMPORT_ROWS_MAX) return { problem: { kind: "too_many_rows" } }
  if (!rows.some(({ cells }) => cells.some((cell) => cell.includes("@")))) return { problem: { kind: "no_addresses" } }
  const inputs = rows.map(({ position, cells }) => ({ position, input: { cells } }))
  const { id, statements } = newImport(deps, actor, inputs, {
    params: {
      revision: 0,
      columns,
      ...(firstRow && { firstPosition: firstRow.position, ...(hasHeader && { header: firstRow }) }),
    },
    fileName: fileName?.slice(0, FILE_NAME_MAX).toWellFormed() || null,
  })
  await commit(deps, statements)
  return { id }
}

/** A row without a verdict is checked later. */
type NewRow = { position: number; input: RowInput; verdict?: CheckedRow }

/** The statements that create a draft. */
export function newImport(
  { db, now }: Pick<Deps, "db" | "now">,
  actor: ResellerActor,
  rows: NewRow[],
  { params, fileName }: { params: ImportParams; fileName: string | null },
) {
  const id = newId("job", now())
  const failedCount = rows.filter(({ verdict }) => verdict && !isSendable(verdict.verdict)).length
  const job = db.insert(jobs).values({
    id,
    resellerId: actor.reseller.id,
    kind: "import",
    status: "draft",
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    fileName,
    params,
    rowCount: rows.length,
    waitingCount: rows.length - failedCount,
    failedCount,
    createdAt: now(),
  })
  return { id, statements: [job, ...insertRows(db, id, rows)] }
}

function insertRows(db: Deps["db"], jobId: string, rows: NewRow[], condition = sql`TRUE`) {
  const items = rows.map(({ position, input, verdict }) => {
    return [input, ...(verdict ? toStoredVerdict(verdict) : [position, "waiting", null, null])]
  })
  return jsonChunks(items).map((json) =>
    insertFrom(
      db,
      jobRows,
      {
        jobId,
        input: sql`item.value -> 0`,
        position: sql`item.value ->> 1`,
        status: sql`item.value ->> 2`,
        code: sql`item.value ->> 3`,
        detail: sql`item.value ->> 4`,
      },
      sql`FROM json_each(${json}) AS item WHERE ${condition}`,
    ).onConflictDoNothing(),
  )
}

/** What the mapping page asks. */
export type Mapping = {
  hasHeader: boolean
  columns: Columns
  defaults: Partial<Record<ImportFieldName, string>>
}

/** Maps the columns of a draft and checks its rows. Throws `forbidden`, `not_found` and `version_conflict`. */
export async function checkImport(deps: Deps, actor: StaffActor, id: string, mapping: Mapping): Promise<void> {
  authorize(actor, "invites:write")
  const { db } = deps
  const [[job], found] = await db.batch([importQuery(db, actor, id), importRowsQuery(db, actor, id)])
  const draft = toDraft(job)
  const { header: oldHeader, ...oldParams } = draft.params
  const { hasHeader, ...chosen } = mapping
  const header = hasHeader ? (oldHeader ?? toHeader(found, oldParams.firstPosition)) : undefined
  const newRow = hasHeader ? undefined : oldHeader && toRow(oldHeader)
  const rows = [...(newRow ? [newRow] : []), ...found.filter(({ position }) => position !== header?.position)]
  const revision = draft.params.revision + 1
  const params = { ...oldParams, ...chosen, checkedBy: actor.id, revision, ...(header && { header }) }
  const { checked } = await check(deps, actor, params, rows)
  await writeDraft(deps, draft, params, [
    ...(header ? [deleteRow(db, draft, header.position)] : []),
    ...(newRow ? insertRows(db, id, [newRow], isUnchanged(draft)) : []),
    ...verdictStatements(db, draft, checked),
  ])
}

/** The row of this number as a header. */
function toHeader(rows: FoundRow[], firstPosition: number | undefined): TableRow | undefined {
  const first = rows.find(({ position }) => position === firstPosition)
  return first && { position: first.position, cells: first.input.cells ?? [] }
}

const toRow = ({ position, cells }: TableRow) => ({ position, input: { cells } })

/** Deletes a draft with its rows. Throws `not_found` and `forbidden`. */
export async function discardImport({ db }: Deps, actor: StaffActor, id: string): Promise<void> {
  authorize(actor, "invites:write")
  const deleted = await db
    .delete(jobs)
    .where(and(isImportOf(actor, id), eq(jobs.status, "draft")))
    .returning({ id: jobs.id })
  if (deleted.length === 0) throw new Failure({ kind: "not_found" })
}

/**
 * Replaces the fields of a row by what somebody entered, and checks it again, with those that share an address or
 * external id. Throws `forbidden`, `not_found` and `version_conflict`.
 */
export function fixRow(
  deps: Deps,
  actor: StaffActor,
  id: string,
  position: number,
  text: Partial<Record<ImportFieldName, string>>,
): Promise<CheckedRow | undefined> {
  return changeRow(deps, actor, id, position, text)
}

/** Removes a row from a draft, and checks those with the same address again. Throws as `fixRow` does. */
export async function removeRow(deps: Deps, actor: StaffActor, id: string, position: number): Promise<void> {
  await changeRow(deps, actor, id, position, undefined)
}

async function changeRow(
  deps: Deps,
  actor: StaffActor,
  id: string,
  position: number,
  text: Partial<Record<ImportFieldName, string>> | undefined,
): Promise<CheckedRow | undefined> {
  authorize(actor, "invites:write")
  const { db } = deps
  const [[job], [row], compared] = await db.batch([
    importQuery(db, actor, id),
    rowQuery(db, actor, id, position),
    comparedRowsQuery(db, actor, id),
  ])
  const draft = toDraft(job)
  if (!row) throw new Failure({ kind: "not_found" })
  const input: RowInput = { cells: row.input.cells ?? [], fixed: text ?? {} }
  const linked = linkedRows(compared, { position, ...keysOf(actor, text) })
  const others = linked.size > 0 ? await rowsAtQuery(db, actor, id, linked) : []
  const rows = [...others, ...(text ? [{ position, input }] : [])]
  const otherRows = compared.filter(
    (other) => other.status === "waiting" && other.position !== position && !linked.has(other.position),
  )
  const { checked, similarRows } = await check(
    deps,
    actor,
    draft.params,
    rows.toSorted((one, other) => one.position - other.position),
    otherRows,
  )
  await writeDraft(deps, draft, { ...draft.params, revision: draft.params.revision + 1 }, [
    text ? writeInput(db, draft, position, input) : deleteRow(db, draft, position),
    ...verdictStatements(db, draft, checked),
    ...similarRowStatements(db, sql`${jobRows.jobId} = ${draft.id} AND ${isUnchanged(draft)}`, otherRows, similarRows),
  ])
  return checked.find((other) => other.position === position)
}

/** The address and the external id of a row that has these fields. */
function keysOf(actor: StaffActor, text: Partial<Record<ImportFieldName, string>> = {}) {
  const validate = rowValidator(actor.reseller.country)
  const { values } = validate(rowFields({ revision: 0 }, { cells: [], fixed: text }))
  return { email: values.contact_email ?? "", externalId: values.external_id ?? "" }
}

type FoundRow = { position: number; input: RowInput }

function check(deps: Deps, actor: StaffActor, params: ImportParams, rows: FoundRow[], otherRows: RowCompany[] = []) {
  const fields = rows.map(({ position, input }): ImportRow => ({ position, fields: rowFields(params, input) }))
  return checkRows(deps, actor, actor.reseller.country, fields, otherRows)
}

/** SQL condition: nobody has changed or started the draft since it was read. */
const isUnchanged = ({ id, params: { revision } }: Import) =>
  sql`EXISTS (SELECT 1 FROM ${jobs} WHERE ${jobs.id} = ${id} AND ${jobs.status} = 'draft'
    AND json_extract(${jobs.params}, '$.revision') = ${revision})`

const isRow = ({ id }: Import, position: number) => sql`${jobRows.jobId} = ${id} AND ${jobRows.position} = ${position}`

const deleteRow = (db: Deps["db"], draft: Import, position: number) =>
  db.delete(jobRows).where(sql`${isRow(draft, position)} AND ${isUnchanged(draft)}`)

const writeInput = (db: Deps["db"], draft: Import, position: number, input: RowInput) =>
  db
    .update(jobRows)
    .set({ input })
    .where(sql`${isRow(draft, position)} AND ${isUnchanged(draft)}`)

/** Of a row that isn't sent, the verdict is its result. */
const toStoredVerdict = ({ position, verdict, errors, ...details }: CheckedRow) => [
  position,
  isSendable(verdict) ? "waiting" : "failed",
  verdict,
  JSON.stringify({ errors, ...details }),
]

function verdictStatements(db: Deps["db"], draft: Import, checked: CheckedRow[]) {
  return jsonChunks(checked.map(toStoredVerdict)).map((json) =>
    db
      .update(jobRows)
      .set({ status: sql`item.value ->> 1`, code: sql`item.value ->> 2`, detail: sql`item.value ->> 3` })
      // The limit keeps SQLite from reading the JSON again for each row.
      .from(sql`(SELECT value, value ->> 0 AS place FROM json_each(${json}) LIMIT -1) AS item`)
      .where(sql`${jobRows.jobId} = ${draft.id} AND ${jobRows.position} = item.place AND ${isUnchanged(draft)}`),
  )
}

/** Writes changes to the rows of a draft together with its parameters and counters. Throws `version_conflict`. */
async function writeDraft(deps: Deps, draft: Import, params: ImportParams, statements: Statement[]): Promise<void> {
  const rows = sql`FROM ${jobRows} WHERE ${jobRows.jobId} = ${draft.id}`
  const written = await commit(
    deps,
    [
      deps.db
        .update(jobs)
        .set({
          params: sql`json_set(${JSON.stringify(params)}, '$.verdicts', json((SELECT json_group_object(code, total)
            FROM (SELECT ${jobRows.code}, count(*) AS total ${rows} GROUP BY 1))))`,
          rowCount: sql`(SELECT count(*) ${rows})`,
          waitingCount: sql`(SELECT count(*) ${rows} AND ${jobRows.status} = 'waiting')`,
          failedCount: sql`(SELECT count(*) ${rows} AND ${jobRows.status} = 'failed')`,
        })
        .where(sql`${jobs.id} = ${draft.id} AND ${isUnchanged(draft)}`)
        .returning({ id: jobs.id }),
    ],
    statements,
  )
  if (written[0].length === 0) throw new Failure({ kind: "version_conflict" })
}
