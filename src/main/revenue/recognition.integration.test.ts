/** Recognition over the demo company's whole history: real SQLite, the sandbox over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { endOf, month, monthsFromTo, type Month } from '../../shared/calendar/local-date.ts';
import { TimeZone } from '../../shared/calendar/time-zone.ts';
import { sql } from '../database/handles.ts';
import { createJournal } from '../ledger/journal.ts';
import { createLedgerVerification } from '../ledger/ledger-verification.ts';
import { unattended } from '../platform/work-control.ts';
import { loadExchangeRates, openStripeDesk, startStripeWorld, type StripeWorld } from '../testing/stripe-desk.ts';
import { openTemporaryDatabase, type TemporaryDatabase } from '../testing/temporary-database.ts';
import { readDeferredMonths } from '../reporting/recognition.queries.ts';
import { readEarnedWindow } from '../reporting/earned-invoices.queries.ts';
import { explainDeferred, explainEarned } from '../reporting/screen-why.ts';
import { deferredFigures } from '../../shared/api/revenue-screens.contract.ts';
import { earnedInvoices, recognitionByDay } from './recognition-by-day.ts';
import { createRecognition, type Recognition } from './recognition.ts';

const deferredBefore = sql(
  'test.deferred',
  "SELECT p.currency, sum(CASE p.direction WHEN 'credit' THEN p.amount_minor ELSE -p.amount_minor END) AS minor FROM journal_entries e JOIN postings p ON p.entry_id = e.id WHERE p.account_code = '2100-deferred-revenue' AND e.entry_date < ? GROUP BY p.currency HAVING minor <> 0 ORDER BY p.currency",
);
const countRecognised = sql('test.recognised', "SELECT count(*) AS count FROM journal_entries WHERE kind = 'recognition'");

describe.each(process.env['DAYBOOK_LONG'] ? [1, 2, 3] : [1])('the small company, seed %i', (seed) => {
  let world: StripeWorld;
  let ledger: TemporaryDatabase;
  let recognition: Recognition;
  const first = month('2023-12');
  const last = month('2026-10');

  beforeAll(async () => {
    world = await startStripeWorld('small', seed);
    ledger = openTemporaryDatabase();
    const { database } = ledger;
    database.transaction('rates', (writable) => loadExchangeRates(writable, world.company));
    await openStripeDesk(database, world).sync.sync({ isFull: false }, unattended);
    const clock = fixedClock(Date.parse(world.company.manifest.now));
    recognition = createRecognition({ readable: database, unitOfWork: database.unitOfWork, journal: createJournal({ clock }), clock, timeZone: new TimeZone(world.company.manifest.reportingTimeZone), settings: () => world.company.manifest });
  });
  afterAll(async () => {
    ledger[Symbol.dispose]();
    await world[Symbol.asyncDispose]();
  });

  /** By the books, and by the lines. */
  const onAccount = (current: Month): unknown => Object.fromEntries(ledger.database.all<{ currency: string; minor: number }>(deferredBefore, [endOf(current)]).map((row) => [row.currency, row.minor]));
  const onLines = (current: Month): unknown => {
    const sums = new Map<string, number>();
    for (const { currency, restMinor } of recognition.restOfLines(current)) sums.set(currency, (sums.get(currency) ?? 0) + restMinor);
    return Object.fromEntries([...sums].filter(([, minor]) => minor !== 0).sort(([a], [b]) => (a < b ? -1 : 1)));
  };

  it('holds at each month’s end exactly what its lines have still to earn', async () => {
    expect(onAccount(last)).not.toEqual(onLines(last));
    for (const current of monthsFromTo(first, last)) {
      expect(recognition.isMonthRecognised(current)).toBe(false);
      await recognition.recogniseMonth(current);
      expect([current, onAccount(current)]).toEqual([current, onLines(current)]);
      expect(recognition.isMonthRecognised(current)).toBe(true);
    }
    expect(ledger.database.get<{ count: number }>(countRecognised)?.count).toBeGreaterThan(1_000);
    expect(await createLedgerVerification({ readable: ledger.database }).verify(unattended)).toMatchObject({ isSound: true });
  });

  it('is told month by month, tied to the account, as the manifest has it', () => {
    const rows = readDeferredMonths(ledger.database, { from: first, to: last });
    expect(rows.every(({ differenceMinor, isRecognised }) => differenceMinor === 0 && isRecognised)).toBe(true);
    const told = rows.filter(({ recognisedMinor, closingMinor }) => recognisedMinor !== 0 || closingMinor !== 0).map((row) => `${row.month} ${row.currency} ${row.recognisedMinor} ${row.closingMinor}`);
    const truth = world.company.manifest.deferral.filter(({ month: of, recognisedMinor, deferredMinor }) => of <= last && (recognisedMinor !== 0 || deferredMinor !== 0)).map((row) => `${row.month} ${row.currency} ${row.recognisedMinor} ${row.deferredMinor}`);
    expect(told.toSorted()).toEqual(truth.toSorted());
  });

  it('is told day by day: the days are the month, and later months are what the account still holds', () => {
    const dependencies = { readable: ledger.database, timeZone: new TimeZone(world.company.manifest.reportingTimeZone), settings: () => world.company.manifest };
    const months = readDeferredMonths(ledger.database, { from: first, to: last });
    for (const current of [month('2024-06'), month('2025-12'), last]) {
      const { days, waterfall } = recognitionByDay(dependencies, current);
      const sumsOf = (rows: readonly { currency: string; earnedMinor: number }[]): Map<string, number> => new Map([...Map.groupBy(rows, ({ currency }) => currency)].map(([currency, of]) => [currency, of.reduce((sum, { earnedMinor }) => sum + earnedMinor, 0)]));
      const [byDay, later] = [sumsOf(days), sumsOf(waterfall)];
      expect(byDay.size).toBeGreaterThan(0);
      for (const row of months.filter((one) => one.month === current)) expect([current, row.currency, byDay.get(row.currency) ?? 0, later.get(row.currency) ?? 0]).toEqual([current, row.currency, row.recognisedMinor, row.closingMinor]);
    }
  });

  it('lists the invoices behind every day and later month: they sum to it, and say so', () => {
    const dependencies = { readable: ledger.database, timeZone: new TimeZone(world.company.manifest.reportingTimeZone), settings: () => world.company.manifest };
    const current = month('2025-12');
    const { days, waterfall } = recognitionByDay(dependencies, current);
    const points = [...days.filter((_day, index) => index % 7 === 0).map(({ day, currency, earnedMinor }) => ({ point: { day }, currency, earnedMinor })), ...waterfall.filter((_later, index) => index % 4 === 0).map(({ month: later, currency, earnedMinor }) => ({ point: { later }, currency, earnedMinor }))];
    expect(points.length).toBeGreaterThan(8);
    for (const { point, currency, earnedMinor } of points) {
      const earned = earnedInvoices(dependencies, current, currency, point);
      const listed = readEarnedWindow(ledger.database, earned, currency, { startAt: 0, limit: 2, sort: { column: 'amount', direction: 'descending' }, text: null });
      expect([point, listed.sumMinor, listed.total]).toEqual([point, earnedMinor, earned.length]);
      expect(listed.rows.every(({ customerName, number }) => customerName !== '' && number !== null)).toBe(true);
      expect(explainEarned({ of: 'earned', month: current, currency, ...point }, earned, () => null, 0).inputs[0]).toMatchObject({ count: earned.length, amount: { amount: earnedMinor } });
    }
  });

  it('says why for every figure of deferred revenue; the parts of the closing balance sum to it', () => {
    const months = readDeferredMonths(ledger.database, { from: last, to: last });
    for (const figure of deferredFigures) expect(explainDeferred({ of: 'deferred', month: last, currency: 'usd', figure }, months, 0).title).toContain('2026-10');
    const closing = explainDeferred({ of: 'deferred', month: last, currency: 'usd', figure: 'closing' }, months, 0);
    expect(closing.inputs.reduce((sum, { amount }) => sum + (amount?.amount ?? 0), 0)).toBe(months.find(({ currency }) => currency === 'usd')?.closingMinor);
  });

  it('posts nothing when it runs again', async () => {
    const before = ledger.database.get(countRecognised);
    expect(await recognition.recogniseDue()).toEqual([]);
    ledger.database.unitOfWork.run('forget the marks', (database) => database.run(sql('test.forget', 'DELETE FROM recognised_months')));
    expect((await recognition.recogniseDue()).every(({ posted }) => posted === 0)).toBe(true);
    expect(ledger.database.get(countRecognised)).toEqual(before);
  });

  it('refuses a month that is running', async () => {
    await expect(recognition.recogniseMonth(month('2026-11'))).rejects.toMatchObject({ code: 'recognition-month-running' });
  });
});
