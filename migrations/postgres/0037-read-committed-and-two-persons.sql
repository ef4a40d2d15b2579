-- Why: (1) A server function takes a lock and then reads what it decides on. In a transaction of REPEATABLE READ or SERIALIZABLE it reads what stood when the transaction began: any login could so fork
-- the audit chain, seal into a month that was closed meanwhile, or give a prefix away twice. Whatever Daybook itself keeps is written in READ COMMITTED alone. The company's own tables and the feed, which
-- they write too, are free. (2) Four eyes: who decided an earlier conflict of a change chose values of it, also where somebody else decided the last one (0010 knew of that one alone).

-- ── Read committed ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION daybook.assert_read_committed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    PERFORM daybook.refuse('isolation-unfit', 'What Daybook keeps in the shared database is written in transactions of READ COMMITTED. Nothing was changed.');
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION daybook.assert_read_committed() FROM PUBLIC;
DO $$
DECLARE
  t text;
BEGIN
  FOR t IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'daybook'::regnamespace AND c.relkind IN ('r', 'p')
    AND c.relname NOT IN ('change_feed', 'api_usage', 'usage_events', 'payment_history', 'subscriptions', 'subscription_history', 'exchange_rates') LOOP
    EXECUTE format('CREATE TRIGGER a_read_committed BEFORE INSERT OR UPDATE OR DELETE ON daybook.%I FOR EACH STATEMENT EXECUTE FUNCTION daybook.assert_read_committed()', t);
  END LOOP;
END $$;

-- ── Two persons ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- As in 0010; who resolved any conflict of the change decides as little as who asked for it.
CREATE OR REPLACE FUNCTION daybook.decide_change(p_approval uuid, p_decision text, p_comment text, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS $$
DECLARE
  v_approval daybook.change_approvals;
  c daybook.change_sets;
  v_state text;
BEGIN
  PERFORM daybook.lock_changes('daybook_accountant');
  IF p_decision IS NULL OR p_decision NOT IN ('approve', 'reject') THEN
    PERFORM daybook.refuse('decision-invalid', 'A decision is to approve or to reject.');
  END IF;
  v_state := CASE p_decision WHEN 'approve' THEN 'approved' ELSE 'rejected' END;
  SELECT * INTO v_approval FROM daybook.change_approvals WHERE id = p_approval FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('approval-not-found', 'The shared database does not know this request for approval.');
  END IF;
  IF session_user IN (v_approval.requested_by, coalesce(v_approval.chosen_by, ''))
    OR EXISTS (SELECT FROM daybook.change_conflicts x WHERE x.change_id = v_approval.change_id AND x.state = 'resolved' AND x.resolved_by = session_user) THEN
    PERFORM daybook.refuse('second-person-needed', 'Who asked for a change, or chose its values, cannot decide on it: it takes two.');
  END IF;
  SELECT * INTO c FROM daybook.change_sets WHERE id = v_approval.change_id FOR UPDATE;
  IF v_approval.state <> 'requested' THEN
    IF v_approval.state = v_state AND v_approval.decided_by = session_user THEN
      RETURN daybook.answer_of(c);
    END IF;
    PERFORM daybook.refuse('approval-decided', CASE v_approval.state WHEN 'withdrawn' THEN 'The change was withdrawn meanwhile.' ELSE format('%s has decided on this already.', v_approval.decided_by) END);
  END IF;
  UPDATE daybook.change_approvals SET state = v_state, decided_by = session_user, decided_at = clock_timestamp(), comment = nullif(daybook.trimmed(left(coalesce(p_comment, ''), 500)), '') WHERE id = p_approval;
  IF p_decision = 'approve' THEN
    c := daybook.evaluate_change(c.id, true);
  ELSE
    UPDATE daybook.change_sets SET state = 'rejected', changed_at = clock_timestamp() WHERE id = c.id RETURNING * INTO c;
  END IF;
  PERFORM daybook.append_audit(c.entity, c.entity_id::text, p_decision || '-change', jsonb_build_object('change', c.id, 'author', c.author, 'comment', p_comment, 'state', c.state, 'version', c.result_version, 'code', c.refusal_code, 'four_eyes', c.four_eyes), p_request_id);
  RETURN daybook.answer_of(c);
END $$;
