import { and, count, desc, eq, lt, min, type SQL, sql } from "drizzle-orm"
import { columnsOf } from "../storage/columns-of.ts"
import type { PageAsked } from "../storage/paging.ts"
import {
  type ActorKind,
  type AuditEntry,
  apiKeys,
  auditLog,
  customers,
  type InviteKind,
  invites,
  staff,
  users,
} from "../storage/schema.ts"
import { demand, may, type StaffActor } from "./actor.ts"
import { isAbout, isToldTo, toReadable } from "./audit.ts"
import { type AuditAction, readableActions } from "./audit-actions.ts"
import type { Deps } from "./deps.ts"

/** What can be looked for: the first word of an action. */
export const ACTIVITY_AREAS = [
  "invite",
  "customer",
  "member",
  "staff",
  "billing_account",
  "api_key",
  "webhook",
  "reseller",
] as const
export type ActivityArea = (typeof ACTIVITY_AREAS)[number]

export type ActivityFilter = {
  actorKind?: ActorKind | undefined
  /** One of the staff, or one API key. */
  actorId?: string | undefined
  area?: ActivityArea | undefined
  inviteId?: string | undefined
}

/** An entry, and whom it is about where that is an invite or a customer: a name, and where more is to be read. */
export type Activity = AuditEntry & { about: Subject | null }
export type Subject = { name: string; inviteKind: InviteKind | null; customerId: string | null }

/** Who may be looked for by name. */
export type ActivityActors = Record<"staff" | "keys", { id: string; name: string }[]>

/** As many of each as are offered to look for. */
const ACTORS_OFFERED = 100

/** As many entries as one page looks through for those that a filter wants. */
const FILTER_LOOKS_THROUGH = 1_000
/** The same where nothing is filtered, but some of it is not the actor's to see. */
const ROLE_LOOKS_THROUGH = 100

type ActivityPage = {
  entries: Activity[]
  /** What the actor can look for. */
  areas: ActivityArea[]
  actors: ActivityActors
  next: string | undefined
}

/**
 * What was done at the reseller, by whomever, newest first, of what the actor's role may see; which API key did it is told to
 * whoever may see the keys. A page looks through a thousand entries at most: `next` is there when there may be more, on a page
 * that is not full too. Throws `forbidden`, of one API key's activity too. One D1 round trip.
 */
export async function listActivity(
  { db }: Deps,
  actor: StaffActor,
  { actorKind, actorId, area, inviteId }: ActivityFilter,
  { before, size }: PageAsked,
): Promise<ActivityPage> {
  demand(actor, "invites:read")
  if (actorId?.startsWith("key_")) demand(actor, "api_keys:write")
  const seesKeys = may(actor, "api_keys:write")
  const readable = readableActions(actor)
  const isFiltered = actorKind || actorId || area
  const wanted = and(
    actorKind && eq(auditLog.actorKind, actorKind),
    actorId ? eq(auditLog.actorId, actorId) : undefined,
    isToldTo(area ? readable.filter(isIn(area)) : readable),
  )
  const looked = isFiltered ? FILTER_LOOKS_THROUGH : wanted ? ROLE_LOOKS_THROUGH : size + 1
  const walked = db
    .select({ id: auditLog.id })
    .from(auditLog)
    .where(
      and(
        inviteId ? isAbout(actor.reseller.id, inviteId) : eq(auditLog.resellerId, actor.reseller.id),
        before ? lt(auditLog.id, before) : undefined,
      ),
    )
    .orderBy(desc(auditLog.id))
    .limit(looked)
    .as("walked")
  const [staffThere, keys, found, ends] = await db.batch([
    db
      .select({ id: users.id, name: users.name })
      .from(staff)
      .innerJoin(users, eq(users.id, staff.userId))
      .where(eq(staff.resellerId, actor.reseller.id))
      .orderBy(users.name)
      .limit(ACTORS_OFFERED),
    db
      .select({ id: apiKeys.id, name: apiKeys.name })
      .from(apiKeys)
      .where(seesKeys ? eq(apiKeys.resellerId, actor.reseller.id) : sql`FALSE`)
      .orderBy(desc(apiKeys.id))
      .limit(ACTORS_OFFERED),
    db
      .select({ entry: columnsOf(auditLog, "entry"), name: nameOf(), kind: kindOf(), customerId: customerOf() })
      .from(walked)
      .innerJoin(auditLog, eq(auditLog.id, walked.id))
      .leftJoin(invites, eq(invites.id, auditLog.subjectId))
      .leftJoin(customers, eq(customers.id, auditLog.subjectId))
      .where(wanted)
      .orderBy(desc(walked.id)) // which is walked in that order, so that this ends with the page
      .limit(size + 1),
    ...(wanted ? [db.select({ last: min(walked.id).as("last"), n: count().as("n") }).from(walked)] : []),
  ])
  const entries = found.slice(0, size).map(({ entry, name, kind: inviteKind, customerId }) => {
    return { ...toReadable(actor, entry), about: name === null ? null : { name, inviteKind, customerId } }
  })
  const offered = {
    areas: ACTIVITY_AREAS.filter((name) => readable.some(isIn(name))),
    actors: { staff: staffThere, keys },
  }
  if (found.length > size) return { entries, ...offered, next: entries.at(-1)?.id }
  const [end] = ends ?? []
  return { entries, ...offered, next: end?.n === looked ? (end.last ?? undefined) : undefined }
}

const isIn = (area: ActivityArea) => (action: AuditAction) => action.startsWith(`${area}.`)

/** A customer's name, and of people who are invited their own, with their customer's. */
function nameOf(): SQL.Aliased<string | null> {
  const invitee = sql`CASE ${invites.kind} WHEN 'staff' THEN ${invites.contactName}
    WHEN 'member' THEN ${invites.contactName} || ' of ' || ${invites.companyName} ELSE ${invites.companyName} END`
  return sql<string | null>`coalesce(${invitee}, ${customers.name})`.as("about_name")
}

const kindOf = () => sql<InviteKind | null>`${invites.kind}`.as("invite_kind")
const customerOf = () => sql<string | null>`coalesce(${invites.customerId}, ${customers.id})`.as("about_customer")
