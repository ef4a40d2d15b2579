-- Why: money of an invoice that was paid outside Stripe waits on cash in transit for its line on the bank statement: the line is matched with it. And a line of money that
-- went out pays a customer’s credit out, or back what is left of a receipt: the match makes that payment, which it keeps as `receipt_id`.
CREATE TABLE bank_match_parts_new (
  match_id TEXT NOT NULL REFERENCES bank_matches (id), kind TEXT NOT NULL CHECK (kind IN ('payout', 'receipt', 'invoice', 'repayment', 'outside-payment', 'credit', 'overpayment')), object_id TEXT NOT NULL, label TEXT NOT NULL, amount_minor INTEGER NOT NULL,
  object_minor INTEGER NOT NULL, object_currency TEXT NOT NULL, receipt_id TEXT, PRIMARY KEY (match_id, kind, object_id)
) STRICT, WITHOUT ROWID;
INSERT INTO bank_match_parts_new SELECT match_id, kind, object_id, label, amount_minor, object_minor, object_currency, receipt_id FROM bank_match_parts;
DROP TABLE bank_match_parts;
ALTER TABLE bank_match_parts_new RENAME TO bank_match_parts;
CREATE INDEX bank_match_parts_by_object ON bank_match_parts (kind, object_id);
