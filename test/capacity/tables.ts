// Where each table of the schema is once there are several databases ("Past one database" in src/README.md).

/** Tables of the database that all groups share: people, how they sign in, and what is counted across resellers. */
export const GLOBAL_TABLES = [
  "users",
  "sessions",
  "credentials",
  "verifications",
  "email_changes",
  "passkeys",
  "used_challenges",
  "authenticators",
  "recovery_codes",
  "pending_sign_ins",
  "guess_counts",
  "deployment_facts",
]

/** Tables that triggers fill from others, so that nobody copies them. */
export const REBUILT_TABLES = ["customer_metadata", "invite_counts", "customer_search", "invite_search"]

/** A table whose rows go with their reseller. */
export type GroupTable = {
  name: string
  /** The columns that identify a row in any database. */
  key: readonly string[]
  /** A number that each database gives its rows, and whose order is kept. */
  sequence?: string
  /** Columns with what triggers of the new database count again. */
  counted?: readonly string[]
  /** SQL condition: `row` belongs to one of `accounts`, which are a reseller and its sandbox. */
  isOf: (row: string, accounts: string) => string
  /** The column that names a user, who belongs to the reseller by this row. */
  person?: string
  /** What `row` has while another one might have a value that only one can have, by column. */
  released?: Record<string, (row: string) => string>
}

const byReseller: GroupTable["isOf"] = (row, accounts) => `${row}.reseller_id IN ${accounts}`

/** Rows that refer to one of another table, which has a reseller. */
const byParent =
  (table: string, column: string, parent = "id"): GroupTable["isOf"] =>
  (row, accounts) =>
    `EXISTS (SELECT 1 FROM ${table} AS parent WHERE parent.${parent} = ${row}.${column} AND parent.reseller_id IN ${accounts})`

/**
 * The tables of a group, those first that others refer to. The people of a group are copies, so that lists, search and foreign keys find
 * them: of each who has an account in it, or of whom an entry of its audit log is the latest.
 */
export const GROUP_TABLES: readonly GroupTable[] = [
  {
    name: "resellers",
    key: ["id"],
    isOf: (row, accounts) => `${row}.id IN ${accounts}`,
  },
  {
    name: "users",
    key: ["id"],
    isOf: (
      row,
      accounts,
    ) => `(EXISTS (SELECT 1 FROM staff WHERE staff.user_id = ${row}.id AND staff.reseller_id IN ${accounts})
      OR EXISTS (SELECT 1 FROM members JOIN customers ON customers.id = members.customer_id
        WHERE members.user_id = ${row}.id AND customers.reseller_id IN ${accounts})
      OR (SELECT entry.reseller_id FROM audit_entries AS entry WHERE entry.actor_id = ${row}.id ORDER BY entry.id DESC LIMIT 1) IN ${accounts})`,
  },
  { name: "logos", key: ["id"], isOf: byReseller },
  { name: "staff", key: ["user_id", "reseller_id"], person: "user_id", isOf: byReseller },
  {
    name: "billing_accounts",
    key: ["id"],
    isOf: byReseller,
    released: { is_default: () => "0" },
  },
  { name: "api_keys", key: ["id"], isOf: byReseller },
  {
    name: "invites",
    key: ["id"],
    sequence: "seq",
    isOf: byReseller,
    released: { status: (row) => `iif(${row}.status = 'pending', 'expired', ${row}.status)` },
  },
  { name: "email_codes", key: ["invite_id"], isOf: byParent("invites", "invite_id") },
  {
    name: "customers",
    key: ["id"],
    sequence: "seq",
    counted: ["member_count"],
    isOf: byReseller,
    released: { external_id: () => "NULL" },
  },
  {
    name: "members",
    key: ["user_id", "customer_id"],
    person: "user_id",
    isOf: byParent("customers", "customer_id"),
  },
  { name: "terms_acceptances", key: ["id"], isOf: byParent("invites", "invite_id") },
  { name: "invite_days", key: ["reseller_id", "day"], isOf: byReseller },
  { name: "events", key: ["id"], sequence: "seq", isOf: byReseller },
  // Emails about a person's own sign-in have no reseller: they are in the outbox of the global database.
  { name: "outbox", key: ["id"], isOf: byReseller },
  { name: "email_events", key: ["id"], isOf: byParent("outbox", "message_id", "message_id") },
  { name: "sandbox_emails", key: ["id"], isOf: byReseller },
  { name: "jobs", key: ["id"], isOf: byReseller },
  { name: "job_rows", key: ["job_id", "position"], isOf: byParent("jobs", "job_id") },
  {
    name: "suppressions",
    key: ["sender_id", "email"],
    isOf: (row, accounts) =>
      `(${row}.sender_id IN ${accounts} OR ${byParent("customers", "sender_id")(row, accounts)})`,
  },
  { name: "webhooks", key: ["id"], isOf: byReseller },
  { name: "webhook_attempts", key: ["id"], isOf: byParent("outbox", "delivery_id") },
  { name: "webhook_hours", key: ["webhook_id", "hour"], isOf: byParent("webhooks", "webhook_id") },
  { name: "audit_entries", key: ["id"], person: "actor_id", isOf: byReseller },
  { name: "audit_values", key: ["entry_id"], isOf: byParent("audit_entries", "entry_id") },
  { name: "audit_unsealed", key: ["entry_id"], isOf: byReseller },
  { name: "audit_seals", key: ["reseller_id", "sequence"], isOf: byReseller },
  { name: "audit_heads", key: ["reseller_id"], isOf: byReseller },
  { name: "notifications", key: ["event_id", "user_id"], isOf: byReseller },
  // Whoever asked, the row that was created or changed tells whose it is.
  {
    name: "idempotent_responses",
    key: ["actor_id", "idempotency_key"],
    sequence: "seq",
    isOf: (row, accounts) =>
      `(json_extract(${row}.row, '$.resellerId') IN ${accounts} OR json_extract(${row}.row, '$.id') IN ${accounts})`,
  },
]
