-- Why: a customer that was typed in is known by its name, and the name can be corrected on the draft: the draft is then another customer's. A partner's draft has no such key. The rest of the
-- function is as 0018 left it.
DO $$
DECLARE
  v_text text := pg_get_functiondef('daybook.edit_invoice_draft(jsonb, integer, uuid)'::regprocedure);
  v_set text := 'customer_snapshot = d.customer_snapshot, totals_fingerprint = d.totals_fingerprint, draft_edits = d.draft_edits, notes = d.notes, last_edit_request';
BEGIN
  IF position(v_set IN v_text) = 0 THEN
    RAISE EXCEPTION 'edit_invoice_draft is not as 0018 left it';
  END IF;
  EXECUTE replace(v_text, v_set, 'user_id = CASE WHEN partner_id IS NULL THEN coalesce(d.user_id, user_id) END, ' || v_set);
END $$;
