import type { Customer, MemberRole, Reseller, Scope, StaffRole, Theme } from "../../storage/schema.ts"
import type { Locale } from "../../text/locales.ts"

/** An account that a person belongs to: a reseller's or a customer's. */
export type Membership = {
  kind: "staff" | "member"
  id: string
  name: string
  resellerName: string
  isSandbox: boolean
}

/** How a person wants pages to look. `chosenTimeZone`: null for that of the browser. */
export type Preferences = { theme: Theme; chosenTimeZone: string | null }

/** A signed-in staff user. `timeZone` is the one that they chose, else their browser's, or the reseller's if the browser didn't say. */
export type StaffActor = Preferences & {
  kind: "staff"
  id: string
  name: string
  email: string
  role: StaffRole
  locale: Locale
  reseller: Reseller
  timeZone: string
  memberships: Membership[]
}

/** A signed-in member, acting in one customer's account. */
export type MemberActor = Preferences & {
  kind: "member"
  id: string
  name: string
  email: string
  role: MemberRole
  locale: Locale
  customer: Customer
  reseller: Reseller
  timeZone: string
  memberships: Membership[]
}

/** A program that uses an API key of a reseller. */
export type ApiKeyActor = {
  kind: "api_key"
  id: string
  name: string
  scopes: readonly Scope[]
  reseller: Pick<Reseller, "id" | "name">
}

/** An actor who acts for a reseller. */
export type ResellerActor = StaffActor | ApiKeyActor

/** Runs the deployment, and authenticates with the operator token. */
export const OPERATOR = { kind: "operator", id: "operator" } as const

/** Who performs an operation. Only `can` and `authorize` decide what they are allowed to do. */
export type Actor = ResellerActor | MemberActor | typeof OPERATOR
