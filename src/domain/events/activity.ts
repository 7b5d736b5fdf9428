import { and, desc, eq, inArray, sql } from "drizzle-orm"
import { compiled, type Places } from "../../storage/compiled.ts"
import type { Page, PageRequest } from "../../storage/paging.ts"
import {
  type ActorKind,
  type AuditEntry,
  apiKeys,
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
import { isInArea, planActivity } from "./activity-page.ts"
import { type FoundActivity, searchedInviteQueries, toFoundActivity } from "./activity-search.ts"
import { readableActions } from "./audit-actions.ts"

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
  const { queries, toActivityPage } = planActivity(db, actor, { filter, page })
  const [staffOptions, keys, ...rows] = await read([...actorQueries(db, actor), ...queries])
  return { actors: { staff: staffOptions, keys }, entries: toActivityPage(...rows) }
}

const readFound: ReadActivity = async ({ db, read, now }, actor, filter, page) => {
  authorize(actor, "invites:read")
  const { search = "" } = filter
  const inviteQueries = searchedInviteQueries(db, actor.reseller.id, search, now())
  const [staffOptions, keys, ...matches] = await read([...actorQueries(db, actor), ...inviteQueries])
  const found = toFoundActivity(search, [...staffOptions, ...keys], matches)
  const { queries, toActivityPage } = planActivity(db, actor, { filter, page, found })
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
  const { queries, toActivityPage } = planActivity(db, actor, { filter, page })
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

/** The kinds of invites whose pages the actor can open. */
export const readableKinds = (actor: ResellerActor) =>
  INVITE_KINDS.filter((kind) => can(actor, INVITE_READ_PERMISSIONS[kind]))
