import { getTableColumns, type Placeholder, sql } from "drizzle-orm"
import type { Places } from "../../storage/compiled.ts"
import { newId, newReference } from "../../storage/ids.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import { auditLog, type Invite, invites } from "../../storage/schema.ts"
import { commit, compiledBatch, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import type { AuditActor } from "../events/audit-log.ts"
import { inviteEventStatements, newEventIds } from "../events/record-event.ts"
import { type ResponseKey, storeStatements, toResponseKey } from "../idempotency.ts"
import { enqueueFromStatement } from "../outbox/enqueue.ts"
import { newEmailId } from "../outbox/outbox.ts"
import { hashRecipient } from "../outbox/recipient-limits.ts"
import { DAY_MS } from "../time.ts"
import { billingAccountMatches } from "./billing.ts"
import { derivedColumns } from "./derived-columns.ts"
import type { InviteDraft } from "./fields.ts"
import { isLatestChange } from "./find.ts"
import { calculateRemindAt } from "./remind.ts"
import { reserveSend, withReservation } from "./resend.ts"

type InsertOptions = {
  /** Whether its email is sent now. Otherwise staff copy its link. */
  isSent: boolean
  /** Statements of the same batch that run before it. */
  precedingStatements?: Statement[]
}

/**
 * Inserts an invite with its outbox row, audit entry and event in one batch. Returns undefined if the billing account of a
 * customer's invite isn't as it was read any more. Throws `rate_limited` and violations of unique indexes.
 */
export async function insertInvite(
  deps: Deps,
  actor: AuditActor & { id: string },
  draft: InviteDraft,
  { isSent, precedingStatements = [] }: InsertOptions,
): Promise<Invite | undefined> {
  const now = deps.now()
  const { expiresInDays } = draft
  const id = newId("inv", now)
  const emailId = isSent ? newEmailId(now) : null
  const expiresAt = new Date(now.getTime() + expiresInDays * DAY_MS)
  const invite: Invite = {
    ...draft,
    id,
    reference: newReference(),
    status: "pending",
    emailStatus: emailId ? "queued" : null,
    emailError: null,
    linkVersion: 1,
    emailSinceVersion: 1,
    sendCount: emailId ? 1 : 0,
    lastChangeId: newId("aud", now),
    invitedBy: actor.id,
    createdAt: now,
    lastSentAt: null,
    resentAt: null,
    expiresAt,
    acceptedAt: null,
    latestEmailId: emailId,
    openedAt: null,
    formStartedAt: null,
    purgedAt: null,
    remindAt: emailId ? calculateRemindAt(expiresInDays, expiresAt) : null,
  }
  const { id: eventId, end: eventEnd } = newEventIds(deps)
  const values = {
    ...invite,
    ...derivedColumns(invite),
    recipientHash: hashRecipient(deps, "invite", invite.contactEmail),
    actorKind: actor.kind,
    actorName: actor.name ?? null,
    eventId,
    eventEnd,
    ...(deps.request && toResponseKey(deps.request, now)),
  }
  const shape = { isSent, isBilled: invite.kind === "customer", isRepeatable: deps.request !== undefined }
  const statements = insertStatements(deps.db, values, shape)
  const reservation = emailId ? await reserveSend(deps, invite, "first") : undefined
  return withReservation(reservation, async () => {
    const [created] = await commit(deps, statements, precedingStatements)
    return created.length > 0 ? invite : undefined
  })
}

type NewInviteValues = Invite &
  Partial<ResponseKey> & {
    searchRuns: string
    companyKey: string
    recipientHash: string | null
    actorKind: AuditActor["kind"]
    actorName: string | null
    eventId: string
    eventEnd: string
  }
type Shape = { isSent: boolean; isBilled: boolean; isRepeatable: boolean }

const insertStatements = compiledBatch((db, at: Places<NewInviteValues>, { isSent, isBilled, isRepeatable }: Shape) => {
  const deps = { db, now: () => at.createdAt }
  const isCreated = isLatestChange(at.id, at.lastChangeId)
  const email = {
    id: at.latestEmailId,
    kind: "invite" as const,
    resellerId: at.resellerId,
    inviteId: at.id,
    linkVersion: at.linkVersion,
    recipient: at.contactEmail,
    recipientHash: at.recipientHash,
  }
  const entry = {
    id: at.lastChangeId,
    resellerId: at.resellerId,
    action: "invite.created",
    subjectId: at.id,
    actorKind: at.actorKind,
    actorId: at.invitedBy,
    actorName: at.actorName,
    detail: at.contactEmail,
    createdAt: at.createdAt,
  }
  const eventIds = { id: at.eventId, end: at.eventEnd }
  const condition = isBilled
    ? billingAccountMatches({ billing_email: at.billingEmail, billing_phone: at.billingPhone }, at.billingAccountId)
    : sql`TRUE`
  return [
    insertSelect(db, invites, NEW_ROW, condition).returning({ id: invites.id }),
    ...(isSent ? [enqueueFromStatement(deps, email, sql`WHERE ${isCreated}`)] : []),
    insertSelect(db, auditLog, entry, isCreated),
    ...inviteEventStatements(deps, eventIds, "invite.created", at.id, at.contactEmail, isCreated),
    ...(isRepeatable ? storeStatements(db, at, invites, at.id, sql`TRUE`) : []),
  ] as const
})

const { seq: _, ...WRITTEN_COLUMNS } = getTableColumns(invites)
const NEW_ROW = Object.fromEntries(Object.keys(WRITTEN_COLUMNS).map((name) => [name, sql.placeholder(name)])) as Record<
  keyof typeof WRITTEN_COLUMNS,
  Placeholder
>
