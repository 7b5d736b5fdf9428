import { and, eq, sql } from "drizzle-orm"
import * as z from "zod"
import { insertSelect } from "../storage/insert-select.ts"
import { auditLog, type Customer, customers, type FieldChange } from "../storage/schema.ts"
import { staffEn } from "../text/staff/en.ts"
import type { ResellerActor } from "./access/actor.ts"
import { authorize } from "./access/permissions.ts"
import { commit } from "./commit.ts"
import type { Deps } from "./deps.ts"
import { newAuditEntry } from "./events/audit-log.ts"
import { customerUpdatedStatements } from "./events/record-event.ts"
import { externalIdErrors, externalIdOwnerQuery, isExternalIdTaken, isOverdue } from "./external-ids.ts"
import { Failure, type Result } from "./failure.ts"
import { toCompanyKey } from "./invites/company-key.ts"
import { expireStatements } from "./invites/expire.ts"
import { INVITE_FIELDS } from "./invites/fields.ts"
import { mergeMetadata, metadataErrors } from "./metadata.ts"
import { isVersionConflict, retryConflicts } from "./retry-conflicts.ts"
import { singleLine, validateFields } from "./validation.ts"
import { requireVersion, type Versions } from "./versions.ts"

/** The fields of a customer that the reseller can change. */
export const customerFields = z.object({
  name: singleLine(staffEn.rules.customer_name).meta({ examples: ["Northwind Logistics"] }),
  external_id: INVITE_FIELDS.external_id.rule,
  metadata: INVITE_FIELDS.metadata.rule,
})

/**
 * Updates only the given fields of a customer; with `versions`, only if it is at one of them. Invalid fields and a taken external id
 * are returned; throws `forbidden`, `not_found` and `version_conflict`.
 */
export function updateCustomer(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  input: Record<string, unknown>,
  versions?: Versions,
): Promise<Result<Customer>> {
  const attempt = () => attemptUpdate(deps, actor, id, input, versions)
  return versions ? attempt() : retryConflicts(attempt, isVersionConflict)
}

async function attemptUpdate(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  input: Record<string, unknown>,
  versions: Versions,
): Promise<Result<Customer>> {
  authorize(actor, "customers:write")
  const { db, now } = deps
  const resellerId = actor.reseller.id
  const { values, errors } = validateFields(customerFields.partial(), input)
  const [[customer], [owner]] = await deps.read([
    db
      .select()
      .from(customers)
      .where(and(eq(customers.id, id), eq(customers.resellerId, resellerId))),
    externalIdOwnerQuery(db, { resellerId, externalId: values.external_id ?? "", exceptId: id }),
  ])
  if (!customer) throw new Failure({ kind: "not_found" })
  requireVersion(versions, customer.version)
  const next = {
    name: values.name ?? customer.name,
    externalId: "external_id" in input ? (values.external_id ?? null) : customer.externalId,
    metadata: "metadata" in input ? mergeMetadata(customer.metadata, values.metadata ?? null) : customer.metadata,
  }
  const changes = fieldChanges(customer, next)
  const isExternalIdChanged = next.externalId !== customer.externalId
  const allErrors = [
    ...errors,
    ...metadataErrors(next.metadata),
    ...(isExternalIdChanged ? externalIdErrors(owner, now()) : []),
  ]
  if (allErrors.length > 0) return { ok: false, errors: allErrors }
  if (changes.length === 0) return { ok: true, value: customer }
  if (owner && isOverdue(owner, now())) await commit(deps, expireStatements(deps, [owner.id]))
  return { ok: true, value: await writeChanges(deps, actor, customer, next, changes) }
}

type Changeable = Pick<Customer, "name" | "externalId" | "metadata">

/** What the audit log says: of metadata, only that it has changed. */
function fieldChanges(before: Changeable, after: Changeable): FieldChange[] {
  return [
    ...(before.name === after.name ? [] : ([["company_name", before.name, after.name]] as const)),
    ...(before.externalId === after.externalId
      ? []
      : ([["external_id", before.externalId, after.externalId]] as const)),
    ...(JSON.stringify(before.metadata) === JSON.stringify(after.metadata) ? [] : ([["metadata"]] as const)),
  ].map((change): FieldChange => [...change])
}

/** Throws `version_conflict` if the customer changed since it was read, or its external id was taken. */
async function writeChanges(
  deps: Deps,
  actor: ResellerActor,
  { id, resellerId, version }: Customer,
  next: Changeable,
  changes: FieldChange[],
): Promise<Customer> {
  const entry = { ...newAuditEntry(deps, resellerId, actor, "customer.updated", id), changes }
  const isCurrent = sql`${customers.id} = ${id} AND ${customers.version} = ${version}
    AND NOT ${isExternalIdTaken(resellerId, next.externalId, id)}`
  const isChanged = sql`EXISTS (SELECT 1 FROM ${customers} WHERE ${customers.id} = ${id} AND ${customers.lastChangeId} = ${entry.id})`
  const [[updated]] = await commit(deps, [
    deps.db
      .update(customers)
      .set({
        ...next,
        companyKey: toCompanyKey({ kind: "customer", companyName: next.name }),
        version: version + 1,
        lastChangeId: entry.id,
      })
      .where(isCurrent)
      .returning(),
    insertSelect(deps.db, auditLog, entry, isChanged),
    ...customerUpdatedStatements(deps, sql`FROM customers AS customer WHERE customer.id = ${id} AND ${isChanged}`),
  ])
  if (!updated) throw new Failure({ kind: "version_conflict" })
  return updated
}
