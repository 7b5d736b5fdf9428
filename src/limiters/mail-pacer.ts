import { DurableObject } from "cloudflare:workers"
import { DAY_MS, SECOND_MS } from "../domain/time.ts"
import { MailDay } from "./mail-day.ts"
import { TurnQueue } from "./turn-queue.ts"

/** 0 is no limit. */
export type MailLimits = { perSecond: number; perDay: number }

type TurnRequest = { resellerId: string; isBulk: boolean; limits: MailLimits }
type Waiting = TurnRequest & { answer: (seconds: number) => void; timer: ReturnType<typeof setTimeout> }

/** How much sending time can be caught up at once. */
const BURST_MS = 100
/** An email waits here if its turn is expected so soon. Otherwise its message makes room for others in the queue. */
const EXPECTED_WAIT_MAX_MS = SECOND_MS
/** The longest that it waits here, if others overtake it. */
const WAIT_MAX_MS = 10 * SECOND_MS
/** The longest until an email comes back, from the end of a pause on. Its turn comes earlier than expected if others need fewer. */
const COME_BACK_MAX_MS = 60 * SECOND_MS
/** Emails that wait for the next day come back spread over this time. */
const MIDNIGHT_SPREAD_MS = 60 * SECOND_MS

/**
 * Decides which email is sent next, in the whole deployment: single emails before bulk ones, and among equals the resellers in turn.
 * It keeps to the limits of the provider. All but the count of the day is in memory: a sender that waits while it restarts has to ask
 * again.
 */
export class MailPacer extends DurableObject<Env> {
  readonly #singles = new TurnQueue<Waiting>()
  readonly #bulk = new TurnQueue<Waiting>()
  readonly #day = new MailDay(this.ctx.storage)
  /** For each reseller and kind of email, when the last of those that were sent away comes back. */
  readonly #comeBacks = new Map<string, number>()
  /** The time of the next email, in steady spacing: earlier than now if fewer were sent than possible. */
  #nextAt = Number.NEGATIVE_INFINITY
  #pausedUntil = Number.NEGATIVE_INFINITY
  #timer: ReturnType<typeof setTimeout> | undefined

  /** 0 when it is this email's turn, or after how many seconds to ask again. */
  async take(request: TurnRequest): Promise<number> {
    const { resellerId, isBulk, limits } = request
    if (!this.#day.isLeft(limits.perDay, isBulk)) return secondsToNextDay()
    const turns = isBulk
      ? this.#singles.size + this.#bulk.turnsBefore(resellerId)
      : this.#singles.turnsBefore(resellerId)
    const untilNextMs = this.#msUntilNext()
    if (turns === 0 && untilNextMs === 0) return this.#use(request)
    const waitMs = untilNextMs + turns * spacingMs(limits)
    return waitMs > EXPECTED_WAIT_MAX_MS ? this.#comeBackSeconds(request, waitMs) : this.#wait(request)
  }

  /** Returns a turn that wasn't used. */
  release({ perSecond, perDay }: MailLimits): void {
    if (perSecond > 0) this.#nextAt -= SECOND_MS / perSecond
    if (perDay > 0) this.#day.release()
    this.#schedule()
  }

  /** Sends nothing for a while, because the provider has refused an email. */
  pause(seconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + seconds * SECOND_MS)
    this.#nextAt = Math.max(this.#nextAt, this.#pausedUntil)
    this.#schedule()
  }

  #wait(request: TurnRequest): Promise<number> {
    const queue = request.isBulk ? this.#bulk : this.#singles
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        queue.remove(request.resellerId, waiting)
        resolve(this.#comeBackSeconds(request, SECOND_MS))
      }, WAIT_MAX_MS)
      const waiting = { ...request, answer: resolve, timer }
      queue.add(request.resellerId, waiting)
      this.#schedule()
    })
  }

  /** Answers those whose turn it is. */
  #serve(): void {
    while (this.#msUntilNext() === 0) {
      const waiting = this.#singles.next() ?? this.#bulk.next()
      if (!waiting) return
      clearTimeout(waiting.timer)
      waiting.answer(this.#day.isLeft(waiting.limits.perDay, waiting.isBulk) ? this.#use(waiting) : secondsToNextDay())
    }
    this.#schedule()
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    if (this.#singles.size + this.#bulk.size > 0) this.#timer = setTimeout(() => this.#serve(), this.#msUntilNext())
  }

  #use({ limits }: TurnRequest): number {
    this.#nextAt = Math.max(this.#nextAt, performance.now() - BURST_MS) + spacingMs(limits)
    this.#day.use(limits.perDay)
    return 0
  }

  #msUntilNext(): number {
    return Math.max(0, this.#nextAt - performance.now())
  }

  /** The emails of a reseller that were sent away come back one after the other, at the pace of their turns. */
  #comeBackSeconds({ resellerId, isBulk, limits }: TurnRequest, waitMs: number): number {
    const now = performance.now()
    for (const [key, at] of this.#comeBacks) if (at <= now) this.#comeBacks.delete(key)
    const key = `${isBulk} ${resellerId}`
    const afterLast = (this.#comeBacks.get(key) ?? now) + spacingMs(limits) * Math.max(1, this.#comeBacks.size)
    const latest = Math.max(now, this.#pausedUntil) + COME_BACK_MAX_MS
    const at = Math.min(Math.max(now + waitMs, afterLast), latest)
    this.#comeBacks.set(key, at)
    return Math.ceil((at - now) / SECOND_MS)
  }
}

const spacingMs = ({ perSecond }: MailLimits) => (perSecond > 0 ? SECOND_MS / perSecond : 0)

function secondsToNextDay(): number {
  const untilMidnight = DAY_MS - (Date.now() % DAY_MS)
  return Math.ceil((untilMidnight + Math.random() * MIDNIGHT_SPREAD_MS) / SECOND_MS)
}
