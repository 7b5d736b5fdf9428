import type { Deps } from "../deps.ts"
import { Failure } from "../failure.ts"

/** Operations that hash passwords at once in an isolate. A hash keeps its thread busy for a fifth of a second and needs 32 MiB. */
export const HASH_SLOTS = { max: 2, restMs: 50 } // an object, so that tests can change it
/** A slot ends by itself, because the runtime can drop a request without running its `finally`. */
const SLOT_MS = 2_000

/** When each taken slot ends, in ms since 1970. */
const takenSlots = new Set<{ endsAt: number }>()

/**
 * Runs an operation that hashes passwords. Throws `rate_limited` with the scope `busy` if two of them run, so that another request
 * waits for two hashes, and behind a long queue sometimes for two more. The slot is taken before the operation reads anything:
 * hashes keep the thread busy, so a limit on those that run would never be reached, while the hundredth waits. A request can't
 * wait for a slot, because on Workers it can't wait on a promise of another request.
 */
export async function withHashSlot<T>(deps: Pick<Deps, "now">, run: () => Promise<T>): Promise<T> {
  const now = deps.now().getTime()
  for (const slot of takenSlots) if (slot.endsAt <= now) takenSlots.delete(slot)
  if (takenSlots.size >= HASH_SLOTS.max) {
    const resetAt = new Date(now + SLOT_MS)
    throw new Failure({ kind: "rate_limited", scope: "busy", limit: HASH_SLOTS.max, remaining: 0, resetAt })
  }
  const slot = { endsAt: now + SLOT_MS }
  takenSlots.add(slot)
  try {
    return await run()
  } finally {
    // What waited while the thread was busy gets its turn first: requests for a slot are refused, others go on.
    await new Promise((resolve) => setTimeout(resolve, HASH_SLOTS.restMs))
    takenSlots.delete(slot)
  }
}
