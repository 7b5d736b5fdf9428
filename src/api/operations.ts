import { Hono } from "hono"
import type { AppEnv } from "../http/context.ts"
import { billingAccountRoutes } from "./billing-accounts.ts"
import { customerRoutes } from "./customers.ts"
import { importRoutes } from "./invites/imports.ts"
import { inviteRoutes } from "./invites/invites.ts"
import { inviteLinkRoutes } from "./invites/links.ts"
import { resellerRoutes } from "./resellers.ts"
import { webhookDeliveryRoutes } from "./webhook-deliveries.ts"
import { webhookRoutes } from "./webhooks.ts"

/** All operations for API keys. */
export const apiKeyRoutes = new Hono<AppEnv>()
  .route("/", inviteRoutes)
  .route("/", inviteLinkRoutes)
  .route("/", importRoutes)
  .route("/", customerRoutes)
  .route("/", billingAccountRoutes)
  .route("/", webhookRoutes)
  .route("/", webhookDeliveryRoutes)

/** All operations, in the order of the document. */
export const operations = [
  inviteRoutes,
  inviteLinkRoutes,
  importRoutes,
  customerRoutes,
  billingAccountRoutes,
  webhookRoutes,
  webhookDeliveryRoutes,
  resellerRoutes,
].flatMap((section) => section.operations)
