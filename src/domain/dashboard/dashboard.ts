import { eq, sql } from "drizzle-orm"
import { compiled, type Places } from "../../storage/compiled.ts"
import { jsonColumn } from "../../storage/json-column.ts"
import { INVITE_STATUSES, inviteCounts } from "../../storage/schema.ts"
import type { StaffActor } from "../access/actor.ts"
import { authorize, can } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { toReadable } from "../events/audit-log.ts"
import { companyActions, latestActivityQuery } from "../events/latest-activity.ts"
import { staffAudience } from "../invites/audience.ts"
import { inviteQuery } from "../invites/find.ts"
import { overdueCountSql, toCounts } from "../invites/list.ts"
import {
  ATTENTION_REASONS,
  type AttentionTimes,
  attentionCounts,
  attentionInvitesQuery,
  attentionTimes,
  customersToReview,
} from "./attention.ts"
import { daysQuery, type Period, periodDays, toChart, toFunnels } from "./funnel.ts"
import { setupFacts, toSetup } from "./setup.ts"

const ENTRIES_SHOWN = 6

export type Dashboard = Awaited<ReturnType<typeof loadDashboard>>

/**
 * What the dashboard shows, in one round trip that reads as many rows at any number of invites: counters, up to 180 days, and a few rows
 * of each list. `setup` is undefined if the person has nothing to set up. `mentionedId`: an invite that its flash message is about.
 * Throws `forbidden`.
 */
export async function loadDashboard({ db, read, now }: Deps, actor: StaffActor, period: Period, mentionedId = "") {
  authorize(actor, "invites:read")
  const at = now()
  const { id: resellerId } = actor.reseller
  const times = attentionTimes(resellerId, at)
  const seesBilling = can(actor, "billing:read")
  const staffAudienceId = staffAudience(resellerId).audienceId
  const shownDays = periodDays(period, at)
  const [[summary], days, invites, entries, [mentioned] = []] = await read([
    summaryQuery(db, { ...times, userId: actor.id, staffAudienceId }),
    daysQuery(db, { resellerId, ...shownDays }),
    attentionInvitesQuery(db, times),
    latestActivityQuery(db, { resellerId, limit: ENTRIES_SHOWN }, companyActions(actor)),
    ...(mentionedId ? [inviteQuery(db, { audienceId: resellerId }, mentionedId)] : []),
  ])
  if (!summary) throw new Error("the dashboard's numbers were not read")
  const { counters, overdue, declined, expiring, customers, ...facts } = summary
  const counts = toCounts(Object.entries({ ...counters, overdue }).map(([counter, count]) => ({ counter, count })))
  const hasInvites = INVITE_STATUSES.some((status) => counts[status] > 0)
  return {
    counts,
    hasInvites,
    attention: {
      counts: {
        undelivered: counts.undelivered,
        declined,
        expiring,
        review: seesBilling ? counts.toReview : 0,
      },
      invites: invites.map(({ rank, ...invite }) => ({ ...invite, reason: ATTENTION_REASONS[rank] ?? "expiring" })),
      customers: seesBilling ? customers : [],
    },
    ...toFunnels(days, shownDays),
    chart: toChart(days, at),
    activity: entries.map(({ entry, ...company }) => ({ ...company, entry: toReadable(actor, entry) })),
    setup: toSetup(actor, { ...facts, hasInvites }),
    mentioned,
  }
}

type SummaryValues = AttentionTimes & { userId: string; staffAudienceId: string }

/** One row of numbers, with the customers to review. */
const summaryQuery = compiled((db, at: Places<SummaryValues>) =>
  db
    .select({
      counters: jsonColumn<Record<string, number>>(sql`(SELECT json_group_object(counter, count) FROM ${inviteCounts}
        WHERE ${eq(inviteCounts.resellerId, at.resellerId)})`).as("counters"),
      overdue: overdueCountSql(at).as("overdue"),
      ...attentionCounts(at),
      customers: customersToReview(at).as("customers"),
      ...setupFacts(at),
    })
    .from(sql`(SELECT 1)`),
)
