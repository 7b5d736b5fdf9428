import { and, desc, eq, lt, sql } from "drizzle-orm"
import type { PageRequest } from "../../storage/paging.ts"
import { type Invite, invites } from "../../storage/schema.ts"
import type { MemberActor, StaffActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import type { AuditActor } from "../events/audit-log.ts"
import type { Result } from "../failure.ts"
import { validateFields } from "../validation.ts"
import { type InviteAudience, memberInviteContext, staffInviteContext } from "./audience.ts"
import { conflictErrors } from "./conflicts.ts"
import { newInviteQueries, sendEmailField } from "./create.ts"
import { expireOverdueStatements } from "./expire.ts"
import { createInvite } from "./insert.ts"
import { type AccountKind, type PersonFields, personFields } from "./person-fields.ts"

/** Whoever invites people into the account that they are in themselves. */
export type AccountActor = StaffActor | MemberActor

export const inviteContextFor = (actor: AccountActor) =>
  actor.kind === "staff" ? staffInviteContext(actor) : memberInviteContext(actor)

/**
 * Invites a person into the host's own account, a colleague of a customer's or staff of a reseller's, as `inviteCustomer` does a
 * customer. Wrong fields come back as data; throws `forbidden` and `rate_limited`.
 */
export function invitePerson(deps: Deps, actor: AccountActor, input: Record<string, unknown>): Promise<Result<Invite>> {
  const { write, audienceId, resellerId } = inviteContextFor(actor)
  authorize(actor, write)
  const audience = { kind: actor.kind, audienceId, resellerId }
  const account =
    actor.kind === "staff"
      ? { audience, companyName: actor.reseller.name, customerId: null }
      : { audience, companyName: actor.customer.name, customerId: actor.customer.id }
  return inviteToAccount(deps, actor, account, input)
}

type AccountAudience = InviteAudience & { kind: AccountKind }

/** An account that is there, to invite people into. */
type TargetAccount = { audience: AccountAudience; companyName: string; customerId: string | null }

type NewPersonValues = PersonFields & { send_email: boolean }

/** Invites a person into an account, on behalf of whoever may. */
export async function inviteToAccount(
  deps: Deps,
  actor: AuditActor & { id: string },
  { audience, ...account }: TargetAccount,
  input: Record<string, unknown>,
): Promise<Result<Invite>> {
  const { values, errors } = validateFields(personFields(audience.kind).extend({ send_email: sendEmailField }), input)
  return createInvite(deps, actor, {
    lookUp: () => lookUp(deps, audience, values.contact_email),
    prepare: (lookup) => {
      const allErrors = [...errors, ...conflictErrors(audience, lookup, deps.now())]
      if (allErrors.length > 0) return { ok: false, errors: allErrors }
      const fields = values as NewPersonValues // complete: a field that is missing here left an error above
      const draft = {
        ...accountInviteDraft(audience, fields),
        ...account,
        locale: fields.locale ?? lookup.locale,
        expiresInDays: lookup.defaultExpiresInDays,
      }
      return {
        ok: true,
        value: {
          draft,
          isSent: fields.send_email,
          precedingStatements: expireOverdueStatements(deps, lookup.pendingInvite),
        },
      }
    },
  })
}

/** What is the same of every invite to a person, whoever invites. */
export function accountInviteDraft({ kind, audienceId, resellerId }: InviteAudience, fields: PersonFields) {
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

async function lookUp({ db }: Deps, audience: InviteAudience, email: string | undefined) {
  const [[reseller], [pendingInvite], [existing], [suppression]] = await db.batch(newInviteQueries(db, audience, email))
  if (!reseller) throw new Error("the account's reseller is not there")
  return { pendingInvite, existing, suppression, ...reseller }
}

/** The statement that reads a page of those who were invited to a list and have not joined, each once, newest first. */
export function openInvitesQuery(db: Deps["db"], { audienceId }: InviteAudience, { before, size }: PageRequest) {
  const cursorSeq = sql`(SELECT seq FROM invites AS cursor WHERE cursor.id = ${before ?? ""} AND cursor.audience_id = ${audienceId})`
  return db
    .select()
    .from(invites)
    .where(
      and(
        eq(invites.audienceId, audienceId),
        IS_OPEN,
        IS_LATEST,
        isInviteId(before) ? lt(invites.seq, cursorSeq) : undefined,
      ),
    )
    .orderBy(desc(invites.seq))
    .limit(size + 1)
}

const isInviteId = (id: string | undefined) => id !== undefined && /^inv_[0-9a-z]{26}$/.test(id)

/** Who was invited again since is shown, or has joined, by that. */
const IS_LATEST = sql`NOT EXISTS (SELECT 1 FROM invites AS newer WHERE newer.kind <> 'customer' AND newer.audience_id = ${invites.audienceId}
  AND newer.contact_email = ${invites.contactEmail} AND newer.seq > ${invites.seq})`

/** The very words of the partial index, so that SQLite walks it. */
const IS_OPEN = sql`${invites.kind} <> 'customer' AND ${invites.status} IN ('pending', 'expired', 'declined')`
