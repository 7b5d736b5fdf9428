-- One invite for whoever is invited: a customer by the reseller, staff by its staff, a member by their customer. `list_id` is the list
-- that an invite stands in: the reseller's customers (`res_…`), its staff (`stf_…`, the same id), a customer's members (`cus_…`). `role` is what
-- the contact becomes there; of a customer's first member it is always Admin. Who is not billed has no billing account.
CREATE TABLE invites_of_all (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  kind TEXT NOT NULL CHECK (kind IN ('customer', 'staff', 'member')),
  list_id TEXT NOT NULL,
  role TEXT CHECK (CASE kind
    WHEN 'customer' THEN role IS NULL
    WHEN 'staff' THEN coalesce(role, '') IN ('admin', 'regular', 'read_only', 'support', 'sales')
    ELSE coalesce(role, '') IN ('admin', 'member') END),
  status TEXT NOT NULL CHECK (status IN ('pending', 'accepted', 'expired', 'revoked', 'declined')),
  email_status TEXT
    CHECK (email_status IN ('queued', 'sent', 'delivered', 'deferred', 'bounced', 'complained', 'failed')),
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
  reminder_due_at INTEGER,
  CHECK ((kind = 'customer') = (billing_account_id IS NOT NULL AND billing_email IS NOT NULL AND billing_phone IS NOT NULL))
) STRICT;
INSERT INTO invites_of_all
  SELECT seq, id, reseller_id, 'customer', reseller_id, NULL, status, email_status, email_problem, company_name, contact_name,
    contact_email, billing_account_id, billing_email, billing_phone, locale, note, link_version, address_version, lifetime_days,
    send_count, submission_id, change_id, invited_by, customer_id, created_at, last_sent_at, resent_at, expires_at, accepted_at,
    mail_id, opened_at, started_at, reminder_due_at
  FROM invites;
DROP TABLE invites;
ALTER TABLE invites_of_all RENAME TO invites;

CREATE UNIQUE INDEX one_live_invite ON invites (list_id, contact_email) WHERE status = 'pending';
CREATE UNIQUE INDEX one_invite_per_submission ON invites (list_id, submission_id);
CREATE INDEX invites_by_list ON invites (list_id, seq);
CREATE INDEX invites_by_status ON invites (list_id, status, seq);
CREATE INDEX invites_running_out ON invites (list_id, expires_at) WHERE status = 'pending';
CREATE INDEX invites_due ON invites (expires_at) WHERE status = 'pending';
CREATE INDEX invites_by_address ON invites (reseller_id, contact_email) WHERE status = 'pending';
CREATE INDEX invites_by_customer ON invites (customer_id) WHERE kind = 'customer' AND customer_id IS NOT NULL;
CREATE INDEX invites_by_billing_account ON invites (billing_account_id) WHERE status = 'pending';
CREATE INDEX invites_by_email_status ON invites (list_id, email_status, seq);
CREATE INDEX invites_by_account ON invites (list_id, billing_account_id, seq);
CREATE INDEX invites_to_remind ON invites (reminder_due_at) WHERE status = 'pending' AND reminder_due_at IS NOT NULL;
CREATE INDEX invites_needing_attention ON invites (list_id, status, seq)
  WHERE status = 'pending' AND email_status IN ('bounced', 'complained', 'failed');
-- Of staff and members: those who have not joined.
CREATE INDEX invites_not_joined ON invites (list_id, seq)
  WHERE kind <> 'customer' AND status IN ('pending', 'expired', 'declined');
CREATE INDEX invites_of_address ON invites (list_id, contact_email, seq) WHERE kind <> 'customer';
CREATE INDEX invites_by_operator ON invites (list_id, seq) WHERE invited_by = 'operator';

-- Customers' invites are counted and searched.
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

-- A person may work for several resellers, as they may be in several customers' accounts.
CREATE TABLE staff_of_all (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  role TEXT NOT NULL CHECK (role IN ('admin', 'regular', 'read_only', 'support', 'sales')),
  digests INTEGER NOT NULL DEFAULT 1,
  digest_at INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, reseller_id)
) STRICT, WITHOUT ROWID;
INSERT INTO staff_of_all SELECT user_id, reseller_id, role, digests, digest_at, created_at FROM staff;
DROP TABLE staff;
ALTER TABLE staff_of_all RENAME TO staff;
CREATE INDEX staff_by_reseller ON staff (reseller_id, created_at);
ALTER TABLE sessions ADD COLUMN reseller_id TEXT;

CREATE TABLE notices_by_reseller (
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
INSERT INTO notices_by_reseller
  SELECT notices.id, notices.user_id, invites.reseller_id, invite_id, notices.contact_email, action, detail, at, notices.mail_id
  FROM notices JOIN invites ON invites.id = notices.invite_id;
DROP TABLE notices;
ALTER TABLE notices_by_reseller RENAME TO notices;
CREATE INDEX notices_waiting ON notices (user_id, reseller_id) WHERE mail_id IS NULL;
CREATE INDEX notices_by_mail ON notices (mail_id) WHERE mail_id IS NOT NULL;

-- Staff accept terms too, and are in no customer's account.
CREATE TABLE terms_acceptances_of_all (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  invite_id TEXT NOT NULL,
  customer_id TEXT,
  url TEXT NOT NULL,
  version TEXT NOT NULL,
  accepted_at INTEGER NOT NULL
) STRICT;
INSERT INTO terms_acceptances_of_all
  SELECT id, user_id, invite_id, customer_id, url, version, accepted_at FROM terms_acceptances;
DROP TABLE terms_acceptances;
ALTER TABLE terms_acceptances_of_all RENAME TO terms_acceptances;
CREATE INDEX terms_acceptances_by_customer ON terms_acceptances (customer_id, id);

-- Who sends no more to an address: a reseller, or a customer whose colleague's invite was declined there.
ALTER TABLE suppressions RENAME COLUMN reseller_id TO sender_id;

-- A suspended reseller's people, keys and mail wait until the operator lets them go on.
ALTER TABLE resellers ADD COLUMN suspended_at INTEGER;
CREATE INDEX resellers_suspended ON resellers (id) WHERE suspended_at IS NOT NULL;
