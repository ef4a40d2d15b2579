-- Why: what was compared, what was found, and what people did about it. A difference has the same id on every desk (UUIDv5 of level, sorted ids, reason).

CREATE TABLE reconciliation_runs (
  id TEXT PRIMARY KEY, level TEXT NOT NULL CHECK (level IN ('drift', 'transactions', 'payouts', 'bank')), from_at INTEGER, to_at INTEGER, as_of_at INTEGER NOT NULL, started_at INTEGER NOT NULL, finished_at INTEGER NOT NULL,
  compared INTEGER NOT NULL, matched INTEGER NOT NULL, found INTEGER NOT NULL, summary TEXT NOT NULL   -- canonical JSON: counts and sums per store and currency
) STRICT;
CREATE INDEX reconciliation_runs_recent ON reconciliation_runs (level, finished_at DESC);

-- `amount_minor` is what Stripe says minus what the other store says, in `currency`; 0 where the amounts agree.
-- `local_revision` counts what this desk did to the row, `sent_revision` how much of that the shared database knows, `shared_version` which of its versions was last seen.
CREATE TABLE discrepancies (
  id TEXT PRIMARY KEY, level TEXT NOT NULL, reason TEXT NOT NULL, object_id TEXT NOT NULL, balance_transaction_id TEXT, status TEXT NOT NULL CHECK (status IN ('open', 'assigned', 'resolved', 'ignored', 'on-hold')),
  assignee TEXT, hold_until TEXT, currency TEXT NOT NULL, amount_minor INTEGER NOT NULL, occurred_on TEXT NOT NULL, detail TEXT NOT NULL, first_seen_at INTEGER NOT NULL, last_seen_at INTEGER NOT NULL, last_run_id TEXT, resolved_at INTEGER,
  local_revision INTEGER NOT NULL DEFAULT 0, sent_revision INTEGER NOT NULL DEFAULT 0, shared_version INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX discrepancies_by_status ON discrepancies (status, occurred_on DESC);
CREATE INDEX discrepancies_to_send ON discrepancies (id) WHERE local_revision > sent_revision;

CREATE TABLE discrepancy_steps (
  id TEXT PRIMARY KEY, discrepancy_id TEXT NOT NULL REFERENCES discrepancies (id), action TEXT NOT NULL, actor TEXT NOT NULL, note TEXT, from_status TEXT NOT NULL, to_status TEXT NOT NULL, recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX discrepancy_steps_by_discrepancy ON discrepancy_steps (discrepancy_id, recorded_at);

-- The local twin of the shared leases, for a desk without a shared database.
CREATE TABLE job_leases (
  job TEXT PRIMARY KEY, holder TEXT NOT NULL, fencing_number INTEGER NOT NULL, expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE job_successes (
  job TEXT NOT NULL, period TEXT NOT NULL, fencing_number INTEGER NOT NULL, completed_by TEXT NOT NULL, completed_at INTEGER NOT NULL, PRIMARY KEY (job, period)
) STRICT;
