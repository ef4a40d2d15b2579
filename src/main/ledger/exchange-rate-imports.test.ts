import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { localDate } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { minorUnits } from '../../shared/money/money.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { sql } from '../database/handles.ts';
import { createEcbRatesSource } from '../integrations/fx/ecb-rates-source.ts';
import { unattended, type WorkControl } from '../platform/work-control.ts';
import { ecbCsv, ecbXml, type EcbFigures } from '../testing/ecb-files.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { accountCodes } from './account-codes.ts';
import { readChartOfAccounts } from './chart-of-accounts.ts';
import { createExchangeRateImports, type RatesImport } from './exchange-rate-imports.ts';
import { ensureAccounts } from './journal.repository.ts';
import { createJournal } from './journal.ts';

const clock = fixedClock(Date.parse('2026-11-18T17:00:00Z'));
let ledger: TemporaryDatabase;
beforeEach(() => { ledger = openTemporaryDatabase(); });
afterEach(() => ledger[Symbol.dispose]());

const imports = (options: { hasSharedDatabase?: boolean; functionalCurrency?: string } = {}) =>
  createExchangeRateImports({
    readable: ledger.database, unitOfWork: ledger.database.unitOfWork, audit: createAuditLog({ clock }), clock, timeZone: new TimeZone('America/New_York'), source: createEcbRatesSource(), hasSharedDatabase: options.hasSharedDatabase ?? false,
    functionalCurrency: () => options.functionalCurrency ?? 'usd',
  });
const take = (figures: EcbFigures, control: WorkControl = unattended, write = ecbXml): Promise<RatesImport> => imports().importFrom({ fileName: 'rates', text: write(figures) }, 'ada', control);
const rates = (): string[] => ledger.database.all<{ line: string }>(sql('test.rates', "SELECT base || ' ' || rate_on || ' ' || rate AS line FROM exchange_rates ORDER BY rate_on, base")).map(({ line }) => line);
const reviews = (): { code: string; message: string }[] => ledger.database.all(sql('test.reviews', 'SELECT code, message FROM review_items ORDER BY code'));

/** An entry in euros stands in the books. */
function bookEuros(): void {
  const posting = (accountCode: string, direction: 'debit' | 'credit') => ({ accountCode, direction, amount: minorUnits(1_000), currency: 'eur', functionalAmount: minorUnits(1_085), rate: '1.085', partyId: null });
  ledger.database.unitOfWork.run('book', (database) => {
    ensureAccounts(database, readChartOfAccounts());
    createJournal({ clock }).post(database, [{ key: 'test/1', entryDate: localDate('2026-11-16'), kind: 'test', sourceType: 'test', sourceId: '1', memo: '', postings: [posting(accountCodes.receivable, 'debit'), posting(accountCodes.unappliedReceipts, 'credit')] }]);
  });
}

const week: EcbFigures = { '2026-11-13': { USD: '1.08', JPY: '169' }, '2026-11-16': { USD: '1.085', JPY: '170' }, '2026-11-17': { USD: '1.09', JPY: '171' } };

describe('an import', () => {
  it.each([['XML', ecbXml], ['CSV', ecbCsv]] as const)('of %s stores each rate with its source and moment; again it changes nothing', async (_name, write) => {
    expect(await take(week, unattended, write)).toEqual({ source: 'ECB, rates', firstDay: '2026-11-13', lastDay: '2026-11-17', days: 3, currencies: 2, added: 6, corrected: 0, unchanged: 0, differing: 0, late: 0, examples: [], unknownCurrencies: [] });
    expect(rates()).toEqual(['eur 2026-11-13 1.08', 'jpy 2026-11-13 0.006390532544', 'eur 2026-11-16 1.085', 'jpy 2026-11-16 0.006382352941', 'eur 2026-11-17 1.09', 'jpy 2026-11-17 0.006374269006']);
    expect(ledger.database.all(sql('test.sources', 'SELECT DISTINCT source, fetched_at AS at FROM exchange_rates'))).toEqual([{ source: 'ECB, rates', at: clock.now() }]);
    expect(await take(week, unattended, write)).toMatchObject({ added: 0, unchanged: 6 });
    expect(createAuditLog({ clock }).listOf(ledger.database, 'exchange-rates', 'usd').map(({ actor, action }) => [actor, action])).toEqual([['ada', 'import']]);
  });

  it('never changes a figure by which something is booked: it says so, once', async () => {
    await take(week);
    bookEuros();
    const before = rates();
    const other = { ...week, '2026-11-16': { USD: '1.2', JPY: '170' } };
    // The yen is crossed through the dollar, and not in the books.
    expect(await take(other)).toMatchObject({ added: 0, corrected: 1, differing: 1, examples: [{ base: 'eur', on: '2026-11-16', known: '1.085', published: '1.2' }] });
    await take(other);
    expect(rates().filter((line) => line.startsWith('eur'))).toEqual(before.filter((line) => line.startsWith('eur')));
    expect(reviews()).toEqual([{ code: 'exchange-rate-differs', message: 'ECB, rates has 1.2 for EUR on 16 Nov 2026; entries stand on 1.085, which stays.' }]);
  });

  it('leaves out a day that entries took for one without a rate, and says so', async () => {
    const { '2026-11-16': late = {}, ...others } = week;
    await take(others);
    bookEuros();
    expect(await take({ ...others, '2026-11-16': late })).toMatchObject({ added: 1, late: 1, differing: 0 }); // yen are not in the books
    expect(reviews()).toMatchObject([{ code: 'exchange-rate-late' }]);
    expect(rates().filter((line) => line.startsWith('eur'))).toEqual(['eur 2026-11-13 1.08', 'eur 2026-11-17 1.09']);
  });

  it('corrects and fills in while nothing is booked in the currency', async () => {
    await take({ '2026-11-13': { USD: '1.07' }, '2026-11-17': { USD: '1.09' } });
    expect(await take({ '2026-11-13': { USD: '1.08' }, '2026-11-16': { USD: '1.085' }, '2026-11-17': { USD: '1.09' } })).toMatchObject({ added: 1, corrected: 1, unchanged: 1, differing: 0 });
    expect(reviews()).toEqual([]);
  });

  it('that leaves out working days is refused; one that holds them closes the gap', async () => {
    await take({ '2026-11-06': { USD: '1.08' } });
    await expect(take({ '2026-11-17': { USD: '1.09' } })).rejects.toMatchObject({ code: 'exchange-rates-gap', data: { from: '2026-11-09', to: '2026-11-16', days: 6 } });
    await expect(take({ '2026-11-03': { USD: '1.09' } })).rejects.toMatchObject({ code: 'exchange-rates-gap', message: expect.stringContaining('2 days from 4 Nov 2026 to 5 Nov 2026') as string });
    expect(rates()).toEqual(['eur 2026-11-06 1.08']);
    expect(await take({ '2026-11-06': { USD: '1.08' }, '2026-11-17': { USD: '1.09' } })).toMatchObject({ added: 1 });
    expect(ledger.database.get(sql('test.cursor', "SELECT cursor, last_error_code AS error FROM sync_cursors WHERE source = 'exchange-rates'"))).toEqual({ cursor: '2026-11-17', error: null });
  });

  it('after a holiday leaves nothing out', async () => {
    await take({ '2026-04-02': { USD: '1.08' } });
    expect(await take({ '2026-04-07': { USD: '1.09' } })).toMatchObject({ added: 1 }); // Good Friday, a weekend, Easter Monday
  });

  it('that was cancelled in the middle leaves no hole, and goes on', async () => {
    const days = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [new Date(Date.UTC(2025, 0, 1 + index)).toISOString().slice(0, 10), { USD: '1.08', JPY: '169', GBP: '0.86' }]));
    const cancel = new AbortController();
    await expect(take(days, { ...unattended, signal: cancel.signal, report: () => cancel.abort(new Error('stop')) })).rejects.toThrow('stop');
    const kept = rates().length;
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(1_800);
    expect(kept % 3).toBe(0);
    expect(ledger.database.get(sql('test.cursor', "SELECT 1 FROM sync_cursors WHERE source = 'exchange-rates'"))).toBeUndefined();
    expect(await take(days)).toMatchObject({ added: 1_800 - kept, unchanged: kept });
  });

  it.each([
    ['of a day to come', { '2026-11-20': { USD: '1.08' } }, 'exchange-rates-in-the-future'],
    ['without the ledger’s own currency', { '2026-11-17': { GBP: '0.86' } }, 'exchange-rates-currency-missing'],
  ])('%s is refused', async (_name, figures: EcbFigures, code) => {
    await expect(take(figures)).rejects.toMatchObject({ code });
    expect([rates(), ledger.database.get(sql('test.error', "SELECT last_error_code AS error FROM sync_cursors WHERE source = 'exchange-rates'"))]).toEqual([[], { error: code }]);
  });

  it('looks without keeping anything', async () => {
    expect(await imports().look({ fileName: 'rates', text: ecbXml(week) }, new AbortController().signal)).toEqual({ source: 'ECB, rates', firstDay: '2026-11-13', lastDay: '2026-11-17', days: 3, currencies: 2 });
    expect(rates()).toEqual([]);
  });

  it('is refused where a shared database is connected, and in a ledger that belongs to one', async () => {
    const given = { fileName: 'rates', text: ecbXml(week) };
    await expect(imports({ hasSharedDatabase: true }).importFrom(given, 'ada', unattended)).rejects.toMatchObject({ code: 'exchange-rates-read-only' });
    expect(imports().isAllowed()).toBe(true);
    ledger.database.run(sql('test.joined', "INSERT INTO ledger_settings (name, value, set_at) VALUES ('shared_ledger_id', 'x', 0)"));
    expect(imports().isAllowed()).toBe(false);
    await expect(imports().look(given, new AbortController().signal)).rejects.toMatchObject({ code: 'exchange-rates-read-only', nextStep: expect.stringContaining('daybook.exchange_rates') as string });
    expect(rates()).toEqual([]);
  });
});
