import { eq, sql } from "drizzle-orm"
import { newId, newReference } from "../../storage/ids.ts"
import { insertFrom } from "../../storage/insert-select.ts"
import { invites, type JobRow, jobRows, type Reseller, resellers } from "../../storage/schema.ts"
import { normalizeAddress } from "../../text/email-address.ts"
import { addressAt } from "../../text/sandbox-address.ts"
import { sanitizeLine } from "../../text/sanitize.ts"
import type { Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { entryIdOf, newAuditEntry } from "../events/audit-log.ts"
import { recordEventsStatements } from "../events/record-event.ts"
import { externalIdErrors, isExternalIdTaken, isOverdue } from "../external-ids.ts"
import { conflictConditions, conflictErrors } from "../invites/address-conflicts.ts"
import { unseenAccountErrors } from "../invites/billing.ts"
import { derivedColumns } from "../invites/derived-columns.ts"
import { expireStatements } from "../invites/expire.ts"
import { mapPlainColumns, toColumns } from "../invites/field-values.ts"
import type { InviteValues } from "../invites/fields.ts"
import { calculateRemindAt } from "../invites/schedule.ts"
import { type ClaimedJob, isClaimHeld, type JobHandler, sendKey, starterOf } from "../jobs/handler.ts"
import { isWaitingRow, type RowResult, writeResultsStatement } from "../jobs/results.ts"
import { masterSecretsOf } from "../master-secrets.ts"
import { enqueueStatement } from "../outbox/enqueue.ts"
import { newEmailId } from "../outbox/outbox.ts"
import { hashRecipient } from "../outbox/recipient-limits.ts"
import { hashesOfAddress } from "../privacy/address-hash.ts"
import { DAY_MS } from "../time.ts"
import { type ImportRow, rowValidator } from "./check-rows.ts"
import { type Conflicts, conflictsWith, findConflicts } from "./conflicts.ts"
import { type ImportParams, type RowInput, rowFields } from "./row-fields.ts"
import { toVerdict } from "./verdicts.ts"

/** Invites the contacts of an import's rows. What conflicts meanwhile fails with the errors that a dry run would give it. */
export const importHandler: JobHandler = {
  sendsEmails: true,
  prepare: async (deps, job, rows) => {
    const fields = rows.map(({ position, input }) => ({
      position,
      fields: rowFields(job.params as ImportParams, input as RowInput),
    }))
    const addressesOf = (name: "contact_email" | "billing_email") =>
      fields.map((row) => normalizeAddress(String(row.fields[name] ?? "")))
    const contacts = addressesOf("contact_email").map((address) => addressAt(job.resellerId, address))
    const [[reseller], conflicts] = await Promise.all([
      deps.db.select().from(resellers).where(eq(resellers.id, job.resellerId)),
      findConflicts(
        deps,
        job.resellerId,
        contacts,
        addressesOf("billing_email"),
        fields.map((row) => sanitizeLine(String(row.fields.external_id ?? ""))),
      ),
    ])
    if (!reseller) throw new Error("the job's reseller does not exist")
    const now = deps.now()
    const overdue = [
      ...[...conflicts.pendingInvites.values()].filter(({ expiresAt }) => expiresAt <= now),
      ...[...conflicts.owners.values()].filter((owner) => isOverdue(owner, now)),
    ]
    const { failures, ready } = sortOut(fields, reseller, conflicts, now)
    const items = ready.map((row) => newItem(deps, reseller, row))
    const requests = items.map(({ id, position }) => {
      return { key: sendKey({ jobId: job.id, position }), inviteId: id, kind: "first" as const }
    })
    const decisions = requests.length > 0 ? await deps.reserveSends(job.resellerId, requests) : []
    const sent = items.filter((_, n) => decisions[n]?.allowed)
    const waiting = decisions.find((decision) => !decision.allowed)
    return {
      statements: [
        ...(failures.length > 0 ? [writeResultsStatement(deps, job, failures)] : []),
        ...(overdue.length > 0
          ? expireStatements(deps, [...new Set(overdue.map(({ id }) => id))], isClaimHeld(job))
          : []),
        ...(sent.length > 0 ? inviteStatements(deps, job, sent) : []),
      ],
      sends: items.flatMap(({ position }, n) => {
        const decision = decisions[n]
        return decision?.allowed ? [{ position, sendId: decision.sendId }] : []
      }),
      ...(waiting && !waiting.allowed && { resumeAt: waiting.resetAt }),
    }
  },
}

/** Tells the rows that can be sent now from those that can't. */
function sortOut(rows: ImportRow[], reseller: Pick<Reseller, "id" | "country">, conflicts: Conflicts, now: Date) {
  const validate = rowValidator(reseller)
  const failures: RowResult[] = []
  const ready: ReadyRow[] = []
  for (const { position, fields } of rows) {
    const { values, errors: fieldErrors } = validate(fields)
    const { contact_email: email = "", billing_email: billingEmail = "" } = values
    const errors = [
      ...fieldErrors,
      ...unseenAccountErrors(values, conflicts.accounts.get(billingEmail)),
      ...conflictErrors({ kind: "customer" }, conflictsWith(conflicts, email), now),
      ...externalIdErrors(conflicts.owners.get(values.external_id ?? ""), now),
    ]
    const [error] = errors
    const detail = JSON.stringify({ errors, email: email || undefined })
    if (error) failures.push({ position, status: "failed", code: toVerdict(error), detail })
    else ready.push({ position, values: values as InviteValues<"customer"> }) // complete: there is no error
  }
  return { failures, ready }
}

type ReadyRow = Pick<JobRow, "position"> & { values: InviteValues<"customer"> }
type Defaults = Pick<typeof resellers.$inferSelect, "locale" | "defaultExpiresInDays">
type Item = ReturnType<typeof newItem>

/** A row as the statements read it: what the invite gets, and what can conflict with it. */
function newItem(deps: Deps, reseller: Defaults, { position, values }: ReadyRow) {
  const now = deps.now()
  const columns = toColumns("customer", values)
  const { contactEmail } = columns
  const expiresInDays = values.expires_in_days ?? reseller.defaultExpiresInDays
  const expiresAt = new Date(now.getTime() + expiresInDays * DAY_MS)
  return {
    position,
    id: newId("inv", now),
    reference: newReference(),
    emailId: newEmailId(now),
    ...columns,
    locale: values.locale ?? reseller.locale,
    expiresInDays,
    expiresAt: expiresAt.getTime(),
    remindAt: calculateRemindAt(expiresInDays, expiresAt)?.getTime() ?? null,
    recipientHash: hashRecipient(deps, "invite", contactEmail),
    hashes: hashesOfAddress(deps, contactEmail),
    ...derivedColumns({ kind: "customer", ...columns }),
  }
}

/** SQL: a value of the row. */
const of = (name: keyof Item) => sql.raw(`(item.value ->> '${name}')`)

/** The statements that create the invites of rows, as a single one is created, and write the results. */
function inviteStatements(deps: Deps, job: ClaimedJob, items: Item[]): Statement[] {
  const { db } = deps
  const { resellerId } = job
  const now = deps.now()
  const starter = starterOf(job)
  const source = sql`json_each(${JSON.stringify(items)}) AS item`
  const created = sql`${source} CROSS JOIN invites AS invite ON invite.id = ${of("id")}`
  const isWaiting = isWaitingRow(job, items)
  const entry = newAuditEntry(deps, resellerId, starter, "invite.created", "")
  const address = { audienceId: sql`${resellerId}`, resellerId: sql`${resellerId}`, email: of("contactEmail") }
  const hashes = masterSecretsOf(deps).map((_, n) => sql.raw(`(item.value ->> '$.hashes[${n}]')`))
  const { isPending, isMember, isSuppressed } = conflictConditions(db, address, "customer", hashes)
  const isTaken = isExternalIdTaken(resellerId, of("externalId"), of("id"))
  return [
    insertFrom(
      db,
      invites,
      {
        id: of("id"),
        reference: of("reference"),
        resellerId,
        kind: "customer",
        audienceId: resellerId,
        status: "pending",
        emailStatus: "queued",
        ...mapPlainColumns(of),
        billingAccountId: sql`account.id`,
        billingEmail: sql`account.email`,
        billingPhone: sql`account.phone`,
        locale: of("locale"),
        linkVersion: 1,
        expiresInDays: of("expiresInDays"),
        sendCount: 1,
        lastChangeId: entryIdOf(entry, of("id")),
        invitedBy: starter.id ?? "",
        createdAt: now,
        updatedAt: now,
        expiresAt: of("expiresAt"),
        remindAt: of("remindAt"),
        latestEmailId: of("emailId"),
        searchRuns: of("searchRuns"),
        companyKey: of("companyKey"),
      },
      sql`FROM ${source} CROSS JOIN job_rows ON job_rows.position = ${of("position")} AND ${isWaiting}
        CROSS JOIN billing_accounts AS account ON account.reseller_id = ${resellerId}
          AND account.email = ${of("billingEmail")} AND account.phone = ${of("billingPhone")}
        WHERE NOT ${isPending} AND NOT ${isMember} AND NOT ${isSuppressed} AND NOT ${isTaken}`,
    ).onConflictDoNothing(), // a row before it has the same address or external id
    enqueueStatement(deps, {
      message: {
        id: of("emailId"),
        kind: "invite",
        resellerId,
        inviteId: sql`invite.id`,
        linkVersion: sql`invite.link_version`,
        recipient: sql`invite.contact_email`,
        recipientHash: of("recipientHash"),
        isBulk: true,
      },
      source: sql`FROM ${created} WHERE TRUE`,
    }),
    ...recordEventsStatements(deps, entry, {
      detail: sql`invite.contact_email`,
      from: created,
      where: sql`TRUE`,
      sequence: sql`printf('%02d', item.key)`,
    }),
    db
      .update(jobRows)
      .set({
        status: sql`iif(created.id IS NULL, 'failed', 'done')`,
        inviteId: sql`created.id`,
        code: sql`CASE WHEN created.id IS NOT NULL THEN NULL WHEN NOT ${hasAccount(resellerId)} THEN 'billing_account_not_found'
          WHEN ${isPending} THEN 'invite_pending' WHEN ${isMember} THEN 'already_customer'
          WHEN ${isSuppressed} THEN 'email_suppressed' WHEN ${isTaken} THEN 'external_id_taken' ELSE 'conflict' END`,
      })
      .from(sql`${source} LEFT JOIN invites AS created ON created.id = ${of("id")}`)
      .where(sql`${isWaiting} AND ${jobRows.position} = ${of("position")}`),
  ]
}

const hasAccount = (resellerId: string) =>
  sql`EXISTS (SELECT 1 FROM billing_accounts AS account WHERE account.reseller_id = ${resellerId}
    AND account.email = ${of("billingEmail")} AND account.phone = ${of("billingPhone")})`
