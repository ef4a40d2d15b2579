-- Why: a person signs that a month is reconciled, on the checklist as it stood and on the head of the chain, and may take that back with a reason. What was signed is never changed:
-- the newest row of a month is how it stands.

CREATE TABLE close_sign_offs (
  id TEXT PRIMARY KEY, month TEXT NOT NULL, action TEXT NOT NULL CHECK (action IN ('sign-off', 'withdraw')), actor TEXT NOT NULL, note TEXT,
  checks TEXT NOT NULL,                   -- JSON: the checklist as it was signed, with what was accepted and why
  head_sequence INTEGER NOT NULL, head_hash TEXT NOT NULL, recorded_at INTEGER NOT NULL,
  sent_at INTEGER                         -- when the shared database took it
) STRICT;
CREATE INDEX close_sign_offs_by_month ON close_sign_offs (month, recorded_at);
CREATE TRIGGER close_sign_offs_stand BEFORE UPDATE OF id, month, action, actor, note, checks, head_sequence, head_hash, recorded_at ON close_sign_offs BEGIN
  SELECT RAISE(ABORT, 'a sign-off is never changed');
END;
CREATE TRIGGER close_sign_offs_stay BEFORE DELETE ON close_sign_offs WHEN OLD.sent_at IS NULL BEGIN
  SELECT RAISE(ABORT, 'a sign-off that nobody else has is never deleted');
END;
