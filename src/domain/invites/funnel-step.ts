import { type SQL, sql } from "drizzle-orm"
import { invites } from "../../storage/schema.ts"

/** How far an invite comes after its first email was sent. An invite that reaches a step counts as having reached those before it. */
export const FUNNEL_STEPS = ["delivered", "opened", "started", "accepted"] as const
export type FunnelStep = (typeof FUNNEL_STEPS)[number]

/**
 * The columns that record that an invite has reached a step, if it hadn't before and `condition` holds. Triggers then count it in
 * `invite_days`, so that repeated events, later emails and new addresses count once.
 */
export function reachedColumns(step: FunnelStep, at: Date, condition: SQL = sql`TRUE`) {
  const number = FUNNEL_STEPS.indexOf(step) + 1
  const isReached = sql`${condition} AND ${invites.funnelStep} < ${number}`
  return {
    funnelStep: sql`iif(${isReached}, ${number}, ${invites.funnelStep})`,
    funnelStepAt: sql`iif(${isReached}, ${at.getTime()}, ${invites.funnelStepAt})`,
  }
}
