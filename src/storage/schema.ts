import { customType, integer, primaryKey, sqliteTable, sqliteView, text } from "drizzle-orm/sqlite-core"
import { LOCALES, type Locale } from "../text/locales.ts"
import { type Country, DEFAULT_COUNTRY } from "../text/phone.ts"
import { DEFAULT_TIME_ZONE } from "../text/time-zones.ts"
import { changeTime } from "./change-time.ts"

// The tables for drizzle. The database is created from migrations/, which also has constraints, indexes and triggers.

const time = (name: string) => integer(name, { mode: "timestamp_ms" })
/** Converts to and from the values that D1 uses for blobs. */
const bytes = customType<{ data: Uint8Array; driverData: ArrayBuffer | number[] }>({
  dataType: () => "blob",
  toDriver: (value) => value.slice().buffer,
  fromDriver: (value) => new Uint8Array(value),
})
/** When the row last changed: every update sets it, unless it sets a time of its own. */
const updateTime = () => time("updated_at").notNull().default(new Date(0)).$onUpdateFn(changeTime)
const flag = (name: string) => integer(name, { mode: "boolean" })

export const THEMES = ["system", "light", "dark"] as const
export type Theme = (typeof THEMES)[number]

export const users = sqliteTable("users", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  email: text("email").notNull(),
  emailVerified: flag("email_verified").notNull().default(false),
  image: text("image"),
  reference: text("reference").notNull(),
  linkVersion: integer("link_version").notNull().default(1),
  locale: text("locale", { enum: LOCALES }).notNull().default("en"),
  theme: text("theme", { enum: THEMES }).notNull().default("system"),
  timeZone: text("time_zone"),
  createdAt: time("created_at").notNull(),
  updatedAt: time("updated_at").notNull(),
})

export const sessions = sqliteTable("sessions", {
  id: text("id").primaryKey(),
  userId: text("user_id").notNull(),
  token: text("token").notNull(),
  ipAddress: text("ip_address"),
  userAgent: text("user_agent"),
  customerId: text("customer_id"),
  resellerId: text("reseller_id"),
  city: text("city"),
  country: text("country"),
  confirmedAt: time("confirmed_at"),
  expiresAt: time("expires_at").notNull(),
  createdAt: time("created_at").notNull(),
  updatedAt: time("updated_at").notNull(),
})

export const credentials = sqliteTable("credentials", {
  id: text("id").primaryKey(),
  userId: text("user_id").notNull(),
  accountId: text("account_id").notNull(),
  providerId: text("provider_id").notNull(),
  password: text("password"),
  accessToken: text("access_token"),
  refreshToken: text("refresh_token"),
  idToken: text("id_token"),
  accessTokenExpiresAt: time("access_token_expires_at"),
  refreshTokenExpiresAt: time("refresh_token_expires_at"),
  scope: text("scope"),
  createdAt: time("created_at").notNull(),
  updatedAt: time("updated_at").notNull(),
})

export const verifications = sqliteTable("verifications", {
  id: text("id").primaryKey(),
  identifier: text("identifier").notNull(),
  value: text("value").notNull(),
  expiresAt: time("expires_at").notNull(),
  createdAt: time("created_at").notNull(),
  updatedAt: time("updated_at").notNull(),
})

export const emailChanges = sqliteTable("email_changes", {
  userId: text("user_id").primaryKey(),
  reference: text("reference").notNull(),
  newEmail: text("new_email").notNull(),
  currentConfirmedAt: time("current_confirmed_at"),
  newConfirmedAt: time("new_confirmed_at"),
  expiresAt: time("expires_at").notNull(),
  createdAt: time("created_at").notNull(),
})

export const passkeys = sqliteTable("passkeys", {
  id: text("id").primaryKey(),
  userId: text("user_id").notNull(),
  /** The authenticator's id of the passkey, and the id of the user that it knows, both in base64url. */
  credentialId: text("credential_id").notNull(),
  userHandle: text("user_handle").notNull(),
  publicKey: text("public_key", { mode: "json" }).$type<JsonWebKey>().notNull(),
  signCount: integer("sign_count").notNull(),
  name: text("name").notNull(),
  createdAt: time("created_at").notNull(),
  lastUsedAt: time("last_used_at"),
})

export const usedChallenges = sqliteTable("used_challenges", {
  challenge: text("challenge").primaryKey(),
  useId: text("use_id").notNull(),
  expiresAt: time("expires_at").notNull(),
})

/** The hash functions that authenticator apps may use, the preferred one first. */
export const TOTP_ALGORITHMS = ["sha256", "sha1"] as const
export type TotpAlgorithm = (typeof TOTP_ALGORITHMS)[number]

export const authenticators = sqliteTable("authenticators", {
  userId: text("user_id").primaryKey(),
  encryptedSecret: text("encrypted_secret").notNull(),
  algorithm: text("algorithm", { enum: TOTP_ALGORITHMS }).notNull(),
  lastStep: integer("last_step").notNull(),
  createdAt: time("created_at").notNull(),
})

export const recoveryCodes = sqliteTable(
  "recovery_codes",
  {
    userId: text("user_id").notNull(),
    codeHash: text("code_hash").notNull(),
    usedAt: time("used_at"),
  },
  (table) => [primaryKey({ columns: [table.userId, table.codeHash] })],
)

export const pendingSignIns = sqliteTable("pending_sign_ins", {
  id: text("id").primaryKey(),
  userId: text("user_id").notNull(),
  attempts: integer("attempts").notNull(),
  expiresAt: time("expires_at").notNull(),
})

export const guessCounts = sqliteTable("guess_counts", {
  subject: text("subject").primaryKey(),
  failures: integer("failures").notNull(),
  blockedUntil: time("blocked_until").notNull(),
  expiresAt: time("expires_at").notNull(),
  guessId: text("guess_id").notNull(),
})

export const resellers = sqliteTable("resellers", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  slug: text("slug").notNull(),
  supportName: text("support_name"),
  supportEmail: text("support_email").notNull(),
  supportPhone: text("support_phone"),
  country: text("country").$type<Country>().notNull().default(DEFAULT_COUNTRY),
  timeZone: text("time_zone").notNull().default(DEFAULT_TIME_ZONE),
  remindersEnabled: flag("reminders_enabled").notNull().default(true),
  defaultExpiresInDays: integer("default_expires_in_days").notNull().default(14),
  /** After how many months the personal data of ended invites is deleted. */
  retentionMonths: integer("retention_months").notNull().default(12),
  locale: text("locale", { enum: LOCALES }).notNull().default("en"),
  termsUrl: text("terms_url"),
  termsVersion: text("terms_version"),
  accentColor: text("accent_color"),
  logoId: text("logo_id"),
  requiresSecondFactor: flag("requires_second_factor").notNull().default(false),
  /** Counts the changes of settings, so that an edit of an outdated version is refused. */
  settingsVersion: integer("settings_version").notNull().default(1),
  version: integer("version").notNull().default(1),
  createdAt: time("created_at").notNull(),
  suspendedAt: time("suspended_at"),
  /** The live reseller that this one is the sandbox of. */
  sandboxOf: text("sandbox_of"),
})

const LOGO_TYPES = ["image/png", "image/jpeg", "image/webp"] as const

export const logos = sqliteTable("logos", {
  id: text("id").primaryKey(),
  resellerId: text("reseller_id").notNull(),
  type: text("type", { enum: LOGO_TYPES }).notNull(),
  bytes: bytes("bytes").notNull(),
  createdAt: time("created_at").notNull(),
})

export const STAFF_ROLES = ["admin", "regular", "read_only", "support", "sales"] as const

export const staff = sqliteTable(
  "staff",
  {
    userId: text("user_id").notNull(),
    resellerId: text("reseller_id").notNull(),
    role: text("role", { enum: STAFF_ROLES }).notNull(),
    digestEnabled: flag("digest_enabled").notNull().default(true),
    lastDigestAt: time("last_digest_at").notNull().default(new Date(0)),
    /** When they hid the first steps on their dashboard. */
    setupDismissedAt: time("setup_dismissed_at"),
    createdAt: time("created_at").notNull(),
    /** In a sandbox, because the person works for its live reseller. */
    isInherited: flag("is_inherited").notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.userId, table.resellerId] })],
)

export const billingAccounts = sqliteTable("billing_accounts", {
  id: text("id").primaryKey(),
  resellerId: text("reseller_id").notNull(),
  firstName: text("first_name"),
  lastName: text("last_name"),
  poNumber: text("po_number"),
  email: text("email").notNull(),
  phone: text("phone").notNull(),
  address: text("address"),
  isDefault: flag("is_default").notNull().default(false),
  version: integer("version").notNull().default(1),
  createdAt: time("created_at").notNull(),
  updatedAt: time("updated_at").notNull(),
})

/** A reseller's own values by key, at least one. */
export type Metadata = Record<string, string>

export const customers = sqliteTable("customers", {
  seq: integer("seq").primaryKey(),
  id: text("id").notNull().unique(),
  resellerId: text("reseller_id").notNull(),
  name: text("name").notNull(),
  companyKey: text("company_key").notNull().default(""),
  billingAccountId: text("billing_account_id").notNull(),
  billingNeedsReview: flag("billing_needs_review").notNull().default(false),
  externalId: text("external_id"),
  metadata: text("metadata", { mode: "json" }).$type<Metadata>(),
  memberCount: integer("member_count").notNull().default(0),
  version: integer("version").notNull().default(1),
  lastChangeId: text("last_change_id").notNull().default(""),
  createdAt: time("created_at").notNull(),
  updatedAt: updateTime(),
})

export const customerMetadata = sqliteTable(
  "customer_metadata",
  {
    resellerId: text("reseller_id").notNull(),
    key: text("key").notNull(),
    value: text("value").notNull(),
    customerId: text("customer_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.resellerId, table.key, table.value, table.customerId] })],
)

export const MEMBER_ROLES = ["admin", "member"] as const

export const members = sqliteTable(
  "members",
  {
    userId: text("user_id").notNull(),
    customerId: text("customer_id").notNull(),
    role: text("role", { enum: MEMBER_ROLES }).notNull(),
    /** The language of the account's pages. */
    createdAt: time("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.customerId] })],
)

export const INVITE_STATUSES = ["pending", "accepted", "expired", "revoked", "declined"] as const
/** Who is invited: a customer's first member, a staff user, or another member of a customer. */
export const INVITE_KINDS = ["customer", "staff", "member"] as const
export const EMAIL_STATUSES = ["queued", "sent", "delivered", "deferred", "bounced", "complained", "failed"] as const

/** The email was not delivered, and won't be retried. */
export const UNDELIVERED_STATUSES: readonly EmailStatus[] = ["bounced", "complained", "failed"]

/** Without the generated columns `is_undelivered`, `search_facets` and `search_terms`, which only indexes use. */
export const invites = sqliteTable("invites", {
  seq: integer("seq").primaryKey(),
  id: text("id").notNull(),
  reference: text("reference").notNull(),
  resellerId: text("reseller_id").notNull(),
  kind: text("kind", { enum: INVITE_KINDS }).notNull(),
  audienceId: text("audience_id").notNull(),
  role: text("role", { enum: [...STAFF_ROLES, "member"] }),
  status: text("status", { enum: INVITE_STATUSES }).notNull(),
  emailStatus: text("email_status", { enum: EMAIL_STATUSES }),
  emailError: text("email_error"),
  companyName: text("company_name").notNull(),
  contactName: text("contact_name").notNull(),
  contactEmail: text("contact_email").notNull(),
  billingAccountId: text("billing_account_id"),
  billingEmail: text("billing_email"),
  billingPhone: text("billing_phone"),
  locale: text("locale", { enum: LOCALES }).notNull(),
  note: text("note"),
  externalId: text("external_id"),
  metadata: text("metadata", { mode: "json" }).$type<Metadata>(),
  linkVersion: integer("link_version").notNull(),
  emailSinceVersion: integer("email_since_version").notNull().default(1),
  expiresInDays: integer("expires_in_days").notNull(),
  sendCount: integer("send_count").notNull(),
  lastChangeId: text("last_change_id").notNull(),
  invitedBy: text("invited_by").notNull(),
  customerId: text("customer_id"),
  createdAt: time("created_at").notNull(),
  updatedAt: updateTime(),
  lastSentAt: time("last_sent_at"),
  /** For when its first email was scheduled, until the invite is resent. Null if that was sent at once. */
  sendAt: time("send_at"),
  resentAt: time("resent_at"),
  expiresAt: time("expires_at").notNull(),
  acceptedAt: time("accepted_at"),
  latestEmailId: text("latest_email_id"),
  openedAt: time("opened_at"),
  formStartedAt: time("form_started_at"),
  remindAt: time("remind_at"),
  purgedAt: time("purged_at"),
  /** Whose funnel it counts in: `invite_days`. */
  firstSentAt: time("first_sent_at"),
  funnelStep: integer("funnel_step").notNull().default(0),
  funnelStepAt: time("funnel_step_at"),
  searchRuns: text("search_runs").notNull().default(""),
  companyKey: text("company_key").notNull().default(""),
})

/** The events about an invite, and about its email. */
export const INVITE_EVENT_TYPES = [
  "invite.created",
  "invite.sent",
  "invite.delivered",
  "invite.deferred",
  "invite.bounced",
  "invite.complained",
  "invite.failed",
  "invite.resent",
  "invite.reminded",
  "invite.updated",
  "invite.opened",
  "invite.accepted",
  "invite.expired",
  "invite.revoked",
  "invite.declined",
] as const

/** The events that are recorded and that a webhook can receive. */
export const EVENT_TYPES = [...INVITE_EVENT_TYPES, "customer.created", "customer.updated", "member.joined"] as const

/** The data of an event: ids, statuses and the reseller's own values at that time. */
export type InviteEventData = OwnValues & {
  invite_id: string
  status: InviteStatus
  email_status: EmailStatus | null
  send_count: number
  customer_id: string | null
}
type OwnValues = { external_id: string | null; metadata: Metadata }
export type EventData =
  | InviteEventData
  | ({ customer_id: string } & OwnValues)
  | { member_id: string; customer_id: string }

export const events = sqliteTable("events", {
  seq: integer("seq").primaryKey(),
  id: text("id").notNull(),
  resellerId: text("reseller_id").notNull(),
  type: text("type", { enum: EVENT_TYPES }).notNull(),
  isPublic: flag("is_public").notNull(),
  isTest: flag("is_test").notNull().default(false),
  inviteId: text("invite_id"),
  customerId: text("customer_id"),
  contactEmail: text("contact_email").notNull().default(""),
  detail: text("detail"),
  data: text("data", { mode: "json" }).$type<EventData>().notNull(),
  occurredAt: time("occurred_at").notNull(),
})

const DELIVERY_STATUSES = ["queued", "sending", "sent", "failed", "cancelled"] as const
/** `scheduled`: an email that isn't queued before `nextAttemptAt`. */
const OUTBOX_STATUSES = ["scheduled", ...DELIVERY_STATUSES] as const

const OUTBOX_KINDS = [
  "invite",
  "reminder",
  "code",
  /** The email of an invite, instead of a code. */
  "link",
  "digest",
  "webhook_off",
  /** What the form of an invite would send, to who fills it in. */
  "test",
  "password_reset",
  "email_change",
  "security_notice",
  "webhook",
] as const

/** The changes to their own sign-in that a person is told about. */
export const SECURITY_NOTICES = [
  "password_changed",
  "password_reset",
  "email_changed",
  "passkey_added",
  "passkey_removed",
  "authenticator_added",
  "authenticator_removed",
  "recovery_codes_created",
  "factors_reset",
] as const

/** An invite that doesn't exist, in an email that its inviter sends to themselves. `expiresAt` as in ISO 8601; `note` may be empty. */
export type TestedInvite = Record<
  "companyName" | "contactName" | "contactEmail" | "note" | "expiresAt" | "invitedBy" | "inviterName",
  string
> & { locale: Locale }

/** What an email says, if that isn't read from other tables. */
type OutboxPayload =
  | { url: string; reason: Exclude<WebhookDisabledReason, "staff"> }
  /** `inviteId`: the invite to return to after a reset, as the form sent it. */
  | { inviteId?: string }
  | { userId: string; reference: string; address: "current" | "new" }
  | { notice: SecurityNotice; userId: string }
  | TestedInvite
  /** Of the email of an invite. */
  | { requestedBy: "contact" }
  /** What is left of an email about a person's own sign-in. */
  | { userId: string }

export const outbox = sqliteTable("outbox", {
  id: text("id").primaryKey(),
  resellerId: text("reseller_id"),
  kind: text("kind", { enum: OUTBOX_KINDS }).notNull(),
  inviteId: text("invite_id"),
  linkVersion: integer("link_version"),
  recipient: text("recipient").notNull(),
  recipientHash: text("recipient_hash"),
  eventId: text("event_id"),
  payload: text("payload", { mode: "json" }).$type<OutboxPayload>(),
  status: text("status", { enum: OUTBOX_STATUSES }).notNull(),
  attempts: integer("attempts").notNull().default(0),
  previousAttempts: integer("previous_attempts").notNull().default(0),
  nextAttemptAt: time("next_attempt_at").notNull(),
  firstAttemptAt: time("first_attempt_at"),
  claimedAt: time("claimed_at"),
  messageId: text("message_id"),
  lastErrorCode: text("last_error_code"),
  lastError: text("last_error"),
  /** Waits while other emails are to be sent. */
  isBulk: flag("is_bulk").notNull().default(false),
  createdAt: time("created_at").notNull(),
})

/** The outbox rows of webhook deliveries, each with its event. */
export const webhookDeliveries = sqliteView("webhook_deliveries", {
  id: text("id").notNull(),
  resellerId: text("reseller_id").notNull(),
  webhookId: text("webhook_id").notNull(),
  status: text("status", { enum: DELIVERY_STATUSES }).notNull(),
  attemptCount: integer("attempt_count").notNull(),
  nextAttemptAt: time("next_attempt_at").notNull(),
  createdAt: time("created_at").notNull(),
  eventId: text("event_id").notNull(),
  type: text("type", { enum: EVENT_TYPES }).notNull(),
  isTest: flag("is_test").notNull(),
  inviteId: text("invite_id"),
  customerId: text("customer_id"),
  data: text("data", { mode: "json" }).$type<EventData>().notNull(),
  occurredAt: time("occurred_at").notNull(),
}).existing()

export const emailCodes = sqliteTable("email_codes", {
  inviteId: text("invite_id").primaryKey(),
  /** Null if the link was emailed instead of a code. */
  emailId: text("email_id"),
  linkVersion: integer("link_version").notNull(),
  attempts: integer("attempts").notNull(),
  expiresAt: time("expires_at").notNull(),
})

export const termsAcceptances = sqliteTable("terms_acceptances", {
  id: text("id").primaryKey(),
  userId: text("user_id").notNull(),
  inviteId: text("invite_id").notNull(),
  customerId: text("customer_id"),
  url: text("url").notNull(),
  version: text("version").notNull(),
  acceptedAt: time("accepted_at").notNull(),
})

export const emailEvents = sqliteTable("email_events", {
  id: text("id").primaryKey(),
  messageId: text("message_id"),
  type: text("type").notNull(),
  payload: text("payload").notNull(),
  receivedAt: time("received_at").notNull(),
  status: text("status", { enum: EMAIL_STATUSES }),
  reason: text("reason"),
  isPermanent: flag("is_permanent").notNull().default(false),
  processedAt: time("processed_at"),
})

export const sandboxEmails = sqliteTable("sandbox_emails", {
  id: text("id").primaryKey(),
  resellerId: text("reseller_id").notNull(),
  kind: text("kind", { enum: OUTBOX_KINDS }).notNull(),
  inviteId: text("invite_id"),
  recipient: text("recipient").notNull(),
  subject: text("subject").notNull(),
  encryptedContent: text("encrypted_content").notNull(),
  createdAt: time("created_at").notNull(),
})

const SUPPRESSION_CAUSES = ["bounced", "complained", "declined", "unsubscribed"] as const

export const suppressions = sqliteTable(
  "suppressions",
  {
    senderId: text("sender_id").notNull(),
    email: text("email").notNull(),
    cause: text("cause", { enum: SUPPRESSION_CAUSES }).notNull(),
    reason: text("reason"),
    createdAt: time("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.senderId, table.email] })],
)

export const notifications = sqliteTable(
  "notifications",
  {
    eventId: text("event_id").notNull(),
    userId: text("user_id").notNull(),
    resellerId: text("reseller_id").notNull(),
    emailId: text("email_id"),
  },
  (table) => [primaryKey({ columns: [table.eventId, table.userId] })],
)

export const ACTOR_KINDS = ["staff", "api_key", "contact", "member", "system", "operator"] as const

export const JOB_KINDS = ["import", "resend", "revoke", "move_billing"] as const
export const JOB_STATUSES = ["draft", "running", "paused", "cancelled", "done"] as const
export const JOB_ROW_STATUSES = ["waiting", "done", "failed"] as const

export const jobs = sqliteTable("jobs", {
  id: text("id").primaryKey(),
  resellerId: text("reseller_id").notNull(),
  kind: text("kind", { enum: JOB_KINDS }).notNull(),
  status: text("status", { enum: JOB_STATUSES }).notNull(),
  actorKind: text("actor_kind", { enum: ACTOR_KINDS }).notNull(),
  actorId: text("actor_id"),
  actorName: text("actor_name"),
  fileName: text("file_name"),
  params: text("params", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
  rowCount: integer("row_count").notNull(),
  waitingCount: integer("waiting_count").notNull(),
  failedCount: integer("failed_count").notNull().default(0),
  /** The claim of a runner. */
  claimId: text("claim_id"),
  nextRunAt: time("next_run_at"),
  createdAt: time("created_at").notNull(),
  startedAt: time("started_at"),
  finishedAt: time("finished_at"),
  /** When its rows lost what was entered. */
  emptiedAt: time("emptied_at"),
})

export const jobRows = sqliteTable(
  "job_rows",
  {
    jobId: text("job_id").notNull(),
    position: integer("position").notNull(),
    status: text("status", { enum: JOB_ROW_STATUSES }).notNull(),
    code: text("code"),
    detail: text("detail"),
    inviteId: text("invite_id"),
    input: text("input", { mode: "json" }).$type<unknown>(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.position] })],
)

/** `gone`: the receiver answered 410. */
export const WEBHOOK_DISABLED_REASONS = ["staff", "failures", "gone"] as const

export const webhooks = sqliteTable("webhooks", {
  id: text("id").primaryKey(),
  resellerId: text("reseller_id").notNull(),
  url: text("url").notNull(),
  events: text("events", { mode: "json" }).$type<EventType[]>().notNull(),
  secretVersion: integer("secret_version").notNull().default(1),
  previousSecretExpiresAt: time("previous_secret_expires_at"),
  failingSince: time("failing_since"),
  lastFailedAt: time("last_failed_at"),
  retryAt: time("retry_at"),
  disabledAt: time("disabled_at"),
  disabledReason: text("disabled_reason", { enum: WEBHOOK_DISABLED_REASONS }),
  version: integer("version").notNull().default(1),
  createdAt: time("created_at").notNull(),
})

export const webhookAttempts = sqliteTable("webhook_attempts", {
  id: text("id").primaryKey(),
  deliveryId: text("delivery_id").notNull(),
  attemptedAt: time("attempted_at").notNull(),
  responseStatus: integer("response_status"),
  responseBody: text("response_body").notNull(),
  durationMs: integer("duration_ms").notNull(),
})

export const webhookHours = sqliteTable(
  "webhook_hours",
  {
    webhookId: text("webhook_id").notNull(),
    hour: time("hour").notNull(),
    attempts: integer("attempts").notNull(),
    successes: integer("successes").notNull(),
    totalMs: integer("total_ms").notNull(),
    slowestMs: integer("slowest_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.webhookId, table.hour] })],
)

/** The permissions that an API key can have. */
export const SCOPES = [
  "invites:read",
  "invites:write",
  "customers:read",
  "members:read",
  "customers:write",
  "billing:read",
  "billing:write",
  "webhooks:write",
  "staff:read",
  "staff:write",
  "activity:read",
  "settings:read",
  "settings:write",
] as const

export const apiKeys = sqliteTable("api_keys", {
  id: text("id").primaryKey(),
  resellerId: text("reseller_id").notNull(),
  name: text("name").notNull(),
  secretHash: text("secret_hash").notNull(),
  maskedSecret: text("masked_secret").notNull(),
  scopes: text("scopes", { mode: "json" }).$type<Scope[]>().notNull(),
  createdBy: text("created_by").notNull(),
  createdAt: time("created_at").notNull(),
  expiresAt: time("expires_at"),
  lastUsedAt: time("last_used_at"),
  revokedAt: time("revoked_at"),
})

export const idempotentResponses = sqliteTable("idempotent_responses", {
  seq: integer("seq").primaryKey(),
  actorId: text("actor_id").notNull(),
  idempotencyKey: text("idempotency_key").notNull(),
  requestHash: text("request_hash").notNull(),
  row: text("row").notNull(),
  createdAt: time("created_at").notNull(),
})

/** A changed field of an invite, with its values before and after; a long text has none. */
export type FieldChange = [field: string, before?: string | number | null, after?: string | number | null]

/** A view in which an insert fails, and with it its batch. */
export const accessDenials = sqliteTable("access_denials", { subjectId: text("subject_id") })

/** A view that can be inserted into: the entries with their personal values. */
export const auditLog = sqliteTable("audit_log", {
  id: text("id").primaryKey(),
  resellerId: text("reseller_id").notNull(),
  action: text("action").notNull(),
  subjectId: text("subject_id").notNull(),
  personId: text("person_id"),
  actorKind: text("actor_kind", { enum: ACTOR_KINDS }).notNull(),
  actorId: text("actor_id"),
  actorName: text("actor_name"),
  detail: text("detail"),
  changes: text("changes", { mode: "json" }).$type<FieldChange[]>(),
  createdAt: time("created_at").notNull(),
})

/** Entries without their personal values. */
export const auditEntries = sqliteTable("audit_entries", {
  id: text("id").primaryKey(),
  resellerId: text("reseller_id").notNull(),
  action: text("action").notNull(),
  subjectId: text("subject_id").notNull(),
  personId: text("person_id"),
  actorKind: text("actor_kind", { enum: ACTOR_KINDS }).notNull(),
  actorId: text("actor_id"),
  createdAt: time("created_at").notNull(),
})

export const auditValues = sqliteTable("audit_values", {
  entryId: text("entry_id").primaryKey(),
  actorSalt: text("actor_salt"),
  actorName: text("actor_name"),
  detailSalt: text("detail_salt"),
  detail: text("detail"),
  changes: text("changes", { mode: "json" }).$type<FieldChange[]>(),
})

export const auditUnsealed = sqliteTable("audit_unsealed", {
  entryId: text("entry_id").primaryKey(),
  resellerId: text("reseller_id").notNull(),
})

export const auditSeals = sqliteTable(
  "audit_seals",
  {
    resellerId: text("reseller_id").notNull(),
    sequence: integer("sequence").notNull(),
    entryId: text("entry_id").notNull(),
    actorHash: text("actor_hash"),
    detailHash: text("detail_hash"),
    sealedAt: time("sealed_at").notNull(),
    hash: text("hash").notNull(),
  },
  (table) => [primaryKey({ columns: [table.resellerId, table.sequence] })],
)

export const auditHeads = sqliteTable("audit_heads", {
  resellerId: text("reseller_id").primaryKey(),
  sequence: integer("sequence").notNull(),
  hash: text("hash").notNull(),
})

export const inviteCounts = sqliteTable(
  "invite_counts",
  {
    resellerId: text("reseller_id").notNull(),
    counter: text("counter").notNull(),
    count: integer("count").notNull(),
  },
  (table) => [primaryKey({ columns: [table.resellerId, table.counter] })],
)

export const inviteDays = sqliteTable(
  "invite_days",
  {
    resellerId: text("reseller_id").notNull(),
    day: integer("day").notNull(),
    sent: integer("sent").notNull(),
    delivered: integer("delivered").notNull(),
    opened: integer("opened").notNull(),
    started: integer("started").notNull(),
    accepted: integer("accepted").notNull(),
    durations: text("durations").notNull().default("{}"),
  },
  (table) => [primaryKey({ columns: [table.resellerId, table.day] })],
)

/** Those with `_log` are the last times at which a fault was logged. */
export const DEPLOYMENT_FACTS = [
  "cron_run",
  "email_sent",
  "email_event",
  "sender_refused",
  "sender_refused_log",
  "events_missing_log",
  "operator_signed_out",
] as const

export const deploymentFacts = sqliteTable("deployment_facts", {
  name: text("name", { enum: DEPLOYMENT_FACTS }).primaryKey(),
  at: time("at").notNull(),
  detail: text("detail"),
})

export type DeploymentFact = (typeof DEPLOYMENT_FACTS)[number]
export type Passkey = typeof passkeys.$inferSelect
export type SecurityNotice = (typeof SECURITY_NOTICES)[number]
export type InviteStatus = (typeof INVITE_STATUSES)[number]
export type LogoType = (typeof LOGO_TYPES)[number]
export type EmailStatus = (typeof EMAIL_STATUSES)[number]
export type StaffRole = (typeof STAFF_ROLES)[number]
export type MemberRole = (typeof MEMBER_ROLES)[number]
export type InviteKind = (typeof INVITE_KINDS)[number]
export type EventType = (typeof EVENT_TYPES)[number]
export type RecordedEvent = typeof events.$inferSelect
export type WebhookDisabledReason = (typeof WEBHOOK_DISABLED_REASONS)[number]
export type Webhook = typeof webhooks.$inferSelect
export type WebhookAttempt = typeof webhookAttempts.$inferSelect
export type OutboxRow = typeof outbox.$inferSelect
export type WebhookDelivery = typeof webhookDeliveries.$inferSelect
export type Suppression = typeof suppressions.$inferSelect
export type JobKind = (typeof JOB_KINDS)[number]
export type Job = typeof jobs.$inferSelect
export type JobRow = typeof jobRows.$inferSelect
export type Scope = (typeof SCOPES)[number]
export type ApiKey = typeof apiKeys.$inferSelect
/** An invite, without `seq`, which only orders rows in the database. */
export type Invite = Omit<typeof invites.$inferSelect, "seq" | "searchRuns" | "companyKey">
/** An invite to a customer, which has a billing account. */
export type CustomerInvite = Invite & Record<"billingAccountId" | "billingEmail" | "billingPhone", string>
export type BillingAccount = typeof billingAccounts.$inferSelect
/** A customer, without `seq`, which only orders rows in the database. */
export type Customer = Omit<typeof customers.$inferSelect, "seq">
export type Reseller = typeof resellers.$inferSelect
export type ActorKind = (typeof ACTOR_KINDS)[number]
export type AuditEntry = typeof auditLog.$inferSelect
