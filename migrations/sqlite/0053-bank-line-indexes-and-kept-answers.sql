-- Why: the id behind the day made every line of an import land on a page of its own, in both indexes: a hundred thousand lines wrote a gigabyte of log. Lines of a day stand in the order in
-- which they came; the few of one day are sorted by id when they are read.
DROP INDEX bank_lines_by_day;
DROP INDEX bank_lines_open;
CREATE INDEX bank_lines_by_day ON bank_lines (account_id, booked_on DESC);
CREATE INDEX bank_lines_open ON bank_lines (account_id, booked_on) WHERE match_id IS NULL;

-- Why: what nobody invoices takes rating a year of every contract. Jobs work it out where nobody waits, and keep it here: what it was worked out from, and as of when.
CREATE TABLE kept_answers (
  name TEXT PRIMARY KEY, grounds TEXT NOT NULL, answer TEXT NOT NULL, as_of INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
