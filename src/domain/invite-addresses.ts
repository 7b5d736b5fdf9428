import { and, eq } from "drizzle-orm"
import { customers, type Invite, invites, members, type Suppression, staff, users } from "../storage/schema.ts"
import type { Deps } from "./deps.ts"
import { Failure, type FieldError } from "./failure.ts"
import type { InviteList } from "./inviters.ts"
import { statusNow } from "./invites.ts"
import { suppressionOf, suppressionWords } from "./suppressions.ts"

/** The unique index that holds "one live invite for each list and address". */
export const ONE_LIVE_INVITE = ["invites.audience_id", "invites.contact_email"]

/** The statements that find what stands against inviting an address: a live invite, somebody there, a wish for no more mail. */
export function addressLookUps(db: Deps["db"], list: InviteList, email: string) {
  return [liveInviteOf(db, list, email), alreadyThere(db, list, email), suppressionOf(db, list, email)] as const
}

function liveInviteOf(db: Deps["db"], { audienceId }: InviteList, email: string) {
  return db
    .select()
    .from(invites)
    .where(and(eq(invites.audienceId, audienceId), eq(invites.contactEmail, email), eq(invites.status, "pending")))
}

/** The statement that finds to whom or to what an address belongs already, by id and name. */
function alreadyThere(db: Deps["db"], { kind, audienceId, resellerId }: InviteList, email: string) {
  const isAddress = eq(users.email, email)
  const person = { id: users.id, name: users.name }
  switch (kind) {
    case "customer":
      return db
        .select({ id: customers.id, name: customers.name })
        .from(users)
        .innerJoin(members, eq(members.userId, users.id))
        .innerJoin(customers, and(eq(customers.id, members.customerId), eq(customers.resellerId, resellerId)))
        .where(isAddress)
        .limit(1)
    case "staff":
      return db
        .select(person)
        .from(users)
        .innerJoin(staff, and(eq(staff.userId, users.id), eq(staff.resellerId, resellerId)))
        .where(isAddress)
        .limit(1)
    case "member":
      return db
        .select(person)
        .from(users)
        .innerJoin(members, and(eq(members.userId, users.id), eq(members.customerId, audienceId)))
        .where(isAddress)
        .limit(1)
  }
}

type Found = {
  live?: Invite | undefined
  there?: { id: string; name: string } | undefined
  suppressed?: Suppression | undefined
}

export function addressErrors({ kind }: InviteList, { live, there, suppressed }: Found, now: Date): FieldError[] {
  const field = "contact_email"
  if (live && statusNow(live, now) === "pending") {
    const who = kind === "customer" ? `${live.contactName} of ${live.companyName}` : live.contactName
    const detail = `${who} already has a pending invite at this address.`
    return [{ field, code: "invite_pending", detail, link: { kind: INVITE_LINKS[kind], id: live.id } }]
  }
  if (there) return [{ field, ...taken(kind, there) }]
  return suppressed ? [{ field, code: "email_suppressed", detail: suppressionWords(suppressed, kind) }] : []
}

const INVITE_LINKS = { customer: "invite", staff: "staff_invite", member: "member_invite" } as const

function taken(kind: InviteList["kind"], { id, name }: { id: string; name: string }): Omit<FieldError, "field"> {
  switch (kind) {
    case "customer": {
      const detail = `This address already belongs to your customer ${name}.`
      return { code: "already_customer", detail, link: { kind, id } }
    }
    case "staff":
    case "member":
      return { code: "already_member", detail: `${name} has joined already, with this address.`, link: { kind, id } }
  }
}

/** Why an invite cannot be sent to its address: a newer one is pending there. */
export async function addressInvitedAgain({ db }: Deps, invite: Invite): Promise<Failure> {
  const [live] = await liveInviteOf(db, invite, invite.contactEmail)
  return new Failure(live ? { kind: "newer_invite_pending", inviteId: live.id } : { kind: "not_found" })
}
