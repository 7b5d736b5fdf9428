import { type SQL, sql } from "drizzle-orm"
import { newId } from "../../storage/ids.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import { type Invite, invites } from "../../storage/schema.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { type AuditActor, newAuditEntry } from "../events/audit-log.ts"
import { recordEventStatements } from "../events/record.ts"
import { isUniqueViolation, type Result } from "../failure.ts"
import { storeResponseStatements } from "../idempotency.ts"
import { enqueueEmailStatement } from "../outbox/enqueue.ts"
import { newEmailId } from "../outbox/outbox.ts"
import { DAY_MS } from "../time.ts"
import { PENDING_INVITE_INDEX } from "./conflicts.ts"
import { isLatestChange } from "./find.ts"
import { calculateRemindAt } from "./remind.ts"
import { inviteEmail, reserveSend } from "./resend.ts"

/** What an invite is made of; the rest follows from it. */
export type NewInvite = Pick<
  Invite,
  | "resellerId"
  | "kind"
  | "audienceId"
  | "role"
  | "companyName"
  | "contactName"
  | "contactEmail"
  | "billingAccountId"
  | "billingEmail"
  | "billingPhone"
  | "locale"
  | "note"
  | "expiresInDays"
  | "customerId"
>

type InsertOptions = {
  /** Whether its e-mail goes out now; else its link is copied. */
  isSent: boolean
  /** What must hold while it is written. */
  condition?: SQL | undefined
  /** What is written with it, and before it. */
  precedingStatements?: Statement[]
}

/**
 * Writes an invite: its row, its outbox row and all that tells of it together, then a nudge to the queue. Undefined when `condition`
 * does not hold; throws `rate_limited`, and the violation of a unique index.
 */
export async function insertInvite(
  deps: Deps,
  actor: AuditActor & { id: string },
  draft: NewInvite,
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
    remindAt: emailId ? calculateRemindAt(expiresInDays, expiresAt) : null,
  }
  const isCreated = isLatestChange(id, entry.id)
  const statements = [
    insertSelect(deps.db, invites, invite, condition).returning({ id: invites.id }),
    ...(emailId ? [enqueueEmailStatement(deps, inviteEmail(invite, emailId, "invite"), isCreated)] : []),
    ...recordEventStatements(deps, entry, isCreated),
    ...storeResponseStatements(deps, invites, id),
  ] as const
  const reservation = emailId ? await reserveSend(deps, invite, "first") : undefined
  try {
    const [created] = await commit(deps, statements, precedingStatements)
    if (created.length > 0) return invite
  } catch (error) {
    await reservation?.release()
    throw error
  }
  await reservation?.release()
  return undefined
}

/** What has to be known of an invite before it is made, and what follows from it. */
type CreateSteps<Lookup> = {
  /** Finds what decides, in one D1 round trip. */
  lookUp: () => Promise<Lookup>
  prepare: (lookup: Lookup) => Result<InsertOptions & { draft: NewInvite }>
}

/**
 * Creates an invite. Where another request is faster, at the same address or with the billing account, what it left says what
 * to answer. Throws `rate_limited`.
 */
export async function createInvite<Lookup>(
  deps: Deps,
  actor: AuditActor & { id: string },
  steps: CreateSteps<Lookup>,
  attempts = 3,
): Promise<Result<Invite>> {
  const lookup = await steps.lookUp()
  const prepared = steps.prepare(lookup)
  if (!prepared.ok) return prepared
  const { draft, ...insertOptions } = prepared.value
  try {
    const created = await insertInvite(deps, actor, draft, insertOptions)
    if (created) return { ok: true, value: created }
  } catch (error) {
    if (!isUniqueViolation(error, ...PENDING_INVITE_INDEX) || attempts === 1) throw error
  }
  if (attempts === 1) throw new Error("an invite was not written, and nothing stands against it")
  return createInvite(deps, actor, steps, attempts - 1)
}
