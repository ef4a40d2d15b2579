-- Why: invoices are sent by e-mail, once. What is to be sent lies here with the text the person saw, and goes through states that a crash cannot skip: `claimed` before anything was handed to a
-- server, `sending` from the moment it is, so that what ended in between is decided by a person and never sent twice silently (docs/adr/0023). With a shared database this is its copy.

CREATE TABLE mail_outbox (
  id TEXT PRIMARY KEY,                    -- UUIDv5 of invoice and sequence: every desk names the same e-mail alike
  invoice_id TEXT NOT NULL, invoice_number TEXT NOT NULL,
  sequence INTEGER NOT NULL,              -- the n-th e-mail of this invoice
  state TEXT NOT NULL CHECK (state IN ('waiting', 'claimed', 'sending', 'in-doubt', 'sent', 'failed', 'cancelled', 'bounced')),
  recipients TEXT NOT NULL,               -- JSON: [{ address, state: waiting | accepted | refused, response }]
  subject TEXT NOT NULL, body TEXT NOT NULL, language TEXT NOT NULL, attachment_name TEXT NOT NULL, totals_fingerprint TEXT NOT NULL,
  message_id TEXT NOT NULL,               -- the same at each attempt: a mailbox that gets it twice shows it once
  attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at INTEGER, fencing_number INTEGER NOT NULL DEFAULT 0, claimed_by TEXT, lease_expires_at INTEGER, error_code TEXT, error_message TEXT,
  queued_by TEXT NOT NULL, queued_at INTEGER NOT NULL, sent_at INTEGER,
  attachment_sha256 TEXT,                 -- of the file that was handed over
  events TEXT NOT NULL,                   -- JSON: [{ at, actor, action, note }], only added to
  version INTEGER NOT NULL,
  UNIQUE (invoice_id, sequence)
) STRICT;
CREATE INDEX mail_outbox_by_queued ON mail_outbox (queued_at, id);
CREATE INDEX mail_outbox_open ON mail_outbox (state, next_attempt_at) WHERE state IN ('waiting', 'claimed', 'sending', 'in-doubt', 'failed');

-- What a person wrote in place of the texts that Daybook brings.
CREATE TABLE mail_templates (
  language TEXT PRIMARY KEY, subject TEXT NOT NULL, body TEXT NOT NULL, changed_by TEXT NOT NULL, changed_at INTEGER NOT NULL
) STRICT;
