import { setTimeout as wait } from "node:timers/promises"
import type { Harness } from "./harness.ts"
import { random } from "./random.ts"

const MAX_PAUSE_BEFORE_KILL_MS = 100

/**
 * Waits until the only job is done, and kills the runtime at random moments of its rows. `onKill` is called after each kill. Returns the
 * addresses whose emails were in flight at each.
 */
export async function finishJobWithKills(
  harness: Harness,
  { rows, kills, onKill }: { rows: number; kills: number; onKill?: (kill: number) => Promise<unknown> },
): Promise<Set<string>[]> {
  const inFlight: Set<string>[] = []
  const killing = async () => {
    for (let kill = 0; kill < kills; kill++) {
      const killAfter = ((kill + random()) / kills) * rows * 0.9
      for (let checks = 0; (await finishedRows(harness)) < killAfter && checks < 5_000; checks++) await wait(10)
      await wait(random() * MAX_PAUSE_BEFORE_KILL_MS)
      inFlight.push(await harness.kill())
      await onKill?.(kill)
    }
  }
  await harness.runCronDuring(Promise.all([finishJob(harness), killing()]))
  return inFlight
}

const finishedRows = async ({ query }: Harness) =>
  (await query<{ n: number }>("SELECT row_count - waiting_count AS n FROM jobs").catch(() => [])).at(0)?.n ?? 0

async function finishJob(harness: Harness) {
  const isDone = async () =>
    (await harness.query("SELECT 1 FROM jobs WHERE status = 'done'").catch(() => [])).length > 0
  for (let checks = 0; !(await isDone()) && checks < 500; checks++) await wait(200)
}
