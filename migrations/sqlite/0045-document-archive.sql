-- Why: documents that were issued are kept a second time, in a folder or a bucket the company chooses (domain.md §5), and the invoice keeps where. What waits is found from the books themselves: every
-- issued document without a row `stored` here, so that no crash and no outage can lose one. The rows are this desk's own.

CREATE TABLE archived_documents (
  subject_type TEXT NOT NULL CHECK (subject_type IN ('invoice', 'credit-note')),
  subject_id TEXT NOT NULL,
  destination TEXT NOT NULL,              -- 'folder:/mnt/archive' or 's3:https://host/bucket/prefix': what lies in one place does not lie in another
  document_number TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'stored', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER,                -- NULL: stored
  error_code TEXT, error_message TEXT,
  location TEXT, sha256 TEXT, byte_length INTEGER, stored_at INTEGER,
  queued_at INTEGER NOT NULL,
  PRIMARY KEY (subject_type, subject_id, destination),
  CHECK ((state = 'stored') = (location IS NOT NULL AND sha256 IS NOT NULL AND stored_at IS NOT NULL)),
  CHECK ((state = 'stored') = (next_attempt_at IS NULL))
) STRICT;
CREATE INDEX archived_documents_open ON archived_documents (destination, next_attempt_at) WHERE state <> 'stored';
CREATE INDEX archived_documents_by_queued ON archived_documents (destination, queued_at, document_number);
-- What is issued, without walking through the drafts.
CREATE INDEX invoices_issued ON invoices (id) WHERE invoice_number IS NOT NULL AND status <> 'draft';
CREATE INDEX receivable_acts_credit_notes ON receivable_acts (id) WHERE kind = 'credit-note' AND document_number IS NOT NULL;
