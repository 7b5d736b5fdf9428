-- Keys of the JSON API. Of a secret only its SHA-256 is kept, and enough of its ends to recognise it in a list.
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

-- What a request with an Idempotency-Key did: the row it made or changed, as it was then, written in the same batch.
CREATE TABLE kept_answers (
  api_key_id TEXT NOT NULL,
  request_key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  snapshot TEXT NOT NULL CHECK (json_valid(snapshot)),
  at INTEGER NOT NULL,
  PRIMARY KEY (api_key_id, request_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_answers_by_time ON kept_answers (at);

-- Counts the changes of an account, so that one made to an older version is refused.
ALTER TABLE billing_accounts ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
CREATE INDEX billing_accounts_by_reseller ON billing_accounts (reseller_id, id);

CREATE INDEX invites_by_email_status ON invites (reseller_id, email_status, seq);
CREATE INDEX invites_by_account ON invites (reseller_id, billing_account_id, seq);

-- The search index learns what lists are filtered by, so that several filters, or a filter and words, are one walk too.
-- Each facet is a short code of its own letters: status by its first letter, e-mail status by its fourth (all differ),
-- billing account by its last three. The join then asks for the exact value.
DROP TRIGGER invites_search_insert;
DROP TRIGGER invites_search_update;
DROP TABLE invite_search;

CREATE VIRTUAL TABLE invite_search USING fts5 (
  tenant, facets, words, content = '', contentless_delete = 1, tokenize = 'trigram'
);
INSERT INTO invite_search (rowid, tenant, facets, words)
  SELECT seq, substr(reseller_id, -3),
    's=' || substr(status, 1, 1) || ' m=' || substr(email_status, 4, 1) || ' b=' || substr(billing_account_id, -3),
    company_name || char(10) || contact_name || char(10) || contact_email
  FROM invites;
CREATE TRIGGER invites_search_insert AFTER INSERT ON invites BEGIN
  INSERT INTO invite_search (rowid, tenant, facets, words) VALUES (
    new.seq, substr(new.reseller_id, -3),
    's=' || substr(new.status, 1, 1) || ' m=' || substr(new.email_status, 4, 1) || ' b=' || substr(new.billing_account_id, -3),
    new.company_name || char(10) || new.contact_name || char(10) || new.contact_email
  );
END;
CREATE TRIGGER invites_search_update
AFTER UPDATE OF status, email_status, billing_account_id, company_name, contact_name, contact_email ON invites BEGIN
  DELETE FROM invite_search WHERE rowid = old.seq;
  INSERT INTO invite_search (rowid, tenant, facets, words) VALUES (
    new.seq, substr(new.reseller_id, -3),
    's=' || substr(new.status, 1, 1) || ' m=' || substr(new.email_status, 4, 1) || ' b=' || substr(new.billing_account_id, -3),
    new.company_name || char(10) || new.contact_name || char(10) || new.contact_email
  );
END;
