import { and, count, desc, eq, gte, inArray, isNull, lt, max, min, or, type SQL, sql } from "drizzle-orm"
import { aliasedColumns } from "../../storage/aliased-columns.ts"
import { compiled, type Places } from "../../storage/compiled.ts"
import { lowestId } from "../../storage/ids.ts"
import { isBeyond, type Page, type PageRequest, readingOrder, toPage } from "../../storage/paging.ts"
import {
  type ActorKind,
  type AuditEntry,
  apiKeys,
  auditEntries,
  auditLog,
  auditSeals,
  customers,
  INVITE_KINDS,
  type InviteKind,
  invites,
  staff,
  users,
} from "../../storage/schema.ts"
import type { ResellerActor, StaffActor } from "../access/actor.ts"
import { authorize, can } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { INVITE_READ_PERMISSIONS } from "../invites/audience.ts"
import { type FoundActivity, searchedInviteQueries, toFoundActivity } from "./activity-search.ts"
import { AUDIT_ACTIONS, type AuditAction, readableActions } from "./audit-actions.ts"
import { forSubject, hasAction, toReadable } from "./audit-log.ts"
import { customerEntriesSql, foundEntriesSql } from "./entry-ids.ts"

/** The areas to filter by: the first word of an action. */
export const ACTIVITY_AREAS = [
  "invite",
  "customer",
  "member",
  "staff",
  "billing_account",
  "api_key",
  "webhook",
  "job",
  "reseller",
] as const
type ActivityArea = (typeof ACTIVITY_AREAS)[number]

export type ActivityFilter = {
  actorKind?: ActorKind | undefined
  /** A staff user or an API key. */
  actorId?: string | undefined
  area?: ActivityArea | undefined
  inviteId?: string | undefined
  /** Entries about the customer and the invite that it has accepted. */
  customerId?: string | undefined
  /** Words: of a company, contact or address, or of who did it or whom it is about. */
  search?: string | undefined
  /** At this time or later. */
  createdAfter?: Date | undefined
  createdBefore?: Date | undefined
}

/** An entry, with the name and link of its subject if that is an invite or a customer, and whether it is sealed. */
export type Activity = AuditEntry & { subject: Subject | null; isSealed: boolean }
export type Subject = { name: string; inviteKind: InviteKind | null; customerId: string | null }

/** The actors to filter by. */
type ActivityActors = Record<"staff" | "keys", { id: string; name: string }[]>

/** How many actors of each kind a filter offers. */
export const FILTER_OPTIONS_MAX = 100

/** How many entries one filtered page scans. */
const FILTER_SCAN_LIMIT = 1_000
/** How many entries an unfiltered page scans: more than it shows, since nobody can see those of customers' own invites. */
const SCAN_LIMIT = 50
/** The same for a role that can't see every action. */
const ROLE_SCAN_LIMIT = 100

type ActivityPage = Page<Activity> & {
  /** The areas that the actor can filter by. */
  areas: ActivityArea[]
  actors: ActivityActors
  /** More invites have the words of the search than it looks at. */
  isPartOfSearch: boolean
}

/**
 * The activity at a reseller that the actor's role can see, newest first, and what to filter by. Throws `forbidden`, also for the
 * activity of an API key.
 */
export async function listActivity(
  deps: Deps,
  actor: StaffActor,
  filter: ActivityFilter,
  page: PageRequest,
): Promise<ActivityPage> {
  const { actors, found, entries } = await (filter.search ? readFound : readAll)(deps, actor, filter, page)
  const visibleActions = readableActions(actor)
  return {
    ...entries,
    areas: ACTIVITY_AREAS.filter((name) => visibleActions.some(isInArea(name))),
    actors,
    isPartOfSearch: found?.isPart ?? false,
  }
}

type ActivityParts = { actors: ActivityActors; found?: FoundActivity; entries: Page<Activity> }
type ReadActivity = (...request: Parameters<typeof listActivity>) => Promise<ActivityParts>

const readAll: ReadActivity = async ({ db, read }, actor, filter, page) => {
  const { queries, toActivityPage } = planActivity(db, actor, filter, page)
  const [staffOptions, keys, ...rows] = await read([...actorQueries(db, actor), ...queries])
  return { actors: { staff: staffOptions, keys }, entries: toActivityPage(...rows) }
}

const readFound: ReadActivity = async ({ db, read, now }, actor, filter, page) => {
  authorize(actor, "invites:read")
  const { search = "" } = filter
  const inviteQueries = searchedInviteQueries(db, actor.reseller.id, search, now())
  const [staffOptions, keys, ...matches] = await read([...actorQueries(db, actor), ...inviteQueries])
  const found = toFoundActivity(search, [...staffOptions, ...keys], matches)
  const { queries, toActivityPage } = planActivity(db, actor, filter, page, found)
  return { actors: { staff: staffOptions, keys }, found, entries: toActivityPage(...(await read(queries))) }
}

/** The statements that read what to filter by. */
function actorQueries(db: Deps["db"], actor: StaffActor) {
  const isOwnKey = can(actor, "api_keys:write") ? eq(apiKeys.resellerId, actor.reseller.id) : sql`FALSE`
  return [
    staffOptionsQuery(db, { resellerId: actor.reseller.id, limit: FILTER_OPTIONS_MAX }),
    db
      .select({ id: apiKeys.id, name: apiKeys.name })
      .from(apiKeys)
      .where(isOwnKey)
      .orderBy(desc(apiKeys.id))
      .limit(FILTER_OPTIONS_MAX),
  ] as const
}

/** `unknownIds`: the filters of an empty list whose id the actor can't read, or doesn't exist. */
type FilteredActivity = Page<Activity> & { unknownIds?: ("inviteId" | "actorId")[] }

/** Like `listActivity`, for any actor of a reseller, and without what to filter by. A key can ask for its own activity. */
export async function listActivityPage(
  { db, read }: Deps,
  actor: ResellerActor,
  filter: ActivityFilter,
  page: PageRequest,
): Promise<FilteredActivity> {
  const { queries, toActivityPage } = planActivity(db, actor, filter, page)
  const found = toActivityPage(...(await read(queries)))
  const { inviteId, actorId } = filter
  if (found.rows.length > 0 || found.next || !(inviteId || actorId)) return found
  const [[known]] = await read([knownIdsQuery(db, actor, filter)])
  const unknownIds = (["inviteId", "actorId"] as const).filter((name) => filter[name] && !known?.[name])
  return { ...found, unknownIds }
}

/** The statement that reads whether there is such an invite, and such an actor. Those who left are known by what they did. */
function knownIdsQuery(db: Deps["db"], actor: ResellerActor, { inviteId = "", actorId = "" }: ActivityFilter) {
  const resellerId = actor.reseller.id
  const isInvite = and(
    eq(invites.id, inviteId),
    eq(invites.resellerId, resellerId),
    inArray(invites.kind, readableKinds(actor)),
  )
  const isActor = sql`EXISTS (SELECT 1 FROM audit_entries WHERE actor_id = ${actorId} AND reseller_id = ${resellerId})
    OR EXISTS (SELECT 1 FROM staff WHERE user_id = ${actorId} AND reseller_id = ${resellerId})`
  return db
    .select({
      inviteId: sql<number>`EXISTS (SELECT 1 FROM ${invites} WHERE ${isInvite})`.as("invite"),
      actorId: sql<number>`${actorId === actor.id ? sql`TRUE` : isActor}`.as("actor"),
    })
    .from(sql`(SELECT 1)`)
}

/**
 * The statements that read a page of activity, and how their rows become the page. It scans a limited number of entries, so it can
 * have a neighbor without being full.
 */
function planActivity(
  db: Deps["db"],
  actor: ResellerActor,
  { actorKind, actorId, area, inviteId, customerId, createdAfter, createdBefore }: ActivityFilter,
  page: PageRequest,
  found?: FoundActivity,
) {
  authorize(actor, "activity:read")
  if (actorId?.startsWith("key_") && actorId !== actor.id) authorize(actor, "api_keys:write")
  const visibleActions = readableActions(actor)
  const isFiltered = actorKind || actorId || area
  const condition = and(
    isReadableSubject(actor),
    actorKind && eq(auditLog.actorKind, actorKind),
    actorId ? eq(auditLog.actorId, actorId) : undefined,
    hasAction(area ? visibleActions.filter(isInArea(area)) : visibleActions),
  )
  const seesAllActions = visibleActions.length === AUDIT_ACTIONS.length
  const unfilteredLimit = Math.max(seesAllActions ? SCAN_LIMIT : ROLE_SCAN_LIMIT, 2 * page.size)
  const isSelected = Boolean(found || customerId)
  const scanLimit = isFiltered && !isSelected ? FILTER_SCAN_LIMIT : unfilteredLimit
  const scanned = db
    .select({ id: auditEntries.id })
    .from(auditEntries)
    .where(
      and(
        inviteId ? forSubject(actor.reseller.id, inviteId, auditEntries) : undefined,
        // The plus keeps SQLite from scanning all entries of the reseller.
        isSelected || inviteId
          ? sql`+${auditEntries.resellerId} = ${actor.reseller.id}`
          : eq(auditEntries.resellerId, actor.reseller.id),
        found && sql`${auditEntries.id} IN (${foundEntriesSql(found, page, scanLimit)})`,
        customerId
          ? sql`${auditEntries.id} IN (${customerEntriesSql(actor.reseller.id, customerId, page, scanLimit)})`
          : undefined,
        isBeyond(auditEntries.id, page),
        createdAfter && gte(auditEntries.id, lowestId("aud", createdAfter)),
        createdBefore && lt(auditEntries.id, lowestId("aud", createdBefore)),
      ),
    )
    .orderBy(readingOrder(auditEntries.id, page))
    .limit(scanLimit)
    .as("scanned")
  const matchesQuery = db
    .select({
      entry: aliasedColumns(auditLog, "entry"),
      name: subjectNameSql(),
      kind: inviteKindSql(),
      customerId: customerIdSql(),
      isSealed: isSealedSql(),
    })
    .from(auditLog) // the view first: SQLite doesn't flatten one with an outer join on the right of a join
    .innerJoin(scanned, eq(scanned.id, auditLog.id))
    .leftJoin(invites, eq(invites.id, auditLog.subjectId))
    .leftJoin(customers, eq(customers.id, auditLog.subjectId))
    .where(condition)
    .orderBy(readingOrder(scanned.id, page)) // the order of the scan, so that it stops after the page
    .limit(page.size + 1)
  const scanEndQuery = db
    .select({ last: (page.after ? max : min)(scanned.id).as("last"), n: count().as("n") })
    .from(scanned)
  const toActivityPage = (
    matches: Awaited<typeof matchesQuery>,
    [scanEnd]: Awaited<typeof scanEndQuery>,
  ): Page<Activity> => {
    const entries = matches.map(({ entry, name, kind: inviteKind, customerId, isSealed }) => {
      const subject = name === null ? null : { name, inviteKind, customerId }
      return { ...toReadable(actor, entry), subject, isSealed: isSealed === 1 }
    })
    const isWholeList = scanEnd?.n !== scanLimit
    return toPage(entries, page, isWholeList ? undefined : (scanEnd.last ?? undefined))
  }
  return { queries: [matchesQuery, scanEndQuery] as const, toActivityPage }
}

/** The staff to filter by. Throws `forbidden`. */
export async function listStaffOptions({ db, read }: Deps, actor: ResellerActor) {
  authorize(actor, "invites:read")
  const [options] = await read([staffOptionsQuery(db, { resellerId: actor.reseller.id, limit: FILTER_OPTIONS_MAX })])
  return options
}

/** The statement that reads the staff to filter by. */
export const staffOptionsQuery = compiled((db, at: Places<{ resellerId: string; limit: number }>) =>
  db
    .select({ id: users.id, name: users.name })
    .from(staff)
    .innerJoin(users, eq(users.id, staff.userId))
    .where(eq(staff.resellerId, at.resellerId))
    .orderBy(users.name)
    .limit(at.limit),
)

const isInArea = (area: ActivityArea) => (action: AuditAction) => action.startsWith(`${area}.`)

/** SQL condition: the subject isn't an invite, or is one of a kind whose page the actor can open. */
function isReadableSubject(actor: ResellerActor) {
  return or(isNull(invites.kind), inArray(invites.kind, readableKinds(actor)))
}

/** The kinds of invites whose pages the actor can open. */
export const readableKinds = (actor: ResellerActor) =>
  INVITE_KINDS.filter((kind) => can(actor, INVITE_READ_PERMISSIONS[kind]))

/** The name of a customer, or of the person who is invited to the staff. */
function subjectNameSql(): SQL.Aliased<string | null> {
  const inviteSubject = sql`CASE ${invites.kind} WHEN 'staff' THEN ${invites.contactName} ELSE ${invites.companyName} END`
  return sql<string | null>`coalesce(${inviteSubject}, ${customers.name})`.as("subject_name")
}

const inviteKindSql = () => sql<InviteKind | null>`${invites.kind}`.as("invite_kind")
const customerIdSql = () =>
  sql<string | null>`coalesce(${invites.customerId}, ${customers.id})`.as("subject_customer_id")
const isSealedSql = () =>
  sql<number>`EXISTS (SELECT 1 FROM ${auditSeals} WHERE ${auditSeals.entryId} = ${auditLog.id})`.as("is_sealed")
