-- Why: a desk that comes back with ten thousand edits is through in seconds (docs/performance.md). (1) A server whose statistics still said that these tables were empty read them from end to end
-- for each edit: every row that an edit asks for has a key, and is asked for by it. (2) What an edit writes is written for a whole call at once, wherever it is taken as it stands: an edit of fields
-- that only speak of their own record, with nothing against it. Everything else goes one by one as before. The rules stay where they were (0010, 0016): both roads call the same functions.

-- ── Records ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- As in 0016, and more of it with fixed statements. `lock_…` answers { version, isDeleted, values } of the locked row: the values are those kept with its version, which were brought into their one form
-- then; a row that was written anew under a known version, or kept before a field was added, is looked at itself. `lock_…s` does so for many, with `version_of_others`; `write_…s` writes what changes of several records, each at the version it has reached.
DROP FUNCTION daybook.lock_partner(uuid), daybook.lock_contract(uuid), daybook.lock_amendment(uuid);
CREATE OR REPLACE FUNCTION daybook.make_record_functions() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $make$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT f.entity, daybook.table_of(f.entity) AS name, string_agg(quote_ident(f.column_name), ', ' ORDER BY f.column_name) AS columns, string_agg('r.' || quote_ident(f.column_name), ', ' ORDER BY f.column_name) AS read,
      string_agg('OLD.' || quote_ident(f.column_name), ', ' ORDER BY f.column_name) AS before, string_agg('NEW.' || quote_ident(f.column_name), ', ' ORDER BY f.column_name) AS after, array_agg(f.column_name ORDER BY f.column_name)::text AS names
    FROM daybook.merged_fields f GROUP BY f.entity LOOP
    EXECUTE format($text$
      CREATE OR REPLACE FUNCTION daybook.lock_%1$s(p_id uuid) RETURNS jsonb
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
      BEGIN
        RETURN (SELECT %8$s FROM daybook.%2$I t LEFT JOIN daybook.entity_versions v ON v.entity = %1$L AND v.entity_id = t.id AND v.version = t.version WHERE t.id = p_id FOR UPDATE OF t);
      END $body$;
      CREATE OR REPLACE FUNCTION daybook.lock_%1$ss(p_entities text[], p_ids uuid[], p_bases integer[], p_author text, p_desk text) RETURNS TABLE (record integer, standing jsonb, others integer)
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
      BEGIN
        RETURN QUERY SELECT w.record::integer, %8$s, CASE WHEN t.version > w.base THEN daybook.version_of_others(%1$L, t.id, w.base, p_author, p_desk) END
          FROM unnest(p_entities, p_ids, p_bases) WITH ORDINALITY AS w (entity, id, base, record) JOIN daybook.%2$I t ON t.id = w.id LEFT JOIN daybook.entity_versions v ON v.entity = %1$L AND v.entity_id = t.id AND v.version = t.version
          WHERE w.entity = %1$L ORDER BY t.id FOR UPDATE OF t;
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
      CREATE OR REPLACE FUNCTION daybook.write_%1$ss(p_ids uuid[], p_values jsonb[], p_versions integer[], p_at timestamptz) RETURNS void
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
      BEGIN
        UPDATE daybook.%2$I t SET (%3$s) = (SELECT %4$s FROM jsonb_populate_record(t, w.changed) r), version = w.reached, updated_at = p_at FROM unnest(p_ids, p_values, p_versions) AS w (id, changed, reached) WHERE t.id = w.id;
      END $body$;
      CREATE OR REPLACE FUNCTION daybook.count_%1$s_version() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
      BEGIN
        IF (NEW.deleted_at IS NULL, %7$s) IS DISTINCT FROM (OLD.deleted_at IS NULL, %6$s) THEN
          NEW.version := greatest(NEW.version, OLD.version + 1);
          NEW.updated_at := CASE WHEN NEW.updated_at = OLD.updated_at THEN clock_timestamp() ELSE NEW.updated_at END;
        ELSE
          NEW.version := greatest(NEW.version, OLD.version);
        END IF;
        RETURN NEW;
      END $body$;
      CREATE OR REPLACE TRIGGER version_counted BEFORE UPDATE ON daybook.%2$I FOR EACH ROW EXECUTE FUNCTION daybook.count_%1$s_version();
      REVOKE ALL ON FUNCTION daybook.lock_%1$s(uuid), daybook.lock_%1$ss(text[], uuid[], integer[], text, text), daybook.write_%1$s(uuid, text, jsonb), daybook.write_%1$ss(uuid[], jsonb[], integer[], timestamptz), daybook.count_%1$s_version() FROM PUBLIC$text$,
      t.entity, t.name, t.columns, t.read, t.names, t.before, t.after,
      format($text$jsonb_build_object('version', t.version, 'isDeleted', t.deleted_at IS NOT NULL, 'values',
            CASE WHEN v.recorded_at >= t.updated_at AND v.body ?& %2$L::text[] THEN v.body - '{version,is_deleted}'::text[] ELSE daybook.values_of(%1$L, to_jsonb(t)) END)$text$, t.entity, t.names));
  END LOOP;
END $make$;
SELECT daybook.make_record_functions();
DROP FUNCTION daybook.count_version();

CREATE OR REPLACE FUNCTION daybook.standing_record(p_entity text, p_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN CASE p_entity WHEN 'partner' THEN daybook.lock_partner(p_id) WHEN 'contract' THEN daybook.lock_contract(p_id) ELSE daybook.lock_amendment(p_id) END;
END $$;

-- As in 0009; a version that was kept before its row was written stays as it is.
CREATE OR REPLACE FUNCTION daybook.keep_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_change uuid := nullif(current_setting('daybook.change_id', true), '')::uuid;
  v_author text;
  v_reason text;
BEGIN
  IF (TG_OP = 'UPDATE' AND NEW.version = OLD.version) OR EXISTS (SELECT FROM daybook.entity_versions v WHERE v.entity = TG_ARGV[0] AND v.entity_id = NEW.id AND v.version = NEW.version) THEN
    RETURN NULL;
  END IF;
  SELECT author, reason INTO v_author, v_reason FROM daybook.change_sets WHERE id = v_change;
  INSERT INTO daybook.entity_versions (entity, entity_id, version, change_id, author, reason, body, recorded_at)
  VALUES (TG_ARGV[0], NEW.id, NEW.version, v_change, coalesce(v_author, session_user), v_reason, daybook.values_of(TG_ARGV[0], to_jsonb(NEW)) || jsonb_build_object('version', NEW.version, 'is_deleted', NEW.deleted_at IS NOT NULL), clock_timestamp())
  ON CONFLICT (entity, entity_id, version) DO NOTHING;
  RETURN NULL;
END $$;

-- The newest version above p_base that is not of this author at this desk; null: there is none. Newest first, each change by its key.
CREATE FUNCTION daybook.version_of_others(p_entity text, p_id uuid, p_base integer, p_author text, p_desk text) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT v.version FROM daybook.entity_versions v WHERE v.entity = p_entity AND v.entity_id = p_id AND v.version > p_base
    AND coalesce((SELECT (o.author, o.desk) <> (p_author, p_desk) FROM daybook.change_sets o WHERE o.id = v.change_id), true) ORDER BY v.version DESC LIMIT 1);
END $$;
CREATE OR REPLACE FUNCTION daybook.is_touched_by_others(p_change daybook.change_sets) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN daybook.version_of_others(p_change.entity, p_change.effective_id, p_change.effective_base, p_change.author, p_change.desk) IS NOT NULL;
END $$;

-- ── The audit chain ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- As in 0002.
CREATE FUNCTION daybook.hash_of_audit(p_previous text, p_entity text, p_entity_id text, p_action text, p_diff jsonb, p_request_id uuid, p_at timestamptz) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT encode(sha256(convert_to(jsonb_build_array(p_previous, p_entity, p_entity_id, p_action, p_diff, session_user, p_request_id, extract(epoch FROM p_at)::text)::text, 'UTF8')), 'hex')
$$;

-- Rows of the chain in their order, one action on records of any kind; as so many calls of `append_audit`.
CREATE FUNCTION daybook.append_audits(p_entities text[], p_entity_ids uuid[], p_action text, p_diffs jsonb[], p_request_ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_at timestamptz := clock_timestamp();
  v_hashes text[];
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('daybook.audit_log', 0));
  v_hashes := ARRAY[coalesce((SELECT hash FROM daybook.audit_log ORDER BY id DESC LIMIT 1), repeat('0', 64))];
  FOR n IN 1 .. cardinality(p_entities) LOOP
    v_hashes[n + 1] := daybook.hash_of_audit(v_hashes[n], p_entities[n], p_entity_ids[n]::text, p_action, p_diffs[n], p_request_ids[n], v_at);
  END LOOP;
  INSERT INTO daybook.audit_log (entity, entity_id, action, diff, actor, request_id, recorded_at, previous_hash, hash)
  SELECT e.entity, e.entity_id::text, p_action, e.diff, session_user, e.request_id, v_at, v_hashes[e.n], v_hashes[e.n + 1]
  FROM unnest(p_entities, p_entity_ids, p_diffs, p_request_ids) WITH ORDINALITY AS e (entity, entity_id, diff, request_id, n) ORDER BY e.n;
END $$;

-- ── Many at once ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- A change that was taken and is not written yet.
CREATE TYPE daybook.taken_change AS (
  place integer,        -- among those of the call
  id uuid, entity text, entity_id uuid, base_version integer, fields jsonb, reason text, desk text, created_at timestamptz,
  state text, approval_id uuid,
  version integer,      -- the version that comes of it; null where a second person is waited for
  values_then jsonb,    -- the record at that version
  changed jsonb         -- what differs in it
);

-- Writes them as settled, with versions, records, requests for a second person and rows of the chain. Answers by their place in the call.
CREATE FUNCTION daybook.write_taken(p_taken daybook.taken_change[]) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_at timestamptz := clock_timestamp();
  v_answers jsonb;
  t record;
BEGIN
  WITH stored AS (
    INSERT INTO daybook.change_sets (id, entity, entity_id, operation, base_version, fields, reason, author, desk, created_at, state, result_version, approval_id, four_eyes, effective_operation, effective_id, effective_fields, effective_base)
    SELECT id, entity, entity_id, 'update', base_version, fields, reason, session_user, desk, created_at, state, version, approval_id, CASE WHEN version IS NOT NULL THEN 'off' END, 'update', entity_id, fields, base_version FROM unnest(p_taken)
    RETURNING id, daybook.answer_of(change_sets) AS answer)
  SELECT jsonb_object_agg(w.place, s.answer) INTO v_answers FROM unnest(p_taken) AS w JOIN stored s ON s.id = w.id;
  INSERT INTO daybook.change_approvals (id, change_id, entity, entity_id, requested_by) SELECT approval_id, id, entity, entity_id, session_user FROM unnest(p_taken) WHERE approval_id IS NOT NULL;
  INSERT INTO daybook.entity_versions (entity, entity_id, version, change_id, author, reason, body, recorded_at)
  SELECT entity, entity_id, version, id, session_user, reason, values_then || jsonb_build_object('version', version, 'is_deleted', false), v_at FROM unnest(p_taken) WHERE version IS NOT NULL;
  FOR t IN
    SELECT r.entity, array_agg(r.entity_id) AS ids, array_agg(r.changed) AS changed, array_agg(r.version) AS versions
    FROM (SELECT entity, entity_id, max(version) AS version, jsonb_object_agg(x.key, x.value ORDER BY version) AS changed FROM unnest(p_taken), jsonb_each(changed) AS x WHERE version IS NOT NULL GROUP BY entity, entity_id) AS r GROUP BY r.entity
  LOOP
    IF t.entity = 'partner' THEN
      PERFORM daybook.write_partners(t.ids, t.changed, t.versions, v_at);
    ELSE
      PERFORM daybook.write_contracts(t.ids, t.changed, t.versions, v_at);
    END IF;
  END LOOP;
  PERFORM daybook.append_audits(array_agg(entity ORDER BY place), array_agg(entity_id ORDER BY place), 'submit-change', array_agg(jsonb_build_object('operation', 'update', 'fields', fields, 'reason', reason, 'state', state, 'version', version,
    'code', NULL, 'four_eyes', CASE WHEN version IS NOT NULL THEN 'off' END) ORDER BY place), array_agg(id ORDER BY place)) FROM unnest(p_taken);
  RETURN v_answers;
END $$;

-- What `submit_changes` does under its lock. p_is_bulk: what can be taken as it stands is written together; else each by itself.
CREATE FUNCTION daybook.take_changes(p_changes jsonb, p_is_bulk boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_uuid CONSTANT text := '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
  v_needs_approval boolean := (SELECT price_changes_need_approval FROM daybook.ledger);
  v_latest timestamptz := daybook.present() + interval '1 day';
  v_desk text := p_changes -> 0 ->> 'desk';
  v_answers jsonb := '{}';               -- by place in the call
  v_answer jsonb;
  v_held text[] := '{}';
  v_taken daybook.taken_change[] := '{}';
  -- The records of the call by number, with the lowest version that an edit of it is based on; what stands of them, with what was taken; the newest version above the base that others made.
  v_entities text[];
  v_ids uuid[];
  v_bases integer[];
  v_values jsonb[] := '{}';
  v_versions integer[] := '{}';
  v_others integer[] := '{}';
  v_merged jsonb;
  v_wanted jsonb;
  v_does_wait boolean;
  x record;
  s record;
BEGIN
  SELECT array_agg(r.entity ORDER BY r.id), array_agg(r.id ORDER BY r.id), array_agg(r.base ORDER BY r.id) INTO v_entities, v_ids, v_bases
  FROM (SELECT e.c ->> 'entity' AS entity, (e.c ->> 'entityId')::uuid AS id, min((e.c ->> 'baseVersion')::integer) AS base FROM jsonb_array_elements(p_changes) AS e (c)
    WHERE p_is_bulk AND e.c ->> 'entity' IN ('partner', 'contract') AND e.c ->> 'operation' = 'update' AND e.c ->> 'entityId' ~ v_uuid AND e.c ->> 'baseVersion' ~ '^[0-9]{1,9}$' GROUP BY 1, 2) AS r;
  FOR s IN SELECT * FROM daybook.lock_partners(v_entities, v_ids, v_bases, session_user::text, v_desk) UNION ALL SELECT * FROM daybook.lock_contracts(v_entities, v_ids, v_bases, session_user::text, v_desk) LOOP
    v_versions[s.record] := s.standing -> 'version';
    v_values[s.record] := CASE s.standing -> 'isDeleted' WHEN 'false' THEN s.standing -> 'values' END;
    v_others[s.record] := s.others;
  END LOOP;
  FOR x IN
    SELECT e.n::integer AS place, e.c AS change, e.c ->> 'entity' AS entity, e.c ->> 'entityId' AS entity_id, f.fields, r.record::integer AS record,
      CASE WHEN e.c ->> 'baseVersion' ~ '^[0-9]{1,9}$' THEN (e.c ->> 'baseVersion')::integer END AS base, CASE WHEN e.c ->> 'createdAt' ~ '^[0-9]{1,14}$' THEN to_timestamp((e.c ->> 'createdAt')::bigint / 1000.0) END AS created, daybook.trimmed(e.c ->> 'reason') AS reason,
      -- Can be read, is new, and names fields alone that speak of their own record, each with a value that may stand in it.
      f.is_plain AND e.c ->> 'operation' = 'update' AND e.c ->> 'desk' = v_desk AND length(v_desk) BETWEEN 1 AND 200
        AND CASE WHEN e.c ->> 'id' ~ v_uuid THEN NOT EXISTS (SELECT FROM daybook.change_sets k WHERE k.id = (e.c ->> 'id')::uuid) END AND row_number() OVER (PARTITION BY e.c ->> 'id' ORDER BY e.n) = 1 AS is_plain
    FROM jsonb_array_elements(p_changes) WITH ORDINALITY AS e (c, n)
    LEFT JOIN unnest(v_entities, v_ids) WITH ORDINALITY AS r (entity, id, record) ON r.entity = e.c ->> 'entity' AND r.id::text = e.c ->> 'entityId'
    LEFT JOIN LATERAL (
      SELECT jsonb_object_agg(k.key, jsonb_build_object('from', daybook.canonical_value(m.kind, m.is_optional, k.value -> 'from'), 'to', w.wanted)) AS fields,
        bool_and(jsonb_typeof(k.value) = 'object' AND k.value ?& ARRAY['from', 'to'] AND NOT m.is_fixed AND k.key NOT IN ('effective_from', 'effective_to', 'api_key_prefix', 'further_prefixes')
          AND daybook.problem_of_value(k.key, m.kind, m.is_optional, w.wanted) IS NULL) AS is_plain
      FROM jsonb_each(CASE jsonb_typeof(e.c -> 'fields') WHEN 'object' THEN e.c -> 'fields' ELSE '{}' END) AS k (key, value)
        LEFT JOIN daybook.merged_fields m ON m.entity = e.c ->> 'entity' AND m.column_name = k.key, LATERAL (SELECT daybook.canonical_value(m.kind, m.is_optional, k.value -> 'to') AS wanted) AS w
    ) AS f ON r.record IS NOT NULL
    ORDER BY e.n
  LOOP
    IF v_held && ARRAY[x.entity_id, x.change #>> '{fields,contract_id,to}', x.change #>> '{fields,partner_id,to}'] THEN
      v_answers := v_answers || jsonb_build_object(x.place, NULL);
      v_held := v_held || x.entity_id;
      CONTINUE;
    END IF;
    <<plain>>
    BEGIN
      EXIT plain WHEN (x.is_plain AND x.base IS NOT NULL AND x.created <= v_latest AND length(x.reason) BETWEEN 3 AND 500) IS NOT TRUE;
      IF v_values[x.record] IS NULL THEN
        FOR s IN SELECT * FROM daybook.lock_partners(ARRAY[x.entity], ARRAY[v_ids[x.record]], ARRAY[v_bases[x.record]], session_user::text, v_desk) UNION ALL SELECT * FROM daybook.lock_contracts(ARRAY[x.entity], ARRAY[v_ids[x.record]], ARRAY[v_bases[x.record]], session_user::text, v_desk) LOOP
          v_versions[x.record] := s.standing -> 'version';
          v_values[x.record] := CASE s.standing -> 'isDeleted' WHEN 'false' THEN s.standing -> 'values' END;
          v_others[x.record] := s.others;
        END LOOP;
        EXIT plain WHEN v_values[x.record] IS NULL;
      END IF;
      v_merged := daybook.merge_change('update', x.fields, false, jsonb_build_object('version', v_versions[x.record], 'isDeleted', false, 'values', v_values[x.record]), false);
      EXIT plain WHEN v_merged ->> 'outcome' <> 'store';
      v_wanted := v_values[x.record] || (v_merged -> 'values');
      EXIT plain WHEN daybook.problem_of_record(x.entity, v_ids[x.record], 'update', v_wanted, v_merged -> 'values') IS NOT NULL;
      v_does_wait := v_needs_approval AND daybook.bears_price(x.entity, 'update', v_merged -> 'values');
      IF v_does_wait THEN
        v_held := v_held || x.entity_id;
      ELSE
        v_versions[x.record] := v_versions[x.record] + 1;
        v_values[x.record] := v_wanted;
      END IF;
      v_taken := v_taken || ROW(x.place, x.change ->> 'id', x.entity, v_ids[x.record], x.base, x.fields, x.reason, v_desk, x.created, CASE WHEN v_does_wait THEN 'awaiting-approval' WHEN v_others[x.record] > x.base THEN 'merged' ELSE 'applied' END,
        CASE WHEN v_does_wait THEN gen_random_uuid() END, CASE WHEN NOT v_does_wait THEN v_versions[x.record] END, v_wanted, v_merged -> 'values')::daybook.taken_change;
      CONTINUE;
    END;
    -- By itself, after those before it; what it may have changed is read anew (an amendment counts its contract's versions too).
    IF v_taken <> '{}' THEN
      v_answers := v_answers || daybook.write_taken(v_taken);
      v_taken := '{}';
    END IF;
    IF x.record IS NULL THEN
      v_values := '{}';
    ELSE
      v_values[x.record] := NULL;
    END IF;
    v_answer := daybook.take_change(x.change);
    IF v_answer ->> 'state' IN ('awaiting-approval', 'conflict', 'refused') THEN
      v_held := v_held || x.entity_id;
    END IF;
    v_answers := v_answers || jsonb_build_object(x.place, v_answer);
  END LOOP;
  IF v_taken <> '{}' THEN
    v_answers := v_answers || daybook.write_taken(v_taken);
  END IF;
  RETURN (SELECT coalesce(jsonb_agg(value ORDER BY key::integer), '[]') FROM jsonb_each(v_answers));
END $$;

-- As in 0016: changes as `submit_change` takes them, in the order in which they were made; null is answered for what another one holds back.
CREATE OR REPLACE FUNCTION daybook.submit_changes(p_changes jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.lock_changes('daybook_admin');
  IF jsonb_typeof(p_changes) IS DISTINCT FROM 'array' OR jsonb_array_length(p_changes) > 500 THEN
    PERFORM daybook.refuse('change-invalid', 'Changes come as a list of at most 500.');
  END IF;
  BEGIN
    RETURN daybook.take_changes(p_changes, true);
  EXCEPTION WHEN integrity_constraint_violation OR data_exception THEN
    -- A rule of the tables that nothing else stands for: taken one by one, under the same lock, the change is found that it is against.
    RETURN daybook.take_changes(p_changes, false);
  END;
END $$;

-- ── Rows by their keys ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Whatever the statistics say of the tables' size: a session keeps its plans, and the tables grow.
DO $$
DECLARE
  door text;
BEGIN
  FOR door IN SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'daybook'::regnamespace
    AND p.proname IN ('submit_change', 'submit_changes', 'resolve_conflict', 'decide_change', 'withdraw_change', 'append_audit', 'append_audits', 'lock_partners', 'lock_contracts', 'write_partners', 'write_contracts') LOOP
    EXECUTE format('ALTER FUNCTION %s SET enable_seqscan = off', door);
    EXECUTE format('ALTER FUNCTION %s SET jit = off', door);
    IF door ~ '(lock|write)_' THEN
      EXECUTE format('ALTER FUNCTION %s SET enable_hashjoin = off', door);
      EXECUTE format('ALTER FUNCTION %s SET enable_mergejoin = off', door);
    END IF;
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION daybook.version_of_others(text, uuid, integer, text, text), daybook.hash_of_audit(text, text, text, text, jsonb, uuid, timestamptz), daybook.append_audits(text[], uuid[], text, jsonb[], uuid[]),
  daybook.write_taken(daybook.taken_change[]), daybook.take_changes(jsonb, boolean) FROM PUBLIC;
