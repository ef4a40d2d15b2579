-- Why: the sealer believed three things that a desk said.
--   * Its clock: a desk that was a fortnight ahead closed the running month for everybody, and its entries were recorded at moments that had not come.
--   * The id of an entry: it follows from the key (UUIDv5), every desk checks that when it copies, and a chain with another id in it could be copied by
--     none and mended by nobody. SHA-1 is not in PostgreSQL's core; it is in pgcrypto, which is part of every distribution.

-- ── The present ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- A demo lives at a fixed moment (docs/adr/0005): its owner writes that moment here, no desk can. Elsewhere it stays empty. Where the server's own clock is
-- later, that one counts, and live books never have one: nothing becomes possible that was not so at the fixed moment or is not so today.
ALTER TABLE daybook.ledger ADD COLUMN fixed_present timestamptz CHECK (mode = 'test' OR fixed_present IS NULL);

CREATE FUNCTION daybook.present() RETURNS timestamptz
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT greatest(clock_timestamp(), (SELECT fixed_present FROM daybook.ledger))
$$;

-- Epoch milliseconds. Clocks of desks may be apart by an hour and a summer time; what is recorded later than that waits at its desk until the moment has come.
-- Nothing is said of the past: a desk that was offline for a month sends what it recorded then.
CREATE FUNCTION daybook.latest_recorded_at() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT (extract(epoch FROM daybook.present() + interval '2 hours') * 1000)::bigint
$$;

-- ── Ids ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- In a schema of its own where it is not there yet; else wherever it is.
DO $$
DECLARE
  v_schema text;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pgcrypto') THEN
    BEGIN
      CREATE SCHEMA IF NOT EXISTS daybook_extensions;
      REVOKE ALL ON SCHEMA daybook_extensions FROM PUBLIC;
      CREATE EXTENSION pgcrypto SCHEMA daybook_extensions;
    EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
      RAISE EXCEPTION 'The shared database needs PostgreSQL''s extension pgcrypto, and it cannot be created here: %', SQLERRM USING ERRCODE = 'DB001', DETAIL = 'postgres-extension-missing';
    END;
  END IF;
  SELECT n.nspname INTO v_schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pgcrypto';
  EXECUTE format('CREATE FUNCTION daybook.sha1(p_bytes bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $f$ SELECT %I.digest($1, ''sha1'') $f$', v_schema);
END $$;

-- ── Entries as they are sent, made ready (as in 0005; the id follows from the key, and the moment has come) ──────────────────────────
CREATE OR REPLACE FUNCTION daybook.prepare_entries(p_entries jsonb)
RETURNS TABLE (ord bigint, id uuid, idempotency_key text, entry_date date, recorded_at bigint, kind text, source_type text, source_id text, memo text, input_hash text, reverses_entry_id uuid, concerns_month text,
  postings text, up_to_sequence text, up_to_hash text, to_end text, fault text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH sent AS MATERIALIZED (
    -- RFC 9562's UUIDv5 of the key in the namespace of all Daybook's names, as `platform/ids.ts` derives it.
    SELECT x.ord, e.*, encode(set_byte(set_byte(d, 6, (get_byte(d, 6) & 15) | 80), 8, (get_byte(d, 8) & 63) | 128), 'hex')::uuid AS derived_id
    FROM jsonb_array_elements(p_entries) WITH ORDINALITY AS x(doc, ord)
    CROSS JOIN LATERAL jsonb_to_record(x.doc) AS e("id" uuid, "key" text, "entryDate" date, "recordedAt" bigint, "kind" text, "sourceType" text, "sourceId" text, "memo" text, "inputHash" text, "reversesEntryId" uuid, "concernsMonth" text, "postings" jsonb)
    CROSS JOIN LATERAL substring(daybook.sha1(uuid_send('5d9a3c1e-7c0b-5b0e-9f0d-2f6a5b7c8d11') || convert_to(e."key", 'UTF8')) FROM 1 FOR 16) AS d
  ), lines AS MATERIALIZED (
    SELECT s.ord, l.*, CASE l.direction WHEN 'debit' THEN 1 ELSE -1 END AS sign
    FROM sent s
    CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(s."postings") AS ("accountCode" text, amount bigint, currency text, direction text, "functionalAmount" bigint, "partyId" text, rate text))
      WITH ORDINALITY AS l("accountCode", amount, currency, direction, "functionalAmount", "partyId", rate, line)
  ), texts AS (
    SELECT ord,
      '[' || string_agg(
        '{"accountCode":' || to_json("accountCode") || ',"amount":' || amount || ',"currency":' || to_json(currency) || ',"direction":' || to_json(direction) || ',"functionalAmount":' || "functionalAmount"
        || ',"partyId":' || coalesce(to_json("partyId")::text, 'null') || ',"rate":' || coalesce(to_json(rate)::text, 'null') || '}', ',' ORDER BY line) || ']' AS postings,
      count(*) AS lines, sum(sign * "functionalAmount") AS functional,
      bool_and(coalesce(amount BETWEEN 1 AND 9007199254740991 AND "functionalAmount" BETWEEN 0 AND 9007199254740991 AND direction IN ('debit', 'credit') AND currency ~ '^[a-z]{3}$' AND EXISTS (SELECT FROM daybook.accounts a WHERE a.code = lines."accountCode"), false)) AS is_valid
    FROM lines GROUP BY ord
  ), unbalanced AS (
    SELECT DISTINCT ord FROM (SELECT ord FROM lines GROUP BY ord, currency HAVING sum(sign * amount) <> 0) AS per_currency
  )
  SELECT s.ord, s."id", s."key", s."entryDate", s."recordedAt", s."kind", s."sourceType", s."sourceId", s."memo", s."inputHash", s."reversesEntryId", s."concernsMonth", t.postings,
    '"id":"' || s."id" || '","idempotencyKey":' || to_json(s."key") || ',"inputHash":' || to_json(s."inputHash") || ',"kind":' || to_json(s."kind") || ',"ledgerSequence":',
    ',"memo":' || to_json(s."memo") || ',"postings":' || t.postings || ',"previousHash":"',
    '","recordedAt":' || s."recordedAt" || ',"reversesEntryId":' || coalesce('"' || s."reversesEntryId" || '"', 'null') || ',"sourceId":' || to_json(s."sourceId") || ',"sourceType":' || to_json(s."sourceType") || '}',
    CASE
      WHEN coalesce(t.lines, 0) < 2 THEN 'entry-without-postings'
      WHEN NOT t.is_valid OR s."id" IS NULL OR s."key" IS NULL OR s."entryDate" IS NULL OR s."recordedAt" IS NULL OR s."kind" IS NULL OR s."sourceType" IS NULL OR s."sourceId" IS NULL OR s."memo" IS NULL
        OR s."inputHash" !~ '^[0-9a-f]{64}$' OR s."inputHash" IS NULL OR s."concernsMonth" !~ '^[0-9]{4}-(0[1-9]|1[0-2])$' OR s."entryDate" NOT BETWEEN '2000-01-01' AND '2199-12-31' THEN 'entry-invalid'
      WHEN s."id" <> s.derived_id THEN 'entry-id-wrong'
      WHEN s."recordedAt" > (SELECT daybook.latest_recorded_at()) THEN 'recorded-in-future'
      WHEN u.ord IS NOT NULL THEN 'entry-unbalanced'
      WHEN t.functional <> 0 THEN 'entry-functional-unbalanced'
    END
  FROM sent s LEFT JOIN texts t ON t.ord = s.ord LEFT JOIN unbalanced u ON u.ord = s.ord
$$;

-- ── Closing (as in 0005; the month is over by the server's clock too) ────────────────────────────────────────────────────────────────
CREATE OR REPLACE FUNCTION daybook.close_period(p_month text, p_head_sequence bigint, p_head_hash text, p_evidence text, p_at bigint, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_ledger daybook.ledger;
  v_closed text;
  v_next text;
BEGIN
  IF daybook.lock_periods(p_month, p_request_id) THEN
    RETURN;
  END IF;
  SELECT * INTO v_ledger FROM daybook.ledger;
  IF v_ledger.joining_until IS NOT NULL THEN
    PERFORM daybook.refuse('shared-ledger-joining', 'Another desk is bringing its ledger into the shared database.');
  END IF;
  v_closed := daybook.closed_through();
  IF p_month <= v_closed THEN
    PERFORM daybook.refuse('period-closed-already', format('%s is closed already.', p_month));
  END IF;
  v_next := coalesce(to_char((v_closed || '-01')::date + interval '1 month', 'YYYY-MM'), (SELECT to_char(min(entry_date), 'YYYY-MM') FROM daybook.journal_entries));
  IF p_month > v_next THEN
    PERFORM daybook.refuse('earlier-month-open', format('%s is still open, and months are closed in their order. %s was left open.', v_next, p_month));
  END IF;
  IF (daybook.present() AT TIME ZONE v_ledger.reporting_time_zone)::date < ((p_month || '-01')::date + interval '1 month')::date THEN
    PERFORM daybook.refuse('period-not-over', format('%s is not over yet by the clock of the shared database; this desk''s clock may be ahead.', p_month));
  END IF;
  IF p_at IS NULL OR (to_timestamp(p_at / 1000.0) AT TIME ZONE v_ledger.reporting_time_zone)::date < ((p_month || '-01')::date + interval '1 month')::date THEN
    PERFORM daybook.refuse('period-not-over', format('%s is not over yet.', p_month));
  END IF;
  IF p_head_sequence IS DISTINCT FROM v_ledger.head_sequence OR p_head_hash IS DISTINCT FROM v_ledger.head_hash THEN
    PERFORM daybook.refuse('ledger-moved-on', 'Entries came in while the month was being closed. It was left open.');
  END IF;
  PERFORM daybook.append_period_log(p_month, 'close', NULL, p_at, coalesce(p_evidence, '{}'), p_request_id);
END $$;

REVOKE ALL ON FUNCTION daybook.present(), daybook.latest_recorded_at(), daybook.sha1(bytea) FROM PUBLIC;
