import type { Invite, InviteKind, Reseller } from "../../storage/schema.ts"
import {
  type Actor,
  type ApiKeyActor,
  type MemberActor,
  OPERATOR,
  type ResellerActor,
  type StaffActor,
} from "../access/actor.ts"
import type { Permission } from "../access/permissions.ts"
import type { AccountKind } from "./fields.ts"

/** The audience of an invite: a reseller's customers, its staff, or a customer's members. */
export type InviteAudience = Pick<Invite, "kind" | "audienceId" | "resellerId">

/** What an actor needs to see invites of each kind. */
export const INVITE_READ_PERMISSIONS = {
  customer: "invites:read",
  staff: "staff:read",
  member: "members:read",
} as const satisfies Record<InviteKind, Permission>

/** An actor and the audience they work on, with the permissions it requires. */
export type InviteContext = InviteAudience & { actor: Actor; read: Permission; write: Permission }

/** The audience of an account's own people: a reseller's staff or a customer's members. */
export type AccountAudience = InviteAudience & { kind: AccountKind }

/** An actor who invites people to their own account. */
export type AccountActor = StaffActor | MemberActor

/** An actor who manages the people of an account: their own one, or that of an API key's reseller. */
export type PeopleActor = AccountActor | ApiKeyActor

/** The context in which an actor invites people to the account that they manage. */
export const inviteContextFor = (actor: PeopleActor) =>
  actor.kind === "member" ? memberInviteContext(actor) : staffInviteContext(actor)

/** The context in which staff or an API key invite customers. */
export function customerInviteContext(actor: ResellerActor): InviteContext {
  const resellerId = actor.reseller.id
  return {
    actor,
    kind: "customer",
    audienceId: resellerId,
    resellerId,
    read: INVITE_READ_PERMISSIONS.customer,
    write: "invites:write",
  }
}

/** The context in which staff or an API key invite staff. */
export function staffInviteContext(actor: ResellerActor): InviteContext {
  return { actor, ...staffAudience(actor.reseller.id), read: "staff:read", write: "staff:write" }
}

/** The context in which members invite colleagues. */
export function memberInviteContext(actor: MemberActor): InviteContext {
  const audience = { kind: "member", audienceId: actor.customer.id, resellerId: actor.reseller.id } as const
  return { actor, ...audience, read: INVITE_READ_PERMISSIONS.member, write: "members:write" }
}

/** The context in which a reseller reads the invites of a customer's members to their colleagues. Only members write them. */
export function colleagueInviteContext(actor: ResellerActor, customerId: string): InviteContext {
  const audience = { kind: "member", audienceId: customerId, resellerId: actor.reseller.id } as const
  return { actor, ...audience, read: INVITE_READ_PERMISSIONS.member, write: "members:write" }
}

/**
 * The audience of a reseller's staff. An address can have one pending invite to a reseller's customers and one to its staff. So the
 * id of this audience isn't the reseller's id, which is the id of the audience of customers.
 */
export function staffAudience(resellerId: string): InviteAudience & { kind: "staff" } {
  return { kind: "staff", audienceId: `stf_${resellerId.slice("res_".length)}`, resellerId }
}

/** The name of an invite's sender: the reseller; the customer, for colleagues; the platform, for Admins that the operator invites. */
export function senderName(
  { kind, companyName, invitedBy }: Pick<Invite, "kind" | "companyName" | "invitedBy">,
  reseller: Pick<Reseller, "name">,
  platformName: string,
): string {
  if (invitedBy === OPERATOR.id) return platformName
  return kind === "member" ? companyName : reseller.name
}
