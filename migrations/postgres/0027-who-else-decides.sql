-- Why: where one person asked for a change and another chose its values in a conflict, two people cannot come to an end by approving. The door says so, and what can be done.
DO $$
DECLARE
  v_text text := pg_get_functiondef('daybook.decide_change(uuid, text, text, uuid)'::regprocedure);
  v_said text := '''Who asked for a change, or chose its values, cannot decide on it: it takes two.''';
BEGIN
  IF position(v_said IN v_text) = 0 THEN
    RAISE EXCEPTION 'decide_change is not as 0010 left it';
  END IF;
  EXECUTE replace(v_text, v_said, $said$CASE
      WHEN session_user = v_approval.requested_by THEN 'Who asked for a change cannot decide on it: another accountant or admin does, or you take it back.'
      ELSE format('Who chose values of a change cannot decide on it: an accountant or admin who had no part in it does, or %s, who asked for it, takes it back.', v_approval.requested_by)
    END$said$);
END $$;
