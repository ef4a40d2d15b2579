/**
 * The queries behind the screens on the large ledger, called directly: what each holds the thread for. Beside each the walk over the base rows it is about.
 */
import { join } from 'node:path';
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { TimeZone } from '../src/shared/calendar/time-zone.ts';
import { openDatabase } from '../src/main/database/open-database.ts';
import type { SqliteDatabase } from '../src/main/database/sqlite-database.ts';
import { silentLogger } from '../src/main/platform/logger.ts';
import { listCustomers, type CustomerWindow } from '../src/main/reporting/customers.queries.ts';
import { listInvoices, type InvoiceWindow } from '../src/main/reporting/invoices.queries.ts';
import { readExportPart, type ExportMark } from '../src/main/reporting/ledger-export.queries.ts';
import { createLedgerQueries } from '../src/main/reporting/ledger.queries.ts';
import { listPayments, type PaymentWindow } from '../src/main/reporting/payments.queries.ts';
import { createRememberedAnswers } from '../src/main/reporting/remembered-answers.ts';
import { readStatement } from '../src/main/reporting/statement.queries.ts';
import { listDiscrepancies, readReconciliationSummary } from '../src/main/reporting/reconciliation.queries.ts';
import { searchRecords } from '../src/main/reporting/search.queries.ts';
import { readStatusFigures } from '../src/main/reporting/status.queries.ts';
import { readToday } from '../src/main/reporting/today.queries.ts';
import { largeLedger } from './large-ledger.ts';
import { percentile, type Measure } from './measure.ts';

const rounds = 8;
const heldMs = 50;
const searchedMs = 200;

type Walk = 'entries' | 'invoices' | 'none';

interface ScreenQuery {
  readonly name: string;
  readonly goalMs: number;
  /** The base rows a question without any index or cache would walk. */
  readonly walk: Walk;
  run(round: number): unknown;
}

function screenQueries(database: SqliteDatabase): ScreenQuery[] {
  const timeZone = new TimeZone(largeLedger.timeZone);
  const standpoint = { timeZone, now: largeLedger.now };
  const ledger = createLedgerQueries({ readable: database, clock: fixedClock(largeLedger.now), timeZone, settings: () => ({ functionalCurrency: 'usd' }) });
  const invoices = (window: Partial<InvoiceWindow>) => listInvoices(database, { startAt: 0, limit: 200, ...window }, standpoint);
  const entries = (window: Partial<Parameters<typeof ledger.entries>[0]>) => ledger.entries({ startAt: 0, limit: 200, ...window });
  const remembered = createRememberedAnswers(database);
  const payments = (window: Partial<PaymentWindow>) => listPayments(database, { startAt: 0, limit: 200, ...window }, standpoint, remembered);
  const customers = (window: Partial<CustomerWindow>) => listCustomers(database, { startAt: 0, limit: 200, ...window }, { ...standpoint, functionalCurrency: 'usd', remembered });
  const statement = (startAt: number, from = '') => readStatement(database, { accountCode: '1100-stripe-clearing', currency: 'usd', from, to: '2026-11-18', knownAt: null, startAt, limit: 200 });
  let mark: ExportMark | null = null;
  const month = (round: number): string => `2026-${String(1 + round).padStart(2, '0')}`;
  return [
    { name: 'trial balance', goalMs: heldMs, walk: 'entries', run: () => ledger.trialBalance({}) },
    { name: 'trial balance as of a day', goalMs: heldMs, walk: 'entries', run: (round) => ledger.trialBalance({ asOf: `${month(round)}-15` }) },
    { name: 'entries, first rows', goalMs: heldMs, walk: 'entries', run: () => entries({}) },
    { name: 'entries, last rows', goalMs: heldMs, walk: 'entries', run: () => entries({ startAt: largeLedger.transactions + largeLedger.invoices - 200 }) },
    { name: 'entries of a month', goalMs: heldMs, walk: 'entries', run: (round) => entries({ filter: { from: `${month(round)}-01`, to: `${month(round)}-28` } }) },
    { name: 'entries of an account in a currency', goalMs: heldMs, walk: 'entries', run: () => entries({ filter: { accountCode: '1100-stripe-clearing', currency: 'gbp' } }) },
    { name: 'invoices, first rows', goalMs: heldMs, walk: 'invoices', run: () => invoices({}) },
    { name: 'invoices of a month', goalMs: heldMs, walk: 'invoices', run: (round) => invoices({ filter: { month: month(round) } }) },
    { name: 'invoices of a status', goalMs: heldMs, walk: 'invoices', run: (round) => invoices({ filter: { status: round % 2 === 0 ? 'paid' : 'open' } }) },
    { name: 'invoices found by a customer’s name', goalMs: searchedMs, walk: 'invoices', run: (round) => invoices({ filter: { text: `customer ${12_345 + round}` } }) },
    { name: 'invoices found by a part of a number', goalMs: searchedMs, walk: 'invoices', run: (round) => invoices({ filter: { text: `DF-00${10 + round}` } }) },
    { name: 'invoices found by one letter', goalMs: searchedMs, walk: 'invoices', run: (round) => invoices({ filter: { text: String(round) } }) },
    { name: 'invoices, last rows', goalMs: searchedMs, walk: 'invoices', run: () => invoices({ startAt: largeLedger.invoices - 200 }) },
    { name: 'invoices by total', goalMs: searchedMs, walk: 'invoices', run: () => invoices({ sort: { column: 'total', direction: 'descending' } }) },
    { name: 'invoices by customer', goalMs: searchedMs, walk: 'invoices', run: () => invoices({ sort: { column: 'customerName', direction: 'ascending' } }) },
    { name: 'entries of a kind', goalMs: heldMs, walk: 'entries', run: () => entries({ filter: { kind: 'payment' } }) },
    { name: 'entries of a kind in a month', goalMs: searchedMs, walk: 'entries', run: (round) => entries({ filter: { kind: 'payment', month: month(round) } }) },
    { name: 'entries of a customer', goalMs: heldMs, walk: 'entries', run: (round) => entries({ filter: { partyId: `cus_${round}` } }) },
    { name: 'entries found by an amount', goalMs: searchedMs, walk: 'entries', run: (round) => entries({ filter: { amount: `${100 + round}.00` } }) },
    { name: 'entries found by a word', goalMs: searchedMs, walk: 'entries', run: (round) => entries({ filter: { text: `word ${round}` } }) },
    { name: 'statement, first rows', goalMs: heldMs, walk: 'entries', run: () => statement(0) },
    { name: 'statement, last rows', goalMs: heldMs, walk: 'entries', run: (round) => statement(599_000 + round) },
    { name: 'statement of a month', goalMs: heldMs, walk: 'entries', run: (round) => statement(0, `${month(round)}-01`) },
    { name: 'a part of an export', goalMs: heldMs, walk: 'entries', run: () => { mark = readExportPart(database, '2026-11-18', mark, 250).next; } },
    { name: 'payments, first rows', goalMs: heldMs, walk: 'invoices', run: (round) => payments({ startAt: round }) },
    { name: 'payments, last rows', goalMs: heldMs, walk: 'invoices', run: (round) => payments({ startAt: largeLedger.transactions - round }) },
    { name: 'payments of a month', goalMs: heldMs, walk: 'invoices', run: (round) => payments({ filter: { month: month(round) } }) },
    { name: 'payments of a status in a currency', goalMs: heldMs, walk: 'invoices', run: (round) => payments({ filter: { status: 'failed', currency: round % 2 === 0 ? 'eur' : 'usd' } }) },
    { name: 'payments found by an amount', goalMs: heldMs, walk: 'invoices', run: (round) => payments({ filter: { amount: `${100 + round}.00` } }) },
    { name: 'payments found by a customer’s name', goalMs: searchedMs, walk: 'invoices', run: (round) => payments({ filter: { text: `customer ${12_345 + round}` } }) },
    { name: 'payments found by one letter', goalMs: searchedMs, walk: 'invoices', run: (round) => payments({ filter: { text: String(round) } }) },
    { name: 'customers, first rows', goalMs: heldMs, walk: 'none', run: (round) => customers({ startAt: round }) },
    { name: 'customers by what they owe', goalMs: heldMs, walk: 'none', run: (round) => customers({ startAt: round, sort: { column: 'openReceivable', direction: 'descending' } }) },
    { name: 'customers found by name', goalMs: heldMs, walk: 'none', run: (round) => customers({ filter: { text: `customer ${12 + round}` } }) },
    { name: 'search by amount', goalMs: heldMs, walk: 'none', run: (round) => searchRecords(database, `${100 + round}.00`, 20) },
    { name: 'reconciliation summary', goalMs: heldMs, walk: 'none', run: () => readReconciliationSummary(database) },
    { name: 'differences', goalMs: heldMs, walk: 'none', run: () => listDiscrepancies(database, { startAt: 0, limit: 200 }) },
    { name: 'status strip', goalMs: heldMs, walk: 'none', run: () => readStatusFigures(database) },
    { name: 'today', goalMs: heldMs, walk: 'none', run: () => readToday(database, { limit: 200, now: largeLedger.now, jobTitle: (job) => job }) },
    { name: 'search by name', goalMs: heldMs, walk: 'none', run: (round) => searchRecords(database, `customer ${12 + round}`, 20) },
    { name: 'search by number', goalMs: heldMs, walk: 'none', run: (round) => searchRecords(database, `DF-00${12 + round}`, 20) },
  ];
}

const walks: Readonly<Record<Walk, string>> = {
  entries: 'SELECT sum(amount_minor) FROM posting_lines WHERE account_code >= \'\'',
  invoices: 'SELECT count(*), sum(length(number)) FROM stripe_invoices NOT INDEXED',
  none: 'SELECT count(*) FROM discrepancies',
};

export function measureScreenQueries(dataFolder: string): Measure[] {
  const database = openDatabase({ file: join(dataFolder, 'ledger.sqlite'), logger: silentLogger });
  try {
    const walkMs = (walk: Walk): number => {
      const statement = database.connection.prepare(walks[walk]);
      const startedMs = performance.now();
      statement.all();
      return performance.now() - startedMs;
    };
    const references: Record<Walk, number> = { entries: walkMs('entries'), invoices: walkMs('invoices'), none: walkMs('none') };
    return screenQueries(database).map(({ name, goalMs, walk, run }) => {
      run(0);
      const samples = Array.from({ length: rounds }, (_, round) => {
        const startedMs = performance.now();
        run(round);
        return performance.now() - startedMs;
      });
      const p95 = percentile(samples, 95);
      return { name: `large ledger: ${name} (p95)`, ours: p95, reference: references[walk], ratio: p95 / references[walk], goal: `≤ ${goalMs} ms`, holds: p95 <= goalMs, unit: 'ms', ...(p95 > heldMs ? { note: 'holds the thread longer than 50 ms' } : {}) };
    });
  } finally {
    database.close();
  }
}
