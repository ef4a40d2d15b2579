-- Why: an API key prefix can move from one contract to another within a month that was billed already. The number it names is taken then, and finalising the new contract's month broke off with it
-- everything of the same statement. The next number that is free is given. The rest of the function is as 0017 left it.
DO $$
DECLARE
  v_text text := pg_get_functiondef('daybook.finalise_invoice(uuid, text, date, date, timestamptz, text, uuid)'::regprocedure);
  v_given text := $given$v_number := 'API-' || replace(v_invoice.billing_month, '-', '') || '-' || v_invoice.api_key_prefix || CASE WHEN v_earlier > 0 THEN '-' || (v_earlier + 1) ELSE '' END;$given$;
BEGIN
  IF position(v_given IN v_text) = 0 THEN
    RAISE EXCEPTION 'finalise_invoice is not as 0017 left it';
  END IF;
  EXECUTE replace(v_text, v_given, $free$LOOP
      v_number := 'API-' || replace(v_invoice.billing_month, '-', '') || '-' || v_invoice.api_key_prefix || CASE WHEN v_earlier > 0 THEN '-' || (v_earlier + 1) ELSE '' END;
      EXIT WHEN NOT EXISTS (SELECT FROM daybook.invoices WHERE invoice_number = v_number);
      v_earlier := v_earlier + 1;
    END LOOP;$free$);
END $$;
