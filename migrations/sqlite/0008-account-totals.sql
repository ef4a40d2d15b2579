-- Why: a trial balance over millions of postings, and what a list of entries sums to, within milliseconds. A cache: the writer of entries keeps it in
-- the entries' own transaction, `ledger verify` recomputes and compares it, and readers add the entries behind its mark, whoever wrote them.

-- One row per account, currency and day. `entries` counts the entries that touch the account in the currency; rows with '' for the currency, the
-- account or both count those that touch the account, the currency, or any, and carry no amounts.
CREATE TABLE account_daily_totals (
  account_code TEXT NOT NULL,
  currency TEXT NOT NULL,
  day_on TEXT NOT NULL,
  debit_minor INTEGER NOT NULL,
  credit_minor INTEGER NOT NULL,
  functional_minor INTEGER NOT NULL,      -- debits − credits in functional currency
  entries INTEGER NOT NULL,
  PRIMARY KEY (account_code, currency, day_on)
) STRICT, WITHOUT ROWID;

-- Up to which entry the totals go.
CREATE TABLE account_totals_mark (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  ledger_sequence INTEGER NOT NULL
) STRICT;
INSERT INTO account_totals_mark (id, ledger_sequence) VALUES (1, 0);
