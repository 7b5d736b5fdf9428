import { jsonChunks } from "../../src/storage/json-chunks.ts"
import { copyChanges } from "./copy-changes.ts"
import type { CountedD1, Statement } from "./counted-d1.ts"
import { closeJournal, dropJournal, openJournal } from "./journal.ts"
import { accountsSql, type MovedTable, type Row, readTables, readWindow } from "./moved-table.ts"
import { chunksOf, deleteStatement, hasKeySql, sameStatement, writeStatements } from "./row-statements.ts"
import type { GroupTable } from "./tables.ts"

type Move = {
  source: CountedD1
  target: CountedD1
  resellerId: string
  /** The directory refuses changes from now on; afterwards it sends requests to the target. */
  refuseChanges: () => Promise<unknown>
  switchToTarget: () => Promise<unknown>
  /** Called after each window that was copied, and when nothing can change any more. */
  onWindow?: () => Promise<void>
  onClosed?: () => Promise<void>
}

export type MoveReport = {
  /** How many rows the reseller has in the target, by table. */
  rows: Record<string, number>
  changedRows: number
  rounds: number
  copyMs: number
  /** How long changes were refused, and what of it was applying them, counting, and the directory. */
  refusedMs: number
  changesMs: number
  countMs: number
}

/**
 * Copies a reseller and its sandbox to another group while they are in use, then refuses their changes for a moment, in which it copies what
 * changed meanwhile and sends requests to the target. Throws without an effect for users if anything arrives other than it was: then the
 * journal has to be dropped, and the copy deleted. The rows stay in the source, where nothing can change them.
 */
export async function moveReseller(move: Move): Promise<MoveReport> {
  const { source, target, resellerId } = move
  const tables = await readTables(source)
  if (JSON.stringify(await readTables(target)) !== JSON.stringify(tables)) throw new Error("the schemas differ")
  const started = performance.now()
  await openJournal(source, tables, resellerId)
  for (const table of tables) await copyTable(move, table)
  const copied = performance.now()

  // Requests that have asked the directory before are refused by the database.
  await move.refuseChanges()
  await closeJournal(source)
  const closed = performance.now()
  await move.onClosed?.()
  const resumed = performance.now()
  const changes = await copyChanges(source, target, tables)
  const applied = performance.now()
  const rows = await countRows(source, tables, resellerId)
  const arrived = await countRows(target, tables, resellerId)
  for (const { name } of tables) {
    if (rows[name] !== arrived[name]) throw new Error(`${name}: ${arrived[name]} of ${rows[name]} rows arrived`)
  }
  const counted = performance.now()
  await move.switchToTarget()
  return {
    rows,
    ...changes,
    copyMs: copied - started,
    refusedMs: performance.now() - copied - (resumed - closed),
    changesMs: applied - resumed,
    countMs: counted - applied,
  }
}

/** Copies the rows of a table that were there when the move began. Where an order is kept, also those that changed since, to their places. */
async function copyTable({ source, target, resellerId, onWindow }: Move, table: MovedTable): Promise<void> {
  const upTo = table.sequence ? await lastNumber(source, table) : undefined
  const journaled = table.sequence ? "released" : "left out"
  let after: Row | undefined
  do {
    const { rows, cursor } = await readWindow(source, table, { resellerId, after, journaled, upTo })
    await writeRows(target, table, rows)
    await onWindow?.()
    after = cursor
  } while (after)
}

/** Adds rows to a database. Throws if they aren't there afterwards as they were in the source. */
export async function writeRows(db: CountedD1, table: MovedTable, rows: Row[]): Promise<void> {
  for (const chunk of chunksOf(rows)) {
    const [, , counted] = await db.batch([...writeStatements(table, chunk), sameStatement(table, chunk)])
    const same = counted?.results[0]?.same
    const count = JSON.parse(chunk).length
    if (same !== count) throw new Error(`${table.name}: ${same} of ${count} rows arrived as they were`)
  }
}

async function lastNumber(db: CountedD1, { name, sequence }: MovedTable): Promise<number> {
  const [result] = await db.batch([[`SELECT coalesce(max(${sequence}), 0) AS last FROM ${name}`]])
  return Number(result?.results[0]?.last)
}

/** How many rows a reseller has in each table. */
export async function countRows(
  db: CountedD1,
  tables: GroupTable[],
  resellerId: string,
): Promise<Record<string, number>> {
  const accounts = accountsSql(resellerId)
  const results = await db.batch(
    tables.map(({ name, isOf }) => [`SELECT count(*) AS n FROM ${name} AS row WHERE ${isOf("row", accounts)}`]),
  )
  return Object.fromEntries(tables.map(({ name }, n) => [name, Number(results[n]?.results[0]?.n)]))
}

/** Ends a move once no request that began in the source before it can be running: deletes the reseller there. */
export async function endMove({ source, resellerId }: Pick<Move, "source" | "resellerId">): Promise<number> {
  await dropJournal(source, await readTables(source))
  return deleteReseller(source, resellerId)
}

/** Gives a move up that has failed: the reseller stays in the source, and the copy is deleted. */
export async function abandonMove({
  source,
  target,
  resellerId,
}: Pick<Move, "source" | "target" | "resellerId">): Promise<void> {
  await dropJournal(source, await readTables(source))
  await deleteReseller(target, resellerId)
}

/** Deletes a reseller from a group, and the people who have no other account there. Returns how many rows that were. */
async function deleteReseller(db: CountedD1, resellerId: string): Promise<number> {
  const tables = await readTables(db)
  const guards = await appendOnlyTriggers(db)
  const people = await keysOf(
    db,
    tables.find(({ name }) => name === "users"),
    resellerId,
  )
  let deleted = 0
  for (const table of tables.toReversed().filter(({ name }) => name !== "users" && name !== "resellers")) {
    deleted += await deleteRows(db, table, { resellerId, guards: guards.filter(({ table: on }) => on === table.name) })
  }
  const accounts = accountsSql(resellerId)
  await db.batch([
    [`DELETE FROM customer_metadata WHERE reseller_id IN ${accounts}`],
    [`DELETE FROM invite_counts WHERE reseller_id IN ${accounts}`],
    ["DELETE FROM resellers WHERE id = ?1 OR sandbox_of = ?1", resellerId],
  ])
  return deleted + (await deletePeople(db, people))
}

type Guard = { name: string; table: string; sql: string }

/** The triggers that let nobody delete from the audit log. */
async function appendOnlyTriggers(db: CountedD1): Promise<Guard[]> {
  const [found] = await db.batch([
    [
      "SELECT name, tbl_name AS \"table\", sql FROM sqlite_schema WHERE type = 'trigger' AND name GLOB 'audit_*_no_delete'",
    ],
  ])
  return (found?.results ?? []).map(({ name, table, sql }) => ({
    name: String(name),
    table: String(table),
    sql: String(sql),
  }))
}

/** Deletes the reseller's rows of a table, window by window, each in a batch that lifts the guards of the table for itself alone. */
async function deleteRows(
  db: CountedD1,
  table: MovedTable,
  { resellerId, guards }: { resellerId: string; guards: Guard[] },
): Promise<number> {
  let deleted = 0
  let after: Row | undefined
  do {
    const { rows, cursor } = await readWindow(db, table, {
      resellerId,
      after,
      journaled: "as they are",
      keysOnly: true,
    })
    const gone = JSON.stringify(rows.map((row) => table.key.map((name) => row[name])))
    if (rows.length > 0) {
      await db.batch([
        ...guards.map(({ name }) => [`DROP TRIGGER ${name}`] as const),
        ...(table.name === "invites" ? [searchStatement(table, gone)] : []),
        deleteStatement(table, gone),
        ...guards.map(({ sql }) => [sql] as const),
      ])
    }
    deleted += rows.length
    after = cursor
  } while (after)
  return deleted
}

/** Of invites, no trigger deletes what a search finds. */
const searchStatement = (table: MovedTable, keys: string): Statement => [
  `DELETE FROM invite_search WHERE rowid IN (SELECT seq FROM invites WHERE ${hasKeySql(table)})`,
  keys,
]

async function keysOf(db: CountedD1, table: MovedTable | undefined, resellerId: string): Promise<string[]> {
  if (!table) throw new Error("there is no table of users")
  const ids: string[] = []
  let after: Row | undefined
  do {
    const { rows, cursor } = await readWindow(db, table, {
      resellerId,
      after,
      journaled: "as they are",
      keysOnly: true,
    })
    ids.push(...rows.map(({ id }) => String(id)))
    after = cursor
  } while (after)
  return ids
}

/** Deletes those of the people who have no account in this group and did nothing in it. */
async function deletePeople(db: CountedD1, ids: string[]): Promise<number> {
  const [here] = await db.batch([
    [
      `SELECT value AS id FROM json_each(?) WHERE EXISTS (SELECT 1 FROM staff WHERE user_id = value) OR EXISTS (SELECT 1 FROM members WHERE user_id = value)
        OR EXISTS (SELECT 1 FROM audit_entries WHERE actor_id = value)`,
      JSON.stringify(ids),
    ],
  ])
  const staying = new Set(here?.results.map(({ id }) => id))
  const leaving = ids.filter((id) => !staying.has(id)).map((id) => [id])
  await db.all(jsonChunks(leaving).map((keys) => deleteStatement({ name: "users", key: ["id"] }, keys)))
  return leaving.length
}
