import { en } from "../text/en.ts"
import type { Database } from "./database.ts"

/** How many emails or invites are changed in one statement. */
const HELD_ROWS = 1_000

/** Why an email is a dead letter, among the codes of providers. */
const HELD_CODE = "E_HELD_BY_RESTORE"

const IS_DUE = "(status IN ('queued', 'sending') OR status = 'scheduled' AND next_attempt_at <= ?1 ->> '$')"

/** As elsewhere, an email about a person's own sign-in forgets its address once it is final, and a test its content. */
const HOLD_EMAILS = `UPDATE outbox SET status = 'failed', last_error_code = '${HELD_CODE}', claimed_at = coalesce(claimed_at, created_at),
    last_error = iif(reseller_id IS NULL, NULL, '${en.emailErrors.held}'),
    recipient = iif(reseller_id IS NULL, '', recipient), payload = iif(reseller_id IS NULL OR kind = 'test', NULL, payload)
  WHERE id IN (SELECT id FROM outbox WHERE kind <> 'webhook' AND ${IS_DUE} LIMIT ${HELD_ROWS}) RETURNING 1`

const TELL_INVITERS = `UPDATE invites SET email_status = 'failed', email_error = '${en.emailErrors.held}', updated_at = ?1 ->> '$'
  WHERE id IN (SELECT invites.id FROM outbox JOIN invites ON invites.id = outbox.invite_id AND invites.latest_email_id = outbox.id
    WHERE outbox.status = 'failed' AND outbox.last_error_code = '${HELD_CODE}' AND invites.email_status = 'queued' LIMIT ${HELD_ROWS}) RETURNING 1`

const SKIP_REMINDERS = `UPDATE invites SET remind_at = NULL
  WHERE id IN (SELECT id FROM invites WHERE status = 'pending' AND remind_at <= ?1 ->> '$' LIMIT ${HELD_ROWS}) RETURNING 1`

const PAUSE_JOBS = "UPDATE jobs SET status = 'paused', claim_id = NULL, next_run_at = NULL WHERE status = 'running'"

const COUNT_HELD = `SELECT count(*) FROM outbox WHERE status = 'failed' AND last_error_code = '${HELD_CODE}'`

/**
 * Holds what was under way when a database was backed up, since it may have happened meanwhile: emails that are due become dead letters,
 * which the operator can send again, reminders that are due are skipped, and jobs are paused. Emails that are scheduled for later and
 * webhooks stay, as receivers know an event by its id. Needs the triggers of the database, and can run twice. Returns how many emails are held.
 */
export async function holdUnfinished(database: Database, now: Date): Promise<number> {
  const at = String(now.getTime())
  for (const sql of [HOLD_EMAILS, TELL_INVITERS, SKIP_REMINDERS]) {
    while ((await database.query(sql, at)).length === HELD_ROWS);
  }
  await database.query(PAUSE_JOBS)
  const [[count] = []] = await database.query(COUNT_HELD)
  return Number(count)
}
