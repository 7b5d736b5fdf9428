import type { LargeResult } from "./imports.ts"
import { MAILS_TARGET, type MailSpeed } from "./mails.ts"
import type { Result } from "./measure.ts"
import { GROWTH_TARGET, TARGETS } from "./scenarios.ts"
import type { judgeSoak } from "./soak.ts"
import type { Startup } from "./startup.ts"

export type SizeResults = { size: number; results: Result[] }

const number = (value: number) => Math.round(value).toLocaleString("en")
const decimal = (value: number) => value.toFixed(2)

const COLUMNS: [header: string, value: (result: Result) => string][] = [
  ["scenario", ({ scenario }) => scenario],
  ["req/s", ({ requestsPerSecond }) => number(requestsPerSecond)],
  ["p50 ms", ({ p50Ms }) => decimal(p50Ms)],
  ["p99 ms", ({ p99Ms }) => decimal(p99Ms)],
  ["CPU ms", ({ cpuMs }) => decimal(cpuMs)],
  ["× floor", ({ speedRatio }) => decimal(speedRatio)],
  ["× by CPU", ({ cpuRatio }) => decimal(cpuRatio)],
  ["trips", ({ roundTrips }) => number(roundTrips)],
  ["read", ({ rowsRead }) => number(rowsRead)],
  ["written", ({ rowsWritten }) => number(rowsWritten)],
  ["bytes", ({ bytes }) => number(bytes)],
]

/** One row for each scenario. */
export function toTable({ size, results }: SizeResults): string {
  const rows = [
    COLUMNS.map(([header]) => header),
    ...results.map((result) => COLUMNS.map(([, value]) => value(result))),
  ]
  return `${number(size)} invites\n${align(rows)}`
}

export type Verdict = { target: string; atLeast: number; bySpeed: number; byCpu: number; isMet: boolean }

/** Each target with what was measured. CPU time decides: a request takes that long on an idle machine, and other programs disturb it least. */
export function judge(results: Result[]): Verdict[] {
  const resultOf = (name: string) => results.find(({ scenario }) => scenario === name)
  return TARGETS.flatMap(({ scenario, to, ratio }) => {
    const result = resultOf(scenario)
    const base = resultOf(to)
    if (!result || !base) return []
    const bySpeed = result.requestsPerSecond / base.requestsPerSecond
    const byCpu = base.cpuMs / result.cpuMs
    return [
      {
        target: `${scenario} / ${to}`,
        atLeast: ratio,
        bySpeed,
        byCpu,
        isMet: byCpu >= ratio,
      },
    ]
  })
}

export function toVerdictTable(verdicts: Verdict[]): string {
  const rows = verdicts.map(({ target, atLeast, bySpeed, byCpu, isMet }) => [
    target,
    decimal(atLeast),
    decimal(bySpeed),
    decimal(byCpu),
    isMet ? "met" : "not met",
  ])
  return align([["target", "at least", "req/s", "by CPU", ""], ...rows])
}

export type Growth = { scenario: string; p50: number; cpu: number; rowsRead: number; isMet: boolean }

/** How much more pages cost with the most invites than with the fewest. */
export function toGrowth(all: SizeResults[]): Growth[] {
  const [smallest, largest] = [all[0], all.at(-1)]
  if (!smallest || !largest || smallest === largest) return []
  return GROWTH_TARGET.scenarios.flatMap((scenario) => {
    const few = smallest.results.find((result) => result.scenario === scenario)
    const many = largest.results.find((result) => result.scenario === scenario)
    if (!few || !many) return []
    const p50 = many.p50Ms / few.p50Ms
    const rowsRead = many.rowsRead - few.rowsRead
    return [
      { scenario, p50, cpu: many.cpuMs / few.cpuMs, rowsRead, isMet: p50 <= GROWTH_TARGET.ratio && rowsRead === 0 },
    ]
  })
}

export function toGrowthTable(growth: Growth[]): string {
  const rows = growth.map(({ scenario, p50, cpu, rowsRead, isMet }) => [
    scenario,
    decimal(GROWTH_TARGET.ratio),
    decimal(p50),
    decimal(cpu),
    String(rowsRead),
    isMet ? "met" : "not met",
  ])
  return align([["most / fewest invites", "at most", "p50", "CPU", "more rows", ""], ...rows])
}

/** Mails a second, with the target for many consumers. */
export function toMailsTable(speeds: MailSpeed[]): string {
  const rows = speeds.map(({ consumers, mailsPerSecond, cpuMs }) => {
    const target = consumers === MAILS_TARGET.consumers ? MAILS_TARGET.mailsPerSecond : undefined
    const verdict = target === undefined ? "" : mailsPerSecond >= target ? "met" : "not met"
    return [`${consumers} consumers`, number(mailsPerSecond), decimal(cpuMs), target ? number(target) : "", verdict]
  })
  return align([["mails per second, provider of 100 ms", "mails/s", "CPU ms", "at least", ""], ...rows])
}

export function toSoakTable({ requests, errors, growth }: ReturnType<typeof judgeSoak>): string {
  const rows = growth.map(({ name, before, after, ratio, atMost, isMet }) => [
    name,
    decimal(before),
    decimal(after),
    decimal(ratio),
    decimal(atMost),
    isMet ? "met" : "not met",
  ])
  const found = errors.length > 0 ? `\n${[...new Set(errors)].join("\n")}` : ""
  const table = align([["medians", "2nd quarter", "4th quarter", "ratio", "at most", ""], ...rows])
  return `${number(requests)} requests, ${number(errors.length)} errors${found}\n${table}`
}

export function toLargeTable(results: LargeResult[]): string {
  const rows = results.map(({ name, count, seconds, perSecond, cpuMs, roundTrips, bytes, memoryMb }) => [
    `${name}, ${number(count)}`,
    decimal(seconds),
    number(perSecond),
    number(cpuMs),
    roundTrips === undefined ? "" : number(roundTrips),
    bytes === undefined ? "" : number(bytes),
    number(memoryMb),
  ])
  return align([["large operations", "seconds", "per second", "CPU ms", "trips", "bytes", "MB more"], ...rows])
}

export function toStartupLine({ gzipBytes, ms, cpuMs }: Startup): string {
  const times = (name: "ms" | "CPU ms", { vestibule, floor }: Startup["ms"]) =>
    `${number(vestibule)} ${name}, ${decimal(vestibule / floor)} times bare Hono`
  return `Worker: ${number(gzipBytes / 1_000)} kB gzipped. Until its first response: ${times("ms", ms)}; ${times("CPU ms", cpuMs)}.`
}

/** Columns as wide as their widest cell, the first to the left. */
function align(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  )
  return lines.map((line) => line.trimEnd()).join("\n")
}
