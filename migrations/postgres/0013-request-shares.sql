-- Why: several desks that read from Stripe at the same time stay below the account's limit together. Each that reads holds a share for a few seconds and
-- renews it; nobody is asked before a single request. Nothing is handed on before its last holder has stopped using it: a share counts as it was given and
-- as its holder said it still used it, whichever is more, and for a moment beyond its end, since Stripe counts the requests of a whole second.

CREATE TABLE daybook.request_shares (
  reader text PRIMARY KEY,                -- login, desk and a name made for one run
  total integer NOT NULL CHECK (total > 0),
  parts integer NOT NULL CHECK (parts >= 0),
  in_use integer NOT NULL CHECK (in_use >= 0),
  expires_at timestamptz NOT NULL
);
ALTER TABLE daybook.request_shares ENABLE ROW LEVEL SECURITY; -- no policy: only the functions below touch it

-- p_total: requests a second and endpoint that all readers together may use, as this one has it; the smallest of those who read holds for all. p_in_use: the
-- most the reader has used lately. Answers what it may use from now on; 0: others have not given any back yet.
CREATE FUNCTION daybook.renew_request_share(p_reader text, p_total integer, p_in_use integer, p_ttl_ms bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_settle CONSTANT interval := interval '1100 milliseconds';
  v_reader CONSTANT text := session_user || '/' || p_reader;
  v_now timestamptz;
  v_total integer;
  v_readers bigint;
  v_counted bigint;
  v_parts integer;
BEGIN
  PERFORM daybook.require_role('daybook_finance');
  IF p_ttl_ms NOT BETWEEN 1 AND 60000 OR p_total NOT BETWEEN 1 AND 1000 OR p_in_use NOT BETWEEN 0 AND 1000 THEN
    PERFORM daybook.refuse('request-share-invalid', 'A share of the requests lasts at most a minute and is one of at most a thousand.');
  END IF;
  LOCK TABLE daybook.request_shares IN EXCLUSIVE MODE;
  v_now := clock_timestamp();
  DELETE FROM daybook.request_shares WHERE expires_at + v_settle <= v_now;
  SELECT least(p_total, min(total) FILTER (WHERE expires_at > v_now)), count(*) FILTER (WHERE expires_at > v_now) + 1, coalesce(sum(greatest(parts, in_use)), 0)
    INTO v_total, v_readers, v_counted FROM daybook.request_shares WHERE reader <> v_reader;
  v_parts := greatest(0, least(ceil(v_total::numeric / v_readers), v_total - v_counted));
  INSERT INTO daybook.request_shares AS s (reader, total, parts, in_use, expires_at) VALUES (v_reader, p_total, v_parts, p_in_use, v_now + p_ttl_ms * interval '1 millisecond')
  ON CONFLICT (reader) DO UPDATE SET total = EXCLUDED.total, parts = EXCLUDED.parts, in_use = EXCLUDED.in_use, expires_at = EXCLUDED.expires_at;
  RETURN v_parts;
END $$;

-- The reader has stopped; what it had counts for a moment longer.
CREATE FUNCTION daybook.leave_request_share(p_reader text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.require_role('daybook_finance');
  UPDATE daybook.request_shares SET expires_at = least(expires_at, clock_timestamp()) WHERE reader = session_user || '/' || p_reader;
END $$;

REVOKE ALL ON FUNCTION daybook.renew_request_share(text, integer, integer, bigint), daybook.leave_request_share(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.renew_request_share(text, integer, integer, bigint), daybook.leave_request_share(text) TO daybook_finance;
