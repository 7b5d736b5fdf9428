import { and, count, desc, eq, lt, min, notLike, type SQL, sql } from "drizzle-orm"
import { columnsOf } from "../storage/columns-of.ts"
import type { PageAsked } from "../storage/paging.ts"
import { type ActorKind, type AuditEntry, audit, customers, invites } from "../storage/schema.ts"
import { demand, may, type ResellerActor } from "./actor.ts"
import { isAbout } from "./audit.ts"
import type { Deps } from "./deps.ts"

/** What can be looked for: the first word of an action. */
export const ACTIVITY_AREAS = ["invite", "customer", "billing_account", "api_key", "webhook", "reseller"] as const
export type ActivityArea = (typeof ACTIVITY_AREAS)[number]

export type ActivityFilter = {
  actorKind?: ActorKind | undefined
  area?: ActivityArea | undefined
  inviteId?: string | undefined
}

/** An entry, and the company that it is about where there is one. */
export type Activity = AuditEntry & { company: string | null }

/** As many entries as one page looks through for those that a filter wants. */
const LOOKED_THROUGH = 1_000

/**
 * What was done at the reseller, by whomever, newest first. A filter looks through a thousand entries at most: `next` is there
 * when there may be more, on a page that is not full too. Who may not see billing sees nothing of what was done to it. Throws
 * `forbidden`. One D1 round trip.
 */
export async function listActivity(
  { db }: Deps,
  actor: ResellerActor,
  { actorKind, area, inviteId }: ActivityFilter,
  { before, size }: PageAsked,
): Promise<{ entries: Activity[]; next: string | undefined }> {
  demand(actor, "invites:read")
  const wanted = and(
    actorKind && eq(audit.actorKind, actorKind),
    area && sql`substr(${audit.action}, 1, ${area.length + 1}) = ${`${area}.`}`,
    may(actor, "billing:read") ? undefined : notLike(audit.action, "billing_account.%"),
  )
  const walked = db
    .select({ id: audit.id })
    .from(audit)
    .where(
      and(
        inviteId ? isAbout(actor.reseller.id, inviteId) : eq(audit.resellerId, actor.reseller.id),
        before ? lt(audit.id, before) : undefined,
      ),
    )
    .orderBy(desc(audit.id))
    .limit(wanted ? LOOKED_THROUGH : size + 1)
    .as("walked")
  const [found, ends] = await db.batch([
    db
      .select({ entry: columnsOf(audit, "entry"), company: companyOf() })
      .from(walked)
      .innerJoin(audit, eq(audit.id, walked.id))
      .leftJoin(invites, eq(invites.id, audit.subjectId))
      .leftJoin(customers, eq(customers.id, audit.subjectId))
      .where(wanted)
      .orderBy(desc(audit.id))
      .limit(size + 1),
    ...(wanted ? [db.select({ last: min(walked.id).as("last"), n: count().as("n") }).from(walked)] : []),
  ])
  const entries = found.slice(0, size).map(({ entry, company }) => ({ ...entry, company }))
  if (found.length > size) return { entries, next: entries.at(-1)?.id }
  const [end] = ends ?? []
  return { entries, next: end?.n === LOOKED_THROUGH ? (end.last ?? undefined) : undefined }
}

function companyOf(): SQL.Aliased<string | null> {
  return sql<string | null>`coalesce(${invites.companyName}, ${customers.name})`.as("company")
}
