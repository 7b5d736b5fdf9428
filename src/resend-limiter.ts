import { DurableObject } from "cloudflare:workers"
import type { LimitScope } from "./domain/failure.ts"

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export type SendLimits = { resendPauseSeconds: number; resendsPerDay: number; mailsPerHour: number }

export type SendRequest = { inviteId: string; kind: "first" | "resend" | "code"; at: number; limits: SendLimits }

export type SendVerdict =
  | { allowed: true; sendId: number }
  | { allowed: false; scope: LimitScope; limit: number; remaining: number; resetAt: number }

/**
 * Counts one reseller's invite e-mails. A Durable Object runs one `take` at a time, and its storage calls are
 * synchronous, so that of twenty resends at once exactly one is let through.
 */
export class ResendLimiter extends DurableObject<Env> {
  /** Leave to send one e-mail now, or which limit stands against it and until when. Times in ms since 1970. */
  take({ inviteId, kind, at, limits }: SendRequest): SendVerdict {
    this.#createTable()
    const refusal =
      (kind !== "first" && this.#refuseAnother(inviteId, kind, at, limits)) || this.#refuseMail(at, limits)
    if (refusal) return refusal
    const [row] = this.ctx.storage.sql
      .exec<{ id: number }>("INSERT INTO sends (invite_id, kind, at) VALUES (?, ?, ?) RETURNING id", inviteId, kind, at)
      .toArray()
    if (!row) throw new Error("the send was not recorded")
    this.ctx.waitUntil(this.#wakeForCleaning())
    return { allowed: true, sendId: row.id }
  }

  /** Gives back a send that did not come about. */
  undo(sendId: number): void {
    this.#createTable()
    this.ctx.storage.sql.exec("DELETE FROM sends WHERE id = ?", sendId)
  }

  override async alarm(): Promise<void> {
    this.#createTable()
    this.ctx.storage.sql.exec("DELETE FROM sends WHERE at <= ?", Date.now() - DAY_MS)
    const [oldest] = this.ctx.storage.sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM sends").toArray()
    if (oldest?.at) await this.ctx.storage.setAlarm(oldest.at + DAY_MS)
    else await this.ctx.storage.deleteAll()
  }

  /** Resends and codes of one invite are counted apart: whoever asks for codes keeps no staff from resending. */
  #refuseAnother(inviteId: string, kind: "resend" | "code", at: number, limits: SendLimits): SendVerdict | undefined {
    const today = this.#sends("invite_id = ? AND kind = ? AND at > ?", inviteId, kind, at - DAY_MS)
    const [oldest] = today
    const newest = today.at(-1)
    if (oldest !== undefined && today.length >= limits.resendsPerDay) {
      return refused("resend_daily_limit", limits.resendsPerDay, 0, oldest + DAY_MS)
    }
    const pauseEnds = (newest ?? -Infinity) + limits.resendPauseSeconds * 1000
    if (pauseEnds <= at) return undefined
    return refused("resend_cooldown", limits.resendsPerDay, limits.resendsPerDay - today.length, pauseEnds)
  }

  #refuseMail(at: number, { mailsPerHour }: SendLimits): SendVerdict | undefined {
    const lastHour = this.#sends("at > ?", at - HOUR_MS)
    const [oldest] = lastHour
    if (oldest === undefined || lastHour.length < mailsPerHour) return undefined
    return refused("email_hourly_limit", mailsPerHour, 0, oldest + HOUR_MS)
  }

  #sends(condition: string, ...values: (string | number)[]): number[] {
    const rows = this.ctx.storage.sql.exec<{ at: number }>(
      `SELECT at FROM sends WHERE ${condition} ORDER BY at`,
      ...values,
    )
    return rows.toArray().map(({ at }) => at)
  }

  #createTable(): void {
    this.ctx.storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS sends (id INTEGER PRIMARY KEY, invite_id TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL);
       CREATE INDEX IF NOT EXISTS sends_by_time ON sends (at);
       CREATE INDEX IF NOT EXISTS sends_by_invite ON sends (invite_id, at)`,
    )
  }

  async #wakeForCleaning(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + DAY_MS)
  }
}

function refused(scope: LimitScope, limit: number, remaining: number, resetAt: number): SendVerdict {
  return { allowed: false, scope, limit, remaining, resetAt }
}
