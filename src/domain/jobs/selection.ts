import { eq, sql } from "drizzle-orm"
import { compiled, type Places } from "../../storage/compiled.ts"
import type { Db } from "../../storage/db.ts"
import { insertFrom } from "../../storage/insert-select.ts"
import { jobRows } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import type { InviteFilter } from "../invites/listed-invite.ts"
import {
  type PageShape,
  type PageValues,
  pageIdsSelect,
  planPage,
  type SearchEnd,
  searchEndQuery,
  searchEndSql,
} from "../invites/page-queries.ts"
import { type BulkKind, obstacleSql } from "./obstacles.ts"

/** The invites of a bulk action: some ids, or all that a filter finds. */
export type Selection = { inviteIds: string[] } | { filter: InviteFilter }

/** The most invites of one bulk action: the newest ones. */
export const SELECTION_MAX = 5_000
/** How many parts of a search one bulk action looks through. Each has 32,768 invites or several hundred that match. */
const SEARCH_PARTS = 60

type Source = { resellerId: string; selection: Selection; now: Date }

/** How many invites a bulk action would take, how many of them have which obstacle to it, and whether more match. */
export type SelectionCount = { total: number; obstacles: Map<string, number>; hasMore: boolean }

/** Counts a selection as `fillJob` would take it. */
export async function countSelection(
  { db }: Pick<Deps, "db">,
  kind: BulkKind,
  source: Source,
): Promise<SelectionCount> {
  const { selection, now, resellerId } = source
  const obstacles = new Map<string, number>()
  let total = 0
  const add = (rows: { code: string | null; n: number }[]) => {
    for (const { code, n } of rows) {
      total += n
      if (code) obstacles.set(code, (obstacles.get(code) ?? 0) + n)
    }
  }
  if ("inviteIds" in selection) {
    const ids = JSON.stringify(selection.inviteIds)
    const [rows] = await db.batch([countIdsStatement(db, { audienceId: resellerId, ids, now: now.getTime() }, kind)])
    add(rows)
    return { total, obstacles, hasMore: false }
  }
  const hasMore = await walkParts(source, selection.filter, async ({ values, shape, overdue }) => {
    const [rows, [end], overdueRows] = await db.batch([
      countPartStatement(db, { ...values, room: SELECTION_MAX - total }, { ...shape, kind }),
      searchEndQuery(db, values, shape),
      overdue
        ? countPartStatement(db, { ...overdue.values, room: SELECTION_MAX }, { ...overdue.shape, kind })
        : noCounts(db, {}),
    ])
    add([...rows, ...overdueRows].filter(({ isBeyond }) => !isBeyond))
    return { total: total + rows.filter(({ isBeyond }) => isBeyond).length, end }
  })
  return { total: Math.min(total, SELECTION_MAX), obstacles, hasMore }
}

/** Writes the rows of a draft, newest first, one for each invite of the selection. Returns how many there are. */
export async function fillJob({ db }: Pick<Deps, "db">, jobId: string, source: Source): Promise<number> {
  const { selection, resellerId } = source
  if ("inviteIds" in selection) {
    const ids = JSON.stringify(selection.inviteIds)
    const [, [{ total } = { total: 0 }]] = await db.batch([
      fillIdsStatement(db, { audienceId: resellerId, ids, jobId }),
      filledQuery(db, { jobId }),
    ])
    return total
  }
  let filled = 0
  await walkParts(source, selection.filter, async ({ values, shape, overdue }) => {
    const fill = fillPartStatement(db, { ...values, jobId }, shape)
    const [, [end], , [{ total } = { total: 0 }]] = await db.batch([
      fill,
      searchEndQuery(db, values, shape),
      overdue ? fillPartStatement(db, { ...overdue.values, jobId }, overdue.shape) : noCounts(db, {}),
      filledQuery(db, { jobId }),
    ])
    filled = total
    return { total, end }
  })
  return filled
}

type PartResult = { total: number; end: SearchEnd | undefined }

/** Visits one part of a search after another until it has enough. Returns whether more invites match. */
async function walkParts(
  { resellerId, now }: Source,
  filter: InviteFilter,
  visit: (part: ReturnType<typeof planPage>) => Promise<PartResult>,
): Promise<boolean> {
  let before: string | undefined
  let found = 0
  for (let part = 0; part < SEARCH_PARTS; part++) {
    const { overdue, ...plan } = planPage({ resellerId, filter, now, before, size: SELECTION_MAX - found })
    const { total, end } = await visit({ ...plan, ...(before === undefined && overdue && { overdue }) })
    if (total > SELECTION_MAX) return true
    if (!end?.seq || !end.id) return false
    if (total === SELECTION_MAX) return true
    found = total
    before = end.id
  }
  return true
}

/** The invites of a part of a search, as `matching` with their place in it. Its index yields some that belong to the next part. */
const matchingSql = (db: Db, at: Places<PageValues>, shape: PageShape) => sql`
  (SELECT id, seq, row_number() OVER (ORDER BY seq DESC) AS place FROM (${pageIdsSelect(db, at, shape)})
    WHERE seq >= coalesce((SELECT seq FROM (${searchEndSql(at, shape)})), 0)) AS matching`

type CountValues = PageValues & { room: number }

const countPartStatement = compiled((db, at: Places<CountValues>, { kind, ...shape }: PageShape & { kind: BulkKind }) =>
  db
    .select({
      code: sql<string | null>`${obstacleSql(kind, at.now)}`.as("code"),
      isBeyond: sql<number>`matching.place > ${at.room}`.as("is_beyond"),
      n: sql<number>`count(*)`.as("n"),
    })
    .from(sql`${matchingSql(db, at, shape)} CROSS JOIN invites AS invite ON invite.id = matching.id`)
    .groupBy(sql`1, 2`),
)

const noCounts = compiled((db) =>
  db
    .select({
      code: sql<string | null>`NULL`.as("code"),
      isBeyond: sql<number>`0`.as("is_beyond"),
      n: sql<number>`0`.as("n"),
    })
    .from(sql`(SELECT 1)`)
    .where(sql`FALSE`),
)

type IdValues = { audienceId: string; ids: string }

const countIdsStatement = compiled((db, at: Places<IdValues & { now: number }>, kind: BulkKind) =>
  db
    .select({ code: sql<string | null>`${obstacleSql(kind, at.now)}`.as("code"), n: sql<number>`count(*)`.as("n") })
    .from(sql`(SELECT DISTINCT value FROM json_each(${at.ids})) AS chosen CROSS JOIN invites AS invite
      ON invite.id = chosen.value AND invite.audience_id = ${at.audienceId}`)
    .groupBy(sql`1`),
)

type FillValues = PageValues & { jobId: string }

const fillPartStatement = compiled((db, at: Places<FillValues>, shape: PageShape) =>
  insertFrom(
    db,
    jobRows,
    { jobId: at.jobId, position: sql`filled + place`, status: "waiting", inviteId: sql`id` },
    sql`FROM (SELECT id, row_number() OVER (ORDER BY place) AS place,
          (SELECT coalesce(max(position), 0) FROM job_rows WHERE job_id = ${at.jobId}) AS filled
        FROM ${matchingSql(db, at, shape)}
        WHERE NOT EXISTS (SELECT 1 FROM job_rows WHERE job_rows.job_id = ${at.jobId} AND job_rows.invite_id = matching.id))
      WHERE filled + place <= ${SELECTION_MAX}`,
  ),
)

const fillIdsStatement = compiled((db, at: Places<IdValues & { jobId: string }>) =>
  insertFrom(
    db,
    jobRows,
    {
      jobId: at.jobId,
      position: sql`row_number() OVER (ORDER BY invite.seq DESC)`,
      status: "waiting",
      inviteId: sql`invite.id`,
    },
    sql`FROM (SELECT DISTINCT value FROM json_each(${at.ids})) AS chosen CROSS JOIN invites AS invite
      ON invite.id = chosen.value AND invite.audience_id = ${at.audienceId} WHERE TRUE`,
  ),
)

const filledQuery = compiled((db, at: Places<{ jobId: string }>) =>
  db
    .select({ total: sql<number>`coalesce(max(${jobRows.position}), 0)`.as("total") })
    .from(jobRows)
    .where(eq(jobRows.jobId, at.jobId)),
)
