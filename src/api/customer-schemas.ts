import * as z from "zod"
import type { ApiKeyActor } from "../domain/access/actor.ts"
import { can } from "../domain/access/permissions.ts"
import { INVITE_FIELDS } from "../domain/invites/fields.ts"
import type { Customer as CustomerRow } from "../storage/schema.ts"
import { withSchemaName } from "./schema-name.ts"
import { idSchema, timestamp } from "./schemas.ts"

export const Customer = z
  .object({
    id: idSchema("cus"),
    name: z.string().meta({ examples: ["Northwind Logistics"] }),
    billing_account_id: idSchema("bil").nullable().meta({
      description:
        "The billing account, which may have been deleted since. The billing fields are null for a key without `billing:read`.",
    }),
    billing_changed: z.boolean().nullable().meta({
      description:
        "True if the billing account was changed or deleted after the customer was invited, so that staff should review it.",
    }),
    external_id: INVITE_FIELDS.external_id.response,
    metadata: INVITE_FIELDS.metadata.response,
    created_at: timestamp.meta({ description: "When the contact accepted the invite." }),
    updated_at: timestamp.meta({ description: "When one of these fields last changed; those of members don't count." }),
  })
  .apply(withSchemaName("Customer"))

export function toCustomer(row: CustomerRow, key: ApiKeyActor): z.infer<typeof Customer> {
  const canSeeBilling = can(key, "billing:read")
  return {
    id: row.id,
    name: row.name,
    billing_account_id: canSeeBilling ? row.billingAccountId : null,
    billing_changed: canSeeBilling ? row.billingNeedsReview : null,
    external_id: row.externalId,
    metadata: row.metadata ?? {},
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}
