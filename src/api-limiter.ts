import { DurableObject } from "cloudflare:workers"

export type ApiRequest = { at: number; quota: number; windowMs: number; requestKey: string | undefined }

/** `remaining` requests until `resetAt` (ms since 1970). `running` says that a request of the same name is under way. */
export type ApiAdmission = { allowed: boolean; running: boolean; remaining: number; resetAt: number }

/** After this a request that was lost frees its name. */
const LONGEST_REQUEST_MS = 60_000

/**
 * Counts one API key's requests, and knows which of its repeatable requests are under way. All in memory: an object stays in it
 * for at least ten seconds after its last request, which is the window; and that a repeated request has one effect is held by
 * the database, so that losing this costs nothing but politeness.
 */
export class ApiLimiter extends DurableObject<Env> {
  readonly #window = { endsAt: 0, used: 0 }
  readonly #running = new Map<string, number>()

  enter({ at, quota, windowMs, requestKey }: ApiRequest): ApiAdmission {
    if (at >= this.#window.endsAt) {
      Object.assign(this.#window, { endsAt: at + windowMs, used: 0 })
      for (const [name, until] of this.#running) if (until <= at) this.#running.delete(name)
    }
    const { used, endsAt: resetAt } = this.#window
    if (used >= quota) return { allowed: false, running: false, remaining: 0, resetAt }
    this.#window.used += 1
    const running = requestKey !== undefined && (this.#running.get(requestKey) ?? 0) > at
    if (requestKey !== undefined && !running) this.#running.set(requestKey, at + LONGEST_REQUEST_MS)
    return { allowed: true, running, remaining: quota - this.#window.used, resetAt }
  }

  leave(requestKey: string): void {
    this.#running.delete(requestKey)
  }
}
