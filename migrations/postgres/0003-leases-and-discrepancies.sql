-- Why: several desks share one database. A lease decides which of them runs a job, with a fencing number so that a desk that slept through its
-- lease cannot report a result; and what a reconciliation found, with the work done on it, is told to every desk through one door.
-- Refusals and the audit chain are those of 0002.

ALTER TABLE daybook.discrepancies
  ADD COLUMN balance_transaction_id text,
  ADD COLUMN hold_until date,
  ADD COLUMN occurred_on date NOT NULL DEFAULT '1970-01-01';
ALTER TABLE daybook.discrepancies ALTER COLUMN occurred_on DROP DEFAULT;

-- ── Leases ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- The fencing number when the lease is taken, NULL when another desk holds it. A desk that asks again takes a new number: what it began
-- before a crash is fenced off. The holder is the login and the desk's own name.
CREATE FUNCTION daybook.acquire_lease(p_job text, p_desk text, p_ttl_ms bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_fencing bigint;
BEGIN
  PERFORM daybook.require_role('daybook_finance');
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

-- Whether the lease is still ours; if so it lasts from now on.
CREATE FUNCTION daybook.renew_lease(p_job text, p_fencing_number bigint, p_ttl_ms bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.require_role('daybook_finance');
  UPDATE daybook.job_leases SET expires_at = clock_timestamp() + p_ttl_ms * interval '1 millisecond' WHERE job = p_job AND fencing_number = p_fencing_number;
  RETURN FOUND;
END $$;

CREATE FUNCTION daybook.release_lease(p_job text, p_fencing_number bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.require_role('daybook_finance');
  UPDATE daybook.job_leases SET expires_at = clock_timestamp() WHERE job = p_job AND fencing_number = p_fencing_number;
END $$;

-- A success is unique per (job, period). 'completed' the first time, 'already-completed' afterwards, refused with `lease-lost` when a younger
-- fencing number was given out meanwhile.
CREATE FUNCTION daybook.complete_job(p_job text, p_period text, p_fencing_number bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_fencing bigint;
BEGIN
  PERFORM daybook.require_role('daybook_finance');
  SELECT fencing_number INTO v_fencing FROM daybook.job_leases WHERE job = p_job FOR UPDATE;
  IF EXISTS (SELECT FROM daybook.job_successes WHERE job = p_job AND period = p_period) THEN
    RETURN 'already-completed';
  END IF;
  IF v_fencing IS DISTINCT FROM p_fencing_number THEN
    PERFORM daybook.refuse('lease-lost', 'Another desk has taken over this job.');
  END IF;
  INSERT INTO daybook.job_successes (job, period, fencing_number, completed_by) VALUES (p_job, p_period, p_fencing_number, session_user);
  RETURN 'completed';
END $$;

-- ── Differences ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- p_rows: an array of differences with the version each was based on (sharedVersion, 0 for none). A row based on the standing version is
-- written; one based on an older version that says the same is taken as said; one that says something else is left, and is_current is false:
-- the desk takes over what stands here. Sending twice changes nothing.
CREATE FUNCTION daybook.record_discrepancies(p_rows jsonb) RETURNS TABLE (id uuid, version integer, is_current boolean)
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
      "firstSeenAt" timestamptz, "lastSeenAt" timestamptz, "resolvedAt" timestamptz, "sharedVersion" integer)
    ORDER BY sent."id" -- two desks that send the same rows take their locks in the same order
  LOOP
    INSERT INTO daybook.discrepancies AS d (id, level, reason, object_id, balance_transaction_id, status, assignee, hold_until, currency, amount_minor, occurred_on, detail, first_seen_at, last_seen_at, resolved_at, version)
    VALUES (r."id", r."level", r."reason", r."objectId", r."balanceTransactionId", r."status", r."assignee", r."holdUntil", r."currency", r."amountMinor", r."occurredOn", r."detail", r."firstSeenAt", r."lastSeenAt", r."resolvedAt", 1)
    ON CONFLICT (id) DO NOTHING;
    IF FOUND THEN
      RETURN QUERY SELECT r."id", 1, true;
      CONTINUE;
    END IF;
    SELECT * INTO v_standing FROM daybook.discrepancies d WHERE d.id = r."id" FOR UPDATE;
    IF (v_standing.status, v_standing.assignee, v_standing.hold_until, v_standing.amount_minor, v_standing.detail) IS NOT DISTINCT FROM (r."status", r."assignee", r."holdUntil", r."amountMinor", r."detail") THEN
      RETURN QUERY SELECT r."id", v_standing.version, true;
    ELSIF v_standing.version = r."sharedVersion" THEN
      UPDATE daybook.discrepancies d
         SET status = r."status", assignee = r."assignee", hold_until = r."holdUntil", amount_minor = r."amountMinor", detail = r."detail", resolved_at = r."resolvedAt", last_seen_at = greatest(d.last_seen_at, r."lastSeenAt"),
             version = d.version + 1
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

-- ── Doors ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
DO $$
DECLARE
  door text;
BEGIN
  FOREACH door IN ARRAY ARRAY['acquire_lease(text, text, bigint)', 'renew_lease(text, bigint, bigint)', 'release_lease(text, bigint)', 'complete_job(text, text, bigint)', 'record_discrepancies(jsonb)'] LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION daybook.%s FROM PUBLIC', door);
    EXECUTE format('GRANT EXECUTE ON FUNCTION daybook.%s TO daybook_finance', door);
  END LOOP;
END $$;
