-- Why: whoever comes back with thousands of edits has them taken in seconds (docs/performance.md). Many changes come in one call, and what each of them costs here is less: the rules are
-- those of 0009 and 0010, word for word where they decide anything; statements that were put together anew for every row are made once.

-- ── Values in one form ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- A record's values by column, as in 0009. What is in its one form by its type, or is printable ASCII without blanks around it, is not looked at any further.
CREATE OR REPLACE FUNCTION daybook.values_of(p_entity text, p_row jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT coalesce(jsonb_object_agg(f.column_name, CASE
      WHEN x.value IS NULL OR x.value = 'null' THEN 'null'
      WHEN x.type = 'number' THEN CASE f.kind WHEN 'price' THEN to_jsonb(trim_scale(x.value::numeric)::text) ELSE x.value END
      WHEN x.type = 'string' AND f.kind NOT IN ('currency', 'price') AND x.value::text ~ '^"[!#-\[\]-~]([ !#-\[\]-~]*[!#-\[\]-~])?"$' THEN x.value
      WHEN x.value = '[]' OR f.kind = 'address' THEN x.value
      ELSE daybook.canonical_value(f.kind, f.is_optional, x.value) END), '{}')
    FROM daybook.merged_fields f, LATERAL (SELECT p_row -> f.column_name AS value, jsonb_typeof(p_row -> f.column_name) AS type) AS x WHERE f.entity = p_entity);
END $$;

-- As in 0009; whether anything that people edit differs is seen in the row as it is. The same value in another form counts too: nobody but the owner can write one.
CREATE OR REPLACE FUNCTION daybook.count_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_new jsonb := to_jsonb(NEW);
  v_old jsonb := to_jsonb(OLD);
BEGIN
  IF (NEW.deleted_at IS NULL) <> (OLD.deleted_at IS NULL) OR EXISTS (SELECT FROM daybook.merged_fields f WHERE f.entity = TG_ARGV[0] AND v_new -> f.column_name IS DISTINCT FROM v_old -> f.column_name) THEN
    NEW.version := greatest(NEW.version, OLD.version + 1);
    NEW.updated_at := clock_timestamp();
  ELSE
    NEW.version := greatest(NEW.version, OLD.version);
  END IF;
  RETURN NEW;
END $$;

-- ── The feed ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- The tables that edits write have all the key `id`. Argument 1: the entity's name.
CREATE FUNCTION daybook.feed_edits() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_rows bigint;
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO daybook.change_feed (entity, entity_id, operation) SELECT TG_ARGV[0], o.id::text, 'delete' FROM old_rows o;
  ELSE
    INSERT INTO daybook.change_feed (entity, entity_id, operation) SELECT TG_ARGV[0], n.id::text, 'upsert' FROM new_rows n;
  END IF;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  IF v_rows > 0 THEN
    PERFORM pg_notify('daybook_changes', pg_current_xact_id()::text);
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION daybook.feed_edits() FROM PUBLIC;

DO $$
DECLARE
  fed record;
BEGIN
  FOR fed IN SELECT * FROM (VALUES
    ('partners', 'partner'), ('api_partner_contracts', 'contract'), ('contract_amendments', 'amendment'), ('change_sets', 'change_set'), ('change_conflicts', 'change_conflict'), ('change_approvals', 'change_approval'), ('entity_versions', 'entity_version')
  ) AS list (table_name, entity) LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER feed_inserts AFTER INSERT ON daybook.%I REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_edits(%L)', fed.table_name, fed.entity);
    EXECUTE format('CREATE OR REPLACE TRIGGER feed_updates AFTER UPDATE ON daybook.%I REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_edits(%L)', fed.table_name, fed.entity);
    EXECUTE format('CREATE OR REPLACE TRIGGER feed_deletes AFTER DELETE ON daybook.%I REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_edits(%L)', fed.table_name, fed.entity);
  END LOOP;
END $$;

-- ── Records ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- For each table two functions of fixed statements, made from the list of fields as it stands: whoever adds a field there makes them anew (`make_record_functions`).
CREATE FUNCTION daybook.make_record_functions() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $make$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT f.entity, daybook.table_of(f.entity) AS name, string_agg(quote_ident(f.column_name), ', ' ORDER BY f.column_name) AS columns, string_agg('r.' || quote_ident(f.column_name), ', ' ORDER BY f.column_name) AS read FROM daybook.merged_fields f GROUP BY f.entity LOOP
    EXECUTE format($text$
      CREATE OR REPLACE FUNCTION daybook.lock_%1$s(p_id uuid) RETURNS jsonb
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
      BEGIN
        RETURN (SELECT to_jsonb(t) FROM daybook.%2$I t WHERE t.id = p_id FOR UPDATE);
      END $body$;
      CREATE OR REPLACE FUNCTION daybook.write_%1$s(p_id uuid, p_operation text, p_values jsonb) RETURNS integer
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
      DECLARE
        v_version integer;
      BEGIN
        IF p_operation = 'create' THEN
          INSERT INTO daybook.%2$I (id, %3$s) SELECT p_id, %4$s FROM jsonb_populate_record(NULL::daybook.%2$I, p_values) r RETURNING version INTO v_version;
        ELSIF p_operation = 'delete' THEN
          UPDATE daybook.%2$I SET deleted_at = clock_timestamp() WHERE id = p_id RETURNING version INTO v_version;
        ELSE
          UPDATE daybook.%2$I t SET (%3$s) = (SELECT %4$s FROM jsonb_populate_record(t, p_values) r), deleted_at = NULL WHERE t.id = p_id RETURNING version INTO v_version;
        END IF;
        RETURN v_version;
      END $body$;
      REVOKE ALL ON FUNCTION daybook.lock_%1$s(uuid), daybook.write_%1$s(uuid, text, jsonb) FROM PUBLIC$text$, t.entity, t.name, t.columns, t.read);
  END LOOP;
END $make$;
REVOKE ALL ON FUNCTION daybook.make_record_functions() FROM PUBLIC;
SELECT daybook.make_record_functions();

CREATE OR REPLACE FUNCTION daybook.standing_record(p_entity text, p_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_row jsonb := CASE p_entity WHEN 'partner' THEN daybook.lock_partner(p_id) WHEN 'contract' THEN daybook.lock_contract(p_id) ELSE daybook.lock_amendment(p_id) END;
BEGIN
  IF v_row IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN jsonb_build_object('version', v_row -> 'version', 'isDeleted', v_row -> 'deleted_at' <> 'null', 'values', daybook.values_of(p_entity, v_row));
END $$;

CREATE OR REPLACE FUNCTION daybook.store_record(p_entity text, p_id uuid, p_operation text, p_values jsonb, p_change uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_version integer;
BEGIN
  PERFORM set_config('daybook.change_id', p_change::text, true);
  v_version := CASE p_entity WHEN 'partner' THEN daybook.write_partner(p_id, p_operation, p_values) WHEN 'contract' THEN daybook.write_contract(p_id, p_operation, p_values) ELSE daybook.write_amendment(p_id, p_operation, p_values) END;
  PERFORM set_config('daybook.change_id', '', true);
  RETURN v_version;
END $$;

-- ── One change held against what stands ──────────────────────────────────────────────────────────────────────────────────────────────
-- As in 0010, planned once.
CREATE OR REPLACE FUNCTION daybook.bears_price(p_entity text, p_operation text, p_changed jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_operation IN ('create', 'delete') THEN
    RETURN p_entity <> 'partner';
  END IF;
  RETURN EXISTS (SELECT FROM daybook.merged_fields f WHERE f.entity = p_entity AND f.is_price_bearing AND p_changed ? f.column_name);
END $$;

CREATE OR REPLACE FUNCTION daybook.is_touched_by_others(p_change daybook.change_sets) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM daybook.entity_versions v WHERE v.entity = p_change.entity AND v.entity_id = p_change.effective_id AND v.version > p_change.effective_base
    AND NOT EXISTS (SELECT FROM daybook.change_sets o WHERE o.id = v.change_id AND o.author = p_change.author AND o.desk = p_change.desk));
END $$;

-- As in 0010; the rules between records are asked only where a field they speak of changes (an amendment’s always: its contract may be gone).
CREATE OR REPLACE FUNCTION daybook.problem_of_record(p_entity text, p_id uuid, p_operation text, p_values jsonb, p_changed jsonb) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_code text;
BEGIN
  IF p_operation = 'delete' THEN
    RETURN CASE WHEN p_entity = 'partner' AND EXISTS (SELECT FROM daybook.api_partner_contracts WHERE partner_id = p_id AND deleted_at IS NULL) THEN 'partner-has-contracts' END;
  END IF;
  IF p_changed IS NULL THEN
    SELECT daybook.problem_of_value(f.column_name, f.kind, f.is_optional, coalesce(p_values -> f.column_name, 'null')) INTO v_code
    FROM daybook.merged_fields f WHERE f.entity = p_entity AND daybook.problem_of_value(f.column_name, f.kind, f.is_optional, coalesce(p_values -> f.column_name, 'null')) IS NOT NULL
    ORDER BY f.column_name COLLATE "C" LIMIT 1;
    IF v_code IS NOT NULL THEN
      RETURN v_code;
    END IF;
  END IF;
  IF p_entity = 'partner' THEN
    RETURN NULL;
  END IF;
  IF (p_changed IS NULL OR p_changed ?| ARRAY['pricing_model', 'per_deed_price', 'per_1000_price', 'tiers']) AND p_values ->> 'pricing_model' <> 'flat'
    AND coalesce(p_values -> 'tiers', 'null') = 'null' AND coalesce(p_values -> CASE p_values ->> 'pricing_model' WHEN 'per_request' THEN 'per_1000_price' ELSE 'per_deed_price' END, 'null') = 'null' THEN
    RETURN 'price-missing';
  END IF;
  IF p_entity = 'contract' AND p_changed IS NOT NULL AND NOT p_changed ?| ARRAY['effective_from', 'effective_to', 'api_key_prefix', 'further_prefixes'] THEN
    RETURN NULL;
  END IF;
  RETURN CASE p_entity WHEN 'contract' THEN daybook.problem_of_contract(p_id, p_values, p_changed) ELSE daybook.problem_of_amendment(p_id, p_values, p_changed) END;
END $$;

-- As in 0010: each value is looked at once.
CREATE OR REPLACE FUNCTION daybook.evaluate_change(p_id uuid, p_is_approved boolean) RETURNS daybook.change_sets
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  c daybook.change_sets;
  v_standing jsonb;
  v_merged jsonb;
  v_values jsonb;
  v_code text;
  v_approval uuid;
  v_four_eyes boolean;
  v_is_touched boolean;
  v_version integer;
  v_field record;
  v_is_fixed boolean := false;
BEGIN
  SELECT * INTO STRICT c FROM daybook.change_sets WHERE id = p_id FOR UPDATE;
  FOR v_field IN SELECT x.key, x.value -> 'to' AS wanted, f.kind, f.is_optional, f.is_fixed FROM jsonb_each(c.effective_fields) AS x LEFT JOIN daybook.merged_fields f ON f.entity = c.entity AND f.column_name = x.key ORDER BY x.key COLLATE "C" LOOP
    v_code := daybook.problem_of_value(CASE WHEN v_field.kind IS NULL THEN NULL ELSE v_field.key END, v_field.kind, v_field.is_optional, v_field.wanted);
    EXIT WHEN v_code IS NOT NULL;
    v_is_fixed := v_is_fixed OR coalesce(v_field.is_fixed, false);
  END LOOP;
  IF v_code IS NULL AND c.effective_operation = 'update' AND v_is_fixed THEN
    v_code := 'field-fixed';
  END IF;
  IF v_code IS NOT NULL THEN
    PERFORM daybook.refuse_stored(p_id, v_code);
    RETURN (SELECT r FROM daybook.change_sets r WHERE r.id = p_id);
  END IF;

  v_standing := daybook.standing_record(c.entity, c.effective_id);
  v_is_touched := daybook.is_touched_by_others(c);
  v_merged := daybook.merge_change(c.effective_operation, c.effective_fields, c.restores, v_standing, v_is_touched);
  CASE v_merged ->> 'outcome'
    WHEN 'refused' THEN
      PERFORM daybook.refuse_stored(p_id, v_merged ->> 'code');
    WHEN 'conflict' THEN
      PERFORM daybook.open_conflict(c, c.effective_id, (v_standing ->> 'version')::integer, v_merged -> 'clashes');
    WHEN 'nothing' THEN
      UPDATE daybook.change_sets SET state = 'merged', result_version = (v_standing ->> 'version')::integer, conflict_id = NULL, refusal_code = NULL, refusal_message = NULL, changed_at = clock_timestamp() WHERE id = p_id;
    ELSE
      IF c.effective_operation = 'create' AND c.entity = 'amendment' AND daybook.meets_other_amendment(c) THEN
        RETURN (SELECT r FROM daybook.change_sets r WHERE r.id = p_id);
      END IF;
      v_values := coalesce(v_standing -> 'values', daybook.default_values(c.entity)) || (v_merged -> 'values');
      v_code := daybook.problem_of_record(c.entity, c.effective_id, v_merged ->> 'operation', v_values, CASE WHEN v_merged ->> 'operation' = 'update' AND NOT c.restores THEN v_merged -> 'values' END);
      IF v_code IS NOT NULL THEN
        PERFORM daybook.refuse_stored(p_id, v_code);
        RETURN (SELECT r FROM daybook.change_sets r WHERE r.id = p_id);
      END IF;
      v_four_eyes := (SELECT price_changes_need_approval FROM daybook.ledger) AND (c.restores OR daybook.bears_price(c.entity, v_merged ->> 'operation', v_merged -> 'values'));
      IF v_four_eyes AND NOT p_is_approved THEN
        INSERT INTO daybook.change_approvals (change_id, entity, entity_id, requested_by, chosen_by) VALUES (p_id, c.entity, c.effective_id, c.author, c.resolved_by) RETURNING id INTO v_approval;
        UPDATE daybook.change_sets SET state = 'awaiting-approval', approval_id = v_approval, conflict_id = NULL, refusal_code = NULL, refusal_message = NULL, changed_at = clock_timestamp() WHERE id = p_id;
        RETURN (SELECT r FROM daybook.change_sets r WHERE r.id = p_id);
      END IF;
      BEGIN
        v_version := daybook.store_record(c.entity, c.effective_id, v_merged ->> 'operation', CASE v_merged ->> 'operation' WHEN 'create' THEN v_values ELSE v_merged -> 'values' END, p_id);
      EXCEPTION WHEN integrity_constraint_violation OR data_exception THEN
        -- A rule of the tables that none of those above stands for: said as a refusal, never as the constraint's own words.
        PERFORM daybook.refuse_stored(p_id, 'value-invalid');
        RETURN (SELECT r FROM daybook.change_sets r WHERE r.id = p_id);
      END;
      UPDATE daybook.change_sets SET result_version = v_version, state = CASE WHEN v_is_touched OR c.effective_id <> c.entity_id OR c.resolved_by IS NOT NULL THEN 'merged' ELSE 'applied' END,
        four_eyes = CASE WHEN v_four_eyes THEN 'on' ELSE 'off' END, conflict_id = NULL, refusal_code = NULL, refusal_message = NULL, changed_at = clock_timestamp() WHERE id = p_id RETURNING * INTO c;
      RETURN c;
  END CASE;
  RETURN (SELECT r FROM daybook.change_sets r WHERE r.id = p_id);
END $$;

-- ── The door for many ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- `submit_change` of 0010 under the caller's lock.
DO $$
DECLARE
  v_text text := pg_get_functiondef('daybook.submit_change(jsonb)'::regprocedure);
BEGIN
  EXECUTE replace(replace(v_text, 'daybook.submit_change(p_change jsonb)', 'daybook.take_change(p_change jsonb)'), E'  PERFORM daybook.lock_changes(''daybook_admin'');\n', '');
END $$;
REVOKE ALL ON FUNCTION daybook.take_change(jsonb) FROM PUBLIC;

CREATE OR REPLACE FUNCTION daybook.submit_change(p_change jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.lock_changes('daybook_admin');
  RETURN daybook.take_change(p_change);
END $$;

-- p_changes: changes as `submit_change` takes them, in the order in which they were made. One that does not settle holds back later ones of its record, and what belongs to a record
-- that is not there yet: null is answered for them, and nothing is kept of them. One that is no change at all refuses the whole call: then they are sent one by one.
CREATE FUNCTION daybook.submit_changes(p_changes jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_change jsonb;
  v_answer jsonb;
  v_answers jsonb[] := '{}';
  v_held text[] := '{}';
BEGIN
  PERFORM daybook.lock_changes('daybook_admin');
  IF jsonb_typeof(p_changes) IS DISTINCT FROM 'array' OR jsonb_array_length(p_changes) > 500 THEN
    PERFORM daybook.refuse('change-invalid', 'Changes come as a list of at most 500.');
  END IF;
  FOR v_change IN SELECT x FROM jsonb_array_elements(p_changes) WITH ORDINALITY AS e (x, n) ORDER BY n LOOP
    IF v_held && ARRAY[v_change ->> 'entityId', v_change #>> '{fields,contract_id,to}', v_change #>> '{fields,partner_id,to}'] THEN
      v_answer := 'null';
    ELSE
      v_answer := daybook.take_change(v_change);
    END IF;
    IF v_answer = 'null' OR v_answer ->> 'state' IN ('awaiting-approval', 'conflict', 'refused') THEN
      v_held := v_held || (v_change ->> 'entityId');
    END IF;
    v_answers := v_answers || v_answer;
  END LOOP;
  RETURN to_jsonb(v_answers);
END $$;
REVOKE ALL ON FUNCTION daybook.submit_changes(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.submit_changes(jsonb) TO daybook_admin;
