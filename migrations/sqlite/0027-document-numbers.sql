-- Why: which document has which number of INV and CN, the blocks of numbers that are leased, and the numbers nobody has and nobody will get (docs/adr/0018). The first three
-- tables are the local twin's: a desk without a shared database keeps in them what migrations/postgres/0014 keeps there, by the same rules. The held_ tables are what a desk of
-- a shared ledger knows of its own blocks, so that it can finalise while nobody answers.

CREATE TABLE document_number_blocks (
  id TEXT PRIMARY KEY, series TEXT NOT NULL, year INTEGER NOT NULL, first_number INTEGER NOT NULL, last_number INTEGER NOT NULL CHECK (last_number >= first_number), holder TEXT NOT NULL, desk TEXT NOT NULL,
  leased_at INTEGER NOT NULL, use_until INTEGER NOT NULL, report_until INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('live', 'used-up', 'returned', 'revoked', 'expired')), ended_at INTEGER, ended_by TEXT, end_reason TEXT,
  back_from INTEGER                         -- numbers from here on went back into the series
) STRICT;
CREATE INDEX document_number_blocks_live ON document_number_blocks (series, year, first_number) WHERE state = 'live';

CREATE TABLE document_number_uses (
  document_id TEXT PRIMARY KEY, series TEXT NOT NULL, year INTEGER NOT NULL, number INTEGER NOT NULL, block_id TEXT REFERENCES document_number_blocks (id), issue_date TEXT NOT NULL, recorded_by TEXT NOT NULL, recorded_at INTEGER NOT NULL,
  UNIQUE (series, year, number)
) STRICT;
CREATE INDEX document_number_uses_by_block ON document_number_uses (block_id) WHERE block_id IS NOT NULL;

CREATE TABLE document_number_gaps (
  document_number TEXT PRIMARY KEY, series TEXT NOT NULL, year INTEGER NOT NULL, number INTEGER NOT NULL, reason TEXT NOT NULL, block_id TEXT REFERENCES document_number_blocks (id), recorded_by TEXT NOT NULL, recorded_at INTEGER NOT NULL,
  claimed_by_document TEXT, claimed_at INTEGER, claimed_by TEXT, UNIQUE (series, year, number)
) STRICT;

CREATE TRIGGER document_number_uses_are_kept BEFORE UPDATE ON document_number_uses BEGIN SELECT RAISE(ABORT, 'number-immutable'); END;
CREATE TRIGGER document_number_uses_stay BEFORE DELETE ON document_number_uses BEGIN SELECT RAISE(ABORT, 'number-immutable'); END;
CREATE TRIGGER document_number_gaps_stay BEFORE DELETE ON document_number_gaps BEGIN SELECT RAISE(ABORT, 'number-immutable'); END;

-- `asked`: the shared database may have leased it, its answer has not come. `returning`: on its way back, and used no more whatever comes of that. `suspended`: this ledger was
-- restored from a backup, and nobody knows which of its numbers were used since.
CREATE TABLE held_number_blocks (
  id TEXT PRIMARY KEY, series TEXT NOT NULL, year INTEGER NOT NULL, first_number INTEGER, last_number INTEGER, holder TEXT NOT NULL, desk TEXT NOT NULL, asked_at INTEGER NOT NULL, days INTEGER NOT NULL, use_until INTEGER, report_until INTEGER,
  state TEXT NOT NULL CHECK (state IN ('asked', 'live', 'returning', 'suspended', 'ended')), is_certain INTEGER NOT NULL DEFAULT 1 CHECK (is_certain IN (0, 1)), CHECK (state <> 'live' OR (first_number IS NOT NULL AND last_number IS NOT NULL AND use_until IS NOT NULL AND report_until IS NOT NULL))
) STRICT;

CREATE TABLE held_number_uses (
  document_id TEXT PRIMARY KEY, series TEXT NOT NULL, year INTEGER NOT NULL, number INTEGER NOT NULL, block_id TEXT NOT NULL REFERENCES held_number_blocks (id), issue_date TEXT NOT NULL, used_at INTEGER NOT NULL, used_by TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('unsent', 'recorded', 'refused')), refusal_code TEXT, refusal_message TEXT, UNIQUE (series, year, number)
) STRICT;
CREATE INDEX held_number_uses_open ON held_number_uses (state) WHERE state <> 'recorded';

-- Documents for which the shared database was asked to finalise and has not answered: they may have a number there.
CREATE TABLE document_number_tries (document_id TEXT PRIMARY KEY, tried_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Numbers that were given before there was a list of them.
INSERT INTO document_number_uses (document_id, series, year, number, block_id, issue_date, recorded_by, recorded_at)
SELECT id, substr(invoice_number, 1, instr(invoice_number, '-') - 1), CAST(substr(invoice_number, instr(invoice_number, '-') + 1, 4) AS INTEGER), CAST(substr(invoice_number, instr(invoice_number, '-') + 6) AS INTEGER), NULL, issue_date, created_by, coalesce(finalised_at, created_at)
FROM invoices WHERE kind = 'one-off' AND issue_date IS NOT NULL AND (invoice_number GLOB 'INV-[0-9][0-9][0-9][0-9]-[0-9][0-9][0-9][0-9]*' OR invoice_number GLOB 'CN-[0-9][0-9][0-9][0-9]-[0-9][0-9][0-9][0-9]*');
