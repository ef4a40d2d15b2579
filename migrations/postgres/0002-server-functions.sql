-- Why: the only doors through which people change documents in the shared database. Drafts, numbers, finalising and voiding happen here and
-- nowhere else, so that two desks, a crash or a second run end in one invoice with one number (docs/ownership.md).
--
-- Every function is SECURITY DEFINER with a fixed search_path, checks the session's own login (never a client field), writes the audit chain and
-- is idempotent by the invoice's id. Refusals people can act on are raised as ERRCODE 'DB001' with a kebab-case code in DETAIL.

-- The rate an invoice was booked at: units of the ledger's functional currency for one unit of the invoice's, fixed when it is finalised, so that
-- every desk posts the same entry. Null in functional currency.
ALTER TABLE daybook.invoices ADD COLUMN functional_rate text CHECK (functional_rate ~ '^\d+(\.\d+)?$');

-- ── What the doors share ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION daybook.require_role(p_role text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT pg_has_role(session_user, p_role, 'MEMBER') THEN
    RAISE EXCEPTION 'This needs the role %.', p_role USING ERRCODE = '42501';
  END IF;
END $$;

CREATE FUNCTION daybook.refuse(p_code text, p_message text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '%', p_message USING ERRCODE = 'DB001', DETAIL = p_code;
END $$;

-- One row of the audit chain. The advisory lock orders writers until they commit, so that each row names the hash before it.
CREATE FUNCTION daybook.append_audit(p_entity text, p_entity_id text, p_action text, p_diff jsonb, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_previous text;
  v_recorded_at timestamptz := clock_timestamp();
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('daybook.audit_log', 0));
  SELECT hash INTO v_previous FROM daybook.audit_log ORDER BY id DESC LIMIT 1;
  v_previous := coalesce(v_previous, repeat('0', 64));
  INSERT INTO daybook.audit_log (entity, entity_id, action, diff, actor, request_id, recorded_at, previous_hash, hash)
  VALUES (p_entity, p_entity_id, p_action, p_diff, session_user, p_request_id, v_recorded_at, v_previous,
    encode(sha256(convert_to(jsonb_build_array(v_previous, p_entity, p_entity_id, p_action, p_diff, session_user, p_request_id, extract(epoch FROM v_recorded_at)::text)::text, 'UTF8')), 'hex'));
END $$;

-- The next number of a series and year: 'INV-2026-0001', growing past 9999. The row stays locked until the caller commits, and a rollback gives the
-- number back: gap-free. Only finalising calls it; nobody may take a number by hand.
CREATE FUNCTION daybook.allocate_document_number(p_series text, p_year integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_number bigint;
BEGIN
  INSERT INTO daybook.document_series AS s (series, year, next_number) VALUES (p_series, p_year, 2)
  ON CONFLICT (series, year) DO UPDATE SET next_number = s.next_number + 1
  RETURNING next_number - 1 INTO v_number;
  RETURN format('%s-%s-%s', p_series, p_year, lpad(v_number::text, greatest(4, length(v_number::text)), '0'));
END $$;

-- ── Drafts ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- p_draft carries the columns of daybook.invoices. A standing draft is refreshed, a finalised invoice is left as it is.
CREATE FUNCTION daybook.save_invoice_draft(p_draft jsonb, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  d daybook.invoices := jsonb_populate_record(NULL::daybook.invoices, p_draft);
  v_contract daybook.api_partner_contracts;
  v_standing daybook.invoices;
  v_voided bigint := 0;
  v_saved daybook.invoices;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  IF d.total_minor <> d.subtotal_minor + d.tax_minor OR d.amount_due_minor <> d.total_minor - d.withholding_minor
    OR d.subtotal_minor + d.discount_minor <> (SELECT coalesce(sum((line ->> 'amountMinor')::bigint), 0) FROM jsonb_array_elements(d.line_items) AS line) THEN
    PERFORM daybook.refuse('invoice-totals-wrong', 'The totals of the draft do not follow from its lines.');
  END IF;
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
    IF v_standing.status <> 'draft' OR (v_standing.totals_fingerprint = d.totals_fingerprint AND v_standing.customer_snapshot = d.customer_snapshot AND v_standing.line_items = d.line_items) THEN
      RETURN jsonb_build_object('outcome', 'unchanged', 'invoice', to_jsonb(v_standing));
    END IF;
    UPDATE daybook.invoices SET
      subtotal_minor = d.subtotal_minor, discount_minor = d.discount_minor, tax_minor = d.tax_minor, withholding_minor = d.withholding_minor, total_minor = d.total_minor, amount_due_minor = d.amount_due_minor,
      line_items = d.line_items, billing_start = d.billing_start, billing_end = d.billing_end, customer_snapshot = d.customer_snapshot, totals_fingerprint = d.totals_fingerprint,
      updated_at = now(), version = version + 1
    WHERE id = v_standing.id RETURNING * INTO v_saved;
    PERFORM daybook.append_audit('invoice', v_saved.id::text, 'refresh-draft', jsonb_build_object('total_minor', jsonb_build_array(v_standing.total_minor, v_saved.total_minor), 'totals_fingerprint', jsonb_build_array(v_standing.totals_fingerprint, v_saved.totals_fingerprint)), p_request_id);
    RETURN jsonb_build_object('outcome', 'changed', 'invoice', to_jsonb(v_saved));
  END IF;

  INSERT INTO daybook.invoices (id, user_id, partner_id, contract_id, api_key_prefix, kind, status, billing_month, currency, subtotal_minor, discount_minor, tax_minor, withholding_minor, total_minor, amount_due_minor,
    line_items, billing_start, billing_end, replaces, customer_snapshot, notes, totals_fingerprint, created_at, created_by)
  VALUES (d.id, d.user_id, d.partner_id, d.contract_id, d.api_key_prefix, d.kind, 'draft', d.billing_month, d.currency, d.subtotal_minor, d.discount_minor, d.tax_minor, d.withholding_minor, d.total_minor, d.amount_due_minor,
    d.line_items, d.billing_start, d.billing_end,
    (SELECT v.id FROM daybook.invoices v WHERE v.kind = 'partner' AND v.contract_id = d.contract_id AND v.billing_month = d.billing_month AND v.status = 'void' ORDER BY v.voided_at DESC LIMIT 1),
    d.customer_snapshot, d.notes, d.totals_fingerprint, coalesce(d.created_at, now()), session_user)
  RETURNING * INTO v_saved;
  PERFORM daybook.append_audit('invoice', v_saved.id::text, 'create-draft', jsonb_build_object('total_minor', v_saved.total_minor, 'currency', v_saved.currency, 'billing_month', v_saved.billing_month), p_request_id);
  RETURN jsonb_build_object('outcome', 'changed', 'invoice', to_jsonb(v_saved));
END $$;

-- ── Finalising: gives the number ─────────────────────────────────────────────────────────────────────────────────────────────────────
-- p_fingerprint is that of the totals the person saw: a draft that another desk refreshed meanwhile is refused.
CREATE FUNCTION daybook.finalise_invoice(p_id uuid, p_fingerprint text, p_issue_date date, p_due_date date, p_finalised_at timestamptz, p_functional_rate text, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_invoice daybook.invoices;
  v_earlier bigint;
  v_number text;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  SELECT * INTO v_invoice FROM daybook.invoices WHERE id = p_id FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('invoice-not-found', 'The shared database does not know this invoice.');
  END IF;
  IF v_invoice.status <> 'draft' THEN
    IF v_invoice.status = 'void' THEN
      PERFORM daybook.refuse('invoice-state', 'A void invoice cannot be finalised.');
    END IF;
    RETURN jsonb_build_object('outcome', 'unchanged', 'invoice', to_jsonb(v_invoice));
  END IF;
  IF v_invoice.totals_fingerprint <> p_fingerprint THEN
    PERFORM daybook.refuse('invoice-changed', 'The draft was refreshed meanwhile: its totals are no longer the ones you saw.');
  END IF;
  IF p_due_date < p_issue_date THEN
    PERFORM daybook.refuse('due-date-invalid', 'The due date lies before the issue date.');
  END IF;
  IF v_invoice.kind = 'partner' THEN
    IF p_issue_date < ((v_invoice.billing_month || '-01')::date + interval '1 month')::date THEN
      PERFORM daybook.refuse('period-not-over', 'The billed month is not over yet.');
    END IF;
    SELECT count(*) INTO v_earlier FROM daybook.invoices
    WHERE kind = 'partner' AND contract_id = v_invoice.contract_id AND billing_month = v_invoice.billing_month AND status = 'void';
    v_number := 'API-' || replace(v_invoice.billing_month, '-', '') || '-' || v_invoice.api_key_prefix || CASE WHEN v_earlier > 0 THEN '-' || (v_earlier + 1) ELSE '' END;
  ELSE
    v_number := daybook.allocate_document_number('INV', extract(year FROM p_issue_date)::integer);
  END IF;
  UPDATE daybook.invoices SET status = 'finalised', invoice_number = v_number, issue_date = p_issue_date, due_date = p_due_date, finalised_at = p_finalised_at, functional_rate = p_functional_rate, updated_at = now(), version = version + 1
  WHERE id = p_id RETURNING * INTO v_invoice;
  PERFORM daybook.append_audit('invoice', p_id::text, 'finalise', jsonb_build_object('status', jsonb_build_array('draft', 'finalised'), 'invoice_number', v_number, 'total_minor', v_invoice.total_minor, 'totals_fingerprint', p_fingerprint), p_request_id);
  RETURN jsonb_build_object('outcome', 'changed', 'invoice', to_jsonb(v_invoice));
END $$;

-- ── Voiding: the number stays used; the month may be billed again as …-2 ─────────────────────────────────────────────────────────────
CREATE FUNCTION daybook.void_invoice(p_id uuid, p_reason text, p_voided_at timestamptz, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_invoice daybook.invoices;
  v_before text;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  IF length(trim(coalesce(p_reason, ''))) < 3 THEN
    PERFORM daybook.refuse('void-reason-missing', 'Voiding an invoice needs a reason.');
  END IF;
  SELECT * INTO v_invoice FROM daybook.invoices WHERE id = p_id FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('invoice-not-found', 'The shared database does not know this invoice.');
  END IF;
  IF v_invoice.status = 'void' THEN
    RETURN jsonb_build_object('outcome', 'unchanged', 'invoice', to_jsonb(v_invoice));
  END IF;
  IF v_invoice.status NOT IN ('finalised', 'sent') OR v_invoice.amount_paid_minor <> 0 THEN
    PERFORM daybook.refuse('invoice-state', format('An invoice that is %s cannot become void.', replace(v_invoice.status, '_', ' ')));
  END IF;
  v_before := v_invoice.status;
  UPDATE daybook.invoices SET status = 'void', voided_at = p_voided_at, void_reason = trim(p_reason), updated_at = now(), version = version + 1 WHERE id = p_id RETURNING * INTO v_invoice;
  PERFORM daybook.append_audit('invoice', p_id::text, 'void', jsonb_build_object('status', jsonb_build_array(v_before, 'void'), 'reason', v_invoice.void_reason, 'invoice_number', v_invoice.invoice_number), p_request_id);
  RETURN jsonb_build_object('outcome', 'changed', 'invoice', to_jsonb(v_invoice));
END $$;

-- ── Who may call what ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
REVOKE ALL ON FUNCTION daybook.require_role(text), daybook.refuse(text, text), daybook.append_audit(text, text, text, jsonb, uuid), daybook.allocate_document_number(text, integer),
  daybook.save_invoice_draft(jsonb, uuid), daybook.finalise_invoice(uuid, text, date, date, timestamptz, text, uuid), daybook.void_invoice(uuid, text, timestamptz, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.save_invoice_draft(jsonb, uuid), daybook.finalise_invoice(uuid, text, date, date, timestamptz, text, uuid), daybook.void_invoice(uuid, text, timestamptz, uuid) TO daybook_accountant;
