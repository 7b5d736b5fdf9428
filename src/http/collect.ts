/** How long messages wait for those of other requests. */
const COLLECT_MS = 20

type Collected = { messages: unknown[]; until: number }

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
    return
  }
  const collected: T[] = [...messages]
  collectedByQueue.set(queue, { messages: collected, until: now + COLLECT_MS })
  await scheduler.wait(COLLECT_MS)
  if (collectedByQueue.get(queue)?.messages === collected) collectedByQueue.delete(queue)
  await send(queue, collected)
}
