import type { Harness } from "./harness.ts"
import { seed } from "./random.ts"

const NUMERIC_COLUMNS = 8

const rows: Record<string, string | number>[] = []

/** Records the result of a test for the table at the end of the run. */
export function recordResult(
  fault: string,
  { services, stats }: Harness,
  invites: number,
  started: number,
  extra = "",
) {
  rows.push({
    fault,
    invites,
    accepted: services.acceptances,
    "more than once": services.acceptedTwice.length,
    refused: services.rejectedMails,
    kills: services.kills,
    retries: stats.retries,
    sweeps: stats.cronRuns,
    seconds: ((Date.now() - started) / 1000).toFixed(1),
    "": extra,
  })
}

export function printTable() {
  const names = Object.keys(rows[0] ?? {})
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name])))]
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const aligned = lines.map((line) => line.map((text, column) => align(text, widths[column] ?? 0, column)).join("  "))
  console.log(`\n${aligned.map((line) => line.trimEnd()).join("\n")}\n\nFAULTS_SEED=${seed}\n`)
}

function align(text: string, width: number, column: number) {
  return column === 0 || column === NUMERIC_COLUMNS + 1 ? text.padEnd(width) : text.padStart(width)
}
