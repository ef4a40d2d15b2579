-- Why: what a customer has as credit could only be used up by later invoices, and what was left of a receipt only be applied; an accountant must also be able to pay both back by bank
-- (docs/adr/0037). Like every act it is decided here under the one lock, so that two desks at once never pay a credit twice. The function is that of 0033 with that act in it.
ALTER TABLE daybook.receivable_acts DROP CONSTRAINT receivable_acts_kind_check;
ALTER TABLE daybook.receivable_acts ADD CONSTRAINT receivable_acts_kind_check CHECK (kind IN ('sent', 'receipt', 'allocation', 'credit-note', 'credit-application', 'credit-carried', 'credit-payment', 'refund-payment', 'withholding-certificate', 'uncollectible', 'write-off', 'reversal'));
-- It is of one credit or of one receipt.
ALTER TABLE daybook.receivable_acts ADD CONSTRAINT receivable_acts_payment_of_one CHECK (kind <> 'credit-payment' OR (credit_id IS NULL) <> (receipt_id IS NULL));

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
      IF EXISTS (SELECT FROM daybook.standing_acts WHERE receipt_id = o.id AND kind = 'credit-payment') THEN
        PERFORM daybook.refuse('act-in-use', 'What was left of the receipt was paid back.');
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
    ELSIF o.kind = 'credit-payment' THEN
      UPDATE daybook.credits SET remaining_minor = remaining_minor + o.amount_minor, version = version + 1 WHERE id = o.credit_id;
    END IF;
    IF o.kind = 'uncollectible' AND EXISTS (SELECT FROM daybook.standing_acts WHERE invoice_id = o.invoice_id AND recovered_minor > 0) THEN
      PERFORM daybook.refuse('act-in-use', 'A part of it was recovered.');
    END IF;
    IF o.invoice_id IS NOT NULL AND o.kind NOT IN ('refund-payment', 'credit-payment') THEN
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

  ELSIF a.kind = 'credit-payment' THEN
    IF a.amount_minor <= 0 OR coalesce(trim(a.reference), '') = '' OR (a.credit_id IS NULL) = (a.receipt_id IS NULL) THEN
      PERFORM daybook.refuse('act-invalid', 'What is paid out to a customer has an amount and a bank reference, and is of one credit or of one receipt.');
    END IF;
    IF a.credit_id IS NOT NULL THEN
      SELECT * INTO c FROM daybook.credits WHERE id = a.credit_id FOR UPDATE;
      SELECT * INTO o FROM daybook.standing_acts WHERE credit_id = a.credit_id AND kind IN ('credit-note', 'credit-carried');
      IF o.id IS NULL THEN
        PERFORM daybook.refuse('credit-not-found', 'There is no such credit, or what gave it was taken back.');
      END IF;
      v_left := c.remaining_minor;
    ELSE
      SELECT * INTO o FROM daybook.standing_acts WHERE id = a.receipt_id AND kind = 'receipt';
      IF NOT FOUND THEN
        PERFORM daybook.refuse('receipt-not-found', 'There is no such receipt, or it was taken back.');
      END IF;
      v_left := o.amount_minor - (SELECT coalesce(sum(amount_minor), 0) FROM daybook.standing_acts WHERE receipt_id = o.id AND kind IN ('allocation', 'credit-payment'));
    END IF;
    IF a.acted_on < o.acted_on THEN
      PERFORM daybook.refuse('act-date-invalid', 'The day lies before the customer had the credit.');
    END IF;
    IF to_char(a.acted_on, 'YYYY-MM') <= daybook.closed_through() THEN
      PERFORM daybook.refuse('payment-month-closed', format('%s lies in %s, which is closed. Nothing was paid out.', a.acted_on, to_char(a.acted_on, 'YYYY-MM')));
    END IF;
    IF a.amount_minor > v_left THEN
      PERFORM daybook.refuse('credit-payment-exceeds-left', 'More would be paid out than is left of the credit. Nothing was paid out.');
    END IF;
    UPDATE daybook.credits SET remaining_minor = remaining_minor - a.amount_minor, version = version + 1 WHERE id = a.credit_id;
    a.invoice_id := o.invoice_id; a.credit_note_id := NULL; a.party_id := o.party_id; a.currency := o.currency;

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
      v_left := o.amount_minor - (SELECT coalesce(sum(amount_minor), 0) FROM daybook.standing_acts WHERE receipt_id = o.id AND kind IN ('allocation', 'credit-payment'));
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

-- What was paid to a customer is on the bank statement too, and matched by finance as receipts are (as in 0034).
CREATE OR REPLACE FUNCTION daybook.fault_of_key(p_key text, p_own text, p_is_accountant boolean) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_key LIKE 'stripe/%' OR p_key LIKE 'paystack/%' THEN
    RETURN CASE WHEN starts_with(p_key, p_own) THEN NULL ELSE 'entry-of-other-ledger' END;
  ELSIF p_key LIKE 'recognition/%' OR p_key LIKE 'bank-payout/%' OR p_key LIKE 'bank-match/%/receipt/%' OR p_key LIKE 'bank-match/%/repayment/%' THEN
    RETURN NULL;
  ELSIF p_key LIKE 'partner-invoice/%' THEN
    RETURN CASE WHEN EXISTS (SELECT FROM daybook.invoices i WHERE i.id::text = split_part(p_key, '/', 2) AND i.invoice_number IS NOT NULL AND (split_part(p_key, '/', 3) <> 'void' OR i.status = 'void')) THEN NULL ELSE 'invoice-not-finalised' END;
  ELSIF p_key LIKE 'receivable-act/%' AND EXISTS (SELECT FROM daybook.receivable_acts a WHERE a.id::text = split_part(p_key, '/', 2)) THEN
    RETURN NULL;
  END IF;
  RETURN CASE WHEN p_is_accountant THEN NULL ELSE 'role-too-small' END;
END $$;

CREATE OR REPLACE FUNCTION daybook.refuse_odd_arrivals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM new_rows AS n CROSS JOIN LATERAL json_to_recordset(n.postings) AS p("accountCode" text)
    WHERE (n.idempotency_key LIKE 'bank-payout/%' OR n.idempotency_key LIKE 'bank-match/%/receipt/%' OR n.idempotency_key LIKE 'bank-match/%/repayment/%')
      AND (p."accountCode" !~ '^1' AND p."accountCode" NOT IN ('9000-currency-conversion', '5020-realised-exchange-differences') OR n.idempotency_key LIKE 'bank-payout/%' AND (n.source_type <> 'bank-payout' OR n.source_id <> split_part(n.idempotency_key, '/', 2)))
  ) THEN
    PERFORM daybook.refuse('entry-invalid', 'An arrival on a bank statement moves money between the company’s own accounts.');
  END IF;
  RETURN NULL;
END $$;
