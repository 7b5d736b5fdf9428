import * as z from "zod"
import { toFields } from "../domain/billing/fields.ts"
import type { BillingAccount as BillingAccountRow } from "../storage/schema.ts"
import { withSchemaName } from "./schema-name.ts"
import { idSchema, timestamp } from "./schemas.ts"

export const BillingAccount = z
  .object({
    id: idSchema("bil"),
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
    po_number: z
      .string()
      .nullable()
      .meta({ examples: ["ACME-2026"] }),
    email: z.string().meta({ examples: ["billing@acme.example"] }),
    phone: z.string().meta({ description: "In E.164 format.", examples: ["+14155550132"] }),
    address: z.string().nullable(),
    is_default: z.boolean().meta({ description: "True for the account that the invite form preselects." }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .apply(withSchemaName("BillingAccount"))

export function toBillingAccount(row: BillingAccountRow): z.infer<typeof BillingAccount> {
  return {
    id: row.id,
    ...toFields(row),
    is_default: row.isDefault,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}
