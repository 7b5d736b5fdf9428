import { type MemberRole, SCOPES, type Scope, type StaffRole } from "../../storage/schema.ts"
import type { Messages } from "../../text/en.ts"
import { Failure } from "../failure.ts"
import type { Actor } from "./actor.ts"

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

/** What people of each role can do in their account. */
export const ROLE_PERMISSIONS = { staff: STAFF_PERMISSIONS, member: MEMBER_PERMISSIONS }

/** What the operator can do within a reseller. Everything else needs only the operator token. */
const OPERATOR_PERMISSIONS: readonly Permission[] = ["staff:read", "staff:write"]

export const ROLE_NAMES: Record<StaffRole | MemberRole, string> = {
  admin: "Admin",
  regular: "Regular",
  read_only: "Read-Only",
  support: "Support",
  sales: "Sales",
  member: "Member",
}

/** The name of a role as contacts and members read it. Staff roles have the same name in every language. */
export function roleName(t: Messages, role: StaffRole | MemberRole): string {
  const memberRoles: Partial<Record<StaffRole | MemberRole, string>> = t.memberRoles satisfies Record<
    MemberRole,
    string
  >
  return memberRoles[role] ?? ROLE_NAMES[role]
}

export const STAFF_ROLE_DESCRIPTIONS: Record<StaffRole, string> = {
  admin: "Full access, including staff and settings.",
  regular: "Manages invites, customers and billing accounts.",
  read_only: "Sees invites, customers and billing accounts but can't change anything.",
  support: "Manages invites and sees customers. No access to billing.",
  sales: "For salespeople: sees invites, customers and billing accounts.",
}

/** True if the actor's role, or the key's scopes, include the permission. */
export function can(actor: Actor, permission: Permission): boolean {
  return permissionsFor(actor).includes(permission)
}

/** The roles in an account that include the permission. */
export function rolesWith(kind: keyof typeof ROLE_PERMISSIONS, permission: Permission): string[] {
  const roles = Object.entries<readonly Permission[]>(ROLE_PERMISSIONS[kind])
  return roles.filter(([, permissions]) => permissions.includes(permission)).map(([role]) => role)
}

/** Throws `forbidden` unless the actor's role, or the key's scopes, include the permission. */
export function authorize(actor: Actor, permission: Permission): void {
  if (!can(actor, permission)) throw new Failure({ kind: "forbidden", permission })
}

function permissionsFor(actor: Actor): readonly Permission[] {
  switch (actor.kind) {
    case "staff":
      return ROLE_PERMISSIONS.staff[actor.role]
    case "member":
      return ROLE_PERMISSIONS.member[actor.role]
    case "api_key":
      return actor.scopes
    case "operator":
      return OPERATOR_PERMISSIONS
  }
}
