-- Why: events come by two roads into one inbox. What Stripe's own list told is taken at its word; what came through the shared inbox was put there by
-- somebody with a login, and only says what to ask Stripe for. The inbox must know which is which, and Stripe's word replaces the other.

ALTER TABLE sync_inbox ADD COLUMN origin TEXT NOT NULL DEFAULT 'polled' CHECK (origin IN ('polled', 'relayed'));
CREATE INDEX sync_inbox_to_confirm ON sync_inbox (sequence) WHERE origin = 'relayed' AND status = 'staged';
