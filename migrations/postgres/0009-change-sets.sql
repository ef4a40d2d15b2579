-- Why: partners, contracts and their amendments are edited at several desks, offline too, and no price may be lost to whoever writes last (domain.md §5,
-- docs/adr/0015). Here is what edits are made of: amendments as rows of their own, change sets, conflicts, approvals, and every version that ever stood.
-- The functions that decide stand in 0010.

-- Price-bearing changes wait for a second person. Set by the database's owner, by nobody else.
ALTER TABLE daybook.ledger ADD COLUMN price_changes_need_approval boolean NOT NULL DEFAULT true;

-- ── The fields that people edit ──────────────────────────────────────────────────────────────────────────────────────────────────────
-- The list of src/main/contracts/contract-fields.ts; a test holds the two together. What is not in it cannot be named by a change.
CREATE TABLE daybook.merged_fields (
  entity text NOT NULL CHECK (entity IN ('partner', 'contract', 'amendment')),
  column_name text NOT NULL,
  kind text NOT NULL,
  is_price_bearing boolean NOT NULL,
  is_optional boolean NOT NULL,
  is_fixed boolean NOT NULL,
  PRIMARY KEY (entity, column_name)
);
INSERT INTO daybook.merged_fields (entity, column_name, kind, is_price_bearing, is_optional, is_fixed) VALUES
  ('partner', 'name', 'text', false, false, false), ('partner', 'legal_name', 'text', false, true, false), ('partner', 'billing_email', 'email', false, true, false),
  ('partner', 'billing_address', 'address', false, false, false), ('partner', 'tax_number', 'text', false, true, false), ('partner', 'tax_treatment', 'choice', true, false, false),
  ('contract', 'partner_id', 'text', true, false, true), ('contract', 'api_key_prefix', 'prefix', true, false, false), ('contract', 'further_prefixes', 'prefixes', true, false, false),
  ('contract', 'currency', 'currency', true, false, false), ('contract', 'effective_from', 'date', true, false, false), ('contract', 'effective_to', 'date', true, true, false),
  ('amendment', 'contract_id', 'text', true, false, true), ('amendment', 'effective_from', 'date', true, false, false);
INSERT INTO daybook.merged_fields (entity, column_name, kind, is_price_bearing, is_optional, is_fixed)
  SELECT entity, term.* FROM unnest(ARRAY['contract', 'amendment']) AS entity, (VALUES
    ('pricing_model', 'choice', true, false, false), ('flat_fee_minor', 'amount', true, false, false), ('per_deed_price', 'price', true, true, false), ('per_1000_price', 'price', true, true, false),
    ('included_units', 'count', true, false, false), ('minimum_commitment_minor', 'amount', true, false, false), ('tiers', 'tiers', true, true, false), ('discount_basis_points', 'basis-points', true, false, false),
    ('tax_rate_basis_points', 'basis-points', true, false, false), ('withholding_rate_basis_points', 'basis-points', true, false, false), ('payment_terms_days', 'days', false, false, false),
    ('purchase_order_number', 'text', false, true, false), ('terms', 'long-text', false, true, false)) AS term;

-- ── Amendments ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- The terms of a contract from a day on, whole: an amendment is read, rated and compared without what came before it (domain.md §4).
CREATE TABLE daybook.contract_amendments (
  id uuid PRIMARY KEY,
  contract_id uuid NOT NULL REFERENCES daybook.api_partner_contracts (id),
  effective_from date NOT NULL,
  pricing_model text NOT NULL,
  flat_fee_minor bigint NOT NULL DEFAULT 0 CHECK (flat_fee_minor >= 0),
  per_deed_price numeric(20, 8) CHECK (per_deed_price >= 0),
  per_1000_price numeric(20, 8) CHECK (per_1000_price >= 0),
  included_units bigint NOT NULL DEFAULT 0 CHECK (included_units >= 0),
  minimum_commitment_minor bigint NOT NULL DEFAULT 0 CHECK (minimum_commitment_minor >= 0),
  tiers jsonb,
  discount_basis_points integer NOT NULL DEFAULT 0 CHECK (discount_basis_points BETWEEN 0 AND 10000),
  tax_rate_basis_points integer NOT NULL DEFAULT 0 CHECK (tax_rate_basis_points BETWEEN 0 AND 10000),
  withholding_rate_basis_points integer NOT NULL DEFAULT 0 CHECK (withholding_rate_basis_points BETWEEN 0 AND 10000),
  payment_terms_days integer NOT NULL DEFAULT 30 CHECK (payment_terms_days BETWEEN 0 AND 365),
  purchase_order_number text,
  terms text,
  version integer NOT NULL DEFAULT 1,
  deleted_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
-- One truth per contract and day; what was deleted makes room.
CREATE UNIQUE INDEX one_amendment_per_contract_and_day ON daybook.contract_amendments (contract_id, effective_from) WHERE deleted_at IS NULL;
CREATE INDEX api_partner_contracts_by_partner ON daybook.api_partner_contracts (partner_id);

-- ── Edits on their way ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE daybook.change_sets (
  id uuid PRIMARY KEY,                        -- made at the desk: sending twice is one change
  entity text NOT NULL CHECK (entity IN ('partner', 'contract', 'amendment')),
  entity_id uuid NOT NULL,
  operation text NOT NULL CHECK (operation IN ('create', 'update', 'delete')),
  base_version integer NOT NULL CHECK (base_version >= 0),
  fields jsonb NOT NULL,                      -- column → { from, to }, as its author wrote it: never changed afterwards
  reason text NOT NULL,
  author text NOT NULL DEFAULT session_user,
  desk text NOT NULL,
  created_at timestamptz NOT NULL,            -- by the desk's clock: shown, and nothing follows from it
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  state text NOT NULL CHECK (state IN ('awaiting-approval', 'applied', 'merged', 'conflict', 'rejected', 'withdrawn', 'refused')),
  result_version integer,
  conflict_id uuid,
  approval_id uuid,
  refusal_code text,
  refusal_message text,
  four_eyes text CHECK (four_eyes IN ('on', 'off')), -- whether a second person had to agree when it took effect
  -- What is in force of it, after people decided its conflicts.
  effective_operation text NOT NULL,
  effective_id uuid NOT NULL,
  effective_fields jsonb NOT NULL,
  effective_base integer NOT NULL,
  restores boolean NOT NULL DEFAULT false,    -- a person decided that it brings a deleted record back
  resolved_by text,                           -- who last chose values of it: may not approve them
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX change_sets_open ON daybook.change_sets (state) WHERE state IN ('awaiting-approval', 'conflict', 'refused');

CREATE TABLE daybook.change_conflicts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  change_id uuid NOT NULL REFERENCES daybook.change_sets (id),
  entity text NOT NULL,
  entity_id uuid NOT NULL,                    -- the record that stands
  fields jsonb NOT NULL,                      -- [{ column, base, mine, theirs }]; the column `deleted` where an edit met a deletion
  their_version integer NOT NULL,
  their_author text,
  their_reason text,
  raised_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'resolved')),
  resolved_by text,
  resolved_at timestamptz,
  resolution_reason text,
  kept jsonb,                                 -- column → { keep, value? }
  request_id uuid
);
CREATE INDEX change_conflicts_by_change ON daybook.change_conflicts (change_id);

CREATE TABLE daybook.change_approvals (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  change_id uuid NOT NULL REFERENCES daybook.change_sets (id),
  entity text NOT NULL,
  entity_id uuid NOT NULL,
  requested_by text NOT NULL,
  chosen_by text,                             -- who resolved a conflict of it meanwhile: may not decide either
  requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  state text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'approved', 'rejected', 'withdrawn')),
  decided_by text,
  decided_at timestamptz,
  comment text,
  CHECK (decided_by IS NULL OR state = 'withdrawn' OR (decided_by <> requested_by AND decided_by IS DISTINCT FROM chosen_by))
);
CREATE INDEX change_approvals_by_change ON daybook.change_approvals (change_id);

-- ── Values in one form ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- As normaliseValue() of src/main/contracts/contract-values.ts writes them, so that the same value is the same text at every desk and here.
CREATE FUNCTION daybook.trimmed(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT btrim(p_text, E'\u0009\u000A\u000B\u000C\u000D\u0020\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF')
$$;

CREATE FUNCTION daybook.canonical_price(p_text text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_parts text[] := regexp_match(p_text, '^(-?)0*([0-9]+)(?:\.([0-9]*))?$');
  v_fraction text;
BEGIN
  IF v_parts IS NULL THEN
    RETURN p_text;
  END IF;
  v_fraction := rtrim(coalesce(v_parts[3], ''), '0');
  RETURN v_parts[1] || v_parts[2] || CASE WHEN v_fraction = '' THEN '' ELSE '.' || v_fraction END;
END $$;

CREATE FUNCTION daybook.canonical_value(p_kind text, p_is_optional boolean, p_value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_text text;
BEGIN
  IF p_value IS NULL OR p_value = 'null' THEN
    RETURN 'null';
  END IF;
  IF jsonb_typeof(p_value) = 'string' THEN
    v_text := daybook.trimmed(normalize(p_value #>> '{}', NFC));
    IF v_text = '' AND p_is_optional THEN
      RETURN 'null';
    END IF;
    RETURN to_jsonb(CASE p_kind WHEN 'currency' THEN lower(v_text) WHEN 'price' THEN daybook.canonical_price(v_text) ELSE v_text END);
  END IF;
  IF p_kind = 'prefixes' AND jsonb_typeof(p_value) = 'array' THEN
    RETURN (SELECT coalesce(jsonb_agg(CASE jsonb_typeof(x) WHEN 'string' THEN to_jsonb(daybook.trimmed(x #>> '{}')) ELSE x END ORDER BY n), '[]') FROM jsonb_array_elements(p_value) WITH ORDINALITY AS e (x, n));
  END IF;
  IF p_kind = 'tiers' AND jsonb_typeof(p_value) = 'object' AND jsonb_typeof(p_value -> 'tiers') = 'array' THEN
    RETURN jsonb_set(p_value, '{tiers}', (
      SELECT coalesce(jsonb_agg(CASE WHEN jsonb_typeof(x) = 'object' AND jsonb_typeof(x -> 'unitPrice') = 'string' THEN jsonb_set(x, '{unitPrice}', to_jsonb(daybook.canonical_price(daybook.trimmed(x ->> 'unitPrice')))) ELSE x END ORDER BY n), '[]')
      FROM jsonb_array_elements(p_value -> 'tiers') WITH ORDINALITY AS e (x, n)));
  END IF;
  RETURN p_value;
END $$;

-- A record's values by column, as change sets carry them: prices as decimal text, days as text. p_row is to_jsonb() of the row.
CREATE FUNCTION daybook.values_of(p_entity text, p_row jsonb) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(jsonb_object_agg(f.column_name, daybook.canonical_value(f.kind, f.is_optional,
    CASE WHEN f.kind = 'price' AND jsonb_typeof(p_row -> f.column_name) = 'number' THEN to_jsonb(trim_scale((p_row ->> f.column_name)::numeric)::text) ELSE p_row -> f.column_name END)), '{}')
  FROM daybook.merged_fields f WHERE f.entity = p_entity
$$;

-- ── Every version that ever stood ────────────────────────────────────────────────────────────────────────────────────────────────────
ALTER TABLE daybook.entity_versions ADD COLUMN id text GENERATED ALWAYS AS (entity || '/' || entity_id::text || '/' || version::text) STORED UNIQUE;

-- Whatever road a row takes, an owner's too: what people edit never changes under the same version, and each version is kept with its author and reason.
-- Argument 1: the entity's name.
CREATE FUNCTION daybook.count_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF daybook.values_of(TG_ARGV[0], to_jsonb(NEW)) IS DISTINCT FROM daybook.values_of(TG_ARGV[0], to_jsonb(OLD)) OR (NEW.deleted_at IS NULL) <> (OLD.deleted_at IS NULL) THEN
    NEW.version := greatest(NEW.version, OLD.version + 1);
    NEW.updated_at := clock_timestamp();
  ELSE
    NEW.version := greatest(NEW.version, OLD.version);
  END IF;
  RETURN NEW;
END $$;

-- `daybook.change_id`, set by the functions of 0010 for their own transaction, names the change that a version comes from. No login but the owner's writes
-- these tables by another road, so nobody else can make use of it.
CREATE FUNCTION daybook.keep_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_change uuid := nullif(current_setting('daybook.change_id', true), '')::uuid;
  v_author text;
  v_reason text;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.version = OLD.version THEN
    RETURN NULL;
  END IF;
  SELECT author, reason INTO v_author, v_reason FROM daybook.change_sets WHERE id = v_change;
  INSERT INTO daybook.entity_versions (entity, entity_id, version, change_id, author, reason, body, recorded_at)
  VALUES (TG_ARGV[0], NEW.id, NEW.version, v_change, coalesce(v_author, session_user), v_reason, daybook.values_of(TG_ARGV[0], to_jsonb(NEW)) || jsonb_build_object('version', NEW.version, 'is_deleted', NEW.deleted_at IS NOT NULL), clock_timestamp())
  ON CONFLICT (entity, entity_id, version) DO NOTHING;
  RETURN NULL;
END $$;

-- A contract's version counts its terms as a whole: a desk that does not know an amendment yet bills by terms that no longer hold, and is told so by the version it names
-- (`draft-outdated` in 0002).
CREATE FUNCTION daybook.count_amended_contract() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.version <> OLD.version THEN
    UPDATE daybook.api_partner_contracts SET version = version + 1 WHERE id = NEW.contract_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER contract_counted AFTER INSERT OR UPDATE ON daybook.contract_amendments FOR EACH ROW EXECUTE FUNCTION daybook.count_amended_contract();

DO $$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT * FROM (VALUES ('partners', 'partner'), ('api_partner_contracts', 'contract'), ('contract_amendments', 'amendment')) AS list (table_name, entity) LOOP
    EXECUTE format('INSERT INTO daybook.entity_versions (entity, entity_id, version, author, reason, body, recorded_at)
      SELECT %2$L, r.id, r.version, ''daybook'', NULL, daybook.values_of(%2$L, to_jsonb(r)) || jsonb_build_object(''version'', r.version, ''is_deleted'', r.deleted_at IS NOT NULL), r.updated_at FROM daybook.%1$I r
      ON CONFLICT (entity, entity_id, version) DO NOTHING', t.table_name, t.entity);
    EXECUTE format('CREATE TRIGGER version_counted BEFORE UPDATE ON daybook.%I FOR EACH ROW EXECUTE FUNCTION daybook.count_version(%L)', t.table_name, t.entity);
    EXECUTE format('CREATE TRIGGER version_kept AFTER INSERT OR UPDATE ON daybook.%I FOR EACH ROW EXECUTE FUNCTION daybook.keep_version(%L)', t.table_name, t.entity);
  END LOOP;
END $$;

-- What was recorded is never changed, by owners neither.
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON daybook.entity_versions FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_change('version-immutable');

-- ── The feed ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- The notice carries nothing but the place in the feed: who listens reads what their role may. Every statement of a transaction says the same, and
-- PostgreSQL delivers the same said twice in one transaction once.
CREATE OR REPLACE FUNCTION daybook.feed_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_rows bigint;
BEGIN
  IF TG_OP = 'DELETE' THEN
    EXECUTE format('INSERT INTO daybook.change_feed (entity, entity_id, operation) SELECT %L, %I::text, ''delete'' FROM old_rows', TG_ARGV[0], TG_ARGV[1]);
  ELSE
    EXECUTE format('INSERT INTO daybook.change_feed (entity, entity_id, operation) SELECT %L, %I::text, ''upsert'' FROM new_rows', TG_ARGV[0], TG_ARGV[1]);
  END IF;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  IF v_rows > 0 THEN
    PERFORM pg_notify('daybook_changes', pg_current_xact_id()::text);
  END IF;
  RETURN NULL;
END $$;

DO $$
DECLARE
  fed record;
BEGIN
  FOR fed IN SELECT * FROM (VALUES
    ('contract_amendments', 'amendment'), ('change_sets', 'change_set'), ('change_conflicts', 'change_conflict'), ('change_approvals', 'change_approval'), ('entity_versions', 'entity_version')
  ) AS list (table_name, entity) LOOP
    EXECUTE format('CREATE TRIGGER feed_inserts AFTER INSERT ON daybook.%I REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes(%L, ''id'')', fed.table_name, fed.entity);
    EXECUTE format('CREATE TRIGGER feed_updates AFTER UPDATE ON daybook.%I REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes(%L, ''id'')', fed.table_name, fed.entity);
    EXECUTE format('CREATE TRIGGER feed_deletes AFTER DELETE ON daybook.%I REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes(%L, ''id'')', fed.table_name, fed.entity);
  END LOOP;
END $$;

-- ── Doors ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Finance reads; nobody writes but the functions, which run as the owner: for the owner row-level security holds as well, by a policy of its own.
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['contract_amendments', 'change_sets', 'change_conflicts', 'change_approvals', 'merged_fields'] LOOP
    EXECUTE format('ALTER TABLE daybook.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('GRANT SELECT ON daybook.%I TO daybook_finance', t);
    EXECUTE format('CREATE POLICY read_by_role ON daybook.%I FOR SELECT TO daybook_finance USING (true)', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['contract_amendments', 'change_sets', 'change_conflicts', 'change_approvals', 'merged_fields', 'partners', 'api_partner_contracts', 'entity_versions'] LOOP
    EXECUTE format('ALTER TABLE daybook.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY written_by_owner ON daybook.%I TO %I USING (true) WITH CHECK (true)', t, current_user);
  END LOOP;
END $$;
DROP POLICY read_by_role ON daybook.entity_versions;
REVOKE SELECT ON daybook.entity_versions FROM daybook_accountant;
GRANT SELECT ON daybook.entity_versions TO daybook_finance;
CREATE POLICY read_by_role ON daybook.entity_versions FOR SELECT TO daybook_finance USING (true);

REVOKE ALL ON FUNCTION daybook.trimmed(text), daybook.canonical_price(text), daybook.canonical_value(text, boolean, jsonb), daybook.values_of(text, jsonb), daybook.count_version(), daybook.keep_version(),
  daybook.count_amended_contract() FROM PUBLIC;
