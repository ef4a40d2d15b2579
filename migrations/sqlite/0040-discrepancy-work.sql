-- Why: the work on differences needs more than a status: a day it is due, what it was settled as, what it hangs together with, whether a second person is waited for, and
-- steps that say what stood before them, so that each can be taken back. The inbox filters and groups a hundred thousand of them: its columns stand in an index of their own,
-- because the row carries both sides as JSON and is long.

-- `marked_as`: how a person settled it where nothing vanished: found again with the same amount it stays settled. `link_to`: 'kind/id'. `open_request`: the step that waits for a second person.
ALTER TABLE discrepancies ADD COLUMN due_on TEXT;
ALTER TABLE discrepancies ADD COLUMN marked_as TEXT CHECK (marked_as IN ('adjusted', 'written-off', 'linked', 'timing'));
ALTER TABLE discrepancies ADD COLUMN link_to TEXT;
ALTER TABLE discrepancies ADD COLUMN open_request TEXT;

-- `before`: JSON of the work as it stood; `body`: JSON of what else the step did; `undoes`: the step it takes back. `request_id`: the command, which may be about many differences.
-- `sent_at`: when the shared database took it; what the program did by itself is never sent.
ALTER TABLE discrepancy_steps ADD COLUMN before TEXT;
ALTER TABLE discrepancy_steps ADD COLUMN body TEXT;
ALTER TABLE discrepancy_steps ADD COLUMN undoes TEXT;
ALTER TABLE discrepancy_steps ADD COLUMN request_id TEXT;
ALTER TABLE discrepancy_steps ADD COLUMN sent_at INTEGER;
CREATE INDEX discrepancy_steps_by_request ON discrepancy_steps (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX discrepancy_steps_to_send ON discrepancy_steps (recorded_at) WHERE sent_at IS NULL AND actor <> 'daybook';

-- Everything the inbox filters and sorts by; and, in the order in which they are summed and grouped, what its sums need: no sort of a hundred thousand rows.
CREATE INDEX discrepancies_inbox ON discrepancies (status, occurred_on DESC, level, reason, assignee, currency, amount_minor, first_seen_at, due_on, hold_until, object_id, balance_transaction_id, id);
CREATE INDEX discrepancies_sums ON discrepancies (status, currency, reason, level, assignee, amount_minor, first_seen_at, due_on, hold_until, occurred_on);
CREATE INDEX IF NOT EXISTS discrepancies_by_object ON discrepancies (object_id);
CREATE INDEX discrepancies_waiting ON discrepancies (open_request) WHERE open_request IS NOT NULL;
