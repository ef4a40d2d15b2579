-- Why: views of lists that people shared with everybody who works in the same shared database. This desk's copy; a person's own views stay among the preferences.
CREATE TABLE shared_views (
  id TEXT PRIMARY KEY,
  grid TEXT NOT NULL, name TEXT NOT NULL,
  search TEXT NOT NULL,                   -- filter and sort, as the address says them
  layout TEXT NOT NULL,                   -- JSON: which columns, how wide, which stay in sight
  saved_by TEXT NOT NULL, saved_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
