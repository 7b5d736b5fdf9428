import { sql } from "drizzle-orm"
import type { Places } from "../../storage/compiled.ts"
import { newId } from "../../storage/ids.ts"
import { insertFrom, insertSelect } from "../../storage/insert-select.ts"
import { auditLog, type BillingAccount, billingAccounts } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { emailTakenError, hasNoDefault } from "../billing/accounts.ts"
import { type BillingAccountValues, validateBillingAccount } from "../billing/fields.ts"
import { compiledBatch } from "../commit.ts"
import type { Deps } from "../deps.ts"
import type { FieldError, Result } from "../failure.ts"
import { type InsertShape, isInsertable, type NewInviteValues } from "./insert.ts"

/** The fields of a new billing account that an invite doesn't have itself, as its form names them. */
export const NEW_ACCOUNT_FIELDS = {
  billing_first_name: "first_name",
  billing_last_name: "last_name",
  billing_po_number: "po_number",
} as const

/** Validates the billing account of a new invite. The invite itself says what is wrong with its email address and phone number. */
export async function validateNewAccount(
  deps: Deps,
  actor: ResellerActor,
  input: Record<string, unknown>,
): Promise<Result<BillingAccountValues>> {
  const names = Object.entries(NEW_ACCOUNT_FIELDS)
  const fields = Object.fromEntries(names.map(([name, field]) => [field, input[name]]))
  const account = { ...fields, email: input.billing_email, phone: input.billing_phone }
  const validated = await validateBillingAccount(deps, actor, account)
  if (validated.ok) return validated
  const errors = validated.errors.flatMap((error) =>
    names.flatMap(([name, field]) => (error.field === field ? [{ ...error, field: name }] : [])),
  )
  return { ok: false, errors }
}

/** Why the account can't be created, given the one that has its email address. */
export function newAccountErrors(
  { billing_email }: { billing_email?: string },
  existing: BillingAccount | undefined,
): FieldError[] {
  return existing && billing_email ? [emailTakenError("billing_email", billing_email)] : []
}

type NewAccountValues = Record<`account${"Id" | "EntryId"}`, string> &
  Pick<BillingAccountValues, "firstName" | "lastName" | "poNumber">

/** The values of the account that the invite doesn't have. */
export const toPlaces = ({ firstName, lastName, poNumber }: BillingAccountValues, now: Date): NewAccountValues => ({
  accountId: newId("bil", now),
  accountEntryId: newId("aud", now),
  firstName,
  lastName,
  poNumber,
})

/** The statements that create the billing account of an invite, for its batch, before it. They apply only if the invite does. */
export const newAccountStatements = compiledBatch(
  (db, at: Places<NewInviteValues & NewAccountValues>, shape: InsertShape) => {
    const account = {
      id: at.accountId,
      resellerId: at.resellerId,
      firstName: at.firstName,
      lastName: at.lastName,
      poNumber: at.poNumber,
      email: at.billingEmail,
      phone: at.billingPhone,
      isDefault: hasNoDefault(at.resellerId),
      createdAt: at.createdAt,
      updatedAt: at.createdAt,
    }
    const entry = {
      id: at.accountEntryId,
      resellerId: at.resellerId,
      action: "billing_account.created",
      subjectId: at.accountId,
      actorKind: at.actorKind,
      actorId: at.invitedBy,
      actorName: at.actorName,
      detail: at.billingEmail,
      createdAt: at.createdAt,
    }
    const isCreated = sql`EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${billingAccounts.id} = ${at.accountId})`
    return [
      insertFrom(db, billingAccounts, account, sql`FROM (SELECT 1) WHERE ${isInsertable(db, at, shape)}`),
      insertSelect(db, auditLog, entry, isCreated),
    ] as const
  },
)
