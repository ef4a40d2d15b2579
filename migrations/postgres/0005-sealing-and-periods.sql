-- Why: several desks derive the same entries; here they are sealed, once, in one chain, and copied to every desk (domain.md §3). Months are closed and
-- opened here, by two people, and nothing enters a closed month. The chain's head stands on the ledger's row: it is the lock that orders the sealers,
-- and the anchor that a desk's file is held against.
--
-- Refusals, roles and the audit chain are those of 0002. Texts are hashed as the desks hash them: to_json() escapes as JSON.stringify() does,
-- and days are written by to_char(), whatever DateStyle a session has.

-- ── The chain ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
ALTER TABLE daybook.ledger
  ADD COLUMN head_sequence bigint NOT NULL DEFAULT 0,
  ADD COLUMN head_hash text NOT NULL DEFAULT repeat('0', 64),
  -- A single desk that joins brings its own chain: until all of it is here, nobody seals.
  ADD COLUMN joining_until bigint,
  ADD COLUMN joining_hash text,
  ADD COLUMN joining_login text;

CREATE TABLE daybook.journal_entries (
  ledger_sequence bigint PRIMARY KEY,
  id uuid NOT NULL UNIQUE,                        -- UUIDv5 of the key
  entry_date date NOT NULL,
  recorded_at bigint NOT NULL,                    -- epoch milliseconds at the desk whose copy was sealed
  kind text NOT NULL,
  source_type text NOT NULL,
  source_id text NOT NULL,
  idempotency_key text NOT NULL UNIQUE,
  input_hash text NOT NULL,
  reverses_entry_id uuid REFERENCES daybook.journal_entries (id),
  concerns_month text,
  memo text NOT NULL,
  postings json NOT NULL,                         -- in the very text that was hashed
  previous_hash text NOT NULL,
  hash text NOT NULL,
  sealed_by text NOT NULL DEFAULT session_user,
  sealed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX journal_entries_reversed_once ON daybook.journal_entries (reverses_entry_id) WHERE reverses_entry_id IS NOT NULL;
CREATE INDEX journal_entries_by_date ON daybook.journal_entries (entry_date);

CREATE VIEW daybook.postings WITH (security_invoker = true) AS
  SELECT e.ledger_sequence, e.id AS entry_id, l.line_number, l."accountCode" AS account_code, l.direction, l.amount AS amount_minor, l.currency, l."functionalAmount" AS functional_amount_minor, l.rate, l."partyId" AS party_id
  FROM daybook.journal_entries e
  CROSS JOIN LATERAL ROWS FROM (json_to_recordset(e.postings) AS ("accountCode" text, amount bigint, currency text, direction text, "functionalAmount" bigint, "partyId" text, rate text))
    WITH ORDINALITY AS l("accountCode", amount, currency, direction, "functionalAmount", "partyId", rate, line_number);

-- ── Months ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE daybook.period_log (
  sequence bigint PRIMARY KEY,
  month text NOT NULL CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  action text NOT NULL CHECK (action IN ('close', 'request-reopen', 'decline-reopen', 'reopen')),
  actor text NOT NULL,
  reason text,
  at bigint NOT NULL,                             -- epoch milliseconds by the desk's clock
  four_eyes text NOT NULL CHECK (four_eyes IN ('on', 'off')),
  head_sequence bigint NOT NULL,
  head_hash text NOT NULL,
  evidence text NOT NULL,
  previous_hash text NOT NULL,
  hash text NOT NULL,
  request_id uuid UNIQUE,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- What the log comes to. Months are closed in their order, so the last closed one tells them all.
CREATE VIEW daybook.ledger_periods WITH (security_invoker = true) AS
  SELECT DISTINCT ON (month) month, CASE action WHEN 'close' THEN 'closed' ELSE 'open' END AS state, at AS changed_at, actor AS changed_by, head_sequence
  FROM daybook.period_log WHERE action IN ('close', 'reopen') ORDER BY month, sequence DESC;

CREATE FUNCTION daybook.closed_through() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT max(month) FROM daybook.ledger_periods WHERE state = 'closed'
$$;

-- ── Append-only, for owners too ──────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION daybook.refuse_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.refuse(TG_ARGV[0], 'What was sealed is never changed.');
  RETURN NULL;
END $$;
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON daybook.journal_entries FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_change('entry-immutable');
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON daybook.period_log FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_change('period-log-immutable');

CREATE FUNCTION daybook.refuse_closed_months() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM new_rows WHERE to_char(entry_date, 'YYYY-MM') <= daybook.closed_through()) THEN
    PERFORM daybook.refuse('period-closed', 'The month is closed.');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER not_in_closed_month AFTER INSERT ON daybook.journal_entries REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_closed_months();

-- The chart of accounts, shared by all desks: an account that they do not know is sealed by nobody, as no desk could copy the entry. A new account
-- comes here first, with a migration of its own.
CREATE TABLE daybook.accounts (code text PRIMARY KEY);
ALTER TABLE daybook.accounts ENABLE ROW LEVEL SECURITY;
INSERT INTO daybook.accounts (code) VALUES
  ('1000-bank'), ('1020-cash-in-transit'), ('1100-stripe-clearing'), ('1110-paystack-clearing'), ('1120-gateway-reserves'),
  ('1130-connected-accounts'), ('1200-accounts-receivable'), ('1210-unbilled-receivable'), ('1300-withholding-tax-receivable'), ('1310-recoverables'),
  ('2000-unapplied-receipts'), ('2010-refunds-payable'), ('2020-customer-credit-balance'), ('2100-deferred-revenue'), ('2200-tax-payable'),
  ('2300-gateway-financing'), ('4000-revenue-subscription'), ('4010-revenue-usage'), ('4020-revenue-partner'), ('4030-revenue-one-off'),
  ('4040-revenue-platform-fees'), ('4800-discounts'), ('4810-refunds'), ('4820-disputes'), ('4830-credit-notes'),
  ('4840-voids'), ('5000-payment-fees'), ('5010-bad-debt'), ('5020-realised-exchange-differences'), ('5030-climate-contributions'),
  ('5040-card-spending'), ('9000-currency-conversion'), ('9010-rounding'), ('9900-suspense');

-- ── Entries as they are sent, made ready ─────────────────────────────────────────────────────────────────────────────────────────────
-- The canonical text of an entry in three pieces: it is `{"concernsMonth":M,"entryDate":"D",` || up_to_sequence || N || up_to_hash || H || to_end.
-- `fault` names what forbids it to be sealed, whoever sends it.
CREATE FUNCTION daybook.prepare_entries(p_entries jsonb)
RETURNS TABLE (ord bigint, id uuid, idempotency_key text, entry_date date, recorded_at bigint, kind text, source_type text, source_id text, memo text, input_hash text, reverses_entry_id uuid, concerns_month text,
  postings text, up_to_sequence text, up_to_hash text, to_end text, fault text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH sent AS MATERIALIZED (
    SELECT x.ord, e.*
    FROM jsonb_array_elements(p_entries) WITH ORDINALITY AS x(doc, ord)
    CROSS JOIN LATERAL jsonb_to_record(x.doc) AS e("id" uuid, "key" text, "entryDate" date, "recordedAt" bigint, "kind" text, "sourceType" text, "sourceId" text, "memo" text, "inputHash" text, "reversesEntryId" uuid, "concernsMonth" text, "postings" jsonb)
  ), lines AS MATERIALIZED (
    SELECT s.ord, l.*, CASE l.direction WHEN 'debit' THEN 1 ELSE -1 END AS sign
    FROM sent s
    CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(s."postings") AS ("accountCode" text, amount bigint, currency text, direction text, "functionalAmount" bigint, "partyId" text, rate text))
      WITH ORDINALITY AS l("accountCode", amount, currency, direction, "functionalAmount", "partyId", rate, line)
  ), texts AS (
    SELECT ord,
      '[' || string_agg(
        '{"accountCode":' || to_json("accountCode") || ',"amount":' || amount || ',"currency":' || to_json(currency) || ',"direction":' || to_json(direction) || ',"functionalAmount":' || "functionalAmount"
        || ',"partyId":' || coalesce(to_json("partyId")::text, 'null') || ',"rate":' || coalesce(to_json(rate)::text, 'null') || '}', ',' ORDER BY line) || ']' AS postings,
      count(*) AS lines, sum(sign * "functionalAmount") AS functional,
      bool_and(coalesce(amount BETWEEN 1 AND 9007199254740991 AND "functionalAmount" BETWEEN 0 AND 9007199254740991 AND direction IN ('debit', 'credit') AND currency ~ '^[a-z]{3}$' AND EXISTS (SELECT FROM daybook.accounts a WHERE a.code = lines."accountCode"), false)) AS is_valid
    FROM lines GROUP BY ord
  ), unbalanced AS (
    SELECT DISTINCT ord FROM (SELECT ord FROM lines GROUP BY ord, currency HAVING sum(sign * amount) <> 0) AS per_currency
  )
  SELECT s.ord, s."id", s."key", s."entryDate", s."recordedAt", s."kind", s."sourceType", s."sourceId", s."memo", s."inputHash", s."reversesEntryId", s."concernsMonth", t.postings,
    '"id":"' || s."id" || '","idempotencyKey":' || to_json(s."key") || ',"inputHash":' || to_json(s."inputHash") || ',"kind":' || to_json(s."kind") || ',"ledgerSequence":',
    ',"memo":' || to_json(s."memo") || ',"postings":' || t.postings || ',"previousHash":"',
    '","recordedAt":' || s."recordedAt" || ',"reversesEntryId":' || coalesce('"' || s."reversesEntryId" || '"', 'null') || ',"sourceId":' || to_json(s."sourceId") || ',"sourceType":' || to_json(s."sourceType") || '}',
    CASE
      WHEN coalesce(t.lines, 0) < 2 THEN 'entry-without-postings'
      WHEN NOT t.is_valid OR s."id" IS NULL OR s."key" IS NULL OR s."entryDate" IS NULL OR s."recordedAt" IS NULL OR s."kind" IS NULL OR s."sourceType" IS NULL OR s."sourceId" IS NULL OR s."memo" IS NULL
        OR s."inputHash" !~ '^[0-9a-f]{64}$' OR s."inputHash" IS NULL OR s."concernsMonth" !~ '^[0-9]{4}-(0[1-9]|1[0-2])$' OR s."entryDate" NOT BETWEEN '2000-01-01' AND '2199-12-31' THEN 'entry-invalid'
      WHEN u.ord IS NOT NULL THEN 'entry-unbalanced'
      WHEN t.functional <> 0 THEN 'entry-functional-unbalanced'
    END
  FROM sent s LEFT JOIN texts t ON t.ord = s.ord LEFT JOIN unbalanced u ON u.ord = s.ord
$$;

-- Who may have an entry sealed. What follows from the gateway's facts every desk derives alike, and what follows from an invoice of the register too;
-- what is a person's own act needs an accountant. An entry of another account or mode is not of this ledger.
CREATE FUNCTION daybook.fault_of_key(p_key text, p_own text, p_is_accountant boolean) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_key LIKE 'stripe/%' OR p_key LIKE 'paystack/%' THEN
    RETURN CASE WHEN starts_with(p_key, p_own) THEN NULL ELSE 'entry-of-other-ledger' END;
  ELSIF p_key LIKE 'recognition/%' THEN
    RETURN NULL;
  ELSIF p_key LIKE 'partner-invoice/%' THEN
    RETURN CASE WHEN EXISTS (SELECT FROM daybook.invoices i WHERE i.id::text = split_part(p_key, '/', 2) AND i.invoice_number IS NOT NULL AND (split_part(p_key, '/', 3) <> 'void' OR i.status = 'void')) THEN NULL ELSE 'invoice-not-finalised' END;
  END IF;
  RETURN CASE WHEN p_is_accountant THEN NULL ELSE 'role-too-small' END;
END $$;

-- ── Sealing ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- p_entries: an array of entries in the order in which they were posted. Answers with one outcome for each, in that order:
--   ["sealed", sequence, entry date, month concerned, hash] · ["known"] it was sealed before · ["changed"] sealed before with other input
--   · ["refused", code] it stays provisional at its desk.
-- First sealed wins. Sending twice changes nothing.
CREATE FUNCTION daybook.seal_entries(p_entries jsonb) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_ledger daybook.ledger;
  v_closed text;
  v_open date;
  v_own text;
  v_is_accountant boolean := pg_has_role(session_user, 'daybook_accountant', 'MEMBER');
  v_sequence bigint;
  v_hash text;
  v_previous text;
  v_date date;
  v_concerns text;
  v_fault text;
  v_now timestamptz := clock_timestamp();
  v_rows daybook.journal_entries[] := '{}';
  v_new_ids uuid[] := '{}';
  v_reversed uuid[] := '{}';
  v_outcomes text[] := '{}';
  r record;
BEGIN
  PERFORM daybook.require_role('daybook_finance');
  SELECT * INTO v_ledger FROM daybook.ledger FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('shared-ledger-missing', 'No ledger was created in the shared database yet.');
  END IF;
  IF v_ledger.joining_until IS NOT NULL THEN
    PERFORM daybook.refuse('shared-ledger-joining', 'Another desk is bringing its ledger into the shared database.');
  END IF;
  v_closed := daybook.closed_through();
  v_open := ((v_closed || '-01')::date + interval '1 month')::date;
  v_own := v_ledger.gateway || '/' || v_ledger.gateway_account || '/' || v_ledger.mode || '/';
  v_sequence := v_ledger.head_sequence;
  v_hash := v_ledger.head_hash;

  FOR r IN
    SELECT e.*, k.input_hash AS known_hash
    FROM daybook.prepare_entries(p_entries) AS e
    LEFT JOIN LATERAL (SELECT j.input_hash FROM daybook.journal_entries j WHERE j.id = e.id LIMIT 1) AS k ON true
    ORDER BY e.ord
  LOOP
    IF r.known_hash IS NOT NULL THEN
      v_outcomes := v_outcomes || CASE WHEN r.known_hash = r.input_hash THEN '["known"]' ELSE '["changed"]' END;
      CONTINUE;
    END IF;
    v_fault := coalesce(r.fault, daybook.fault_of_key(r.idempotency_key, v_own, v_is_accountant));
    IF v_fault IS NULL AND r.reverses_entry_id IS NOT NULL THEN
      IF r.reverses_entry_id <> ALL (v_new_ids) AND NOT EXISTS (SELECT FROM daybook.journal_entries j WHERE j.id = r.reverses_entry_id) THEN
        v_fault := 'original-not-sealed';
      ELSIF r.reverses_entry_id = ANY (v_reversed) OR EXISTS (SELECT FROM daybook.journal_entries j WHERE j.reverses_entry_id = r.reverses_entry_id) THEN
        v_fault := 'entry-reversed-already';
      END IF;
    END IF;
    IF v_fault IS NOT NULL THEN
      v_outcomes := v_outcomes || ('["refused","' || v_fault || '"]');
      CONTINUE;
    END IF;
    v_date := r.entry_date;
    v_concerns := r.concerns_month;
    IF v_date < v_open THEN
      v_concerns := coalesce(v_concerns, to_char(v_date, 'YYYY-MM'));
      v_date := v_open;
    END IF;
    v_sequence := v_sequence + 1;
    v_previous := v_hash;
    v_hash := encode(sha256(convert_to(
      '{"concernsMonth":' || coalesce('"' || v_concerns || '"', 'null') || ',"entryDate":"' || to_char(v_date, 'YYYY-MM-DD') || '",' || r.up_to_sequence || v_sequence || r.up_to_hash || v_previous || r.to_end, 'UTF8')), 'hex');
    v_rows := v_rows || ROW(v_sequence, r.id, v_date, r.recorded_at, r.kind, r.source_type, r.source_id, r.idempotency_key, r.input_hash, r.reverses_entry_id, v_concerns, r.memo, r.postings::json, v_previous, v_hash, session_user::text, v_now)::daybook.journal_entries;
    v_new_ids := v_new_ids || r.id;
    IF r.reverses_entry_id IS NOT NULL THEN
      v_reversed := v_reversed || r.reverses_entry_id;
    END IF;
    v_outcomes := v_outcomes || ('["sealed",' || v_sequence || ',"' || to_char(v_date, 'YYYY-MM-DD') || '",' || coalesce('"' || v_concerns || '"', 'null') || ',"' || v_hash || '"]');
  END LOOP;

  IF v_sequence > v_ledger.head_sequence THEN
    INSERT INTO daybook.journal_entries SELECT * FROM unnest(v_rows);
    UPDATE daybook.ledger SET head_sequence = v_sequence, head_hash = v_hash;
  END IF;
  RETURN ('{"periodSequence":' || (SELECT coalesce(max(sequence), 0) FROM daybook.period_log) || ',"outcomes":[' || array_to_string(v_outcomes, ',') || ']}')::json;
END $$;

-- ── A single desk joins ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Its chain comes into an empty shared ledger as it is: sequences, dates and hashes stand, and are worked out anew here before they are believed.
CREATE FUNCTION daybook.begin_join(p_until bigint, p_hash text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_ledger daybook.ledger;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  SELECT * INTO v_ledger FROM daybook.ledger FOR UPDATE;
  IF v_ledger.joining_until IS NULL AND v_ledger.head_sequence = 0 THEN
    UPDATE daybook.ledger SET joining_until = p_until, joining_hash = p_hash, joining_login = session_user;
  ELSIF v_ledger.joining_until IS DISTINCT FROM p_until OR v_ledger.joining_hash IS DISTINCT FROM p_hash THEN
    PERFORM daybook.refuse('shared-ledger-mismatch', 'The shared ledger holds entries of its own. Nothing was uploaded.');
  END IF;
  RETURN v_ledger.head_sequence;
END $$;

CREATE FUNCTION daybook.upload_entries(p_entries jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_ledger daybook.ledger;
  v_own text;
  v_sequence bigint;
  v_hash text;
  v_previous text;
  v_fault text;
  v_rows daybook.journal_entries[] := '{}';
  v_now timestamptz := clock_timestamp();
  r record;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  SELECT * INTO v_ledger FROM daybook.ledger FOR UPDATE;
  IF v_ledger.joining_until IS NULL THEN
    PERFORM daybook.refuse('shared-ledger-mismatch', 'The shared ledger is not waiting for a desk’s entries. Nothing was uploaded.');
  END IF;
  v_own := v_ledger.gateway || '/' || v_ledger.gateway_account || '/' || v_ledger.mode || '/';
  v_sequence := v_ledger.head_sequence;
  v_hash := v_ledger.head_hash;
  FOR r IN
    SELECT e.*, (p_entries -> (e.ord::integer - 1) ->> 'sequence')::bigint AS sent_sequence, p_entries -> (e.ord::integer - 1) ->> 'hash' AS sent_hash FROM daybook.prepare_entries(p_entries) AS e ORDER BY e.ord
  LOOP
    CONTINUE WHEN r.sent_sequence <= v_ledger.head_sequence; -- a page whose answer was lost
    v_fault := coalesce(r.fault, CASE WHEN r.idempotency_key LIKE 'partner-invoice/%' THEN NULL ELSE daybook.fault_of_key(r.idempotency_key, v_own, true) END);
    IF v_fault IS NOT NULL THEN
      PERFORM daybook.refuse(v_fault, format('Entry %s cannot be taken into the shared ledger. The shared ledger keeps what came before it.', r.sent_sequence));
    END IF;
    v_sequence := v_sequence + 1;
    v_previous := v_hash;
    v_hash := encode(sha256(convert_to(
      '{"concernsMonth":' || coalesce('"' || r.concerns_month || '"', 'null') || ',"entryDate":"' || to_char(r.entry_date, 'YYYY-MM-DD') || '",' || r.up_to_sequence || v_sequence || r.up_to_hash || v_previous || r.to_end, 'UTF8')), 'hex');
    IF r.sent_sequence <> v_sequence OR r.sent_hash IS DISTINCT FROM v_hash THEN
      PERFORM daybook.refuse('shared-chain-broken', format('Entry %s does not follow the one before it. The shared ledger keeps what came before it.', r.sent_sequence));
    END IF;
    v_rows := v_rows || ROW(v_sequence, r.id, r.entry_date, r.recorded_at, r.kind, r.source_type, r.source_id, r.idempotency_key, r.input_hash, r.reverses_entry_id, r.concerns_month, r.memo, r.postings::json, v_previous, v_hash, session_user::text, v_now)::daybook.journal_entries;
  END LOOP;
  INSERT INTO daybook.journal_entries SELECT * FROM unnest(v_rows);
  UPDATE daybook.ledger SET head_sequence = v_sequence, head_hash = v_hash;
  RETURN v_sequence;
END $$;

CREATE FUNCTION daybook.hash_of_period_row(p_row daybook.period_log) RETURNS text
LANGUAGE sql IMMUTABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT encode(sha256(convert_to('[' || p_row.sequence || ',' || to_json(p_row.month) || ',' || to_json(p_row.action) || ',' || to_json(p_row.actor) || ',' || coalesce(to_json(p_row.reason)::text, 'null') || ',' || p_row.at || ','
    || to_json(p_row.four_eyes) || ',' || p_row.head_sequence || ',' || to_json(p_row.head_hash) || ',' || to_json(p_row.evidence) || ',' || to_json(p_row.previous_hash) || ']', 'UTF8')), 'hex')
$$;

-- The last step of a join: the log of months, checked as the entries were. Months that were closed by one person stay recorded so.
CREATE FUNCTION daybook.finish_join(p_log jsonb, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_ledger daybook.ledger;
  v_row daybook.period_log;
  v_sequence bigint := 0;
  v_hash text := repeat('0', 64);
  v_sent jsonb;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  SELECT * INTO v_ledger FROM daybook.ledger FOR UPDATE;
  IF v_ledger.joining_until IS NULL THEN
    RETURN; -- finished before
  END IF;
  IF v_ledger.head_sequence <> v_ledger.joining_until OR v_ledger.head_hash <> v_ledger.joining_hash THEN
    PERFORM daybook.refuse('shared-chain-broken', 'Not all entries have come in.');
  END IF;
  FOR v_sent IN SELECT x.doc FROM jsonb_array_elements(p_log) WITH ORDINALITY AS x(doc, ord) ORDER BY x.ord LOOP
    v_row := NULL;
    v_row.sequence := (v_sent ->> 'sequence')::bigint;
    v_row.month := v_sent ->> 'month';
    v_row.action := v_sent ->> 'action';
    v_row.actor := v_sent ->> 'actor';
    v_row.reason := v_sent ->> 'reason';
    v_row.at := (v_sent ->> 'at')::bigint;
    v_row.four_eyes := v_sent ->> 'fourEyes';
    v_row.head_sequence := (v_sent ->> 'headSequence')::bigint;
    v_row.head_hash := v_sent ->> 'headHash';
    v_row.evidence := v_sent ->> 'evidence';
    v_row.previous_hash := v_hash;
    v_row.hash := daybook.hash_of_period_row(v_row);
    v_row.recorded_at := clock_timestamp();
    IF v_row.sequence <> v_sequence + 1 OR v_row.hash IS DISTINCT FROM v_sent ->> 'hash' THEN
      PERFORM daybook.refuse('shared-chain-broken', 'The log of months does not follow from its rows.');
    END IF;
    INSERT INTO daybook.period_log SELECT v_row.*;
    v_sequence := v_row.sequence;
    v_hash := v_row.hash;
  END LOOP;
  UPDATE daybook.ledger SET joining_until = NULL, joining_hash = NULL, joining_login = NULL;
  PERFORM daybook.append_audit('ledger', v_ledger.id::text, 'join', jsonb_build_object('head_sequence', v_ledger.head_sequence, 'head_hash', v_ledger.head_hash, 'period_rows', v_sequence), p_request_id);
END $$;

-- ── Closing and opening months ───────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION daybook.append_period_log(p_month text, p_action text, p_reason text, p_at bigint, p_evidence text, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_row daybook.period_log;
  v_before daybook.period_log;
BEGIN
  SELECT * INTO v_before FROM daybook.period_log ORDER BY sequence DESC LIMIT 1;
  v_row.sequence := coalesce(v_before.sequence, 0) + 1;
  v_row.month := p_month;
  v_row.action := p_action;
  v_row.actor := session_user;
  v_row.reason := p_reason;
  v_row.at := p_at;
  v_row.four_eyes := 'on';
  SELECT head_sequence, head_hash INTO v_row.head_sequence, v_row.head_hash FROM daybook.ledger;
  v_row.evidence := p_evidence;
  v_row.previous_hash := coalesce(v_before.hash, repeat('0', 64));
  v_row.hash := daybook.hash_of_period_row(v_row);
  v_row.request_id := p_request_id;
  v_row.recorded_at := clock_timestamp();
  INSERT INTO daybook.period_log SELECT v_row.*;
  PERFORM daybook.append_audit('period', p_month, p_action, jsonb_build_object('reason', p_reason, 'head_sequence', v_row.head_sequence, 'head_hash', v_row.head_hash, 'evidence', p_evidence), p_request_id);
END $$;

-- Takes the lock that orders people and sealers, and says whether this very request was carried out before (its answer was lost).
CREATE FUNCTION daybook.lock_periods(p_month text, p_request_id uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  PERFORM FROM daybook.ledger FOR UPDATE;
  IF p_month !~ '^[0-9]{4}-(0[1-9]|1[0-2])$' THEN
    PERFORM daybook.refuse('month-invalid', 'A month looks like 2026-10.');
  END IF;
  RETURN EXISTS (SELECT FROM daybook.period_log WHERE request_id = p_request_id);
END $$;

CREATE FUNCTION daybook.close_period(p_month text, p_head_sequence bigint, p_head_hash text, p_evidence text, p_at bigint, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_ledger daybook.ledger;
  v_closed text;
  v_next text;
BEGIN
  IF daybook.lock_periods(p_month, p_request_id) THEN
    RETURN;
  END IF;
  SELECT * INTO v_ledger FROM daybook.ledger;
  IF v_ledger.joining_until IS NOT NULL THEN
    PERFORM daybook.refuse('shared-ledger-joining', 'Another desk is bringing its ledger into the shared database.');
  END IF;
  v_closed := daybook.closed_through();
  IF p_month <= v_closed THEN
    PERFORM daybook.refuse('period-closed-already', format('%s is closed already.', p_month));
  END IF;
  v_next := coalesce(to_char((v_closed || '-01')::date + interval '1 month', 'YYYY-MM'), (SELECT to_char(min(entry_date), 'YYYY-MM') FROM daybook.journal_entries));
  IF p_month > v_next THEN
    PERFORM daybook.refuse('earlier-month-open', format('%s is still open, and months are closed in their order. %s was left open.', v_next, p_month));
  END IF;
  IF p_at IS NULL OR (to_timestamp(p_at / 1000.0) AT TIME ZONE v_ledger.reporting_time_zone)::date < ((p_month || '-01')::date + interval '1 month')::date THEN
    PERFORM daybook.refuse('period-not-over', format('%s is not over yet.', p_month));
  END IF;
  IF p_head_sequence IS DISTINCT FROM v_ledger.head_sequence OR p_head_hash IS DISTINCT FROM v_ledger.head_hash THEN
    PERFORM daybook.refuse('ledger-moved-on', 'Entries came in while the month was being closed. It was left open.');
  END IF;
  PERFORM daybook.append_period_log(p_month, 'close', NULL, p_at, coalesce(p_evidence, '{}'), p_request_id);
END $$;

-- The last wish for a month that nobody has answered: who asked.
CREATE FUNCTION daybook.open_wish(p_month text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN action = 'request-reopen' THEN actor END FROM daybook.period_log WHERE month = p_month ORDER BY sequence DESC LIMIT 1
$$;

CREATE FUNCTION daybook.request_reopen(p_month text, p_reason text, p_at bigint, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_closed text;
BEGIN
  IF daybook.lock_periods(p_month, p_request_id) THEN
    RETURN;
  END IF;
  IF length(trim(coalesce(p_reason, ''))) < 3 THEN
    PERFORM daybook.refuse('reopen-reason-missing', 'Opening a closed month needs a reason. Nothing was changed.');
  END IF;
  v_closed := daybook.closed_through();
  IF v_closed IS NULL OR p_month > v_closed THEN
    PERFORM daybook.refuse('period-not-closed', format('%s is not closed.', p_month));
  END IF;
  IF p_month < v_closed THEN
    PERFORM daybook.refuse('later-month-closed', format('%s is closed as well, and it began with what %s ended with. Nothing was opened.', v_closed, p_month));
  END IF;
  IF daybook.open_wish(p_month) IS NOT NULL THEN
    PERFORM daybook.refuse('reopen-requested-already', format('%s has asked to open %s already.', daybook.open_wish(p_month), p_month));
  END IF;
  PERFORM daybook.append_period_log(p_month, 'request-reopen', trim(p_reason), p_at, '{}', p_request_id);
END $$;

CREATE FUNCTION daybook.approve_reopen(p_month text, p_at bigint, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_asked_by text;
BEGIN
  IF daybook.lock_periods(p_month, p_request_id) THEN
    RETURN;
  END IF;
  v_asked_by := daybook.open_wish(p_month);
  IF v_asked_by IS NULL THEN
    PERFORM daybook.refuse('reopen-not-requested', format('Nobody has asked to open %s again.', p_month));
  END IF;
  IF v_asked_by = session_user THEN
    PERFORM daybook.refuse('second-person-needed', 'The person who asked cannot approve: it takes two. The month stays closed.');
  END IF;
  IF p_month IS DISTINCT FROM daybook.closed_through() THEN
    PERFORM daybook.refuse('later-month-closed', format('%s is not the last closed month. Nothing was opened.', p_month));
  END IF;
  PERFORM daybook.append_period_log(p_month, 'reopen', NULL, p_at, '{}', p_request_id);
END $$;

CREATE FUNCTION daybook.decline_reopen(p_month text, p_reason text, p_at bigint, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF daybook.lock_periods(p_month, p_request_id) THEN
    RETURN;
  END IF;
  IF daybook.open_wish(p_month) IS NULL THEN
    PERFORM daybook.refuse('reopen-not-requested', format('Nobody has asked to open %s again.', p_month));
  END IF;
  PERFORM daybook.append_period_log(p_month, 'decline-reopen', trim(p_reason), p_at, '{}', p_request_id);
END $$;

-- ── Anchors of the desks ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- How far each desk's copy has come: a file that was cut short or exchanged since does not reach it.
CREATE TABLE daybook.desk_anchors (
  desk text NOT NULL,
  login text NOT NULL DEFAULT session_user,
  ledger_sequence bigint NOT NULL,
  hash text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (desk, login)
);

CREATE FUNCTION daybook.record_anchor(p_desk text, p_sequence bigint, p_hash text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.require_role('daybook_viewer');
  IF NOT EXISTS (SELECT FROM daybook.journal_entries WHERE ledger_sequence = p_sequence AND hash = p_hash) THEN
    PERFORM daybook.refuse('shared-ledger-mismatch', format('Entry %s of this desk is not the one of the shared ledger.', p_sequence));
  END IF;
  INSERT INTO daybook.desk_anchors AS a (desk, login, ledger_sequence, hash) VALUES (p_desk, session_user, p_sequence, p_hash)
  ON CONFLICT (desk, login) DO UPDATE SET ledger_sequence = EXCLUDED.ledger_sequence, hash = EXCLUDED.hash, recorded_at = clock_timestamp() WHERE a.ledger_sequence < EXCLUDED.ledger_sequence;
END $$;

-- ── Doors ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
DO $$
DECLARE
  t text;
  door text;
BEGIN
  FOREACH t IN ARRAY ARRAY['journal_entries', 'period_log', 'desk_anchors'] LOOP
    EXECUTE format('ALTER TABLE daybook.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('GRANT SELECT ON daybook.%I TO daybook_viewer', t);
    EXECUTE format('CREATE POLICY read_by_role ON daybook.%I FOR SELECT TO daybook_viewer USING (true)', t);
  END LOOP;
  GRANT SELECT ON daybook.postings, daybook.ledger_periods TO daybook_viewer;
  FOREACH door IN ARRAY ARRAY['closed_through()', 'refuse_change()', 'refuse_closed_months()', 'prepare_entries(jsonb)', 'fault_of_key(text, text, boolean)', 'seal_entries(jsonb)', 'begin_join(bigint, text)', 'upload_entries(jsonb)',
    'hash_of_period_row(daybook.period_log)', 'finish_join(jsonb, uuid)', 'append_period_log(text, text, text, bigint, text, uuid)', 'lock_periods(text, uuid)', 'close_period(text, bigint, text, text, bigint, uuid)', 'open_wish(text)',
    'request_reopen(text, text, bigint, uuid)', 'approve_reopen(text, bigint, uuid)', 'decline_reopen(text, text, bigint, uuid)', 'record_anchor(text, bigint, text)'] LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION daybook.%s FROM PUBLIC', door);
  END LOOP;
  GRANT EXECUTE ON FUNCTION daybook.seal_entries(jsonb) TO daybook_finance;
  GRANT EXECUTE ON FUNCTION daybook.begin_join(bigint, text), daybook.upload_entries(jsonb), daybook.finish_join(jsonb, uuid), daybook.close_period(text, bigint, text, text, bigint, uuid), daybook.request_reopen(text, text, bigint, uuid),
    daybook.approve_reopen(text, bigint, uuid), daybook.decline_reopen(text, text, bigint, uuid) TO daybook_accountant;
  GRANT EXECUTE ON FUNCTION daybook.record_anchor(text, bigint, text) TO daybook_viewer;
END $$;
