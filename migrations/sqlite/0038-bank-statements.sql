-- Why: what the banks say. Accounts, statements and their lines are kept as they were read and never changed; a line's id is the UUIDv5 of its account and identity, so that a file
-- read again changes nothing. What was matched with what stands in tables of its own and is never deleted: an unmatched match keeps its row (docs/adr/0026).

CREATE TABLE bank_accounts (
  id TEXT PRIMARY KEY,                 -- UUIDv5 of number and currency
  number TEXT NOT NULL, is_iban INTEGER NOT NULL CHECK (is_iban IN (0, 1)), name TEXT NOT NULL, currency TEXT NOT NULL,
  ledger_account TEXT NOT NULL REFERENCES accounts (code), created_at INTEGER NOT NULL, created_by TEXT NOT NULL,
  UNIQUE (number, currency)
) STRICT;

-- How a bank's CSV is read, by the name a person gave it.
CREATE TABLE bank_csv_mappings (
  name TEXT PRIMARY KEY, mapping TEXT NOT NULL, saved_at INTEGER NOT NULL, saved_by TEXT NOT NULL
) STRICT;

CREATE TABLE bank_imports (
  id TEXT PRIMARY KEY, file_name TEXT NOT NULL, format TEXT NOT NULL, content_hash TEXT NOT NULL, size_bytes INTEGER NOT NULL, mapping_name TEXT, started_at INTEGER NOT NULL,
  finished_at INTEGER,                 -- null: it broke off; its statements are not whole
  actor TEXT NOT NULL, statements INTEGER NOT NULL DEFAULT 0, lines_added INTEGER NOT NULL DEFAULT 0, lines_known INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX bank_imports_recent ON bank_imports (started_at DESC);

CREATE TABLE bank_statements (
  id TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES bank_accounts (id), reference TEXT, sequence_number TEXT, from_on TEXT, to_on TEXT, opening_minor INTEGER, closing_minor INTEGER,
  lines INTEGER NOT NULL, credits_minor INTEGER NOT NULL, debits_minor INTEGER NOT NULL, proof TEXT NOT NULL CHECK (proof IN ('proved', 'closing-only', 'none')),
  is_whole INTEGER NOT NULL CHECK (is_whole IN (0, 1)), import_id TEXT NOT NULL REFERENCES bank_imports (id)
) STRICT;
CREATE INDEX bank_statements_by_account ON bank_statements (account_id, to_on);

CREATE TABLE bank_lines (
  id TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES bank_accounts (id), statement_id TEXT NOT NULL REFERENCES bank_statements (id), position INTEGER NOT NULL, booked_on TEXT NOT NULL, valued_on TEXT,
  amount_minor INTEGER NOT NULL,       -- signed: what came in is positive
  entry_reference TEXT, references_text TEXT NOT NULL, counterparty_name TEXT, counterparty_account TEXT, description TEXT NOT NULL, bank_code TEXT, balance_after_minor INTEGER,
  match_id TEXT REFERENCES bank_matches (id)   -- null: nobody has said what it is
) STRICT;
CREATE INDEX bank_lines_by_statement ON bank_lines (statement_id, position);
CREATE INDEX bank_lines_by_day ON bank_lines (account_id, booked_on DESC, id);
CREATE INDEX bank_lines_open ON bank_lines (account_id, booked_on, id) WHERE match_id IS NULL;

CREATE TABLE bank_matches (
  id TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES bank_accounts (id), rule TEXT NOT NULL, score_basis_points INTEGER NOT NULL, reasons TEXT NOT NULL, is_automatic INTEGER NOT NULL CHECK (is_automatic IN (0, 1)),
  matched_on TEXT NOT NULL, residual_minor INTEGER NOT NULL, residual_account TEXT, entry_keys TEXT NOT NULL, matched_at INTEGER NOT NULL, matched_by TEXT NOT NULL,
  unmatched_at INTEGER, unmatched_by TEXT, unmatch_reason TEXT
) STRICT;
CREATE INDEX bank_matches_recent ON bank_matches (account_id, matched_at DESC);
CREATE TABLE bank_match_lines (
  match_id TEXT NOT NULL REFERENCES bank_matches (id), line_id TEXT NOT NULL REFERENCES bank_lines (id), PRIMARY KEY (match_id, line_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bank_match_lines_by_line ON bank_match_lines (line_id);
-- `amount_minor` is the part's share in the currency of the account, `object_minor` in its own; both are signed as the bank signs them.
CREATE TABLE bank_match_parts (
  match_id TEXT NOT NULL REFERENCES bank_matches (id), kind TEXT NOT NULL CHECK (kind IN ('payout', 'receipt', 'invoice')), object_id TEXT NOT NULL, label TEXT NOT NULL, amount_minor INTEGER NOT NULL, object_minor INTEGER NOT NULL,
  object_currency TEXT NOT NULL, receipt_id TEXT, PRIMARY KEY (match_id, kind, object_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bank_match_parts_by_object ON bank_match_parts (kind, object_id);
-- What stands matched now: a payout or a receipt is on one bank statement once.
CREATE TABLE bank_matched_objects (
  kind TEXT NOT NULL, object_id TEXT NOT NULL, match_id TEXT NOT NULL REFERENCES bank_matches (id), PRIMARY KEY (kind, object_id)
) STRICT, WITHOUT ROWID;

-- What a person set for a rule; a rule without a row goes by its default.
CREATE TABLE bank_rules (
  rule TEXT PRIMARY KEY, is_automatic INTEGER NOT NULL CHECK (is_automatic IN (0, 1)), days INTEGER NOT NULL, tolerance_minor INTEGER NOT NULL, account_code TEXT, set_at INTEGER NOT NULL, set_by TEXT NOT NULL
) STRICT;

CREATE INDEX stripe_payouts_by_arrival ON stripe_payouts (currency, arrival_at);
CREATE TRIGGER bank_lines_are_facts BEFORE UPDATE OF account_id, statement_id, position, booked_on, valued_on, amount_minor, entry_reference, references_text, counterparty_name, counterparty_account, description, bank_code, balance_after_minor ON bank_lines
BEGIN SELECT RAISE(ABORT, 'a bank line is never changed'); END;
