import type { Invite, Reseller } from "../../storage/schema.ts"
import { type Actor, type MemberActor, OPERATOR, type ResellerActor, type StaffActor } from "../access/actor.ts"
import type { Permission } from "../access/permissions.ts"
import type { AccountKind } from "./fields.ts"

/** The list that an invite stands in: a reseller's customers, its staff, or a customer's members. */
export type InviteAudience = Pick<Invite, "kind" | "audienceId" | "resellerId">

/** Somebody at work on one list of invites, and what they need to be allowed for it. */
export type InviteContext = InviteAudience & { actor: Actor; read: Permission; write: Permission }

/** The list of an account's own people: a reseller's staff or a customer's members. */
export type AccountAudience = InviteAudience & { kind: AccountKind }

/** Whoever invites people into the account that they are in themselves. */
export type AccountActor = StaffActor | MemberActor

export const inviteContextFor = (actor: AccountActor) =>
  actor.kind === "staff" ? staffInviteContext(actor) : memberInviteContext(actor)

/** Staff or a program, inviting customers. */
export function customerInviteContext(actor: ResellerActor): InviteContext {
  const resellerId = actor.reseller.id
  return { actor, kind: "customer", audienceId: resellerId, resellerId, read: "invites:read", write: "invites:write" }
}

/** Staff, inviting staff. */
export function staffInviteContext(actor: StaffActor): InviteContext {
  return { actor, ...staffAudience(actor.reseller.id), read: "staff:read", write: "staff:write" }
}

/** A customer's own people, inviting colleagues. */
export function memberInviteContext(actor: MemberActor): InviteContext {
  const audience = { kind: "member", audienceId: actor.customer.id, resellerId: actor.reseller.id } as const
  return { actor, ...audience, read: "members:read", write: "members:write" }
}

/**
 * The list of a reseller's staff. A reseller has two lists, and one address may be invited to both, so this one needs an id that
 * differs from the reseller's, which is that of its customers: the same under another prefix.
 */
export function staffAudience(resellerId: string): InviteAudience & { kind: "staff" } {
  return { kind: "staff", audienceId: `stf_${resellerId.slice("res_".length)}`, resellerId }
}

/**
 * On whose behalf an invite was made: a reseller's, a customer's for its colleagues, or the operator's for a reseller's
 * first Admin.
 */
export function senderName(
  { kind, companyName, invitedBy }: Pick<Invite, "kind" | "companyName" | "invitedBy">,
  reseller: Pick<Reseller, "name">,
  platformName: string,
): string {
  if (invitedBy === OPERATOR.id) return platformName
  return kind === "member" ? companyName : reseller.name
}
