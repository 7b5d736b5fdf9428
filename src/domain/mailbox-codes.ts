import { createHmac, timingSafeEqual } from "node:crypto"
import { and, eq, gt, lt, lte, sql } from "drizzle-orm"
import { insertWhere } from "../storage/insert-where.ts"
import { audit, invites, mailboxCodes } from "../storage/schema.ts"
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
export function codeOf({ config }: Pick<Deps, "config">, mailId: string): string {
  const digest = createHmac("sha256", config.masterSecret).update(`mailbox code of ${mailId}`).digest()
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
  const mailId = newMailId(now)
  const code = { mailId, linkVersion: link.ver, tries: 0, expiresAt: new Date(now.getTime() + CODE_MINUTES * 60_000) }
  const stillRegisters = sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${registers(deps, link)})`
  const isNew = sql`EXISTS (SELECT 1 FROM ${mailboxCodes} WHERE ${mailboxCodes.mailId} = ${mailId} AND ${mailboxCodes.inviteId} = ${inviteId})`
  const entry = auditRow(deps, resellerId, { kind: "contact" }, "invite.code_sent", inviteId, recipient)
  try {
    const [written] = await commit(deps, [
      insertWhere(db, mailboxCodes, { inviteId, ...code }, stillRegisters)
        .onConflictDoUpdate({ target: mailboxCodes.inviteId, set: code })
        .returning({ inviteId: mailboxCodes.inviteId }),
      queuedMail(deps, { id: mailId, kind: "code", resellerId, inviteId, linkVersion: link.ver, recipient }, isNew),
      insertWhere(db, audit, entry, isNew),
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
    eq(mailboxCodes.inviteId, link.sub),
    eq(mailboxCodes.linkVersion, link.ver),
    lt(mailboxCodes.tries, CODE_TRIES),
    gt(mailboxCodes.expiresAt, now()),
  )
  // The try is taken before the code is compared: of a hundred guesses at once five are.
  const [taken] = await db
    .update(mailboxCodes)
    .set({ tries: sql`${mailboxCodes.tries} + 1` })
    .where(isLive)
    .returning({ mailId: mailboxCodes.mailId, tries: mailboxCodes.tries })
  if (!taken) return refused("code_expired", DEAD_CODE)
  if (!timingSafeEqual(Buffer.from(digits), Buffer.from(codeOf(deps, taken.mailId)))) {
    const left = CODE_TRIES - taken.tries
    if (left === 0) return refused("wrong_code", "This is not the code, and it was the last try. Ask for another one.")
    return refused("wrong_code", `This is not the code. ${left === 1 ? "One try is" : `${left} tries are`} left.`)
  }
  const [used] = await db
    .delete(mailboxCodes)
    .where(and(eq(mailboxCodes.inviteId, link.sub), eq(mailboxCodes.mailId, taken.mailId)))
    .returning({ inviteId: mailboxCodes.inviteId })
  if (!used) return refused("code_expired", DEAD_CODE)
  const { invite } = registration
  return { isProven: true, token: await signLink(deps.linkKeys, { invite, use: "registration", via: "email" }) }
}

const DEAD_CODE = "The code no longer works, or none was sent. Ask for another one."

/** Forgets codes whose time is up; as many as one batch should, the next sweep goes on. */
export async function forgetCodes({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  const due = db
    .select({ inviteId: mailboxCodes.inviteId })
    .from(mailboxCodes)
    .where(lte(mailboxCodes.expiresAt, now()))
    .limit(FORGET_BATCH)
  await db.delete(mailboxCodes).where(sql`${mailboxCodes.inviteId} IN ${due}`)
}
