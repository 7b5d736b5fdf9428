import type { Deps } from "../deps.ts"
import { Failure } from "../failure.ts"

/**
 * How many operations hash passwords at once in an isolate (a hash keeps its thread busy for a fifth of a second and needs 32 MiB),
 * and how many read before that. An object, so that tests can change it.
 */
export const HASH_SLOTS = { max: 2, readingMax: 10, restMs: 50 }
/** An operation ends by itself, because the runtime can drop a request without running its `finally`. */
const SLOT_MS = 2_000
/** How long a slot rests after a hash, in parts of its time: a slow machine is slow for those who wait, too. */
const REST_SHARE = 1 / 4
const QUEUE_SHARE = 4

/** `takeHashSlot` comes before each hash. Throws `rate_limited` with the scope `busy` if the slots are taken. */
export type HashingDeps = Deps & { takeHashSlot: () => void }

/** Times in ms since 1970. `hashedAt`: when it took its slot. */
type Operation = { endsAt: number; hashedAt?: number }

const operations = new Set<Operation>()
/** Slots that were taken or refused. */
let requestCount = 0

/**
 * Runs an operation that hashes passwords, which can be a part of another one. Throws `rate_limited` with the scope `busy` if others
 * have taken the slots: a request can't wait for one, because on Workers it can't wait on a promise of another request.
 */
export async function withHashSlot<T>(deps: Deps | HashingDeps, run: (deps: HashingDeps) => Promise<T>): Promise<T> {
  if ("takeHashSlot" in deps) return run(deps)
  const clock = () => deps.now().getTime()
  refuseIfBusy(clock(), HASH_SLOTS.readingMax)
  const operation: Operation = { endsAt: clock() + SLOT_MS }
  operations.add(operation)
  const takeHashSlot = () => {
    if (!operation.hashedAt) refuseIfBusy(clock())
    requestCount++
    Object.assign(operation, { hashedAt: clock(), endsAt: clock() + SLOT_MS })
    operations.add(operation)
  }
  try {
    return await run({ ...deps, takeHashSlot })
  } finally {
    await otherTurns(operation, clock)
    operations.delete(operation)
  }
}

function refuseIfBusy(now: number, readingMax = Number.POSITIVE_INFINITY) {
  for (const operation of operations) if (operation.endsAt <= now) operations.delete(operation)
  const taken = [...operations].filter(({ hashedAt }) => hashedAt).length
  const { max: limit } = HASH_SLOTS
  if (taken >= limit) requestCount++
  else if (operations.size - taken < readingMax) return
  throw new Failure({ kind: "rate_limited", scope: "busy", limit, remaining: 0, resetAt: new Date(now + SLOT_MS) })
}

/**
 * What queued during a hash gets its turn before the slot is free. As long as requests for a slot are among it, which are refused, the
 * queue isn't over: the next of them would hash, and a page behind it would wait for that, too.
 */
async function otherTurns(operation: Operation, clock: () => number) {
  if (!operation.hashedAt) return
  await sleep(0) // the clock stands still during a hash
  const hashMs = Math.min(clock() - operation.hashedAt, SLOT_MS)
  operation.endsAt = clock() + hashMs * QUEUE_SHARE
  let seen: number
  do {
    seen = requestCount
    await sleep(Math.max(HASH_SLOTS.restMs, hashMs * REST_SHARE))
  } while (seen !== requestCount && clock() < operation.endsAt)
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
