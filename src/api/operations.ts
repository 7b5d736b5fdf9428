import { Hono } from "hono/tiny"
import type { AppEnv } from "../http/context.ts"
import { activityRoutes } from "./activity.ts"
import { billingAccountRoutes } from "./billing-accounts.ts"
import { customerRoutes } from "./customers.ts"
import { deploymentRoutes } from "./deployment.ts"
import { eventRoutes } from "./events.ts"
import { importRoutes } from "./invites/imports.ts"
import { inviteRoutes } from "./invites/invites.ts"
import { inviteLinkRoutes } from "./invites/links.ts"
import { memberRoutes } from "./people/members.ts"
import { staffRoutes } from "./people/staff.ts"
import { staffInviteRoutes } from "./people/staff-invites.ts"
import { resellerRoutes } from "./resellers.ts"
import { sandboxRoutes } from "./sandbox.ts"
import { settingsRoutes } from "./settings.ts"
import { webhookDeliveryRoutes } from "./webhook-deliveries.ts"
import { webhookRoutes } from "./webhooks.ts"

/** The operations for API keys, in the order of the document. */
const SECTIONS = [
  inviteRoutes,
  inviteLinkRoutes,
  importRoutes,
  customerRoutes,
  billingAccountRoutes,
  eventRoutes,
  webhookRoutes,
  webhookDeliveryRoutes,
  memberRoutes,
  staffRoutes,
  staffInviteRoutes,
  activityRoutes,
  settingsRoutes,
  sandboxRoutes,
]

export const apiKeyRoutes = new Hono<AppEnv>()
for (const section of SECTIONS) apiKeyRoutes.route("/", section)

/** All operations, in the order of the document. */
export const operations = [...SECTIONS, resellerRoutes, deploymentRoutes].flatMap((section) => section.operations)
