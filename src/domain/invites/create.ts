import { eq } from "drizzle-orm"
import * as z from "zod"
import { compiled, type Places } from "../../storage/compiled.ts"
import { type Invite, resellers } from "../../storage/schema.ts"
import type { Locale } from "../../text/locales.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import type { AuditActor } from "../events/audit-log.ts"
import { isUniqueViolation, type Result } from "../failure.ts"
import { readResellerPhone } from "../national-phone.ts"
import { retryConflicts } from "../retry-conflicts.ts"
import { validateFields } from "../validation.ts"
import { conflictErrors, conflictQueries, PENDING_INVITE_INDEX } from "./address-conflicts.ts"
import {
  type AccountActor,
  type AccountAudience,
  customerInviteContext,
  type InviteAudience,
  inviteContextFor,
} from "./audience.ts"
import { billingAccountByEmailQuery, billingErrors } from "./billing.ts"
import { expireOverdueStatements } from "./expire.ts"
import { toColumns } from "./field-values.ts"
import { type InviteDraft, type InviteValues, inviteSchema } from "./fields.ts"
import { insertInvite } from "./insert.ts"
import { SimilarCompaniesError, shownCompaniesQuery, toSimilarCompanies } from "./similar-companies.ts"

const sendEmailFields = {
  send_email: z.boolean("Use true or false.").default(true).meta({
    description: "Whether to send the email now. If false, issue a registration link and pass it on yourself.",
  }),
}
type SendEmailValues = z.infer<z.ZodObject<typeof sendEmailFields>>

export const newCustomerInviteSchema = inviteSchema("customer").extend(sendEmailFields)

/**
 * Invites a customer. With `send_email: false`, no email is sent and staff copy the link. Invalid fields are returned; throws
 * `forbidden` and `rate_limited`; with `refusesSimilar`, `SimilarCompaniesError` if there are companies like this one.
 */
export async function inviteCustomer(
  deps: Deps,
  actor: ResellerActor,
  input: Record<string, unknown>,
  { refusesSimilar = false } = {},
): Promise<Result<Invite>> {
  authorize(actor, "invites:write")
  const { kind, audienceId, resellerId } = customerInviteContext(actor)
  const audience = { kind, audienceId, resellerId }
  const validated = validateFields(newCustomerInviteSchema, input)
  const { values, errors } = await readResellerPhone(deps, actor.reseller, validated, "billing_phone")
  return retryConflicts<Result<Invite>>(async () => {
    const company = { companyName: values.company_name, contactEmail: values.contact_email }
    const [[account], [reseller], [pendingInvite], [existing], [suppression], similar = []] = await deps.db.batch([
      billingAccountByEmailQuery(deps.db, resellerId, values.billing_email),
      ...newInviteQueries(deps, audience, values.contact_email),
      ...(refusesSimilar ? [shownCompaniesQuery(deps.db, resellerId, company)] : []),
    ])
    const conflicts = { pendingInvite, existing, suppression }
    const allErrors = [
      ...errors,
      ...billingErrors(actor, values, account),
      ...conflictErrors(audience, conflicts, deps.now()),
    ]
    if (allErrors.length > 0 || !account) return { ok: false, errors: allErrors }
    if (similar.length > 0) throw new SimilarCompaniesError(toSimilarCompanies(similar, deps.now()))
    if (!reseller) throw new Error("the actor's reseller does not exist")
    const fields = values as InviteValues<"customer"> & SendEmailValues // complete: a missing field left an error above
    const draft: InviteDraft = {
      ...audience,
      ...toColumns("customer", fields),
      billingAccountId: account.id,
      locale: fields.locale ?? reseller.locale,
      expiresInDays: fields.expires_in_days ?? reseller.defaultExpiresInDays,
      customerId: null,
    }
    const invite = await insertInvite(deps, actor, draft, {
      isSent: fields.send_email,
      precedingStatements: expireOverdueStatements(deps, pendingInvite),
    })
    return invite && { ok: true, value: invite }
  }, isInvitePending)
}

/**
 * Invites a person to the actor's own account: a reseller's staff or a customer's members. Takes `send_email` too. Invalid fields
 * are returned; throws `forbidden` and `rate_limited`.
 */
export function invitePerson(deps: Deps, actor: AccountActor, input: Record<string, unknown>): Promise<Result<Invite>> {
  const { write, audienceId, resellerId } = inviteContextFor(actor)
  authorize(actor, write)
  const audience = { kind: actor.kind, audienceId, resellerId }
  const account =
    actor.kind === "staff"
      ? { audience, companyName: actor.reseller.name, customerId: null }
      : { audience, companyName: actor.customer.name, customerId: actor.customer.id, defaultLocale: actor.locale }
  return inviteToAccount(deps, actor, account, input)
}

/** An existing account to invite people to. Without `defaultLocale`, the default is the reseller's. */
type TargetAccount = { audience: AccountAudience; defaultLocale?: Locale } & Pick<Invite, "companyName" | "customerId">

/** Invites a person to an account. Doesn't check permissions. Invalid fields are returned; throws `rate_limited`. */
export async function inviteToAccount(
  deps: Deps,
  actor: AuditActor & { id: string },
  { audience, defaultLocale, ...account }: TargetAccount,
  input: Record<string, unknown>,
): Promise<Result<Invite>> {
  const { values, errors } = validateFields(inviteSchema(audience.kind).extend(sendEmailFields), input)
  return retryConflicts<Result<Invite>>(async () => {
    const [[reseller], [pendingInvite], [existing], [suppression]] = await deps.db.batch(
      newInviteQueries(deps, audience, values.contact_email),
    )
    const conflicts = { pendingInvite, existing, suppression }
    const allErrors = [...errors, ...conflictErrors(audience, conflicts, deps.now())]
    if (allErrors.length > 0) return { ok: false, errors: allErrors }
    if (!reseller) throw new Error("the account's reseller does not exist")
    const fields = values as InviteValues<AccountAudience["kind"]> & SendEmailValues // complete, as above
    const locale = fields.locale ?? defaultLocale ?? reseller.locale
    const rest = { ...account, locale, expiresInDays: reseller.defaultExpiresInDays }
    const invite = await insertInvite(deps, actor, accountInviteDraft(audience, fields, rest), {
      isSent: fields.send_email,
      precedingStatements: expireOverdueStatements(deps, pendingInvite),
    })
    return invite && { ok: true, value: invite }
  }, isInvitePending)
}

/** The draft of an invite to an existing account. It has no billing account. */
export function accountInviteDraft(
  { kind, audienceId, resellerId }: AccountAudience,
  fields: InviteValues<AccountAudience["kind"]>,
  rest: Pick<Invite, "companyName" | "customerId" | "locale" | "expiresInDays">,
): InviteDraft {
  return { kind, audienceId, resellerId, ...toColumns(kind, fields), billingAccountId: null, ...rest }
}

/** The statements that read the reseller's defaults, and find conflicts with inviting the address. */
function newInviteQueries(deps: Deps, audience: InviteAudience, email = "") {
  return [defaultsQuery(deps.db, audience), ...conflictQueries(deps, audience, email)] as const
}

const defaultsQuery = compiled((db, { resellerId }: Places<InviteAudience>) =>
  db
    .select({ defaultExpiresInDays: resellers.defaultExpiresInDays, locale: resellers.locale })
    .from(resellers)
    .where(eq(resellers.id, resellerId)),
)

/** Another request was faster and invited the same address. The next attempt returns that as a field error. */
const isInvitePending = (error: unknown) => isUniqueViolation(error, ...PENDING_INVITE_INDEX)
