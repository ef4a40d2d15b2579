-- Why: what people give to a customer's credit or take from it at Stripe is in no list of the account: Stripe tells it in a list per customer. It is kept here with everything else of that list, read
-- where the credit that is mirrored is not what invoices and credit notes made of it.
CREATE TABLE stripe_customer_balance_transactions (
  id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, type TEXT NOT NULL, amount_minor INTEGER NOT NULL, -- as Stripe signs it: below zero adds to the customer's credit
  currency TEXT NOT NULL, invoice_id TEXT, credit_note_id TEXT, description TEXT, created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL,
  -- Told by no invoice and no credit note: src/main/intake/posting-facts.ts has the same list.
  is_by_hand INTEGER GENERATED ALWAYS AS (type NOT IN ('applied_to_invoice', 'unapplied_from_invoice', 'invoice_too_small', 'invoice_too_large', 'credit_note')) VIRTUAL
) STRICT;
CREATE INDEX stripe_customer_balance_transactions_by_customer ON stripe_customer_balance_transactions (customer_id, currency);

-- Which customers' lists were read, and what the mirror said then: one that still differs is read again only once something has changed, and then stands as a review item.
CREATE TABLE stripe_customer_balance_reads (
  customer_id TEXT PRIMARY KEY,
  balance_minor INTEGER NOT NULL,          -- as mirrored
  moved_minor INTEGER NOT NULL,            -- by invoices, credit notes and by hand
  read_at INTEGER NOT NULL,
  raised_at INTEGER                        -- since when a review item says that they differ
) STRICT, WITHOUT ROWID;

CREATE INDEX stripe_customers_with_balance ON stripe_customers (id) WHERE balance_minor <> 0;
