-- Why: (1) a customer that was typed in is known by its name, and the name can be corrected on the draft: the draft is then another customer's. A partner's draft has no such key. The rest of the
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

-- (2) Tax is rounded once per invoice and rate, as EN 16931 has it, or once per line: a setting of the ledger, the same on every desk (domain.md §4).
ALTER TABLE daybook.ledger ADD COLUMN tax_rounding text NOT NULL DEFAULT 'per-invoice' CHECK (tax_rounding IN ('per-invoice', 'per-line'));

CREATE FUNCTION daybook.set_tax_rounding(p_rounding text, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_ledger daybook.ledger;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  SELECT * INTO v_ledger FROM daybook.ledger FOR UPDATE;
  -- A request whose answer was lost is not carried out again over what somebody set since.
  IF v_ledger.tax_rounding = p_rounding OR EXISTS (SELECT FROM daybook.audit_log WHERE entity = 'ledger-setting' AND request_id = p_request_id) THEN
    RETURN;
  END IF;
  UPDATE daybook.ledger SET tax_rounding = p_rounding;
  PERFORM daybook.append_audit('ledger-setting', 'tax_rounding', 'set', jsonb_build_object('tax_rounding', jsonb_build_array(v_ledger.tax_rounding, p_rounding)), p_request_id);
END $$;

REVOKE ALL ON FUNCTION daybook.set_tax_rounding(text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.set_tax_rounding(text, uuid) TO daybook_accountant;

-- (3) Lines of one invoice may have tax of opposite signs at rates of their own: a credit note of one of them takes back more tax than the whole has. What notes take back in all lies between the tax of
-- the rates below nothing and of those above it, as 0038 says it of withholding.
DO $$
DECLARE
  v_text text := pg_get_functiondef('daybook.record_receivable_act(jsonb, uuid)'::regprocedure);
  v_asked text := 'NOT (s.tax + a.tax_minor BETWEEN least(0, i.tax_minor) AND greatest(0, i.tax_minor))';
BEGIN
  IF position(v_asked IN v_text) = 0 THEN
    RAISE EXCEPTION 'record_receivable_act is not as 0038 left it';
  END IF;
  EXECUTE replace(v_text, v_asked, $asked$NOT (SELECT s.tax + a.tax_minor BETWEEN least(0, i.tax_minor, coalesce(sum(least(0, (t ->> 'amountMinor')::bigint)), 0))
          AND greatest(0, i.tax_minor, coalesce(sum(greatest(0, (t ->> 'amountMinor')::bigint)), 0)) FROM jsonb_array_elements(coalesce(i.customer_snapshot -> 'taxes', '[]'::jsonb)) t)$asked$);
END $$;
