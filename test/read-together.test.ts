import { env } from "cloudflare:workers"
import { and, desc, eq, getTableColumns, sql } from "drizzle-orm"
import { beforeEach, expect, it, vi } from "vitest"
import { compiled, type Places } from "../src/storage/compiled.ts"
import { openDb } from "../src/storage/db.ts"
import { jsonColumn } from "../src/storage/json-column.ts"
import { readTogether } from "../src/storage/read-together.ts"
import { invites, resellers } from "../src/storage/schema.ts"
import { createReseller } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { interceptBatches } from "./support/intercepted-d1.ts"
import { insertInvites } from "./support/jobs.ts"
import { clearRows } from "./support/storage.ts"

beforeEach(clearRows)

const counting = () => {
  const { database, costs } = countingD1(env.DB)
  return { db: openDb(database), costs }
}

it("statements that are read together return what each returns in a batch, in one statement", async () => {
  const { db, costs } = counting()
  const { resellerId, billingId } = await createReseller("acme")
  const names = ['Quote " \\ and \u0001\t\n', "海洋航运 🚢", "חברה", "\u2028", "", "7", "null", "[1]"]
  for (const name of names) await createReseller(`r-${names.indexOf(name)}`)
  for (const [i, name] of names.entries())
    await db
      .update(resellers)
      .set({ name })
      .where(eq(resellers.slug, `r-${i}`))
  const all = compiled((handle) => handle.select().from(resellers).orderBy(desc(resellers.id)))
  const some = compiled((handle, { limit }: Places<{ limit: number }>) =>
    handle.select({ name: resellers.name }).from(resellers).orderBy(resellers.slug).limit(limit),
  )
  const joined = compiled((handle, { id }: Places<{ id: string }>) =>
    handle
      .select({ reseller: { slug: resellers.slug }, invite: { company: invites.companyName, at: invites.acceptedAt } })
      .from(resellers)
      .leftJoin(invites, eq(invites.resellerId, resellers.id))
      .where(eq(resellers.id, id)),
  )
  const values = compiled((handle) =>
    handle
      .select({
        parsed: jsonColumn<object>(sql`json_object('a', json_array(1.5, NULL, 'two'))`),
        none: sql<null>`NULL`,
        real: sql<number>`0.1 + 0.2`,
        large: sql<number>`9007199254740991`,
        text: sql<string>`'1'`,
      })
      .from(sql`(SELECT 1)`),
  )
  const wide = compiled((handle) => handle.select(getTableColumns(invites)).from(invites).orderBy(invites.seq))
  await insertInvites(resellerId, billingId, 2)
  const queries = [
    all(db, {}),
    wide(db, {}),
    some(db, { limit: 3 }),
    joined(db, { id: resellerId }),
    joined(db, { id: "res_none" }),
    values(db, {}),
  ] as const
  const expected = await db.batch(queries)
  Object.assign(costs, { roundTrips: 0, statements: 0 })
  const read = await readTogether(db, queries)
  expect(costs).toMatchObject({ roundTrips: 1, statements: 1 })
  expect(read).toEqual(expected)
  expect(JSON.stringify(read)).toBe(JSON.stringify(expected))
  expect(read.map((rows) => rows.length)).toEqual([9, 2, 3, 2, 0, 1])
  expect(Object.keys(read[1][0] ?? {}).length).toBeGreaterThan(32)
  expect(read[5]).toMatchObject([{ parsed: { a: [1.5, null, "two"] }, real: 0.1 + 0.2 }])
})

it("statements with too many values for one are read as a batch", async () => {
  const { db, costs } = counting()
  const { resellerId } = await createReseller("acme")
  const query = compiled((handle, { id }: Places<{ id: string }>) =>
    handle
      .select({ id: resellers.id })
      .from(resellers)
      .where(and(...Array.from({ length: 34 }, () => eq(resellers.id, id)))),
  )
  const one = query(db, { id: resellerId })
  for (const [queries, statements] of [
    [[one, one], 1],
    [[one, one, one], 3],
  ] as const) {
    costs.statements = 0
    expect(await readTogether(db, queries)).toEqual(queries.map(() => [{ id: resellerId }]))
    expect(costs.statements).toBe(statements)
  }
})

it("rows that are too long for one value are read as a batch", async () => {
  const run = vi.fn()
  const db = openDb(withValueLimit(run))
  const query = compiled((handle, { count }: Places<{ count: number }>) =>
    handle
      .select({ text: sql<string>`hex(zeroblob(50000))` })
      .from(sql`(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i FROM n)`),
  )
  for (const [count, roundTrips] of [
    [10, 1],
    [40, 2],
  ] as const) {
    run.mockClear()
    const [rows] = await readTogether(db, [query(db, { count })])
    expect(rows).toEqual(Array.from({ length: count }, () => ({ text: "0".repeat(100_000) })))
    expect(run).toHaveBeenCalledTimes(roundTrips)
  }
})

/** The database with D1's limit of a value, which the local runtime doesn't know: 2,000,000 bytes. */
const withValueLimit = (runs: () => void) =>
  interceptBatches(async (_, commit) => {
    runs()
    const results = await commit()
    const rows = results.flatMap((result) => result.results as Record<string, unknown>[])
    if (rows.some((row) => Object.values(row).some((value) => String(value).length > 2_000_000)))
      throw new Error("D1_ERROR: string or blob too big: SQLITE_TOOBIG")
    return results
  })

it("statements that aren't compiled are read as a batch", async () => {
  const { db } = counting()
  const { resellerId } = await createReseller("acme")
  const compiledOne = compiled((handle) => handle.select({ id: resellers.id }).from(resellers))
  const queries = [compiledOne(db, {}), db.select({ slug: resellers.slug }).from(resellers)] as const
  expect(await readTogether(db, queries)).toEqual([[{ id: resellerId }], [{ slug: "acme" }]])
})
