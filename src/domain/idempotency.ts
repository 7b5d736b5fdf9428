import { and, eq, getTableColumns, getViewSelectedFields, is, type Placeholder, type SQL, sql, View } from "drizzle-orm"
import type { BatchItem } from "drizzle-orm/batch"
import type { SQLiteColumn, SQLiteTable, SQLiteView } from "drizzle-orm/sqlite-core"
import type { Places } from "../storage/compiled.ts"
import type { Db } from "../storage/db.ts"
import { insertFrom } from "../storage/insert-select.ts"
import { idempotentResponses } from "../storage/schema.ts"
import type { Deps, IdempotentRequest } from "./deps.ts"
import type { Result } from "./failure.ts"
import { HOUR_MS } from "./time.ts"

const RETENTION_HOURS = 24
const DELETE_BATCH = 500
const PAIRS_PER_OBJECT = 16

/** A table, or a view of one joined with related rows. */
export type Relation = SQLiteTable | SQLiteView<string, boolean, Record<string, SQLiteColumn>>
type IdentifiedRelation = Relation & { id: SQLiteColumn }

/** The response to an earlier request: the row that it created or changed, as it was then. */
export type StoredResponse = { requestHash: string; row: string; createdAt: Date }

/**
 * The statements that store the response to this request, for the batch of its effect: the row `id` as the batch leaves it, if
 * `condition` holds. None without an idempotency key. Of two batches with the same key, only one can commit.
 */
export function storeResponseStatements(
  { db, now, request }: Pick<Deps, "db" | "now" | "request">,
  table: IdentifiedRelation,
  id: string,
  condition: SQL = sql`TRUE`,
): readonly BatchItem<"sqlite">[] {
  return request ? storeStatements(db, toResponseKey(request, now()), table, id, condition) : []
}

/** What identifies a stored response, and when it is stored. */
export type ResponseKey = IdempotentRequest & { respondedAt: Date }

export const toResponseKey = (request: IdempotentRequest, respondedAt: Date): ResponseKey => ({
  ...request,
  respondedAt,
})

/** The same statements, also to be compiled. */
export function storeStatements(
  db: Db,
  { actorId, idempotencyKey, requestHash, respondedAt }: ResponseKey | Places<ResponseKey>,
  table: IdentifiedRelation,
  id: string | Placeholder,
  condition: SQL,
) {
  return [
    insertFrom(
      db,
      idempotentResponses,
      { actorId, idempotencyKey, requestHash, row: rowJsonSql(table), createdAt: respondedAt },
      sql`FROM ${table} WHERE ${table.id} = ${id} AND ${condition}`,
    ),
  ] as const
}

/** The statement that finds the response to a request with this key within the last day. */
export function storedResponseSelect(db: Db, actorId: string | SQL, { key, cutoff }: Replay | Places<Replay>) {
  return db
    .select({
      requestHash: idempotentResponses.requestHash,
      row: idempotentResponses.row,
      createdAt: idempotentResponses.createdAt,
    })
    .from(idempotentResponses)
    .where(and(matchesKey(actorId, key), sql`${idempotentResponses.createdAt} > ${cutoff}`))
}

/** What finds a stored response: its idempotency key, and after when (ms since 1970) it must have been stored. */
export type Replay = { key: string; cutoff: number }

export const toReplay = (key: string, now: Date): Replay => ({ key, cutoff: expiryCutoff(now).getTime() })

/** Columns of invites that no response needs. */
const UNSTORED_COLUMNS = ["seq", "searchRuns", "companyKey"] as const

type TableRow<T extends Relation> = Omit<T["$inferSelect"], (typeof UNSTORED_COLUMNS)[number]>

/** The row that a request created or changed, and the stored response if an earlier request did it. */
export type IdempotentResult<T extends Relation> = { row: TableRow<T>; storedResponse?: StoredResponse }

/**
 * Runs an operation that stores its response. If it is refused or fails, and a request with the same key took effect earlier or at
 * the same moment, returns the row of that one. This costs a refused request with a key another round trip.
 */
export async function idempotent<T extends Relation>(
  deps: Pick<Deps, "db" | "now" | "request" | "accessGuard">,
  table: T,
  operation: () => Promise<TableRow<T> | Result<TableRow<T>>>,
): Promise<Result<IdempotentResult<T>>> {
  const replay = async () => {
    const storedResponse = await loadStoredResponse(deps)
    return storedResponse && ({ ok: true, value: replayOf(table, storedResponse) } as const)
  }
  try {
    const result = toResult(await operation())
    return result.ok ? { ok: true, value: { row: result.value } } : ((await replay()) ?? result)
  } catch (error) {
    await deps.accessGuard?.ensureGranted()
    const replayed = await replay().catch((replayError) => {
      throw new AggregateError([replayError], "the stored response of a failed request can't be read", { cause: error })
    })
    if (!replayed) throw error
    return replayed
  }
}

const toResult = <T extends object>(value: T | Result<T>): Result<T> => ("ok" in value ? value : { ok: true, value })

/** The result of a request whose response was stored earlier. */
export function replayOf<T extends Relation>(table: T, storedResponse: StoredResponse): IdempotentResult<T> {
  return { row: restoreRow(table, storedResponse), storedResponse }
}

/** The response to an earlier request with the same idempotency key, if there was one. */
export async function loadStoredResponse({ db, now, request }: Pick<Deps, "db" | "now" | "request">) {
  if (!request) return undefined
  const [storedResponse] = await storedResponseSelect(db, request.actorId, toReplay(request.idempotencyKey, now()))
  return storedResponse
}

function restoreRow<T extends Relation>(table: T, { row: json }: StoredResponse): T["$inferSelect"] {
  const stored: Record<string, unknown> = JSON.parse(json)
  const row = Object.entries(columnsOf(table)).map(([key, column]) => {
    const value = stored[key] ?? null
    return [key, value === null ? null : column.mapFromDriverValue(value)]
  })
  return Object.fromEntries(row)
}

/** Deletes stored responses that are more than a day old, one batch per run. While the oldest is younger, it reads that one alone. */
export async function deleteExpiredResponses({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  const isExpired = sql`created_at <= ${expiryCutoff(now()).getTime()}`
  const oldest = sql`SELECT seq, created_at FROM idempotent_responses ORDER BY seq`
  const limit = sql`iif(EXISTS (SELECT 1 FROM (${oldest} LIMIT 1) WHERE ${isExpired}), ${DELETE_BATCH}, 0)`
  await db.run(
    sql`DELETE FROM idempotent_responses WHERE seq IN (SELECT seq FROM (${oldest} LIMIT ${limit}) WHERE ${isExpired})`,
  )
}

/** A row as JSON. SQL functions in D1 have at most 32 arguments, so wide rows are merged from several objects. */
function rowJsonSql(table: IdentifiedRelation): SQL {
  const pairs = Object.entries(columnsOf(table)).map(([key, column]) => sql`${sql.raw(`'${key}'`)}, ${column}`)
  const objects: SQL[] = []
  for (let start = 0; start < pairs.length; start += PAIRS_PER_OBJECT) {
    objects.push(sql`json_object(${sql.join(pairs.slice(start, start + PAIRS_PER_OBJECT), sql`, `)})`)
  }
  return objects.reduce((merged, object) => sql`json_patch(${merged}, ${object})`)
}

function columnsOf(relation: Relation): Record<string, SQLiteColumn> {
  const columns = is(relation, View) ? getViewSelectedFields(relation) : getTableColumns(relation)
  return Object.fromEntries(
    Object.entries(columns).filter(([name]) => !UNSTORED_COLUMNS.some((other) => other === name)),
  )
}

function matchesKey(actorId: string | SQL | Placeholder, key: string | Placeholder) {
  return and(eq(idempotentResponses.actorId, actorId), eq(idempotentResponses.idempotencyKey, key))
}

function expiryCutoff(now: Date): Date {
  return new Date(now.getTime() - RETENTION_HOURS * HOUR_MS)
}
