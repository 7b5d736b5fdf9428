import { and, asc, desc, eq, gt, ne, sql } from "drizzle-orm"
import * as z from "zod"
import { newId } from "../storage/ids.ts"
import { insertWhere } from "../storage/insert-where.ts"
import { audit, type BillingAccount, billingAccounts, customers, invites } from "../storage/schema.ts"
import { demand, type StaffActor } from "./actor.ts"
import { type AuditActor, auditEntry, auditRow } from "./audit.ts"
import type { Deps } from "./deps.ts"
import { type Checked, Failure, type FieldError, isUniqueViolation } from "./failure.ts"
import { checkFields, emailAddress, optionalLine, phoneNumber } from "./fields.ts"
import { oneLine } from "./text.ts"

const ADDRESS_MAX = 400
/** More than any reseller keeps; a bound, so that one page holds them all. */
const LIST_MAX = 200

export const billingAccountFields = z.object({
  first_name: optionalLine(),
  last_name: optionalLine(),
  po_number: optionalLine(),
  email: emailAddress("Enter the account's e-mail address."),
  phone: phoneNumber("Enter the account's phone number."),
  address: z
    .string()
    .optional()
    .transform((text) => linesOf(text ?? "") || null)
    .pipe(z.string().max(ADDRESS_MAX, `Use ${ADDRESS_MAX} characters or fewer.`).nullable()),
})

/** The reseller's billing accounts, the default first. Throws `forbidden`. */
export function listBillingAccounts({ db }: Deps, actor: StaffActor): Promise<BillingAccount[]> {
  demand(actor, "billing.read")
  return db
    .select()
    .from(billingAccounts)
    .where(eq(billingAccounts.resellerId, actor.reseller.id))
    .orderBy(desc(billingAccounts.isDefault), asc(billingAccounts.email))
    .limit(LIST_MAX)
}

/** Throws `forbidden` and `not_found`. */
export async function findBillingAccount({ db }: Deps, actor: StaffActor, id: string): Promise<BillingAccount> {
  demand(actor, "billing.read")
  const [account] = await db.select().from(billingAccounts).where(own(actor, id))
  if (!account) throw new Failure({ kind: "not_found" })
  return account
}

/** Adds a billing account; a reseller's first becomes its default. Throws `forbidden`. */
export async function addBillingAccount(
  deps: Deps,
  actor: StaffActor,
  input: Record<string, unknown>,
): Promise<Checked<{ id: string }>> {
  demand(actor, "billing.write")
  const checked = check(input)
  if (!checked.ok) return checked
  return ifAddressIsFree(checked.value.email, () => openBillingAccount(deps, actor.reseller.id, actor, checked.value))
}

/** The same without a signed-in person: how the first account of a reseller comes to be. */
export async function openBillingAccount(
  deps: Pick<Deps, "db" | "now">,
  resellerId: string,
  by: AuditActor,
  values: BillingAccountValues,
): Promise<{ id: string }> {
  const now = deps.now()
  const id = newId("bil", now)
  const isDefault = sql`NOT EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${billingAccounts.resellerId} = ${resellerId} AND ${billingAccounts.isDefault} = 1)`
  const row = { id, resellerId, ...values, isDefault, createdAt: now, updatedAt: now }
  await deps.db.batch([
    insertWhere(deps.db, billingAccounts, row, sql`TRUE`),
    auditEntry(deps, resellerId, by, "billing_account.added", id, values.email),
  ])
  return { id }
}

/** Throws `forbidden` and `not_found`. */
export async function changeBillingAccount(
  deps: Deps,
  actor: StaffActor,
  id: string,
  input: Record<string, unknown>,
): Promise<Checked<{ id: string }>> {
  demand(actor, "billing.write")
  const checked = check(input)
  if (!checked.ok) {
    await findBillingAccount(deps, actor, id)
    return checked
  }
  return ifAddressIsFree(checked.value.email, async () => {
    const entry = auditRow(deps, actor.reseller.id, actor, "billing_account.changed", id, checked.value.email)
    const [changed] = await deps.db.batch([
      deps.db
        .update(billingAccounts)
        .set({ ...checked.value, updatedAt: deps.now() })
        .where(own(actor, id))
        .returning({ id: billingAccounts.id }),
      insertWhere(deps.db, audit, entry, isOwn(actor, id)),
    ])
    if (changed.length === 0) throw new Failure({ kind: "not_found" })
    return { id }
  })
}

/** Makes this the account that new invites propose. Throws `forbidden` and `not_found`. */
export async function makeDefaultBillingAccount(deps: Deps, actor: StaffActor, id: string): Promise<void> {
  demand(actor, "billing.write")
  const entry = auditRow(deps, actor.reseller.id, actor, "billing_account.made_default", id)
  const exists = isOwn(actor, id)
  const [, changed] = await deps.db.batch([
    deps.db
      .update(billingAccounts)
      .set({ isDefault: false })
      .where(and(eq(billingAccounts.resellerId, actor.reseller.id), ne(billingAccounts.id, id), exists)),
    deps.db
      .update(billingAccounts)
      .set({ isDefault: true })
      .where(own(actor, id))
      .returning({ id: billingAccounts.id }),
    insertWhere(deps.db, audit, entry, exists),
  ])
  if (changed.length === 0) throw new Failure({ kind: "not_found" })
}

/**
 * Removes an account; customers billed to it are flagged. Throws `forbidden`, `not_found`, `billing_account_is_default`
 * and, while pending invites use it, `billing_account_in_use`.
 */
export async function removeBillingAccount(deps: Deps, actor: StaffActor, id: string): Promise<void> {
  demand(actor, "billing.write")
  const account = await findBillingAccount(deps, actor, id)
  const entry = auditRow(deps, actor.reseller.id, actor, "billing_account.removed", id, account.email)
  const inUse = sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${usesAccount(id, deps.now())})`
  const removable = sql`EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${own(actor, id)}
    AND ${billingAccounts.isDefault} = 0 AND NOT ${inUse})`
  const [, , removed] = await deps.db.batch([
    insertWhere(deps.db, audit, entry, removable),
    deps.db
      .update(customers)
      .set({ billingChanged: true })
      .where(and(eq(customers.billingAccountId, id), removable)),
    deps.db
      .delete(billingAccounts)
      .where(and(own(actor, id), removable))
      .returning({ id: billingAccounts.id }),
  ])
  if (removed.length > 0) return
  if ((await findBillingAccount(deps, actor, id)).isDefault) throw new Failure({ kind: "billing_account_is_default" })
  const [pending] = await deps.db.select({ n: sql<number>`count(*)` }).from(invites).where(usesAccount(id, deps.now()))
  throw new Failure({ kind: "billing_account_in_use", pendingInvites: pending?.n ?? 0 })
}

/** What staff call an account: its person, or its purchase order. */
export function billingAccountName(account: Pick<BillingAccount, "firstName" | "lastName" | "poNumber">): string {
  const person = [account.firstName, account.lastName].filter(Boolean).join(" ")
  const order = account.poNumber ? `PO ${account.poNumber}` : ""
  return [person, order].filter(Boolean).join(" · ")
}

export type BillingAccountValues = Pick<
  BillingAccount,
  "firstName" | "lastName" | "poNumber" | "email" | "phone" | "address"
>

function check(input: Record<string, unknown>): Checked<BillingAccountValues> {
  const { values, errors } = checkFields(billingAccountFields, input)
  errors.push(...nameErrors(values))
  const { email, phone } = values
  if (errors.length > 0 || !email || !phone) return { ok: false, errors }
  const { first_name = null, last_name = null, po_number = null, address = null } = values
  return { ok: true, value: { firstName: first_name, lastName: last_name, poNumber: po_number, email, phone, address } }
}

function nameErrors(values: Partial<z.infer<typeof billingAccountFields>>): FieldError[] {
  if (values.po_number || (values.first_name && values.last_name)) return []
  const field = values.first_name ? "last_name" : "first_name"
  return [{ field, code: "required", detail: "Enter a first and last name, or a PO number." }]
}

async function ifAddressIsFree<T>(email: string, write: () => Promise<T>): Promise<Checked<T>> {
  try {
    return { ok: true, value: await write() }
  } catch (error) {
    if (!isUniqueViolation(error, "billing_accounts.reseller_id", "billing_accounts.email")) throw error
    const detail = `Another billing account has the address ${email}.`
    return { ok: false, errors: [{ field: "email", code: "billing_email_taken", detail }] }
  }
}

function own(actor: StaffActor, id: string) {
  return and(eq(billingAccounts.id, id), eq(billingAccounts.resellerId, actor.reseller.id))
}

function isOwn(actor: StaffActor, id: string) {
  return sql`EXISTS (SELECT 1 FROM billing_accounts AS own WHERE own.id = ${id} AND own.reseller_id = ${actor.reseller.id})`
}

function usesAccount(id: string, now: Date) {
  return and(eq(invites.billingAccountId, id), eq(invites.status, "pending"), gt(invites.expiresAt, now))
}

function linesOf(text: string): string {
  return text
    .split(/\r\n|[\r\n\u2028\u2029]/)
    .map(oneLine)
    .filter(Boolean)
    .join("\n")
}
