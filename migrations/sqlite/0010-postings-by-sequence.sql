-- Why: speed of posting and of verifying. Postings were found by their entry's id, which is spread at random: every posting cost a page of a random
-- index, every check of an entry a search in it, and a walk through the books in their order one search a posting. They are now kept by the entry's
-- place in the chain: appended at the end when written, read in one stretch. What they say is the same, and so are the guards.
-- `postings` remains the name to read by, with `entry_id` from the entry.
-- The unique index on the key goes too: an entry's id is the UUIDv5 of its key (`ledger verify` holds that), so a unique id is a unique key.

CREATE TABLE journal_entries_rebuilt (
  ledger_sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,                -- UUIDv5 of idempotency_key
  entry_date TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  source_type TEXT NOT NULL,
  source_id TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  input_hash TEXT NOT NULL,
  reverses_entry_id TEXT REFERENCES journal_entries_rebuilt (id),
  concerns_month TEXT,
  memo TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
INSERT INTO journal_entries_rebuilt SELECT ledger_sequence, id, entry_date, recorded_at, kind, source_type, source_id, idempotency_key, input_hash, reverses_entry_id, concerns_month, memo, previous_hash, hash FROM journal_entries ORDER BY ledger_sequence;

CREATE TABLE posting_lines (
  ledger_sequence INTEGER NOT NULL REFERENCES journal_entries_rebuilt (ledger_sequence) DEFERRABLE INITIALLY DEFERRED,
  line_number INTEGER NOT NULL,
  account_code TEXT NOT NULL REFERENCES accounts (code),
  direction TEXT NOT NULL CHECK (direction IN ('debit', 'credit')),
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  currency TEXT NOT NULL,
  functional_amount_minor INTEGER NOT NULL CHECK (functional_amount_minor >= 0),
  rate TEXT,                              -- functional units per unit of `currency`, decimal text; NULL when they are the same
  party_id TEXT,
  PRIMARY KEY (ledger_sequence, line_number)
) STRICT, WITHOUT ROWID;
-- CROSS JOIN: in the order of the chain, so that both tables are read and written from their beginning to their end.
INSERT INTO posting_lines SELECT e.ledger_sequence, p.line_number, p.account_code, p.direction, p.amount_minor, p.currency, p.functional_amount_minor, p.rate, p.party_id
  FROM journal_entries AS e CROSS JOIN postings AS p ON p.entry_id = e.id ORDER BY e.ledger_sequence, p.line_number;

DROP TABLE postings;
DROP TABLE journal_entries;
ALTER TABLE journal_entries_rebuilt RENAME TO journal_entries;

CREATE INDEX journal_entries_by_date ON journal_entries (entry_date, ledger_sequence);
-- By the source's id alone: ids of one gateway are unique among its kinds of objects, and the name of the kind would double the index.
CREATE INDEX journal_entries_by_source ON journal_entries (source_id);
CREATE INDEX journal_entries_by_reversal ON journal_entries (reverses_entry_id) WHERE reverses_entry_id IS NOT NULL;
-- An account's postings in the order of the chain.
CREATE INDEX posting_lines_by_account ON posting_lines (account_code, currency);

-- For readers by the entry's id. What walks many postings reads posting_lines by ledger_sequence.
CREATE VIEW postings AS
  SELECT e.id AS entry_id, p.line_number, p.account_code, p.direction, p.amount_minor, p.currency, p.functional_amount_minor, p.rate, p.party_id, p.ledger_sequence
    FROM posting_lines AS p JOIN journal_entries AS e ON e.ledger_sequence = p.ledger_sequence;

-- Postings come first, then their entry, which may only stand when they balance in every currency. One pass; a second one only where currencies meet.
CREATE TRIGGER journal_entries_must_balance BEFORE INSERT ON journal_entries
BEGIN
  SELECT CASE
    WHEN count(*) = 0 THEN RAISE(ABORT, 'entry-without-postings')
    WHEN min(currency) <> max(currency) THEN (
      SELECT RAISE(ABORT, 'entry-unbalanced') FROM posting_lines WHERE ledger_sequence = NEW.ledger_sequence
       GROUP BY currency HAVING sum(CASE direction WHEN 'debit' THEN amount_minor ELSE -amount_minor END) <> 0)
    WHEN sum(CASE direction WHEN 'debit' THEN amount_minor ELSE -amount_minor END) <> 0 THEN RAISE(ABORT, 'entry-unbalanced')
  END FROM posting_lines WHERE ledger_sequence = NEW.ledger_sequence;
END;
CREATE TRIGGER postings_only_before_their_entry BEFORE INSERT ON posting_lines
WHEN EXISTS (SELECT 1 FROM journal_entries WHERE ledger_sequence = NEW.ledger_sequence)
BEGIN SELECT RAISE(ABORT, 'entry-already-posted'); END;
CREATE TRIGGER journal_entries_immutable_update BEFORE UPDATE ON journal_entries BEGIN SELECT RAISE(ABORT, 'entry-immutable'); END;
CREATE TRIGGER journal_entries_immutable_delete BEFORE DELETE ON journal_entries BEGIN SELECT RAISE(ABORT, 'entry-immutable'); END;
CREATE TRIGGER postings_immutable_update BEFORE UPDATE ON posting_lines BEGIN SELECT RAISE(ABORT, 'posting-immutable'); END;
CREATE TRIGGER postings_immutable_delete BEFORE DELETE ON posting_lines BEGIN SELECT RAISE(ABORT, 'posting-immutable'); END;
