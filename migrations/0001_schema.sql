-- Times are milliseconds since 1970 (UTC). Ids are a prefix and a time-ordered random part (src/storage/ids.ts).
-- A CHECK holds what must be true between columns, or that JSON is JSON. Which roles, statuses and kinds there are is for
-- the code to say (src/storage/schema.ts), so that a new one needs no migration.

-- Identity: Better Auth's four tables under our names (src/http/identity.ts maps them).

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,
  email_verified INTEGER NOT NULL DEFAULT 0,
  image TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

-- `customer_id` or `reseller_id`: the account that a person with several has chosen, for as long as they are signed in.
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  token TEXT NOT NULL UNIQUE,
  ip_address TEXT,
  user_agent TEXT,
  customer_id TEXT,
  reseller_id TEXT,
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE credentials (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  account_id TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  password TEXT,
  access_token TEXT,
  refresh_token TEXT,
  id_token TEXT,
  access_token_expires_at INTEGER,
  refresh_token_expires_at INTEGER,
  scope TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (provider_id, account_id)
) STRICT;
CREATE INDEX credentials_by_user ON credentials (user_id);

CREATE TABLE verifications (
  id TEXT PRIMARY KEY,
  identifier TEXT NOT NULL,
  value TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX verifications_by_identifier ON verifications (identifier);

-- Resellers: their settings, staff, API keys and billing accounts.

-- Without terms, an accent or a logo of its own, a reseller's contacts see those of the deployment. `suspended_at`: its people,
-- API keys and e-mails wait until the operator reinstates it.
CREATE TABLE resellers (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  support_name TEXT,
  support_email TEXT NOT NULL,
  support_phone TEXT,
  reminders INTEGER NOT NULL DEFAULT 1,
  invite_days INTEGER NOT NULL DEFAULT 14,
  locale TEXT NOT NULL DEFAULT 'en',
  terms_url TEXT,
  terms_version TEXT,
  accent TEXT CHECK (accent GLOB '#[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  logo_id TEXT,
  created_at INTEGER NOT NULL,
  suspended_at INTEGER
) STRICT;
CREATE INDEX resellers_suspended ON resellers (id) WHERE suspended_at IS NOT NULL;

-- A logo never changes: a new one gets a new id, so that browsers may cache it for ever.
CREATE TABLE logos (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  type TEXT NOT NULL,
  bytes BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX logos_by_reseller ON logos (reseller_id);

-- A person may work for several resellers.
CREATE TABLE staff (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  role TEXT NOT NULL,
  digests INTEGER NOT NULL DEFAULT 1,
  digest_at INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, reseller_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_by_reseller ON staff (reseller_id, created_at);

-- `version` counts the changes, so that a change made to an older version is refused.
CREATE TABLE billing_accounts (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  first_name TEXT,
  last_name TEXT,
  po_number TEXT,
  email TEXT NOT NULL,
  phone TEXT NOT NULL,
  address TEXT,
  is_default INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (reseller_id, email)
) STRICT;
CREATE UNIQUE INDEX one_default_billing_account ON billing_accounts (reseller_id) WHERE is_default = 1;
CREATE INDEX billing_accounts_by_reseller ON billing_accounts (reseller_id, id);

-- Of a secret we keep only its SHA-256, and enough of its two ends to recognise it in a list.
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  name TEXT NOT NULL,
  digest TEXT NOT NULL UNIQUE,
  hint TEXT NOT NULL,
  scopes TEXT NOT NULL CHECK (json_valid(scopes)),
  submission_id TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,
  revoked_at INTEGER,
  UNIQUE (reseller_id, submission_id)
) STRICT;
CREATE INDEX api_keys_by_reseller ON api_keys (reseller_id, id);

-- What a request with an Idempotency-Key did: the row that it created or changed, as it was then, written in the same batch.
CREATE TABLE kept_answers (
  api_key_id TEXT NOT NULL,
  request_key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  snapshot TEXT NOT NULL CHECK (json_valid(snapshot)),
  at INTEGER NOT NULL,
  PRIMARY KEY (api_key_id, request_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_answers_by_time ON kept_answers (at);

-- Customers and their members.

-- A customer refers to its billing account without a foreign key: the account may be removed later, and the customer must then
-- be flagged, not lost.
CREATE TABLE customers (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  name TEXT NOT NULL,
  billing_account_id TEXT NOT NULL,
  billing_changed INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX customers_by_reseller ON customers (reseller_id, id);
CREATE INDEX customers_by_billing_account ON customers (billing_account_id);

-- A person may be a member of several customers.
CREATE TABLE members (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  role TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, customer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_customer ON members (customer_id, created_at);

-- Who accepted which terms, and when. Kept however the terms change and whoever leaves. Staff are in no customer's account.
CREATE TABLE terms_acceptances (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  invite_id TEXT NOT NULL,
  customer_id TEXT,
  url TEXT NOT NULL,
  version TEXT NOT NULL,
  accepted_at INTEGER NOT NULL
) STRICT;
CREATE INDEX terms_acceptances_by_customer ON terms_acceptances (customer_id, id);

-- Invites: one table for whoever is invited.

-- `seq` gives lists and the search index one order; it never leaves the database.
-- `list_id` is the list that an invite stands in: a reseller's customers (`res_…`), its staff (`stf_…`, the same id), a
-- customer's members (`cus_…`). `role` is what the contact becomes there; a customer's first member is always its Admin.
-- `email_status` is that of the newest mail (`mail_id`), and null until one is asked for. Links with a version below
-- `address_version` went to an earlier address.
-- `change_id` names the audit entry of the latest change: what a batch writes after a conditional change applies only
-- where it finds its own id there.
CREATE TABLE invites (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  kind TEXT NOT NULL,
  list_id TEXT NOT NULL,
  role TEXT,
  status TEXT NOT NULL,
  email_status TEXT,
  email_problem TEXT,
  company_name TEXT NOT NULL,
  contact_name TEXT NOT NULL,
  contact_email TEXT NOT NULL,
  billing_account_id TEXT,
  billing_email TEXT,
  billing_phone TEXT,
  locale TEXT NOT NULL,
  note TEXT,
  link_version INTEGER NOT NULL,
  address_version INTEGER NOT NULL DEFAULT 1,
  lifetime_days INTEGER NOT NULL,
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
  reminder_due_at INTEGER,
  CHECK ((kind = 'customer') = (role IS NULL)),
  CHECK ((kind = 'customer') = (billing_account_id IS NOT NULL AND billing_email IS NOT NULL AND billing_phone IS NOT NULL))
) STRICT;

-- The guards against a second live invite and a form that is sent twice.
CREATE UNIQUE INDEX one_live_invite ON invites (list_id, contact_email) WHERE status = 'pending';
CREATE UNIQUE INDEX one_invite_per_submission ON invites (list_id, submission_id);

-- Lists and their filters.
CREATE INDEX invites_by_list ON invites (list_id, seq);
CREATE INDEX invites_by_status ON invites (list_id, status, seq);
CREATE INDEX invites_by_email_status ON invites (list_id, email_status, seq);
CREATE INDEX invites_by_account ON invites (list_id, billing_account_id, seq);
CREATE INDEX invites_by_operator ON invites (list_id, seq) WHERE invited_by = 'operator';
CREATE INDEX invites_running_out ON invites (list_id, expires_at) WHERE status = 'pending';
CREATE INDEX invites_needing_attention ON invites (list_id, status, seq)
  WHERE status = 'pending' AND email_status IN ('bounced', 'complained', 'failed');
-- Of staff and members: those who have not joined.
CREATE INDEX invites_not_joined ON invites (list_id, seq)
  WHERE kind <> 'customer' AND status IN ('pending', 'expired', 'declined');

-- The invites of an address, a customer or a billing account.
CREATE INDEX invites_of_address ON invites (list_id, contact_email, seq) WHERE kind <> 'customer';
CREATE INDEX invites_by_address ON invites (reseller_id, contact_email) WHERE status = 'pending';
CREATE INDEX invites_by_customer ON invites (customer_id) WHERE kind = 'customer' AND customer_id IS NOT NULL;
CREATE INDEX invites_by_billing_account ON invites (billing_account_id) WHERE status = 'pending';

-- What the cron job looks for.
CREATE INDEX invites_due ON invites (expires_at) WHERE status = 'pending';
CREATE INDEX invites_to_remind ON invites (reminder_due_at) WHERE status = 'pending' AND reminder_due_at IS NOT NULL;

-- The newest code of an invite. The six digits are stored nowhere: they are derived from the id of the mail that carries them.
CREATE TABLE mailbox_codes (
  invite_id TEXT PRIMARY KEY,
  mail_id TEXT NOT NULL,
  link_version INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mailbox_codes_by_expiry ON mailbox_codes (expires_at);

-- Numbers and search of customers' invites, kept by triggers.

-- How many a reseller has of each, so that no page counts rows.
CREATE TABLE tallies (
  reseller_id TEXT NOT NULL,
  name TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (reseller_id, name)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER customers_tally_insert AFTER INSERT ON customers BEGIN
  INSERT INTO tallies VALUES (new.reseller_id, 'customers', 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER invites_tally_insert AFTER INSERT ON invites WHEN new.kind = 'customer' BEGIN
  INSERT INTO tallies VALUES (new.list_id, new.status, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER invites_tally_status AFTER UPDATE OF status ON invites
WHEN new.kind = 'customer' AND old.status <> new.status BEGIN
  UPDATE tallies SET n = n - 1 WHERE reseller_id = old.list_id AND name = old.status;
  INSERT INTO tallies VALUES (new.list_id, new.status, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;

-- Needs attention: pending, and its mail did not arrive.
CREATE TRIGGER invites_tally_attention_insert AFTER INSERT ON invites
WHEN new.kind = 'customer' AND new.status = 'pending' AND new.email_status IN ('bounced', 'complained', 'failed') BEGIN
  INSERT INTO tallies VALUES (new.list_id, 'attention', 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER invites_tally_attention AFTER UPDATE OF status, email_status ON invites
WHEN new.kind = 'customer' AND (old.status = 'pending' AND coalesce(old.email_status, '') IN ('bounced', 'complained', 'failed'))
  <> (new.status = 'pending' AND coalesce(new.email_status, '') IN ('bounced', 'complained', 'failed')) BEGIN
  INSERT INTO tallies VALUES (
    new.list_id, 'attention',
    CASE WHEN new.status = 'pending' AND new.email_status IN ('bounced', 'complained', 'failed') THEN 1 ELSE 0 END
  ) ON CONFLICT DO UPDATE SET
    n = n + CASE WHEN new.status = 'pending' AND new.email_status IN ('bounced', 'complained', 'failed') THEN 1 ELSE -1 END;
END;

-- Substring search, filters included, in one walk. `tenant` holds the last three characters of the reseller's id: one trigram,
-- so that a search reads one reseller's share of the index (others with the same three are filtered by the join). A facet is a
-- short code of its own letters: status by its first letter, e-mail status by its fourth (all differ), billing account by its
-- last three, and whether the invite needs attention. The join then asks for the exact value.
CREATE VIRTUAL TABLE invite_search USING fts5 (
  tenant, facets, words, content = '', contentless_delete = 1, tokenize = 'trigram'
);

CREATE TRIGGER invites_search_insert AFTER INSERT ON invites WHEN new.kind = 'customer' BEGIN
  INSERT INTO invite_search (rowid, tenant, facets, words) VALUES (
    new.seq, substr(new.list_id, -3),
    's=' || substr(new.status, 1, 1) || coalesce(' m=' || substr(new.email_status, 4, 1), '')
      || ' b=' || substr(new.billing_account_id, -3)
      || CASE WHEN new.status = 'pending' AND new.email_status IN ('bounced', 'complained', 'failed') THEN ' a=y' ELSE '' END,
    new.company_name || char(10) || new.contact_name || char(10) || new.contact_email
  );
END;
CREATE TRIGGER invites_search_update
AFTER UPDATE OF status, email_status, billing_account_id, company_name, contact_name, contact_email ON invites
WHEN new.kind = 'customer' BEGIN
  DELETE FROM invite_search WHERE rowid = old.seq;
  INSERT INTO invite_search (rowid, tenant, facets, words) VALUES (
    new.seq, substr(new.list_id, -3),
    's=' || substr(new.status, 1, 1) || coalesce(' m=' || substr(new.email_status, 4, 1), '')
      || ' b=' || substr(new.billing_account_id, -3)
      || CASE WHEN new.status = 'pending' AND new.email_status IN ('bounced', 'complained', 'failed') THEN ' a=y' ELSE '' END,
    new.company_name || char(10) || new.contact_name || char(10) || new.contact_email
  );
END;

-- What leaves: e-mails and webhook deliveries.

-- A row is the promise to send, the queue only a nudge. `recipient` is an address, or the id of the webhook. `last_code` is the
-- provider's code of the last failure; we give up a day after `tried_since`.
CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  invite_id TEXT,
  link_version INTEGER,
  recipient TEXT NOT NULL,
  payload TEXT CHECK (payload IS NULL OR json_valid(payload)),
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  tried_since INTEGER,
  message_id TEXT,
  last_code TEXT,
  last_error TEXT,
  created_at INTEGER NOT NULL,
  sent_at INTEGER
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_done ON outbox (created_at) WHERE state IN ('sent', 'failed', 'cancelled');
CREATE INDEX outbox_by_invite ON outbox (invite_id) WHERE invite_id IS NOT NULL;
CREATE INDEX outbox_by_message ON outbox (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX outbox_by_webhook ON outbox (recipient, id) WHERE kind = 'webhook';

-- What the provider reports of an e-mail, as it came, and what that means. `told_at` is set once it is in the audit log.
CREATE TABLE delivery_events (
  id TEXT PRIMARY KEY,
  message_id TEXT,
  type TEXT NOT NULL,
  payload TEXT NOT NULL,
  occurred_at TEXT,
  received_at INTEGER NOT NULL,
  status TEXT,
  reason TEXT,
  suppresses INTEGER NOT NULL DEFAULT 0,
  told_at INTEGER
) STRICT;
CREATE INDEX delivery_events_by_message ON delivery_events (message_id);
CREATE INDEX delivery_events_by_time ON delivery_events (received_at);

-- Addresses that get no more mail from a sender: a reseller, or a customer whose colleague's invite was declined there.
CREATE TABLE suppressions (
  sender_id TEXT NOT NULL,
  email TEXT NOT NULL,
  cause TEXT NOT NULL,
  reason TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (sender_id, email)
) STRICT, WITHOUT ROWID;

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
  off_because TEXT,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks_by_reseller ON webhooks (reseller_id, id);

-- What the receiver answered to each attempt. `delivery_id` is the id in the outbox.
CREATE TABLE webhook_attempts (
  id TEXT PRIMARY KEY,
  delivery_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  status INTEGER,
  answer TEXT NOT NULL
) STRICT;
CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (delivery_id, id);
CREATE INDEX webhook_attempts_by_time ON webhook_attempts (at);

-- What happened.

CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL,
  action TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  actor_name TEXT,
  detail TEXT,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_by_subject ON audit (subject_id, id);
CREATE INDEX audit_by_reseller ON audit (reseller_id, id);

-- What staff get to know by e-mail: a row waits until a digest takes it.
CREATE TABLE notices (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  reseller_id TEXT NOT NULL,
  invite_id TEXT NOT NULL,
  contact_email TEXT NOT NULL,
  action TEXT NOT NULL,
  detail TEXT,
  at INTEGER NOT NULL,
  mail_id TEXT
) STRICT;
CREATE INDEX notices_waiting ON notices (user_id, reseller_id) WHERE mail_id IS NULL;
CREATE INDEX notices_by_mail ON notices (mail_id) WHERE mail_id IS NOT NULL;
