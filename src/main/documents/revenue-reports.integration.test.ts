/** The revenue report of a demo company, set by the real renderer: its figures are those of the manifest, and the same figures give the same bytes. */
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCompany } from '../../../sandbox/company/company.ts';
import { fixedClock } from '../../shared/calendar/clock.ts';
import { formatMoney } from '../../shared/money/format.ts';
import { unattended } from '../platform/work-control.ts';
import { createRevenueQueries } from '../reporting/revenue.queries.ts';
import { createRevenueMeasures } from '../reporting/revenue-measures.queries.ts';
import { readRevenueReport } from '../reporting/revenue-report.ts';
import { reportSections } from '../reporting/revenue-report-sections.ts';
import { createRevenueRollups } from '../revenue/revenue-rollups.ts';
import { mirrorCompany } from '../testing/mirror-of-company.ts';
import { openTemporaryDatabase } from '../testing/temporary-database.ts';
import { createPdfRenderer } from './pdf-renderer.ts';
import { createRevenueReports, type MadeReport } from './revenue-reports.ts';

const nowAt = Date.parse('2026-11-18T14:14:00Z');
const settings = () => ({ functionalCurrency: 'usd', reportingTimeZone: 'America/New_York' });
const company = createCompany({ size: 'small', seed: 1 });
const ledger = openTemporaryDatabase();
const renderer = createPdfRenderer();
const revenue = createRevenueQueries({ readable: ledger.database, clock: fixedClock(nowAt), settings });
const dependencies = { readable: ledger.database, clock: fixedClock(nowAt), settings };
const sections = reportSections(ledger.database, createRevenueMeasures(dependencies), () => 'usd');
const reports = createRevenueReports({ renderer, read: (month) => readRevenueReport({ revenue, company: () => 'Meridian Deeds', reportingTimeZone: () => 'America/New_York', sections }, month) });
const month = '2026-10';
let made: MadeReport;

async function textOf(bytes: Uint8Array): Promise<string> {
  const pdf = await getDocument({ data: new Uint8Array(bytes), useSystemFonts: false, verbosity: 0 }).promise;
  const pages: string[] = [];
  for (let number = 1; number <= pdf.numPages; number += 1) {
    const content = await (await pdf.getPage(number)).getTextContent();
    pages.push(content.items.map((item) => ('str' in item ? item.str : '')).join(' '));
  }
  return pages.join(' ').replace(/\s+/g, ' ');
}

beforeAll(async () => {
  mirrorCompany(ledger.database, company, nowAt);
  await createRevenueRollups({ ...dependencies, unitOfWork: ledger.database.unitOfWork }).refresh(unattended);
  made = await reports.make(month);
});
afterAll(() => {
  renderer.close();
  ledger[Symbol.dispose]();
});

describe('the report of October', () => {
  test('says the month’s MRR, ARR, customers, movements and cash as the manifest has them', async () => {
    const text = await textOf(made.bytes);
    const of = company.manifest.mrr.find((each) => each.month === month);
    if (!of) throw new Error('The manifest lacks the month.');
    expect(text).toContain('Revenue report October 2026');
    for (const minor of [of.mrrMinor, of.arrMinor]) expect(text).toContain(formatMoney(minor, 'usd', 'en-US'));
    const written = (minor: number): string => `${minor > 0 ? '+' : ''}${formatMoney(minor, 'usd', 'en-US').replace(' USD', '')}`;
    for (const minor of Object.values(of.movements)) expect(text).toContain(written(minor));
    for (const row of company.manifest.revenue.filter((each) => each.month === month)) expect(text).toContain(formatMoney(row.netMinor, row.currency, 'en-US').replace(/ \w+$/, ''));
    expect(text).toContain('Page 1 of');
  });

  test('lists movements that sum to what moved', () => {
    const table = made.report.blocks.find((block) => block.kind === 'table' && block.title === 'Who moved MRR most');
    const rows = table?.kind === 'table' ? table.rows : [];
    const hundredths = (text: string): number => Number(text.replaceAll(/[,.+]/g, '').replace('−', '-'));
    const [sum = 0, ...parts] = rows.map((row) => hundredths(row.cells.at(-1) ?? '0')).toReversed();
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.reduce((total, part) => total + part, 0)).toBe(sum);
  });

  test.each(['MRR by plan', 'MRR by country', 'MRR by currency'])('%s: its members sum to MRR', (title) => {
    const of = company.manifest.mrr.find((each) => each.month === month);
    const table = made.report.blocks.find((block) => block.kind === 'table' && block.title === title);
    const cells = table?.kind === 'table' ? table.rows.map((row) => row.cells[4] ?? '') : [];
    const [sum = 0, ...parts] = cells.map((text) => Number(text.replaceAll(/[,.]/g, ''))).toReversed();
    expect([sum, parts.reduce((total, part) => total + part, 0)]).toEqual([of?.mrrMinor, of?.mrrMinor]);
  });

  test('has the cohorts up to the month, each whole at first, and the three policies side by side', () => {
    const heat = made.report.blocks.find((block) => block.kind === 'heat');
    const rows = heat?.kind === 'heat' ? heat.rows : [];
    expect(rows.length).toBeGreaterThan(3);
    for (const row of rows) expect(row.shares[0]).toBe(10_000);
    expect(rows.at(-1)?.label).toBe('Oct 2026');
    expect(rows.at(-1)?.shares.slice(1).every((share) => share === null)).toBe(true);
    expect(made.report.blocks.some((block) => block.kind === 'table' && block.columns.length === 4 && block.title === 'The same month by other rules')).toBe(true);
  });

  test('is the same file, byte for byte, while its figures are the same', async () => {
    const again = await reports.make(month);
    expect(again.fileName).toBe('revenue-report-2026-10.pdf');
    expect(Buffer.from(again.bytes).equals(Buffer.from(made.bytes))).toBe(true);
  });

  test('of the running month says that it runs; of a month to come there is none', async () => {
    expect((await reports.make('2026-11')).report.cautions).toContain('The month is still running: its figures are those so far.');
    await expect(reports.make('2026-12')).rejects.toMatchObject({ code: 'month-in-future' });
  });

  test('of a month before the company had customers is made all the same', async () => {
    const { bytes } = await reports.make('2020-01');
    expect(await textOf(bytes)).toContain('Nothing moved in this month.');
  });

  test('says in which currencies customers paid beside what was settled, where it differs', async () => {
    const isPresentment = (block: (typeof made.report.blocks)[number]): boolean => block.kind === 'table' && block.title === 'As customers paid';
    expect(made.report.blocks.some(isPresentment)).toBe(false);
    ledger.database.connection.exec(`
      INSERT INTO stripe_charges (id, amount_minor, amount_refunded_minor, currency, status, is_paid, is_disputed, created_at, observed_at, raw) VALUES ('ch_yen', 12000, 0, 'jpy', 'succeeded', 1, 0, 1, 1, '{"amount":12000}');
      INSERT INTO stripe_balance_transactions (id, type, reporting_category, amount_minor, fee_minor, net_minor, currency, exchange_rate, source_id, status, created_at, created_on, available_at, observed_at, raw) VALUES
        ('txn_yen', 'charge', 'charge', 8040, 0, 8040, 'usd', '0.0067', 'ch_yen', 'available', ${Date.parse('2026-09-10T12:00:00Z')}, '2026-09-10', 1, 1, '{}'), ('txn_usd', 'refund', 'refund', -250, 0, -250, 'usd', NULL, NULL, 'available', ${Date.parse('2026-09-11T12:00:00Z')}, '2026-09-11', 1, 1, '{}');`);
    const { report, bytes } = await reports.make('2026-09');
    const table = report.blocks.find(isPresentment);
    expect(table?.kind === 'table' && table.rows.map(({ cells }) => cells)).toEqual([['JPY', 'USD', '1', '12,000', '80.40', '0', '0.00'], ['USD', 'USD', '0', '0.00', '0.00', '−2.50', '−2.50']]);
    expect(await textOf(bytes)).toContain('As customers paid');
  });
});
