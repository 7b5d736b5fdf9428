import { getTableColumns, type SQL, sql } from "drizzle-orm"
import { insertFrom } from "../../storage/insert-select.ts"
import { jsonColumn } from "../../storage/json-column.ts"
import {
  auditLog,
  auditValues,
  emailCodes,
  emailEvents,
  events,
  type Invite,
  idempotentResponses,
  invites,
  jobRows,
  outbox,
  sandboxEmails,
  suppressions,
  webhookAttempts,
} from "../../storage/schema.ts"
import { isSandboxId } from "../../text/sandbox-address.ts"
import { provePurge } from "../audit/purge-proof.ts"
import type { Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { type AuditActor, entryIdOf, newAuditEntry } from "../events/audit-log.ts"
import { FIELD_LIST, type InviteFieldName } from "../invites/fields.ts"
import { keptHashSql } from "../outbox/recipient-limits.ts"
import { hashAddress } from "./address-hash.ts"

/** The fields of an invite that a purge keeps. Any other field, also a new one, is personal data. */
const KEPT_FIELDS: InviteFieldName[] = ["role", "locale", "expires_in_days", "billing_email", "billing_phone"]

const INVITE_COLUMNS = getTableColumns(invites)

/** The columns that a purge empties. The company of an invite to an account is that account's own name. */
const PURGED_COLUMNS: (keyof typeof INVITE_COLUMNS)[] = [
  ...FIELD_LIST.filter(([name]) => !KEPT_FIELDS.includes(name)).map(([, { column }]) => column),
  "emailError",
  "searchRuns",
  "companyKey",
]

function emptyValueSql(key: keyof typeof INVITE_COLUMNS): SQL {
  const empty = INVITE_COLUMNS[key].notNull ? sql`''` : sql`NULL`
  return key === "companyName" ? sql`iif(${invites.kind} = 'customer', ${empty}, ${invites.companyName})` : empty
}

/** SQL condition: the invite has ended and still has its personal data. */
export const IS_PURGEABLE = sql`${invites.status} <> 'pending' AND ${invites.purgedAt} IS NULL`

/** What `purgeStatements` needs of an invite. `addresses` are those that it was ever addressed to, as far as we know. */
export const purgedInviteColumns = {
  id: invites.id,
  resellerId: invites.resellerId,
  audienceId: invites.audienceId,
  addresses: jsonColumn<string[]>(sql`(SELECT json_group_array(address) FROM (
    SELECT invites.contact_email AS address
    UNION SELECT recipient FROM outbox WHERE outbox.invite_id = invites.id AND outbox.kind <> 'webhook'
    UNION SELECT change.value ->> 1 FROM audit_entries AS entry JOIN audit_values ON audit_values.entry_id = entry.id,
      json_each(audit_values.changes) AS change
      WHERE entry.subject_id = invites.id AND change.value ->> 0 = 'contact_email') WHERE address <> '')`).as(
    "addresses",
  ),
}

export type PurgedInvite = Pick<Invite, "id" | "resellerId" | "audienceId"> & { addresses: string[] }

/**
 * The statements that delete the personal data of invites of any resellers, for one batch. Those that have not ended or are purged
 * already stay as they are. Kept: the row, its statuses and times, and the audit entries without what they say about the contact.
 */
export function purgeStatements(
  deps: Pick<Deps, "db" | "now" | "config">,
  actor: AuditActor,
  purged: PurgedInvite[],
): [Statement, ...Statement[]] {
  const { db, now } = deps
  const ids = jsonList(purged.map(({ id }) => id))
  const resellerIds = [...new Set(purged.map(({ resellerId }) => resellerId))]
  const entry = newAuditEntry(deps, "", actor, "invite.purged", "")
  const entryId = entryIdOf(entry, sql`${invites.id}`)
  const proofs = purged.map(({ id, resellerId }) => {
    const proven = { id: `${entry.id}_${id.slice(4)}`, resellerId, action: "invite.purged", subjectId: id }
    return { id, detail: provePurge(deps.config.masterSecret, proven) }
  })
  // Those that this batch purges: their latest change is an entry of this batch.
  const purgedIds = sql`(SELECT done.id FROM invites AS done WHERE done.id IN ${ids}
    AND done.last_change_id = ${entryIdOf(entry, sql`done.id`)})`
  const mails = sql`${outbox.kind} <> 'webhook' AND ${outbox.inviteId} IN ${purgedIds}`
  return [
    ...suppressionStatements(deps, purged),
    db
      .update(invites)
      .set({
        ...Object.fromEntries(PURGED_COLUMNS.map((key) => [key, emptyValueSql(key)])),
        purgedAt: now(),
        lastChangeId: entryId,
      })
      .where(sql`${invites.id} IN ${ids} AND +${invites.resellerId} IN ${jsonList(resellerIds)} AND ${IS_PURGEABLE}`),
    insertFrom(
      db,
      auditLog,
      {
        ...entry,
        id: entryId,
        resellerId: sql`${invites.resellerId}`,
        subjectId: sql`${invites.id}`,
        detail: sql`proof.value ->> '$.detail'`,
      },
      sql`FROM json_each(${JSON.stringify(proofs)}) AS proof CROSS JOIN ${invites} ON ${invites.id} = proof.value ->> '$.id'
        WHERE ${invites.lastChangeId} = ${entryId}`,
    ),
    purgeDetailsStatement(db, sql`audit_entries.subject_id IN ${purgedIds}`),
    purgeActorsStatement(db, sql`audit_entries.subject_id IN ${purgedIds} AND audit_entries.actor_kind = 'contact'`),
    db
      .update(events)
      .set({
        contactEmail: "",
        detail: null,
        data: sql`json_set(${events.data}, '$.external_id', NULL, '$.metadata', json('{}'))`,
      })
      .where(sql`${events.inviteId} IN ${purgedIds}`),
    db
      .update(webhookAttempts)
      .set({ responseBody: "" })
      .where(
        sql`${webhookAttempts.deliveryId} IN (SELECT delivery.id FROM events AS event
          JOIN outbox AS delivery ON delivery.event_id = event.id WHERE event.invite_id IN ${purgedIds})`,
      ),
    db
      .delete(emailEvents)
      .where(sql`${emailEvents.messageId} IN (SELECT ${outbox.messageId} FROM ${outbox} WHERE ${mails})`),
    // An event that arrives later finds no email, and is deleted with the other old ones.
    db
      .update(outbox)
      .set({
        recipient: "",
        recipientHash: keptHashSql(now()),
        payload: null,
        messageId: null,
        lastError: null,
        status: sql`iif(${outbox.status} IN ('scheduled', 'queued', 'sending'), 'cancelled', ${outbox.status})`,
      })
      .where(mails),
    db.delete(emailCodes).where(sql`${emailCodes.inviteId} IN ${purgedIds}`),
    db
      .delete(sandboxEmails)
      .where(
        sql`${sandboxEmails.resellerId} IN ${jsonList(resellerIds.filter(isSandboxId))} AND ${sandboxEmails.inviteId} IN ${purgedIds}`,
      ),
    db.update(jobRows).set({ input: null, detail: null }).where(sql`${jobRows.inviteId} IN ${purgedIds}`),
    responseStatement(db, purgedIds),
  ]
}

const jsonList = (values: string[]) => sql`(SELECT value FROM json_each(${JSON.stringify(values)}))`

/** The statement that deletes what entries say about their subject; of purges, the proof stays. */
export function purgeDetailsStatement(db: Deps["db"], entries: SQL) {
  return db
    .update(auditValues)
    .set({ detailSalt: null, detail: null, changes: null })
    .where(
      sql`${auditValues.entryId} IN (SELECT audit_entries.id FROM audit_entries WHERE ${entries}
        AND audit_entries.action NOT GLOB '*.purged')`,
    )
}

/** The statement that deletes the names of the actors of entries. Their ids stay. */
export function purgeActorsStatement(db: Deps["db"], entries: SQL) {
  return db
    .update(auditValues)
    .set({ actorSalt: null, actorName: null })
    .where(sql`${auditValues.entryId} IN (SELECT audit_entries.id FROM audit_entries WHERE ${entries})`)
}

/** A repeated request still has no second effect, but its response no longer has the personal data. */
function responseStatement(db: Deps["db"], purgedIds: SQL) {
  const pairs = PURGED_COLUMNS.map((key) => sql`${sql.raw(`'$.${key}'`)}, ${INVITE_COLUMNS[key].notNull ? "" : null}`)
  return (
    db
      .update(idempotentResponses)
      .set({ row: sql`json_set(${idempotentResponses.row}, ${sql.join(pairs, sql`, `)})` })
      // SQLite uses the index of an expression only for values without a type of their own.
      .where(sql`json_extract(row, '$.id') IN (SELECT '' || one.id FROM invites AS one WHERE one.id IN ${purgedIds})`)
  )
}

/**
 * Suppressions stay, because their contacts must not get email again, but only as a hash: unless another invite has the address. Also
 * those of addresses that were corrected.
 */
function suppressionStatements(deps: Pick<Deps, "db" | "config">, purged: PurgedInvite[]) {
  const rows = purged.flatMap(({ resellerId, audienceId, addresses }) =>
    addresses.map((email) => ({ senders: [resellerId, audienceId], reseller: resellerId, email })),
  )
  const field = (path: string) => sql.raw(`address.value ->> '$.${path}'`)
  const ids = JSON.stringify(purged.map(({ id }) => id))
  const from = sql`FROM json_each(${JSON.stringify(rows)}) AS address`
  const isForgotten = sql`(${suppressions.senderId}, ${suppressions.email}) IN (SELECT sender.value, ${field("email")}
    ${from}, json_each(address.value, '$.senders') AS sender
    WHERE NOT EXISTS (SELECT 1 FROM invites AS other WHERE other.reseller_id = ${field("reseller")}
      AND other.contact_email = ${field("email")} AND other.purged_at IS NULL
      AND other.id NOT IN (SELECT value FROM json_each(${ids}))))`
  const hashes = Object.fromEntries(rows.map(({ email }) => [email, hashAddress(deps, email)]))
  const email = sql`(${JSON.stringify(hashes)} ->> ('$."' || ${suppressions.email} || '"'))`
  const isKnown = sql`EXISTS (SELECT 1 FROM suppressions AS kept WHERE kept.sender_id = ${suppressions.senderId}
    AND kept.email = ${email})`
  return [
    deps.db.delete(suppressions).where(sql`${isForgotten} AND ${isKnown}`), // an earlier purge left the hash
    deps.db.update(suppressions).set({ email, reason: null }).where(isForgotten),
  ] as const
}
