import { DAY_MS, SECOND_MS } from "../domain/time.ts"

/** The part of a day's emails that bulk emails can use, so that others stay possible. */
const BULK_SHARE = 0.9

/** How many of a day's emails can be bulk. */
export const bulkPerDay = (perDay: number) => Math.floor(perDay * BULK_SHARE)

/** How much of the day is reserved in one write. What is left of it after a crash is lost. */
const BLOCK_SHARE = 1 / 1_000
/** How soon the exact count is stored, before an idle object is evicted. */
const STORE_AFTER_MS = 5 * SECOND_MS
const KEY = "day"

type StoredDay = { day: number; used: number }

/** Counts the emails of a UTC day. Storage is ahead of the count by a block, so that most emails write nothing. */
export class MailDay {
  readonly #storage: DurableObjectStorage
  #day = -1
  #used = 0
  #stored = 0
  #storeTimer: ReturnType<typeof setTimeout> | undefined

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  /** Whether an email is left of this day. `perDay` 0 is no limit. */
  isLeft(perDay: number, isBulk: boolean): boolean {
    if (perDay === 0) return true
    this.#load()
    return this.#used < (isBulk ? bulkPerDay(perDay) : perDay)
  }

  /** Counts an email that `isLeft`. */
  use(perDay: number): void {
    if (perDay === 0) return
    this.#used += 1
    if (this.#used <= this.#stored) return
    this.#store(Math.min(perDay, this.#used + Math.floor(perDay * BLOCK_SHARE)))
    this.#storeTimer ??= setTimeout(() => this.#storeExactly(), STORE_AFTER_MS)
  }

  release(): void {
    this.#used = Math.max(0, this.#used - 1)
  }

  #load(): void {
    const day = Math.floor(Date.now() / DAY_MS)
    if (day === this.#day) return
    const stored = this.#storage.kv.get<StoredDay>(KEY)
    this.#day = day
    this.#used = stored?.day === day ? stored.used : 0
    this.#stored = this.#used
  }

  #storeExactly(): void {
    this.#storeTimer = undefined
    if (this.#used < this.#stored) this.#store(this.#used)
  }

  #store(used: number): void {
    this.#stored = used
    this.#storage.kv.put<StoredDay>(KEY, { day: this.#day, used })
  }
}
