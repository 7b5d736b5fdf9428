import type { Invite, Reseller } from "../../storage/schema.ts"
import { type Actor, type MemberActor, OPERATOR, type ResellerActor, type StaffActor } from "../access/actor.ts"
import type { Permission } from "../access/permissions.ts"
import type { AccountKind } from "./fields.ts"

/** The audience of an invite: a reseller's customers, its staff, or a customer's members. */
export type InviteAudience = Pick<Invite, "kind" | "audienceId" | "resellerId">

/** An actor and the audience they work on, with the permissions it requires. */
export type InviteContext = InviteAudience & { actor: Actor; read: Permission; write: Permission }

/** The list of an account's own people: a reseller's staff or a customer's members. */
export type AccountAudience = InviteAudience & { kind: AccountKind }

/** An actor who invites people to their own account. */
export type AccountActor = StaffActor | MemberActor

export const inviteContextFor = (actor: AccountActor) =>
  actor.kind === "staff" ? staffInviteContext(actor) : memberInviteContext(actor)

/** Staff or an API key, for customers. */
export function customerInviteContext(actor: ResellerActor): InviteContext {
  const resellerId = actor.reseller.id
  return { actor, kind: "customer", audienceId: resellerId, resellerId, read: "invites:read", write: "invites:write" }
}

/** Staff, for staff. */
export function staffInviteContext(actor: StaffActor): InviteContext {
  return { actor, ...staffAudience(actor.reseller.id), read: "staff:read", write: "staff:write" }
}

/** Members, for their colleagues. */
export function memberInviteContext(actor: MemberActor): InviteContext {
  const audience = { kind: "member", audienceId: actor.customer.id, resellerId: actor.reseller.id } as const
  return { actor, ...audience, read: "members:read", write: "members:write" }
}

/**
 * The audience of a reseller's staff. One address can have a pending invite to the customers and one to the staff of a reseller, so
 * the id differs from the reseller's, which is that of its customers.
 */
export function staffAudience(resellerId: string): InviteAudience & { kind: "staff" } {
  return { kind: "staff", audienceId: `stf_${resellerId.slice("res_".length)}`, resellerId }
}

/** The sender of an invite: the reseller, the customer for colleagues, or the operator for a reseller's first Admin. */
export function senderName(
  { kind, companyName, invitedBy }: Pick<Invite, "kind" | "companyName" | "invitedBy">,
  reseller: Pick<Reseller, "name">,
  platformName: string,
): string {
  if (invitedBy === OPERATOR.id) return platformName
  return kind === "member" ? companyName : reseller.name
}
