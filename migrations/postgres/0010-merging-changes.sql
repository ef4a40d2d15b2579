-- Why: the doors through which partners, contracts and amendments are edited. One change at a time is held against what stands: fields nobody else touched are
-- taken, a field that somebody else changed meanwhile is a conflict for a person, what bears a price waits for a second one (domain.md §5, docs/adr/0015).
--
-- The rules are those of src/main/contracts/change-merge.ts and change-evaluation.ts, which a desk without a shared database follows; a test runs both on the same
-- random cases. Refusals that a person may mend are kept with the change (`refused`, with a code): the same change sent again is looked at again. What is no change
-- at all is raised as in 0002.

-- ── What a value must be like ────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION daybook.problem_of_text(p_value jsonb, p_longest integer) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN jsonb_typeof(p_value) <> 'string' THEN 'text-invalid'
    WHEN length(p_value #>> '{}') > p_longest THEN 'text-too-long'
    WHEN p_value #>> '{}' ~ E'[\u0001-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]' OR (p_longest < 10000 AND p_value #>> '{}' ~ E'[\t\n\r]') THEN 'text-unprintable'
  END
$$;

CREATE FUNCTION daybook.problem_of_whole(p_value jsonb, p_most numeric) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF jsonb_typeof(p_value) <> 'number' OR (p_value)::numeric <> trunc((p_value)::numeric) THEN
    RETURN 'number-invalid';
  END IF;
  RETURN CASE WHEN (p_value)::numeric < 0 OR (p_value)::numeric > p_most THEN 'number-out-of-range' END;
END $$;

-- Eight decimals and nine digits before the point: what the columns keep.
CREATE FUNCTION daybook.problem_of_price(p_value jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_parts text[] := CASE WHEN jsonb_typeof(p_value) = 'string' THEN regexp_match(p_value #>> '{}', '^(-?)([0-9]+)(?:\.([0-9]+))?$') END;
BEGIN
  RETURN CASE
    WHEN v_parts IS NULL THEN 'price-invalid'
    WHEN v_parts[1] = '-' AND v_parts[2] || coalesce(v_parts[3], '') ~ '[1-9]' THEN 'price-negative'
    WHEN length(coalesce(v_parts[3], '')) > 8 THEN 'price-too-precise'
    WHEN length(v_parts[2]) > 9 THEN 'price-too-large'
  END;
END $$;

CREATE FUNCTION daybook.problem_of_day(p_value jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_parts text[] := CASE WHEN jsonb_typeof(p_value) = 'string' THEN regexp_match(p_value #>> '{}', '^([12][0-9]{3})-([0-9]{2})-([0-9]{2})$') END;
BEGIN
  IF v_parts IS NULL THEN
    RETURN 'date-invalid';
  END IF;
  PERFORM make_date(v_parts[1]::integer, v_parts[2]::integer, v_parts[3]::integer);
  RETURN NULL;
EXCEPTION WHEN datetime_field_overflow THEN
  RETURN 'date-invalid';
END $$;

CREATE FUNCTION daybook.problem_of_tiers(p_value jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_tier jsonb;
  v_below numeric := 0;
  v_place integer := 0;
  v_count integer;
  v_price text;
BEGIN
  IF jsonb_typeof(p_value) <> 'object' OR jsonb_typeof(p_value -> 'tiers') IS DISTINCT FROM 'array' OR coalesce(p_value ->> 'mode', '') NOT IN ('graduated', 'volume') THEN
    RETURN 'tiers-invalid';
  END IF;
  v_count := jsonb_array_length(p_value -> 'tiers');
  IF v_count NOT BETWEEN 1 AND 100 THEN
    RETURN 'tiers-invalid';
  END IF;
  FOR v_tier IN SELECT x FROM jsonb_array_elements(p_value -> 'tiers') WITH ORDINALITY AS e (x, n) ORDER BY n LOOP
    v_place := v_place + 1;
    IF jsonb_typeof(v_tier) <> 'object' THEN
      RETURN 'tiers-invalid';
    END IF;
    IF (v_place = v_count) <> (coalesce(v_tier -> 'upTo', 'null') = 'null') THEN
      RETURN 'tiers-not-open-ended';
    END IF;
    IF v_place < v_count THEN
      IF daybook.problem_of_whole(v_tier -> 'upTo', 9007199254740991) IS NOT NULL OR (v_tier -> 'upTo')::numeric <= v_below THEN
        RETURN 'tiers-not-rising';
      END IF;
      v_below := (v_tier -> 'upTo')::numeric;
    END IF;
    v_price := daybook.problem_of_price(coalesce(v_tier -> 'unitPrice', 'null'));
    IF v_price IS NOT NULL THEN
      RETURN v_price;
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- NULL when the value may stand in the field, else the code of the rule it breaks.
CREATE FUNCTION daybook.problem_of_value(p_column text, p_kind text, p_is_optional boolean, p_value jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_text text := p_value #>> '{}';
BEGIN
  IF p_kind IS NULL THEN
    RETURN 'field-unknown';
  END IF;
  IF p_value = 'null' OR v_text = '' THEN
    RETURN CASE WHEN NOT p_is_optional THEN 'field-required' END;
  END IF;
  CASE p_kind
    WHEN 'text' THEN RETURN daybook.problem_of_text(p_value, 200);
    WHEN 'long-text' THEN RETURN daybook.problem_of_text(p_value, 10000);
    WHEN 'email' THEN RETURN coalesce(daybook.problem_of_text(p_value, 254), CASE WHEN v_text !~ '^[^\s@]+@[^\s@]+\.[^\s@]{2,}$' THEN 'email-invalid' END);
    WHEN 'date' THEN RETURN daybook.problem_of_day(p_value);
    WHEN 'currency' THEN RETURN CASE WHEN jsonb_typeof(p_value) <> 'string' OR v_text !~ '^[a-z]{3}$' THEN 'currency-unknown' END;
    WHEN 'amount', 'count' THEN RETURN daybook.problem_of_whole(p_value, 1000000000000);
    WHEN 'days' THEN RETURN daybook.problem_of_whole(p_value, 365);
    WHEN 'basis-points' THEN RETURN daybook.problem_of_whole(p_value, 10000);
    WHEN 'price' THEN RETURN daybook.problem_of_price(p_value);
    WHEN 'tiers' THEN RETURN daybook.problem_of_tiers(p_value);
    WHEN 'choice' THEN
      IF p_column = 'pricing_model' THEN
        RETURN CASE WHEN jsonb_typeof(p_value) <> 'string' OR v_text NOT IN ('flat', 'per_deed', 'hybrid', 'per_request') THEN 'pricing-model-unknown' END;
      END IF;
      RETURN CASE WHEN jsonb_typeof(p_value) <> 'string' OR v_text NOT IN ('standard', 'reverse-charge', 'exempt', 'outside-scope') THEN 'choice-unknown' END;
    WHEN 'prefix' THEN RETURN CASE WHEN jsonb_typeof(p_value) <> 'string' OR v_text !~ '^[A-Za-z0-9_]{3,40}$' THEN 'prefix-invalid' END;
    WHEN 'prefixes' THEN
      IF jsonb_typeof(p_value) <> 'array' OR jsonb_array_length(p_value) > 50 THEN
        RETURN 'prefix-invalid';
      END IF;
      RETURN (SELECT 'prefix-invalid' FROM jsonb_array_elements(p_value) AS x WHERE jsonb_typeof(x) <> 'string' OR x #>> '{}' !~ '^[A-Za-z0-9_]{3,40}$' LIMIT 1);
    WHEN 'address' THEN
      IF jsonb_typeof(p_value) NOT IN ('object', 'array') THEN
        RETURN 'address-invalid';
      END IF;
      RETURN (SELECT 'address-invalid' FROM (SELECT coalesce(array_agg(x), '{}') AS lines FROM (
          SELECT x FROM jsonb_array_elements(CASE jsonb_typeof(p_value) WHEN 'array' THEN p_value ELSE '[]' END) AS x
          UNION ALL SELECT x FROM jsonb_each(CASE jsonb_typeof(p_value) WHEN 'object' THEN p_value ELSE '{}' END) AS e (k, x)) AS given) AS a
        WHERE cardinality(lines) > 20 OR EXISTS (SELECT FROM unnest(lines) AS x WHERE x <> 'null' AND daybook.problem_of_text(x, 200) IS NOT NULL));
    ELSE RETURN 'field-unknown';
  END CASE;
END $$;

-- ── Records ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION daybook.table_of(p_entity text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE p_entity WHEN 'partner' THEN 'partners' WHEN 'contract' THEN 'api_partner_contracts' WHEN 'amendment' THEN 'contract_amendments' END
$$;

-- What a new record has where nothing is said.
CREATE FUNCTION daybook.default_values(p_entity text) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE p_entity
    WHEN 'partner' THEN '{"legal_name": null, "billing_email": null, "billing_address": {}, "tax_number": null, "tax_treatment": "standard"}'::jsonb
    ELSE '{"flat_fee_minor": 0, "per_deed_price": null, "per_1000_price": null, "included_units": 0, "minimum_commitment_minor": 0, "tiers": null, "discount_basis_points": 0, "tax_rate_basis_points": 0, "withholding_rate_basis_points": 0,
      "payment_terms_days": 30, "purchase_order_number": null, "terms": null}'::jsonb || CASE p_entity WHEN 'contract' THEN '{"further_prefixes": [], "effective_to": null}'::jsonb ELSE '{}' END
  END
$$;

-- { version, isDeleted, values }, locked; NULL when there is none.
CREATE FUNCTION daybook.standing_record(p_entity text, p_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_row jsonb;
BEGIN
  EXECUTE format('SELECT to_jsonb(t) FROM daybook.%I t WHERE id = $1 FOR UPDATE', daybook.table_of(p_entity)) INTO v_row USING p_id;
  IF v_row IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN jsonb_build_object('version', v_row -> 'version', 'isDeleted', v_row -> 'deleted_at' <> 'null', 'values', daybook.values_of(p_entity, v_row));
END $$;

-- Writes a whole record (or its end) and answers its version. `version_counted` and `version_kept` of 0009 do the counting.
CREATE FUNCTION daybook.store_record(p_entity text, p_id uuid, p_operation text, p_values jsonb, p_change uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_table text := daybook.table_of(p_entity);
  v_columns text;
  v_read text;
  v_version integer;
BEGIN
  PERFORM set_config('daybook.change_id', p_change::text, true);
  SELECT string_agg(quote_ident(column_name), ', '), string_agg('r.' || quote_ident(column_name), ', ') INTO v_columns, v_read FROM daybook.merged_fields WHERE entity = p_entity;
  IF p_operation = 'create' THEN
    EXECUTE format('INSERT INTO daybook.%1$I (id, %2$s) SELECT $1, %3$s FROM jsonb_populate_record(NULL::daybook.%1$I, $2) r RETURNING version', v_table, v_columns, v_read) INTO v_version USING p_id, p_values;
  ELSIF p_operation = 'delete' THEN
    EXECUTE format('UPDATE daybook.%I SET deleted_at = clock_timestamp() WHERE id = $1 RETURNING version', v_table) INTO v_version USING p_id;
  ELSE
    EXECUTE format('UPDATE daybook.%1$I t SET (%2$s) = (SELECT %3$s FROM jsonb_populate_record(t, $2) r), deleted_at = NULL WHERE id = $1 RETURNING version', v_table, v_columns, v_read) INTO v_version USING p_id, p_values;
  END IF;
  PERFORM set_config('daybook.change_id', '', true);
  RETURN v_version;
END $$;

-- ── The merge ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- One change against what stands, by field. Pure: mergeChange() of change-merge.ts says the same.
--   { outcome: 'store', operation, values }   what to write: the columns that change
--   { outcome: 'nothing' }                    all of it stands already
--   { outcome: 'conflict', clashes }          [{ column, base, mine, theirs }] by name of the column
--   { outcome: 'refused', code }
CREATE FUNCTION daybook.merge_change(p_operation text, p_fields jsonb, p_restores boolean, p_standing jsonb, p_is_touched boolean) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_is_deleted boolean := coalesce((p_standing ->> 'isDeleted')::boolean, false);
  v_takes jsonb;
  v_clashes jsonb;
BEGIN
  IF p_operation = 'create' THEN
    IF p_standing IS NOT NULL THEN
      RETURN jsonb_build_object('outcome', 'refused', 'code', 'record-exists');
    END IF;
    RETURN jsonb_build_object('outcome', 'store', 'operation', 'create', 'values', (SELECT coalesce(jsonb_object_agg(key, value -> 'to'), '{}') FROM jsonb_each(p_fields)));
  END IF;
  IF p_standing IS NULL THEN
    RETURN jsonb_build_object('outcome', 'refused', 'code', 'record-unknown');
  END IF;
  IF p_operation = 'delete' THEN
    IF v_is_deleted THEN
      RETURN jsonb_build_object('outcome', 'nothing');
    END IF;
    IF p_is_touched THEN
      RETURN jsonb_build_object('outcome', 'conflict', 'clashes', jsonb_build_array(jsonb_build_object('column', 'deleted', 'base', false, 'mine', true, 'theirs', false)));
    END IF;
    RETURN jsonb_build_object('outcome', 'store', 'operation', 'delete', 'values', '{}'::jsonb);
  END IF;
  SELECT coalesce(jsonb_object_agg(f.key, f.value -> 'to') FILTER (WHERE s.now = f.value -> 'from'), '{}'),
         coalesce(jsonb_agg(jsonb_build_object('column', f.key, 'base', f.value -> 'from', 'mine', f.value -> 'to', 'theirs', s.now) ORDER BY f.key COLLATE "C") FILTER (WHERE s.now <> f.value -> 'from'), '[]')
    INTO v_takes, v_clashes
    FROM jsonb_each(p_fields) AS f, LATERAL (SELECT coalesce(p_standing -> 'values' -> f.key, 'null') AS now) AS s
    WHERE s.now <> f.value -> 'to';
  IF v_is_deleted AND NOT p_restores THEN
    v_clashes := jsonb_build_array(jsonb_build_object('column', 'deleted', 'base', false, 'mine', false, 'theirs', true)) || v_clashes;
  END IF;
  IF v_clashes <> '[]' THEN
    RETURN jsonb_build_object('outcome', 'conflict', 'clashes', v_clashes);
  END IF;
  IF v_takes = '{}' AND NOT v_is_deleted THEN
    RETURN jsonb_build_object('outcome', 'nothing');
  END IF;
  RETURN jsonb_build_object('outcome', 'store', 'operation', 'update', 'values', v_takes);
END $$;

-- ── Rules between fields and between records ─────────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION daybook.prefixes_of(p_values jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT array_agg(x) FROM (SELECT p_values ->> 'api_key_prefix' AS x UNION ALL SELECT jsonb_array_elements_text(p_values -> 'further_prefixes')) AS named
$$;

-- p_changed: the columns that change; NULL for a record that is new or comes back, of which every rule is asked. What stood before is not held against an edit of something else.
CREATE FUNCTION daybook.problem_of_contract(p_id uuid, p_values jsonb, p_changed jsonb) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_prefixes text[] := daybook.prefixes_of(p_values);
  v_from date := (p_values ->> 'effective_from')::date;
  v_to date := (p_values ->> 'effective_to')::date;
  v_is_moved boolean := p_changed IS NULL OR p_changed ?| ARRAY['effective_from', 'effective_to'];
  v_is_renamed boolean := p_changed IS NULL OR p_changed ?| ARRAY['api_key_prefix', 'further_prefixes'];
BEGIN
  IF v_is_moved AND v_to <= v_from THEN
    RETURN 'effective-range-invalid';
  END IF;
  IF v_is_renamed AND cardinality(v_prefixes) <> (SELECT count(DISTINCT x) FROM unnest(v_prefixes) AS x) THEN
    RETURN 'prefix-repeated';
  END IF;
  IF p_changed IS NULL AND NOT EXISTS (SELECT FROM daybook.partners WHERE id::text = p_values ->> 'partner_id' AND deleted_at IS NULL) THEN
    RETURN 'partner-unknown';
  END IF;
  -- A first prefix belongs to one contract for ever, deleted ones too: its invoice numbers are made of it.
  IF v_is_renamed AND EXISTS (SELECT FROM daybook.api_partner_contracts c WHERE c.id <> p_id AND c.api_key_prefix = p_values ->> 'api_key_prefix') THEN
    RETURN 'prefix-taken';
  END IF;
  IF (v_is_renamed OR v_is_moved) AND EXISTS (SELECT FROM daybook.api_partner_contracts c WHERE c.id <> p_id AND c.deleted_at IS NULL AND (c.api_key_prefix || c.further_prefixes) && v_prefixes
      AND coalesce(c.effective_to > v_from, true) AND coalesce(v_to > c.effective_from, true)) THEN
    RETURN 'prefix-taken';
  END IF;
  IF v_is_moved AND EXISTS (SELECT FROM daybook.contract_amendments a WHERE a.contract_id = p_id AND a.deleted_at IS NULL AND (a.effective_from < v_from OR a.effective_from >= v_to)) THEN
    RETURN 'amendment-outside-contract';
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION daybook.problem_of_amendment(p_id uuid, p_values jsonb, p_changed jsonb) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_contract daybook.api_partner_contracts;
  v_from date := (p_values ->> 'effective_from')::date;
BEGIN
  SELECT * INTO v_contract FROM daybook.api_partner_contracts WHERE id::text = p_values ->> 'contract_id' AND deleted_at IS NULL;
  IF NOT FOUND THEN
    RETURN 'contract-unknown';
  END IF;
  IF p_changed IS NOT NULL AND NOT p_changed ? 'effective_from' THEN
    RETURN NULL;
  END IF;
  IF v_from < v_contract.effective_from OR v_from >= v_contract.effective_to THEN
    RETURN 'amendment-outside-contract';
  END IF;
  IF EXISTS (SELECT FROM daybook.contract_amendments a WHERE a.contract_id = v_contract.id AND a.effective_from = v_from AND a.deleted_at IS NULL AND a.id <> p_id) THEN
    RETURN 'amendment-day-taken';
  END IF;
  RETURN NULL;
END $$;

-- Whether a record with these whole values may stand: NULL, or the code of the first rule it breaks. p_changed as above.
CREATE FUNCTION daybook.problem_of_record(p_entity text, p_id uuid, p_operation text, p_values jsonb, p_changed jsonb) RETURNS text
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
  RETURN CASE p_entity WHEN 'contract' THEN daybook.problem_of_contract(p_id, p_values, p_changed) ELSE daybook.problem_of_amendment(p_id, p_values, p_changed) END;
END $$;

CREATE FUNCTION daybook.message_of_refusal(p_code text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE p_code
    WHEN 'record-exists' THEN 'There is a record of this id already.'
    WHEN 'record-unknown' THEN 'The shared database does not know this record.'
    WHEN 'field-unknown' THEN 'The change names a field that cannot be edited.'
    WHEN 'field-fixed' THEN 'The change names a field that stays as it is once the record exists.'
    WHEN 'field-required' THEN 'A field that is needed would be empty.'
    WHEN 'prefix-taken' THEN 'An API key prefix of it belongs to another contract by now.'
    WHEN 'prefix-repeated' THEN 'An API key prefix is named twice.'
    WHEN 'amendment-day-taken' THEN 'Another amendment of this contract begins on that day by now.'
    WHEN 'amendment-outside-contract' THEN 'An amendment would lie outside the contract’s days.'
    WHEN 'partner-unknown' THEN 'The partner of this contract is not in the shared database, or was deleted.'
    WHEN 'contract-unknown' THEN 'The contract of this amendment is not in the shared database, or was deleted.'
    WHEN 'partner-has-contracts' THEN 'The partner has contracts. Delete them first.'
    WHEN 'effective-range-invalid' THEN 'The end must lie after the first day.'
    WHEN 'price-missing' THEN 'The pricing model needs a price or price tiers.'
    ELSE 'A value cannot stand in its field.'
  END
$$;

-- ── One change held against what stands ──────────────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION daybook.answer_of(p_change daybook.change_sets) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_build_object('id', p_change.id, 'state', p_change.state, 'resultVersion', p_change.result_version, 'conflictId', p_change.conflict_id, 'approvalId', p_change.approval_id,
    'refusalCode', p_change.refusal_code, 'refusalMessage', p_change.refusal_message, 'fourEyes', p_change.four_eyes)
$$;

CREATE FUNCTION daybook.refuse_stored(p_change uuid, p_code text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE daybook.change_sets SET state = 'refused', refusal_code = p_code, refusal_message = daybook.message_of_refusal(p_code), conflict_id = NULL, approval_id = NULL, changed_at = clock_timestamp() WHERE id = p_change
$$;

CREATE FUNCTION daybook.open_conflict(p_change daybook.change_sets, p_id uuid, p_version integer, p_clashes jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_conflict uuid;
  v_theirs daybook.entity_versions;
BEGIN
  SELECT * INTO v_theirs FROM daybook.entity_versions WHERE entity = p_change.entity AND entity_id = p_id AND version = p_version;
  INSERT INTO daybook.change_conflicts (change_id, entity, entity_id, fields, their_version, their_author, their_reason)
  VALUES (p_change.id, p_change.entity, p_id, p_clashes, p_version, v_theirs.author, v_theirs.reason) RETURNING id INTO v_conflict;
  UPDATE daybook.change_sets SET state = 'conflict', conflict_id = v_conflict, refusal_code = NULL, refusal_message = NULL, approval_id = NULL, changed_at = clock_timestamp() WHERE id = p_change.id;
END $$;

-- Whether anybody but this desk's own author made a version since the one the change was based on.
CREATE FUNCTION daybook.is_touched_by_others(p_change daybook.change_sets) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM daybook.entity_versions v WHERE v.entity = p_change.entity AND v.entity_id = p_change.effective_id AND v.version > p_change.effective_base
    AND NOT EXISTS (SELECT FROM daybook.change_sets o WHERE o.id = v.change_id AND o.author = p_change.author AND o.desk = p_change.desk))
$$;

-- Two people who agree on terms from the same day made one amendment, not two: what differs is a conflict between them (docs/adr/0015).
CREATE FUNCTION daybook.meets_other_amendment(p_change daybook.change_sets) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_other daybook.contract_amendments;
  v_mine jsonb;
  v_theirs jsonb;
  v_clashes jsonb;
BEGIN
  SELECT a.* INTO v_other FROM daybook.contract_amendments a
  WHERE a.contract_id::text = p_change.effective_fields -> 'contract_id' ->> 'to' AND a.effective_from::text = p_change.effective_fields -> 'effective_from' ->> 'to' AND a.deleted_at IS NULL AND a.id <> p_change.effective_id FOR UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  v_mine := daybook.default_values('amendment') || (SELECT jsonb_object_agg(key, value -> 'to') FROM jsonb_each(p_change.effective_fields));
  v_theirs := daybook.values_of('amendment', to_jsonb(v_other));
  SELECT coalesce(jsonb_agg(jsonb_build_object('column', f.column_name, 'base', NULL, 'mine', coalesce(v_mine -> f.column_name, 'null'), 'theirs', v_theirs -> f.column_name) ORDER BY f.column_name COLLATE "C"), '[]') INTO v_clashes
  FROM daybook.merged_fields f WHERE f.entity = 'amendment' AND coalesce(v_mine -> f.column_name, 'null') <> v_theirs -> f.column_name;
  UPDATE daybook.change_sets SET effective_operation = 'update', effective_id = v_other.id, effective_fields = '{}', effective_base = v_other.version WHERE id = p_change.id;
  IF v_clashes = '[]' THEN
    UPDATE daybook.change_sets SET state = 'merged', result_version = v_other.version, refusal_code = NULL, refusal_message = NULL, changed_at = clock_timestamp() WHERE id = p_change.id;
  ELSE
    PERFORM daybook.open_conflict(p_change, v_other.id, v_other.version, v_clashes);
  END IF;
  RETURN true;
END $$;

CREATE FUNCTION daybook.bears_price(p_entity text, p_operation text, p_changed jsonb) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN p_operation IN ('create', 'delete') THEN p_entity <> 'partner'
    ELSE EXISTS (SELECT FROM daybook.merged_fields f WHERE f.entity = p_entity AND f.is_price_bearing AND p_changed ? f.column_name) END
$$;

-- Brings a stored change as far as it comes: applied, merged, a conflict, waiting for a second person, refused.
CREATE FUNCTION daybook.evaluate_change(p_id uuid, p_is_approved boolean) RETURNS daybook.change_sets
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
BEGIN
  SELECT * INTO STRICT c FROM daybook.change_sets WHERE id = p_id FOR UPDATE;
  SELECT daybook.problem_of_value(f.column_name, f.kind, f.is_optional, x.value -> 'to') INTO v_code
  FROM jsonb_each(c.effective_fields) AS x LEFT JOIN daybook.merged_fields f ON f.entity = c.entity AND f.column_name = x.key
  WHERE daybook.problem_of_value(f.column_name, f.kind, f.is_optional, x.value -> 'to') IS NOT NULL ORDER BY x.key COLLATE "C" LIMIT 1;
  IF v_code IS NULL AND c.effective_operation = 'update' AND EXISTS (SELECT FROM daybook.merged_fields f WHERE f.entity = c.entity AND f.is_fixed AND c.effective_fields ? f.column_name) THEN
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
        four_eyes = CASE WHEN v_four_eyes THEN 'on' ELSE 'off' END, conflict_id = NULL, refusal_code = NULL, refusal_message = NULL, changed_at = clock_timestamp() WHERE id = p_id;
  END CASE;
  RETURN (SELECT r FROM daybook.change_sets r WHERE r.id = p_id);
END $$;

-- ── The four doors ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- One edit at a time in the whole ledger: no two can pass each other's checks, and none can wait for another in a circle.
CREATE FUNCTION daybook.lock_changes(p_role text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.require_role(p_role);
  PERFORM pg_advisory_xact_lock(hashtextextended('daybook.change_sets', 0));
  IF NOT EXISTS (SELECT FROM daybook.ledger) THEN
    PERFORM daybook.refuse('shared-ledger-missing', 'No ledger was created in the shared database yet.');
  END IF;
END $$;

-- The fields of a change, each value in its one form. Raises where it is no change at all.
CREATE FUNCTION daybook.fields_of(p_entity text, p_fields jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF jsonb_typeof(p_fields) IS DISTINCT FROM 'object' OR EXISTS (SELECT FROM jsonb_each(p_fields) AS x WHERE jsonb_typeof(x.value) <> 'object' OR NOT x.value ?& ARRAY['from', 'to']) THEN
    PERFORM daybook.refuse('change-invalid', 'A change names for each field what was there and what is to be there.');
  END IF;
  RETURN (SELECT coalesce(jsonb_object_agg(x.key, jsonb_build_object('from', daybook.canonical_value(f.kind, f.is_optional, x.value -> 'from'), 'to', daybook.canonical_value(f.kind, f.is_optional, x.value -> 'to'))), '{}')
    FROM jsonb_each(p_fields) AS x LEFT JOIN daybook.merged_fields f ON f.entity = p_entity AND f.column_name = x.key);
END $$;

-- p_change: { id, entity, entityId, operation, baseVersion, fields: { column: { from, to } }, reason, createdAt (epoch ms), desk }. Sent again it answers what was
-- answered; one that was refused is looked at again. Another content under a known id is refused.
CREATE FUNCTION daybook.submit_change(p_change jsonb) RETURNS jsonb
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
  PERFORM daybook.lock_changes('daybook_admin');
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
    INSERT INTO daybook.change_sets (id, entity, entity_id, operation, base_version, fields, reason, author, desk, created_at, state, effective_operation, effective_id, effective_fields, effective_base)
    VALUES (v_id, p_change ->> 'entity', v_entity_id, p_change ->> 'operation', v_base, v_fields, daybook.trimmed(p_change ->> 'reason'), session_user, p_change ->> 'desk', v_created, 'refused', p_change ->> 'operation', v_entity_id, v_fields, v_base);
  END IF;
  c := daybook.evaluate_change(v_id, false);
  PERFORM daybook.append_audit(c.entity, c.entity_id::text, 'submit-change', jsonb_build_object('operation', c.operation, 'fields', c.fields, 'reason', c.reason, 'state', c.state, 'version', c.result_version, 'code', c.refusal_code, 'four_eyes', c.four_eyes), v_id);
  RETURN daybook.answer_of(c);
END $$;

-- p_choices: { column: { keep: 'mine' | 'theirs' | 'other', value } } for every clashing column. Held against what stands now: where that moved on, a new conflict is raised.
CREATE FUNCTION daybook.resolve_conflict(p_conflict uuid, p_choices jsonb, p_reason text, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_conflict daybook.change_conflicts;
  c daybook.change_sets;
  v_fields jsonb;
  v_deleted text;
  x record;
BEGIN
  PERFORM daybook.lock_changes('daybook_admin');
  SELECT * INTO v_conflict FROM daybook.change_conflicts WHERE id = p_conflict FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('conflict-not-found', 'The shared database does not know this conflict.');
  END IF;
  SELECT * INTO c FROM daybook.change_sets WHERE id = v_conflict.change_id FOR UPDATE;
  IF v_conflict.state <> 'open' THEN
    IF v_conflict.request_id = p_request_id AND v_conflict.resolved_by = session_user THEN
      RETURN daybook.answer_of(c);
    END IF;
    PERFORM daybook.refuse('conflict-resolved', format('%s has resolved this conflict already.', v_conflict.resolved_by));
  END IF;
  IF length(daybook.trimmed(coalesce(p_reason, ''))) NOT BETWEEN 3 AND 500 THEN
    PERFORM daybook.refuse('change-reason-missing', 'Resolving a conflict needs a reason of a few words.');
  END IF;
  IF jsonb_typeof(p_choices) IS DISTINCT FROM 'object' OR (SELECT array_agg(key ORDER BY key) FROM jsonb_each(p_choices)) IS DISTINCT FROM (SELECT array_agg(f ->> 'column' ORDER BY f ->> 'column') FROM jsonb_array_elements(v_conflict.fields) AS f)
    OR EXISTS (SELECT FROM jsonb_each(p_choices) AS k WHERE coalesce(k.value ->> 'keep', '') NOT IN ('mine', 'theirs', 'other') OR (k.value ->> 'keep' = 'other' AND (k.key = 'deleted' OR NOT k.value ? 'value'))) THEN
    PERFORM daybook.refuse('resolution-incomplete', 'A choice is needed for each clashing field, and for no other.');
  END IF;

  v_fields := c.effective_fields;
  FOR x IN
    SELECT f ->> 'column' AS name, p_choices -> (f ->> 'column') ->> 'keep' AS keep, f -> 'theirs' AS theirs,
      CASE p_choices -> (f ->> 'column') ->> 'keep' WHEN 'other' THEN daybook.canonical_value(m.kind, m.is_optional, p_choices -> (f ->> 'column') -> 'value') ELSE f -> 'mine' END AS wanted, m.kind, m.is_optional
    FROM jsonb_array_elements(v_conflict.fields) AS f LEFT JOIN daybook.merged_fields m ON m.entity = c.entity AND m.column_name = f ->> 'column'
  LOOP
    IF x.name = 'deleted' THEN
      v_deleted := x.keep;
    ELSIF x.keep = 'theirs' THEN
      v_fields := v_fields - x.name;
    ELSE
      IF x.keep = 'other' AND daybook.problem_of_value(x.name, x.kind, x.is_optional, x.wanted) IS NOT NULL THEN
        PERFORM daybook.refuse(daybook.problem_of_value(x.name, x.kind, x.is_optional, x.wanted), format('The value for %s cannot stand there.', replace(x.name, '_', ' ')));
      END IF;
      v_fields := v_fields || jsonb_build_object(x.name, jsonb_build_object('from', x.theirs, 'to', x.wanted));
    END IF;
  END LOOP;
  UPDATE daybook.change_conflicts SET state = 'resolved', resolved_by = session_user, resolved_at = clock_timestamp(), resolution_reason = daybook.trimmed(p_reason), kept = p_choices, request_id = p_request_id WHERE id = p_conflict;
  UPDATE daybook.change_sets SET resolved_by = session_user, effective_fields = v_fields, effective_base = v_conflict.their_version, conflict_id = NULL,
    restores = restores OR (v_deleted IS NOT DISTINCT FROM 'mine' AND effective_operation <> 'delete'), changed_at = clock_timestamp() WHERE id = c.id;
  IF v_deleted = 'theirs' THEN
    -- Nothing of it is wanted any more: the record stays as it stands.
    UPDATE daybook.change_sets SET state = 'merged', result_version = v_conflict.their_version, effective_fields = '{}', refusal_code = NULL, refusal_message = NULL WHERE id = c.id RETURNING * INTO c;
  ELSE
    c := daybook.evaluate_change(c.id, false);
  END IF;
  PERFORM daybook.append_audit(c.entity, c.entity_id::text, 'resolve-conflict', jsonb_build_object('change', c.id, 'kept', p_choices, 'reason', daybook.trimmed(p_reason), 'state', c.state, 'version', c.result_version, 'code', c.refusal_code), p_request_id);
  RETURN daybook.answer_of(c);
END $$;

-- A second person's word. Whoever asked, or chose values of it, cannot be that person, whatever road they come by: the session's user counts.
CREATE FUNCTION daybook.decide_change(p_approval uuid, p_decision text, p_comment text, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_approval daybook.change_approvals;
  c daybook.change_sets;
  v_state text;
BEGIN
  PERFORM daybook.lock_changes('daybook_accountant');
  IF p_decision IS NULL OR p_decision NOT IN ('approve', 'reject') THEN
    PERFORM daybook.refuse('decision-invalid', 'A decision is to approve or to reject.');
  END IF;
  v_state := CASE p_decision WHEN 'approve' THEN 'approved' ELSE 'rejected' END;
  SELECT * INTO v_approval FROM daybook.change_approvals WHERE id = p_approval FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('approval-not-found', 'The shared database does not know this request for approval.');
  END IF;
  IF session_user IN (v_approval.requested_by, coalesce(v_approval.chosen_by, '')) THEN
    PERFORM daybook.refuse('second-person-needed', 'Who asked for a change, or chose its values, cannot decide on it: it takes two.');
  END IF;
  SELECT * INTO c FROM daybook.change_sets WHERE id = v_approval.change_id FOR UPDATE;
  IF v_approval.state <> 'requested' THEN
    IF v_approval.state = v_state AND v_approval.decided_by = session_user THEN
      RETURN daybook.answer_of(c);
    END IF;
    PERFORM daybook.refuse('approval-decided', CASE v_approval.state WHEN 'withdrawn' THEN 'The change was withdrawn meanwhile.' ELSE format('%s has decided on this already.', v_approval.decided_by) END);
  END IF;
  UPDATE daybook.change_approvals SET state = v_state, decided_by = session_user, decided_at = clock_timestamp(), comment = nullif(daybook.trimmed(left(coalesce(p_comment, ''), 500)), '') WHERE id = p_approval;
  IF p_decision = 'approve' THEN
    c := daybook.evaluate_change(c.id, true);
  ELSE
    UPDATE daybook.change_sets SET state = 'rejected', changed_at = clock_timestamp() WHERE id = c.id RETURNING * INTO c;
  END IF;
  PERFORM daybook.append_audit(c.entity, c.entity_id::text, p_decision || '-change', jsonb_build_object('change', c.id, 'author', c.author, 'comment', p_comment, 'state', c.state, 'version', c.result_version, 'code', c.refusal_code, 'four_eyes', c.four_eyes), p_request_id);
  RETURN daybook.answer_of(c);
END $$;

-- Its author takes back what has not taken effect.
CREATE FUNCTION daybook.withdraw_change(p_change uuid, p_reason text, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  c daybook.change_sets;
BEGIN
  PERFORM daybook.lock_changes('daybook_finance');
  SELECT * INTO c FROM daybook.change_sets WHERE id = p_change FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('change-not-found', 'The shared database does not know this change.');
  END IF;
  IF c.author <> session_user THEN
    PERFORM daybook.refuse('not-the-author', format('%s made this change, and nobody else can take it back.', c.author));
  END IF;
  IF c.state = 'withdrawn' THEN
    RETURN daybook.answer_of(c);
  END IF;
  IF c.state IN ('applied', 'merged', 'rejected') THEN
    PERFORM daybook.refuse('change-final', 'The change has taken effect or was decided on: make a new one.');
  END IF;
  IF length(daybook.trimmed(coalesce(p_reason, ''))) NOT BETWEEN 3 AND 500 THEN
    PERFORM daybook.refuse('change-reason-missing', 'Withdrawing a change needs a reason of a few words.');
  END IF;
  UPDATE daybook.change_approvals SET state = 'withdrawn', decided_by = session_user, decided_at = clock_timestamp(), comment = daybook.trimmed(p_reason) WHERE change_id = c.id AND state = 'requested';
  UPDATE daybook.change_conflicts SET state = 'resolved', resolved_by = session_user, resolved_at = clock_timestamp(), resolution_reason = daybook.trimmed(p_reason), kept = '{}', request_id = p_request_id WHERE change_id = c.id AND state = 'open';
  UPDATE daybook.change_sets SET state = 'withdrawn', changed_at = clock_timestamp() WHERE id = c.id RETURNING * INTO c;
  PERFORM daybook.append_audit(c.entity, c.entity_id::text, 'withdraw-change', jsonb_build_object('change', c.id, 'reason', daybook.trimmed(p_reason)), p_request_id);
  RETURN daybook.answer_of(c);
END $$;

-- ── Who may call what ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
DO $$
DECLARE
  door text;
BEGIN
  FOR door IN SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'daybook'::regnamespace AND p.proname IN ('problem_of_text', 'problem_of_whole', 'problem_of_price', 'problem_of_day', 'problem_of_tiers', 'problem_of_value',
    'table_of', 'default_values', 'standing_record', 'store_record', 'merge_change', 'prefixes_of', 'problem_of_contract', 'problem_of_amendment', 'problem_of_record', 'message_of_refusal', 'answer_of', 'refuse_stored', 'open_conflict',
    'is_touched_by_others', 'meets_other_amendment', 'bears_price', 'evaluate_change', 'lock_changes', 'fields_of', 'submit_change', 'resolve_conflict', 'decide_change', 'withdraw_change') LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', door);
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION daybook.submit_change(jsonb), daybook.resolve_conflict(uuid, jsonb, text, uuid) TO daybook_admin;
GRANT EXECUTE ON FUNCTION daybook.decide_change(uuid, text, text, uuid) TO daybook_accountant;
GRANT EXECUTE ON FUNCTION daybook.withdraw_change(uuid, text, uuid) TO daybook_finance;
