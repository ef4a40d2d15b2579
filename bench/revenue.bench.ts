/**
 * The Revenue screen's queries on a large ledger: 1,000,000 balance transactions, 36 months, 26,000 items in force at the end. The ledger is filled by
 * bare inserts. The reference beside each is the same figure summed from the base rows.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { addMonths, type Month } from '../src/shared/calendar/local-date.ts';
import { TimeZone } from '../src/shared/calendar/time-zone.ts';
import { migrateDatabase, readMigrations } from '../src/main/database/migrate.ts';
import { openDatabase } from '../src/main/database/open-database.ts';
import type { SqliteDatabase } from '../src/main/database/sqlite-database.ts';
import { silentLogger } from '../src/main/platform/logger.ts';
import { migrationsFolder } from '../src/main/platform/resources.ts';
import { createRevenueQueries, type RevenueQueries } from '../src/main/reporting/revenue.queries.ts';
import { percentile, timed, type Measure } from './measure.ts';
import { measureDashboard } from './revenue-dashboard.ts';
import { measureUpkeep } from './revenue-upkeep.ts';

const zone = new TimeZone('America/New_York');
const nowAt = Date.parse('2026-11-18T14:14:00Z');
const dayMs = 86_400_000;
const transactionCount = 1_000_000;
const itemCount = 30_000;
const monthCount = 36;
const firstMonth = '2023-12' as Month;
const lastMonth = '2026-11' as Month;
const goalMs = 50;
const rounds = 40;

/** A small fixed generator: the same ledger in every run. */
function createDice(seed: number): (sides: number) => number {
  let state = seed >>> 0;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * sides);
  };
}

function insertAll(database: SqliteDatabase, text: string, rows: Iterable<readonly (string | number | null)[]>): void {
  const statement = database.connection.prepare(text);
  database.connection.exec('BEGIN');
  for (const row of rows) statement.run(row);
  database.connection.exec('COMMIT');
}

function* transactions(): Iterable<readonly (string | number | null)[]> {
  const dice = createDice(1);
  const startAt = zone.boundsOf(firstMonth).start;
  const step = (nowAt - startAt) / transactionCount;
  const raw = JSON.stringify({ object: 'balance_transaction', description: 'x'.repeat(300) });
  for (let index = 0; index < transactionCount; index += 1) {
    const createdAt = Math.floor(startAt + index * step);
    const type = dice(50) === 0 ? 'refund' : dice(900) === 0 ? 'stripe_fee' : 'charge';
    const amount = (type === 'charge' ? 1 : -1) * (500 + dice(20_000));
    const fee = type === 'charge' ? 30 + Math.floor(amount / 34) : 0;
    const currency = ['usd', 'usd', 'usd', 'eur', 'gbp'][dice(5)] ?? 'usd';
    yield [`txn_${index}`, type, type, amount, fee, amount - fee, currency, null, `ch_${index}`, null, 'available', createdAt, zone.dateOf(createdAt), createdAt, nowAt, raw];
  }
}

interface Item {
  readonly index: number;
  readonly firstPeriod: number;
  readonly lastPeriod: number;
  readonly day: number;
  readonly mrr: number;
}

function itemsOf(): Item[] {
  const dice = createDice(2);
  return Array.from({ length: itemCount }, (_, index) => {
    const firstPeriod = dice(30);
    return { index, firstPeriod: dice(3) === 0 ? firstPeriod : 0, lastPeriod: dice(8) === 0 ? firstPeriod + dice(6) : monthCount, day: dice(28), mrr: 1_500 + dice(60_000) };
  });
}

const nameOf = ({ index }: Item): string => `Customer ${(index * 7919) % itemCount}`;
const periodStart = (item: Item, period: number): number => zone.boundsOf(addMonths(firstMonth, period)).start + item.day * dayMs;

/** A third of the items is in a foreign currency: each of their periods has a rate of its own. The others are one row. */
function* keptItems(items: readonly Item[]): Iterable<readonly (string | number | null)[]> {
  for (const item of items) {
    const row = (from: number, until: number): readonly (string | number | null)[] => [
      `cus_${item.index}`, `si_${item.index}`, periodStart(item, from), periodStart(item, until), `sub_${item.index}`, `price_${item.index % 8}`, 1, item.index % 3 === 0 ? 'eur' : 'usd', item.mrr, '1', item.mrr, 'invoice-line', `in_${item.index}_${until - 1}`, '79.00 USD × 1 = 79.00 USD',
    ];
    if (item.lastPeriod <= item.firstPeriod) continue;
    if (item.index % 3 !== 0) yield row(item.firstPeriod, item.lastPeriod);
    else for (let period = item.firstPeriod; period < item.lastPeriod; period += 1) yield row(period, period + 1);
  }
}

function* movements(items: readonly Item[]): Iterable<readonly (string | number | null)[]> {
  const dice = createDice(3);
  for (const item of items) {
    for (let period = item.firstPeriod; period <= Math.min(item.lastPeriod, monthCount - 1); period += 1) {
      const startsAt = periodStart(item, period);
      if (startsAt > nowAt || (period !== item.firstPeriod && period !== item.lastPeriod && dice(3) > 0)) continue;
      const kind = period === item.firstPeriod ? 'new' : period === item.lastPeriod ? 'churn' : dice(4) > 0 ? 'exchange-rate' : 'expansion';
      const amount = kind === 'new' ? item.mrr : kind === 'churn' ? -item.mrr : 1 + dice(500);
      yield [`cus_${item.index}`, zone.dateOf(startsAt), kind, `price_${item.index % 8}`, item.index % 3 === 0 ? 'eur' : 'usd', 7, amount, amount, 'Seats 2 → 3', `sub_${item.index}`, `in_${item.index}_${period}`];
    }
  }
}

function fill(database: SqliteDatabase): void {
  insertAll(database, 'INSERT INTO stripe_balance_transactions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', transactions());
  const { totals } = database.connection.prepare('SELECT COUNT(*) AS totals FROM balance_daily_totals').get() as { totals: number };
  if (totals === 0) {
    database.connection.exec('INSERT INTO balance_daily_totals SELECT created_on, currency, type, kind, COUNT(*), SUM(amount_minor), SUM(fee_minor), SUM(net_minor) FROM stripe_balance_transactions GROUP BY created_on, currency, type, kind');
  }
  const raw = JSON.stringify({ object: 'customer', description: 'x'.repeat(800) });
  const items = itemsOf();
  insertAll(database, 'INSERT INTO stripe_customers (id, name, created_at, observed_at, raw) VALUES (?, ?, 0, 0, ?)', items.map((item) => [`cus_${item.index}`, nameOf(item), raw]));
  insertAll(database, "INSERT INTO stripe_products (id, name, is_active, created_at, observed_at, raw) VALUES (?, ?, 1, 0, 0, '{}')", [['prod_1', 'Pro']]);
  insertAll(database, "INSERT INTO stripe_prices (id, product_id, currency, billing_scheme, is_active, created_at, observed_at, raw) VALUES (?, 'prod_1', 'usd', 'per_unit', 1, 0, 0, '{}')", Array.from({ length: 8 }, (_, index) => [`price_${index}`]));
  insertAll(database, 'INSERT INTO revenue_customers VALUES (?, ?, NULL)', items.map((item) => [`cus_${item.index}`, 'IE']));
  insertAll(database, 'INSERT INTO revenue_items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', keptItems(items));
  insertAll(database, 'INSERT INTO revenue_movements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', movements(items));
  database.connection.exec(`INSERT INTO revenue_rollups SELECT 7, 'all', '*', '', substr(day_on, 1, 7), kind, sum(amount_minor), sum(amount_minor), count(*), sum(kind = 'new'), sum(kind = 'churn') FROM revenue_movements GROUP BY 5, 6`);
  database.connection.exec(`UPDATE revenue_rollup_state SET is_everything_stale = 0, are_charges_counted = 1, as_of_at = ${nowAt}, known_since_at = ${nowAt}`);
  database.connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

type Query = readonly [name: string, ours: (queries: RevenueQueries, round: number) => unknown, reference: 'cash' | 'mrr'];

/** Each round asks for another month, as a person paging through the year would. */
const monthOf = (round: number): Month => addMonths(lastMonth, -(round % 12));
const screenQueries: readonly Query[] = [
  ['cards', (queries, round) => queries.cards({ month: monthOf(round) }), 'mrr'],
  ['MRR series, 12 months', (queries) => queries.mrrSeries({}), 'mrr'],
  ['MRR series, 36 months', (queries) => queries.mrrSeries({ from: firstMonth }), 'mrr'],
  ['overview of a month', (queries, round) => queries.overview({ month: monthOf(round) }), 'cash'],
  ['breakdown, 12 months', (queries) => queries.breakdown({}), 'cash'],
  ['breakdown, 36 months', (queries) => queries.breakdown({ from: firstMonth }), 'cash'],
  ['movements, first rows', (queries, round) => queries.movements({ startAt: 0, limit: 100, filter: { month: monthOf(round) } }), 'mrr'],
  ['movements of a kind', (queries, round) => queries.movements({ startAt: 0, limit: 100, filter: { month: monthOf(round), kind: 'expansion' } }), 'mrr'],
  ['movements, last rows by name', (queries, round) => queries.movements({ startAt: 5_000, limit: 100, sort: { column: 'customerName', direction: 'ascending' }, filter: { month: monthOf(round) } }), 'mrr'],
  ['items of MRR, first rows', (queries, round) => queries.mrrItems({ startAt: 0, limit: 100, filter: { month: monthOf(round) } }), 'mrr'],
  ['items of MRR, last rows', (queries, round) => queries.mrrItems({ startAt: 20_000, limit: 100, filter: { month: monthOf(round) } }), 'mrr'],
  ['items of MRR by name', (queries, round) => queries.mrrItems({ startAt: 0, limit: 100, sort: { column: 'customerName', direction: 'ascending' }, filter: { month: monthOf(round) } }), 'mrr'],
  ['movements found by text', (queries, round) => queries.movements({ startAt: 0, limit: 100, filter: { month: monthOf(round), text: 'customer 12' } }), 'mrr'],
  ['why: MRR', (queries, round) => queries.why({ figure: 'mrr', month: monthOf(round) }), 'mrr'],
  ['why: net churn', (queries, round) => queries.why({ figure: 'net-churn', month: monthOf(round) }), 'mrr'],
  ['why: fees', (queries, round) => queries.why({ figure: 'fees', month: monthOf(round) }), 'cash'],
];

async function referenceMs(database: SqliteDatabase, kind: Query[2]): Promise<number> {
  const { start, end } = zone.boundsOf(monthOf(1));
  const cash = database.connection.prepare('SELECT currency, SUM(amount_minor), SUM(fee_minor) FROM stripe_balance_transactions WHERE created_at >= ? AND created_at < ? GROUP BY currency');
  const mrr = database.connection.prepare('SELECT SUM(functional_mrr_minor), COUNT(DISTINCT customer_id) FROM revenue_items NOT INDEXED WHERE starts_at < ? AND ends_at >= ?');
  const samples: number[] = [];
  for (let round = 0; round < 5; round += 1) samples.push(await timed(() => (kind === 'cash' ? cash.all(start, end) : mrr.all(end, end))));
  return percentile(samples, 95);
}

export async function measure(): Promise<Measure[]> {
  return [...(await measureScreen()), ...(await measureDashboard()), ...(await measureUpkeep())];
}

export async function measureScreen(): Promise<Measure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-bench-'));
  const database = openDatabase({ file: join(folder, 'ledger.sqlite'), logger: silentLogger });
  try {
    migrateDatabase(database, readMigrations(migrationsFolder('sqlite')), 0);
    database.connection.pragma('synchronous = OFF');
    fill(database);
    const queries = createRevenueQueries({ readable: database, clock: fixedClock(nowAt), settings: () => ({ functionalCurrency: 'usd', reportingTimeZone: zone.name }) });
    const references = { cash: await referenceMs(database, 'cash'), mrr: await referenceMs(database, 'mrr') };
    const measures: Measure[] = [];
    for (const [name, ours, kind] of screenQueries) {
      ours(queries, 0);
      const samples: number[] = [];
      for (let round = 0; round < rounds; round += 1) samples.push(await timed(() => ours(queries, round)));
      const p95 = percentile(samples, 95);
      measures.push({ name: `revenue screen, large ledger: ${name} (p95)`, ours: p95, reference: references[kind], ratio: p95 / references[kind], goal: `< ${goalMs} ms`, holds: p95 < goalMs, unit: 'ms' });
    }
    return measures;
  } finally {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
