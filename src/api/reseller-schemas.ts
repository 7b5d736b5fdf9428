import * as z from "zod"
import { currentStatus } from "../domain/invites/status.ts"
import {
  EMAIL_STATUSES,
  INVITE_STATUSES,
  type Invite,
  type Reseller as ResellerRow,
  STAFF_ROLES,
} from "../storage/schema.ts"
import { withSchemaName } from "./schema-name.ts"
import { idSchema, timestamp } from "./schemas.ts"

export const AdminInvite = z
  .object({
    id: idSchema("inv"),
    status: z.enum(INVITE_STATUSES),
    email_status: z
      .enum(EMAIL_STATUSES)
      .nullable()
      .meta({ examples: ["queued"] }),
    contact_name: z.string().meta({ examples: ["Dana Ortiz"] }),
    contact_email: z.string().meta({ examples: ["dana@acme.example"] }),
    role: z
      .enum(STAFF_ROLES)
      .nullable()
      .meta({ examples: ["admin"] }),
    created_at: timestamp,
    expires_at: timestamp,
    accepted_at: timestamp.nullable().meta({ examples: [null] }),
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
  admin_invite: AdminInvite.nullable().meta({ description: "The latest invite that the operator sent to an Admin." }),
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
  return {
    id: row.id,
    status: currentStatus(row, now),
    email_status: row.emailStatus,
    contact_name: row.contactName,
    contact_email: row.contactEmail,
    role: STAFF_ROLES.find((role) => role === row.role) ?? null,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
    accepted_at: row.acceptedAt?.toISOString() ?? null,
  }
}

export function toResellerWithInvite(
  { reseller, invite }: { reseller: ResellerRow; invite: Invite | undefined },
  now: Date,
): z.infer<typeof ResellerWithInvite> {
  return { ...toReseller(reseller), admin_invite: invite ? toAdminInvite(invite, now) : null }
}
