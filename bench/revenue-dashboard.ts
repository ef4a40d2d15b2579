/**
 * The whole revenue dashboard out of the kept sums beside DuckDB answering the same questions by a scan of the same rows: 10 M payments, 2 M failed or settled charges,
 * 300,000 customers with their movements of MRR. The rows are made in DuckDB; what the sums keep of them is grouped there and put into the ledger's tables, so that both sides
 * know the same. The payments themselves are not in the ledger's file: the dashboard reads none of them. With `--size large` they are, with charges, customers, movements and items (revenue-ledger.ts), and
 * the lists of the workspace are measured as well.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { addMonths, type Month } from '../src/shared/calendar/local-date.ts';
import { migrateDatabase, readMigrations } from '../src/main/database/migrate.ts';
import { openDatabase } from '../src/main/database/open-database.ts';
import type { SqliteDatabase } from '../src/main/database/sqlite-database.ts';
import { silentLogger } from '../src/main/platform/logger.ts';
import { migrationsFolder } from '../src/main/platform/resources.ts';
import { createRevenueMeasures, type RevenueMeasures } from '../src/main/reporting/revenue-measures.queries.ts';
import { createRevenueQueries } from '../src/main/reporting/revenue.queries.ts';
import { readCustomerWindow, readMovementWindow } from '../src/main/reporting/revenue-lists.queries.ts';
import { createRevenueViews } from '../src/main/reporting/revenue-view.ts';
import { percentile, timed, type Measure } from './measure.ts';
import { fillRevenueLedger } from './revenue-ledger.ts';

const nowAt = Date.parse('2026-11-18T14:14:00Z');
const payments = Number(process.env['DAYBOOK_BENCH_PAYMENTS'] ?? 10_000_000);
const customers = 300_000;
const isLarge = process.argv.includes('--size=large') || process.argv[process.argv.indexOf('--size') + 1] === 'large';
const settings = () => ({ functionalCurrency: 'usd', reportingTimeZone: 'America/New_York' });
const rounds = 20;
const lastMonth = '2026-11' as Month;
const day = (number: string): string => `strftime(DATE '2023-12-01' + CAST(${number} AS INTEGER), '%Y-%m-%d')`;
const month = (number: string): string => `strftime(DATE '2023-12-01' + CAST(${number} AS INTEGER), '%Y-%m')`;

/** 1,082 days from December 2023 to the present; numbers are spread by a multiplication, the same in every run. */
const rows = [
  `CREATE TABLE payments AS SELECT ${day(`i * 1083 // ${payments}`)} AS day_on, list_extract(['usd', 'usd', 'usd', 'eur', 'gbp'], CAST(i % 5 + 1 AS INTEGER)) AS currency, CASE WHEN i % 53 = 0 THEN 'refund' WHEN i % 907 = 0 THEN 'stripe_fee' ELSE 'charge' END AS type,
     CASE WHEN i % 53 = 0 OR i % 907 = 0 THEN -1 ELSE 1 END * (500 + (i * 7919) % 20000) AS amount, CASE WHEN i % 53 = 0 OR i % 907 = 0 THEN 0 ELSE 30 + (i * 7919) % 600 END AS fee FROM range(${payments}) t(i)`,
  `CREATE TABLE charges AS SELECT ${month(`i * 1083 // ${Math.ceil(payments / 5)}`)} AS month, 'usd' AS currency, CASE WHEN i % 29 = 0 THEN 'failed' ELSE 'succeeded' END AS status, 100 + i % 9000 AS amount FROM range(${Math.ceil(payments / 5)}) t(i)`,
  `CREATE TABLE movements AS
     SELECT c.i AS customer, (c.i * 7907 % 900) + s.n * 60 AS day_number, CASE s.n WHEN 0 THEN 'new' WHEN 3 THEN 'churn' WHEN 1 THEN 'expansion' ELSE 'contraction' END AS kind,
            'price_' || (c.i % 24) AS plan, list_extract(['US', 'DE', 'GB', 'IE', 'FR', 'JP', 'CA', 'ES', 'IT', 'NL'], CAST(c.i % 10 + 1 AS INTEGER)) AS country, list_extract(['usd', 'usd', 'eur'], CAST(c.i % 3 + 1 AS INTEGER)) AS currency,
            ${month('c.i * 7907 % 900')} AS cohort, CASE s.n WHEN 0 THEN 2900 + c.i % 4000 WHEN 1 THEN 500 WHEN 2 THEN -300 ELSE -(3100 + c.i % 4000) END AS amount
       FROM range(${customers}) c(i), range(4) s(n) WHERE s.n < 3 OR c.i % 4 = 0`,
  `CREATE TABLE dated AS SELECT *, ${month('day_number')} AS month FROM movements WHERE day_number < 1083`,
];

function insertAll(database: SqliteDatabase, text: string, found: Iterable<readonly unknown[]>): void {
  const statement = database.connection.prepare(text);
  database.connection.exec('BEGIN');
  for (const row of found) statement.run(row.map((value) => (typeof value === 'bigint' ? Number(value) : value)) as never);
  database.connection.exec('COMMIT');
}

const asker = (duck: DuckDBConnection) => async (text: string): Promise<readonly unknown[][]> => (await duck.runAndReadAll(text)).getRows() as unknown[][];

/** What the sums keep of the rows, grouped in DuckDB. */
async function fillSums(database: SqliteDatabase, duck: DuckDBConnection): Promise<void> {
  const ask = asker(duck);
  insertAll(database, 'INSERT INTO balance_daily_totals VALUES (?, ?, ?, ?, ?, ?, ?, ?)', await ask("SELECT day_on, currency, type, CASE type WHEN 'charge' THEN 'payment' WHEN 'stripe_fee' THEN 'gateway-fee' ELSE type END, count(*), CAST(sum(amount) AS BIGINT), CAST(sum(fee) AS BIGINT), CAST(sum(amount - fee) AS BIGINT) FROM payments GROUP BY ALL"));
  insertAll(database, 'INSERT INTO charge_outcome_months VALUES (?, ?, ?, ?, ?)', await ask('SELECT month, currency, status, count(*), CAST(sum(amount) AS BIGINT) FROM charges GROUP BY ALL'));
  const joined = "CAST(count(*) FILTER (kind = 'new') AS BIGINT), CAST(count(*) FILTER (kind = 'churn') AS BIGINT)";
  // Most customers are the same under each policy: their sums stand once.
  for (const policy of [7]) {
    for (const [dimension, member] of [['all', "''"], ['plan', 'plan'], ['country', 'country'], ['cohort', 'cohort']] as const) {
      for (const currency of ["'*'", 'currency']) {
        insertAll(database, 'INSERT INTO revenue_rollups VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', await ask(`SELECT ${policy}, '${dimension}', ${currency}, ${member}, month, kind, CAST(sum(amount) AS BIGINT), CAST(sum(amount) AS BIGINT), count(*), ${joined} FROM dated GROUP BY ${currency}, ${member}, month, kind`));
      }
    }
  }
}

async function fill(database: SqliteDatabase, duck: DuckDBConnection): Promise<void> {
  if (isLarge) fillRevenueLedger(database, { payments, customers }, (what) => console.error(`  making ${what}`));
  else await fillSums(database, duck);
  const ask = asker(duck);
  insertAll(database, 'INSERT INTO exchange_rates (base, quote, rate_on, rate) VALUES (?, ?, ?, ?)', await ask(`SELECT base, 'usd', ${day('i')}, '1.080000' FROM range(1083) t(i), (VALUES ('eur'), ('gbp')) b(base)`));
  database.connection.exec(`UPDATE revenue_rollup_state SET is_everything_stale = 0, are_charges_counted = 1, as_of_at = ${nowAt}, known_since_at = ${nowAt}; DELETE FROM revenue_stale_rates`);
  insertAll(database, "INSERT INTO stripe_prices (id, product_id, currency, billing_scheme, is_active, created_at, observed_at, raw) VALUES (?, 'prod', 'usd', 'per_unit', 1, 0, 0, '{}')", Array.from({ length: 24 }, (_, index) => [`price_${index}`]));
}

/** Everything the workspace shows at once, of a month, with the year before and the month it is compared with. */
function dashboard(measures: RevenueMeasures, to: Month): number {
  const view = { to, policy: 'standard' as const };
  const { cards } = measures.overview({ ...view, from: to, compare: 'previous-year' });
  measures.monthly(view);
  for (const by of ['plan', 'country', 'currency'] as const) measures.breakdown({ ...view, by });
  measures.cohorts(view);
  return cards[0]?.value ?? 0;
}

/** The same questions by scanning the rows. @returns MRR at the end of the month. */
async function scan(duck: DuckDBConnection, to: Month): Promise<number> {
  const from = addMonths(to, -24);
  const ask = (text: string): Promise<{ getRows(): unknown[][] }> => duck.runAndReadAll(text);
  await ask(`SELECT substr(day_on, 1, 7) AS month, currency, sum(amount) FILTER (type = 'charge'), sum(fee), sum(amount) FILTER (type = 'refund'), sum(amount) FILTER (type = 'stripe_fee'), count(*) FROM payments WHERE day_on >= '${from}-01' AND day_on < '${addMonths(to, 1)}-01' GROUP BY ALL`);
  await ask(`SELECT month, count(*) FILTER (status = 'failed'), count(*) FILTER (status = 'succeeded') FROM charges WHERE month BETWEEN '${from}' AND '${to}' GROUP BY month`);
  const whole = await ask(`SELECT month, kind, sum(amount), count(*) FILTER (kind = 'new'), count(*) FILTER (kind = 'churn') FROM dated WHERE month <= '${to}' GROUP BY ALL`);
  for (const member of ['plan', 'country', 'currency']) await ask(`SELECT ${member}, sum(amount), sum(amount) FILTER (month < '${to}'), ${['new', 'expansion', 'contraction', 'churn'].map((kind) => `sum(amount) FILTER (kind = '${kind}' AND month = '${to}')`).join()}, count(*) FILTER (kind = 'new') - count(*) FILTER (kind = 'churn') FROM dated WHERE month <= '${to}' GROUP BY ALL`);
  await ask(`SELECT cohort, month, sum(sum(amount)) OVER (PARTITION BY cohort ORDER BY month), sum(count(*) FILTER (kind = 'new') - count(*) FILTER (kind = 'churn')) OVER (PARTITION BY cohort ORDER BY month) FROM dated GROUP BY cohort, month`);
  return whole.getRows().reduce((sum, row) => sum + Number(row[2]), 0);
}

interface Samples { readonly clockMs: number[]; readonly processorMs: number[] }

/** How long it takes by the clock, and by the processor: what else the machine does at the time counts in the first only. */
async function sample(samples: Samples, work: () => void): Promise<void> {
  const before = process.cpuUsage();
  samples.clockMs.push(await timed(work));
  const { user, system } = process.cpuUsage(before);
  samples.processorMs.push((user + system) / 1000);
}
const samples = (): Samples => ({ clockMs: [], processorMs: [] });
const byProcessor = ({ processorMs }: Samples): string => `by processor time ${percentile(processorMs, 50).toFixed(1)} ms at the median, ${percentile(processorMs, 95).toFixed(1)} at p95`;

/** The lists of the workspace, first windows of a month: they are answered by threads that only read. */
async function measureLists(database: SqliteDatabase): Promise<Measure[]> {
  const dependencies = { readable: database, clock: fixedClock(nowAt), settings };
  const queries = createRevenueQueries(dependencies);
  const views = createRevenueViews(dependencies);
  const view = views.view({ policy: 'standard' });
  const window = { startAt: 0, limit: 100, sort: { column: 'amount', direction: 'descending' }, text: null } as const;
  const lists: readonly (readonly [string, (month: Month) => unknown])[] = [
    ['movements', (month) => readMovementWindow(database, view, { from: month, to: month }, { kind: null, customerId: null }, window)], ['customers', (month) => readCustomerWindow(database, view, month, window, views.zone())],
    ['MRR items', (month) => queries.mrrItems({ startAt: 0, limit: 100, filter: { month } })], ['MRR items by name', (month) => queries.mrrItems({ startAt: 0, limit: 100, sort: { column: 'customerName', direction: 'ascending' }, filter: { month } })], ['why: MRR', (month) => queries.why({ figure: 'mrr', month })],
  ];
  const measures: Measure[] = [];
  for (const [name, list] of lists) {
    const taken = samples();
    for (let round = 0; round < rounds; round += 1) await sample(taken, () => list(addMonths(lastMonth, -(round % 12))));
    const p95 = percentile(taken.clockMs, 95);
    measures.push({ name: `revenue, ${customers.toLocaleString('en-US')} customers: ${name} (p95)`, ours: p95, reference: 200, ratio: p95 / 200, goal: '≤ 200 ms', holds: p95 <= 200, unit: 'ms', note: byProcessor(taken) });
  }
  return measures;
}

export async function measureDashboard(): Promise<Measure[]> {
  const folder = mkdtempSync(join(isLarge && existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'daybook-bench-'));
  const database = openDatabase({ file: join(folder, 'ledger.sqlite'), logger: silentLogger });
  const instance = await DuckDBInstance.create(':memory:');
  const duck = await instance.connect();
  try {
    migrateDatabase(database, readMigrations(migrationsFolder('sqlite')), 0);
    for (const text of rows) await duck.run(text);
    await fill(database, duck);
    const measures = createRevenueMeasures({ readable: database, clock: fixedClock(nowAt), settings });
    const ours = samples();
    const theirs: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const to = addMonths(lastMonth, -(round % 12));
      let [found, truth] = [0, 0];
      const taken = round === 0 ? samples() : ours; // both warm up
      await sample(taken, () => { found = dashboard(measures, to); });
      const theirsMs = await timed(async () => { truth = await scan(duck, to); });
      if (found !== truth) throw new Error(`The dashboard of ${to} says ${found}, the scan ${truth}.`);
      if (round > 0) theirs.push(theirsMs);
    }
    const ratio = percentile(ours.clockMs.map((ms, index) => ms / (theirs[index] ?? Number.NaN)), 50);
    const p95 = percentile(ours.clockMs, 95);
    const label = `${(payments / 1e6).toLocaleString('en-US')} M payments${isLarge ? ' in the file' : ''}`;
    return [
      { name: `revenue dashboard from kept sums beside DuckDB’s scan, ${label} (medians of ${rounds} rounds)`, ours: percentile(ours.clockMs, 50), reference: percentile(theirs, 50), ratio, goal: '≤ 0.10', holds: ratio <= 0.1, unit: 'ms' },
      { name: `revenue dashboard, ${label} (p95)`, ours: p95, reference: percentile(theirs, 95), ratio: p95 / percentile(theirs, 95), goal: '≤ 50 ms', holds: p95 <= 50, unit: 'ms', note: byProcessor(ours) },
      ...(isLarge ? await measureLists(database) : []),
    ];
  } finally {
    duck.closeSync();
    instance.closeSync();
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
