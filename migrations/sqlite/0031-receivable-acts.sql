-- Why: what becomes of an invoice after it was finalised is a list of acts (docs/adr/0021): copied from the shared database, or recorded here by the local twin. The books
-- follow from it, as does the state of the invoice. Credits of customers are copied with them.
ALTER TABLE invoices ADD COLUMN amount_credited_minor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE invoices ADD COLUMN amount_withheld_minor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE invoices ADD COLUMN amount_written_off_minor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE invoices ADD COLUMN sent_at INTEGER;

CREATE TABLE receivable_acts (
  id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, kind TEXT NOT NULL, invoice_id TEXT, receipt_id TEXT, credit_id TEXT, credit_note_id TEXT, reverses TEXT UNIQUE, document_number TEXT UNIQUE, party_id TEXT NOT NULL, currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0), offset_minor INTEGER NOT NULL, rest_minor INTEGER NOT NULL, recovered_minor INTEGER NOT NULL, unforeseen_minor INTEGER NOT NULL, net_minor INTEGER NOT NULL, tax_minor INTEGER NOT NULL,
  withholding_minor INTEGER NOT NULL, settlement TEXT, lines TEXT, acted_on TEXT NOT NULL, functional_rate TEXT, reference TEXT, reason TEXT, request_id TEXT NOT NULL, actor TEXT NOT NULL, recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX receivable_acts_by_invoice ON receivable_acts (invoice_id, sequence);
CREATE INDEX receivable_acts_by_receipt ON receivable_acts (receipt_id) WHERE receipt_id IS NOT NULL;
CREATE INDEX receivable_acts_by_credit_note ON receivable_acts (credit_note_id) WHERE credit_note_id IS NOT NULL;
CREATE INDEX receivable_acts_by_credit ON receivable_acts (credit_id) WHERE credit_id IS NOT NULL;
CREATE INDEX receivable_acts_by_party ON receivable_acts (party_id, currency, acted_on);
CREATE INDEX receivable_acts_by_request ON receivable_acts (request_id);
CREATE TRIGGER receivable_acts_immutable BEFORE UPDATE ON receivable_acts BEGIN SELECT RAISE(ABORT, 'receivable-act-immutable'); END;

CREATE TABLE customer_credits (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, amount_minor INTEGER NOT NULL, remaining_minor INTEGER NOT NULL CHECK (remaining_minor BETWEEN 0 AND amount_minor), currency TEXT NOT NULL, reason TEXT NOT NULL, expires_on TEXT, created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL, version INTEGER NOT NULL
) STRICT;
CREATE INDEX customer_credits_by_account ON customer_credits (account, currency, expires_on) WHERE remaining_minor > 0;
