import * as z from "zod"
import type { ApiKeyActor } from "../../domain/access/actor.ts"
import { can } from "../../domain/access/permissions.ts"
import { newCustomerInviteSchema } from "../../domain/invites/create.ts"
import { INVITE_FIELDS, type InviteFieldName, type InviteFields, inviteSchema } from "../../domain/invites/fields.ts"
import type { ExpandedInvite, ListedInvite } from "../../domain/invites/listed-invite.ts"
import { scheduledFor, sendAtField } from "../../domain/invites/schedule.ts"
import { currentStatus } from "../../domain/invites/status.ts"
import { EMAIL_STATUSES, INVITE_STATUSES } from "../../storage/schema.ts"

import { plainAddress } from "../../text/sandbox-address.ts"
import { expandedFields, toExpandedFields } from "../expansions.ts"

import { withSchemaName } from "../schema-name.ts"
import { idSchema, timestamp } from "../schemas.ts"

type ResponseName = {
  [Name in InviteFieldName]: InviteFields[Name] extends { response: z.ZodType } ? Name : never
}[InviteFieldName]

/** The fields that a response has, as the table of fields describes them. */
const responseFields = Object.fromEntries(
  Object.entries(INVITE_FIELDS).flatMap(([name, field]) => (field.response ? [[name, field.response]] : [])),
) as { [Name in ResponseName]: InviteFields[Name]["response"] }

/** What responses have of any invite, for any caller. */
export const commonInviteFields = {
  id: idSchema("inv"),
  status: z.enum(INVITE_STATUSES),
  email_status: z
    .enum(EMAIL_STATUSES)
    .nullable()
    .meta({ examples: ["queued"] }),
  created_at: timestamp,
  expires_at: timestamp,
  accepted_at: timestamp.nullable().meta({ examples: [null] }),
}

export const Invite = z
  .object({
    id: commonInviteFields.id,
    status: commonInviteFields.status.meta({ description: "`expired` as soon as `expires_at` has passed." }),
    email_status: commonInviteFields.email_status.meta({
      description: "The status of the latest email; null if none was requested.",
    }),
    ...responseFields,
    billing_account_id: idSchema("bil")
      .nullable()
      .meta({ description: "The billing fields are null for a key without `billing:read`." }),
    send_count: z.int().meta({ description: "The number of emails requested, including the first." }),
    created_at: commonInviteFields.created_at,
    updated_at: timestamp.meta({ description: "When one of these fields last changed, such as the email status." }),
    send_at: timestamp.nullable().meta({
      description: "When the email will be sent, while it waits for this time; null otherwise.",
      examples: [null],
    }),
    last_sent_at: timestamp
      .nullable()
      .meta({ description: "When the email provider last accepted an email.", examples: [null] }),
    expires_at: commonInviteFields.expires_at.meta({ examples: ["2026-12-08T10:00:00.000Z"] }),
    accepted_at: commonInviteFields.accepted_at,
    customer_id: idSchema("cus")
      .nullable()
      .meta({ description: "The customer created when the invite was accepted.", examples: [null] }),
  })
  .apply(withSchemaName("Invite"))

/** An invite as the key can see it, with its status `at` that moment. */
export function toInvite(row: ListedInvite, at: Date, key: ApiKeyActor): z.infer<typeof Invite> {
  return {
    id: row.id,
    status: currentStatus(row, at),
    email_status: row.emailStatus,
    ...toResponseFields(row, key),
    billing_account_id: can(key, "billing:read") ? row.billingAccountId : null,
    send_count: row.sendCount,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    send_at: scheduledFor(row, at)?.toISOString() ?? null,
    last_sent_at: row.lastSentAt?.toISOString() ?? null,
    expires_at: row.expiresAt.toISOString(),
    accepted_at: row.acceptedAt?.toISOString() ?? null,
    customer_id: row.customerId,
  }
}

export const ExpandableInvite = Invite.extend(expandedFields).apply(withSchemaName("ExpandableInvite"))

/** Like `toInvite`, with what the request expands. */
export function toExpandableInvite(row: ExpandedInvite, at: Date, key: ApiKeyActor): z.infer<typeof ExpandableInvite> {
  return { ...toInvite(row, at, key), ...toExpandedFields(row, key) }
}

function toResponseFields(row: ListedInvite, key: ApiKeyActor) {
  const fields: Record<string, unknown> = {}
  for (const { name, column, permission } of RESPONSE_COLUMNS) {
    fields[name] = !permission || can(key, permission) ? row[column] : null
  }
  fields.contact_email = plainAddress(row.contactEmail)
  fields.metadata ??= {}
  return fields as z.infer<z.ZodObject<typeof responseFields>>
}

const RESPONSE_COLUMNS = Object.keys(responseFields).map((name) => {
  const field = INVITE_FIELDS[name as ResponseName]
  return { name, column: field.column, permission: "permission" in field ? field.permission : undefined }
})

export const NewInvite = z.strictObject(newCustomerInviteSchema.shape).apply(withSchemaName("NewInvite"))

export const InvitePatch = z
  .strictObject({
    ...inviteSchema("customer").shape,
    send_at: sendAtField.meta({
      description:
        "Another time to send an email that still waits for its time, within the next 30 days. To send it now, resend the invite.",
      examples: ["2026-11-30T09:00:00+01:00"],
    }),
  })
  .partial()
  .meta({ description: "A JSON merge patch (RFC 7396): omitted fields stay as they are." })
  .apply(withSchemaName("InvitePatch"))
