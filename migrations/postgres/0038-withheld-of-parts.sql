-- Why: of a month in parts with shares of their own, usage that is taken back may leave less than nothing withheld of one part: such an invoice could not be credited. What notes take back in all lies
-- between what was withheld of the parts below nothing and of those above it. The rest of the function is as 0035 left it.
DO $$
DECLARE
  v_text text := pg_get_functiondef('daybook.record_receivable_act(jsonb, uuid)'::regprocedure);
  v_asked text := 's.withholding + a.withholding_minor > i.withholding_minor OR a.withholding_minor < 0 THEN';
BEGIN
  IF position(v_asked IN v_text) = 0 THEN
    RAISE EXCEPTION 'record_receivable_act is not as 0035 left it';
  END IF;
  EXECUTE replace(v_text, v_asked, $asked$NOT (SELECT s.withholding + a.withholding_minor BETWEEN least(0, i.withholding_minor, coalesce(sum(least(0, (w ->> 'amountMinor')::bigint)), 0))
          AND greatest(0, i.withholding_minor, coalesce(sum(greatest(0, (w ->> 'amountMinor')::bigint)), 0)) FROM jsonb_array_elements(coalesce(i.customer_snapshot -> 'withholdings', '[]'::jsonb)) w) THEN$asked$);
END $$;
