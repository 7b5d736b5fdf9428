import { type SQL, sql } from "drizzle-orm"
import { newId } from "../storage/ids.ts"
import { insertWhere } from "../storage/insert-where.ts"
import { type Invite, invites } from "../storage/schema.ts"
import { type AuditActor, auditRow } from "./audit.ts"
import { commit, type Statement } from "./commit.ts"
import type { Deps } from "./deps.ts"
import { type Checked, isUniqueViolation } from "./failure.ts"
import { ONE_LIVE_INVITE } from "./invite-addresses.ts"
import { mailOf, takeSend } from "./invite-sending.ts"
import { changedBy, DAY_MS } from "./invites.ts"
import { keepAnswer } from "./kept-answers.ts"
import { newMailId, queuedMail } from "./outbox.ts"
import { remindAt } from "./reminders.ts"
import { tell } from "./telling.ts"

/** What an invite is made of; the rest follows from it. */
export type InviteDraft = Pick<
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
  | "formToken"
>

type Making = {
  /** Whether its e-mail goes out now; else its link is copied. */
  isSent: boolean
  /** What must hold while it is written. */
  stands?: SQL | undefined
  /** What is written with it, and before it. */
  before?: Statement[]
}

const ONE_INVITE_PER_FORM_TOKEN = ["invites.audience_id", "invites.form_token"]

/**
 * Writes an invite: its row, its outbox row and all that tells of it together, then a nudge to the queue. Undefined when `stands`
 * does not hold; throws `rate_limited`, and a violation that `isTaken` knows. One D1 round trip.
 */
export async function makeInvite(
  deps: Deps,
  by: AuditActor & { id: string },
  draft: InviteDraft,
  { isSent, stands = sql`TRUE`, before = [] }: Making,
): Promise<Invite | undefined> {
  const now = deps.now()
  const { resellerId, expiresInDays } = draft
  const id = newId("inv", now)
  const emailId = isSent ? newMailId(now) : null
  const expiresAt = new Date(now.getTime() + expiresInDays * DAY_MS)
  const entry = auditRow(deps, resellerId, by, "invite.created", id, draft.contactEmail)
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
    invitedBy: by.id,
    createdAt: now,
    lastSentAt: null,
    resentAt: null,
    expiresAt,
    acceptedAt: null,
    latestEmailId: emailId,
    openedAt: null,
    formStartedAt: null,
    remindAt: emailId ? remindAt(expiresInDays, expiresAt) : null,
  }
  const made = changedBy(id, entry.id)
  const statements: Statement[] = [
    ...before,
    insertWhere(deps.db, invites, invite, stands).returning({ made: invites.id }),
    ...(emailId ? [queuedMail(deps, mailOf(invite, emailId, "invite"), made)] : []),
    ...tell(deps, entry, made),
    ...keepAnswer(deps, invites, id),
  ]
  const permit = emailId ? await takeSend(deps, invite, "first") : undefined
  try {
    const results = await commit(deps, statements as [Statement, ...Statement[]])
    if (results.flat().some((row) => (row as { made?: string } | null)?.made === id)) return invite
  } catch (error) {
    await permit?.undo()
    throw error
  }
  await permit?.undo()
  return undefined
}

/** What has to be known of an invite before it is made, and what follows from it. */
type MakingOnce<Found extends { repeated: Invite | undefined }> = {
  /** Finds what decides, in one D1 round trip. */
  look: () => Promise<Found>
  /** True of an invite that the same form made. */
  isRepeat: (made: Invite) => boolean
  prepare: (found: Found) => Checked<Making & { draft: InviteDraft }>
}

/**
 * Makes an invite, unless the same form made it already: then it is that one. Where somebody is faster, by the same form, at
 * the same address or with the billing account, what is there then says what to answer. Throws `rate_limited`.
 */
export async function makeOnce<Found extends { repeated: Invite | undefined }>(
  deps: Deps,
  by: AuditActor & { id: string },
  making: MakingOnce<Found>,
  tries = 3,
): Promise<Checked<Invite>> {
  const found = await making.look()
  if (found.repeated && making.isRepeat(found.repeated)) return { ok: true, value: found.repeated }
  const prepared = making.prepare(found)
  if (!prepared.ok) return prepared
  const { draft, ...how } = prepared.value
  try {
    const made = await makeInvite(deps, by, draft, how)
    if (made) return { ok: true, value: made }
  } catch (error) {
    if (!isTaken(error) || tries === 1) throw error
  }
  if (tries === 1) throw new Error("an invite was not written, and nothing stands against it")
  return makeOnce(deps, by, making, tries - 1)
}

/** True when `error` says that another invite was faster: to the same address, or of the same form. */
function isTaken(error: unknown): boolean {
  return isUniqueViolation(error, ...ONE_LIVE_INVITE) || isUniqueViolation(error, ...ONE_INVITE_PER_FORM_TOKEN)
}
