-- Why: the log of a large account has a million events, and a person filters and sorts it while they look. What filters, sorts and counts read lies in these
-- two indexes; the payloads are touched for the rows in sight only.
DROP INDEX sync_inbox_by_created;
DROP INDEX sync_inbox_by_status;
CREATE INDEX sync_inbox_log ON sync_inbox (provider, created_at, sequence, type, status, received_at);
CREATE INDEX sync_inbox_log_by_status ON sync_inbox (provider, status, created_at, sequence, type, received_at);
