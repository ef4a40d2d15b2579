-- Why: a draft is looked at before it is finalised (domain.md §4, the run sheet). Who looked, when, and at which figures: a draft that came to other figures since
-- counts as not looked at. Without a shared database this is where reviews are kept; with one it is this desk's copy. Only the newest review of an invoice stands
-- here, the audit log has them all.
CREATE TABLE invoice_reviews (
  id TEXT PRIMARY KEY,                    -- the invoice's
  totals_fingerprint TEXT NOT NULL,       -- of the figures that were looked at
  reviewed_by TEXT NOT NULL, reviewed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
