import * as z from "zod"
import { INVITE_FIELDS } from "../domain/invites/fields.ts"
import { type Invite, type Reseller as ResellerRow, STAFF_ROLES } from "../storage/schema.ts"
import { commonInviteFields } from "./invites/schemas.ts"
import { toAccountInvite } from "./people/schemas.ts"
import { withSchemaName } from "./schema-name.ts"
import { idSchema, timestamp } from "./schemas.ts"

const { id, status, email_status, ...times } = commonInviteFields

export const AdminInvite = z
  .object({
    id,
    status,
    email_status,
    contact_name: INVITE_FIELDS.contact_name.response.meta({ examples: ["Dana Ortiz"] }),
    contact_email: INVITE_FIELDS.contact_email.response.meta({ examples: ["dana@acme.example"] }),
    role: z
      .enum(STAFF_ROLES)
      .nullable()
      .meta({ examples: ["admin"] }),
    ...times,
  })
  .apply(withSchemaName("AdminInvite"))

export const Reseller = z
  .object({
    id: idSchema("res"),
    name: z.string().meta({ examples: ["Acme Networks"] }),
    slug: z.string().meta({ examples: ["acme"] }),
    support_name: z.string().nullable(),
    support_email: z.string().meta({ examples: ["support@acme.example"] }),
    support_phone: z.string().nullable().meta({ description: "In E.164 format." }),
    country: z.string().meta({
      description: "Where phone numbers without a country code are dialed (ISO 3166-1).",
      examples: ["US"],
    }),
    time_zone: z.string().meta({
      description: "The time zone of the times in emails: a name from the IANA database.",
      examples: ["America/New_York"],
    }),
    created_at: timestamp,
    suspended_at: timestamp
      .nullable()
      .meta({ description: "When the reseller was suspended; null if it isn't.", examples: [null] }),
  })
  .apply(withSchemaName("Reseller"))

export const ResellerWithInvite = Reseller.extend({
  admin_invite: z
    .union([AdminInvite, z.null()])
    .meta({ description: "The latest invite that the operator sent to an Admin." }),
}).apply(withSchemaName("ResellerWithInvite"))

export function toReseller(row: ResellerRow): z.infer<typeof Reseller> {
  return {
    id: row.id,
    name: row.name,
    slug: row.slug,
    support_name: row.supportName,
    support_email: row.supportEmail,
    support_phone: row.supportPhone,
    country: row.country,
    time_zone: row.timeZone,
    created_at: row.createdAt.toISOString(),
    suspended_at: row.suspendedAt?.toISOString() ?? null,
  }
}

export function toAdminInvite(row: Invite, now: Date): z.infer<typeof AdminInvite> {
  const { locale: _locale, send_count: _sends, last_sent_at: _sent, ...fields } = toAccountInvite(row, STAFF_ROLES, now)
  return fields
}

export function toResellerWithInvite(
  { reseller, invite }: { reseller: ResellerRow; invite: Invite | undefined },
  now: Date,
): z.infer<typeof ResellerWithInvite> {
  return { ...toReseller(reseller), admin_invite: invite ? toAdminInvite(invite, now) : null }
}
