-- Why: this desk's copy of the shared database: partners and contracts, the company's own usage and payment records, exchange rates, and the
-- documents with their numbers. Rows come by the change feed; documents made without a shared database are born here (the local twin).

CREATE TABLE partners (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, legal_name TEXT, billing_email TEXT, billing_address TEXT NOT NULL, tax_number TEXT, tax_treatment TEXT NOT NULL,
  version INTEGER NOT NULL, deleted_at INTEGER, updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE partner_contracts (
  id TEXT PRIMARY KEY, partner_id TEXT NOT NULL, api_key_prefix TEXT NOT NULL, further_prefixes TEXT NOT NULL DEFAULT '[]', pricing_model TEXT NOT NULL, flat_fee_minor INTEGER NOT NULL, per_deed_price TEXT, per_1000_price TEXT,
  currency TEXT NOT NULL, included_units INTEGER NOT NULL, minimum_commitment_minor INTEGER NOT NULL, tiers TEXT, discount_basis_points INTEGER NOT NULL, tax_rate_basis_points INTEGER NOT NULL, withholding_rate_basis_points INTEGER NOT NULL,
  payment_terms_days INTEGER NOT NULL, purchase_order_number TEXT, effective_from TEXT NOT NULL, effective_to TEXT, terms TEXT, version INTEGER NOT NULL, deleted_at INTEGER, updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX partner_contracts_by_partner ON partner_contracts (partner_id);

CREATE TABLE api_usage (
  id INTEGER PRIMARY KEY, idempotency_key TEXT NOT NULL UNIQUE, api_key_prefix TEXT NOT NULL, meter TEXT NOT NULL, quantity INTEGER NOT NULL, occurred_at INTEGER NOT NULL, received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX api_usage_by_prefix ON api_usage (api_key_prefix, meter, occurred_at, quantity);

CREATE TABLE payment_history (
  id INTEGER PRIMARY KEY, gateway TEXT NOT NULL, gateway_payment_id TEXT NOT NULL, gateway_balance_transaction_id TEXT, gateway_invoice_id TEXT, gateway_customer_id TEXT, kind TEXT NOT NULL, amount_minor INTEGER NOT NULL, currency TEXT NOT NULL,
  status TEXT NOT NULL, fee_minor INTEGER NOT NULL, net_minor INTEGER NOT NULL, refunded_minor INTEGER NOT NULL, failure_code TEXT, failure_message TEXT, method TEXT, created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX payment_history_by_balance_transaction ON payment_history (gateway_balance_transaction_id);
CREATE INDEX payment_history_by_payment ON payment_history (gateway_payment_id);
CREATE INDEX payment_history_by_created ON payment_history (created_at, id);

CREATE TABLE exchange_rates (
  base TEXT NOT NULL, quote TEXT NOT NULL, rate_on TEXT NOT NULL, rate TEXT NOT NULL, PRIMARY KEY (base, quote, rate_on)
) STRICT, WITHOUT ROWID;

CREATE TABLE invoices (
  id TEXT PRIMARY KEY, user_id TEXT, partner_id TEXT, contract_id TEXT, api_key_prefix TEXT, invoice_number TEXT UNIQUE, stripe_invoice_id TEXT UNIQUE, kind TEXT NOT NULL, status TEXT NOT NULL, billing_month TEXT, currency TEXT NOT NULL,
  subtotal_minor INTEGER NOT NULL, discount_minor INTEGER NOT NULL, tax_minor INTEGER NOT NULL, withholding_minor INTEGER NOT NULL, total_minor INTEGER NOT NULL, amount_paid_minor INTEGER NOT NULL, amount_due_minor INTEGER NOT NULL,
  line_items TEXT NOT NULL, billing_start TEXT, billing_end TEXT, issue_date TEXT, due_date TEXT, finalised_at INTEGER, paid_at INTEGER, voided_at INTEGER, void_reason TEXT, replaces TEXT, customer_snapshot TEXT NOT NULL, notes TEXT,
  pdf_location TEXT, totals_fingerprint TEXT NOT NULL, created_at INTEGER NOT NULL, created_by TEXT NOT NULL, version INTEGER NOT NULL,
  functional_rate TEXT                    -- units of functional currency for one of the invoice's, fixed when it was finalised; NULL in functional currency
) STRICT;
CREATE UNIQUE INDEX invoices_one_standing_per_contract_and_month ON invoices (contract_id, billing_month) WHERE kind = 'partner' AND status <> 'void';
CREATE INDEX invoices_by_created ON invoices (created_at, id);
-- The list of invoices shows both sources by the moment of issue: each is read from its end, without a sort.
CREATE INDEX invoices_by_issue ON invoices (coalesce(finalised_at, created_at), id);
CREATE INDEX stripe_invoices_by_issue ON stripe_invoices (coalesce(finalised_at, created_at), id);
-- What a list sums to, without touching the rows.
CREATE INDEX stripe_invoices_by_status ON stripe_invoices (status, currency, total_minor);
CREATE INDEX invoices_by_partner ON invoices (partner_id, billing_month);
CREATE INDEX invoices_by_contract ON invoices (contract_id, billing_month);
CREATE INDEX invoices_by_month ON invoices (billing_month) WHERE kind = 'partner';

-- The local twin's allocator of gap-free numbers.
CREATE TABLE document_series (
  series TEXT NOT NULL, year INTEGER NOT NULL, next_number INTEGER NOT NULL, PRIMARY KEY (series, year)
) STRICT;

-- Files made from documents: where they lie and what their bytes hash to.
CREATE TABLE stored_documents (
  id TEXT PRIMARY KEY, subject_type TEXT NOT NULL, subject_id TEXT NOT NULL, kind TEXT NOT NULL, location TEXT NOT NULL, sha256 TEXT NOT NULL, totals_fingerprint TEXT NOT NULL, byte_length INTEGER NOT NULL, created_at INTEGER NOT NULL,
  UNIQUE (subject_type, subject_id, kind)
) STRICT;
