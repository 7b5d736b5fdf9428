import { type SQL, sql } from "drizzle-orm"
import { newId, newReference } from "../../storage/ids.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import { type Invite, invites } from "../../storage/schema.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { type AuditActor, newAuditEntry } from "../events/audit-log.ts"
import { recordEventStatements } from "../events/record-event.ts"
import { storeResponseStatements } from "../idempotency.ts"
import { enqueueEmailStatement } from "../outbox/enqueue.ts"
import { newEmailId } from "../outbox/outbox.ts"
import { DAY_MS } from "../time.ts"
import type { InviteDraft } from "./fields.ts"
import { isLatestChange } from "./find.ts"
import { calculateRemindAt } from "./remind.ts"
import { inviteEmail, reserveSend, withReservation } from "./resend.ts"
import { toSearchRuns } from "./search-text.ts"

type InsertOptions = {
  /** Whether its email is sent now. Otherwise staff copy its link. */
  isSent: boolean
  /** The condition for writing it. */
  condition?: SQL | undefined
  /** Statements of the same batch that run before it. */
  precedingStatements?: Statement[]
}

/**
 * Inserts an invite with its outbox row, audit entry and event in one batch. Returns undefined when `condition` doesn't
 * hold. Throws `rate_limited` and violations of unique indexes.
 */
export async function insertInvite(
  deps: Deps,
  actor: AuditActor & { id: string },
  draft: InviteDraft,
  { isSent, condition = sql`TRUE`, precedingStatements = [] }: InsertOptions,
): Promise<Invite | undefined> {
  const now = deps.now()
  const { resellerId, expiresInDays } = draft
  const id = newId("inv", now)
  const emailId = isSent ? newEmailId(now) : null
  const expiresAt = new Date(now.getTime() + expiresInDays * DAY_MS)
  const entry = newAuditEntry(deps, resellerId, actor, "invite.created", id, draft.contactEmail)
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
    lastChangeId: entry.id,
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
  const isCreated = isLatestChange(id, entry.id)
  const statements = [
    insertSelect(deps.db, invites, { ...invite, searchRuns: toSearchRuns(invite) }, condition).returning({
      id: invites.id,
    }),
    ...(emailId ? [enqueueEmailStatement(deps, inviteEmail(invite, emailId, "invite"), isCreated)] : []),
    ...recordEventStatements(deps, entry, isCreated),
    ...storeResponseStatements(deps, invites, id),
  ] as const
  const reservation = emailId ? await reserveSend(deps, invite, "first") : undefined
  return withReservation(reservation, async () => {
    const [created] = await commit(deps, statements, precedingStatements)
    return created.length > 0 ? invite : undefined
  })
}
