import type { Context } from "hono"
import type { Child } from "hono/jsx"
import {
  customerInviteContext,
  type InviteContext,
  memberInviteContext,
  staffInviteContext,
} from "../../domain/invites/audience.ts"
import type { AccountActor } from "../../domain/invites/person-create.ts"
import type { AppEnv } from "../../http/context.ts"
import type { Invite, InviteKind } from "../../storage/schema.ts"
import { MemberPage, StaffPage } from "../ui/layout.tsx"

/** The path of each kind of invite, and of the page that lists it. */
const SECTIONS = {
  customer: { path: "/customers/invites", list: "/customers/invites", name: "Invites" },
  staff: { path: "/settings/staff/invites", list: "/settings/staff", name: "Staff" },
  member: { path: "/account/invites", list: "/account", name: "Account" },
} as const

export type Section = { kind: InviteKind; path: string; list: string; name: string }

export const sectionFor = (kind: InviteKind): Section => ({ kind, ...SECTIONS[kind] })

/** The path of an invite's page. */
export const invitePath = ({ kind, id }: Pick<Invite, "kind" | "id">) => `${SECTIONS[kind].path}/${id}`

/** The signed-in actor of a section. */
export function actorIn(c: Context<AppEnv>, { kind }: Pick<Section, "kind">): AccountActor {
  return kind === "member" ? c.var.member : c.var.staff
}

export function audienceIn(c: Context<AppEnv>, { kind }: Pick<Section, "kind">): InviteContext {
  switch (kind) {
    case "customer":
      return customerInviteContext(c.var.staff)
    case "staff":
      return staffInviteContext(c.var.staff)
    case "member":
      return memberInviteContext(c.var.member)
  }
}

type SectionPageProps = {
  actor: AccountActor
  section: Pick<Section, "kind">
  title: string
  action?: Child
  flash?: Child
  children: Child
}

/** A page of the section, in the layout of staff or members. */
export function SectionPage({ actor, section, ...page }: SectionPageProps) {
  if (actor.kind === "member") return <MemberPage member={actor} {...page} />
  return <StaffPage staff={actor} navItem={section.kind === "customer" ? "Customers" : "Settings"} {...page} />
}

/** A short name for an invite: the company of a customer, else the contact. */
export const inviteTitle = ({ kind, companyName, contactName }: Invite) =>
  kind === "customer" ? companyName : contactName
