-- Why: MRR was worked out twice, by a rebuild of everything (migration 0006) and by sums kept by differences (migration 0042). The sums are the truth now; what only
-- the rebuild had, the list of items in force, is kept beside them: what an item was worth from when to when, renewals of the same worth as one row. The rules of
-- the sums have a new version with it, so that the next refresh works out every customer and fills the table.
DROP TABLE revenue_rebuilds;
DROP TABLE mrr_segments;
DROP TABLE mrr_month_items;
DROP TABLE mrr_movements;
DROP TABLE mrr_months;
DROP INDEX stripe_invoices_by_observed; -- only the rebuild asked whether any invoice was observed anew

-- Under the standard policy. [starts_at, ends_at); an item is in force at the exclusive end T of a month where starts_at < T and T <= ends_at.
CREATE TABLE revenue_items (
  customer_id TEXT NOT NULL, subscription_item_id TEXT NOT NULL, starts_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, subscription_id TEXT NOT NULL, price_id TEXT NOT NULL, quantity INTEGER NOT NULL, currency TEXT NOT NULL,
  mrr_minor INTEGER NOT NULL, rate TEXT NOT NULL, functional_mrr_minor INTEGER NOT NULL, source TEXT NOT NULL CHECK (source IN ('invoice-line', 'subscription')),
  invoice_id TEXT,                        -- of the latest period; NULL where no invoice says it
  explanation TEXT NOT NULL,              -- without the product's name, which may change
  PRIMARY KEY (customer_id, subscription_item_id, starts_at)
) STRICT, WITHOUT ROWID;
-- What is in force at a moment, its sums and its order by size, without a look at the rows themselves.
CREATE INDEX revenue_items_by_end ON revenue_items (ends_at, starts_at, functional_mrr_minor, currency, mrr_minor);

-- What moved in a range of days, summed without a look at the rows themselves.
DROP INDEX revenue_movements_by_day;
CREATE INDEX revenue_movements_by_day ON revenue_movements (day_on, amount_minor, native_minor);

-- Names of customers who are known by their id, for what is put in order or searched by name: without a look at the customers' raw JSON.
CREATE INDEX stripe_customers_names ON stripe_customers (id, name, email);

-- While the sums were never worked out, customers are kept without them and the whole is added up once: this many had been kept by then.
ALTER TABLE revenue_rollup_state ADD COLUMN customers_kept INTEGER NOT NULL DEFAULT 0;
