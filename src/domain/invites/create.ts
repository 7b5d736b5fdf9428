import { eq } from "drizzle-orm"
import * as z from "zod"
import { type Invite, resellers } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import type { Result } from "../failure.ts"
import { validateFields } from "../validation.ts"
import { customerInviteContext, type InviteAudience } from "./audience.ts"
import { conflictErrors, conflictQueries } from "./conflicts.ts"
import { expireOverdueStatements } from "./expire.ts"
import { billingAccountByEmailQuery, billingAccountMatches, billingErrors, inviteFields } from "./fields.ts"
import { createInvite } from "./insert.ts"

export const sendEmailField = z.boolean("Use true or false.").default(true).meta({
  description: "Whether to send the email now. If false, issue a registration link and pass it on yourself.",
})

export const newInviteFields = inviteFields.extend({ send_email: sendEmailField })

type NewInviteValues = z.infer<typeof newInviteFields>

/**
 * Invites a customer: invite, outbox row and all that tells of it together, then a nudge to the queue. With `send_email: false`
 * there is no mail, and the link is copied. Wrong fields come back as data; throws `forbidden` and `rate_limited`.
 */
export async function inviteCustomer(
  deps: Deps,
  actor: ResellerActor,
  input: Record<string, unknown>,
): Promise<Result<Invite>> {
  authorize(actor, "invites:write")
  const context = customerInviteContext(actor)
  const { values, errors } = validateFields(newInviteFields, input)
  return createInvite(deps, actor, {
    lookUp: () => lookUp(deps, context, values),
    prepare: (lookup) => {
      const allErrors = [
        ...errors,
        ...billingErrors(actor, values, lookup.account),
        ...conflictErrors(context, lookup, deps.now()),
      ]
      if (allErrors.length > 0 || !lookup.account) return { ok: false, errors: allErrors }
      const fields = values as NewInviteValues // complete: a field that is missing here left an error above
      const draft = {
        resellerId: context.resellerId,
        kind: context.kind,
        audienceId: context.audienceId,
        role: null,
        companyName: fields.company_name,
        contactName: fields.contact_name,
        contactEmail: fields.contact_email,
        billingAccountId: lookup.account.id,
        billingEmail: fields.billing_email,
        billingPhone: fields.billing_phone,
        locale: fields.locale ?? lookup.locale,
        note: fields.note,
        expiresInDays: fields.expires_in_days ?? lookup.defaultExpiresInDays,
        customerId: null,
      }
      const condition = billingAccountMatches(fields, lookup.account.id)
      return {
        ok: true,
        value: {
          draft,
          isSent: fields.send_email,
          condition,
          precedingStatements: expireOverdueStatements(deps, lookup.pendingInvite),
        },
      }
    },
  })
}

/** All that decides whether an invite can be made, in one round trip. */
async function lookUp({ db }: Deps, audience: InviteAudience, values: Partial<NewInviteValues>) {
  const [[account], [reseller], ...conflictRows] = await db.batch([
    billingAccountByEmailQuery(db, audience.resellerId, values.billing_email),
    ...newInviteQueries(db, audience, values.contact_email),
  ])
  const [[pendingInvite], [existing], [suppression]] = conflictRows
  if (!reseller) throw new Error("the actor's reseller is not there")
  return { account, pendingInvite, existing, suppression, ...reseller }
}

/** The statements that find what holds where it says nothing, and what stands against the address. */
export function newInviteQueries(db: Deps["db"], audience: InviteAudience, email = "") {
  return [
    db
      .select({ defaultExpiresInDays: resellers.defaultExpiresInDays, locale: resellers.locale })
      .from(resellers)
      .where(eq(resellers.id, audience.resellerId)),
    ...conflictQueries(db, audience, email),
  ] as const
}
