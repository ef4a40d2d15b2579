-- Why: each month's share of what was invoiced in advance becomes revenue (domain.md §3, §7). What was recognised stands in the journal and nowhere
-- else; here are the ways to find the lines of a month quickly, and up to which entry a month was looked at.

-- The lines whose service reaches into a month, without a walk over the lines themselves.
CREATE INDEX stripe_invoice_lines_by_service ON stripe_invoice_lines (period_end_at, period_start_at, invoice_id) WHERE period_end_at > period_start_at;
CREATE INDEX stripe_disputes_by_charge ON stripe_disputes (charge_id);

-- A month counts as recognised while no later entry moved deferred revenue in it or before it. This desk's own note: another desk runs the job itself,
-- finds nothing left to do, and makes its own.
CREATE TABLE recognised_months (
  month TEXT PRIMARY KEY,
  ledger_sequence INTEGER NOT NULL,       -- the head of the chain when the month was looked at
  recognised_at INTEGER NOT NULL
) STRICT;
