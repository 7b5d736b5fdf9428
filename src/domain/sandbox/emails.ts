import { gunzipSync, gzipSync } from "node:zlib"
import { and, eq, getTableColumns, lte, sql } from "drizzle-orm"
import { deleteSome } from "../../storage/delete-some.ts"
import { newestFirst, type Page, type PageRequest, toPage } from "../../storage/paging.ts"
import { sandboxEmails } from "../../storage/schema.ts"
import { isSandboxId, plainAddress, sandboxIdOf } from "../../text/sandbox-address.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { decrypt, encrypt } from "../encryption.ts"
import { Failure } from "../failure.ts"
import { recordDeliveryEvent } from "../mail/delivery-events.ts"
import { SIMULATED_EVENTS, type SimulatedEvent, toSimulatedEvent } from "../mail/simulated-event.ts"
import type { ClaimedRow } from "../outbox/claimed-message.ts"
import { DAY_MS } from "../time.ts"
import { requireSandbox } from "./require-sandbox.ts"

export const MAILBOX_DAYS = 30
export const MAILBOX_MAX = 500

type Content = { html: string; text: string }
const { resellerId: _, encryptedContent: __, ...LISTED_COLUMNS } = getTableColumns(sandboxEmails)

/** An email in a list, without what it says. `recipient` is the address as it was entered. */
export type ListedSandboxEmail = Omit<typeof sandboxEmails.$inferSelect, "resellerId" | "encryptedContent">
export type SandboxEmail = ListedSandboxEmail & Content

/** The sandbox that an email belongs to, by its reseller or, if it has none, by its recipient; undefined if it is real. */
export const sandboxOfEmail = ({ resellerId, recipient = "" }: { resellerId: string | null; recipient?: string }) =>
  isSandboxId(resellerId) ? resellerId : sandboxIdOf(recipient)

/**
 * Keeps a claimed email in its sandbox's mailbox instead of sending it, however often it is claimed. Returns an id in place of
 * the provider's. What would become of it is recorded as the provider's events are, and takes effect once the email counts as sent.
 */
export async function keepSandboxEmail(
  deps: Deps,
  sandboxId: string,
  row: ClaimedRow,
  { subject, ...content }: Content & { subject: string },
): Promise<{ messageId: string }> {
  const { id, kind, inviteId } = row
  const recipient = plainAddress(row.recipient)
  const bytes = gzipSync(JSON.stringify(content))
  const encryptedContent = await encrypt(deps, { kind: "sandbox emails", ownerId: sandboxId }, bytes)
  const email = {
    id,
    resellerId: sandboxId,
    kind,
    inviteId,
    recipient,
    subject,
    encryptedContent,
    createdAt: deps.now(),
  }
  await deps.db.batch([
    deps.db.insert(sandboxEmails).values(email).onConflictDoNothing(),
    trimStatement(deps, sandboxId),
  ])
  const messageId = `sandbox ${id}`
  if (!inviteId) return { messageId } // nothing depends on the delivery of others
  for (const [n, event] of simulatedEvents(recipient).entries()) {
    const eventId = `${messageId} ${n}`
    const made = toSimulatedEvent(event, { eventId, messageId, recipient })
    await recordDeliveryEvent(deps, made, eventId, { isMadeUp: true })
  }
  return { messageId }
}

/** What becomes of an email to this address: `bounced@…`, `bounced+anything@…` and so on choose it, others are delivered. */
function simulatedEvents(recipient: string): SimulatedEvent[] {
  const [name = ""] = recipient.split(/[+@]/)
  const chosen = SIMULATED_EVENTS.find((event) => event === name) ?? "delivered"
  return chosen === "complained" ? ["delivered", "complained"] : [chosen]
}

/** A page of the mailbox of the actor's sandbox, newest first; only the emails to an address, or of an invite. Throws `forbidden` and `sandbox_only`. */
export async function listSandboxEmails(
  { db, read }: Deps,
  actor: ResellerActor,
  filter: { recipient?: string | undefined; inviteId?: string | undefined },
  page: PageRequest,
): Promise<Page<ListedSandboxEmail>> {
  authorizeMailbox(actor)
  const { recipient, inviteId } = filter
  // The mailbox is small, so that no filter needs an index.
  const condition = and(
    eq(sandboxEmails.resellerId, actor.reseller.id),
    recipient === undefined ? undefined : eq(sandboxEmails.recipient, recipient),
    inviteId === undefined ? undefined : eq(sandboxEmails.inviteId, inviteId),
  )
  const query = newestFirst(db.select(LISTED_COLUMNS).from(sandboxEmails).$dynamic(), sandboxEmails.id, condition, page)
  const [rows] = await read([query])
  return toPage(rows, page)
}

/** One email of the actor's sandbox. Throws `forbidden`, `sandbox_only`, and `not_found`, also if the key it was encrypted with is gone. */
export async function getSandboxEmail(deps: Deps, actor: ResellerActor, id: string): Promise<SandboxEmail> {
  authorizeMailbox(actor)
  const sandboxId = actor.reseller.id
  const [[row]] = await deps.read([
    deps.db
      .select({ ...LISTED_COLUMNS, encryptedContent: sandboxEmails.encryptedContent })
      .from(sandboxEmails)
      .where(and(eq(sandboxEmails.id, id), eq(sandboxEmails.resellerId, sandboxId))),
  ])
  if (!row) throw new Failure({ kind: "not_found" })
  const { encryptedContent, ...email } = row
  const bytes = await decrypt(deps, { kind: "sandbox emails", ownerId: sandboxId }, encryptedContent)
  if (!bytes) throw new Failure({ kind: "not_found" })
  return { ...email, ...(JSON.parse(gunzipSync(bytes).toString()) as Content) }
}

/** An email has links and codes by which one registers, so that reading it takes what issuing a link takes. */
function authorizeMailbox(actor: ResellerActor): void {
  authorize(actor, "invites:write")
  requireSandbox(actor.reseller.id)
}

/** Deletes old emails, one batch per run. */
export async function deleteOldSandboxEmails({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  const cutoff = new Date(now().getTime() - MAILBOX_DAYS * DAY_MS)
  await deleteSome(db, sandboxEmails, sandboxEmails.id, lte(sandboxEmails.createdAt, cutoff))
}

/** The statement that deletes all but the newest emails of a sandbox. */
function trimStatement({ db }: Deps, sandboxId: string) {
  const surplus = sql`(SELECT id FROM sandbox_emails AS newest WHERE newest.reseller_id = ${sandboxId}
    ORDER BY newest.id DESC LIMIT 1 OFFSET ${MAILBOX_MAX})`
  return db
    .delete(sandboxEmails)
    .where(and(eq(sandboxEmails.resellerId, sandboxId), sql`${sandboxEmails.id} <= ${surplus}`))
}
