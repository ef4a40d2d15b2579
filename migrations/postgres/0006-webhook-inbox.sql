-- Why: webhooks reach `daybook relay` and wait here until every desk has read them. What 0001 prepared becomes an inbox that desks can follow:
--   * The body is kept byte for byte as it was received, so that its signature can be checked again; as text or jsonb a body with an escaped
--     NUL or half a surrogate pair could not be kept at all.
--   * An event is one event by gateway and id, however often it is sent.
--   * Each has a sequence number, without holes. It is given out under a lock that is held until the commit, so that numbers become visible in
--     their order: a desk that remembers the last one it read cannot miss one that commits late.
--   * The relay's login writes through one function, which looks at the ledger's account and mode and reads nothing back to it.

ALTER TABLE daybook.webhook_events
  ALTER COLUMN payload TYPE bytea USING convert_to(payload::text, 'UTF8'),
  ADD CONSTRAINT payload_is_bounded CHECK (octet_length(payload) BETWEEN 1 AND 1048576),
  ADD COLUMN mode text CHECK (mode IN ('live', 'test')),
  ADD COLUMN account text,                  -- where the gateway names one: a connected account's events do
  ADD COLUMN api_version text,
  ADD COLUMN occurred_at timestamptz,       -- the gateway's own time, where it gives one
  ADD COLUMN sequence bigint,
  DROP CONSTRAINT webhook_events_pkey,
  ADD PRIMARY KEY (gateway, id);
UPDATE daybook.webhook_events e SET sequence = numbered.place
  FROM (SELECT gateway, id, row_number() OVER (ORDER BY received_at, gateway, id) AS place FROM daybook.webhook_events) AS numbered
  WHERE numbered.gateway = e.gateway AND numbered.id = e.id;
ALTER TABLE daybook.webhook_events ALTER COLUMN sequence SET NOT NULL, ADD CONSTRAINT one_event_per_sequence UNIQUE (sequence);
CREATE INDEX webhook_events_by_arrival ON daybook.webhook_events (received_at);

-- The last number given out. Its row lock orders the writers; nobody but the function below touches it.
CREATE TABLE daybook.webhook_inbox (
  is_only_row boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
  last_sequence bigint NOT NULL
);
INSERT INTO daybook.webhook_inbox (last_sequence) SELECT coalesce(max(sequence), 0) FROM daybook.webhook_events;
ALTER TABLE daybook.webhook_inbox ENABLE ROW LEVEL SECURITY;

-- ── The relay's two doors ────────────────────────────────────────────────────────────────────────────────────────────────────────────
DROP POLICY inserted_by_relay ON daybook.webhook_events;
REVOKE ALL ON daybook.webhook_events FROM daybook_relay;

-- Whose events belong here, and whether the login may do more than a relay should.
CREATE FUNCTION daybook.relay_ledger() RETURNS TABLE (gateway text, gateway_account text, mode text, may_read_books boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.require_role('daybook_relay');
  RETURN QUERY SELECT l.gateway, l.gateway_account, l.mode, has_table_privilege(session_user, 'daybook.invoices', 'SELECT') FROM daybook.ledger l;
END $$;
REVOKE ALL ON FUNCTION daybook.relay_ledger() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.relay_ledger() TO daybook_relay;

-- Events whose signatures the relay has checked, all or none of them. p_events: [{ gateway, id, type, mode, account, api_version, occurred_at
-- (epoch seconds), bytes }]; p_bodies: their bodies one after the other. Answers how many of each gateway were new. What it has answered for
-- has been flushed to disk, whatever the server's default for synchronous_commit.
CREATE FUNCTION daybook.receive_webhooks(p_events jsonb, p_bodies bytea) RETURNS TABLE (gateway text, stored bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_last bigint;
  v_ledger daybook.ledger;
BEGIN
  PERFORM daybook.require_role('daybook_relay');
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  SELECT * INTO v_ledger FROM daybook.ledger;
  IF NOT FOUND OR EXISTS (
    SELECT FROM jsonb_to_recordset(p_events) AS e (gateway text, mode text, account text)
    WHERE e.mode IS DISTINCT FROM v_ledger.mode OR (e.gateway = v_ledger.gateway AND coalesce(e.account, v_ledger.gateway_account) <> v_ledger.gateway_account)
  ) THEN
    PERFORM daybook.refuse('webhook-of-another-ledger', 'An event is of another account or mode than the ledger of this database.');
  END IF;
  IF octet_length(p_bodies) IS DISTINCT FROM (SELECT sum(e.bytes) FROM jsonb_to_recordset(p_events) AS e (bytes bigint)) THEN
    PERFORM daybook.refuse('webhook-batch-invalid', 'The bodies are not as long as their list says.');
  END IF;

  SELECT last_sequence INTO STRICT v_last FROM daybook.webhook_inbox FOR UPDATE;
  RETURN QUERY
  WITH sent AS (
    SELECT e.*, (sum(e.bytes) OVER (ORDER BY e.place) - e.bytes + 1)::integer AS begins
    FROM ROWS FROM (jsonb_to_recordset(p_events) AS (gateway text, id text, type text, mode text, account text, api_version text, occurred_at bigint, bytes integer)) WITH ORDINALITY
      AS e (gateway, id, type, mode, account, api_version, occurred_at, bytes, place)
  ), fresh AS (
    SELECT DISTINCT ON (gateway, id) sent.* FROM sent
    WHERE NOT EXISTS (SELECT FROM daybook.webhook_events k WHERE k.gateway = sent.gateway AND k.id = sent.id)
    ORDER BY gateway, id, place
  ), inserted AS (
    INSERT INTO daybook.webhook_events (id, gateway, type, payload, verified, received_at, mode, account, api_version, occurred_at, sequence)
    SELECT id, gateway, type, substring(p_bodies FROM begins FOR bytes), true, clock_timestamp(), mode, account, api_version, to_timestamp(occurred_at), v_last + row_number() OVER (ORDER BY place)
    FROM fresh
    RETURNING gateway
  )
  SELECT gateway, count(*) FROM inserted GROUP BY gateway;
  UPDATE daybook.webhook_inbox SET last_sequence = newest.sequence
    FROM (SELECT max(sequence) AS sequence FROM daybook.webhook_events) AS newest WHERE newest.sequence > last_sequence;
END $$;
REVOKE ALL ON FUNCTION daybook.receive_webhooks(jsonb, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.receive_webhooks(jsonb, bytea) TO daybook_relay;
