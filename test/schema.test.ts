import { env } from "cloudflare:workers"
import { is } from "drizzle-orm"
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core"
import { expect, test } from "vitest"
import * as schema from "../src/storage/schema.ts"

const tables = Object.values(schema).filter((value) => is(value, SQLiteTable))

test.each(tables.map(getTableConfig))("drizzle and the migrations agree on the columns of $name", async (table) => {
  const { results } = await env.DB.prepare("SELECT name FROM pragma_table_info(?)")
    .bind(table.name)
    .all<{ name: string }>()

  const inDrizzle = table.columns.map((column) => column.name)
  expect(results.map((column) => column.name).sort()).toEqual(inDrizzle.sort())
})

test("the triggers and the search index are there", async () => {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'trigger' OR name = 'invite_search' ORDER BY name",
  ).all<{ name: string }>()

  expect(results.map(({ name }) => name)).toEqual([
    "customers_count_insert",
    "invite_search",
    "invites_count_attention",
    "invites_count_attention_insert",
    "invites_count_insert",
    "invites_count_status",
    "invites_search_insert",
    "invites_search_update",
  ])
})
