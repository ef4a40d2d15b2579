-- Why: (1) what people did about a difference is everybody's: its steps and comments, the day it is due and how it was settled. (2) An adjustment above the ledger's limit takes two
-- people, whatever a desk says: the decision is made here, and the sealer asks for it. (3) A month is signed off once for all desks. (4) The settings of that work are the ledger's.
-- Refusals and the audit chain are those of 0002; actors are the session's users, never a field.

-- ── Settings ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
ALTER TABLE daybook.ledger ADD COLUMN reconciliation_policy jsonb;

CREATE FUNCTION daybook.set_reconciliation_policy(p_policy jsonb, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_before jsonb;
BEGIN
  PERFORM daybook.require_role('daybook_admin');
  IF p_policy IS NULL OR jsonb_typeof(p_policy) <> 'object' OR coalesce((p_policy ->> 'adjustmentLimitMinor')::bigint, -1) < 0 OR coalesce((p_policy ->> 'closeLimitMinor')::bigint, -1) < 0 OR coalesce((p_policy ->> 'dueDays')::integer, -1) NOT BETWEEN 0 AND 365 THEN
    PERFORM daybook.refuse('reconciliation-policy-invalid', 'These settings lack a limit or a number of days.');
  END IF;
  SELECT reconciliation_policy INTO v_before FROM daybook.ledger FOR UPDATE;
  -- A request whose answer was lost is not carried out again over what somebody set since.
  IF v_before IS NOT DISTINCT FROM p_policy OR EXISTS (SELECT FROM daybook.audit_log WHERE entity = 'ledger-setting' AND request_id = p_request_id) THEN
    RETURN;
  END IF;
  UPDATE daybook.ledger SET reconciliation_policy = p_policy;
  PERFORM daybook.append_audit('ledger-setting', 'reconciliation_policy', 'set', jsonb_build_object('reconciliation_policy', jsonb_build_array(v_before, p_policy)), p_request_id);
END $$;

-- ── The work, and its steps ──────────────────────────────────────────────────────────────────────────────────────────────────────────
ALTER TABLE daybook.discrepancies ADD COLUMN due_on date, ADD COLUMN marked_as text CHECK (marked_as IN ('adjusted', 'written-off', 'linked', 'timing')), ADD COLUMN link_to text, ADD COLUMN open_request text;

CREATE TABLE daybook.discrepancy_steps (
  id uuid PRIMARY KEY,
  discrepancy_id uuid NOT NULL REFERENCES daybook.discrepancies (id),
  action text NOT NULL, actor text NOT NULL, note text, from_status text NOT NULL, to_status text NOT NULL, recorded_at timestamptz NOT NULL,
  before jsonb, body jsonb, undoes uuid, request_id uuid
);
CREATE INDEX discrepancy_steps_by_discrepancy ON daybook.discrepancy_steps (discrepancy_id, recorded_at);

CREATE TABLE daybook.close_sign_offs (
  id uuid PRIMARY KEY, month text NOT NULL CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'), action text NOT NULL CHECK (action IN ('sign-off', 'withdraw')), actor text NOT NULL, note text, checks jsonb NOT NULL, head_sequence bigint NOT NULL, head_hash text NOT NULL,
  recorded_at timestamptz NOT NULL
);

-- One decision per request, for ever.
CREATE TABLE daybook.adjustment_decisions (
  request_step uuid PRIMARY KEY REFERENCES daybook.discrepancy_steps (id), is_approved boolean NOT NULL, decided_by text NOT NULL, decided_at timestamptz NOT NULL, note text, request_id uuid NOT NULL
);

DO $$
DECLARE
  shared_table text[];
BEGIN
  FOREACH shared_table SLICE 1 IN ARRAY ARRAY[['discrepancy_steps', 'discrepancy_step'], ['close_sign_offs', 'close_sign_off']] LOOP
    EXECUTE format('CREATE TRIGGER feed_inserts AFTER INSERT ON daybook.%I REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes(%L, ''id'')', shared_table[1], shared_table[2]);
    EXECUTE format('CREATE TRIGGER feed_updates AFTER UPDATE ON daybook.%I REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes(%L, ''id'')', shared_table[1], shared_table[2]);
    EXECUTE format('CREATE TRIGGER feed_deletes AFTER DELETE ON daybook.%I REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes(%L, ''id'')', shared_table[1], shared_table[2]);
  END LOOP;
  FOREACH shared_table SLICE 1 IN ARRAY ARRAY[['discrepancy_steps', ''], ['close_sign_offs', ''], ['adjustment_decisions', '']] LOOP
    EXECUTE format('ALTER TABLE daybook.%I ENABLE ROW LEVEL SECURITY', shared_table[1]);
    EXECUTE format('GRANT SELECT ON daybook.%I TO daybook_finance', shared_table[1]);
    EXECUTE format('CREATE POLICY read_by_role ON daybook.%I FOR SELECT TO daybook_finance USING (true)', shared_table[1]);
  END LOOP;
END $$;

-- As in 0003, with the day it is due, how it was settled and what it is linked to.
CREATE OR REPLACE FUNCTION daybook.record_discrepancies(p_rows jsonb) RETURNS TABLE (id uuid, version integer, is_current boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  r record;
  v_standing daybook.discrepancies;
BEGIN
  PERFORM daybook.require_role('daybook_finance');
  FOR r IN
    SELECT * FROM jsonb_to_recordset(p_rows) AS sent (
      "id" uuid, "level" text, "reason" text, "objectId" text, "balanceTransactionId" text, "status" text, "assignee" text, "holdUntil" date, "currency" text, "amountMinor" bigint, "occurredOn" date, "detail" jsonb,
      "firstSeenAt" timestamptz, "lastSeenAt" timestamptz, "resolvedAt" timestamptz, "sharedVersion" integer, "dueOn" date, "markedAs" text, "linkTo" text, "openRequest" text)
    ORDER BY sent."id" -- two desks that send the same rows take their locks in the same order
  LOOP
    INSERT INTO daybook.discrepancies AS d (id, level, reason, object_id, balance_transaction_id, status, assignee, hold_until, currency, amount_minor, occurred_on, detail, first_seen_at, last_seen_at, resolved_at, version, due_on, marked_as, link_to, open_request)
    VALUES (r."id", r."level", r."reason", r."objectId", r."balanceTransactionId", r."status", r."assignee", r."holdUntil", r."currency", r."amountMinor", r."occurredOn", r."detail", r."firstSeenAt", r."lastSeenAt", r."resolvedAt", 1, r."dueOn", r."markedAs", r."linkTo", r."openRequest")
    ON CONFLICT (id) DO NOTHING;
    IF FOUND THEN
      RETURN QUERY SELECT r."id", 1, true;
      CONTINUE;
    END IF;
    SELECT * INTO v_standing FROM daybook.discrepancies d WHERE d.id = r."id" FOR UPDATE;
    IF (v_standing.status, v_standing.assignee, v_standing.hold_until, v_standing.amount_minor, v_standing.detail, v_standing.due_on, v_standing.marked_as, v_standing.link_to, v_standing.open_request)
       IS NOT DISTINCT FROM (r."status", r."assignee", r."holdUntil", r."amountMinor", r."detail", r."dueOn", r."markedAs", r."linkTo", r."openRequest") THEN
      RETURN QUERY SELECT r."id", v_standing.version, true;
    ELSIF v_standing.version = r."sharedVersion" THEN
      UPDATE daybook.discrepancies d
         SET status = r."status", assignee = r."assignee", hold_until = r."holdUntil", amount_minor = r."amountMinor", detail = r."detail", resolved_at = r."resolvedAt", last_seen_at = greatest(d.last_seen_at, r."lastSeenAt"),
             due_on = r."dueOn", marked_as = r."markedAs", link_to = r."linkTo", open_request = r."openRequest", version = d.version + 1
       WHERE d.id = r."id";
      IF v_standing.status <> r."status" OR v_standing.assignee IS DISTINCT FROM r."assignee" THEN
        PERFORM daybook.append_audit('discrepancy', r."id"::text, 'work', jsonb_build_object('status', jsonb_build_array(v_standing.status, r."status"), 'assignee', jsonb_build_array(v_standing.assignee, r."assignee")), NULL);
      END IF;
      RETURN QUERY SELECT r."id", v_standing.version + 1, true;
    ELSE
      RETURN QUERY SELECT r."id", v_standing.version, false;
    END IF;
  END LOOP;
END $$;

-- Steps as people took them; sent twice they stand once. One whose difference is not known here is left for the next time. The ids of those that stand.
CREATE FUNCTION daybook.record_discrepancy_steps(p_rows jsonb) RETURNS TABLE (id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM daybook.require_role('daybook_finance');
  RETURN QUERY
    WITH sent AS (
      SELECT * FROM jsonb_to_recordset(p_rows) AS s ("id" uuid, "discrepancyId" uuid, "action" text, "note" text, "fromStatus" text, "toStatus" text, "recordedAt" timestamptz, "before" jsonb, "body" jsonb, "undoes" uuid, "requestId" uuid)
    ), known AS (
      SELECT s.* FROM sent s WHERE EXISTS (SELECT FROM daybook.discrepancies d WHERE d.id = s."discrepancyId")
    ), kept AS (
      INSERT INTO daybook.discrepancy_steps AS t (id, discrepancy_id, action, actor, note, from_status, to_status, recorded_at, before, body, undoes, request_id)
      SELECT k."id", k."discrepancyId", k."action", session_user, k."note", k."fromStatus", k."toStatus", k."recordedAt", k."before", k."body", k."undoes", k."requestId" FROM known k ORDER BY k."recordedAt", k."id"
      ON CONFLICT (id) DO NOTHING
    )
    SELECT k."id" FROM known k;
END $$;

CREATE FUNCTION daybook.record_close_sign_off(p_id uuid, p_month text, p_action text, p_note text, p_checks jsonb, p_head_sequence bigint, p_head_hash text, p_recorded_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  INSERT INTO daybook.close_sign_offs (id, month, action, actor, note, checks, head_sequence, head_hash, recorded_at) VALUES (p_id, p_month, p_action, session_user, p_note, p_checks, p_head_sequence, p_head_hash, p_recorded_at) ON CONFLICT (id) DO NOTHING;
  IF FOUND THEN
    PERFORM daybook.append_audit('close', p_month, p_action, jsonb_build_object('note', p_note, 'head_sequence', p_head_sequence, 'head_hash', p_head_hash), NULL);
  END IF;
END $$;

-- ── Two people ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION daybook.decide_adjustment(p_discrepancy uuid, p_request_step uuid, p_is_approved boolean, p_note text, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_request daybook.discrepancy_steps;
  v_decision daybook.adjustment_decisions;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  SELECT * INTO v_request FROM daybook.discrepancy_steps WHERE id = p_request_step AND discrepancy_id = p_discrepancy AND action = 'request-adjustment' FOR UPDATE;
  IF NOT FOUND OR EXISTS (SELECT FROM daybook.discrepancy_steps WHERE undoes = p_request_step) THEN
    PERFORM daybook.refuse('adjustment-request-unknown', 'The shared database does not know of a request that waits.');
  END IF;
  SELECT * INTO v_decision FROM daybook.adjustment_decisions WHERE request_step = p_request_step;
  IF FOUND THEN
    IF v_decision.request_id = p_request_id THEN
      RETURN;
    END IF;
    PERFORM daybook.refuse('adjustment-decided-already', format('%s has decided it already.', v_decision.decided_by));
  END IF;
  IF p_is_approved AND v_request.actor = session_user THEN
    PERFORM daybook.refuse('second-person-needed', 'The person who asked cannot approve: it takes two. Nothing was posted.');
  END IF;
  INSERT INTO daybook.adjustment_decisions (request_step, is_approved, decided_by, decided_at, note, request_id) VALUES (p_request_step, p_is_approved, session_user, now(), p_note, p_request_id);
  PERFORM daybook.append_audit('discrepancy', p_discrepancy::text, CASE WHEN p_is_approved THEN 'approve-adjustment' ELSE 'decline-adjustment' END, jsonb_build_object('request', p_request_step, 'requested_by', v_request.actor, 'body', v_request.body), p_request_id);
END $$;

-- What a desk may post by itself: up to the limit; above it each approved request lets one entry of its amount through.
CREATE FUNCTION daybook.is_adjustment_allowed(p_source_id text, p_postings jsonb) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH debits AS (
    SELECT sum((p ->> 'functionalAmount')::bigint) AS functional, sum((p ->> 'amount')::bigint) AS amount, min(p ->> 'currency') AS currency FROM jsonb_array_elements(p_postings) AS p WHERE p ->> 'direction' = 'debit'
  )
  -- A desk that joins brings what one person posted there alone: its four eyes were off, and its log says so.
  SELECT (SELECT joining_until FROM daybook.ledger) IS NOT NULL OR d.functional <= coalesce((SELECT (reconciliation_policy ->> 'adjustmentLimitMinor')::bigint FROM daybook.ledger), 50000) OR (
    SELECT count(*) FROM daybook.adjustment_decisions a JOIN daybook.discrepancy_steps s ON s.id = a.request_step
     WHERE a.is_approved AND s.discrepancy_id::text = p_source_id AND (s.body ->> 'amountMinor')::bigint = d.amount AND s.body ->> 'currency' = d.currency
  ) > (
    SELECT count(*) FROM daybook.journal_entries j WHERE j.source_type = 'discrepancy' AND j.source_id = p_source_id AND j.kind IN ('reconciliation-adjustment', 'reconciliation-write-off')
       AND (SELECT sum((p ->> 'functionalAmount')::bigint) FROM json_array_elements(j.postings) AS p WHERE p ->> 'direction' = 'debit') = d.functional
  )
  FROM debits d
$$;
CREATE INDEX journal_entries_of_discrepancies ON daybook.journal_entries (source_id) WHERE source_type = 'discrepancy';

-- The sealer's own look at entries, with one more fault.
ALTER FUNCTION daybook.prepare_entries(jsonb) RENAME TO prepare_entries_as_sent;
CREATE FUNCTION daybook.prepare_entries(p_entries jsonb)
RETURNS TABLE (ord bigint, id uuid, idempotency_key text, entry_date date, recorded_at bigint, kind text, source_type text, source_id text, memo text, input_hash text, reverses_entry_id uuid, concerns_month text,
  postings text, up_to_sequence text, up_to_hash text, to_end text, fault text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT e.ord, e.id, e.idempotency_key, e.entry_date, e.recorded_at, e.kind, e.source_type, e.source_id, e.memo, e.input_hash, e.reverses_entry_id, e.concerns_month, e.postings, e.up_to_sequence, e.up_to_hash, e.to_end,
    CASE WHEN e.fault IS NULL AND e.reverses_entry_id IS NULL AND (e.source_type = 'discrepancy' OR e.kind IN ('reconciliation-adjustment', 'reconciliation-write-off')) AND NOT daybook.is_adjustment_allowed(e.source_id, e.postings::jsonb) THEN 'second-person-needed' ELSE e.fault END
  FROM daybook.prepare_entries_as_sent(p_entries) AS e ORDER BY e.ord
$$;

REVOKE ALL ON FUNCTION daybook.set_reconciliation_policy(jsonb, uuid), daybook.record_discrepancies(jsonb), daybook.record_discrepancy_steps(jsonb), daybook.record_close_sign_off(uuid, text, text, text, jsonb, bigint, text, timestamptz),
  daybook.decide_adjustment(uuid, uuid, boolean, text, uuid), daybook.is_adjustment_allowed(text, jsonb), daybook.prepare_entries(jsonb), daybook.prepare_entries_as_sent(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.record_discrepancies(jsonb), daybook.record_discrepancy_steps(jsonb) TO daybook_finance;
GRANT EXECUTE ON FUNCTION daybook.record_close_sign_off(uuid, text, text, text, jsonb, bigint, text, timestamptz), daybook.decide_adjustment(uuid, uuid, boolean, text, uuid) TO daybook_accountant;
GRANT EXECUTE ON FUNCTION daybook.set_reconciliation_policy(jsonb, uuid) TO daybook_admin;
