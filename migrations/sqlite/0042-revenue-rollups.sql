-- Why: a dashboard of a year by plan, country, currency and cohort, under three policies, within milliseconds, on a ledger of any size. The sums below are kept by
-- differences: a change at Stripe puts its customer into a queue, and a refresh works out that customer alone and adds what became different. A full
-- recomputation finds the same rows (a property test compares them). Everything here is derived.

CREATE TABLE revenue_rollup_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  rules_version INTEGER NOT NULL,         -- of the code that wrote the rows; another version works out every customer anew
  is_everything_stale INTEGER NOT NULL,   -- 1: every customer is still to be put into the queue, those after `queued_up_to`
  queued_up_to TEXT NOT NULL,
  are_charges_counted INTEGER NOT NULL DEFAULT 0, -- 0: the outcomes of all charges are still to be counted (migration 0043)
  functional_currency TEXT,
  known_since_at INTEGER,                 -- when the queue was first empty: nothing is known of what was known before
  as_of_at INTEGER                        -- of the latest refresh that emptied the queue
) STRICT;
INSERT INTO revenue_rollup_state (id, rules_version, is_everything_stale, queued_up_to) VALUES (1, 0, 1, '');

CREATE TABLE revenue_stale_customers (customer_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
-- Rates that came or changed since the last refresh: customers with a service period in the currency from this day on.
CREATE TABLE revenue_stale_rates (base TEXT PRIMARY KEY, from_on TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- What the sums hold of each customer.
CREATE TABLE revenue_customers (
  customer_id TEXT PRIMARY KEY,
  country TEXT NOT NULL,                  -- '' where Stripe knows none
  stands_until_at INTEGER                 -- without a change at Stripe the rows are the same up to and including this moment; NULL: for ever
) STRICT, WITHOUT ROWID;
CREATE INDEX revenue_customers_by_standing ON revenue_customers (stands_until_at) WHERE stands_until_at IS NOT NULL;
-- Currencies a customer is converted from, with the last day whose rate counts.
CREATE TABLE revenue_customer_currencies (
  customer_id TEXT NOT NULL, currency TEXT NOT NULL, last_rate_on TEXT NOT NULL, PRIMARY KEY (customer_id, currency)
) STRICT, WITHOUT ROWID;
CREATE INDEX revenue_customer_currencies_by_day ON revenue_customer_currencies (currency, last_rate_on);
-- Prices and coupons that are not known yet, with who waits for them.
CREATE TABLE revenue_awaited (object_id TEXT NOT NULL, customer_id TEXT NOT NULL, PRIMARY KEY (object_id, customer_id)) STRICT, WITHOUT ROWID;
CREATE INDEX revenue_awaited_by_customer ON revenue_awaited (customer_id);

-- What moved MRR, by customer, day and kind, in parts by price. `policies`: bit 1 standard, 2 all discounts, 4 strict; what is the same under several stands once.
CREATE TABLE revenue_movements (
  customer_id TEXT NOT NULL, day_on TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('new', 'expansion', 'contraction', 'churn', 'reactivation', 'exchange-rate')), price_id TEXT NOT NULL, currency TEXT NOT NULL,
  policies INTEGER NOT NULL CHECK (policies BETWEEN 1 AND 7), amount_minor INTEGER NOT NULL /* functional */, native_minor INTEGER NOT NULL, cause TEXT NOT NULL /* {price_…} stands for a plan's name */, subscription_id TEXT, invoice_id TEXT,
  PRIMARY KEY (customer_id, day_on, kind, price_id, currency, policies)
) STRICT, WITHOUT ROWID;
CREATE INDEX revenue_movements_by_day ON revenue_movements (day_on);
CREATE INDEX revenue_movements_that_differ ON revenue_movements (customer_id, day_on) WHERE policies <> 7;

CREATE TABLE revenue_trials (
  subscription_id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, started_month TEXT NOT NULL, ended_month TEXT, is_converted INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX revenue_trials_by_customer ON revenue_trials (customer_id);
CREATE TABLE revenue_trial_months (month TEXT PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER NOT NULL, converted INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- What is incomplete, and in which months: an undated change (object: the subscription), a missing rate (the currency), an unknown price.
CREATE TABLE revenue_caveats (
  customer_id TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('change-undated', 'rate-missing', 'price-unknown')), object_id TEXT NOT NULL, from_month TEXT NOT NULL, to_month TEXT NOT NULL, PRIMARY KEY (customer_id, kind, object_id, from_month)
) STRICT, WITHOUT ROWID;
CREATE INDEX revenue_caveats_by_month ON revenue_caveats (from_month, to_month, kind, object_id);

-- The sums. `currency` '*': converted; else what is in that currency, in its own minor units. MRR at a month's end is the sum of all rows up to it.
CREATE TABLE revenue_rollups (
  policy INTEGER NOT NULL CHECK (policy IN (1, 2, 4, 7)), -- the bit of a policy; 7: customers who are the same under each, which are most
  dimension TEXT NOT NULL CHECK (dimension IN ('all', 'plan', 'country', 'cohort')),
  currency TEXT NOT NULL, member TEXT NOT NULL, month TEXT NOT NULL, kind TEXT NOT NULL,
  amount_minor INTEGER NOT NULL, functional_minor INTEGER NOT NULL, movements INTEGER NOT NULL,
  customers_joined INTEGER NOT NULL, customers_left INTEGER NOT NULL,
  PRIMARY KEY (policy, dimension, currency, member, month, kind)
) STRICT, WITHOUT ROWID;

-- What later changed the figures of a month, and when it was learned: the figures as known at a moment are those of now less what came after it.
CREATE TABLE revenue_late_changes (
  learned_at INTEGER NOT NULL, month TEXT NOT NULL, customer_id TEXT NOT NULL, policy INTEGER NOT NULL, kind TEXT NOT NULL, amount_minor INTEGER NOT NULL, customers_joined INTEGER NOT NULL, customers_left INTEGER NOT NULL
) STRICT;
CREATE INDEX revenue_late_changes_by_time ON revenue_late_changes (policy, learned_at, month);

-- Whatever MRR is derived from puts its customer into the queue. Lines are written only together with their invoice, so that they need no triggers. While every customer
-- is still to be put there, as during the first reading of everything, nothing is: a bulk load does not pay for it.
CREATE TRIGGER revenue_stale_by_invoice AFTER INSERT ON stripe_invoices WHEN NEW.customer_id IS NOT NULL AND (SELECT is_everything_stale = 0 OR queued_up_to <> '' FROM revenue_rollup_state)
BEGIN INSERT INTO revenue_stale_customers VALUES (NEW.customer_id) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER revenue_stale_by_invoice_update AFTER UPDATE ON stripe_invoices WHEN (SELECT is_everything_stale = 0 OR queued_up_to <> '' FROM revenue_rollup_state)
BEGIN
  INSERT INTO revenue_stale_customers SELECT NEW.customer_id WHERE NEW.customer_id IS NOT NULL ON CONFLICT DO NOTHING;
  INSERT INTO revenue_stale_customers SELECT OLD.customer_id WHERE OLD.customer_id IS NOT NULL AND OLD.customer_id IS NOT NEW.customer_id ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER revenue_stale_by_invoice_delete AFTER DELETE ON stripe_invoices WHEN OLD.customer_id IS NOT NULL
BEGIN INSERT INTO revenue_stale_customers VALUES (OLD.customer_id) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER revenue_stale_by_subscription AFTER INSERT ON stripe_subscriptions WHEN (SELECT is_everything_stale = 0 OR queued_up_to <> '' FROM revenue_rollup_state)
BEGIN INSERT INTO revenue_stale_customers VALUES (NEW.customer_id) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER revenue_stale_by_subscription_update AFTER UPDATE ON stripe_subscriptions WHEN (SELECT is_everything_stale = 0 OR queued_up_to <> '' FROM revenue_rollup_state)
BEGIN INSERT INTO revenue_stale_customers VALUES (NEW.customer_id), (OLD.customer_id) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER revenue_stale_by_subscription_delete AFTER DELETE ON stripe_subscriptions
BEGIN INSERT INTO revenue_stale_customers VALUES (OLD.customer_id) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER revenue_stale_by_item AFTER INSERT ON stripe_subscription_items WHEN (SELECT is_everything_stale = 0 OR queued_up_to <> '' FROM revenue_rollup_state)
BEGIN INSERT INTO revenue_stale_customers SELECT customer_id FROM stripe_subscriptions WHERE id = NEW.subscription_id ON CONFLICT DO NOTHING; END;
CREATE TRIGGER revenue_stale_by_item_update AFTER UPDATE ON stripe_subscription_items WHEN (SELECT is_everything_stale = 0 OR queued_up_to <> '' FROM revenue_rollup_state)
BEGIN INSERT INTO revenue_stale_customers SELECT customer_id FROM stripe_subscriptions WHERE id IN (NEW.subscription_id, OLD.subscription_id) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER revenue_stale_by_item_delete AFTER DELETE ON stripe_subscription_items
BEGIN INSERT INTO revenue_stale_customers SELECT customer_id FROM stripe_subscriptions WHERE id = OLD.subscription_id ON CONFLICT DO NOTHING; END;
CREATE TRIGGER revenue_stale_by_proration AFTER INSERT ON stripe_invoice_items WHEN NEW.is_proration = 1 AND (SELECT is_everything_stale = 0 OR queued_up_to <> '' FROM revenue_rollup_state)
BEGIN INSERT INTO revenue_stale_customers VALUES (NEW.customer_id) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER revenue_stale_by_proration_update AFTER UPDATE ON stripe_invoice_items WHEN NEW.is_proration = 1 OR OLD.is_proration = 1
BEGIN INSERT INTO revenue_stale_customers VALUES (NEW.customer_id), (OLD.customer_id) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER revenue_stale_by_proration_delete AFTER DELETE ON stripe_invoice_items WHEN OLD.is_proration = 1
BEGIN INSERT INTO revenue_stale_customers VALUES (OLD.customer_id) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER revenue_stale_by_customer AFTER INSERT ON stripe_customers WHEN (SELECT is_everything_stale = 0 OR queued_up_to <> '' FROM revenue_rollup_state)
BEGIN INSERT INTO revenue_stale_customers VALUES (NEW.id) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER revenue_stale_by_customer_update AFTER UPDATE ON stripe_customers WHEN NEW.country IS NOT OLD.country
BEGIN INSERT INTO revenue_stale_customers VALUES (NEW.id) ON CONFLICT DO NOTHING; END;

CREATE TRIGGER revenue_stale_by_price AFTER INSERT ON stripe_prices
BEGIN INSERT INTO revenue_stale_customers SELECT customer_id FROM revenue_awaited WHERE object_id = NEW.id ON CONFLICT DO NOTHING; END;
CREATE TRIGGER revenue_stale_by_price_update AFTER UPDATE ON stripe_prices
WHEN NEW.currency <> OLD.currency OR NEW.unit_amount_minor IS NOT OLD.unit_amount_minor OR NEW.billing_scheme <> OLD.billing_scheme OR NEW.recurring_interval IS NOT OLD.recurring_interval
  OR NEW.recurring_interval_count IS NOT OLD.recurring_interval_count OR NEW.usage_type IS NOT OLD.usage_type
BEGIN UPDATE revenue_rollup_state SET is_everything_stale = 1, queued_up_to = ''; END;
CREATE TRIGGER revenue_stale_by_coupon AFTER INSERT ON stripe_coupons
BEGIN INSERT INTO revenue_stale_customers SELECT customer_id FROM revenue_awaited WHERE object_id = NEW.id ON CONFLICT DO NOTHING; END;
CREATE TRIGGER revenue_stale_by_coupon_update AFTER UPDATE ON stripe_coupons WHEN NEW.percent_off IS NOT OLD.percent_off OR NEW.duration <> OLD.duration
BEGIN UPDATE revenue_rollup_state SET is_everything_stale = 1, queued_up_to = ''; END;

CREATE TRIGGER revenue_stale_by_rate AFTER INSERT ON exchange_rates
BEGIN INSERT INTO revenue_stale_rates VALUES (NEW.base, NEW.rate_on) ON CONFLICT (base) DO UPDATE SET from_on = min(from_on, excluded.from_on); END;
CREATE TRIGGER revenue_stale_by_rate_update AFTER UPDATE ON exchange_rates WHEN NEW.rate <> OLD.rate OR NEW.rate_on <> OLD.rate_on OR NEW.base <> OLD.base
BEGIN INSERT INTO revenue_stale_rates VALUES (NEW.base, NEW.rate_on), (OLD.base, OLD.rate_on) ON CONFLICT (base) DO UPDATE SET from_on = min(from_on, excluded.from_on); END;
CREATE TRIGGER revenue_stale_by_rate_delete AFTER DELETE ON exchange_rates
BEGIN INSERT INTO revenue_stale_rates VALUES (OLD.base, OLD.rate_on) ON CONFLICT (base) DO UPDATE SET from_on = min(from_on, excluded.from_on); END;

-- Prorations of a customer that wait for their invoice.
CREATE INDEX stripe_invoice_items_waiting ON stripe_invoice_items (customer_id) WHERE is_proration = 1 AND invoice_id IS NULL AND is_deleted = 0;
