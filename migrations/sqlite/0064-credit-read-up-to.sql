-- Why: a list of what moved a customer's credit that was read before an invoice used credit and gave it back when it was voided was held to be as new as before, since the sum was the same again;
-- what it did not tell yet stood as a difference for a person. The newest movement that was known is kept with it.
ALTER TABLE stripe_customer_balance_reads ADD COLUMN latest_moved_at INTEGER; -- null: none was known, or the list was read before this was kept and is read once more
