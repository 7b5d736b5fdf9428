import { createHash } from "node:crypto"
import { type ChainHead, GENESIS, sealEntry } from "../../src/domain/audit/seal-chain.ts"
import { derivedColumns } from "../../src/domain/invites/derived-columns.ts"
import { lowestId } from "../../src/storage/ids.ts"
import { type FilledReseller, idOf } from "./filled-resellers.ts"

const DAY_MS = 86_400_000
export const YEAR_MS = 360 * DAY_MS
/** Of so many invites, one has its email, event and response still; they are kept for a while only. */
const MAILED_EVERY = 4
const RESPONSE_EVERY = 500
const BOUNCED_EVERY = 50_000

const COMPANIES = [
  "Northwind",
  "Blue Harbor",
  "Meridian",
  "Osaka Denki",
  "Acme",
  "Lumen",
  "Fjord",
  "Strauß & Sohn",
  "3M",
]
const KINDS = [
  "Logistics",
  "Trading",
  "Networks",
  "Consulting",
  "Labs",
  "GmbH",
  "Industries",
  "Group",
  "Co",
  "Media",
  "株式会社",
]
const FIRST = ["Priya", "Łukasz", "Ana", "张伟", "Zoë", "José", "Al", "Mary", "Tom", "Kim", "Noor", "Eva", "דנה"]
const LAST = ["Nair", "Müller", "Yu", "Ortiz", "O'Neill", "Kowalski", "García", "Reyes", "Wong", "Silva", "Haddad"]
const STATUSES = ["accepted", "pending", "pending", "expired", "expired", "expired", "revoked"] as const

const pick = (list: readonly string[], n: number) => list[n % list.length] ?? ""

export type Row = Record<string, string | number | null>
/** Adds a row to a table, sooner or later. */
export type Into = (table: string, row: Row) => void

/** The person of a reseller who invites. */
export const staffOf = ({ number }: FilledReseller) => ({
  userId: idOf("usr", number),
  email: `admin@reseller-${number}.example`,
})

export function insertReseller(into: Into, reseller: FilledReseller) {
  const { id, number } = reseller
  const { userId, email } = staffOf(reseller)
  const at = Date.now() - YEAR_MS
  const times = { created_at: at, updated_at: at }
  into("resellers", {
    id,
    name: `Reseller ${number}`,
    slug: `reseller-${number}`,
    support_email: email,
    created_at: at,
  })
  into("users", { id: userId, name: "Dana Ortiz", email, email_verified: 1, reference: `staff-${number}`, ...times })
  into("staff", { user_id: userId, reseller_id: id, role: "admin", created_at: at })
  const account = {
    id: idOf("bil", number),
    reseller_id: id,
    email: `billing@reseller-${number}.example`,
    phone: "+14155550132",
  }
  into("billing_accounts", { ...account, po_number: String(number), is_default: 1, ...times })
  const secret = { secret_hash: `hash ${number}`, masked_secret: "vst_live_…", scopes: "[]", created_by: userId }
  into("api_keys", { id: idOf("key", number), reseller_id: id, name: "CRM", ...secret, created_at: at })
  const day = {
    reseller_id: id,
    day: Math.floor(Date.now() / DAY_MS),
    sent: 1,
    delivered: 1,
    opened: 0,
    started: 0,
    accepted: 0,
  }
  into("invite_days", day)
}

export type NewInvite = { reseller: FilledReseller; number: number; createdAt: number }

const statusOf = (number: number) => STATUSES[number % STATUSES.length] ?? "pending"
const companyOf = (number: number) => `${pick(COMPANIES, number)} ${pick(KINDS, number)} ${number}`
const contactOf = (number: number) => `${pick(FIRST, number)} ${pick(LAST, number)}`
const addressOf = (number: number) => `contact.${number}@company-${number % 50_000}.example`
/** The id of a row that belongs to an invite: as any id, it contains a time. */
const idWith = (
  prefix: Parameters<typeof lowestId>[0],
  { number, createdAt }: Pick<NewInvite, "number" | "createdAt">,
) => `${lowestId(prefix, new Date(createdAt))}${String(number).padStart(16, "0")}`

/** Adds an invite with all that is there about it: entries of the audit log, an accepted one's customer, and of some their email. */
export function insertInvite(into: Into, heads: Map<string, ChainHead>, invite: NewInvite): void {
  insertInviteRow(into, invite)
  insertEntries(into, heads, invite)
  if (statusOf(invite.number) === "accepted") insertCustomer(into, invite)
  if (invite.number % MAILED_EVERY === 0) insertMail(into, invite)
}

function insertInviteRow(into: Into, invite: NewInvite) {
  const { reseller, number, createdAt } = invite
  const names = { companyName: companyOf(number), contactName: contactOf(number), contactEmail: addressOf(number) }
  const { searchRuns, companyKey } = derivedColumns({ kind: "customer", ...names })
  const status = statusOf(number)
  const isAccepted = status === "accepted"
  into("invites", {
    id: idWith("inv", invite),
    reference: `i${number.toString(36)}`,
    reseller_id: reseller.id,
    kind: "customer",
    audience_id: reseller.id,
    status,
    email_status: number % BOUNCED_EVERY === 1 ? "bounced" : "delivered",
    company_name: names.companyName,
    contact_name: names.contactName,
    contact_email: names.contactEmail,
    billing_account_id: idOf("bil", reseller.number),
    billing_email: `billing@reseller-${reseller.number}.example`,
    billing_phone: "+14155550132",
    locale: "en",
    link_version: 1,
    expires_in_days: 14,
    send_count: 1,
    last_change_id: idWith("aud", invite),
    invited_by: staffOf(reseller).userId,
    customer_id: isAccepted ? idWith("cus", invite) : null,
    created_at: createdAt,
    updated_at: createdAt,
    last_sent_at: createdAt,
    expires_at: (status === "pending" ? Date.now() : createdAt) + 14 * DAY_MS,
    accepted_at: isAccepted ? createdAt + DAY_MS : null,
    latest_email_id: idWith("eml", invite),
    first_sent_at: createdAt,
    funnel_step: isAccepted ? 4 : 1,
    funnel_step_at: createdAt,
    search_runs: searchRuns,
    company_key: companyKey,
  })
}

function insertEntries(into: Into, heads: Map<string, ChainHead>, invite: NewInvite) {
  const { reseller, number, createdAt } = invite
  const entry = { reseller_id: reseller.id, subject_id: idWith("inv", invite), person_id: null }
  const staff = { actor_kind: "staff", actor_id: staffOf(reseller).userId }
  const created = { ...entry, ...staff, id: idWith("aud", invite), action: "invite.created", created_at: createdAt }
  insertSealed(into, heads, created, "Dana Ortiz")
  if (statusOf(number) !== "accepted") return
  const contact = { actor_kind: "contact", actor_id: idWith("usr", invite), created_at: createdAt + 1 }
  const id = idWith("aud", { number, createdAt: createdAt + 1 })
  insertSealed(into, heads, { ...entry, ...contact, id, action: "invite.accepted" }, contactOf(number))
}

function insertCustomer(into: Into, invite: NewInvite) {
  const { reseller, number, createdAt } = invite
  const at = createdAt + DAY_MS
  const times = { created_at: at, updated_at: at }
  const [userId, customerId] = [idWith("usr", invite), idWith("cus", invite)]
  const person = { name: contactOf(number), email: addressOf(number), email_verified: 1 }
  into("users", { id: userId, ...person, reference: `u${number.toString(36)}`, ...times })
  const company = { name: companyOf(number), company_key: companyOf(number).toLowerCase() }
  const billing = { billing_account_id: idOf("bil", reseller.number) }
  into("customers", { id: customerId, reseller_id: reseller.id, ...company, ...billing, ...times })
  into("members", { user_id: userId, customer_id: customerId, role: "admin", created_at: at })
  const terms = { url: "https://vestibule.example/terms", version: "2026-11", accepted_at: at }
  into("terms_acceptances", {
    id: idWith("trm", invite),
    user_id: userId,
    invite_id: idWith("inv", invite),
    customer_id: customerId,
    ...terms,
  })
}

/** What is kept for some months: an email, its delivery, an event, and the response to a request. */
function insertMail(into: Into, invite: NewInvite) {
  const { reseller, number, createdAt } = invite
  const of = { reseller_id: reseller.id, invite_id: idWith("inv", invite) }
  const recipient = addressOf(number)
  const messageId = `<${number}@provider.example>`
  const event = { type: "invite.created", is_public: 1, contact_email: recipient, data: "{}", occurred_at: createdAt }
  into("events", { id: idWith("evt", invite), ...of, ...event })
  into("outbox", {
    id: idWith("eml", invite),
    ...of,
    kind: "invite",
    link_version: 1,
    recipient,
    recipient_hash: createHash("sha256").update(recipient).digest("base64url"),
    status: "sent",
    attempts: 1,
    next_attempt_at: createdAt,
    first_attempt_at: createdAt,
    claimed_at: createdAt,
    message_id: messageId,
    created_at: createdAt,
  })
  const delivered = { type: "cf.email.sending.message.delivered", payload: "{}", status: "delivered" }
  into("email_events", {
    id: `event ${number}`,
    message_id: messageId,
    ...delivered,
    received_at: createdAt,
    processed_at: createdAt,
  })
  if (number % RESPONSE_EVERY > 0) return
  const row = JSON.stringify({ id: of.invite_id, resellerId: reseller.id })
  const response = { actor_id: "key_filled", idempotency_key: `create ${number}`, request_hash: "hash", row }
  into("idempotent_responses", { ...response, created_at: Date.now() })
}

type Entry = Parameters<typeof sealEntry>[1]

/** An entry of the audit log as it is once it is sealed. */
function insertSealed(into: Into, heads: Map<string, ChainHead>, entry: Entry, actorName: string) {
  const values = { actor_salt: entry.id, actor_name: actorName, detail_salt: null, detail: null, changes: null }
  const seal = sealEntry(
    heads.get(entry.reseller_id) ?? { sequence: 0, hash: GENESIS },
    entry,
    values,
    entry.created_at,
  )
  heads.set(entry.reseller_id, seal)
  into("audit_entries", entry)
  into("audit_values", { entry_id: entry.id, ...values })
  into("audit_seals", { reseller_id: entry.reseller_id, entry_id: entry.id, ...seal })
}
