/**
 * A reconciliation of a million balance transactions against a million entries and a million payment records, beside the keyed joins it needs, bare: each store
 * with Stripe's list, in both directions. DuckDB's full outer join stands beside it. Then the same again after ten thousand changed.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { fixedClock } from '../src/shared/calendar/clock.ts';
import { TimeZone } from '../src/shared/calendar/time-zone.ts';
import { sql } from '../src/main/database/handles.ts';
import type { SqliteDatabase } from '../src/main/database/sqlite-database.ts';
import { unattended } from '../src/main/platform/work-control.ts';
import type { GatewayBalanceTransactions, ListedBalanceTransaction } from '../src/main/reconciliation/gateway-balance-transactions.ts';
import { createReconciliation } from '../src/main/reconciliation/reconciliation.ts';
import type { ReconciliationResult } from '../src/main/reconciliation/run-results.ts';
import { comparedAccounts } from '../src/main/testing/reconciliation-world.ts';
import { openTemporaryDatabase } from '../src/main/testing/temporary-database.ts';
import { timed, type Measure } from './measure.ts';

const count = 1_000_000;
const delta = 10_000;
const plantedEvery = 100_000;
const firstAt = Date.UTC(2023, 11, 1, 5);
const stepMs = 94_000;
const nowMs = firstAt + count * stepMs;
/** Ids do not sort by time, as in life: an odd multiplier walks through all 32-bit numbers. */
const entryId = (column: string): string => `printf('%08x', (${column} * 2246822519) % 4294967296) || '-0000-5000-8000-000000000000'`;
const scrambled = (column: string): string => `printf('%08x', (${column} * 2654435761) % 4294967296)`;
const scramble = (index: number): string => ((BigInt(index) * 2_654_435_761n) % 4_294_967_296n).toString(16).padStart(8, '0');

/** Rows `from` ≤ n < `to` of journal and payment history by bare set inserts; some are left out. */
function fillRows(database: SqliteDatabase, from: number, to: number): void {
  const numbers = `WITH RECURSIVE numbers (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ${to})`;
  const at = `${firstAt} + n * ${stepMs}`;
  database.connection.exec(`
    BEGIN;
    ${numbers} INSERT INTO payment_history SELECT n + 1, 'stripe', 'ch_' || ${scrambled('n')}, 'txn_' || ${scrambled('n')}, NULL, NULL, 'payment', 1000 + n % 5000, 'usd', 'succeeded', 59, 941 + n % 5000, 0, NULL, NULL, 'card', ${at} FROM numbers WHERE n % ${plantedEvery} <> 7;
    ${numbers} INSERT INTO posting_lines SELECT n + 1, line, account, side, amount, 'usd', amount, NULL, NULL
      FROM (SELECT n, 1 AS line, '${comparedAccounts.clearing}' AS account, 'debit' AS side, 941 + n % 5000 AS amount FROM numbers
            UNION ALL SELECT n, 2, '${comparedAccounts.fees}', 'debit', 59 FROM numbers
            UNION ALL SELECT n, 3, '1200-accounts-receivable', 'credit', 1000 + n % 5000 FROM numbers) WHERE n % ${plantedEvery} <> 13 ORDER BY 1, 2;
    ${numbers} INSERT INTO journal_entries SELECT n + 1, ${entryId('n')}, date((${at}) / 1000, 'unixepoch', '-5 hours'), ${at}, 'payment', 'stripe-balance-transaction', 'txn_' || ${scrambled('n')}, 'key-' || n, '', NULL, NULL, '', '', ''
      FROM numbers WHERE n % ${plantedEvery} <> 13;
    COMMIT;`);
}

/** The triggers that guard single entries would only measure themselves. */
function fillLedger(database: SqliteDatabase): void {
  const { connection } = database;
  connection.exec('DROP TRIGGER journal_entries_must_balance; DROP TRIGGER postings_only_before_their_entry');
  for (const code of [...Object.values(comparedAccounts), '1200-accounts-receivable']) connection.prepare("INSERT INTO accounts VALUES (?, ?, 'asset', 'debit', '')").run(code, code);
  fillRows(database, 0, count);
  connection.exec('ANALYZE');
}

const transactionAt = (index: number): ListedBalanceTransaction => ({
  id: `txn_${scramble(index)}`, type: 'charge', reportingCategory: 'charge', sourceId: `ch_${scramble(index)}`, amountMinor: 1_000 + (index % 5_000), feeMinor: 59, currency: 'usd', createdAt: firstAt + index * stepMs,
});

/** As Stripe lists: the newest first, a hundred at a time, down to a bound. */
function* pages(upTo: number, createdFrom = 0): Generator<ListedBalanceTransaction[]> {
  for (let end = upTo; end > 0; end -= 100) {
    const page = Array.from({ length: Math.min(100, end) }, (_, index) => transactionAt(end - 1 - index)).filter((one) => one.createdAt >= createdFrom);
    if (page.length === 0) return;
    yield page;
  }
}

function gatewayUpTo(upTo: number): Pick<GatewayBalanceTransactions, 'list' | 'exists'> {
  return {
    async *list({ createdFrom }) {
      for (const page of pages(upTo, createdFrom)) yield await Promise.resolve(page);
    },
    exists: () => Promise.resolve(false),
  };
}

const createBare = sql('bench.create', 'CREATE TEMP TABLE bare (id TEXT PRIMARY KEY, amount_minor INTEGER, fee_minor INTEGER, currency TEXT, created_at INTEGER) WITHOUT ROWID');
const insertBare = sql('bench.insert', 'INSERT INTO temp.bare VALUES (?, ?, ?, ?, ?)');
/** Both pairs, both directions, each a keyed join; what differs or is missing is counted. */
const bareJoins = [
  sql(
    'bench.stripe-to-history',
    `SELECT count(*) AS count FROM temp.bare s LEFT JOIN payment_history p ON p.gateway_balance_transaction_id = s.id
      WHERE p.id IS NULL OR p.amount_minor <> s.amount_minor OR p.fee_minor <> s.fee_minor OR p.currency <> s.currency OR p.status <> 'succeeded'`,
  ),
  sql('bench.history-to-stripe', "SELECT count(*) AS count FROM payment_history p LEFT JOIN temp.bare s ON s.id = p.gateway_balance_transaction_id WHERE p.status <> 'failed' AND s.id IS NULL"),
  sql(
    'bench.stripe-to-journal',
    `SELECT count(*) AS count FROM (
       SELECT s.id FROM temp.bare s LEFT JOIN journal_entries e ON e.source_type = 'stripe-balance-transaction' AND e.source_id = s.id LEFT JOIN posting_lines p ON p.ledger_sequence = e.ledger_sequence AND p.account_code IN ('${comparedAccounts.clearing}', '${comparedAccounts.fees}')
        GROUP BY s.id HAVING coalesce(sum(CASE p.direction WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END), 0) <> s.amount_minor)`,
  ),
  sql('bench.journal-to-stripe', "SELECT count(*) AS count FROM journal_entries e LEFT JOIN temp.bare s ON s.id = e.source_id WHERE e.source_type = 'stripe-balance-transaction' AND s.id IS NULL"),
];

async function joinDuck(database: SqliteDatabase): Promise<{ readonly ms: number; readonly found: number }> {
  const duck = await (await DuckDBInstance.create(':memory:')).connect();
  await duck.run('SET threads = 2');
  await duck.run('CREATE TABLE stripe (id VARCHAR, amount BIGINT); CREATE TABLE history (id VARCHAR, amount BIGINT); CREATE TABLE ledger (id VARCHAR, amount BIGINT)');
  const fill = async (table: string, rows: Iterable<{ readonly id: string; readonly amount: number }>): Promise<void> => {
    const appender = await duck.createAppender(table);
    for (const { id, amount } of rows) {
      appender.appendVarchar(id);
      appender.appendBigInt(BigInt(amount));
      appender.endRow();
    }
    appender.closeSync();
  };
  await fill('stripe', (function* listed() {
    for (const page of pages(count)) for (const one of page) yield { id: one.id, amount: one.amountMinor };
  })());
  await fill('history', database.iterate(sql('bench.rows', 'SELECT gateway_balance_transaction_id AS id, amount_minor AS amount FROM payment_history')));
  await fill('ledger', database.iterate(sql('bench.entries', `SELECT e.source_id AS id, sum(p.amount_minor) AS amount FROM journal_entries e JOIN posting_lines p ON p.ledger_sequence = e.ledger_sequence AND p.direction = 'debit' GROUP BY e.ledger_sequence`)));
  let found = 0;
  const ms = await timed(async () => {
    const result = await duck.runAndReadAll(`SELECT count(*)::INTEGER FROM stripe s FULL OUTER JOIN history h ON h.id = s.id FULL OUTER JOIN ledger l ON l.id = coalesce(s.id, h.id) WHERE s.id IS NULL OR h.id IS NULL OR l.id IS NULL OR h.amount <> s.amount OR l.amount <> s.amount`);
    found = Number(result.getRows()[0]?.[0] ?? 0);
  });
  duck.closeSync();
  return { ms, found };
}

export async function measure(): Promise<Measure[]> {
  using ledger = openTemporaryDatabase();
  const { database } = ledger;
  fillLedger(database);
  const loadMs = await timed(() => {
    database.run(createBare);
    database.transaction('bench load', (writable) => {
      for (const page of pages(count)) for (const one of page) writable.run(insertBare, [one.id, one.amountMinor, one.feeMinor, one.currency, one.createdAt]);
    });
  });
  let bareFound = 0;
  const joinsMs = await timed(() => {
    bareFound = bareJoins.reduce((sum, statement) => sum + (database.get<{ count: number }>(statement)?.count ?? 0), 0);
  });
  database.connection.exec('DROP TABLE temp.bare');
  const duck = await joinDuck(database);

  const zone = new TimeZone('America/New_York');
  const serviceOf = (upTo: number, at: number) => createReconciliation({ gateway: gatewayUpTo(upTo), database, unitOfWork: database.unitOfWork, durability: database.durability, clock: fixedClock(at), zone, accounts: comparedAccounts });
  const memoryBefore = process.memoryUsage().rss;
  let full: ReconciliationResult | undefined;
  const fullMs = await timed(async () => {
    full = await serviceOf(count, nowMs).reconcileTransactions({}, unattended);
  });
  const grownMb = Math.round((process.memoryUsage().rss - memoryBefore) / 1_048_576);
  const planted = (2 * count) / plantedEvery;
  // An entry's day is by a fixed offset here: around midnight in summer it may be another month's.
  const cutOff = full?.byReason['period-cut-off'] ?? 0;
  if (full === undefined || full.found - cutOff !== planted || bareFound !== planted || duck.found !== planted) throw new Error(`The reconciliation found ${full?.found} (${cutOff} by a month's end), the bare joins ${bareFound}, DuckDB ${duck.found}, planted are ${planted}.`);

  // Half of the change is new in all three stores, half are records of the past that are now dated a minute later.
  fillRows(database, count, count + delta / 2);
  database.connection.exec(`UPDATE payment_history SET created_at = created_at + 60000 WHERE id % ${(2 * count) / delta} = 1 AND id <= ${count}`);
  let after: ReconciliationResult | undefined;
  const deltaMs = await timed(async () => {
    after = await serviceOf(count + delta / 2, nowMs + (delta / 2) * stepMs).reconcileTransactions({}, unattended);
  });
  if (after?.method !== 'incremental' || after.compared !== count + delta / 2 || after.recompared < delta * 0.9 || after.found < full.found) throw new Error(`After the change ${after?.method} found ${after?.found} of ${after?.compared}.`);

  const ratio = fullMs / joinsMs;
  const share = deltaMs / fullMs;
  const round = (ms: number): string => `${Math.round(ms)} ms`;
  return [
    { name: 'reconcile 1M × 1M × 1M, everything', ours: Math.round(fullMs), reference: Math.round(joinsMs), ratio, goal: '≤ 3 × the bare keyed joins, both pairs and both directions', holds: ratio <= 3, unit: 'ms', note: `${Math.round((count / fullMs) * 1000)} transactions/s; with loading what Stripe lists the bare joins took ${round(loadMs + joinsMs)}, ${(fullMs / (loadMs + joinsMs)).toFixed(2)} × ; DuckDB's full outer join of the loaded tables ${round(duck.ms)}; memory grew ${grownMb} MB` },
    { name: `reconcile after ${delta.toLocaleString('en-US')} of 1M changed`, ours: Math.round(deltaMs), reference: Math.round(fullMs), ratio: share, goal: '≤ 3 % of the full run', holds: share <= 0.03, unit: 'ms', note: `${after.recompared.toLocaleString('en-US')} looked at, ${(share * 100).toFixed(1)} %` },
  ];
}
