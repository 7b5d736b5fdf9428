import type { JobSend, SendKind } from "../domain/deps.ts"
import type { RateLimit } from "../domain/failure.ts"
import { DAY_MS, HOUR_MS } from "../domain/time.ts"

export type SendLimits = { resendCooldownSeconds: number; resendsPerDay: number; mailsPerHour: number }

/** Of `mailsPerHour`, jobs can use `jobMailsPerHour`. */
export type JobLimits = SendLimits & { jobMailsPerHour: number }

export type JobRequest = { requests: JobSend[]; at: number; limits: JobLimits }

export type FirstSend = { at: number; limits: SendLimits }
export type SendRequest = FirstSend & { inviteId: string; kind: SendKind }

export type SendDecision =
  | { allowed: true; sendId: number }
  | { allowed: false; scope: RateLimit; limit: number; remaining: number; resetAt: number }

/** How many first emails are stored together at most, and how long they wait for requests. */
const BLOCK_MAX = 16
const BLOCK_MS = 1_000

/** First emails that were stored together, as sent at `at`. `free`: the ids of those that no request has yet. */
type Block = { at: number; size: number; free: number[] }

/**
 * Counts the invite emails of one account. A Durable Object runs one `reserve` at a time with synchronous storage calls, so of
 * twenty simultaneous resends exactly one is allowed.
 */
export class EmailSends {
  readonly #ctx: DurableObjectState
  readonly #sql: SqlStorage
  #hasTables = false
  #hasAlarm = false
  #block: Block = { at: 0, size: 0, free: [] }

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx
    this.#sql = ctx.storage.sql
  }

  /** Reserves the sending of one email, or returns the limit that was reached and when it resets. Times in ms since 1970. */
  reserve({ inviteId, kind, at, limits }: SendRequest): SendDecision {
    if (kind === "first") return this.reserveFirst({ at, limits })
    this.#openStorage()
    const denial = this.#checkInviteLimits(inviteId, kind, at, limits) ?? this.#checkHourlyLimit(at, limits)
    if (denial) return denial
    this.#ensureCleanup()
    return { allowed: true, sendId: this.#record({ inviteId, kind, at, key: null }) }
  }

  /**
   * The same for the first email of any invite. Of emails that follow each other closely, ever more are stored at once. A crash counts
   * some that nobody sent, but forgets none.
   */
  reserveFirst({ at, limits }: FirstSend): SendDecision {
    const block = this.#block
    const isOpen = Math.abs(at - block.at) < BLOCK_MS
    const stored = isOpen ? block.free.pop() : undefined
    if (stored !== undefined) return { allowed: true, sendId: stored }
    this.#openStorage()
    const left = limits.mailsPerHour - this.#countLastHour(at)
    if (left <= 0) return this.#hourlyDenial(at, limits)
    this.#ensureCleanup()
    return { allowed: true, sendId: this.#storeBlock(at, Math.min(isOpen ? 2 * block.size : 1, BLOCK_MAX, left)) }
  }

  /**
   * Decides about several emails of a job, in order. One that was reserved with the same key stays reserved, so that a job that was
   * interrupted counts no email twice. Once the hourly share of jobs is used up, the others are refused until more can be sent at once.
   */
  reserveMany({ requests, at, limits }: JobRequest): SendDecision[] {
    this.#openStorage()
    let free = limits.jobMailsPerHour - this.#countLastHour(at)
    const decisions: SendDecision[] = []
    for (const [n, request] of requests.entries()) {
      const [known] = this.#sql.exec<{ id: number }>("SELECT id FROM sends WHERE key = ?", request.key).toArray()
      const denial =
        !known && request.kind !== "first" && this.#checkInviteLimits(request.inviteId, request.kind, at, limits)
      if (known) decisions.push({ allowed: true, sendId: known.id })
      else if (denial) decisions.push(denial)
      else if (free <= 0) decisions.push(this.#jobDenial(requests.length - n, at, limits))
      else {
        free -= 1
        decisions.push({ allowed: true, sendId: this.#record({ ...request, at }) })
      }
    }
    this.#ensureCleanup()
    return decisions
  }

  /** How many emails jobs can send now, and when they can send more if that is less than their hourly share. */
  jobAllowance({ at, limits }: Pick<JobRequest, "at" | "limits">): { now: number; resetAt: number | undefined } {
    this.#openStorage()
    const free = Math.max(0, limits.jobMailsPerHour - this.#countLastHour(at))
    const isWhole = free >= limits.jobMailsPerHour
    return { now: free, resetAt: isWhole ? undefined : this.#jobResetAt(limits.jobMailsPerHour, at, limits) }
  }

  /** Releases the reservation of an email that wasn't sent. */
  release(...sendIds: number[]): void {
    this.#createTables()
    this.#sql.exec("DELETE FROM sends WHERE id IN (SELECT value FROM json_each(?))", JSON.stringify(sendIds))
  }

  /** Deletes what no limit needs anymore. */
  async cleanUp(): Promise<void> {
    this.#hasAlarm = false
    this.#openStorage()
    this.#countLastHour(Date.now())
    this.#sql.exec("DELETE FROM sends WHERE at <= ?", Date.now() - DAY_MS)
    const [oldest] = this.#sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM sends").toArray()
    if (oldest?.at) await this.#ctx.storage.setAlarm(oldest.at + DAY_MS)
    else {
      this.#hasTables = false
      await this.#ctx.storage.deleteAll()
    }
  }

  /** Each kind is counted by itself, so that what contacts ask for doesn't block resends by the inviter. */
  #checkInviteLimits(
    inviteId: string,
    kind: Exclude<SendKind, "first">,
    at: number,
    limits: SendLimits,
  ): SendDecision | undefined {
    const lastDay = this.#sendTimes(
      "invite_id = ? AND kind = ? AND kind <> 'first' AND at > ? ORDER BY at",
      inviteId,
      kind,
      at - DAY_MS,
    )
    const [oldest] = lastDay
    const newest = lastDay.at(-1)
    if (oldest !== undefined && lastDay.length >= limits.resendsPerDay) {
      return toDenial("resend_daily_limit", limits.resendsPerDay, 0, oldest + DAY_MS)
    }
    const cooldownEndsAt = (newest ?? -Infinity) + limits.resendCooldownSeconds * 1000
    if (cooldownEndsAt <= at) return undefined
    return toDenial("resend_cooldown", limits.resendsPerDay, limits.resendsPerDay - lastDay.length, cooldownEndsAt)
  }

  #checkHourlyLimit(at: number, limits: SendLimits): SendDecision | undefined {
    return this.#countLastHour(at) < limits.mailsPerHour ? undefined : this.#hourlyDenial(at, limits)
  }

  #hourlyDenial(at: number, { mailsPerHour }: SendLimits): SendDecision {
    const [oldest] = this.#sendTimes("at > ? ORDER BY at LIMIT 1", at - HOUR_MS)
    return toDenial("email_hourly_limit", mailsPerHour, 0, (oldest ?? at) + HOUR_MS)
  }

  #jobDenial(wanted: number, at: number, limits: JobLimits): SendDecision {
    return toDenial("email_hourly_limit", limits.jobMailsPerHour, 0, this.#jobResetAt(wanted, at, limits))
  }

  /** When jobs can send so many emails at once, or as many as they ever can. */
  #jobResetAt(wanted: number, at: number, { jobMailsPerHour }: JobLimits): number {
    const used = this.#countLastHour(at)
    const mustEnd = used + Math.min(wanted, jobMailsPerHour) - jobMailsPerHour
    const [last] = this.#sendTimes("at > ? ORDER BY at LIMIT 1 OFFSET ?", at - HOUR_MS, Math.max(0, mustEnd - 1))
    return (last ?? at) + HOUR_MS
  }

  #record({ inviteId, kind, at, key }: { inviteId: string; kind: SendKind; at: number; key: string | null }): number {
    const { id } = this.#sql
      .exec<{ id: number }>(
        "INSERT INTO sends (invite_id, kind, at, key) VALUES (?, ?, ?, ?) RETURNING id",
        inviteId,
        kind,
        at,
        key,
      )
      .one()
    return id
  }

  /**
   * The number of sends within the hour before `at`. The stored number is that of the sends after `since`, so only those are read that
   * have come between: each send twice in its life, however many there are.
   */
  #countLastHour(at: number): number {
    const start = at - HOUR_MS
    const between = "SELECT count(*) FROM sends WHERE at > min(since, ?1) AND at <= max(since, ?1)"
    const { since, count, n } = this.#sql
      .exec<{ since: number; count: number; n: number }>(`SELECT since, count, (${between}) AS n FROM last_hour`, start)
      .one()
    if (since >= start) return count + n // another isolate's clock was ahead
    if (n > 0) this.#sql.exec("UPDATE last_hour SET since = ?, count = ?", start, count - n)
    return count - n
  }

  #sendTimes(condition: string, ...values: (string | number)[]): number[] {
    const rows = this.#sql.exec<{ at: number }>(`SELECT at FROM sends WHERE ${condition}`, ...values)
    return rows.toArray().map(({ at }) => at)
  }

  /** Stores so many first emails. Returns the id of one; the others are free. */
  #storeBlock(at: number, size: number): number {
    const store = () => this.#record({ inviteId: "", kind: "first", at, key: null })
    const id = store()
    this.#block = { at, size, free: Array.from({ length: size - 1 }, store) }
    if (size > 1) setTimeout(() => this.#releaseFree(), BLOCK_MS)
    return id
  }

  #releaseFree(): void {
    const free = this.#block.free.splice(0)
    if (free.length > 0) this.release(...free)
  }

  /** Whatever counts emails begins with this, so that it counts no free ones. */
  #openStorage(): void {
    this.#createTables()
    this.#releaseFree()
  }

  #createTables(): void {
    if (this.#hasTables) return
    this.#hasTables = true
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS sends (id INTEGER PRIMARY KEY, invite_id TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, key TEXT);
       CREATE UNIQUE INDEX IF NOT EXISTS sends_by_key ON sends (key) WHERE key IS NOT NULL;
       CREATE INDEX IF NOT EXISTS sends_by_time ON sends (at);
       CREATE INDEX IF NOT EXISTS sends_by_invite ON sends (invite_id, at) WHERE kind <> 'first';
       CREATE TABLE IF NOT EXISTS last_hour (id INTEGER PRIMARY KEY, since INTEGER NOT NULL, count INTEGER NOT NULL);
       CREATE TRIGGER IF NOT EXISTS sends_insert AFTER INSERT ON sends BEGIN
         UPDATE last_hour SET count = count + 1 WHERE since < new.at;
       END;
       CREATE TRIGGER IF NOT EXISTS sends_delete AFTER DELETE ON sends BEGIN
         UPDATE last_hour SET count = count - 1 WHERE since < old.at;
       END;
       INSERT OR IGNORE INTO last_hour SELECT 1, 0, count(*) FROM sends`,
    )
  }

  #ensureCleanup(): void {
    if (this.#hasAlarm) return
    this.#hasAlarm = true
    this.#ctx.waitUntil(this.#scheduleCleanup())
  }

  async #scheduleCleanup(): Promise<void> {
    if ((await this.#ctx.storage.getAlarm()) === null) await this.#ctx.storage.setAlarm(Date.now() + DAY_MS)
  }
}

function toDenial(scope: RateLimit, limit: number, remaining: number, resetAt: number): SendDecision {
  return { allowed: false, scope, limit, remaining, resetAt }
}
