/** How long a batch waits for messages of other requests. If some came, the next one waits twice as long, up to the maximum. */
const COLLECT_MS = 20
const COLLECT_MAX_MS = 100

/** `messages`: undefined once they are being sent. */
type Batch = { messages: unknown[] | undefined; waitMs: number; until: number; isShared: boolean }

const batchByQueue = new WeakMap<Queue, Batch>()

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
  const known = batchByQueue.get(queue)
  if (known?.messages && now < known.until) {
    known.messages.push(...messages)
    known.isShared = true
    return
  }
  const isBusy = known?.isShared && now < known.until + known.waitMs
  const waitMs = isBusy ? Math.min(2 * known.waitMs, COLLECT_MAX_MS) : COLLECT_MS
  const collected: T[] = [...messages]
  const batch: Batch = { messages: collected, waitMs, until: now + waitMs, isShared: false }
  batchByQueue.set(queue, batch)
  await scheduler.wait(waitMs)
  batch.messages = undefined // requests have clocks of their own: one that is behind begins a batch
  await send(queue, collected)
}
