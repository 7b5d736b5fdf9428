-- Times are milliseconds since 1970 (UTC). Ids are a prefix and a time-ordered random part (src/storage/ids.ts).

-- Identity: Better Auth's four tables under our names (src/http/identity.ts maps them).
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,
  email_verified INTEGER NOT NULL DEFAULT 0,
  image TEXT,
  terms_accepted_at INTEGER,
  terms_url TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  token TEXT NOT NULL UNIQUE,
  ip_address TEXT,
  user_agent TEXT,
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

-- The reseller and its own people.
CREATE TABLE resellers (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  support_name TEXT,
  support_email TEXT NOT NULL,
  support_phone TEXT,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE staff (
  user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  role TEXT NOT NULL CHECK (role IN ('admin', 'regular', 'read_only', 'support', 'sales')),
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX staff_by_reseller ON staff (reseller_id);

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
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (reseller_id, email)
) STRICT;
CREATE UNIQUE INDEX one_default_billing_account ON billing_accounts (reseller_id) WHERE is_default = 1;

-- What an invite leads to. A customer refers to its billing account without a foreign key: the account may go later,
-- and the customer must then be flagged, not lost.
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

CREATE TABLE members (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  role TEXT NOT NULL CHECK (role IN ('admin', 'member')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, customer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_customer ON members (customer_id, created_at);

-- `seq` gives lists and the search index one order; it never leaves the database. `change_id` names the audit entry of
-- the latest change: what a batch writes after a conditional change applies only where it finds its own id there.
CREATE TABLE invites (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  status TEXT NOT NULL CHECK (status IN ('pending', 'accepted', 'expired', 'revoked', 'declined')),
  email_status TEXT NOT NULL
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
  accepted_at INTEGER
) STRICT;
CREATE UNIQUE INDEX one_live_invite ON invites (reseller_id, contact_email) WHERE status = 'pending';
CREATE UNIQUE INDEX one_invite_per_submission ON invites (reseller_id, submission_id);
CREATE INDEX invites_by_reseller ON invites (reseller_id, seq);
CREATE INDEX invites_by_status ON invites (reseller_id, status, seq);
CREATE INDEX invites_running_out ON invites (reseller_id, expires_at) WHERE status = 'pending';
CREATE INDEX invites_due ON invites (expires_at) WHERE status = 'pending';
CREATE INDEX invites_by_customer ON invites (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX invites_by_billing_account ON invites (billing_account_id) WHERE status = 'pending';

-- Mail leaves by the outbox: a row here is the promise, the queue only a nudge.
CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL,
  invite_id TEXT NOT NULL REFERENCES invites (id),
  link_version INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'cancelled')),
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  message_id TEXT,
  last_error TEXT,
  created_at INTEGER NOT NULL,
  sent_at INTEGER
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_by_invite ON outbox (invite_id);

CREATE TABLE delivery_events (
  id TEXT PRIMARY KEY,
  message_id TEXT,
  type TEXT NOT NULL,
  payload TEXT NOT NULL,
  occurred_at TEXT,
  received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX delivery_events_by_message ON delivery_events (message_id);

CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL,
  action TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('staff', 'api_key', 'contact', 'member', 'system', 'operator')),
  actor_id TEXT,
  actor_name TEXT,
  detail TEXT,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_by_subject ON audit (subject_id, id);
CREATE INDEX audit_by_reseller ON audit (reseller_id, id);

-- How many there are of each, so that no page counts rows.
CREATE TABLE tallies (
  reseller_id TEXT NOT NULL,
  name TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (reseller_id, name)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER invites_tally_insert AFTER INSERT ON invites BEGIN
  INSERT INTO tallies VALUES (new.reseller_id, new.status, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER invites_tally_status AFTER UPDATE OF status ON invites WHEN old.status <> new.status BEGIN
  UPDATE tallies SET n = n - 1 WHERE reseller_id = old.reseller_id AND name = old.status;
  INSERT INTO tallies VALUES (new.reseller_id, new.status, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER customers_tally_insert AFTER INSERT ON customers BEGIN
  INSERT INTO tallies VALUES (new.reseller_id, 'customers', 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;

-- Substring search. `tenant` holds the last three characters of the reseller's id: one trigram, so that a search reads
-- one reseller's share of the index (others with the same three are filtered by the join).
CREATE VIRTUAL TABLE invite_search USING fts5 (
  tenant, words, content = '', contentless_delete = 1, tokenize = 'trigram'
);
CREATE TRIGGER invites_search_insert AFTER INSERT ON invites BEGIN
  INSERT INTO invite_search (rowid, tenant, words) VALUES (
    new.seq, substr(new.reseller_id, -3), new.company_name || char(10) || new.contact_name || char(10) || new.contact_email
  );
END;
CREATE TRIGGER invites_search_update AFTER UPDATE OF company_name, contact_name, contact_email ON invites BEGIN
  DELETE FROM invite_search WHERE rowid = old.seq;
  INSERT INTO invite_search (rowid, tenant, words) VALUES (
    new.seq, substr(new.reseller_id, -3), new.company_name || char(10) || new.contact_name || char(10) || new.contact_email
  );
END;
