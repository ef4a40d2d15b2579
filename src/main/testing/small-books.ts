/** A few entries in a ledger, where a test needs books and not what they say. */
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { minorUnits } from '../../shared/money/money.ts';
import type { SqliteDatabase } from '../database/sqlite-database.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import { createJournal } from '../ledger/journal.ts';
import type { JournalEntryDraft } from '../ledger/journal-entry.ts';

export const smallSale = (key: string, amount = 100): JournalEntryDraft => ({
  key, entryDate: localDate('2026-10-31'), kind: 'sale', sourceType: 'test', sourceId: key, memo: 'A sale',
  postings: [
    { accountCode: accountCodes.bank, direction: 'debit', amount: minorUnits(amount), currency: 'usd', functionalAmount: minorUnits(amount), rate: null, partyId: null },
    { accountCode: accountCodes.oneOffRevenue, direction: 'credit', amount: minorUnits(amount), currency: 'usd', functionalAmount: minorUnits(amount), rate: null, partyId: null },
  ],
});

/** Posts sales `<name>/0`, `<name>/1`, … in one transaction. */
export function postSales(database: SqliteDatabase, name: string, count: number, nowMs = 0): void {
  const journal = createJournal({ clock: fixedClock(nowMs) });
  database.unitOfWork.run('test.sales', (writable) => journal.post(writable, Array.from({ length: count }, (_, index) => smallSale(`${name}/${index}`))));
}
