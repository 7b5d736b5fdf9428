import type { Customer, MemberRole, Reseller, Scope, StaffRole } from "../../storage/schema.ts"
import type { Locale } from "../../text/locales.ts"

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
  locale: Locale
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
