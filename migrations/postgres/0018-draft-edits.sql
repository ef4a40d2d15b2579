-- Why: drafts are edited line by line, by several people and beside billing runs that refresh them. What was rated and what was edited are kept apart in `draft_edits`
-- ({basis, edits}, src/shared/invoicing/draft-document.ts); the columns hold what both come to. An edit names the version it was made on (docs/adr/0021).

ALTER TABLE daybook.invoices
  ADD COLUMN draft_edits jsonb,
  ADD COLUMN last_edit_request uuid;

CREATE FUNCTION daybook.check_draft_totals(d daybook.invoices) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF d.total_minor <> d.subtotal_minor + d.tax_minor OR d.amount_due_minor <> d.total_minor - d.withholding_minor
    OR d.subtotal_minor + d.discount_minor <> (SELECT coalesce(sum((line ->> 'amountMinor')::bigint), 0) FROM jsonb_array_elements(d.line_items) AS line) THEN
    PERFORM daybook.refuse('invoice-totals-wrong', 'The totals of the draft do not follow from its lines.');
  END IF;
END $$;

-- ── Drafts (as in 0002, with their edits) ────────────────────────────────────────────────────────────────────────────────────────────
CREATE OR REPLACE FUNCTION daybook.save_invoice_draft(p_draft jsonb, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  d daybook.invoices := jsonb_populate_record(NULL::daybook.invoices, p_draft);
  v_contract daybook.api_partner_contracts;
  v_standing daybook.invoices;
  v_voided bigint := 0;
  v_saved daybook.invoices;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  PERFORM daybook.check_draft_totals(d);
  -- One lock per contract and month (or per document) orders the desks that bill it at once.
  PERFORM pg_advisory_xact_lock(hashtextextended('daybook.invoice/' || coalesce(d.contract_id || '/' || d.billing_month, d.id::text), 0));

  IF d.kind = 'partner' THEN
    SELECT * INTO v_contract FROM daybook.api_partner_contracts WHERE id = d.contract_id AND deleted_at IS NULL;
    IF NOT FOUND THEN
      PERFORM daybook.refuse('contract-not-found', 'The shared database does not know the contract of this draft.');
    END IF;
    IF v_contract.partner_id IS DISTINCT FROM d.partner_id OR v_contract.api_key_prefix IS DISTINCT FROM d.api_key_prefix OR v_contract.currency <> d.currency
      OR (d.customer_snapshot ->> 'contractVersion')::integer IS DISTINCT FROM v_contract.version THEN
      PERFORM daybook.refuse('draft-outdated', 'The contract has changed since this desk last pulled it.');
    END IF;
    SELECT * INTO v_standing FROM daybook.invoices WHERE kind = 'partner' AND contract_id = d.contract_id AND billing_month = d.billing_month AND status <> 'void' FOR UPDATE;
    IF NOT FOUND THEN
      SELECT count(*) INTO v_voided FROM daybook.invoices WHERE kind = 'partner' AND contract_id = d.contract_id AND billing_month = d.billing_month AND status = 'void';
      IF (p_draft ->> 'sequence')::bigint IS DISTINCT FROM v_voided + 1 THEN
        PERFORM daybook.refuse('draft-outdated', 'Another desk voided the invoice of this month meanwhile.');
      END IF;
    END IF;
  ELSE
    SELECT * INTO v_standing FROM daybook.invoices WHERE id = d.id FOR UPDATE;
  END IF;

  IF v_standing.id IS NOT NULL THEN
    -- A refresh carries the edits it was made with: what a person did meanwhile is not lost to it.
    IF v_standing.status = 'draft' AND v_standing.draft_edits IS NOT NULL AND (p_draft ->> 'base_version')::integer IS DISTINCT FROM v_standing.version THEN
      PERFORM daybook.refuse('draft-outdated', 'The draft was edited meanwhile.');
    END IF;
    IF v_standing.status <> 'draft' OR (v_standing.totals_fingerprint = d.totals_fingerprint AND v_standing.customer_snapshot = d.customer_snapshot AND v_standing.line_items = d.line_items AND v_standing.draft_edits IS NOT DISTINCT FROM d.draft_edits) THEN
      RETURN daybook.answer_of_invoice('unchanged', v_standing);
    END IF;
    UPDATE daybook.invoices SET
      subtotal_minor = d.subtotal_minor, discount_minor = d.discount_minor, tax_minor = d.tax_minor, withholding_minor = d.withholding_minor, total_minor = d.total_minor, amount_due_minor = d.amount_due_minor,
      line_items = d.line_items, billing_start = d.billing_start, billing_end = d.billing_end, customer_snapshot = d.customer_snapshot, totals_fingerprint = d.totals_fingerprint, draft_edits = d.draft_edits,
      updated_at = now(), version = version + 1
    WHERE id = v_standing.id RETURNING * INTO v_saved;
    PERFORM daybook.append_audit('invoice', v_saved.id::text, 'refresh-draft', jsonb_build_object('total_minor', jsonb_build_array(v_standing.total_minor, v_saved.total_minor), 'totals_fingerprint', jsonb_build_array(v_standing.totals_fingerprint, v_saved.totals_fingerprint)), p_request_id);
    RETURN daybook.answer_of_invoice('changed', v_saved);
  END IF;

  INSERT INTO daybook.invoices (id, user_id, partner_id, contract_id, api_key_prefix, kind, status, billing_month, currency, subtotal_minor, discount_minor, tax_minor, withholding_minor, total_minor, amount_due_minor,
    line_items, billing_start, billing_end, replaces, customer_snapshot, notes, totals_fingerprint, draft_edits, created_at, created_by)
  VALUES (d.id, d.user_id, d.partner_id, d.contract_id, d.api_key_prefix, d.kind, 'draft', d.billing_month, d.currency, d.subtotal_minor, d.discount_minor, d.tax_minor, d.withholding_minor, d.total_minor, d.amount_due_minor,
    d.line_items, d.billing_start, d.billing_end,
    coalesce(CASE d.kind WHEN 'one-off' THEN d.replaces END, (SELECT v.id FROM daybook.invoices v WHERE v.kind = 'partner' AND v.contract_id = d.contract_id AND v.billing_month = d.billing_month AND v.status = 'void' ORDER BY v.voided_at DESC LIMIT 1)),
    d.customer_snapshot, d.notes, d.totals_fingerprint, d.draft_edits, coalesce(d.created_at, now()), session_user)
  RETURNING * INTO v_saved;
  PERFORM daybook.append_audit('invoice', v_saved.id::text, 'create-draft', jsonb_build_object('total_minor', v_saved.total_minor, 'currency', v_saved.currency, 'billing_month', v_saved.billing_month), p_request_id);
  RETURN daybook.answer_of_invoice('changed', v_saved);
END $$;

-- p_version is the version the person saw. The same request again is answered, not carried out.
CREATE FUNCTION daybook.edit_invoice_draft(p_draft jsonb, p_version integer, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  d daybook.invoices := jsonb_populate_record(NULL::daybook.invoices, p_draft);
  v_standing daybook.invoices;
  v_saved daybook.invoices;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  PERFORM daybook.check_draft_totals(d);
  SELECT * INTO v_standing FROM daybook.invoices WHERE id = d.id FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('invoice-not-found', 'The shared database does not know this invoice.');
  END IF;
  IF v_standing.last_edit_request = p_request_id THEN
    RETURN daybook.answer_of_invoice('unchanged', v_standing);
  END IF;
  IF v_standing.status <> 'draft' THEN
    PERFORM daybook.refuse('invoice-state', format('An invoice that is %s is not edited.', replace(v_standing.status, '_', ' ')));
  END IF;
  IF v_standing.version IS DISTINCT FROM p_version THEN
    PERFORM daybook.refuse('invoice-changed', 'The draft was changed meanwhile.');
  END IF;
  IF d.currency <> v_standing.currency OR d.draft_edits IS NULL THEN
    PERFORM daybook.refuse('act-invalid', 'An edit keeps the currency and says what was edited.');
  END IF;
  UPDATE daybook.invoices SET
    subtotal_minor = d.subtotal_minor, discount_minor = d.discount_minor, tax_minor = d.tax_minor, withholding_minor = d.withholding_minor, total_minor = d.total_minor, amount_due_minor = d.amount_due_minor, line_items = d.line_items,
    customer_snapshot = d.customer_snapshot, totals_fingerprint = d.totals_fingerprint, draft_edits = d.draft_edits, notes = d.notes, last_edit_request = p_request_id, updated_at = now(), version = version + 1
  WHERE id = d.id RETURNING * INTO v_saved;
  PERFORM daybook.append_audit('invoice', d.id::text, 'edit-draft', jsonb_build_object('total_minor', jsonb_build_array(v_standing.total_minor, v_saved.total_minor), 'totals_fingerprint', jsonb_build_array(v_standing.totals_fingerprint, v_saved.totals_fingerprint),
    'edits', jsonb_build_array(v_standing.draft_edits -> 'edits', v_saved.draft_edits -> 'edits')), p_request_id);
  RETURN daybook.answer_of_invoice('changed', v_saved);
END $$;

-- A one-off draft that shall never be an invoice: it keeps no number.
CREATE FUNCTION daybook.discard_invoice_draft(p_id uuid, p_reason text, p_at timestamptz, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_invoice daybook.invoices;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  IF length(trim(coalesce(p_reason, ''))) < 3 THEN
    PERFORM daybook.refuse('void-reason-missing', 'Discarding a draft needs a reason.');
  END IF;
  SELECT * INTO v_invoice FROM daybook.invoices WHERE id = p_id FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('invoice-not-found', 'The shared database does not know this invoice.');
  END IF;
  IF v_invoice.status = 'void' AND v_invoice.invoice_number IS NULL THEN
    RETURN daybook.answer_of_invoice('unchanged', v_invoice);
  END IF;
  IF v_invoice.status <> 'draft' OR v_invoice.kind <> 'one-off' THEN
    PERFORM daybook.refuse('invoice-state', 'Only a one-off draft can be discarded; the draft of a partner''s month is refreshed by the next billing run.');
  END IF;
  UPDATE daybook.invoices SET status = 'void', voided_at = p_at, void_reason = trim(p_reason), updated_at = now(), version = version + 1 WHERE id = p_id RETURNING * INTO v_invoice;
  PERFORM daybook.append_audit('invoice', p_id::text, 'discard-draft', jsonb_build_object('status', jsonb_build_array('draft', 'void'), 'reason', v_invoice.void_reason), p_request_id);
  RETURN daybook.answer_of_invoice('changed', v_invoice);
END $$;

REVOKE ALL ON FUNCTION daybook.check_draft_totals(daybook.invoices), daybook.edit_invoice_draft(jsonb, integer, uuid), daybook.discard_invoice_draft(uuid, text, timestamptz, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.edit_invoice_draft(jsonb, integer, uuid), daybook.discard_invoice_draft(uuid, text, timestamptz, uuid) TO daybook_accountant;
