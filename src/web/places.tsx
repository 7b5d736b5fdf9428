import type { Context } from "hono"
import type { Child } from "hono/jsx"
import { customerInviter, type Inviter, memberInviter, staffInviter } from "../domain/inviters.ts"
import type { Host } from "../domain/person-invites.ts"
import type { Vestibule } from "../http/context.ts"
import type { Invite, InviteKind } from "../storage/schema.ts"
import { MemberPage, StaffPage } from "./layout.tsx"

/** Where invites of each kind are, and the page that lists them. */
const PLACES = {
  customer: { path: "/customers/invites", list: "/customers/invites", name: "Invites" },
  staff: { path: "/settings/staff/invites", list: "/settings/staff", name: "Staff" },
  member: { path: "/account/invites", list: "/account", name: "Account" },
} as const

export type Place = { kind: InviteKind; path: string; list: string; name: string }

export const placeOf = (kind: InviteKind): Place => ({ kind, ...PLACES[kind] })

/** The page of one invite. */
export const invitePath = ({ kind, id }: Pick<Invite, "kind" | "id">) => `${PLACES[kind].path}/${id}`

/** Whoever is signed in where invites of this kind are. */
export function hostIn(c: Context<Vestibule>, { kind }: Pick<Place, "kind">): Host {
  return kind === "member" ? c.var.member : c.var.staff
}

export function inviterIn(c: Context<Vestibule>, { kind }: Pick<Place, "kind">): Inviter {
  switch (kind) {
    case "customer":
      return customerInviter(c.var.staff)
    case "staff":
      return staffInviter(c.var.staff)
    case "member":
      return memberInviter(c.var.member)
  }
}

type PageProps = {
  host: Host
  place: Pick<Place, "kind">
  title: string
  action?: Child
  notice?: Child
  children: Child
}

/** A page of the place, as those who may be there see it. */
export function PlacePage({ host, place, ...page }: PageProps) {
  if (host.kind === "member") return <MemberPage member={host} {...page} />
  return <StaffPage staff={host} section={place.kind === "customer" ? "Customers" : "Settings"} {...page} />
}

/** Whom an invite is to, as short as it goes: a customer by the company, others by their name. */
export const inviteeOf = ({ kind, companyName, contactName }: Invite) =>
  kind === "customer" ? companyName : contactName
