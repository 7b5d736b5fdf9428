import { and, count, eq, gte, inArray, isNull, lt, max, min, or, type SQL, sql } from "drizzle-orm"
import { aliasedColumns } from "../../storage/aliased-columns.ts"
import { lowestId } from "../../storage/ids.ts"
import { isBeyond, type Page, type PageRequest, readingOrder, toPage } from "../../storage/paging.ts"
import { auditEntries, auditLog, auditSeals, customers, type InviteKind, invites } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { type Activity, type ActivityFilter, readableKinds } from "./activity.ts"
import type { FoundActivity } from "./activity-search.ts"
import { AUDIT_ACTIONS, type AuditAction, readableActions } from "./audit-actions.ts"
import { forSubject, hasAction, toReadable } from "./audit-log.ts"
import { customerEntriesSql, foundEntriesSql } from "./entry-ids.ts"

/** How many entries one filtered page scans. */
const FILTER_SCAN_LIMIT = 1_000
/** How many entries an unfiltered page scans: more than it shows, since nobody can see those of customers' own invites. */
const SCAN_LIMIT = 50
/** The same for a role that can't see every action. */
const ROLE_SCAN_LIMIT = 100

/** `found`: what the search of the filter leads to. */
type ActivityRequest = { filter: ActivityFilter; page: PageRequest; found?: FoundActivity | undefined }

/**
 * The statements that read a page of activity, and how their rows become the page. It scans a limited number of entries, so it can
 * have a neighbor without being full.
 */
export function planActivity(db: Deps["db"], actor: ResellerActor, request: ActivityRequest) {
  const { filter, page } = request
  authorizeFilter(actor, filter)
  const scanLimit = scanLimitOf(actor, request)
  const scanned = scannedSelect(db, actor.reseller.id, { ...request, scanLimit }).as("scanned")
  // A cross join keeps the order of the tables. SQLite then knows that the scan is in order, and stops after the last entry of the page.
  const matchesQuery = db
    .select({
      entry: aliasedColumns(auditLog, "entry"),
      name: subjectNameSql(),
      kind: inviteKindSql(),
      customerId: customerIdSql(),
      isSealed: isSealedSql(),
    })
    .from(scanned)
    .crossJoin(auditLog)
    .leftJoin(invites, eq(invites.id, auditLog.subjectId))
    .leftJoin(customers, eq(customers.id, auditLog.subjectId))
    .where(and(eq(auditLog.id, scanned.id), isMatch(actor, filter)))
    .orderBy(readingOrder(scanned.id, page))
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

function authorizeFilter(actor: ResellerActor, { actorId }: ActivityFilter): void {
  authorize(actor, "activity:read")
  if (actorId?.startsWith("key_") && actorId !== actor.id) authorize(actor, "api_keys:write")
}

/** True if the entries are those of a search or of a customer, which are found by indexes of their own. */
const isSelected = ({ filter, found }: ActivityRequest) => Boolean(found || filter.customerId)

function scanLimitOf(actor: ResellerActor, request: ActivityRequest): number {
  const { actorKind, actorId, area } = request.filter
  if ((actorKind || actorId || area) && !isSelected(request)) return FILTER_SCAN_LIMIT
  const seesAllActions = readableActions(actor).length === AUDIT_ACTIONS.length
  return Math.max(seesAllActions ? SCAN_LIMIT : ROLE_SCAN_LIMIT, 2 * request.page.size)
}

/** The statement that finds the entries to look at. */
function scannedSelect(db: Deps["db"], resellerId: string, request: ActivityRequest & { scanLimit: number }) {
  const { filter, page, found, scanLimit } = request
  const { inviteId, customerId, createdAfter, createdBefore } = filter
  const { id } = auditEntries
  const hasId = (ids: SQL) => sql`${id} IN (${ids})`
  return db
    .select({ id })
    .from(auditEntries)
    .where(
      and(
        inviteId ? forSubject(resellerId, inviteId, auditEntries) : undefined,
        // The plus keeps SQLite from scanning all entries of the reseller.
        isSelected(request) || inviteId
          ? sql`+${auditEntries.resellerId} = ${resellerId}`
          : eq(auditEntries.resellerId, resellerId),
        found && hasId(foundEntriesSql(found, page, scanLimit)),
        customerId ? hasId(customerEntriesSql(resellerId, customerId, page, scanLimit)) : undefined,
        isBeyond(id, page),
        createdAfter && gte(id, lowestId("aud", createdAfter)),
        createdBefore && lt(id, lowestId("aud", createdBefore)),
      ),
    )
    .orderBy(readingOrder(id, page))
    .limit(scanLimit)
}

/** SQL condition: an entry is one that the filter asks for and that the actor can see. */
function isMatch(actor: ResellerActor, { actorKind, actorId, area }: ActivityFilter) {
  const visibleActions = readableActions(actor)
  return and(
    isReadableSubject(actor),
    actorKind && eq(auditLog.actorKind, actorKind),
    actorId ? eq(auditLog.actorId, actorId) : undefined,
    hasAction(area ? visibleActions.filter(isInArea(area)) : visibleActions),
  )
}

export const isInArea = (area: NonNullable<ActivityFilter["area"]>) => (action: AuditAction) =>
  action.startsWith(`${area}.`)

/** SQL condition: the subject isn't an invite, or is one of a kind whose page the actor can open. */
function isReadableSubject(actor: ResellerActor) {
  return or(isNull(invites.kind), inArray(invites.kind, readableKinds(actor)))
}

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
