import { and, asc, desc, eq, type Placeholder, sql } from "drizzle-orm"
import { newId } from "../../storage/ids.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import { newestFirst, type Page, type PageRequest, toPage } from "../../storage/paging.ts"
import { auditLog, type BillingAccount, billingAccounts } from "../../storage/schema.ts"
import { isolate } from "../../text/direction.ts"
import type { Messages } from "../../text/en.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { staffEn } from "../../text/staff/en.ts"
import { staffWordsOf } from "../../text/staff/locales.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { type AuditActor, auditEntryStatement, isRecorded, newAuditEntry } from "../events/audit-log.ts"
import { Failure, type FieldError, isUniqueViolation, type Result } from "../failure.ts"
import { storeResponseStatements } from "../idempotency.ts"
import { hasVersion, requireVersion, type Versions } from "../versions.ts"
import { type BillingAccountValues, validateBillingAccount } from "./fields.ts"
import { pendingCountQuery } from "./reassign-invites.ts"

/** How many billing accounts a page or a select shows. */
const LIST_MAX = 200

/** The reseller's billing accounts, the default first. Throws `forbidden`. */
export async function listBillingAccounts({ db, read }: Deps, actor: ResellerActor): Promise<BillingAccount[]> {
  authorize(actor, "billing:read")
  const [accounts] = await read([billingAccountsQuery(db, actor.reseller.id)])
  return accounts
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

/** One of the reseller's billing accounts. Throws `forbidden` and `not_found`. */
export function getBillingAccount(deps: Deps, actor: ResellerActor, id: string): Promise<BillingAccount> {
  authorize(actor, "billing:read")
  return loadBillingAccount(deps, actor, id)
}

type BillingAccountUsage = { account: BillingAccount; pendingInvites: number; others: BillingAccount[] }

/** A billing account, the number of pending invites that use it, and the other accounts. Throws `forbidden` and `not_found`. */
export async function getBillingAccountUsage(
  { db, read, now }: Deps,
  actor: ResellerActor,
  id: string,
): Promise<BillingAccountUsage> {
  authorize(actor, "billing:read")
  const [[account], accounts, [pendingCount]] = await read([
    db.select().from(billingAccounts).where(ownedBy(actor, id)),
    billingAccountsQuery(db, actor.reseller.id),
    pendingCountQuery(db, id, now()),
  ])
  if (!account) throw new Failure({ kind: "not_found" })
  return {
    account,
    pendingInvites: pendingCount?.n ?? 0,
    others: accounts.filter((other) => other.id !== id),
  }
}

/** Like `getBillingAccount`, but doesn't check permissions. Throws `not_found`. */
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
  page: PageRequest,
): Promise<Page<BillingAccount>> {
  authorize(actor, "billing:read")
  const isOwn = eq(billingAccounts.resellerId, actor.reseller.id)
  const [rows] = await read([
    newestFirst(db.select().from(billingAccounts).$dynamic(), billingAccounts.id, isOwn, page),
  ])
  return toPage(rows, page)
}

/** Creates a billing account; a reseller's first becomes its default. Invalid fields are returned; throws `forbidden`. */
export async function createBillingAccount(
  deps: Deps,
  actor: ResellerActor,
  input: Record<string, unknown>,
): Promise<Result<BillingAccount>> {
  authorize(actor, "billing:write")
  const result = await validateBillingAccount(deps, actor, input)
  if (!result.ok) return result
  return catchEmailTaken(result.value.email, () => insertBillingAccount(deps, actor.reseller.id, actor, result.value))
}

/** Inserts a billing account from valid fields. Doesn't check permissions. Throws violations of unique indexes. */
export async function insertBillingAccount(
  deps: Pick<Deps, "db" | "now" | "request">,
  resellerId: string,
  actor: AuditActor,
  values: BillingAccountValues,
): Promise<BillingAccount> {
  const now = deps.now()
  const id = newId("bil", now)
  const row = { id, resellerId, ...values, isDefault: hasNoDefault(resellerId), createdAt: now, updatedAt: now }
  const [[inserted]] = await deps.db.batch([
    insertSelect(deps.db, billingAccounts, row, sql`TRUE`).returning(),
    auditEntryStatement(deps, resellerId, actor, "billing_account.created", id, values.email),
    ...storeResponseStatements(deps, billingAccounts, id),
  ])
  if (!inserted) throw new Error("the billing account was not written")
  return inserted
}

/** SQL condition: the reseller has no default account, so that a new one becomes it. */
export const hasNoDefault = (resellerId: string | Placeholder) =>
  sql`NOT EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${billingAccounts.resellerId} = ${resellerId} AND ${billingAccounts.isDefault} = 1)`

/**
 * Makes an account the default, which the invite form preselects. Has no effect on the default. With `versions`, only at one of
 * them. Throws `forbidden`, `not_found` and `version_conflict`.
 */
export async function setDefaultBillingAccount(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  versions?: Versions,
): Promise<BillingAccount> {
  authorize(actor, "billing:write")
  const { db } = deps
  const entry = newAuditEntry(deps, actor.reseller.id, actor, "billing_account.made_default", id)
  const isAtVersion = and(ownedBy(actor, id), hasVersion(billingAccounts.version, versions))
  const isChange = sql`EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${isAtVersion} AND ${billingAccounts.isDefault} = 0)`
  const change = { version: sql`${billingAccounts.version} + 1`, updatedAt: deps.now() }
  const isPreviousDefault = and(eq(billingAccounts.resellerId, actor.reseller.id), eq(billingAccounts.isDefault, true))
  const [[before], , , , [account]] = await db.batch([
    db.select({ version: billingAccounts.version }).from(billingAccounts).where(ownedBy(actor, id)),
    insertSelect(db, auditLog, entry, isChange),
    db
      .update(billingAccounts)
      .set({ ...change, isDefault: false })
      .where(and(isPreviousDefault, isRecorded(entry))),
    db
      .update(billingAccounts)
      .set({ ...change, isDefault: true })
      .where(and(ownedBy(actor, id), isRecorded(entry))),
    db.select().from(billingAccounts).where(ownedBy(actor, id)),
    ...storeResponseStatements(deps, billingAccounts, id, sql`(${isAtVersion} OR ${isRecorded(entry)})`),
  ])
  if (!before || !account) throw new Failure({ kind: "not_found" })
  requireVersion(versions, before.version)
  return account
}

/** The display name of an account: its person, its PO number, or both. */
export function billingAccountName(
  account: Pick<BillingAccount, "firstName" | "lastName" | "poNumber">,
  t: Messages,
): string {
  const person = [account.firstName, account.lastName].filter(Boolean).join(" ")
  const order = account.poNumber ? staffWordsOf(t).billing.order(account.poNumber) : ""
  return [isolate(person), order].filter(Boolean).join(" · ")
}

/** The display name with the email address, for selects. */
export const billingAccountLabel = (account: BillingAccount, t: Messages) =>
  `${billingAccountName(account, t)}: ${readableAddress(account.email)}`

/** Runs `write`. Returns a field error if another billing account of the reseller has the email address. */
export async function catchEmailTaken<T>(email: string, write: () => Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, value: await write() }
  } catch (error) {
    if (!isEmailTaken(error)) throw error
    return { ok: false, errors: [emailTakenError("email", email)] }
  }
}

/** True if a statement failed because another billing account of the reseller has the email address. */
export const isEmailTaken = (error: unknown) =>
  isUniqueViolation(error, "billing_accounts.reseller_id", "billing_accounts.email")

export function emailTakenError(field: string, email: string): FieldError {
  const name = readableAddress(email)
  return { field, code: "billing_email_taken", detail: staffEn.fieldErrors.billing_email_taken(name), name }
}

/** SQL condition: this account of the actor's reseller. */
export function ownedBy(actor: ResellerActor, id: string) {
  return and(eq(billingAccounts.id, id), eq(billingAccounts.resellerId, actor.reseller.id))
}

/** SQL condition: the account exists and belongs to the actor's reseller. */
export function existsOwned(actor: ResellerActor, id: string) {
  return sql`EXISTS (SELECT 1 FROM billing_accounts AS owned WHERE owned.id = ${id} AND owned.reseller_id = ${actor.reseller.id})`
}
