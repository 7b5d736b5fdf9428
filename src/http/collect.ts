/** How long messages wait for those of other requests: twice as long after each time that some came, up to the maximum. */
const COLLECT_MS = 20
const COLLECT_MAX_MS = 100

type Collected = { messages: unknown[]; waitMs: number; until: number; isShared: boolean }

const collectedByQueue = new WeakMap<Queue, Collected>()

/**
 * Sends messages to a queue together with those of other requests that this isolate processes at the same time: sending costs as much
 * for a hundred as for one. The request that came first sends them all. If it is ended before, the cron job requeues them.
 */
export async function collectForQueue<T>(
  queue: Queue,
  messages: readonly T[],
  send: (queue: Queue, messages: T[]) => Promise<void>,
): Promise<void> {
  const now = Date.now()
  const known = collectedByQueue.get(queue)
  if (known && now < known.until) {
    known.messages.push(...messages)
    known.isShared = true
    return
  }
  const isBusy = known?.isShared && now < known.until + known.waitMs
  const waitMs = isBusy ? Math.min(2 * known.waitMs, COLLECT_MAX_MS) : COLLECT_MS
  const collected: T[] = [...messages]
  collectedByQueue.set(queue, { messages: collected, waitMs, until: now + waitMs, isShared: false })
  await scheduler.wait(waitMs)
  await send(queue, collected)
}
