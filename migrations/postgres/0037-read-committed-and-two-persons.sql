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
-- Who resolved any conflict of the change decides as little as who asked for it; what is said stays as 0027 left it.
DO $$
DECLARE
  v_text text := pg_get_functiondef('daybook.decide_change(uuid, text, text, uuid)'::regprocedure);
  v_asked text := 'IF session_user IN (v_approval.requested_by, coalesce(v_approval.chosen_by, '''')) THEN';
BEGIN
  IF position(v_asked IN v_text) = 0 THEN
    RAISE EXCEPTION 'decide_change is not as 0027 left it';
  END IF;
  EXECUTE replace(v_text, v_asked, $asked$IF session_user IN (v_approval.requested_by, coalesce(v_approval.chosen_by, ''))
    OR EXISTS (SELECT FROM daybook.change_conflicts x WHERE x.change_id = v_approval.change_id AND x.state = 'resolved' AND x.resolved_by = session_user) THEN$asked$);
END $$;
