import { and, eq } from "drizzle-orm"
import * as z from "zod"
import { newId } from "../storage/ids.ts"
import { type Invite, invites, resellers } from "../storage/schema.ts"
import { demand, type ResellerActor } from "./actor.ts"
import type { Statement } from "./commit.ts"
import type { Deps } from "./deps.ts"
import type { Checked } from "./failure.ts"
import { checkFields } from "./fields.ts"
import { addressErrors, addressLookUps } from "./invite-addresses.ts"
import { accountStands, billingAccountOf, billingErrors, inviteFields } from "./invite-fields.ts"
import { makeOnce } from "./invite-writing.ts"
import { customerInviter, type InviteList } from "./inviters.ts"
import { expiryOf } from "./invites.ts"

export const sendEmail = z.boolean("Use true or false.").default(true).meta({
  description: "Whether the e-mail goes out now. Without it, copy the registration link and hand it over yourself.",
})

export const newInviteFields = inviteFields.extend({ send_email: sendEmail })

type NewInvite = z.infer<typeof newInviteFields>

/**
 * Invites a customer: invite, outbox row and all that tells of it together, then a nudge to the queue. With `send_email: false`
 * there is no mail, and the link is copied. The same fields under the same `formToken` answer with the invite that they made.
 * Wrong fields come back as data; throws `forbidden` and `rate_limited`. Two D1 round trips.
 */
export async function createInvite(
  deps: Deps,
  actor: ResellerActor,
  input: Record<string, unknown>,
  formToken = newId("sub", deps.now()),
): Promise<Checked<Invite>> {
  demand(actor, "invites:write")
  const list = customerInviter(actor)
  const { values, errors } = checkFields(newInviteFields, input)
  return makeOnce(deps, actor, {
    look: () => lookUp(deps, list, formToken, values),
    isRepeat: (made) => isRepeat(made, values),
    prepare: (found) => {
      const wrong = [
        ...errors,
        ...billingErrors(actor, values, found.account),
        ...addressErrors(list, found, deps.now()),
      ]
      if (wrong.length > 0 || !found.account) return { ok: false, errors: wrong }
      const fields = values as NewInvite // complete: a field that is missing here left an error above
      const draft = {
        resellerId: list.resellerId,
        kind: list.kind,
        audienceId: list.audienceId,
        role: null,
        companyName: fields.company_name,
        contactName: fields.contact_name,
        contactEmail: fields.contact_email,
        billingAccountId: found.account.id,
        billingEmail: fields.billing_email,
        billingPhone: fields.billing_phone,
        locale: fields.locale ?? found.locale,
        note: fields.note,
        expiresInDays: fields.expires_in_days ?? found.defaultExpiresInDays,
        customerId: null,
        formToken: found.repeated ? newId("sub", deps.now()) : formToken, // the form was filled in anew
      }
      const stands = accountStands(fields, found.account.id)
      return { ok: true, value: { draft, isSent: fields.send_email, stands, before: roomAt(deps, found.live) } }
    },
  })
}

/** The statements that make room at an address: its pending invite is overdue, and the sweep has yet to mark it. */
export function roomAt(deps: Deps, live: Invite | undefined): Statement[] {
  return live ? expiryOf(deps, live) : []
}

/** All that decides whether an invite can be made, in one round trip. */
async function lookUp({ db }: Deps, list: InviteList, formToken: string, values: Partial<NewInvite>) {
  const [[account], [repeated], [reseller], ...aboutAddress] = await db.batch([
    billingAccountOf(db, list.resellerId, values.billing_email),
    ...inviteLookUps(db, list, formToken, values.contact_email),
  ])
  const [[live], [there], [suppressed]] = aboutAddress
  if (!reseller) throw new Error("the actor's reseller is not there")
  return { repeated, account, live, there, suppressed, ...reseller }
}

/** The statements that find an invite of the same form, what holds where it says nothing, and what stands against the address. */
export function inviteLookUps(db: Deps["db"], list: InviteList, formToken: string, email = "") {
  return [
    db
      .select()
      .from(invites)
      .where(and(eq(invites.audienceId, list.audienceId), eq(invites.formToken, formToken))),
    db
      .select({ defaultExpiresInDays: resellers.defaultExpiresInDays, locale: resellers.locale })
      .from(resellers)
      .where(eq(resellers.id, list.resellerId)),
    ...addressLookUps(db, list, email),
  ] as const
}

/** The same form with the same words: a double click. With other words it is another invite, typed after going back. */
function isRepeat(made: Invite, values: Partial<NewInvite>): boolean {
  return (
    made.companyName === values.company_name &&
    made.contactName === values.contact_name &&
    made.contactEmail === values.contact_email &&
    made.billingEmail === values.billing_email &&
    made.billingPhone === values.billing_phone &&
    (values.expires_in_days === undefined || made.expiresInDays === values.expires_in_days) &&
    (values.locale === undefined || made.locale === values.locale) &&
    made.sendCount > 0 === values.send_email &&
    made.note === values.note
  )
}
