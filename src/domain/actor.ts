import { type Customer, type Reseller, SCOPES, type Scope, type StaffRole } from "../storage/schema.ts"
import { Failure } from "./failure.ts"

/** An account that a person can be in: their reseller's own, or a customer's. */
export type PersonAccount = { kind: "staff" | "customer"; id: string; name: string; reseller: string }

/** A person who works for a reseller, signed in. */
export type StaffActor = {
  kind: "staff"
  id: string
  name: string
  email: string
  role: StaffRole
  reseller: Reseller
  accounts: PersonAccount[]
}

/** A customer's user, signed in, acting in one customer's account. */
export type MemberActor = {
  kind: "member"
  id: string
  name: string
  email: string
  role: "admin" | "member"
  customer: Customer
  reseller: Reseller
  accounts: PersonAccount[]
}

/** A program that works for a reseller, by one of its API keys. */
export type ApiKeyActor = {
  kind: "api_key"
  id: string
  name: string
  scopes: readonly Scope[]
  reseller: Pick<Reseller, "id">
}

/** Whoever acts for a reseller: what they may do is asked by `may` and `demand` alone. */
export type ResellerActor = StaffActor | ApiKeyActor

export type Permission = Scope | "api_keys:write" | "settings:write"

const READ: readonly Permission[] = ["invites:read", "customers:read"]
const PERMISSIONS: Record<StaffRole, readonly Permission[]> = {
  admin: [...SCOPES, "api_keys:write", "settings:write"],
  regular: [...READ, "invites:write", "billing:read", "billing:write"],
  read_only: [...READ, "billing:read"],
  support: [...READ, "invites:write"],
  sales: [...READ, "billing:read"],
}

export const ROLE_NAMES: Record<StaffRole, string> = {
  admin: "Admin",
  regular: "Regular",
  read_only: "Read-Only",
  support: "Support",
  sales: "Sales",
}

export function may(actor: ResellerActor, permission: Permission): boolean {
  const granted: readonly Permission[] = actor.kind === "api_key" ? actor.scopes : PERMISSIONS[actor.role]
  return granted.includes(permission)
}

/** Throws `forbidden` unless the actor's role, or the key's scopes, have the permission. */
export function demand(actor: ResellerActor, permission: Permission): void {
  if (!may(actor, permission)) throw new Failure({ kind: "forbidden", permission })
}
