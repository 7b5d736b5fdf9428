import { Hono } from "hono"
import type { Vestibule } from "../http/context.ts"
import { billingAccountCalls } from "./billing-accounts.ts"
import { customerCalls } from "./customers.ts"
import { inviteLinkCalls } from "./invite-links.ts"
import { inviteCalls } from "./invites.ts"
import { resellerCalls } from "./resellers.ts"
import { webhookDeliveryCalls } from "./webhook-deliveries.ts"
import { webhookCalls } from "./webhooks.ts"

/** Everything that an API key can call. */
export const calls = new Hono<Vestibule>()
  .route("/", inviteCalls)
  .route("/", inviteLinkCalls)
  .route("/", customerCalls)
  .route("/", billingAccountCalls)
  .route("/", webhookCalls)
  .route("/", webhookDeliveryCalls)

/** What the typed client (client.ts) is made of. */
export type Calls = typeof calls

/** Every operation, in the order of the document. */
export const operations = [
  inviteCalls,
  inviteLinkCalls,
  customerCalls,
  billingAccountCalls,
  webhookCalls,
  webhookDeliveryCalls,
  resellerCalls,
].flatMap((section) => section.operations)
