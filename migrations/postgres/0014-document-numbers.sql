-- Why: invoices (INV) and credit notes (CN) have numbers without a gap per year (domain.md §4, docs/adr/0018). The allocator of 0002 gives them; what was missing:
--   * which document has which number, so that whatever is sent again ends in the same number;
--   * blocks that a desk leases while it is online, so that it can finalise offline. A block is one desk's alone until it ends, and it is never leased again: its id is
--     the fence. A desk whose block ended is refused, whatever its clock says;
--   * the gap register: a number that nobody used and nobody will use, with the reason.
-- Every number below a series' next one is used once, in a live block, or in the gap register; never two of these.
--
-- Locks are taken in one order everywhere: the rows of series by (series, year), then blocks, then the chain of the audit log.

ALTER TABLE daybook.document_series
  ADD CONSTRAINT series_is_known CHECK (series IN ('INV', 'CN')),
  ADD CONSTRAINT year_is_a_year CHECK (year BETWEEN 2000 AND 9999),
  ADD CONSTRAINT next_number_counts CHECK (next_number >= 1);

CREATE TABLE daybook.document_number_blocks (
  id uuid PRIMARY KEY,                        -- made at the desk: asking twice is one block
  series text NOT NULL,
  year integer NOT NULL,
  first_number bigint NOT NULL CHECK (first_number >= 1),
  last_number bigint NOT NULL,
  holder text NOT NULL,                       -- the login
  desk text NOT NULL,
  leased_at timestamptz NOT NULL,
  use_until timestamptz NOT NULL,             -- the desk gives no number from then on
  report_until timestamptz NOT NULL,          -- until then the server takes what was used before
  state text NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'used-up', 'returned', 'revoked', 'expired')),
  ended_at timestamptz,
  ended_by text,
  end_reason text,
  back_from bigint,                           -- numbers from here on went back into the series, and may be another document's by now
  CHECK (last_number >= first_number),
  CHECK (use_until > leased_at AND report_until >= use_until),
  CHECK ((state = 'live') = (ended_at IS NULL)),
  FOREIGN KEY (series, year) REFERENCES daybook.document_series (series, year)
);
CREATE INDEX document_number_blocks_live ON daybook.document_number_blocks (series, year, report_until) WHERE state = 'live';

CREATE TABLE daybook.document_number_uses (
  series text NOT NULL,
  year integer NOT NULL,
  number bigint NOT NULL CHECK (number >= 1),
  document_id uuid NOT NULL UNIQUE,           -- a document has one number
  block_id uuid REFERENCES daybook.document_number_blocks (id),
  issue_date date,
  recorded_by text NOT NULL DEFAULT session_user,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (series, year, number),
  FOREIGN KEY (series, year) REFERENCES daybook.document_series (series, year)
);
CREATE INDEX document_number_uses_by_block ON daybook.document_number_uses (block_id) WHERE block_id IS NOT NULL;

ALTER TABLE daybook.document_number_gaps
  ADD COLUMN year integer,
  ADD COLUMN number bigint,
  ADD COLUMN block_id uuid REFERENCES daybook.document_number_blocks (id),
  ADD COLUMN claimed_by_document uuid,        -- told too late: a document carries this number that the register says is unused
  ADD COLUMN claimed_at timestamptz,
  ADD COLUMN claimed_by text;
UPDATE daybook.document_number_gaps SET year = split_part(document_number, '-', 2)::integer, number = split_part(document_number, '-', 3)::bigint;
ALTER TABLE daybook.document_number_gaps ALTER COLUMN year SET NOT NULL, ALTER COLUMN number SET NOT NULL, ADD CONSTRAINT one_gap_per_number UNIQUE (series, year, number);

-- Numbers that were given before there was a list of them.
INSERT INTO daybook.document_number_uses (series, year, number, document_id, issue_date, recorded_by, recorded_at)
SELECT split_part(i.invoice_number, '-', 1), split_part(i.invoice_number, '-', 2)::integer, split_part(i.invoice_number, '-', 3)::bigint, i.id, i.issue_date, i.created_by, coalesce(i.finalised_at, i.updated_at)
FROM daybook.invoices i WHERE i.invoice_number ~ '^(INV|CN)-[0-9]{4}-[0-9]{4,}$';

-- ── What the doors share ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION daybook.document_number_text(p_series text, p_year integer, p_number bigint) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('%s-%s-%s', p_series, p_year, lpad(p_number::text, greatest(4, length(p_number::text)), '0'))
$$;

-- Whoever gives, takes or ends numbers of a series holds its row until the commit.
CREATE FUNCTION daybook.hold_document_series(p_series text, p_year integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_series IS NULL OR p_series NOT IN ('INV', 'CN') OR p_year IS NULL OR p_year NOT BETWEEN 2000 AND 9999 THEN
    PERFORM daybook.refuse('number-series-unknown', 'Numbers are given in the series INV and CN, by year.');
  END IF;
  INSERT INTO daybook.document_series (series, year, next_number) VALUES (p_series, p_year, 1) ON CONFLICT (series, year) DO NOTHING;
  PERFORM FROM daybook.document_series WHERE series = p_series AND year = p_year FOR UPDATE;
END $$;

CREATE FUNCTION daybook.document_block_view(p_block daybook.document_number_blocks) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT to_jsonb(p_block) || jsonb_build_object('used', u.used, 'left', CASE p_block.state WHEN 'live' THEN p_block.last_number - p_block.first_number + 1 - u.used ELSE 0 END)
  FROM (SELECT count(*) AS used FROM daybook.document_number_uses WHERE block_id = p_block.id) AS u
$$;

-- Ends a live block whose series the caller holds: what nobody used goes to the gap register, but for numbers at the top of the series, which go back into it where its
-- own desk says that it used none of them. Nobody else can know.
CREATE FUNCTION daybook.end_document_block(p_block daybook.document_number_blocks, p_state text, p_reason text, p_goes_back boolean, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_back_from bigint;
  v_gaps bigint;
BEGIN
  IF p_goes_back THEN
    SELECT coalesce(max(u.number), p_block.first_number - 1) + 1 INTO v_back_from FROM daybook.document_number_uses u WHERE u.block_id = p_block.id;
    UPDATE daybook.document_series SET next_number = v_back_from WHERE series = p_block.series AND year = p_block.year AND next_number = p_block.last_number + 1 AND v_back_from <= p_block.last_number;
    IF NOT FOUND THEN
      v_back_from := NULL;
    END IF;
  END IF;
  INSERT INTO daybook.document_number_gaps (document_number, series, year, number, reason, block_id, recorded_by, recorded_at)
  SELECT daybook.document_number_text(p_block.series, p_block.year, n), p_block.series, p_block.year, n, p_reason, p_block.id, CASE p_state WHEN 'expired' THEN 'daybook' ELSE session_user END, clock_timestamp()
  FROM generate_series(p_block.first_number, coalesce(v_back_from - 1, p_block.last_number)) AS n
  WHERE NOT EXISTS (SELECT FROM daybook.document_number_uses u WHERE u.series = p_block.series AND u.year = p_block.year AND u.number = n);
  GET DIAGNOSTICS v_gaps = ROW_COUNT;
  UPDATE daybook.document_number_blocks SET state = p_state, ended_at = clock_timestamp(), ended_by = CASE p_state WHEN 'expired' THEN 'daybook' ELSE session_user END, end_reason = p_reason, back_from = v_back_from WHERE id = p_block.id;
  PERFORM daybook.append_audit('document-number-block', p_block.id::text, p_state, jsonb_build_object('first', daybook.document_number_text(p_block.series, p_block.year, p_block.first_number), 'last', daybook.document_number_text(p_block.series, p_block.year, p_block.last_number),
    'holder', p_block.holder, 'desk', p_block.desk, 'reason', p_reason, 'gaps', v_gaps, 'back_to_series', coalesce(p_block.last_number - v_back_from + 1, 0)), p_request_id);
END $$;

-- Blocks of a series the caller holds that nobody reported about in time.
CREATE FUNCTION daybook.expire_document_blocks(p_series text, p_year integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_block daybook.document_number_blocks;
BEGIN
  FOR v_block IN SELECT * FROM daybook.document_number_blocks WHERE series = p_series AND year = p_year AND state = 'live' AND report_until <= clock_timestamp() ORDER BY first_number FOR UPDATE LOOP
    PERFORM daybook.end_document_block(v_block, 'expired', 'The lease ended and its desk reported no use.', false, NULL);
  END LOOP;
END $$;

-- ── Numbers of the series itself ─────────────────────────────────────────────────────────────────────────────────────────────────────
-- For the functions that finalise, in their own transaction: the number a document has, else the next one. A rollback gives it back.
CREATE FUNCTION daybook.number_document(p_series text, p_issue_date date, p_document_id uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_year integer := extract(year FROM p_issue_date);
  v_use daybook.document_number_uses;
  v_number bigint;
BEGIN
  PERFORM daybook.hold_document_series(p_series, v_year);
  SELECT * INTO v_use FROM daybook.document_number_uses WHERE document_id = p_document_id;
  IF FOUND THEN
    IF v_use.series <> p_series OR v_use.year <> v_year THEN
      PERFORM daybook.refuse('document-numbered-already', format('This document has the number %s already.', daybook.document_number_text(v_use.series, v_use.year, v_use.number)));
    END IF;
    RETURN daybook.document_number_text(v_use.series, v_use.year, v_use.number);
  END IF;
  UPDATE daybook.document_series SET next_number = next_number + 1 WHERE series = p_series AND year = v_year RETURNING next_number - 1 INTO v_number;
  INSERT INTO daybook.document_number_uses (series, year, number, document_id, issue_date) VALUES (p_series, v_year, v_number, p_document_id, p_issue_date);
  RETURN daybook.document_number_text(p_series, v_year, v_number);
END $$;

-- Whichever way an invoice came by its number, the list of uses has it, and no number is another's.
CREATE FUNCTION daybook.note_invoice_number() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_series text := split_part(NEW.invoice_number, '-', 1);
  v_year integer := split_part(NEW.invoice_number, '-', 2)::integer;
  v_number bigint := split_part(NEW.invoice_number, '-', 3)::bigint;
BEGIN
  PERFORM daybook.hold_document_series(v_series, v_year);
  IF EXISTS (SELECT FROM daybook.document_number_uses WHERE series = v_series AND year = v_year AND number = v_number AND document_id = NEW.id) THEN
    RETURN NULL;
  END IF;
  IF EXISTS (SELECT FROM daybook.document_number_uses WHERE series = v_series AND year = v_year AND number = v_number)
    OR EXISTS (SELECT FROM daybook.document_number_blocks WHERE series = v_series AND year = v_year AND v_number BETWEEN first_number AND coalesce(back_from - 1, last_number))
    OR EXISTS (SELECT FROM daybook.document_number_gaps WHERE series = v_series AND year = v_year AND number = v_number)
    OR NOT EXISTS (SELECT FROM daybook.document_series WHERE series = v_series AND year = v_year AND next_number > v_number) THEN
    PERFORM daybook.refuse('number-taken', format('The number %s is not this document’s.', NEW.invoice_number));
  END IF;
  IF EXISTS (SELECT FROM daybook.document_number_uses WHERE document_id = NEW.id) THEN
    PERFORM daybook.refuse('document-numbered-already', 'This document has another number already.');
  END IF;
  INSERT INTO daybook.document_number_uses (series, year, number, document_id, issue_date) VALUES (v_series, v_year, v_number, NEW.id, NEW.issue_date);
  RETURN NULL;
END $$;
CREATE TRIGGER number_noted_at_first AFTER INSERT ON daybook.invoices FOR EACH ROW WHEN (NEW.invoice_number ~ '^(INV|CN)-[0-9]{4}-[0-9]{4,}$') EXECUTE FUNCTION daybook.note_invoice_number();
CREATE TRIGGER number_noted AFTER UPDATE OF invoice_number ON daybook.invoices FOR EACH ROW WHEN (NEW.invoice_number ~ '^(INV|CN)-[0-9]{4}-[0-9]{4,}$' AND NEW.invoice_number IS DISTINCT FROM OLD.invoice_number) EXECUTE FUNCTION daybook.note_invoice_number();

-- ── Blocks ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- A block of p_count numbers for the person who is signed in, at this desk, to be used for p_days and reported a week later at the latest. Years in reach are those of the
-- ledger's reporting zone: last year's, this one's, and the next one's in its last month.
CREATE FUNCTION daybook.lease_document_numbers(p_block_id uuid, p_desk text, p_series text, p_year integer, p_count integer, p_days integer, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_most CONSTANT integer := 100;
  v_now timestamptz;
  v_today date;
  v_block daybook.document_number_blocks;
  v_held bigint;
  v_next bigint;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  IF p_block_id IS NULL OR coalesce(length(p_desk), 0) NOT BETWEEN 1 AND 200 THEN
    PERFORM daybook.refuse('number-block-not-yours', 'A block of numbers belongs to a desk, and this one has no name.');
  END IF;
  IF p_count IS NULL OR p_count NOT BETWEEN 1 AND v_most THEN
    PERFORM daybook.refuse('number-block-count-invalid', format('A block has between 1 and %s numbers.', v_most));
  END IF;
  IF p_days IS NULL OR p_days NOT BETWEEN 1 AND 31 THEN
    PERFORM daybook.refuse('number-block-days-invalid', 'A block is leased for 1 to 31 days.');
  END IF;
  SELECT (coalesce(fixed_present, clock_timestamp()) AT TIME ZONE reporting_time_zone)::date INTO v_today FROM daybook.ledger; -- a demo's years are those of its own present
  IF NOT FOUND THEN
    PERFORM daybook.refuse('shared-ledger-missing', 'The shared database holds no ledger yet.');
  END IF;
  PERFORM daybook.hold_document_series(p_series, p_year);
  SELECT * INTO v_block FROM daybook.document_number_blocks WHERE id = p_block_id;
  IF FOUND THEN
    IF v_block.holder <> session_user OR v_block.desk <> p_desk OR v_block.series <> p_series OR v_block.year <> p_year OR v_block.last_number - v_block.first_number + 1 <> p_count THEN
      PERFORM daybook.refuse('number-block-reused', 'Another block was leased under this id.');
    END IF;
    RETURN daybook.document_block_view(v_block);
  END IF;
  v_now := clock_timestamp();
  IF p_year NOT BETWEEN extract(year FROM v_today) - 1 AND extract(year FROM v_today + 31) THEN
    PERFORM daybook.refuse('number-year-invalid', 'Numbers are leased for last year, for this one, and in December for the next.');
  END IF;
  PERFORM daybook.expire_document_blocks(p_series, p_year);
  SELECT coalesce(sum((daybook.document_block_view(b) ->> 'left')::bigint), 0) INTO v_held FROM daybook.document_number_blocks b WHERE b.state = 'live' AND b.series = p_series AND b.year = p_year AND b.holder = session_user AND b.desk = p_desk;
  IF v_held + p_count > v_most THEN
    PERFORM daybook.refuse('number-block-too-many', format('A desk holds at most %s unused numbers of a series; this one has %s.', v_most, v_held));
  END IF;
  UPDATE daybook.document_series SET next_number = next_number + p_count WHERE series = p_series AND year = p_year RETURNING next_number INTO v_next;
  INSERT INTO daybook.document_number_blocks (id, series, year, first_number, last_number, holder, desk, leased_at, use_until, report_until)
  VALUES (p_block_id, p_series, p_year, v_next - p_count, v_next - 1, session_user, p_desk, v_now, v_now + p_days * interval '1 day', v_now + (p_days + 7) * interval '1 day')
  RETURNING * INTO v_block;
  PERFORM daybook.append_audit('document-number-block', p_block_id::text, 'lease', jsonb_build_object('first', daybook.document_number_text(p_series, p_year, v_block.first_number), 'last', daybook.document_number_text(p_series, p_year, v_block.last_number), 'desk', p_desk, 'use_until', v_block.use_until), p_request_id);
  RETURN daybook.document_block_view(v_block);
END $$;

-- What is to be said of a use of a block whose series the caller holds; records it where it is right. Answers { outcome: recorded | unchanged | refused, code, message }. A
-- refusal is an answer and no error: one of them holds back no other, and the register keeps that a number it says is unused was claimed.
CREATE FUNCTION daybook.take_document_use(p_desk text, p_block_id uuid, p_number bigint, p_document_id uuid, p_issue_date date) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_block daybook.document_number_blocks;
  v_use daybook.document_number_uses;
  v_code text;
  v_message text;
BEGIN
  SELECT * INTO v_block FROM daybook.document_number_blocks WHERE id = p_block_id AND holder = session_user AND desk = p_desk FOR UPDATE;
  IF NOT FOUND THEN
    v_code := 'number-block-not-yours';
    v_message := 'The block this number is from is not leased to you at this desk.';
  ELSIF p_number IS NULL OR p_document_id IS NULL OR p_number NOT BETWEEN v_block.first_number AND v_block.last_number THEN
    v_code := 'number-not-in-block';
    v_message := 'The number is not in the block it is said to be from.';
  ELSE
    SELECT * INTO v_use FROM daybook.document_number_uses WHERE series = v_block.series AND year = v_block.year AND number = p_number;
    IF FOUND AND v_use.document_id = p_document_id AND v_use.block_id = p_block_id THEN
      RETURN jsonb_build_object('outcome', 'unchanged', 'code', NULL, 'message', NULL);
    ELSIF v_block.state NOT IN ('live', 'used-up') THEN
      v_code := 'number-lease-ended';
      v_message := format('The lease of %s had ended when its use was reported.', daybook.document_number_text(v_block.series, v_block.year, p_number));
      UPDATE daybook.document_number_gaps SET claimed_by_document = p_document_id, claimed_at = clock_timestamp(), claimed_by = session_user
      WHERE series = v_block.series AND year = v_block.year AND number = p_number AND block_id = p_block_id AND claimed_by_document IS NULL;
      IF FOUND THEN
        PERFORM daybook.append_audit('document-number', daybook.document_number_text(v_block.series, v_block.year, p_number), 'claim-refused', jsonb_build_object('document_id', p_document_id, 'block_id', p_block_id, 'desk', p_desk), NULL);
      END IF;
    ELSIF v_use.document_id IS NOT NULL THEN
      v_code := 'number-taken';
      v_message := format('%s is another document’s.', daybook.document_number_text(v_block.series, v_block.year, p_number));
    ELSIF extract(year FROM p_issue_date) IS DISTINCT FROM v_block.year THEN
      v_code := 'number-year-mismatch';
      v_message := 'The document was issued in another year than its number’s.';
    ELSE
      SELECT * INTO v_use FROM daybook.document_number_uses WHERE document_id = p_document_id;
      IF FOUND THEN
        v_code := 'document-numbered-already';
        v_message := format('This document has the number %s already.', daybook.document_number_text(v_use.series, v_use.year, v_use.number));
      END IF;
    END IF;
  END IF;
  IF v_code IS NOT NULL THEN
    RETURN jsonb_build_object('outcome', 'refused', 'code', v_code, 'message', v_message);
  END IF;
  INSERT INTO daybook.document_number_uses (series, year, number, document_id, block_id, issue_date) VALUES (v_block.series, v_block.year, p_number, p_document_id, p_block_id, p_issue_date);
  UPDATE daybook.document_number_blocks b SET state = 'used-up', ended_at = clock_timestamp(), ended_by = session_user, end_reason = 'All of its numbers are used.'
  WHERE b.id = p_block_id AND b.last_number - b.first_number + 1 = (SELECT count(*) FROM daybook.document_number_uses u WHERE u.block_id = p_block_id);
  RETURN jsonb_build_object('outcome', 'recorded', 'code', NULL, 'message', NULL);
END $$;

-- p_uses: [{ blockId, number, documentId, issueDate }]. Answers one for each, in their order, with blockId and number. Telling twice changes nothing.
CREATE FUNCTION daybook.record_document_uses(p_desk text, p_uses jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_series record;
  v_use record;
  v_answers jsonb := '[]';
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  FOR v_series IN SELECT DISTINCT b.series, b.year FROM daybook.document_number_blocks b JOIN jsonb_to_recordset(p_uses) AS u ("blockId" uuid) ON u."blockId" = b.id ORDER BY b.series, b.year LOOP
    PERFORM daybook.hold_document_series(v_series.series, v_series.year);
  END LOOP;
  FOR v_series IN SELECT DISTINCT b.series, b.year FROM daybook.document_number_blocks b JOIN jsonb_to_recordset(p_uses) AS u ("blockId" uuid) ON u."blockId" = b.id ORDER BY b.series, b.year LOOP
    PERFORM daybook.expire_document_blocks(v_series.series, v_series.year);
  END LOOP;
  FOR v_use IN SELECT (x ->> 'blockId')::uuid AS block_id, (x ->> 'number')::bigint AS number, (x ->> 'documentId')::uuid AS document_id, (x ->> 'issueDate')::date AS issue_date FROM jsonb_array_elements(p_uses) WITH ORDINALITY AS e (x, place) ORDER BY place LOOP
    v_answers := v_answers || jsonb_build_array(daybook.take_document_use(p_desk, v_use.block_id, v_use.number, v_use.document_id, v_use.issue_date) || jsonb_build_object('blockId', v_use.block_id, 'number', v_use.number, 'documentId', v_use.document_id));
  END LOOP;
  RETURN v_answers;
END $$;

-- For a function that stores a document which was finalised offline, in its own transaction: its number, or the refusal as an error.
CREATE FUNCTION daybook.use_leased_number(p_desk text, p_block_id uuid, p_number bigint, p_document_id uuid, p_issue_date date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_block daybook.document_number_blocks;
  v_answer jsonb;
BEGIN
  SELECT * INTO v_block FROM daybook.document_number_blocks WHERE id = p_block_id;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('number-block-not-found', 'The shared database does not know this block of numbers.');
  END IF;
  PERFORM daybook.hold_document_series(v_block.series, v_block.year);
  PERFORM daybook.expire_document_blocks(v_block.series, v_block.year);
  v_answer := daybook.take_document_use(p_desk, p_block_id, p_number, p_document_id, p_issue_date);
  IF v_answer ->> 'outcome' = 'refused' THEN
    PERFORM daybook.refuse(v_answer ->> 'code', v_answer ->> 'message');
  END IF;
  RETURN daybook.document_number_text(v_block.series, v_block.year, p_number);
END $$;

-- Ends a block. Its own desk tells first what it used, and whether it knows all of that (a ledger that was restored does not): only then numbers go back into the series.
-- The same person from another desk, or an admin, takes a block away from a desk that is lost. A block that has ended stays as it is.
CREATE FUNCTION daybook.return_document_numbers(p_block_id uuid, p_desk text, p_is_certain boolean, p_uses jsonb, p_reason text, p_request_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_block daybook.document_number_blocks;
  v_is_own boolean;
  v_answers jsonb := '[]';
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  IF length(trim(coalesce(p_reason, ''))) < 3 THEN
    PERFORM daybook.refuse('number-reason-missing', 'Returning numbers needs a reason.');
  END IF;
  SELECT * INTO v_block FROM daybook.document_number_blocks WHERE id = p_block_id;
  IF NOT FOUND THEN
    PERFORM daybook.refuse('number-block-not-found', 'The shared database does not know this block of numbers.');
  END IF;
  v_is_own := v_block.holder = session_user AND v_block.desk = p_desk;
  IF v_block.holder <> session_user AND NOT pg_has_role(session_user, 'daybook_admin', 'MEMBER') THEN
    PERFORM daybook.refuse('number-block-not-yours', 'The block is another person’s.');
  END IF;
  PERFORM daybook.hold_document_series(v_block.series, v_block.year);
  PERFORM daybook.expire_document_blocks(v_block.series, v_block.year);
  IF v_is_own AND EXISTS (SELECT FROM jsonb_to_recordset(coalesce(p_uses, '[]')) AS u ("blockId" uuid) WHERE u."blockId" IS DISTINCT FROM p_block_id) THEN
    PERFORM daybook.refuse('number-not-in-block', 'With a block come the uses of its own numbers.');
  END IF;
  IF v_is_own THEN
    v_answers := daybook.record_document_uses(p_desk, coalesce(p_uses, '[]'));
  END IF;
  SELECT * INTO v_block FROM daybook.document_number_blocks WHERE id = p_block_id FOR UPDATE;
  IF v_block.state = 'live' THEN
    -- A use that was refused is a number of this block on some document: it must not go to another.
    PERFORM daybook.end_document_block(v_block, CASE WHEN v_is_own THEN 'returned' ELSE 'revoked' END, trim(p_reason), v_is_own AND coalesce(p_is_certain, false) AND NOT EXISTS (SELECT FROM jsonb_array_elements(v_answers) AS a WHERE a ->> 'outcome' = 'refused'), p_request_id);
    SELECT * INTO v_block FROM daybook.document_number_blocks WHERE id = p_block_id;
  END IF;
  RETURN jsonb_build_object('block', daybook.document_block_view(v_block), 'uses', v_answers, 'backToSeries', coalesce(v_block.last_number - v_block.back_from + 1, 0),
    'gaps', (SELECT coalesce(jsonb_agg(g.document_number ORDER BY g.number), '[]') FROM daybook.document_number_gaps g WHERE g.block_id = p_block_id));
END $$;

-- Ends what ran out, so that whoever looks sees it where it belongs.
CREATE FUNCTION daybook.settle_document_numbers() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_due record;
  v_held jsonb := '[]';
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  FOR v_due IN SELECT DISTINCT series, year FROM daybook.document_number_blocks WHERE state = 'live' AND report_until <= clock_timestamp() ORDER BY series, year LOOP
    PERFORM daybook.hold_document_series(v_due.series, v_due.year);
    v_held := v_held || jsonb_build_object('series', v_due.series, 'year', v_due.year);
  END LOOP;
  FOR v_due IN SELECT * FROM jsonb_to_recordset(v_held) AS held (series text, year integer) LOOP
    PERFORM daybook.expire_document_blocks(v_due.series, v_due.year);
  END LOOP;
END $$;

-- ── A single desk joins ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- The numbers it gave while it was alone come first: else they would be given again. p_numbers: { series: [{ series, year, next }], uses: [{ series, year, number, documentId,
-- issueDate }], gaps: [{ series, year, number, reason }] }. Nobody has given numbers here before, or it is these that were brought before.
CREATE FUNCTION daybook.bring_document_numbers(p_numbers jsonb, p_request_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_series record;
BEGIN
  PERFORM daybook.require_role('daybook_accountant');
  FOR v_series IN SELECT series, year FROM jsonb_to_recordset(p_numbers -> 'series') AS s (series text, year integer) ORDER BY series, year LOOP
    PERFORM daybook.hold_document_series(v_series.series, v_series.year);
  END LOOP;
  IF EXISTS (SELECT FROM daybook.document_series WHERE next_number > 1) THEN
    IF NOT EXISTS (SELECT FROM jsonb_to_recordset(p_numbers -> 'uses') AS u (series text, year integer, number bigint, "documentId" uuid)
        WHERE NOT EXISTS (SELECT FROM daybook.document_number_uses d WHERE d.series = u.series AND d.year = u.year AND d.number = u.number AND d.document_id = u."documentId"))
      AND NOT EXISTS (SELECT FROM jsonb_to_recordset(p_numbers -> 'gaps') AS g (series text, year integer, number bigint)
        WHERE NOT EXISTS (SELECT FROM daybook.document_number_gaps d WHERE d.series = g.series AND d.year = g.year AND d.number = g.number)) THEN
      RETURN;
    END IF;
    PERFORM daybook.refuse('shared-ledger-mismatch', 'The shared ledger has given document numbers of its own. Nothing was uploaded.');
  END IF;
  IF EXISTS (SELECT FROM jsonb_to_recordset(p_numbers -> 'series') AS s (series text, year integer, next bigint)
    WHERE s.next IS NULL OR s.next - 1 <> (SELECT count(DISTINCT n.number) FROM (
        SELECT number FROM jsonb_to_recordset(p_numbers -> 'uses') AS u (series text, year integer, number bigint) WHERE u.series = s.series AND u.year = s.year AND u.number BETWEEN 1 AND s.next - 1
        UNION ALL SELECT number FROM jsonb_to_recordset(p_numbers -> 'gaps') AS g (series text, year integer, number bigint) WHERE g.series = s.series AND g.year = s.year AND g.number BETWEEN 1 AND s.next - 1) AS n)) THEN
    PERFORM daybook.refuse('numbers-incomplete', 'The numbers of this desk do not count from 1 to the next one without a hole. Nothing was uploaded.');
  END IF;
  UPDATE daybook.document_series d SET next_number = s.next FROM jsonb_to_recordset(p_numbers -> 'series') AS s (series text, year integer, next bigint) WHERE d.series = s.series AND d.year = s.year;
  INSERT INTO daybook.document_number_uses (series, year, number, document_id, issue_date)
  SELECT u.series, u.year, u.number, u."documentId", u."issueDate" FROM jsonb_to_recordset(p_numbers -> 'uses') AS u (series text, year integer, number bigint, "documentId" uuid, "issueDate" date);
  INSERT INTO daybook.document_number_gaps (document_number, series, year, number, reason, recorded_by, recorded_at)
  SELECT daybook.document_number_text(g.series, g.year, g.number), g.series, g.year, g.number, g.reason, session_user, clock_timestamp() FROM jsonb_to_recordset(p_numbers -> 'gaps') AS g (series text, year integer, number bigint, reason text);
  PERFORM daybook.append_audit('document-numbers', 'all', 'bring', jsonb_build_object('series', p_numbers -> 'series', 'uses', jsonb_array_length(p_numbers -> 'uses'), 'gaps', jsonb_array_length(p_numbers -> 'gaps')), p_request_id);
END $$;

-- ── Doors ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE FUNCTION daybook.refuse_number_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM daybook.refuse('number-immutable', 'A number that was used or registered as a gap stays so.');
  RETURN NULL;
END $$;
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON daybook.document_number_uses FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_number_change();
CREATE TRIGGER immutable BEFORE DELETE OR UPDATE OF document_number, series, year, number, reason, recorded_by, recorded_at, block_id ON daybook.document_number_gaps FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_number_change();
CREATE TRIGGER immutable BEFORE DELETE ON daybook.document_number_blocks FOR EACH STATEMENT EXECUTE FUNCTION daybook.refuse_number_change();

-- Accountants and admins read; the gap register has been finance's to read since 0001. Nobody writes but the functions, which run as the owner.
DO $$
DECLARE
  t text;
  door text;
BEGIN
  FOREACH t IN ARRAY ARRAY['document_series', 'document_number_blocks', 'document_number_uses'] LOOP
    EXECUTE format('ALTER TABLE daybook.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('GRANT SELECT ON daybook.%I TO daybook_accountant', t);
    EXECUTE format('CREATE POLICY read_by_role ON daybook.%I FOR SELECT TO daybook_accountant USING (true)', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['document_series', 'document_number_blocks', 'document_number_uses', 'document_number_gaps'] LOOP
    EXECUTE format('ALTER TABLE daybook.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY written_by_owner ON daybook.%I TO %I USING (true) WITH CHECK (true)', t, current_user);
  END LOOP;
  FOREACH door IN ARRAY ARRAY['document_number_text(text, integer, bigint)', 'hold_document_series(text, integer)', 'document_block_view(daybook.document_number_blocks)', 'end_document_block(daybook.document_number_blocks, text, text, boolean, uuid)',
    'expire_document_blocks(text, integer)', 'number_document(text, date, uuid)', 'note_invoice_number()', 'take_document_use(text, uuid, bigint, uuid, date)', 'use_leased_number(text, uuid, bigint, uuid, date)', 'refuse_number_change()',
    'lease_document_numbers(uuid, text, text, integer, integer, integer, uuid)', 'record_document_uses(text, jsonb)', 'return_document_numbers(uuid, text, boolean, jsonb, text, uuid)', 'settle_document_numbers()', 'bring_document_numbers(jsonb, uuid)'] LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION daybook.%s FROM PUBLIC', door);
  END LOOP;
  FOREACH door IN ARRAY ARRAY['lease_document_numbers(uuid, text, text, integer, integer, integer, uuid)', 'record_document_uses(text, jsonb)', 'return_document_numbers(uuid, text, boolean, jsonb, text, uuid)', 'settle_document_numbers()', 'bring_document_numbers(jsonb, uuid)'] LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION daybook.%s TO daybook_accountant', door);
  END LOOP;
END $$;
