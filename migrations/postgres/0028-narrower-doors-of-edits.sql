-- Why: (1) an edit dated far ahead was taken, and stood before every later one in the order of edits. (2) An edit that was refused and is sent again wrote the same line into the audit log each
-- time. (3) Row-level security held for the owner of some tables only: now it holds for the owner of every table, by a policy of its own, as in 0009.

CREATE OR REPLACE FUNCTION daybook.take_change(p_change jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_id uuid;
  v_entity_id uuid;
  v_base integer;
  v_created timestamptz;
  v_fields jsonb;
  v_known daybook.change_sets;
  c daybook.change_sets;
BEGIN
  BEGIN
    v_id := (p_change ->> 'id')::uuid;
    v_entity_id := (p_change ->> 'entityId')::uuid;
    v_base := (p_change ->> 'baseVersion')::integer;
    v_created := to_timestamp((p_change ->> 'createdAt')::bigint / 1000.0);
  EXCEPTION WHEN data_exception THEN
    PERFORM daybook.refuse('change-invalid', 'The change’s id, its record, its version or its time cannot be read.');
  END;
  IF v_id IS NULL OR v_entity_id IS NULL OR v_base IS NULL OR v_base < 0 OR v_created IS NULL OR daybook.table_of(p_change ->> 'entity') IS NULL OR coalesce(p_change ->> 'operation', '') NOT IN ('create', 'update', 'delete')
    OR length(coalesce(p_change ->> 'desk', '')) NOT BETWEEN 1 AND 200 THEN
    PERFORM daybook.refuse('change-invalid', 'The change lacks its id, its record, what is done or the version it is based on.');
  END IF;
  IF length(daybook.trimmed(coalesce(p_change ->> 'reason', ''))) NOT BETWEEN 3 AND 500 THEN
    PERFORM daybook.refuse('change-reason-missing', 'A change needs a reason of a few words, 500 signs at most.');
  END IF;
  v_fields := daybook.fields_of(p_change ->> 'entity', CASE p_change ->> 'operation' WHEN 'delete' THEN '{}' ELSE p_change -> 'fields' END);

  SELECT * INTO v_known FROM daybook.change_sets WHERE id = v_id FOR UPDATE;
  IF FOUND THEN
    IF (v_known.entity, v_known.entity_id, v_known.operation, v_known.base_version, v_known.fields, v_known.reason, v_known.author, v_known.desk)
      IS DISTINCT FROM (p_change ->> 'entity', v_entity_id, p_change ->> 'operation', v_base, v_fields, daybook.trimmed(p_change ->> 'reason'), session_user::text, p_change ->> 'desk') THEN
      PERFORM daybook.refuse('change-reused', 'Another change has this id already.');
    END IF;
    IF v_known.state <> 'refused' THEN
      RETURN daybook.answer_of(v_known);
    END IF;
  ELSE
    -- Clocks are apart by an hour, or by a day where a time zone is wrong; what is said to be made later than that would stand before every later edit for ever.
    IF v_created > daybook.present() + interval '1 day' THEN
      PERFORM daybook.refuse('change-in-the-future', 'The edit is dated more than a day ahead of the shared database’s clock.');
    END IF;
    INSERT INTO daybook.change_sets (id, entity, entity_id, operation, base_version, fields, reason, author, desk, created_at, state, effective_operation, effective_id, effective_fields, effective_base)
    VALUES (v_id, p_change ->> 'entity', v_entity_id, p_change ->> 'operation', v_base, v_fields, daybook.trimmed(p_change ->> 'reason'), session_user, p_change ->> 'desk', v_created, 'refused', p_change ->> 'operation', v_entity_id, v_fields, v_base);
  END IF;
  c := daybook.evaluate_change(v_id, false);
  -- Sent again and refused for the same reason: nothing happened that was not written down.
  IF v_known.id IS NOT NULL AND c.state = 'refused' AND c.refusal_code IS NOT DISTINCT FROM v_known.refusal_code THEN
    RETURN daybook.answer_of(c);
  END IF;
  PERFORM daybook.append_audit(c.entity, c.entity_id::text, 'submit-change', jsonb_build_object('operation', c.operation, 'fields', c.fields, 'reason', c.reason, 'state', c.state, 'version', c.result_version, 'code', c.refusal_code, 'four_eyes', c.four_eyes), v_id);
  RETURN daybook.answer_of(c);
END $$;

DO $$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT c.relname AS name, pg_get_userbyid(c.relowner) AS owner FROM pg_class c WHERE c.relnamespace = 'daybook'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relforcerowsecurity LOOP
    EXECUTE format('ALTER TABLE daybook.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t.name);
    EXECUTE format('CREATE POLICY written_by_owner ON daybook.%I TO %I USING (true) WITH CHECK (true)', t.name, t.owner);
  END LOOP;
END $$;
