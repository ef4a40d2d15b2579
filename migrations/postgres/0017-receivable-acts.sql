-- Why: what becomes of an invoice after it was finalised is a list of acts that is only ever added to (docs/adr/0021): sent, money received and applied, credit notes, credits
-- applied, rests given up, and the reversal of each. State and open amounts of an invoice follow from its acts; every desk copies the acts and posts the same entries from them.
--
-- One door records acts, all of a request or none. It takes intentions and decides figures itself (what is offset, recovered, foreseen), so that two desks at once never give
-- twice. One lock orders all acts: their sequence is the order in which they count. Refusals as in 0002.

ALTER TABLE daybook.invoices
  ADD COLUMN amount_credited_minor bigint NOT NULL DEFAULT 0,
  ADD COLUMN amount_withheld_minor bigint NOT NULL DEFAULT 0,
  ADD COLUMN amount_written_off_minor bigint NOT NULL DEFAULT 0,
  ADD COLUMN sent_at timestamptz;

-- The largest rest that may be given up, in minor units of the invoice's currency.
ALTER TABLE daybook.ledger ADD COLUMN write_off_limit_minor bigint NOT NULL DEFAULT 1000 CHECK (write_off_limit_minor >= 0);

CREATE TABLE daybook.receivable_acts (
  id uuid PRIMARY KEY,                            -- made by who asks, before it is sent
  sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  kind text NOT NULL CHECK (kind IN ('sent', 'receipt', 'allocation', 'credit-note', 'credit-application', 'refund-payment', 'withholding-certificate', 'uncollectible', 'write-off', 'reversal')),
  invoice_id uuid REFERENCES daybook.invoices (id),
  receipt_id uuid REFERENCES daybook.receivable_acts (id),
  credit_id uuid REFERENCES daybook.credits (id),
  credit_note_id uuid REFERENCES daybook.receivable_acts (id),
  reverses uuid UNIQUE REFERENCES daybook.receivable_acts (id),
  document_number text UNIQUE,                    -- of a credit note
  party_id text NOT NULL,
  currency text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
  offset_minor bigint NOT NULL DEFAULT 0 CHECK (offset_minor >= 0),           -- of a credit note: taken off the due
  rest_minor bigint NOT NULL DEFAULT 0 CHECK (rest_minor >= 0),               -- of a credit note: to be refunded or kept as credit
  recovered_minor bigint NOT NULL DEFAULT 0 CHECK (recovered_minor >= 0),     -- of an allocation: of what was uncollectible
  unforeseen_minor bigint NOT NULL DEFAULT 0 CHECK (unforeseen_minor >= 0),   -- of a certificate: beyond the invoice's withholding
  net_minor bigint NOT NULL DEFAULT 0,
  tax_minor bigint NOT NULL DEFAULT 0,
  withholding_minor bigint NOT NULL DEFAULT 0,
  settlement text CHECK (settlement IN ('offset', 'refund', 'credit')),
  lines jsonb,                                    -- of a credit note: [{lineIndex, description, netMinor}]
  acted_on date NOT NULL,
  functional_rate text CHECK (functional_rate ~ '^\d+(\.\d+)?$'),
  reference text,
  reason text,
  request_id uuid NOT NULL,
  actor text NOT NULL DEFAULT session_user,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (offset_minor + rest_minor = CASE kind WHEN 'credit-note' THEN amount_minor ELSE 0 END),
  CHECK ((kind = 'reversal') = (reverses IS NOT NULL)),
  CHECK ((kind = 'credit-note') = (document_number IS NOT NULL))
);
CREATE INDEX receivable_acts_by_invoice ON daybook.receivable_acts (invoice_id, sequence);
CREATE INDEX receivable_acts_by_receipt ON daybook.receivable_acts (receipt_id) WHERE receipt_id IS NOT NULL;
CREATE INDEX receivable_acts_by_credit_note ON daybook.receivable_acts (credit_note_id) WHERE credit_note_id IS NOT NULL;
CREATE INDEX receivable_acts_by_credit ON daybook.receivable_acts (credit_id) WHERE credit_id IS NOT NULL;
CREATE INDEX receivable_acts_by_party ON daybook.receivable_acts (party_id, sequence);
CREATE INDEX receivable_acts_by_request ON daybook.receivable_acts (request_id);
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON daybook.receivable_acts FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_change('receivable-act-immutable');
CREATE TRIGGER feed_inserts AFTER INSERT ON daybook.receivable_acts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes('receivable_act', 'id');

ALTER TABLE daybook.receivable_acts ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON daybook.receivable_acts TO daybook_finance;
CREATE POLICY read_by_role ON daybook.receivable_acts FOR SELECT TO daybook_finance USING (true);

-- Acts that were not taken back.
CREATE VIEW daybook.standing_acts WITH (security_invoker = true) AS
  SELECT a.* FROM daybook.receivable_acts a WHERE a.kind <> 'reversal' AND NOT EXISTS (SELECT FROM daybook.receivable_acts r WHERE r.reverses = a.id);
GRANT SELECT ON daybook.standing_acts TO daybook_finance;

-- Whose receivable an invoice is.
CREATE FUNCTION daybook.party_of_invoice(p_invoice daybook.invoices) RETURNS text
LANGUAGE sql IMMUTABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(p_invoice.partner_id::text, p_invoice.user_id, p_invoice.id::text)
$$;

-- What the acts of an invoice come to, written on it.
CREATE FUNCTION daybook.settle_invoice(p_id uuid) RETURNS void
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
    coalesce(sum(amount_minor) FILTER (WHERE kind IN ('allocation', 'credit-application')), 0) AS paid, coalesce(sum(offset_minor), 0) AS credited, coalesce(sum(unforeseen_minor), 0) AS withheld,
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

-- What was sent stays sent, by whichever door it was marked: taking a payment back leads back there.
CREATE FUNCTION daybook.note_sent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.sent_at := coalesce(NEW.sent_at, clock_timestamp());
  RETURN NEW;
END $$;
CREATE TRIGGER sent_is_noted BEFORE UPDATE OF status ON daybook.invoices FOR EACH ROW WHEN (NEW.status = 'sent') EXECUTE FUNCTION daybook.note_sent();

-- ── One act ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- p carries id, kind, invoice_id, receipt_id, credit_id, credit_note_id, reverses, party_id, currency, amount_minor, net_minor, tax_minor, withholding_minor, settlement, expires_on,
-- lines, line_nets, acted_on, functional_rate, reference, reason. The rules are those of src/main/receivables/receivable-rules.ts, and a test drives both through one table.
CREATE FUNCTION daybook.record_receivable_act(p jsonb, p_request_id uuid) RETURNS void
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
    IF i.status IN ('draft', 'void') OR (i.status = 'paid' AND a.kind NOT IN ('sent', 'credit-note')) OR (i.status = 'uncollectible' AND a.kind NOT IN ('sent', 'allocation')) THEN
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

-- ── The door ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- What a desk needs to post an act as every other desk does: all acts of the customer after the last one it has, since shares of what was booked in a foreign currency follow from them.
CREATE FUNCTION daybook.answer_of_acts(p_outcome text, p_request_id uuid, p_after bigint) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH of_request AS (SELECT * FROM daybook.receivable_acts WHERE request_id = p_request_id),
    answered AS (SELECT * FROM daybook.receivable_acts a WHERE a.request_id = p_request_id OR (a.party_id IN (SELECT party_id FROM of_request) AND a.sequence > p_after))
  SELECT jsonb_build_object('outcome', p_outcome, 'actIds', (SELECT jsonb_agg(id ORDER BY sequence) FROM of_request),
    'acts', (SELECT coalesce(jsonb_agg(to_jsonb(a) ORDER BY a.sequence), '[]') FROM answered a),
    'invoices', (SELECT coalesce(jsonb_agg(to_jsonb(i) ORDER BY i.id), '[]') FROM daybook.invoices i WHERE i.id IN (SELECT invoice_id FROM answered)),
    'credits', (SELECT coalesce(jsonb_agg(to_jsonb(c) ORDER BY c.id), '[]') FROM daybook.credits c WHERE c.id IN (SELECT credit_id FROM answered)))
$$;

CREATE FUNCTION daybook.record_receivable_acts(p_acts jsonb, p_after bigint, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_act jsonb;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  IF p_request_id IS NULL OR jsonb_typeof(p_acts) IS DISTINCT FROM 'array' OR jsonb_array_length(p_acts) NOT BETWEEN 1 AND 500 THEN
    PERFORM daybook.refuse('act-invalid', 'A request has an id and between 1 and 500 acts.');
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('daybook.receivable_acts', 0));
  -- A request whose answer was lost is answered, not carried out again.
  IF EXISTS (SELECT FROM daybook.receivable_acts WHERE request_id = p_request_id) THEN
    RETURN daybook.answer_of_acts('unchanged', p_request_id, p_after);
  END IF;
  FOR v_act IN SELECT * FROM jsonb_array_elements(p_acts) LOOP
    PERFORM daybook.record_receivable_act(v_act, p_request_id);
  END LOOP;
  RETURN daybook.answer_of_acts('changed', p_request_id, p_after);
END $$;

CREATE FUNCTION daybook.set_write_off_limit(p_limit bigint, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_before bigint;
BEGIN
  PERFORM daybook.require_role('daybook_admin');
  SELECT write_off_limit_minor INTO v_before FROM daybook.ledger FOR UPDATE;
  IF v_before = p_limit THEN
    RETURN;
  END IF;
  UPDATE daybook.ledger SET write_off_limit_minor = p_limit;
  PERFORM daybook.append_audit('ledger-setting', 'write_off_limit_minor', 'set', jsonb_build_object('write_off_limit_minor', jsonb_build_array(v_before, p_limit)), p_request_id);
END $$;

-- ── Who may have an entry sealed (as in 0005; what follows from a recorded act, every desk derives alike) ────────────────────────────
CREATE OR REPLACE FUNCTION daybook.fault_of_key(p_key text, p_own text, p_is_accountant boolean) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_key LIKE 'stripe/%' OR p_key LIKE 'paystack/%' THEN
    RETURN CASE WHEN starts_with(p_key, p_own) THEN NULL ELSE 'entry-of-other-ledger' END;
  ELSIF p_key LIKE 'recognition/%' THEN
    RETURN NULL;
  ELSIF p_key LIKE 'partner-invoice/%' THEN
    RETURN CASE WHEN EXISTS (SELECT FROM daybook.invoices i WHERE i.id::text = split_part(p_key, '/', 2) AND i.invoice_number IS NOT NULL AND (split_part(p_key, '/', 3) <> 'void' OR i.status = 'void')) THEN NULL ELSE 'invoice-not-finalised' END;
  ELSIF p_key LIKE 'receivable-act/%' AND EXISTS (SELECT FROM daybook.receivable_acts a WHERE a.id::text = split_part(p_key, '/', 2)) THEN
    RETURN NULL;
  END IF;
  RETURN CASE WHEN p_is_accountant THEN NULL ELSE 'role-too-small' END;
END $$;

-- ── Finalising (as in 0004; credits of the customer are applied, soonest to expire first) ────────────────────────────────────────────
CREATE FUNCTION daybook.apply_credits(p_invoice_id uuid, p_request_id uuid) RETURNS void
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
END $$;

-- An invoice with the acts of its customer: who finalised or voided it knows at once what became of credits.
CREATE FUNCTION daybook.answer_of_invoice(p_outcome text, p_invoice daybook.invoices) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_build_object('outcome', p_outcome, 'invoice', to_jsonb(p_invoice), 'acts', (SELECT coalesce(jsonb_agg(to_jsonb(a) ORDER BY a.sequence), '[]') FROM daybook.receivable_acts a WHERE a.party_id = daybook.party_of_invoice(p_invoice)),
    'credits', (SELECT coalesce(jsonb_agg(to_jsonb(c) ORDER BY c.id), '[]') FROM daybook.credits c WHERE c.account = daybook.party_of_invoice(p_invoice)))
$$;

CREATE OR REPLACE FUNCTION daybook.finalise_invoice(p_id uuid, p_fingerprint text, p_issue_date date, p_due_date date, p_finalised_at timestamptz, p_functional_rate text, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_invoice daybook.invoices;
  v_earlier bigint;
  v_number text;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  PERFORM pg_advisory_xact_lock(hashtextextended('daybook.receivable_acts', 0));
  SELECT * INTO v_invoice FROM daybook.invoices WHERE id = p_id FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('invoice-not-found', 'The shared database does not know this invoice.');
  END IF;
  IF v_invoice.status <> 'draft' THEN
    IF v_invoice.status = 'void' THEN
      PERFORM daybook.refuse('invoice-state', 'A void invoice cannot be finalised.');
    END IF;
    RETURN daybook.answer_of_invoice('unchanged', v_invoice);
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
  PERFORM daybook.apply_credits(p_id, p_request_id);
  SELECT * INTO v_invoice FROM daybook.invoices WHERE id = p_id;
  RETURN daybook.answer_of_invoice('changed', v_invoice);
END $$;

-- ── Voiding (as in 0002) ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
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
    FOR v_act IN SELECT id FROM daybook.standing_acts WHERE invoice_id = p_id AND kind = 'credit-application' ORDER BY sequence LOOP
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

REVOKE ALL ON FUNCTION daybook.note_sent(), daybook.party_of_invoice(daybook.invoices), daybook.settle_invoice(uuid), daybook.record_receivable_act(jsonb, uuid), daybook.answer_of_acts(text, uuid, bigint), daybook.record_receivable_acts(jsonb, bigint, uuid),
  daybook.set_write_off_limit(bigint, uuid), daybook.apply_credits(uuid, uuid), daybook.answer_of_invoice(text, daybook.invoices) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.record_receivable_acts(jsonb, bigint, uuid) TO daybook_accountant;
GRANT EXECUTE ON FUNCTION daybook.set_write_off_limit(bigint, uuid) TO daybook_admin;
