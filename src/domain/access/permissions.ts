import { type MemberRole, type Scope, STAFF_ROLES, type StaffRole } from "../../storage/schema.ts"
import { en, type Messages } from "../../text/en.ts"
import { staffEn } from "../../text/staff/en.ts"
import { staffWordsOf } from "../../text/staff/locales.ts"
import { Failure } from "../failure.ts"
import type { Actor, ApiKeyActor, StaffActor } from "./actor.ts"

export type Permission = Scope | "api_keys:write" | "members:write"

const READ_PERMISSIONS: readonly Permission[] = ["invites:read", "customers:read", "staff:read", "activity:read"]
const WRITE_PERMISSIONS: readonly Permission[] = ["invites:write", "customers:write", "billing:read", "billing:write"]

const STAFF_PERMISSIONS: Record<StaffRole, readonly Permission[]> = {
  admin: [
    ...READ_PERMISSIONS,
    ...WRITE_PERMISSIONS,
    "webhooks:write",
    "staff:write",
    "settings:read",
    "settings:write",
    "api_keys:write",
  ],
  regular: [...READ_PERMISSIONS, ...WRITE_PERMISSIONS],
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

/** The names of roles in audit entries, and wherever English is read. */
export const ROLE_NAMES: Record<StaffRole | MemberRole, string> = { ...en.memberRoles, ...staffEn.roles }

/** The name of a role in the language of a page or email. Staff roles have names in the languages of staff pages. */
export function roleName(t: Messages, role: StaffRole | MemberRole): string {
  const names: Record<StaffRole | MemberRole, string> = { ...t.memberRoles, ...staffWordsOf(t).roles }
  return names[role]
}

/** What decides what an actor can do. */
export type Authority = Exclude<Actor, StaffActor> | Pick<StaffActor, "kind" | "role">

/** True if the actor's role, or the key's scopes, include the permission. */
export function can(actor: Authority, permission: Permission): boolean {
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

/** The staff roles that an API key can give and take: those that can do nothing that the key can't. */
export function grantableRoles(key: ApiKeyActor): StaffRole[] {
  return STAFF_ROLES.filter((role) => STAFF_PERMISSIONS[role].every((permission) => can(key, permission)))
}

/** Throws `role_exceeds_scopes` if an API key can't give the role, so that nobody gains rights by a key. People can give any. */
export function authorizeRole(actor: Actor, role: StaffRole | MemberRole | null): void {
  if (actor.kind !== "api_key" || role === null || grantableRoles(actor).some((name) => name === role)) return
  throw new Failure({ kind: "role_exceeds_scopes", role: ROLE_NAMES[role] })
}

function permissionsFor(actor: Authority): readonly Permission[] {
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
