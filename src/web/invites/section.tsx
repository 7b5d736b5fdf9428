import type { Context } from "hono"
import type { Child } from "hono/jsx"
import type { FieldError } from "../../domain/failure.ts"
import {
  type AccountActor,
  customerInviteContext,
  type InviteContext,
  memberInviteContext,
  staffInviteContext,
} from "../../domain/invites/audience.ts"
import type { ShownInvite } from "../../domain/invites/listed-invite.ts"
import type { AppEnv } from "../../http/context.ts"
import type { FormError } from "../../http/forms.ts"
import { href, type Query } from "../../routes.ts"
import type { Invite, InviteKind } from "../../storage/schema.ts"
import type { Messages } from "../../text/en.ts"
import { messagesFor } from "../../text/locales.ts"
import { staffMessagesFor, staffWordsOf } from "../../text/staff/locales.ts"
import { translateErrors } from "../ui/field-errors.ts"
import { MemberPage, StaffPage } from "../ui/layout.tsx"

/** For each kind of invite, the names of its routes. */
export const SECTIONS = {
  customer: { kind: "customer", list: "customers.invites.list", invites: "customers.invites" },
  staff: { kind: "staff", list: "staff.list", invites: "staff.invites", people: "staff.people" },
  member: {
    kind: "member",
    list: "account.show",
    invites: "account.invites",
    people: "account.people",
  },
} as const

export type Section = (typeof SECTIONS)[InviteKind]
/** A section that lists people: those who have joined and those who haven't. */
export type PeopleSection = (typeof SECTIONS)["staff" | "member"]

type InviteAction = "purge" | "show" | "edit" | "update" | "resend" | "revoke" | "restore" | "issueLink"

/** The path of an invite, or what its forms are posted to. */
export const invitePath = ({ kind, id }: Pick<Invite, "kind" | "id">, action: InviteAction = "show", query?: Query) =>
  href(`${SECTIONS[kind].invites}.${action}`, { id }, query)

/** The signed-in actor of a section. */
export function actorIn(c: Context<AppEnv>, { kind }: Pick<Section, "kind">): AccountActor {
  return kind === "member" ? c.var.member : c.var.staff
}

/** The context of the invites in a section, for its signed-in actor. */
export function inviteContextIn(c: Context<AppEnv>, { kind }: Pick<Section, "kind">): InviteContext {
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
  documentTitle?: string[]
  back?: Child
  action?: Child
  flash?: Child
  formId?: string
  children?: Child
}

/** A page of the section, in the layout of staff or members. */
export function SectionPage({ actor, section, ...page }: SectionPageProps) {
  if (actor.kind === "member") return <MemberPage member={actor} {...page} />
  return <StaffPage staff={actor} navItem={section.kind === "customer" ? "Customers" : "Settings"} {...page} />
}

/** The messages of an account's pages, in the actor's language. */
export const messagesOf = (actor: AccountActor): Messages =>
  actor.kind === "member" ? messagesFor(actor.locale) : staffMessagesFor(actor.locale)

/** The errors of a form, in the language of its page. */
export const formErrors = (actor: AccountActor, errors: FieldError[]): FormError[] =>
  translateErrors(messagesOf(actor), errors)

/** The name of the list. */
export function sectionName({ kind }: Section, t: Messages): string {
  const { invites, layout } = staffWordsOf(t)
  return { customer: invites.title, staff: layout.staff, member: t.layout.account }[kind]
}

/** A link back to the list. */
export const BackLink = ({ section, t }: { section: Section; t: Messages }) => (
  <a href={href(section.list)}>← {sectionName(section, t)}</a>
)

/** A short name for an invite: the company of a customer, else the contact. */
export const inviteTitle = ({ kind, companyName, contactName }: ShownInvite, t: Messages) =>
  (kind === "customer" ? companyName : contactName) || t.privacy.purgedInvite
