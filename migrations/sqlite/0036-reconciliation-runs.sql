-- Why: a reconciliation is a record that can be repeated and compared with the one before it; and after a small change it costs as much as the change.
-- For the first, a run keeps its policy, the hash of what it compared, and what it saw for the first time or no longer; for the second, what Stripe
-- listed is kept as it was compared, and what changed since in the other stores is known. All of it is this desk's own and can be made anew by a full run.

ALTER TABLE reconciliation_runs ADD COLUMN sequence INTEGER;            -- counts the runs of a level
ALTER TABLE reconciliation_runs ADD COLUMN scope TEXT;                  -- 'everything', 'range', 'last-day'
ALTER TABLE reconciliation_runs ADD COLUMN method TEXT;                 -- 'full', 'incremental'
ALTER TABLE reconciliation_runs ADD COLUMN policy_version INTEGER;
ALTER TABLE reconciliation_runs ADD COLUMN inputs_hash TEXT;            -- the same inputs in any order: the same hash
ALTER TABLE reconciliation_runs ADD COLUMN recompared INTEGER;          -- balance transactions this run looked at
ALTER TABLE reconciliation_runs ADD COLUMN appeared INTEGER;            -- differences the last run of this level did not see
ALTER TABLE reconciliation_runs ADD COLUMN remaining INTEGER;           -- that it saw too
ALTER TABLE reconciliation_runs ADD COLUMN gone INTEGER;                -- that it saw and this one no longer
UPDATE reconciliation_runs SET sequence = (SELECT count(*) FROM reconciliation_runs AS earlier WHERE earlier.level = reconciliation_runs.level AND (earlier.finished_at, earlier.id) <= (reconciliation_runs.finished_at, reconciliation_runs.id));
CREATE UNIQUE INDEX reconciliation_runs_by_sequence ON reconciliation_runs (level, sequence);

-- From which run of a level on a difference was found, and which one no longer found it; NULL: it still is. What a run found are the spells around it,
-- and a difference that stands for a year is one row and not one a day.
CREATE TABLE discrepancy_spells (
  level TEXT NOT NULL, discrepancy_id TEXT NOT NULL, first_sequence INTEGER NOT NULL, ended_sequence INTEGER, PRIMARY KEY (level, discrepancy_id, first_sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX discrepancy_spells_by_first ON discrepancy_spells (level, first_sequence);
CREATE INDEX discrepancy_spells_by_end ON discrepancy_spells (level, ended_sequence);
INSERT INTO discrepancy_spells (level, discrepancy_id, first_sequence)
  SELECT run.level, found.id, run.sequence FROM discrepancies AS found JOIN reconciliation_runs AS run ON run.id = found.last_run_id WHERE found.status <> 'resolved' AND run.level = found.level;

-- For a run that compares again only what changed.
CREATE INDEX discrepancies_by_transaction ON discrepancies (balance_transaction_id) WHERE balance_transaction_id IS NOT NULL;
CREATE INDEX discrepancies_by_object ON discrepancies (object_id);

-- What Stripe listed, as it was compared last. Not the mirror: that follows events, this only what a reconciliation listed afresh.
CREATE TABLE compared_transactions (
  id TEXT PRIMARY KEY, source_id TEXT, kind TEXT, is_payout INTEGER NOT NULL, amount_minor INTEGER NOT NULL, fee_minor INTEGER NOT NULL, currency TEXT NOT NULL, exchange_rate TEXT, created_at INTEGER NOT NULL, created_on TEXT NOT NULL, available_at INTEGER,
  ledger_net_minor INTEGER, ledger_fee_minor INTEGER       -- what the journal said about it; NULL: nothing
) STRICT, WITHOUT ROWID;
-- By the payment, refund or dispute behind it. A table and not an index: it is filled in its own order, at its end.
CREATE TABLE compared_sources (source_id TEXT NOT NULL, transaction_id TEXT NOT NULL, PRIMARY KEY (source_id, transaction_id)) STRICT, WITHOUT ROWID;

-- How far the last run over everything had come, one row.
CREATE TABLE comparison_marks (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  is_whole INTEGER NOT NULL DEFAULT 0,              -- 0: the next run compares everything
  policy_version INTEGER NOT NULL DEFAULT 0,
  full_at INTEGER NOT NULL DEFAULT 0,               -- when everything was listed last
  listed_to INTEGER NOT NULL DEFAULT 0,             -- when the last listing began
  ledger_sequence INTEGER NOT NULL DEFAULT 0,       -- entries up to here were compared
  compared_row INTEGER NOT NULL DEFAULT 0,          -- rows of payment_history up to here were compared
  summed_row INTEGER NOT NULL DEFAULT 0,            -- and up to here counted
  noted_row INTEGER NOT NULL DEFAULT 0,             -- changes of rows up to here are noted
  totals TEXT NOT NULL DEFAULT '{}'                 -- counts, sums and hashes so far, canonical JSON
) STRICT;
INSERT INTO comparison_marks (id) VALUES (1);

-- What became of rows of payment_history after they were compared: as they were before. Rows never compared are not noted.
CREATE TABLE payment_history_changes (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, row_id INTEGER NOT NULL, is_counted INTEGER NOT NULL DEFAULT 0,
  existed INTEGER NOT NULL, gateway TEXT, gateway_payment_id TEXT, gateway_balance_transaction_id TEXT, kind TEXT, amount_minor INTEGER, fee_minor INTEGER, currency TEXT, status TEXT, created_at INTEGER
) STRICT;
CREATE INDEX payment_history_changes_by_row ON payment_history_changes (row_id, sequence);
CREATE TRIGGER payment_history_noted_insert AFTER INSERT ON payment_history WHEN NEW.id <= (SELECT noted_row FROM comparison_marks)
BEGIN
  INSERT INTO payment_history_changes (row_id, existed) VALUES (NEW.id, 0);
END;
CREATE TRIGGER payment_history_noted_update AFTER UPDATE ON payment_history
WHEN OLD.id <= (SELECT noted_row FROM comparison_marks)
 AND (OLD.gateway, OLD.gateway_payment_id, OLD.gateway_balance_transaction_id, OLD.kind, OLD.amount_minor, OLD.fee_minor, OLD.currency, OLD.status, OLD.created_at)
     IS NOT (NEW.gateway, NEW.gateway_payment_id, NEW.gateway_balance_transaction_id, NEW.kind, NEW.amount_minor, NEW.fee_minor, NEW.currency, NEW.status, NEW.created_at)
BEGIN
  INSERT INTO payment_history_changes (row_id, existed, gateway, gateway_payment_id, gateway_balance_transaction_id, kind, amount_minor, fee_minor, currency, status, created_at)
  VALUES (OLD.id, 1, OLD.gateway, OLD.gateway_payment_id, OLD.gateway_balance_transaction_id, OLD.kind, OLD.amount_minor, OLD.fee_minor, OLD.currency, OLD.status, OLD.created_at);
END;
CREATE TRIGGER payment_history_noted_delete AFTER DELETE ON payment_history WHEN OLD.id <= (SELECT noted_row FROM comparison_marks)
BEGIN
  INSERT INTO payment_history_changes (row_id, existed, gateway, gateway_payment_id, gateway_balance_transaction_id, kind, amount_minor, fee_minor, currency, status, created_at)
  VALUES (OLD.id, 1, OLD.gateway, OLD.gateway_payment_id, OLD.gateway_balance_transaction_id, OLD.kind, OLD.amount_minor, OLD.fee_minor, OLD.currency, OLD.status, OLD.created_at);
END;
