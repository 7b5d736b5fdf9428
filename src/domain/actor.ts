import type { Customer, Reseller, StaffRole } from "../storage/schema.ts"
import { Failure } from "./failure.ts"

/** A person who works for a reseller, signed in. */
export type StaffActor = {
  kind: "staff"
  id: string
  name: string
  email: string
  role: StaffRole
  reseller: Reseller
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
}

export type Permission = "invites.write" | "billing.read" | "billing.write"

const PERMISSIONS: Record<StaffRole, readonly Permission[]> = {
  admin: ["invites.write", "billing.read", "billing.write"],
  regular: ["invites.write", "billing.read", "billing.write"],
  read_only: ["billing.read"],
  support: ["invites.write"],
  sales: ["billing.read"],
}

export const ROLE_NAMES: Record<StaffRole, string> = {
  admin: "Admin",
  regular: "Regular",
  read_only: "Read-Only",
  support: "Support",
  sales: "Sales",
}

export function may(actor: StaffActor, permission: Permission): boolean {
  return PERMISSIONS[actor.role].includes(permission)
}

/** Throws `forbidden` unless the actor's role has the permission. */
export function demand(actor: StaffActor, permission: Permission): void {
  if (!may(actor, permission)) throw new Failure({ kind: "forbidden" })
}
