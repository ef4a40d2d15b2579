-- Why: a partner's month can come to less than nothing, by usage that is taken back. Its invoice owed the customer something that no act could settle. Now what it owes becomes a credit of the
-- customer when it is finalised, in the same transaction, and the next invoices use it up (domain.md §4, docs/adr/0033). The functions are those of 0017 with that act in them.
ALTER TABLE daybook.receivable_acts DROP CONSTRAINT receivable_acts_kind_check;
ALTER TABLE daybook.receivable_acts ADD CONSTRAINT receivable_acts_kind_check CHECK (kind IN ('sent', 'receipt', 'allocation', 'credit-note', 'credit-application', 'credit-carried', 'refund-payment', 'withholding-certificate', 'uncollectible', 'write-off', 'reversal'));

-- What was carried to credit is paid with a minus: cash and the customer's credits.
CREATE OR REPLACE FUNCTION daybook.settle_invoice(p_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  i daybook.invoices;
  s record;
  v_due bigint;
  v_status text;
BEGIN
  SELECT * INTO i FROM daybook.invoices WHERE id = p_id FOR UPDATE;
  IF i.status IN ('draft', 'void') THEN
    RETURN;
  END IF;
  SELECT
    coalesce(sum(CASE kind WHEN 'credit-carried' THEN -amount_minor ELSE amount_minor END) FILTER (WHERE kind IN ('allocation', 'credit-application', 'credit-carried')), 0) AS paid, coalesce(sum(offset_minor), 0) AS credited, coalesce(sum(unforeseen_minor), 0) AS withheld,
    coalesce(sum(amount_minor) FILTER (WHERE kind IN ('write-off', 'uncollectible')), 0) - coalesce(sum(recovered_minor), 0) AS written_off,
    coalesce(sum(amount_minor) FILTER (WHERE kind = 'uncollectible'), 0) - coalesce(sum(recovered_minor), 0) AS uncollectible, min(recorded_at) FILTER (WHERE kind = 'sent') AS sent_at
  INTO s FROM daybook.standing_acts WHERE invoice_id = p_id;
  v_due := i.total_minor - i.withholding_minor - s.paid - s.credited - s.withheld - s.written_off;
  v_status := CASE
    WHEN s.uncollectible > 0 THEN 'uncollectible'
    WHEN s.paid + s.credited + s.withheld + s.written_off = 0 THEN CASE WHEN coalesce(i.sent_at, s.sent_at) IS NULL THEN 'finalised' ELSE 'sent' END
    WHEN v_due = 0 THEN 'paid' ELSE 'partly_paid' END;
  UPDATE daybook.invoices SET amount_paid_minor = s.paid, amount_credited_minor = s.credited, amount_withheld_minor = s.withheld, amount_written_off_minor = s.written_off, amount_due_minor = v_due, sent_at = coalesce(i.sent_at, s.sent_at),
    status = v_status, paid_at = CASE WHEN v_status = 'paid' THEN coalesce(paid_at, clock_timestamp()) END, updated_at = now(), version = version + 1
  WHERE id = p_id;
END $$;

CREATE OR REPLACE FUNCTION daybook.record_receivable_act(p jsonb, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  a daybook.receivable_acts := jsonb_populate_record(NULL::daybook.receivable_acts, p);
  i daybook.invoices;
  o daybook.receivable_acts;
  c daybook.credits;
  s record;
  v_left bigint;
  v_open_withholding bigint;
  v_payable bigint;
BEGIN
  a.amount_minor := coalesce(a.amount_minor, 0); a.offset_minor := 0; a.rest_minor := 0; a.recovered_minor := 0; a.unforeseen_minor := 0;
  a.net_minor := coalesce(a.net_minor, 0); a.tax_minor := coalesce(a.tax_minor, 0); a.withholding_minor := coalesce(a.withholding_minor, 0); a.document_number := NULL;
  IF a.id IS NULL OR a.acted_on IS NULL OR a.kind IS NULL THEN
    PERFORM daybook.refuse('act-invalid', 'An act has an id, a kind and a day.');
  END IF;
  IF a.kind IN ('credit-note', 'uncollectible', 'write-off', 'reversal') AND length(trim(coalesce(a.reason, ''))) < 3 THEN
    PERFORM daybook.refuse('act-reason-missing', 'This needs a reason of at least three letters.');
  END IF;

  IF a.kind = 'reversal' THEN
    SELECT * INTO o FROM daybook.receivable_acts WHERE id = a.reverses;
    IF NOT FOUND OR o.kind IN ('reversal', 'sent') THEN
      PERFORM daybook.refuse('act-not-found', 'There is no such act that could be taken back.');
    END IF;
    IF EXISTS (SELECT FROM daybook.receivable_acts r WHERE r.reverses = o.id) THEN
      PERFORM daybook.refuse('act-reversed-already', 'This was taken back already.');
    END IF;
    IF a.acted_on < o.acted_on THEN
      PERFORM daybook.refuse('act-date-invalid', 'The day lies before the act that is taken back.');
    END IF;
    a.invoice_id := o.invoice_id; a.receipt_id := o.receipt_id; a.credit_id := o.credit_id; a.credit_note_id := o.credit_note_id; a.party_id := o.party_id; a.currency := o.currency; a.amount_minor := o.amount_minor;
    IF o.kind = 'receipt' THEN
      a.receipt_id := o.id;
      IF EXISTS (SELECT FROM daybook.standing_acts WHERE receipt_id = o.id AND kind = 'allocation') THEN
        PERFORM daybook.refuse('act-in-use', 'The receipt is applied to an invoice.');
      END IF;
    ELSIF o.kind = 'credit-note' THEN
      a.credit_note_id := o.id;
      IF EXISTS (SELECT FROM daybook.standing_acts WHERE credit_note_id = o.id AND kind = 'refund-payment') OR EXISTS (SELECT FROM daybook.credits k WHERE k.id = o.credit_id AND k.remaining_minor <> k.amount_minor) THEN
        PERFORM daybook.refuse('act-in-use', 'What the credit note gave has been used.');
      END IF;
      UPDATE daybook.credits SET remaining_minor = 0, version = version + 1 WHERE id = o.credit_id;
    ELSIF o.kind = 'credit-carried' THEN
      IF EXISTS (SELECT FROM daybook.credits k WHERE k.id = o.credit_id AND k.remaining_minor <> k.amount_minor) THEN
        PERFORM daybook.refuse('act-in-use', 'The credit it gave has been used.');
      END IF;
      UPDATE daybook.credits SET remaining_minor = 0, version = version + 1 WHERE id = o.credit_id;
    ELSIF o.kind = 'credit-application' THEN
      UPDATE daybook.credits SET remaining_minor = remaining_minor + o.amount_minor, applied_invoices = applied_invoices - o.invoice_id::text, version = version + 1 WHERE id = o.credit_id;
    END IF;
    IF o.kind = 'uncollectible' AND EXISTS (SELECT FROM daybook.standing_acts WHERE invoice_id = o.invoice_id AND recovered_minor > 0) THEN
      PERFORM daybook.refuse('act-in-use', 'A part of it was recovered.');
    END IF;
    IF o.invoice_id IS NOT NULL AND o.kind <> 'refund-payment' THEN
      SELECT * INTO i FROM daybook.invoices WHERE id = o.invoice_id FOR UPDATE;
      IF o.kind <> 'uncollectible' AND o.recovered_minor = 0 AND i.status = 'uncollectible' THEN
        PERFORM daybook.refuse('act-in-use', 'The invoice was marked uncollectible since.');
      END IF;
      IF o.kind IN ('allocation', 'credit-application') AND i.amount_paid_minor - o.amount_minor < (SELECT coalesce(sum(rest_minor), 0) FROM daybook.standing_acts WHERE invoice_id = o.invoice_id) THEN
        PERFORM daybook.refuse('act-in-use', 'What was paid was given back by a credit note.');
      END IF;
    END IF;

  ELSIF a.kind = 'receipt' THEN
    IF a.amount_minor <= 0 OR a.party_id IS NULL OR a.currency IS NULL OR coalesce(trim(a.reference), '') = '' THEN
      PERFORM daybook.refuse('act-invalid', 'A receipt has a customer, an amount, a currency and a bank reference.');
    END IF;
    a.invoice_id := NULL;

  ELSIF a.kind = 'refund-payment' THEN
    SELECT * INTO o FROM daybook.standing_acts WHERE id = a.credit_note_id AND kind = 'credit-note';
    IF NOT FOUND THEN
      PERFORM daybook.refuse('act-not-found', 'There is no such credit note.');
    END IF;
    IF o.settlement <> 'refund' OR o.rest_minor = 0 THEN
      PERFORM daybook.refuse('refund-not-owed', 'This credit note owes no refund.');
    END IF;
    IF EXISTS (SELECT FROM daybook.standing_acts WHERE credit_note_id = o.id AND kind = 'refund-payment') THEN
      PERFORM daybook.refuse('refund-paid-already', 'This refund was paid already.');
    END IF;
    IF a.acted_on < o.acted_on THEN
      PERFORM daybook.refuse('act-date-invalid', 'The day lies before the credit note.');
    END IF;
    a.invoice_id := o.invoice_id; a.party_id := o.party_id; a.currency := o.currency; a.amount_minor := o.rest_minor;

  ELSE
    SELECT * INTO i FROM daybook.invoices WHERE id = a.invoice_id FOR UPDATE;
    IF NOT FOUND THEN
      PERFORM daybook.refuse('invoice-not-found', 'The shared database does not know this invoice.');
    END IF;
    IF i.status IN ('draft', 'void') OR (i.status = 'partly_paid' AND a.kind = 'credit-carried') OR (i.status = 'paid' AND a.kind NOT IN ('sent', 'credit-note')) OR (i.status = 'uncollectible' AND a.kind NOT IN ('sent', 'allocation')) THEN
      PERFORM daybook.refuse('invoice-state', format('This cannot be done to an invoice that is %s.', replace(i.status, '_', ' ')));
    END IF;
    IF a.acted_on < i.issue_date THEN
      PERFORM daybook.refuse('act-date-invalid', 'The day lies before the invoice was issued.');
    END IF;
    a.party_id := daybook.party_of_invoice(i);
    a.currency := i.currency;
    v_payable := i.total_minor - i.withholding_minor;
    SELECT coalesce(sum(rest_minor), 0) AS rests, coalesce(sum(net_minor) FILTER (WHERE kind = 'credit-note'), 0) AS net, coalesce(sum(tax_minor) FILTER (WHERE kind = 'credit-note'), 0) AS tax,
      coalesce(sum(withholding_minor) FILTER (WHERE kind = 'credit-note'), 0) AS withholding, coalesce(sum(amount_minor - unforeseen_minor) FILTER (WHERE kind = 'withholding-certificate'), 0) AS proven,
      coalesce(sum(amount_minor) FILTER (WHERE kind = 'uncollectible'), 0) AS lost, coalesce(sum(tax_minor) FILTER (WHERE kind = 'uncollectible'), 0) AS lost_tax, coalesce(sum(withholding_minor) FILTER (WHERE kind = 'uncollectible'), 0) AS lost_withholding,
      coalesce(sum(recovered_minor), 0) AS recovered, coalesce(sum(tax_minor) FILTER (WHERE recovered_minor > 0), 0) AS recovered_tax, coalesce(sum(withholding_minor) FILTER (WHERE recovered_minor > 0), 0) AS recovered_withholding
    INTO s FROM daybook.standing_acts WHERE invoice_id = i.id;
    v_open_withholding := greatest(0, i.withholding_minor - s.withholding - s.proven);

    IF a.kind = 'sent' THEN
      a.amount_minor := 0;

    ELSIF a.kind = 'allocation' THEN
      SELECT * INTO o FROM daybook.standing_acts WHERE id = a.receipt_id AND kind = 'receipt';
      IF NOT FOUND THEN
        PERFORM daybook.refuse('receipt-not-found', 'There is no such receipt, or it was taken back.');
      END IF;
      IF o.party_id <> a.party_id OR o.currency <> a.currency THEN
        PERFORM daybook.refuse('receipt-of-other-customer', 'The receipt is of another customer or in another currency.');
      END IF;
      IF a.acted_on < o.acted_on THEN
        PERFORM daybook.refuse('act-date-invalid', 'The day lies before the receipt.');
      END IF;
      v_left := o.amount_minor - (SELECT coalesce(sum(amount_minor), 0) FROM daybook.standing_acts WHERE receipt_id = o.id AND kind = 'allocation');
      IF a.amount_minor <= 0 OR a.amount_minor > v_left THEN
        PERFORM daybook.refuse('receipt-exceeded', 'More would be applied than is left of the receipt.');
      END IF;
      IF a.amount_minor > (CASE i.status WHEN 'uncollectible' THEN s.lost - s.recovered ELSE i.amount_due_minor END) THEN
        PERFORM daybook.refuse('allocation-exceeds-due', 'More would be applied than is due.');
      END IF;
      IF i.status = 'uncollectible' THEN
        a.recovered_minor := a.amount_minor;
        a.tax_minor := round(s.lost_tax::numeric * (s.recovered + a.amount_minor) / s.lost) - s.recovered_tax;
        a.withholding_minor := round(s.lost_withholding::numeric * (s.recovered + a.amount_minor) / s.lost) - s.recovered_withholding;
      ELSE
        a.tax_minor := 0; a.withholding_minor := 0;
      END IF;

    ELSIF a.kind = 'credit-application' THEN
      SELECT * INTO c FROM daybook.credits WHERE id = a.credit_id FOR UPDATE;
      IF NOT FOUND OR c.account <> a.party_id OR c.currency <> a.currency OR c.expires_on < a.acted_on THEN
        PERFORM daybook.refuse('credit-not-usable', 'The customer has no such credit in this currency, or it has expired.');
      END IF;
      IF a.amount_minor <= 0 OR a.amount_minor > c.remaining_minor OR a.amount_minor > i.amount_due_minor THEN
        PERFORM daybook.refuse('allocation-exceeds-due', 'More would be applied than is due, or than is left of the credit.');
      END IF;
      UPDATE daybook.credits SET remaining_minor = remaining_minor - a.amount_minor, applied_invoices = applied_invoices || to_jsonb(i.id::text), version = version + 1 WHERE id = c.id;

    ELSIF a.kind = 'credit-carried' THEN
      a.amount_minor := -i.amount_due_minor;
      IF a.amount_minor <= 0 THEN
        PERFORM daybook.refuse('invoice-state', 'This invoice owes the customer nothing that could be kept as credit.');
      END IF;
      IF a.credit_id IS NULL THEN
        PERFORM daybook.refuse('act-invalid', 'What is kept as credit names the credit it makes.');
      END IF;
      INSERT INTO daybook.credits (id, account, amount_minor, remaining_minor, currency, reason, expires_on, created_by)
      VALUES (a.credit_id, a.party_id, a.amount_minor, a.amount_minor, a.currency, i.invoice_number || ': less than nothing was owed', NULL, session_user);

    ELSIF a.kind = 'credit-note' THEN
      IF jsonb_typeof(a.lines) IS DISTINCT FROM 'array' OR a.net_minor IS DISTINCT FROM (SELECT sum((l ->> 'netMinor')::bigint) FROM jsonb_array_elements(a.lines) l)
        OR i.subtotal_minor IS DISTINCT FROM (SELECT sum(n::bigint) FROM jsonb_array_elements_text(p -> 'line_nets') n) OR jsonb_array_length(p -> 'line_nets') <> jsonb_array_length(i.line_items)
        OR a.amount_minor <> a.net_minor + a.tax_minor - a.withholding_minor THEN
        PERFORM daybook.refuse('act-invalid', 'The figures of the credit note do not follow from its lines.');
      END IF;
      IF a.amount_minor <= 0 OR EXISTS (
        SELECT FROM (SELECT (l ->> 'lineIndex')::integer AS line, (l ->> 'netMinor')::bigint AS net FROM jsonb_array_elements(a.lines) l
          UNION ALL SELECT (l ->> 'lineIndex')::integer, (l ->> 'netMinor')::bigint FROM daybook.standing_acts n, jsonb_array_elements(n.lines) l WHERE n.invoice_id = i.id AND n.kind = 'credit-note') AS credited
        GROUP BY line HAVING NOT coalesce(sum(net) BETWEEN least(0, (p -> 'line_nets' ->> line)::bigint) AND greatest(0, (p -> 'line_nets' ->> line)::bigint), false))
        OR NOT (s.tax + a.tax_minor BETWEEN least(0, i.tax_minor) AND greatest(0, i.tax_minor)) OR s.withholding + a.withholding_minor > i.withholding_minor OR a.withholding_minor < 0 THEN
        PERFORM daybook.refuse('credit-exceeds-left', 'More would be credited than is left of the invoice.');
      END IF;
      a.offset_minor := least(a.amount_minor, greatest(0, i.amount_due_minor));
      a.rest_minor := a.amount_minor - a.offset_minor;
      IF a.rest_minor > 0 AND coalesce(a.settlement, 'offset') = 'offset' THEN
        PERFORM daybook.refuse('credit-exceeds-due', 'More would be offset than is due.');
      END IF;
      IF a.rest_minor > i.amount_paid_minor - s.rests THEN
        PERFORM daybook.refuse('credit-exceeds-paid', 'More would be given back than was paid.');
      END IF;
      a.settlement := coalesce(a.settlement, 'offset');
      a.document_number := daybook.number_document('CN', a.acted_on, a.id);
      IF a.settlement = 'credit' AND a.rest_minor > 0 THEN
        INSERT INTO daybook.credits (id, account, amount_minor, remaining_minor, currency, reason, expires_on, created_by)
        VALUES (a.credit_id, a.party_id, a.rest_minor, a.rest_minor, a.currency, a.document_number || ': ' || trim(a.reason), (p ->> 'expires_on')::date, session_user);
      ELSE
        a.credit_id := NULL;
      END IF;

    ELSIF a.kind = 'withholding-certificate' THEN
      IF a.amount_minor <= 0 OR coalesce(trim(a.reference), '') = '' THEN
        PERFORM daybook.refuse('act-invalid', 'A withholding certificate has an amount and a number.');
      END IF;
      a.unforeseen_minor := greatest(0, a.amount_minor - v_open_withholding);
      IF a.unforeseen_minor > i.amount_due_minor THEN
        PERFORM daybook.refuse('allocation-exceeds-due', 'More would be withheld than is due.');
      END IF;

    ELSIF a.kind = 'uncollectible' THEN
      a.amount_minor := i.amount_due_minor;
      IF a.amount_minor <= 0 THEN
        PERFORM daybook.refuse('invoice-state', 'Nothing is due on this invoice.');
      END IF;
      a.tax_minor := round(greatest(0, i.tax_minor - s.tax)::numeric * a.amount_minor / greatest(a.amount_minor, v_payable - i.amount_credited_minor - s.rests));
      a.withholding_minor := least(v_open_withholding, round(greatest(0, i.withholding_minor - s.withholding)::numeric * a.amount_minor / greatest(a.amount_minor, v_payable - i.amount_credited_minor - s.rests)));

    ELSIF a.kind = 'write-off' THEN
      IF a.amount_minor <= 0 OR a.amount_minor > i.amount_due_minor THEN
        PERFORM daybook.refuse('allocation-exceeds-due', 'More would be written off than is due.');
      END IF;
      IF a.amount_minor + i.amount_written_off_minor > (SELECT write_off_limit_minor FROM daybook.ledger) THEN
        PERFORM daybook.refuse('write-off-limit', 'This is more than may be written off as a small rest.');
      END IF;
    ELSE
      PERFORM daybook.refuse('act-invalid', 'There is no such act.');
    END IF;
  END IF;

  INSERT INTO daybook.receivable_acts (id, kind, invoice_id, receipt_id, credit_id, credit_note_id, reverses, document_number, party_id, currency, amount_minor, offset_minor, rest_minor, recovered_minor, unforeseen_minor, net_minor, tax_minor,
    withholding_minor, settlement, lines, acted_on, functional_rate, reference, reason, request_id)
  VALUES (a.id, a.kind, a.invoice_id, a.receipt_id, a.credit_id, a.credit_note_id, a.reverses, a.document_number, a.party_id, a.currency, a.amount_minor, a.offset_minor, a.rest_minor, a.recovered_minor, a.unforeseen_minor, a.net_minor, a.tax_minor,
    a.withholding_minor, CASE a.kind WHEN 'credit-note' THEN a.settlement END, CASE a.kind WHEN 'credit-note' THEN a.lines END, a.acted_on, a.functional_rate, trim(a.reference), trim(a.reason), p_request_id);
  IF a.invoice_id IS NOT NULL THEN
    PERFORM daybook.settle_invoice(a.invoice_id);
  END IF;
  PERFORM daybook.append_audit(CASE WHEN a.invoice_id IS NULL THEN 'receipt' ELSE 'invoice' END, coalesce(a.invoice_id, a.receipt_id, a.id)::text, a.kind,
    jsonb_strip_nulls(jsonb_build_object('act_id', a.id, 'amount_minor', a.amount_minor, 'currency', a.currency, 'document_number', a.document_number, 'reverses', a.reverses, 'reference', trim(a.reference), 'reason', trim(a.reason))), p_request_id);
END $$;

-- Uses up credits; what the invoice owes the customer becomes one.
CREATE OR REPLACE FUNCTION daybook.apply_credits(p_invoice_id uuid, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  i daybook.invoices;
  c daybook.credits;
BEGIN
  SELECT * INTO i FROM daybook.invoices WHERE id = p_invoice_id;
  FOR c IN SELECT * FROM daybook.credits k WHERE k.account = daybook.party_of_invoice(i) AND k.currency = i.currency AND k.remaining_minor > 0 AND (k.expires_on IS NULL OR k.expires_on >= i.issue_date)
    ORDER BY k.expires_on NULLS LAST, k.created_at, k.id
  LOOP
    SELECT * INTO i FROM daybook.invoices WHERE id = p_invoice_id;
    EXIT WHEN i.amount_due_minor <= 0;
    PERFORM daybook.record_receivable_act(jsonb_build_object('id', gen_random_uuid(), 'kind', 'credit-application', 'invoice_id', i.id, 'credit_id', c.id, 'amount_minor', least(c.remaining_minor, i.amount_due_minor), 'acted_on', i.issue_date), p_request_id);
  END LOOP;
  SELECT * INTO i FROM daybook.invoices WHERE id = p_invoice_id;
  IF i.amount_due_minor < 0 THEN
    PERFORM daybook.record_receivable_act(jsonb_build_object('id', gen_random_uuid(), 'kind', 'credit-carried', 'invoice_id', i.id, 'credit_id', gen_random_uuid(), 'acted_on', i.issue_date), p_request_id);
  END IF;
END $$;

-- The credits that were applied go back, and the one it made is taken back.
CREATE OR REPLACE FUNCTION daybook.void_invoice(p_id uuid, p_reason text, p_voided_at timestamptz, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_invoice daybook.invoices;
  v_before text;
  v_act record;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  IF length(trim(coalesce(p_reason, ''))) < 3 THEN
    PERFORM daybook.refuse('void-reason-missing', 'Voiding an invoice needs a reason.');
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('daybook.receivable_acts', 0));
  SELECT * INTO v_invoice FROM daybook.invoices WHERE id = p_id FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('invoice-not-found', 'The shared database does not know this invoice.');
  END IF;
  IF v_invoice.status = 'void' THEN
    RETURN daybook.answer_of_invoice('unchanged', v_invoice);
  END IF;
  -- Credits that were applied go back to the customer; anything else that was done to it is taken back first.
  IF v_invoice.status IN ('partly_paid', 'paid') THEN
    FOR v_act IN SELECT id FROM daybook.standing_acts WHERE invoice_id = p_id AND kind IN ('credit-application', 'credit-carried') ORDER BY sequence LOOP
      PERFORM daybook.record_receivable_act(jsonb_build_object('id', gen_random_uuid(), 'kind', 'reversal', 'reverses', v_act.id, 'acted_on', greatest((p_voided_at AT TIME ZONE (SELECT reporting_time_zone FROM daybook.ledger))::date, v_invoice.issue_date), 'reason', 'Void: ' || trim(p_reason)), p_request_id);
    END LOOP;
    SELECT * INTO v_invoice FROM daybook.invoices WHERE id = p_id FOR UPDATE;
  END IF;
  IF v_invoice.status NOT IN ('finalised', 'sent') OR EXISTS (SELECT FROM daybook.standing_acts WHERE invoice_id = p_id AND kind <> 'sent') THEN
    PERFORM daybook.refuse('invoice-state', format('An invoice that is %s cannot become void.', replace(v_invoice.status, '_', ' ')));
  END IF;
  v_before := v_invoice.status;
  UPDATE daybook.invoices SET status = 'void', voided_at = p_voided_at, void_reason = trim(p_reason), updated_at = now(), version = version + 1 WHERE id = p_id RETURNING * INTO v_invoice;
  PERFORM daybook.append_audit('invoice', p_id::text, 'void', jsonb_build_object('status', jsonb_build_array(v_before, 'void'), 'reason', v_invoice.void_reason, 'invoice_number', v_invoice.invoice_number), p_request_id);
  RETURN daybook.answer_of_invoice('changed', v_invoice);
END $$;
