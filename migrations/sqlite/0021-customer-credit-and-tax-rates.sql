-- Why: credit in a foreign currency is used portion by portion, so an invoice that moves it asks for every movement of its customer. Few invoices and notes
-- do, and only those are in these indexes.
CREATE INDEX stripe_invoices_moving_credit ON stripe_invoices (customer_id, currency) WHERE ending_balance_minor <> starting_balance_minor;
CREATE INDEX stripe_credit_notes_to_balance ON stripe_credit_notes (customer_id, currency) WHERE customer_balance_minor <> 0;

-- Tax is owed to a jurisdiction, which its rate knows. `tax_parts` is a JSON list of [amount, rate id, country, state], each of the last three null where the
-- object does not say it; null for no tax, or for objects that were read before this.
CREATE TABLE stripe_tax_rates (
  id TEXT PRIMARY KEY, display_name TEXT, country TEXT, state TEXT, jurisdiction TEXT, created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;
ALTER TABLE stripe_invoices ADD COLUMN tax_parts TEXT;
ALTER TABLE stripe_credit_notes ADD COLUMN tax_parts TEXT;
