import { and, desc, eq, lt, sql } from "drizzle-orm"
import { newId } from "../storage/ids.ts"
import type { PageAsked } from "../storage/paging.ts"
import { type Invite, invites } from "../storage/schema.ts"
import { demand, type MemberActor, type StaffActor } from "./actor.ts"
import type { AuditActor } from "./audit.ts"
import type { Deps } from "./deps.ts"
import type { Checked } from "./failure.ts"
import { checkFields } from "./fields.ts"
import { addressErrors } from "./invite-addresses.ts"
import { inviteLookUps, roomAt, sendEmail } from "./invite-creation.ts"
import { makeOnce } from "./invite-writing.ts"
import { type InviteList, memberInviter, staffInviter } from "./inviters.ts"
import { type PersonFields, type PersonKind, personFields } from "./person-fields.ts"

/** Whoever invites people into the account that they are in themselves. */
export type Host = StaffActor | MemberActor

export const inviterOf = (host: Host) => (host.kind === "staff" ? staffInviter(host) : memberInviter(host))

/**
 * Invites a person into the host's own account, a colleague of a customer's or staff of a reseller's, as `createInvite` does a
 * customer. Wrong fields come back as data; throws `forbidden` and `rate_limited`. Two D1 round trips.
 */
export function invitePerson(
  deps: Deps,
  host: Host,
  input: Record<string, unknown>,
  formToken?: string,
): Promise<Checked<Invite>> {
  const { write, audienceId, resellerId } = inviterOf(host)
  demand(host, write)
  const list = { kind: host.kind, audienceId, resellerId }
  const account =
    host.kind === "staff"
      ? { list, companyName: host.reseller.name, customerId: null }
      : { list, companyName: host.customer.name, customerId: host.customer.id }
  return inviteInto(deps, host, account, input, formToken)
}

type PersonList = InviteList & { kind: PersonKind }

/** An account that is there, to invite people into. */
type OpenAccount = { list: PersonList; companyName: string; customerId: string | null }

type NewPerson = PersonFields & { send_email: boolean }

/** Invites a person into an account, on behalf of whoever may. */
export async function inviteInto(
  deps: Deps,
  by: AuditActor & { id: string },
  { list, ...account }: OpenAccount,
  input: Record<string, unknown>,
  formToken = newId("sub", deps.now()),
): Promise<Checked<Invite>> {
  const { values, errors } = checkFields(personFields(list.kind).extend({ send_email: sendEmail }), input)
  return makeOnce(deps, by, {
    look: () => lookUp(deps, list, formToken, values.contact_email),
    isRepeat: (made) => isRepeat(made, values),
    prepare: (found) => {
      const wrong = [...errors, ...addressErrors(list, found, deps.now())]
      if (wrong.length > 0) return { ok: false, errors: wrong }
      const fields = values as NewPerson // complete: a field that is missing here left an error above
      const draft = {
        ...personDraft(list, fields),
        ...account,
        locale: fields.locale ?? found.locale,
        expiresInDays: found.defaultExpiresInDays,
        formToken: found.repeated ? newId("sub", deps.now()) : formToken, // the form was filled in anew
      }
      return { ok: true, value: { draft, isSent: fields.send_email, before: roomAt(deps, found.live) } }
    },
  })
}

/** What is the same of every invite to a person, whoever invites. */
export function personDraft({ kind, audienceId, resellerId }: InviteList, fields: PersonFields) {
  return {
    kind,
    audienceId,
    resellerId,
    role: fields.role,
    contactName: fields.contact_name,
    contactEmail: fields.contact_email,
    billingAccountId: null,
    billingEmail: null,
    billingPhone: null,
    note: fields.note,
  }
}

async function lookUp({ db }: Deps, list: InviteList, formToken: string, email: string | undefined) {
  const [[repeated], [reseller], [live], [there], [suppressed]] = await db.batch(
    inviteLookUps(db, list, formToken, email),
  )
  if (!reseller) throw new Error("the account's reseller is not there")
  return { repeated, live, there, suppressed, ...reseller }
}

function isRepeat(made: Invite, values: Partial<NewPerson>): boolean {
  return (
    made.contactName === values.contact_name &&
    made.contactEmail === values.contact_email &&
    made.role === values.role &&
    made.note === values.note &&
    (values.locale === undefined || made.locale === values.locale) &&
    made.sendCount > 0 === values.send_email
  )
}

/** The statement that reads a page of those who were invited to a list and have not joined, each once, newest first. */
export function notJoined(db: Deps["db"], { audienceId }: InviteList, { before, size }: PageAsked) {
  const older = sql`(SELECT seq FROM invites AS cursor WHERE cursor.id = ${before ?? ""} AND cursor.audience_id = ${audienceId})`
  return db
    .select()
    .from(invites)
    .where(
      and(
        eq(invites.audienceId, audienceId),
        NOT_JOINED,
        IS_NEWEST,
        isInviteId(before) ? lt(invites.seq, older) : undefined,
      ),
    )
    .orderBy(desc(invites.seq))
    .limit(size + 1)
}

const isInviteId = (id: string | undefined) => id !== undefined && /^inv_[0-9a-z]{26}$/.test(id)

/** Who was invited again since is shown, or has joined, by that. */
const IS_NEWEST = sql`NOT EXISTS (SELECT 1 FROM invites AS newer WHERE newer.kind <> 'customer' AND newer.audience_id = ${invites.audienceId}
  AND newer.contact_email = ${invites.contactEmail} AND newer.seq > ${invites.seq})`

/** The very words of the partial index, so that SQLite walks it. */
const NOT_JOINED = sql`${invites.kind} <> 'customer' AND ${invites.status} IN ('pending', 'expired', 'declined')`
