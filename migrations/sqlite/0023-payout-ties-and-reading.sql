-- Why: a balance transaction does not name the payout that paid it out; only the list of an automatic payout's transactions does. What such a list said is kept
-- beside the mirror, whose rows are written anew with each observation of the transaction itself.

CREATE TABLE stripe_payout_ties (
  balance_transaction_id TEXT PRIMARY KEY,
  payout_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX stripe_payout_ties_by_payout ON stripe_payout_ties (payout_id);

-- Which payouts' lists were read, and how far; a list that was read to its end is never read again.
CREATE TABLE stripe_payout_listings (
  payout_id TEXT PRIMARY KEY,
  cursor TEXT,                            -- the transaction after which the next page starts
  is_complete INTEGER NOT NULL CHECK (is_complete IN (0, 1)),
  transactions INTEGER NOT NULL,
  listed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was recorded after a moment is found without looking at every entry. Entries are recorded in the order of the chain or nearly so: the index grows at its end.
CREATE INDEX journal_entries_by_recorded ON journal_entries (recorded_at, entry_date);

-- All that a word is looked for in, beside each other and a fifth of the entries' width; this index too grows at its end. (A trigram index over the memos would cost posting
-- several times as much, and most words stand in hundreds of thousands of memos.)
CREATE INDEX journal_entries_by_text ON journal_entries (ledger_sequence, memo, source_id, kind);
