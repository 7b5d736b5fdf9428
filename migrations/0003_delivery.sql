-- One outbox for all that leaves: e-mails of four kinds, and webhook deliveries. `recipient` is an address, or the id of the
-- webhook. `last_code` is the provider's code of the last failure; a row is given up a day after `tried_since`.
CREATE TABLE outbox_of_all (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('invite', 'reminder', 'digest', 'webhook_off', 'webhook')),
  invite_id TEXT,
  link_version INTEGER,
  recipient TEXT NOT NULL,
  payload TEXT CHECK (payload IS NULL OR json_valid(payload)),
  state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'cancelled')),
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  tried_since INTEGER,
  message_id TEXT,
  last_code TEXT,
  last_error TEXT,
  created_at INTEGER NOT NULL,
  sent_at INTEGER
) STRICT;
INSERT INTO outbox_of_all
  SELECT outbox.id, outbox.reseller_id, 'invite', outbox.invite_id, outbox.link_version, invites.contact_email, NULL, outbox.state,
    outbox.attempts, outbox.due_at, NULL, outbox.message_id, NULL, outbox.last_error, outbox.created_at, outbox.sent_at
  FROM outbox JOIN invites ON invites.id = outbox.invite_id;
DROP TABLE outbox;
ALTER TABLE outbox_of_all RENAME TO outbox;
CREATE INDEX outbox_due ON outbox (due_at) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_by_invite ON outbox (invite_id) WHERE invite_id IS NOT NULL;
CREATE INDEX outbox_by_message ON outbox (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX outbox_done ON outbox (created_at) WHERE state IN ('sent', 'failed', 'cancelled');
CREATE INDEX outbox_by_webhook ON outbox (recipient, id) WHERE kind = 'webhook';

-- `mail_id` names the newest mail of an invite, whose fate `email_status` tells.
ALTER TABLE invites ADD COLUMN mail_id TEXT;
ALTER TABLE invites ADD COLUMN opened_at INTEGER;
ALTER TABLE invites ADD COLUMN reminder_due_at INTEGER;
UPDATE invites SET mail_id = (SELECT max(id) FROM outbox WHERE outbox.invite_id = invites.id);
UPDATE invites SET reminder_due_at = expires_at - 2 * 86400000
  WHERE status = 'pending' AND lifetime_days >= 4 AND send_count = 1;
CREATE INDEX invites_to_remind ON invites (reminder_due_at) WHERE status = 'pending' AND reminder_due_at IS NOT NULL;
CREATE INDEX invites_needing_attention ON invites (reseller_id, status, seq)
  WHERE status = 'pending' AND email_status IN ('bounced', 'complained', 'failed');

-- What an event says of its mail, worked out when it comes; `told_at` is set once it is in the audit.
ALTER TABLE delivery_events ADD COLUMN status TEXT;
ALTER TABLE delivery_events ADD COLUMN reason TEXT;
ALTER TABLE delivery_events ADD COLUMN suppresses INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery_events ADD COLUMN told_at INTEGER;
CREATE INDEX delivery_events_by_time ON delivery_events (received_at);
UPDATE delivery_events SET status = CASE type
  WHEN 'cf.email.sending.message.delivered' THEN 'delivered' WHEN 'cf.email.sending.message.deferred' THEN 'deferred'
  WHEN 'cf.email.sending.message.bounced' THEN 'bounced' WHEN 'cf.email.sending.message.complained' THEN 'complained'
  WHEN 'cf.email.sending.message.failed' THEN 'failed' WHEN 'cf.email.sending.message.rejected' THEN 'failed' END;

UPDATE audit SET action = 'invite.failed' WHERE action = 'invite.send_failed';

-- Addresses that get no more mail from a reseller.
CREATE TABLE suppressions (
  reseller_id TEXT NOT NULL,
  email TEXT NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('bounced', 'complained', 'declined')),
  reason TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (reseller_id, email)
) STRICT, WITHOUT ROWID;

-- What staff are told by e-mail: a row waits until a digest takes it.
ALTER TABLE resellers ADD COLUMN reminders INTEGER NOT NULL DEFAULT 1;
ALTER TABLE staff ADD COLUMN digests INTEGER NOT NULL DEFAULT 1;
ALTER TABLE staff ADD COLUMN digest_at INTEGER NOT NULL DEFAULT 0;
CREATE TABLE notices (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  invite_id TEXT NOT NULL,
  contact_email TEXT NOT NULL,
  action TEXT NOT NULL,
  detail TEXT,
  at INTEGER NOT NULL,
  mail_id TEXT
) STRICT;
CREATE INDEX notices_waiting ON notices (user_id) WHERE mail_id IS NULL;
CREATE INDEX notices_by_mail ON notices (mail_id) WHERE mail_id IS NOT NULL;

CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  url TEXT NOT NULL,
  events TEXT NOT NULL CHECK (json_valid(events)),
  secret_version INTEGER NOT NULL DEFAULT 1,
  old_secret_until INTEGER,
  failing_since INTEGER,
  last_failed_at INTEGER,
  switched_off_at INTEGER,
  off_because TEXT CHECK (off_because IN ('staff', 'failures')),
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks_by_reseller ON webhooks (reseller_id, id);

CREATE TABLE webhook_attempts (
  id TEXT PRIMARY KEY,
  delivery_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  status INTEGER,
  answer TEXT NOT NULL
) STRICT;
CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (delivery_id, id);
CREATE INDEX webhook_attempts_by_time ON webhook_attempts (at);

-- Needs attention: pending, and its mail did not arrive. Counted, and a facet of the search index.
CREATE TRIGGER invites_tally_attention_insert AFTER INSERT ON invites
WHEN new.status = 'pending' AND new.email_status IN ('bounced', 'complained', 'failed') BEGIN
  INSERT INTO tallies VALUES (new.reseller_id, 'attention', 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER invites_tally_attention AFTER UPDATE OF status, email_status ON invites
WHEN (old.status = 'pending' AND old.email_status IN ('bounced', 'complained', 'failed'))
  <> (new.status = 'pending' AND new.email_status IN ('bounced', 'complained', 'failed')) BEGIN
  INSERT INTO tallies VALUES (
    new.reseller_id, 'attention',
    CASE WHEN new.status = 'pending' AND new.email_status IN ('bounced', 'complained', 'failed') THEN 1 ELSE 0 END
  ) ON CONFLICT DO UPDATE SET
    n = n + CASE WHEN new.status = 'pending' AND new.email_status IN ('bounced', 'complained', 'failed') THEN 1 ELSE -1 END;
END;
INSERT INTO tallies
  SELECT reseller_id, 'attention', count(*) FROM invites
  WHERE status = 'pending' AND email_status IN ('bounced', 'complained', 'failed') GROUP BY reseller_id;

DROP TRIGGER invites_search_insert;
DROP TRIGGER invites_search_update;
CREATE TRIGGER invites_search_insert AFTER INSERT ON invites BEGIN
  INSERT INTO invite_search (rowid, tenant, facets, words) VALUES (
    new.seq, substr(new.reseller_id, -3),
    's=' || substr(new.status, 1, 1) || ' m=' || substr(new.email_status, 4, 1) || ' b=' || substr(new.billing_account_id, -3)
      || CASE WHEN new.status = 'pending' AND new.email_status IN ('bounced', 'complained', 'failed') THEN ' a=y' ELSE '' END,
    new.company_name || char(10) || new.contact_name || char(10) || new.contact_email
  );
END;
CREATE TRIGGER invites_search_update
AFTER UPDATE OF status, email_status, billing_account_id, company_name, contact_name, contact_email ON invites BEGIN
  DELETE FROM invite_search WHERE rowid = old.seq;
  INSERT INTO invite_search (rowid, tenant, facets, words) VALUES (
    new.seq, substr(new.reseller_id, -3),
    's=' || substr(new.status, 1, 1) || ' m=' || substr(new.email_status, 4, 1) || ' b=' || substr(new.billing_account_id, -3)
      || CASE WHEN new.status = 'pending' AND new.email_status IN ('bounced', 'complained', 'failed') THEN ' a=y' ELSE '' END,
    new.company_name || char(10) || new.contact_name || char(10) || new.contact_email
  );
END;
UPDATE invites SET status = status WHERE status = 'pending' AND email_status IN ('bounced', 'complained', 'failed');
