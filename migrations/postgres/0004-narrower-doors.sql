-- Why: four doors of 0001 to 0003 stood wider than meant.
--   * feed_changes() runs as its owner, and PUBLIC could hang it on a temporary table of its own: any login, the relay's too, could write into the
--     change feed that every desk follows. An id in it that is none stopped them all.
--   * A comparison with NULL is neither true nor false: finalising without a fingerprint passed the check of the totals the person saw, and
--     without dates gave an invoice that has none.
--   * A fencing number can be read by everybody, so it says which lease is meant, not whose it is: a login could end another's lease, or
--     report another's job as done.
--   * Billing needs an accountant, and so does saying that it was done.

-- A trigger checks the right to its function when it is made, not when it fires: the tables of 0001 keep theirs.
REVOKE ALL ON FUNCTION daybook.feed_changes() FROM PUBLIC;

ALTER TABLE daybook.invoices
  ADD CONSTRAINT billing_month_is_a_month CHECK (billing_month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  ADD CONSTRAINT standing_invoices_have_dates CHECK (status IN ('draft', 'void') OR (issue_date IS NOT NULL AND due_date IS NOT NULL AND finalised_at IS NOT NULL));

-- ── Finalising (as in 0002, and nothing may be left out) ─────────────────────────────────────────────────────────────────────────────
CREATE OR REPLACE FUNCTION daybook.finalise_invoice(p_id uuid, p_fingerprint text, p_issue_date date, p_due_date date, p_finalised_at timestamptz, p_functional_rate text, p_request_id uuid) RETURNS jsonb
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
  IF v_invoice.totals_fingerprint IS DISTINCT FROM p_fingerprint THEN
    PERFORM daybook.refuse('invoice-changed', 'The draft was refreshed meanwhile: its totals are no longer the ones you saw.');
  END IF;
  IF p_issue_date IS NULL OR p_due_date IS NULL OR p_finalised_at IS NULL THEN
    PERFORM daybook.refuse('invoice-date-missing', 'A finalised invoice has a day of issue, a due date and the moment it was finalised.');
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

-- ── Leases (as in 0003, each for its own holder and for the role of its job) ─────────────────────────────────────────────────────────
CREATE FUNCTION daybook.require_job_role(p_job text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.require_role(CASE p_job WHEN 'partner-billing' THEN 'daybook_accountant' ELSE 'daybook_finance' END);
END $$;
REVOKE ALL ON FUNCTION daybook.require_job_role(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION daybook.acquire_lease(p_job text, p_desk text, p_ttl_ms bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_fencing bigint;
BEGIN
  PERFORM daybook.require_job_role(p_job);
  IF p_ttl_ms NOT BETWEEN 1 AND 86400000 THEN
    PERFORM daybook.refuse('lease-length-invalid', 'A lease lasts between a millisecond and a day.');
  END IF;
  INSERT INTO daybook.job_leases AS l (job, holder, fencing_number, expires_at)
  VALUES (p_job, session_user || '/' || p_desk, 1, clock_timestamp() + p_ttl_ms * interval '1 millisecond')
  ON CONFLICT (job) DO UPDATE SET holder = EXCLUDED.holder, fencing_number = l.fencing_number + 1, expires_at = EXCLUDED.expires_at
    WHERE l.expires_at <= clock_timestamp() OR l.holder = EXCLUDED.holder
  RETURNING l.fencing_number INTO v_fencing;
  RETURN v_fencing;
END $$;

CREATE OR REPLACE FUNCTION daybook.renew_lease(p_job text, p_fencing_number bigint, p_ttl_ms bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.require_job_role(p_job);
  UPDATE daybook.job_leases SET expires_at = clock_timestamp() + p_ttl_ms * interval '1 millisecond' WHERE job = p_job AND fencing_number = p_fencing_number
    AND starts_with(holder, session_user || '/');
  RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION daybook.release_lease(p_job text, p_fencing_number bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.require_job_role(p_job);
  UPDATE daybook.job_leases SET expires_at = clock_timestamp() WHERE job = p_job AND fencing_number = p_fencing_number
    AND starts_with(holder, session_user || '/');
END $$;

CREATE OR REPLACE FUNCTION daybook.complete_job(p_job text, p_period text, p_fencing_number bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_fencing bigint;
  v_holder text;
BEGIN
  PERFORM daybook.require_job_role(p_job);
  SELECT fencing_number, holder INTO v_fencing, v_holder FROM daybook.job_leases WHERE job = p_job FOR UPDATE;
  IF EXISTS (SELECT FROM daybook.job_successes WHERE job = p_job AND period = p_period) THEN
    RETURN 'already-completed';
  END IF;
  IF v_fencing IS DISTINCT FROM p_fencing_number OR NOT starts_with(v_holder, session_user || '/') THEN
    PERFORM daybook.refuse('lease-lost', 'Another desk has taken over this job.');
  END IF;
  INSERT INTO daybook.job_successes (job, period, fencing_number, completed_by) VALUES (p_job, p_period, p_fencing_number, session_user);
  RETURN 'completed';
END $$;
