import { type Placeholder, type SQL, sql } from "drizzle-orm"
import type { SQLiteColumn } from "drizzle-orm/sqlite-core"
import { type EmailStatus, type InviteStatus, invites, type Metadata } from "../../storage/schema.ts"
import type { RangeEnds } from "./created-range.ts"
import type { InviteFilter } from "./listed-invite.ts"
import { exactTerms, RUN_LENGTH, runsOf } from "./search-text.ts"

/** The letters for statuses in the index, as migrations/0001_schema.sql writes them. */
export const STATUS_LETTERS: Record<InviteStatus, string> = {
  pending: "p",
  accepted: "a",
  expired: "e",
  revoked: "r",
  declined: "d",
}
export const EMAIL_STATUS_LETTERS: Record<EmailStatus, string> = {
  queued: "q",
  sent: "s",
  delivered: "d",
  deferred: "e",
  bounced: "b",
  complained: "c",
  failed: "f",
}

/** The index is asked for at most this many runs of characters; all words are compared with what it finds. */
const RUNS_MAX = 6
/** The number of words that are compared one by one. */
const WORDS_MAX = 8
const SAMPLES = ["0", "1"]
/** The sizes of the blocks of rows that a search can be limited to, as powers of two. A search has at most `BLOCKS_MAX` of one size. */
const BLOCK_SIZES = [12, 15, 18, 21, 24, 27, 30]
const BLOCKS_MAX = 9
/** So many of the newest rows are searched in any case. */
const ROWS_MIN = sql.raw(String(2 ** 15))

/** `span`: common table expressions, undefined if all rows are looked at. `match`: a scalar. */
export type SearchPlan = { span: SQL | undefined; match: SQL | Placeholder }

/** `cursor` is the number of the row that the page begins beyond, `samples` how many are looked up: 0 for no limit. */
type Search = { isAfter: boolean; cursor: SQL | undefined; samples: number; ends: RangeEnds }

const sampleName = (n: number) => `sample${n}`

/**
 * The terms of a search as values of its statements, and how many samples are looked up. If there is one term and each of its rows
 * matches, the walk ends with the page, so none are.
 */
export function searchTerms({
  resellerId,
  filter,
  words,
}: {
  resellerId: string
  filter: InviteFilter
  words: string[]
}) {
  const tenant = resellerId.slice(-6)
  const facets = facetsOf(filter)
  const exact = exactTerms(filter)
  const runs = [...exact, ...selectRuns(words)]
  const termsOf = (kind: string) => runs.map((run) => toExpression(tenant + kind + run, run))
  const facetTerms = (sample: string) => facets.map((facet) => toExpression(`${tenant}${sample}=${facet}`))
  const samples = SAMPLES.flatMap((sample) => [...facetTerms(sample), ...termsOf(sample)])
  const expression = [...facetTerms(""), ...termsOf(".")].join(" AND ")
  const values = { tenant, expression, ...Object.fromEntries(samples.map((term, n) => [sampleName(n), term])) }
  const isSingle = facets.length + exact.length + words.flatMap(runsOf).length === 1 && !words.some(isShort)
  return { values, samples: isSingle ? 0 : samples.length }
}

/**
 * How a search walks the index, newest first or from `after` on, so that its work doesn't grow with the number of invites. Walking several terms costs as
 * much as the rarest of them has rows. Two samples of the rows tell how rare that is: the search ends at the first row, from the newest
 * on, where each sample has had each term, but not within `ROWS_MIN` rows. That is after about 380 rows of the rarest term, and rarer
 * words are searched for everywhere. `span` defines a table of that name with the `first` and the `last` row to look at, and whether
 * others lie beyond; `match` is the search expression.
 */
export function searchPlan({ isAfter, cursor, samples: count, ends }: Search): SearchPlan {
  if (count === 0) return { span: undefined, match: sql.placeholder("expression") }
  const samples = Array.from({ length: count }, (_, n) => sql.placeholder(sampleName(n)))
  const [expression, tenant] = [sql.placeholder("expression"), sql.placeholder("tenant")]
  const span = isAfter ? newerSpan(cursor, samples, ends) : olderSpan(cursor, samples, ends)
  const isLimited = ends.first || ends.last ? sql`TRUE` : sql`is_part`
  // A lower bound of rowid doesn't stop FTS5 between two matches, but the end of a term's list does.
  // Without the limit, SQLite would compile the size again wherever it is used, which takes longer than the search.
  const match = sql`(WITH ${span} SELECT ${expression} || iif(${isLimited}, ' AND (' || ${BLOCKS_SQL} || ')', '')
    FROM (SELECT first, last, is_part, ${BLOCK_SIZE_SQL} AS size, ${tenant} AS tenant FROM span LIMIT 1))`
  return { span, match }
}

/** The term in quotes; a short run is the beginning of several terms. */
const toExpression = (term: string, run?: string) => `"${term.replaceAll('"', '""')}"${run && isShort(run) ? " *" : ""}`

const isShort = (run: string) => [...run].length < RUN_LENGTH

// The limits of these keep SQLite from looking up the samples again wherever the start or the end is used.

function olderSpan(cursor: SQL | undefined, samples: Placeholder[], { first = sql`0`, last }: RangeEnds): SQL {
  const newest = cursor ? sql`coalesce(${cursor} - 1, 0)` : sql`coalesce(max(seq), 0)`
  const start = sql`SELECT ${last ? sql`min(${newest}, ${last})` : newest} AS seq ${cursor ? sql`` : sql`FROM invites`}`
  const sampled = samples.map((term) => sampledSql(term, sql`rowid <= start.seq ORDER BY rowid DESC`, sql`0`))
  return sql`span (first, last, is_part) AS MATERIALIZED (SELECT min(max(first, lowest), last), last, first > lowest FROM (
    SELECT min(max(0, start.seq - ${ROWS_MIN}), ${sql.join(sampled, sql`, `)}) AS first, start.seq AS last, ${first} AS lowest
    FROM (${start}) AS start LIMIT 1) LIMIT 1)`
}

function newerSpan(cursor: SQL | undefined, samples: Placeholder[], { first = sql`0`, last }: RangeEnds): SQL {
  const newest = sql`(SELECT coalesce(max(seq), 0) FROM invites)`
  const start = sql`SELECT max(${cursor ? sql`coalesce(${cursor} + 1, 0)` : sql`0`}, ${first}) AS seq, ${last ? sql`min(${newest}, ${last})` : newest} AS newest`
  const sampled = samples.map((term) => sampledSql(term, sql`rowid >= start.seq ORDER BY rowid`, sql`start.newest`))
  return sql`span (first, last, is_part) AS MATERIALIZED (SELECT min(first, last, newest), min(last, newest), last < newest FROM (
    SELECT start.seq AS first, max(start.seq + ${ROWS_MIN}, ${sql.join(sampled, sql`, `)}) AS last, newest FROM (${start}) AS start LIMIT 1) LIMIT 1)`
}

const sampledSql = (term: Placeholder, place: SQL, otherwise: SQL) => sql`coalesce((SELECT rowid FROM invite_search
  WHERE invite_search MATCH ${term} AND ${place} LIMIT 1), ${otherwise})`

/** The smallest size of which a few blocks cover the span. */
const BLOCK_SIZE_SQL = sql.raw(
  `CASE ${BLOCK_SIZES.map((size) => `WHEN (last >> ${size}) - (first >> ${size}) < ${BLOCKS_MAX} THEN ${size}`).join(" ")} END`,
)

/** The terms of the blocks from `first` to `last`. */
const BLOCKS_SQL = sql.raw(
  Array.from({ length: BLOCKS_MAX }, (_, i) => {
    const block = `((last >> size) - ${i})`
    return `iif(${block} >= first >> size, '${i > 0 ? " OR " : ""}"' || tenant || '#' || size || '.' || ${block} || '"', '')`
  }).join(" || "),
)

function facetsOf({ status, emailStatus, billingAccountId, isUndelivered, invitedBy }: InviteFilter): string[] {
  return [
    ...(status ? [`s=${STATUS_LETTERS[status]}`] : []),
    ...(emailStatus ? [`m=${EMAIL_STATUS_LETTERS[emailStatus]}`] : []),
    ...(billingAccountId ? [`b=${billingAccountId}`] : []),
    ...(invitedBy ? [`i=${invitedBy}`] : []),
    ...(isUndelivered ? ["u=y"] : []),
  ]
}

/** The search expression for a reseller's invites on a billing account with one of these statuses. */
export function billingExpression(resellerId: string, billingAccountId: string, statuses: readonly InviteStatus[]) {
  const toTerm = (facet: string) => toExpression(`${resellerId.slice(-6)}=${facet}`)
  const ofStatus = statuses.flatMap((status) => facetsOf({ status })).map(toTerm)
  return `${facetsOf({ billingAccountId }).map(toTerm).join()} AND (${ofStatus.join(" OR ")})`
}

/** The values of a filter by metadata. */
export const metadataValues = (metadata: Metadata = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(metadata).flatMap(([key, value], n) => [
      [`metadataKey${n}`, key],
      [`metadataValue${n}`, value],
    ]),
  )

/** SQL conditions: the metadata in this column has each of so many keys with its value. */
export const hasMetadataSql = (column: SQL | SQLiteColumn, count: number): SQL[] =>
  Array.from(
    { length: count },
    (
      _,
      n,
    ) => sql`EXISTS (SELECT 1 FROM json_each(${column}) AS entry WHERE entry.key = ${sql.placeholder(`metadataKey${n}`)}
      AND entry.value = ${sql.placeholder(`metadataValue${n}`)})`,
  )

/** The words of a search as values. The last of very many are one value, because D1 has at most 100. */
export function wordValues(words: string[]): Record<string, string> {
  const runs = words.map((word) => runsOf(word).join("\n"))
  const first = runs.slice(0, WORDS_MAX).map((run, n) => [`word${n}`, run])
  return { ...Object.fromEntries(first), otherWords: JSON.stringify(runs.slice(WORDS_MAX)) }
}

/** SQL conditions: the invite has each of so many words. */
export function hasWordsSql(count: number): SQL[] {
  const conditions = Array.from(
    { length: Math.min(count, WORDS_MAX) },
    (_, n) => sql`instr(${invites.searchRuns}, ${sql.placeholder(`word${n}`)}) > 0`,
  )
  const others = sql.placeholder("otherWords")
  const hasOthers = sql`NOT EXISTS (SELECT 1 FROM json_each(${others}) WHERE instr(${invites.searchRuns}, value) = 0)`
  return count > WORDS_MAX ? [...conditions, hasOthers] : conditions
}

/** The runs to ask the index for: the first of each word, then the last of each, then those between. */
function selectRuns(words: string[]): string[] {
  const runsByWord = words.map((word) => {
    const runs = runsOf(word)
    return [runs.at(0), runs.at(-1), ...runs.filter((_, i) => i % RUN_LENGTH === 0)]
  })
  const longest = Math.max(0, ...runsByWord.map(({ length }) => length))
  const mixed = Array.from({ length: longest }, (_, i) => runsByWord.flatMap((runs) => runs[i] ?? [])).flat()
  return [...new Set(mixed)].slice(0, RUNS_MAX)
}
