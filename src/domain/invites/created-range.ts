import { gte, lt, type SQL, sql } from "drizzle-orm"
import type { Places } from "../../storage/compiled.ts"
import { lowestId } from "../../storage/ids.ts"
import { invites } from "../../storage/schema.ts"
import type { InviteFilter } from "./listed-invite.ts"

/** An invite or customer is written within this time of the one in its id, so that they are nearly in the order of their ids. */
export const WRITTEN_WITHIN_MS = 10_000

type CreatedRange = Pick<InviteFilter, "createdAfter" | "createdBefore">

const edgeId = (at: Date | undefined, offset: number) =>
  at && lowestId("inv", new Date(Math.max(0, at.getTime() + offset)))

/** A range as the values of a statement: its times, and the ids that its first and its last row are found by. */
export const rangeValues = ({ createdAfter, createdBefore }: CreatedRange) => ({
  createdAfter: createdAfter?.getTime(),
  createdBefore: createdBefore?.getTime(),
  firstId: edgeId(createdAfter, -WRITTEN_WITHIN_MS),
  lastId: edgeId(createdBefore, WRITTEN_WITHIN_MS),
})

/** Which limits a range has. */
export type RangeShape = { hasFirst: boolean; hasLast: boolean }

export const rangeShape = ({ createdAfter, createdBefore }: CreatedRange): RangeShape => ({
  hasFirst: createdAfter !== undefined,
  hasLast: createdBefore !== undefined,
})

/** The first and the last row in which an invite of the range can be; undefined without a limit. Each costs one row of the index of ids. */
export type RangeEnds = { first: SQL | undefined; last: SQL | undefined }

export const rangeEnds = ({ hasFirst, hasLast }: RangeShape): RangeEnds => ({
  first: hasFirst
    ? sql`coalesce((SELECT seq FROM invites AS edge WHERE edge.id >= ${sql.placeholder("firstId")} ORDER BY edge.id LIMIT 1), ${sql.raw(String(Number.MAX_SAFE_INTEGER))})`
    : undefined,
  last: hasLast
    ? sql`coalesce((SELECT seq FROM invites AS edge WHERE edge.id < ${sql.placeholder("lastId")} ORDER BY edge.id DESC LIMIT 1), 0)`
    : undefined,
})

/**
 * SQL condition: a bound of `seq` that most rows meet. SQLite expects few rows between two bounds, so that any index seems as good to it
 * as the one with the status, unless it is told.
 */
export const likelySql = (condition: SQL): SQL => sql`likely(${condition})`

/** SQL conditions: the invite was created at or after `createdAfter`, and before `createdBefore`. The page begins at one of the ends. */
export function isInRange(
  seq: SQL,
  at: Places<ReturnType<typeof rangeValues>>,
  { isAfter, ...shape }: RangeShape & { isAfter: boolean },
): (SQL | undefined)[] {
  const { first, last } = rangeEnds(shape)
  return [
    isAfter ? last && likelySql(sql`${seq} <= ${last}`) : first && likelySql(sql`${seq} >= ${first}`),
    first && gte(invites.createdAt, at.createdAfter),
    last && lt(invites.createdAt, at.createdBefore),
  ]
}
