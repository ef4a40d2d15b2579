-- Why: the lists of payments and customers, and what they sum to, are read from these indexes alone; the rows themselves, with their raw text, only for
-- the window that is shown.

DROP INDEX stripe_charges_by_created;
CREATE INDEX stripe_charges_by_created ON stripe_charges (created_at, id, customer_id, currency, status, is_disputed, amount_minor, amount_refunded_minor, failure_code);
DROP INDEX stripe_charges_by_customer;
CREATE INDEX stripe_charges_by_customer ON stripe_charges (customer_id, created_at, currency, status, is_disputed, amount_minor, amount_refunded_minor);
CREATE INDEX stripe_charges_by_amount ON stripe_charges (amount_minor);
CREATE INDEX stripe_charges_failed ON stripe_charges (failure_code) WHERE failure_code IS NOT NULL;
CREATE INDEX stripe_refunds_by_created ON stripe_refunds (created_at, id, charge_id, currency, status, amount_minor);
CREATE INDEX stripe_disputes_by_created ON stripe_disputes (created_at, id, charge_id, currency, status, amount_minor);
-- Payments that were begun and never came to a charge.
CREATE INDEX stripe_payment_intents_without_charge ON stripe_payment_intents (created_at, id, customer_id, currency, status, amount_minor) WHERE latest_charge_id IS NULL;
CREATE INDEX stripe_invoices_open ON stripe_invoices (customer_id, currency, amount_remaining_minor) WHERE status = 'open';
CREATE INDEX stripe_invoices_by_total ON stripe_invoices (total_minor);
-- All a list of customers is filtered and put in order by.
CREATE INDEX stripe_customers_by_created ON stripe_customers (created_at, id, name, email, country, currency, is_deleted, balance_minor);
CREATE INDEX stripe_customers_by_email ON stripe_customers (email COLLATE NOCASE);

-- The general ledger is looked through by kind and by customer or partner.
CREATE INDEX journal_entries_by_kind ON journal_entries (kind, ledger_sequence);
CREATE INDEX postings_by_party ON posting_lines (party_id) WHERE party_id IS NOT NULL;
