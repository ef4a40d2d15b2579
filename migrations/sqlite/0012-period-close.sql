-- Why: months are closed and opened again by people, and nothing enters a closed month by any road (domain.md §3). What they did is a log that only
-- grows and is chained by hashes; `ledger_periods` is what it comes to. In a shared ledger both are copied from the shared database.

-- Every close, every wish to open again and what became of it. `head_sequence` and `head_hash` are the chain's head at that moment: an entry up to it
-- may stand in the month, a later one may not.
CREATE TABLE period_log (
  sequence INTEGER PRIMARY KEY,
  month TEXT NOT NULL,
  action TEXT NOT NULL CHECK (action IN ('close', 'request-reopen', 'decline-reopen', 'reopen')),
  actor TEXT NOT NULL,
  reason TEXT,
  at INTEGER NOT NULL,
  four_eyes TEXT NOT NULL CHECK (four_eyes IN ('on', 'off')),
  head_sequence INTEGER NOT NULL,
  head_hash TEXT NOT NULL,
  evidence TEXT NOT NULL,                 -- what the checklist said and which reasons were accepted, JSON
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX period_log_by_month ON period_log (month, sequence);
CREATE TRIGGER period_log_is_append_only_update BEFORE UPDATE ON period_log BEGIN SELECT RAISE(ABORT, 'period-log-immutable'); END;
CREATE TRIGGER period_log_is_append_only_delete BEFORE DELETE ON period_log BEGIN SELECT RAISE(ABORT, 'period-log-immutable'); END;

-- After, not before: only then is a sequence known that SQLite gave itself. What lies before a closed month is closed with it.
CREATE TRIGGER journal_entries_not_in_closed_month AFTER INSERT ON journal_entries
WHEN EXISTS (
  SELECT 1 FROM ledger_periods AS p WHERE p.month >= substr(NEW.entry_date, 1, 7) AND p.state = 'closed'
  AND NEW.ledger_sequence > coalesce((SELECT l.head_sequence FROM period_log AS l WHERE l.month = p.month AND l.action = 'close' ORDER BY l.sequence DESC LIMIT 1), 0)
)
BEGIN SELECT RAISE(ABORT, 'period-closed'); END;

-- A month changes its state only after the log has said so.
CREATE TRIGGER ledger_periods_follow_their_log BEFORE UPDATE ON ledger_periods
WHEN OLD.month <> NEW.month OR NEW.state <> coalesce((SELECT CASE l.action WHEN 'close' THEN 'closed' ELSE 'open' END FROM period_log AS l WHERE l.month = NEW.month AND l.action IN ('close', 'reopen') ORDER BY l.sequence DESC LIMIT 1), '')
BEGIN SELECT RAISE(ABORT, 'period-change-unlogged'); END;
CREATE TRIGGER ledger_periods_open_by_their_log BEFORE INSERT ON ledger_periods
WHEN NEW.state = 'open' AND coalesce((SELECT l.action FROM period_log AS l WHERE l.month = NEW.month AND l.action IN ('close', 'reopen') ORDER BY l.sequence DESC LIMIT 1), 'reopen') <> 'reopen'
BEGIN SELECT RAISE(ABORT, 'period-change-unlogged'); END;
CREATE TRIGGER ledger_periods_stay BEFORE DELETE ON ledger_periods BEGIN SELECT RAISE(ABORT, 'period-change-unlogged'); END;

-- An entry is reversed once.
CREATE UNIQUE INDEX journal_entries_reversed_once ON journal_entries (reverses_entry_id) WHERE reverses_entry_id IS NOT NULL;
DROP INDEX journal_entries_by_reversal;

-- Why an entry that waits was not sealed, where the sealer said so.
ALTER TABLE provisional_entries ADD COLUMN reason_code TEXT;
