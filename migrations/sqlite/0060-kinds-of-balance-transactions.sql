-- Why: the cash view counted by Stripe's `type`, which lumps together what the books tell apart by `reporting_category`: every adjustment was a dispute, and a part that was never
-- captured a refund. What the books post a balance transaction as is now worked out beside it, and the daily totals are kept by that as well. The rule is the one of
-- src/main/intake/stripe-balance-kinds.ts, word for word; a test holds them against each other. Most common first: it is asked once for each transaction that comes.
ALTER TABLE stripe_balance_transactions ADD COLUMN kind TEXT GENERATED ALWAYS AS (
  CASE
    WHEN reporting_category = 'charge' THEN 'payment'
    WHEN reporting_category = 'charge_failure' THEN 'payment-failed'
    WHEN reporting_category = 'partial_capture_reversal' THEN 'payment-uncaptured'
    WHEN reporting_category = 'refund' THEN 'refund'
    WHEN reporting_category = 'refund_failure' THEN 'refund-failed'
    WHEN reporting_category = 'dispute' THEN iif(amount_minor > 0, 'dispute-reinstated', 'dispute')
    WHEN reporting_category = 'dispute_reversal' THEN 'dispute-reinstated'
    WHEN reporting_category = 'payout' THEN 'payout'
    WHEN reporting_category = 'payout_reversal' THEN 'payout-returned'
    WHEN reporting_category IN ('fee', 'network_cost') THEN 'gateway-fee'
    WHEN reporting_category = 'tax' THEN 'gateway-tax'
    WHEN reporting_category = 'topup' THEN 'top-up'
    WHEN reporting_category = 'topup_reversal' THEN 'top-up-returned'
    WHEN reporting_category IN ('risk_reserved_funds', 'connect_reserved_funds', 'issuing_authorization_hold', 'issuing_authorization_release') THEN 'reserve'
    WHEN reporting_category IN ('transfer', 'connect_collection_transfer') THEN 'transfer'
    WHEN reporting_category = 'transfer_reversal' THEN 'transfer-returned'
    WHEN reporting_category = 'platform_earning' THEN 'platform-fee'
    WHEN reporting_category = 'platform_earning_refund' THEN 'platform-fee-returned'
    WHEN reporting_category IN ('advance', 'advance_funding', 'anticipation_repayment', 'financing_payout', 'financing_payout_reversal', 'financing_paydown', 'financing_paydown_reversal') THEN 'financing'
    WHEN reporting_category IN ('contribution', 'climate_order_purchase', 'climate_order_refund') THEN 'contribution'
    WHEN reporting_category IN ('issuing_transaction', 'issuing_dispute') THEN 'card-spending'
    WHEN reporting_category = 'other_adjustment' THEN iif(source_id GLOB 'dp_*' OR source_id GLOB 'du_*', iif(amount_minor > 0, 'dispute-reinstated', 'dispute'), 'adjustment')
    WHEN type IN ('charge', 'payment') THEN 'payment'
    WHEN type IN ('payment_failure_refund', 'payment_reversal') THEN 'payment-failed'
    WHEN type = 'payment_unreconciled' THEN 'unreconciled-receipt'
    WHEN type IN ('refund', 'payment_refund') THEN 'refund'
    WHEN type = 'refund_failure' THEN 'refund-failed'
    WHEN type = 'payout' THEN 'payout'
    WHEN type IN ('payout_cancel', 'payout_failure') THEN 'payout-returned'
    WHEN type IN ('inbound_transfer', 'topup') THEN 'top-up'
    WHEN type IN ('inbound_transfer_reversal', 'topup_reversal') THEN 'top-up-returned'
    WHEN type IN ('stripe_fee', 'stripe_fx_fee', 'payment_network_cost', 'fee_credit_funding') THEN 'gateway-fee'
    WHEN type = 'tax_fee' THEN 'gateway-tax'
    WHEN type IN ('reserve_transaction', 'reserved_funds', 'reserve_hold', 'reserve_release', 'payment_network_reserve_hold', 'payment_network_reserve_release', 'payout_minimum_balance_hold', 'payout_minimum_balance_release', 'issuing_authorization_hold', 'issuing_authorization_release') THEN 'reserve'
    WHEN type IN ('issuing_transaction', 'issuing_dispute') THEN 'card-spending'
    WHEN type IN ('transfer', 'connect_collection_transfer') THEN 'transfer'
    WHEN type IN ('transfer_cancel', 'transfer_failure', 'transfer_refund') THEN 'transfer-returned'
    WHEN type = 'application_fee' THEN 'platform-fee'
    WHEN type = 'application_fee_refund' THEN 'platform-fee-returned'
    WHEN type IN ('advance', 'advance_funding', 'anticipation_repayment') THEN 'financing'
    WHEN type IN ('contribution', 'climate_order_purchase', 'climate_order_refund') THEN 'contribution'
    WHEN type = 'adjustment' THEN iif(source_id GLOB 'dp_*' OR source_id GLOB 'du_*', iif(amount_minor > 0, 'dispute-reinstated', 'dispute'), 'adjustment')
    ELSE 'unknown'
  END) VIRTUAL;

DROP TRIGGER balance_daily_totals_insert;
DROP TRIGGER balance_daily_totals_update;
DROP TRIGGER balance_daily_totals_delete;
DROP TABLE balance_daily_totals;

-- Σ of balance transactions per local day, settlement currency, type and kind. Kept by triggers inside the writer's own transaction; a test rebuilds and compares it.
CREATE TABLE balance_daily_totals (
  day_on TEXT NOT NULL,
  currency TEXT NOT NULL,
  type TEXT NOT NULL,
  kind TEXT NOT NULL,
  transactions INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  fee_minor INTEGER NOT NULL,
  net_minor INTEGER NOT NULL,
  PRIMARY KEY (day_on, currency, type, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO balance_daily_totals
SELECT created_on, currency, type, kind, count(*), sum(amount_minor), sum(fee_minor), sum(net_minor) FROM stripe_balance_transactions GROUP BY created_on, currency, type, kind;

CREATE TRIGGER balance_daily_totals_insert AFTER INSERT ON stripe_balance_transactions
BEGIN
  INSERT INTO balance_daily_totals (day_on, currency, type, kind, transactions, amount_minor, fee_minor, net_minor)
  VALUES (NEW.created_on, NEW.currency, NEW.type, NEW.kind, 1, NEW.amount_minor, NEW.fee_minor, NEW.net_minor)
  ON CONFLICT (day_on, currency, type, kind) DO UPDATE SET
    transactions = transactions + 1, amount_minor = amount_minor + excluded.amount_minor, fee_minor = fee_minor + excluded.fee_minor, net_minor = net_minor + excluded.net_minor;
END;
CREATE TRIGGER balance_daily_totals_update AFTER UPDATE ON stripe_balance_transactions
WHEN OLD.amount_minor <> NEW.amount_minor OR OLD.fee_minor <> NEW.fee_minor OR OLD.net_minor <> NEW.net_minor OR OLD.created_on <> NEW.created_on OR OLD.currency <> NEW.currency OR OLD.type <> NEW.type OR OLD.kind <> NEW.kind
BEGIN
  UPDATE balance_daily_totals SET transactions = transactions - 1, amount_minor = amount_minor - OLD.amount_minor, fee_minor = fee_minor - OLD.fee_minor, net_minor = net_minor - OLD.net_minor
  WHERE day_on = OLD.created_on AND currency = OLD.currency AND type = OLD.type AND kind = OLD.kind;
  INSERT INTO balance_daily_totals (day_on, currency, type, kind, transactions, amount_minor, fee_minor, net_minor)
  VALUES (NEW.created_on, NEW.currency, NEW.type, NEW.kind, 1, NEW.amount_minor, NEW.fee_minor, NEW.net_minor)
  ON CONFLICT (day_on, currency, type, kind) DO UPDATE SET
    transactions = transactions + 1, amount_minor = amount_minor + excluded.amount_minor, fee_minor = fee_minor + excluded.fee_minor, net_minor = net_minor + excluded.net_minor;
END;
CREATE TRIGGER balance_daily_totals_delete AFTER DELETE ON stripe_balance_transactions
BEGIN
  UPDATE balance_daily_totals SET transactions = transactions - 1, amount_minor = amount_minor - OLD.amount_minor, fee_minor = fee_minor - OLD.fee_minor, net_minor = net_minor - OLD.net_minor
  WHERE day_on = OLD.created_on AND currency = OLD.currency AND type = OLD.type AND kind = OLD.kind;
END;
