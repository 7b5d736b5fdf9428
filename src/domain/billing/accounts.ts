import { and, asc, desc, eq, lt, ne, sql } from "drizzle-orm"
import * as z from "zod"
import { newId } from "../../storage/ids.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import { type Page, type PageRequest, toPage } from "../../storage/paging.ts"
import { auditLog, type BillingAccount, billingAccounts } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { type AuditActor, auditEntryStatement, newAuditEntry } from "../events/audit-log.ts"
import { Failure, type FieldError, isUniqueViolation, type Result } from "../failure.ts"
import { storeResponseStatements } from "../idempotency.ts"
import { emailField, multiLine, optionalSingleLine, phoneField, validateFields } from "../validation.ts"
import { pendingCountQuery } from "./reassign-invites.ts"

const ADDRESS_MAX = 400
/** More than any reseller keeps; a bound, so that one page holds them all. */
const LIST_MAX = 200

export const billingAccountFields = z.object({
  first_name: optionalSingleLine().meta({
    description: "Required together with `last_name`, unless there is a PO number.",
    examples: ["Ana"],
  }),
  last_name: optionalSingleLine().meta({ examples: ["Costa"] }),
  po_number: optionalSingleLine().meta({
    description: "Instead of a name, or in addition to it.",
    examples: ["ACME-2026"],
  }),
  email: emailField("Enter the account's email address.").meta({
    description: "Where invoices are sent. Each billing account needs its own email address.",
    examples: ["billing@acme.example"],
  }),
  phone: phoneField("Enter the account's phone number.").meta({
    description: "With country code; stored in E.164 format.",
    examples: ["+1 415 555 0132"],
  }),
  address: multiLine(ADDRESS_MAX).meta({ examples: ["1 Main St\nBoston"] }),
})

/** The reseller's billing accounts, the default first. Throws `forbidden`. */
export function listBillingAccounts({ db }: Deps, actor: ResellerActor): Promise<BillingAccount[]> {
  authorize(actor, "billing:read")
  return billingAccountsQuery(db, actor.reseller.id)
}

/** The statement that reads a reseller's billing accounts, the default first. */
export function billingAccountsQuery(db: Deps["db"], resellerId: string) {
  return db
    .select()
    .from(billingAccounts)
    .where(eq(billingAccounts.resellerId, resellerId))
    .orderBy(desc(billingAccounts.isDefault), asc(billingAccounts.email))
    .limit(LIST_MAX)
}

/** Throws `forbidden` and `not_found`. */
export function getBillingAccount(deps: Deps, actor: ResellerActor, id: string): Promise<BillingAccount> {
  authorize(actor, "billing:read")
  return loadBillingAccount(deps, actor, id)
}

export type BillingAccountUsage = { account: BillingAccount; pendingInvites: number; others: BillingAccount[] }

/**
 * The same with how many pending invites are billed to it, and the accounts that they could be billed to instead. Throws
 * `forbidden` and `not_found`.
 */
export async function getBillingAccountUsage(
  { db, read, now }: Deps,
  actor: ResellerActor,
  id: string,
): Promise<BillingAccountUsage> {
  authorize(actor, "billing:read")
  const [accounts, [pendingCount]] = await read([
    billingAccountsQuery(db, actor.reseller.id),
    pendingCountQuery(db, id, now()),
  ])
  const account = accounts.find((candidate) => candidate.id === id)
  if (!account) throw new Failure({ kind: "not_found" })
  return {
    account,
    pendingInvites: pendingCount?.n ?? 0,
    others: accounts.filter((candidate) => candidate !== account),
  }
}

export async function loadBillingAccount(
  { db, read }: Deps,
  actor: ResellerActor,
  id: string,
): Promise<BillingAccount> {
  const [[account]] = await read([db.select().from(billingAccounts).where(ownedBy(actor, id))])
  if (!account) throw new Failure({ kind: "not_found" })
  return account
}

/** One page of the reseller's billing accounts, newest first. Throws `forbidden`. */
export async function listBillingAccountsPage(
  { db, read }: Deps,
  actor: ResellerActor,
  { before, size }: PageRequest,
): Promise<Page<BillingAccount>> {
  authorize(actor, "billing:read")
  const isOlder = before ? lt(billingAccounts.id, before) : undefined
  const [rows] = await read([
    db
      .select()
      .from(billingAccounts)
      .where(and(eq(billingAccounts.resellerId, actor.reseller.id), isOlder))
      .orderBy(desc(billingAccounts.id))
      .limit(size + 1),
  ])
  return toPage(rows, size)
}

/** Adds a billing account; a reseller's first becomes its default. Throws `forbidden`. */
export async function createBillingAccount(
  deps: Deps,
  actor: ResellerActor,
  input: Record<string, unknown>,
): Promise<Result<BillingAccount>> {
  authorize(actor, "billing:write")
  const result = validateBillingAccount(input)
  if (!result.ok) return result
  return catchEmailTaken(result.value.email, () => insertBillingAccount(deps, actor.reseller.id, actor, result.value))
}

/** The same without a signed-in person: how the first account of a reseller comes to be. */
export async function insertBillingAccount(
  deps: Pick<Deps, "db" | "now" | "request">,
  resellerId: string,
  actor: AuditActor,
  values: BillingAccountValues,
): Promise<BillingAccount> {
  const now = deps.now()
  const id = newId("bil", now)
  const isDefault = sql`NOT EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${billingAccounts.resellerId} = ${resellerId} AND ${billingAccounts.isDefault} = 1)`
  const row = { id, resellerId, ...values, isDefault, createdAt: now, updatedAt: now }
  const [[inserted]] = await deps.db.batch([
    insertSelect(deps.db, billingAccounts, row, sql`TRUE`).returning(),
    auditEntryStatement(deps, resellerId, actor, "billing_account.created", id, values.email),
    ...storeResponseStatements(deps, billingAccounts, id),
  ])
  if (!inserted) throw new Error("the billing account was not written")
  return inserted
}

/** Makes this the account that new invites propose. Throws `forbidden` and `not_found`. */
export async function setDefaultBillingAccount(deps: Deps, actor: ResellerActor, id: string): Promise<BillingAccount> {
  authorize(actor, "billing:write")
  const entry = newAuditEntry(deps, actor.reseller.id, actor, "billing_account.made_default", id)
  const exists = existsOwned(actor, id)
  const nextVersion = sql`${billingAccounts.version} + 1`
  const [, [updated]] = await deps.db.batch([
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
      .where(ownedBy(actor, id))
      .returning(),
    insertSelect(deps.db, auditLog, entry, exists),
    ...storeResponseStatements(deps, billingAccounts, id, sql`${billingAccounts.resellerId} = ${actor.reseller.id}`),
  ])
  if (!updated) throw new Failure({ kind: "not_found" })
  return updated
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

export function validateBillingAccount(input: Record<string, unknown>): Result<BillingAccountValues> {
  const { values, errors } = validateFields(billingAccountFields, input)
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

export async function catchEmailTaken<T>(email: string, write: () => Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, value: await write() }
  } catch (error) {
    if (!isUniqueViolation(error, "billing_accounts.reseller_id", "billing_accounts.email")) throw error
    const detail = `Another billing account has the email address ${email}.`
    return { ok: false, errors: [{ field: "email", code: "billing_email_taken", detail }] }
  }
}

export function isUnchanged(
  current: BillingAccount,
  { firstName, lastName, poNumber, email, phone, address }: BillingAccountValues,
) {
  const values = [firstName, lastName, poNumber, email, phone, address]
  return values.join("\0") === Object.values(toBillingAccountFields(current)).join("\0")
}

/** An account as one would type it in. */
export function toBillingAccountFields(
  account: BillingAccount,
): Record<keyof typeof billingAccountFields.shape, string | null> {
  const { firstName, lastName, poNumber, email, phone, address } = account
  return { first_name: firstName, last_name: lastName, po_number: poNumber, email, phone, address }
}

export function ownedBy(actor: ResellerActor, id: string) {
  return and(eq(billingAccounts.id, id), eq(billingAccounts.resellerId, actor.reseller.id))
}

/** True in the database while the account is there and the actor's reseller's. */
export function existsOwned(actor: ResellerActor, id: string) {
  return sql`EXISTS (SELECT 1 FROM billing_accounts AS own WHERE own.id = ${id} AND own.reseller_id = ${actor.reseller.id})`
}
