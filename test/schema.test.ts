import { env } from "cloudflare:workers"
import { is } from "drizzle-orm"
import { getTableConfig, type SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core"
import { expect, test } from "vitest"
import { EMAIL_STATUS_LETTERS, STATUS_LETTERS } from "../src/domain/invites/search-index.ts"
import * as schema from "../src/storage/schema.ts"

const tables = Object.values(schema)
  .filter((value) => is(value, SQLiteTable))
  .map(getTableConfig)
  .filter(({ name }) => !["audit_log", "access_denials"].includes(name)) // views

test("the migrations create the tables of the drizzle schema and the search indexes, and no others", async () => {
  const created = await schemaRows("type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'")
  const otherTables = ["customer_search", "d1_migrations", "invite_search"]

  const names = created.map(({ name }) => name).filter((name) => !/^(customer|invite)_search_/.test(name))
  expect(names.sort()).toEqual([...tables.map(({ name }) => name), ...otherTables].sort())
})

test.each(tables)(
  "drizzle and the migrations agree on the columns of $name",
  async ({ name, columns, primaryKeys }) => {
    const { results } = await env.DB.prepare("SELECT * FROM pragma_table_info(?)").bind(name).all<ColumnInfo>()
    const key = primaryKeys.flatMap((one) => one.columns)

    const migrated = results.map((column) => ({
      name: column.name,
      type: column.type.toLowerCase(),
      isRequired: column.notnull === 1 || column.pk > 0,
      isKey: column.pk > 0,
      default: column.dflt_value,
    }))
    const known = columns.map((column) => ({
      name: column.name,
      type: column.getSQLType(),
      isRequired: column.notNull,
      isKey: column.primary || key.includes(column),
      default: literalDefault(column),
    }))
    expect(migrated.sort(byName)).toEqual(known.sort(byName))
  },
)

test("the audit log is a view with the columns of its drizzle table", async () => {
  const { results } = await env.DB.prepare("SELECT name, type FROM pragma_table_info('audit_log')").all()
  const { columns } = getTableConfig(schema.auditLog)
  expect(results).toEqual(columns.map((column) => ({ name: column.name, type: column.getSQLType().toUpperCase() })))
})

test("the migrations create the triggers of counters, the funnel, versions, external ids, search, idempotency, access and sandboxes", async () => {
  const triggers = await schemaRows("type = 'trigger'")

  expect(
    triggers
      .map(({ name }) => name)
      .filter((name) => !name.startsWith("audit_"))
      .sort(),
  ).toEqual([
    "access_denials_insert",
    "customers_count_insert",
    "customers_external_id_insert",
    "customers_external_id_update",
    "customers_metadata_insert",
    "customers_metadata_update",
    "customers_search_delete",
    "customers_search_update",
    "customers_version",
    "idempotent_responses_insert",
    "invites_count_insert",
    "invites_count_status",
    "invites_count_undelivered",
    "invites_count_undelivered_insert",
    "invites_external_id_insert",
    "invites_external_id_update",
    "invites_funnel_sent",
    "invites_funnel_step",
    "invites_search_insert",
    "invites_search_update",
    "job_rows_count",
    "members_count_delete",
    "members_count_insert",
    "members_search_delete",
    "members_search_insert",
    "members_search_role",
    "resellers_sandbox_staff",
    "resellers_suspend_sandbox",
    "resellers_version",
    "staff_sandbox_delete",
    "staff_sandbox_insert",
    "staff_sandbox_role",
    "users_sandbox_address",
    "users_search_update",
    "webhook_attempts_count",
  ])
})

test("every entry of the audit log about staff or a member names the person's id", async () => {
  const insert = (action: string) =>
    env.DB.prepare(
      "INSERT INTO audit_log (id, reseller_id, action, subject_id, actor_kind, created_at) VALUES (?1, 'r', ?1, 's', 'system', 0)",
    )
      .bind(action)
      .run()
  for (const action of ["staff.left", "member.left"]) await expect(insert(action)).rejects.toThrow("CHECK")
  await insert("invite.created")
})

test("no CHECK lists values, so that a new role or status needs no migration", async () => {
  const listsValues = /CHECK\s*\([^,]*\bIN\s*\(/i
  expect("role TEXT CHECK (role IN ('admin'))").toMatch(listsValues)

  const checked = await schemaRows("sql LIKE '%CHECK%'")
  expect(checked.length).toBeGreaterThan(0)
  expect(checked.filter(({ sql }) => listsValues.test(sql)).map(({ name }) => name)).toEqual([])
})

test.each([
  ["accepts", "a customer", { kind: "customer", role: null, billing: "bil_1" }],
  ["refuses", "a customer without a billing account", { kind: "customer", role: null, billing: null }],
  ["refuses", "a customer with a role", { kind: "customer", role: "admin", billing: "bil_1" }],
  ["accepts", "staff", { kind: "staff", role: "sales", billing: null }],
  ["accepts", "staff with a new role", { kind: "staff", role: "auditor", billing: null }],
  ["refuses", "staff without a role", { kind: "staff", role: null, billing: null }],
  ["refuses", "a member who is billed", { kind: "member", role: "member", billing: "bil_1" }],
])("the schema %s an invite for %s", async (verb, _, { kind, role, billing }) => {
  const insert = insertInvite({ kind, role, billing })

  if (verb === "accepts") expect((await insert).meta.changes).toBeGreaterThan(0)
  else await expect(insert).rejects.toThrow("CHECK constraint failed")
})

test.each(statusPairs())(
  "an invite with status %s and email status %s has its own letters in the search index",
  async (status, emailStatus) => {
    await insertInvite({ kind: "customer", role: null, billing: "bil_1xyz" })
    await env.DB.prepare("UPDATE invites SET status = ?, email_status = ?").bind(status, emailStatus).run()

    const facets = [
      `s=${STATUS_LETTERS[status]}`,
      ...(emailStatus ? [`m=${EMAIL_STATUS_LETTERS[emailStatus]}`] : []),
      "b=bil_1xyz",
      "i=usr_1",
    ]
    const isUndelivered =
      status === "pending" && emailStatus !== null && schema.UNDELIVERED_STATUSES.includes(emailStatus)
    const invite = await env.DB.prepare("SELECT is_undelivered, search_facets FROM invites").first()
    const found = await env.DB.prepare("SELECT count(*) AS n FROM invite_search WHERE invite_search MATCH ?").bind(
      facets.map((facet) => `"x=${facet}"`).join(" AND "),
    )

    expect(invite).toEqual({
      is_undelivered: Number(isUndelivered),
      search_facets: [...facets, ...(isUndelivered ? ["u=y"] : [])].join(" "),
    })
    expect(await found.first("n")).toBe(1)
  },
)

test.each([STATUS_LETTERS, EMAIL_STATUS_LETTERS])("each status has a unique letter: %j", (letters) => {
  expect(new Set(Object.values(letters)).size).toBe(Object.keys(letters).length)
})

function statusPairs() {
  const emailStatuses = [null, ...schema.EMAIL_STATUSES]
  return schema.INVITE_STATUSES.flatMap((status) => emailStatuses.map((emailStatus) => [status, emailStatus] as const))
}

type ColumnInfo = { name: string; type: string; notnull: number; pk: number; dflt_value: string | null }

async function insertInvite({ kind, role, billing }: Record<"kind" | "role" | "billing", string | null>) {
  await env.DB.prepare(
    "INSERT INTO resellers (id, name, slug, support_email, created_at) VALUES ('res_1', 'Acme', 'acme', 'a@acme.example', 1)",
  ).run()
  return env.DB.prepare(
    `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, role, status, company_name, contact_name, contact_email, billing_account_id,
       billing_email, billing_phone, locale, link_version, expires_in_days, send_count, last_change_id, invited_by,
       created_at, expires_at)
     VALUES ('inv_1', 'AAAAAAAAAAA', 'res_1', ?1, 'x', ?2, 'pending', 'C', 'P', 'p@x.example', ?3, ?3, ?3, 'en', 1, 14, 1, 'aud_1', 'usr_1', 1, 2)`,
  )
    .bind(kind, role, billing)
    .run()
}

async function schemaRows(condition: string) {
  const { results } = await env.DB.prepare(
    `SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND ${condition}`,
  ).all<{ name: string; sql: string }>()
  return results
}

/** The column's default in SQL. Values that the code fills in at each insert are not part of the schema. */
function literalDefault(column: SQLiteColumn): string | null {
  if (column.default === undefined) return null
  const value = column.mapToDriverValue(column.default)
  return typeof value === "string" ? `'${value}'` : String(Number(value))
}

function byName(one: { name: string }, other: { name: string }) {
  return one.name.localeCompare(other.name)
}
