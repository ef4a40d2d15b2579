import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate, month } from '../../shared/calendar/local-date.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { createJournal } from '../ledger/journal.ts';
import type { JournalEntryDraft } from '../ledger/journal-entry.ts';
import { booksOf, compareBooks, isProviderKey } from './books-of.ts';
import { openTemporaryDatabase } from './temporary-database.ts';

const draft = (key: string, amount: number, more: Partial<JournalEntryDraft> = {}): JournalEntryDraft => ({
  key, entryDate: localDate('2026-10-31'), kind: 'payment', sourceType: 'test', sourceId: key, memo: '',
  postings: [
    { accountCode: '1100-stripe-clearing', direction: 'debit', amount: minorUnits(amount), currency: 'usd', functionalAmount: minorUnits(amount), rate: null, partyId: null },
    { accountCode: '1200-accounts-receivable', direction: 'credit', amount: minorUnits(amount), currency: 'usd', functionalAmount: minorUnits(amount), rate: null, partyId: 'cus_1' },
  ],
  ...more,
});

function ledgerWith(nowMs: number, drafts: readonly JournalEntryDraft[]) {
  const ledger = openTemporaryDatabase();
  const journal = createJournal({ clock: fixedClock(nowMs) });
  for (const one of drafts) ledger.database.unitOfWork.run('test.post', (writable) => journal.post(writable, [one]));
  return ledger;
}

describe('two ledgers', () => {
  const drafts = [draft('stripe/a/test/charge/1/payment', 100), draft('stripe/a/test/charge/é/payment', 200), draft('partner/1', 300)];

  it('posted in another order at another time have the same books', () => {
    using left = ledgerWith(1, drafts);
    using right = ledgerWith(2, drafts.toReversed());
    expect(compareBooks(left.database, right.database)).toEqual([]);
    expect([...booksOf(left.database)]).toHaveLength(3);
  });

  it('differ by an entry that one lacks, by an amount and by the month concerned', () => {
    using left = ledgerWith(1, [draft('a', 1), draft('b', 2), draft('c', 3), draft('d', 4)]);
    using right = ledgerWith(1, [draft('b', 2), draft('c', 30), draft('d', 4, { concernsMonth: month('2026-09') }), draft('e', 5)]);
    expect(compareBooks(left.database, right.database).map(({ key, left: inLeft, right: inRight }) => [key, inLeft !== null, inRight !== null])).toEqual([['a', true, false], ['c', true, true], ['d', true, true], ['e', false, true]]);
    expect(compareBooks(left.database, right.database, {}, 2)).toHaveLength(2);
  });

  it('may be compared by what follows from the gateway only', () => {
    using left = ledgerWith(1, drafts);
    using right = ledgerWith(1, drafts.slice(0, 2));
    expect(compareBooks(left.database, right.database)).toHaveLength(1);
    expect(compareBooks(left.database, right.database, { isCompared: isProviderKey })).toEqual([]);
  });
});
