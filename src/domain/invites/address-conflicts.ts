import { and, eq, exists, type Placeholder, type SQL, sql } from "drizzle-orm"
import { compiled } from "../../storage/compiled.ts"
import {
  customers,
  type Invite,
  type InviteKind,
  invites,
  members,
  type Suppression,
  staff,
  users,
} from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import { staffEn } from "../../text/staff/en.ts"
import { isCustomerOfMember } from "../customer-of-member.ts"
import type { Deps } from "../deps.ts"
import { Failure, type FieldError } from "../failure.ts"
import { suppressionMessage, suppressionPlaces, suppressionQuery } from "../mail/suppressions.ts"
import { hashesOfAddress } from "../privacy/address-hash.ts"
import type { InviteAudience } from "./audience.ts"
import { INVITE_COLUMNS } from "./find.ts"
import { currentStatus } from "./status.ts"

/** The unique index that allows one pending invite per audience and email address. */
export const PENDING_INVITE_INDEX = ["invites.audience_id", "invites.contact_email"]

/** The statements that find conflicts with inviting an address: a pending invite, a member, a suppression. */
export function conflictQueries(deps: Pick<Deps, "db" | "config">, audience: InviteAudience, email: string) {
  const { db } = deps
  return [
    pendingInviteQuery(db, { ...audience, email }),
    existingMemberQuery(db, { ...audience, email }, audience.kind),
    suppressionQuery(db, audience, email, hashesOfAddress(deps, email)),
  ] as const
}

/**
 * SQL condition: nothing conflicts with inviting an address that has so many hashes, placed as `hash0` and so on. An overdue invite
 * conflicts until it is marked as expired.
 */
export function hasNoConflicts(db: Deps["db"], at: AddressPlaces, kind: InviteKind, hashes: number) {
  const { isPending, isMember, isSuppressed } = conflictConditions(db, at, kind, hashes)
  return sql`NOT ${isPending} AND NOT ${isMember} AND NOT ${isSuppressed}`
}

/** SQL conditions: what conflicts with inviting an address. Its hashes have places, or are SQL. */
export function conflictConditions(db: Deps["db"], at: AddressPlaces, kind: InviteKind, hashes: number | SQL[]) {
  return {
    isPending: exists(pendingInviteSelect(db, at)),
    isMember: exists(existingMemberSelect(db, at, kind)),
    isSuppressed: exists(suppressionPlaces(db, at, hashes)),
  }
}

type AddressPlaces = Record<"audienceId" | "resellerId" | "email", Placeholder | SQL>

const pendingInviteQuery = compiled((db, at: AddressPlaces) => pendingInviteSelect(db, at))

function pendingInviteSelect(db: Deps["db"], { audienceId, email }: AddressPlaces) {
  return db
    .select(INVITE_COLUMNS)
    .from(invites)
    .where(and(eq(invites.audienceId, audienceId), eq(invites.contactEmail, email), eq(invites.status, "pending")))
}

/** The statement that finds the customer or person who already has the address. */
const existingMemberQuery = compiled((db, at: AddressPlaces, kind: InviteKind) => existingMemberSelect(db, at, kind))

function existingMemberSelect(db: Deps["db"], { audienceId, resellerId, email }: AddressPlaces, kind: InviteKind) {
  const hasEmail = eq(users.email, email)
  const person = { id: users.id, name: users.name }
  switch (kind) {
    case "customer":
      return db
        .select({ id: customers.id, name: customers.name })
        .from(users)
        .innerJoin(members, eq(members.userId, users.id))
        .innerJoin(customers, isCustomerOfMember(resellerId))
        .where(hasEmail)
        .limit(1)
    case "staff":
      return db
        .select(person)
        .from(users)
        .innerJoin(staff, and(eq(staff.userId, users.id), eq(staff.resellerId, resellerId)))
        .where(hasEmail)
        .limit(1)
    case "member":
      return db
        .select(person)
        .from(users)
        .innerJoin(members, and(eq(members.userId, users.id), eq(members.customerId, audienceId)))
        .where(hasEmail)
        .limit(1)
  }
}

/** What an error says about a pending invite. */
export type PendingInvite = Pick<Invite, "id" | "status" | "expiresAt" | "contactName" | "companyName">

type Conflicts = {
  pendingInvite?: PendingInvite | undefined
  existing?: { id: string; name: string } | undefined
  suppression?: Suppression | undefined
}

/** The field error for the conflict with inviting an address, if any. An overdue invite is no conflict. */
export function conflictErrors(
  { kind }: Pick<InviteAudience, "kind">,
  { pendingInvite, existing, suppression }: Conflicts,
  now: Date,
): FieldError[] {
  const field = "contact_email"
  if (pendingInvite && currentStatus(pendingInvite, now) === "pending") {
    const { contactName: name, companyName: company } = pendingInvite
    const isCustomer = kind === "customer"
    const detail = en.fieldErrors.invite_pending(isCustomer ? en.phrases.personOfCompany(name, company) : name)
    const link = { kind: INVITE_LINK_KINDS[kind], id: pendingInvite.id }
    return [{ field, code: "invite_pending", detail, name, ...(isCustomer && { company }), link }]
  }
  if (existing) return [{ field, ...alreadyMemberError(kind, existing) }]
  if (!suppression) return []
  const detail = suppressionMessage(suppression, kind)
  return [{ field, code: "email_suppressed", detail, ...(kind !== "member" && { suppression }) }]
}

const INVITE_LINK_KINDS = { customer: "invite", staff: "staff_invite", member: "member_invite" } as const

function alreadyMemberError(
  kind: InviteAudience["kind"],
  { id, name }: { id: string; name: string },
): Omit<FieldError, "field"> {
  switch (kind) {
    case "customer": {
      const detail = staffEn.fieldErrors.already_customer(name)
      return { code: "already_customer", detail, name, link: { kind, id } }
    }
    case "staff":
    case "member":
      return { code: "already_member", detail: en.fieldErrors.already_member(name), name, link: { kind, id } }
  }
}

/** The failure when a newer invite to the address is pending. */
export async function newerInviteFailure({ db }: Deps, invite: Invite): Promise<Failure> {
  const [[pendingInvite]] = await db.batch([pendingInviteQuery(db, { ...invite, email: invite.contactEmail })])
  return new Failure(
    pendingInvite ? { kind: "newer_invite_pending", inviteId: pendingInvite.id } : { kind: "not_found" },
  )
}
