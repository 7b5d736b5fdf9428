import { Hono } from "hono"
import type { AppEnv } from "../http/context.ts"
import { billingAccountRoutes } from "./billing-accounts.ts"
import { customerRoutes } from "./customers.ts"
import { inviteLinkRoutes } from "./invite-links.ts"
import { inviteRoutes } from "./invites.ts"
import { resellerRoutes } from "./resellers.ts"
import { webhookDeliveryRoutes } from "./webhook-deliveries.ts"
import { webhookRoutes } from "./webhooks.ts"

/** Everything that an API key can call. */
export const apiKeyRoutes = new Hono<AppEnv>()
  .route("/", inviteRoutes)
  .route("/", inviteLinkRoutes)
  .route("/", customerRoutes)
  .route("/", billingAccountRoutes)
  .route("/", webhookRoutes)
  .route("/", webhookDeliveryRoutes)

/** What the typed client (client.ts) is made of. */
export type ApiRoutes = typeof apiKeyRoutes

/** Every operation, in the order of the document. */
export const operations = [
  inviteRoutes,
  inviteLinkRoutes,
  customerRoutes,
  billingAccountRoutes,
  webhookRoutes,
  webhookDeliveryRoutes,
  resellerRoutes,
].flatMap((section) => section.operations)
