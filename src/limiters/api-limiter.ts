import { DurableObject } from "cloudflare:workers"

/** `reads`: how many GETs were answered since the last report. */
type ApiUse = { at: number; quota: number; windowMs: number; reads?: number }
type ApiRequest = ApiUse & { idempotencyKey?: string | undefined }

/** `remaining` requests until `resetAt` (ms since 1970). `inProgress`: a request with the same idempotency key is in progress. */
type ApiAdmission = { allowed: boolean; inProgress: boolean; remaining: number; resetAt: number }

/** After this time, a lost request releases its idempotency key. */
const REQUEST_MAX_MS = 60_000

/**
 * Counts the requests of one API key, and tracks idempotent requests in progress. In memory only: an object stays in memory for at
 * least ten seconds after its last request, which is the window. The database guarantees idempotency even if this is lost.
 */
export class ApiLimiter extends DurableObject<Env> {
  readonly #window = { endsAt: 0, used: 0 }
  readonly #inProgress = new Map<string, number>()

  acquire({ idempotencyKey, ...use }: ApiRequest): ApiAdmission {
    const { at, quota } = use
    const { used, resetAt } = this.countReads(use)
    if (used >= quota) return { allowed: false, inProgress: false, remaining: 0, resetAt }
    this.#window.used += 1
    const inProgress = idempotencyKey !== undefined && (this.#inProgress.get(idempotencyKey) ?? 0) > at
    if (idempotencyKey !== undefined && !inProgress) this.#inProgress.set(idempotencyKey, at + REQUEST_MAX_MS)
    return { allowed: true, inProgress, remaining: quota - this.#window.used, resetAt }
  }

  /** Counts GETs that were answered already. `used` requests count until `resetAt`. */
  countReads({ at, windowMs, reads = 0 }: ApiUse): { used: number; resetAt: number } {
    if (at >= this.#window.endsAt) {
      Object.assign(this.#window, { endsAt: at + windowMs, used: 0 })
      for (const [key, until] of this.#inProgress) if (until <= at) this.#inProgress.delete(key)
    }
    this.#window.used += reads
    return { used: this.#window.used, resetAt: this.#window.endsAt }
  }

  release(idempotencyKey: string): void {
    this.#inProgress.delete(idempotencyKey)
  }
}
