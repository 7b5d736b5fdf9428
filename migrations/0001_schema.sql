-- Times are milliseconds since 1970 (UTC). Ids are a prefix and a time-ordered random part (src/storage/ids.ts).
-- CHECKs cover JSON and conditions between columns. Roles, statuses and kinds are defined in code (src/storage/schema.ts),
-- so that a new one needs no migration.

-- Identity: Better Auth's four tables under our names (src/http/better-auth.ts maps them).

-- `reference` stands for the user in the tokens of reset links: 8 random bytes in base64url. `link_version` grows with every
-- change of the password or the address; reset links of an earlier version no longer work.
-- `time_zone`: the one that the person chose for pages; null for that of their browser.
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,
  email_verified INTEGER NOT NULL DEFAULT 0,
  image TEXT,
  reference TEXT NOT NULL UNIQUE,
  link_version INTEGER NOT NULL DEFAULT 1,
  locale TEXT NOT NULL DEFAULT 'en',
  theme TEXT NOT NULL DEFAULT 'system',
  time_zone TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
-- People in a sandbox have sandbox addresses (src/text/sandbox-address.ts), of the same sandbox for good; others never.
CREATE TRIGGER users_sandbox_address BEFORE UPDATE OF email ON users WHEN (old.email GLOB '*.sandbox.invalid' OR new.email GLOB '*.sandbox.invalid')
  AND substr(old.email, -43) <> substr(new.email, -43) BEGIN
  SELECT RAISE(ABORT, 'address of another sandbox');
END;

-- `customer_id` or `reseller_id` is the account that a person with several accounts has chosen in this session.
-- `city` and `country` are where it was started, as Cloudflare located the connection. `updated_at` is when it was last used,
-- to the hour; `expires_at` is fixed when it starts.
-- `confirmed_at` is when they last proved their identity again; null if not since they signed in.
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  token TEXT NOT NULL UNIQUE,
  ip_address TEXT,
  user_agent TEXT,
  customer_id TEXT,
  reseller_id TEXT,
  city TEXT,
  country TEXT,
  confirmed_at INTEGER,
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_use ON sessions (updated_at);

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

-- The change of address that a person has asked for. It takes effect once it is confirmed at both addresses. `reference` stands
-- for it in the tokens of its two links.
CREATE TABLE email_changes (
  user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  reference TEXT NOT NULL UNIQUE,
  new_email TEXT NOT NULL,
  current_confirmed_at INTEGER,
  new_confirmed_at INTEGER,
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX email_changes_by_expiry ON email_changes (expires_at);

-- Factors: how a person proves who they are, besides the password.

CREATE TABLE passkeys (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  credential_id TEXT NOT NULL UNIQUE,
  user_handle TEXT NOT NULL,
  public_key TEXT NOT NULL CHECK (json_valid(public_key)),
  sign_count INTEGER NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT;
CREATE INDEX passkeys_by_user ON passkeys (user_id, id);

-- The challenges of passkeys that were answered, until they expire: each counts once. Statements of the batch that used one
-- know it by `use_id`.
CREATE TABLE used_challenges (
  challenge TEXT PRIMARY KEY,
  use_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX used_challenges_by_expiry ON used_challenges (expires_at);

-- Authenticator apps. `last_step` is the time step of the last code that was accepted.
CREATE TABLE authenticators (
  user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  encrypted_secret TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  last_step INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Each secret begins with the id of its key.
CREATE INDEX authenticators_by_key ON authenticators (encrypted_secret);

CREATE TABLE recovery_codes (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  code_hash TEXT NOT NULL,
  used_at INTEGER,
  PRIMARY KEY (user_id, code_hash)
) STRICT, WITHOUT ROWID;

-- People who have entered their password and still need a second factor. `id` is the SHA-256 of the cookie's value.
CREATE TABLE pending_sign_ins (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  attempts INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_sign_ins_by_user ON pending_sign_ins (user_id);
CREATE INDEX pending_sign_ins_by_expiry ON pending_sign_ins (expires_at);

-- Wrong guesses at passwords and codes. `subject` is a keyed hash of what is guessed, or of the network or browser that guesses.
-- `guess_id` is the last guess that was counted: statements of its batch know it by that.
CREATE TABLE guess_counts (
  subject TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  blocked_until INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  guess_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX guess_counts_by_expiry ON guess_counts (expires_at);

-- Resellers: their settings, staff, API keys and billing accounts.

-- `country` is where phone numbers without a country code are dialed, `time_zone` a name of the IANA database. A reseller without its own terms, accent or logo has
-- those of the deployment. While `suspended_at` is set, its people can't sign in, its API keys are refused and its emails wait.
-- `sandbox_of`: the live reseller that this one is the sandbox of. The id of a sandbox begins with `sbx_`, so that CHECKs and code know
-- one without a lookup.
CREATE TABLE resellers (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  support_name TEXT,
  support_email TEXT NOT NULL,
  support_phone TEXT CHECK (support_phone GLOB '+[1-9]*'),
  country TEXT NOT NULL DEFAULT 'US',
  time_zone TEXT NOT NULL DEFAULT 'UTC',
  reminders_enabled INTEGER NOT NULL DEFAULT 1,
  default_expires_in_days INTEGER NOT NULL DEFAULT 14,
  retention_months INTEGER NOT NULL DEFAULT 12,
  locale TEXT NOT NULL DEFAULT 'en',
  terms_url TEXT,
  terms_version TEXT,
  accent_color TEXT CHECK (accent_color GLOB '#[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  logo_id TEXT,
  requires_second_factor INTEGER NOT NULL DEFAULT 0,
  settings_version INTEGER NOT NULL DEFAULT 1,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  suspended_at INTEGER,
  sandbox_of TEXT UNIQUE REFERENCES resellers (id) CHECK (sandbox_of NOT GLOB 'sbx_*'),
  CHECK ((sandbox_of IS NOT NULL) = (id GLOB 'sbx_*'))
) STRICT;
CREATE INDEX resellers_suspended ON resellers (id) WHERE suspended_at IS NOT NULL;
-- `version` counts the changes, by whomever they are made.
CREATE TRIGGER resellers_version AFTER UPDATE ON resellers WHEN new.version = old.version BEGIN
  UPDATE resellers SET version = old.version + 1 WHERE id = new.id;
END;
-- A sandbox is suspended and reinstated with its live reseller.
CREATE TRIGGER resellers_suspend_sandbox AFTER UPDATE OF suspended_at ON resellers WHEN new.suspended_at IS NOT old.suspended_at BEGIN
  UPDATE resellers SET suspended_at = new.suspended_at WHERE sandbox_of = new.id;
END;

-- A logo never changes: a new one gets a new id, so that browsers can cache it forever.
CREATE TABLE logos (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  type TEXT NOT NULL,
  bytes BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX logos_by_reseller ON logos (reseller_id);

-- A person may work for several resellers. `is_inherited`: in a sandbox, because they work for its live reseller. Triggers keep these
-- rows, so that whoever leaves the live reseller, or has another role there, does so in the sandbox at once.
-- `setup_dismissed_at`: when they hid the first steps on their dashboard.
CREATE TABLE staff (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  role TEXT NOT NULL,
  digest_enabled INTEGER NOT NULL DEFAULT 1,
  last_digest_at INTEGER NOT NULL DEFAULT 0,
  setup_dismissed_at INTEGER,
  created_at INTEGER NOT NULL,
  is_inherited INTEGER NOT NULL DEFAULT 0 CHECK (is_inherited = 0 OR reseller_id GLOB 'sbx_*'),
  PRIMARY KEY (user_id, reseller_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_by_reseller ON staff (reseller_id, created_at);
CREATE TRIGGER resellers_sandbox_staff AFTER INSERT ON resellers WHEN new.sandbox_of IS NOT NULL BEGIN
  INSERT INTO staff (user_id, reseller_id, role, created_at, is_inherited)
    SELECT user_id, new.id, role, created_at, 1 FROM staff WHERE reseller_id = new.sandbox_of;
END;
CREATE TRIGGER staff_sandbox_insert AFTER INSERT ON staff WHEN new.reseller_id NOT GLOB 'sbx_*' BEGIN
  INSERT INTO staff (user_id, reseller_id, role, created_at, is_inherited)
    SELECT new.user_id, id, new.role, new.created_at, 1 FROM resellers WHERE sandbox_of = new.reseller_id;
END;
CREATE TRIGGER staff_sandbox_role AFTER UPDATE OF role ON staff WHEN new.reseller_id NOT GLOB 'sbx_*' BEGIN
  UPDATE staff SET role = new.role WHERE user_id = new.user_id
    AND reseller_id = (SELECT id FROM resellers WHERE sandbox_of = new.reseller_id);
END;
CREATE TRIGGER staff_sandbox_delete AFTER DELETE ON staff WHEN old.reseller_id NOT GLOB 'sbx_*' BEGIN
  DELETE FROM staff WHERE user_id = old.user_id AND reseller_id = (SELECT id FROM resellers WHERE sandbox_of = old.reseller_id);
END;

-- `version` counts the changes, so that an edit of an outdated version is refused.
CREATE TABLE billing_accounts (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  first_name TEXT,
  last_name TEXT,
  po_number TEXT,
  email TEXT NOT NULL,
  phone TEXT NOT NULL CHECK (phone GLOB '+[1-9]*'),
  address TEXT,
  is_default INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (reseller_id, email)
) STRICT;
CREATE UNIQUE INDEX one_default_billing_account ON billing_accounts (reseller_id) WHERE is_default = 1;
CREATE INDEX billing_accounts_by_reseller ON billing_accounts (reseller_id, id);

-- We store only the SHA-256 of a secret, and its first and last characters to recognize it in a list.
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  name TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  masked_secret TEXT NOT NULL,
  scopes TEXT NOT NULL CHECK (json_valid(scopes)),
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,
  revoked_at INTEGER,
  CHECK ((reseller_id GLOB 'sbx_*') = (masked_secret GLOB 'vst_test_*'))
) STRICT;
CREATE INDEX api_keys_by_reseller ON api_keys (reseller_id, id);

-- Nothing can be inserted: a batch that tries fails. It tries if whom it acts for has no access any more.
CREATE VIEW access_denials AS SELECT id AS subject_id FROM api_keys WHERE FALSE;
CREATE TRIGGER access_denials_insert INSTEAD OF INSERT ON access_denials BEGIN
  SELECT RAISE(ABORT, 'access denied');
END;

-- The effect of an API request or form with an idempotency key: a snapshot of the row that it created or changed, written
-- in the same batch. `actor_id` is an API key, a user or the operator. The oldest have the lowest `seq`, so that no index by time is
-- needed; in the table of a primary key of two texts, most rows would need an overflow page.
CREATE TABLE idempotent_responses (
  seq INTEGER PRIMARY KEY,
  actor_id TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  row TEXT NOT NULL CHECK (json_valid(row)),
  created_at INTEGER NOT NULL,
  UNIQUE (actor_id, idempotency_key)
) STRICT;
-- A response of more than a day ago doesn't count any more.
CREATE TRIGGER idempotent_responses_insert BEFORE INSERT ON idempotent_responses BEGIN
  DELETE FROM idempotent_responses WHERE actor_id = new.actor_id AND idempotency_key = new.idempotency_key
    AND created_at <= new.created_at - 86400000;
END;
CREATE INDEX idempotent_responses_by_row ON idempotent_responses (json_extract(row, '$.id'));

-- Customers and their members.

-- A customer refers to its billing account without a foreign key: the account may be removed later, and the customer must then
-- be flagged, not lost. `company_key`: that of its invite, which loses it in a purge.
-- `seq` gives searches one order; it never leaves the database. `member_count` is kept by triggers.
-- `version` counts the changes, so that an edit of an outdated version is refused. `last_change_id` is the audit entry of the
-- latest edit: the other statements of its batch apply only if they find their own id there.
CREATE TABLE customers (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  name TEXT NOT NULL,
  company_key TEXT NOT NULL DEFAULT '',
  billing_account_id TEXT NOT NULL,
  billing_needs_review INTEGER NOT NULL DEFAULT 0,
  external_id TEXT,
  metadata TEXT CHECK (json_valid(metadata)),
  member_count INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 1,
  last_change_id TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX customers_by_external_id ON customers (reseller_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX customers_by_reseller ON customers (reseller_id, id);
CREATE INDEX customers_by_update ON customers (reseller_id, updated_at, id);
CREATE INDEX customers_by_company ON customers (reseller_id, company_key, id);
CREATE INDEX customers_by_billing_account ON customers (billing_account_id);
CREATE INDEX customers_to_review ON customers (reseller_id, id) WHERE billing_needs_review = 1;

-- The metadata of customers, kept by triggers, so that a filter by a value walks only the customers that have it.
CREATE TABLE customer_metadata (
  reseller_id TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  PRIMARY KEY (reseller_id, key, value, customer_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER customers_metadata_insert AFTER INSERT ON customers WHEN new.metadata IS NOT NULL BEGIN
  INSERT INTO customer_metadata SELECT new.reseller_id, key, value, new.id FROM json_each(new.metadata);
END;
CREATE TRIGGER customers_metadata_update AFTER UPDATE OF metadata ON customers WHEN new.metadata IS NOT old.metadata BEGIN
  DELETE FROM customer_metadata WHERE (reseller_id, key, value, customer_id) IN
    (SELECT old.reseller_id, key, value, old.id FROM json_each(old.metadata));
  INSERT INTO customer_metadata SELECT new.reseller_id, key, value, new.id FROM json_each(new.metadata);
END;
CREATE TRIGGER customers_version AFTER UPDATE OF billing_account_id, billing_needs_review ON customers
WHEN (new.billing_account_id, new.billing_needs_review) <> (old.billing_account_id, old.billing_needs_review) BEGIN
  UPDATE customers SET version = version + 1 WHERE id = new.id;
END;

-- A person may be a member of several customers.
CREATE TABLE members (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  role TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, customer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_customer ON members (customer_id, created_at);
CREATE TRIGGER members_count_insert AFTER INSERT ON members BEGIN
  UPDATE customers SET member_count = member_count + 1 WHERE id = new.customer_id;
END;
CREATE TRIGGER members_count_delete AFTER DELETE ON members BEGIN
  UPDATE customers SET member_count = member_count - 1 WHERE id = old.customer_id;
END;

-- Search for customers by the beginnings of words: of the name, the external id, and the first Admin's name and address. As in
-- `invite_search`, each word starts with six characters of the reseller's id, so that a search walks no words of others. The prefixes
-- serve searches of one to three letters.
CREATE VIRTUAL TABLE customer_search USING fts5 (
  terms, detail = none, prefix = '7 8 9',
  tokenize = "unicode61 remove_diacritics 2 categories 'L* N* M* S* Co'"
);
-- A name or address that is replaced or deleted leaves the index at once. For that, FTS5 has to know the terms of each row.
INSERT INTO customer_search (customer_search, rank) VALUES ('secure-delete', 1);
-- What ends a word without being a space is replaced by one. The company key is folded further than the tokenizer folds.
CREATE VIEW customer_search_terms AS
SELECT seq, id, replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
  ' ' || text, '@', ' '), '.', ' '), '-', ' '), '_', ' '), '/', ' '), '''', ' '), '’', ' '), '(', ' '), '（', ' '), '　', ' '),
  ' ', ' ' || tenant) AS terms
FROM (
  SELECT customer.seq, customer.id, substr(customer.reseller_id, -6) AS tenant,
    concat_ws(' ', customer.name, customer.company_key, customer.external_id, admin.name,
      iif(customer.reseller_id GLOB 'sbx_*', substr(admin.email, 1, length(admin.email) - 43), admin.email)) AS text
  FROM customers AS customer LEFT JOIN users AS admin ON admin.id = (SELECT user_id FROM members
    WHERE members.customer_id = customer.id AND members.role = 'admin' ORDER BY members.created_at LIMIT 1)
);
CREATE TRIGGER customers_search_update AFTER UPDATE OF name, company_key, external_id ON customers
WHEN (new.name, new.company_key, new.external_id) IS NOT (old.name, old.company_key, old.external_id) BEGIN
  INSERT OR REPLACE INTO customer_search (rowid, terms) SELECT seq, terms FROM customer_search_terms WHERE id = new.id;
END;
CREATE TRIGGER customers_search_delete AFTER DELETE ON customers BEGIN
  DELETE FROM customer_search WHERE rowid = old.seq;
END;
-- A customer has its first Admin from the batch that creates it.
CREATE TRIGGER members_search_insert AFTER INSERT ON members WHEN new.role = 'admin' BEGIN
  INSERT OR REPLACE INTO customer_search (rowid, terms) SELECT seq, terms FROM customer_search_terms WHERE id = new.customer_id;
END;
CREATE TRIGGER members_search_delete AFTER DELETE ON members WHEN old.role = 'admin' BEGIN
  INSERT OR REPLACE INTO customer_search (rowid, terms) SELECT seq, terms FROM customer_search_terms WHERE id = old.customer_id;
END;
CREATE TRIGGER members_search_role AFTER UPDATE OF role ON members WHEN new.role <> old.role BEGIN
  INSERT OR REPLACE INTO customer_search (rowid, terms) SELECT seq, terms FROM customer_search_terms WHERE id = new.customer_id;
END;
CREATE TRIGGER users_search_update AFTER UPDATE OF name, email ON users WHEN (new.name, new.email) <> (old.name, old.email) BEGIN
  INSERT OR REPLACE INTO customer_search (rowid, terms) SELECT seq, terms FROM customer_search_terms
    WHERE id IN (SELECT customer_id FROM members WHERE user_id = new.id AND role = 'admin');
END;

-- Who accepted which terms, and when. Rows are kept when terms change or people leave. `customer_id` is null for staff.
CREATE TABLE terms_acceptances (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  invite_id TEXT NOT NULL,
  customer_id TEXT,
  url TEXT NOT NULL,
  version TEXT NOT NULL,
  accepted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX terms_acceptances_by_customer ON terms_acceptances (customer_id, id);
CREATE INDEX terms_acceptances_by_user ON terms_acceptances (user_id);

-- Invites of all kinds.

-- `seq` gives lists and the search index one order; it never leaves the database.
-- `reference` stands for the invite in the tokens of its links: 8 random bytes in base64url.
-- `audience_id` is what the contact will belong to: a reseller's customers (`res_…`), its staff (`stf_…`, the same id), a
-- customer's members (`cus_…`). `role` is what the contact becomes there; a customer's first member is always its Admin.
-- `email_status` is that of the latest email (`latest_email_id`), and null until there is one. Links with a version below
-- `email_since_version` went to an earlier address.
-- `last_change_id` is the audit entry of the latest change: after a conditional change, the other statements of a batch
-- apply only if they find their own id there.
-- `send_at`: for when its first email was scheduled, until the invite is resent; null if that was sent at once.
-- `updated_at`: when a value last changed that lists show, also those that aren't in the audit log of people's changes, such as the
-- email status.
-- `purged_at`: when its personal data was deleted.
-- `first_sent_at`: when its first email was sent. `funnel_step`: the farthest step that it ever came to, whichever address it went to then:
-- 1 delivered, 2 opened, 3 started, 4 accepted; `funnel_step_at`: when.
-- `search_runs`: what a search finds the invite by, as the runs of three characters of its folded text, and a hash of its domain
-- (src/domain/invites/search-text.ts).
-- `company_key`: the company's name as it is sorted and compared (src/domain/invites/company-key.ts).
-- `is_undelivered`: pending, and its email didn't arrive. `search_facets`: its filter codes. `search_terms`: all terms of the index.
CREATE TABLE invites (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  reference TEXT NOT NULL UNIQUE,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  kind TEXT NOT NULL,
  audience_id TEXT NOT NULL,
  role TEXT,
  status TEXT NOT NULL,
  email_status TEXT,
  email_error TEXT,
  company_name TEXT NOT NULL,
  contact_name TEXT NOT NULL,
  contact_email TEXT NOT NULL,
  billing_account_id TEXT,
  billing_email TEXT,
  billing_phone TEXT,
  locale TEXT NOT NULL,
  note TEXT,
  external_id TEXT,
  metadata TEXT CHECK (json_valid(metadata)),
  link_version INTEGER NOT NULL,
  email_since_version INTEGER NOT NULL DEFAULT 1,
  expires_in_days INTEGER NOT NULL,
  send_count INTEGER NOT NULL,
  last_change_id TEXT NOT NULL,
  invited_by TEXT NOT NULL,
  customer_id TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL DEFAULT 0,
  last_sent_at INTEGER,
  send_at INTEGER,
  resent_at INTEGER,
  expires_at INTEGER NOT NULL,
  accepted_at INTEGER,
  latest_email_id TEXT,
  opened_at INTEGER,
  form_started_at INTEGER,
  remind_at INTEGER,
  purged_at INTEGER,
  first_sent_at INTEGER,
  funnel_step INTEGER NOT NULL DEFAULT 0,
  funnel_step_at INTEGER,
  search_runs TEXT NOT NULL DEFAULT '',
  company_key TEXT NOT NULL DEFAULT '',
  is_undelivered INTEGER NOT NULL
    AS (status = 'pending' AND coalesce(email_status, '') IN ('bounced', 'complained', 'failed')) VIRTUAL,
  search_facets TEXT AS (
    's=' || CASE status WHEN 'pending' THEN 'p' WHEN 'accepted' THEN 'a' WHEN 'expired' THEN 'e' WHEN 'revoked' THEN 'r'
      WHEN 'declined' THEN 'd' END
    || CASE WHEN email_status IS NULL THEN '' ELSE ' m=' || CASE email_status WHEN 'queued' THEN 'q' WHEN 'sent' THEN 's'
      WHEN 'delivered' THEN 'd' WHEN 'deferred' THEN 'e' WHEN 'bounced' THEN 'b' WHEN 'complained' THEN 'c'
      WHEN 'failed' THEN 'f' END END
    || ' b=' || billing_account_id || ' i=' || invited_by
    || iif(is_undelivered, ' u=y', '')
  ) VIRTUAL,
  search_terms TEXT AS (
    replace(' ' || search_facets, ' ', char(10) || substr(audience_id, -6) || '=')
    || replace(char(10) || search_runs, char(10), char(10) || substr(audience_id, -6) || '.')
    || CASE WHEN (seq * 2654435761 >> 12 & 255) < 2 THEN
      replace(' ' || search_facets, ' ', char(10) || substr(audience_id, -6) || (seq * 2654435761 >> 12 & 255) || '=')
      || replace(char(10) || search_runs, char(10), char(10) || substr(audience_id, -6) || (seq * 2654435761 >> 12 & 255))
    ELSE '' END
    || replace(' 12.' || (seq >> 12) || ' 15.' || (seq >> 15) || ' 18.' || (seq >> 18) || ' 21.' || (seq >> 21) || ' 24.' || (seq >> 24)
      || ' 27.' || (seq >> 27) || ' 30.' || (seq >> 30), ' ', char(10) || substr(audience_id, -6) || '#')
  ) VIRTUAL,
  CHECK ((kind = 'customer') = (role IS NULL)),
  -- A sandbox invites only people of its own, so that none of its links leads to an account outside.
  CHECK (contact_email = '' OR iif(reseller_id GLOB 'sbx_*', contact_email GLOB '*.' || substr(reseller_id, 5) || '.sandbox.invalid',
    contact_email NOT GLOB '*.sandbox.invalid')),
  CHECK ((kind = 'customer') = (billing_account_id IS NOT NULL AND billing_email IS NOT NULL AND billing_phone IS NOT NULL))
) STRICT;

-- Prevents a second pending invite.
CREATE UNIQUE INDEX one_live_invite ON invites (audience_id, contact_email) WHERE status = 'pending';
-- A pending invite has its external id alone. It can't take a customer's either, nor a customer an invite's: the statements that give
-- one have a condition, and the triggers below refuse whatever lacks it.
CREATE UNIQUE INDEX one_live_external_id ON invites (audience_id, external_id) WHERE status = 'pending' AND external_id IS NOT NULL;
CREATE INDEX invites_by_external_id ON invites (audience_id, status, external_id, seq) WHERE external_id IS NOT NULL;
CREATE TRIGGER invites_external_id_insert BEFORE INSERT ON invites WHEN new.status = 'pending' AND new.external_id IS NOT NULL
  AND EXISTS (SELECT 1 FROM customers WHERE reseller_id = new.reseller_id AND external_id = new.external_id) BEGIN
  SELECT RAISE(ABORT, 'external id taken');
END;
CREATE TRIGGER invites_external_id_update BEFORE UPDATE OF status, external_id ON invites
WHEN new.status = 'pending' AND new.external_id IS NOT NULL
  AND EXISTS (SELECT 1 FROM customers WHERE reseller_id = new.reseller_id AND external_id = new.external_id) BEGIN
  SELECT RAISE(ABORT, 'external id taken');
END;
CREATE TRIGGER customers_external_id_insert BEFORE INSERT ON customers WHEN new.external_id IS NOT NULL
  AND EXISTS (SELECT 1 FROM invites WHERE audience_id = new.reseller_id AND external_id = new.external_id AND status = 'pending') BEGIN
  SELECT RAISE(ABORT, 'external id taken');
END;
CREATE TRIGGER customers_external_id_update BEFORE UPDATE OF external_id ON customers WHEN new.external_id IS NOT NULL
  AND EXISTS (SELECT 1 FROM invites WHERE audience_id = new.reseller_id AND external_id = new.external_id AND status = 'pending') BEGIN
  SELECT RAISE(ABORT, 'external id taken');
END;

-- Lists and their filters.
CREATE INDEX invites_by_audience ON invites (audience_id, seq);
CREATE INDEX invites_by_status ON invites (audience_id, status, seq);
CREATE INDEX invites_by_operator ON invites (audience_id, seq) WHERE invited_by = 'operator';
-- Sorted lists. Without a filter by status, the rows of each are merged.
CREATE INDEX invites_by_company ON invites (audience_id, status, company_key, seq);
CREATE INDEX invites_by_expiry ON invites (audience_id, status, expires_at, seq);
CREATE INDEX invites_by_update ON invites (audience_id, status, updated_at, seq);
CREATE INDEX invites_by_acceptance ON invites (audience_id, status, accepted_at, seq) WHERE status = 'accepted';
CREATE INDEX invites_undelivered ON invites (audience_id, seq) WHERE is_undelivered = 1;
-- Invited staff and members who haven't joined.
CREATE INDEX invites_not_joined ON invites (audience_id, seq)
  WHERE kind <> 'customer' AND status IN ('pending', 'expired', 'declined');

-- The invites of an address, a customer or a billing account.
CREATE INDEX invites_of_address ON invites (audience_id, contact_email, seq) WHERE kind <> 'customer';
CREATE INDEX invites_by_address ON invites (reseller_id, contact_email, audience_id, status, seq);
CREATE INDEX invites_by_customer ON invites (customer_id) WHERE kind = 'customer' AND customer_id IS NOT NULL;
CREATE INDEX invites_by_billing_account ON invites (billing_account_id) WHERE status = 'pending';

-- For the cron jobs.
CREATE INDEX invites_due ON invites (expires_at) WHERE status = 'pending';
-- An id contains its time, so `last_change_id` says since when an ended invite is as it is.
CREATE INDEX invites_to_purge ON invites (reseller_id, last_change_id) WHERE status <> 'pending' AND purged_at IS NULL;
CREATE INDEX invites_to_remind ON invites (remind_at) WHERE status = 'pending' AND remind_at IS NOT NULL;

-- The newest code of an invite. The six digits aren't stored: they are derived from the id of their email. `email_id` is null where
-- the link was emailed instead: then no digits are right.
CREATE TABLE email_codes (
  invite_id TEXT PRIMARY KEY,
  email_id TEXT,
  link_version INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX email_codes_by_expiry ON email_codes (expires_at);

-- Counters and the search index of customer invites, kept by triggers.

-- A reseller's customers and invites by status, so that no page counts rows.
CREATE TABLE invite_counts (
  reseller_id TEXT NOT NULL,
  counter TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (reseller_id, counter)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER customers_count_insert AFTER INSERT ON customers BEGIN
  INSERT INTO invite_counts VALUES (new.reseller_id, 'customers', 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER invites_count_insert AFTER INSERT ON invites WHEN new.kind = 'customer' BEGIN
  INSERT INTO invite_counts VALUES (new.audience_id, new.status, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER invites_count_status AFTER UPDATE OF status ON invites
WHEN new.kind = 'customer' AND old.status <> new.status BEGIN
  UPDATE invite_counts SET count = count - 1 WHERE reseller_id = old.audience_id AND counter = old.status;
  INSERT INTO invite_counts VALUES (new.audience_id, new.status, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER invites_count_undelivered_insert AFTER INSERT ON invites WHEN new.kind = 'customer' AND new.is_undelivered BEGIN
  INSERT INTO invite_counts VALUES (new.audience_id, 'undelivered', 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER invites_count_undelivered AFTER UPDATE OF status, email_status ON invites
WHEN new.kind = 'customer' AND old.is_undelivered <> new.is_undelivered BEGIN
  INSERT INTO invite_counts VALUES (new.audience_id, 'undelivered', new.is_undelivered)
    ON CONFLICT DO UPDATE SET count = count + new.is_undelivered - old.is_undelivered;
END;

-- The funnel of the customer invites whose first email was sent on a day (UTC, in days since 1970): how many there are, and how many of
-- them have come to each step so far. So no step has more than the one before, and what is late counts for the day of its invite.
-- `durations`: JSON, how often coming to a step from the one before took so long: `{"2-57": 3}`. 5 stands for acceptance since the
-- first email. A bucket is four to a doubling, from one second on: bucket b begins at 2^(b/4) seconds. Unknown if a step was skipped.
CREATE TABLE invite_days (
  reseller_id TEXT NOT NULL,
  day INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  opened INTEGER NOT NULL,
  started INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  durations TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(durations)),
  PRIMARY KEY (reseller_id, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX invite_days_by_day ON invite_days (day);

CREATE TRIGGER invites_funnel_sent AFTER UPDATE OF first_sent_at ON invites
WHEN new.kind = 'customer' AND old.first_sent_at IS NULL AND new.first_sent_at IS NOT NULL BEGIN
  INSERT INTO invite_days (reseller_id, day, sent, delivered, opened, started, accepted) VALUES (new.audience_id,
    new.first_sent_at / 86400000, 1, new.funnel_step >= 1, new.funnel_step >= 2, new.funnel_step >= 3, new.funnel_step >= 4)
    ON CONFLICT DO UPDATE SET sent = sent + 1, delivered = delivered + excluded.delivered, opened = opened + excluded.opened,
      started = started + excluded.started, accepted = accepted + excluded.accepted;
END;
CREATE TRIGGER invites_funnel_step AFTER UPDATE OF funnel_step ON invites
WHEN new.kind = 'customer' AND new.funnel_step > old.funnel_step AND old.first_sent_at IS NOT NULL BEGIN
  UPDATE invite_days SET
    delivered = delivered + (old.funnel_step < 1),
    opened = opened + (old.funnel_step < 2 AND new.funnel_step >= 2),
    started = started + (old.funnel_step < 3 AND new.funnel_step >= 3),
    accepted = accepted + (new.funnel_step = 4),
    durations = (SELECT json_group_object(step || '-' || bucket, count) FROM (
      SELECT step, bucket, sum(count) AS count FROM (
        SELECT step, CAST(4 * log2(max(1000, ms) / 1000.0) AS INTEGER) AS bucket, 1 AS count FROM (
          SELECT new.funnel_step AS step, new.funnel_step_at - coalesce(old.funnel_step_at, old.first_sent_at) AS ms
            WHERE new.funnel_step = old.funnel_step + 1
          UNION ALL SELECT 5, new.funnel_step_at - old.first_sent_at WHERE new.funnel_step = 4)
        UNION ALL SELECT CAST(substr(key, 1, 1) AS INTEGER), CAST(substr(key, 3) AS INTEGER), value FROM json_each(durations))
      GROUP BY step, bucket))
    WHERE reseller_id = new.audience_id AND day = new.first_sent_at / 86400000;
END;

-- Substring search with filters, in one walk of a few lists of row ids. The terms of an invite are all runs of three characters of
-- its folded text ('.nor'), its facets ('=s=p': a letter for a status, the billing account, or that the invite is undelivered),
-- and the blocks of rows that it is in ('#15.7': the seventh of 32,768 rows). Each starts with six characters of the reseller's id,
-- so that a search walks no rows of others. The prefixes of eight and nine characters, with one and two of the text, serve short words.
-- Of every 256 rows, two have their terms once more, with a 0 or 1 instead of the dot: how far back the last of these is tells
-- how rare a term is (src/domain/invites/search-index.ts).
-- Folded text has no quotes, apostrophes and backquotes, and the tokenizer takes all other characters but line breaks.
CREATE VIRTUAL TABLE invite_search USING fts5 (
  terms, content = '', contentless_delete = 1, detail = none, prefix = '8 9',
  tokenize = "ascii tokenchars ' !#$%&()*+,-./:;<=>?@[\]^_{|}~'"
);
-- With pages of 1,000 bytes, skipping to a row in the list of a common term costs a few microseconds.
INSERT INTO invite_search (invite_search, rank) VALUES ('pgsz', 1000);

CREATE TRIGGER invites_search_insert AFTER INSERT ON invites WHEN new.kind = 'customer' BEGIN
  INSERT INTO invite_search (rowid, terms) VALUES (new.seq, new.search_terms);
END;
CREATE TRIGGER invites_search_update AFTER UPDATE OF status, email_status, billing_account_id, search_runs ON invites
WHEN new.kind = 'customer' AND (new.search_facets, new.search_runs) <> (old.search_facets, old.search_runs) BEGIN
  DELETE FROM invite_search WHERE rowid = old.seq;
  INSERT INTO invite_search (rowid, terms) VALUES (new.seq, new.search_terms);
END;

-- Events: what happened to a customer or an invite.

-- Webhook deliveries and notifications refer to an event instead of copying it. `data` (for webhooks) and
-- `contact_email` (the invite's address) are snapshots. Webhooks receive public events only: the others are about invites
-- to staff, and tests of a webhook. `seq` follows the order of commits, so that who has read up to one event misses none; `id` is by
-- the clock of the Worker. Events of customers and their members have no invite. When an event is deleted after months, deliveries and notifications that still refer to it are deleted too.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  reseller_id TEXT NOT NULL,
  type TEXT NOT NULL,
  is_public INTEGER NOT NULL,
  is_test INTEGER NOT NULL DEFAULT 0,
  invite_id TEXT,
  customer_id TEXT,
  contact_email TEXT NOT NULL DEFAULT '',
  detail TEXT,
  data TEXT NOT NULL CHECK (json_valid(data)),
  occurred_at INTEGER NOT NULL
) STRICT;
CREATE INDEX public_events ON events (reseller_id, seq) WHERE is_public = 1;
CREATE INDEX events_by_invite ON events (invite_id) WHERE invite_id IS NOT NULL;

-- The outbox: emails and webhook deliveries.

-- The outbox is the truth, the queue only a signal. `reseller_id` is null for emails about a person's own sign-in. `recipient` is
-- an email address, or the id of the webhook that `event_id` is sent to. `recipient_hash` is a keyed hash of the address, by which
-- its emails are counted across resellers; it is kept for a day after a purge, or after an email without a reseller, whose
-- `recipient` is emptied as soon as it is sent, failed or cancelled. `payload` is content of an email that no other row stores.
-- `claimed_at` is when a sender last claimed the row. `last_error_code` is the provider's code of the last failure. We give up a
-- day after `first_attempt_at`. Once a row is made due again, `previous_attempts` no longer count for the backoff; `attempts` only
-- grows, because it identifies a claim. `is_bulk` marks an email that waits while others are to be sent. A `scheduled` email is an
-- invite's that isn't to be sent before `next_attempt_at`; then it is queued like others.
CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  reseller_id TEXT,
  kind TEXT NOT NULL,
  invite_id TEXT,
  link_version INTEGER,
  recipient TEXT NOT NULL,
  recipient_hash TEXT,
  event_id TEXT REFERENCES events (id) ON DELETE CASCADE,
  payload TEXT CHECK (payload IS NULL OR json_valid(payload)),
  status TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  previous_attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL,
  first_attempt_at INTEGER,
  claimed_at INTEGER,
  message_id TEXT,
  last_error_code TEXT,
  last_error TEXT,
  is_bulk INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE status IN ('queued', 'sending');
CREATE INDEX outbox_scheduled ON outbox (next_attempt_at) WHERE status = 'scheduled';
CREATE INDEX outbox_done ON outbox (created_at) WHERE status IN ('sent', 'failed', 'cancelled');
CREATE INDEX outbox_password_resets ON outbox (recipient_hash, created_at) WHERE kind = 'password_reset';
CREATE INDEX outbox_claimed ON outbox (recipient_hash, claimed_at) WHERE claimed_at IS NOT NULL;
CREATE INDEX outbox_waiting ON outbox (recipient_hash, id) WHERE status = 'queued' AND claimed_at IS NULL;
CREATE INDEX outbox_codes ON outbox (recipient_hash, created_at) WHERE kind = 'code';
CREATE INDEX outbox_tests ON outbox (recipient_hash, created_at) WHERE kind = 'test';
CREATE INDEX outbox_purged ON outbox (created_at) WHERE recipient = '' AND recipient_hash IS NOT NULL;
CREATE INDEX outbox_by_invite ON outbox (invite_id) WHERE invite_id IS NOT NULL;
CREATE INDEX outbox_by_message ON outbox (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX outbox_by_webhook ON outbox (recipient, id) WHERE kind = 'webhook';
CREATE INDEX outbox_by_address ON outbox (recipient) WHERE kind <> 'webhook';
CREATE INDEX outbox_by_user ON outbox (json_extract(payload, '$.userId')) WHERE reseller_id IS NULL;
CREATE INDEX outbox_by_event ON outbox (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX outbox_bulk ON outbox (reseller_id) WHERE is_bulk = 1 AND status IN ('queued', 'sending');

-- Imports and bulk actions, which run in the background. `actor_…` is who started it. `waiting_count` and `failed_count` are of its
-- rows. `emptied_at`: when its rows lost what was entered. A runner claims a job with `claim_id` until `next_run_at`; without a runner,
-- that is when the next one may start.
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  actor_name TEXT,
  file_name TEXT,
  params TEXT NOT NULL CHECK (json_valid(params)),
  row_count INTEGER NOT NULL,
  waiting_count INTEGER NOT NULL,
  failed_count INTEGER NOT NULL DEFAULT 0,
  claim_id TEXT,
  next_run_at INTEGER,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  emptied_at INTEGER
) STRICT;
CREATE INDEX imports_by_reseller ON jobs (reseller_id, id) WHERE kind = 'import';
CREATE INDEX bulk_jobs_by_reseller ON jobs (reseller_id, id) WHERE kind <> 'import';
CREATE INDEX jobs_running ON jobs (next_run_at) WHERE status = 'running';
CREATE INDEX jobs_not_running ON jobs (status, created_at) WHERE status IN ('draft', 'paused');
CREATE INDEX jobs_to_empty ON jobs (finished_at) WHERE emptied_at IS NULL;
CREATE INDEX jobs_by_actor ON jobs (actor_id);
CREATE INDEX jobs_running_by_reseller ON jobs (reseller_id) WHERE status = 'running';

-- The rows of a job: those of a file, or one for each invite. `input` is what an import makes its invite from, `code` and `detail`
-- are the verdict or the result.
CREATE TABLE job_rows (
  job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  status TEXT NOT NULL,
  code TEXT,
  detail TEXT,
  invite_id TEXT,
  input TEXT CHECK (input IS NULL OR json_valid(input)),
  PRIMARY KEY (job_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_rows_by_status ON job_rows (job_id, status, position);
CREATE INDEX job_rows_by_invite ON job_rows (invite_id) WHERE invite_id IS NOT NULL;
CREATE TRIGGER job_rows_count AFTER UPDATE OF status ON job_rows WHEN old.status <> new.status BEGIN
  UPDATE jobs SET waiting_count = waiting_count + (new.status = 'waiting') - (old.status = 'waiting'),
    failed_count = failed_count + (new.status = 'failed') - (old.status = 'failed')
    WHERE id = new.job_id;
END;

CREATE VIEW webhook_deliveries AS
SELECT outbox.id, outbox.reseller_id, outbox.recipient AS webhook_id, outbox.status,
  outbox.attempts AS attempt_count, outbox.next_attempt_at, outbox.created_at, events.id AS event_id, events.type, events.is_test, events.invite_id,
  events.customer_id, events.data, events.occurred_at
FROM outbox JOIN events ON events.id = outbox.event_id
WHERE outbox.kind = 'webhook';

-- Events that the email provider reports: our interpretation, and the original `type` and `payload` for debugging.
-- `processed_at` is set once the event is in the audit log.
CREATE TABLE email_events (
  id TEXT PRIMARY KEY,
  message_id TEXT,
  type TEXT NOT NULL,
  payload TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  status TEXT,
  reason TEXT,
  is_permanent INTEGER NOT NULL DEFAULT 0,
  processed_at INTEGER
) STRICT;
CREATE INDEX email_events_by_message ON email_events (message_id);
CREATE INDEX email_events_by_time ON email_events (received_at);

-- The emails of a sandbox, which don't leave it. `id` is that of the row of the outbox. `recipient` is as people know it, without the
-- sandbox. `encrypted_content`: HTML and text, whose links and codes nobody must read from the database.
CREATE TABLE sandbox_emails (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL REFERENCES resellers (id) CHECK (reseller_id GLOB 'sbx_*'),
  kind TEXT NOT NULL,
  invite_id TEXT,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  encrypted_content TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sandbox_emails_by_reseller ON sandbox_emails (reseller_id, id);
CREATE INDEX sandbox_emails_by_time ON sandbox_emails (created_at);

-- Addresses to which a sender must not send. The sender is a reseller or, after a colleague's invite was declined, a customer.
CREATE TABLE suppressions (
  sender_id TEXT NOT NULL,
  email TEXT NOT NULL,
  cause TEXT NOT NULL,
  reason TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (sender_id, email)
) STRICT, WITHOUT ROWID;

-- `retry_at`: until then, deliveries wait because the receiver asked for it (`Retry-After`).
CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  url TEXT NOT NULL,
  events TEXT NOT NULL CHECK (json_valid(events)),
  secret_version INTEGER NOT NULL DEFAULT 1,
  previous_secret_expires_at INTEGER,
  failing_since INTEGER,
  last_failed_at INTEGER,
  retry_at INTEGER,
  disabled_at INTEGER,
  disabled_reason TEXT,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks_by_reseller ON webhooks (reseller_id, id);

-- The receiver's response to each attempt. `delivery_id` is the id in the outbox, `duration_ms` the time to the response.
CREATE TABLE webhook_attempts (
  id TEXT PRIMARY KEY,
  delivery_id TEXT NOT NULL,
  attempted_at INTEGER NOT NULL,
  response_status INTEGER,
  response_body TEXT NOT NULL,
  duration_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (delivery_id, id);
CREATE INDEX webhook_attempts_by_time ON webhook_attempts (attempted_at);

-- The attempts of a webhook in each hour (its start in ms), and the total and longest time of those that succeeded.
CREATE TABLE webhook_hours (
  webhook_id TEXT NOT NULL,
  hour INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  successes INTEGER NOT NULL,
  total_ms INTEGER NOT NULL,
  slowest_ms INTEGER NOT NULL,
  PRIMARY KEY (webhook_id, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_hours_by_time ON webhook_hours (hour);
CREATE TRIGGER webhook_attempts_count AFTER INSERT ON webhook_attempts BEGIN
  INSERT INTO webhook_hours
    SELECT recipient, new.attempted_at - new.attempted_at % 3600000, 1, succeeded, duration, duration
    FROM (SELECT recipient, succeeded, succeeded * new.duration_ms AS duration
      FROM (SELECT recipient, coalesce(new.response_status BETWEEN 200 AND 299, 0) AS succeeded
        FROM outbox WHERE id = new.delivery_id)) WHERE TRUE
    ON CONFLICT DO UPDATE SET attempts = attempts + 1, successes = successes + excluded.successes,
      total_ms = total_ms + excluded.total_ms, slowest_ms = max(slowest_ms, excluded.slowest_ms);
END;

-- The audit log.

-- Code writes and reads the view `audit_log`. Its rows stand in two tables, so that personal values can be purged while
-- everything else can only be appended. Seals chain the entries of a reseller by SHA-256 (src/domain/audit/seal-chain.ts);
-- they cover the salted hash of personal values, so that a chain still verifies after a purge: its entry
-- has a proof as its detail that it was made by the Worker (src/domain/audit/purge-proof.ts).
-- `person_id`: the user whom the entry is about. Entries about a customer's member have the customer as their subject.
CREATE TABLE audit_entries (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL,
  action TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  person_id TEXT,
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  created_at INTEGER NOT NULL,
  CHECK (person_id IS NOT NULL OR (action NOT GLOB 'staff.*' AND action NOT GLOB 'member.*'))
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_entries_by_subject ON audit_entries (subject_id, id);
CREATE INDEX audit_entries_by_reseller ON audit_entries (reseller_id, id);
CREATE INDEX audit_purges ON audit_entries (subject_id) WHERE action GLOB '*.purged';
CREATE INDEX audit_entries_by_person ON audit_entries (person_id, id) WHERE person_id IS NOT NULL;
CREATE INDEX audit_entries_by_actor ON audit_entries (actor_id, id) WHERE actor_id IS NOT NULL;

-- The name of the actor, and what the entry says about its subject, each with a salt. Purged apart from each other.
CREATE TABLE audit_values (
  entry_id TEXT PRIMARY KEY,
  actor_salt TEXT,
  actor_name TEXT,
  detail_salt TEXT,
  detail TEXT,
  changes TEXT -- JSON: [[field, before, after], …]; long texts have the name alone
) STRICT, WITHOUT ROWID;

-- The entries that wait for the next run of the sealing job: so few that a reseller's need no index.
CREATE TABLE audit_unsealed (
  entry_id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_seals (
  reseller_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  entry_id TEXT NOT NULL UNIQUE,
  actor_hash TEXT,
  detail_hash TEXT,
  sealed_at INTEGER NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (reseller_id, sequence)
) STRICT, WITHOUT ROWID;

-- The last seal of each reseller, so that seals missing at the end are noticed.
CREATE TABLE audit_heads (
  reseller_id TEXT PRIMARY KEY,
  sequence INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW audit_log AS
SELECT entry.id, entry.reseller_id, entry.action, entry.subject_id, entry.person_id, entry.actor_kind, entry.actor_id,
  value.actor_name, value.detail, value.changes, entry.created_at
FROM audit_entries AS entry LEFT JOIN audit_values AS value ON value.entry_id = entry.id;

CREATE TRIGGER audit_log_insert INSTEAD OF INSERT ON audit_log BEGIN
  INSERT INTO audit_entries (id, reseller_id, action, subject_id, person_id, actor_kind, actor_id, created_at) VALUES
    (new.id, new.reseller_id, new.action, new.subject_id, new.person_id, new.actor_kind, new.actor_id, new.created_at);
  INSERT INTO audit_values (entry_id, actor_salt, actor_name, detail_salt, detail, changes)
    SELECT new.id, iif(new.actor_name IS NULL, NULL, lower(hex(randomblob(16)))), new.actor_name,
      iif(coalesce(new.detail, new.changes) IS NULL, NULL, lower(hex(randomblob(16)))), new.detail, new.changes
    WHERE coalesce(new.actor_name, new.detail, new.changes) IS NOT NULL;
  INSERT INTO audit_unsealed (entry_id, reseller_id) VALUES (new.id, new.reseller_id);
END;

-- Nothing here can be changed or deleted, except that a purge empties or deletes personal values. `INSERT OR REPLACE` deletes
-- without firing delete triggers, so an insert that would replace a row is refused too.
CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_entries_no_replace BEFORE INSERT ON audit_entries
WHEN EXISTS (SELECT 1 FROM audit_entries WHERE id = new.id) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_values_only_purged BEFORE UPDATE ON audit_values
WHEN NOT (new.entry_id IS old.entry_id AND coalesce(new.actor_salt, old.actor_salt) IS old.actor_salt
  AND coalesce(new.actor_name, old.actor_name) IS old.actor_name AND coalesce(new.detail_salt, old.detail_salt) IS old.detail_salt
  AND coalesce(new.detail, old.detail) IS old.detail AND coalesce(new.changes, old.changes) IS old.changes) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_values_no_replace BEFORE INSERT ON audit_values
WHEN EXISTS (SELECT 1 FROM audit_values WHERE entry_id = new.entry_id) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_seals_no_update BEFORE UPDATE ON audit_seals BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_seals_no_delete BEFORE DELETE ON audit_seals BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_seals_no_replace BEFORE INSERT ON audit_seals
WHEN EXISTS (SELECT 1 FROM audit_seals WHERE reseller_id = new.reseller_id AND sequence = new.sequence) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_heads_only_forward BEFORE UPDATE ON audit_heads
WHEN NOT (new.reseller_id = old.reseller_id AND new.sequence > old.sequence) BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_heads_no_delete BEFORE DELETE ON audit_heads BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- Notifications.

-- Events for a staff user's digests. Those without `email_id` wait for the next one.
CREATE TABLE notifications (
  event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  reseller_id TEXT NOT NULL,
  email_id TEXT,
  PRIMARY KEY (event_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notifications_waiting ON notifications (user_id, reseller_id) WHERE email_id IS NULL;
CREATE INDEX notifications_by_email ON notifications (email_id) WHERE email_id IS NOT NULL;

-- The deployment.

-- When something that a working deployment does again and again happened last, and what the operator has to know about it.
CREATE TABLE deployment_facts (
  name TEXT PRIMARY KEY CHECK (name IN ('cron_run', 'email_sent', 'email_event', 'sender_refused')),
  at INTEGER NOT NULL,
  detail TEXT
) STRICT, WITHOUT ROWID;
