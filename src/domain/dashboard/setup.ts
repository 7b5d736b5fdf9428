import { and, eq, sql } from "drizzle-orm"
import type { Places } from "../../storage/compiled.ts"
import { staff } from "../../storage/schema.ts"
import type { StaffActor } from "../access/actor.ts"
import { can, type Permission } from "../access/permissions.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"

/** The first steps of a new reseller, in their order, and what they need. */
const SETUP_PERMISSIONS = {
  billing: "billing:write",
  invite: "invites:write",
  brand: "settings:write",
  colleague: "staff:write",
} as const satisfies Record<string, Permission>

export type SetupStep = keyof typeof SETUP_PERMISSIONS
export type Setup = { step: SetupStep; isDone: boolean }[]

type SetupValues = { resellerId: string; userId: string; staffAudienceId: string }

/** Columns: what is set up, each 1 or 0. */
export const setupFacts = ({ resellerId, userId, staffAudienceId }: Places<SetupValues>) => ({
  hasBilling: sql<number>`EXISTS (SELECT 1 FROM billing_accounts WHERE reseller_id = ${resellerId})`.as("has_billing"),
  hasColleague: sql<number>`(EXISTS (SELECT 1 FROM staff WHERE reseller_id = ${resellerId} AND user_id <> ${userId})
    OR EXISTS (SELECT 1 FROM invites WHERE audience_id = ${staffAudienceId} AND status = 'pending'))`.as(
    "has_colleague",
  ),
  isDismissed: sql<number>`EXISTS (SELECT 1 FROM staff WHERE user_id = ${userId} AND reseller_id = ${resellerId}
    AND setup_dismissed_at IS NOT NULL)`.as("is_dismissed"),
})

type SetupFacts = Record<"hasBilling" | "hasColleague" | "isDismissed", number> & { hasInvites: boolean }

/** The steps that the person may do; undefined if all are done, or the person doesn't want to see them. */
export function toSetup(actor: StaffActor, facts: SetupFacts): Setup | undefined {
  if (facts.isDismissed) return undefined
  const { logoId, accentColor } = actor.reseller
  const isDone: Record<SetupStep, boolean> = {
    billing: facts.hasBilling === 1,
    invite: facts.hasInvites,
    brand: Boolean(logoId ?? accentColor),
    colleague: facts.hasColleague === 1,
  }
  const steps = (Object.keys(SETUP_PERMISSIONS) as SetupStep[])
    .filter((step) => can(actor, SETUP_PERMISSIONS[step]))
    .map((step) => ({ step, isDone: isDone[step] }))
  return steps.every((step) => step.isDone) ? undefined : steps
}

/** Hides the first steps from the person, also those that aren't done. */
export async function dismissSetup(deps: Deps, { id, reseller }: StaffActor): Promise<void> {
  const isActor = and(eq(staff.userId, id), eq(staff.resellerId, reseller.id))
  await commit(deps, [deps.db.update(staff).set({ setupDismissedAt: deps.now() }).where(isActor)])
}
