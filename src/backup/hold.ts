import { en } from "../text/en.ts"
import type { Database } from "./database.ts"

/** How many emails or invites are changed in one statement. */
const HELD_ROWS = 1_000

/** Why an email is a dead letter, among the codes of providers. */
const HELD_CODE = "E_HELD_BY_RESTORE"

const IS_DUE = "(status IN ('queued', 'sending') OR status = 'scheduled' AND next_attempt_at <= ?1 ->> '$.at')"

/** As elsewhere, an email about a person's own sign-in forgets its address once it is final, and a test its content. */
const HOLD_EMAILS = `UPDATE outbox SET status = 'failed', last_error_code = '${HELD_CODE}', claimed_at = coalesce(claimed_at, created_at),
    last_error = iif(reseller_id IS NULL, NULL, ?1 ->> '$.text'),
    recipient = iif(reseller_id IS NULL, '', recipient), payload = iif(reseller_id IS NULL OR kind = 'test', NULL, payload)
  WHERE id IN (SELECT id FROM outbox WHERE kind <> 'webhook' AND ${IS_DUE} LIMIT ${HELD_ROWS}) RETURNING 1`

const TELL_INVITERS = `UPDATE invites SET email_status = 'failed', email_error = ?1 ->> '$.text', updated_at = ?1 ->> '$.at'
  WHERE id IN (SELECT invites.id FROM outbox JOIN invites ON invites.id = outbox.invite_id AND invites.latest_email_id = outbox.id
    WHERE outbox.status = 'failed' AND outbox.last_error_code = '${HELD_CODE}' AND invites.email_status = 'queued' LIMIT ${HELD_ROWS}) RETURNING 1`

const SKIP_REMINDERS = `UPDATE invites SET remind_at = NULL
  WHERE id IN (SELECT id FROM invites WHERE status = 'pending' AND remind_at <= ?1 ->> '$.at' LIMIT ${HELD_ROWS}) RETURNING 1`

/** Those that no digest contains yet. */
const SKIP_NOTIFICATIONS = `DELETE FROM notifications WHERE (event_id, user_id) IN (
    SELECT event_id, user_id FROM notifications WHERE email_id IS NULL LIMIT ${HELD_ROWS}) RETURNING 1`

const PAUSE_JOBS = "UPDATE jobs SET status = 'paused', claim_id = NULL, next_run_at = NULL WHERE status = 'running'"

/** Those that can be sent again. */
const COUNT_HELD = `SELECT count(*) FROM outbox WHERE status = 'failed' AND last_error_code = '${HELD_CODE}' AND recipient <> ''`

/** The tables that have more or fewer rows then. */
export const RESIZED_TABLES = ["invite_counts", "notifications"]

/**
 * Holds what was under way when a database was backed up, since it may have happened meanwhile: emails that are due become dead letters,
 * which the operator can send again, reminders and digests that are due are skipped, and jobs are paused. Emails about a person's own
 * sign-in are dropped. Emails that are scheduled for later and webhooks stay, as receivers know an event by its id. Needs the triggers of
 * the database, and can run twice. Returns how many emails can be sent again.
 */
export async function holdUnfinished(database: Database, now: Date): Promise<number> {
  const values = JSON.stringify({ at: now.getTime(), text: en.emailErrors.held })
  for (const sql of [HOLD_EMAILS, TELL_INVITERS, SKIP_REMINDERS]) {
    while ((await database.query(sql, values)).length === HELD_ROWS);
  }
  while ((await database.query(SKIP_NOTIFICATIONS)).length === HELD_ROWS);
  await database.query(PAUSE_JOBS)
  const [[count] = []] = await database.query(COUNT_HELD)
  return Number(count)
}
