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

-- Why: a customer that keeps tax back pays first and sends the proof months later, when the invoice is paid: what the invoice foresaw could not be proven any more. What goes beyond it is still taken off
-- what is due, which is nothing then. The rest of the function is as 0035 and 0038 left it.
DO $$
DECLARE
  v_text text := pg_get_functiondef('daybook.record_receivable_act(jsonb, uuid)'::regprocedure);
  v_open text := $open$(i.status = 'paid' AND a.kind NOT IN ('sent', 'credit-note'))$open$;
BEGIN
  IF position(v_open IN v_text) = 0 THEN
    RAISE EXCEPTION 'record_receivable_act is not as 0035 left it';
  END IF;
  EXECUTE replace(v_text, v_open, $open$(i.status = 'paid' AND a.kind NOT IN ('sent', 'credit-note', 'withholding-certificate'))$open$);
END $$;

-- Why: a draft whose contract was ended or deleted after it was made is refreshed by no run and finalised by nobody: it can be discarded as well. What never had a number is none of the numbered invoices of
-- its month. The rest of both functions is as 0018 and the above left it.
DO $$
DECLARE
  v_discard text := pg_get_functiondef('daybook.discard_invoice_draft(uuid, text, timestamptz, uuid)'::regprocedure);
  v_refused text := $refused$v_invoice.kind <> 'one-off' THEN$refused$;
  v_finalise text := pg_get_functiondef('daybook.finalise_invoice(uuid, text, date, date, timestamptz, text, uuid)'::regprocedure);
  v_counted text := $counted$AND billing_month = v_invoice.billing_month AND status = 'void';$counted$;
BEGIN
  IF position(v_refused IN v_discard) = 0 OR position(v_counted IN v_finalise) = 0 THEN
    RAISE EXCEPTION 'discard_invoice_draft or finalise_invoice is not as it was left';
  END IF;
  EXECUTE replace(replace(v_discard, v_refused, $refused$(v_invoice.kind <> 'one-off' AND EXISTS (
    SELECT FROM daybook.api_partner_contracts c JOIN daybook.partners p ON p.id = c.partner_id
    WHERE c.id = v_invoice.contract_id AND c.deleted_at IS NULL AND p.deleted_at IS NULL AND c.effective_from < ((v_invoice.billing_month || '-01')::date + interval '1 month')::date
      AND (c.effective_to IS NULL OR c.effective_to > (v_invoice.billing_month || '-01')::date))) THEN$refused$),
    'Only a one-off draft can be discarded; the draft', 'Only a one-off draft can be discarded, or one whose contract is not in force in its month; any other draft');
  EXECUTE replace(v_finalise, v_counted, $counted$AND billing_month = v_invoice.billing_month AND status = 'void' AND invoice_number IS NOT NULL;$counted$);
END $$;
