-- Why: the gateway's objects as last observed, read-only for people. Typed columns for what is asked often, raw JSON for everything else.
-- `observed_at` is when the state was true at Stripe (an event's created, or the time a fetch was asked for): an older observation never
-- overwrites a newer one (domain.md §2).

CREATE TABLE stripe_accounts (
  id TEXT PRIMARY KEY, name TEXT, default_currency TEXT, country TEXT, created_at INTEGER, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;

CREATE TABLE stripe_balance_transactions (
  id TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  reporting_category TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  fee_minor INTEGER NOT NULL,
  net_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  exchange_rate TEXT,                     -- decimal text, never a float
  source_id TEXT,
  payout_id TEXT,
  status TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_on TEXT NOT NULL,               -- the local day: entry date and reporting
  available_at INTEGER NOT NULL,
  observed_at INTEGER NOT NULL,
  raw TEXT NOT NULL
) STRICT;
CREATE INDEX stripe_balance_transactions_by_created ON stripe_balance_transactions (created_at, id);
CREATE INDEX stripe_balance_transactions_by_source ON stripe_balance_transactions (source_id);
CREATE INDEX stripe_balance_transactions_by_payout ON stripe_balance_transactions (payout_id) WHERE payout_id IS NOT NULL;

CREATE TABLE stripe_charges (
  id TEXT PRIMARY KEY, customer_id TEXT, payment_intent_id TEXT, balance_transaction_id TEXT, amount_minor INTEGER NOT NULL, amount_refunded_minor INTEGER NOT NULL,
  currency TEXT NOT NULL, status TEXT NOT NULL, is_paid INTEGER NOT NULL, is_disputed INTEGER NOT NULL, failure_code TEXT, payment_method_type TEXT, description TEXT,
  created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;
CREATE INDEX stripe_charges_by_created ON stripe_charges (created_at, id);
CREATE INDEX stripe_charges_by_customer ON stripe_charges (customer_id, created_at);
CREATE INDEX stripe_charges_by_payment_intent ON stripe_charges (payment_intent_id);

CREATE TABLE stripe_payment_intents (
  id TEXT PRIMARY KEY, customer_id TEXT, latest_charge_id TEXT, amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, status TEXT NOT NULL,
  created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;

CREATE TABLE stripe_customers (
  id TEXT PRIMARY KEY, name TEXT, email TEXT, currency TEXT, country TEXT, balance_minor INTEGER NOT NULL DEFAULT 0, is_deleted INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;
CREATE INDEX stripe_customers_by_name ON stripe_customers (name);

CREATE TABLE stripe_products (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, is_active INTEGER NOT NULL, is_deleted INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;

CREATE TABLE stripe_prices (
  id TEXT PRIMARY KEY, product_id TEXT NOT NULL, currency TEXT NOT NULL, unit_amount_minor INTEGER, billing_scheme TEXT NOT NULL, recurring_interval TEXT, recurring_interval_count INTEGER,
  usage_type TEXT, nickname TEXT, is_active INTEGER NOT NULL, created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;

CREATE TABLE stripe_coupons (
  id TEXT PRIMARY KEY, name TEXT, percent_off TEXT, amount_off_minor INTEGER, currency TEXT, duration TEXT NOT NULL, duration_in_months INTEGER,
  is_deleted INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;

CREATE TABLE stripe_subscriptions (
  id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, status TEXT NOT NULL, currency TEXT NOT NULL, started_at INTEGER, canceled_at INTEGER, ended_at INTEGER, cancel_at INTEGER,
  trial_start_at INTEGER, trial_end_at INTEGER, paused_at INTEGER, created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;
CREATE INDEX stripe_subscriptions_by_customer ON stripe_subscriptions (customer_id);

CREATE TABLE stripe_subscription_items (
  id TEXT PRIMARY KEY, subscription_id TEXT NOT NULL, price_id TEXT NOT NULL, quantity INTEGER, current_period_start_at INTEGER, current_period_end_at INTEGER,
  created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;
CREATE INDEX stripe_subscription_items_by_subscription ON stripe_subscription_items (subscription_id);

CREATE TABLE stripe_invoices (
  id TEXT PRIMARY KEY, number TEXT, customer_id TEXT, subscription_id TEXT, status TEXT, billing_reason TEXT, currency TEXT NOT NULL, subtotal_minor INTEGER NOT NULL, discount_minor INTEGER NOT NULL,
  tax_minor INTEGER NOT NULL, total_minor INTEGER NOT NULL, amount_paid_minor INTEGER NOT NULL, amount_due_minor INTEGER NOT NULL, amount_remaining_minor INTEGER NOT NULL, starting_balance_minor INTEGER NOT NULL DEFAULT 0,
  ending_balance_minor INTEGER, is_paid_out_of_band INTEGER NOT NULL DEFAULT 0, due_at INTEGER, finalised_at INTEGER, paid_at INTEGER, voided_at INTEGER, marked_uncollectible_at INTEGER,
  period_start_at INTEGER, period_end_at INTEGER, created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;
CREATE INDEX stripe_invoices_by_created ON stripe_invoices (created_at, id);
CREATE INDEX stripe_invoices_by_customer ON stripe_invoices (customer_id, created_at);
CREATE INDEX stripe_invoices_by_subscription ON stripe_invoices (subscription_id, created_at);
CREATE INDEX stripe_invoices_by_number ON stripe_invoices (number);

CREATE TABLE stripe_invoice_lines (
  id TEXT PRIMARY KEY, invoice_id TEXT NOT NULL, line_index INTEGER NOT NULL, subscription_id TEXT, subscription_item_id TEXT, invoice_item_id TEXT, price_id TEXT, product_id TEXT, quantity INTEGER,
  amount_minor INTEGER NOT NULL, discount_minor INTEGER NOT NULL, tax_minor INTEGER NOT NULL, is_tax_inclusive INTEGER NOT NULL DEFAULT 0, unit_amount_decimal TEXT, currency TEXT NOT NULL, is_proration INTEGER NOT NULL,
  forever_percent_off TEXT,               -- the forever coupons' percent in force on the line, '0' for none
  period_start_at INTEGER, period_end_at INTEGER, description TEXT, raw TEXT NOT NULL
) STRICT;
CREATE INDEX stripe_invoice_lines_by_invoice ON stripe_invoice_lines (invoice_id, line_index);
CREATE INDEX stripe_invoice_lines_by_item ON stripe_invoice_lines (subscription_item_id, period_start_at) WHERE subscription_item_id IS NOT NULL;

CREATE TABLE stripe_invoice_payments (
  id TEXT PRIMARY KEY, invoice_id TEXT NOT NULL, payment_intent_id TEXT, charge_id TEXT, amount_paid_minor INTEGER, amount_requested_minor INTEGER NOT NULL, currency TEXT NOT NULL, status TEXT NOT NULL,
  paid_at INTEGER, created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;
CREATE INDEX stripe_invoice_payments_by_invoice ON stripe_invoice_payments (invoice_id);
CREATE INDEX stripe_invoice_payments_by_payment_intent ON stripe_invoice_payments (payment_intent_id) WHERE payment_intent_id IS NOT NULL;
CREATE INDEX stripe_invoice_payments_by_charge ON stripe_invoice_payments (charge_id) WHERE charge_id IS NOT NULL;

CREATE TABLE stripe_invoice_items (
  id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, invoice_id TEXT, subscription_id TEXT, amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, is_proration INTEGER NOT NULL, is_deleted INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;

CREATE TABLE stripe_checkout_sessions (
  id TEXT PRIMARY KEY, customer_id TEXT, payment_intent_id TEXT, invoice_id TEXT, subscription_id TEXT, mode TEXT NOT NULL, status TEXT, payment_status TEXT NOT NULL, amount_total_minor INTEGER, amount_tax_minor INTEGER NOT NULL DEFAULT 0, currency TEXT,
  makes_invoice INTEGER NOT NULL DEFAULT 0, -- an invoice is made once the session is paid
  created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;
CREATE INDEX stripe_checkout_sessions_by_payment_intent ON stripe_checkout_sessions (payment_intent_id) WHERE payment_intent_id IS NOT NULL;

CREATE TABLE stripe_refunds (
  id TEXT PRIMARY KEY, charge_id TEXT, payment_intent_id TEXT, balance_transaction_id TEXT, amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, status TEXT, reason TEXT,
  created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;
CREATE INDEX stripe_refunds_by_charge ON stripe_refunds (charge_id);

CREATE TABLE stripe_disputes (
  id TEXT PRIMARY KEY, charge_id TEXT, payment_intent_id TEXT, amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, status TEXT NOT NULL, reason TEXT,
  created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;

CREATE TABLE stripe_payouts (
  id TEXT PRIMARY KEY, amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, status TEXT NOT NULL, balance_transaction_id TEXT, arrival_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;

CREATE TABLE stripe_credit_notes (
  id TEXT PRIMARY KEY, number TEXT, invoice_id TEXT NOT NULL, customer_id TEXT, total_minor INTEGER NOT NULL, subtotal_minor INTEGER NOT NULL, tax_minor INTEGER NOT NULL, currency TEXT NOT NULL, status TEXT NOT NULL, type TEXT,
  pre_payment_minor INTEGER NOT NULL DEFAULT 0, post_payment_minor INTEGER NOT NULL DEFAULT 0, out_of_band_minor INTEGER NOT NULL DEFAULT 0, customer_balance_minor INTEGER NOT NULL DEFAULT 0,
  voided_at INTEGER, created_at INTEGER NOT NULL, observed_at INTEGER NOT NULL, raw TEXT NOT NULL
) STRICT;
CREATE INDEX stripe_credit_notes_by_invoice ON stripe_credit_notes (invoice_id);

-- Which refunds a credit note paid back with: the refund then clears the note and is not booked a second time.
CREATE TABLE stripe_credit_note_refunds (
  credit_note_id TEXT NOT NULL, refund_id TEXT NOT NULL, amount_minor INTEGER NOT NULL, PRIMARY KEY (credit_note_id, refund_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX stripe_credit_note_refunds_by_refund ON stripe_credit_note_refunds (refund_id);

-- Facts in the mirror whose entries are not in the books yet; queued in the transaction that stores the fact, removed in the one that posts it.
-- `occurred_at` is the object's own `created`: the books are written in the order in which things happened.
-- `reason_code` says what they wait for ('exchange-rate-missing', 'source-missing'); NULL while nobody has tried.
CREATE TABLE unposted_facts (
  occurred_at INTEGER NOT NULL, object_type TEXT NOT NULL, object_id TEXT NOT NULL, reason_code TEXT, reason TEXT, PRIMARY KEY (occurred_at, object_type, object_id)
) STRICT, WITHOUT ROWID;

-- A cache for screens: Σ of balance transactions per local day, settlement currency and type. Kept by triggers inside the writer's own
-- transaction; a test rebuilds and compares it.
CREATE TABLE balance_daily_totals (
  day_on TEXT NOT NULL,
  currency TEXT NOT NULL,
  type TEXT NOT NULL,
  transactions INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  fee_minor INTEGER NOT NULL,
  net_minor INTEGER NOT NULL,
  PRIMARY KEY (day_on, currency, type)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER balance_daily_totals_insert AFTER INSERT ON stripe_balance_transactions
BEGIN
  INSERT INTO balance_daily_totals (day_on, currency, type, transactions, amount_minor, fee_minor, net_minor)
  VALUES (NEW.created_on, NEW.currency, NEW.type, 1, NEW.amount_minor, NEW.fee_minor, NEW.net_minor)
  ON CONFLICT (day_on, currency, type) DO UPDATE SET
    transactions = transactions + 1, amount_minor = amount_minor + excluded.amount_minor, fee_minor = fee_minor + excluded.fee_minor, net_minor = net_minor + excluded.net_minor;
END;
CREATE TRIGGER balance_daily_totals_update AFTER UPDATE ON stripe_balance_transactions
WHEN OLD.amount_minor <> NEW.amount_minor OR OLD.fee_minor <> NEW.fee_minor OR OLD.net_minor <> NEW.net_minor OR OLD.created_on <> NEW.created_on OR OLD.currency <> NEW.currency OR OLD.type <> NEW.type
BEGIN
  UPDATE balance_daily_totals SET transactions = transactions - 1, amount_minor = amount_minor - OLD.amount_minor, fee_minor = fee_minor - OLD.fee_minor, net_minor = net_minor - OLD.net_minor
  WHERE day_on = OLD.created_on AND currency = OLD.currency AND type = OLD.type;
  INSERT INTO balance_daily_totals (day_on, currency, type, transactions, amount_minor, fee_minor, net_minor)
  VALUES (NEW.created_on, NEW.currency, NEW.type, 1, NEW.amount_minor, NEW.fee_minor, NEW.net_minor)
  ON CONFLICT (day_on, currency, type) DO UPDATE SET
    transactions = transactions + 1, amount_minor = amount_minor + excluded.amount_minor, fee_minor = fee_minor + excluded.fee_minor, net_minor = net_minor + excluded.net_minor;
END;
CREATE TRIGGER balance_daily_totals_delete AFTER DELETE ON stripe_balance_transactions
BEGIN
  UPDATE balance_daily_totals SET transactions = transactions - 1, amount_minor = amount_minor - OLD.amount_minor, fee_minor = fee_minor - OLD.fee_minor, net_minor = net_minor - OLD.net_minor
  WHERE day_on = OLD.created_on AND currency = OLD.currency AND type = OLD.type;
END;
