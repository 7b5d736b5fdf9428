import { and, eq, getTableColumns, type Placeholder, type SQL, sql } from "drizzle-orm"
import { compiled, type Places } from "../../storage/compiled.ts"
import { type Invite, invites } from "../../storage/schema.ts"
import type { Locale } from "../../text/locales.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { timelineQuery, toReadable } from "../events/audit-log.ts"
import {
  authorizeExpansions,
  type Expanded,
  type Expansion,
  expandedColumns,
  joinExpansions,
  toExpanded,
} from "../expansions.ts"
import { Failure } from "../failure.ts"
import { contactEmailSql, suppressionQuery } from "../mail/suppressions.ts"
import type { InviteAudience, InviteContext } from "./audience.ts"

/** One invite of the audience. Throws `not_found` and `forbidden`. */
export function getInvite(deps: Deps, context: InviteContext, id: string): Promise<Invite> {
  authorize(context.actor, context.read)
  return loadInvite(deps, context, id)
}

/** One of the reseller's invites to customers, with what it refers to. Throws `not_found` and `forbidden`. */
export async function getExpandedInvite(
  { db, read }: Deps,
  actor: ResellerActor,
  id: string,
  expand: readonly Expansion[] = [],
): Promise<Invite & Expanded> {
  authorize(actor, "invites:read")
  authorizeExpansions(actor, expand)
  const [[invite]] = await read([inviteStatement(db, { id, audienceId: actor.reseller.id }, expand)])
  if (!invite) throw new Failure({ kind: "not_found" })
  return toExpanded(invite)
}

/** Like `getInvite`, but doesn't check permissions. Throws `not_found`. */
export async function loadInvite({ db, read }: Deps, context: InviteContext, id: string): Promise<Invite> {
  const [[invite]] = await read([inviteQuery(db, context, id)])
  if (!invite) throw new Failure({ kind: "not_found" })
  return invite
}

/** One invite with its timeline, newest first, and a suppression of its address. Throws `not_found` and `forbidden`. */
export async function getInviteWithTimeline({ db, read }: Deps, context: InviteContext, id: string) {
  authorize(context.actor, context.read)
  const [[invite], entries, [suppression]] = await read([
    inviteQuery(db, context, id),
    timelineQuery(db, context, id),
    suppressionQuery(db, context, contactEmailSql(context, id)),
  ])
  if (!invite) throw new Failure({ kind: "not_found" })
  const timeline = entries.map((entry) => toReadable(context.actor, entry))
  return { invite, timeline, suppression }
}

/** SQL condition: the change with this audit entry is the invite's latest. Guards the other statements of its batch. */
export function isLatestChange(inviteId: string | Placeholder, changeId: string | Placeholder): SQL {
  return sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${invites.id} = ${inviteId} AND ${invites.lastChangeId} = ${changeId})`
}

/** The statement that reads one invite of an audience. */
export function inviteQuery(db: Deps["db"], { audienceId }: Pick<InviteAudience, "audienceId">, id: string) {
  return inviteStatement(db, { id, audienceId }, [])
}

/** The columns of an `Invite`. */
export const { searchRuns: _, ...INVITE_COLUMNS } = getTableColumns(invites)

type InvitePlaces = Places<{ id: string; audienceId: string }>

const inviteStatement = compiled((db, { id, audienceId }: InvitePlaces, expand: readonly Expansion[]) => {
  const query = db
    .select(expandedColumns(INVITE_COLUMNS, expand))
    .from(invites)
    .where(and(eq(invites.id, id), eq(invites.audienceId, audienceId)))
    .limit(1)
    .$dynamic()
  return joinExpansions(query, invites, expand)
})

const INVITE_ID = /^inv_[0-9a-z]{26}$/

/** The language of an invite, without a check of permissions; undefined if there is no such invite. */
export async function findInviteLocale({ db }: Pick<Deps, "db">, id: string): Promise<Locale | undefined> {
  if (!INVITE_ID.test(id)) return undefined
  const [invite] = await db.select({ locale: invites.locale }).from(invites).where(eq(invites.id, id)).limit(1)
  return invite?.locale
}
