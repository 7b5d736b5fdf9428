-- How a reseller looks to those it invites. Without an accent or a logo the product's own are shown.
ALTER TABLE resellers ADD COLUMN accent TEXT CHECK (accent GLOB '#[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]');
ALTER TABLE resellers ADD COLUMN logo_id TEXT;

-- A logo never changes: another one has another id, so that whoever has it may keep it for ever.
CREATE TABLE logos (
  id TEXT PRIMARY KEY,
  reseller_id TEXT NOT NULL REFERENCES resellers (id),
  type TEXT NOT NULL CHECK (type IN ('image/png', 'image/jpeg', 'image/gif', 'image/webp')),
  bytes BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX logos_by_reseller ON logos (reseller_id);
