import type { Client } from "../bench/client.ts"
import { differences, fingerprint } from "./compare.ts"
import { countD1, type Usage } from "./counted-d1.ts"
import { fillWithResellers } from "./filled-resellers.ts"
import { createDirectory } from "./global-database.ts"
import { compareAnswers, eventCursor, verifyChain } from "./group-checks.ts"
import {
  countPage,
  createVisitor,
  databaseOf,
  medians,
  PAGES,
  type PageCosts,
  type PageName,
  pageCall,
  type Visitor,
} from "./group-pages.ts"
import { GROUPS, startGroups } from "./groups-runtime.ts"
import { endMove, type MoveReport, moveReseller } from "./move.ts"
import { createInvite, startTraffic } from "./traffic.ts"

const ROUNDS = 40
const PAGE_NAMES = Object.keys(PAGES) as PageName[]
const FROM = 1

type Situation = "movedInSource" | "movedInTarget" | "otherBefore" | "otherAfter"

/** A page of the moved reseller in both groups, and of another one before and after; medians in milliseconds. */
export type MovedPage = {
  page: PageName
  costs: Record<Situation, PageCosts>
  ms: Record<Situation, number>
}
export type DirectoryCost = { page: PageName; delayMs: number; ms: Record<"alone" | "first" | "hint", number> }

export type GroupsReport = {
  invites: number
  resellers: number[]
  sizes: number[]
  moved: { reseller: string; invites: number; to: number }
  move: MoveReport
  source: Usage
  target: Usage
  deleteMs: number
  deletedRows: number
  chainLength: number
  /** Requests during the copy: invites that the moved reseller created, and how long pages of another one in the source took. */
  traffic: { created: number; refused: number; othersMs: { median: number; longest: number } }
  pages: MovedPage[]
  directory: DirectoryCost[]
  /** Pages that cost something else after the move. */
  problems: string[]
}

/** Moves the largest reseller of the first of the filled groups to the group with the most room, and compares what it costs. */
export async function measureGroups(code: string, state: string, invites: number): Promise<GroupsReport> {
  const groups = fillWithResellers(GROUPS, invites)
  const runtime = await startGroups(code, state)
  try {
    await createDirectory(runtime.global, groups)
    const [largest, ...rest] = groups[0]?.toSorted((one, other) => other.invites - one.invites) ?? []
    const another = rest[0]
    if (!largest || !another) throw new Error("the first group has too few resellers")
    const to = await roomiest(runtime.groups)
    const moved = await createVisitor(runtime, largest, [FROM, to])
    const other = await createVisitor(runtime, another, [FROM])
    const front = await runtime.clientOf("front")
    const today = await Promise.all(runtime.groups.map((_, n) => runtime.clientOf(`group-${n + 1}`)))
    const clientOf = (group: number) => today[group - 1] ?? front

    const otherCosts = await countAll(front, other)
    const otherBefore = await medians(
      PAGE_NAMES.map((page) => ({ client: clientOf(FROM), call: pageCall(other, page) })),
      ROUNDS,
    )
    const directory = await measureDirectory(front, other)

    const source = countD1(databaseOf(runtime, FROM))
    const target = countD1(databaseOf(runtime, to))
    const traffic = startTraffic(front, clientOf(FROM), { moved, other })
    const setPlace = (column: "is_closed" | "group_number", value: number) =>
      runtime.global
        .prepare(`UPDATE reseller_groups SET ${column} = ? WHERE reseller_id = ?`)
        .bind(value, largest.id)
        .run()
    const move = await moveReseller({
      source,
      target,
      resellerId: largest.id,
      refuseChanges: () => {
        traffic.expectRefusal()
        return setPlace("is_closed", 1)
      },
      onClosed: traffic.stop,
      switchToTarget: async () => {
        await setPlace("group_number", to)
        await setPlace("is_closed", 0)
      },
    })
    const [copied, arrived] = [await fingerprint(source, largest.id), await fingerprint(target, largest.id)]
    const differing = differences(copied, arrived)
    if (differing.length > 0) throw new Error(`these differ after the move: ${differing}`)
    const chain = await verifyChain(runtime.groups, [FROM, to], largest.id)
    await compareAnswers(clientOf(FROM), clientOf(to), {
      visitor: moved,
      cursor: await eventCursor(source.database, largest.id),
    })

    const inBoth = PAGE_NAMES.flatMap((page) =>
      [FROM, to].map((group) => ({ client: clientOf(group), call: pageCall(moved, page) })),
    )
    const movedMs = await medians(inBoth, ROUNDS)
    const movedCosts = { inSource: await countAll(front, moved, FROM), inTarget: await countAll(front, moved) }
    const deleting = performance.now()
    const deletedRows = await endMove({ source, resellerId: largest.id })
    const deleteMs = performance.now() - deleting
    const otherCostsAfter = await countAll(front, other)
    const otherAfter = await medians(
      PAGE_NAMES.map((page) => ({ client: clientOf(FROM), call: pageCall(other, page) })),
      ROUNDS,
    )
    await createInvite(front, moved, "after", () => [201])
    const pages = PAGE_NAMES.map((page, n) => ({
      page,
      costs: {
        movedInSource: at(movedCosts.inSource, n),
        movedInTarget: at(movedCosts.inTarget, n),
        otherBefore: at(otherCosts, n),
        otherAfter: at(otherCostsAfter, n),
      },
      ms: {
        movedInSource: movedMs[2 * n] ?? 0,
        movedInTarget: movedMs[2 * n + 1] ?? 0,
        otherBefore: otherBefore[n] ?? 0,
        otherAfter: otherAfter[n] ?? 0,
      },
    }))

    return {
      invites,
      resellers: groups.map((resellers) => resellers.length),
      sizes: await Promise.all(runtime.groups.map(sizeOf)),
      moved: { reseller: largest.id, invites: largest.invites, to },
      move,
      source: source.usage,
      target: target.usage,
      deleteMs,
      deletedRows,
      chainLength: chain,
      traffic: traffic.report(),
      directory,
      pages,
      problems: pages.flatMap((page) => problemsOf(page, to)),
    }
  } finally {
    await runtime.close()
  }
}
function at<T>(list: T[] | undefined, n: number): T {
  const found = list?.[n]
  if (!found) throw new Error("a page was not measured")
  return found
}

const sizeOf = async (database: D1Database) => (await database.prepare("SELECT 1").run()).meta.size_after

/** The number of the group other than the first that has the smallest database. */
async function roomiest(groups: D1Database[]): Promise<number> {
  const sizes = await Promise.all(groups.map(sizeOf))
  const others = sizes.map((size, n) => ({ size, number: n + 1 })).filter(({ number }) => number !== FROM)
  return others.sort((one, other) => one.size - other.size)[0]?.number ?? GROUPS
}

async function countAll(front: Client, visitor: Visitor, group?: number): Promise<PageCosts[]> {
  const costs: PageCosts[] = []
  for (const page of PAGE_NAMES) costs.push(await countPage(front, visitor, page, group))
  return costs
}

/** What a page costs where it shouldn't: it must come from the right group, at the same cost. */
function problemsOf({ page, costs }: MovedPage, to: number): string[] {
  const { movedInSource, movedInTarget, otherBefore, otherAfter } = costs
  const isRouted = movedInTarget.answeredBy === to && otherAfter.answeredBy === FROM
  const pairs = [
    [movedInSource, movedInTarget],
    [otherBefore, otherAfter],
  ].map((pair) => pair.map((one) => JSON.stringify([one?.group, one?.directory])))
  const differing = pairs.filter(([before, after]) => before !== after)
  return [
    ...(isRouted ? [] : [`${page}: answered by another group`]),
    ...differing.map(([before, after]) => `${page}: ${before} before and ${after} after`),
  ]
}

const ASKING = ["alone", "first", "with a hint"] as const
/** A person's page is read from a database in their part of the world, or beyond. */
const DELAYS_MS = [0, 20]

/** What pages take on one database, and in front of several: when the directory is asked first, and when a hint saves waiting for it. */
async function measureDirectory(front: Client, visitor: Visitor): Promise<DirectoryCost[]> {
  const pages = PAGE_NAMES.filter((page) => !PAGES[page].startsWith("/api/"))
  const cases = pages.flatMap((page) => DELAYS_MS.map((delayMs) => ({ page, delayMs })))
  const calls = cases.flatMap(({ page, delayMs }) =>
    ASKING.map((how) => ({ client: front, call: pageCall(visitor, page, { how, group: FROM, delayMs }) })),
  )
  const measured = await medians(calls, ROUNDS)
  return cases.map((one, n) => {
    const [alone = 0, first = 0, hint = 0] = measured.slice(n * ASKING.length)
    return { ...one, ms: { alone, first, hint } }
  })
}
