import * as z from "zod"
import type { Invite } from "../../storage/schema.ts"
import type { Locale } from "../../text/locales.ts"
import { staffEn } from "../../text/staff/en.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize, authorizeRole } from "../access/permissions.ts"
import { isEmailTaken } from "../billing/accounts.ts"
import type { Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import type { AuditActor } from "../events/audit-log.ts"
import { externalIdErrors, externalIdOwnerQuery, isOverdue } from "../external-ids.ts"
import { Failure, type FieldError, type Result } from "../failure.ts"
import { readResellerPhone } from "../national-phone.ts"
import { retryConflicts } from "../retry-conflicts.ts"
import { validateFields } from "../validation.ts"
import { conflictErrors, conflictQueries } from "./address-conflicts.ts"
import { type AccountAudience, customerInviteContext, inviteContextFor, type PeopleActor } from "./audience.ts"
import { billingAccountByEmailQuery, billingErrors } from "./billing.ts"
import { withStoredAddress } from "./contact-address.ts"
import { expireStatements } from "./expire.ts"
import { toColumns } from "./field-values.ts"
import { type InviteDraft, type InviteValues, inviteSchema, roleField } from "./fields.ts"
import { type InsertOptions, insertInvite } from "./insert.ts"
import { newAccountErrors, validateNewAccount } from "./new-account.ts"
import { sendAtErrors, sendAtField, toSendAt } from "./schedule.ts"

const sendEmailFields = {
  send_email: z.boolean("Use true or false.").default(true).meta({
    description: "Whether to send the email now. If false, issue a registration link and pass it on yourself.",
  }),
}
const sendingFields = {
  ...sendEmailFields,
  send_at: sendAtField.optional().meta({
    description:
      "When to send the email, if not now: a time of RFC 3339 within the next 30 days. Until then it can be changed, and the invite revoked. `expires_in_days` counts from it. Not together with `send_email: false`.",
    examples: ["2026-11-30T09:00:00+01:00"],
  }),
}
type SendEmailValues = z.infer<z.ZodObject<typeof sendEmailFields>>
type SendingValues = z.infer<z.ZodObject<typeof sendingFields>>

export const newCustomerInviteSchema = inviteSchema("customer").extend(sendingFields)

/**
 * Invites a customer. With `send_email: false`, no email is sent and staff copy the link; with `send_at`, it is sent then. With
 * `newAccount`, whose other fields it has, its billing account is created in the same batch. Invalid fields are returned; throws
 * `forbidden` and `rate_limited`.
 */
export async function inviteCustomer(
  deps: Deps,
  actor: ResellerActor,
  input: Record<string, unknown>,
  newAccount?: Record<string, unknown>,
): Promise<Result<Invite>> {
  authorize(actor, "invites:write")
  if (newAccount) authorize(actor, "billing:write")
  const { kind, audienceId, resellerId } = customerInviteContext(actor)
  const audience = { kind, audienceId, resellerId }
  const validated = withStoredAddress(resellerId, validateFields(newCustomerInviteSchema, input))
  const read = await readResellerPhone(deps, actor.reseller, validated, "billing_phone")
  const { values } = read
  const account = newAccount && (await validateNewAccount(deps, actor, { ...newAccount, ...input }))
  const accountErrors = account?.ok === false ? account.errors : []
  const errors = [...read.errors, ...sendingErrors(values, deps.now()), ...accountErrors]
  const fields = values as InviteValues<"customer"> & SendingValues // complete if there is no error
  const draft = errors.length === 0 && { ...audience, ...toColumns("customer", fields), customerId: null }
  const sending = {
    isSent: fields.send_email,
    sendAt: toSendAt(fields.send_at),
    newAccount: account?.ok ? account.value : undefined,
  }
  return insertUnlessRefused(deps, actor, { draft, ...sending }, async () => {
    const externalId = values.external_id ?? ""
    const [[existingAccount], [owner], [pendingInvite], [existing], [suppression]] = await deps.read([
      billingAccountByEmailQuery(deps.db, resellerId, values.billing_email),
      externalIdOwnerQuery(deps.db, { resellerId, externalId, exceptId: "" }),
      ...conflictQueries(deps, audience, values.contact_email ?? ""),
    ])
    const conflicts = { pendingInvite, existing, suppression }
    const allErrors = [
      ...errors,
      ...(newAccount ? newAccountErrors(values, existingAccount) : billingErrors(actor, values, existingAccount)),
      ...conflictErrors(audience, conflicts, deps.now()),
      ...externalIdErrors(owner, deps.now()),
    ]
    return { errors: allErrors, overdueIds: [pendingInvite?.id, isOverdue(owner, deps.now()) && owner?.id] }
  })
}

function sendingErrors({ send_email, send_at }: Partial<SendingValues>, now: Date): FieldError[] {
  if (!send_at || send_email !== false) return sendAtErrors(toSendAt(send_at), now)
  return [{ field: "send_at", code: "invalid", detail: staffEn.rules.send_at_without_email }]
}

/**
 * Invites a person to the account that the actor manages: a reseller's staff or a customer's members. Takes `send_email` too.
 * Invalid fields are returned; throws `forbidden`, `rate_limited`, and `role_exceeds_scopes` if an API key can't give the role.
 */
export async function invitePerson(
  deps: Deps,
  actor: PeopleActor,
  input: Record<string, unknown>,
): Promise<Result<Invite>> {
  const { write, audienceId, resellerId } = inviteContextFor(actor)
  authorize(actor, write)
  const kind = actor.kind === "member" ? "member" : "staff"
  const role = roleField(kind).safeParse(input.role)
  if (role.success) authorizeRole(actor, role.data)
  const audience = { kind, audienceId, resellerId } as const
  const account =
    actor.kind === "member"
      ? { audience, companyName: actor.customer.name, customerId: actor.customer.id, defaultLocale: actor.locale }
      : { audience, companyName: actor.reseller.name, customerId: null }
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
  const validated = validateFields(inviteSchema(audience.kind).extend(sendEmailFields), input)
  const { values, errors } = withStoredAddress(audience.resellerId, validated)
  const fields = values as InviteValues<AccountAudience["kind"]> & SendEmailValues // complete if there is no error
  const locale = fields.locale ?? defaultLocale
  const draft = errors.length === 0 && accountInviteDraft(audience, fields, { ...account, ...(locale && { locale }) })
  return insertUnlessRefused(deps, actor, { draft, isSent: fields.send_email }, async () => {
    const [[pendingInvite], [existing], [suppression]] = await deps.read(
      conflictQueries(deps, audience, values.contact_email ?? ""),
    )
    const conflicts = { pendingInvite, existing, suppression }
    return { errors: [...errors, ...conflictErrors(audience, conflicts, deps.now())], overdueIds: [pendingInvite?.id] }
  })
}

type NewInvite = { draft: InviteDraft | false } & Omit<InsertOptions, "precedingStatements">
/** `overdueIds`: the invites that conflict until they are marked as expired, if there is no error. */
type Refusal = { errors: FieldError[]; overdueIds: (string | false | undefined)[] }

/**
 * Inserts an invite in one round trip. If it is refused, or without a draft, another one reads why; it is then inserted if nothing
 * conflicts but an overdue invite. Errors of fields come before a limit.
 */
function insertUnlessRefused(
  deps: Deps,
  actor: AuditActor & { id: string },
  { draft, ...sending }: NewInvite,
  findRefusal: () => Promise<Refusal>,
): Promise<Result<Invite>> {
  let precedingStatements: Statement[] = []
  return retryConflicts<Result<Invite>>(async () => {
    let limit: Failure | undefined
    try {
      const invite = draft && (await insertInvite(deps, actor, draft, { ...sending, precedingStatements }))
      if (invite) return { ok: true, value: invite }
    } catch (error) {
      if (isRateLimited(error)) limit = error
      else if (!isEmailTaken(error)) throw error
    }
    const { errors, overdueIds } = await findRefusal()
    if (errors.length > 0) return { ok: false, errors }
    if (limit) throw limit
    const ids = overdueIds.filter((id) => typeof id === "string")
    precedingStatements = ids.length > 0 ? expireStatements(deps, ids) : []
    return undefined
  })
}

const isRateLimited = (error: unknown): error is Failure =>
  error instanceof Failure && error.reason.kind === "rate_limited"

/** The draft of an invite to an existing account. It has no billing account. */
export function accountInviteDraft(
  { kind, audienceId, resellerId }: AccountAudience,
  fields: InviteValues<AccountAudience["kind"]>,
  rest: Pick<InviteDraft, "companyName" | "customerId" | "locale" | "expiresInDays">,
): InviteDraft {
  const { expiresInDays: _, ...columns } = toColumns(kind, fields) // such invites have no such field
  return { kind, audienceId, resellerId, ...columns, ...rest }
}
