-- Why: partners and contracts are edited at this desk, offline too. An edit lies in the outbox and is laid over the copy when it is shown; the copy itself says what
-- the shared database says, and nothing else (docs/adr/0015). Amendments, versions, everybody's changes, conflicts and approvals are copied as the rest is. Without a
-- shared database these tables are where the local twin keeps them.

CREATE TABLE contract_amendments (
  id TEXT PRIMARY KEY, contract_id TEXT NOT NULL, effective_from TEXT NOT NULL, pricing_model TEXT NOT NULL, flat_fee_minor INTEGER NOT NULL, per_deed_price TEXT, per_1000_price TEXT, included_units INTEGER NOT NULL,
  minimum_commitment_minor INTEGER NOT NULL, tiers TEXT, discount_basis_points INTEGER NOT NULL, tax_rate_basis_points INTEGER NOT NULL, withholding_rate_basis_points INTEGER NOT NULL, payment_terms_days INTEGER NOT NULL,
  purchase_order_number TEXT, terms TEXT, version INTEGER NOT NULL, deleted_at INTEGER, updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX contract_amendments_by_contract ON contract_amendments (contract_id, effective_from);

CREATE TABLE entity_versions (
  entity TEXT NOT NULL, entity_id TEXT NOT NULL, version INTEGER NOT NULL, change_id TEXT, author TEXT NOT NULL, reason TEXT, body TEXT NOT NULL, recorded_at INTEGER NOT NULL, PRIMARY KEY (entity, entity_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE change_sets (
  id TEXT PRIMARY KEY, entity TEXT NOT NULL, entity_id TEXT NOT NULL, operation TEXT NOT NULL, base_version INTEGER NOT NULL, fields TEXT NOT NULL, reason TEXT NOT NULL, author TEXT NOT NULL, desk TEXT NOT NULL,
  created_at INTEGER NOT NULL, received_at INTEGER NOT NULL, state TEXT NOT NULL, result_version INTEGER, conflict_id TEXT, approval_id TEXT, refusal_code TEXT, refusal_message TEXT, four_eyes TEXT,
  effective_operation TEXT NOT NULL, effective_id TEXT NOT NULL, effective_fields TEXT NOT NULL, effective_base INTEGER NOT NULL, restores INTEGER NOT NULL, resolved_by TEXT, changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX change_sets_by_entity ON change_sets (entity_id, created_at);
CREATE INDEX change_sets_open ON change_sets (state) WHERE state IN ('awaiting-approval', 'conflict', 'refused');

CREATE TABLE change_conflicts (
  id TEXT PRIMARY KEY, change_id TEXT NOT NULL, entity TEXT NOT NULL, entity_id TEXT NOT NULL, fields TEXT NOT NULL, their_version INTEGER NOT NULL, their_author TEXT, their_reason TEXT, raised_at INTEGER NOT NULL, state TEXT NOT NULL,
  resolved_by TEXT, resolved_at INTEGER, resolution_reason TEXT, kept TEXT
) STRICT;
CREATE INDEX change_conflicts_by_state ON change_conflicts (state, raised_at);

CREATE TABLE change_approvals (
  id TEXT PRIMARY KEY, change_id TEXT NOT NULL, entity TEXT NOT NULL, entity_id TEXT NOT NULL, requested_by TEXT NOT NULL, chosen_by TEXT, requested_at INTEGER NOT NULL, state TEXT NOT NULL, decided_by TEXT, decided_at INTEGER, comment TEXT
) STRICT;
CREATE INDEX change_approvals_by_state ON change_approvals (state, requested_at);

-- What this desk wants: written in the transaction of the command that asks for it, sent in this order, kept afterwards. `state` is as the shared database answered last.
CREATE TABLE outbox_changes (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, entity TEXT NOT NULL, entity_id TEXT NOT NULL, operation TEXT NOT NULL, base_version INTEGER NOT NULL, fields TEXT NOT NULL, reason TEXT NOT NULL, author TEXT NOT NULL,
  created_at INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('pending', 'awaiting-approval', 'applied', 'merged', 'conflict', 'rejected', 'withdrawn', 'parked')), attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at INTEGER,
  error_code TEXT, error_message TEXT, sent_at INTEGER, result_version INTEGER, conflict_id TEXT, approval_id TEXT
) STRICT;
CREATE INDEX outbox_changes_open ON outbox_changes (sequence) WHERE state NOT IN ('applied', 'merged', 'rejected', 'withdrawn');
CREATE INDEX outbox_changes_by_entity ON outbox_changes (entity_id, sequence);

-- Every change this desk knows, its own and the others', once. Where both say something, the shared database's word counts, but for one that this desk was told
-- since (its answer arrives before the feed does) and for one that is to be sent again.
CREATE VIEW known_changes AS
  SELECT o.id, o.entity, o.entity_id, o.operation, o.base_version, o.fields, o.reason, coalesce(c.author, o.author) AS author, o.created_at, coalesce(o.sent_at, c.received_at) AS sent_at, o.attempts,
    CASE
      WHEN c.id IS NULL THEN o.state
      WHEN c.state = 'refused' THEN CASE WHEN o.state IN ('pending', 'withdrawn') THEN o.state ELSE 'parked' END
      WHEN o.state IN ('applied', 'merged', 'rejected', 'withdrawn') AND c.state NOT IN ('applied', 'merged', 'rejected', 'withdrawn') THEN o.state
      ELSE c.state
    END AS state,
    CASE o.state WHEN 'pending' THEN o.error_code ELSE coalesce(o.error_code, c.refusal_code) END AS error_code, CASE o.state WHEN 'pending' THEN o.error_message ELSE coalesce(o.error_message, c.refusal_message) END AS error_message, coalesce(c.result_version, o.result_version) AS result_version,
    coalesce(c.conflict_id, CASE WHEN c.id IS NULL THEN o.conflict_id END) AS conflict_id, coalesce(c.approval_id, CASE WHEN c.id IS NULL THEN o.approval_id END) AS approval_id, 1 AS is_own
  FROM outbox_changes AS o LEFT JOIN change_sets AS c ON c.id = o.id
  UNION ALL
  SELECT c.id, c.entity, c.entity_id, c.operation, c.base_version, c.fields, c.reason, c.author, c.created_at, c.received_at, 0, CASE c.state WHEN 'refused' THEN 'parked' ELSE c.state END, c.refusal_code, c.refusal_message, c.result_version,
    c.conflict_id, c.approval_id, 0
  FROM change_sets AS c WHERE NOT EXISTS (SELECT 1 FROM outbox_changes AS o WHERE o.id = c.id);
