/** `reads`: how many GETs were answered since the last report. */
export type ApiUse = { keyId: string; at: number; quota: number; windowMs: number; reads?: number }
export type ApiRequest = ApiUse & { idempotencyKey?: string | undefined }

/** `remaining` requests until `resetAt` (ms since 1970). `inProgress`: a request with the same idempotency key is in progress. */
export type ApiAdmission = { allowed: boolean; inProgress: boolean; remaining: number; resetAt: number }

/** After this time, a lost request releases its idempotency key. */
const REQUEST_MAX_MS = 60_000

type Window = { endsAt: number; used: number; inProgress: Map<string, number> }

/**
 * Counts the requests of API keys, and tracks idempotent requests in progress. In memory only: an object stays in memory for at
 * least ten seconds after its last request, which is the window. The database guarantees idempotency even if this is lost.
 */
export class ApiRequests {
  readonly #windows = new Map<string, Window>()

  acquire({ idempotencyKey, ...use }: ApiRequest): ApiAdmission {
    const { at, quota } = use
    const window = this.#windowAfter(use)
    const resetAt = window.endsAt
    if (window.used >= quota) return { allowed: false, inProgress: false, remaining: 0, resetAt }
    window.used += 1
    const inProgress = idempotencyKey !== undefined && (window.inProgress.get(idempotencyKey) ?? 0) > at
    if (idempotencyKey !== undefined && !inProgress) window.inProgress.set(idempotencyKey, at + REQUEST_MAX_MS)
    return { allowed: true, inProgress, remaining: quota - window.used, resetAt }
  }

  /** Counts GETs that were answered already. `used` requests count until `resetAt`. */
  countReads(use: ApiUse): { used: number; resetAt: number } {
    const { used, endsAt } = this.#windowAfter(use)
    return { used, resetAt: endsAt }
  }

  release(keyId: string, idempotencyKey: string): void {
    this.#windows.get(keyId)?.inProgress.delete(idempotencyKey)
  }

  /** The window of a key at this time, with the GETs counted. */
  #windowAfter({ keyId, at, windowMs, reads = 0 }: ApiUse): Window {
    const known = this.#windows.get(keyId)
    const window = known && at < known.endsAt ? known : this.#openWindow(keyId, at, at + windowMs)
    window.used += reads
    return window
  }

  /** Also forgets what is over, of every key. */
  #openWindow(keyId: string, at: number, endsAt: number): Window {
    for (const [otherId, { endsAt: ended, inProgress }] of this.#windows) {
      for (const [key, until] of inProgress) if (until <= at) inProgress.delete(key)
      if (ended <= at && inProgress.size === 0) this.#windows.delete(otherId)
    }
    const window = { endsAt, used: 0, inProgress: this.#windows.get(keyId)?.inProgress ?? new Map() }
    this.#windows.set(keyId, window)
    return window
  }
}
