/** What waits for its turn, of resellers in turn: each has one turn after the other, however many of its own are waiting. */
export class TurnQueue<T> {
  /** In the order of their next turns. */
  readonly #waiting = new Map<string, T[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** How many turns come before that of a new one of this reseller. */
  turnsBefore(resellerId: string): number {
    const own = this.#waiting.get(resellerId)?.length ?? 0
    let turns = 0
    for (const { length } of this.#waiting.values()) turns += Math.min(length, own + 1)
    return turns
  }

  add(resellerId: string, item: T): void {
    const waiting = this.#waiting.get(resellerId)
    if (waiting) waiting.push(item)
    else this.#waiting.set(resellerId, [item])
    this.#size += 1
  }

  /** Removes and returns the one whose turn it is. */
  next(): T | undefined {
    const [entry] = this.#waiting
    if (!entry) return undefined
    const [resellerId, waiting] = entry
    const item = waiting.shift()
    this.#waiting.delete(resellerId)
    if (waiting.length > 0) this.#waiting.set(resellerId, waiting) // at the end
    this.#size -= 1
    return item
  }

  remove(resellerId: string, item: T): void {
    const waiting = this.#waiting.get(resellerId)
    const index = waiting?.indexOf(item) ?? -1
    if (!waiting || index < 0) return
    waiting.splice(index, 1)
    if (waiting.length === 0) this.#waiting.delete(resellerId)
    this.#size -= 1
  }
}
