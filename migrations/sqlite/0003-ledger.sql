-- Why: the books. Double entry, append-only, balanced per currency by the database itself (architecture.md §6, domain.md §3).

CREATE TABLE accounts (
  code TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('asset', 'liability', 'equity', 'revenue', 'contra-revenue', 'expense')),
  normal_side TEXT NOT NULL CHECK (normal_side IN ('debit', 'credit')),
  description TEXT NOT NULL
) STRICT;

CREATE TABLE journal_entries (
  ledger_sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  entry_date TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  source_type TEXT NOT NULL,
  source_id TEXT NOT NULL,
  idempotency_key TEXT NOT NULL UNIQUE,
  input_hash TEXT NOT NULL,
  reverses_entry_id TEXT REFERENCES journal_entries (id),
  concerns_month TEXT,
  memo TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX journal_entries_by_date ON journal_entries (entry_date, ledger_sequence);
CREATE INDEX journal_entries_by_source ON journal_entries (source_type, source_id);
CREATE INDEX journal_entries_by_reversal ON journal_entries (reverses_entry_id) WHERE reverses_entry_id IS NOT NULL;

CREATE TABLE postings (
  entry_id TEXT NOT NULL REFERENCES journal_entries (id) DEFERRABLE INITIALLY DEFERRED,
  line_number INTEGER NOT NULL,
  account_code TEXT NOT NULL REFERENCES accounts (code),
  direction TEXT NOT NULL CHECK (direction IN ('debit', 'credit')),
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  currency TEXT NOT NULL,
  functional_amount_minor INTEGER NOT NULL CHECK (functional_amount_minor >= 0),
  rate TEXT,                              -- functional units per unit of `currency`, decimal text; NULL when they are the same
  party_id TEXT,
  PRIMARY KEY (entry_id, line_number)
) STRICT;
-- A rowid table on purpose: rows are appended in the order of the entries, and this index grows at its ends; entry ids are spread at random.
CREATE INDEX postings_by_account ON postings (account_code, currency);

-- Postings come first, then their entry, which may only stand when they balance in every currency.
CREATE TRIGGER journal_entries_must_balance BEFORE INSERT ON journal_entries
BEGIN
  SELECT RAISE(ABORT, 'entry-without-postings') WHERE NOT EXISTS (SELECT 1 FROM postings WHERE entry_id = NEW.id);
  SELECT RAISE(ABORT, 'entry-unbalanced') WHERE EXISTS (
    SELECT 1 FROM postings WHERE entry_id = NEW.id GROUP BY currency
    HAVING sum(CASE direction WHEN 'debit' THEN amount_minor ELSE -amount_minor END) <> 0
  );
END;
CREATE TRIGGER postings_only_before_their_entry BEFORE INSERT ON postings
WHEN EXISTS (SELECT 1 FROM journal_entries WHERE id = NEW.entry_id)
BEGIN SELECT RAISE(ABORT, 'entry-already-posted'); END;
CREATE TRIGGER journal_entries_immutable_update BEFORE UPDATE ON journal_entries BEGIN SELECT RAISE(ABORT, 'entry-immutable'); END;
CREATE TRIGGER journal_entries_immutable_delete BEFORE DELETE ON journal_entries BEGIN SELECT RAISE(ABORT, 'entry-immutable'); END;
CREATE TRIGGER postings_immutable_update BEFORE UPDATE ON postings BEGIN SELECT RAISE(ABORT, 'posting-immutable'); END;
CREATE TRIGGER postings_immutable_delete BEFORE DELETE ON postings BEGIN SELECT RAISE(ABORT, 'posting-immutable'); END;

-- Entries that wait for the sealer (the shared database, when there is one and it cannot be reached): shown as pending, in no balance.
CREATE TABLE provisional_entries (
  id TEXT PRIMARY KEY,
  idempotency_key TEXT NOT NULL UNIQUE,
  entry_date TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  input_hash TEXT NOT NULL,
  body TEXT NOT NULL                      -- the entry with its postings, canonical JSON
) STRICT;

CREATE TABLE ledger_periods (
  month TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL
) STRICT;

-- Something a person must look at: same key with other input, an unknown reporting category, an amount that does not tie.
CREATE TABLE review_items (
  id TEXT PRIMARY KEY,
  code TEXT NOT NULL,
  subject_type TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  message TEXT NOT NULL,
  data TEXT NOT NULL,
  raised_at INTEGER NOT NULL,
  settled_at INTEGER
) STRICT;
CREATE INDEX review_items_open ON review_items (raised_at) WHERE settled_at IS NULL;
