import { inArray, lte, type SQL, sql } from "drizzle-orm"
import { deleteSome } from "../../storage/delete-some.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import { guessCounts } from "../../storage/schema.ts"
import type { Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { guessKey } from "../factors/keys.ts"
import { Failure } from "../failure.ts"
import { DAY_MS, MINUTE_MS } from "../time.ts"
import { knownBrowserId } from "./known-browser.ts"

/** After `limit` wrong guesses, no more are possible until `windowMs` is over; or, with pauses, each further one has to wait. */
type Rule = { limit: number; windowMs: number; hasPauses?: boolean }

const PASSWORD_RULE: Rule = { limit: 10, windowMs: 15 * MINUTE_MS, hasPauses: true }
/** Codes have six digits, so they count for longer. */
const CODE_RULE: Rule = { limit: 10, windowMs: DAY_MS, hasPauses: true }
/** Over all accounts. People in one office share a network, so only wrong guesses count. */
const NETWORK_RULE: Rule = { limit: 50, windowMs: 15 * MINUTE_MS }
const BROWSER_RULE: Rule = { limit: 10, windowMs: 15 * MINUTE_MS }

/** The pauses double from a minute to an hour. The count lasts for a day after the last guess. */
const LONGEST_PAUSE_MINUTES = 60
const PAUSED_COUNT_MS = DAY_MS
const SUBJECT_BYTES = 16
/** More than other tables delete at once: a flood of guesses writes a row for each address. */
const DELETE_BATCH = 5_000

/** What is guessed: the password of an address, whether a user has it or not, a code, or the operator token. */
type GuessTarget =
  | { kind: "password"; email: string }
  | { kind: "second_factor"; userId: string }
  | { kind: "email_code"; inviteId: string }
  | { kind: "operator_token" }

type Count = { subject: string; rule: Rule }
type CountRow = Pick<typeof guessCounts.$inferSelect, "subject" | "blockedUntil" | "guessId">

/**
 * A guess that is counted as wrong before it is compared, so that simultaneous guesses can't exceed a limit. `countStatements` come
 * first in the batch that reads what it is compared with, `outcomeQuery` after them, and `admit` before the comparison.
 */
type Guess = {
  countStatements: Statement[]
  outcomeQuery: ReturnType<typeof outcomeQuery>
  /** SQL condition: the guess was counted in this batch, so it may be compared. */
  isCounted: SQL
  /** Undefined if `condition` didn't hold. Throws `rate_limited` if a limit is reached. */
  admit: (outcome: CountRow[]) => AdmittedGuess | undefined
}

/** What to run in the end, unless the guess was wrong. */
export type AdmittedGuess = {
  /** If it was right: forgets the guess, and the wrong ones before it. */
  ifRight: Statement[]
  /** If it wasn't compared after all: forgets this guess alone. */
  ifDropped: Statement[]
}

/** Prepares a guess, which counts only if `condition` holds. */
export async function prepareGuess(deps: Deps, target: GuessTarget, condition: SQL = sql`TRUE`): Promise<Guess> {
  const { db } = deps
  const now = deps.now()
  const guessId = crypto.randomUUID()
  const [browser, targets, network] = await Promise.all([
    browserCount(deps, target),
    targetCounts(deps, target),
    networkCount(deps),
  ])
  const shared = [...targets, ...network]
  const all = [...browser, ...shared].map(({ subject }) => subject)
  const wasCountedBy = (counts: Count[]) => existsCount(counts, sql`guess_id = ${guessId}`)
  const isBlocked = (counts: Count[]) => existsCount(counts, sql`blocked_until > ${now.getTime()}`)
  // A known browser has its own count, also where others have used up that of the person or of the network. After that it is like
  // any other. The shared counts either all count a guess, or none does.
  const isForBrowser = sql`${condition} AND NOT ${isBlocked(browser)}`
  const isForShared = sql`${condition} AND NOT ${wasCountedBy(browser)} AND NOT ${isBlocked(shared)}`
  const countIf = (count: Count, isCounting: SQL) => countStatement(db, count, { guessId, now, condition: isCounting })
  return {
    countStatements: [
      ...browser.map((count) => countIf(count, isForBrowser)),
      ...shared.map((count, i) => countIf(count, i === 0 ? isForShared : wasCountedBy(targets))),
    ],
    outcomeQuery: outcomeQuery(db, all),
    isCounted: wasCountedBy([...browser, ...targets]),
    admit: (outcome) => {
      const counting = outcome.filter((row) => row.guessId === guessId).map(({ subject }) => subject)
      if (counting.length > 0) return admittedGuess(db, counting, network)
      const resetAt = endOfBlock(outcome, browser, now)
      if (!resetAt) return undefined
      const { limit } = PASSWORD_RULE
      throw new Failure({ kind: "rate_limited", scope: "guess_limit", limit, remaining: 0, resetAt })
    },
  }
}

/** SQL condition: the row of `guess_counts` counts wrong guesses at this target. */
export async function isCountOf(deps: Deps, target: GuessTarget): Promise<SQL> {
  const counts = await targetCounts(deps, target)
  return inArray(
    guessCounts.subject,
    counts.map(({ subject }) => subject),
  )
}

/** Deletes counts that no longer matter, one batch per run. */
export async function deleteExpiredGuessCounts({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  await deleteSome(db, guessCounts, guessCounts.subject, lte(guessCounts.expiresAt, now()), DELETE_BATCH)
}

async function targetCounts(deps: Deps, target: GuessTarget): Promise<Count[]> {
  switch (target.kind) {
    case "password":
      return [await toCount(deps, `password of ${target.email}`, PASSWORD_RULE)]
    case "second_factor":
      return [await toCount(deps, `second factor of ${target.userId}`, CODE_RULE)]
    case "email_code":
      return [await toCount(deps, `email code of ${target.inviteId}`, CODE_RULE)]
    case "operator_token":
      return [] // too long to be guessed from many networks, and nobody must be able to lock out the operator
  }
}

/** For passwords only: a reset link makes a browser known, and a reader of the mailbox must not get more guesses at codes for it. */
async function browserCount(deps: Deps, target: GuessTarget): Promise<Count[]> {
  const cookie = deps.client?.knownBrowser
  const id = cookie && target.kind === "password" ? await knownBrowserId(deps, cookie, target.email) : undefined
  return id ? [await toCount(deps, `known browser ${id}`, BROWSER_RULE)] : []
}

async function networkCount(deps: Deps): Promise<Count[]> {
  return deps.client ? [await toCount(deps, `network ${deps.client.network}`, NETWORK_RULE)] : []
}

/** The subject is a keyed hash: the table names nobody, and lists no network. */
async function toCount(deps: Deps, name: string, rule: Rule): Promise<Count> {
  const hash = await crypto.subtle.sign("HMAC", await guessKey(deps), new TextEncoder().encode(`guesses: ${name}`))
  return { subject: Buffer.from(hash).subarray(0, SUBJECT_BYTES).toString("base64url"), rule }
}

function existsCount(counts: Count[], condition: SQL): SQL {
  const subjects = JSON.stringify(counts.map(({ subject }) => subject))
  return sql`EXISTS (SELECT 1 FROM json_each(${subjects}) JOIN guess_counts ON subject = value WHERE ${condition})`
}

function outcomeQuery(db: Deps["db"], subjects: string[]) {
  const { subject, blockedUntil, guessId } = guessCounts
  return db.select({ subject, blockedUntil, guessId }).from(guessCounts).where(inArray(subject, subjects))
}

type Counting = { guessId: string; now: Date; condition: SQL }

/** Counts a guess for one subject, and blocks it if that was the last free one, or one after a pause. */
function countStatement(db: Deps["db"], { subject, rule }: Count, { guessId, now, condition }: Counting) {
  const at = now.getTime()
  const isCurrent = sql`${guessCounts.expiresAt} > ${at}`
  const failures = sql`CASE WHEN ${isCurrent} THEN ${guessCounts.failures} + 1 ELSE 1 END`
  const end = sql`CASE WHEN ${isCurrent} THEN ${guessCounts.expiresAt} ELSE ${at + rule.windowMs} END`
  const isLimit = sql`${failures} >= ${rule.limit}`
  const pauseMinutes = sql`min(${LONGEST_PAUSE_MINUTES}, 1 << min(${failures} - ${rule.limit}, 10))`
  const pauseEnd = sql`${at} + ${pauseMinutes} * ${MINUTE_MS}`
  const first = { subject, failures: 1, blockedUntil: new Date(0), expiresAt: new Date(at + rule.windowMs), guessId }
  return insertSelect(db, guessCounts, first, condition).onConflictDoUpdate({
    target: guessCounts.subject,
    set: {
      failures,
      blockedUntil: sql`CASE WHEN ${isLimit} THEN ${rule.hasPauses ? pauseEnd : end} ELSE 0 END`,
      expiresAt: rule.hasPauses ? sql`CASE WHEN ${isLimit} THEN ${at + PAUSED_COUNT_MS} ELSE ${end} END` : end,
      guessId,
    },
  })
}

/** Of a network, a right guess takes off only itself: other people may be wrong. */
function admittedGuess(db: Deps["db"], counting: string[], network: Count[]): AdmittedGuess {
  const networkSubjects = network.map(({ subject }) => subject).filter((subject) => counting.includes(subject))
  const cleared = counting.filter((subject) => !networkSubjects.includes(subject))
  const takeOffStatement = (subjects: string[]) =>
    db
      .update(guessCounts)
      .set({ failures: sql`max(${guessCounts.failures} - 1, 0)`, blockedUntil: new Date(0) })
      .where(inArray(guessCounts.subject, subjects))
  return {
    ifRight: [
      db.delete(guessCounts).where(inArray(guessCounts.subject, cleared)),
      ...(networkSubjects.length > 0 ? [takeOffStatement(networkSubjects)] : []),
    ],
    ifDropped: [takeOffStatement(counting)],
  }
}

/** When a refused guess is possible again: a known browser waits for its own count or for the shared ones. */
function endOfBlock(outcome: CountRow[], browser: Count[], now: Date): Date | undefined {
  const blocked = outcome.filter(({ blockedUntil }) => blockedUntil > now)
  const isOfBrowser = ({ subject }: CountRow) => browser.some((count) => count.subject === subject)
  const latest = (rows: CountRow[]) => Math.max(...rows.map(({ blockedUntil }) => blockedUntil.getTime()))
  const shared = latest(blocked.filter((row) => !isOfBrowser(row)))
  if (shared === Number.NEGATIVE_INFINITY) return undefined
  const own = latest(blocked.filter(isOfBrowser))
  return new Date(own === Number.NEGATIVE_INFINITY ? shared : Math.min(own, shared))
}
