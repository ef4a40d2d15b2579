-- Why: what all payments come to, by currency and by where they stand, is one walk along this index without a sort; the few that went back in part or
-- whole lie together in it and are told apart there.
CREATE INDEX stripe_charges_by_standing ON stripe_charges (currency, status, is_disputed, amount_refunded_minor, amount_minor);

-- Entries are looked through by what they are made of and by kind, each in the order of the chain.
DROP INDEX journal_entries_by_kind;
CREATE INDEX journal_entries_by_nature ON journal_entries (source_type, kind, ledger_sequence);
