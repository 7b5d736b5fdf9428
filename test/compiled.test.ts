import { env } from "cloudflare:workers"
import { and, eq, lte, sql } from "drizzle-orm"
import { beforeEach, expect, it, vi } from "vitest"
import { type BoundStatement, compiled, type Places } from "../src/storage/compiled.ts"
import { openDb } from "../src/storage/db.ts"
import { inviteCounts, resellers } from "../src/storage/schema.ts"
import { createReseller } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { clearRows } from "./support/storage.ts"

beforeEach(clearRows)

const db = openDb(env.DB)

it("a compiled statement is built once for each shape and database, and keeps no value of an earlier request", async () => {
  const [acme, globex] = [await createReseller("acme"), await createReseller("globex")]
  const build = vi.fn((handle: typeof db, { id }: Places<{ id: string }>, isShort: boolean) =>
    isShort
      ? handle.select({ slug: resellers.slug }).from(resellers).where(eq(resellers.id, id))
      : handle.select({ slug: resellers.slug, at: resellers.createdAt }).from(resellers).where(eq(resellers.id, id)),
  )
  const query = compiled(build)
  const slugs = async (handle: typeof db, isShort: boolean) => {
    const ids = [acme.resellerId, globex.resellerId, "res_none"]
    const queries = ids.map((id) => query(handle, { id }, isShort))
    const results = await Promise.all(queries.map((one) => handle.batch([one])))
    return results.map(([[row]]) => row?.slug)
  }
  expect(await slugs(db, true)).toEqual(["acme", "globex", undefined])
  expect(await slugs(db, false)).toEqual(["acme", "globex", undefined])
  expect(build).toHaveBeenCalledTimes(2)
  const { database, costs } = countingD1(env.DB)
  expect(await slugs(openDb(database), true)).toEqual(["acme", "globex", undefined])
  expect([build.mock.calls.length, costs.roundTrips]).toEqual([3, 3])
})

it("a compiled statement maps rows and values as an ordinary one does, nulls included", async () => {
  const { resellerId } = await createReseller("acme")
  const now = new Date()
  const select = compiled((handle, at: Places<{ id: string; now: Date }>) =>
    handle
      .select()
      .from(resellers)
      .where(and(eq(resellers.id, at.id), lte(resellers.createdAt, sql.param(at.now, resellers.createdAt)))),
  )
  const suspend = compiled((handle, at: Places<{ id: string; suspendedAt: Date | null }>) =>
    handle
      .update(resellers)
      .set({ suspendedAt: sql`${sql.param(at.suspendedAt, resellers.suspendedAt)}` })
      .where(eq(resellers.id, at.id)),
  )
  for (const suspendedAt of [now, null]) {
    const [, [row]] = await db.batch([
      suspend(db, { id: resellerId, suspendedAt }),
      select(db, { id: resellerId, now }),
    ])
    expect(row).toEqual((await db.select().from(resellers).where(eq(resellers.id, resellerId)))[0])
    expect(row?.suspendedAt).toEqual(suspendedAt)
  }
  const before = new Date(0)
  expect(await db.batch([select(db, { id: resellerId, now: before })])).toEqual([[]])
})

it("the places of a statement can't be spread, which would lose them", () => {
  const spread = compiled((handle, places: Places<{ resellerId: string }>) => {
    const { resellerId } = { ...places }
    return handle.select().from(inviteCounts).where(eq(inviteCounts.resellerId, resellerId))
  })
  expect(() => spread(db, { resellerId: "res_1" })).toThrow("can't be spread")
})

it("a compiled statement has values that all requests share in its text, quotes and question marks included", async () => {
  const { resellerId } = await createReseller("acme")
  let prepared = ""
  const recording = new Proxy(env.DB, {
    get: (target, name: keyof D1Database) => {
      if (name !== "prepare") return Reflect.get(target, name).bind(target)
      return (text: string) => {
        prepared = text
        return target.prepare(text)
      }
    },
  })
  const handle = openDb(recording)
  const rename = compiled((one, { id }: Places<{ id: string }>) =>
    one
      .update(resellers)
      .set({ name: 'Who\'s ?, "Acme"?', supportPhone: null, retentionMonths: 7 })
      .where(and(eq(resellers.id, id), sql`'?' <> ${"it's"}`)),
  )
  await handle.batch([rename(handle, { id: resellerId })])
  const row = await env.DB.prepare("SELECT name, support_phone, retention_months FROM resellers").first()
  expect(row).toEqual({ name: 'Who\'s ?, "Acme"?', support_phone: null, retention_months: 7 })
  expect(prepared.replaceAll(/'(?:[^']|'')*'/g, "").split("?").length - 1).toBe(1) // the id
})

it("a compiled statement binds its LIMIT as an expression, because SQLite plans again for each value of a plain one", async () => {
  await createReseller("acme")
  const first = compiled((handle, { limit }: Places<{ limit: number }>) =>
    handle.select({ slug: resellers.slug }).from(resellers).limit(limit),
  )
  const bound = first(db, { limit: 1 }) as unknown as BoundStatement
  expect(bound.getQuery()).toEqual({ sql: expect.stringMatching(/ limit \(\? \+ 0\)$/), params: [1] })
  expect(await db.batch([first(db, { limit: 1 }), first(db, { limit: 0 })])).toEqual([[{ slug: "acme" }], []])
})
