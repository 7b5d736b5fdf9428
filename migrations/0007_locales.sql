-- The language of the e-mails that a reseller's contacts get, where an invite names none. Which there are is the code's to say, as it is
-- for invites.
ALTER TABLE resellers ADD COLUMN locale TEXT NOT NULL DEFAULT 'en';
