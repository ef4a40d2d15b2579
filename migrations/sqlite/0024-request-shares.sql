-- Why: everything of this desk that reads from Stripe at the same time stays below the account's limit together. The twin of the shared database's
-- table for a desk without one; rows live for seconds.
CREATE TABLE request_shares (
  reader TEXT PRIMARY KEY,
  total INTEGER NOT NULL CHECK (total > 0),     -- requests a second and endpoint that all readers together may use, as this one has it
  parts INTEGER NOT NULL CHECK (parts >= 0),    -- what it was given last
  in_use INTEGER NOT NULL CHECK (in_use >= 0),  -- what it said it was still using when it was given that
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
