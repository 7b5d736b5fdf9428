import { and, desc, eq, inArray, type SQL, sql } from "drizzle-orm"
import { invites, outbox } from "../../storage/schema.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { isStillNeededSql } from "../outbox/claim.ts"
import { DUE_COLUMNS } from "../outbox/enqueue.ts"
import { dueAgainColumns } from "../outbox/outbox.ts"
import { SUPPRESSED_CODE } from "../outbox/send-errors.ts"

/** How many of the latest messages that were given up are looked through. */
const SCANNED_MAX = 1_000
const REPLAY_MAX = 500

type ReadDeps = Pick<Deps, "db" | "now">

const IS_FAILED = sql`${outbox.status} = 'failed'`

/** SQL condition: the message may arrive if it is tried again. What it was about hasn't changed, and its content is still there. */
const isReplayable = (now: Date): SQL => sql`(${outbox.recipient} <> '' AND ${outbox.kind} <> 'test'
  AND coalesce(${outbox.lastErrorCode}, '') <> ${SUPPRESSED_CODE} AND ${isStillNeededSql(sql`${now.getTime()}`)})`

/** SQL: the ids of the messages that were given up last. */
const latestFailedSql = (limit: number) =>
  sql`(SELECT id FROM outbox WHERE status = 'failed' ORDER BY claimed_at DESC LIMIT ${limit})`

/** The statement that reads the messages that were given up last, but not those to addresses that bounced or complained. */
export function deadLettersQuery({ db, now }: ReadDeps, shown: number) {
  const { id, kind, resellerId, inviteId, attempts, lastErrorCode: code, claimedAt: failedAt } = outbox
  return db
    .select({
      ...{ id, kind, resellerId, inviteId, attempts, code, failedAt },
      canReplay: sql`${isReplayable(now())}`.mapWith(Boolean).as("can_replay"),
    })
    .from(outbox)
    .where(sql`${outbox.id} IN ${latestFailedSql(SCANNED_MAX)} AND coalesce(${code}, '') <> ${SUPPRESSED_CODE}`)
    .orderBy(desc(failedAt))
    .limit(shown)
}

/** Queues messages that were given up again, at most 500 of the latest; those alone that may still arrive. Returns how many. */
export async function replayDeadLetters(deps: Deps): Promise<number> {
  const { db, now } = deps
  const found = await db
    .select({ id: outbox.id })
    .from(outbox)
    .where(sql`${outbox.id} IN ${latestFailedSql(SCANNED_MAX)} AND ${isReplayable(now())}`)
    .orderBy(desc(outbox.claimedAt))
    .limit(REPLAY_MAX)
  return replay(
    deps,
    found.map(({ id }) => id),
  )
}

/** The same for one message. Returns whether it was queued. */
export const replayDeadLetter = async (deps: Deps, id: string): Promise<boolean> => (await replay(deps, [id])) > 0

async function replay(deps: Deps, ids: string[]): Promise<number> {
  const { db } = deps
  const now = deps.now()
  const isOne = sql`${outbox.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`
  const [queued] = await commit(deps, [
    {
      outbox: db
        .update(outbox)
        .set({ ...dueAgainColumns(now), createdAt: now, status: "queued", lastError: null, lastErrorCode: null })
        .where(and(isOne, IS_FAILED, isReplayable(now)))
        .returning(DUE_COLUMNS),
    },
    db
      .update(invites)
      .set({ emailStatus: "queued", emailError: null, updatedAt: now })
      .where(
        and(
          inArray(
            invites.id,
            db
              .select({ id: outbox.inviteId })
              .from(outbox)
              .where(and(isOne, eq(outbox.status, "queued"))),
          ),
          sql`${invites.latestEmailId} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`,
          eq(invites.emailStatus, "failed"),
        ),
      ),
  ])
  return queued.length
}
