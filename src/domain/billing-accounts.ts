import { and, asc, desc, eq, lt, ne, sql } from "drizzle-orm"
import * as z from "zod"
import { newId } from "../storage/ids.ts"
import { insertWhere } from "../storage/insert-where.ts"
import { type Page, type PageAsked, toPage } from "../storage/paging.ts"
import { auditLog, type BillingAccount, billingAccounts } from "../storage/schema.ts"
import { demand, type ResellerActor } from "./actor.ts"
import { type AuditActor, auditEntry, auditRow } from "./audit.ts"
import { pendingUseOf } from "./billing-moves.ts"
import type { Deps } from "./deps.ts"
import { type Checked, Failure, type FieldError, isUniqueViolation } from "./failure.ts"
import { checkFields, emailAddress, optionalLine, phoneNumber, textBlock } from "./fields.ts"
import { keepAnswer } from "./kept-answers.ts"

const ADDRESS_MAX = 400
/** More than any reseller keeps; a bound, so that one page holds them all. */
const LIST_MAX = 200

export const billingAccountFields = z.object({
  first_name: optionalLine().meta({ description: "With last_name, or a PO number instead.", examples: ["Ana"] }),
  last_name: optionalLine().meta({ examples: ["Costa"] }),
  po_number: optionalLine().meta({ description: "Instead of a name, or beside it.", examples: ["ACME-2026"] }),
  email: emailAddress("Enter the account's e-mail address.").meta({
    description: "Where invoices go. One account for each address.",
    examples: ["billing@acme.example"],
  }),
  phone: phoneNumber("Enter the account's phone number.").meta({
    description: "With country code; kept in E.164.",
    examples: ["+1 415 555 0132"],
  }),
  address: textBlock(ADDRESS_MAX).meta({ examples: ["1 Main St\nBoston"] }),
})

/** The reseller's billing accounts, the default first. Throws `forbidden`. One D1 round trip. */
export function listBillingAccounts({ db }: Deps, actor: ResellerActor): Promise<BillingAccount[]> {
  demand(actor, "billing:read")
  return billingAccountsOf(db, actor.reseller.id)
}

/** The statement that reads a reseller's billing accounts, the default first. */
export function billingAccountsOf(db: Deps["db"], resellerId: string) {
  return db
    .select()
    .from(billingAccounts)
    .where(eq(billingAccounts.resellerId, resellerId))
    .orderBy(desc(billingAccounts.isDefault), asc(billingAccounts.email))
    .limit(LIST_MAX)
}

/** Throws `forbidden` and `not_found`. One D1 round trip. */
export function findBillingAccount(deps: Deps, actor: ResellerActor, id: string): Promise<BillingAccount> {
  demand(actor, "billing:read")
  return loadBillingAccount(deps, actor, id)
}

export type AccountInUse = { account: BillingAccount; pendingInvites: number; others: BillingAccount[] }

/**
 * The same with how many pending invites are billed to it, and the accounts that they could be billed to instead. Throws
 * `forbidden` and `not_found`. One D1 round trip.
 */
export async function billingAccountInUse({ db, now }: Deps, actor: ResellerActor, id: string): Promise<AccountInUse> {
  demand(actor, "billing:read")
  const [all, [pending]] = await db.batch([billingAccountsOf(db, actor.reseller.id), pendingUseOf(db, id, now())])
  const account = all.find((one) => one.id === id)
  if (!account) throw new Failure({ kind: "not_found" })
  return { account, pendingInvites: pending?.n ?? 0, others: all.filter((one) => one !== account) }
}

export async function loadBillingAccount({ db }: Deps, actor: ResellerActor, id: string): Promise<BillingAccount> {
  const [[account]] = await db.batch([db.select().from(billingAccounts).where(own(actor, id))])
  if (!account) throw new Failure({ kind: "not_found" })
  return account
}

/** One page of the reseller's billing accounts, newest first. Throws `forbidden`. One D1 round trip. */
export async function pageOfBillingAccounts(
  { db }: Deps,
  actor: ResellerActor,
  { before, size }: PageAsked,
): Promise<Page<BillingAccount>> {
  demand(actor, "billing:read")
  const older = before ? lt(billingAccounts.id, before) : undefined
  const [rows] = await db.batch([
    db
      .select()
      .from(billingAccounts)
      .where(and(eq(billingAccounts.resellerId, actor.reseller.id), older))
      .orderBy(desc(billingAccounts.id))
      .limit(size + 1),
  ])
  return toPage(rows, size)
}

/** Adds a billing account; a reseller's first becomes its default. Throws `forbidden`. */
export async function addBillingAccount(
  deps: Deps,
  actor: ResellerActor,
  input: Record<string, unknown>,
): Promise<Checked<BillingAccount>> {
  demand(actor, "billing:write")
  const checked = checkBillingAccount(input)
  if (!checked.ok) return checked
  return ifAddressIsFree(checked.value.email, () => openBillingAccount(deps, actor.reseller.id, actor, checked.value))
}

/** The same without a signed-in person: how the first account of a reseller comes to be. */
export async function openBillingAccount(
  deps: Pick<Deps, "db" | "now" | "request">,
  resellerId: string,
  by: AuditActor,
  values: BillingAccountValues,
): Promise<BillingAccount> {
  const now = deps.now()
  const id = newId("bil", now)
  const isDefault = sql`NOT EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${billingAccounts.resellerId} = ${resellerId} AND ${billingAccounts.isDefault} = 1)`
  const row = { id, resellerId, ...values, isDefault, createdAt: now, updatedAt: now }
  const [[added]] = await deps.db.batch([
    insertWhere(deps.db, billingAccounts, row, sql`TRUE`).returning(),
    auditEntry(deps, resellerId, by, "billing_account.created", id, values.email),
    ...keepAnswer(deps, billingAccounts, id),
  ])
  if (!added) throw new Error("the billing account was not written")
  return added
}

/** Makes this the account that new invites propose. Throws `forbidden` and `not_found`. */
export async function makeDefaultBillingAccount(deps: Deps, actor: ResellerActor, id: string): Promise<BillingAccount> {
  demand(actor, "billing:write")
  const entry = auditRow(deps, actor.reseller.id, actor, "billing_account.made_default", id)
  const exists = isOwn(actor, id)
  const nextVersion = sql`${billingAccounts.version} + 1`
  const [, [changed]] = await deps.db.batch([
    deps.db
      .update(billingAccounts)
      .set({ isDefault: false, version: nextVersion, updatedAt: deps.now() })
      .where(
        and(
          eq(billingAccounts.resellerId, actor.reseller.id),
          eq(billingAccounts.isDefault, true),
          ne(billingAccounts.id, id),
          exists,
        ),
      ),
    deps.db
      .update(billingAccounts)
      .set({ isDefault: true, version: nextVersion, updatedAt: deps.now() })
      .where(own(actor, id))
      .returning(),
    insertWhere(deps.db, auditLog, entry, exists),
    ...keepAnswer(deps, billingAccounts, id, sql`${billingAccounts.resellerId} = ${actor.reseller.id}`),
  ])
  if (!changed) throw new Failure({ kind: "not_found" })
  return changed
}

/** What staff call an account: its person, or its purchase order. */
export function billingAccountName(account: Pick<BillingAccount, "firstName" | "lastName" | "poNumber">): string {
  const person = [account.firstName, account.lastName].filter(Boolean).join(" ")
  const order = account.poNumber ? `PO ${account.poNumber}` : ""
  return [person, order].filter(Boolean).join(" · ")
}

/** The same with its address, as in a list to choose from. */
export const billingAccountLabel = (account: BillingAccount) => `${billingAccountName(account)}: ${account.email}`

export type BillingAccountValues = Pick<
  BillingAccount,
  "firstName" | "lastName" | "poNumber" | "email" | "phone" | "address"
>

export function checkBillingAccount(input: Record<string, unknown>): Checked<BillingAccountValues> {
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

export async function ifAddressIsFree<T>(email: string, write: () => Promise<T>): Promise<Checked<T>> {
  try {
    return { ok: true, value: await write() }
  } catch (error) {
    if (!isUniqueViolation(error, "billing_accounts.reseller_id", "billing_accounts.email")) throw error
    const detail = `Another billing account has the address ${email}.`
    return { ok: false, errors: [{ field: "email", code: "billing_email_taken", detail }] }
  }
}

export function changesNothing(
  current: BillingAccount,
  { firstName, lastName, poNumber, email, phone, address }: BillingAccountValues,
) {
  const same = [firstName, lastName, poNumber, email, phone, address]
  return same.join("\0") === Object.values(inputOf(current)).join("\0")
}

/** An account as one would type it in. */
export function inputOf(account: BillingAccount): Record<keyof typeof billingAccountFields.shape, string | null> {
  const { firstName, lastName, poNumber, email, phone, address } = account
  return { first_name: firstName, last_name: lastName, po_number: poNumber, email, phone, address }
}

export function own(actor: ResellerActor, id: string) {
  return and(eq(billingAccounts.id, id), eq(billingAccounts.resellerId, actor.reseller.id))
}

/** True in the database while the account is there and the actor's reseller's. */
export function isOwn(actor: ResellerActor, id: string) {
  return sql`EXISTS (SELECT 1 FROM billing_accounts AS own WHERE own.id = ${id} AND own.reseller_id = ${actor.reseller.id})`
}
