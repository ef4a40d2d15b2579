-- Why: what came from Stripe can be looked at by a person: the log of events by state and by object, the facts that wait and for what, and the
-- stretches of time that events cannot tell of any more.

CREATE INDEX sync_inbox_by_created ON sync_inbox (created_at, sequence);
CREATE INDEX sync_inbox_by_status ON sync_inbox (status, created_at, sequence);
-- The object an event is about; a payload that is no JSON is about none.
CREATE INDEX sync_inbox_by_object ON sync_inbox (CASE WHEN json_valid(payload) THEN json_extract(payload, '$.data.object.id') END);

-- Facts in the order they were queued are many; those that wait for something are few.
CREATE INDEX unposted_facts_waiting ON unposted_facts (reason_code, occurred_at) WHERE reason_code IS NOT NULL;

-- Balance transactions whose money is not available yet: `available_at` settles them (domain.md §2).
CREATE INDEX stripe_balance_transactions_pending ON stripe_balance_transactions (available_at) WHERE status = 'pending';

-- Stripe keeps events 30 days. A desk that was away for longer lists everything again; what changed in between and changed back is not known.
CREATE TABLE stripe_event_gaps (
  id TEXT PRIMARY KEY,
  from_at INTEGER NOT NULL,                -- up to here every change is known
  to_at INTEGER NOT NULL,                  -- from here on events were still to be had
  noticed_at INTEGER NOT NULL,
  filled_at INTEGER                        -- when the lists had been read to their end
) STRICT;

-- A total that is worked out while reading is an estimate, and shown as one.
ALTER TABLE job_runs ADD COLUMN progress_is_estimate INTEGER NOT NULL DEFAULT 0;
