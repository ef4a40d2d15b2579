-- Why: a view of a list, its filter, sort and columns under a name, is kept per person on each desk; what a team looks at every morning it wants to look at alike
-- (interface.md: saved views per person and shared). A shared view belongs to who shared it: they or an admin replace it or take it back. It says how a list is shown,
-- never what stands in it: what a role may not read, its desk does not have.
CREATE TABLE daybook.shared_views (
  id uuid PRIMARY KEY,
  grid text NOT NULL CHECK (length(grid) BETWEEN 1 AND 60),          -- the list's name in the window
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  search text NOT NULL CHECK (length(search) <= 2000),               -- filter and sort, as the address says them
  layout jsonb NOT NULL CHECK (jsonb_typeof(layout) = 'object' AND length(layout::text) <= 100000),
  saved_by text NOT NULL,
  saved_at timestamptz NOT NULL,
  UNIQUE (grid, name)
);
ALTER TABLE daybook.shared_views ENABLE ROW LEVEL SECURITY;
ALTER TABLE daybook.shared_views FORCE ROW LEVEL SECURITY;
GRANT SELECT ON daybook.shared_views TO daybook_viewer;
CREATE POLICY read_by_role ON daybook.shared_views FOR SELECT TO daybook_viewer USING (true);
DO $$ BEGIN EXECUTE format('CREATE POLICY written_by_owner ON daybook.shared_views TO %I USING (true) WITH CHECK (true)', current_user); END $$;
-- A viewer's desk follows them too.
ALTER POLICY read_by_role ON daybook.change_feed USING (
  entity IN ('invoice', 'exchange_rate', 'shared_subscription', 'shared_view') OR pg_has_role(session_user, 'daybook_finance', 'MEMBER')
);
CREATE TRIGGER feed_inserts AFTER INSERT ON daybook.shared_views REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes('shared_view', 'id');
CREATE TRIGGER feed_updates AFTER UPDATE ON daybook.shared_views REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes('shared_view', 'id');
CREATE TRIGGER feed_deletes AFTER DELETE ON daybook.shared_views REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION daybook.feed_changes('shared_view', 'id');

-- Refuses who may not touch a view.
CREATE FUNCTION daybook.assert_own_view(p_view daybook.shared_views) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_view.saved_by <> session_user AND NOT pg_has_role(session_user, 'daybook_admin', 'MEMBER') THEN
    PERFORM daybook.refuse('view-of-another', format('The view %s was shared by %s.', p_view.name, p_view.saved_by));
  END IF;
END $$;

-- Shares a view. One of the same list and name is replaced and keeps its id. The sharer is the session's user.
CREATE FUNCTION daybook.share_view(p_view jsonb, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_view daybook.shared_views;
BEGIN
  PERFORM daybook.require_role('daybook_viewer');
  PERFORM pg_advisory_xact_lock(hashtextextended('daybook.shared-views', 0)); -- two desks that share the same name wait for each other
  SELECT * INTO v_view FROM daybook.shared_views WHERE grid = p_view ->> 'grid' AND name = p_view ->> 'name';
  IF FOUND THEN
    PERFORM daybook.assert_own_view(v_view);
  ELSIF (SELECT count(*) FROM daybook.shared_views) >= 500 THEN
    PERFORM daybook.refuse('shared-views-full', 'There are 500 shared views already.');
  END IF;
  INSERT INTO daybook.shared_views (id, grid, name, search, layout, saved_by, saved_at)
  VALUES (coalesce(v_view.id, (p_view ->> 'id')::uuid), p_view ->> 'grid', p_view ->> 'name', p_view ->> 'search', p_view -> 'layout', session_user, clock_timestamp())
  ON CONFLICT (grid, name) DO UPDATE SET search = EXCLUDED.search, layout = EXCLUDED.layout, saved_by = EXCLUDED.saved_by, saved_at = EXCLUDED.saved_at
  RETURNING * INTO v_view;
  PERFORM daybook.append_audit('shared-view', v_view.id::text, 'share', jsonb_build_object('grid', v_view.grid, 'name', v_view.name, 'search', v_view.search), p_request_id);
  RETURN jsonb_build_object('id', v_view.id, 'saved_by', v_view.saved_by, 'saved_at', v_view.saved_at);
END $$;

-- Takes a shared view back. One that is gone already is no error: an answer that was lost is asked for again.
CREATE FUNCTION daybook.withdraw_view(p_id uuid, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_view daybook.shared_views;
BEGIN
  PERFORM daybook.require_role('daybook_viewer');
  SELECT * INTO v_view FROM daybook.shared_views WHERE id = p_id FOR UPDATE;
  IF FOUND THEN
    PERFORM daybook.assert_own_view(v_view);
    DELETE FROM daybook.shared_views WHERE id = p_id;
    PERFORM daybook.append_audit('shared-view', p_id::text, 'withdraw', jsonb_build_object('grid', v_view.grid, 'name', v_view.name), p_request_id);
  END IF;
END $$;

REVOKE ALL ON FUNCTION daybook.assert_own_view(daybook.shared_views), daybook.share_view(jsonb, uuid), daybook.withdraw_view(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION daybook.share_view(jsonb, uuid), daybook.withdraw_view(uuid, uuid) TO daybook_viewer;
