import { eq, type SQL, sql } from "drizzle-orm"
import * as z from "zod"
import { insertSelect } from "../../storage/insert-select.ts"
import {
  auditLog,
  authenticators,
  customers,
  members,
  passkeys,
  type Reseller,
  recoveryCodes,
  resellers,
  staff,
  users,
} from "../../storage/schema.ts"
import { isSandboxId } from "../../text/sandbox-address.ts"
import { OPERATOR } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import { commit, type Statement } from "../commit.ts"
import { isCustomerOfMember } from "../customer-of-member.ts"
import type { Deps } from "../deps.ts"
import { isRecorded, type NewAuditEntry, newAuditEntry } from "../events/audit-log.ts"
import { newPersonEntry } from "../events/person-accounts.ts"
import { Failure, type Result } from "../failure.ts"
import { storeResponseStatements } from "../idempotency.ts"
import { securityNoticeStatement } from "../identity/security-notice.ts"
import { endSessionsStatement, hasOneAccount } from "../identity/sessions.ts"
import { type AccountActor, inviteContextFor } from "../invites/audience.ts"
import { canChangePerson } from "../people.ts"
import { emailField, validateFields } from "../validation.ts"
import { endPendingSignInsStatement } from "./changes.ts"
import { hasFactor } from "./has-factor.ts"

export const factorResetFields = z.object({
  email: emailField("Enter the address of the person who lost their second factor.").meta({
    description: "The address of a staff user or of a customer's member.",
    examples: ["dana@acme.example"],
  }),
})

type Person = { id: string; name: string; email: string }

/** The columns of a `Person`. */
const PERSON = { id: users.id, name: users.name, email: users.email }

/**
 * Deletes the passkeys, authenticator app and recovery codes of a colleague who lost them, and ends their sessions. They sign in
 * with their password, or set a new one. Throws `forbidden`, `not_found`, `no_factors`, and `factors_shared` if the person also
 * belongs to other accounts, whose Admins weren't asked: then only the operator can.
 */
export async function resetFactors(deps: Deps, actor: AccountActor, id: string): Promise<void> {
  authorize(actor, inviteContextFor(actor).write)
  const isColleague = canChangePerson(actor, id)
  const isShared = sql`NOT ${hasOneAccount(id)}`
  const [person] = await deps.db
    .select({ ...PERSON, isShared: isShared.mapWith(Boolean).as("is_shared") })
    .from(users)
    .where(sql`${users.id} = ${id} AND ${isColleague}`)
  if (!person || id === actor.id) throw new Failure({ kind: "not_found" })
  if (person.isShared) throw new Failure({ kind: "factors_shared" })
  const entry = newPersonEntry(deps, actor, "factors_reset", id, person.name)
  await commitReset(deps, person, entry, sql`${isColleague} AND ${hasOneAccount(id)}`)
}

/**
 * Resets the factors of any staff user or customer's member of a reseller, such as its last Admin. For the operator. Returns the
 * reseller, or invalid fields; throws `not_found` and `no_factors`.
 */
export async function resetFactorsByOperator(
  deps: Deps,
  resellerId: string,
  input: Record<string, unknown>,
): Promise<Result<Reseller>> {
  const { values, errors } = validateFields(factorResetFields, input)
  if (errors.length > 0 || !values.email) return { ok: false, errors }
  const isStaff = sql`EXISTS (SELECT 1 FROM ${staff} WHERE ${staff.userId} = ${users.id} AND ${staff.resellerId} = ${resellerId})`
  const customerId = sql<string | null>`(SELECT ${members.customerId} FROM ${members}
    JOIN ${customers} ON ${isCustomerOfMember(resellerId)} WHERE ${members.userId} = ${users.id} LIMIT 1)`
  const [person] = await deps.db
    .select({ ...PERSON, customerId: sql<string | null>`iif(${isStaff}, NULL, ${customerId})`.as("member_of") })
    .from(users)
    .where(sql`${users.email} = ${values.email} AND (${isStaff} OR ${customerId} IS NOT NULL)`)
  if (!person || isSandboxId(resellerId)) throw new Failure({ kind: "not_found" })
  const action = person.customerId ? "member.factors_reset" : "staff.factors_reset"
  const entry = newAuditEntry(deps, resellerId, OPERATOR, action, person.customerId ?? person.id, person.name)
  const response = storeResponseStatements(deps, resellers, resellerId, isRecorded(entry))
  await commitReset(deps, person, { ...entry, personId: person.id }, sql`TRUE`, response)
  const [reseller] = await deps.db.select().from(resellers).where(eq(resellers.id, resellerId))
  if (!reseller) throw new Failure({ kind: "not_found" })
  return { ok: true, value: reseller }
}

async function commitReset(
  deps: Deps,
  person: Person,
  entry: NewAuditEntry,
  condition: SQL,
  furtherStatements: readonly Statement[] = [],
): Promise<void> {
  const { db } = deps
  const { id } = person
  const isReset = isRecorded(entry)
  const [recorded] = await commit(deps, [
    insertSelect(db, auditLog, entry, sql`${condition} AND ${hasFactor(id)}`).returning({ id: auditLog.id }),
    db.delete(passkeys).where(sql`${eq(passkeys.userId, id)} AND ${isReset}`),
    db.delete(authenticators).where(sql`${eq(authenticators.userId, id)} AND ${isReset}`),
    db.delete(recoveryCodes).where(sql`${eq(recoveryCodes.userId, id)} AND ${isReset}`),
    endSessionsStatement(deps, id, isReset),
    endPendingSignInsStatement(deps, id, isReset),
    securityNoticeStatement(deps, person, "factors_reset", isReset),
    ...furtherStatements,
  ])
  if (recorded.length === 0) throw new Failure({ kind: "no_factors" })
}
