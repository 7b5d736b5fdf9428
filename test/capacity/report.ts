import { align } from "../bench/report.ts"
import type { GroupsReport } from "./groups.ts"
import type { Kind, Stage } from "./invite-cost.ts"
import type { CostLine } from "./prices.ts"
import type { Month } from "./simulate.ts"

const number = (value: number) => Math.round(value).toLocaleString("en")
const decimal = (value: number, digits = 2) => value.toFixed(digits)
const gigabytes = (bytes: number) => decimal(bytes / 1e9)
const seconds = (ms: number) => decimal(ms / 1_000, 1)
const dollars = (value: number) => (value * 1_000).toFixed(4)

const KINDS: Kind[] = ["invite", "search", "mail", "audit", "events", "responses", "customer"]

/** What each stage used for an invite, and what the database has for each afterwards. */
export function toStageTable(stages: Stage[]): string {
  const [empty] = stages
  const total = stages.find(({ name }) => name === "created")?.count ?? 1
  const rows = stages
    .slice(1)
    .map(({ name, count, usage, cpuMs, bytes, sizeAfter }) => [
      name,
      number(count),
      decimal(usage.requests),
      decimal(usage.messages),
      decimal(usage.rowsRead, 0),
      decimal(usage.rowsWritten, 1),
      decimal(cpuMs, 1),
      ...KINDS.map((kind) => number((bytes[kind] - (empty?.bytes[kind] ?? 0)) / total)),
      number((sizeAfter - (empty?.sizeAfter ?? 0)) / total),
    ])
  const header = [
    "of each invite",
    "invites",
    "requests",
    "messages",
    "read",
    "written",
    "CPU ms",
    ...KINDS,
    "D1: bytes",
  ]
  return align([header, ...rows])
}

export function toCostTable(title: string, lines: CostLine[]): string {
  const rows = lines.map(({ what, quantity, unit, price, dollars: cost }) => [
    what,
    `${quantity < 0.1 ? quantity.toExponential(2) : decimal(quantity, 1)} ${unit}`.trim(),
    price.toExponential(2),
    dollars(cost),
  ])
  const sum = lines.reduce((total, line) => total + line.dollars, 0)
  return align([[title, "of one", "$ each", "$ for 1,000"], ...rows, ["together", "", "", dollars(sum)]])
}

const REPORTED_MONTHS = 6

/** Every six months: what the directory has, and the moves since the row before. */
export function toDirectoryTable(months: Iterable<Month>): string {
  const rows: string[][] = []
  let moves: Month["moves"][] = []
  for (const { month, groups, resellers, invites, moves: moved, refused } of months) {
    moves.push(moved)
    if (month % REPORTED_MONTHS > 0) continue
    const sizes = groups.map(({ bytes }) => bytes)
    const sum = sizes.reduce((total, bytes) => total + bytes, 0)
    const largest = Math.max(...groups.flatMap((group) => [...group.resellers.values()]))
    const bytes = moves.flat().reduce((total, move) => total + move.bytes, 0)
    rows.push([
      String(month),
      number(resellers),
      decimal(invites / 1e6, 1),
      String(groups.length),
      gigabytes(sum / groups.length),
      gigabytes(Math.max(...sizes)),
      String(moves.flat().length),
      String(Math.max(...moves.map(({ length }) => length))),
      gigabytes(bytes / moves.length),
      gigabytes(largest),
      String(refused.length),
    ])
    moves = []
  }
  const header = [
    "month",
    "resellers",
    "M invites",
    "databases",
    "mean GB",
    "fullest GB",
    "moves",
    "most a month",
    "GB moved a month",
  ]
  return align([[...header, "largest reseller GB", "refused"], ...rows])
}

export function toGroupsTable(report: GroupsReport): string {
  const { invites, resellers, sizes, moved, move, source, target, traffic } = report
  const total = Object.values(move.rows).reduce((sum, rows) => sum + rows, 0)
  const lines = [
    `${resellers.length} databases of ${number(invites)} invites: ${resellers.map(number).join(", ")} resellers, ${sizes.map(gigabytes).join(", ")} GB`,
    `moved: ${number(moved.invites)} invites and all else of a reseller, ${number(total)} rows, to group ${moved.to}; audit log of ${number(report.chainLength)} seals verified in both`,
    `copied while it was in use: ${seconds(move.copyMs)} s, ${number(total / (move.copyMs / 1_000))} rows a second, ${number(target.bytes / 1e6)} MB of parameters`,
    `changes refused: ${seconds(move.refusedMs)} s (${number(move.changedRows)} changed rows in ${move.rounds} rounds ${seconds(move.changesMs)} s, counting ${seconds(move.countMs)} s)`,
    `deleted from the source: ${number(report.deletedRows)} rows in ${seconds(report.deleteMs)} s`,
    `source: ${number(source.statements)} statements in ${number(source.batches)} batches, ${number(source.rowsRead)} rows read, ${number(source.rowsWritten)} written`,
    `target: ${number(target.statements)} statements in ${number(target.batches)} batches, ${number(target.rowsRead)} rows read, ${number(target.rowsWritten)} written`,
    `meanwhile: ${traffic.created} invites created by the reseller, ${traffic.refused} refused; the invites page of another one of the source took ${decimal(traffic.othersMs.median, 1)} ms (${decimal(report.pages[0]?.ms.otherBefore ?? 0, 1)} before), ${decimal(traffic.othersMs.longest, 0)} ms at most`,
  ]
  const pages = report.pages.map(({ page, costs, ms }) => [
    page,
    number(costs.movedInTarget.group.rowsRead),
    number(costs.movedInTarget.group.roundTrips),
    number(costs.movedInTarget.directory.rowsRead),
    decimal(ms.movedInSource),
    decimal(ms.movedInTarget),
    decimal(ms.movedInTarget / ms.movedInSource),
    number(costs.otherAfter.group.rowsRead),
    decimal(ms.otherBefore),
    decimal(ms.otherAfter),
    decimal(ms.otherAfter / ms.otherBefore),
  ])
  const header = [
    "p50 in ms",
    "rows",
    "trips",
    "directory rows",
    "moved: source",
    "target",
    "ratio",
    "other: rows",
    "before",
    "after",
    "ratio",
  ]
  const directory = report.directory.map(({ page, delayMs, ms }) => [
    page,
    String(delayMs),
    ...[ms.alone, ms.first, ms.hint].map((one) => decimal(one, 1)),
    decimal(ms.first / ms.alone),
    decimal(ms.hint / ms.alone),
  ])
  const asked = [
    "p50 in ms",
    "each trip +",
    "one database",
    "directory first",
    "with a hint",
    "first / one",
    "hint / one",
  ]
  return `${lines.join("\n")}\n\n${align([header, ...pages])}\n\n${align([asked, ...directory])}`
}
