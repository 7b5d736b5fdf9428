import * as z from "zod"
import type { ListedInvite } from "../../domain/invites/listed-invite.ts"
import { currentStatus } from "../../domain/invites/status.ts"
import type { Person } from "../../domain/people-lists.ts"
import { INVITE_STATUSES } from "../../storage/schema.ts"
import { plainAddress } from "../../text/sandbox-address.ts"
import { Invite } from "../invites/schemas.ts"
import { idSchema, timestamp } from "../schemas.ts"

/** The fields of a person besides their role. */
export const personFields = {
  id: idSchema("usr"),
  name: z.string().meta({ examples: ["Robin Hale"] }),
  email: z.string().meta({ examples: ["robin@acme.example"] }),
}

export const joinedAt = timestamp.meta({ description: "When the person accepted the invite." })

/** After the id in the cursor of a list of people: when the person joined. */
export const JOINED_AT = "\\.\\d{1,15}"

/** The fields of a person, with a role of this kind of account. */
export function toPerson<Role extends Person["role"]>(person: Person, roles: readonly Role[]) {
  const { id, name, email, joinedAt } = person
  return { id, name, email: plainAddress(email), role: toRole(person.role, roles), joined_at: joinedAt.toISOString() }
}

/** The fields of an invite to an existing account besides role and note. */
export const accountInviteFields = Invite.pick({
  id: true,
  status: true,
  email_status: true,
  contact_name: true,
  contact_email: true,
  locale: true,
  send_count: true,
  created_at: true,
  last_sent_at: true,
  expires_at: true,
  accepted_at: true,
}).shape

/** An invite to an existing account, with its status `at` that moment. */
export function toAccountInvite<Role extends Person["role"]>(row: ListedInvite, roles: readonly Role[], at: Date) {
  return {
    id: row.id,
    status: currentStatus(row, at),
    email_status: row.emailStatus,
    contact_name: row.contactName,
    contact_email: plainAddress(row.contactEmail),
    role: toRole(row.role, roles),
    locale: row.locale,
    send_count: row.sendCount,
    created_at: row.createdAt.toISOString(),
    last_sent_at: row.lastSentAt?.toISOString() ?? null,
    expires_at: row.expiresAt.toISOString(),
    accepted_at: row.acceptedAt?.toISOString() ?? null,
  }
}

function toRole<Role extends Person["role"]>(role: Person["role"] | null, roles: readonly Role[]): Role {
  const found = roles.find((name) => name === role)
  if (!found) throw new Error(`there is no role ${role} in this account`)
  return found
}

export const inviteStatusParam = z.enum(INVITE_STATUSES, `Use one of: ${INVITE_STATUSES.join(", ")}.`).optional()
