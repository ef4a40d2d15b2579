-- Why: an invoice's document is made again, byte for byte, long after logo and colour have changed: every look that was ever in force stays, by the hash
-- of its content, and an invoice names the one it was made with. Partners may be written to in their own language.
CREATE TABLE invoice_looks (
  id TEXT PRIMARY KEY,            -- SHA-256 of the content
  content TEXT NOT NULL CHECK (json_valid(content)),
  recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE partner_document_languages (
  partner_id TEXT PRIMARY KEY,
  language TEXT NOT NULL CHECK (language IN ('en', 'de')),
  set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every file that was ever made for an invoice: a customer may hold one that was made again since, and it was issued all the same.
CREATE TABLE document_versions (
  sha256 TEXT PRIMARY KEY,
  subject_type TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  totals_fingerprint TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO document_versions (sha256, subject_type, subject_id, kind, totals_fingerprint, created_at)
  SELECT sha256, subject_type, subject_id, kind, totals_fingerprint, created_at FROM stored_documents;

CREATE INDEX invoices_by_fingerprint ON invoices (totals_fingerprint);
