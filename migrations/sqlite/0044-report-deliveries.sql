-- Why: the monthly report is sent by e-mail, once a month and by itself. What was handed to a mail server is written down before its first word goes out, so that a
-- crash in between leaves a delivery nobody knows about, said as such and not sent twice silently (docs/adr/0029), and what was sent can be opened again.

CREATE TABLE report_deliveries (
  id TEXT PRIMARY KEY,                    -- UUIDv5 of report, month and sequence
  report TEXT NOT NULL CHECK (report IN ('revenue')), month TEXT NOT NULL,
  sequence INTEGER NOT NULL,              -- the n-th e-mail of this report and month
  state TEXT NOT NULL CHECK (state IN ('sending', 'sent', 'failed', 'in-doubt')),
  recipients TEXT NOT NULL,               -- JSON: [{ address, state: waiting | accepted | refused, response }]
  subject TEXT NOT NULL, message_id TEXT NOT NULL,
  location TEXT NOT NULL,                 -- of the file that was handed over, below the data folder
  sha256 TEXT NOT NULL, asked_by TEXT NOT NULL, handed_over_at INTEGER NOT NULL, answered_at INTEGER, error_code TEXT, error_message TEXT,
  UNIQUE (report, month, sequence)
) STRICT;
CREATE INDEX report_deliveries_by_time ON report_deliveries (handed_over_at);
