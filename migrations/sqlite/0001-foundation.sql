-- Why: what every other table leans on: whose ledger this is, what came in, what goes out, who did what, which jobs ran.
-- Conventions of all files here: STRICT tables; money is INTEGER minor units beside a lower-case currency; `…_at` are epoch milliseconds UTC;
-- `…_on` are 'YYYY-MM-DD' in the reporting zone; raw JSON is kept as TEXT exactly as it came.

-- Identity and shared settings of the ledger: gateway_account, mode, functional_currency, reporting_time_zone, posting_rule_version, …
CREATE TABLE ledger_settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  set_at INTEGER NOT NULL
) STRICT;

-- Everything that came from a gateway, before anyone made sense of it. Unique by the provider's own id: a duplicate is the same row.
CREATE TABLE sync_inbox (
  sequence INTEGER PRIMARY KEY,
  provider TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  type TEXT NOT NULL,
  api_version TEXT,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL,            -- the provider's own time
  received_at INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('staged', 'projected', 'parked', 'unhandled')),
  reason_code TEXT,
  reason TEXT,
  UNIQUE (provider, provider_id)
) STRICT;
CREATE INDEX sync_inbox_waiting ON sync_inbox (status, sequence) WHERE status <> 'projected';

-- Where each source was read up to. The cursor is moved in the transaction that stores what it covers.
CREATE TABLE sync_cursors (
  source TEXT PRIMARY KEY,                -- 'stripe/charges', 'stripe/events', 'postgres/feed', …
  cursor TEXT,
  is_complete INTEGER NOT NULL DEFAULT 0, -- 1 once the first full load has come to its end
  rows_seen INTEGER NOT NULL DEFAULT 0,
  last_success_at INTEGER,
  last_attempt_at INTEGER,
  last_error_code TEXT
) STRICT;

-- A command sent twice is the same command (architecture.md §3).
CREATE TABLE command_log (
  command_id TEXT PRIMARY KEY,
  procedure TEXT NOT NULL,
  input_hash TEXT NOT NULL,
  result TEXT NOT NULL,
  completed_at INTEGER NOT NULL
) STRICT;

-- What must still leave this desk, written in the same transaction as the act it reports.
CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  destination TEXT NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER,
  delivered_at INTEGER,
  last_error_code TEXT
) STRICT;
CREATE INDEX outbox_waiting ON outbox (created_at) WHERE delivered_at IS NULL;

CREATE TABLE audit_log (
  sequence INTEGER PRIMARY KEY,
  entity TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  action TEXT NOT NULL,
  actor TEXT NOT NULL,
  diff TEXT NOT NULL,
  request_id TEXT,
  recorded_at INTEGER NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_log_by_entity ON audit_log (entity, entity_id, sequence);
CREATE TRIGGER audit_log_is_append_only_update BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit-row-immutable'); END;
CREATE TRIGGER audit_log_is_append_only_delete BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit-row-immutable'); END;

-- One row per attempt; a success is unique per (job, period).
CREATE TABLE job_runs (
  id TEXT PRIMARY KEY,
  job TEXT NOT NULL,
  period TEXT NOT NULL,                   -- what the run is for: '2026-10', '2026-11-18', or an id for a run asked for by hand
  trigger_kind TEXT NOT NULL CHECK (trigger_kind IN ('schedule', 'catch-up', 'person')),
  status TEXT NOT NULL CHECK (status IN ('running', 'succeeded', 'failed', 'cancelled', 'interrupted')),
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  progress_done INTEGER NOT NULL DEFAULT 0,
  progress_total INTEGER,
  progress_note TEXT,
  result TEXT,
  error_code TEXT,
  error_message TEXT,
  fencing_number INTEGER
) STRICT;
-- A person may run a period again (it changes nothing that stands); the schedule may not.
CREATE UNIQUE INDEX job_runs_one_success ON job_runs (job, period) WHERE status = 'succeeded' AND trigger_kind <> 'person';
CREATE INDEX job_runs_recent ON job_runs (started_at DESC);

-- From when on a schedule counts: catch-up never reaches further back.
CREATE TABLE job_activations (
  job TEXT PRIMARY KEY,
  activated_at INTEGER NOT NULL
) STRICT;

-- Personal, local: theme, layout, saved views.
CREATE TABLE preferences (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
