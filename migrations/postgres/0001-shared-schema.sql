-- Why: the shared database of a finance team. Partners and contracts are merged here, documents get their numbers here, and the company's own
-- back end leaves its usage and payment records here. Source of the shapes: the table of owners in docs/ownership.md.
--
-- Applied by `daybook postgres migrate` with an owner's login, never by a desktop at launch.
-- Conventions: money is bigint in minor units beside a lower-case ISO 4217 currency; sub-cent prices are numeric and travel as decimal strings;
-- instants are timestamptz, days are date; people's roles are Postgres roles (daybook_viewer < daybook_finance < daybook_accountant < daybook_admin).

CREATE SCHEMA daybook;
REVOKE ALL ON SCHEMA daybook FROM PUBLIC;

-- Roles are cluster-wide and outlive a database: create the ones that are missing.
DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['daybook_viewer', 'daybook_finance', 'daybook_accountant', 'daybook_admin', 'daybook_relay', 'daybook_company_backend'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this cluster was quicker
      END;
    END IF;
  END LOOP;
END $$;
GRANT daybook_viewer TO daybook_finance;
GRANT daybook_finance TO daybook_accountant;
GRANT daybook_accountant TO daybook_admin;
GRANT USAGE ON SCHEMA daybook TO daybook_viewer, daybook_relay, daybook_company_backend;

-- The ledger this database belongs to: one gateway account, one mode, one functional currency. Exactly one row.
CREATE TABLE daybook.ledger (
  id uuid PRIMARY KEY,
  is_only_row boolean NOT NULL DEFAULT true UNIQUE CHECK (is_only_row),
  company_name text NOT NULL,
  gateway text NOT NULL CHECK (gateway IN ('stripe', 'paystack')),
  gateway_account text NOT NULL,
  mode text NOT NULL CHECK (mode IN ('live', 'test')),
  functional_currency text NOT NULL CHECK (functional_currency ~ '^[a-z]{3}$'),
  reporting_time_zone text NOT NULL,
  minimum_client_version text NOT NULL DEFAULT '0.1.0',
  created_at timestamptz NOT NULL DEFAULT now()
);

-- ── The change feed ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- A row's transaction may commit late with a smaller number. Readers therefore order by (transaction_id, sequence) and read only below the
-- snapshot's oldest running transaction, so that nothing can appear behind a cursor.
CREATE TABLE daybook.change_feed (
  transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  entity text NOT NULL,
  entity_id text NOT NULL,
  operation text NOT NULL CHECK (operation IN ('upsert', 'delete')),
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (transaction_id, sequence)
);
CREATE INDEX change_feed_by_entity ON daybook.change_feed (entity, transaction_id, sequence);

-- One trigger function for every table in the feed: argument 1 the entity's name, argument 2 its key column.
CREATE FUNCTION daybook.feed_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    EXECUTE format('INSERT INTO daybook.change_feed (entity, entity_id, operation) SELECT %L, %I::text, ''delete'' FROM old_rows', TG_ARGV[0], TG_ARGV[1]);
  ELSE
    EXECUTE format('INSERT INTO daybook.change_feed (entity, entity_id, operation) SELECT %L, %I::text, ''upsert'' FROM new_rows', TG_ARGV[0], TG_ARGV[1]);
  END IF;
  PERFORM pg_notify('daybook_changes', ''); -- identical notifications of one transaction are delivered once
  RETURN NULL;
END $$;

-- ── Partners and contracts (merged, see docs/ownership.md) ───────────────────────────────────────────────────────────────────────────
CREATE TABLE daybook.partners (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (name <> ''),
  legal_name text,
  billing_email text,
  billing_address jsonb NOT NULL DEFAULT '{}',
  tax_number text,
  tax_treatment text NOT NULL DEFAULT 'standard' CHECK (tax_treatment IN ('standard', 'reverse-charge', 'exempt', 'outside-scope')),
  version integer NOT NULL DEFAULT 1,
  deleted_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- Terms by effective date: an amendment is a later row of the same contract_id, with its own effective_from.
CREATE TABLE daybook.api_partner_contracts (
  id uuid PRIMARY KEY,
  partner_id uuid NOT NULL REFERENCES daybook.partners (id),
  api_key_prefix text NOT NULL UNIQUE CHECK (api_key_prefix ~ '^[A-Za-z0-9_]{3,40}$'),
  further_prefixes text[] NOT NULL DEFAULT '{}',
  -- Not a closed list here: an unknown model must reach the desktop and be named there, not break the feed.
  pricing_model text NOT NULL,
  flat_fee_minor bigint NOT NULL DEFAULT 0 CHECK (flat_fee_minor >= 0),
  per_deed_price numeric(20, 8) CHECK (per_deed_price >= 0),       -- major units per deed
  per_1000_price numeric(20, 8) CHECK (per_1000_price >= 0),       -- major units per started block of 1,000 requests
  currency text NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
  included_units bigint NOT NULL DEFAULT 0 CHECK (included_units >= 0),
  minimum_commitment_minor bigint NOT NULL DEFAULT 0 CHECK (minimum_commitment_minor >= 0),
  tiers jsonb,
  discount_basis_points integer NOT NULL DEFAULT 0 CHECK (discount_basis_points BETWEEN 0 AND 10000),
  tax_rate_basis_points integer NOT NULL DEFAULT 0 CHECK (tax_rate_basis_points BETWEEN 0 AND 10000),
  withholding_rate_basis_points integer NOT NULL DEFAULT 0 CHECK (withholding_rate_basis_points BETWEEN 0 AND 10000),
  payment_terms_days integer NOT NULL DEFAULT 30 CHECK (payment_terms_days BETWEEN 0 AND 365),
  purchase_order_number text,
  effective_from date NOT NULL,
  effective_to date,                                                -- exclusive
  terms text,
  version integer NOT NULL DEFAULT 1,
  deleted_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (effective_to IS NULL OR effective_to > effective_from)
);

-- Every version that ever stood, so that no edit is lost and a merge can look at its base.
CREATE TABLE daybook.entity_versions (
  entity text NOT NULL,
  entity_id uuid NOT NULL,
  version integer NOT NULL,
  change_id uuid,
  author text NOT NULL,
  reason text,
  body jsonb NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (entity, entity_id, version)
);

-- ── The company's own records: its back end writes, Daybook only reads ───────────────────────────────────────────────────────────────
CREATE TABLE daybook.api_usage (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  idempotency_key text NOT NULL UNIQUE,
  api_key_prefix text NOT NULL,
  meter text NOT NULL CHECK (meter IN ('deeds', 'requests')),
  quantity bigint NOT NULL CHECK (quantity >= 0),
  occurred_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  metadata jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX api_usage_by_prefix_and_day ON daybook.api_usage (api_key_prefix, occurred_at);

CREATE TABLE daybook.usage_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  idempotency_key text NOT NULL UNIQUE,
  user_id text NOT NULL,
  gateway_customer_id text,
  meter text NOT NULL,
  quantity bigint NOT NULL,
  occurred_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  source text NOT NULL DEFAULT 'api',
  metadata jsonb NOT NULL DEFAULT '{}'
);

-- One row per payment (or refund or dispute) as the company's back end saw it. `gateway_payment_id` is the charge, refund or dispute id.
CREATE TABLE daybook.payment_history (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  gateway text NOT NULL,
  gateway_payment_id text NOT NULL,
  gateway_balance_transaction_id text,
  gateway_invoice_id text,
  gateway_customer_id text,
  kind text NOT NULL CHECK (kind IN ('payment', 'refund', 'dispute')),
  amount_minor bigint NOT NULL,            -- settlement currency, as the balance transaction signs it: payments > 0, refunds and disputes < 0
  currency text NOT NULL,
  status text NOT NULL,                    -- succeeded | failed | pending | refunded | disputed
  fee_minor bigint NOT NULL DEFAULT 0,
  net_minor bigint NOT NULL,
  refunded_minor bigint NOT NULL DEFAULT 0,
  failure_code text,
  failure_message text,
  method text,
  created_at timestamptz NOT NULL,
  raw jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX payment_history_by_payment ON daybook.payment_history (gateway_payment_id);
CREATE INDEX payment_history_by_day ON daybook.payment_history (created_at);

CREATE TABLE daybook.subscriptions (
  id text PRIMARY KEY,
  gateway text NOT NULL,
  gateway_customer_id text NOT NULL,
  user_id text,
  plan text NOT NULL,
  status text NOT NULL,
  quantity bigint NOT NULL DEFAULT 1,
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE daybook.subscription_history (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subscription_id text NOT NULL REFERENCES daybook.subscriptions (id),
  change text NOT NULL,
  from_plan text,
  to_plan text,
  changed_at timestamptz NOT NULL
);

-- Daily rates as the company's treasury publishes them: units of `quote` for one unit of `base`, both in major units.
CREATE TABLE daybook.exchange_rates (
  base text NOT NULL,
  quote text NOT NULL,
  rate_on date NOT NULL,
  rate numeric(18, 6) NOT NULL CHECK (rate > 0),
  id text GENERATED ALWAYS AS (base || '/' || quote || '/' || (rate_on - DATE '2000-01-01')::text) STORED UNIQUE,
  PRIMARY KEY (base, quote, rate_on)
);

-- ── Documents ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE daybook.invoices (
  id uuid PRIMARY KEY,
  user_id text,
  partner_id uuid REFERENCES daybook.partners (id),
  contract_id uuid REFERENCES daybook.api_partner_contracts (id),
  api_key_prefix text,
  invoice_number text UNIQUE,
  stripe_invoice_id text UNIQUE,
  kind text NOT NULL CHECK (kind IN ('partner', 'one-off')),
  status text NOT NULL CHECK (status IN ('draft', 'finalised', 'sent', 'partly_paid', 'paid', 'void', 'uncollectible')),
  billing_month text CHECK (billing_month ~ '^\d{4}-\d{2}$'),
  currency text NOT NULL,
  subtotal_minor bigint NOT NULL,
  discount_minor bigint NOT NULL,
  tax_minor bigint NOT NULL,
  withholding_minor bigint NOT NULL,
  total_minor bigint NOT NULL,
  amount_paid_minor bigint NOT NULL DEFAULT 0,
  amount_due_minor bigint NOT NULL,
  line_items jsonb NOT NULL,
  billing_start date,
  billing_end date,                         -- exclusive
  issue_date date,
  due_date date,
  finalised_at timestamptz,
  paid_at timestamptz,
  voided_at timestamptz,
  void_reason text,
  replaces uuid REFERENCES daybook.invoices (id),
  customer_snapshot jsonb NOT NULL,
  notes text,
  pdf_location text,
  totals_fingerprint text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  created_by text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  CHECK (kind <> 'partner' OR (contract_id IS NOT NULL AND billing_month IS NOT NULL)),
  CHECK (status = 'draft' OR invoice_number IS NOT NULL OR status = 'void')
);
-- One invoice per contract and month whatever happens: two desktops, a crash, a second run.
CREATE UNIQUE INDEX one_standing_invoice_per_contract_and_month ON daybook.invoices (contract_id, billing_month)
  WHERE kind = 'partner' AND status <> 'void';

CREATE TABLE daybook.credits (
  id uuid PRIMARY KEY,
  account text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  remaining_minor bigint NOT NULL CHECK (remaining_minor >= 0 AND remaining_minor <= amount_minor),
  currency text NOT NULL,
  reason text NOT NULL,
  expires_on date,
  applied_invoices jsonb NOT NULL DEFAULT '[]',
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1
);

-- The allocator of gap-free numbers: the row lock orders finalisations of one series and year.
CREATE TABLE daybook.document_series (
  series text NOT NULL,
  year integer NOT NULL,
  next_number bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (series, year)
);
CREATE TABLE daybook.document_number_gaps (
  document_number text PRIMARY KEY,
  series text NOT NULL,
  reason text NOT NULL,
  recorded_by text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now()
);

-- ── Work on differences ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE daybook.discrepancies (
  id uuid PRIMARY KEY,                      -- UUIDv5 of level, sorted ids and reason: every desk names the same difference alike
  level text NOT NULL CHECK (level IN ('drift', 'transactions', 'payouts', 'bank')),
  reason text NOT NULL,
  object_id text NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'assigned', 'resolved', 'ignored', 'on-hold')),
  assignee text,
  currency text NOT NULL,
  amount_minor bigint NOT NULL,
  detail jsonb NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  resolved_at timestamptz,
  version integer NOT NULL DEFAULT 1
);

-- ── Inbox, leases, audit ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE daybook.webhook_events (
  id text PRIMARY KEY,
  gateway text NOT NULL,
  type text NOT NULL,
  payload jsonb NOT NULL,
  verified boolean NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  status text NOT NULL DEFAULT 'received',
  attempts integer NOT NULL DEFAULT 0,
  next_retry_at timestamptz
);

CREATE TABLE daybook.job_leases (
  job text PRIMARY KEY,
  holder text NOT NULL,
  fencing_number bigint NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE TABLE daybook.job_successes (
  job text NOT NULL,
  period text NOT NULL,
  fencing_number bigint NOT NULL,
  completed_by text NOT NULL,
  completed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (job, period)
);

CREATE TABLE daybook.audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entity text NOT NULL,
  entity_id text NOT NULL,
  action text NOT NULL,
  diff jsonb NOT NULL,
  actor text NOT NULL DEFAULT session_user,
  request_id uuid,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  previous_hash text,
  hash text NOT NULL
);

-- ── The feed's triggers: statement level, so that a bulk load costs one insert ───────────────────────────────────────────────────────
DO $$
DECLARE
  fed record;
BEGIN
  FOR fed IN SELECT * FROM (VALUES
    ('partners', 'partner', 'id'), ('api_partner_contracts', 'contract', 'id'), ('api_usage', 'api_usage', 'id'),
    ('payment_history', 'payment_history', 'id'), ('exchange_rates', 'exchange_rate', 'id'), ('invoices', 'invoice', 'id'),
    ('discrepancies', 'discrepancy', 'id'), ('subscriptions', 'shared_subscription', 'id'), ('credits', 'credit', 'id')
  ) AS list (table_name, entity, key_column) LOOP
    EXECUTE format('CREATE TRIGGER feed_inserts AFTER INSERT ON daybook.%I REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes(%L, %L)', fed.table_name, fed.entity, fed.key_column);
    EXECUTE format('CREATE TRIGGER feed_updates AFTER UPDATE ON daybook.%I REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes(%L, %L)', fed.table_name, fed.entity, fed.key_column);
    EXECUTE format('CREATE TRIGGER feed_deletes AFTER DELETE ON daybook.%I REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes(%L, %L)', fed.table_name, fed.entity, fed.key_column);
  END LOOP;
END $$;

-- ── Doors: row-level security on every table, reads by role, no table writes for people ──────────────────────────────────────────────
DO $$
DECLARE
  t record;
  reader text;
BEGIN
  FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'daybook' LOOP
    EXECUTE format('ALTER TABLE daybook.%I ENABLE ROW LEVEL SECURITY', t.tablename);
    reader := CASE
      WHEN t.tablename IN ('ledger', 'invoices', 'subscriptions', 'subscription_history', 'exchange_rates', 'job_leases', 'job_successes', 'change_feed') THEN 'daybook_viewer'
      WHEN t.tablename IN ('document_series') THEN NULL
      WHEN t.tablename IN ('audit_log', 'entity_versions') THEN 'daybook_accountant'
      ELSE 'daybook_finance'
    END;
    IF reader IS NOT NULL THEN
      EXECUTE format('GRANT SELECT ON daybook.%I TO %I', t.tablename, reader);
      IF t.tablename <> 'change_feed' THEN
        EXECUTE format('CREATE POLICY read_by_role ON daybook.%I FOR SELECT TO %I USING (true)', t.tablename, reader);
      END IF;
    END IF;
  END LOOP;
END $$;
-- The feed shows a viewer only the entities a viewer may read.
CREATE POLICY read_by_role ON daybook.change_feed FOR SELECT TO daybook_viewer USING (
  entity IN ('invoice', 'exchange_rate', 'shared_subscription') OR pg_has_role(session_user, 'daybook_finance', 'MEMBER')
);
-- The company's back end writes its own records and nothing else.
GRANT SELECT, INSERT, UPDATE ON daybook.api_usage, daybook.usage_events, daybook.payment_history, daybook.subscriptions, daybook.subscription_history, daybook.exchange_rates TO daybook_company_backend;
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['api_usage', 'usage_events', 'payment_history', 'subscriptions', 'subscription_history', 'exchange_rates'] LOOP
    EXECUTE format('CREATE POLICY written_by_company ON daybook.%I TO daybook_company_backend USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
-- The relay can put events into the inbox and do nothing else.
GRANT INSERT ON daybook.webhook_events TO daybook_relay;
CREATE POLICY inserted_by_relay ON daybook.webhook_events FOR INSERT TO daybook_relay WITH CHECK (true);
