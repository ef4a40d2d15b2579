-- Why: (1) a draft is looked at before it is finalised (domain.md §4, the run sheet); who looked, when and at which figures is the same on every desk. (2) Usage that came
-- after its month's invoice is charged on the next one (docs/adr/0024). Two desks with copies of different age could both charge it: the database asks once more when it
-- gives the number. (3) How far back late usage is looked for is a setting of the ledger.

-- ── Reviews ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Only the newest review of an invoice stands here; the audit log has them all.
CREATE TABLE daybook.invoice_reviews (
  id uuid PRIMARY KEY REFERENCES daybook.invoices (id),
  totals_fingerprint text NOT NULL,       -- of the figures that were looked at: a draft that came to others since counts as not looked at
  reviewed_by text NOT NULL,
  reviewed_at timestamptz NOT NULL
);
ALTER TABLE daybook.invoice_reviews ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON daybook.invoice_reviews TO daybook_finance;
CREATE POLICY read_by_role ON daybook.invoice_reviews FOR SELECT TO daybook_finance USING (true);
CREATE TRIGGER feed_inserts AFTER INSERT ON daybook.invoice_reviews REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes('invoice_review', 'id');
CREATE TRIGGER feed_updates AFTER UPDATE ON daybook.invoice_reviews REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes('invoice_review', 'id');
CREATE TRIGGER feed_deletes AFTER DELETE ON daybook.invoice_reviews REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes('invoice_review', 'id');

-- Says of a draft that it was looked at. The reviewer is the session's user; a review of the same figures that stands already is left as it is.
CREATE FUNCTION daybook.review_invoice(p_id uuid, p_fingerprint text, p_reviewed_at timestamptz, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_invoice daybook.invoices;
  v_review daybook.invoice_reviews;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  SELECT * INTO v_invoice FROM daybook.invoices WHERE id = p_id FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('invoice-not-found', 'The shared database does not know this invoice.');
  END IF;
  IF v_invoice.status <> 'draft' THEN
    PERFORM daybook.refuse('invoice-state', 'Only a draft is reviewed.');
  END IF;
  IF v_invoice.totals_fingerprint IS DISTINCT FROM p_fingerprint THEN
    PERFORM daybook.refuse('invoice-changed', 'The draft was refreshed meanwhile: its totals are no longer the ones you saw.');
  END IF;
  SELECT * INTO v_review FROM daybook.invoice_reviews WHERE id = p_id;
  IF v_review.totals_fingerprint IS DISTINCT FROM p_fingerprint THEN
    INSERT INTO daybook.invoice_reviews (id, totals_fingerprint, reviewed_by, reviewed_at) VALUES (p_id, p_fingerprint, session_user, p_reviewed_at)
    ON CONFLICT (id) DO UPDATE SET totals_fingerprint = EXCLUDED.totals_fingerprint, reviewed_by = EXCLUDED.reviewed_by, reviewed_at = EXCLUDED.reviewed_at
    RETURNING * INTO v_review;
    PERFORM daybook.append_audit('invoice', p_id::text, 'review', jsonb_build_object('totals_fingerprint', p_fingerprint, 'total_minor', v_invoice.total_minor), p_request_id);
  END IF;
  RETURN jsonb_build_object('id', v_review.id, 'totals_fingerprint', v_review.totals_fingerprint, 'reviewed_by', v_review.reviewed_by, 'reviewed_at', v_review.reviewed_at);
END $$;

-- ── Late usage is charged once ───────────────────────────────────────────────────────────────────────────────────────────────────────
-- What an invoice took as invoiced for each month it looked at must be what is invoiced for it at this moment: on that month's own invoice and on every other that charges
-- usage of it, drafts of earlier months included. One lock per contract orders the desks; what is read after it is what stands.
CREATE FUNCTION daybook.check_late_usage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_measured jsonb;
  v_own bigint;
  v_elsewhere bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('daybook.late-usage/' || NEW.contract_id, 0));
  FOR v_measured IN SELECT value FROM jsonb_array_elements(NEW.customer_snapshot -> 'measured') LOOP
    v_own := 0; -- of the invoice's own month only what others charge: the rest are its own lines
    IF v_measured ->> 'month' <> NEW.billing_month THEN
      SELECT (customer_snapshot #>> '{rated,subtotalMinor}')::bigint INTO v_own FROM daybook.invoices
      WHERE kind = 'partner' AND contract_id = NEW.contract_id AND billing_month = v_measured ->> 'month' AND status NOT IN ('draft', 'void');
    END IF;
    SELECT coalesce(sum((late ->> 'amountMinor')::bigint), 0) INTO v_elsewhere
    FROM daybook.invoices i CROSS JOIN LATERAL jsonb_array_elements(i.customer_snapshot -> 'lateUsage') AS late
    WHERE i.kind = 'partner' AND i.contract_id = NEW.contract_id AND i.billing_month <> NEW.billing_month AND i.status <> 'void' AND (i.status <> 'draft' OR i.billing_month < NEW.billing_month)
      AND late ->> 'month' = v_measured ->> 'month';
    IF v_own + v_elsewhere IS DISTINCT FROM (v_measured ->> 'invoicedMinor')::bigint THEN
      PERFORM daybook.refuse('invoice-changed', 'What was invoiced for an earlier month has changed since this draft was made.');
    END IF;
  END LOOP;
  RETURN NEW;
END $$;
CREATE TRIGGER late_usage_once BEFORE UPDATE OF status ON daybook.invoices FOR EACH ROW
  WHEN (OLD.status = 'draft' AND NEW.status = 'finalised' AND NEW.kind = 'partner' AND NEW.customer_snapshot ? 'measured') EXECUTE FUNCTION daybook.check_late_usage();

-- ── How far back ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
ALTER TABLE daybook.ledger ADD COLUMN late_usage_months integer NOT NULL DEFAULT 12 CHECK (late_usage_months BETWEEN 0 AND 60);

CREATE FUNCTION daybook.set_late_usage_months(p_months integer, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_ledger daybook.ledger;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  IF p_months IS NULL OR p_months NOT BETWEEN 0 AND 60 THEN
    PERFORM daybook.refuse('late-usage-months-invalid', 'Late usage is looked for in 0 to 60 months.');
  END IF;
  SELECT * INTO v_ledger FROM daybook.ledger FOR UPDATE;
  -- A request whose answer was lost is not carried out again over what somebody set since.
  IF v_ledger.late_usage_months = p_months OR EXISTS (SELECT FROM daybook.audit_log WHERE entity = 'ledger-setting' AND request_id = p_request_id) THEN
    RETURN;
  END IF;
  UPDATE daybook.ledger SET late_usage_months = p_months;
  PERFORM daybook.append_audit('ledger-setting', 'late_usage_months', 'set', jsonb_build_object('late_usage_months', jsonb_build_array(v_ledger.late_usage_months, p_months)), p_request_id);
END $$;

REVOKE ALL ON FUNCTION daybook.review_invoice(uuid, text, timestamptz, uuid), daybook.check_late_usage(), daybook.set_late_usage_months(integer, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.review_invoice(uuid, text, timestamptz, uuid), daybook.set_late_usage_months(integer, uuid) TO daybook_accountant;
