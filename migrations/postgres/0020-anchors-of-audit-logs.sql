-- Why: a desk's own log of who did what was anchored only in that desk's backups, which lie where the log lies. The shared database now keeps its head as well, so that a
-- log that was cut short or written anew shows at the next `ledger verify` (domain.md §3, Sealing; docs/adr/0009).
ALTER TABLE daybook.desk_anchors
  ALTER COLUMN ledger_sequence SET DEFAULT 0,
  ALTER COLUMN hash SET DEFAULT repeat('0', 64),
  ADD COLUMN audit_sequence bigint NOT NULL DEFAULT 0,
  ADD COLUMN audit_hash text,
  ADD COLUMN restore_hash text;                   -- the audit row of the newest restore there

-- Nobody but the desk has its audit log: it is kept as told, and only grows, unless a backup was put back there. The audit log of this database tells of that then,
-- where no desk can take it out.
CREATE FUNCTION daybook.record_audit_anchor(p_desk text, p_sequence bigint, p_hash text, p_restore_hash text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_told daybook.desk_anchors;
  v_is_restored boolean;
BEGIN
  PERFORM daybook.require_role('daybook_viewer');
  IF p_sequence IS NULL OR p_sequence < 1 OR p_hash IS NULL OR p_hash !~ '^[0-9a-f]{64}$' OR p_restore_hash !~ '^[0-9a-f]{64}$' OR coalesce(length(p_desk), 0) NOT BETWEEN 1 AND 200 THEN
    PERFORM daybook.refuse('anchor-invalid', 'The head of this desk’s audit log has another form than it must have.');
  END IF;
  INSERT INTO daybook.desk_anchors (desk, login) VALUES (p_desk, session_user) ON CONFLICT (desk, login) DO NOTHING;
  SELECT * INTO v_told FROM daybook.desk_anchors WHERE desk = p_desk AND login = session_user FOR UPDATE;
  v_is_restored := v_told.audit_hash IS NOT NULL AND p_restore_hash IS NOT NULL AND p_restore_hash IS DISTINCT FROM v_told.restore_hash;
  IF v_is_restored THEN
    PERFORM daybook.append_audit('desk', p_desk, 'restore', jsonb_build_object('audit_sequence', jsonb_build_array(v_told.audit_sequence, p_sequence), 'audit_hash', jsonb_build_array(v_told.audit_hash, p_hash), 'restore_hash', p_restore_hash), NULL);
  END IF;
  IF v_is_restored OR p_sequence > v_told.audit_sequence THEN
    UPDATE daybook.desk_anchors SET audit_sequence = p_sequence, audit_hash = p_hash, restore_hash = coalesce(p_restore_hash, restore_hash), recorded_at = clock_timestamp() WHERE desk = p_desk AND login = session_user;
  END IF;
END $$;

REVOKE ALL ON FUNCTION daybook.record_audit_anchor(text, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.record_audit_anchor(text, bigint, text, text) TO daybook_viewer;
