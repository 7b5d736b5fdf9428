import {
  type Customer,
  type MemberRole,
  type Reseller,
  SCOPES,
  type Scope,
  type StaffRole,
} from "../../storage/schema.ts"
import { Failure } from "../failure.ts"

/** An account that a person can be in: their reseller's own, or a customer's. */
export type Membership = { kind: "staff" | "customer"; id: string; name: string; resellerName: string }

/** A person who works for a reseller, signed in. */
export type StaffActor = {
  kind: "staff"
  id: string
  name: string
  email: string
  role: StaffRole
  reseller: Reseller
  memberships: Membership[]
}

/** A customer's user, signed in, acting in one customer's account. */
export type MemberActor = {
  kind: "member"
  id: string
  name: string
  email: string
  role: MemberRole
  customer: Customer
  reseller: Reseller
  memberships: Membership[]
}

/** A program that works for a reseller, by one of its API keys. */
export type ApiKeyActor = {
  kind: "api_key"
  id: string
  name: string
  scopes: readonly Scope[]
  reseller: Pick<Reseller, "id">
}

/** Whoever acts for a reseller. */
export type ResellerActor = StaffActor | ApiKeyActor

/** Runs the deployment, and proves it by the operator token. */
export const OPERATOR = { kind: "operator", id: "operator" } as const

/** Whoever acts: what they may do is asked by `can` and `authorize` alone. */
export type Actor = ResellerActor | MemberActor | typeof OPERATOR

export type Permission =
  | Scope
  | "api_keys:write"
  | "settings:write"
  | "staff:read"
  | "staff:write"
  | "members:read"
  | "members:write"

const READ_PERMISSIONS: readonly Permission[] = ["invites:read", "customers:read", "staff:read"]
const STAFF_PERMISSIONS: Record<StaffRole, readonly Permission[]> = {
  admin: [...SCOPES, "api_keys:write", "settings:write", "staff:read", "staff:write"],
  regular: [...READ_PERMISSIONS, "invites:write", "billing:read", "billing:write"],
  read_only: [...READ_PERMISSIONS, "billing:read"],
  support: [...READ_PERMISSIONS, "invites:write"],
  sales: [...READ_PERMISSIONS, "billing:read"],
}
const MEMBER_PERMISSIONS: Record<MemberRole, readonly Permission[]> = {
  admin: ["members:read", "members:write"],
  member: ["members:read"],
}

/** Within a reseller; whatever else the operator does needs the operator token alone. */
const OPERATOR_PERMISSIONS: readonly Permission[] = ["staff:read", "staff:write"]

export const ROLE_NAMES: Record<StaffRole | MemberRole, string> = {
  admin: "Admin",
  regular: "Regular",
  read_only: "Read-Only",
  support: "Support",
  sales: "Sales",
  member: "Member",
}

export function can(actor: Actor, permission: Permission): boolean {
  return permissionsFor(actor).includes(permission)
}

function permissionsFor(actor: Actor): readonly Permission[] {
  switch (actor.kind) {
    case "staff":
      return STAFF_PERMISSIONS[actor.role]
    case "member":
      return MEMBER_PERMISSIONS[actor.role]
    case "api_key":
      return actor.scopes
    case "operator":
      return OPERATOR_PERMISSIONS
  }
}

/** Throws `forbidden` unless the actor's role, or the key's scopes, have the permission. */
export function authorize(actor: Actor, permission: Permission): void {
  if (!can(actor, permission)) throw new Failure({ kind: "forbidden", permission })
}
