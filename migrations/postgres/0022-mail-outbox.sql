-- Why: several desks send the invoices of one ledger by e-mail, and no customer gets one twice. An e-mail lies here once per invoice and sequence; a desk takes it under a lease with a fencing number,
-- says here that it hands it over before it does, and says afterwards what the mail server answered. What ended in between waits for a person (docs/adr/0023).
-- Refusals and the audit chain are those of 0002.

CREATE TABLE daybook.mail_outbox (
  id uuid PRIMARY KEY,                      -- UUIDv5 of invoice and sequence
  invoice_id uuid NOT NULL REFERENCES daybook.invoices (id),
  invoice_number text NOT NULL,
  sequence integer NOT NULL CHECK (sequence >= 1),
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'claimed', 'sending', 'in-doubt', 'sent', 'failed', 'cancelled', 'bounced')),
  recipients jsonb NOT NULL CHECK (jsonb_typeof(recipients) = 'array' AND jsonb_array_length(recipients) BETWEEN 1 AND 20),
  subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 300 AND subject !~ '[[:cntrl:]]'),
  body text NOT NULL CHECK (length(body) BETWEEN 1 AND 20000),
  language text NOT NULL,
  attachment_name text NOT NULL CHECK (length(attachment_name) BETWEEN 1 AND 200 AND attachment_name !~ '[[:cntrl:]/\\]'),
  totals_fingerprint text NOT NULL,
  message_id text NOT NULL CHECK (length(message_id) <= 250 AND message_id ~ '^<[^[:cntrl:][:space:]<>]+>$'),
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  fencing_number bigint NOT NULL DEFAULT 0,
  claimed_by text,
  lease_expires_at timestamptz,
  error_code text,
  error_message text,
  queued_by text NOT NULL,
  queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  sent_at timestamptz,
  attachment_sha256 text,
  events jsonb NOT NULL DEFAULT '[]',
  version integer NOT NULL DEFAULT 1,
  UNIQUE (invoice_id, sequence)
);
-- One that is not over per invoice, whatever happens.
CREATE UNIQUE INDEX one_open_mail_per_invoice ON daybook.mail_outbox (invoice_id) WHERE state IN ('waiting', 'claimed', 'sending', 'in-doubt');
CREATE INDEX mail_outbox_due ON daybook.mail_outbox (next_attempt_at) WHERE state IN ('waiting', 'claimed', 'sending');

CREATE TRIGGER feed_inserts AFTER INSERT ON daybook.mail_outbox REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes('mail', 'id');
CREATE TRIGGER feed_updates AFTER UPDATE ON daybook.mail_outbox REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes('mail', 'id');
CREATE TRIGGER feed_deletes AFTER DELETE ON daybook.mail_outbox REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes('mail', 'id');

ALTER TABLE daybook.mail_outbox ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON daybook.mail_outbox TO daybook_finance;
CREATE POLICY read_by_role ON daybook.mail_outbox FOR SELECT TO daybook_finance USING (true);

-- A row as desks read it: moments in epoch milliseconds.
CREATE FUNCTION daybook.mail_as_sent(m daybook.mail_outbox) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT to_jsonb(m) || jsonb_build_object(
    'next_attempt_at', floor(extract(epoch FROM m.next_attempt_at) * 1000)::bigint, 'lease_expires_at', floor(extract(epoch FROM m.lease_expires_at) * 1000)::bigint,
    'queued_at', floor(extract(epoch FROM m.queued_at) * 1000)::bigint, 'sent_at', floor(extract(epoch FROM m.sent_at) * 1000)::bigint)
$$;

-- A line of an e-mail's history: who, and what the mail server said.
CREATE FUNCTION daybook.mail_event(p_action text, p_note text) RETURNS jsonb
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_build_array(jsonb_build_object('at', floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint, 'actor', session_user, 'action', p_action, 'note', left(p_note, 500)))
$$;

CREATE FUNCTION daybook.find_mail(p_id uuid) RETURNS daybook.mail_outbox
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  m daybook.mail_outbox;
BEGIN
  SELECT * INTO m FROM daybook.mail_outbox WHERE id = p_id FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('mail-not-found', 'The shared database does not know this e-mail.');
  END IF;
  RETURN m;
END $$;

-- ── Putting one into the outbox ──────────────────────────────────────────────────────────────────────────────────────────────────────
-- p_mail carries the columns. The same invoice and sequence again is the same e-mail: what stands is answered, and nothing changes.
CREATE FUNCTION daybook.queue_mail(p_mail jsonb, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  d daybook.mail_outbox := jsonb_populate_record(NULL::daybook.mail_outbox, p_mail);
  v_invoice daybook.invoices;
  m daybook.mail_outbox;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  SELECT * INTO v_invoice FROM daybook.invoices WHERE id = d.invoice_id FOR UPDATE; -- orders the desks that send it at once
  IF NOT FOUND THEN
    PERFORM daybook.refuse('invoice-not-found', 'The shared database does not know this invoice.');
  END IF;
  SELECT * INTO m FROM daybook.mail_outbox WHERE id = d.id;
  IF FOUND THEN
    RETURN jsonb_build_object('outcome', 'unchanged', 'mail', daybook.mail_as_sent(m));
  END IF;
  IF v_invoice.status IN ('draft', 'void') OR v_invoice.invoice_number IS DISTINCT FROM d.invoice_number OR v_invoice.totals_fingerprint IS DISTINCT FROM d.totals_fingerprint THEN
    PERFORM daybook.refuse('mail-invoice-state', 'Only a finalised invoice is sent, exactly as it stands.');
  END IF;
  IF EXISTS (SELECT FROM daybook.mail_outbox WHERE invoice_id = d.invoice_id AND state IN ('waiting', 'claimed', 'sending', 'in-doubt')) THEN
    PERFORM daybook.refuse('mail-open', 'An e-mail of this invoice is under way already.');
  END IF;
  IF d.sequence IS DISTINCT FROM (SELECT count(*) + 1 FROM daybook.mail_outbox WHERE invoice_id = d.invoice_id) THEN
    PERFORM daybook.refuse('mail-outdated', 'Another desk sent this invoice meanwhile.');
  END IF;
  IF EXISTS (SELECT FROM jsonb_array_elements(d.recipients) AS r WHERE r ->> 'address' IS NULL OR r ->> 'address' !~ '^[^[:cntrl:][:space:]<>,;"@]+@[^[:cntrl:][:space:]<>,;"@]+$') THEN
    PERFORM daybook.refuse('mail-address-invalid', 'An address of this e-mail is none.');
  END IF;
  INSERT INTO daybook.mail_outbox (id, invoice_id, invoice_number, sequence, recipients, subject, body, language, attachment_name, totals_fingerprint, message_id, next_attempt_at, queued_by, events)
  VALUES (d.id, d.invoice_id, d.invoice_number, d.sequence,
    (SELECT jsonb_agg(jsonb_build_object('address', r ->> 'address', 'state', 'waiting', 'response', NULL)) FROM jsonb_array_elements(d.recipients) AS r),
    d.subject, d.body, d.language, d.attachment_name, d.totals_fingerprint, d.message_id, clock_timestamp(), session_user, daybook.mail_event('mail-queued', p_mail ->> 'note'))
  RETURNING * INTO m;
  PERFORM daybook.append_audit('mail', m.id::text, 'queue', jsonb_build_object('invoice_number', m.invoice_number, 'sequence', m.sequence, 'recipients', m.recipients, 'totals_fingerprint', m.totals_fingerprint), p_request_id);
  RETURN jsonb_build_object('outcome', 'changed', 'mail', daybook.mail_as_sent(m));
END $$;

-- ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- The oldest that is due, for this desk alone until the lease ends; NULL when nothing is. One that was claimed and never handed over may be taken by the next desk; one whose handing over was begun
-- and never told about is put before a person.
CREATE FUNCTION daybook.claim_mail(p_desk text, p_ttl_ms bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  m daybook.mail_outbox;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  IF p_ttl_ms IS NULL OR p_ttl_ms NOT BETWEEN 1 AND 86400000 THEN
    PERFORM daybook.refuse('lease-length-invalid', 'A lease lasts between a millisecond and a day.');
  END IF;
  UPDATE daybook.mail_outbox SET state = 'in-doubt', error_code = 'mail-in-doubt', error_message = 'The desk that sent it did not say what became of it.', version = version + 1,
    events = events || daybook.mail_event('mail-in-doubt', 'The desk that sent it did not say what became of it.')
  WHERE state = 'sending' AND lease_expires_at <= clock_timestamp();
  SELECT * INTO m FROM daybook.mail_outbox
  WHERE (state = 'waiting' AND next_attempt_at <= clock_timestamp()) OR (state = 'claimed' AND lease_expires_at <= clock_timestamp())
  ORDER BY queued_at, id LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  UPDATE daybook.mail_outbox SET state = 'claimed', fencing_number = fencing_number + 1, claimed_by = session_user || '/' || p_desk, lease_expires_at = clock_timestamp() + p_ttl_ms * interval '1 millisecond', version = version + 1
  WHERE id = m.id RETURNING * INTO m;
  RETURN daybook.mail_as_sent(m);
END $$;

-- Said before the first word of the message goes to a mail server. From here on nobody sends it by itself again.
CREATE FUNCTION daybook.hand_over_mail(p_id uuid, p_fencing_number bigint, p_attachment_sha256 text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  m daybook.mail_outbox;
  v_status text;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  SELECT i.status INTO v_status FROM daybook.invoices i JOIN daybook.mail_outbox o ON o.invoice_id = i.id WHERE o.id = p_id FOR SHARE OF i;
  m := daybook.find_mail(p_id);
  IF m.state <> 'claimed' OR m.fencing_number IS DISTINCT FROM p_fencing_number OR NOT starts_with(m.claimed_by, session_user || '/') OR m.lease_expires_at <= clock_timestamp() THEN
    PERFORM daybook.refuse('mail-lease-lost', 'Another desk has taken this e-mail over.');
  END IF;
  IF v_status IN ('draft', 'void') THEN
    PERFORM daybook.refuse('mail-invoice-state', 'The invoice was voided: it is not sent any more.');
  END IF;
  UPDATE daybook.mail_outbox SET state = 'sending', attempts = attempts + 1, attachment_sha256 = p_attachment_sha256, version = version + 1 WHERE id = p_id RETURNING * INTO m;
  RETURN daybook.mail_as_sent(m);
END $$;

-- What became of it. p_outcome: state (sent | waiting | failed | in-doubt | cancelled), recipients, errorCode, errorMessage, note, delayMs (waiting only). An answer that comes after the lease ended is
-- still the best there is, as long as nobody else took the e-mail and no person decided.
CREATE FUNCTION daybook.settle_mail(p_id uuid, p_fencing_number bigint, p_outcome jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  m daybook.mail_outbox;
  v_state text := p_outcome ->> 'state';
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  m := daybook.find_mail(p_id);
  IF m.state NOT IN ('claimed', 'sending', 'in-doubt') OR m.fencing_number IS DISTINCT FROM p_fencing_number OR NOT starts_with(m.claimed_by, session_user || '/') THEN
    PERFORM daybook.refuse('mail-lease-lost', 'Another desk has taken this e-mail over.');
  END IF;
  IF v_state IS NULL OR v_state NOT IN ('sent', 'waiting', 'failed', 'in-doubt', 'cancelled') OR (v_state = 'sent' AND m.state = 'claimed') THEN
    PERFORM daybook.refuse('mail-state', 'This cannot have become of the e-mail.');
  END IF;
  UPDATE daybook.mail_outbox SET state = v_state, recipients = coalesce(p_outcome -> 'recipients', recipients), error_code = p_outcome ->> 'errorCode', error_message = left(p_outcome ->> 'errorMessage', 500),
    next_attempt_at = CASE v_state WHEN 'waiting' THEN clock_timestamp() + coalesce((p_outcome ->> 'delayMs')::bigint, 0) * interval '1 millisecond' END, claimed_by = NULL, lease_expires_at = NULL,
    sent_at = CASE v_state WHEN 'sent' THEN clock_timestamp() END, events = events || daybook.mail_event('mail-' || v_state, p_outcome ->> 'note'), version = version + 1
  WHERE id = p_id RETURNING * INTO m;
  PERFORM daybook.append_audit('mail', p_id::text, v_state, jsonb_build_object('invoice_number', m.invoice_number, 'recipients', m.recipients, 'error_code', m.error_code, 'attachment_sha256', m.attachment_sha256), NULL);
  RETURN daybook.mail_as_sent(m);
END $$;

-- ── What a person decides ────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- retry (failed, or waiting for its next attempt), cancel (waiting or failed), arrived and send-again (in doubt), bounced (sent).
CREATE FUNCTION daybook.decide_mail(p_id uuid, p_decision text, p_reason text, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  m daybook.mail_outbox;
  v_before text;
  v_state text;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  -- The invoice first, as when one is put into the outbox.
  PERFORM FROM daybook.invoices i JOIN daybook.mail_outbox o ON o.invoice_id = i.id WHERE o.id = p_id FOR SHARE OF i;
  m := daybook.find_mail(p_id);
  v_before := m.state;
  v_state := CASE
    WHEN p_decision = 'retry' AND m.state IN ('waiting', 'failed') THEN 'waiting'
    WHEN p_decision = 'cancel' AND m.state IN ('waiting', 'failed') THEN 'cancelled'
    WHEN p_decision = 'arrived' AND m.state = 'in-doubt' THEN 'sent'
    WHEN p_decision = 'send-again' AND m.state = 'in-doubt' THEN 'waiting'
    WHEN p_decision = 'bounced' AND m.state = 'sent' THEN 'bounced'
  END;
  IF v_state IS NULL THEN
    PERFORM daybook.refuse('mail-state', format('An e-mail that is %s does not take this.', m.state));
  END IF;
  IF p_decision = 'bounced' AND length(trim(coalesce(p_reason, ''))) < 3 THEN
    PERFORM daybook.refuse('mail-reason-missing', 'Noting that it came back needs a reason.');
  END IF;
  IF v_state = 'waiting' AND EXISTS (SELECT FROM daybook.mail_outbox WHERE invoice_id = m.invoice_id AND id <> m.id AND sequence > m.sequence) THEN
    PERFORM daybook.refuse('mail-outdated', 'A later e-mail of this invoice stands in its place.');
  END IF;
  UPDATE daybook.mail_outbox SET state = v_state, error_code = CASE WHEN v_state = 'bounced' THEN 'mail-bounced' END, error_message = CASE WHEN v_state = 'bounced' THEN left(trim(p_reason), 500) END,
    attempts = CASE WHEN v_before = 'failed' THEN 0 ELSE attempts END, next_attempt_at = CASE v_state WHEN 'waiting' THEN clock_timestamp() END,
    sent_at = CASE WHEN v_state = 'sent' THEN clock_timestamp() WHEN v_state = 'bounced' THEN sent_at END, claimed_by = NULL, lease_expires_at = NULL, fencing_number = fencing_number + 1,
    recipients = CASE WHEN p_decision = 'bounced' OR p_decision = 'cancel' THEN recipients ELSE (
      SELECT jsonb_agg(CASE WHEN r ->> 'state' = 'accepted' THEN r WHEN v_state = 'sent' THEN r || '{"state": "accepted"}' ELSE r || '{"state": "waiting", "response": null}' END) FROM jsonb_array_elements(recipients) AS r) END,
    events = events || daybook.mail_event('mail-' || p_decision, nullif(trim(p_reason), '')), version = version + 1
  WHERE id = p_id RETURNING * INTO m;
  PERFORM daybook.append_audit('mail', p_id::text, p_decision, jsonb_build_object('state', jsonb_build_array(v_before, v_state), 'invoice_number', m.invoice_number, 'reason', p_reason), p_request_id);
  RETURN daybook.mail_as_sent(m);
END $$;

-- ── The invoice ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- finalised → sent; one that has gone further stays where it is.
CREATE FUNCTION daybook.mark_invoice_sent(p_id uuid, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_invoice daybook.invoices;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  SELECT * INTO v_invoice FROM daybook.invoices WHERE id = p_id FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('invoice-not-found', 'The shared database does not know this invoice.');
  END IF;
  IF v_invoice.status = 'finalised' THEN
    UPDATE daybook.invoices SET status = 'sent', updated_at = now(), version = version + 1 WHERE id = p_id RETURNING * INTO v_invoice;
    PERFORM daybook.append_audit('invoice', p_id::text, 'send', jsonb_build_object('status', jsonb_build_array('finalised', 'sent'), 'invoice_number', v_invoice.invoice_number), p_request_id);
  END IF;
  RETURN jsonb_build_object('status', v_invoice.status, 'version', v_invoice.version);
END $$;

-- ── Doors ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
REVOKE ALL ON FUNCTION daybook.mail_as_sent(daybook.mail_outbox), daybook.mail_event(text, text), daybook.find_mail(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.mail_as_sent(daybook.mail_outbox) TO daybook_finance; -- of rows they may read
DO $$
DECLARE
  door text;
BEGIN
  FOREACH door IN ARRAY ARRAY['queue_mail(jsonb, uuid)', 'claim_mail(text, bigint)', 'hand_over_mail(uuid, bigint, text)', 'settle_mail(uuid, bigint, jsonb)', 'decide_mail(uuid, text, text, uuid)', 'mark_invoice_sent(uuid, uuid)'] LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION daybook.%s FROM PUBLIC', door);
    EXECUTE format('GRANT EXECUTE ON FUNCTION daybook.%s TO daybook_accountant', door);
  END LOOP;
END $$;
