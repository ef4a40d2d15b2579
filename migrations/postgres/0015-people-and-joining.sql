-- Why: two doors that were missing.
--   * Who may sign in is decided at a desk, by an admin, without the owner's login: logins are made, given a role and taken away by functions that belong to the owner
--     (docs/adr/0019). They make people of Daybook's four roles and nothing else; what a login can do beyond that is its server's owner's affair.
--   * A desk that worked alone brings what it owns into an empty shared ledger: partners, contracts, amendments, every version, edits and invoices (the series of
--     numbers come by 0014). It is staged page by page, so that it can stop anywhere, and taken over in one transaction, so that nobody ever sees half of it.

-- ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Set by the database's owner, by nobody else: a company that wants who lets people in kept apart from who works here turns it off.
ALTER TABLE daybook.ledger ADD COLUMN admins_manage_people boolean NOT NULL DEFAULT true;

-- What PostgreSQL itself does not remember of its logins. A row without `added_at`: let in by hand, or before this was recorded.
CREATE TABLE daybook.people (
  name text PRIMARY KEY,
  login oid NOT NULL,                         -- a name that was taken away and given again is another person
  added_at timestamptz,
  added_by text,
  added_request uuid,
  role_given_at timestamptz,
  role_given_by text,
  last_seen_at timestamptz
);
ALTER TABLE daybook.people ENABLE ROW LEVEL SECURITY; -- no policy: only the functions below touch it

-- Inside these functions the current user is the owner: whoever is that themselves, or runs the server, may all of it.
CREATE FUNCTION daybook.is_owner() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT session_user = current_user OR (SELECT rolsuper FROM pg_roles WHERE rolname = session_user)
$$;

-- One at a time: two admins who lower each other at the same moment would leave none.
CREATE FUNCTION daybook.lock_people() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT daybook.is_owner() THEN
    PERFORM daybook.require_role('daybook_admin');
    IF NOT coalesce((SELECT admins_manage_people FROM daybook.ledger), true) THEN
      PERFORM daybook.refuse('people-kept-by-owner', 'The owner of the shared database keeps to themselves who may sign in.');
    END IF;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('daybook.people', 0));
END $$;

-- Every login that reaches one of Daybook's roles, by whatever way, but for the owner and those who run the server.
-- `is_ours`: it owns nothing, has no rights given to it directly and nothing but Daybook's own roles, so that Daybook may change it, its password too; anything else is a login
-- with other work on this server that was let in here.
CREATE FUNCTION daybook.logins_of_daybook() RETURNS TABLE (login oid, name text, role text, services text[], is_ours boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT u.oid, u.rolname::text,
    CASE WHEN pg_has_role(u.oid, 'daybook_admin', 'MEMBER') THEN 'admin' WHEN pg_has_role(u.oid, 'daybook_accountant', 'MEMBER') THEN 'accountant' WHEN pg_has_role(u.oid, 'daybook_finance', 'MEMBER') THEN 'finance'
         WHEN pg_has_role(u.oid, 'daybook_viewer', 'MEMBER') THEN 'viewer' END,
    ARRAY(SELECT s FROM unnest(ARRAY['relay', 'company-backend']) AS s WHERE pg_has_role(u.oid, 'daybook_' || replace(s, '-', '_'), 'MEMBER')),
    NOT (u.rolcreaterole OR u.rolcreatedb OR u.rolreplication OR u.rolbypassrls)
      AND NOT EXISTS (SELECT FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = u.oid)
      AND NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.member = u.oid AND (m.admin_option OR m.roleid NOT IN (SELECT g.oid FROM pg_roles g WHERE g.rolname IN
        ('daybook_viewer', 'daybook_finance', 'daybook_accountant', 'daybook_admin', 'daybook_relay', 'daybook_company_backend'))))
  FROM pg_roles u
  WHERE u.rolcanlogin AND NOT u.rolsuper AND u.rolname <> current_user
    AND (pg_has_role(u.oid, 'daybook_viewer', 'MEMBER') OR pg_has_role(u.oid, 'daybook_relay', 'MEMBER') OR pg_has_role(u.oid, 'daybook_company_backend', 'MEMBER'))
$$;

-- Who may sign in, for admins and the owner. `may_change`: whether the session may change anything of it; `kept_code` says why not.
CREATE FUNCTION daybook.list_people() RETURNS TABLE (name text, role text, services text[], added_at timestamptz, added_by text, role_given_at timestamptz, role_given_by text, last_seen_at timestamptz, is_connected boolean, is_self boolean, kept_code text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_is_owner boolean := daybook.is_owner();
  v_admins bigint;
BEGIN
  IF NOT v_is_owner THEN
    PERFORM daybook.require_role('daybook_admin');
  END IF;
  SELECT count(*) INTO v_admins FROM daybook.logins_of_daybook() l WHERE l.role = 'admin';
  RETURN QUERY
    SELECT l.name, l.role, l.services, p.added_at, p.added_by, p.role_given_at, p.role_given_by, p.last_seen_at,
      EXISTS (SELECT FROM pg_stat_activity a WHERE a.usesysid = l.login AND a.datname = current_database()), l.name = session_user,
      CASE
        WHEN NOT v_is_owner AND NOT coalesce((SELECT g.admins_manage_people FROM daybook.ledger g), true) THEN 'people-kept-by-owner'
        WHEN NOT l.is_ours THEN 'user-not-managed'
        WHEN cardinality(l.services) > 0 AND NOT v_is_owner THEN 'role-kept-by-owner'
        WHEN l.name = session_user THEN 'own-role'
        WHEN l.role = 'admin' AND v_admins = 1 THEN 'last-admin'
      END
    FROM daybook.logins_of_daybook() l LEFT JOIN daybook.people p ON p.name = l.name AND p.login = l.login
    ORDER BY l.name;
END $$;

CREATE FUNCTION daybook.assert_verifier(p_verifier text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- A password itself never comes here: only what follows from it (RFC 5803).
  IF p_verifier IS NULL OR p_verifier !~ '^SCRAM-SHA-256\$[0-9]{4,6}:[A-Za-z0-9+/]{22,}={0,2}\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$' THEN
    PERFORM daybook.refuse('user-password-weak', 'What was sent is no SCRAM verifier of a password.');
  END IF;
END $$;

-- The login's row, or a refusal. p_is_password: only the password is given anew, which changes nothing of what they may do.
CREATE FUNCTION daybook.login_to_change(p_name text, p_is_password boolean) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  l record;
BEGIN
  SELECT * INTO l FROM daybook.logins_of_daybook() AS known WHERE known.name = p_name;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('user-not-found', format('There is no login %s with a role in this shared database.', p_name));
  END IF;
  IF NOT l.is_ours THEN
    PERFORM daybook.refuse('user-not-managed', format('%s has rights on this server that Daybook did not give.', p_name));
  END IF;
  IF cardinality(l.services) > 0 AND NOT daybook.is_owner() THEN
    PERFORM daybook.refuse('role-kept-by-owner', format('%s is a login of the relay or of the company’s back end.', p_name));
  END IF;
  IF p_name = session_user AND NOT p_is_password THEN
    PERFORM daybook.refuse('own-role', 'Nobody changes their own role, or takes themselves away.');
  END IF;
  RETURN coalesce(l.role, l.services[1]);
END $$;

-- Makes, changes or drops a login as the owner; p_statement was made by format() of the functions below, of a name and a role that were checked.
CREATE FUNCTION daybook.as_owner_of_logins(p_statement text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE p_statement;
EXCEPTION WHEN insufficient_privilege THEN
  PERFORM daybook.refuse('people-rights-missing', format('The owner of the shared database, %s, may not make or change this login on its server.', current_user));
END $$;

CREATE FUNCTION daybook.role_of_people(p_role text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_role IS NULL OR p_role NOT IN ('viewer', 'finance', 'accountant', 'admin', 'relay', 'company-backend') THEN
    PERFORM daybook.refuse('role-unknown', 'There is no such role.');
  END IF;
  -- They write what an admin must not: usage, payment records and rates that bills follow from.
  IF p_role IN ('relay', 'company-backend') AND NOT daybook.is_owner() THEN
    PERFORM daybook.refuse('role-kept-by-owner', 'Logins of the relay and of the company’s back end are made by the owner of the shared database.');
  END IF;
  RETURN 'daybook_' || replace(p_role, '-', '_');
END $$;

-- Sent again with the same request it sets the verifier anew: the password that is shown is the one that holds.
CREATE FUNCTION daybook.add_person(p_name text, p_role text, p_verifier text, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_group text;
BEGIN
  PERFORM daybook.lock_people();
  v_group := daybook.role_of_people(p_role);
  PERFORM daybook.assert_verifier(p_verifier);
  IF p_name IS NULL OR p_name !~ '^[a-z][a-z0-9_]{1,39}$' OR p_name ~ '^(pg_|daybook_)' OR p_name IN ('public', 'none', 'current_user', 'session_user', 'current_role') THEN
    PERFORM daybook.refuse('user-name-invalid', 'A login’s name has 2 to 40 lower-case letters, digits and underscores, begins with a letter, and is none of the server’s or Daybook’s own.');
  END IF;
  IF EXISTS (SELECT FROM daybook.people p JOIN pg_roles r ON r.oid = p.login AND r.rolname = p.name WHERE p.name = p_name AND p.added_request = p_request_id AND p.added_by = session_user) THEN
    PERFORM daybook.as_owner_of_logins(format('ALTER ROLE %I PASSWORD %L', p_name, p_verifier));
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = p_name) THEN
    PERFORM daybook.refuse('user-exists', format('There is a login or a role %s on this server already.', p_name));
  END IF;
  PERFORM daybook.as_owner_of_logins(format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD %L', p_name, p_verifier));
  PERFORM daybook.as_owner_of_logins(format('GRANT %I TO %I', v_group, p_name));
  INSERT INTO daybook.people (name, login, added_at, added_by, added_request, role_given_at, role_given_by)
  SELECT p_name, r.oid, now(), session_user, p_request_id, now(), session_user FROM pg_roles r WHERE r.rolname = p_name
  ON CONFLICT (name) DO UPDATE SET login = EXCLUDED.login, added_at = EXCLUDED.added_at, added_by = EXCLUDED.added_by, added_request = EXCLUDED.added_request, role_given_at = EXCLUDED.role_given_at, role_given_by = EXCLUDED.role_given_by, last_seen_at = NULL;
  PERFORM daybook.append_audit('person', p_name, 'add', jsonb_build_object('role', p_role), p_request_id);
END $$;

CREATE FUNCTION daybook.refuse_last_admin(p_name text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM daybook.logins_of_daybook() AS l WHERE l.role = 'admin' AND l.name <> p_name) THEN
    PERFORM daybook.refuse('last-admin', format('%s is the last admin.', p_name));
  END IF;
END $$;

CREATE FUNCTION daybook.set_person_role(p_name text, p_role text, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_group text;
  v_before text;
  v_held text;
BEGIN
  PERFORM daybook.lock_people();
  v_group := daybook.role_of_people(p_role);
  v_before := daybook.login_to_change(p_name, false);
  IF v_before = p_role OR EXISTS (SELECT FROM daybook.audit_log WHERE entity = 'person' AND entity_id = p_name AND request_id = p_request_id) THEN
    RETURN;
  END IF;
  IF v_before = 'admin' THEN
    PERFORM daybook.refuse_last_admin(p_name);
  END IF;
  FOR v_held IN SELECT DISTINCT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = p_name AND g.rolname <> v_group LOOP
    PERFORM daybook.as_owner_of_logins(format('REVOKE %I FROM %I', v_held, p_name));
  END LOOP;
  PERFORM daybook.as_owner_of_logins(format('GRANT %I TO %I', v_group, p_name));
  -- A role that somebody else gave is not taken by revoking it: PostgreSQL only warns.
  IF (SELECT array_agg(DISTINCT g.rolname::text) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = p_name) <> ARRAY[v_group] THEN
    PERFORM daybook.refuse('people-rights-missing', format('%s has a role that somebody other than the owner of the shared database, %s, gave.', p_name, current_user));
  END IF;
  INSERT INTO daybook.people AS p (name, login, role_given_at, role_given_by) SELECT p_name, r.oid, clock_timestamp(), session_user FROM pg_roles r WHERE r.rolname = p_name
  ON CONFLICT (name) DO UPDATE SET role_given_at = EXCLUDED.role_given_at, role_given_by = EXCLUDED.role_given_by, login = EXCLUDED.login,
    added_at = CASE WHEN p.login = EXCLUDED.login THEN p.added_at END, added_by = CASE WHEN p.login = EXCLUDED.login THEN p.added_by END;
  PERFORM daybook.append_audit('person', p_name, 'set-role', jsonb_build_object('role', jsonb_build_array(v_before, p_role)), p_request_id);
END $$;

CREATE FUNCTION daybook.set_person_password(p_name text, p_verifier text, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.lock_people();
  PERFORM daybook.login_to_change(p_name, true);
  PERFORM daybook.assert_verifier(p_verifier);
  PERFORM daybook.as_owner_of_logins(format('ALTER ROLE %I PASSWORD %L', p_name, p_verifier));
  IF NOT EXISTS (SELECT FROM daybook.audit_log WHERE entity = 'person' AND entity_id = p_name AND request_id = p_request_id) THEN
    PERFORM daybook.append_audit('person', p_name, 'new-password', '{}', p_request_id);
  END IF;
END $$;

-- Ends their sessions as well, where the owner may; without its roles a session that stays can do nothing any more.
CREATE FUNCTION daybook.remove_person(p_name text, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_before text;
BEGIN
  PERFORM daybook.lock_people();
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = p_name) AND EXISTS (SELECT FROM daybook.audit_log WHERE entity = 'person' AND entity_id = p_name AND action = 'remove' AND request_id = p_request_id) THEN
    RETURN; -- the answer was lost
  END IF;
  v_before := daybook.login_to_change(p_name, false);
  IF v_before = 'admin' THEN
    PERFORM daybook.refuse_last_admin(p_name);
  END IF;
  PERFORM daybook.as_owner_of_logins(format('ALTER ROLE %I NOLOGIN', p_name));
  BEGIN
    PERFORM pg_terminate_backend(a.pid) FROM pg_stat_activity a WHERE a.usename = p_name;
  EXCEPTION WHEN insufficient_privilege THEN
    NULL;
  END;
  PERFORM daybook.as_owner_of_logins(format('DROP ROLE %I', p_name));
  DELETE FROM daybook.people WHERE name = p_name;
  PERFORM daybook.append_audit('person', p_name, 'remove', jsonb_build_object('role', v_before), p_request_id);
END $$;

-- Called with each sync: when somebody was last seen, to five minutes.
CREATE FUNCTION daybook.note_seen() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO daybook.people AS p (name, login, last_seen_at) SELECT r.rolname, r.oid, clock_timestamp() FROM pg_roles r WHERE r.rolname = session_user
  ON CONFLICT (name) DO UPDATE SET last_seen_at = EXCLUDED.last_seen_at, login = EXCLUDED.login, added_at = CASE WHEN p.login = EXCLUDED.login THEN p.added_at END, added_by = CASE WHEN p.login = EXCLUDED.login THEN p.added_by END
    WHERE p.login <> EXCLUDED.login OR p.last_seen_at IS NULL OR p.last_seen_at < EXCLUDED.last_seen_at - interval '5 minutes'
$$;

DO $$
DECLARE
  door text;
BEGIN
  FOREACH door IN ARRAY ARRAY['is_owner()', 'lock_people()', 'logins_of_daybook()', 'list_people()', 'assert_verifier(text)', 'login_to_change(text, boolean)', 'as_owner_of_logins(text)', 'role_of_people(text)', 'refuse_last_admin(text)',
    'add_person(text, text, text, uuid)', 'set_person_role(text, text, uuid)', 'set_person_password(text, text, uuid)', 'remove_person(text, uuid)', 'note_seen()'] LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION daybook.%s FROM PUBLIC', door);
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION daybook.list_people(), daybook.add_person(text, text, text, uuid), daybook.set_person_role(text, text, uuid), daybook.set_person_password(text, text, uuid), daybook.remove_person(text, uuid) TO daybook_admin;
GRANT EXECUTE ON FUNCTION daybook.note_seen() TO daybook_viewer;

-- ── Joining ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- `id` follows from the ledger, the desk and all that is brought: the same desk that comes again with the same goes on where it stopped.
CREATE TABLE daybook.ledger_joins (
  id uuid PRIMARY KEY,
  login text NOT NULL DEFAULT session_user,
  desk text NOT NULL,
  manifest jsonb NOT NULL,                    -- { identity: { gateway, account, mode, currency, zone }, counts: { part: rows }, settings: { revaluesAtClose }, pageSize }
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'finished')),
  begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  finished_in xid8                            -- the transaction that takes it over
);
CREATE TABLE daybook.ledger_join_pages (
  join_id uuid NOT NULL REFERENCES daybook.ledger_joins (id) ON DELETE CASCADE,
  part text NOT NULL CHECK (part IN ('partner', 'contract', 'amendment', 'entity_version', 'change_set', 'change_conflict', 'invoice')),
  page integer NOT NULL CHECK (page >= 0),
  rows jsonb NOT NULL CHECK (jsonb_typeof(rows) = 'array'),
  PRIMARY KEY (join_id, part, page)
);
ALTER TABLE daybook.ledger_joins ENABLE ROW LEVEL SECURITY; -- no policies: only the functions below touch them
ALTER TABLE daybook.ledger_join_pages ENABLE ROW LEVEL SECURITY;

-- While a join is taken over, amendments do not count their contract on: its version came with it. Known by the transaction, which nobody can claim to be.
CREATE OR REPLACE FUNCTION daybook.count_amended_contract() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM daybook.ledger_joins WHERE finished_in = pg_current_xact_id()) THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' OR NEW.version <> OLD.version THEN
    UPDATE daybook.api_partner_contracts SET version = version + 1 WHERE id = NEW.contract_id;
  END IF;
  RETURN NULL;
END $$;

-- Whether nobody owns anything here yet of what people make. What the company's back end writes is its own and does not count; nor does the journal, which is held against the
-- desk's own entry by entry (0005), nor the series of numbers, which 0014 holds against the desk's own.
CREATE FUNCTION daybook.is_open_to_join() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT NOT (EXISTS (SELECT FROM daybook.partners) OR EXISTS (SELECT FROM daybook.api_partner_contracts) OR EXISTS (SELECT FROM daybook.entity_versions) OR EXISTS (SELECT FROM daybook.change_sets)
    OR EXISTS (SELECT FROM daybook.invoices) OR EXISTS (SELECT FROM daybook.credits))
$$;

CREATE FUNCTION daybook.refuse_unless_open_to_join() RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT daybook.is_open_to_join() THEN
    PERFORM daybook.refuse('shared-ledger-not-empty', 'The shared ledger holds partners, contracts or invoices of its own.');
  END IF;
END $$;

-- Answers { state, pages: { part: [page, …] } }: what has come in already. A desk that comes with something else than before begins anew.
CREATE FUNCTION daybook.begin_record_join(p_join uuid, p_desk text, p_manifest jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_ledger daybook.ledger;
  v_join daybook.ledger_joins;
BEGIN
  PERFORM daybook.require_role('daybook_admin');
  SELECT * INTO v_ledger FROM daybook.ledger FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('shared-ledger-missing', 'No ledger was created in the shared database yet.');
  END IF;
  IF p_manifest -> 'identity' IS DISTINCT FROM jsonb_build_object('gateway', v_ledger.gateway, 'account', v_ledger.gateway_account, 'mode', v_ledger.mode, 'currency', v_ledger.functional_currency, 'zone', v_ledger.reporting_time_zone) THEN
    PERFORM daybook.refuse('shared-ledger-mismatch', 'The shared ledger is one of another account, mode, currency or time zone. Nothing was brought in.');
  END IF;
  SELECT * INTO v_join FROM daybook.ledger_joins WHERE id = p_join;
  IF v_join.state = 'finished' THEN
    RETURN jsonb_build_object('state', 'finished', 'pages', '{}'::jsonb);
  END IF;
  PERFORM daybook.refuse_unless_open_to_join();
  DELETE FROM daybook.ledger_joins WHERE state = 'open' AND login = session_user AND desk = p_desk AND id <> p_join;
  INSERT INTO daybook.ledger_joins (id, desk, manifest) VALUES (p_join, p_desk, p_manifest) ON CONFLICT (id) DO NOTHING;
  IF NOT EXISTS (SELECT FROM daybook.ledger_joins WHERE id = p_join AND login = session_user) THEN
    PERFORM daybook.refuse('shared-ledger-joining', 'Somebody else is bringing this desk’s ledger in.');
  END IF;
  IF v_join.manifest IS DISTINCT FROM p_manifest THEN -- the same, in pages of another size
    DELETE FROM daybook.ledger_join_pages WHERE join_id = p_join;
    UPDATE daybook.ledger_joins SET manifest = p_manifest WHERE id = p_join;
  END IF;
  RETURN jsonb_build_object('state', 'open', 'pages', (SELECT coalesce(jsonb_object_agg(p.part, p.pages), '{}') FROM (SELECT part, jsonb_agg(page ORDER BY page) AS pages FROM daybook.ledger_join_pages WHERE join_id = p_join GROUP BY part) AS p));
END $$;

CREATE FUNCTION daybook.stage_join_page(p_join uuid, p_part text, p_page integer, p_rows jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.require_role('daybook_admin');
  IF NOT EXISTS (SELECT FROM daybook.ledger_joins WHERE id = p_join AND login = session_user AND state = 'open') THEN
    PERFORM daybook.refuse('join-unknown', 'The shared database is not waiting for these records.');
  END IF;
  INSERT INTO daybook.ledger_join_pages (join_id, part, page, rows) VALUES (p_join, p_part, p_page, p_rows) ON CONFLICT (join_id, part, page) DO NOTHING;
EXCEPTION WHEN check_violation OR not_null_violation THEN
  PERFORM daybook.refuse('join-invalid', 'These records cannot be read.');
END $$;

-- The rows of one part in their order, with instants (epoch milliseconds) as the tables keep them.
CREATE FUNCTION daybook.joined_rows(p_join uuid, p_part text, p_instants text[]) RETURNS SETOF jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.doc || (SELECT coalesce(jsonb_object_agg(c, to_jsonb(timestamptz 'epoch' + (r.doc ->> c)::bigint * interval '1 millisecond')), '{}') FROM unnest(p_instants) AS c WHERE r.doc ->> c IS NOT NULL)
  FROM daybook.ledger_join_pages p, jsonb_array_elements(p.rows) WITH ORDINALITY AS r (doc, ord) WHERE p.join_id = p_join AND p.part = p_part ORDER BY p.page, r.ord
$$;

CREATE FUNCTION daybook.take_joined_records(p_join uuid, p_entity text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_columns text;
  v_code text;
BEGIN
  SELECT f.code INTO v_code FROM (
    SELECT daybook.problem_of_value(m.column_name, m.kind, m.is_optional, coalesce(daybook.canonical_value(m.kind, m.is_optional, r -> m.column_name), 'null')) AS code
    FROM daybook.joined_rows(p_join, p_entity, '{}') AS r, daybook.merged_fields m WHERE m.entity = p_entity) AS f WHERE f.code IS NOT NULL LIMIT 1;
  IF v_code IS NOT NULL THEN
    PERFORM daybook.refuse('join-invalid', format('A value of one %s cannot stand in the shared ledger (%s).', p_entity, v_code));
  END IF;
  SELECT string_agg(quote_ident(c), ', ') INTO v_columns FROM (SELECT column_name AS c FROM daybook.merged_fields WHERE entity = p_entity UNION ALL SELECT unnest(ARRAY['id', 'version', 'deleted_at', 'created_at', 'updated_at'])) AS x;
  EXECUTE format('INSERT INTO daybook.%1$I (%2$s) SELECT %2$s FROM daybook.joined_rows($1, $2, ARRAY[''deleted_at'', ''updated_at'']) AS r, jsonb_populate_record(NULL::daybook.%1$I, jsonb_build_object(''created_at'', r -> ''updated_at'') || r)',
    daybook.table_of(p_entity), v_columns) USING p_join, p_entity;
END $$;

-- Versions and edits with the names they were made under. What is still open is the joining person's, whatever name the desk had for them: nobody can approve as a second person
-- what they brought in themselves. Nothing of it was agreed to by two people, and it is recorded so.
CREATE FUNCTION daybook.take_joined_edits(p_join uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO daybook.entity_versions (entity, entity_id, version, change_id, author, reason, body, recorded_at)
  SELECT v.entity, v.entity_id, v.version, v.change_id, v.author, v.reason, v.body, v.recorded_at
  FROM daybook.joined_rows(p_join, 'entity_version', ARRAY['recorded_at']) AS r, jsonb_populate_record(NULL::daybook.entity_versions, r) AS v WHERE v.entity IN ('partner', 'contract', 'amendment');

  IF EXISTS (SELECT FROM daybook.joined_rows(p_join, 'change_set', '{}') AS r WHERE r ->> 'state' NOT IN ('applied', 'merged', 'conflict', 'withdrawn', 'refused')) THEN
    PERFORM daybook.refuse('join-invalid', 'An edit that a desk of its own cannot have.');
  END IF;
  INSERT INTO daybook.change_sets (id, entity, entity_id, operation, base_version, fields, reason, author, desk, created_at, received_at, state, result_version, conflict_id, refusal_code, refusal_message, four_eyes,
    effective_operation, effective_id, effective_fields, effective_base, restores, resolved_by, changed_at)
  SELECT c.id, c.entity, c.entity_id, c.operation, c.base_version, daybook.fields_of(c.entity, c.fields), daybook.trimmed(c.reason), CASE WHEN c.state IN ('conflict', 'refused') THEN session_user::text ELSE c.author END, c.desk, c.created_at, c.received_at,
    c.state, c.result_version, c.conflict_id, c.refusal_code, c.refusal_message, CASE WHEN c.state IN ('applied', 'merged') THEN 'off' END, c.effective_operation, c.effective_id, daybook.fields_of(c.entity, c.effective_fields), c.effective_base, c.restores,
    c.resolved_by, c.changed_at
  FROM daybook.joined_rows(p_join, 'change_set', ARRAY['created_at', 'received_at', 'changed_at']) AS r, jsonb_populate_record(NULL::daybook.change_sets, r || jsonb_build_object('restores', r ->> 'restores' = '1')) AS c;

  INSERT INTO daybook.change_conflicts (id, change_id, entity, entity_id, fields, their_version, their_author, their_reason, raised_at, state, resolved_by, resolved_at, resolution_reason, kept)
  SELECT c.id, c.change_id, c.entity, c.entity_id, c.fields, c.their_version, c.their_author, c.their_reason, c.raised_at, c.state, c.resolved_by, c.resolved_at, c.resolution_reason, c.kept
  FROM daybook.joined_rows(p_join, 'change_conflict', ARRAY['raised_at', 'resolved_at']) AS r, jsonb_populate_record(NULL::daybook.change_conflicts, r) AS c;
END $$;

CREATE FUNCTION daybook.take_joined_documents(p_join uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_wrong text;
BEGIN
  INSERT INTO daybook.invoices (id, user_id, partner_id, contract_id, api_key_prefix, invoice_number, stripe_invoice_id, kind, status, billing_month, currency, subtotal_minor, discount_minor, tax_minor, withholding_minor, total_minor,
    amount_paid_minor, amount_due_minor, line_items, billing_start, billing_end, issue_date, due_date, finalised_at, paid_at, voided_at, void_reason, replaces, customer_snapshot, notes, totals_fingerprint, created_at, updated_at, created_by, version, functional_rate)
  SELECT i.id, i.user_id, i.partner_id, i.contract_id, i.api_key_prefix, i.invoice_number, i.stripe_invoice_id, i.kind, i.status, i.billing_month, i.currency, i.subtotal_minor, i.discount_minor, i.tax_minor, i.withholding_minor, i.total_minor,
    i.amount_paid_minor, i.amount_due_minor, i.line_items, i.billing_start, i.billing_end, i.issue_date, i.due_date, i.finalised_at, i.paid_at, i.voided_at, i.void_reason, i.replaces, i.customer_snapshot, i.notes, i.totals_fingerprint, i.created_at,
    i.created_at, i.created_by, i.version, i.functional_rate
  FROM daybook.joined_rows(p_join, 'invoice', ARRAY['finalised_at', 'paid_at', 'voided_at', 'created_at']) AS r, jsonb_populate_record(NULL::daybook.invoices, r) AS i;
  -- What 0002 asks of a draft; that its number was given, 0014 asks.
  SELECT i.id::text INTO v_wrong FROM daybook.invoices i
  WHERE i.total_minor <> i.subtotal_minor + i.tax_minor OR i.amount_due_minor <> i.total_minor - i.withholding_minor - i.amount_paid_minor
    OR i.subtotal_minor + i.discount_minor <> (SELECT coalesce(sum((line ->> 'amountMinor')::bigint), 0) FROM jsonb_array_elements(i.line_items) AS line) LIMIT 1;
  IF v_wrong IS NOT NULL THEN
    PERFORM daybook.refuse('invoice-totals-wrong', format('The totals of invoice %s do not follow from its lines.', v_wrong));
  END IF;
END $$;

-- Takes over all that was staged, in one transaction, or nothing. Called again it says that it was done.
CREATE FUNCTION daybook.finish_record_join(p_join uuid, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_ledger daybook.ledger;
  v_join daybook.ledger_joins;
  v_message text;
  v_constraint text;
BEGIN
  PERFORM daybook.require_role('daybook_admin');
  SELECT * INTO v_ledger FROM daybook.ledger FOR UPDATE;
  SELECT * INTO v_join FROM daybook.ledger_joins WHERE id = p_join AND login = session_user FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('join-unknown', 'The shared database is not waiting for these records.');
  END IF;
  IF v_join.state = 'finished' THEN
    RETURN;
  END IF;
  -- Nobody edits and nobody bills until it is decided.
  PERFORM pg_advisory_xact_lock(hashtextextended('daybook.change_sets', 0));
  LOCK TABLE daybook.partners, daybook.api_partner_contracts, daybook.contract_amendments, daybook.invoices, daybook.document_series IN SHARE ROW EXCLUSIVE MODE;
  PERFORM daybook.refuse_unless_open_to_join();
  IF EXISTS (SELECT FROM jsonb_each(v_join.manifest -> 'counts') AS c
      WHERE (c.value)::bigint <> (SELECT coalesce(sum(jsonb_array_length(p.rows)), 0) FROM daybook.ledger_join_pages p WHERE p.join_id = p_join AND p.part = c.key)) THEN
    PERFORM daybook.refuse('join-incomplete', 'Not all records have come in.');
  END IF;
  UPDATE daybook.ledger_joins SET finished_in = pg_current_xact_id() WHERE id = p_join;
  BEGIN
    PERFORM daybook.take_joined_edits(p_join);
    PERFORM daybook.take_joined_records(p_join, 'partner');
    PERFORM daybook.take_joined_records(p_join, 'contract');
    PERFORM daybook.take_joined_records(p_join, 'amendment');
    PERFORM daybook.take_joined_documents(p_join);
  EXCEPTION WHEN integrity_constraint_violation OR data_exception THEN
    GET STACKED DIAGNOSTICS v_message = MESSAGE_TEXT, v_constraint = CONSTRAINT_NAME;
    PERFORM daybook.refuse('join-invalid', format('The shared ledger does not take one of the records (%s).', coalesce(nullif(v_constraint, ''), v_message)));
  END;
  IF (v_join.manifest -> 'settings' ->> 'revaluesAtClose')::boolean AND NOT v_ledger.revalues_at_close THEN
    UPDATE daybook.ledger SET revalues_at_close = true;
  END IF;
  UPDATE daybook.ledger_joins SET state = 'finished', finished_at = clock_timestamp() WHERE id = p_join;
  DELETE FROM daybook.ledger_join_pages;
  PERFORM daybook.append_audit('ledger', v_ledger.id::text, 'join-records', v_join.manifest || jsonb_build_object('desk', v_join.desk), p_request_id);
END $$;

DO $$
DECLARE
  door text;
BEGIN
  FOREACH door IN ARRAY ARRAY['count_amended_contract()', 'is_open_to_join()', 'refuse_unless_open_to_join()', 'begin_record_join(uuid, text, jsonb)', 'stage_join_page(uuid, text, integer, jsonb)', 'joined_rows(uuid, text, text[])',
    'take_joined_records(uuid, text)', 'take_joined_edits(uuid)', 'take_joined_documents(uuid)', 'finish_record_join(uuid, uuid)'] LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION daybook.%s FROM PUBLIC', door);
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION daybook.begin_record_join(uuid, text, jsonb), daybook.stage_join_page(uuid, text, integer, jsonb), daybook.finish_record_join(uuid, uuid) TO daybook_admin;
GRANT EXECUTE ON FUNCTION daybook.is_open_to_join() TO daybook_viewer;
