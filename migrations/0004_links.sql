-- An invite may be made without an e-mail: its link is copied. `email_status` is null until one is asked for. `started_at`: the
-- contact began to fill in the form. `address_version` is the first link version that the present address was given: links of before
-- went to another one.
CREATE TABLE invites_with_or_without_mail (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  status TEXT NOT NULL CHECK (status IN ('pending', 'accepted', 'expired', 'revoked', 'declined')),
  email_status TEXT
    CHECK (email_status IN ('queued', 'sent', 'delivered', 'deferred', 'bounced', 'complained', 'failed')),
  email_problem TEXT,
  company_name TEXT NOT NULL,
  contact_name TEXT NOT NULL,
  contact_email TEXT NOT NULL,
  billing_account_id TEXT NOT NULL,
  billing_email TEXT NOT NULL,
  billing_phone TEXT NOT NULL,
  locale TEXT NOT NULL,
  note TEXT,
  link_version INTEGER NOT NULL,
  address_version INTEGER NOT NULL DEFAULT 1,
  lifetime_days INTEGER NOT NULL CHECK (lifetime_days BETWEEN 1 AND 90),
  send_count INTEGER NOT NULL,
  submission_id TEXT NOT NULL,
  change_id TEXT NOT NULL,
  invited_by TEXT NOT NULL,
  customer_id TEXT,
  created_at INTEGER NOT NULL,
  last_sent_at INTEGER,
  resent_at INTEGER,
  expires_at INTEGER NOT NULL,
  accepted_at INTEGER,
  mail_id TEXT,
  opened_at INTEGER,
  started_at INTEGER,
  reminder_due_at INTEGER
) STRICT;
INSERT INTO invites_with_or_without_mail
  SELECT seq, id, reseller_id, status, email_status, email_problem, company_name, contact_name, contact_email,
    billing_account_id, billing_email, billing_phone, locale, note, link_version,
    coalesce((SELECT min(sent.link_version) FROM outbox AS sent
      WHERE sent.invite_id = invites.id AND sent.recipient = invites.contact_email), 1),
    lifetime_days, send_count, submission_id,
    change_id, invited_by, customer_id, created_at, last_sent_at, resent_at, expires_at, accepted_at, mail_id, opened_at,
    accepted_at, reminder_due_at
  FROM invites;
UPDATE invites_with_or_without_mail SET opened_at = accepted_at WHERE opened_at IS NULL AND accepted_at IS NOT NULL;
DROP TABLE invites;
ALTER TABLE invites_with_or_without_mail RENAME TO invites;

CREATE UNIQUE INDEX one_live_invite ON invites (reseller_id, contact_email) WHERE status = 'pending';
CREATE UNIQUE INDEX one_invite_per_submission ON invites (reseller_id, submission_id);
CREATE INDEX invites_by_reseller ON invites (reseller_id, seq);
CREATE INDEX invites_by_status ON invites (reseller_id, status, seq);
CREATE INDEX invites_running_out ON invites (reseller_id, expires_at) WHERE status = 'pending';
CREATE INDEX invites_due ON invites (expires_at) WHERE status = 'pending';
CREATE INDEX invites_by_customer ON invites (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX invites_by_billing_account ON invites (billing_account_id) WHERE status = 'pending';
CREATE INDEX invites_by_email_status ON invites (reseller_id, email_status, seq);
CREATE INDEX invites_by_account ON invites (reseller_id, billing_account_id, seq);
CREATE INDEX invites_to_remind ON invites (reminder_due_at) WHERE status = 'pending' AND reminder_due_at IS NOT NULL;
CREATE INDEX invites_needing_attention ON invites (reseller_id, status, seq)
  WHERE status = 'pending' AND email_status IN ('bounced', 'complained', 'failed');

CREATE TRIGGER invites_tally_insert AFTER INSERT ON invites BEGIN
  INSERT INTO tallies VALUES (new.reseller_id, new.status, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER invites_tally_status AFTER UPDATE OF status ON invites WHEN old.status <> new.status BEGIN
  UPDATE tallies SET n = n - 1 WHERE reseller_id = old.reseller_id AND name = old.status;
  INSERT INTO tallies VALUES (new.reseller_id, new.status, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER invites_tally_attention_insert AFTER INSERT ON invites
WHEN new.status = 'pending' AND new.email_status IN ('bounced', 'complained', 'failed') BEGIN
  INSERT INTO tallies VALUES (new.reseller_id, 'attention', 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER invites_tally_attention AFTER UPDATE OF status, email_status ON invites
WHEN (old.status = 'pending' AND coalesce(old.email_status, '') IN ('bounced', 'complained', 'failed'))
  <> (new.status = 'pending' AND coalesce(new.email_status, '') IN ('bounced', 'complained', 'failed')) BEGIN
  INSERT INTO tallies VALUES (
    new.reseller_id, 'attention',
    CASE WHEN new.status = 'pending' AND new.email_status IN ('bounced', 'complained', 'failed') THEN 1 ELSE 0 END
  ) ON CONFLICT DO UPDATE SET
    n = n + CASE WHEN new.status = 'pending' AND new.email_status IN ('bounced', 'complained', 'failed') THEN 1 ELSE -1 END;
END;
CREATE TRIGGER invites_search_insert AFTER INSERT ON invites BEGIN
  INSERT INTO invite_search (rowid, tenant, facets, words) VALUES (
    new.seq, substr(new.reseller_id, -3),
    's=' || substr(new.status, 1, 1) || coalesce(' m=' || substr(new.email_status, 4, 1), '')
      || ' b=' || substr(new.billing_account_id, -3)
      || CASE WHEN new.status = 'pending' AND new.email_status IN ('bounced', 'complained', 'failed') THEN ' a=y' ELSE '' END,
    new.company_name || char(10) || new.contact_name || char(10) || new.contact_email
  );
END;
CREATE TRIGGER invites_search_update
AFTER UPDATE OF status, email_status, billing_account_id, company_name, contact_name, contact_email ON invites BEGIN
  DELETE FROM invite_search WHERE rowid = old.seq;
  INSERT INTO invite_search (rowid, tenant, facets, words) VALUES (
    new.seq, substr(new.reseller_id, -3),
    's=' || substr(new.status, 1, 1) || coalesce(' m=' || substr(new.email_status, 4, 1), '')
      || ' b=' || substr(new.billing_account_id, -3)
      || CASE WHEN new.status = 'pending' AND new.email_status IN ('bounced', 'complained', 'failed') THEN ' a=y' ELSE '' END,
    new.company_name || char(10) || new.contact_name || char(10) || new.contact_email
  );
END;

-- One more kind of mail: the code that proves a mailbox to whoever came by a copied link.
CREATE TABLE outbox_with_codes (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('invite', 'reminder', 'code', 'digest', 'webhook_off', 'webhook')),
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
INSERT INTO outbox_with_codes
  SELECT id, reseller_id, kind, invite_id, link_version, recipient, payload, state, attempts, due_at, tried_since, message_id,
    last_code, last_error, created_at, sent_at
  FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_with_codes RENAME TO outbox;
CREATE INDEX outbox_due ON outbox (due_at) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_by_invite ON outbox (invite_id) WHERE invite_id IS NOT NULL;
CREATE INDEX outbox_by_message ON outbox (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX outbox_done ON outbox (created_at) WHERE state IN ('sent', 'failed', 'cancelled');
CREATE INDEX outbox_by_webhook ON outbox (recipient, id) WHERE kind = 'webhook';

-- The newest code of an invite. The six digits are nowhere: they are derived from the id of the mail that carries them.
CREATE TABLE mailbox_codes (
  invite_id TEXT PRIMARY KEY,
  mail_id TEXT NOT NULL,
  link_version INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mailbox_codes_by_expiry ON mailbox_codes (expires_at);

-- What a reseller sets for its invites; without terms of its own those of the deployment hold.
ALTER TABLE resellers ADD COLUMN invite_days INTEGER NOT NULL DEFAULT 14 CHECK (invite_days BETWEEN 1 AND 90);
ALTER TABLE resellers ADD COLUMN terms_url TEXT;
ALTER TABLE resellers ADD COLUMN terms_version TEXT;

-- Who accepted which terms, and when: kept for each acceptance, however the terms change and whoever goes. Versions before this
-- migration were not kept.
CREATE TABLE terms_acceptances (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  invite_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  url TEXT NOT NULL,
  version TEXT NOT NULL,
  accepted_at INTEGER NOT NULL
) STRICT;
CREATE INDEX terms_acceptances_by_customer ON terms_acceptances (customer_id, id);
INSERT INTO terms_acceptances
  SELECT 'trm' || substr(invites.id, 4), users.id, invites.id, invites.customer_id, users.terms_url, 'unknown', users.terms_accepted_at
  FROM users JOIN invites ON invites.contact_email = users.email AND invites.accepted_at = users.terms_accepted_at
  WHERE users.terms_url IS NOT NULL AND invites.customer_id IS NOT NULL;
ALTER TABLE users DROP COLUMN terms_accepted_at;
ALTER TABLE users DROP COLUMN terms_url;

-- Which customer's account a person of several is in, for as long as they are signed in.
ALTER TABLE sessions ADD COLUMN customer_id TEXT;
