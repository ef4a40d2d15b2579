-- Why: what this desk's own edits are by now was asked of all changes that it knows, once for each edit in the queue: ten thousand of them would have been a hundred million looks.
-- The half of `known_changes` (0025) that is this desk's own is a view by itself, word for word, and is asked by id.
DROP VIEW known_changes;
CREATE VIEW own_changes AS
  SELECT o.id, o.entity, o.entity_id, o.operation, o.base_version, o.fields, o.reason, coalesce(c.author, o.author) AS author, o.created_at, coalesce(o.sent_at, c.received_at) AS sent_at, o.attempts,
    CASE
      WHEN c.id IS NULL THEN o.state
      WHEN c.state = 'refused' THEN CASE WHEN o.state IN ('pending', 'withdrawn') THEN o.state ELSE 'parked' END
      WHEN o.state IN ('applied', 'merged', 'rejected', 'withdrawn') AND c.state NOT IN ('applied', 'merged', 'rejected', 'withdrawn') THEN o.state
      ELSE c.state
    END AS state,
    CASE o.state WHEN 'pending' THEN o.error_code ELSE coalesce(o.error_code, c.refusal_code) END AS error_code, CASE o.state WHEN 'pending' THEN o.error_message ELSE coalesce(o.error_message, c.refusal_message) END AS error_message, coalesce(c.result_version, o.result_version) AS result_version,
    coalesce(c.conflict_id, CASE WHEN c.id IS NULL THEN o.conflict_id END) AS conflict_id, coalesce(c.approval_id, CASE WHEN c.id IS NULL THEN o.approval_id END) AS approval_id, 1 AS is_own
  FROM outbox_changes AS o LEFT JOIN change_sets AS c ON c.id = o.id;
CREATE VIEW known_changes AS
  SELECT * FROM own_changes
  UNION ALL
  SELECT c.id, c.entity, c.entity_id, c.operation, c.base_version, c.fields, c.reason, c.author, c.created_at, c.received_at, 0, CASE c.state WHEN 'refused' THEN 'parked' ELSE c.state END, c.refusal_code, c.refusal_message, c.result_version,
    c.conflict_id, c.approval_id, 0
  FROM change_sets AS c WHERE NOT EXISTS (SELECT 1 FROM outbox_changes AS o WHERE o.id = c.id);
