import { and, count, desc, eq, inArray, max, type SQL, sql } from "drizzle-orm"
import { lowestId } from "../../storage/ids.ts"
import { EVENT_TYPES, type EventType, events, type RecordedEvent } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize, can, type Permission } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { Failure } from "../failure.ts"
import { DAY_MS, MINUTE_MS } from "../time.ts"

/** How far back events can be listed. */
export const EVENT_LIST_DAYS = 30
/** A cursor works a day longer than that, so that a caller who starts with the oldest event can continue. */
const CURSOR_DAYS = EVENT_LIST_DAYS + 1
/** How many events one page scans. */
const SCAN_LIMIT = 1_000
/** Longer than the time from the id of an event to its commit, and between the clocks of two Workers. */
const COMMIT_DELAY_MS = 10 * MINUTE_MS
/** Before the first event. */
const START_CURSOR = `${lowestId("evt", new Date(0))}${"0".repeat(16)}`

type EventFilter = { types?: EventType[] | undefined; occurredAfter?: Date | undefined }
type EventPageRequest = { cursor?: string | undefined; size: number }
/** `hasMore`: there were more events when the page was read. */
type EventPage = { rows: RecordedEvent[]; cursor: string; hasMore: boolean }

/** What an actor needs to learn of an event. */
export const eventPermission = (type: EventType): Permission =>
  type.startsWith("invite.") ? "invites:read" : "customers:read"

/**
 * The events after a cursor, in the order of their commits, so that a caller who continues from the cursor of each page misses none.
 * Without `types`, all that the actor can read. Throws `forbidden`, and `cursor_expired` if events after the cursor are too old or unknown.
 */
export async function listEvents(
  { db, read, now }: Deps,
  actor: ResellerActor,
  { types = EVENT_TYPES.filter((type) => can(actor, eventPermission(type))), occurredAfter }: EventFilter,
  { cursor, size }: EventPageRequest,
): Promise<EventPage> {
  authorize(actor, "invites:read")
  for (const type of types) authorize(actor, eventPermission(type))
  const daysAgo = (days: number) => new Date(now().getTime() - days * DAY_MS)
  const since = new Date(Math.max(occurredAfter?.getTime() ?? 0, daysAgo(EVENT_LIST_DAYS).getTime()))
  const isPublic = and(eq(events.resellerId, actor.reseller.id), sql`${events.isPublic} = 1`)
  const cursorRow = sql`id = ${cursor ?? ""} AND reseller_id = ${actor.reseller.id}`
  const isBefore = sql`id < ${lowestId("evt", new Date(since.getTime() - COMMIT_DELAY_MS))} ORDER BY id DESC LIMIT 1` // at any reseller
  const start = sql`(SELECT seq FROM events WHERE ${cursor ? cursorRow : isBefore})`
  const isNext = and(isPublic, sql`${events.seq} > coalesce(${start}, 0)`)
  const scanned = db
    .select({ seq: events.seq, id: events.id, occurredAt: events.occurredAt })
    .from(events)
    .where(isNext)
    .orderBy(events.seq)
    .limit(SCAN_LIMIT)
    .as("scanned")
  const isWanted: SQL | undefined = and(
    inArray(events.type, types),
    cursor && !occurredAfter ? undefined : sql`${events.occurredAt} >= ${since.getTime()}`,
  )
  const [[known], matches, [scan], [oldest]] = await read([
    db
      .select({ id: events.id })
      .from(events)
      .where(cursor ? cursorRow : isPublic)
      .orderBy(desc(events.seq))
      .limit(1),
    db
      .select({ event: events })
      .from(scanned)
      .innerJoin(events, eq(events.seq, scanned.seq))
      .where(isWanted)
      .orderBy(scanned.seq)
      .limit(size + 1),
    // SQLite takes the id from the row of the maximum.
    db.select({ lastId: scanned.id, last: max(scanned.seq).as("last"), n: count().as("n") }).from(scanned),
    db.select({ at: scanned.occurredAt }).from(scanned).orderBy(scanned.seq).limit(1),
  ])
  if (cursor && cursor !== START_CURSOR && !known) throw new Failure({ kind: "cursor_expired" })
  if (cursor && oldest && oldest.at < daysAgo(CURSOR_DAYS)) throw new Failure({ kind: "cursor_expired" })
  const rows = matches.slice(0, size).map(({ event }) => event)
  const last = rows.at(-1)
  if (last && matches.length > size) return { rows, cursor: last.id, hasMore: true }
  return { rows, cursor: scan?.lastId ?? cursor ?? known?.id ?? START_CURSOR, hasMore: scan?.n === SCAN_LIMIT }
}
