import { createHmac, timingSafeEqual } from "node:crypto"
import { and, eq, gt, isNull, lt, lte, type SQL, sql } from "drizzle-orm"
import { deleteSome } from "../../storage/delete-some.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import { auditLog, emailCodes, type Invite, invites, outbox } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import { prepareGuess } from "../access/guess-limit.ts"
import { type TokenClaims, verifyToken } from "../access/signed-token.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { newAuditEntry } from "../events/audit-log.ts"
import { normalizeCode } from "../factors/authenticator.ts"
import { Failure, type FieldError } from "../failure.ts"
import { requestedSuppressionQuery } from "../mail/suppressions.ts"
import { enqueueEmailStatement } from "../outbox/enqueue.ts"
import { newEmailId } from "../outbox/outbox.ts"
import { isCodeLeft } from "../outbox/recipient-limits.ts"
import { MINUTE_MS } from "../time.ts"
import { CODE_MAX_ATTEMPTS, isRedeemable, type LinkState, loadLinkState } from "./link-state.ts"
import { signLink } from "./link-token.ts"
import { reserveSend, withReservation } from "./resend.ts"

const CODE_DIGITS = 6
const CODE_PATTERN = new RegExp(`^\\d{${CODE_DIGITS}}$`)
export const CODE_TTL_MINUTES = 10

/** The digits of a code. They are derived from the id of its email, so that they needn't be stored. */
export function deriveCode({ config }: Pick<Deps, "config">, emailId: string): string {
  const hmac = createHmac("sha256", config.masterSecret).update(`mailbox code of ${emailId}`).digest()
  return String(hmac.readUIntBE(0, 6) % 10 ** CODE_DIGITS).padStart(CODE_DIGITS, "0")
}

/**
 * Sends an email code to the contact of a copied link. Earlier codes stop working. Sends nothing unless the link needs a code.
 * An address that has had its codes of the day gets the link itself, which needs no code: others must not be able to use up an
 * invite's way in, and the page shows no difference, so that nobody learns of invites by others. Throws `rate_limited` for this
 * invite's own limits, and `email_suppressed`.
 */
export async function sendEmailCode(deps: Deps, token: string): Promise<LinkState> {
  const link = await verifyToken(deps.linkKeys, token, "registration")
  if (!link) return { state: "invalid" }
  const linkState = await loadLinkState(deps, link)
  if (linkState.state !== "needs_code") return linkState
  const { db } = deps
  const { invite } = linkState
  const { id: inviteId, resellerId, contactEmail: recipient } = invite
  const [[suppression]] = await db.batch([requestedSuppressionQuery(db, invite, recipient)])
  if (suppression) throw new Failure({ kind: "email_suppressed", cause: suppression.cause, reason: suppression.reason })
  const reservation = await reserveSend(deps, invite, "code")
  const now = deps.now()
  const emailId = newEmailId(now)
  const code = {
    emailId: sql<string | null>`iif(${isCodeLeft(deps, recipient)}, ${emailId}, NULL)`,
    linkVersion: link.version,
    attempts: 0,
    expiresAt: new Date(now.getTime() + CODE_TTL_MINUTES * MINUTE_MS),
  }
  const isStillRedeemable = sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${isRedeemable(deps, link)})`
  const isLatest = (
    condition: SQL,
  ) => sql`EXISTS (SELECT 1 FROM ${emailCodes} WHERE ${emailCodes.inviteId} = ${inviteId}
    AND ${emailCodes.expiresAt} = ${code.expiresAt.getTime()} AND ${condition})`
  const isCode = sql`${emailCodes.emailId} = ${emailId}`
  const isLink = isNull(emailCodes.emailId)
  // An earlier one that still waits is enough.
  const waitingLink = sql`SELECT 1 FROM ${outbox} WHERE ${outbox.inviteId} = ${inviteId} AND ${outbox.kind} = 'link'
    AND ${outbox.status} = 'queued' AND ${outbox.linkVersion} = ${link.version} AND ${outbox.recipient} = ${recipient}`
  const mail = { id: emailId, resellerId, inviteId, linkVersion: link.version, recipient }
  const entry = newAuditEntry(deps, resellerId, { kind: "contact" }, "invite.code_sent", inviteId, recipient)
  const sentCode = await withReservation(reservation, async () => {
    const [[written]] = await commit(deps, [
      insertSelect(db, emailCodes, { inviteId, ...code }, isStillRedeemable)
        .onConflictDoUpdate({ target: emailCodes.inviteId, set: code })
        .returning({ inviteId: emailCodes.inviteId }),
      enqueueEmailStatement(deps, { ...mail, kind: "code" }, isLatest(isCode)),
      enqueueEmailStatement(
        deps,
        { ...mail, kind: "link" },
        sql`iif(${isLatest(isLink)}, NOT EXISTS (${waitingLink}), FALSE)`,
      ),
      insertSelect(db, auditLog, entry, isLatest(sql`(${isCode} OR ${isLink})`)),
    ])
    return written
  })
  return sentCode ? { ...linkState, isCodeSent: true } : loadLinkState(deps, link) // it has just changed
}

type CodeVerification =
  | { isVerified: true; token: string }
  | { isVerified: false; linkState: LinkState; errors: FieldError[] }

/**
 * Exchanges the right code of a copied link for a link that counts as sent by email. A code allows five attempts in ten minutes and
 * works once. Wrong codes are returned as data. Throws `rate_limited` after too many of them over all codes of the invite. Guesses
 * for one address are bounded by the codes that it gets, and not counted: others could use them up.
 */
export async function verifyEmailCode(deps: Deps, token: string, input: string): Promise<CodeVerification> {
  const link = await verifyToken(deps.linkKeys, token, "registration")
  if (!link) return { isVerified: false, linkState: { state: "invalid" }, errors: [] }
  const linkState = await loadLinkState(deps, link)
  if (linkState.state !== "needs_code") return { isVerified: false, linkState, errors: [] }
  const reject = (error: Omit<FieldError, "field">): CodeVerification => ({
    isVerified: false,
    linkState,
    errors: [{ field: "code", ...error }],
  })
  const digits = normalizeCode(input)
  if (!CODE_PATTERN.test(digits)) {
    return reject({ code: digits ? "invalid" : "required", detail: en.fieldErrors.required.code })
  }
  const { invite } = linkState
  const attempt = await countAttempt(deps, invite, link)
  if (!attempt) return reject({ code: "code_expired", detail: en.fieldErrors.code_expired })
  const { emailId } = attempt
  if (!emailId || !timingSafeEqual(Buffer.from(digits), Buffer.from(deriveCode(deps, emailId)))) {
    const attemptsLeft = CODE_MAX_ATTEMPTS - attempt.attempts
    return reject({ code: "wrong_code", detail: en.fieldErrors.wrong_code(attemptsLeft), attemptsLeft })
  }
  const deletion = deps.db
    .delete(emailCodes)
    .where(and(eq(emailCodes.inviteId, invite.id), eq(emailCodes.emailId, emailId)))
    .returning({ inviteId: emailCodes.inviteId })
  const [[deleted]] = await commit(deps, [deletion, ...attempt.ifRight])
  if (!deleted) return reject({ code: "code_expired", detail: en.fieldErrors.code_expired })
  return { isVerified: true, token: await signLink(deps.linkKeys, { invite, use: "registration", via: "email" }) }
}

/**
 * Counts an attempt before the code is compared, so that simultaneous guesses can't exceed a limit. Undefined if no code of this link
 * works any more. Throws `rate_limited`.
 */
async function countAttempt(deps: Deps, { id: inviteId }: Invite, link: TokenClaims) {
  const { db, now } = deps
  const isUsable = and(
    eq(emailCodes.inviteId, inviteId),
    eq(emailCodes.linkVersion, link.version),
    lt(emailCodes.attempts, CODE_MAX_ATTEMPTS),
    gt(emailCodes.expiresAt, now()),
  )
  const isOpen = sql`EXISTS (SELECT 1 FROM ${emailCodes} WHERE ${isUsable})`
  const guess = await prepareGuess(deps, { kind: "email_code", inviteId }, isOpen)
  const attemptStatement = db
    .update(emailCodes)
    .set({ attempts: sql`${emailCodes.attempts} + 1` })
    .where(and(isUsable, guess.isCounted))
    .returning({ emailId: emailCodes.emailId, attempts: emailCodes.attempts })
  const [outcome, [attempt]] = await commit(deps, [guess.outcomeQuery, attemptStatement], guess.countStatements)
  const admitted = guess.admit(outcome)
  return attempt && admitted && { ...attempt, ...admitted }
}

/** Deletes expired codes, one batch per run. */
export async function deleteExpiredCodes({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  await deleteSome(db, emailCodes, emailCodes.inviteId, lte(emailCodes.expiresAt, now()))
}
