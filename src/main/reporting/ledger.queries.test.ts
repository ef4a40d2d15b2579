import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { accountCodes } from '../ledger/account-codes.ts';
import type { JournalEntryDraft } from '../ledger/journal-entry.ts';
import { createJournal } from '../ledger/journal.ts';
import { idFromKey } from '../platform/ids.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createLedgerQueries } from './ledger.queries.ts';
import { createRevenueQueries } from './revenue.queries.ts';
import { readStatusFigures, readStripeFreshness } from './status.queries.ts';

const clock = fixedClock(Date.parse('2026-11-18T14:14:00Z'));
const sale = (number: number, on: string, currency = 'usd', extra: Partial<JournalEntryDraft> = {}): JournalEntryDraft => ({
  key: `sale/${number}`, entryDate: localDate(on), kind: 'sale', sourceType: 'test', sourceId: `s_${number}`, memo: `Sale ${number}`,
  postings: [
    { accountCode: accountCodes.bank, direction: 'debit', amount: minorUnits(number), currency, functionalAmount: minorUnits(2 * number), rate: '2', partyId: null },
    { accountCode: accountCodes.oneOffRevenue, direction: 'credit', amount: minorUnits(number), currency, functionalAmount: minorUnits(2 * number), rate: '2', partyId: null },
  ],
  ...extra,
});

function openBooks() {
  const ledger = openTemporaryDatabase();
  const reversal = sale(4, '2026-11-18', 'usd', { reversesEntryId: idFromKey('sale/1') });
  ledger.database.unitOfWork.run('test', (database) => createJournal({ clock }).post(database, [sale(1, '2026-10-31'), sale(2, '2026-11-01', 'eur'), sale(3, '2026-11-30'), reversal]));
  const queries = createLedgerQueries({ readable: ledger.database, clock, timeZone: new TimeZone('America/New_York'), settings: () => ({ functionalCurrency: 'usd' }) });
  return { queries, forgetTotals: () => void ledger.database.connection.exec('DELETE FROM account_daily_totals; UPDATE account_totals_mark SET ledger_sequence = 0'), [Symbol.dispose]: () => ledger[Symbol.dispose]() };
}
const window = (change: Partial<Parameters<ReturnType<typeof createLedgerQueries>['entries']>[0]> = {}) => ({ startAt: 0, limit: 10, sort: undefined, filter: undefined, ...change });

describe('fresh at', () => {
  it('is the end of the last sync that came to its end, whatever a later one read before it failed', () => {
    using ledger = openTemporaryDatabase();
    const queries = createLedgerQueries({ readable: ledger.database, clock, timeZone: new TimeZone('UTC'), settings: () => ({ functionalCurrency: 'usd' }) });
    const revenue = createRevenueQueries({ readable: ledger.database, clock, settings: () => ({ functionalCurrency: 'usd', reportingTimeZone: 'UTC' }) });
    const cash = () => [revenue.overview({}), revenue.breakdown({}), revenue.presentment({})].map(({ asOf }) => asOf);
    const said = (): unknown[] => [queries.trialBalance({}).freshAt, readStripeFreshness(ledger.database), cash(), ...readStatusFigures(ledger.database).sources.map(({ lastSuccessAt, errorCode }) => ({ lastSuccessAt, errorCode }))];
    ledger.database.connection.exec("INSERT INTO sync_cursors (source, last_success_at, last_attempt_at, last_error_code) VALUES ('stripe/events', 900, 900, NULL), ('stripe/balance_transactions', 90, 90, NULL), ('stripe/sync', NULL, 901, 'stripe-unreachable')");
    expect(said()).toEqual([null, null, [null, null, null], { lastSuccessAt: null, errorCode: 'stripe-unreachable' }]);
    ledger.database.connection.exec("UPDATE sync_cursors SET last_success_at = 100 WHERE source = 'stripe/sync'");
    expect(said()).toEqual([100, 100, [100, 100, 100], { lastSuccessAt: 100, errorCode: 'stripe-unreachable' }]);
  });
});

describe('the trial balance', () => {
  it('holds what is dated up to the end of the day, today when none is asked for', () => {
    using books = openBooks();
    const today = books.queries.trialBalance({});
    expect(today).toMatchObject({ asOf: '2026-11-18', entries: 3, functionalCurrency: 'usd', provisionalEntries: 0 });
    expect(today.rows.map((row) => [row.accountCode, row.currency, row.debitMinor, row.creditMinor, row.balanceMinor, row.functionalBalanceMinor])).toEqual([
      ['1000-bank', 'eur', 2, 0, 2, 4], ['1000-bank', 'usd', 5, 0, 5, 10], ['4030-revenue-one-off', 'eur', 0, 2, -2, -4], ['4030-revenue-one-off', 'usd', 0, 5, -5, -10],
    ]);
    expect(books.queries.trialBalance({ asOf: '2026-10-31' }).rows.map((row) => row.balanceMinor)).toEqual([1, -1]);
    expect(books.queries.trialBalance({ asOf: '2026-12-01' }).totals).toEqual([{ currency: 'eur', debitMinor: 2, creditMinor: 2 }, { currency: 'usd', debitMinor: 8, creditMinor: 8 }]);
  });
});

describe('an entry with two lines on one account', () => {
  it('is listed once with what it moves there', () => {
    using ledger = openTemporaryDatabase();
    const line = (direction: 'debit' | 'credit', accountCode: string, amount: number) => ({ accountCode, direction, amount: minorUnits(amount), currency: 'usd', functionalAmount: minorUnits(amount), rate: null, partyId: null });
    const split = sale(7, '2026-11-02', 'usd', { postings: [line('debit', accountCodes.bank, 3), line('debit', accountCodes.bank, 4), line('credit', accountCodes.oneOffRevenue, 7)] });
    ledger.database.unitOfWork.run('test', (database) => createJournal({ clock }).post(database, [sale(1, '2026-11-01'), split, sale(2, '2026-11-03')]));
    const queries = createLedgerQueries({ readable: ledger.database, clock, timeZone: new TimeZone('America/New_York'), settings: () => ({ functionalCurrency: 'usd' }) });
    const { rows, total, sums } = queries.entries(window({ filter: { accountCode: accountCodes.bank, currency: 'usd' } }));
    expect([rows.map((row) => [row.sequence, row.amounts]), total, sums]).toEqual([[[3, [{ amount: 2, currency: 'usd' }]], [2, [{ amount: 7, currency: 'usd' }]], [1, [{ amount: 1, currency: 'usd' }]]], 3, [{ amount: 10, currency: 'usd' }]]);
  });
});

describe('entries behind the mark of the kept totals', () => {
  it('are in the trial balance, the counts and the sums all the same', () => {
    using books = openBooks();
    const read = () => [books.queries.trialBalance({}), books.queries.trialBalance({ asOf: '2026-10-31' }), books.queries.entries(window()), books.queries.entries(window({ filter: { accountCode: '1000-bank' } })), books.queries.entries(window({ filter: { accountCode: '1000-bank', currency: 'usd', from: '2026-11-01' } }))];
    const before = read();
    books.forgetTotals();
    expect(read()).toEqual(before);
  });
});

describe('the list of entries', () => {
  it.each([
    ['newest first', {}, [4, 3, 2, 1]],
    ['a window further down', { startAt: 1, limit: 2 }, [3, 2]],
    ['oldest first', { sort: { column: 'sequence', direction: 'ascending' }, startAt: 1, limit: 2 }, [2, 3]],
    ['by date', { sort: { column: 'entryDate', direction: 'descending' } }, [3, 4, 2, 1]],
    ['of an account in a currency', { filter: { accountCode: '1000-bank', currency: 'eur' } }, [2]],
    ['of an account in a currency, a window further down', { filter: { accountCode: '1000-bank', currency: 'usd' }, startAt: 1, limit: 2 }, [3, 1]],
    ['of an account in a currency, oldest first', { filter: { accountCode: '1000-bank', currency: 'usd' }, sort: { column: 'sequence', direction: 'ascending' } }, [1, 3, 4]],
    ['of an account in a currency, by date', { filter: { accountCode: '1000-bank', currency: 'usd' }, sort: { column: 'entryDate', direction: 'descending' } }, [3, 4, 1]],
    ['of an account since a day', { filter: { accountCode: '1000-bank', currency: 'usd', from: '2026-11-01' } }, [4, 3]],
    ['of a currency', { filter: { currency: 'usd' } }, [4, 3, 1]],
    ['of an account nobody used', { filter: { accountCode: '9900-suspense' } }, []],
    ['between two days', { filter: { from: '2026-11-01', to: '2026-11-18' } }, [4, 2]],
    ['of a source', { filter: { sourceId: 's_3' } }, [3]],
    ['with a word', { filter: { text: 'SALE 2' } }, [2]],
  ] as const)('is shown %s', (_, change, sequences) => {
    using books = openBooks();
    expect(books.queries.entries(window(change)).rows.map((row) => row.sequence)).toEqual(sequences);
  });

  it('says how many there are in all and what they sum to', () => {
    using books = openBooks();
    expect(books.queries.entries(window({ limit: 1 }))).toMatchObject({ total: 4, sums: [{ amount: 2, currency: 'eur' }, { amount: 8, currency: 'usd' }], rows: [{ sequence: 4, amounts: [{ amount: 4, currency: 'usd' }] }] });
    expect(books.queries.entries(window({ limit: 1, filter: { currency: 'usd', to: '2026-11-18' } }))).toMatchObject({ total: 2, sums: [{ amount: 5, currency: 'usd' }] });
  });
});

describe('the list behind a balance', () => {
  it('sums to the balance of the account and shows what each entry moves on it', () => {
    using books = openBooks();
    for (const row of books.queries.trialBalance({}).rows) {
      const list = books.queries.entries(window({ filter: { accountCode: row.accountCode, currency: row.currency, to: '2026-11-18' } }));
      expect(list.sums).toEqual([{ amount: row.balanceMinor, currency: row.currency }]);
      expect(list.rows.flatMap((entry) => entry.amounts).reduce((sum, each) => sum + each.amount, 0)).toBe(row.balanceMinor);
    }
    const revenue = books.queries.entries(window({ filter: { accountCode: '4030-revenue-one-off' } }));
    expect(revenue.rows.map((entry) => entry.amounts)).toEqual([[{ amount: -4, currency: 'usd' }], [{ amount: -3, currency: 'usd' }], [{ amount: -2, currency: 'eur' }], [{ amount: -1, currency: 'usd' }]]);
  });
});

describe('one entry', () => {
  it('shows its postings, its chain and what reverses it', () => {
    using books = openBooks();
    expect(books.queries.show({ id: idFromKey('sale/1') })).toMatchObject({ sequence: 1, key: 'sale/1', previousHash: '0'.repeat(64), reversedByEntryId: idFromKey('sale/4'), raw: null, postings: [{ lineNumber: 1, accountName: 'Bank', direction: 'debit', amount: { amount: 1, currency: 'usd' }, rate: '2' }, { lineNumber: 2 }] });
  });

  it('that is not there is said to be not there', () => {
    using books = openBooks();
    expect(() => books.queries.show({ id: 'nobody' })).toThrow(expect.objectContaining({ code: 'entry-not-found' }));
  });
});
