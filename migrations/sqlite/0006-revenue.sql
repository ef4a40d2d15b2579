-- Why: MRR is rebuilt from invoice lines and subscriptions (domain.md §7); the result is kept so that a chart or a drill-down costs milliseconds.
-- Everything here is derived. A rebuild writes a new generation beside the one being read, in short transactions, and then moves one number:
-- readers see the old figures or the new ones, never half of them. Rows of other generations are swept afterwards.

CREATE TABLE revenue_rebuilds (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  building_generation INTEGER NOT NULL,   -- the generation handed to the latest run; an older run may no longer publish
  generation INTEGER,                     -- what readers see; NULL until the first rebuild has come to its end, as is all that follows
  rebuilt_at INTEGER,
  as_of_at INTEGER,                       -- the present moment of the running month
  stands_until_at INTEGER,                -- while no source changes, the figures are the same up to and including this moment
  functional_currency TEXT,
  policy TEXT,                            -- JSON: the rules in force (domain.md §7)
  source_fingerprint TEXT,
  summary TEXT                            -- JSON: how much was read and written, and what is incomplete, in counts
) STRICT;

-- What an item was worth from when to when: one row per billed service period or change, so that each names the invoice line it comes from.
CREATE TABLE mrr_segments (
  generation INTEGER NOT NULL, subscription_item_id TEXT NOT NULL, starts_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, subscription_id TEXT NOT NULL, customer_id TEXT NOT NULL, price_id TEXT NOT NULL, quantity INTEGER NOT NULL, currency TEXT NOT NULL,
  mrr_minor INTEGER NOT NULL, rate TEXT, functional_mrr_minor INTEGER NOT NULL, source TEXT NOT NULL CHECK (source IN ('invoice-line', 'subscription')), invoice_id TEXT, invoice_line_id TEXT, explanation TEXT NOT NULL,
  PRIMARY KEY (generation, subscription_item_id, starts_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX mrr_segments_by_customer ON mrr_segments (generation, customer_id, starts_at);

-- The items in force at the end of each month: what an MRR figure is the sum of, ready to be listed by size. Customers' names are kept here and
-- below to sort and search by without a walk over the customers; what is shown is the customer's present name.
CREATE TABLE mrr_month_items (
  generation INTEGER NOT NULL, month TEXT NOT NULL, functional_mrr_minor INTEGER NOT NULL, subscription_item_id TEXT NOT NULL, starts_at INTEGER NOT NULL, customer_id TEXT NOT NULL,
  customer_name TEXT NOT NULL COLLATE NOCASE, currency TEXT NOT NULL, mrr_minor INTEGER NOT NULL,
  PRIMARY KEY (generation, month, functional_mrr_minor, subscription_item_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE mrr_movements (
  generation INTEGER NOT NULL, customer_id TEXT NOT NULL, customer_name TEXT NOT NULL COLLATE NOCASE, day_on TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('new', 'expansion', 'contraction', 'churn', 'reactivation', 'exchange-rate')), month TEXT NOT NULL, amount_minor INTEGER NOT NULL,
  cause TEXT NOT NULL, subscription_id TEXT, invoice_id TEXT, PRIMARY KEY (generation, month, customer_id, day_on, kind)  -- a month’s movements lie together: a window of them is one short walk
) STRICT, WITHOUT ROWID;

CREATE TABLE mrr_months (
  generation INTEGER NOT NULL, month TEXT NOT NULL, start_minor INTEGER NOT NULL, new_minor INTEGER NOT NULL, expansion_minor INTEGER NOT NULL, contraction_minor INTEGER NOT NULL, churn_minor INTEGER NOT NULL, reactivation_minor INTEGER NOT NULL, exchange_rate_minor INTEGER NOT NULL,
  end_minor INTEGER NOT NULL, customers INTEGER NOT NULL, items INTEGER NOT NULL, is_running INTEGER NOT NULL, undated_subscription_ids TEXT NOT NULL, PRIMARY KEY (generation, month)
) STRICT, WITHOUT ROWID;

-- For the fingerprint of the sources: whether any invoice was observed anew is one walk over this index.
CREATE INDEX stripe_invoices_by_observed ON stripe_invoices (observed_at);
