import { createHmac, timingSafeEqual } from "node:crypto"
import { and, eq, gt, lt, lte, sql } from "drizzle-orm"
import { insertWhere } from "../storage/insert-where.ts"
import { auditLog, emailCodes, invites } from "../storage/schema.ts"
import { auditRow } from "./audit.ts"
import { commit } from "./commit.ts"
import type { Deps } from "./deps.ts"
import { Failure, type FieldError } from "./failure.ts"
import { takeSend } from "./invite-sending.ts"
import { newMailId, queuedMail } from "./outbox.ts"
import { CODE_TRIES, look, type Registration, registers } from "./registration.ts"
import { readLink, signLink } from "./registration-link.ts"
import { suppressionOf } from "./suppressions.ts"

export const CODE_DIGITS = 6
export const CODE_MINUTES = 10
const FORGET_BATCH = 500

/** The digits that a mail carries. They are derived from its id, so that they are at rest nowhere. */
export function codeOf({ config }: Pick<Deps, "config">, emailId: string): string {
  const digest = createHmac("sha256", config.masterSecret).update(`mailbox code of ${emailId}`).digest()
  return String(digest.readUIntBE(0, 6) % 10 ** CODE_DIGITS).padStart(CODE_DIGITS, "0")
}

/**
 * Mails a code to the contact's address, for a copied link: whoever has it owns the mailbox. One sent before stops working.
 * Nothing is sent for a link of another state. Throws `rate_limited` and `email_suppressed`. Three D1 round trips.
 */
export async function sendCode(deps: Deps, token: string): Promise<Registration> {
  const link = await readLink(deps.linkKeys, token, "registration")
  if (!link) return { state: "mangled" }
  const registration = await look(deps, link)
  if (registration.state !== "unproven") return registration
  const { db } = deps
  const { invite } = registration
  const { id: inviteId, resellerId, contactEmail: recipient } = invite
  const [suppressed] = await suppressionOf(db, invite, recipient)
  if (suppressed) throw new Failure({ kind: "email_suppressed", cause: suppressed.cause, reason: suppressed.reason })
  const permit = await takeSend(deps, invite, "code")
  const now = deps.now()
  const emailId = newMailId(now)
  const code = {
    emailId,
    linkVersion: link.ver,
    attempts: 0,
    expiresAt: new Date(now.getTime() + CODE_MINUTES * 60_000),
  }
  const stillRegisters = sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${registers(deps, link)})`
  const isNew = sql`EXISTS (SELECT 1 FROM ${emailCodes} WHERE ${emailCodes.emailId} = ${emailId} AND ${emailCodes.inviteId} = ${inviteId})`
  const entry = auditRow(deps, resellerId, { kind: "contact" }, "invite.code_sent", inviteId, recipient)
  try {
    const [written] = await commit(deps, [
      insertWhere(db, emailCodes, { inviteId, ...code }, stillRegisters)
        .onConflictDoUpdate({ target: emailCodes.inviteId, set: code })
        .returning({ inviteId: emailCodes.inviteId }),
      queuedMail(deps, { id: emailId, kind: "code", resellerId, inviteId, linkVersion: link.ver, recipient }, isNew),
      insertWhere(db, auditLog, entry, isNew),
    ])
    if (written.length > 0) return { ...registration, isCodeSent: true }
  } catch (error) {
    await permit.undo()
    throw error
  }
  await permit.undo()
  return look(deps, link) // it changed at that very moment
}

export type Proof =
  | { isProven: true; token: string }
  | { isProven: false; registration: Registration; errors: FieldError[] }

/**
 * Takes the code of a copied link for another link of the same version, which stands for the mailbox as an e-mailed one does. A
 * code has five tries, ten minutes and one success. Wrong codes come back as data. Three D1 round trips.
 */
export async function proveMailbox(deps: Deps, token: string, typed: string): Promise<Proof> {
  const link = await readLink(deps.linkKeys, token, "registration")
  if (!link) return { isProven: false, registration: { state: "mangled" }, errors: [] }
  const registration = await look(deps, link)
  if (registration.state !== "unproven") return { isProven: false, registration, errors: [] }
  const refused = (code: string, detail: string): Proof => ({
    isProven: false,
    registration,
    errors: [{ field: "code", code, detail }],
  })
  const digits = typed.normalize("NFKC").replace(/[\s-]/g, "")
  if (!/^\d{6}$/.test(digits)) return refused(digits ? "invalid" : "required", "Enter the six digits of the e-mail.")

  const { db, now } = deps
  const isLive = and(
    eq(emailCodes.inviteId, link.sub),
    eq(emailCodes.linkVersion, link.ver),
    lt(emailCodes.attempts, CODE_TRIES),
    gt(emailCodes.expiresAt, now()),
  )
  // The try is taken before the code is compared: of a hundred guesses at once five are.
  const [taken] = await db
    .update(emailCodes)
    .set({ attempts: sql`${emailCodes.attempts} + 1` })
    .where(isLive)
    .returning({ emailId: emailCodes.emailId, attempts: emailCodes.attempts })
  if (!taken) return refused("code_expired", DEAD_CODE)
  if (!timingSafeEqual(Buffer.from(digits), Buffer.from(codeOf(deps, taken.emailId)))) {
    const left = CODE_TRIES - taken.attempts
    if (left === 0) return refused("wrong_code", "This is not the code, and it was the last try. Ask for another one.")
    return refused("wrong_code", `This is not the code. ${left === 1 ? "One try is" : `${left} tries are`} left.`)
  }
  const [used] = await db
    .delete(emailCodes)
    .where(and(eq(emailCodes.inviteId, link.sub), eq(emailCodes.emailId, taken.emailId)))
    .returning({ inviteId: emailCodes.inviteId })
  if (!used) return refused("code_expired", DEAD_CODE)
  const { invite } = registration
  return { isProven: true, token: await signLink(deps.linkKeys, { invite, use: "registration", via: "email" }) }
}

const DEAD_CODE = "The code no longer works, or none was sent. Ask for another one."

/** Forgets codes whose time is up; as many as one batch should, the next sweep goes on. */
export async function forgetCodes({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  const due = db
    .select({ inviteId: emailCodes.inviteId })
    .from(emailCodes)
    .where(lte(emailCodes.expiresAt, now()))
    .limit(FORGET_BATCH)
  await db.delete(emailCodes).where(sql`${emailCodes.inviteId} IN ${due}`)
}
