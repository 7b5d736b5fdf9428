import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { chooseGroup, type Group, MARKS, relieveGroups } from "./capacity/placement.ts"
import { type Model, simulate } from "./capacity/simulate.ts"
import { GLOBAL_TABLES, GROUP_TABLES, REBUILT_TABLES } from "./capacity/tables.ts"

it("every table is global, goes with its reseller, or is filled by triggers", async () => {
  const { results } = await env.DB.prepare(
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'",
  ).all<{ name: string }>()
  const listed = [...GLOBAL_TABLES, ...GROUP_TABLES.map(({ name }) => name), ...REBUILT_TABLES]
  expect(
    results
      .map(({ name }) => name)
      .filter((name) => name !== "d1_migrations")
      .sort(),
  ).toEqual([...new Set(listed)].sort())
  expect(listed.filter((name, n) => listed.indexOf(name) < n)).toEqual(["users"]) // each group has copies of its people
})

it("no two rows of a table have the key by which they move", async () => {
  expect(GROUP_TABLES.length).toBeGreaterThan(20)
  for (const { name, key } of GROUP_TABLES) {
    const { results } = await env.DB.prepare(
      `SELECT (SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(list.name) ORDER BY name)) AS columns
       FROM pragma_index_list(?) AS list WHERE "unique" = 1 AND partial = 0`,
    )
      .bind(name)
      .all<{ columns: string }>()
    expect(
      results.map(({ columns }) => columns),
      name,
    ).toContain([...key].sort().join())
  }
})

it("10,000 resellers in 36 months: no group is full, each reseller is in one group, and few move", () => {
  let created = 0
  let moves = 0
  for (const { groups, resellers, moves: moved, refused } of simulate()) {
    const ids = groups.flatMap((group) => [...group.resellers.keys()])
    expect(new Set(ids).size).toBe(resellers)
    expect(ids.length).toBe(resellers)
    for (const group of groups) {
      expect(group.bytes).toBeLessThanOrEqual(MARKS.high)
      expect(group.bytes).toBeCloseTo(
        [...group.resellers.values()].reduce((sum, bytes) => sum + bytes, 0),
        -1,
      )
    }
    expect(moved.length).toBeLessThanOrEqual(resellers / 50)
    expect(refused).toEqual([])
    moves += moved.length
    created = Math.max(created, ...ids.map((id) => Number(id.replace("reseller ", ""))))
  }
  expect(created).toBe(10_000)
  expect(moves).toBeGreaterThan(0)
  expect(moves).toBeLessThan(created / 10)
})

it("a group above its mark gives away the smallest reseller that relieves it, to the group with the most room", () => {
  const groups = [
    groupOf(1, { a: 1e9, b: 2.5e9, c: 2.2e9, d: 2.6e9 }),
    groupOf(2, { e: 1.9e9 }),
    groupOf(3, { f: 1e9 }),
  ]
  expect(relieveGroups(groups)).toEqual([{ reseller: "b", bytes: 2.5e9, from: 1, to: 3 }])
  expect(groups.map(({ bytes }) => bytes)).toEqual([5.8e9, 1.9e9, 3.5e9])
  expect(relieveGroups(groups)).toEqual([])
})

it("a reseller that no group has room for gets one of its own, and stays there alone", () => {
  const groups = [groupOf(1, { small: 0.1e9, giant: 8.5e9 })]
  expect(relieveGroups(groups)).toEqual([{ reseller: "giant", bytes: 8.5e9, from: 1, to: 2 }])
  expect(relieveGroups(groups)).toEqual([])
  expect(chooseGroup(groups, 3e9).number).toBe(1)
  expect(chooseGroup(groups, 3.95e9).number).toBe(3)
})

it("a reseller that has filled its database alone is refused further invites", () => {
  const months = [...simulate(GIANT)]
  const first = months.findIndex(({ refused }) => refused.length > 0)
  expect(first).toBeGreaterThan(0)
  expect(months.slice(first).every(({ refused }) => refused.length === 1)).toBe(true)
  expect(months.at(-1)?.groups.every(({ bytes }) => bytes <= MARKS.full)).toBe(true)
})

const GIANT: Model = {
  seed: 1,
  months: 12,
  firstResellers: 1,
  allResellers: 1,
  medianInvites: 200_000,
  sigma: 0,
  growth: [0, 0],
  churn: 0,
  freshBytes: 6_000,
  keptBytes: 6_000,
  freshMonths: 4,
}

function groupOf(number: number, sizes: Record<string, number>): Group {
  const resellers = new Map(Object.entries(sizes))
  return { number, resellers, bytes: [...resellers.values()].reduce((sum, bytes) => sum + bytes, 0) }
}
